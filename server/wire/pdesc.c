#include "wire/pdesc.h"

#include "base/rd.h"

/* RFC 7741 4.2 */
#define VP8_EXTENDED        0x80
#define VP8_NON_REFERENCE   0x20
#define VP8_START           0x10
#define VP8_PARTITION       0x07
#define VP8_HAS_PICTURE_ID  0x80
#define VP8_HAS_TL0         0x40
#define VP8_HAS_TID         0x20
#define VP8_HAS_KEYIDX      0x10
#define VP8_LONG_PICTURE_ID 0x80
/* RFC 7741 4.3: "P: Inverse key frame flag. When set to 0, the current frame is a key frame." */
#define VP8_INTER_FRAME 0x01

/* The extension byte and what it announces; length: of the whole payload, for the offsets. */
static void read_extension(struct ic_rd *rd, size_t length, struct ic_pdesc_vp8 *d)
{
    uint8_t flags = ic_rd_u8(rd);
    if ((flags & VP8_HAS_PICTURE_ID) != 0) {
        d->picture_id_offset = (uint8_t)(length - rd->left);
        uint8_t high = ic_rd_u8(rd);
        d->picture_id_bits = (high & VP8_LONG_PICTURE_ID) != 0 ? 15 : 7;
        d->picture_id = high & 0x7f;
        if (d->picture_id_bits == 15)
            d->picture_id = (uint16_t)(d->picture_id << 8 | ic_rd_u8(rd));
    }
    if ((flags & VP8_HAS_TL0) != 0) {
        d->tl0_offset = (uint8_t)(length - rd->left);
        d->tl0 = ic_rd_u8(rd);
    }
    d->has_tid = (flags & VP8_HAS_TID) != 0;
    d->has_keyidx = (flags & VP8_HAS_KEYIDX) != 0;
    if (d->has_tid || d->has_keyidx) {
        uint8_t layer = ic_rd_u8(rd);
        d->tid = d->has_tid ? layer >> 6 : 0;
        d->layer_sync = d->has_tid && (layer & 0x20) != 0;
        d->keyidx = d->has_keyidx ? layer & 0x1f : 0;
    }
}

enum ic_err ic_pdesc_vp8_parse(const uint8_t *payload, size_t len, struct ic_pdesc_vp8 *out)
{
    struct ic_rd rd = ic_rd_init(payload, len);
    struct ic_pdesc_vp8 d = {0};
    uint8_t first = ic_rd_u8(&rd);
    if ((first & VP8_EXTENDED) != 0)
        read_extension(&rd, len, &d);
    d.len = (uint8_t)(len - rd.left);
    uint8_t frame = ic_rd_u8(&rd);
    if (!ic_rd_ok(&rd))
        return IC_ERR_INPUT;
    d.partition = first & VP8_PARTITION;
    d.non_reference = (first & VP8_NON_REFERENCE) != 0;
    d.frame_start = (first & VP8_START) != 0 && d.partition == 0;
    d.key_frame = d.frame_start && (frame & VP8_INTER_FRAME) == 0;
    *out = d;
    return IC_OK;
}

enum ic_err ic_pdesc_vp8_rewrite(const uint8_t *payload, size_t len,
                                 const struct ic_pdesc_vp8 *desc, uint16_t picture_id, uint8_t tl0,
                                 uint8_t out[static IC_PDESC_VP8_MAX])
{
    if (desc->len > len || desc->len > IC_PDESC_VP8_MAX)
        return IC_ERR_INPUT;
    struct ic_rd rd = ic_rd_init(payload, len);
    for (uint8_t i = 0; i < desc->len; i++) {
        uint8_t byte = ic_rd_u8(&rd);
        if (desc->picture_id_bits == 15 && i == desc->picture_id_offset)
            byte = (uint8_t)(VP8_LONG_PICTURE_ID | (picture_id >> 8 & 0x7f));
        else if (desc->picture_id_bits == 15 && i == desc->picture_id_offset + 1)
            byte = (uint8_t)picture_id;
        else if (desc->picture_id_bits == 7 && i == desc->picture_id_offset)
            byte = picture_id & 0x7f;
        else if (desc->tl0_offset != 0 && i == desc->tl0_offset)
            byte = tl0;
        out[i] = byte;
    }
    return IC_OK;
}
