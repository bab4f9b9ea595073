/* Policies of whom to believe: vectors of another program, good and bad, and checkpoints judged by
 * them, as the web client's tests check them. */
#include "support/vectors.h"

#include "tlog/log_policy.h"

static json_t *vectors;
static struct ic_log_policy policy;

static int load(void **state)
{
    (void)state;
    vectors = vectors_load("tlog/log_policy.json");
    return 0;
}

static int drop(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static bool is_text(const struct ic_log_policy_text *text, const json_t *expected)
{
    if (expected == NULL)
        return text->at == NULL;
    return text->at != NULL && text->len == json_string_length(expected) &&
           memcmp(text->at, json_string_value(expected), text->len) == 0;
}

static bool is_vkey(const struct ic_note_key *key, const json_t *expected)
{
    uint8_t vkey[IC_NOTE_VKEY_MAX];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    ic_note_key_write(&w, key);
    const struct ic_log_policy_text text = {(const char *)vkey, w.len};
    return ic_wr_ok(&w) && is_text(&text, json_object_get(expected, "vkey"));
}

static void check_nodes(const json_t *vector)
{
    const json_t *witness, *group, *member;
    size_t i, at = 0;
    const struct ic_log_policy_node *node = policy.nodes;
    json_array_foreach(json_object_get(vector, "witnesses"), i, witness)
    {
        while (node[at].witness != (int16_t)i)
            at++;
        assert_true(at < policy.node_count);
        assert_true(is_text(&node[at].name, json_object_get(witness, "name")));
        assert_true(is_text(&node[at].url, json_object_get(witness, "url")));
        assert_true(is_vkey(&policy.witnesses[i].key, witness));
    }
    assert_int_equal(policy.witness_count, i);
    at = 0;
    json_array_foreach(json_object_get(vector, "groups"), i, group)
    {
        size_t k, members = 0;
        while (at < policy.node_count && node[at].witness != -1)
            at++;
        assert_true(is_text(&node[at].name, json_object_get(group, "name")));
        assert_int_equal(node[at].threshold, vectors_u64(group, "threshold"));
        json_array_foreach(json_object_get(group, "members"), k, member)
        {
            for (size_t m = 0; m < at; m++)
                members += is_text(&node[m].name, member) && node[m].group == (int16_t)at;
        }
        assert_int_equal(members, k);
        at++;
    }
    assert_int_equal(policy.node_count, policy.witness_count + i);
}

static void what_is_read(void **state)
{
    (void)state;
    const json_t *vector, *log;
    size_t i, k;
    json_array_foreach(json_object_get(vectors, "policies"), i, vector)
    {
        const char *text = vectors_text(vector, "text"), *quorum = vectors_text(vector, "quorum");
        struct ic_log_policy_error error;
        size_t len = strlen(text);
        uint8_t *copy = exact_copy((const uint8_t *)text, len);
        if (ic_log_policy_parse(copy, len, &policy, &error) != IC_OK)
            fail_msg("%s: %d", vectors_text(vector, "name"), error.fault);
        json_array_foreach(json_object_get(vector, "logs"), k, log)
        {
            assert_true(is_vkey(&policy.logs[k].key, log));
            assert_true(is_text(&policy.logs[k].url, json_object_get(log, "url")));
        }
        assert_int_equal(policy.log_count, k);
        check_nodes(vector);
        if (strcmp(quorum, "none") == 0)
            assert_int_equal(policy.quorum, -1);
        else
            assert_true(
                is_text(&policy.nodes[policy.quorum].name, json_object_get(vector, "quorum")));
        free(copy);
    }
    assert_int_equal(i, 12);
}

static const char *const faults[] = {
    [IC_LOG_POLICY_SIZE] = "size",
    [IC_LOG_POLICY_OCTET] = "octet",
    [IC_LOG_POLICY_UNTERMINATED] = "unterminated",
    [IC_LOG_POLICY_KEYWORD] = "keyword",
    [IC_LOG_POLICY_WORDS] = "words",
    [IC_LOG_POLICY_KEY] = "key",
    [IC_LOG_POLICY_KEY_AGAIN] = "key_again",
    [IC_LOG_POLICY_NAME_AGAIN] = "name_again",
    [IC_LOG_POLICY_UNKNOWN] = "unknown",
    [IC_LOG_POLICY_MEMBER_AGAIN] = "member_again",
    [IC_LOG_POLICY_THRESHOLD] = "threshold",
    [IC_LOG_POLICY_QUORUM_AGAIN] = "quorum_again",
    [IC_LOG_POLICY_NO_QUORUM] = "no_quorum",
    [IC_LOG_POLICY_NO_LOG] = "no_log",
    [IC_LOG_POLICY_LIMIT] = "limit",
};

static void what_is_no_policy(void **state)
{
    (void)state;
    const json_t *vector;
    size_t i, seen = 0;
    json_array_foreach(json_object_get(vectors, "not_policies"), i, vector)
    {
        const char *text = vectors_text(vector, "text"), *name = vectors_text(vector, "name");
        struct ic_log_policy_error error;
        uint8_t *copy = exact_copy((const uint8_t *)text, strlen(text));
        if (ic_log_policy_parse(copy, strlen(text), &policy, &error) != IC_ERR_INPUT)
            fail_msg("taken: %s", name);
        if (strcmp(faults[error.fault], vectors_text(vector, "fault")) != 0 ||
            error.line != vectors_u64(vector, "line"))
            fail_msg("%s: %s on line %zu", name, faults[error.fault], error.line);
        seen |= (size_t)1 << error.fault;
        free(copy);
    }
    assert_int_equal(i, 49);
    assert_int_equal(seen, ((size_t)1 << (IC_LOG_POLICY_LIMIT + 1)) - 1 - 1); /* all but the size */
}

static void a_nul(void **state)
{
    (void)state;
    struct ic_log_policy_error error;
    static const uint8_t text[] = "quorum none\0\n";
    assert_int_equal(ic_log_policy_parse(text, sizeof text - 1, &policy, &error), IC_ERR_INPUT);
    assert_int_equal(error.fault, IC_LOG_POLICY_OCTET);
}

/* More words than any line may have. */
static void a_long_line(void **state)
{
    (void)state;
    static uint8_t text[2 * 200 + 16];
    struct ic_log_policy_error error;
    for (size_t words = 1; words <= 200; words++) {
        struct ic_wr w = ic_wr_init(text, sizeof text);
        ic_wr_text(&w, "group");
        for (size_t i = 1; i < words; i++)
            ic_wr_text(&w, " a");
        ic_wr_text(&w, "\n");
        assert_int_equal(ic_log_policy_parse(text, w.len, &policy, &error), IC_ERR_INPUT);
        assert_int_equal(error.fault, words < 4     ? IC_LOG_POLICY_WORDS
                                      : words <= 67 ? IC_LOG_POLICY_UNKNOWN
                                                    : IC_LOG_POLICY_LIMIT);
    }
}

static void sizes(void **state)
{
    (void)state;
    static uint8_t bytes[IC_LOG_POLICY_BYTES_MAX + 1];
    const json_t *vector = json_array_get(json_object_get(vectors, "policies"), 1);
    const char *text = vectors_text(vector, "text");
    struct ic_log_policy_error error;
    memset(bytes, '\n', sizeof bytes);
    memcpy(bytes, text, strlen(text));
    assert_int_equal(ic_log_policy_parse(bytes, sizeof bytes - 1, &policy, &error), IC_OK);
    assert_int_equal(ic_log_policy_parse(bytes, sizeof bytes, &policy, &error), IC_ERR_INPUT);
    assert_int_equal(error.fault, IC_LOG_POLICY_SIZE);
    assert_int_equal(error.line, 0);
}

/* No beginning of the example is a policy: its quorum stands on its last line. */
static void each_truncation(void **state)
{
    (void)state;
    const json_t *vector = json_array_get(json_object_get(vectors, "policies"), 0);
    const char *text = vectors_text(vector, "text");
    struct ic_log_policy_error error;
    for (size_t cut = 0; cut < strlen(text); cut++) {
        uint8_t *copy = exact_copy((const uint8_t *)text, cut);
        assert_int_equal(ic_log_policy_parse(copy, cut, &policy, &error), IC_ERR_INPUT);
        bool is_between = cut == 0 || text[cut - 1] == '\n';
        assert_int_equal(error.fault,
                         is_between ? IC_LOG_POLICY_NO_QUORUM : IC_LOG_POLICY_UNTERMINATED);
        free(copy);
    }
}

static const char *const verdicts[] = {"good",   "unsigned",  "origin", "cosignature",
                                       "quorum", "inclusion", "system"};

static enum ic_proof_verdict judge(const json_t *vector, struct ic_proof_result *result)
{
    const char *text = vectors_text(vector, "policy"), *note = vectors_text(vector, "checkpoint");
    struct ic_log_policy_error error;
    assert_int_equal(ic_log_policy_parse((const uint8_t *)text, strlen(text), &policy, &error),
                     IC_OK);
    return ic_log_policy_judge(&policy, (const uint8_t *)note, strlen(note), result);
}

static void judgements(void **state)
{
    (void)state;
    const json_t *vector;
    size_t i;
    json_array_foreach(json_object_get(vectors, "judgements"), i, vector)
    {
        const char *name = vectors_text(vector, "name");
        struct ic_proof_result result = {.witnessed = 77};
        enum ic_proof_verdict verdict = judge(vector, &result);
        if (strcmp(verdicts[verdict], vectors_text(vector, "verdict")) != 0)
            fail_msg("%s: %s", name, verdicts[verdict]);
        if (verdict != IC_PROOF_GOOD) {
            assert_int_equal(result.witnessed, 77);
            continue;
        }
        if (result.witnessed != vectors_u64(vector, "witnessed") ||
            result.time_s != vectors_u64(vector, "time"))
            fail_msg("%s: %zu at %llu", name, result.witnessed, (unsigned long long)result.time_s);
        assert_int_equal(result.checkpoint.head.size, 13);
    }
    assert_int_equal(i, 31);
}

/* Proof files by a policy, as by one log and k of n witnesses. */
static void proofs(void **state)
{
    (void)state;
    static char text[8192];
    json_t *shared = vectors_load("tlog/proof.json");
    const json_t *vector;
    size_t i, good = 0;
    json_array_foreach(json_object_get(shared, "proofs"), i, vector)
    {
        const json_t *keys = json_object_get(shared, "witnesses");
        struct ic_log_policy_error error;
        struct ic_proof proof;
        struct ic_proof_result result = {.witnessed = 77};
        struct ic_merkle_hash leaf;
        unsigned quorum = (unsigned)vectors_u64(vector, "quorum");
        if (quorum > 3)
            continue;
        int n = snprintf(text, sizeof text,
                         "log %s\nwitness 1 %s\nwitness 2 %s\nwitness 3 %s\ngroup g %u 1 2 3\n"
                         "quorum %s\n",
                         vectors_text(shared, "log"), json_string_value(json_array_get(keys, 0)),
                         json_string_value(json_array_get(keys, 1)),
                         json_string_value(json_array_get(keys, 2)), quorum == 0 ? 1 : quorum,
                         quorum == 0 ? "none" : "g");
        assert_int_equal(ic_log_policy_parse((uint8_t *)text, (size_t)n, &policy, &error), IC_OK);
        const char *file = vectors_text(vector, "proof");
        assert_int_equal(ic_proof_parse((const uint8_t *)file, strlen(file), &proof), IC_OK);
        size_t len;
        uint8_t *entry = vectors_bytes(vector, "entry", &len);
        const struct ic_part part = {entry, len};
        assert_int_equal(ic_merkle_leaf(&part, 1, &leaf), IC_OK);
        free(entry);
        enum ic_proof_verdict verdict = ic_log_policy_verify(&policy, &proof, &leaf, &result);
        if (strcmp(verdicts[verdict], vectors_text(vector, "verdict")) != 0)
            fail_msg("%s: %s", vectors_text(vector, "name"), verdicts[verdict]);
        assert_true((result.witnessed == 77) == (verdict != IC_PROOF_GOOD));
        good += verdict == IC_PROOF_GOOD;
    }
    assert_true(good > 3);
    json_decref(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read), cmocka_unit_test(what_is_no_policy),
        cmocka_unit_test(a_nul),        cmocka_unit_test(a_long_line),
        cmocka_unit_test(sizes),        cmocka_unit_test(each_truncation),
        cmocka_unit_test(judgements),   cmocka_unit_test(proofs),
    };
    return cmocka_run_group_tests(tests, load, drop);
}
