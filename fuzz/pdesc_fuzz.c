/* room: wire */
/* VP8 descriptor. Input: PictureID (16 bits), TL0PICIDX, payload. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "wire/pdesc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The rewritten descriptor, with the frame byte behind it, says the same but for the two numbers.
 */
static void check_rewrite(const uint8_t *payload, size_t len, const struct ic_pdesc_vp8 *d,
                          uint16_t picture_id, uint8_t tl0)
{
    uint8_t desc[IC_PDESC_VP8_MAX], whole[IC_PDESC_VP8_MAX + 1];
    struct ic_pdesc_vp8 again;
    IC_ASSERT(ic_pdesc_vp8_rewrite(payload, len, d, picture_id, tl0, desc) == IC_OK);
    struct ic_rd rd = ic_rd_init(payload, len);
    struct ic_wr w = ic_wr_init(whole, sizeof whole);
    ic_rd_skip(&rd, d->len);
    ic_wr_bytes(&w, desc, d->len);
    ic_wr_u8(&w, ic_rd_u8(&rd));
    IC_ASSERT(ic_wr_ok(&w) && ic_pdesc_vp8_parse(whole, w.len, &again) == IC_OK);
    uint16_t mask = (uint16_t)((1U << d->picture_id_bits) - 1);
    IC_ASSERT(again.picture_id == (picture_id & mask));
    IC_ASSERT(d->tl0_offset == 0 ? again.tl0 == 0 : again.tl0 == tl0);
    IC_ASSERT(again.len == d->len && again.picture_id_bits == d->picture_id_bits &&
              again.tid == d->tid && again.keyidx == d->keyidx && again.key_frame == d->key_frame &&
              again.frame_start == d->frame_start);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd rd = ic_rd_init(data, size);
    uint16_t picture_id = ic_rd_u16(&rd);
    uint8_t tl0 = ic_rd_u8(&rd);
    size_t len = rd.left;
    const uint8_t *payload = ic_rd_take(&rd, len);
    struct ic_pdesc_vp8 d;
    if (!ic_rd_ok(&rd) || ic_pdesc_vp8_parse(payload, len, &d) != IC_OK)
        return 0;
    IC_ASSERT(d.len >= 1 && d.len <= IC_PDESC_VP8_MAX && d.len < len);
    IC_ASSERT(!d.key_frame || d.frame_start);
    check_rewrite(payload, len, &d, picture_id, tl0);
    return 0;
}
