/* Beats: written, read, and refused when cut, longer or otherwise not the one encoding. */
#include "support/cmocka_all.h"
#include "support/exact.h"

#include "cluster/beat.h"

/* As docs/protocol/cluster.md 2 has it. */
static size_t example(uint8_t *out)
{
    static const struct ic_beat b = {
        .node = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09},
        .leaf = {0xaa},
        .country = {'D', 'E'},
        .incarnation = 0x1122334455667788,
        .seq = 9,
        .load =
            {.people = 3, .people_max = 200, .videos = 2, .videos_max = 80, .is_draining = true},
        .ack_count = 2,
        .acks = {{0x8877665544332211, 5}, {1, UINT64_MAX}},
    };
    struct ic_wr w = ic_wr_init(out, IC_BEAT_BYTES_MAX);
    ic_beat_write(&w, &b);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

static void a_beat_is_read_as_it_was_written(void **state)
{
    (void)state;
    static uint8_t bytes[IC_BEAT_BYTES_MAX], again[IC_BEAT_BYTES_MAX];
    static struct ic_beat b;
    static const uint8_t tail[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0,
                                   0,    0,    0,    0,    0,    0,    9,    0,    3,
                                   0,    200,  0,    2,    0,    80,   1,    0,    2};
    size_t len = example(bytes);
    assert_int_equal(len, 1 + 32 + 32 + 2 + 8 + 8 + 8 + 1 + 2 + 2 * 16);
    assert_int_equal(bytes[0], 1);
    assert_memory_equal(&bytes[65], "DE", 2);
    assert_memory_equal(&bytes[67], tail, sizeof tail);
    assert_int_equal(ic_beat_parse(bytes, len, &b), IC_OK);
    assert_true(ic_beat_key(b.node) == 0x0102030405060708);
    assert_true(b.seq == 9 && b.acks[1].seq == UINT64_MAX && b.load.is_draining);
    struct ic_wr w = ic_wr_init(again, sizeof again);
    ic_beat_write(&w, &b);
    assert_int_equal(w.len, len);
    assert_memory_equal(again, bytes, len);
}

static void what_is_cut_or_longer_is_refused(void **state)
{
    (void)state;
    static uint8_t bytes[IC_BEAT_BYTES_MAX + 1];
    static struct ic_beat b, before;
    size_t len = example(bytes);
    memset(&before, 0x5a, sizeof before);
    memset(&b, 0x5a, sizeof b);
    for (size_t n = 0; n <= len + 1; n++) {
        uint8_t *copy = exact_copy(bytes, n);
        if (n != len)
            assert_int_equal(ic_beat_parse(copy, n, &b), IC_ERR_INPUT);
        free(copy);
    }
    assert_memory_equal(&b, &before, sizeof b); /* untouched */
}

static void other_encodings_are_refused(void **state)
{
    (void)state;
    static uint8_t bytes[IC_BEAT_BYTES_MAX + 64];
    static struct ic_beat b;
    size_t len = example(bytes);
    bytes[0] = 2;
    assert_int_equal(ic_beat_parse(bytes, len, &b), IC_ERR_INPUT);
    len = example(bytes);
    bytes[91] = 2; /* flags */
    assert_int_equal(ic_beat_parse(bytes, len, &b), IC_ERR_INPUT);
    len = example(bytes);
    bytes[93] = IC_NODES_MAX + 1; /* acks */
    assert_int_equal(ic_beat_parse(bytes, sizeof bytes, &b), IC_ERR_INPUT);
    bytes[93] = IC_NODES_MAX;
    assert_int_equal(ic_beat_parse(bytes, IC_BEAT_BYTES_MAX, &b), IC_OK);
    assert_int_equal(b.ack_count, IC_NODES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beat_is_read_as_it_was_written),
        cmocka_unit_test(what_is_cut_or_longer_is_refused),
        cmocka_unit_test(other_encodings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
