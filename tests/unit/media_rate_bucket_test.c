/* Token bucket. */
#include "base/prng.h"
#include "media/rate_bucket.h"
#include "support/cmocka_all.h"

static struct ic_time us(int64_t n)
{
    return (struct ic_time){n};
}

static void it_starts_full_and_refills_with_time(void **state)
{
    (void)state;
    struct ic_rate_bucket b;
    ic_rate_bucket_init(&b, 1000, 10, us(5));
    assert_false(ic_rate_bucket_take(&b, us(5), 11)); /* takes nothing */
    assert_true(ic_rate_bucket_take(&b, us(5), 10));
    assert_false(ic_rate_bucket_take(&b, us(5), 1));
    assert_false(ic_rate_bucket_take(&b, us(1004), 1));
    assert_true(ic_rate_bucket_take(&b, us(1005), 1));
    assert_false(ic_rate_bucket_take(&b, us(1005), 1));
}

static void it_keeps_no_more_than_the_burst(void **state)
{
    (void)state;
    static const int64_t pauses[] = {10000, 1000000, INT64_C(86400) * 1000000 * 365, INT64_MAX / 2};
    for (size_t i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        struct ic_rate_bucket b;
        ic_rate_bucket_init(&b, 4000000000U, 4000000000U, us(0));
        assert_true(ic_rate_bucket_take(&b, us(0), 4000000000U));
        assert_int_equal(ic_rate_bucket_take(&b, us(pauses[i]), 4000000000U), i > 0);
        assert_false(ic_rate_bucket_take(&b, us(pauses[i]), 40000001));
    }
}

static void time_that_runs_backwards_adds_nothing(void **state)
{
    (void)state;
    struct ic_rate_bucket b;
    ic_rate_bucket_init(&b, 1000, 1, us(1000000));
    assert_true(ic_rate_bucket_take(&b, us(0), 1)); /* nor does it take anything away */
    ic_rate_bucket_init(&b, 1000, 1, us(1000000));
    assert_true(ic_rate_bucket_take(&b, us(1000000), 1));
    assert_false(ic_rate_bucket_take(&b, us(0), 1));
    assert_false(ic_rate_bucket_take(&b, us(1000000), 1));
    assert_true(ic_rate_bucket_take(&b, us(1001000), 1));
}

static void a_rate_of_zero_gives_the_burst_and_no_more(void **state)
{
    (void)state;
    struct ic_rate_bucket b;
    ic_rate_bucket_init(&b, 0, 2, us(0));
    assert_true(ic_rate_bucket_take(&b, us(0), 2));
    assert_false(ic_rate_bucket_take(&b, us(INT64_MAX / 2), 1));
}

static void over_any_time_no_more_than_rate_and_burst_pass(void **state)
{
    (void)state;
    struct ic_prng prng;
    struct ic_rate_bucket b;
    int64_t now = 0, passed = 0;
    ic_prng_init(&prng, 1);
    ic_rate_bucket_init(&b, 6000, 3000, us(0));
    for (int i = 0; i < 1000000; i++) {
        now += ic_prng_below(&prng, 50);
        passed += ic_rate_bucket_take(&b, us(now), 1);
        assert_true(passed <= 3000 + now * 6000 / 1000000);
    }
    assert_true(passed >= now * 6000 / 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_full_and_refills_with_time),
        cmocka_unit_test(it_keeps_no_more_than_the_burst),
        cmocka_unit_test(time_that_runs_backwards_adds_nothing),
        cmocka_unit_test(a_rate_of_zero_gives_the_burst_and_no_more),
        cmocka_unit_test(over_any_time_no_more_than_rate_and_burst_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
