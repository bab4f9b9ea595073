#include "support/cmocka_all.h"

#include "base/wr.h"

static void writes_in_network_order(void **state)
{
    (void)state;
    uint8_t out[32];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_wr_u8(&w, 0x01);
    ic_wr_u16(&w, 0x0203);
    ic_wr_u24(&w, 0x040506);
    ic_wr_u32(&w, 0x0708090a);
    ic_wr_u64(&w, UINT64_C(0x0b0c0d0e0f101112));
    ic_wr_text(&w, "hi");
    ic_wr_bytes(&w, "\xff\xfe", 2);
    ic_wr_zeros(&w, 2);
    ic_wr_bytes(&w, NULL, 0);
    const uint8_t want[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c,
                            0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 'h',  'i',  0xff, 0xfe, 0,    0};
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(out, want, sizeof want);
}

/* After a write that does not fit nothing is written, though it would fit. */
static void a_failed_write_sticks(void **state)
{
    (void)state;
    uint8_t out[8], before[8];
    memset(out, 0xee, sizeof out);
    struct ic_wr w = ic_wr_init(out, 5);
    ic_wr_u16(&w, 1);
    assert_null(ic_wr_reserve(&w, 4));
    assert_false(ic_wr_ok(&w));
    size_t len = w.len;
    memcpy(before, out, sizeof out);
    ic_wr_u8(&w, 7);
    ic_wr_u64(&w, 7);
    ic_wr_text(&w, "");
    ic_wr_zeros(&w, 1);
    ic_wr_patch16(&w, 0, 9);
    assert_null(ic_wr_reserve(&w, 0));
    assert_int_equal(w.len, len);
    assert_memory_equal(out, before, sizeof out);
    assert_false(ic_wr_ok(&w));
}

static void nothing_is_written_beyond_the_end(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 40; cap++) {
        uint8_t out[64];
        memset(out, 0xee, sizeof out);
        struct ic_wr w = ic_wr_init(out, cap);
        ic_wr_u32(&w, 1);
        size_t mark = ic_wr_open16(&w);
        ic_wr_bytes(&w, "0123456789", 10);
        ic_wr_u64(&w, 2);
        ic_wr_u24(&w, 3);
        ic_wr_close16(&w, mark);
        ic_wr_zeros(&w, 3);
        assert_int_equal(ic_wr_ok(&w), cap >= 30);
        assert_true(w.len <= cap);
        for (size_t i = cap; i < sizeof out; i++)
            assert_int_equal(out[i], 0xee);
    }
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    uint8_t out[8];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_wr_u32(&w, 1);
    assert_null(ic_wr_reserve(&w, SIZE_MAX - 2));
    assert_false(ic_wr_ok(&w));
}

static void lengths_are_patched_also_nested(void **state)
{
    (void)state;
    uint8_t out[32];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    size_t outer = ic_wr_open16(&w);
    ic_wr_u8(&w, 0xaa);
    size_t inner = ic_wr_open16(&w);
    ic_wr_text(&w, "abc");
    ic_wr_close16(&w, inner);
    size_t empty = ic_wr_open16(&w);
    ic_wr_close16(&w, empty);
    ic_wr_close16(&w, outer);
    const uint8_t want[] = {0, 8, 0xaa, 0, 3, 'a', 'b', 'c', 0, 0};
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(out, want, sizeof want);
}

static void a_length_beyond_16_bits_fails(void **state)
{
    (void)state;
    static uint8_t out[70000];
    for (size_t n = 65534; n <= 65537; n++) {
        struct ic_wr w = ic_wr_init(out, sizeof out);
        size_t mark = ic_wr_open16(&w);
        ic_wr_zeros(&w, n);
        ic_wr_close16(&w, mark);
        assert_int_equal(ic_wr_ok(&w), n <= 65535);
    }
}

static void a_patch_stays_within_what_was_written(void **state)
{
    (void)state;
    uint8_t out[8];
    for (size_t at = 0; at < 8; at++) {
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_wr_u32(&w, 0);
        ic_wr_patch16(&w, at, 0x1234);
        assert_int_equal(ic_wr_ok(&w), at <= 2);
        if (at <= 2) {
            assert_int_equal(out[at], 0x12);
            assert_int_equal(out[at + 1], 0x34);
        }
        assert_int_equal(w.len, 4);
    }
}

static void no_room_at_all(void **state)
{
    (void)state;
    struct ic_wr w = ic_wr_init(NULL, 0);
    ic_wr_zeros(&w, 0);
    ic_wr_text(&w, "");
    assert_true(ic_wr_ok(&w));
    ic_wr_u8(&w, 1);
    assert_false(ic_wr_ok(&w));
}

static void decimals(void **state)
{
    (void)state;
    uint8_t out[32];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_wr_decimal(&w, 0);
    ic_wr_decimal(&w, 1070);
    ic_wr_decimal(&w, UINT64_MAX);
    assert_true(ic_wr_ok(&w) && w.len == 25);
    assert_memory_equal(out, "0107018446744073709551615", 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_in_network_order),
        cmocka_unit_test(decimals),
        cmocka_unit_test(a_failed_write_sticks),
        cmocka_unit_test(nothing_is_written_beyond_the_end),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(lengths_are_patched_also_nested),
        cmocka_unit_test(a_length_beyond_16_bits_fails),
        cmocka_unit_test(a_patch_stays_within_what_was_written),
        cmocka_unit_test(no_room_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
