/* VP8 payload descriptor: RFC 7741 4.2 and the frame byte behind it. */
#include "support/cmocka_all.h"
#include "support/exact.h"
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
     {.len = 1, .frame_start = true, .key_frame = true}},
    {"shortest, inter frame", {0x10, 0x51}, 1, {.len = 1, .frame_start = true}},
    {"continuation looks at no frame byte", {0x00, 0x50}, 1, {.len = 1}},
    {"start of partition 1 is no frame start", {0x11, 0x50}, 1, {.len = 1, .partition = 1}},
    {"non-reference", {0x30, 0x51}, 1, {.len = 1, .frame_start = true, .non_reference = true}},
    {"extension without fields", {0x90, 0x00, 0x51}, 2, {.len = 2, .frame_start = true}},
    {"7 bit picture id",
     {0x90, 0x80, 0x7f, 0x50},
     3,
     {.len = 3,
      .picture_id_bits = 7,
      .picture_id_offset = 2,
      .picture_id = 127,
      .frame_start = true,
      .key_frame = true}},
    {"15 bit picture id",
     {0x90, 0x80, 0xff, 0xfe, 0x51},
     4,
     {.len = 4,
      .picture_id_bits = 15,
      .picture_id_offset = 2,
      .picture_id = 0x7ffe,
      .frame_start = true}},
    {"TL0PICIDX and TID",
     {0x80, 0x60, 0x42, 0xa0, 0x00},
     4,
     {.len = 4, .tl0_offset = 2, .tl0 = 0x42, .has_tid = true, .tid = 2, .layer_sync = true}},
    {"KEYIDX without TID",
     {0x80, 0x10, 0xff, 0x00},
     3,
     {.len = 3, .has_keyidx = true, .keyidx = 31}},
    {"everything",
     {0x90, 0xf0, 0x81, 0x02, 0x07, 0x43, 0x50},
     6,
     {.len = 6,
      .picture_id_bits = 15,
      .picture_id_offset = 2,
      .picture_id = 0x102,
      .tl0_offset = 4,
      .tl0 = 7,
      .has_tid = true,
      .tid = 1,
      .has_keyidx = true,
      .keyidx = 3,
      .frame_start = true,
      .key_frame = true}},
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
    assert_int_equal(a->len, b->len);
    assert_int_equal(a->partition, b->partition);
    assert_int_equal(a->picture_id_bits, b->picture_id_bits);
    assert_int_equal(a->picture_id_offset, b->picture_id_offset);
    assert_int_equal(a->picture_id, b->picture_id);
    assert_int_equal(a->tl0_offset, b->tl0_offset);
    assert_int_equal(a->tl0, b->tl0);
    assert_int_equal(a->has_tid, b->has_tid);
    assert_int_equal(a->tid, b->tid);
    assert_int_equal(a->layer_sync, b->layer_sync);
    assert_int_equal(a->has_keyidx, b->has_keyidx);
    assert_int_equal(a->keyidx, b->keyidx);
    assert_int_equal(a->non_reference, b->non_reference);
    assert_int_equal(a->frame_start, b->frame_start);
    assert_int_equal(a->key_frame, b->key_frame);
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
            struct ic_pdesc_vp8 d = {.picture_id = 77};
            assert_int_equal(parse_copy(samples[i].bytes, len, &d), IC_ERR_INPUT);
            assert_int_equal(d.picture_id, 77);
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
            assert_true(d.len >= 1 && d.len <= IC_PDESC_VP8_MAX && d.len < len);
        }
    }
}

static void a_rewrite_changes_the_two_numbers_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        uint8_t out[IC_PDESC_VP8_MAX + 1] = {0};
        uint8_t *payload = exact_copy(s->bytes, s->desc_len + 1U);
        struct ic_pdesc_vp8 before, after;
        print_message("%s\n", s->name);
        assert_int_equal(ic_pdesc_vp8_parse(payload, s->desc_len + 1U, &before), IC_OK);
        assert_int_equal(
            ic_pdesc_vp8_rewrite(payload, s->desc_len + 1U, &before, 0x5a3c, 0xc3, out), IC_OK);
        assert_memory_equal(payload, s->bytes, s->desc_len + 1U); /* shared: never written */
        free(payload);

        out[s->desc_len] = s->bytes[s->desc_len];
        assert_int_equal(parse_copy(out, s->desc_len + 1U, &after), IC_OK);
        uint16_t mask = (uint16_t)((1U << before.picture_id_bits) - 1);
        assert_int_equal(after.picture_id, 0x5a3c & mask);
        if (before.tl0_offset != 0)
            assert_int_equal(after.tl0, 0xc3);
        after.picture_id = before.picture_id;
        after.tl0 = before.tl0;
        assert_same(&after, &before);
    }
}

static void a_rewrite_of_too_short_a_payload_is_refused(void **state)
{
    (void)state;
    const struct sample *s = &samples[SAMPLES - 1];
    struct ic_pdesc_vp8 d;
    assert_int_equal(ic_pdesc_vp8_parse(s->bytes, s->desc_len + 1U, &d), IC_OK);
    for (size_t len = 0; len < s->desc_len; len++) {
        uint8_t out[IC_PDESC_VP8_MAX] = {0xee};
        uint8_t *payload = exact_copy(s->bytes, len);
        assert_int_equal(ic_pdesc_vp8_rewrite(payload, len, &d, 1, 1, out), IC_ERR_INPUT);
        assert_int_equal(out[0], 0xee);
        free(payload);
    }
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
