/* One received stream: duplicates, NACKs, giving up, jitter and reports. */
#include "base/prng.h"
#include "media/ntp.h"
#include "media/rx_stream.h"
#include "support/cmocka_all.h"

#define RATE      90000
#define NACKS_MAX 512

static struct ic_media_packet packet(uint64_t ext_seq, struct ic_time now)
{
    return (struct ic_media_packet){
        .ext_seq = ext_seq, .arrived = now, .payload_len = 100, .codec = IC_CODEC_VP8};
}

static enum ic_err input_at(struct ic_rx_stream *s, int64_t ms, uint64_t ext_seq)
{
    struct ic_time now = {ms * 1000};
    struct ic_media_packet p = packet(ext_seq, now);
    p.ts = (uint32_t)(ms * RATE / 1000);
    return ic_rx_stream_input(s, now, &p, false);
}

static enum ic_err key_frame_at(struct ic_rx_stream *s, int64_t ms, uint64_t ext_seq)
{
    struct ic_time now = {ms * 1000};
    struct ic_media_packet p = packet(ext_seq, now);
    p.pdesc = (struct ic_pdesc){.len = 1, .frame_start = true, .key_frame = true};
    return ic_rx_stream_input(s, now, &p, false);
}

/* NACKs due at a time, all of them. */
static size_t nacks_at(struct ic_rx_stream *s, int64_t ms, uint16_t seqs[static NACKS_MAX])
{
    return ic_rx_stream_take_nacks(s, (struct ic_time){ms * 1000}, seqs, NACKS_MAX);
}

static void a_number_is_accepted_once(void **state)
{
    (void)state;
    static const struct {
        uint64_t ext_seq;
        enum ic_err err;
    } table[] = {
        {70000, IC_OK},
        {70000, IC_ERR_REPLAY},
        {70001, IC_OK},
        {70005, IC_OK},
        {70003, IC_OK},
        {70003, IC_ERR_REPLAY},
        {69999, IC_OK}, /* came second, was sent first */
        {69999, IC_ERR_REPLAY},
        {70004, IC_OK},
        {70005 + IC_RX_GAP_MAX, IC_OK},
        {70005, IC_ERR_REPLAY},
        {70002, IC_OK},
        {70002, IC_ERR_REPLAY},
        {80000, IC_OK}, /* a jump: a new start */
        {80000 - IC_RX_HISTORY, IC_ERR_REPLAY},
        {80000 - IC_RX_HISTORY + 1, IC_OK},
        {80000 - IC_RX_HISTORY + 1, IC_ERR_REPLAY},
    };
    struct ic_rx_stream s;
    ic_rx_stream_init(&s, 1, RATE, true);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        print_message("%zu: %llu\n", i, (unsigned long long)table[i].ext_seq);
        assert_int_equal(input_at(&s, (int64_t)i, table[i].ext_seq), table[i].err);
    }
    assert_int_equal(ic_rx_stream_highest(&s), 80000);
}

static void a_gap_is_asked_for_after_the_reorder_time(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_true(ic_time_is_never(ic_rx_stream_deadline(&s)));
    assert_int_equal(input_at(&s, 0, 65534), IC_OK);
    assert_int_equal(input_at(&s, 0, 65537), IC_OK);
    assert_int_equal(ic_rx_stream_deadline(&s).us, IC_RX_REORDER_MS * 1000);
    /* 65535 is three packets back and asked for at once, 65536 only two */
    assert_int_equal(nacks_at(&s, 0, seqs), 0);
    assert_int_equal(input_at(&s, 1, 65538), IC_OK);
    assert_int_equal(nacks_at(&s, 1, seqs), 1);
    assert_int_equal(seqs[0], 65535);
    assert_int_equal(nacks_at(&s, IC_RX_REORDER_MS, seqs), 1);
    assert_int_equal(seqs[0], 0);
}

static void a_packet_that_is_only_late_is_not_asked_for(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 12), IC_OK);
    assert_int_equal(input_at(&s, 5, 11), IC_OK);
    assert_int_equal(nacks_at(&s, 100, seqs), 0);
    assert_true(ic_time_is_never(ic_rx_stream_deadline(&s)));
}

static void asking_again_follows_the_round_trip(void **state)
{
    (void)state;
    static const struct {
        int64_t rtt_ms, interval_ms;
    } table[] = {{0, IC_RX_RETRY_MIN_MS}, {8, IC_RX_RETRY_MIN_MS}, {40, 50}, {200, 250}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_rx_stream s;
        uint16_t seqs[NACKS_MAX];
        ic_rx_stream_init(&s, 1, RATE, true);
        ic_rx_stream_set_rtt(&s, IC_MS(table[i].rtt_ms));
        assert_int_equal(input_at(&s, 0, 10), IC_OK);
        assert_int_equal(input_at(&s, 0, 20), IC_OK);
        assert_int_equal(nacks_at(&s, 10, seqs), 9);
        assert_int_equal(nacks_at(&s, 10 + table[i].interval_ms - 1, seqs), 0);
        assert_int_equal(ic_rx_stream_deadline(&s).us, (10 + table[i].interval_ms) * 1000);
        assert_int_equal(nacks_at(&s, 10 + table[i].interval_ms, seqs), 9);
    }
}

static void a_packet_is_given_up_after_the_window_and_a_key_frame_is_needed(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(key_frame_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 12), IC_OK);
    int64_t asked = 0;
    for (int64_t ms = 0; ms < 3000; ms++) {
        if (ms < IC_RTX_WINDOW_MS)
            assert_false(ic_rx_stream_needs_key_frame(&s));
        asked += (int64_t)nacks_at(&s, ms, seqs);
    }
    assert_true(asked > 1 && asked <= IC_RX_NACK_TRIES_MAX);
    assert_true(ic_rx_stream_needs_key_frame(&s));
    assert_int_equal(s.given_up, 1);
    assert_int_equal(key_frame_at(&s, 3000, 13), IC_OK);
    assert_false(ic_rx_stream_needs_key_frame(&s));
}

static void a_loss_older_than_the_newest_key_frame_needs_none(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 12), IC_OK);
    assert_int_equal(key_frame_at(&s, 500, 13), IC_OK);
    nacks_at(&s, 2000, seqs);
    assert_int_equal(s.given_up, 1);
    assert_false(ic_rx_stream_needs_key_frame(&s));
}

static void a_great_jump_asks_for_nothing_but_a_key_frame(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    struct ic_rtcp_block block;
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 12), IC_OK);
    assert_int_equal(input_at(&s, 1, 12 + IC_RX_GAP_MAX + 1), IC_OK);
    assert_int_equal(nacks_at(&s, 100, seqs), 0);
    assert_true(ic_rx_stream_needs_key_frame(&s));
    assert_true(ic_rx_stream_report(&s, 0, &block));
    assert_int_equal(block.cumulative_lost, 1); /* the jump is no loss */
}

static void audio_asks_for_nothing(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, 48000, false);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 500), IC_OK);
    assert_int_equal(input_at(&s, 0, 50000), IC_OK);
    assert_int_equal(nacks_at(&s, 5000, seqs), 0);
    assert_true(ic_time_is_never(ic_rx_stream_deadline(&s)));
    assert_false(ic_rx_stream_needs_key_frame(&s));
}

static void more_missing_than_the_limit_gives_up_the_oldest(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 1), IC_OK);
    assert_int_equal(input_at(&s, 0, 1 + IC_RX_GAP_MAX), IC_OK);
    size_t n = nacks_at(&s, 10, seqs);
    assert_true(n > IC_RX_MISSING_MAX / 2 && n <= IC_RX_MISSING_MAX);
    assert_int_equal(seqs[n - 1], IC_RX_GAP_MAX); /* the newest are kept */
    assert_true(ic_rx_stream_needs_key_frame(&s));
}

static void a_short_list_takes_the_oldest_and_leaves_the_rest(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    uint16_t seqs[NACKS_MAX];
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 16), IC_OK);
    assert_int_equal(ic_rx_stream_take_nacks(&s, (struct ic_time){10000}, seqs, 2), 2);
    assert_int_equal(seqs[0], 11);
    assert_int_equal(seqs[1], 12);
    assert_true(ic_time_reached(ic_rx_stream_deadline(&s), (struct ic_time){10000}));
    assert_int_equal(nacks_at(&s, 10, seqs), 3);
    assert_int_equal(seqs[0], 13);
}

static void a_stray_retransmission_is_ignored(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_media_packet p = packet(65530, (struct ic_time){0});
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(ic_rx_stream_input(&s, p.arrived, &p, true), IC_ERR_REPLAY);
    assert_int_equal(input_at(&s, 0, 5), IC_OK);
    /* from before the stream began: 16 bits cannot tell it from one far ahead */
    assert_int_equal(ic_rx_stream_input(&s, p.arrived, &p, true), IC_ERR_REPLAY);
    assert_int_equal(ic_rx_stream_highest(&s), 5);
}

/* ---- a model of sender, network and answers ---- */

#define MODEL_PACKETS 4000

struct in_flight {
    int64_t at_us; /* when it arrives */
    uint64_t ext_seq;
    bool recovered;
};

struct model {
    struct ic_prng prng;
    struct ic_rx_stream s;
    struct in_flight flight[MODEL_PACKETS * 16];
    size_t count;
    uint64_t first, began; /* first sent, first arrived */
    bool arrived[MODEL_PACKETS];
    int asked[MODEL_PACKETS];
    uint32_t loss_percent, reorder_percent, duplicate_percent;
    int64_t rtt_us;
};

static void launch(struct model *m, int64_t at_us, uint64_t ext_seq, bool recovered)
{
    if (ic_prng_below(&m->prng, 100) < m->loss_percent)
        return;
    if (ic_prng_below(&m->prng, 100) < m->reorder_percent)
        at_us += ic_prng_below(&m->prng, 8000);
    assert_true(m->count < sizeof m->flight / sizeof m->flight[0]);
    m->flight[m->count++] = (struct in_flight){at_us, ext_seq, recovered};
    if (ic_prng_below(&m->prng, 100) < m->duplicate_percent && m->count < MODEL_PACKETS * 16)
        m->flight[m->count++] = (struct in_flight){at_us + 700, ext_seq, recovered};
}

static void deliver(struct model *m, struct ic_time now)
{
    for (size_t i = 0; i < m->count;) {
        if (m->flight[i].at_us > now.us) {
            i++;
            continue;
        }
        struct in_flight f = m->flight[i];
        m->flight[i] = m->flight[--m->count];
        struct ic_media_packet p = packet(f.ext_seq, now);
        enum ic_err err = ic_rx_stream_input(&m->s, now, &p, f.recovered);
        bool *arrived = &m->arrived[f.ext_seq - m->first];
        assert_int_equal(err, *arrived ? IC_ERR_REPLAY : IC_OK); /* forwarded exactly once */
        m->began = m->began == 0 ? f.ext_seq : m->began;
        *arrived = true;
    }
}

static void answer_nacks(struct model *m, struct ic_time now)
{
    uint16_t seqs[NACKS_MAX];
    size_t n = ic_rx_stream_take_nacks(&m->s, now, seqs, NACKS_MAX);
    for (size_t i = 0; i < n; i++) {
        size_t index = (uint16_t)(seqs[i] - (uint16_t)m->first);
        assert_true(index < MODEL_PACKETS);
        assert_false(m->arrived[index]); /* never asked for what is there */
        assert_true(i == 0 || (int16_t)(seqs[i] - seqs[i - 1]) > 0);
        m->asked[index]++;
        launch(m, now.us + m->rtt_us, m->first + index, true);
    }
    assert_true(m->s.missing_count <= IC_RX_MISSING_MAX);
    struct ic_time next = ic_rx_stream_deadline(&m->s);
    assert_true(ic_time_before(now, next)); /* nothing is due any more: no busy loop */
}

static void run_model(uint64_t seed, uint32_t loss, uint32_t reorder, uint32_t duplicate)
{
    static struct model m;
    memset(&m, 0, sizeof m);
    ic_prng_init(&m.prng, seed);
    m.loss_percent = loss;
    m.reorder_percent = reorder;
    m.duplicate_percent = duplicate;
    m.rtt_us = 1000 + ic_prng_below(&m.prng, 150000);
    m.first = 65536 * 3 - 1 - ic_prng_below(&m.prng, 2 * MODEL_PACKETS); /* wraps midway */
    ic_rx_stream_init(&m.s, 1, RATE, true);
    ic_rx_stream_set_rtt(&m.s, IC_US(m.rtt_us));
    int64_t end_us = (int64_t)(MODEL_PACKETS + 1500) * 2000;
    for (int64_t us = 0; us < end_us; us += 1000) {
        int64_t index = us / 2000;
        if (us % 2000 == 0 && index < MODEL_PACKETS)
            launch(&m, us + 20000, m.first + (uint64_t)index, false);
        deliver(&m, (struct ic_time){us});
        answer_nacks(&m, (struct ic_time){us});
    }
    uint64_t last = ic_rx_stream_highest(&m.s);
    size_t whole = 0;
    for (size_t i = 0; i < MODEL_PACKETS && m.first + i < last; i++) {
        if (!m.arrived[i] && m.first + i > m.began)
            assert_true(m.asked[i] > 0); /* every lost packet was asked for */
        assert_true(m.asked[i] <= IC_RX_NACK_TRIES_MAX);
        whole += m.arrived[i];
    }
    assert_int_equal(m.s.missing_count, 0);
    assert_true(whole > MODEL_PACKETS * 99 / 100 - 50); /* and nearly all came in the end */
}

static void under_loss_reorder_and_duplicates_what_is_lost_and_only_that_is_asked_for(void **state)
{
    (void)state;
    static const uint32_t table[][3] = {{0, 0, 0},  {5, 0, 0},   {0, 30, 0},
                                        {0, 0, 30}, {10, 20, 5}, {30, 50, 20}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            print_message("seed %llu loss %u reorder %u duplicate %u\n", (unsigned long long)seed,
                          table[i][0], table[i][1], table[i][2]);
            run_model(seed, table[i][0], table[i][1], table[i][2]);
        }
    }
}

/* trust.md A1: "seq jumps +-32767, wrap every packet, timestamp jumps: memory flat, no abort" */
static void wild_jumps_of_sequence_and_timestamp_are_survived(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_prng prng;
    uint16_t seqs[NACKS_MAX];
    uint64_t ext_seq = 40000;
    ic_prng_init(&prng, 9);
    ic_rx_stream_init(&s, 1, RATE, true);
    for (int64_t i = 0; i < 200000; i++) {
        struct ic_time now = {i * 500};
        uint32_t jump = ic_prng_below(&prng, 65536);
        uint64_t at = jump < 32767 || ext_seq < 40000 ? ext_seq + jump : ext_seq - (jump - 32767);
        struct ic_media_packet p = packet(at, now);
        struct ic_rtcp_block block;
        p.ts = ic_prng_u32(&prng);
        if (ic_rx_stream_input(&s, now, &p, jump % 3 == 0) == IC_OK && at > ext_seq)
            ext_seq = at;
        if (i % 7 == 0)
            ic_rx_stream_take_nacks(&s, now, seqs, 16);
        if (i % 1000 == 0)
            assert_true(ic_rx_stream_report(&s, (uint64_t)i << 32, &block));
    }
}

/* ---- reports ---- */

static void the_report_counts_as_rfc_3550_a3(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_rtcp_block b;
    ic_rx_stream_init(&s, 77, RATE, false);
    assert_false(ic_rx_stream_report(&s, 0, &b));
    for (uint64_t i = 0; i < 100; i++) {
        if (i % 4 != 3)
            assert_int_equal(input_at(&s, (int64_t)i, 65500 + i), IC_OK);
    }
    assert_true(ic_rx_stream_report(&s, 0, &b));
    assert_int_equal(b.ssrc, 77);
    assert_int_equal(b.highest_seq, 65598); /* the 100th, index 99, was lost */
    assert_int_equal(b.cumulative_lost, 24);
    assert_int_equal(b.fraction_lost, 24 * 256 / 99);
    assert_int_equal(b.lsr, 0);
    assert_int_equal(b.dlsr, 0);
    for (uint64_t i = 100; i < 200; i++)
        assert_int_equal(input_at(&s, (int64_t)i, 65500 + i), IC_OK);
    assert_true(ic_rx_stream_report(&s, 0, &b));
    assert_int_equal(b.cumulative_lost, 25);
    assert_int_equal(b.fraction_lost, 256 / 101);
    assert_true(ic_rx_stream_report(&s, 0, &b)); /* nothing new: no division by zero */
    assert_int_equal(b.fraction_lost, 0);
}

static void a_recovered_packet_still_counts_as_lost(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_rtcp_block b;
    ic_rx_stream_init(&s, 1, RATE, true);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_int_equal(input_at(&s, 0, 12), IC_OK);
    struct ic_media_packet p = packet(11, (struct ic_time){0});
    assert_int_equal(ic_rx_stream_input(&s, p.arrived, &p, true), IC_OK);
    assert_true(ic_rx_stream_report(&s, 0, &b));
    assert_int_equal(b.cumulative_lost, 1);
}

static void the_report_answers_the_last_sender_report(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_rtcp_block b;
    uint64_t ntp;
    uint32_t ts;
    struct ic_rtcp_sender sr = {.ntp = 0x1122334455667788, .rtp_ts = 42};
    ic_rx_stream_init(&s, 1, RATE, false);
    assert_int_equal(input_at(&s, 0, 10), IC_OK);
    assert_false(ic_rx_stream_sr(&s, &ntp, &ts));
    uint64_t then = ic_ntp_at((struct ic_time){0}, 0);
    ic_rx_stream_on_sr(&s, then, &sr);
    assert_true(ic_rx_stream_sr(&s, &ntp, &ts));
    assert_true(ntp == sr.ntp && ts == 42);
    assert_true(ic_rx_stream_report(&s, ic_ntp_at((struct ic_time){1500000}, 0), &b));
    assert_int_equal(b.lsr, 0x33445566);
    assert_int_equal(b.dlsr, 65536 * 3 / 2);
    assert_true(ic_rx_stream_report(&s, then + (UINT64_C(1) << 52), &b));
    assert_int_equal(b.dlsr, UINT32_MAX);
}

/* RFC 3550 A.8 computed in floating point beside it. */
static void jitter_follows_rfc_3550_a8(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_prng prng;
    struct ic_rtcp_block b = {0};
    double jitter = 0, previous = 0;
    ic_prng_init(&prng, 4);
    ic_rx_stream_init(&s, 1, RATE, false);
    for (uint64_t i = 0; i < 2000; i++) {
        int64_t us = (int64_t)i * 20000 + ic_prng_below(&prng, 9000);
        struct ic_media_packet p = packet(i + 1, (struct ic_time){us});
        p.ts = (uint32_t)(i * 1800) + 0xffff0000U; /* wraps */
        assert_int_equal(ic_rx_stream_input(&s, p.arrived, &p, false), IC_OK);
        double transit = (double)us * 0.09 - (double)i * 1800;
        double d = transit > previous ? transit - previous : previous - transit;
        jitter += i == 0 ? 0 : (d - jitter) / 16;
        previous = transit;
    }
    assert_true(ic_rx_stream_report(&s, 0, &b));
    assert_true((double)b.jitter > jitter - 2 && (double)b.jitter < jitter + 2);
}

static void a_timestamp_jump_is_no_jitter(void **state)
{
    (void)state;
    struct ic_rx_stream s;
    struct ic_rtcp_block b;
    ic_rx_stream_init(&s, 1, RATE, false);
    for (uint64_t i = 0; i < 100; i++) {
        struct ic_media_packet p = packet(i + 1, (struct ic_time){(int64_t)i * 10000});
        p.ts = (uint32_t)(i * 900) + (i >= 50 ? 0x70000000U : 0);
        assert_int_equal(ic_rx_stream_input(&s, p.arrived, &p, false), IC_OK);
    }
    assert_true(ic_rx_stream_report(&s, 0, &b));
    assert_int_equal(b.jitter, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_accepted_once),
        cmocka_unit_test(a_gap_is_asked_for_after_the_reorder_time),
        cmocka_unit_test(a_packet_that_is_only_late_is_not_asked_for),
        cmocka_unit_test(asking_again_follows_the_round_trip),
        cmocka_unit_test(a_packet_is_given_up_after_the_window_and_a_key_frame_is_needed),
        cmocka_unit_test(a_loss_older_than_the_newest_key_frame_needs_none),
        cmocka_unit_test(a_great_jump_asks_for_nothing_but_a_key_frame),
        cmocka_unit_test(audio_asks_for_nothing),
        cmocka_unit_test(more_missing_than_the_limit_gives_up_the_oldest),
        cmocka_unit_test(a_short_list_takes_the_oldest_and_leaves_the_rest),
        cmocka_unit_test(a_stray_retransmission_is_ignored),
        cmocka_unit_test(under_loss_reorder_and_duplicates_what_is_lost_and_only_that_is_asked_for),
        cmocka_unit_test(wild_jumps_of_sequence_and_timestamp_are_survived),
        cmocka_unit_test(the_report_counts_as_rfc_3550_a3),
        cmocka_unit_test(a_recovered_packet_still_counts_as_lost),
        cmocka_unit_test(the_report_answers_the_last_sender_report),
        cmocka_unit_test(jitter_follows_rfc_3550_a8),
        cmocka_unit_test(a_timestamp_jump_is_no_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
