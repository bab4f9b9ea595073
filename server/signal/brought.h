/* What a member brings of a meeting whose node is lost (docs/protocol/signalling.md 4.4), and the
 * checks that cost little: form, time, one signature of the GroupInfo, one of the proof. Whether
 * the tree is sound, ic_mlsgroup_restore says, which costs a signature for each member. */
#ifndef IC_SIGNAL_BROUGHT_H
#define IC_SIGNAL_BROUGHT_H

#include "msg/store.h"
#include "signal/message.h"
#include "signal/mlsgroup.h"

struct ic_brought {
    struct ic_mls_span group_info, identity; /* lent */
    bool has_authority;                      /* proved by the policy, of the leaf witness */
    uint32_t leaf, witness;                  /* leaf: of the proof */
    bool is_locked;
    uint32_t generation;
    struct ic_merkle log;
    struct ic_merkle_hash root; /* of log */
};

/* What the checks go by. */
struct ic_brought_terms {
    const char *node; /* to which the proof is said, borrowed */
    uint64_t date_s;  /* since 1970 */
};

/* Check a message.
 *  msg    borrows; lent on in *out
 *  group  takes GroupContext and tree, of which nothing is verified but the GroupInfo's signature
 *  IC_ERR_INPUT   it contradicts itself, or is of another form than the protocol has
 *  IC_ERR_AUTH    time, proof or authority do not hold
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_brought_check(const struct ic_sig_restore *msg,
                                          const struct ic_brought_terms *terms,
                                          struct ic_mlsgroup *group, struct ic_brought *out);

/* Through the store and back (parts KEPT): what was checked need not be checked again. */
void ic_brought_write(struct ic_wr *w, const struct ic_brought *brought);
/*  parts  borrows; lent on in *out
 *  IC_ERR_INPUT  not what was written */
IC_NODISCARD enum ic_err ic_brought_read(const uint8_t *parts, size_t len,
                                         struct ic_mlsgroup *group, struct ic_brought *out);

#endif
