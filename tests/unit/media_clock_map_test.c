/* Publisher clock against server clock: accuracy, drift, jumps, outliers. */
#include "base/prng.h"
#include "media/clock_map.h"
#include "media/ntp.h"
#include "support/cmocka_all.h"

/* A publisher whose clock is some time off and runs some ppm fast, behind a network. */
struct world {
    struct ic_prng prng;
    struct ic_clock_map map;
    int64_t now_us, off_us, ppm;
};

static uint64_t publisher_clock(const struct world *w, int64_t at_us)
{
    return ic_ntp_at((struct ic_time){at_us + at_us / 1000 * w->ppm / 1000}, w->off_us);
}

static uint64_t server_clock(int64_t at_us)
{
    return ic_ntp_at((struct ic_time){at_us}, INT64_C(1700000000) * 1000000);
}

/* One report, sent now, delayed by the network. */
static void report(struct world *w, int64_t delay_us)
{
    struct ic_time arrival = {w->now_us + delay_us};
    ic_clock_map_input(&w->map, arrival, server_clock(arrival.us), publisher_clock(w, w->now_us));
}

/* How late the map says that this instant of the publisher was: delay, if all is well. */
static int64_t error_us(const struct world *w)
{
    uint64_t mapped = ic_clock_map_to_server(&w->map, publisher_clock(w, w->now_us));
    return ic_ntp_us((int64_t)(mapped - server_clock(w->now_us)));
}

static struct world fresh(uint64_t seed, int64_t off_us, int64_t ppm)
{
    struct world w = {.now_us = 1000000, .off_us = off_us, .ppm = ppm};
    ic_prng_init(&w.prng, seed);
    ic_clock_map_init(&w.map);
    return w;
}

static int64_t absolute(int64_t v)
{
    return v < 0 ? -v : v;
}

static void without_a_report_the_map_is_not_valid(void **state)
{
    (void)state;
    struct world w = fresh(1, 0, 0);
    assert_false(ic_clock_map_is_valid(&w.map));
    report(&w, 0);
    assert_true(ic_clock_map_is_valid(&w.map));
}

static void the_two_directions_are_inverse(void **state)
{
    (void)state;
    struct world w = fresh(1, -987654321, 0);
    report(&w, 12345);
    for (uint64_t ntp = 5; ntp < UINT64_MAX / 3; ntp = ntp * 3 + 1)
        assert_int_equal(ic_clock_map_to_publisher(&w.map, ic_clock_map_to_server(&w.map, ntp)),
                         ntp);
}

static void the_least_delay_wins_over_jitter(void **state)
{
    (void)state;
    static const int64_t offsets[] = {0, 5000000, -INT64_C(3600) * 1000000 * 24 * 365 * 30};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        struct world w = fresh(i + 1, offsets[i], 0);
        for (int n = 0; n < 60; n++, w.now_us += 1000000)
            report(&w, 20000 + ic_prng_below(&w.prng, 100000));
        assert_true(absolute(error_us(&w) - 20000) < 10000);
    }
}

static void a_single_late_report_moves_nothing(void **state)
{
    (void)state;
    struct world w = fresh(1, 777, 0);
    for (int n = 0; n < 30; n++, w.now_us += 1000000)
        report(&w, 20000);
    report(&w, 900000);
    w.now_us += 1000000;
    report(&w, 20000);
    assert_true(absolute(error_us(&w) - 20000) < 5);
}

static void drift_is_followed(void **state)
{
    (void)state;
    static const int64_t ppms[] = {100, -100, 300, -300};
    for (size_t i = 0; i < sizeof ppms / sizeof ppms[0]; i++) {
        struct world w = fresh(i + 1, 0, ppms[i]);
        for (int n = 0; n < 3600; n++, w.now_us += 1000000)
            report(&w, 20000 + ic_prng_below(&w.prng, 5000));
        /* a clock that runs slow is seen one window late */
        int64_t allowed = absolute(ppms[i]) * 60 + 6000;
        print_message("%lld ppm: %lld us\n", (long long)ppms[i], (long long)error_us(&w) - 20000);
        assert_true(absolute(error_us(&w) - 20000) < allowed);
    }
}

static void the_map_moves_slowly_once_it_has_settled(void **state)
{
    (void)state;
    struct world w = fresh(7, 0, 200);
    int64_t before = 0;
    for (int n = 0; n < 600; n++, w.now_us += 1000000) {
        report(&w, 1000 + ic_prng_below(&w.prng, n % 50 == 0 ? 1 : 400000));
        if (n > 12) {
            int64_t moved = ic_ntp_us(w.map.offset - before);
            assert_true(absolute(moved) <= IC_CLOCK_MAP_SLEW_PPM * 2);
        }
        before = w.map.offset;
    }
}

static void a_clock_that_is_set_is_taken_over_after_three_reports(void **state)
{
    (void)state;
    static const int64_t jumps[] = {3600000000, -3600000000, 1500000, -1500000};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct world w = fresh(1, 0, 0);
        for (int n = 0; n < 20; n++, w.now_us += 1000000)
            report(&w, 20000);
        w.off_us += jumps[i];
        for (int n = 1; n <= 4; n++, w.now_us += 1000000) {
            report(&w, 20000);
            bool taken = absolute(error_us(&w) - 20000) < 5;
            assert_int_equal(taken, n >= IC_CLOCK_MAP_AGREE_COUNT);
        }
        assert_int_equal(w.map.resets, 1);
    }
}

static void lies_that_do_not_agree_change_nothing(void **state)
{
    (void)state;
    struct world w = fresh(5, 0, 0);
    for (int n = 0; n < 20; n++, w.now_us += 1000000)
        report(&w, 20000);
    for (int n = 0; n < 1000; n++) {
        struct ic_time now = {w.now_us};
        ic_clock_map_input(&w.map, now, server_clock(w.now_us), ic_prng_u64(&w.prng));
    }
    assert_int_equal(w.map.resets, 0);
    assert_true(absolute(error_us(&w) - 20000) < 5);
}

static void outliers_that_a_true_report_parts_do_not_add_up(void **state)
{
    (void)state;
    struct world w = fresh(5, 0, 0);
    for (int n = 0; n < 40; n++, w.now_us += 1000000)
        report(&w, n % 4 < IC_CLOCK_MAP_AGREE_COUNT - 1 && n > 4 ? 3000000 : 20000);
    assert_int_equal(w.map.resets, 0);
}

static void the_extremes_of_a_clock_are_survived(void **state)
{
    (void)state;
    static const uint64_t clocks[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, (UINT64_C(1) << 63) - 1};
    struct ic_clock_map m;
    struct ic_prng prng;
    ic_prng_init(&prng, 1);
    ic_clock_map_init(&m);
    for (int64_t i = 0; i < 20000; i++) {
        struct ic_time now = {(int64_t)ic_prng_u32(&prng) * 1000}; /* backwards, too */
        uint64_t server = clocks[ic_prng_below(&prng, 5)];
        ic_clock_map_input(&m, now, server, clocks[ic_prng_below(&prng, 5)]);
    }
    assert_true(ic_clock_map_is_valid(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_report_the_map_is_not_valid),
        cmocka_unit_test(the_two_directions_are_inverse),
        cmocka_unit_test(the_least_delay_wins_over_jitter),
        cmocka_unit_test(a_single_late_report_moves_nothing),
        cmocka_unit_test(drift_is_followed),
        cmocka_unit_test(the_map_moves_slowly_once_it_has_settled),
        cmocka_unit_test(a_clock_that_is_set_is_taken_over_after_three_reports),
        cmocka_unit_test(lies_that_do_not_agree_change_nothing),
        cmocka_unit_test(outliers_that_a_true_report_parts_do_not_add_up),
        cmocka_unit_test(the_extremes_of_a_clock_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
