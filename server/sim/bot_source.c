#include "sim/bot_source.h"

#include <string.h>

#include "base/seq.h"

#define AUDIO_LEN 64
#define VIDEO_LEN 240
#define MILLION   1000000

static uint32_t clock_rate(const struct ic_bot_source *s)
{
    return s->config.kind == IC_KIND_AUDIO ? 48000 : 90000;
}

void ic_bot_source_init(struct ic_bot_source *s, const struct ic_bot_source_config *config,
                        struct ic_prng *prng, struct ic_time now)
{
    *s = (struct ic_bot_source){.config = *config, .frame_next = IC_NEVER, .last_capture = now};
    s->codec = config->codec;
    s->ssrc = ic_prng_u32(prng) | 1;
    s->rtx_ssrc = s->ssrc + 1;
    /* RFC 3711 3.3.1: below 2^15 */
    s->seq = config->first_seq != 0 ? config->first_seq : 1 + ic_prng_below(prng, 0x7ffe);
    s->rtx_seq = 1 + ic_prng_below(prng, 0x7ffe);
    s->ts_base = ic_prng_u32(prng);
    s->picture_id = (uint16_t)ic_prng_below(prng, 0x8000);
    s->tl0 = (uint8_t)ic_prng_u32(prng);
}

void ic_bot_source_set(struct ic_bot_source *s, struct ic_time now, bool on)
{
    if (on == s->on)
        return;
    s->on = on;
    s->key_wanted = true;
    s->frame++; /* a pause is no step from frame to frame */
    struct ic_time next = ic_time_add(s->last_capture, s->config.interval);
    if (s->packets == 0 || ic_time_before(next, now))
        next = now;
    s->frame_next = on ? next : IC_NEVER;
}

void ic_bot_source_set_codec(struct ic_bot_source *s, enum ic_codec codec)
{
    if (codec == s->codec || s->config.types.media[codec] == 0)
        return;
    s->codec = codec;
    s->key_wanted = true;
}

static void protect(const struct ic_bot_line *line, uint64_t ext_seq, const struct ic_wr *header,
                    const uint8_t *payload, size_t len)
{
    struct ic_outbox_item *item = ic_outbox_add(line->out);
    struct ic_srtp_job job = {.session = line->srtp,
                              .ext_seq = ext_seq,
                              .header = header->base,
                              .header_len = header->len,
                              .payload = payload,
                              .payload_len = len,
                              .out = item->bytes};
    ic_srtp_protect_rtp(&job, 1);
    IC_ASSERT(job.error == IC_OK);
    item->len = job.out_len;
}

/* MID and transport-wide number on every packet, as browsers do in the beginning. */
static void write_header(struct ic_bot_source *s, const struct ic_bot_line *line, struct ic_wr *w,
                         const struct ic_rtp_head *head)
{
    struct ic_hdrext_item items[2] = {
        {.id = s->config.mid_id, .len = (uint8_t)strlen(s->config.mid)},
        {.id = s->config.transport_cc_id, .len = 2},
    };
    uint16_t number = (*line->transport_cc)++;
    memcpy(items[0].data, s->config.mid, items[0].len);
    items[1].data[0] = (uint8_t)(number >> 8);
    items[1].data[1] = (uint8_t)number;
    ic_rtp_write(w, head, items, 2);
}

static void send_media(struct ic_bot_source *s, const struct ic_bot_line *line,
                       const struct ic_bot_sent *sent)
{
    uint8_t bytes[64];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_rtp_head head = {.ssrc = s->ssrc,
                               .ts = sent->ts,
                               .seq = (uint16_t)sent->ext_seq,
                               .pt = s->config.types.media[sent->codec],
                               .marker = sent->marker};
    write_header(s, line, &w, &head);
    protect(line, sent->ext_seq, &w, sent->payload, sent->len);
    s->packets++;
    s->octets += (uint32_t)sent->len;
}

/* Padding alone (RFC 3550 5.1), as libwebrtc probes a path. */
static void send_padding(struct ic_bot_source *s, const struct ic_bot_line *line, bool rtx)
{
    uint8_t bytes[64] = {0}, padding[32] = {0};
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    uint64_t ext_seq = rtx ? s->rtx_seq++ : s->seq++;
    struct ic_rtp_head head = {.ssrc = rtx ? s->rtx_ssrc : s->ssrc,
                               .ts = s->last_ts,
                               .seq = (uint16_t)ext_seq,
                               .pt = rtx ? s->config.types.rtx[s->codec]
                                         : s->config.types.media[s->codec]};
    write_header(s, line, &w, &head);
    bytes[0] |= 0x20;
    padding[sizeof padding - 1] = sizeof padding;
    protect(line, ext_seq, &w, padding, sizeof padding);
}

static void send_packet(struct ic_bot_source *s, const struct ic_bot_line *line,
                        const struct ic_mark *mark)
{
    struct ic_bot_sent *sent = &s->sent[s->seq % IC_BOT_STORE_MAX];
    *sent = (struct ic_bot_sent){.ext_seq = s->seq++,
                                 .ts = mark->ts,
                                 .codec = mark->codec,
                                 .marker = mark->index + 1 == mark->count};
    struct ic_wr w = ic_wr_init(sent->payload, sizeof sent->payload);
    ic_mark_write(&w, mark, ic_codec_is_video(mark->codec) ? VIDEO_LEN : AUDIO_LEN);
    IC_ASSERT(ic_wr_ok(&w));
    sent->len = w.len;
    send_media(s, line, sent);
}

static void send_frame(struct ic_bot_source *s, struct ic_time now, const struct ic_bot_line *line)
{
    bool key = s->config.kind == IC_KIND_VIDEO && s->key_wanted;
    struct ic_mark mark = {
        .codec = s->codec,
        .flexible = s->config.flexible,
        .source = s->config.peer,
        .frame = s->frame++,
        .count = (uint8_t)(key ? 2 * s->config.packets : s->config.packets),
        .key = key,
        .ts = s->ts_base + (uint32_t)(now.us * clock_rate(s) / MILLION),
        .picture_id = s->picture_id,
        .tl0 = s->tl0,
        .captured_us = now.us,
    };
    for (mark.index = 0; mark.index < mark.count; mark.index++)
        send_packet(s, line, &mark);
    s->key_frames += key;
    s->key_wanted = false;
    s->picture_id = (s->picture_id + 1) & 0x7fff;
    s->tl0++;
    s->last_capture = now;
    s->last_ts = mark.ts;
}

void ic_bot_source_tick(struct ic_bot_source *s, struct ic_time now, const struct ic_bot_line *line)
{
    if (!ic_time_reached(s->frame_next, now))
        return;
    send_frame(s, now, line);
    if (s->config.types.rtx[s->codec] != 0 &&
        ic_prng_below(line->prng, MILLION) < s->config.probe_ppm)
        send_padding(s, line, true);
    if (ic_prng_below(line->prng, MILLION) < s->config.padding_ppm)
        send_padding(s, line, false);
    s->frame_next = ic_time_add(s->frame_next, s->config.interval);
    if (ic_time_before(s->frame_next, now))
        s->frame_next = ic_time_add(now, s->config.interval);
}

struct ic_time ic_bot_source_deadline(const struct ic_bot_source *s)
{
    return s->frame_next;
}

/* RFC 4588 4: original sequence number, then the original payload. */
void ic_bot_source_retransmit(struct ic_bot_source *s, uint16_t seq, const struct ic_bot_line *line)
{
    uint64_t ext_seq = ic_seq16_extend(s->seq, seq);
    const struct ic_bot_sent *sent = &s->sent[ext_seq % IC_BOT_STORE_MAX];
    if (sent->len == 0 || sent->ext_seq != ext_seq || s->config.types.rtx[sent->codec] == 0)
        return;
    uint8_t bytes[64], payload[2 + IC_BOT_PAYLOAD_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_wr p = ic_wr_init(payload, sizeof payload);
    struct ic_rtp_head head = {.ssrc = s->rtx_ssrc,
                               .ts = sent->ts,
                               .seq = (uint16_t)s->rtx_seq,
                               .pt = s->config.types.rtx[sent->codec],
                               .marker = sent->marker};
    write_header(s, line, &w, &head);
    ic_wr_u16(&p, seq);
    ic_wr_bytes(&p, sent->payload, sent->len);
    protect(line, s->rtx_seq++, &w, p.base, p.len);
    s->retransmitted++;
}
