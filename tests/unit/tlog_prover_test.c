/* Proofs that are made: those of github.com/transparency-dev/merkle to the byte, and for each size
 * that the verifier accepts them. */
#include "support/vectors.h"

#include "base/text.h"
#include "tlog/prover.h"

#define LEAVES 300

static struct ic_merkle_hash leaves[LEAVES];
static struct {
    size_t asked, fail_at; /* the read with this number fails; 0: none does */
} source;

/* As RFC 6962 2.1 says. */
static struct ic_merkle_hash tree_hash(unsigned level, uint64_t index)
{
    if (level == 0)
        return leaves[index];
    struct ic_merkle_hash left = tree_hash(level - 1, 2 * index);
    struct ic_merkle_hash right = tree_hash(level - 1, 2 * index + 1);
    assert_int_equal(ic_merkle_node(&left, &right, &left), IC_OK);
    return left;
}

static enum ic_err read_hash(void *context, unsigned level, uint64_t index,
                             struct ic_merkle_hash *out)
{
    const struct ic_prover *p = context;
    assert_true((index + 1) << level <= p->size);
    if (++source.asked == source.fail_at)
        return IC_ERR_GONE;
    *out = tree_hash(level, index);
    return IC_OK;
}

static struct ic_prover prover;

static void make_leaves(const char *const *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[32] = {(uint8_t)i, (uint8_t)(i >> 8)};
        size_t len = entries == NULL ? 2 : hex_bytes(entries[i], bytes, sizeof bytes);
        const struct ic_part part = {bytes, len};
        assert_int_equal(ic_merkle_leaf(&part, 1, &leaves[i]), IC_OK);
    }
    prover = (struct ic_prover){&prover, read_hash, count};
    source.asked = source.fail_at = 0;
}

static void assert_hash(const json_t *text, const struct ic_merkle_hash *hash)
{
    uint8_t bytes[IC_MERKLE_HASH_LEN];
    assert_int_equal(
        ic_base64_decode(json_string_value(text), json_string_length(text), bytes, sizeof bytes),
        IC_OK);
    assert_memory_equal(bytes, hash->bytes, sizeof bytes);
}

static void assert_proof(const json_t *vector, const struct ic_merkle_proof *proof)
{
    const json_t *expected = json_object_get(vector, "proof");
    assert_int_equal(proof->count, json_array_size(expected));
    for (size_t i = 0; i < proof->count; i++)
        assert_hash(json_array_get(expected, i), &proof->hashes[i]);
}

/* The good ones, whose tree is that of certificate-transparency. */
static void the_vectors_of_others(void **state)
{
    (void)state;
    static const char *const entries[] = {
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    };
    json_t *inclusion = vectors_load("tlog/rfc6962-inclusion.json");
    json_t *consistency = vectors_load("tlog/rfc6962-consistency.json"), *vector;
    struct ic_merkle_proof proof;
    struct ic_merkle_head head;
    size_t i, good = 0;
    make_leaves(entries, 8);
    json_array_foreach(inclusion, i, vector)
    {
        uint64_t index = vectors_u64(vector, "leafIdx"), size = vectors_u64(vector, "treeSize");
        if (json_is_true(json_object_get(vector, "wantErr")) || size == 1)
            continue;
        assert_int_equal(ic_prover_inclusion(&prover, index, size, &proof), IC_OK);
        assert_proof(vector, &proof);
        assert_int_equal(ic_prover_head(&prover, size, &head), IC_OK);
        assert_hash(json_object_get(vector, "root"), &head.root);
        good++;
    }
    json_array_foreach(consistency, i, vector)
    {
        uint64_t older = vectors_u64(vector, "size1"), newer = vectors_u64(vector, "size2");
        if (json_is_true(json_object_get(vector, "wantErr")) || older == newer)
            continue;
        assert_int_equal(ic_prover_consistency(&prover, older, newer, &proof), IC_OK);
        assert_proof(vector, &proof);
        good++;
    }
    assert_int_equal(good, 8);
    json_decref(inclusion);
    json_decref(consistency);
}

static void each_leaf_of_each_tree(void **state)
{
    (void)state;
    make_leaves(NULL, LEAVES);
    for (uint64_t n = 1; n <= LEAVES; n += n < 70 ? 1 : 23) {
        struct ic_merkle_head head;
        assert_int_equal(ic_prover_head(&prover, n, &head), IC_OK);
        for (uint64_t m = 0; m < n; m++) {
            struct ic_merkle_proof proof;
            assert_int_equal(ic_prover_inclusion(&prover, m, n, &proof), IC_OK);
            assert_int_equal(
                ic_merkle_verify_inclusion(&leaves[m], m, n, proof.hashes, proof.count, &head.root),
                IC_OK);
        }
    }
}

static void each_tree_and_its_beginnings(void **state)
{
    (void)state;
    static struct ic_merkle_head heads[LEAVES + 1];
    make_leaves(NULL, LEAVES);
    for (uint64_t n = 1; n <= LEAVES; n++)
        assert_int_equal(ic_prover_head(&prover, n, &heads[n]), IC_OK);
    for (uint64_t n = 1; n <= LEAVES; n += n < 70 ? 1 : 23)
        for (uint64_t m = 1; m <= n; m++) {
            struct ic_merkle_proof proof;
            assert_int_equal(ic_prover_consistency(&prover, m, n, &proof), IC_OK);
            assert_int_equal(
                ic_merkle_verify_consistency(&heads[m], &heads[n], proof.hashes, proof.count),
                IC_OK);
        }
}

static void the_frontier_is_that_of_appending(void **state)
{
    (void)state;
    struct ic_merkle m, read;
    make_leaves(NULL, LEAVES);
    ic_merkle_init(&m);
    for (uint64_t n = 0; n <= LEAVES; n++) {
        assert_int_equal(ic_prover_frontier(&prover, n, &read), IC_OK);
        assert_int_equal(read.size, n);
        assert_memory_equal(read.frontier, m.frontier, ic_merkle_count(&m) * sizeof m.frontier[0]);
        if (n < LEAVES)
            assert_int_equal(ic_merkle_append(&m, &leaves[n]), IC_OK);
    }
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct ic_merkle_proof proof;
    struct ic_merkle_head head;
    make_leaves(NULL, 10);
    assert_int_equal(ic_prover_inclusion(&prover, 10, 10, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_inclusion(&prover, 0, 0, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_inclusion(&prover, 3, 11, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_consistency(&prover, 0, 10, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_consistency(&prover, 8, 7, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_consistency(&prover, 8, 11, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_head(&prover, 11, &head), IC_ERR_INPUT);
    prover.size = UINT64_MAX;
    assert_int_equal(ic_prover_head(&prover, 1ULL << IC_MERKLE_FRONTIER_MAX, &head), IC_ERR_INPUT);
    assert_int_equal(ic_prover_inclusion(&prover, 0, UINT64_MAX, &proof), IC_ERR_INPUT);
    assert_int_equal(ic_prover_consistency(&prover, 1, UINT64_MAX, &proof), IC_ERR_INPUT);
    assert_int_equal(source.asked, 0);
}

static void an_error_of_the_store_is_handed_on(void **state)
{
    (void)state;
    struct ic_merkle_proof proof;
    make_leaves(NULL, LEAVES);
    assert_int_equal(ic_prover_inclusion(&prover, 4, LEAVES, &proof), IC_OK);
    size_t reads = source.asked;
    assert_true(reads > 8);
    for (size_t at = 1; at <= reads; at++) {
        proof.count = 77;
        source.asked = 0;
        source.fail_at = at;
        assert_int_equal(ic_prover_inclusion(&prover, 4, LEAVES, &proof), IC_ERR_GONE);
        assert_int_equal(proof.count, 77);
    }
}

/* The largest tree there is: nothing is shifted out. */
static enum ic_err read_any(void *context, unsigned level, uint64_t index,
                            struct ic_merkle_hash *out)
{
    (void)context;
    memset(out, (int)(level + index), sizeof *out);
    return (index + 1) << level <= UINT32_MAX ? IC_OK : IC_ERR_STATE;
}

static void the_largest_tree(void **state)
{
    (void)state;
    const struct ic_prover large = {NULL, read_any, UINT32_MAX};
    struct ic_merkle_proof proof;
    assert_int_equal(ic_prover_inclusion(&large, 0, UINT32_MAX, &proof), IC_OK);
    assert_int_equal(proof.count, 32);
    assert_int_equal(ic_prover_inclusion(&large, UINT32_MAX - 1, UINT32_MAX, &proof), IC_OK);
    assert_int_equal(proof.count, 31);
    assert_int_equal(ic_prover_consistency(&large, 1, UINT32_MAX, &proof), IC_OK);
    assert_int_equal(proof.count, 32);
    assert_int_equal(ic_prover_consistency(&large, UINT32_MAX - 2, UINT32_MAX, &proof), IC_OK);
    assert_int_equal(proof.count, 33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_others),
        cmocka_unit_test(each_leaf_of_each_tree),
        cmocka_unit_test(each_tree_and_its_beginnings),
        cmocka_unit_test(the_frontier_is_that_of_appending),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(an_error_of_the_store_is_handed_on),
        cmocka_unit_test(the_largest_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
