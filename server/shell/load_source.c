#include "shell/load_source.h"

#include <string.h>

#include "base/assert.h"
#include "base/prng.h"

#define BASE_KEY_LEN 16
#define MILLION      1000000

enum ic_err ic_load_source_init(struct ic_load_source *s,
                                const struct ic_load_source_config *config, struct ic_time began)
{
    struct ic_part key = {.bytes = config->base_key, .len = BASE_KEY_LEN};
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
    s->began_us = began.us;
    return ic_sframe_cipher_init(&s->cipher, IC_SFRAME_AES_128_GCM_SHA256_128, IC_AEAD_SEAL, &key,
                                 config->kid);
}

void ic_load_source_deinit(struct ic_load_source *s)
{
    ic_sframe_cipher_deinit(&s->cipher);
}

struct ic_time ic_load_source_deadline(const struct ic_load_source *s)
{
    int64_t since_us = (int64_t)(s->frame * MILLION / s->config.frames_per_s);
    return (struct ic_time){s->began_us + since_us};
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

static void end_frame(struct ic_load_source *s)
{
    s->frame++;
    s->is_key_wanted = false;
    s->picture_id = (s->picture_id + 1) & 0x7fff;
    s->tl0++;
}

/* The same numbers in each test, and no pattern that the streams of two publishers share. */
static size_t shorter_by(const struct ic_load_source *s)
{
    uint32_t number = ((uint32_t)s->frame * 2654435761u ^ s->config.ssrc * 2246822519u) >> 16;
    return s->config.shape->spread == 0 ? 0 : number % (s->config.shape->spread + 1u);
}

enum ic_err ic_load_source_make(struct ic_load_source *s, struct ic_time now, struct ic_srtp *srtp,
                                uint8_t out[static IC_LOAD_SOURCE_BYTES], size_t *datagram_len)
{
    const struct ic_load_shape *shape = s->config.shape;
    struct ic_load_mark mark = {.number = s->frame, .sent_us = now.us, .packets = shape->packets};
    uint8_t frame[IC_LOAD_FRAME_MAX], descriptors[IC_LOAD_FRAME_PACKETS_MAX][IC_PDESC_VP8_MAX];
    struct ic_srtp_job jobs[IC_LOAD_FRAME_PACKETS_MAX];
    size_t chunk = ic_load_shape_chunk_len(shape) - shorter_by(s), at = 0;
    enum ic_err err = ic_load_frame_seal(&s->cipher, shape->kind, s->is_key_wanted, &mark, frame,
                                         shape->packets * chunk);
    if (err != IC_OK)
        return err;
    s->ts = s->ts_base + (uint32_t)(s->frame * shape->clock_rate / s->config.frames_per_s);
    for (uint8_t i = 0; i < shape->packets; i++) {
        size_t header = write_header(s, i + 1 == shape->packets, &out[at], IC_DATAGRAM_MAX);
        jobs[i] = (struct ic_srtp_job){.session = srtp,
                                       .ext_seq = s->ext_seq++,
                                       .header = &out[at],
                                       .header_len = header,
                                       .prefix = descriptors[i],
                                       .prefix_len = write_descriptor(s, i == 0, descriptors[i]),
                                       .payload = &frame[i * chunk],
                                       .payload_len = chunk,
                                       .out = &out[at]};
        ic_srtp_protect_rtp(&jobs[i], 1);
        if (jobs[i].error != IC_OK)
            return jobs[i].error;
        at += jobs[i].out_len;
        s->octets += jobs[i].prefix_len + chunk;
    }
    *datagram_len = at / shape->packets;
    s->packets += shape->packets;
    end_frame(s);
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
