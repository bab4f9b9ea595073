/* The ratchet tree against the official vectors: numbers of nodes, resolutions, tree hashes, parent
 * hashes, signatures of leaves, proposals and update paths; and trees that are unsound. */
#include "support/mls_vectors.h"

#include "signal/mlsgroup_parts.h"
#include "signal/mlshash.h"
#include "signal/mlsindex.h"
#include "signal/mlspath.h"

#define OTHER_SUITES "suites with other keys or another hash"

static bool is_our_suite(const json_t *c)
{
    int64_t suite = number_at(c, "cipher_suite");
    return suite == IC_MLS_SUITE_X25519_AES128 || suite == IC_MLS_SUITE_X25519_CHACHA;
}

static struct ic_mlstree *tree_of(struct ic_mls_span data)
{
    struct ic_mlstree *tree = malloc(sizeof *tree);
    assert_non_null(tree);
    assert_int_equal(ic_mlstree_parse(tree, data), IC_OK);
    return tree;
}

static void assert_tree_hash(struct ic_mlstree *tree, const json_t *object, const char *key)
{
    struct ic_mls_span expected = bytes_at(object, key);
    uint8_t hash[IC_SHA256_LEN];
    assert_int_equal(ic_mlshash_tree(tree, hash), IC_OK);
    assert_span_equal((struct ic_mls_span){hash, sizeof hash}, expected);
    /* What was kept from step to step is what a tree without any kept hash has. */
    static struct ic_mlstree fresh;
    fresh = *tree;
    memset(fresh.is_hashed, 0, sizeof fresh.is_hashed);
    assert_int_equal(ic_mlshash_tree(&fresh, hash), IC_OK);
    assert_span_equal((struct ic_mls_span){hash, sizeof hash}, expected);
    bytes_free(expected);
}

static void assert_written(const struct ic_mlstree *tree, struct ic_mls_span expected)
{
    uint8_t *bytes = malloc(IC_MLS_TREE_MAX);
    struct ic_wr w = ic_wr_init(bytes, IC_MLS_TREE_MAX);
    ic_mlstree_write(tree, &w);
    assert_true(ic_wr_ok(&w));
    assert_span_equal((struct ic_mls_span){bytes, w.len}, expected);
    free(bytes);
}

/* ---- numbers of nodes ---- */

static void check_relative(const json_t *list, uint32_t node, uint32_t value, bool has)
{
    const json_t *expected = json_array_get(list, node);
    if (json_is_null(expected))
        assert_false(has);
    else
        assert_int_equal(has ? value : UINT32_MAX, json_integer_value(expected));
}

static void numbers_nodes(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/tree-math.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        uint32_t leaves = (uint32_t)number_at(c, "n_leaves");
        uint32_t root = ic_mlsindex_root(leaves);
        assert_int_equal(2 * leaves - 1, number_at(c, "n_nodes"));
        assert_int_equal(root, number_at(c, "root"));
        for (uint32_t i = 0; i < 2 * leaves - 1; i++) {
            bool is_leaf = ic_mlsindex_is_leaf(i), is_root = i == root;
            check_relative(json_object_get(c, "left"), i, is_leaf ? 0 : ic_mlsindex_left(i),
                           !is_leaf);
            check_relative(json_object_get(c, "right"), i, is_leaf ? 0 : ic_mlsindex_right(i),
                           !is_leaf);
            check_relative(json_object_get(c, "parent"), i, ic_mlsindex_parent(i), !is_root);
            check_relative(json_object_get(c, "sibling"), i, ic_mlsindex_sibling(i), !is_root);
        }
        v.ran++;
    }
    vectors_end(&v, NULL);
}

static void knows_the_leaves_below(void **state)
{
    (void)state;
    for (uint32_t node = 0; node < 2 * 64 - 1; node++) {
        uint32_t low = node, high = node;
        while (!ic_mlsindex_is_leaf(low))
            low = ic_mlsindex_left(low);
        while (!ic_mlsindex_is_leaf(high))
            high = ic_mlsindex_right(high);
        assert_int_equal(ic_mlsindex_first_leaf(node), low / 2);
        assert_int_equal(ic_mlsindex_leaf_count(node), high / 2 - low / 2 + 1);
    }
}

/* ---- whole trees ---- */

static void validates_trees(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/tree-validation.json");
    struct ic_mlsgroup *group = calloc(1, sizeof *group);
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        if (!is_our_suite(c)) {
            v.left_out++;
            continue;
        }
        struct ic_mls_span data = bytes_at(c, "tree"), id = bytes_at(c, "group_id");
        struct ic_mlstree *tree = tree_of(data);
        assert_written(tree, data);
        const json_t *hashes = json_object_get(c, "tree_hashes");
        const json_t *resolutions = json_object_get(c, "resolutions");
        assert_int_equal(json_array_size(hashes), 2 * tree->leaf_count - 1);
        for (uint32_t node = 0; node < 2 * tree->leaf_count - 1; node++) {
            struct ic_mls_span expected = bytes_of(json_array_get(hashes, node));
            uint8_t hash[IC_SHA256_LEN];
            assert_int_equal(ic_mlshash_node(tree, node, hash), IC_OK);
            assert_span_equal((struct ic_mls_span){hash, sizeof hash}, expected);
            bytes_free(expected);
            struct ic_mlstree_nodes nodes;
            const json_t *resolution = json_array_get(resolutions, node);
            ic_mlstree_resolve(tree, node, &nodes);
            assert_int_equal(nodes.count, json_array_size(resolution));
            for (size_t i = 0; i < nodes.count; i++)
                assert_int_equal(nodes.at[i], json_integer_value(json_array_get(resolution, i)));
        }
        assert_int_equal(ic_mlshash_check_parents(tree), IC_OK);
        group->tree = *tree;
        group->id_len = (uint8_t)id.len;
        memcpy(group->id, id.at, id.len);
        assert_int_equal(ic_mlshash_tree(tree, group->tree_hash), IC_OK);
        assert_int_equal(ic_mlsgroup_verify_tree(group), IC_MLSGROUP_FINE);
        free(tree);
        bytes_free(data);
        bytes_free(id);
        v.ran++;
    }
    free(group);
    vectors_end(&v, OTHER_SUITES);
}

/* Any change of a parent's key, parent hash or unmerged leaves breaks the chain. */
static void refuses_parents_of_nobody(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/tree-validation.json");
    size_t at, unmerged_count = 0;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        if (number_at(c, "cipher_suite") != IC_MLS_SUITE_X25519_AES128) {
            v.left_out++;
            continue;
        }
        struct ic_mls_span data = bytes_at(c, "tree");
        struct ic_mlstree *tree = tree_of(data), *other = malloc(sizeof *other);
        for (uint32_t i = 0; i + 1 < tree->leaf_count; i++) {
            if (!tree->parents[i].is_set)
                continue;
            *other = *tree;
            other->parents[i].encryption_key[7] ^= 1;
            assert_int_equal(ic_mlshash_check_parents(other), IC_ERR_AUTH);
            if (tree->parents[i].parent_hash_len > 0) {
                *other = *tree;
                other->parents[i].parent_hash[31] ^= 0x80;
                assert_int_equal(ic_mlshash_check_parents(other), IC_ERR_AUTH);
            }
            for (uint32_t leaf = 0; leaf < tree->leaf_count; leaf++) {
                if (!ic_mlsset_has(&tree->parents[i].unmerged, leaf))
                    continue;
                *other = *tree;
                ic_mlsset_drop(&other->parents[i].unmerged, leaf);
                assert_int_equal(ic_mlshash_check_parents(other), IC_ERR_AUTH);
                unmerged_count++;
            }
            v.ran++;
        }
        free(other);
        free(tree);
        bytes_free(data);
    }
    assert_true(unmerged_count > 0);
    vectors_end(&v, "suites other than 1");
}

/* ---- proposals ---- */

static void apply(struct ic_mlstree *tree, const struct ic_mls_proposal *p, uint32_t sender)
{
    uint32_t index;
    if (p->type == IC_MLS_PROPOSAL_ADD)
        assert_int_equal(ic_mlstree_add(tree, &p->add.leaf, &index), IC_OK);
    else if (p->type == IC_MLS_PROPOSAL_UPDATE)
        assert_int_equal(ic_mlstree_update(tree, sender, &p->update), IC_OK);
    else if (p->type == IC_MLS_PROPOSAL_REMOVE)
        ic_mlstree_remove(tree, p->remove);
    else
        fail();
}

static void works_off_proposals(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/tree-operations.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        assert_true(is_our_suite(c));
        struct ic_mls_span before = bytes_at(c, "tree_before"), after = bytes_at(c, "tree_after");
        struct ic_mls_span bytes = bytes_at(c, "proposal");
        struct ic_mls_proposal proposal;
        assert_int_equal(ic_mls_proposal_parse(bytes, &proposal), IC_OK);
        struct ic_mlstree *tree = tree_of(before);
        assert_tree_hash(tree, c, "tree_hash_before");
        apply(tree, &proposal, (uint32_t)number_at(c, "proposal_sender"));
        assert_tree_hash(tree, c, "tree_hash_after");
        assert_written(tree, after);
        free(tree);
        bytes_free(before);
        bytes_free(after);
        bytes_free(bytes);
        v.ran++;
    }
    vectors_end(&v, NULL);
}

/* ---- update paths ---- */

static void apply_path(const struct ic_mlsgroup *group, const struct ic_mlstree *before,
                       const json_t *c)
{
    static const struct ic_mlsset nobody;
    struct ic_mls_span bytes = bytes_at(c, "update_path");
    uint32_t sender = (uint32_t)number_at(c, "sender");
    struct ic_mls_path path;
    assert_int_equal(ic_mls_path_parse(bytes, &path), IC_OK);
    struct ic_mlstree *tree = malloc(sizeof *tree);
    *tree = *before;
    assert_int_equal(ic_mlspath_apply(tree, sender, &path, &nobody), IC_OK);
    assert_tree_hash(tree, c, "tree_hash_after");
    assert_int_equal(ic_mlshash_check_parents(tree), IC_OK);
    assert_true(ic_mlsgroup_verify_leaf(group, sender, &path.leaf));
    assert_false(ic_mlsgroup_verify_leaf(group, sender + 1, &path.leaf));
    /* For anybody else it has another number of nodes or secrets, or another parent hash. */
    for (uint32_t leaf = 0; leaf < before->leaf_count; leaf++) {
        if (leaf == sender || !ic_mlstree_has_leaf(before, leaf))
            continue;
        *tree = *before;
        bool is_taken = ic_mlspath_apply(tree, leaf, &path, &nobody) == IC_OK;
        assert_false(is_taken && ic_mlsgroup_verify_leaf(group, leaf, &path.leaf));
    }
    free(tree);
    bytes_free(bytes);
}

static void follows_update_paths(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/treekem.json");
    struct ic_mlsgroup *group = calloc(1, sizeof *group);
    size_t at, i;
    json_t *c, *path;
    json_array_foreach(v.cases, at, c)
    {
        json_t *paths = json_object_get(c, "update_paths");
        if (!is_our_suite(c)) {
            v.left_out += json_array_size(paths);
            continue;
        }
        struct ic_mls_span data = bytes_at(c, "ratchet_tree"), id = bytes_at(c, "group_id");
        struct ic_mlstree *tree = tree_of(data);
        group->id_len = (uint8_t)id.len;
        memcpy(group->id, id.at, id.len);
        json_array_foreach(paths, i, path)
        {
            apply_path(group, tree, path);
            v.ran++;
        }
        free(tree);
        bytes_free(data);
        bytes_free(id);
    }
    free(group);
    vectors_end(&v, OTHER_SUITES);
}

/* ---- trees of our own making ---- */

/* A leaf that is as short as may be, with keys that tell its number. */
static struct ic_mls_leaf some_leaf(uint8_t bytes[static 256], uint32_t number)
{
    uint8_t key[IC_MLSTREE_KEY_LEN] = {(uint8_t)number, (uint8_t)(number >> 8)};
    struct ic_wr w = ic_wr_init(bytes, 256);
    key[31] = 1;
    ic_mls_write_vector(&w, key, sizeof key);
    key[31] = 2;
    ic_mls_write_vector(&w, key, sizeof key);
    ic_wr_u16(&w, IC_MLS_CREDENTIAL_BASIC);
    ic_wr_zeros(&w, 6); /* identity, capabilities */
    ic_wr_u8(&w, IC_MLS_LEAF_UPDATE);
    ic_wr_zeros(&w, 2); /* extensions, signature */
    struct ic_mls_leaf leaf;
    assert_true(ic_wr_ok(&w));
    assert_int_equal(ic_mls_leaf_parse((struct ic_mls_span){bytes, w.len}, &leaf), IC_OK);
    return leaf;
}

static void is_full_at_its_bound(void **state)
{
    (void)state;
    struct ic_mlstree *tree = malloc(sizeof *tree);
    uint8_t bytes[256], hash[IC_SHA256_LEN];
    uint32_t index = 0;
    ic_mlstree_init(tree);
    for (uint32_t i = 0; i < IC_MLS_LEAVES_MAX; i++) {
        struct ic_mls_leaf leaf = some_leaf(bytes, i);
        assert_int_equal(ic_mlstree_add(tree, &leaf, &index), IC_OK);
        assert_int_equal(index, i);
        assert_true(tree->leaf_count >= i + 1 && (i == 0 || tree->leaf_count < 2 * (i + 1)));
    }
    struct ic_mls_leaf leaf = some_leaf(bytes, 1000);
    assert_int_equal(ic_mlstree_add(tree, &leaf, &index), IC_ERR_FULL);
    assert_int_equal(ic_mlstree_member_count(tree), IC_MLS_LEAVES_MAX);
    assert_int_equal(ic_mlshash_tree(tree, hash), IC_OK);
    /* The leftmost blank is taken again, and the tree shrinks with its right half. */
    ic_mlstree_remove(tree, 17);
    ic_mlstree_remove(tree, 3);
    assert_int_equal(ic_mlstree_add(tree, &leaf, &index), IC_OK);
    assert_int_equal(index, 3);
    for (uint32_t i = IC_MLS_LEAVES_MAX - 1; i > 16; i--) {
        if (ic_mlstree_has_leaf(tree, i))
            ic_mlstree_remove(tree, i);
    }
    assert_int_equal(tree->leaf_count, 32);
    ic_mlstree_remove(tree, 16);
    assert_int_equal(tree->leaf_count, 16);
    assert_int_equal(ic_mlstree_member_count(tree), 16);
    assert_false(ic_mlstree_has_leaf(tree, 16));
    free(tree);
}

static size_t write_leaf_node(struct ic_wr *w, uint32_t number)
{
    uint8_t bytes[256];
    struct ic_mls_leaf leaf = some_leaf(bytes, number);
    size_t at = w->len;
    ic_wr_u8(w, 1);
    ic_wr_u8(w, 1);
    ic_wr_bytes(w, leaf.raw.at, leaf.raw.len);
    return at;
}

static void write_parent_node(struct ic_wr *w, uint8_t key_byte, const uint32_t *unmerged, size_t n)
{
    uint8_t key[IC_MLSTREE_KEY_LEN] = {key_byte};
    key[31] = key_byte == 0 ? 1 : 3;
    ic_wr_u8(w, 1);
    ic_wr_u8(w, 2);
    ic_mls_write_vector(w, key, sizeof key);
    ic_mls_write_vector(w, NULL, 0);
    ic_mls_write_length(w, 4 * n);
    for (size_t i = 0; i < n; i++)
        ic_wr_u32(w, unmerged[i]);
}

static enum ic_err parse_written(struct ic_wr *w, size_t mark)
{
    static struct ic_mlstree tree;
    ic_mls_write_close(w, mark);
    assert_true(ic_wr_ok(w));
    return ic_mlstree_parse(&tree, (struct ic_mls_span){w->base, w->len});
}

static void refuses_unsound_trees(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t first, second; /* leaves' numbers */
        uint8_t key;
        uint32_t unmerged[2];
        size_t unmerged_count;
        enum ic_err expected;
    } table[] = {
        {"sound", 0, 1, 9, {0}, 0, IC_OK},
        {"sound, one unmerged", 0, 1, 9, {1}, 1, IC_OK},
        {"one leaf twice", 5, 5, 9, {0}, 0, IC_ERR_INPUT},
        {"a parent with a leaf's key", 0, 1, 0, {0}, 0, IC_ERR_INPUT},
        {"unmerged twice", 0, 1, 9, {1, 1}, 2, IC_ERR_INPUT},
        {"unmerged out of order", 0, 1, 9, {1, 0}, 2, IC_ERR_INPUT},
        {"unmerged outside", 0, 1, 9, {2}, 1, IC_ERR_INPUT},
        {"unmerged far outside", 0, 1, 9, {1U << 31}, 1, IC_ERR_INPUT},
    };
    uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        size_t mark = ic_mls_write_open(&w);
        write_leaf_node(&w, table[i].first);
        write_parent_node(&w, table[i].key, table[i].unmerged, table[i].unmerged_count);
        write_leaf_node(&w, table[i].second);
        enum ic_err err = parse_written(&w, mark);
        if (err != table[i].expected)
            fail_msg("%s: %d", table[i].what, err);
    }
}

static void refuses_nodes_in_wrong_places(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    size_t mark = ic_mls_write_open(&w); /* nothing */
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
    w = ic_wr_init(bytes, sizeof bytes);
    mark = ic_mls_write_open(&w); /* a leaf where a parent belongs */
    write_leaf_node(&w, 0);
    write_leaf_node(&w, 1);
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
    w = ic_wr_init(bytes, sizeof bytes);
    mark = ic_mls_write_open(&w); /* a parent where a leaf belongs */
    write_parent_node(&w, 9, NULL, 0);
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
    w = ic_wr_init(bytes, sizeof bytes);
    mark = ic_mls_write_open(&w); /* a blank at the end */
    write_leaf_node(&w, 0);
    ic_wr_u8(&w, 0);
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
    w = ic_wr_init(bytes, sizeof bytes);
    mark = ic_mls_write_open(&w); /* a blank leaf that is unmerged */
    write_leaf_node(&w, 0);
    write_parent_node(&w, 9, (const uint32_t[]){1}, 1);
    ic_wr_u8(&w, 0);
    ic_wr_u8(&w, 0);
    write_leaf_node(&w, 2);
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
    w = ic_wr_init(bytes, sizeof bytes);
    mark = ic_mls_write_open(&w); /* unmerged at the top, not in between */
    write_leaf_node(&w, 0);
    write_parent_node(&w, 9, NULL, 0);
    write_leaf_node(&w, 1);
    write_parent_node(&w, 10, (const uint32_t[]){1}, 1);
    write_leaf_node(&w, 2);
    assert_int_equal(parse_written(&w, mark), IC_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_nodes),
        cmocka_unit_test(knows_the_leaves_below),
        cmocka_unit_test(validates_trees),
        cmocka_unit_test(refuses_parents_of_nobody),
        cmocka_unit_test(works_off_proposals),
        cmocka_unit_test(follows_update_paths),
        cmocka_unit_test(is_full_at_its_bound),
        cmocka_unit_test(refuses_unsound_trees),
        cmocka_unit_test(refuses_nodes_in_wrong_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
