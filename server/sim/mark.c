#include "sim/mark.h"

#define MAGIC  0x4943414dU
#define FILLER 0xa5

static void write_vp8(struct ic_wr *w, const struct ic_mark *mark)
{
    ic_wr_u8(w, mark->index == 0 ? 0x90 : 0x80); /* X, and S at the start of the frame */
    ic_wr_u8(w, 0xe0);                           /* I, L, T */
    ic_wr_u16(w, (uint16_t)(0x8000 | mark->picture_id));
    ic_wr_u8(w, mark->tl0);
    ic_wr_u8(w, 0);
    ic_wr_u8(w, mark->key ? 0x10 : 0x11); /* lowest bit clear: key frame */
}

static void write_vp9(struct ic_wr *w, const struct ic_mark *mark)
{
    bool has_structure = mark->key && mark->index == 0;
    unsigned flags = 0xa0; /* I, L */
    flags |= mark->key ? 0 : 0x40;
    flags |= mark->flexible ? 0x10 : 0;
    flags |= mark->index == 0 ? 0x08 : 0;
    flags |= mark->index + 1 == mark->count ? 0x04 : 0;
    flags |= has_structure ? 0x02 : 0;
    ic_wr_u8(w, (uint8_t)flags);
    ic_wr_u16(w, (uint16_t)(0x8000 | mark->picture_id));
    ic_wr_u8(w, 0);
    if (!mark->flexible)
        ic_wr_u8(w, mark->tl0);
    else if (!mark->key)
        ic_wr_u8(w, 1 << 1); /* the picture before */
    if (!has_structure)
        return;
    ic_wr_u8(w, 0x18); /* one layer; Y, G */
    ic_wr_u16(w, 1280);
    ic_wr_u16(w, 720);
    ic_wr_u8(w, 1);    /* a group of one picture, */
    ic_wr_u8(w, 0x04); /* with one reference, */
    ic_wr_u8(w, 1);    /* the picture before */
}

static void write_av1(struct ic_wr *w, const struct ic_mark *mark)
{
    unsigned header = 0x10; /* one OBU element */
    header |= mark->index > 0 ? 0x80 : 0;
    header |= mark->index + 1 < mark->count ? 0x40 : 0;
    header |= mark->key && mark->index == 0 ? 0x08 : 0;
    ic_wr_u8(w, (uint8_t)header);
}

void ic_mark_write(struct ic_wr *w, const struct ic_mark *mark, size_t len)
{
    size_t start = w->len;
    if (mark->codec == IC_CODEC_VP8)
        write_vp8(w, mark);
    else if (mark->codec == IC_CODEC_VP9)
        write_vp9(w, mark);
    else if (mark->codec == IC_CODEC_AV1)
        write_av1(w, mark);
    ic_wr_u32(w, MAGIC);
    ic_wr_u64(w, mark->source);
    ic_wr_u32(w, mark->frame);
    ic_wr_u8(w, mark->index);
    ic_wr_u8(w, mark->count);
    ic_wr_u8(w, mark->key);
    ic_wr_u32(w, mark->ts);
    ic_wr_u16(w, mark->picture_id);
    ic_wr_u8(w, mark->tl0);
    ic_wr_u64(w, (uint64_t)mark->captured_us);
    while (w->len - start < len && ic_wr_ok(w))
        ic_wr_u8(w, FILLER);
}

/* The descriptor, and how many bytes stand in front of the mark. */
static enum ic_err parse_pdesc(const uint8_t *payload, size_t len, enum ic_codec codec,
                               struct ic_pdesc *pdesc, size_t *skip)
{
    struct ic_pdesc_vp8 vp8;
    struct ic_pdesc_vp9 vp9;
    struct ic_pdesc_av1 av1;
    enum ic_err err = IC_OK;
    *pdesc = (struct ic_pdesc){0};
    if (codec == IC_CODEC_VP8 && (err = ic_pdesc_vp8_parse(payload, len, &vp8)) == IC_OK)
        *pdesc = vp8.common;
    if (codec == IC_CODEC_VP9 && (err = ic_pdesc_vp9_parse(payload, len, &vp9)) == IC_OK)
        *pdesc = vp9.common;
    if (codec == IC_CODEC_AV1 && (err = ic_pdesc_av1_parse(payload, len, &av1)) == IC_OK)
        *pdesc = av1.common;
    *skip = pdesc->len + (codec == IC_CODEC_VP8 ? 1U : 0U);
    return err;
}

enum ic_err ic_mark_parse(const uint8_t *payload, size_t len, enum ic_codec codec,
                          struct ic_mark *mark, struct ic_pdesc *pdesc)
{
    struct ic_rd r = ic_rd_init(payload, len);
    struct ic_mark m = {.codec = codec};
    size_t skip;
    if (parse_pdesc(payload, len, codec, pdesc, &skip) != IC_OK)
        return IC_ERR_INPUT;
    ic_rd_skip(&r, skip);
    uint32_t magic = ic_rd_u32(&r);
    m.source = ic_rd_u64(&r);
    m.frame = ic_rd_u32(&r);
    m.index = ic_rd_u8(&r);
    m.count = ic_rd_u8(&r);
    m.key = ic_rd_u8(&r) != 0;
    m.ts = ic_rd_u32(&r);
    m.picture_id = ic_rd_u16(&r);
    m.tl0 = ic_rd_u8(&r);
    m.captured_us = (int64_t)ic_rd_u64(&r);
    bool is_whole = ic_rd_ok(&r) && magic == MAGIC && m.index < m.count;
    while (r.left > 0 && is_whole)
        is_whole = ic_rd_u8(&r) == FILLER;
    if (!is_whole)
        return IC_ERR_INPUT;
    *mark = m;
    return IC_OK;
}
