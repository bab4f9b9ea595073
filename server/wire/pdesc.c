#include "wire/pdesc.h"

#define LONG_PICTURE_ID 0x80 /* M: 15 bits follow, not 7 */

void ic_pdesc_read_picture_id(struct ic_rd *rd, size_t length, struct ic_pdesc *d)
{
    d->picture_id_offset = (uint8_t)(length - rd->left);
    uint8_t high = ic_rd_u8(rd);
    d->picture_id_bits = (high & LONG_PICTURE_ID) != 0 ? 15 : 7;
    d->picture_id = high & 0x7f;
    if (d->picture_id_bits == 15)
        d->picture_id = (uint16_t)(d->picture_id << 8 | ic_rd_u8(rd));
    d->head_len = (uint8_t)(length - rd->left);
}

void ic_pdesc_read_tl0(struct ic_rd *rd, size_t length, struct ic_pdesc *d)
{
    d->tl0_offset = (uint8_t)(length - rd->left);
    d->tl0 = ic_rd_u8(rd);
    d->head_len = (uint8_t)(length - rd->left);
}

enum ic_err ic_pdesc_rewrite(const uint8_t *payload, size_t len, const struct ic_pdesc *desc,
                             uint16_t picture_id, uint8_t tl0,
                             uint8_t out[static IC_PDESC_HEAD_MAX])
{
    struct ic_rd rd = ic_rd_init(payload, len);
    const uint8_t *head = ic_rd_take(&rd, desc->head_len);
    uint8_t at = desc->picture_id_offset;
    if (!ic_rd_ok(&rd) || desc->head_len > IC_PDESC_HEAD_MAX || at + 1 >= IC_PDESC_HEAD_MAX ||
        desc->tl0_offset >= IC_PDESC_HEAD_MAX)
        return IC_ERR_INPUT;
    for (uint8_t i = 0; i < desc->head_len; i++)
        out[i] = head[i];
    if (desc->picture_id_bits == 15) {
        out[at] = (uint8_t)(LONG_PICTURE_ID | (picture_id >> 8 & 0x7f));
        out[at + 1] = (uint8_t)picture_id;
    } else if (desc->picture_id_bits == 7) {
        out[at] = picture_id & 0x7f;
    }
    if (desc->tl0_offset != 0)
        out[desc->tl0_offset] = tl0;
    return IC_OK;
}
