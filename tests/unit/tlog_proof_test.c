/* Proof files: those that another program made, good and bad, as the web client's tests check them.
 */
#include "support/vectors.h"

#include "tlog/proof.h"

static json_t *vectors;
static struct ic_proof_policy policy;

static int load(void **state)
{
    (void)state;
    const json_t *vkey;
    size_t i;
    vectors = vectors_load("tlog/proof.json");
    const char *log = vectors_text(vectors, "log");
    policy.origin = vectors_text(vectors, "origin");
    policy.origin_len = strlen(policy.origin);
    assert_int_equal(ic_note_key_parse(&policy.log, log, strlen(log)), IC_OK);
    json_array_foreach(json_object_get(vectors, "witnesses"), i, vkey)
    {
        struct ic_witness witness;
        const char *text = json_string_value(vkey);
        assert_int_equal(ic_witness_parse(&witness, text, strlen(text)), IC_OK);
        assert_int_equal(ic_proof_policy_add(&policy, &witness), IC_OK);
    }
    assert_int_equal(policy.witness_count, 3);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static struct ic_merkle_hash leaf_of(const json_t *vector)
{
    struct ic_merkle_hash leaf;
    size_t len;
    uint8_t *entry = vectors_bytes(vector, "entry", &len);
    const struct ic_part part = {entry, len};
    assert_int_equal(ic_merkle_leaf(&part, 1, &leaf), IC_OK);
    free(entry);
    return leaf;
}

static const char *name_of(enum ic_proof_verdict verdict)
{
    static const char *const names[] = {"good",   "unsigned",  "origin", "cosignature",
                                        "quorum", "inclusion", "system"};
    return names[verdict];
}

static void verdicts(void **state)
{
    (void)state;
    static uint8_t out[4096];
    const json_t *vector;
    size_t i;
    json_array_foreach(json_object_get(vectors, "proofs"), i, vector)
    {
        const char *text = vectors_text(vector, "proof"), *name = vectors_text(vector, "name");
        struct ic_proof proof;
        struct ic_proof_result result = {.witnessed = 77};
        struct ic_merkle_hash leaf = leaf_of(vector);
        size_t len = strlen(text);
        uint8_t *copy = exact_copy((const uint8_t *)text, len);
        policy.quorum = vectors_u64(vector, "quorum");
        if (ic_proof_parse(copy, len, &proof) != IC_OK)
            fail_msg("%s: no proof", name);
        enum ic_proof_verdict verdict = ic_proof_verify(&proof, &policy, &leaf, &result);
        if (strcmp(name_of(verdict), vectors_text(vector, "verdict")) != 0)
            fail_msg("%s: %s", name, name_of(verdict));
        assert_true((result.witnessed == 77) == (verdict != IC_PROOF_GOOD));
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_proof_write(&w, &proof);
        assert_true(ic_wr_ok(&w) && w.len == len);
        assert_memory_equal(out, text, len);
        struct ic_wr small = ic_wr_init(out, len - 1);
        ic_proof_write(&small, &proof);
        assert_false(ic_wr_ok(&small));
        free(copy);
    }
    assert_int_equal(i, 29);
}

static enum ic_err parse(const char *text, size_t len)
{
    struct ic_proof proof;
    uint8_t *copy = exact_copy((const uint8_t *)text, len);
    enum ic_err err = ic_proof_parse(copy, len, &proof);
    free(copy);
    return err;
}

static void what_is_no_proof(void **state)
{
    (void)state;
    const json_t *vector;
    size_t i;
    json_array_foreach(json_object_get(vectors, "not_proofs"), i, vector)
    {
        const char *text = vectors_text(vector, "text");
        if (parse(text, strlen(text)) != IC_ERR_INPUT)
            fail_msg("taken: %s", vectors_text(vector, "name"));
    }
    assert_int_equal(i, 32);
}

/* A cut is a proof only where a signature line ends, and then without the witnesses behind it. */
static void each_truncation(void **state)
{
    (void)state;
    const json_t *first = json_array_get(json_object_get(vectors, "proofs"), 0);
    const char *text = vectors_text(first, "proof");
    struct ic_merkle_hash leaf = leaf_of(first);
    size_t good = 0;
    policy.quorum = 2;
    for (size_t cut = 0; cut < strlen(text); cut++) {
        struct ic_proof proof;
        struct ic_proof_result result;
        uint8_t *copy = exact_copy((const uint8_t *)text, cut);
        if (ic_proof_parse(copy, cut, &proof) == IC_OK) {
            good++;
            assert_int_equal(ic_proof_verify(&proof, &policy, &leaf, &result), IC_PROOF_QUORUM);
        }
        free(copy);
    }
    assert_int_equal(good, 2);
}

static void each_changed_bit(void **state)
{
    (void)state;
    const json_t *first = json_array_get(json_object_get(vectors, "proofs"), 0);
    const char *text = vectors_text(first, "proof");
    struct ic_merkle_hash leaf = leaf_of(first);
    size_t len = strlen(text);
    uint8_t *copy = exact_copy((const uint8_t *)text, len);
    policy.quorum = 2;
    for (size_t at = 0; at < len; at++)
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            struct ic_proof proof;
            struct ic_proof_result result;
            copy[at] = (uint8_t)(copy[at] ^ bit);
            if (ic_proof_parse(copy, len, &proof) == IC_OK)
                assert_int_not_equal(ic_proof_verify(&proof, &policy, &leaf, &result),
                                     IC_PROOF_GOOD);
            copy[at] = (uint8_t)(copy[at] ^ bit);
        }
    free(copy);
}

/* The second newest of three times is what two of them vouch for. */
static void when_a_quorum_saw_it(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, 1795000020, 1795000010, 1795000000};
    const json_t *vector = json_array_get(json_object_get(vectors, "proofs"), 1);
    const char *text = vectors_text(vector, "proof");
    struct ic_merkle_hash leaf = leaf_of(vector);
    struct ic_proof proof;
    assert_int_equal(ic_proof_parse((const uint8_t *)text, strlen(text), &proof), IC_OK);
    for (policy.quorum = 0; policy.quorum <= 3; policy.quorum++) {
        struct ic_proof_result result;
        assert_int_equal(ic_proof_verify(&proof, &policy, &leaf, &result), IC_PROOF_GOOD);
        assert_int_equal(result.witnessed, 3);
        assert_int_equal(result.time_s, times[policy.quorum]);
        assert_int_equal(result.checkpoint.head.size, 13);
    }
}

static void nobody_counts_twice(void **state)
{
    (void)state;
    struct ic_proof_policy p = {0};
    struct ic_witness w, again;
    uint8_t key[IC_ED25519_KEY_LEN] = {0};
    for (uint8_t i = 0; i <= IC_TLOG_WITNESSES_MAX; i++) {
        key[0] = i;
        assert_int_equal(ic_witness_init(&w, "one", 3, key), IC_OK);
        assert_int_equal(ic_witness_init(&again, "other", 5, key), IC_OK);
        assert_int_equal(ic_proof_policy_add(&p, &w),
                         i < IC_TLOG_WITNESSES_MAX ? IC_OK : IC_ERR_FULL);
        if (i < IC_TLOG_WITNESSES_MAX)
            assert_int_equal(ic_proof_policy_add(&p, &again), IC_ERR_INPUT);
    }
    assert_int_equal(p.witness_count, IC_TLOG_WITNESSES_MAX);
}

static void sizes(void **state)
{
    (void)state;
    static char bytes[IC_TLOG_PROOF_MAX + 8];
    const json_t *first = json_array_get(json_object_get(vectors, "proofs"), 0);
    const char *text = vectors_text(first, "proof"), *rest = strstr(text, "index");
    size_t head = (size_t)(rest - text), extra = 4;
    for (size_t len = 0; len <= IC_TLOG_PROOF_MAX; extra += 4) {
        len = head + strlen("extra \n") + extra + strlen(rest);
        if (len < IC_TLOG_PROOF_MAX - 8)
            continue;
        memcpy(bytes, text, head);
        memcpy(&bytes[head], "extra ", 6);
        memset(&bytes[head + 6], 'A', extra);
        bytes[head + 6 + extra] = '\n';
        memcpy(&bytes[head + 7 + extra], rest, strlen(rest));
        assert_int_equal(parse(bytes, len), len <= IC_TLOG_PROOF_MAX ? IC_OK : IC_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(what_is_no_proof),
        cmocka_unit_test(each_truncation),
        cmocka_unit_test(each_changed_bit),
        cmocka_unit_test(when_a_quorum_saw_it),
        cmocka_unit_test(nobody_counts_twice),
        cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests(tests, load, drop);
}
