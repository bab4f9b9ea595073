#include "signal/mlstree.h"

#include <string.h>

#include "base/assert.h"
#include "signal/mlsindex.h"
#include "wire/mls_node.h"

static struct ic_mlstree_parent *parent_at(struct ic_mlstree *tree, uint32_t node)
{
    IC_ASSERT(!ic_mlsindex_is_leaf(node) && node < 2 * tree->leaf_count - 1);
    return &tree->parents[node / 2];
}

/* What is above a node is hashed anew, and the node too. */
static void touch(struct ic_mlstree *tree, uint32_t node)
{
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    tree->is_hashed[node] = false;
    while (node != root) {
        node = ic_mlsindex_parent(node);
        tree->is_hashed[node] = false;
    }
}

void ic_mlstree_init(struct ic_mlstree *tree)
{
    memset(tree, 0, sizeof *tree);
    tree->leaf_count = 1;
}

bool ic_mlstree_has_leaf(const struct ic_mlstree *tree, uint32_t leaf)
{
    return leaf < tree->leaf_count && tree->leaves[leaf].len > 0;
}

bool ic_mlstree_leaf(const struct ic_mlstree *tree, uint32_t leaf, struct ic_mls_leaf *out)
{
    if (!ic_mlstree_has_leaf(tree, leaf))
        return false;
    const struct ic_mlstree_leaf *l = &tree->leaves[leaf];
    /* It was read when it was put there. */
    enum ic_err err = ic_mls_leaf_parse((struct ic_mls_span){l->bytes, l->len}, out);
    IC_ASSERT(err == IC_OK);
    return true;
}

bool ic_mlstree_is_blank(const struct ic_mlstree *tree, uint32_t node)
{
    return ic_mlsindex_is_leaf(node) ? !ic_mlstree_has_leaf(tree, ic_mlsindex_to_leaf(node))
                                     : !tree->parents[node / 2].is_set;
}

uint32_t ic_mlstree_member_count(const struct ic_mlstree *tree)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->leaf_count; i++)
        count += ic_mlstree_has_leaf(tree, i);
    return count;
}

bool ic_mlstree_has_encryption_key(const struct ic_mlstree *tree, const uint8_t *key)
{
    bool has = false;
    for (uint32_t i = 0; !has && i < tree->leaf_count; i++)
        has = (tree->leaves[i].len > 0 &&
               memcmp(tree->leaves[i].encryption_key, key, IC_MLSTREE_KEY_LEN) == 0) ||
              (i + 1 < tree->leaf_count && tree->parents[i].is_set &&
               memcmp(tree->parents[i].encryption_key, key, IC_MLSTREE_KEY_LEN) == 0);
    return has;
}

bool ic_mlstree_has_signature_key(const struct ic_mlstree *tree, const uint8_t *key)
{
    bool has = false;
    for (uint32_t i = 0; !has && i < tree->leaf_count; i++)
        has = tree->leaves[i].len > 0 &&
              memcmp(tree->leaves[i].signature_key, key, IC_MLSTREE_KEY_LEN) == 0;
    return has;
}

enum ic_err ic_mlstree_set_leaf(struct ic_mlstree *tree, uint32_t index,
                                const struct ic_mls_leaf *leaf)
{
    IC_ASSERT(index < tree->leaf_count);
    if (leaf->encryption_key.len != IC_MLSTREE_KEY_LEN ||
        leaf->signature_key.len != IC_MLSTREE_KEY_LEN)
        return IC_ERR_INPUT;
    if (leaf->raw.len > IC_MLS_LEAF_MAX)
        return IC_ERR_FULL;
    struct ic_mlstree_leaf *l = &tree->leaves[index];
    l->len = (uint16_t)leaf->raw.len;
    memcpy(l->encryption_key, leaf->encryption_key.at, IC_MLSTREE_KEY_LEN);
    memcpy(l->signature_key, leaf->signature_key.at, IC_MLSTREE_KEY_LEN);
    memmove(l->bytes, leaf->raw.at, leaf->raw.len);
    touch(tree, ic_mlsindex_of_leaf(index));
    return IC_OK;
}

void ic_mlstree_blank_parent(struct ic_mlstree *tree, uint32_t node)
{
    *parent_at(tree, node) = (struct ic_mlstree_parent){0};
    touch(tree, node);
}

void ic_mlstree_set_parent(struct ic_mlstree *tree, uint32_t node, const uint8_t *encryption_key,
                           struct ic_mls_span parent_hash)
{
    struct ic_mlstree_parent *p = parent_at(tree, node);
    IC_ASSERT(parent_hash.len <= IC_SHA256_LEN);
    *p = (struct ic_mlstree_parent){.is_set = true, .parent_hash_len = (uint8_t)parent_hash.len};
    memcpy(p->encryption_key, encryption_key, IC_MLSTREE_KEY_LEN);
    if (parent_hash.len > 0)
        memcpy(p->parent_hash, parent_hash.at, parent_hash.len);
    touch(tree, node);
}

static void blank_above(struct ic_mlstree *tree, uint32_t index)
{
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    for (uint32_t node = ic_mlsindex_of_leaf(index); node != root;) {
        node = ic_mlsindex_parent(node);
        ic_mlstree_blank_parent(tree, node);
    }
}

enum ic_err ic_mlstree_add(struct ic_mlstree *tree, const struct ic_mls_leaf *leaf, uint32_t *index)
{
    uint32_t at = 0;
    while (ic_mlstree_has_leaf(tree, at))
        at++;
    if (at == IC_MLS_LEAVES_MAX)
        return IC_ERR_FULL;
    /* RFC 9420 7.7: "extended by adding a new blank root node" and as many blanks again. */
    if (at == tree->leaf_count)
        tree->leaf_count *= 2;
    enum ic_err err = ic_mlstree_set_leaf(tree, at, leaf);
    if (err != IC_OK)
        return err;
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    for (uint32_t node = ic_mlsindex_of_leaf(at); node != root;) {
        node = ic_mlsindex_parent(node);
        if (parent_at(tree, node)->is_set)
            ic_mlsset_add(&parent_at(tree, node)->unmerged, at);
    }
    *index = at;
    return IC_OK;
}

enum ic_err ic_mlstree_update(struct ic_mlstree *tree, uint32_t index,
                              const struct ic_mls_leaf *leaf)
{
    IC_ASSERT(ic_mlstree_has_leaf(tree, index));
    enum ic_err err = ic_mlstree_set_leaf(tree, index, leaf);
    if (err == IC_OK)
        blank_above(tree, index);
    return err;
}

/* RFC 9420 7.7: the right half goes as long as all of its leaves are blank. */
static void shrink(struct ic_mlstree *tree)
{
    while (tree->leaf_count > 1) {
        uint32_t half = tree->leaf_count / 2;
        for (uint32_t i = half; i < tree->leaf_count; i++) {
            if (tree->leaves[i].len > 0)
                return;
        }
        for (uint32_t i = half - 1; i < tree->leaf_count - 1; i++) {
            tree->parents[i] = (struct ic_mlstree_parent){0};
            tree->is_hashed[2 * i + 1] = false;
        }
        tree->leaf_count = half;
    }
}

void ic_mlstree_remove(struct ic_mlstree *tree, uint32_t index)
{
    IC_ASSERT(ic_mlstree_has_leaf(tree, index));
    tree->leaves[index] = (struct ic_mlstree_leaf){0};
    touch(tree, ic_mlsindex_of_leaf(index));
    blank_above(tree, index);
    shrink(tree);
}

static void resolve_into(const struct ic_mlstree *tree, uint32_t node, struct ic_mlstree_nodes *out)
{
    IC_ASSERT(out->count < 2 * IC_MLS_LEAVES_MAX);
    if (!ic_mlstree_is_blank(tree, node)) {
        out->at[out->count++] = (uint16_t)node;
        if (ic_mlsindex_is_leaf(node))
            return;
        const struct ic_mlsset *unmerged = &tree->parents[node / 2].unmerged;
        uint32_t first = ic_mlsindex_first_leaf(node);
        for (uint32_t i = first; i < first + ic_mlsindex_leaf_count(node); i++) {
            if (ic_mlsset_has(unmerged, i))
                out->at[out->count++] = (uint16_t)ic_mlsindex_of_leaf(i);
        }
    } else if (!ic_mlsindex_is_leaf(node)) {
        /* Two calls a level, at most 9 levels. */
        resolve_into(tree, ic_mlsindex_left(node), out);
        resolve_into(tree, ic_mlsindex_right(node), out);
    }
}

void ic_mlstree_resolve(const struct ic_mlstree *tree, uint32_t node, struct ic_mlstree_nodes *out)
{
    out->count = 0;
    resolve_into(tree, node, out);
}

/* ---- reading and writing ---- */

static enum ic_err read_parent(struct ic_mlstree *tree, uint32_t node,
                               const struct ic_mls_parent *parent)
{
    if (parent->encryption_key.len != IC_MLSTREE_KEY_LEN ||
        (parent->parent_hash.len != 0 && parent->parent_hash.len != IC_SHA256_LEN) ||
        ic_mlstree_has_encryption_key(tree, parent->encryption_key.at))
        return IC_ERR_INPUT;
    ic_mlstree_set_parent(tree, node, parent->encryption_key.at, parent->parent_hash);
    uint32_t first = ic_mlsindex_first_leaf(node), count = ic_mlsindex_leaf_count(node);
    for (struct ic_rd list = ic_mls_rd(parent->unmerged); list.left > 0;) {
        uint32_t leaf = ic_rd_u32(&list);
        if (leaf < first || leaf >= first + count)
            return IC_ERR_INPUT;
        ic_mlsset_add(&tree->parents[node / 2].unmerged, leaf);
    }
    return IC_OK;
}

static enum ic_err read_node(struct ic_mlstree *tree, uint32_t node, const struct ic_mls_node *from)
{
    if (from->type == IC_MLS_NODE_BLANK)
        return IC_OK;
    if (ic_mlsindex_is_leaf(node) != (from->type == IC_MLS_NODE_LEAF))
        return IC_ERR_INPUT;
    if (from->type == IC_MLS_NODE_PARENT)
        return read_parent(tree, node, &from->parent);
    const struct ic_mls_leaf *leaf = &from->leaf;
    if (leaf->encryption_key.len != IC_MLSTREE_KEY_LEN ||
        leaf->signature_key.len != IC_MLSTREE_KEY_LEN ||
        ic_mlstree_has_encryption_key(tree, leaf->encryption_key.at) ||
        ic_mlstree_has_signature_key(tree, leaf->signature_key.at))
        return IC_ERR_INPUT;
    return ic_mlstree_set_leaf(tree, ic_mlsindex_to_leaf(node), leaf);
}

/* RFC 9420 12.4.3.1: an unmerged leaf is a "non-blank leaf node that is a descendant of the parent
 * node", and "each non-blank intermediate node between the leaf node and the parent node" has it
 * too: so it is in a run of parents that begins at the leaf, blanks apart. */
static bool is_unmerged_sound(const struct ic_mlstree *tree, uint32_t leaf)
{
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    bool was_missing = !ic_mlstree_has_leaf(tree, leaf);
    for (uint32_t node = ic_mlsindex_of_leaf(leaf); node != root;) {
        node = ic_mlsindex_parent(node);
        const struct ic_mlstree_parent *p = &tree->parents[node / 2];
        if (!p->is_set)
            continue;
        bool has = ic_mlsset_has(&p->unmerged, leaf);
        if (has && was_missing)
            return false;
        was_missing |= !has;
    }
    return true;
}

enum ic_err ic_mlstree_parse(struct ic_mlstree *tree, struct ic_mls_span data)
{
    struct ic_mls_span nodes;
    size_t count;
    enum ic_err err = ic_mls_node_parse_list(data, &nodes, &count);
    if (err != IC_OK)
        return err;
    ic_mlstree_init(tree);
    while (2 * tree->leaf_count - 1 < count)
        tree->leaf_count *= 2;
    struct ic_rd rest = ic_mls_rd(nodes);
    struct ic_mls_node node;
    for (uint32_t i = 0; err == IC_OK && ic_mls_node_next(&rest, &node); i++)
        err = read_node(tree, i, &node);
    for (uint32_t i = 0; err == IC_OK && i < tree->leaf_count; i++)
        err = is_unmerged_sound(tree, i) ? IC_OK : IC_ERR_INPUT;
    return err;
}

static void write_parent(const struct ic_mlstree *tree, uint32_t node, struct ic_wr *w)
{
    const struct ic_mlstree_parent *p = &tree->parents[node / 2];
    ic_wr_u8(w, IC_MLS_NODE_PARENT);
    ic_mls_write_vector(w, p->encryption_key, IC_MLSTREE_KEY_LEN);
    ic_mls_write_vector(w, p->parent_hash, p->parent_hash_len);
    size_t mark = ic_mls_write_open(w);
    for (uint32_t i = 0; i < tree->leaf_count; i++) {
        if (ic_mlsset_has(&p->unmerged, i))
            ic_wr_u32(w, i);
    }
    ic_mls_write_close(w, mark);
}

void ic_mlstree_write(const struct ic_mlstree *tree, struct ic_wr *w)
{
    uint32_t count = 2 * tree->leaf_count - 1;
    /* RFC 9420 12.4.3.3: "MUST NOT include any blank … after the last non-blank". */
    while (count > 0 && ic_mlstree_is_blank(tree, count - 1))
        count--;
    size_t mark = ic_mls_write_open(w);
    for (uint32_t node = 0; node < count; node++) {
        bool is_blank = ic_mlstree_is_blank(tree, node);
        ic_wr_u8(w, is_blank ? 0 : 1);
        if (!is_blank && ic_mlsindex_is_leaf(node)) {
            const struct ic_mlstree_leaf *l = &tree->leaves[ic_mlsindex_to_leaf(node)];
            ic_wr_u8(w, IC_MLS_NODE_LEAF);
            ic_wr_bytes(w, l->bytes, l->len);
        } else if (!is_blank) {
            write_parent(tree, node, w);
        }
    }
    ic_mls_write_close(w, mark);
}
