#include "audit/tap_frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/tap.h"
#include "base/rd.h"
#include "wire/pdesc.h"

#define OBU_SEQUENCE_HEADER    1
#define OBU_TEMPORAL_DELIMITER 2
#define OBU_FRAME              6

/* ---- packets ---- */

static bool read_packet(struct ic_rd *rd, struct tap_packet *p)
{
    p->track = ic_rd_u64(rd);
    p->ext_seq = ic_rd_u64(rd);
    p->codec = (enum ic_codec)ic_rd_u8(rd);
    p->marker = ic_rd_u8(rd) != 0;
    p->len = ic_rd_u16(rd);
    p->payload = ic_rd_take(rd, p->len);
    return ic_rd_ok(rd) && p->codec > IC_CODEC_NONE && p->codec < IC_CODECS;
}

static int compare(const void *a, const void *b)
{
    const struct tap_packet *x = a, *y = b;
    if (x->track != y->track)
        return x->track < y->track ? -1 : 1;
    return x->ext_seq < y->ext_seq ? -1 : x->ext_seq > y->ext_seq;
}

/* A packet that was lost and one that was thought lost: each counts once. */
static void forget_repeated(struct tap_frames *f)
{
    size_t kept = 0;
    qsort(f->packets, f->count, sizeof f->packets[0], compare);
    for (size_t i = 0; i < f->count; i++)
        if (kept == 0 || compare(&f->packets[kept - 1], &f->packets[i]) != 0)
            f->packets[kept++] = f->packets[i];
    f->count = kept;
}

bool tap_frames_open(struct tap_frames *f, const uint8_t *tap, size_t len)
{
    struct ic_rd rd = ic_rd_init(tap, len);
    const uint8_t *magic = ic_rd_take(&rd, TAP_MAGIC_LEN);
    *f = (struct tap_frames){0};
    if (magic == NULL || memcmp(magic, TAP_MAGIC, TAP_MAGIC_LEN) != 0) {
        fprintf(stderr, "not a tap\n");
        return false;
    }
    f->packets = malloc((len / TAP_RECORD_LEN + 1) * sizeof f->packets[0]);
    f->bytes = malloc(TAP_FRAME_MAX);
    if (f->packets == NULL || f->bytes == NULL)
        abort();
    while (rd.left > 0 && read_packet(&rd, &f->packets[f->count]))
        f->count++;
    if (rd.left > 0 || !ic_rd_ok(&rd) || f->count == 0) {
        fprintf(stderr, "the tap is cut or empty\n");
        tap_frames_close(f);
        return false;
    }
    forget_repeated(f);
    return true;
}

void tap_frames_close(struct tap_frames *f)
{
    free(f->packets);
    free(f->bytes);
    *f = (struct tap_frames){0};
}

/* ---- frames ---- */

static void append(struct tap_frames *f, const uint8_t *bytes, size_t len)
{
    if (len > TAP_FRAME_MAX - f->len)
        abort();
    if (len > 0)
        memcpy(&f->bytes[f->len], bytes, len);
    f->len += len;
}

/* AV1 4.10.5 of the bitstream: seven bits a byte, the least first. */
static size_t read_leb128(struct ic_rd *rd)
{
    size_t value = 0;
    for (unsigned i = 0; i < 4; i++) {
        uint8_t byte = ic_rd_u8(rd);
        value |= (size_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0)
            return value;
    }
    rd->bad = true;
    return 0;
}

/* A whole OBU stands at the end of bytes: which one, and where is its payload? */
static void end_obu(struct tap_frames *f)
{
    struct ic_rd rd = ic_rd_init(&f->bytes[f->obu], f->len - f->obu);
    uint8_t header = ic_rd_u8(&rd), type = header >> 3 & 0x0f;
    if ((header & 0x04) != 0)
        ic_rd_skip(&rd, 1);
    if ((header & 0x02) != 0 && read_leb128(&rd) != rd.left)
        rd.bad = true;
    if (type == OBU_FRAME && f->body == 0 && ic_rd_ok(&rd)) {
        f->body = f->len - rd.left;
        f->body_len = rd.left;
    } else if (type != OBU_SEQUENCE_HEADER && type != OBU_TEMPORAL_DELIMITER) {
        f->is_strange = true;
    }
    f->obu = f->len;
}

/* RTP Payload Format For AV1 1.0, 4.4 and 4.5. False: malformed. */
static bool take_av1(struct tap_frames *f, const struct tap_packet *p)
{
    struct ic_pdesc_av1 d;
    struct ic_rd rd = ic_rd_init(p->payload, p->len);
    if (ic_pdesc_av1_parse(p->payload, p->len, &d) != IC_OK || d.is_continued != (f->obu < f->len))
        return false;
    ic_rd_skip(&rd, d.common.len);
    for (unsigned i = 1; rd.left > 0 && ic_rd_ok(&rd); i++) {
        bool is_last = d.elements != 0 && i == d.elements;
        size_t len = is_last ? rd.left : read_leb128(&rd);
        const uint8_t *element = ic_rd_take(&rd, len);
        if (element == NULL)
            return false;
        append(f, element, len);
        if (rd.left > 0 || !d.continues)
            end_obu(f);
    }
    return ic_rd_ok(&rd);
}

/* The descriptor's common part; false: malformed. Sound has none. */
static bool describe(const struct tap_packet *p, struct ic_pdesc *out)
{
    struct ic_pdesc_vp8 vp8;
    struct ic_pdesc_vp9 vp9;
    struct ic_pdesc_av1 av1;
    bool is_good = true;
    *out = (struct ic_pdesc){.frame_start = true};
    if (p->codec == IC_CODEC_VP8 &&
        (is_good = ic_pdesc_vp8_parse(p->payload, p->len, &vp8) == IC_OK))
        *out = vp8.common;
    if (p->codec == IC_CODEC_VP9 &&
        (is_good = ic_pdesc_vp9_parse(p->payload, p->len, &vp9) == IC_OK))
        *out = vp9.common;
    if (p->codec == IC_CODEC_AV1 &&
        (is_good = ic_pdesc_av1_parse(p->payload, p->len, &av1) == IC_OK))
        *out = av1.common;
    return is_good;
}

static bool is_next(const struct tap_packet *last, const struct tap_packet *p)
{
    return last != NULL && last->track == p->track && last->ext_seq + 1 == p->ext_seq;
}

static void begin_frame(struct tap_frames *f)
{
    f->incomplete += f->is_open;
    f->is_open = true;
    f->len = f->obu = f->body = f->body_len = 0;
    f->is_strange = false;
}

static void give_up(struct tap_frames *f)
{
    f->incomplete += f->is_open;
    f->is_open = false;
}

static struct tap_frame end_frame(struct tap_frames *f, enum ic_codec codec)
{
    size_t clear = 0, len = f->len;
    f->is_open = false;
    if (codec == IC_CODEC_VP8) /* encryption.md 9: 10 bytes of a key frame, 1 of others */
        clear = len > 0 && (f->bytes[0] & 1) == 0 ? 10 : 1;
    if (codec == IC_CODEC_AV1) {
        clear = f->body;
        len = f->is_strange ? 0 : f->body + f->body_len;
    }
    len = len > clear ? len - clear : 0;
    return (struct tap_frame){.codec = codec, .bytes = &f->bytes[clear], .len = len};
}

/* One packet; true when it ends a frame. */
static bool take(struct tap_frames *f, const struct tap_packet *p)
{
    struct ic_pdesc d;
    bool follows = is_next(f->last, p);
    bool starts = follows && f->last->marker;
    f->last = p;
    if (p->len == 0)
        return false; /* padding */
    bool is_good = describe(p, &d);
    if (is_good && (starts || d.key_frame || (p->codec != IC_CODEC_AV1 && d.frame_start)))
        begin_frame(f);
    else if (!follows || !is_good)
        give_up(f);
    if (!f->is_open)
        return false;
    if (p->codec == IC_CODEC_AV1 && !take_av1(f, p)) {
        give_up(f);
        return false;
    }
    if (p->codec != IC_CODEC_AV1)
        append(f, &p->payload[d.len], (size_t)p->len - d.len);
    return p->marker || p->codec == IC_CODEC_OPUS;
}

bool tap_frames_next(struct tap_frames *f, struct tap_frame *out)
{
    while (f->next < f->count) {
        const struct tap_packet *p = &f->packets[f->next++];
        if (take(f, p)) {
            *out = end_frame(f, p->codec);
            return true;
        }
    }
    give_up(f);
    return false;
}
