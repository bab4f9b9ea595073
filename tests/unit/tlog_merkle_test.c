/* The Merkle tree: the vectors of others, and a second implementation after the definitions of
 * RFC 6962 2.1, which recurses where the product walks. */
#include "support/vectors.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "tlog/merkle.h"

#define SIZE_MAX_HERE 70
#define PROOF_MAX     16

static struct ic_merkle_hash leaves[SIZE_MAX_HERE];

static int make_leaves(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < SIZE_MAX_HERE; i++) {
        const uint8_t entry[2] = {i, 0x55};
        const struct ic_part parts[] = {{entry, 1}, {&entry[1], i % 2}};
        if (ic_merkle_leaf(parts, 2, &leaves[i]) != IC_OK)
            return -1;
    }
    return 0;
}

/* ---- RFC 6962 2.1 to the letter ---- */

static size_t power_below(size_t n)
{
    size_t k = 1;
    while (2 * k < n)
        k *= 2;
    return k;
}

static struct ic_merkle_hash tree_hash(size_t from, size_t to)
{
    struct ic_merkle_hash left, right;
    if (to - from == 1)
        return leaves[from];
    size_t k = power_below(to - from);
    left = tree_hash(from, from + k);
    right = tree_hash(from + k, to);
    assert_int_equal(ic_merkle_node(&left, &right, &left), IC_OK);
    return left;
}

static size_t path(size_t m, size_t from, size_t to, struct ic_merkle_hash *out)
{
    if (to - from == 1)
        return 0;
    size_t k = power_below(to - from), n;
    if (m < k) {
        n = path(m, from, from + k, out);
        out[n] = tree_hash(from + k, to);
    } else {
        n = path(m - k, from + k, to, out);
        out[n] = tree_hash(from, from + k);
    }
    return n + 1;
}

static size_t subproof(size_t m, size_t from, size_t to, bool is_whole, struct ic_merkle_hash *out)
{
    if (m == to - from) {
        if (is_whole)
            return 0;
        out[0] = tree_hash(from, to);
        return 1;
    }
    size_t k = power_below(to - from), n;
    if (m <= k) {
        n = subproof(m, from, from + k, is_whole, out);
        out[n] = tree_hash(from + k, to);
    } else {
        n = subproof(m - k, from + k, to, false, out);
        out[n] = tree_hash(from, from + k);
    }
    return n + 1;
}

/* ---- tests ---- */

/* certificate-transparency-go and others: the leaf of nothing, the empty tree, a node. */
static void known_hashes(void **state)
{
    (void)state;
    struct ic_merkle m;
    struct ic_merkle_hash hash, other;
    uint8_t expected[32];
    assert_int_equal(ic_merkle_leaf(NULL, 0, &hash), IC_OK);
    hex_bytes("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", expected, 32);
    assert_memory_equal(hash.bytes, expected, 32);
    ic_merkle_init(&m);
    assert_int_equal(ic_merkle_root(&m, &other), IC_OK);
    hex_bytes("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", expected, 32);
    assert_memory_equal(other.bytes, expected, 32);
    const struct ic_part parts[] = {
        {(const uint8_t *)"\x01", 1}, {hash.bytes, 32}, {hash.bytes, 32}};
    assert_int_equal(ic_hash_sha256(parts, 3, expected), IC_OK);
    assert_int_equal(ic_merkle_node(&hash, &hash, &other), IC_OK);
    assert_memory_equal(other.bytes, expected, 32);
}

static void the_frontier_gives_the_root_of_each_size(void **state)
{
    (void)state;
    struct ic_merkle m, loaded;
    ic_merkle_init(&m);
    for (size_t n = 1; n <= SIZE_MAX_HERE; n++) {
        struct ic_merkle_hash root, expected = tree_hash(0, n);
        assert_int_equal(ic_merkle_append(&m, &leaves[n - 1]), IC_OK);
        assert_int_equal(m.size, n);
        assert_int_equal(ic_merkle_root(&m, &root), IC_OK);
        assert_memory_equal(&root, &expected, sizeof root);
        /* The hashes are those of the complete subtrees, largest first. */
        size_t from = 0, count = 0;
        for (size_t bit = 64; bit > 0; bit /= 2)
            if ((n & bit) != 0) {
                expected = tree_hash(from, from + bit);
                assert_memory_equal(&m.frontier[count++], &expected, sizeof expected);
                from += bit;
            }
        assert_int_equal(ic_merkle_count(&m), count);
        /* And go on from what was kept. */
        assert_int_equal(ic_merkle_load(&loaded, n, m.frontier, count), IC_OK);
        assert_int_equal(ic_merkle_root(&loaded, &root), IC_OK);
        expected = tree_hash(0, n);
        assert_memory_equal(&root, &expected, sizeof root);
        assert_int_equal(ic_merkle_load(&loaded, n, m.frontier, count + 1), IC_ERR_INPUT);
        assert_int_equal(ic_merkle_load(&loaded, n, m.frontier, count - 1), IC_ERR_INPUT);
        assert_int_equal(loaded.size, n);
    }
}

static void a_frontier_has_an_end(void **state)
{
    (void)state;
    static struct ic_merkle_hash full[IC_MERKLE_FRONTIER_MAX + 1];
    struct ic_merkle m, before;
    uint64_t size = (1ULL << IC_MERKLE_FRONTIER_MAX) - 1;
    assert_int_equal(ic_merkle_load(&m, size + 1, full, 1), IC_ERR_INPUT);
    assert_int_equal(ic_merkle_load(&m, UINT64_MAX, full, 64), IC_ERR_INPUT);
    assert_int_equal(ic_merkle_load(&m, 0, NULL, 0), IC_OK);
    assert_int_equal(ic_merkle_load(&m, size, full, IC_MERKLE_FRONTIER_MAX), IC_OK);
    before = m;
    assert_int_equal(ic_merkle_append(&m, &leaves[0]), IC_ERR_FULL);
    assert_memory_equal(&m, &before, sizeof m);
    assert_int_equal(ic_merkle_load(&m, size - 1, full, IC_MERKLE_FRONTIER_MAX - 1), IC_OK);
    assert_int_equal(ic_merkle_append(&m, &leaves[0]), IC_OK);
}

static void each_leaf_is_included(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 20; n++) {
        struct ic_merkle_hash root = tree_hash(0, n), proof[PROOF_MAX] = {0};
        for (size_t m = 0; m < n; m++) {
            size_t count = path(m, 0, n, proof);
            for (uint64_t index = 0; index < 24; index++)
                for (size_t leaf = 0; leaf < n; leaf++) {
                    enum ic_err err =
                        ic_merkle_verify_inclusion(&leaves[leaf], index, n, proof, count, &root);
                    assert_int_equal(err, index == m && leaf == m ? IC_OK : IC_ERR_AUTH);
                }
            assert_int_equal(ic_merkle_verify_inclusion(&leaves[m], m, n, proof, count + 1, &root),
                             IC_ERR_AUTH);
            if (count == 0)
                continue;
            assert_int_equal(ic_merkle_verify_inclusion(&leaves[m], m, n, proof, count - 1, &root),
                             IC_ERR_AUTH);
            proof[count - 1].bytes[31] ^= 1;
            assert_int_equal(ic_merkle_verify_inclusion(&leaves[m], m, n, proof, count, &root),
                             IC_ERR_AUTH);
        }
    }
}

static void each_tree_begins_with_each_smaller_one(void **state)
{
    (void)state;
    for (size_t n = 1; n <= SIZE_MAX_HERE; n++)
        for (size_t m = 1; m <= n; m++) {
            struct ic_merkle_hash proof[PROOF_MAX] = {0};
            struct ic_merkle_head older = {m, tree_hash(0, m)}, newer = {n, tree_hash(0, n)};
            size_t count = subproof(m, 0, n, true, proof);
            assert_int_equal(ic_merkle_verify_consistency(&older, &newer, proof, count), IC_OK);
            assert_int_equal(ic_merkle_verify_consistency(&older, &newer, proof, count + 1),
                             IC_ERR_AUTH);
            if (m < n)
                assert_int_equal(ic_merkle_verify_consistency(&newer, &older, proof, count),
                                 IC_ERR_AUTH);
            for (size_t i = 0; i < count; i++) {
                proof[i].bytes[i] ^= 0x10;
                assert_int_equal(ic_merkle_verify_consistency(&older, &newer, proof, count),
                                 IC_ERR_AUTH);
                proof[i].bytes[i] ^= 0x10;
                assert_int_equal(ic_merkle_verify_consistency(&older, &newer, proof, i),
                                 IC_ERR_AUTH);
            }
            older.root.bytes[0] ^= 1;
            assert_int_equal(ic_merkle_verify_consistency(&older, &newer, proof, count),
                             IC_ERR_AUTH);
        }
}

/* ---- vectors of github.com/transparency-dev/merkle ---- */

/* Some of them have hashes of other lengths, which do not exist here: filled up, they are wrong
 * all the same. */
static struct ic_merkle_hash hash_of(const json_t *text, uint8_t fill)
{
    struct ic_merkle_hash hash;
    size_t n, len = json_string_length(text);
    uint8_t bytes[IC_MERKLE_HASH_LEN];
    memset(bytes, fill, sizeof bytes);
    assert_int_equal(ic_base64_check(json_string_value(text), len, &n), IC_OK);
    assert_in_range(n, 0, 32);
    assert_int_equal(ic_base64_decode(json_string_value(text), len, bytes, n), IC_OK);
    memcpy(hash.bytes, bytes, sizeof hash.bytes);
    return hash;
}

static size_t proof_of(const json_t *vector, struct ic_merkle_hash *out)
{
    const json_t *proof = json_object_get(vector, "proof");
    size_t count = json_array_size(proof);
    assert_in_range(count, 0, PROOF_MAX);
    for (size_t i = 0; i < count; i++)
        out[i] = hash_of(json_array_get(proof, i), 0);
    return count;
}

static void check(const json_t *vector, enum ic_err err, size_t *good)
{
    bool is_bad = json_is_true(json_object_get(vector, "wantErr"));
    if (err != (is_bad ? IC_ERR_AUTH : IC_OK))
        fail_msg("%d: %s", (int)err, vectors_text(vector, "_file"));
    *good += !is_bad;
}

static void inclusion_vectors(void **state)
{
    (void)state;
    json_t *list = vectors_load("tlog/rfc6962-inclusion.json"), *vector;
    size_t i, good = 0;
    json_array_foreach(list, i, vector)
    {
        struct ic_merkle_hash proof[PROOF_MAX];
        struct ic_merkle_hash leaf = hash_of(json_object_get(vector, "leafHash"), 1);
        struct ic_merkle_hash root = hash_of(json_object_get(vector, "root"), 0);
        size_t count = proof_of(vector, proof);
        check(vector,
              ic_merkle_verify_inclusion(&leaf, vectors_u64(vector, "leafIdx"),
                                         vectors_u64(vector, "treeSize"), proof, count, &root),
              &good);
    }
    assert_int_equal(i, 98);
    assert_int_equal(good, 6);
    json_decref(list);
}

static void consistency_vectors(void **state)
{
    (void)state;
    json_t *list = vectors_load("tlog/rfc6962-consistency.json"), *vector;
    size_t i, good = 0;
    json_array_foreach(list, i, vector)
    {
        struct ic_merkle_hash proof[PROOF_MAX];
        struct ic_merkle_head older = {vectors_u64(vector, "size1"),
                                       hash_of(json_object_get(vector, "root1"), 0)};
        struct ic_merkle_head newer = {vectors_u64(vector, "size2"),
                                       hash_of(json_object_get(vector, "root2"), 0)};
        size_t count = proof_of(vector, proof);
        check(vector, ic_merkle_verify_consistency(&older, &newer, proof, count), &good);
    }
    assert_int_equal(i, 98);
    assert_int_equal(good, 6);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_hashes),
        cmocka_unit_test(the_frontier_gives_the_root_of_each_size),
        cmocka_unit_test(a_frontier_has_an_end),
        cmocka_unit_test(each_leaf_is_included),
        cmocka_unit_test(each_tree_begins_with_each_smaller_one),
        cmocka_unit_test(inclusion_vectors),
        cmocka_unit_test(consistency_vectors),
    };
    return cmocka_run_group_tests(tests, make_leaves, NULL);
}
