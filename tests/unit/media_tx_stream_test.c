/* One slot's outgoing stream: continuous numbers over switches, late packets, gaps, reports. */
#include "base/seq.h"
#include "media/ntp.h"
#include "media/tx_stream.h"
#include "support/cmocka_all.h"

#define RATE 90000

static const struct ic_ref one = {1, 1}, other = {2, 1}, other_again = {2, 3};

static struct ic_time ms(int64_t n)
{
    return (struct ic_time){n * 1000};
}

static struct ic_tx_stream fresh(uint64_t seed)
{
    struct ic_prng prng;
    struct ic_tx_stream s;
    ic_prng_init(&prng, seed);
    ic_tx_stream_init(&s, 0xabc, RATE, &prng, ms(0));
    return s;
}

/* A VP8 packet; a key frame starts in it. */
static struct ic_media_packet video(uint64_t ext_seq, uint32_t ts, uint16_t picture_id, uint8_t tl0)
{
    return (struct ic_media_packet){
        .ext_seq = ext_seq,
        .ts = ts,
        .payload_len = 100,
        .codec = IC_CODEC_VP8,
        .pdesc = {.len = 6,
                  .head_len = 5,
                  .picture_id_bits = 15,
                  .picture_id_offset = 2,
                  .picture_id = picture_id,
                  .tl0_offset = 4,
                  .tl0 = tl0,
                  .frame_start = true,
                  .key_frame = true},
    };
}

static struct ic_tx_out send(struct ic_tx_stream *s, int64_t at_ms, struct ic_ref source,
                             struct ic_media_packet p)
{
    struct ic_tx_out out;
    assert_int_equal(ic_tx_stream_map(s, ms(at_ms), source, &p, &out), IC_OK);
    return out;
}

static struct ic_tx_out switch_to(struct ic_tx_stream *s, int64_t at_ms, struct ic_ref source,
                                  struct ic_media_packet p)
{
    ic_tx_stream_switch(s, ms(at_ms), source, &p);
    return send(s, at_ms, source, p);
}

static void the_first_sequence_number_is_random_and_below_2_15(void **state)
{
    (void)state;
    uint64_t seen_or = 0, seen_and = UINT64_MAX;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct ic_tx_stream s = fresh(seed);
        struct ic_tx_out out = switch_to(&s, 0, one, video(1000, 0, 0, 0));
        assert_true(out.ext_seq >= 1 && out.ext_seq < 0x8000);
        seen_or |= out.ext_seq;
        seen_and &= out.ext_seq;
    }
    assert_true(seen_or == 0x7fff && seen_and == 0);
}

static void an_empty_slot_refuses_packets(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_media_packet p = video(1, 2, 3, 4);
    struct ic_tx_out out;
    struct ic_tx_origin origin;
    assert_true(ic_ref_is_none(ic_tx_stream_source(&s)));
    assert_int_equal(ic_tx_stream_map(&s, ms(0), one, &p, &out), IC_ERR_STATE);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)s.highest, &origin), IC_ERR_GONE);
    switch_to(&s, 0, one, p);
    assert_true(ic_ref_eq(ic_tx_stream_source(&s), one));
    ic_tx_stream_clear(&s);
    p.ext_seq++;
    assert_int_equal(ic_tx_stream_map(&s, ms(0), one, &p, &out), IC_ERR_STATE);
    assert_true(ic_ref_is_none(ic_tx_stream_source(&s)));
}

static void only_the_source_in_the_slot_is_mapped(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_media_packet p = video(11, 0, 0, 0);
    struct ic_tx_out out;
    switch_to(&s, 0, other, video(10, 0, 0, 0));
    assert_int_equal(ic_tx_stream_map(&s, ms(0), one, &p, &out), IC_ERR_STATE);
    assert_int_equal(ic_tx_stream_map(&s, ms(0), other_again, &p, &out), IC_ERR_STATE);
    assert_int_equal(ic_tx_stream_map(&s, ms(0), other, &p, &out), IC_OK);
}

static void gaps_and_late_packets_keep_their_places(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out first = switch_to(&s, 0, one, video(65534, 5000, 20, 7));
    static const struct {
        uint64_t source;
        int64_t offset; /* -1: refused */
        enum ic_err err;
    } table[] = {
        {65535, 1, IC_OK},          {65538, 4, IC_OK},          {65536, 2, IC_OK},
        {65536, -1, IC_ERR_REPLAY}, {65534, -1, IC_ERR_REPLAY}, {65533, -1, IC_ERR_GONE},
        {65637, 103, IC_OK},        {65600, 66, IC_OK},         {65537, 3, IC_OK},
        {66600, 1066, IC_OK},       {65578, 44, IC_OK},         {65576, -1, IC_ERR_REPLAY},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_media_packet p = video(table[i].source, 6000, 21, 8);
        struct ic_tx_out out;
        print_message("%llu\n", (unsigned long long)table[i].source);
        assert_int_equal(ic_tx_stream_map(&s, ms(1000 * (int64_t)i), one, &p, &out), table[i].err);
        if (table[i].err != IC_OK)
            continue;
        assert_int_equal(out.ext_seq - first.ext_seq, table[i].offset);
        assert_int_equal(out.ts - first.ts, 1000);
        assert_int_equal((uint16_t)(out.picture_id - first.picture_id) & 0x7fff, 1);
        assert_int_equal((uint8_t)(out.tl0 - first.tl0), 1);
    }
}

static void a_switch_goes_on_at_the_next_numbers(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    switch_to(&s, 0, one, video(100, 5000, 0x7ffe, 255));
    struct ic_tx_out a = send(&s, 40, one, video(103, 8600, 0x7fff, 0)); /* two missing */
    struct ic_tx_out b = switch_to(&s, 140, other, video(9, 123456789, 3, 77));
    assert_int_equal(b.ext_seq, a.ext_seq + 1);
    assert_int_equal(b.ts - a.ts, 100 * RATE / 1000);
    assert_int_equal(b.picture_id, (a.picture_id + 1) & 0x7fff);
    assert_int_equal(b.tl0, (uint8_t)(a.tl0 + 1));

    struct ic_media_packet late = video(101, 5000, 0x7ffe, 255);
    struct ic_tx_out out;
    assert_int_equal(ic_tx_stream_map(&s, ms(141), one, &late, &out), IC_ERR_STATE);
    late = video(8, 0, 2, 76);
    assert_int_equal(ic_tx_stream_map(&s, ms(141), other, &late, &out), IC_ERR_GONE);
}

static void a_switch_in_the_same_instant_still_moves_the_clock(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out a = switch_to(&s, 0, one, video(1, 5000, 0, 0));
    struct ic_tx_out b = switch_to(&s, 0, other, video(1, 9999, 0, 0));
    assert_true(ic_seq32_lt(a.ts, b.ts));
}

static void a_slot_that_was_empty_for_hours_or_days_still_moves_forward(void **state)
{
    (void)state;
    static const int64_t hours[] = {1, 4, 7, 12, 24 * 30};
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        struct ic_tx_stream s = fresh(1);
        struct ic_tx_out a = switch_to(&s, 0, one, video(1, 5000, 0, 0));
        ic_tx_stream_clear(&s);
        struct ic_tx_out b = switch_to(&s, hours[i] * 3600000, other, video(1, 9999, 0, 0));
        assert_true(ic_seq32_lt(a.ts, b.ts));
        assert_int_equal(b.ext_seq, a.ext_seq + 1);
    }
}

static void a_source_with_7_bit_picture_ids_goes_on_within_its_width(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(3);
    struct ic_tx_out last = switch_to(&s, 0, one, video(1, 0, 900, 0));
    for (uint64_t i = 0; i < 300; i++) {
        struct ic_media_packet p = video(50 + i, (uint32_t)i * 3000, (uint16_t)(i + 100) % 128, 0);
        p.pdesc.picture_id_bits = 7;
        struct ic_tx_out out = i == 0 ? switch_to(&s, 33, other, p) : send(&s, 33, other, p);
        assert_int_equal((out.picture_id - last.picture_id) & 0x7f, 1);
        last = out;
    }
    struct ic_tx_out c = switch_to(&s, 33, one, video(2, 0, 9000, 0));
    assert_int_equal((c.picture_id - last.picture_id) & 0x7f, 1);
}

static void opus_has_no_picture_and_needs_no_key_frame(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_media_packet p = {.ext_seq = 9, .ts = 960, .payload_len = 80, .codec = IC_CODEC_OPUS};
    struct ic_tx_out a = switch_to(&s, 0, one, p);
    p.ext_seq++;
    p.ts += 960;
    struct ic_tx_out b = send(&s, 20, one, p);
    assert_int_equal(b.ext_seq, a.ext_seq + 1);
    assert_int_equal(b.ts - a.ts, 960);
}

/* ---- random switches, loss, reorder ---- */

struct world {
    struct ic_prng prng;
    struct ic_tx_stream s;
    struct {
        uint64_t ext_seq;
        uint32_t ts;
        uint16_t picture_id;
        uint8_t tl0;
    } source[3];
    uint8_t used[1 << 22]; /* by output number */
    uint64_t highest;
};

/* The source moves on by one frame of one packet (some of them lost before the server). */
static struct ic_media_packet next_frame(struct world *w, uint32_t i)
{
    uint32_t lost = ic_prng_below(&w->prng, 10) == 0 ? ic_prng_below(&w->prng, 3) : 0;
    w->source[i].ext_seq += 1 + lost;
    w->source[i].ts += 3000 * (1 + lost);
    w->source[i].picture_id = (uint16_t)(w->source[i].picture_id + 1 + lost) & 0x7fff;
    w->source[i].tl0 = (uint8_t)(w->source[i].tl0 + 1 + lost);
    return video(w->source[i].ext_seq, w->source[i].ts, w->source[i].picture_id, w->source[i].tl0);
}

static void over_1000_random_switches_every_number_is_continuous_and_used_once(void **state)
{
    (void)state;
    static struct world w;
    ic_prng_init(&w.prng, 4711);
    ic_tx_stream_init(&w.s, 1, RATE, &w.prng, ms(0));
    for (uint32_t i = 0; i < 3; i++) {
        w.source[i].ext_seq = ic_prng_u32(&w.prng);
        w.source[i].ts = ic_prng_u32(&w.prng);
        w.source[i].picture_id = ic_prng_below(&w.prng, 0x8000) & 0x7fff;
        w.source[i].tl0 = (uint8_t)ic_prng_u32(&w.prng);
    }
    struct ic_tx_out last = {0};
    int64_t now = 0;
    for (int round = 0; round < 1200; round++) {
        uint32_t i = ic_prng_below(&w.prng, 3);
        struct ic_ref source = {i + 1, 1};
        struct ic_media_packet held[4];
        uint32_t held_count = 0, frames = ic_prng_below(&w.prng, 60);
        uint64_t source_last = 0;
        for (uint32_t f = 0; f <= frames; f++, now += 33) {
            struct ic_media_packet p = next_frame(&w, i);
            bool begins = f == 0;
            if (begins)
                ic_tx_stream_switch(&w.s, ms(now), source, &p);
            else if (held_count < 4 && ic_prng_below(&w.prng, 8) == 0) {
                held[held_count++] = p; /* overtaken by later ones */
                continue;
            }
            struct ic_tx_out out = send(&w.s, now, source, p);
            if (round > 0 || !begins) {
                uint64_t step = begins ? 1 : p.ext_seq - source_last;
                assert_int_equal(out.ext_seq, last.ext_seq + step); /* gaps stay gaps */
                assert_true(ic_seq32_lt(last.ts, out.ts));
                assert_int_equal((out.picture_id - last.picture_id) & 0x7fff, step);
                assert_int_equal((uint8_t)(out.tl0 - last.tl0), step);
            }
            assert_int_equal(w.used[out.ext_seq]++, 0);
            last = out;
            source_last = p.ext_seq;
        }
        for (uint32_t k = 0; k < held_count; k++) {
            if (held[k].ext_seq > source_last) /* nothing overtook it: it is simply lost */
                continue;
            struct ic_tx_out out = send(&w.s, now, source, held[k]);
            assert_true(out.ext_seq < last.ext_seq);
            assert_int_equal(w.used[out.ext_seq]++, 0);
            struct ic_tx_out again;
            assert_int_equal(ic_tx_stream_map(&w.s, ms(now), source, &held[k], &again),
                             IC_ERR_REPLAY);
        }
        for (uint32_t k = 0; k < 3; k++) { /* the others go on unseen */
            for (uint32_t f = ic_prng_below(&w.prng, 40); k != i && f > 0; f--)
                (void)next_frame(&w, k);
        }
    }
    assert_true(last.ext_seq > 20000);
}

/* ---- NACK ---- */

static void an_output_number_leads_back_to_its_source_packet(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_origin origin;
    struct ic_tx_out a = switch_to(&s, 0, one, video(100, 5000, 1, 1));
    struct ic_tx_out a2 = send(&s, 33, one, video(102, 8000, 2, 2));
    struct ic_tx_out b = switch_to(&s, 66, other, video(65536, 77, 3, 3));

    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)a2.ext_seq, &origin), IC_OK);
    assert_true(ic_ref_eq(origin.source, one));
    assert_int_equal(origin.source_seq, 102);
    assert_int_equal(origin.ext_seq, a2.ext_seq);
    assert_true(origin.sent);

    struct ic_media_packet again = video(102, 8000, 2, 2);
    struct ic_tx_out out;
    ic_tx_stream_remap(&s, &origin, &again,
                       &out); /* as it went out, though the other is in the slot */
    assert_true(out.ext_seq == a2.ext_seq && out.ts == a2.ts && out.picture_id == a2.picture_id &&
                out.tl0 == a2.tl0);

    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq + 1), &origin), IC_OK);
    assert_int_equal(origin.source_seq, 101);
    assert_false(origin.sent);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)b.ext_seq, &origin), IC_OK);
    assert_true(ic_ref_eq(origin.source, other));
    assert_int_equal(origin.source_seq, 65536);

    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(b.ext_seq + 1), &origin), IC_ERR_GONE);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq - 1), &origin), IC_ERR_GONE);
}

static void a_number_filled_by_a_retransmission_is_not_used_again(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_origin origin;
    struct ic_tx_out out;
    struct ic_tx_out a = switch_to(&s, 0, one, video(100, 5000, 1, 1));
    send(&s, 33, one, video(102, 8000, 3, 3));
    struct ic_media_packet missing = video(101, 6000, 2, 2);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq + 1), &origin), IC_OK);
    ic_tx_stream_remap(&s, &origin, &missing, &out);
    assert_int_equal(out.ext_seq, a.ext_seq + 1);
    assert_int_equal(ic_tx_stream_map(&s, ms(40), one, &missing, &out), IC_ERR_REPLAY);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq + 1), &origin), IC_OK);
    assert_true(origin.sent);
}

static void after_more_switches_than_are_kept_an_old_number_is_gone(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_origin origin;
    struct ic_tx_out first = switch_to(&s, 0, one, video(1, 0, 0, 0));
    for (int64_t i = 1; i < IC_TX_SEGMENTS; i++)
        switch_to(&s, i, i % 2 == 0 ? one : other, video(1, 0, 0, 0));
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)first.ext_seq, &origin), IC_OK);
    switch_to(&s, 50, one, video(1, 0, 0, 0));
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)first.ext_seq, &origin), IC_ERR_GONE);
}

/* ---- hostile source ---- */

static void a_source_that_jumps_cannot_run_the_sequence_away(void **state)
{
    (void)state;
    static const uint64_t jumps[] = {2, 100, 900, IC_TX_GAP_BURST + 1, 32767};
    for (size_t k = 0; k < sizeof jumps / sizeof jumps[0]; k++) {
        struct ic_tx_stream s = fresh(1);
        struct ic_tx_out first = switch_to(&s, 0, one, video(0, 0, 0, 0));
        struct ic_tx_out last = first;
        const uint64_t packets = 3000;
        for (uint64_t i = 1; i <= packets; i++) { /* 3,000 packets in a second, each so far ahead */
            struct ic_tx_out out = send(&s, (int64_t)i / 3, one, video(i * jumps[k], 0, 0, 0));
            assert_true(out.ext_seq > last.ext_seq + 1); /* a gap: the receiver learns of it */
            last = out;
        }
        uint64_t moved = last.ext_seq - first.ext_seq;
        assert_true(moved <= 2 * packets + IC_TX_GAP_BURST + IC_TX_GAP_RATE);
    }
}

static void an_honest_gap_of_a_second_is_passed_on(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out a = switch_to(&s, 0, one, video(0, 0, 0, 0));
    struct ic_tx_out b = send(&s, 1000, one, video(500, 90000, 1, 1));
    assert_int_equal(b.ext_seq - a.ext_seq, 500);
}

/* As after a network that was away for ten seconds: what is newest is told by the sequence. */
static void pictures_that_jumped_far_are_gone_on_from(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    switch_to(&s, 0, one, video(0, 0, 0, 0));
    struct ic_tx_out a = send(&s, 10000, one, video(300, 900000, 0x5000, 150));
    send(&s, 10001, one, video(299, 897000, 0x4fff, 149)); /* late: not the newest */
    struct ic_tx_out b = switch_to(&s, 10040, other, video(9, 77, 3, 200));
    assert_int_equal(b.picture_id, (a.picture_id + 1) & 0x7fff);
    assert_int_equal(b.tl0, (uint8_t)(a.tl0 + 1));
}

static void a_shrunk_gap_leaves_one_number_and_drops_what_was_in_it(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out out;
    struct ic_tx_out a = switch_to(&s, 0, one, video(0, 0, 0, 0));
    struct ic_tx_out b = send(&s, 33, one, video(5000, 3000, 1, 1));
    assert_int_equal(b.ext_seq - a.ext_seq, 2);
    assert_int_equal(b.ts - a.ts, 3000);
    struct ic_media_packet between = video(4000, 2000, 1, 1);
    assert_int_equal(ic_tx_stream_map(&s, ms(34), one, &between, &out), IC_ERR_GONE);
    struct ic_tx_out c = send(&s, 66, one, video(5001, 6000, 2, 2));
    assert_int_equal(c.ext_seq, b.ext_seq + 1);
    assert_int_equal((c.picture_id - b.picture_id) & 0x7fff, 1);
}

/* ---- sender reports ---- */

static void sender_info_needs_a_packet_a_report_and_a_clock(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_rx_stream rx;
    struct ic_clock_map clock;
    struct ic_rtcp_sender info;
    uint64_t ntp = ic_ntp_at(ms(0), 0);
    ic_rx_stream_init(&rx, 5, RATE, true);
    ic_clock_map_init(&clock);
    assert_false(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info));
    struct ic_media_packet p = video(100, 5000, 1, 1);
    ic_tx_stream_switch(&s, ms(0), one, &p);
    struct ic_rtcp_sender sr = {.ntp = 1000, .rtp_ts = 4000};
    ic_rx_stream_on_sr(&rx, ntp, &sr);
    ic_clock_map_input(&clock, ms(0), ntp, sr.ntp);
    assert_false(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info)); /* nothing sent */
    send(&s, 0, one, p);
    assert_true(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info));
    ic_rx_stream_init(&rx, 5, RATE, true);
    assert_false(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info));
    ic_rx_stream_on_sr(&rx, ntp, &sr);
    ic_tx_stream_clear(&s);
    assert_false(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info));
}

static void sender_info_counts_packets_and_payload_octets(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_rx_stream rx;
    struct ic_clock_map clock;
    struct ic_rtcp_sender info, sr = {.ntp = UINT64_C(500) << 32, .rtp_ts = 4000};
    uint64_t ntp = ic_ntp_at(ms(0), 1234567);
    ic_rx_stream_init(&rx, 5, RATE, true);
    ic_clock_map_init(&clock);
    ic_rx_stream_on_sr(&rx, ntp, &sr);
    ic_clock_map_input(&clock, ms(0), ntp, sr.ntp);
    struct ic_tx_out a = switch_to(&s, 0, one, video(100, 4000, 1, 1));
    send(&s, 10, one, video(101, 4900, 2, 2));
    assert_true(ic_tx_stream_sender_info(&s, ntp, &rx, &clock, &info));
    assert_int_equal(info.ssrc, 0xabc);
    assert_int_equal(info.packets, 2);
    assert_int_equal(info.octets, 200);
    assert_int_equal(info.ntp, ntp);
    assert_int_equal(info.rtp_ts, a.ts); /* the source's clock stood at 4000 at the report */
    assert_true(ic_tx_stream_sender_info(&s, ntp + (UINT64_C(2) << 32), &rx, &clock, &info));
    assert_int_equal(info.rtp_ts, a.ts + 2 * RATE);
}

/* A publisher's microphone and camera, each in a slot of one receiver: what the receiver computes
 * from the two sender reports must be the publisher's own timing, whatever the delays were. */
static void audio_and_video_of_a_publisher_keep_their_timing(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 99);
    for (int round = 0; round < 200; round++) {
        struct ic_tx_stream tx[2];
        struct ic_rx_stream rx[2];
        struct ic_clock_map clock;
        static const uint32_t rates[2] = {48000, 90000};
        struct ic_tx_out out[2];
        uint32_t ts_base[2];
        uint64_t publisher_zero = ic_prng_u64(&prng) >> 8;
        ic_clock_map_init(&clock);
        for (int k = 0; k < 2; k++) {
            ic_tx_stream_init(&tx[k], (uint32_t)k, rates[k], &prng, ms(0));
            ic_rx_stream_init(&rx[k], 5, rates[k], false);
            ts_base[k] = ic_prng_u32(&prng);
            /* the report of second k comes with its own delay */
            struct ic_rtcp_sender sr = {
                .ntp = publisher_zero + ((uint64_t)k << 32),
                .rtp_ts = ts_base[k] + (uint32_t)k * rates[k],
            };
            struct ic_time now = ms(1000 * k + 20 + (int64_t)ic_prng_below(&prng, 200));
            ic_rx_stream_on_sr(&rx[k], ic_ntp_at(now, 0), &sr);
            ic_clock_map_input(&clock, now, ic_ntp_at(now, 0), sr.ntp);
        }
        for (int k = 0; k < 2; k++) { /* both captured at second 3 */
            struct ic_media_packet p = {.ext_seq = 1, .ts = ts_base[k] + 3 * rates[k]};
            out[k] = switch_to(&tx[k], 3020 + ic_prng_below(&prng, 300), one, p);
        }
        struct ic_rtcp_sender info[2];
        double captured[2];
        for (int k = 0; k < 2; k++) {
            uint64_t ntp = ic_ntp_at(ms(4000), 0);
            assert_true(ic_tx_stream_sender_info(&tx[k], ntp, &rx[k], &clock, &info[k]));
            captured[k] = (double)(int32_t)(out[k].ts - info[k].rtp_ts) / rates[k];
        }
        double skew = captured[0] - captured[1];
        assert_true(skew > -0.0001 && skew < 0.0001);
    }
}

static void an_audio_slot_stays_below_512_bytes(void **state)
{
    (void)state;
    assert_true(sizeof(struct ic_tx_stream) < 512);
}

/* ---- codecs ---- */

/* The same numbers in VP9; AV1 has none. */
static struct ic_media_packet of_codec(struct ic_media_packet p, enum ic_codec codec, bool is_key)
{
    p.codec = codec;
    p.pdesc.key_frame = is_key;
    if (codec == IC_CODEC_AV1)
        p.pdesc = (struct ic_pdesc){.len = 1, .frame_start = true, .key_frame = is_key};
    return p;
}

static struct ic_tx_out change_codec(struct ic_tx_stream *s, int64_t at_ms,
                                     struct ic_media_packet p)
{
    assert_true(ic_tx_stream_changes_codec(s, &p));
    ic_tx_stream_change_codec(s, &p);
    assert_false(ic_tx_stream_changes_codec(s, &p));
    return send(s, at_ms, one, p);
}

static void a_change_of_codec_goes_on_in_the_same_numbers(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    struct ic_media_packet p = of_codec(video(102, 8000, 9000, 200), IC_CODEC_VP9, true);
    struct ic_tx_out b = change_codec(&s, 33, p); /* one packet is missing between */
    assert_int_equal(b.ext_seq, a.ext_seq + 2);
    assert_int_equal(b.ts - a.ts, 3000);
    assert_int_equal((b.picture_id - a.picture_id) & 0x7fff, 1);
    assert_int_equal((uint8_t)(b.tl0 - a.tl0), 1);
    p = of_codec(video(103, 11000, 9001, 201), IC_CODEC_VP9, false);
    struct ic_tx_out c = send(&s, 66, one, p);
    assert_int_equal(c.ext_seq, b.ext_seq + 1);
    assert_int_equal((c.picture_id - b.picture_id) & 0x7fff, 1);
    assert_int_equal((uint8_t)(c.tl0 - b.tl0), 1);
}

static void av1_leaves_the_picture_numbers_where_they_stand(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    for (uint64_t i = 0; i < 40; i++) {
        struct ic_media_packet p =
            of_codec(video(101 + i, 6000 + (uint32_t)i, 0, 0), IC_CODEC_AV1, i == 0);
        struct ic_tx_out out = i == 0 ? change_codec(&s, 33, p) : send(&s, 33, one, p);
        assert_int_equal(out.ext_seq, a.ext_seq + 1 + i);
    }
    struct ic_media_packet p = of_codec(video(141, 9000, 555, 66), IC_CODEC_VP9, true);
    struct ic_tx_out b = change_codec(&s, 66, p);
    assert_int_equal(b.ext_seq, a.ext_seq + 41);
    assert_int_equal((b.picture_id - a.picture_id) & 0x7fff, 1);
    assert_int_equal((uint8_t)(b.tl0 - a.tl0), 1);
}

static void another_codec_is_refused_until_it_begins(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out out, a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    struct ic_media_packet p = of_codec(video(102, 8000, 1, 1), IC_CODEC_VP9, false);
    assert_true(ic_tx_stream_changes_codec(&s, &p));
    assert_int_equal(ic_tx_stream_map(&s, ms(33), one, &p, &out), IC_ERR_STATE);
    p = of_codec(video(101, 8000, 1, 1), IC_CODEC_VP9, true); /* overtaken by the one above */
    struct ic_tx_out b = change_codec(&s, 33, p);
    assert_int_equal(b.ext_seq, a.ext_seq + 1);
    ic_tx_stream_clear(&s);
    assert_false(ic_tx_stream_changes_codec(&s, &p));
}

static void what_comes_late_of_the_codec_before_keeps_its_place(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out out, a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    send(&s, 10, one, video(103, 5000, 20, 7));
    struct ic_tx_out b =
        change_codec(&s, 33, of_codec(video(104, 8000, 400, 9), IC_CODEC_VP9, true));
    struct ic_media_packet late = video(102, 5000, 20, 7);
    assert_false(ic_tx_stream_changes_codec(&s, &late)); /* it does not change back */
    struct ic_tx_out c = send(&s, 40, one, late);
    assert_int_equal(c.ext_seq, a.ext_seq + 2);
    assert_true(c.picture_id == a.picture_id && c.tl0 == a.tl0 && c.ts == a.ts);
    assert_int_equal(ic_tx_stream_map(&s, ms(41), one, &late, &out), IC_ERR_REPLAY);
    /* Nor does what stands behind the change in another codec, which no honest source sends. */
    send(&s, 50, one, of_codec(video(108, 11000, 401, 10), IC_CODEC_VP9, false));
    late = video(106, 9000, 21, 8);
    assert_false(ic_tx_stream_changes_codec(&s, &late));
    assert_int_equal(ic_tx_stream_map(&s, ms(51), one, &late, &out), IC_ERR_STATE);
    assert_int_equal(b.ext_seq, a.ext_seq + 4);
}

static void a_change_of_codec_behind_a_long_gap_shrinks_it_to_one_number(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_out out, a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    struct ic_media_packet p = of_codec(video(5000, 8000, 400, 9), IC_CODEC_VP9, true);
    struct ic_tx_out b = change_codec(&s, 33, p);
    assert_int_equal(b.ext_seq, a.ext_seq + 2);
    assert_int_equal((b.picture_id - a.picture_id) & 0x7fff, 1);
    struct ic_media_packet late = video(3000, 8000, 21, 8);
    assert_int_equal(ic_tx_stream_map(&s, ms(34), one, &late, &out), IC_ERR_GONE);
    late = video(101, 8000, 21, 8);
    assert_int_equal(send(&s, 35, one, late).ext_seq, a.ext_seq + 1);
    assert_int_equal(ic_tx_stream_map(&s, ms(36), one, &p, &out), IC_ERR_REPLAY);
}

static void numbers_on_both_sides_of_a_change_lead_back(void **state)
{
    (void)state;
    struct ic_tx_stream s = fresh(1);
    struct ic_tx_origin origin;
    struct ic_tx_out out, a = switch_to(&s, 0, one, video(100, 5000, 20, 7));
    struct ic_media_packet key = of_codec(video(102, 8000, 400, 9), IC_CODEC_VP9, true);
    struct ic_tx_out b = change_codec(&s, 33, key);
    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq + i), &origin), IC_OK);
        assert_int_equal(origin.source_seq, 100 + i);
        assert_int_equal(origin.sent, i != 1);
    }
    ic_tx_stream_remap(&s, &origin, &key, &out);
    assert_true(out.ext_seq == b.ext_seq && out.picture_id == b.picture_id && out.tl0 == b.tl0);
    struct ic_media_packet missing = video(101, 5000, 20, 7);
    assert_int_equal(ic_tx_stream_find(&s, (uint16_t)(a.ext_seq + 1), &origin), IC_OK);
    ic_tx_stream_remap(&s, &origin, &missing, &out);
    assert_true(out.picture_id == a.picture_id && out.tl0 == a.tl0);
}

/* Sources with three codecs that they change at random stand in one slot in turn. */
static void over_1000_random_changes_the_pictures_are_continuous(void **state)
{
    (void)state;
    static const enum ic_codec codecs[] = {IC_CODEC_VP8, IC_CODEC_VP9, IC_CODEC_AV1};
    struct ic_prng prng;
    struct ic_tx_stream s = fresh(5);
    struct ic_tx_out last = {0}, pictured = {0};
    uint64_t seq[2] = {1000, 70000};
    uint32_t pictures = 0, in = 0;
    ic_prng_init(&prng, 31);
    for (int64_t round = 0; round < 3000; round++) {
        bool is_switch = round == 0 || ic_prng_below(&prng, 3) == 0;
        in = is_switch ? 1 - in : in;
        enum ic_codec wanted = codecs[ic_prng_below(&prng, 3)];
        uint16_t id = (uint16_t)ic_prng_below(&prng, 0x8000);
        uint8_t tl0 = (uint8_t)ic_prng_u32(&prng);
        for (uint16_t f = 0; f < 4; f++) {
            struct ic_media_packet p = of_codec(video(++seq[in], (uint32_t)(round * 4 + f) * 3000,
                                                      (id + f) & 0x7fff, (uint8_t)(tl0 + f)),
                                                wanted, f == 0);
            struct ic_ref source = {in + 1, 1};
            if (f == 0 && is_switch)
                ic_tx_stream_switch(&s, ms(round * 133), source, &p);
            else if (f == 0 && ic_tx_stream_changes_codec(&s, &p))
                ic_tx_stream_change_codec(&s, &p);
            else if (f == 0)
                break; /* neither: the pictures would jump */
            struct ic_tx_out out = send(&s, round * 133 + f * 33, source, p);
            assert_true(round == 0 || out.ext_seq == last.ext_seq + 1 || f == 0);
            if (wanted != IC_CODEC_AV1) {
                if (pictures++ > 0) {
                    assert_int_equal((out.picture_id - pictured.picture_id) & 0x7fff, 1);
                    assert_int_equal((uint8_t)(out.tl0 - pictured.tl0), 1);
                }
                pictured = out;
            }
            last = out;
        }
    }
    assert_true(pictures > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_sequence_number_is_random_and_below_2_15),
        cmocka_unit_test(an_empty_slot_refuses_packets),
        cmocka_unit_test(only_the_source_in_the_slot_is_mapped),
        cmocka_unit_test(gaps_and_late_packets_keep_their_places),
        cmocka_unit_test(a_switch_goes_on_at_the_next_numbers),
        cmocka_unit_test(a_switch_in_the_same_instant_still_moves_the_clock),
        cmocka_unit_test(a_slot_that_was_empty_for_hours_or_days_still_moves_forward),
        cmocka_unit_test(a_source_with_7_bit_picture_ids_goes_on_within_its_width),
        cmocka_unit_test(opus_has_no_picture_and_needs_no_key_frame),
        cmocka_unit_test(over_1000_random_switches_every_number_is_continuous_and_used_once),
        cmocka_unit_test(an_output_number_leads_back_to_its_source_packet),
        cmocka_unit_test(a_number_filled_by_a_retransmission_is_not_used_again),
        cmocka_unit_test(after_more_switches_than_are_kept_an_old_number_is_gone),
        cmocka_unit_test(a_source_that_jumps_cannot_run_the_sequence_away),
        cmocka_unit_test(an_honest_gap_of_a_second_is_passed_on),
        cmocka_unit_test(pictures_that_jumped_far_are_gone_on_from),
        cmocka_unit_test(a_shrunk_gap_leaves_one_number_and_drops_what_was_in_it),
        cmocka_unit_test(sender_info_needs_a_packet_a_report_and_a_clock),
        cmocka_unit_test(sender_info_counts_packets_and_payload_octets),
        cmocka_unit_test(audio_and_video_of_a_publisher_keep_their_timing),
        cmocka_unit_test(an_audio_slot_stays_below_512_bytes),
        cmocka_unit_test(a_change_of_codec_goes_on_in_the_same_numbers),
        cmocka_unit_test(av1_leaves_the_picture_numbers_where_they_stand),
        cmocka_unit_test(another_codec_is_refused_until_it_begins),
        cmocka_unit_test(what_comes_late_of_the_codec_before_keeps_its_place),
        cmocka_unit_test(a_change_of_codec_behind_a_long_gap_shrinks_it_to_one_number),
        cmocka_unit_test(numbers_on_both_sides_of_a_change_lead_back),
        cmocka_unit_test(over_1000_random_changes_the_pictures_are_continuous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
