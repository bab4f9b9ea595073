#include "support/cmocka_all.h"

#include "base/rd.h"

static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
                                0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14};

static void reads_in_network_order(void **state)
{
    (void)state;
    struct ic_rd r = ic_rd_init(bytes, sizeof bytes);
    assert_int_equal(ic_rd_u8(&r), 0x01);
    assert_int_equal(ic_rd_u16(&r), 0x0203);
    assert_int_equal(ic_rd_u24(&r), 0x040506);
    assert_int_equal(ic_rd_u32(&r), 0x0708090a);
    assert_true(ic_rd_u64(&r) == UINT64_C(0x0b0c0d0e0f101112));
    assert_true(ic_rd_ok(&r));
    assert_false(ic_rd_done(&r));
    assert_ptr_equal(ic_rd_take(&r, 2), &bytes[18]);
    assert_true(ic_rd_done(&r));
}

/* A read that does not fit takes nothing, and no later one is made, though it would fit. */
static void a_failed_read_sticks(void **state)
{
    (void)state;
    struct ic_rd r = ic_rd_init(bytes, 3);
    assert_int_equal(ic_rd_u32(&r), 0);
    assert_false(ic_rd_ok(&r));
    assert_int_equal(r.left, 3);
    assert_int_equal(ic_rd_u8(&r), 0);
    assert_int_equal(ic_rd_u16(&r), 0);
    assert_int_equal(ic_rd_u24(&r), 0);
    assert_true(ic_rd_u64(&r) == 0);
    assert_null(ic_rd_take(&r, 0));
    assert_int_equal(r.left, 3);
    assert_false(ic_rd_done(&r));
}

static void every_width_ends_at_the_end(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 8; len++) {
        struct ic_rd r[6];
        for (size_t i = 0; i < 6; i++)
            r[i] = ic_rd_init(bytes, len);
        (void)ic_rd_u8(&r[0]);
        (void)ic_rd_u16(&r[1]);
        (void)ic_rd_u24(&r[2]);
        (void)ic_rd_u32(&r[3]);
        (void)ic_rd_u64(&r[4]);
        ic_rd_skip(&r[5], 5);
        static const size_t width[6] = {1, 2, 3, 4, 8, 5};
        for (size_t i = 0; i < 6; i++)
            assert_int_equal(ic_rd_ok(&r[i]), len >= width[i]);
    }
}

static void huge_lengths_do_not_wrap(void **state)
{
    (void)state;
    struct ic_rd r = ic_rd_init(bytes, sizeof bytes);
    ic_rd_skip(&r, 5);
    assert_null(ic_rd_take(&r, SIZE_MAX));
    assert_false(ic_rd_ok(&r));
    assert_int_equal(r.left, sizeof bytes - 5);
}

static void a_sub_reader_is_bounded(void **state)
{
    (void)state;
    struct ic_rd r = ic_rd_init(bytes, 6);
    struct ic_rd sub = ic_rd_sub(&r, 2);
    assert_int_equal(ic_rd_u16(&sub), 0x0102);
    assert_true(ic_rd_done(&sub));
    assert_int_equal(ic_rd_u8(&sub), 0);
    assert_false(ic_rd_ok(&sub));
    assert_true(ic_rd_ok(&r)); /* its failure is not ours */
    assert_int_equal(ic_rd_u8(&r), 0x03);
    sub = ic_rd_sub(&r, 4); /* one too many */
    assert_false(ic_rd_ok(&sub));
    assert_int_equal(sub.left, 0);
    assert_false(ic_rd_ok(&r));
}

static void nothing_at_all_can_be_read_whole(void **state)
{
    (void)state;
    struct ic_rd r = ic_rd_init(NULL, 0);
    assert_true(ic_rd_done(&r));
    ic_rd_skip(&r, 0);
    struct ic_rd sub = ic_rd_sub(&r, 0);
    assert_true(ic_rd_done(&r));
    assert_true(ic_rd_done(&sub));
    assert_int_equal(ic_rd_u8(&r), 0);
    assert_false(ic_rd_ok(&r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_network_order),
        cmocka_unit_test(a_failed_read_sticks),
        cmocka_unit_test(every_width_ends_at_the_end),
        cmocka_unit_test(huge_lengths_do_not_wrap),
        cmocka_unit_test(a_sub_reader_is_bounded),
        cmocka_unit_test(nothing_at_all_can_be_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
