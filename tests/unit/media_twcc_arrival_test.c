/* Transport-wide arrivals of one publisher and the feedback made of them. */
#include "base/prng.h"
#include "media/twcc_arrival.h"
#include "support/cmocka_all.h"
#include "wire/twcc.h"

#define SSRC 0x5151

static struct ic_time ms(int64_t n)
{
    return (struct ic_time){n * 1000};
}

/* What the sender learned, by number. */
enum told { UNTOLD, LOST, ARRIVED };

struct listener {
    enum told told[65536];
    int64_t ticks[65536];
    size_t feedbacks;
    uint8_t feedback_count;
    uint16_t base;
    uint32_t media_ssrc;
};

/* Read one compound; every number may be told once. */
static void listen(struct listener *l, const uint8_t *bytes, size_t len)
{
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    ic_rtcp_begin(&r, bytes, len);
    while (ic_rtcp_next(&r, &p)) {
        struct ic_twcc t;
        struct ic_twcc_status s;
        assert_int_equal(ic_twcc_parse(&p, &t), IC_OK);
        assert_int_equal(t.head.sender_ssrc, SSRC);
        assert_int_equal(t.head.feedback_count, l->feedback_count++);
        l->base = t.head.base_seq;
        l->media_ssrc = t.head.media_ssrc;
        l->feedbacks++;
        while (ic_twcc_next(&t, &s)) {
            assert_int_equal(l->told[s.seq], UNTOLD);
            l->told[s.seq] = s.received ? ARRIVED : LOST;
            l->ticks[s.seq] = s.ticks;
        }
    }
    assert_false(r.bad);
}

/* All feedback due at a time. */
static size_t poll_at(struct ic_twcc_arrival *a, struct ic_time now, struct listener *l)
{
    size_t before = l->feedbacks;
    for (int i = 0; i < 100; i++) {
        uint8_t out[1200];
        struct ic_wr w = ic_wr_init(out, sizeof out);
        if (!ic_twcc_arrival_poll(a, now, &w)) {
            assert_int_equal(w.len, 0);
            return l->feedbacks - before;
        }
        assert_true(ic_wr_ok(&w));
        listen(l, out, w.len);
    }
    fail_msg("poll never ends");
    return 0;
}

static struct listener l;

static struct ic_twcc_arrival fresh(void)
{
    struct ic_twcc_arrival a;
    memset(&l, 0, sizeof l);
    ic_twcc_arrival_init(&a, SSRC);
    return a;
}

static void no_arrival_no_feedback(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_true(ic_time_is_never(ic_twcc_arrival_deadline(&a)));
    assert_int_equal(poll_at(&a, ms(100000), &l), 0);
}

static void feedback_comes_at_most_once_in_the_interval(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    uint16_t seq = 65000;
    for (int64_t t = 0; t < 10000; t++) {
        assert_int_equal(ic_twcc_arrival_input(&a, ms(t), 9, seq++), IC_OK);
        size_t n = poll_at(&a, ms(t), &l);
        assert_int_equal(n, t > 0 && t % IC_TWCC_INTERVAL_MS == 0 ? 1 : 0);
    }
    assert_int_equal(l.feedbacks, 99);
    assert_int_equal(l.media_ssrc, 9);
}

static void after_a_silence_the_next_arrival_is_told_at_once(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 1), IC_OK);
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_true(ic_time_is_never(ic_twcc_arrival_deadline(&a)));
    assert_int_equal(ic_twcc_arrival_input(&a, ms(5000), 9, 2), IC_OK);
    assert_true(ic_time_reached(ic_twcc_arrival_deadline(&a), ms(5000)));
    assert_int_equal(poll_at(&a, ms(5000), &l), 1);
}

/* mediasoup issue 1522: a base that was never set told of 65,535 packets */
static void when_the_first_packet_was_lost_the_base_is_the_first_that_came(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 2), IC_OK);
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_int_equal(l.base, 2);
    assert_int_equal(l.told[0], UNTOLD);
    assert_int_equal(l.told[1], UNTOLD);
    assert_int_equal(l.told[3], UNTOLD);
}

static void when_the_first_to_come_was_not_the_first_sent_both_are_told(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 1), IC_OK);
    assert_int_equal(ic_twcc_arrival_input(&a, ms(1), 9, 65534), IC_OK);
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_int_equal(l.base, 65534);
    assert_int_equal(l.told[65534], ARRIVED);
    assert_int_equal(l.told[65535], LOST);
    assert_int_equal(l.told[0], LOST);
    assert_int_equal(l.told[1], ARRIVED);
}

static void a_loss_between_two_feedbacks_is_told_with_the_second(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 10), IC_OK);
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_int_equal(ic_twcc_arrival_input(&a, ms(150), 9, 12), IC_OK);
    assert_int_equal(poll_at(&a, ms(200), &l), 1);
    assert_int_equal(l.told[11], LOST);
    /* told already: what comes late is not told again */
    assert_int_equal(ic_twcc_arrival_input(&a, ms(210), 9, 11), IC_ERR_REPLAY);
    assert_int_equal(ic_twcc_arrival_input(&a, ms(210), 9, 12), IC_ERR_REPLAY);
    assert_true(ic_time_is_never(ic_twcc_arrival_deadline(&a)));
}

static void a_pause_longer_than_a_delta_splits_the_feedback(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 1), IC_OK);
    assert_int_equal(ic_twcc_arrival_input(&a, ms(9000), 9, 3), IC_OK);
    assert_int_equal(poll_at(&a, ms(9000), &l), 2);
    assert_int_equal(l.told[1], ARRIVED);
    assert_int_equal(l.told[2], LOST);
    assert_int_equal(l.told[3], ARRIVED);
    assert_int_equal(l.ticks[3] - l.ticks[1], 9000 * 4);
}

static void arrival_times_are_right_after_weeks(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    /* 2^32 ticks of 250 us are 12.4 days: step over that, and over the 24-bit reference */
    for (int64_t day = 0; day < 30; day++) {
        int64_t start = day * 86400000;
        for (uint16_t i = 0; i < 4; i++)
            assert_int_equal(
                ic_twcc_arrival_input(&a, ms(start + 50 * i), 9, (uint16_t)(day * 4 + i)), IC_OK);
        assert_true(poll_at(&a, ms(start + 200), &l) >= 1);
        for (size_t i = 1; i < 4; i++) {
            size_t at = (size_t)day * 4 + i;
            assert_int_equal(l.ticks[at] - l.ticks[at - 1], 200);
        }
    }
}

static void a_feedback_across_the_lap_of_the_tick_counter_is_right(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    const int64_t lap_ms = (INT64_C(1) << 32) * IC_TWCC_TICK_US / 1000;
    for (uint16_t i = 0; i < 10; i++)
        assert_int_equal(ic_twcc_arrival_input(&a, ms(lap_ms - 45 + 10 * i), 9, i), IC_OK);
    assert_int_equal(poll_at(&a, ms(lap_ms + 100), &l), 1);
    for (size_t i = 1; i < 10; i++)
        assert_int_equal(l.ticks[i] - l.ticks[i - 1], 40);
}

static void a_full_writer_loses_nothing(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    uint8_t out[16];
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 1), IC_OK);
    struct ic_wr w = ic_wr_init(out, sizeof out);
    assert_false(ic_twcc_arrival_poll(&a, ms(100), &w));
    assert_true(ic_wr_ok(&w));
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_int_equal(l.told[1], ARRIVED);
}

static void a_burst_of_losses_is_told_up_to_the_limit(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    assert_int_equal(ic_twcc_arrival_input(&a, ms(0), 9, 0), IC_OK);
    assert_int_equal(poll_at(&a, ms(100), &l), 1);
    assert_int_equal(ic_twcc_arrival_input(&a, ms(150), 9, 900), IC_OK);
    assert_int_equal(poll_at(&a, ms(200), &l), 1);
    assert_int_equal(l.base, 900 - IC_TWCC_LEADING_MAX);
    assert_int_equal(l.told[899], LOST);
    assert_int_equal(l.told[900], ARRIVED);
}

static void a_sender_that_starts_anew_is_heard_again(void **state)
{
    (void)state;
    struct ic_twcc_arrival a = fresh();
    static const uint16_t starts[] = {100, 30000, 50, 40000, 10000};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        int64_t t = (int64_t)i * 1000;
        for (uint16_t k = 0; k < 5; k++)
            assert_int_equal(ic_twcc_arrival_input(&a, ms(t + k), 9, (uint16_t)(starts[i] + k)),
                             IC_OK);
        assert_int_equal(poll_at(&a, ms(t + 200), &l), 1);
        assert_int_equal(l.base, starts[i]);
    }
}

/* Loss, reorder, duplicates and wraps: everything that arrived in time is told once with its time,
 * everything that did not is told as lost. */
static void random_arrivals_are_told_once_and_truly(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct ic_prng prng;
        struct ic_twcc_arrival a = fresh();
        static int64_t at[60000];
        ic_prng_init(&prng, seed);
        uint32_t loss = ic_prng_below(&prng, 60);
        uint16_t first = (uint16_t)ic_prng_u32(&prng);
        size_t sent = 0, arrived = 0;
        memset(at, -1, sizeof at);
        for (int64_t us = 0; us < 20000000; us += 1000) {
            for (uint32_t n = ic_prng_below(&prng, 5); n > 0 && sent < 60000; n--, sent++) {
                uint16_t seq = (uint16_t)(first + sent);
                if (sent > 0 && ic_prng_below(&prng, 100) < loss)
                    continue;
                assert_int_equal(ic_twcc_arrival_input(&a, (struct ic_time){us}, 9, seq), IC_OK);
                assert_int_equal(ic_twcc_arrival_input(&a, (struct ic_time){us}, 9, seq),
                                 IC_ERR_REPLAY);
                at[sent] = us / IC_TWCC_TICK_US;
                arrived++;
            }
            poll_at(&a, (struct ic_time){us}, &l);
        }
        poll_at(&a, ms(30000), &l);
        size_t last = sent;
        while (at[last - 1] < 0)
            last--;
        for (size_t i = 0; i < last; i++) {
            uint16_t seq = (uint16_t)(first + i);
            assert_int_equal(l.told[seq], at[i] < 0 ? LOST : ARRIVED);
            if (at[i] >= 0)
                assert_int_equal(l.ticks[seq], at[i]);
        }
        assert_true(arrived > 0 && l.feedbacks <= 202);
    }
}

/* trust.md A1: "first packet lost, random loss and reorder; seq jumps +-32767, wrap every packet"
 */
static void wild_numbers_are_survived(void **state)
{
    (void)state;
    struct ic_prng prng;
    struct ic_twcc_arrival a = fresh();
    ic_prng_init(&prng, 3);
    for (int64_t i = 0; i < 100000; i++) {
        uint16_t seq = i % 3 == 0   ? (uint16_t)ic_prng_u32(&prng)
                       : i % 3 == 1 ? (uint16_t)(i * 32767)
                                    : (uint16_t)(i * 32769);
        enum ic_err err = ic_twcc_arrival_input(&a, ms(i / 4), 9, seq);
        assert_true(err == IC_OK || err == IC_ERR_REPLAY);
        memset(l.told, 0, sizeof l.told);
        if (i % 50 == 0)
            poll_at(&a, ms(i / 4), &l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_arrival_no_feedback),
        cmocka_unit_test(feedback_comes_at_most_once_in_the_interval),
        cmocka_unit_test(after_a_silence_the_next_arrival_is_told_at_once),
        cmocka_unit_test(when_the_first_packet_was_lost_the_base_is_the_first_that_came),
        cmocka_unit_test(when_the_first_to_come_was_not_the_first_sent_both_are_told),
        cmocka_unit_test(a_loss_between_two_feedbacks_is_told_with_the_second),
        cmocka_unit_test(a_pause_longer_than_a_delta_splits_the_feedback),
        cmocka_unit_test(arrival_times_are_right_after_weeks),
        cmocka_unit_test(a_feedback_across_the_lap_of_the_tick_counter_is_right),
        cmocka_unit_test(a_full_writer_loses_nothing),
        cmocka_unit_test(a_burst_of_losses_is_told_up_to_the_limit),
        cmocka_unit_test(a_sender_that_starts_anew_is_heard_again),
        cmocka_unit_test(random_arrivals_are_told_once_and_truly),
        cmocka_unit_test(wild_numbers_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
