/* That a note of an operator stands in the public log, and that witnesses saw that not long ago
 * (docs/protocol/nodes.md 8, check 6). */
#ifndef IC_CLUSTER_NODE_LOGGED_H
#define IC_CLUSTER_NODE_LOGGED_H

#include <stdint.h>

#include "cluster/node_reason.h"
#include "crypto/part.h"
#include "tlog/log_policy.h"

/* proof: a proof file (tlog/proof.h). note: all bytes of the entry. now_s since 1970: what the
 * quorum saw is at most IC_NODE_LOG_AGE_MAX_S away from it, on either side. */
IC_NODISCARD enum ic_node_reason ic_node_logged_check(const struct ic_part *proof,
                                                      const struct ic_part *note,
                                                      const struct ic_log_policy *policy,
                                                      uint64_t now_s);

#endif
