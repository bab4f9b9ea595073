#include "signal/mlspath.h"

#include <string.h>

#include "base/assert.h"
#include "signal/mlshash.h"
#include "signal/mlsindex.h"

/* RFC 9180 7.1: DHKEM(X25519) has encapsulated keys of 32 bytes; a path secret is as long as a hash
 * and gets the tag of the AEAD. */
#define KEM_OUTPUT_LEN 32
#define SECRET_LEN     (IC_SHA256_LEN + 16)

/* Levels of a tree of IC_MLS_LEAVES_MAX leaves. */
#define STEPS_MAX 8

/* One node of the filtered direct path (RFC 9420 4.1.2). */
struct step {
    uint32_t node, copath;
    const uint8_t *key;
};

struct steps {
    uint32_t count;
    struct step at[STEPS_MAX];
};

/* Nodes that must be told the secret of a step: what stands on the other side, less those who are
 * new. */
static size_t told_count(const struct ic_mlstree *tree, uint32_t copath,
                         const struct ic_mlsset *added)
{
    struct ic_mlstree_nodes nodes;
    ic_mlstree_resolve(tree, copath, &nodes);
    size_t count = 0;
    for (uint32_t i = 0; i < nodes.count; i++)
        count += !ic_mlsindex_is_leaf(nodes.at[i]) ||
                 !ic_mlsset_has(added, ic_mlsindex_to_leaf(nodes.at[i]));
    return count;
}

static bool has_sound_secrets(const struct ic_mls_path_node *node)
{
    for (struct ic_rd r = ic_mls_rd(node->secrets); r.left > 0;) {
        if (ic_mls_read_vector(&r).len != KEM_OUTPUT_LEN ||
            ic_mls_read_vector(&r).len != SECRET_LEN)
            return false;
    }
    return true;
}

static bool is_key_new(const struct ic_mlstree *tree, const struct steps *steps, const uint8_t *key)
{
    bool is_new = !ic_mlstree_has_encryption_key(tree, key);
    for (uint32_t i = 0; is_new && i < steps->count; i++)
        is_new = memcmp(steps->at[i].key, key, IC_MLSTREE_KEY_LEN) != 0;
    return is_new;
}

/* Compare the nodes of the path with the filtered direct path, from the leaf up. */
static bool match_steps(const struct ic_mlstree *tree, uint32_t leaf,
                        const struct ic_mls_path *path, const struct ic_mlsset *added,
                        struct steps *steps)
{
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    struct ic_rd nodes = ic_mls_rd(path->nodes);
    for (uint32_t node = ic_mlsindex_of_leaf(leaf); node != root;) {
        uint32_t copath = ic_mlsindex_sibling(node);
        node = ic_mlsindex_parent(node);
        struct ic_mlstree_nodes resolution;
        ic_mlstree_resolve(tree, copath, &resolution);
        if (resolution.count == 0)
            continue; /* nobody to tell: filtered out */
        struct ic_mls_path_node from;
        if (!ic_mls_path_node_next(&nodes, &from) ||
            from.encryption_key.len != IC_MLSTREE_KEY_LEN ||
            from.secret_count != told_count(tree, copath, added) || !has_sound_secrets(&from) ||
            !is_key_new(tree, steps, from.encryption_key.at))
            return false;
        IC_ASSERT(steps->count < STEPS_MAX);
        steps->at[steps->count++] =
            (struct step){.node = node, .copath = copath, .key = from.encryption_key.at};
    }
    return nodes.left == 0;
}

/* Set the parents from the root down, since each carries the hash of the one above it, and give the
 * parent hash that the leaf must carry. */
static enum ic_err set_parents(struct ic_mlstree *tree, const struct steps *steps,
                               uint8_t hash[static IC_SHA256_LEN], size_t *hash_len)
{
    *hash_len = 0;
    for (uint32_t i = steps->count; i > 0; i--) {
        const struct step *step = &steps->at[i - 1];
        ic_mlstree_set_parent(tree, step->node, step->key, (struct ic_mls_span){hash, *hash_len});
        enum ic_err err = ic_mlshash_parent(tree, step->node, step->copath, hash);
        if (err != IC_OK)
            return err;
        *hash_len = IC_SHA256_LEN;
    }
    return IC_OK;
}

enum ic_err ic_mlspath_apply(struct ic_mlstree *tree, uint32_t leaf, const struct ic_mls_path *path,
                             const struct ic_mlsset *added)
{
    IC_ASSERT(ic_mlstree_has_leaf(tree, leaf));
    /* What stands beside the path does not change by it, so that everything is compared first. */
    struct steps steps = {0};
    if (path->leaf.source != IC_MLS_LEAF_COMMIT ||
        path->leaf.encryption_key.len != IC_MLSTREE_KEY_LEN ||
        !match_steps(tree, leaf, path, added, &steps) ||
        !is_key_new(tree, &steps, path->leaf.encryption_key.at))
        return IC_ERR_INPUT;
    /* RFC 9420 7.5: "Blank all the nodes on the direct path", then set those that have a key. */
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    for (uint32_t node = ic_mlsindex_of_leaf(leaf); node != root;) {
        node = ic_mlsindex_parent(node);
        ic_mlstree_blank_parent(tree, node);
    }
    uint8_t hash[IC_SHA256_LEN];
    size_t hash_len;
    enum ic_err err = set_parents(tree, &steps, hash, &hash_len);
    if (err != IC_OK)
        return err;
    if (!ic_mls_span_eq(path->leaf.parent_hash, (struct ic_mls_span){hash, hash_len}))
        return IC_ERR_INPUT;
    return ic_mlstree_set_leaf(tree, leaf, &path->leaf);
}
