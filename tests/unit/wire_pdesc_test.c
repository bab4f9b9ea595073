/* VP8 payload descriptor (RFC 7741 4.2) and the frame byte behind it; rewriting of the two numbers
 * that VP8 and VP9 have in common. */
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "unit/wire_pdesc.h"
#include "wire/pdesc.h"

struct sample {
    const char *name;
    uint8_t bytes[9];
    uint8_t desc_len; /* one more byte, the frame's first, follows */
    struct ic_pdesc_vp8 want;
};

static const struct sample samples[] = {
    {"shortest, first packet of a key frame",
     {0x10, 0x50},
     1,
     {.common = {.len = 1, .frame_start = true, .key_frame = true}}},
    {"shortest, inter frame", {0x10, 0x51}, 1, {.common = {.len = 1, .frame_start = true}}},
    {"continuation looks at no frame byte", {0x00, 0x50}, 1, {.common = {.len = 1}}},
    {"start of partition 1 is no frame start",
     {0x11, 0x50},
     1,
     {.common = {.len = 1}, .partition = 1}},
    {"non-reference",
     {0x30, 0x51},
     1,
     {.common = {.len = 1, .frame_start = true}, .non_reference = true}},
    {"extension without fields",
     {0x90, 0x00, 0x51},
     2,
     {.common = {.len = 2, .frame_start = true}}},
    {"7 bit picture id",
     {0x90, 0x80, 0x7f, 0x50},
     3,
     {.common = {.len = 3,
                 .head_len = 3,
                 .picture_id_bits = 7,
                 .picture_id_offset = 2,
                 .picture_id = 127,
                 .frame_start = true,
                 .key_frame = true}}},
    {"15 bit picture id",
     {0x90, 0x80, 0xff, 0xfe, 0x51},
     4,
     {.common = {.len = 4,
                 .head_len = 4,
                 .picture_id_bits = 15,
                 .picture_id_offset = 2,
                 .picture_id = 0x7ffe,
                 .frame_start = true}}},
    {"TL0PICIDX and TID",
     {0x80, 0x60, 0x42, 0xa0, 0x00},
     4,
     {.common = {.len = 4, .head_len = 3, .tl0_offset = 2, .tl0 = 0x42, .tid = 2},
      .has_tid = true,
      .layer_sync = true}},
    {"KEYIDX without TID",
     {0x80, 0x10, 0xff, 0x00},
     3,
     {.common = {.len = 3}, .has_keyidx = true, .keyidx = 31}},
    {"everything",
     {0x90, 0xf0, 0x81, 0x02, 0x07, 0x43, 0x50},
     6,
     {.common = {.len = 6,
                 .head_len = 5,
                 .picture_id_bits = 15,
                 .picture_id_offset = 2,
                 .picture_id = 0x102,
                 .tl0_offset = 4,
                 .tl0 = 7,
                 .tid = 1,
                 .frame_start = true,
                 .key_frame = true},
      .has_tid = true,
      .has_keyidx = true,
      .keyidx = 3}},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static enum ic_err parse_copy(const uint8_t *bytes, size_t len, struct ic_pdesc_vp8 *out)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_pdesc_vp8_parse(copy, len, out);
    free(copy);
    return err;
}

static void assert_same(const struct ic_pdesc_vp8 *a, const struct ic_pdesc_vp8 *b)
{
    pdesc_assert_same(&a->common, &b->common);
    assert_int_equal(a->partition, b->partition);
    assert_int_equal(a->has_tid, b->has_tid);
    assert_int_equal(a->layer_sync, b->layer_sync);
    assert_int_equal(a->has_keyidx, b->has_keyidx);
    assert_int_equal(a->keyidx, b->keyidx);
    assert_int_equal(a->non_reference, b->non_reference);
}

static void descriptors_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ic_pdesc_vp8 d;
        print_message("%s\n", samples[i].name);
        assert_int_equal(parse_copy(samples[i].bytes, samples[i].desc_len + 1U, &d), IC_OK);
        assert_same(&d, &samples[i].want);
    }
}

static void a_descriptor_cut_at_any_byte_or_without_a_frame_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t len = 0; len <= samples[i].desc_len; len++) {
            struct ic_pdesc_vp8 d = {.common = {.picture_id = 77}};
            assert_int_equal(parse_copy(samples[i].bytes, len, &d), IC_ERR_INPUT);
            assert_int_equal(d.common.picture_id, 77);
        }
    }
}

static void every_first_pair_of_bytes_parses_within_its_length(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 65536; v++) {
        for (size_t len = 0; len <= 8; len++) {
            uint8_t bytes[8] = {(uint8_t)(v >> 8), (uint8_t)v, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
            struct ic_pdesc_vp8 d;
            if (ic_pdesc_vp8_parse(bytes, len, &d) != IC_OK)
                continue;
            assert_true(d.common.len >= 1 && d.common.len <= IC_PDESC_VP8_MAX &&
                        d.common.len < len);
            assert_true(d.common.head_len <= d.common.len);
        }
    }
}

static void a_rewrite_changes_the_two_numbers_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        uint8_t out[16];
        struct ic_pdesc_vp8 before, after;
        print_message("%s\n", s->name);
        assert_int_equal(ic_pdesc_vp8_parse(s->bytes, s->desc_len + 1U, &before), IC_OK);
        pdesc_rewritten(s->bytes, s->desc_len + 1U, &before.common, 0x5a3c, 0xc3, out);
        assert_int_equal(parse_copy(out, s->desc_len + 1U, &after), IC_OK);
        pdesc_expect_numbers(&after.common, &before.common, 0x5a3c, 0xc3);
        assert_same(&after, &before);
    }
}

static void a_rewrite_of_too_short_a_payload_is_refused(void **state)
{
    (void)state;
    const struct sample *s = &samples[SAMPLES - 1];
    struct ic_pdesc_vp8 d;
    assert_int_equal(ic_pdesc_vp8_parse(s->bytes, s->desc_len + 1U, &d), IC_OK);
    for (size_t len = 0; len < d.common.head_len; len++) {
        uint8_t out[IC_PDESC_HEAD_MAX] = {0xee};
        uint8_t *payload = exact_copy(s->bytes, len);
        assert_int_equal(ic_pdesc_rewrite(payload, len, &d.common, 1, 1, out), IC_ERR_INPUT);
        assert_int_equal(out[0], 0xee);
        free(payload);
    }
    d.common.head_len = IC_PDESC_HEAD_MAX + 1; /* no parser says so */
    uint8_t out[IC_PDESC_HEAD_MAX] = {0xee};
    assert_int_equal(ic_pdesc_rewrite(s->bytes, s->desc_len, &d.common, 1, 1, out), IC_ERR_INPUT);
    assert_int_equal(out[0], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_follow_the_table),
        cmocka_unit_test(a_descriptor_cut_at_any_byte_or_without_a_frame_is_refused),
        cmocka_unit_test(every_first_pair_of_bytes_parses_within_its_length),
        cmocka_unit_test(a_rewrite_changes_the_two_numbers_and_nothing_else),
        cmocka_unit_test(a_rewrite_of_too_short_a_payload_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
