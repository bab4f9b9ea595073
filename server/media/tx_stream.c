#include "media/tx_stream.h"

#include "base/assert.h"
#include "base/seq.h"
#include "media/ntp.h"

#define HISTORY_WORDS   (IC_TX_HISTORY / 64)
#define PICTURE_ID_MASK 0x7fff
#define TS_ADVANCE_MAX  (1 << 30) /* hours of silence still read as the future, not as the past */

static_assert(IC_TX_HISTORY % 64 == 0, "whole words");
static_assert(IC_TX_GAP_BURST < IC_TX_HISTORY, "a gap never laps the history");

static const struct ic_ref NO_SOURCE = {0, 0};

void ic_tx_stream_init(struct ic_tx_stream *s, uint32_t ssrc, uint32_t clock_rate,
                       struct ic_prng *prng, struct ic_time now)
{
    uint32_t khz = clock_rate / 1000;
    IC_ASSERT(khz > 0 && khz <= UINT8_MAX && khz * 1000 == clock_rate);
    *s = (struct ic_tx_stream){.ssrc = ssrc, .clock_khz = (uint8_t)khz, .ts_at = now};
    /* Below 2^15, so that a receiver that loses the first packets still guesses rollover 0 right
     * (RFC 3711 3.3.1, appendix A). */
    s->highest = ic_prng_below(prng, 0x7fff);
    s->ts = ic_prng_u32(prng);
    s->picture_id = (uint16_t)ic_prng_below(prng, PICTURE_ID_MASK + 1);
    s->tl0 = (uint8_t)ic_prng_below(prng, 0x100);
    ic_rate_bucket_init(&s->gaps, IC_TX_GAP_RATE, IC_TX_GAP_BURST, now);
}

/* ---- which numbers were used ---- */

static bool is_used(const struct ic_tx_stream *s, uint64_t ext_seq)
{
    if (s->highest - ext_seq >= IC_TX_HISTORY)
        return true;
    return (s->used[ext_seq / 64 % HISTORY_WORDS] >> (ext_seq % 64) & 1) != 0;
}

static void set_used(struct ic_tx_stream *s, uint64_t ext_seq)
{
    s->used[ext_seq / 64 % HISTORY_WORDS] |= UINT64_C(1) << (ext_seq % 64);
}

static void advance(struct ic_tx_stream *s, uint64_t ext_seq)
{
    for (uint64_t i = s->highest + 1; i <= ext_seq; i++)
        s->used[i / 64 % HISTORY_WORDS] &= ~(UINT64_C(1) << (i % 64));
    s->highest = ext_seq;
}

/* ---- segments ---- */

static void push_segment(struct ic_tx_stream *s, const struct ic_tx_segment *segment)
{
    s->segment = (uint8_t)((s->segment + 1) % IC_TX_SEGMENTS);
    if (s->segment_count < IC_TX_SEGMENTS)
        s->segment_count++;
    s->segments[s->segment] = *segment;
}

/* Timestamp for something new at now: the newest plus the time since. */
static uint32_t next_ts(const struct ic_tx_stream *s, struct ic_time now)
{
    if (!s->started)
        return s->ts;
    int64_t us = ic_time_sub(now, s->ts_at).us;
    int64_t limit_us = (int64_t)TS_ADVANCE_MAX / s->clock_khz * 1000;
    us = us > limit_us ? limit_us : us;
    int64_t ticks = us * s->clock_khz / 1000;
    return s->ts + (ticks < 1 ? 1 : (uint32_t)ticks);
}

/* The pictures of a new segment go on behind the newest. */
static void begin_pictures(const struct ic_tx_stream *s, struct ic_tx_segment *segment,
                           const struct ic_media_packet *first)
{
    const struct ic_pdesc *d = &first->pdesc;
    segment->picture_id_offset = (uint16_t)(s->picture_id + 1 - d->picture_id) & PICTURE_ID_MASK;
    segment->tl0_offset = (uint8_t)(s->tl0 + 1 - d->tl0);
    segment->codec = (uint8_t)first->codec;
}

void ic_tx_stream_switch(struct ic_tx_stream *s, struct ic_time now, struct ic_ref source,
                         const struct ic_media_packet *first)
{
    IC_ASSERT(!ic_ref_is_none(source));
    IC_ASSERT(!ic_codec_is_video(first->codec) || ic_media_packet_is_key_frame(first));
    struct ic_tx_segment segment = {
        .source = source,
        .first = s->highest + 1,
        .first_source = first->ext_seq,
        .ts_offset = next_ts(s, now) - first->ts,
    };
    begin_pictures(s, &segment, first);
    push_segment(s, &segment);
    s->open = true;
}

bool ic_tx_stream_changes_codec(const struct ic_tx_stream *s, const struct ic_media_packet *packet)
{
    const struct ic_tx_segment *segment = &s->segments[s->segment];
    return s->open && segment->codec != (uint8_t)packet->codec &&
           packet->ext_seq >= segment->first_source &&
           segment->first + (packet->ext_seq - segment->first_source) > s->highest;
}

void ic_tx_stream_change_codec(struct ic_tx_stream *s, const struct ic_media_packet *first)
{
    IC_ASSERT(ic_tx_stream_changes_codec(s, first) && ic_media_packet_is_key_frame(first));
    struct ic_tx_segment segment = s->segments[s->segment];
    segment.first += first->ext_seq - segment.first_source;
    segment.first_source = first->ext_seq;
    begin_pictures(s, &segment, first);
    push_segment(s, &segment);
}

void ic_tx_stream_clear(struct ic_tx_stream *s)
{
    s->open = false;
}

struct ic_ref ic_tx_stream_source(const struct ic_tx_stream *s)
{
    return s->open ? s->segments[s->segment].source : NO_SOURCE;
}

/* ---- mapping ---- */

static struct ic_tx_out apply(const struct ic_tx_segment *segment, uint64_t ext_seq,
                              const struct ic_media_packet *p)
{
    return (struct ic_tx_out){
        .ext_seq = ext_seq,
        .ts = p->ts + segment->ts_offset,
        .picture_id =
            (uint16_t)(p->pdesc.picture_id + segment->picture_id_offset) & PICTURE_ID_MASK,
        .tl0 = (uint8_t)(p->pdesc.tl0 + segment->tl0_offset),
    };
}

/* Forward distance of a picture id of 7 or 15 bits from the newest. */
static uint16_t picture_id_step(uint16_t newest, uint16_t id, uint8_t bits)
{
    return (uint16_t)(id - newest) & (uint16_t)((1U << bits) - 1);
}

/* Keep what the next switch goes on from. What is ahead of all packets is the newest, however far
 * its picture has jumped; what is late may be of the newest picture, too, where the codec ahead of
 * it has no such numbers. */
static void note_newest(struct ic_tx_stream *s, struct ic_time now, const struct ic_media_packet *p,
                        const struct ic_tx_out *out, bool is_newest)
{
    if (!s->started || ic_seq32_lt(s->ts, out->ts)) {
        s->ts = out->ts;
        s->ts_at = now;
    }
    s->started = true;
    if (p->pdesc.picture_id_bits > 0) {
        uint16_t step = picture_id_step(s->picture_id, out->picture_id, p->pdesc.picture_id_bits);
        if (!is_newest && step >= 1U << (p->pdesc.picture_id_bits - 1))
            step = 0; /* behind */
        s->picture_id = (uint16_t)(s->picture_id + step) & PICTURE_ID_MASK;
    }
    if (p->pdesc.tl0_offset > 0 && (is_newest || (uint8_t)(out->tl0 - s->tl0) < 0x80))
        s->tl0 = out->tl0;
}

/* The segment that a packet of the slot's source belongs to: the newest one unless the packet is
 * late, and its output number. False: it is from before the source came, or from a gap that was
 * shrunk. */
static bool find_segment(const struct ic_tx_stream *s, uint64_t source_seq, uint8_t *at,
                         uint64_t *ext_seq)
{
    uint64_t end = UINT64_MAX; /* the first number of the segment behind */
    for (uint8_t i = 0; i < s->segment_count; i++) {
        *at = (uint8_t)((s->segment + IC_TX_SEGMENTS - i) % IC_TX_SEGMENTS);
        const struct ic_tx_segment *segment = &s->segments[*at];
        if (!ic_ref_eq(segment->source, s->segments[s->segment].source))
            return false;
        if (source_seq >= segment->first_source) {
            *ext_seq = segment->first + (source_seq - segment->first_source);
            return *ext_seq < end;
        }
        end = segment->first;
    }
    return false;
}

/* Output number of a packet ahead of all others. A gap beyond the allowance shrinks to one number:
 * the receiver still sees that something is missing. */
static uint64_t place_ahead(struct ic_tx_stream *s, struct ic_time now, uint64_t ext_seq,
                            uint64_t source_seq)
{
    uint64_t gap = ext_seq - s->highest - 1;
    if (gap > 0 && (gap > IC_TX_GAP_BURST || !ic_rate_bucket_take(&s->gaps, now, (uint32_t)gap))) {
        struct ic_tx_segment segment = s->segments[s->segment];
        bool is_unused = segment.first > s->highest; /* it begins with this packet */
        ext_seq = s->highest + 2;
        segment.first = ext_seq;
        segment.first_source = source_seq;
        if (is_unused)
            s->segments[s->segment] = segment;
        else
            push_segment(s, &segment);
    }
    advance(s, ext_seq);
    return ext_seq;
}

enum ic_err ic_tx_stream_map(struct ic_tx_stream *s, struct ic_time now, struct ic_ref source,
                             const struct ic_media_packet *packet, struct ic_tx_out *out)
{
    if (!s->open || !ic_ref_eq(s->segments[s->segment].source, source))
        return IC_ERR_STATE;
    uint8_t at;
    uint64_t ext_seq;
    if (!find_segment(s, packet->ext_seq, &at, &ext_seq))
        return IC_ERR_GONE;
    if (s->segments[at].codec != (uint8_t)packet->codec)
        return IC_ERR_STATE;
    bool is_newest = ext_seq > s->highest;
    if (is_newest) {
        ext_seq = place_ahead(s, now, ext_seq, packet->ext_seq);
        at = s->segment;
    } else if (is_used(s, ext_seq)) {
        return IC_ERR_REPLAY;
    }
    set_used(s, ext_seq);
    *out = apply(&s->segments[at], ext_seq, packet);
    note_newest(s, now, packet, out, is_newest);
    s->packets++;
    s->octets += packet->payload_len;
    return IC_OK;
}

enum ic_err ic_tx_stream_find(const struct ic_tx_stream *s, uint16_t seq, struct ic_tx_origin *out)
{
    uint64_t ext_seq = ic_seq16_extend(s->highest, seq);
    if (!s->started || ext_seq > s->highest)
        return IC_ERR_GONE;
    for (uint8_t i = 0; i < s->segment_count; i++) {
        uint8_t at = (uint8_t)((s->segment + IC_TX_SEGMENTS - i) % IC_TX_SEGMENTS);
        const struct ic_tx_segment *segment = &s->segments[at];
        if (ext_seq < segment->first)
            continue;
        *out = (struct ic_tx_origin){
            .source = segment->source,
            .source_seq = segment->first_source + (ext_seq - segment->first),
            .ext_seq = ext_seq,
            .sent = is_used(s, ext_seq),
            .segment = at,
        };
        return IC_OK;
    }
    return IC_ERR_GONE;
}

void ic_tx_stream_remap(struct ic_tx_stream *s, const struct ic_tx_origin *origin,
                        const struct ic_media_packet *packet, struct ic_tx_out *out)
{
    IC_ASSERT(origin->segment < IC_TX_SEGMENTS && packet->ext_seq == origin->source_seq);
    if (!is_used(s, origin->ext_seq))
        set_used(s, origin->ext_seq);
    *out = apply(&s->segments[origin->segment], origin->ext_seq, packet);
}

/* ---- reports ---- */

bool ic_tx_stream_sender_info(const struct ic_tx_stream *s, uint64_t ntp,
                              const struct ic_rx_stream *rx, const struct ic_clock_map *clock,
                              struct ic_rtcp_sender *out)
{
    uint64_t sr_ntp;
    uint32_t sr_ts;
    const struct ic_tx_segment *segment = &s->segments[s->segment];
    if (!s->open || s->highest < segment->first || !ic_clock_map_is_valid(clock) ||
        !ic_rx_stream_sr(rx, &sr_ntp, &sr_ts))
        return false;
    int64_t since = (int64_t)(ic_clock_map_to_publisher(clock, ntp) - sr_ntp);
    uint32_t source_ts = sr_ts + (uint32_t)ic_ntp_ticks(since, s->clock_khz * 1000U);
    *out = (struct ic_rtcp_sender){
        .ssrc = s->ssrc,
        .ntp = ntp,
        .rtp_ts = source_ts + segment->ts_offset,
        .packets = s->packets,
        .octets = s->octets,
    };
    return true;
}
