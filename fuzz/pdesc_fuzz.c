/* room: wire */
/* Payload descriptors of all codecs. Input: PictureID (16 bits), TL0PICIDX, payload. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "wire/pdesc.h"

#define PAYLOAD_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
    uint16_t picture_id;
    uint8_t tl0;
    const uint8_t *payload;
    size_t len;
};

static void check_common(const struct ic_pdesc *d, size_t len)
{
    IC_ASSERT(d->len >= 1 && d->len < len);
    IC_ASSERT(d->head_len <= IC_PDESC_HEAD_MAX && d->head_len <= d->len);
    IC_ASSERT(!d->key_frame || d->frame_start);
}

/* The payload with another head in front. */
static void rewrite(const struct input *in, const struct ic_pdesc *d, uint8_t *out)
{
    memcpy(out, in->payload, in->len);
    IC_ASSERT(ic_pdesc_rewrite(in->payload, in->len, d, in->picture_id, in->tl0, out) == IC_OK);
}

/* The rewritten descriptor says the same but for the two numbers. */
static void check_rewritten(const struct input *in, const struct ic_pdesc *before,
                            const struct ic_pdesc *after)
{
    uint16_t mask = (uint16_t)((1U << before->picture_id_bits) - 1);
    IC_ASSERT(after->picture_id == (in->picture_id & mask));
    IC_ASSERT(after->tl0 == (before->tl0_offset == 0 ? 0 : in->tl0));
    IC_ASSERT(after->len == before->len && after->head_len == before->head_len &&
              after->picture_id_bits == before->picture_id_bits && after->tid == before->tid &&
              after->sid == before->sid && after->key_frame == before->key_frame &&
              after->frame_start == before->frame_start && after->frame_end == before->frame_end);
}

static void check_vp8(const struct input *in, uint8_t *bytes)
{
    struct ic_pdesc_vp8 d, again;
    if (ic_pdesc_vp8_parse(in->payload, in->len, &d) != IC_OK)
        return;
    check_common(&d.common, in->len);
    IC_ASSERT(d.common.len <= IC_PDESC_VP8_MAX);
    rewrite(in, &d.common, bytes);
    IC_ASSERT(ic_pdesc_vp8_parse(bytes, in->len, &again) == IC_OK);
    check_rewritten(in, &d.common, &again.common);
    IC_ASSERT(again.keyidx == d.keyidx && again.partition == d.partition);
}

static void check_vp9(const struct input *in, uint8_t *bytes)
{
    struct ic_pdesc_vp9 d, again;
    if (ic_pdesc_vp9_parse(in->payload, in->len, &d) != IC_OK)
        return;
    check_common(&d.common, in->len);
    rewrite(in, &d.common, bytes);
    IC_ASSERT(ic_pdesc_vp9_parse(bytes, in->len, &again) == IC_OK);
    check_rewritten(in, &d.common, &again.common);
    IC_ASSERT(again.flexible == d.flexible && again.has_structure == d.has_structure);
}

static void check_av1(const struct input *in)
{
    struct ic_pdesc_av1 d;
    if (ic_pdesc_av1_parse(in->payload, in->len, &d) != IC_OK)
        return;
    check_common(&d.common, in->len);
    IC_ASSERT(d.common.len == 1 && d.common.head_len == 0);
    IC_ASSERT(!d.sequence_start || !d.is_continued);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[PAYLOAD_MAX];
    struct ic_rd rd = ic_rd_init(data, size);
    struct input in = {.picture_id = ic_rd_u16(&rd), .tl0 = ic_rd_u8(&rd)};
    in.len = rd.left < PAYLOAD_MAX ? rd.left : PAYLOAD_MAX;
    in.payload = ic_rd_take(&rd, in.len);
    if (!ic_rd_ok(&rd))
        return 0;
    check_vp8(&in, bytes);
    check_vp9(&in, bytes);
    check_av1(&in);
    return 0;
}
