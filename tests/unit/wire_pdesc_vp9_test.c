/* VP9 payload descriptor: RFC 9628 4.2. */
#include "base/wr.h"
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "unit/wire_pdesc.h"
#include "wire/pdesc.h"

struct sample {
    const char *name;
    uint8_t bytes[32];
    uint8_t desc_len; /* one more byte follows */
    struct ic_pdesc_vp9 want;
};

static const struct sample samples[] = {
    /* I P L F B E V Z */
    {"shortest, inside a frame that refers to others",
     {0x40, 0xaa},
     1,
     {.common = {.len = 1}, .inter_picture = true}},
    {"shortest, a whole key frame",
     {0x0c, 0xaa},
     1,
     {.common = {.len = 1, .frame_start = true, .frame_end = true, .key_frame = true}}},
    {"inside a key frame: no start, no switch", {0x00, 0xaa}, 1, {.common = {.len = 1}}},
    {"7 bit picture id, no reference for upper layers",
     {0xc9, 0x7f, 0xaa},
     2,
     {.common = {.len = 2,
                 .head_len = 2,
                 .picture_id_bits = 7,
                 .picture_id_offset = 1,
                 .picture_id = 127,
                 .frame_start = true},
      .inter_picture = true,
      .not_for_upper = true}},
    {"15 bit picture id",
     {0xc4, 0xff, 0xfe, 0xaa},
     3,
     {.common = {.len = 3,
                 .head_len = 3,
                 .picture_id_bits = 15,
                 .picture_id_offset = 1,
                 .picture_id = 0x7ffe,
                 .frame_end = true},
      .inter_picture = true}},
    {"layers with TL0PICIDX, no picture id",
     {0x68, 0x50, 0x42, 0xaa},
     3,
     {.common =
          {.len = 3, .head_len = 3, .tl0_offset = 2, .tl0 = 0x42, .tid = 2, .frame_start = true},
      .inter_picture = true,
      .has_layers = true,
      .switch_up = true}},
    {"an upper layer without inter-picture prediction is no key frame",
     {0x28, 0x03, 0x42, 0xaa},
     3,
     {.common =
          {.len = 3, .head_len = 3, .tl0_offset = 2, .tl0 = 0x42, .sid = 1, .frame_start = true},
      .has_layers = true,
      .inter_layer = true}},
    {"the layer below, SID 0, is",
     {0x28, 0x00, 0x42, 0xaa},
     3,
     {.common = {.len = 3,
                 .head_len = 3,
                 .tl0_offset = 2,
                 .tl0 = 0x42,
                 .frame_start = true,
                 .key_frame = true},
      .has_layers = true}},
    {"flexible mode has no TL0PICIDX",
     {0xbc, 0x81, 0x02, 0x00, 0xaa},
     4,
     {.common = {.len = 4,
                 .head_len = 3,
                 .picture_id_bits = 15,
                 .picture_id_offset = 1,
                 .picture_id = 0x102,
                 .frame_start = true,
                 .frame_end = true,
                 .key_frame = true},
      .has_layers = true,
      .flexible = true}},
    {"flexible mode, one reference",
     {0xf8, 0x05, 0x20, 0x02, 0xaa},
     4,
     {.common = {.len = 4,
                 .head_len = 2,
                 .picture_id_bits = 7,
                 .picture_id_offset = 1,
                 .picture_id = 5,
                 .tid = 1,
                 .frame_start = true},
      .has_layers = true,
      .inter_picture = true,
      .flexible = true}},
    {"flexible mode, three references, no layers",
     {0xd8, 0x05, 0x03, 0x05, 0x06, 0xaa},
     5,
     {.common = {.len = 5,
                 .head_len = 2,
                 .picture_id_bits = 7,
                 .picture_id_offset = 1,
                 .picture_id = 5,
                 .frame_start = true},
      .inter_picture = true,
      .flexible = true}},
    {"a scalability structure without anything",
     {0x0a, 0xe0, 0xaa},
     2,
     {.common = {.len = 2, .frame_start = true, .key_frame = true}, .has_structure = true}},
    {"a structure with a group of no pictures",
     {0x0a, 0x08, 0x00, 0xaa},
     3,
     {.common = {.len = 3, .frame_start = true, .key_frame = true}, .has_structure = true}},
    {"sizes of two layers, and a group of three pictures",
     {0xaa, 0x81, 0x02, 0x00, 0x07, 0x38, 0x02, 0x80, 0x01, 0x68, 0x05, 0x00,
      0x02, 0xd0, 0x03, 0x04, 0x01, 0x4c, 0x01, 0x02, 0x03, 0x00, 0xaa},
     22,
     {.common = {.len = 22,
                 .head_len = 5,
                 .picture_id_bits = 15,
                 .picture_id_offset = 1,
                 .picture_id = 0x102,
                 .tl0_offset = 4,
                 .tl0 = 7,
                 .frame_start = true,
                 .key_frame = true},
      .has_layers = true,
      .has_structure = true}},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static enum ic_err parse_copy(const uint8_t *bytes, size_t len, struct ic_pdesc_vp9 *out)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_pdesc_vp9_parse(copy, len, out);
    free(copy);
    return err;
}

static void assert_same(const struct ic_pdesc_vp9 *a, const struct ic_pdesc_vp9 *b)
{
    pdesc_assert_same(&a->common, &b->common);
    assert_int_equal(a->inter_picture, b->inter_picture);
    assert_int_equal(a->flexible, b->flexible);
    assert_int_equal(a->has_layers, b->has_layers);
    assert_int_equal(a->has_structure, b->has_structure);
    assert_int_equal(a->switch_up, b->switch_up);
    assert_int_equal(a->inter_layer, b->inter_layer);
    assert_int_equal(a->not_for_upper, b->not_for_upper);
}

static void descriptors_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct ic_pdesc_vp9 d;
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
            struct ic_pdesc_vp9 d = {.common = {.picture_id = 77}};
            assert_int_equal(parse_copy(samples[i].bytes, len, &d), IC_ERR_INPUT);
            assert_int_equal(d.common.picture_id, 77);
        }
    }
}

static void what_contradicts_itself_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[8];
    } table[] = {
        {"flexible mode without picture ids", {0x1c, 0xaa, 0xaa}},
        {"flexible mode without picture ids, with references", {0x58, 0x02, 0xaa}},
        {"four references", {0xd8, 0x05, 0x03, 0x03, 0x03, 0x02, 0xaa}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_pdesc_vp9 d;
        print_message("%s\n", table[i].name);
        assert_int_equal(parse_copy(table[i].bytes, sizeof table[i].bytes, &d), IC_ERR_INPUT);
    }
}

/* The largest structure: 8 layers with sizes, 255 pictures with 3 references each. */
static void the_longest_descriptor_is_passed_over(void **state)
{
    (void)state;
    static uint8_t bytes[2000];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_pdesc_vp9 d;
    ic_wr_u8(&w, 0xba);
    ic_wr_u16(&w, 0x8001);
    ic_wr_u8(&w, 0);
    ic_wr_u8(&w, 0xf8);
    for (int i = 0; i < 8; i++)
        ic_wr_u32(&w, 0xffffffff);
    ic_wr_u8(&w, 255);
    for (int i = 0; i < 255; i++)
        ic_wr_u32(&w, 0x0effffff);
    size_t len = w.len;
    assert_int_equal(len, 4 + 1 + 32 + 1 + 255 * 4);
    ic_wr_u8(&w, 0xaa);
    assert_int_equal(parse_copy(bytes, w.len, &d), IC_OK);
    assert_int_equal(d.common.len, len);
    for (size_t cut = 0; cut < w.len; cut++)
        assert_int_equal(parse_copy(bytes, cut, &d), IC_ERR_INPUT);
}

static void every_first_pair_of_bytes_parses_within_its_length(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 65536; v++) {
        for (size_t len = 0; len <= 24; len++) {
            uint8_t bytes[24] = {(uint8_t)(v >> 8), (uint8_t)v, 0xff, 0x0a, 0xff, 0x08, 2, 4};
            struct ic_pdesc_vp9 d;
            if (ic_pdesc_vp9_parse(bytes, len, &d) != IC_OK)
                continue;
            assert_true(d.common.len >= 1 && d.common.len < len);
            assert_true(d.common.head_len <= IC_PDESC_HEAD_MAX);
            assert_true(d.common.head_len <= d.common.len);
            assert_true(!d.common.key_frame || d.common.frame_start);
        }
    }
}

static void a_rewrite_changes_the_two_numbers_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        uint8_t out[sizeof s->bytes];
        struct ic_pdesc_vp9 before, after;
        print_message("%s\n", s->name);
        assert_int_equal(ic_pdesc_vp9_parse(s->bytes, s->desc_len + 1U, &before), IC_OK);
        pdesc_rewritten(s->bytes, s->desc_len + 1U, &before.common, 0x5a3c, 0xc3, out);
        assert_int_equal(parse_copy(out, s->desc_len + 1U, &after), IC_OK);
        pdesc_expect_numbers(&after.common, &before.common, 0x5a3c, 0xc3);
        assert_same(&after, &before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptors_follow_the_table),
        cmocka_unit_test(a_descriptor_cut_at_any_byte_or_without_a_frame_is_refused),
        cmocka_unit_test(what_contradicts_itself_is_refused),
        cmocka_unit_test(the_longest_descriptor_is_passed_over),
        cmocka_unit_test(every_first_pair_of_bytes_parses_within_its_length),
        cmocka_unit_test(a_rewrite_changes_the_two_numbers_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
