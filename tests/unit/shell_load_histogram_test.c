/* Delays in buckets: exact where they are short, and never more than a 32nd off. */
#include "support/cmocka_all.h"

#include "base/prng.h"
#include "shell/load_histogram.h"

static void test_empty(void **state)
{
    (void)state;
    struct ic_load_histogram h = {0};
    assert_int_equal(ic_load_histogram_at(&h, 500), 0);
}

static void test_short_delays_are_exact(void **state)
{
    (void)state;
    struct ic_load_histogram h = {0};
    for (int64_t us = 1; us <= 50; us++)
        ic_load_histogram_add(&h, us);
    assert_int_equal(ic_load_histogram_at(&h, 0), 1);
    assert_int_equal(ic_load_histogram_at(&h, 500), 25);
    assert_int_equal(ic_load_histogram_at(&h, 980), 49);
    assert_int_equal(ic_load_histogram_at(&h, 1000), 50);
    assert_int_equal(h.max_us, 50);
}

static void test_one_of_a_hundred(void **state)
{
    (void)state;
    struct ic_load_histogram h = {0};
    for (int i = 0; i < 99; i++)
        ic_load_histogram_add(&h, 10);
    ic_load_histogram_add(&h, 5000);
    assert_int_equal(ic_load_histogram_at(&h, 990), 10);
    assert_int_equal(ic_load_histogram_at(&h, 991), 5000);
}

/* Of one delay alone, beside a longer one: its bucket's end is what comes back. */
static void test_long_delays_are_close(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 7);
    for (int i = 0; i < 20000; i++) {
        struct ic_load_histogram h = {0};
        int64_t us = ic_prng_u32(&prng) >> ic_prng_below(&prng, 28) >> 4;
        ic_load_histogram_add(&h, us);
        ic_load_histogram_add(&h, INT64_MAX);
        int64_t told = ic_load_histogram_at(&h, 500);
        assert_true(told >= us);
        assert_true(told - us <= us / 32);
    }
}

static void test_odd_ones(void **state)
{
    (void)state;
    struct ic_load_histogram h = {0};
    ic_load_histogram_add(&h, -5);
    assert_int_equal(ic_load_histogram_at(&h, 1000), 0);
    ic_load_histogram_add(&h, INT64_MAX);
    assert_true(ic_load_histogram_at(&h, 1000) >= (1LL << 27));
    assert_int_equal(h.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_short_delays_are_exact),
        cmocka_unit_test(test_one_of_a_hundred),
        cmocka_unit_test(test_long_delays_are_close),
        cmocka_unit_test(test_odd_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
