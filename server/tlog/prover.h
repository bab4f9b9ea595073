/* Making proofs about a log (RFC 6962 2.1.1, 2.1.2) out of the hashes that are kept of it: those of
 * its complete subtrees, wherever they are. */
#ifndef IC_TLOG_PROVER_H
#define IC_TLOG_PROVER_H

#include "tlog/merkle.h"

/* Who has the hashes, of a tree of some size. */
struct ic_prover {
    void *context;
    /* The root of the complete subtree of the 2^level leaves from index * 2^level on. Asked only
     * for what a tree of the size has. An error ends what was asked for and is handed on. */
    enum ic_err (*read)(void *context, unsigned level, uint64_t index, struct ic_merkle_hash *out);
    uint64_t size;
};

/* All of them: the errors of read, or
 *  IC_ERR_INPUT   the tree is not that large, or has no such leaf; out untouched
 *  IC_ERR_SYSTEM  the crypto library failed */

/* The head of the tree as it was when it had size leaves. */
IC_NODISCARD enum ic_err ic_prover_head(const struct ic_prover *p, uint64_t size,
                                        struct ic_merkle_head *out);
/* The tree as it was when it had size leaves, to append to. */
IC_NODISCARD enum ic_err ic_prover_frontier(const struct ic_prover *p, uint64_t size,
                                            struct ic_merkle *out);

struct ic_merkle_proof {
    size_t count;
    struct ic_merkle_hash hashes[IC_MERKLE_PROOF_MAX];
};

/* That the leaf stands at index of the tree of size leaves. */
IC_NODISCARD enum ic_err ic_prover_inclusion(const struct ic_prover *p, uint64_t index,
                                             uint64_t size, struct ic_merkle_proof *out);
/* That the tree of newer leaves begins with that of older, which is not empty. */
IC_NODISCARD enum ic_err ic_prover_consistency(const struct ic_prover *p, uint64_t older,
                                               uint64_t newer, struct ic_merkle_proof *out);

#endif
