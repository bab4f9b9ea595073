/* Whether a member may do what its commit does. That the commit is sound MLS is checked before
 * (mlsgroup.h); here are the rules of docs/protocol/encryption.md 5 that the server can see. */
#ifndef IC_SIGNAL_COMMIT_H
#define IC_SIGNAL_COMMIT_H

#include "signal/hub_state.h"

/* Judge the change that writing holds, of a commit that the seat's client made in the room's
 * present state. On success writing also holds lock and generation after the commit, and the
 * knocks that it adds, in the order of the Adds.
 *  welcome  len 0: none came
 *  refusal  why not, when false */
IC_NODISCARD bool ic_commit_judge(struct ic_hub *h, const struct ic_room *room,
                                  struct ic_seat *seat, struct ic_mls_span welcome,
                                  struct ic_writing *writing, enum ic_sig_refusal *refusal);
/* Some knock that the commit adds takes the place of this seat. */
bool ic_commit_replaces(const struct ic_hub *h, const struct ic_writing *writing,
                        struct ic_ref seat);

#endif
