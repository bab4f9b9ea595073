/* What a witness is asked: the form, each cut of it, and what it says to whom. */
#include "support/cmocka_all.h"

#include "base/text.h"
#include "support/exact.h"
#include "tlog/witness_request.h"

#define LEAVES 20

static struct ic_note_key key;
static struct ic_ed25519 private_key;
static struct ic_merkle_hash leaves[2][LEAVES]; /* of two histories that share 5 entries */

static int load(void **state)
{
    static const char name[] = "meet.example.org/log";
    const uint8_t seed[IC_ED25519_SEED_LEN] = {9};
    (void)state;
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, name, strlen(name), private_key.public_key), IC_OK);
    for (uint8_t i = 0; i < LEAVES; i++)
        for (uint8_t history = 0; history < 2; history++) {
            const uint8_t entry[] = {i, i < 5 ? 0 : history};
            const struct ic_part part = {entry, sizeof entry};
            assert_int_equal(ic_merkle_leaf(&part, 1, &leaves[history][i]), IC_OK);
        }
    return 0;
}

static int drop(void **state)
{
    (void)state;
    ic_ed25519_deinit(&private_key);
    return 0;
}

static enum ic_err read_subtree(void *context, unsigned level, uint64_t index,
                                struct ic_merkle_hash *out)
{
    const struct ic_merkle_hash *history = context;
    struct ic_merkle_hash left, right;
    if (level == 0) {
        *out = history[index];
        return IC_OK;
    }
    assert_int_equal(read_subtree(context, level - 1, 2 * index, &left), IC_OK);
    assert_int_equal(read_subtree(context, level - 1, 2 * index + 1, &right), IC_OK);
    return ic_merkle_node(&left, &right, out);
}

static struct ic_prover prover_of(unsigned history)
{
    return (struct ic_prover){leaves[history], read_subtree, LEAVES};
}

static struct ic_merkle_head head_of(unsigned history, uint64_t size)
{
    const struct ic_prover prover = prover_of(history);
    struct ic_merkle_head head;
    assert_int_equal(ic_prover_head(&prover, size, &head), IC_OK);
    return head;
}

/* A request of one history; old is what it says, proved what its proof begins with. */
static struct ic_wr ask(uint8_t *out, size_t cap, unsigned history, uint64_t old, uint64_t proved,
                        uint64_t size)
{
    const struct ic_prover prover = prover_of(history);
    const struct ic_checkpoint checkpoint = {key.name, strlen(key.name), head_of(history, size)};
    struct ic_merkle_proof proof = {0};
    struct ic_wr w = ic_wr_init(out, cap);
    if (proved > 0)
        assert_int_equal(ic_prover_consistency(&prover, proved, size, &proof), IC_OK);
    ic_wr_text(&w, "old ");
    ic_wr_decimal(&w, old);
    ic_wr_u8(&w, '\n');
    for (size_t i = 0; i < proof.count; i++) {
        char hash[IC_BASE64_LEN(IC_MERKLE_HASH_LEN) + 1];
        ic_base64_encode(proof.hashes[i].bytes, IC_MERKLE_HASH_LEN, hash);
        ic_wr_text(&w, hash);
        ic_wr_u8(&w, '\n');
    }
    ic_wr_u8(&w, '\n');
    assert_int_equal(ic_checkpoint_sign(&w, &checkpoint, &key, &private_key), IC_OK);
    assert_true(ic_wr_ok(&w));
    return w;
}

static void verdicts(void **state)
{
    static const struct {
        uint64_t seen;
        unsigned history;
        uint64_t old, proved, size;
        enum ic_witness_verdict verdict;
    } rows[] = {
        {0, 0, 0, 0, 7, IC_WITNESS_GOOD},  /* the first that it sees */
        {0, 0, 0, 0, 0, IC_WITNESS_GOOD},  /* of an empty log */
        {7, 0, 7, 7, 13, IC_WITNESS_GOOD}, /* it grew */
        {8, 0, 8, 8, 16, IC_WITNESS_GOOD},
        {7, 0, 7, 0, 7, IC_WITNESS_GOOD},      /* once more the same */
        {7, 1, 7, 0, 7, IC_WITNESS_CONFLICT},  /* another root at this size */
        {7, 0, 6, 6, 13, IC_WITNESS_CONFLICT}, /* an old size that is not the last */
        {7, 0, 8, 8, 13, IC_WITNESS_CONFLICT},
        {7, 0, 0, 0, 13, IC_WITNESS_CONFLICT},
        {0, 0, 7, 7, 13, IC_WITNESS_CONFLICT},
        {7, 0, 6, 6, 7, IC_WITNESS_CONFLICT},
        {13, 0, 7, 0, 7, IC_WITNESS_CONFLICT},  /* back */
        {7, 0, 13, 0, 7, IC_WITNESS_MALFORMED}, /* larger than the checkpoint's */
        {7, 1, 7, 7, 13, IC_WITNESS_PROOF},     /* a fork */
        {5, 1, 5, 5, 13, IC_WITNESS_GOOD},      /* no fork: it begins behind */
        {7, 0, 7, 6, 13, IC_WITNESS_PROOF},
        {7, 0, 7, 0, 13, IC_WITNESS_PROOF}, /* none */
        {0, 0, 0, 7, 13, IC_WITNESS_PROOF}, /* one that must not be there */
        {7, 0, 7, 5, 7, IC_WITNESS_PROOF},
    };
    static uint8_t bytes[4096];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_witness_log logs[2] = {{.key = key}, {.key = key}}, *log = NULL;
        struct ic_witness_request request;
        memcpy(logs[0].key.name, "another", 8);
        if (rows[i].seen > 0)
            logs[1].seen = head_of(0, rows[i].seen);
        struct ic_wr w =
            ask(bytes, sizeof bytes, rows[i].history, rows[i].old, rows[i].proved, rows[i].size);
        assert_int_equal(ic_witness_request_parse(bytes, w.len, &request), IC_OK);
        enum ic_witness_verdict verdict = ic_witness_request_judge(&request, logs, 2, &log);
        if (verdict != rows[i].verdict)
            fail_msg("row %zu: %d", i, verdict);
        assert_ptr_equal(log, &logs[1]);
        assert_int_equal(log->seen.size, rows[i].seen); /* what is seen is the caller's to keep */
    }
}

static void strangers(void **state)
{
    static uint8_t bytes[4096];
    struct ic_witness_log logs[1] = {{.key = key}}, *log = NULL;
    struct ic_witness_request request;
    (void)state;
    struct ic_wr w = ask(bytes, sizeof bytes, 0, 0, 0, 7);
    assert_int_equal(ic_witness_request_parse(bytes, w.len, &request), IC_OK);
    assert_int_equal(ic_witness_request_judge(&request, logs, 0, &log), IC_WITNESS_UNKNOWN);
    assert_null(log);
    logs[0].key.key[3] ^= 1; /* the name is known, the key is another */
    assert_int_equal(ic_witness_request_judge(&request, logs, 1, &log), IC_WITNESS_UNSIGNED);
    logs[0].key = key;
    logs[0].key.id[0] ^= 1;
    assert_int_equal(ic_witness_request_judge(&request, logs, 1, &log), IC_WITNESS_UNSIGNED);
}

/* A cut is a request nowhere: the signature line is the last one. */
static void each_truncation(void **state)
{
    static uint8_t bytes[4096];
    struct ic_witness_request request;
    (void)state;
    struct ic_wr w = ask(bytes, sizeof bytes, 0, 7, 7, 13);
    for (size_t cut = 0; cut <= w.len; cut++) {
        uint8_t *copy = exact_copy(bytes, cut);
        assert_int_equal(ic_witness_request_parse(copy, cut, &request),
                         cut == w.len ? IC_OK : IC_ERR_INPUT);
        free(copy);
    }
}

static void each_changed_bit(void **state)
{
    static uint8_t bytes[4096];
    struct ic_witness_log logs[1] = {{.key = key, .seen = head_of(0, 7)}}, *log;
    struct ic_witness_request request;
    (void)state;
    struct ic_wr w = ask(bytes, sizeof bytes, 0, 7, 7, 13);
    for (size_t at = 0; at < w.len; at++)
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            bytes[at] = (uint8_t)(bytes[at] ^ bit);
            if (ic_witness_request_parse(bytes, w.len, &request) == IC_OK)
                assert_int_not_equal(ic_witness_request_judge(&request, logs, 1, &log),
                                     IC_WITNESS_GOOD);
            bytes[at] = (uint8_t)(bytes[at] ^ bit);
        }
}

static void forms(void **state)
{
    static const char hash[] = "wMEonwBgX419h4C59CZMc2zPuEzpFwjCsn5kJr/H2Kg=\n";
    static const char *const heads[] = {
        "",           "\n",           "old\n\n",         "old \n\n",
        "old 01\n\n", "old -1\n\n",   "old 1",           "Old 1\n\n",
        "old  1\n\n", "old 1 \n\n",   "old 1\r\n\n",     "old 1\n",
        "new 1\n\n",  "old 1\n \n\n", "old 1\nAAAA\n\n", "old 18446744073709551616\n\n",
    };
    static uint8_t bytes[IC_WITNESS_REQUEST_MAX + 64], note[2048];
    struct ic_witness_request request;
    (void)state;
    struct ic_wr n = ask(note, sizeof note, 0, 0, 0, 7);
    const uint8_t *rest = &note[strlen("old 0\n\n")];
    size_t rest_len = n.len - strlen("old 0\n\n");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        ic_wr_text(&w, heads[i]);
        ic_wr_bytes(&w, rest, rest_len);
        if (ic_witness_request_parse(bytes, w.len, &request) != IC_ERR_INPUT)
            fail_msg("taken: %s", heads[i]);
    }
    for (size_t lines = 0; lines <= 64; lines++) {
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        ic_wr_text(&w, "old 1\n");
        for (size_t i = 0; i < lines; i++)
            ic_wr_text(&w, hash);
        ic_wr_u8(&w, '\n');
        ic_wr_bytes(&w, rest, rest_len);
        assert_int_equal(ic_witness_request_parse(bytes, w.len, &request),
                         lines <= IC_WITNESS_PROOF_LINES_MAX ? IC_OK : IC_ERR_INPUT);
    }
}

/* A checkpoint with extension lines is cosigned whole, up to the bound of what is cosigned. */
static void sizes(void **state)
{
    static uint8_t bytes[IC_WITNESS_REQUEST_MAX + 64], text[IC_TLOG_COSIGNED_MAX + 8];
    struct ic_witness_request request;
    (void)state;
    for (size_t len = IC_TLOG_COSIGNED_MAX - 2; len <= IC_TLOG_COSIGNED_MAX + 1; len++) {
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes), t = ic_wr_init(text, sizeof text);
        const struct ic_checkpoint checkpoint = {key.name, strlen(key.name), head_of(0, 7)};
        ic_checkpoint_write(&t, &checkpoint);
        while (t.len < len - 1)
            ic_wr_u8(&t, 'x');
        ic_wr_u8(&t, '\n');
        ic_wr_text(&w, "old 0\n\n");
        assert_int_equal(ic_note_sign(&w, &key, &private_key, text, t.len), IC_OK);
        assert_int_equal(ic_witness_request_parse(bytes, w.len, &request),
                         len <= IC_TLOG_COSIGNED_MAX ? IC_OK : IC_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),        cmocka_unit_test(strangers),
        cmocka_unit_test(each_truncation), cmocka_unit_test(each_changed_bit),
        cmocka_unit_test(forms),           cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests(tests, load, drop);
}
