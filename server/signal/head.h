/* The head of a meeting's log as this server signs it (docs/protocol/encryption.md 10). */
#ifndef IC_SIGNAL_HEAD_H
#define IC_SIGNAL_HEAD_H

#include "signal/hub_state.h"

/* The checkpoint of a log of this group, terminated.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_head_sign(const struct ic_hub *h, const struct ic_mlsgroup *group,
                                      const struct ic_merkle *log,
                                      char out[static IC_CHECKPOINT_MAX + 1]);

#endif
