/* What the tests of all payload descriptors share. */
#ifndef IC_TESTS_WIRE_PDESC_H
#define IC_TESTS_WIRE_PDESC_H

#include <string.h>

#include "support/cmocka_all.h"
#include "support/exact.h"
#include "wire/pdesc.h"

static inline void pdesc_assert_same(const struct ic_pdesc *a, const struct ic_pdesc *b)
{
    assert_int_equal(a->len, b->len);
    assert_int_equal(a->head_len, b->head_len);
    assert_int_equal(a->picture_id_bits, b->picture_id_bits);
    assert_int_equal(a->picture_id_offset, b->picture_id_offset);
    assert_int_equal(a->picture_id, b->picture_id);
    assert_int_equal(a->tl0_offset, b->tl0_offset);
    assert_int_equal(a->tl0, b->tl0);
    assert_int_equal(a->tid, b->tid);
    assert_int_equal(a->sid, b->sid);
    assert_int_equal(a->frame_start, b->frame_start);
    assert_int_equal(a->frame_end, b->frame_end);
    assert_int_equal(a->key_frame, b->key_frame);
}

/* The payload as a receiver gets it: new head, old rest. The shared payload stays as it is. */
static inline void pdesc_rewritten(const uint8_t *bytes, size_t len, const struct ic_pdesc *d,
                                   uint16_t picture_id, uint8_t tl0, uint8_t *out)
{
    uint8_t head[IC_PDESC_HEAD_MAX];
    uint8_t *payload = exact_copy(bytes, len);
    assert_int_equal(ic_pdesc_rewrite(payload, len, d, picture_id, tl0, head), IC_OK);
    assert_memory_equal(payload, bytes, len);
    free(payload);
    memcpy(out, bytes, len);
    memcpy(out, head, d->head_len);
}

/* after has the numbers, cut to their widths, where before has any. Puts the old ones in, so that
 * the rest can be compared. */
static inline void pdesc_expect_numbers(struct ic_pdesc *after, const struct ic_pdesc *before,
                                        uint16_t picture_id, uint8_t tl0)
{
    uint16_t mask = (uint16_t)((1U << before->picture_id_bits) - 1);
    assert_int_equal(after->picture_id, picture_id & mask);
    assert_int_equal(after->tl0, before->tl0_offset != 0 ? tl0 : 0);
    after->picture_id = before->picture_id;
    after->tl0 = before->tl0;
}

#endif
