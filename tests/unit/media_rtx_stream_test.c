/* Limits of retransmission: twice a packet, 20 % of the rate, one second. */
#include "base/prng.h"
#include "media/rtx_stream.h"
#include "support/cmocka_all.h"

static struct ic_time ms(int64_t n)
{
    return (struct ic_time){n * 1000};
}

struct side {
    struct ic_rtx_stream stream;
    struct ic_rtx_budget budget;
};

/* A budget that is not in the way. */
static struct side rich(void)
{
    struct side s;
    struct ic_prng prng;
    ic_prng_init(&prng, 1);
    ic_rtx_stream_init(&s.stream, 9, &prng);
    ic_rtx_budget_init(&s.budget);
    ic_rtx_budget_on_media(&s.budget, ms(0), 100000000);
    return s;
}

static enum ic_err admit(struct side *s, int64_t now_ms, uint64_t ext_seq, int64_t arrived_ms)
{
    uint64_t seq;
    return ic_rtx_stream_admit(&s->stream, ms(now_ms), ext_seq, ms(arrived_ms), 1000, &s->budget,
                               &seq);
}

static void a_packet_goes_out_again_twice_at_most(void **state)
{
    (void)state;
    struct side s = rich();
    for (int i = 0; i < 10; i++) {
        assert_int_equal(admit(&s, i, 500, 0), i < IC_RTX_PER_PACKET_MAX ? IC_OK : IC_ERR_FULL);
        assert_int_equal(admit(&s, i, 501, 0), i < IC_RTX_PER_PACKET_MAX ? IC_OK : IC_ERR_FULL);
    }
    assert_int_equal(s.stream.packets, 4);
    assert_int_equal(s.stream.octets, 4000);
}

static void a_number_with_the_same_low_bits_is_another_packet(void **state)
{
    (void)state;
    struct side s = rich();
    assert_int_equal(admit(&s, 0, 500, 0), IC_OK);
    assert_int_equal(admit(&s, 0, 500, 0), IC_OK);
    assert_int_equal(admit(&s, 0, 500 + IC_RTX_HISTORY, 0), IC_OK);
    assert_int_equal(admit(&s, 0, 500 + 65536, 0), IC_OK);
}

static void a_packet_older_than_the_window_stays(void **state)
{
    (void)state;
    struct side s = rich();
    assert_int_equal(admit(&s, IC_RTX_WINDOW_MS + 1, 500, 0), IC_ERR_GONE);
    s = rich();
    ic_rtx_budget_on_media(&s.budget, ms(IC_RTX_WINDOW_MS), 100000);
    assert_int_equal(admit(&s, IC_RTX_WINDOW_MS, 500, 0), IC_OK);
}

static void retransmissions_have_one_run_of_numbers(void **state)
{
    (void)state;
    struct side s = rich();
    uint64_t last = 0;
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t seq;
        assert_int_equal(
            ic_rtx_stream_admit(&s.stream, ms(0), 1 + i * 7, ms(0), 100, &s.budget, &seq), IC_OK);
        assert_true(i == 0 ? seq >= 1 && seq < 0x8000 : seq == last + 1);
        last = seq;
    }
}

static void a_refused_packet_uses_no_number_and_no_try(void **state)
{
    (void)state;
    struct side s = rich();
    ic_rtx_budget_init(&s.budget); /* nothing was sent: nothing may be sent again */
    uint64_t next = s.stream.next;
    assert_int_equal(admit(&s, 0, 500, 0), IC_ERR_FULL);
    assert_int_equal(s.stream.next, next);
    ic_rtx_budget_on_media(&s.budget, ms(0), 10000);
    assert_int_equal(admit(&s, 0, 500, 0), IC_OK);
    assert_int_equal(admit(&s, 0, 500, 0), IC_OK);
}

static void the_budget_is_a_fifth_of_the_last_second(void **state)
{
    (void)state;
    struct ic_rtx_budget b;
    ic_rtx_budget_init(&b);
    assert_false(ic_rtx_budget_take(&b, ms(50), 1));
    ic_rtx_budget_on_media(&b, ms(50), 10000);
    assert_false(ic_rtx_budget_take(&b, ms(60), 2001));
    assert_true(ic_rtx_budget_take(&b, ms(60), 1500));
    assert_false(ic_rtx_budget_take(&b, ms(900), 501));
    assert_true(ic_rtx_budget_take(&b, ms(900), 500));
    ic_rtx_budget_on_media(&b, ms(950), 1000);
    assert_true(ic_rtx_budget_take(&b, ms(950), 200));
    assert_false(ic_rtx_budget_take(&b, ms(1100), 1)); /* the first 10,000 are forgotten */
    assert_true(ic_rtx_budget_take(&b, ms(1950), 0));
    assert_false(ic_rtx_budget_take(&b, ms(86400000), 1));
}

/* Whatever is asked, in any second the answers stay below a fifth of the media. */
static void under_a_flood_of_nacks_the_answers_stay_within_a_fifth(void **state)
{
    (void)state;
    static size_t media[30000], rtx[30000]; /* by millisecond */
    struct ic_rtx_budget b;
    struct ic_prng prng;
    ic_prng_init(&prng, 8);
    ic_rtx_budget_init(&b);
    for (int64_t t = 0; t < 30000; t++) {
        uint32_t packets = t / 5000 % 2 == 0 ? ic_prng_below(&prng, 3) : t % 50 == 0 ? 1U : 0U;
        for (uint32_t i = 0; i < packets; i++) {
            size_t n = 100 + ic_prng_below(&prng, 1100);
            ic_rtx_budget_on_media(&b, ms(t), n);
            media[t] += n;
        }
        for (int i = 0; i < 20; i++) {
            size_t n = 100 + ic_prng_below(&prng, 1100);
            rtx[t] += ic_rtx_budget_take(&b, ms(t), n) ? n : 0;
        }
    }
    size_t answers = 0;
    for (size_t step = 9; step < 300; step++) { /* the window ends with each step of 100 ms */
        size_t m = 0, r = 0;
        for (size_t t = (step - 9) * 100; t < (step + 1) * 100; t++) {
            m += media[t];
            r += rtx[t];
        }
        /* what was spent in a richer second may stand in a poorer one: count the spending step */
        if (r * 100 > m * IC_RTX_RATE_PERCENT)
            for (size_t t = step * 100; t < (step + 1) * 100; t++)
                assert_int_equal(rtx[t], 0);
        answers += r;
    }
    assert_true(answers > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_goes_out_again_twice_at_most),
        cmocka_unit_test(a_number_with_the_same_low_bits_is_another_packet),
        cmocka_unit_test(a_packet_older_than_the_window_stays),
        cmocka_unit_test(retransmissions_have_one_run_of_numbers),
        cmocka_unit_test(a_refused_packet_uses_no_number_and_no_try),
        cmocka_unit_test(the_budget_is_a_fifth_of_the_last_second),
        cmocka_unit_test(under_a_flood_of_nacks_the_answers_stay_within_a_fifth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
