#include "support/cmocka_all.h"

#include "crypto/ct.h"

static void equal_only_when_every_byte_is(void **state)
{
    (void)state;
    uint8_t a[33], b[33];
    memset(a, 0x5a, sizeof a);
    memcpy(b, a, sizeof b);
    assert_true(ic_ct_equal(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] ^= 0x80;
        assert_false(ic_ct_equal(a, b, sizeof a));
        assert_true(ic_ct_equal(a, b, i)); /* what lies behind n does not count */
        b[i] ^= 0x80;
    }
    assert_true(ic_ct_equal(a, b, 0));
}

static void wipe_leaves_zeros_and_neighbours(void **state)
{
    (void)state;
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    const uint8_t want[8] = {1, 0, 0, 0, 0, 0, 7, 8};
    ic_ct_wipe(&bytes[1], 5);
    assert_memory_equal(bytes, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_only_when_every_byte_is),
        cmocka_unit_test(wipe_leaves_zeros_and_neighbours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
