/* That a note is logged and was seen not long ago: a log of one entry, of this test's own keys. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "cluster/node_logged.h"

#define NOW 1795521600
#define DAY 86400

struct world {
    struct ic_ed25519 log_private, witness_private;
    struct ic_note_key log;
    struct ic_witness witness;
    uint8_t policy_text[2048], proof[4096];
    size_t policy_len, proof_len;
    struct ic_log_policy policy;
};

static const struct ic_part entry = {(const uint8_t *)"an entry", 8};

static void init(struct world *w, bool has_quorum)
{
    uint8_t log_seed[IC_ED25519_SEED_LEN] = {1}, witness_seed[IC_ED25519_SEED_LEN] = {2};
    struct ic_log_policy_error error;
    assert_int_equal(ic_ed25519_init(&w->log_private, log_seed), IC_OK);
    assert_int_equal(ic_ed25519_init(&w->witness_private, witness_seed), IC_OK);
    assert_int_equal(ic_note_key_init(&w->log, "log.example", 11, w->log_private.public_key),
                     IC_OK);
    assert_int_equal(
        ic_witness_init(&w->witness, "witness.example", 15, w->witness_private.public_key), IC_OK);
    struct ic_wr p = ic_wr_init(w->policy_text, sizeof w->policy_text);
    ic_wr_text(&p, "log ");
    ic_note_key_write(&p, &w->log);
    ic_wr_text(&p, "\nwitness w ");
    ic_note_key_write(&p, &w->witness.key);
    ic_wr_text(&p, has_quorum ? "\nquorum w\n" : "\nquorum none\n");
    w->policy_len = p.len;
    assert_int_equal(ic_log_policy_parse(w->policy_text, w->policy_len, &w->policy, &error), IC_OK);
}

static void deinit(struct world *w)
{
    ic_ed25519_deinit(&w->log_private);
    ic_ed25519_deinit(&w->witness_private);
}

/* The proof that the entry is the only one, cosigned at seen_s; 0: not at all. */
static void prove(struct world *w, const char *origin, uint64_t seen_s)
{
    uint8_t note[2048], text[512];
    struct ic_checkpoint c = {.origin = origin, .origin_len = strlen(origin)};
    struct ic_proof proof = {.index = 0};
    struct ic_wr n = ic_wr_init(note, sizeof note), t = ic_wr_init(text, sizeof text);
    c.head.size = 1;
    assert_int_equal(ic_merkle_leaf(&entry, 1, &c.head.root), IC_OK);
    assert_int_equal(ic_checkpoint_sign(&n, &c, &w->log, &w->log_private), IC_OK);
    ic_checkpoint_write(&t, &c);
    if (seen_s > 0)
        assert_int_equal(
            ic_cosignature_sign(&n, &w->witness, &w->witness_private, text, t.len, seen_s), IC_OK);
    proof.checkpoint = note;
    proof.checkpoint_len = n.len;
    struct ic_wr out = ic_wr_init(w->proof, sizeof w->proof);
    ic_proof_write(&out, &proof);
    assert_true(ic_wr_ok(&out));
    w->proof_len = out.len;
}

static enum ic_node_reason check(const struct world *w, const struct ic_part *note)
{
    const struct ic_part proof = {w->proof, w->proof_len};
    return ic_node_logged_check(&proof, note, &w->policy, NOW);
}

static void what_a_quorum_saw_is_at_most_a_day_away(void **state)
{
    (void)state;
    static const struct {
        uint64_t seen_s;
        enum ic_node_reason expected;
    } rows[] = {
        {NOW, IC_NODE_GOOD},
        {NOW - DAY, IC_NODE_GOOD},
        {NOW - DAY - 1, IC_NODE_LOG_STALE},
        {1, IC_NODE_LOG_STALE},
        {NOW + DAY, IC_NODE_GOOD},
        {NOW + DAY + 1, IC_NODE_LOG_STALE},
        {INT64_MAX, IC_NODE_LOG_STALE},
        {0, IC_NODE_WITNESSES},
    };
    struct world w;
    init(&w, true);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        prove(&w, "log.example", rows[i].seen_s);
        if (check(&w, &entry) != rows[i].expected)
            fail_msg("row %zu: %s", i, ic_node_reason_word(check(&w, &entry)));
    }
    deinit(&w);
}

static void without_a_quorum_age_is_not_known(void **state)
{
    (void)state;
    struct world w;
    init(&w, false);
    prove(&w, "log.example", 0);
    assert_int_equal(check(&w, &entry), IC_NODE_GOOD);
    prove(&w, "log.example", 1);
    assert_int_equal(check(&w, &entry), IC_NODE_GOOD);
    deinit(&w);
}

static void another_entry_log_or_byte_is_refused(void **state)
{
    (void)state;
    const struct ic_part other = {(const uint8_t *)"An entry", 8}, none = {NULL, 0};
    struct world w;
    init(&w, true);
    prove(&w, "log.example", NOW);
    assert_int_equal(check(&w, &other), IC_NODE_NOT_LOGGED);
    assert_int_equal(check(&w, &none), IC_NODE_NOT_LOGGED);
    for (size_t at = 0; at < w.proof_len; at++) {
        w.proof[at] ^= 1;
        assert_int_not_equal(check(&w, &entry), IC_NODE_GOOD);
        w.proof[at] ^= 1;
    }
    w.proof_len--;
    assert_int_equal(check(&w, &entry), IC_NODE_NOT_LOGGED);
    prove(&w, "log.example/other", NOW);
    assert_int_equal(check(&w, &entry), IC_NODE_CHECKPOINT);
    deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_quorum_saw_is_at_most_a_day_away),
        cmocka_unit_test(without_a_quorum_age_is_not_known),
        cmocka_unit_test(another_entry_log_or_byte_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
