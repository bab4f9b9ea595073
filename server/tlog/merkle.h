/* The Merkle tree of a log (RFC 6962 2.1): the frontier, which is all that appending takes, and
 * the checks of what somebody else says about a tree. */
#ifndef IC_TLOG_MERKLE_H
#define IC_TLOG_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/part.h"

#define IC_MERKLE_HASH_LEN 32

struct ic_merkle_hash {
    uint8_t bytes[IC_MERKLE_HASH_LEN];
};

/* The roots of the complete subtrees, largest first: one for each 1 bit of size. */
struct ic_merkle {
    uint64_t size;
    struct ic_merkle_hash frontier[IC_MERKLE_FRONTIER_MAX];
};

/* SHA-256(0x00 || entry); the entry is that of the parts in order.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_merkle_leaf(const struct ic_part *parts, size_t count,
                                        struct ic_merkle_hash *out);
/* SHA-256(0x01 || left || right); out may be one of them.
 *  IC_ERR_SYSTEM  likewise */
IC_NODISCARD enum ic_err ic_merkle_node(const struct ic_merkle_hash *left,
                                        const struct ic_merkle_hash *right,
                                        struct ic_merkle_hash *out);

/* Of the empty tree. */
void ic_merkle_init(struct ic_merkle *m);
/* Of a tree whose frontier was kept or told; the hashes are copied.
 *  IC_ERR_INPUT  not the number of hashes that a tree of this size has, or too large; m untouched
 */
IC_NODISCARD enum ic_err ic_merkle_load(struct ic_merkle *m, uint64_t size,
                                        const struct ic_merkle_hash *frontier, size_t count);
/* Hashes in the frontier. */
size_t ic_merkle_count(const struct ic_merkle *m);
/* One more leaf.
 *  IC_ERR_FULL    the frontier has no more room; m untouched
 *  IC_ERR_SYSTEM  the crypto library failed; m untouched */
IC_NODISCARD enum ic_err ic_merkle_append(struct ic_merkle *m, const struct ic_merkle_hash *leaf);
/* The root; of the empty tree, SHA-256 of nothing.
 *  IC_ERR_SYSTEM  the crypto library failed; out untouched */
IC_NODISCARD enum ic_err ic_merkle_root(const struct ic_merkle *m, struct ic_merkle_hash *out);

/* A tree of this size and root has this leaf at index (RFC 9162 2.1.3.2).
 *  IC_ERR_AUTH    the proof does not show it
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_merkle_verify_inclusion(const struct ic_merkle_hash *leaf,
                                                    uint64_t index, uint64_t size,
                                                    const struct ic_merkle_hash *proof,
                                                    size_t proof_count,
                                                    const struct ic_merkle_hash *root);

/* What somebody says of a tree. */
struct ic_merkle_head {
    uint64_t size;
    struct ic_merkle_hash root;
};

/* The tree of newer begins with that of older (RFC 9162 2.1.4.2). Nothing is shown about the empty
 * tree, which anything begins with.
 *  IC_ERR_AUTH    the proof does not show it
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_merkle_verify_consistency(const struct ic_merkle_head *older,
                                                      const struct ic_merkle_head *newer,
                                                      const struct ic_merkle_hash *proof,
                                                      size_t proof_count);

#endif
