#include "shell/load_source.h"

#include <string.h>

#include "base/assert.h"
#include "base/prng.h"

#define BASE_KEY_LEN 16
#define MILLION      1000000

enum ic_err ic_load_source_init(struct ic_load_source *s,
                                const struct ic_load_source_config *config, struct ic_time began)
{
    struct ic_prng prng;
    memset(s, 0, sizeof *s);
    ic_prng_init(&prng, config->seed);
    s->config = *config;
    s->config.base_key = NULL;
    s->ext_seq = 1 + ic_prng_below(&prng, 0x7ffe); /* RFC 3711 3.3.1: below 2^15 */
    s->ts_base = ic_prng_u32(&prng);
    s->picture_id = (uint16_t)ic_prng_below(&prng, 0x8000);
    s->tl0 = (uint8_t)ic_prng_u32(&prng);
    s->is_key_wanted = true;
    s->origin_us = s->began_us = began.us;
    s->at = config->first;
    if (config->shape->recording != NULL)
        s->key_bytes = config->shape->recording->frames[0].bytes;
    return ic_load_source_rekey(s, config->base_key, config->kid, config->epoch);
}

enum ic_err ic_load_source_rekey(struct ic_load_source *s, const uint8_t *base_key, uint64_t kid,
                                 uint64_t epoch)
{
    struct ic_part key = {.bytes = base_key, .len = BASE_KEY_LEN};
    ic_sframe_cipher_deinit(&s->cipher);
    s->config.kid = kid;
    s->config.epoch = epoch;
    s->counter = 0;
    return ic_sframe_cipher_init(&s->cipher, IC_SFRAME_AES_128_GCM_SHA256_128, IC_AEAD_SEAL, &key,
                                 kid);
}

void ic_load_source_deinit(struct ic_load_source *s)
{
    ic_sframe_cipher_deinit(&s->cipher);
}

/* Of a recording time goes on so much faster than it did. */
static int64_t since_us(const struct ic_load_source *s)
{
    const struct ic_load_shape *shape = s->config.shape;
    if (shape->recording == NULL)
        return (int64_t)(s->turn * MILLION / s->config.frames_per_s);
    return (int64_t)(s->recorded_ms * 1000 * shape->frames_per_s / s->config.frames_per_s);
}

struct ic_time ic_load_source_deadline(const struct ic_load_source *s)
{
    return s->is_off ? IC_NEVER : (struct ic_time){s->began_us + since_us(s)};
}

void ic_load_source_switch(struct ic_load_source *s, struct ic_time now, bool is_on)
{
    if (is_on && s->is_off) {
        s->began_us = now.us;
        s->turn = s->recorded_ms = 0;
        s->spell++;
        s->is_key_wanted = true;
    }
    s->is_off = !is_on;
}

/* MID and transport-wide number, as browsers send them. */
static size_t write_header(struct ic_load_source *s, bool is_last, uint8_t *out, size_t cap)
{
    struct ic_wr w = ic_wr_init(out, cap);
    struct ic_hdrext_item items[2];
    size_t count = 0;
    if (s->config.mid_id != 0) {
        items[count] =
            (struct ic_hdrext_item){.id = s->config.mid_id, .len = (uint8_t)strlen(s->config.mid)};
        memcpy(items[count].data, s->config.mid, items[count].len);
        count++;
    }
    if (s->config.transport_cc_id != 0) {
        uint16_t number = s->transport_cc++;
        items[count++] = (struct ic_hdrext_item){.id = s->config.transport_cc_id,
                                                 .len = 2,
                                                 .data = {(uint8_t)(number >> 8), (uint8_t)number}};
    }
    struct ic_rtp_head head = {.ssrc = s->config.ssrc,
                               .ts = s->ts,
                               .seq = (uint16_t)s->ext_seq,
                               .pt = s->config.payload_type,
                               .marker = is_last && s->config.shape->kind == IC_KIND_VIDEO};
    ic_rtp_write(&w, &head, items, count);
    IC_ASSERT(ic_wr_ok(&w));
    return w.len;
}

/* VP8 as browsers describe it for one layer: 15 bits of PictureID, TL0PICIDX. */
static size_t write_descriptor(const struct ic_load_source *s, bool is_first,
                               uint8_t out[static IC_PDESC_VP8_MAX])
{
    struct ic_wr w = ic_wr_init(out, IC_PDESC_VP8_MAX);
    if (s->config.shape->kind == IC_KIND_AUDIO)
        return 0;
    ic_wr_u8(&w, is_first ? 0x90 : 0x80); /* X, and S at the start of the frame */
    ic_wr_u8(&w, 0xe0);                   /* I, L, T */
    ic_wr_u16(&w, (uint16_t)(0x8000 | s->picture_id));
    ic_wr_u8(&w, s->tl0);
    ic_wr_u8(&w, 0);
    return w.len;
}

/* On to the next frame of a recording, or to its first one. */
static void advance(struct ic_load_source *s)
{
    const struct ic_load_recording *r = s->config.shape->recording;
    uint32_t at_ms = r->frames[s->at].at_ms;
    s->key_bytes = r->frames[s->at].is_key ? r->frames[s->at].bytes : s->key_bytes;
    s->at = s->at + 1 == r->count ? 0 : s->at + 1;
    uint32_t next_ms = r->frames[s->at].at_ms + (s->at == 0 ? r->length_ms : 0);
    s->recorded_ms += next_ms - at_ms;
}

static void end_frame(struct ic_load_source *s, bool is_key)
{
    s->frame++;
    s->turn++;
    s->counter++;
    s->key_frames += is_key;
    s->is_key_wanted = false;
    s->picture_id = (s->picture_id + 1) & 0x7fff;
    s->tl0++;
    if (s->config.shape->recording != NULL)
        advance(s);
}

/* The same numbers in each test, and no pattern that the streams of two publishers share. */
static size_t shorter_by(const struct ic_load_source *s)
{
    uint32_t number = ((uint32_t)s->frame * 2654435761u ^ s->config.ssrc * 2246822519u) >> 16;
    return s->config.shape->spread == 0 ? 0 : number % (s->config.shape->spread + 1u);
}

/* How a frame is cut: all chunks have one length, but for the last. */
struct cut {
    bool is_key;
    size_t len, chunk, packets;
};

static struct cut cut_of(const struct ic_load_source *s)
{
    const struct ic_load_shape *shape = s->config.shape;
    size_t chunk = ic_load_shape_chunk_len(shape) - shorter_by(s);
    if (shape->recording == NULL)
        return (struct cut){.is_key = s->is_key_wanted,
                            .len = shape->packets * chunk,
                            .chunk = chunk,
                            .packets = shape->packets};
    const struct ic_load_recorded *r = &shape->recording->frames[s->at];
    bool is_key = r->is_key || s->is_key_wanted;
    size_t bytes =
        r->is_key || !is_key || s->config.shape->kind == IC_KIND_AUDIO ? r->bytes : s->key_bytes;
    size_t len = ic_load_frame_sealed_len(&s->cipher, shape->kind, is_key, s->counter, bytes);
    size_t packets = (len + chunk - 1) / chunk;
    return (struct cut){
        .is_key = is_key, .len = len, .chunk = (len + packets - 1) / packets, .packets = packets};
}

enum ic_err ic_load_source_make(struct ic_load_source *s, struct ic_time now, struct ic_srtp *srtp,
                                struct ic_load_source_out *out)
{
    const struct ic_load_shape *shape = s->config.shape;
    struct cut cut = cut_of(s);
    struct ic_load_mark mark = {.number = s->frame,
                                .counter = s->counter,
                                .epoch = s->config.epoch,
                                .sent_us = now.us,
                                .member = s->config.member,
                                .spell = s->spell,
                                .packets = (uint8_t)cut.packets};
    uint8_t frame[IC_LOAD_FRAME_MAX], descriptor[IC_PDESC_VP8_MAX];
    IC_ASSERT(cut.packets <= IC_LOAD_FRAME_PACKETS_MAX && cut.len <= sizeof frame);
    enum ic_err err =
        ic_load_frame_seal(&s->cipher, shape->kind, cut.is_key, &mark, frame, cut.len);
    if (err != IC_OK)
        return err;
    int64_t due_us = s->began_us + since_us(s) - s->origin_us;
    s->ts = s->ts_base + (uint32_t)(due_us * shape->clock_rate / MILLION);
    out->len = 0;
    for (size_t i = 0; i < cut.packets; i++) {
        size_t chunk = i + 1 < cut.packets ? cut.chunk : cut.len - i * cut.chunk;
        uint8_t *at = &out->bytes[out->len];
        size_t header = write_header(s, i + 1 == cut.packets, at, IC_DATAGRAM_MAX);
        struct ic_srtp_job job = {.session = srtp,
                                  .ext_seq = s->ext_seq++,
                                  .header = at,
                                  .header_len = header,
                                  .prefix = descriptor,
                                  .prefix_len = write_descriptor(s, i == 0, descriptor),
                                  .payload = &frame[i * cut.chunk],
                                  .payload_len = chunk,
                                  .out = at};
        ic_srtp_protect_rtp(&job, 1);
        if (job.error != IC_OK)
            return job.error;
        out->len += job.out_len;
        out->datagram_len = i == 0 ? job.out_len : out->datagram_len;
        s->octets += job.prefix_len + chunk;
    }
    out->packets = cut.packets;
    s->packets += cut.packets;
    end_frame(s, cut.is_key);
    return IC_OK;
}

struct ic_rtcp_sender ic_load_source_report(const struct ic_load_source *s, uint64_t ntp)
{
    return (struct ic_rtcp_sender){.ssrc = s->config.ssrc,
                                   .ntp = ntp,
                                   .rtp_ts = s->ts,
                                   .packets = (uint32_t)s->packets,
                                   .octets = (uint32_t)s->octets};
}
