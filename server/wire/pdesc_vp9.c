#include "wire/pdesc.h"

/* RFC 9628 4.2 */
#define HAS_PICTURE_ID 0x80 /* I */
#define INTER_PICTURE  0x40 /* P */
#define HAS_LAYERS     0x20 /* L */
#define FLEXIBLE       0x10 /* F */
#define FRAME_START    0x08 /* B */
#define FRAME_END      0x04 /* E */
#define HAS_STRUCTURE  0x02 /* V */
#define NOT_FOR_UPPER  0x01 /* Z */

#define REFERENCES_MAX 3 /* P_DIFF: "up to 3 times" */
#define REFERENCE_MORE 0x01

/* TID, U, SID, D; in non-flexible mode TL0PICIDX follows. */
static void read_layers(struct ic_rd *rd, size_t length, struct ic_pdesc_vp9 *d)
{
    uint8_t layer = ic_rd_u8(rd);
    d->common.tid = layer >> 5;
    d->switch_up = (layer & 0x10) != 0;
    d->common.sid = layer >> 1 & 0x07;
    d->inter_layer = (layer & 0x01) != 0;
    if (!d->flexible)
        ic_pdesc_read_tl0(rd, length, &d->common);
}

/* The reference indices of flexible mode. False: more than there may be. */
static bool skip_references(struct ic_rd *rd)
{
    for (int i = 0; i < REFERENCES_MAX; i++)
        if ((ic_rd_u8(rd) & REFERENCE_MORE) == 0)
            return true;
    return false;
}

/* RFC 9628 4.2.1: N_S, Y, G; WIDTH and HEIGHT of each of the N_S + 1 layers; N_G pictures with R
 * reference indices each. */
static void skip_structure(struct ic_rd *rd)
{
    uint8_t flags = ic_rd_u8(rd);
    size_t layers = (size_t)(flags >> 5) + 1;
    if ((flags & 0x10) != 0)
        ic_rd_skip(rd, layers * 4);
    uint8_t pictures = (flags & 0x08) != 0 ? ic_rd_u8(rd) : 0;
    for (uint8_t i = 0; i < pictures && ic_rd_ok(rd); i++)
        ic_rd_skip(rd, ic_rd_u8(rd) >> 2 & 0x03);
}

enum ic_err ic_pdesc_vp9_parse(const uint8_t *payload, size_t len, struct ic_pdesc_vp9 *out)
{
    struct ic_rd rd = ic_rd_init(payload, len);
    struct ic_pdesc_vp9 d = {0};
    bool is_sound = true;
    uint8_t first = ic_rd_u8(&rd);
    d.inter_picture = (first & INTER_PICTURE) != 0;
    d.flexible = (first & FLEXIBLE) != 0;
    d.has_layers = (first & HAS_LAYERS) != 0;
    d.has_structure = (first & HAS_STRUCTURE) != 0;
    d.not_for_upper = (first & NOT_FOR_UPPER) != 0;
    if ((first & HAS_PICTURE_ID) != 0)
        ic_pdesc_read_picture_id(&rd, len, &d.common);
    if (d.has_layers)
        read_layers(&rd, len, &d);
    if (d.flexible && d.inter_picture)
        is_sound = skip_references(&rd);
    if (d.has_structure)
        skip_structure(&rd);
    d.common.len = (uint16_t)(len - rd.left);
    ic_rd_skip(&rd, 1); /* there must be something of the frame */
    /* Flexible mode names its references by their distance in PictureIDs, so it has them. */
    if (d.flexible && d.common.picture_id_bits == 0)
        is_sound = false;
    if (!ic_rd_ok(&rd) || !is_sound)
        return IC_ERR_INPUT;
    d.common.frame_start = (first & FRAME_START) != 0;
    d.common.frame_end = (first & FRAME_END) != 0;
    d.common.key_frame = d.common.frame_start && !d.inter_picture && d.common.sid == 0;
    *out = d;
    return IC_OK;
}
