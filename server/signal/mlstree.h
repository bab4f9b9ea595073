/* The public half of a ratchet tree (RFC 9420 7): leaves and parents, for the suites with X25519
 * and Ed25519. Its hashes are in mlshash.h.
 *
 * Memory is fixed (about 190 KB) and copied by assignment. Hashes are kept here; a change makes
 * those above it stale. What is added is judged by the caller: nothing here verifies a signature.
 */
#ifndef IC_SIGNAL_MLSTREE_H
#define IC_SIGNAL_MLSTREE_H

#include "base/limits.h"
#include "crypto/hash.h"
#include "signal/mlsset.h"
#include "wire/mls_leaf.h"

#define IC_MLSTREE_KEY_LEN 32 /* X25519 and Ed25519 */

struct ic_mlstree_leaf {
    uint16_t len; /* 0: blank */
    uint8_t encryption_key[IC_MLSTREE_KEY_LEN], signature_key[IC_MLSTREE_KEY_LEN];
    uint8_t bytes[IC_MLS_LEAF_MAX]; /* the LeafNode */
};

struct ic_mlstree_parent {
    bool is_set; /* false: blank */
    uint8_t encryption_key[IC_MLSTREE_KEY_LEN];
    uint8_t parent_hash[IC_SHA256_LEN];
    uint8_t parent_hash_len; /* 0 at the top */
    struct ic_mlsset unmerged;
};

struct ic_mlstree {
    uint32_t leaf_count; /* a power of two, blanks counted */
    struct ic_mlstree_leaf leaves[IC_MLS_LEAVES_MAX];
    struct ic_mlstree_parent parents[IC_MLS_LEAVES_MAX - 1]; /* of node 2i + 1 */
    uint8_t hashes[IC_MLS_NODES_MAX][IC_SHA256_LEN];
    bool is_hashed[IC_MLS_NODES_MAX];
};

/* Nodes in the order of a resolution. */
struct ic_mlstree_nodes {
    uint32_t count;
    uint16_t at[2 * IC_MLS_LEAVES_MAX];
};

/* One blank leaf. */
void ic_mlstree_init(struct ic_mlstree *tree);

/* Read the data of the extension ratchet_tree, which is borrowed. Checked: places of nodes, lengths
 * of keys, unmerged leaves (RFC 9420 12.4.3.1), no key twice. Parent hashes and signatures are not.
 *  IC_ERR_INPUT  unsound; what the tree holds must not be used
 *  IC_ERR_FULL   more leaves, or a longer leaf, than limits.h has */
IC_NODISCARD enum ic_err ic_mlstree_parse(struct ic_mlstree *tree, struct ic_mls_span data);
/* The data of the extension ratchet_tree. */
void ic_mlstree_write(const struct ic_mlstree *tree, struct ic_wr *w);

/* The leaf is there and not blank. Any number is allowed. */
bool ic_mlstree_has_leaf(const struct ic_mlstree *tree, uint32_t leaf);
/* Lent from the tree; false when blank. */
bool ic_mlstree_leaf(const struct ic_mlstree *tree, uint32_t leaf, struct ic_mls_leaf *out);
bool ic_mlstree_is_blank(const struct ic_mlstree *tree, uint32_t node);
uint32_t ic_mlstree_member_count(const struct ic_mlstree *tree);
/* Some node has this encryption key; some leaf has this signature key. */
bool ic_mlstree_has_encryption_key(const struct ic_mlstree *tree, const uint8_t *key);
bool ic_mlstree_has_signature_key(const struct ic_mlstree *tree, const uint8_t *key);

/* RFC 9420 12.1.1: into the leftmost blank leaf; unmerged above. The leaf is copied.
 *  IC_ERR_INPUT  keys of another length
 *  IC_ERR_FULL   the tree, or the leaf is too long */
IC_NODISCARD enum ic_err ic_mlstree_add(struct ic_mlstree *tree, const struct ic_mls_leaf *leaf,
                                        uint32_t *index);
/* RFC 9420 12.1.2: replace a leaf and blank what is above it. Errors like above. */
IC_NODISCARD enum ic_err ic_mlstree_update(struct ic_mlstree *tree, uint32_t index,
                                           const struct ic_mls_leaf *leaf);
/* RFC 9420 12.1.3: blank a leaf, and what is above it; shrink. The leaf is there (asserted). */
void ic_mlstree_remove(struct ic_mlstree *tree, uint32_t index);
/* Replace a leaf and leave what is above it. Errors like above. */
IC_NODISCARD enum ic_err ic_mlstree_set_leaf(struct ic_mlstree *tree, uint32_t index,
                                             const struct ic_mls_leaf *leaf);
/* Blank a parent; or set it, without unmerged leaves. */
void ic_mlstree_blank_parent(struct ic_mlstree *tree, uint32_t node);
void ic_mlstree_set_parent(struct ic_mlstree *tree, uint32_t node, const uint8_t *encryption_key,
                           struct ic_mls_span parent_hash);

/* RFC 9420 4.1.1. */
void ic_mlstree_resolve(const struct ic_mlstree *tree, uint32_t node, struct ic_mlstree_nodes *out);

#endif
