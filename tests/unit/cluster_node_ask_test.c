/* Asks between nodes and their answers: written, read, and refused when they are anything else. */
#include "support/cmocka_all.h"
#include "support/exact.h"

#include "cluster/node_ask.h"

#define CAP 512

static size_t write_ask(uint8_t *out, enum ic_node_ask_kind kind)
{
    const struct ic_node_ask ask = {.kind = kind, .leaf = {7, 8}, .meeting = {9}};
    struct ic_wr w = ic_wr_init(out, CAP);
    ic_node_ask_write(&w, &ask);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

static size_t write_answer(uint8_t *out, enum ic_node_ask_kind kind)
{
    const struct ic_node_answer answer = {.kind = kind,
                                          .cert = {(const uint8_t *)"cert", 4},
                                          .proof = {(const uint8_t *)"proof", 5},
                                          .meeting = {9},
                                          .generation = 258};
    struct ic_wr w = ic_wr_init(out, CAP);
    ic_node_answer_write(&w, &answer);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

static const enum ic_node_ask_kind kinds[] = {IC_NODE_ASK_CERTIFICATE, IC_NODE_ASK_PRESENCE};

static void asks_have_one_encoding(void **state)
{
    (void)state;
    uint8_t bytes[CAP] = {0}, again[CAP];
    struct ic_node_ask ask;
    assert_int_equal(write_ask(bytes, IC_NODE_ASK_CERTIFICATE), 34);
    assert_int_equal(bytes[0], 1);
    assert_int_equal(bytes[1], 1);
    assert_int_equal(bytes[2], 7);
    assert_int_equal(write_ask(bytes, IC_NODE_ASK_PRESENCE), 18);
    assert_int_equal(bytes[1], 2);
    for (size_t k = 0; k < 2; k++) {
        size_t len = write_ask(bytes, kinds[k]);
        for (size_t n = 0; n <= len + 1; n++) {
            uint8_t *copy = exact_copy(bytes, n);
            assert_int_equal(ic_node_ask_parse(copy, n, &ask), n == len ? IC_OK : IC_ERR_INPUT);
            free(copy);
        }
        assert_int_equal(ic_node_ask_parse(bytes, len, &ask), IC_OK);
        struct ic_wr w = ic_wr_init(again, sizeof again);
        ic_node_ask_write(&w, &ask);
        assert_int_equal(w.len, len);
        assert_memory_equal(again, bytes, len);
    }
    static const uint8_t wrong[] = {0, 3, 255};
    for (size_t i = 0; i < sizeof wrong; i++) {
        bytes[1] = wrong[i];
        assert_int_equal(ic_node_ask_parse(bytes, 18, &ask), IC_ERR_INPUT);
    }
    bytes[1] = 2;
    bytes[0] = 2;
    assert_int_equal(ic_node_ask_parse(bytes, 18, &ask), IC_ERR_INPUT);
}

static void answers_have_one_encoding(void **state)
{
    (void)state;
    static const uint8_t presence[] = {1, 2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                       0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2};
    uint8_t bytes[CAP], again[CAP];
    struct ic_node_answer answer = {.generation = 99};
    assert_int_equal(write_answer(bytes, IC_NODE_ASK_PRESENCE), sizeof presence);
    assert_memory_equal(bytes, presence, sizeof presence);
    for (size_t k = 0; k < 2; k++) {
        size_t len = write_answer(bytes, kinds[k]);
        bytes[len] = 0;
        for (size_t n = 0; n <= len + 1; n++) {
            uint8_t *copy = exact_copy(bytes, n);
            enum ic_err e = ic_node_answer_parse(copy, n, &answer);
            assert_int_equal(e, n == len ? IC_OK : IC_ERR_INPUT);
            free(copy);
        }
        assert_int_equal(ic_node_answer_parse(bytes, len, &answer), IC_OK);
        struct ic_wr w = ic_wr_init(again, sizeof again);
        ic_node_answer_write(&w, &answer);
        assert_int_equal(w.len, len);
        assert_memory_equal(again, bytes, len);
    }
}

static void parts_are_neither_empty_nor_too_long(void **state)
{
    (void)state;
    static uint8_t bytes[IC_NODE_CERT_MAX + 64] = {1, 1};
    struct ic_node_answer answer;
    size_t len = write_answer(bytes, IC_NODE_ASK_CERTIFICATE);
    bytes[5] = 0; /* the certificate's length; the rest would still fit */
    assert_int_equal(ic_node_answer_parse(bytes, len, &answer), IC_ERR_INPUT);
    memset(bytes, 0, sizeof bytes);
    bytes[0] = bytes[1] = 1;
    for (size_t n = IC_NODE_CERT_MAX; n <= IC_NODE_CERT_MAX + 1; n++) {
        bytes[4] = (uint8_t)(n >> 8);
        bytes[5] = (uint8_t)n;
        bytes[6 + n + 3] = 1; /* a proof of one byte */
        assert_int_equal(ic_node_answer_parse(bytes, 6 + n + 4 + 1, &answer),
                         n == IC_NODE_CERT_MAX ? IC_OK : IC_ERR_INPUT);
        bytes[6 + n + 3] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_have_one_encoding),
        cmocka_unit_test(answers_have_one_encoding),
        cmocka_unit_test(parts_are_neither_empty_nor_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
