#include "support/cmocka_all.h"

#include "base/prng.h"
#include "shell/coalesce.h"

#define REST_US   2000
#define WAKES     8000
#define RECEIVERS 50

static struct ic_time at(int64_t us)
{
    return (struct ic_time){.us = us};
}

/* Packets come like this while the worker does as it is told, each burst a run to everybody, and
 * bursts that are read together one: whether it rested most of the time. */
static bool play(struct ic_coalesce *c, int64_t (*gap_us)(struct ic_prng *prng), uint64_t burst)
{
    struct ic_prng prng;
    int64_t now = 0, packet = 0;
    uint64_t datagrams = 1000, messages = 900;
    int rested = 0;
    ic_prng_init(&prng, 7);
    for (int i = 0; i < WAKES; i++) {
        now = packet > now ? packet : now;
        uint64_t found = 0;
        for (; packet <= now; found += burst)
            packet += gap_us(&prng);
        rested += c->is_on;
        ic_coalesce_on_packets(c, at(now), datagrams, messages);
        datagrams += RECEIVERS * found;
        messages += RECEIVERS;
        now = ic_coalesce_until(c, at(now)).us;
    }
    return rested > WAKES / 2;
}

static int64_t by_chance_every_0_7_ms(struct ic_prng *prng)
{
    return 1 + ic_prng_below(prng, 1400);
}

static int64_t every_half_ms(struct ic_prng *prng)
{
    (void)prng;
    return 500;
}

static int64_t every_five_ms(struct ic_prng *prng)
{
    (void)prng;
    return 5000;
}

static int64_t by_chance_every_1_4_ms(struct ic_prng *prng)
{
    return 1 + ic_prng_below(prng, 2800);
}

static int64_t every_two_ms(struct ic_prng *prng)
{
    (void)prng;
    return 2000;
}

static void it_rests_when_packets_wake_it_often(void **state)
{
    (void)state;
    struct ic_coalesce c = {.rest = IC_US(REST_US)};
    assert_true(play(&c, every_half_ms, 1));
    c = (struct ic_coalesce){.rest = IC_US(REST_US)};
    assert_true(play(&c, by_chance_every_0_7_ms, 1));
    c = (struct ic_coalesce){.rest = IC_US(REST_US)};
    assert_true(play(&c, every_half_ms, 4));
}

static void it_does_not_when_that_saves_nothing(void **state)
{
    (void)state;
    struct ic_coalesce c = {.rest = IC_US(REST_US)};
    assert_false(play(&c, every_five_ms, 1));
    c = (struct ic_coalesce){.rest = IC_US(REST_US)};
    assert_false(play(&c, every_two_ms, 1));
    c = (struct ic_coalesce){.rest = IC_US(REST_US)};
    assert_false(play(&c, by_chance_every_1_4_ms, 1));
}

static void long_runs_do_not_make_it_rest(void **state)
{
    (void)state;
    struct ic_coalesce c = {.rest = IC_US(REST_US)};
    assert_false(play(&c, every_half_ms, 20));
}

static void it_ends_when_it_pays_no_more(void **state)
{
    (void)state;
    struct ic_coalesce c = {.rest = IC_US(REST_US)};
    assert_true(play(&c, every_half_ms, 1));
    c.wakes = 0;
    assert_false(play(&c, every_two_ms, 1));
    c.wakes = 0;
    assert_true(play(&c, every_half_ms, 1));
}

static void it_rests_while_that_is_on(void **state)
{
    (void)state;
    struct ic_coalesce c = {.rest = IC_US(REST_US), .is_on = true};
    assert_int_equal(ic_coalesce_until(&c, at(1000)).us, 1000 + REST_US);
    c.is_on = false;
    assert_int_equal(ic_coalesce_until(&c, at(1000)).us, 1000);
}

static void without_a_rest_it_never_does(void **state)
{
    (void)state;
    struct ic_coalesce c = {0};
    (void)play(&c, every_half_ms, 1);
    assert_int_equal(ic_coalesce_until(&c, at(1000)).us, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rests_when_packets_wake_it_often),
        cmocka_unit_test(it_does_not_when_that_saves_nothing),
        cmocka_unit_test(long_runs_do_not_make_it_rest),
        cmocka_unit_test(it_ends_when_it_pays_no_more),
        cmocka_unit_test(it_rests_while_that_is_on),
        cmocka_unit_test(without_a_rest_it_never_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
