#include "sim/mark.h"

#include "wire/pdesc.h"

#define MAGIC  0x4943414dU
#define FILLER 0xa5

static void write_descriptor(struct ic_wr *w, const struct ic_mark *mark)
{
    ic_wr_u8(w, mark->index == 0 ? 0x90 : 0x80); /* X, and S at the start of the frame */
    ic_wr_u8(w, 0xe0);                           /* I, L, T */
    ic_wr_u16(w, (uint16_t)(0x8000 | mark->picture_id));
    ic_wr_u8(w, mark->tl0);
    ic_wr_u8(w, 0);
    ic_wr_u8(w, mark->key ? 0x10 : 0x11); /* lowest bit clear: key frame */
}

void ic_mark_write(struct ic_wr *w, const struct ic_mark *mark, size_t len)
{
    size_t start = w->len;
    if (mark->kind == IC_KIND_VIDEO)
        write_descriptor(w, mark);
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

enum ic_err ic_mark_parse(const uint8_t *payload, size_t len, enum ic_kind kind,
                          struct ic_mark *mark, uint16_t *picture_id, uint8_t *tl0)
{
    struct ic_rd r = ic_rd_init(payload, len);
    struct ic_mark m = {.kind = kind};
    *picture_id = 0;
    *tl0 = 0;
    if (kind == IC_KIND_VIDEO) {
        struct ic_pdesc_vp8 desc;
        if (ic_pdesc_vp8_parse(payload, len, &desc) != IC_OK)
            return IC_ERR_INPUT;
        *picture_id = desc.picture_id;
        *tl0 = desc.tl0;
        ic_rd_skip(&r, (size_t)desc.len + 1);
    }
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
