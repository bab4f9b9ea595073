#include "signal/mlshash.h"

#include <string.h>

#include "base/assert.h"
#include "signal/mlsindex.h"
#include "wire/mls_node.h"

/* A parent with all leaves unmerged, its keys and the hashes of its children. */
#define PARENT_INPUT_MAX (IC_MLS_LEAVES_MAX * 4 + 256)

static enum ic_err hash_leaf(const struct ic_mlstree *tree, uint32_t node, bool is_left_out,
                             uint8_t out[static IC_SHA256_LEN])
{
    uint8_t before[8];
    uint32_t leaf = ic_mlsindex_to_leaf(node);
    bool is_there = !is_left_out && ic_mlstree_has_leaf(tree, leaf);
    struct ic_wr w = ic_wr_init(before, sizeof before);
    ic_wr_u8(&w, IC_MLS_NODE_LEAF);
    ic_wr_u32(&w, leaf);
    ic_wr_u8(&w, is_there ? 1 : 0);
    const struct ic_part parts[] = {
        {before, w.len},
        {tree->leaves[leaf].bytes, is_there ? tree->leaves[leaf].len : 0},
    };
    return ic_hash_sha256(parts, 2, out);
}

static enum ic_err hash_parent(const struct ic_mlstree *tree, uint32_t node,
                               const struct ic_mlsset *left_out, const uint8_t *left,
                               const uint8_t *right, uint8_t out[static IC_SHA256_LEN])
{
    uint8_t input[PARENT_INPUT_MAX];
    struct ic_wr w = ic_wr_init(input, sizeof input);
    const struct ic_mlstree_parent *p = &tree->parents[node / 2];
    ic_wr_u8(&w, IC_MLS_NODE_PARENT);
    ic_wr_u8(&w, p->is_set ? 1 : 0);
    if (p->is_set) {
        ic_mls_write_vector(&w, p->encryption_key, IC_MLSTREE_KEY_LEN);
        ic_mls_write_vector(&w, p->parent_hash, p->parent_hash_len);
        size_t mark = ic_mls_write_open(&w);
        uint32_t first = ic_mlsindex_first_leaf(node);
        for (uint32_t i = first; i < first + ic_mlsindex_leaf_count(node); i++) {
            if (ic_mlsset_has(&p->unmerged, i) && !ic_mlsset_has(left_out, i))
                ic_wr_u32(&w, i);
        }
        ic_mls_write_close(&w, mark);
    }
    ic_mls_write_vector(&w, left, IC_SHA256_LEN);
    ic_mls_write_vector(&w, right, IC_SHA256_LEN);
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part part = {input, w.len};
    return ic_hash_sha256(&part, 1, out);
}

/* Tree hash as if some leaves were not there; two calls a level, at most 9 levels. Only hashes
 * that leave nothing out are kept. */
static enum ic_err hash_without(struct ic_mlstree *tree, uint32_t node,
                                const struct ic_mlsset *left_out, uint8_t out[static IC_SHA256_LEN])
{
    bool is_whole =
        !ic_mlsset_has_any(left_out, ic_mlsindex_first_leaf(node), ic_mlsindex_leaf_count(node));
    if (is_whole && tree->is_hashed[node]) {
        memcpy(out, tree->hashes[node], IC_SHA256_LEN);
        return IC_OK;
    }
    enum ic_err err;
    if (ic_mlsindex_is_leaf(node)) {
        err = hash_leaf(tree, node, !is_whole, out);
    } else {
        uint8_t left[IC_SHA256_LEN], right[IC_SHA256_LEN];
        err = hash_without(tree, ic_mlsindex_left(node), left_out, left);
        if (err == IC_OK)
            err = hash_without(tree, ic_mlsindex_right(node), left_out, right);
        if (err == IC_OK)
            err = hash_parent(tree, node, left_out, left, right, out);
    }
    if (err == IC_OK && is_whole) {
        memcpy(tree->hashes[node], out, IC_SHA256_LEN);
        tree->is_hashed[node] = true;
    }
    return err;
}

enum ic_err ic_mlshash_node(struct ic_mlstree *tree, uint32_t node,
                            uint8_t out[static IC_SHA256_LEN])
{
    static const struct ic_mlsset nobody;
    return hash_without(tree, node, &nobody, out);
}

enum ic_err ic_mlshash_tree(struct ic_mlstree *tree, uint8_t out[static IC_SHA256_LEN])
{
    return ic_mlshash_node(tree, ic_mlsindex_root(tree->leaf_count), out);
}

enum ic_err ic_mlshash_parent(struct ic_mlstree *tree, uint32_t parent, uint32_t sibling,
                              uint8_t out[static IC_SHA256_LEN])
{
    const struct ic_mlstree_parent *p = &tree->parents[parent / 2];
    IC_ASSERT(p->is_set);
    /* RFC 9420 7.9: the sibling "at the time P was last updated", when those who are unmerged now
     * were not there. */
    uint8_t original[IC_SHA256_LEN];
    enum ic_err err = hash_without(tree, sibling, &p->unmerged, original);
    if (err != IC_OK)
        return err;
    uint8_t input[3 * (IC_SHA256_LEN + 1)];
    struct ic_wr w = ic_wr_init(input, sizeof input);
    ic_mls_write_vector(&w, p->encryption_key, IC_MLSTREE_KEY_LEN);
    ic_mls_write_vector(&w, p->parent_hash, p->parent_hash_len);
    ic_mls_write_vector(&w, original, IC_SHA256_LEN);
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part part = {input, w.len};
    return ic_hash_sha256(&part, 1, out);
}

/* The parent hash that a node which is not blank carries; empty when it has none. */
static struct ic_mls_span carried(const struct ic_mlstree *tree, uint32_t node)
{
    if (!ic_mlsindex_is_leaf(node)) {
        const struct ic_mlstree_parent *p = &tree->parents[node / 2];
        return (struct ic_mls_span){p->parent_hash, p->parent_hash_len};
    }
    struct ic_mls_leaf leaf;
    bool has = ic_mlstree_leaf(tree, ic_mlsindex_to_leaf(node), &leaf);
    IC_ASSERT(has);
    return leaf.parent_hash;
}

/* All of the resolution but the node at `without` are unmerged leaves of the parent, and it has no
 * others below that child. */
static bool is_rest_unmerged(const struct ic_mlstree *tree, uint32_t parent, uint32_t child,
                             const struct ic_mlstree_nodes *resolution, uint32_t without)
{
    const struct ic_mlsset *unmerged = &tree->parents[parent / 2].unmerged;
    uint32_t unmerged_count = 0;
    uint32_t first = ic_mlsindex_first_leaf(child);
    for (uint32_t i = first; i < first + ic_mlsindex_leaf_count(child); i++)
        unmerged_count += ic_mlsset_has(unmerged, i);
    for (uint32_t i = 0; i < resolution->count; i++) {
        uint32_t node = resolution->at[i];
        if (i != without &&
            (!ic_mlsindex_is_leaf(node) || !ic_mlsset_has(unmerged, ic_mlsindex_to_leaf(node))))
            return false;
    }
    return unmerged_count == resolution->count - 1;
}

/* Somebody below child vouches for parent. */
static enum ic_err check_below(struct ic_mlstree *tree, uint32_t parent, uint32_t child,
                               bool *is_vouched)
{
    uint8_t expected[IC_SHA256_LEN];
    enum ic_err err = ic_mlshash_parent(tree, parent, ic_mlsindex_sibling(child), expected);
    if (err != IC_OK)
        return err;
    struct ic_mlstree_nodes resolution;
    ic_mlstree_resolve(tree, child, &resolution);
    for (uint32_t i = 0; !*is_vouched && i < resolution.count; i++) {
        struct ic_mls_span hash = carried(tree, resolution.at[i]);
        *is_vouched = ic_mls_span_eq(hash, (struct ic_mls_span){expected, IC_SHA256_LEN}) &&
                      is_rest_unmerged(tree, parent, child, &resolution, i);
    }
    return IC_OK;
}

enum ic_err ic_mlshash_check_parents(struct ic_mlstree *tree)
{
    /* A node that vouches is a leaf, or a parent that is looked at here itself: so that each
     * chain ends at a leaf. */
    for (uint32_t node = 1; node < 2 * tree->leaf_count - 1; node += 2) {
        bool is_vouched = !tree->parents[node / 2].is_set;
        enum ic_err err = IC_OK;
        if (!is_vouched)
            err = check_below(tree, node, ic_mlsindex_left(node), &is_vouched);
        if (err == IC_OK && !is_vouched)
            err = check_below(tree, node, ic_mlsindex_right(node), &is_vouched);
        if (err != IC_OK || !is_vouched)
            return err != IC_OK ? err : IC_ERR_AUTH;
    }
    return IC_OK;
}
