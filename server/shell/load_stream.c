#include "shell/load_stream.h"

#include <string.h>

#include "wire/pdesc.h"
#include "wire/rtp.h"

#define BASE_KEY_LEN 16

/* What one packet brings of a frame. */
struct chunk {
    struct ic_rd bytes; /* behind the payload descriptor */
    uint8_t padding;
    bool is_first, is_last;
};

static bool read_chunk(const struct ic_load_shape *shape, const uint8_t *packet, size_t len,
                       struct chunk *out)
{
    struct ic_rtp rtp;
    struct ic_pdesc_vp8 vp8 = {.common = {.frame_start = true}};
    if (ic_rtp_parse(packet, len, &rtp) != IC_OK)
        return false;
    struct ic_rd r = ic_rd_init(packet, len);
    ic_rd_skip(&r, rtp.header_len);
    struct ic_rd payload = ic_rd_sub(&r, rtp.payload_len);
    if (shape->kind == IC_KIND_VIDEO && ic_pdesc_vp8_parse(payload.p, payload.left, &vp8) != IC_OK)
        return false;
    ic_rd_skip(&payload, vp8.common.len);
    /* Opus has its marker at the start of a talk spurt only (RFC 7587 4.1). */
    *out = (struct chunk){.bytes = payload,
                          .padding = rtp.padding_len,
                          .is_first = vp8.common.frame_start,
                          .is_last = shape->kind == IC_KIND_AUDIO || rtp.marker};
    return ic_rd_ok(&payload);
}

/* The key of the publisher whose frame this is: that of a publisher of this test, and the same one
 * as before. */
static bool choose_key(struct ic_load_stream *s, const struct ic_load_common *common,
                       const uint8_t *base_key)
{
    uint64_t kid;
    if (ic_load_frame_kid(common->shape->kind, s->bytes, s->len, &kid) != IC_OK)
        return false;
    if (s->has_cipher)
        return kid == s->cipher.kid;
    size_t i = 0;
    while (i < common->publisher_count && common->kids[i] != kid)
        i++;
    struct ic_part key = {.bytes = base_key, .len = BASE_KEY_LEN};
    if (i == common->publisher_count ||
        ic_sframe_cipher_init(&s->cipher, IC_SFRAME_AES_128_GCM_SHA256_128, IC_AEAD_OPEN, &key,
                              kid) != IC_OK)
        return false;
    s->has_cipher = true;
    s->publisher = i;
    return true;
}

static void finish_frame(struct ic_load_stream *s, struct ic_load_common *common,
                         const uint8_t *base_key)
{
    struct ic_load_tally *tally = &common->tally;
    struct ic_load_mark mark;
    bool is_first = !s->has_cipher;
    if (!choose_key(s, common, base_key) ||
        ic_load_frame_open(&s->cipher, common->shape->kind, s->bytes, s->len, &mark) != IC_OK) {
        tally->content++;
        s->is_after_gap = true;
        return;
    }
    bool is_next = is_first || mark.number == s->frame_next ||
                   (s->is_after_gap && mark.number > s->frame_next);
    if (!is_next || mark.packets != s->packet_count) {
        tally->content++;
        s->is_after_gap = true;
        return;
    }
    s->frame_next = mark.number + 1;
    s->is_after_gap = false;
    tally->frames++;
    for (uint8_t i = 0; i < s->packet_count && tally->is_timed; i++)
        ic_load_histogram_add(&tally->delays, s->came_us[i] - mark.sent_us);
}

/* False: this packet is no use, because it is not the one that is due or a later one. */
static bool follow(struct ic_load_stream *s, struct ic_load_tally *tally, uint64_t ext_seq)
{
    if (s->is_started && ext_seq < s->next) {
        /* It was counted as missing when the later one came. */
        tally->late++;
        tally->gaps--;
        return false;
    }
    if (s->is_started && ext_seq > s->next) {
        tally->gaps += ext_seq - s->next;
        s->is_whole = false;
        s->is_after_gap = true;
    }
    s->is_started = true;
    s->next = ext_seq + 1;
    return true;
}

void ic_load_stream_input(struct ic_load_stream *s, struct ic_load_common *common,
                          const uint8_t *base_key, struct ic_time now, uint64_t ext_seq,
                          const uint8_t *packet, size_t len)
{
    struct chunk chunk;
    if (!read_chunk(common->shape, packet, len, &chunk)) {
        common->tally.unknown++;
        return;
    }
    common->tally.packets++;
    common->tally.padding += chunk.padding;
    if (!follow(s, &common->tally, ext_seq))
        return;
    if (chunk.is_first) {
        s->is_whole = true;
        s->len = 0;
        s->packet_count = 0;
    }
    if (s->packet_count == IC_LOAD_FRAME_PACKETS_MAX || chunk.bytes.left > sizeof s->bytes - s->len)
        s->is_whole = false;
    if (!s->is_whole)
        return;
    s->came_us[s->packet_count++] = now.us;
    memcpy(&s->bytes[s->len], chunk.bytes.p, chunk.bytes.left);
    s->len += chunk.bytes.left;
    if (!chunk.is_last)
        return;
    finish_frame(s, common, base_key);
    s->is_whole = false;
}

void ic_load_stream_deinit(struct ic_load_stream *s)
{
    ic_sframe_cipher_deinit(&s->cipher);
}
