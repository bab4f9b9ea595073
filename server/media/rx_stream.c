#include "media/rx_stream.h"

#include <string.h>

#include "base/assert.h"
#include "media/ntp.h"

#define HISTORY_WORDS (IC_RX_HISTORY / 64)
#define JITTER_JUMP_S 5 /* a timestamp jump this large is a new start of the clock, not jitter */

static_assert(IC_RX_HISTORY % 64 == 0, "whole words");
static_assert(IC_RX_GAP_MAX < IC_RX_HISTORY, "what is missing is in the history");
static_assert(IC_RX_REORDER_MS < IC_RTX_WINDOW_MS, "asked for before it is given up");

void ic_rx_stream_init(struct ic_rx_stream *s, uint32_t ssrc, uint32_t clock_rate, bool nack)
{
    IC_ASSERT(clock_rate > 0);
    memset(s, 0, offsetof(struct ic_rx_stream, missing)); /* missing_count says what of it counts */
    s->ssrc = ssrc;
    s->clock_rate = clock_rate;
    s->nack = nack;
    s->rtt = IC_MS(IC_RX_RTT_DEFAULT_MS);
}

/* ---- which numbers were seen ---- */

static bool is_seen(const struct ic_rx_stream *s, uint64_t ext_seq)
{
    return (s->seen[ext_seq / 64 % HISTORY_WORDS] >> (ext_seq % 64) & 1) != 0;
}

static void set_seen(struct ic_rx_stream *s, uint64_t ext_seq)
{
    s->seen[ext_seq / 64 % HISTORY_WORDS] |= UINT64_C(1) << (ext_seq % 64);
}

static void clear_seen(struct ic_rx_stream *s, uint64_t ext_seq)
{
    s->seen[ext_seq / 64 % HISTORY_WORDS] &= ~(UINT64_C(1) << (ext_seq % 64));
}

/* ---- what is missing ---- */

static void give_up(struct ic_rx_stream *s, uint64_t ext_seq)
{
    s->given_up++;
    if (ext_seq + 1 > s->lost_end)
        s->lost_end = ext_seq + 1;
}

/* Remove n entries from place at on. */
static void remove_missing(struct ic_rx_stream *s, uint32_t at, uint32_t n)
{
    memmove(&s->missing[at], &s->missing[at + n],
            (s->missing_count - at - n) * sizeof s->missing[0]);
    s->missing_count -= n;
}

static void add_missing(struct ic_rx_stream *s, struct ic_time now, uint64_t from, uint64_t end)
{
    for (uint64_t ext_seq = from; ext_seq < end; ext_seq++) {
        if (s->missing_count == IC_RX_MISSING_MAX) { /* LIMIT: room for a quarter at once */
            for (uint32_t i = 0; i < IC_RX_MISSING_MAX / 4; i++)
                give_up(s, s->missing[i].ext_seq);
            remove_missing(s, 0, IC_RX_MISSING_MAX / 4);
        }
        s->missing[s->missing_count++] = (struct ic_rx_missing){
            .ext_seq = ext_seq, .since = now, .next = ic_time_add(now, IC_MS(IC_RX_REORDER_MS))};
    }
}

static void on_found(struct ic_rx_stream *s, uint64_t ext_seq)
{
    for (uint32_t i = 0; i < s->missing_count; i++) {
        if (s->missing[i].ext_seq != ext_seq)
            continue;
        if (s->missing[i].tries > 0)
            s->recovered++;
        remove_missing(s, i, 1);
        return;
    }
}

/* ---- input ---- */

/* A jump too large to be a loss: what lies between is not expected and not asked for. */
static void on_restart(struct ic_rx_stream *s, uint64_t ext_seq)
{
    for (uint32_t i = 0; i < s->missing_count; i++)
        give_up(s, s->missing[i].ext_seq);
    s->missing_count = 0;
    if (s->nack)
        s->lost_end = ext_seq;
    s->skipped += ext_seq - s->highest - 1;
    memset(s->seen, 0, sizeof s->seen);
    s->highest = ext_seq;
}

static void on_advance(struct ic_rx_stream *s, struct ic_time now, uint64_t ext_seq)
{
    if (ext_seq - s->highest > IC_RX_GAP_MAX) {
        on_restart(s, ext_seq);
        return;
    }
    for (uint64_t i = s->highest + 1; i <= ext_seq; i++)
        clear_seen(s, i);
    if (s->nack)
        add_missing(s, now, s->highest + 1, ext_seq);
    s->highest = ext_seq;
}

static uint32_t clock_ticks(struct ic_time t, uint32_t clock_rate)
{
    return (uint32_t)(t.us / 1000000 * clock_rate + t.us % 1000000 * clock_rate / 1000000);
}

/* RFC 3550 A.8, with the fraction kept in 1/16 as there. */
static void update_jitter(struct ic_rx_stream *s, const struct ic_media_packet *p)
{
    uint32_t transit = clock_ticks(p->arrived, s->clock_rate) - p->ts;
    uint32_t up = transit - s->transit, down = s->transit - transit;
    uint32_t d = up < down ? up : down;
    s->transit = transit;
    if (s->received == 0 || d > s->clock_rate * JITTER_JUMP_S)
        return;
    s->jitter_q4 += d - ((s->jitter_q4 + 8) >> 4);
}

/* Where the packet belongs: at the front or in a hole. */
static enum ic_err place(struct ic_rx_stream *s, struct ic_time now, uint64_t ext_seq)
{
    if (!s->started) {
        s->started = true;
        s->base = ext_seq;
        s->highest = ext_seq;
    } else if (ext_seq > s->highest) {
        on_advance(s, now, ext_seq);
    } else if (s->highest - ext_seq >= IC_RX_HISTORY || is_seen(s, ext_seq)) {
        s->duplicates++;
        return IC_ERR_REPLAY;
    } else {
        on_found(s, ext_seq);
        s->base = ext_seq < s->base ? ext_seq : s->base;
    }
    set_seen(s, ext_seq);
    return IC_OK;
}

/* A retransmission's number was extended from 16 bits: one from before the stream looks like one
 * far ahead. */
static bool is_stray(const struct ic_rx_stream *s, uint64_t ext_seq)
{
    return !s->started || (ext_seq > s->highest && ext_seq - s->highest > IC_RX_GAP_MAX);
}

enum ic_err ic_rx_stream_input(struct ic_rx_stream *s, struct ic_time now,
                               const struct ic_media_packet *packet, bool recovered)
{
    uint64_t ext_seq = packet->ext_seq;
    if (recovered && is_stray(s, ext_seq))
        return IC_ERR_REPLAY;
    enum ic_err err = place(s, now, ext_seq);
    if (err != IC_OK)
        return err;
    if (ic_media_packet_is_key_frame(packet) && ext_seq + 1 > s->key_frame_end)
        s->key_frame_end = ext_seq + 1;
    if (recovered)
        return IC_OK;
    update_jitter(s, packet);
    s->received++;
    s->octets += packet->payload_len;
    return IC_OK;
}

uint64_t ic_rx_stream_highest(const struct ic_rx_stream *s)
{
    return s->highest;
}

/* ---- asking again ---- */

/* Enough came behind it that it is lost, not late. */
static bool is_passed(const struct ic_rx_stream *s, const struct ic_rx_missing *m)
{
    return m->tries == 0 && m->ext_seq + IC_RX_REORDER <= s->highest;
}

static struct ic_time give_up_time(const struct ic_rx_missing *m)
{
    struct ic_time end = ic_time_add(m->since, IC_MS(IC_RTX_WINDOW_MS));
    return m->tries >= IC_RX_NACK_TRIES_MAX ? ic_time_min(end, m->next) : end;
}

static struct ic_dur retry_interval(const struct ic_rx_stream *s)
{
    int64_t us = s->rtt.us + s->rtt.us / 4;
    return us < IC_MS(IC_RX_RETRY_MIN_MS).us ? IC_MS(IC_RX_RETRY_MIN_MS) : IC_US(us);
}

size_t ic_rx_stream_take_nacks(struct ic_rx_stream *s, struct ic_time now, uint16_t *seqs,
                               size_t cap)
{
    size_t count = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->missing_count; i++) {
        struct ic_rx_missing m = s->missing[i];
        if (ic_time_reached(give_up_time(&m), now)) {
            give_up(s, m.ext_seq);
            continue;
        }
        if (count < cap && (ic_time_reached(m.next, now) || is_passed(s, &m))) {
            seqs[count++] = (uint16_t)m.ext_seq;
            m.tries++;
            m.next = ic_time_add(now, retry_interval(s));
        }
        s->missing[kept++] = m;
    }
    s->missing_count = kept;
    s->nacked += count;
    return count;
}

struct ic_time ic_rx_stream_deadline(const struct ic_rx_stream *s)
{
    struct ic_time first = IC_NEVER;
    for (uint32_t i = 0; i < s->missing_count; i++) {
        const struct ic_rx_missing *m = &s->missing[i];
        struct ic_time t = is_passed(s, m) ? m->since : ic_time_min(m->next, give_up_time(m));
        first = ic_time_min(first, t);
    }
    return first;
}

bool ic_rx_stream_needs_key_frame(const struct ic_rx_stream *s)
{
    return s->lost_end > s->key_frame_end;
}

void ic_rx_stream_set_rtt(struct ic_rx_stream *s, struct ic_dur rtt)
{
    s->rtt = rtt.us < 0 ? IC_US(0) : rtt;
}

/* ---- reports ---- */

void ic_rx_stream_on_sr(struct ic_rx_stream *s, uint64_t server_ntp,
                        const struct ic_rtcp_sender *sender)
{
    s->has_sr = true;
    s->sr_ntp = sender->ntp;
    s->sr_rtp_ts = sender->rtp_ts;
    s->sr_arrived_ntp = server_ntp;
}

bool ic_rx_stream_sr(const struct ic_rx_stream *s, uint64_t *ntp, uint32_t *rtp_ts)
{
    if (!s->has_sr)
        return false;
    *ntp = s->sr_ntp;
    *rtp_ts = s->sr_rtp_ts;
    return true;
}

/* RFC 3550 A.3: lost in the interval, in 1/256, none when duplicates make it negative. */
static uint8_t fraction_lost(uint64_t expected, uint64_t received)
{
    if (expected <= received)
        return 0;
    return (uint8_t)((expected - received) * 256 / expected < 255
                         ? (expected - received) * 256 / expected
                         : 255);
}

/* RFC 3550 A.3: "Clamp at 0x7fffff for positive loss or 0x800000 for negative loss" */
static int32_t cumulative_lost(uint64_t expected, uint64_t received)
{
    int64_t lost = (int64_t)expected - (int64_t)received;
    return (int32_t)(lost > 0x7fffff ? 0x7fffff : lost < -0x800000 ? -0x800000 : lost);
}

bool ic_rx_stream_report(struct ic_rx_stream *s, uint64_t server_ntp, struct ic_rtcp_block *out)
{
    if (!s->started)
        return false;
    uint64_t expected = s->highest - s->base + 1 - s->skipped;
    *out = (struct ic_rtcp_block){
        .ssrc = s->ssrc,
        .fraction_lost =
            fraction_lost(expected - s->expected_prior, s->received - s->received_prior),
        .cumulative_lost = cumulative_lost(expected, s->received),
        .highest_seq = (uint32_t)s->highest,
        .jitter = s->jitter_q4 >> 4,
    };
    if (s->has_sr) {
        uint64_t delay = (server_ntp - s->sr_arrived_ntp) >> 16;
        out->lsr = ic_ntp_middle(s->sr_ntp);
        out->dlsr = delay > UINT32_MAX ? UINT32_MAX : (uint32_t)delay;
    }
    s->expected_prior = expected;
    s->received_prior = s->received;
    return true;
}
