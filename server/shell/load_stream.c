#include "shell/load_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "wire/pdesc.h"
#include "wire/rtp.h"

/* A browser waits 500 ms for a key. Here one process works out the keys of all members, one after
 * the other: how long frames waited is told. */
#define HOLD_MS  5000
#define HELD_MAX 400 /* frames of one stream */
/* Packets and what the server says of them come by two ways. */
#define DIFFER_MS 3000

struct ic_load_held {
    struct ic_load_held *next;
    size_t len, packets;
    int64_t came_us[IC_LOAD_FRAME_PACKETS_MAX];
    uint8_t bytes[];
};

enum ic_err ic_load_stream_init(struct ic_load_stream *s, const struct ic_load_shape *shape)
{
    size_t packets = ic_load_shape_packets_max(shape);
    *s = (struct ic_load_stream){.shape = shape,
                                 .packets_cap = packets,
                                 .bytes_cap = packets * ic_load_shape_chunk_len(shape),
                                 .announced = IC_LOAD_NOBODY};
    s->bytes = ic_array_alloc(s->bytes_cap, 1);
    s->came_us = ic_array_alloc(packets, sizeof *s->came_us);
    return s->bytes != NULL && s->came_us != NULL ? IC_OK : IC_ERR_FULL;
}

/* The oldest frame that waits is done with. */
static void drop_held(struct ic_load_stream *s)
{
    struct ic_load_held *h = s->held;
    s->held = h->next;
    s->held_last = s->held == NULL ? NULL : s->held_last;
    free(h);
}

void ic_load_stream_deinit(struct ic_load_stream *s)
{
    ic_sframe_cipher_deinit(&s->cipher);
    while (s->held != NULL)
        drop_held(s);
    ic_array_free(s->bytes);
    ic_array_free(s->came_us);
}

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

/* ---- frames ---- */

enum verdict { GOOD, BAD, NO_KEY_YET, EARLY };

/* The key with the number that the frame names: of an epoch that is held, and somebody's in it. */
static enum verdict choose_key(struct ic_load_stream *s, const struct ic_load_common *common,
                               const struct ic_load_keys *keys, const struct ic_load_whole *frame,
                               uint32_t *owner)
{
    uint64_t kid, epoch;
    if (ic_load_frame_kid(s->shape->kind, frame->bytes, frame->len, &kid) != IC_OK)
        return BAD;
    const uint8_t *base_key = ic_load_keys_find(keys, kid, &epoch);
    if (base_key == NULL && common->is_live && ic_load_keys_is_before(keys, kid))
        return EARLY;
    if (base_key == NULL)
        return NO_KEY_YET;
    if (s->has_cipher && s->cipher.kid == kid && s->epoch == epoch) {
        *owner = s->owner;
        return GOOD;
    }
    if (!ic_load_roster_find(&common->roster, epoch, kid, owner))
        return BAD;
    struct ic_part key = {.bytes = base_key, .len = IC_LOAD_BASE_KEY_LEN};
    ic_sframe_cipher_deinit(&s->cipher);
    s->has_cipher = ic_sframe_cipher_init(&s->cipher, IC_SFRAME_AES_128_GCM_SHA256_128,
                                          IC_AEAD_OPEN, &key, kid) == IC_OK;
    s->epoch = epoch;
    s->owner = *owner;
    return s->has_cipher ? GOOD : BAD;
}

/* It is the frame behind the one before; or the first one of another source, where that may be. */
static bool follows(const struct ic_load_stream *s, const struct ic_load_common *common,
                    const struct ic_load_whole *frame, const struct ic_load_mark *mark)
{
    bool is_same = s->has_source && mark->member == s->publisher && mark->spell == s->spell;
    if (is_same)
        return mark->number == s->frame_next || (s->is_after_gap && mark->number > s->frame_next);
    if (!common->is_live)
        return !s->has_source;
    return ic_load_frame_is_key(s->shape->kind, frame->bytes, frame->len);
}

/* Is it the source that the server has announced? Not for longer than a moment another one. */
static void check_source(struct ic_load_stream *s, struct ic_load_tally *tally, int64_t now_us)
{
    if (s->publisher == s->announced)
        s->differs_since_us = 0;
    else if (s->differs_since_us == 0)
        s->differs_since_us = now_us;
    else if (now_us - s->differs_since_us > DIFFER_MS * 1000) {
        tally->sources++;
        s->differs_since_us = now_us;
    }
}

static enum verdict take_frame(struct ic_load_stream *s, struct ic_load_common *common,
                               const struct ic_load_keys *keys, const struct ic_load_whole *frame)
{
    struct ic_load_tally *tally = &common->tally;
    struct ic_load_mark mark;
    uint32_t owner;
    enum verdict verdict = choose_key(s, common, keys, frame, &owner);
    s->is_early = s->is_early || (verdict == EARLY && !s->has_source);
    if (verdict != GOOD)
        return verdict;
    if (ic_load_frame_open(&s->cipher, s->shape->kind, frame->bytes, frame->len, &mark) != IC_OK ||
        mark.member != owner || mark.epoch != s->epoch || mark.packets != frame->packets)
        return BAD;
    if (!follows(s, common, frame, &mark))
        return s->is_early ? EARLY : BAD;
    s->is_early = false;
    bool is_switch = s->has_source && mark.member != s->publisher;
    tally->switches += is_switch;
    tally->switches_timed += is_switch && tally->is_timed;
    s->has_source = true;
    s->publisher = mark.member;
    s->spell = mark.spell;
    s->frame_next = mark.number + 1;
    s->is_after_gap = false;
    tally->frames++;
    for (size_t i = 0; i < frame->packets && tally->is_timed; i++)
        ic_load_histogram_add(&tally->delays, frame->came_us[i] - mark.sent_us);
    if (common->is_live)
        check_source(s, tally, frame->came_us[frame->packets - 1]);
    return GOOD;
}

static void fault(struct ic_load_stream *s, struct ic_load_common *common)
{
    common->tally.content++;
    s->is_after_gap = true;
}

/* False: there is no room for more. */
static bool hold(struct ic_load_stream *s, const struct ic_load_whole *frame)
{
    size_t count = 0;
    for (const struct ic_load_held *each = s->held; each != NULL; each = each->next)
        count++;
    struct ic_load_held *h = count < HELD_MAX ? malloc(sizeof *h + frame->len) : NULL;
    if (h == NULL)
        return false;
    *h = (struct ic_load_held){.len = frame->len, .packets = frame->packets};
    memcpy(h->came_us, frame->came_us, frame->packets * sizeof h->came_us[0]);
    memcpy(h->bytes, frame->bytes, frame->len);
    if (s->held_last == NULL)
        s->held = h;
    else
        s->held_last->next = h;
    s->held_last = h;
    return true;
}

static void finish_frame(struct ic_load_stream *s, struct ic_load_common *common,
                         const struct ic_load_keys *keys)
{
    struct ic_load_whole frame = {
        .bytes = s->bytes, .len = s->len, .came_us = s->came_us, .packets = s->packet_count};
    enum verdict verdict =
        s->held != NULL ? NO_KEY_YET : take_frame(s, common, keys, &frame); /* in order */
    if (verdict == BAD || (verdict == NO_KEY_YET && (!common->is_live || !hold(s, &frame))))
        fault(s, common);
}

void ic_load_stream_retry(struct ic_load_stream *s, struct ic_load_common *common,
                          const struct ic_load_keys *keys, struct ic_time now)
{
    while (s->held != NULL) {
        const struct ic_load_held *h = s->held;
        struct ic_load_whole frame = {
            .bytes = h->bytes, .len = h->len, .came_us = h->came_us, .packets = h->packets};
        int64_t waited_us = now.us - h->came_us[h->packets - 1];
        enum verdict verdict = take_frame(s, common, keys, &frame);
        if (verdict == NO_KEY_YET && waited_us < HOLD_MS * 1000)
            return;
        if (verdict == BAD || verdict == NO_KEY_YET)
            fault(s, common);
        common->tally.held++;
        if (waited_us > common->tally.held_max_us)
            common->tally.held_max_us = waited_us;
        drop_held(s);
    }
}

void ic_load_stream_announce(struct ic_load_stream *s, uint32_t publisher)
{
    s->announced = publisher;
    s->differs_since_us = 0;
}

/* ---- packets ---- */

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
                          const struct ic_load_keys *keys, struct ic_time now, uint64_t ext_seq,
                          const uint8_t *packet, size_t len)
{
    struct chunk chunk;
    if (!read_chunk(s->shape, packet, len, &chunk)) {
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
    if (s->packet_count == s->packets_cap || chunk.bytes.left > s->bytes_cap - s->len)
        s->is_whole = false;
    if (!s->is_whole)
        return;
    s->came_us[s->packet_count++] = now.us;
    memcpy(&s->bytes[s->len], chunk.bytes.p, chunk.bytes.left);
    s->len += chunk.bytes.left;
    if (!chunk.is_last)
        return;
    finish_frame(s, common, keys);
    s->is_whole = false;
}
