/* Who comes and goes when: at the rate that was asked for, and the same in each run. */
#include "support/cmocka_all.h"

#include "shell/load_life.h"

#define MINUTES 10

static void count(uint32_t joins_per_min, uint64_t seed, uint32_t counts[IC_LOAD_LIFE_ACTS],
                  int64_t *last_us)
{
    struct ic_load_life life;
    struct ic_time now = {0}, end = {MINUTES * 60000000ll};
    enum ic_load_life_act act;
    ic_load_life_init(&life, seed, joins_per_min, now);
    for (;;) {
        now = ic_load_life_deadline(&life);
        if (!ic_time_reached(now, end))
            return;
        assert_true(ic_load_life_poll(&life, now, &act));
        counts[act]++;
        *last_us = now.us;
    }
}

static void test_rates(void **state)
{
    (void)state;
    uint32_t counts[IC_LOAD_LIFE_ACTS] = {0};
    int64_t last_us;
    count(30, 1, counts, &last_us);
    assert_in_range(counts[IC_LOAD_LIFE_COME], 27 * MINUTES, 33 * MINUTES);
    assert_in_range(counts[IC_LOAD_LIFE_GO], 27 * MINUTES, 33 * MINUTES);
    assert_in_range(counts[IC_LOAD_LIFE_CAMERA], 27 * MINUTES, 33 * MINUTES);
    assert_in_range(counts[IC_LOAD_LIFE_MICROPHONE], 54 * MINUTES, 66 * MINUTES);
}

static void test_the_same_each_time(void **state)
{
    (void)state;
    uint32_t a[IC_LOAD_LIFE_ACTS] = {0}, b[IC_LOAD_LIFE_ACTS] = {0};
    int64_t a_us, b_us, other_us;
    count(60, 1, a, &a_us);
    count(60, 1, b, &b_us);
    assert_memory_equal(a, b, sizeof a);
    assert_true(a_us == b_us);
    count(60, 2, b, &other_us);
    assert_true(a_us != other_us);
}

static void test_nothing_before_its_time(void **state)
{
    (void)state;
    struct ic_load_life life;
    enum ic_load_life_act act;
    ic_load_life_init(&life, 1, 600, (struct ic_time){0});
    struct ic_time early = ic_time_add(ic_load_life_deadline(&life), IC_US(-1));
    assert_false(ic_load_life_poll(&life, early, &act));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
        cmocka_unit_test(test_the_same_each_time),
        cmocka_unit_test(test_nothing_before_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
