#include "wire/pdesc.h"

/* RFC 7741 4.2 */
#define EXTENDED       0x80
#define NON_REFERENCE  0x20
#define START          0x10
#define PARTITION      0x07
#define HAS_PICTURE_ID 0x80
#define HAS_TL0        0x40
#define HAS_TID        0x20
#define HAS_KEYIDX     0x10
/* RFC 7741 4.3: "P: Inverse key frame flag. When set to 0, the current frame is a key frame." */
#define INTER_FRAME 0x01

/* The extension byte and what it announces. */
static void read_extension(struct ic_rd *rd, size_t length, struct ic_pdesc_vp8 *d)
{
    uint8_t flags = ic_rd_u8(rd);
    if ((flags & HAS_PICTURE_ID) != 0)
        ic_pdesc_read_picture_id(rd, length, &d->common);
    if ((flags & HAS_TL0) != 0)
        ic_pdesc_read_tl0(rd, length, &d->common);
    d->has_tid = (flags & HAS_TID) != 0;
    d->has_keyidx = (flags & HAS_KEYIDX) != 0;
    if (d->has_tid || d->has_keyidx) {
        uint8_t layer = ic_rd_u8(rd);
        d->common.tid = d->has_tid ? layer >> 6 : 0;
        d->layer_sync = d->has_tid && (layer & 0x20) != 0;
        d->keyidx = d->has_keyidx ? layer & 0x1f : 0;
    }
}

enum ic_err ic_pdesc_vp8_parse(const uint8_t *payload, size_t len, struct ic_pdesc_vp8 *out)
{
    struct ic_rd rd = ic_rd_init(payload, len);
    struct ic_pdesc_vp8 d = {0};
    uint8_t first = ic_rd_u8(&rd);
    if ((first & EXTENDED) != 0)
        read_extension(&rd, len, &d);
    d.common.len = (uint16_t)(len - rd.left);
    uint8_t frame = ic_rd_u8(&rd);
    if (!ic_rd_ok(&rd))
        return IC_ERR_INPUT;
    d.partition = first & PARTITION;
    d.non_reference = (first & NON_REFERENCE) != 0;
    d.common.frame_start = (first & START) != 0 && d.partition == 0;
    d.common.key_frame = d.common.frame_start && (frame & INTER_FRAME) == 0;
    *out = d;
    return IC_OK;
}
