/* AV1 aggregation header: RTP Payload Format For AV1 1.0, 4.4. */
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "unit/wire_pdesc.h"
#include "wire/pdesc.h"

struct sample {
    const char *name;
    uint8_t header; /* Z Y W W N - - - */
    bool is_good;
    struct ic_pdesc_av1 want;
};

static const struct sample samples[] = {
    {"a whole frame",
     0x10,
     true,
     {.common = {.len = 1, .frame_start = true, .frame_end = true}, .elements = 1}},
    {"each OBU with its length",
     0x00,
     true,
     {.common = {.len = 1, .frame_start = true, .frame_end = true}}},
    {"first packet of a sequence: header and frame, which continues",
     0x68,
     true,
     {.common = {.len = 1, .frame_start = true, .key_frame = true},
      .continues = true,
      .elements = 2,
      .sequence_start = true}},
    {"a whole key frame",
     0x28,
     true,
     {.common = {.len = 1, .frame_start = true, .frame_end = true, .key_frame = true},
      .elements = 2,
      .sequence_start = true}},
    {"inside a frame",
     0xd0,
     true,
     {.common = {.len = 1}, .is_continued = true, .continues = true, .elements = 1}},
    {"end of a frame",
     0xb0,
     true,
     {.common = {.len = 1, .frame_end = true}, .is_continued = true, .elements = 3}},
    {"reserved bits are passed over",
     0x17,
     true,
     {.common = {.len = 1, .frame_start = true, .frame_end = true}, .elements = 1}},
    {"a sequence that begins inside an OBU", 0x98, false, {.elements = 0}},
    {"the same, without end", 0xf8, false, {.elements = 0}},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static enum ic_err parse_copy(const uint8_t *bytes, size_t len, struct ic_pdesc_av1 *out)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_pdesc_av1_parse(copy, len, out);
    free(copy);
    return err;
}

static void headers_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample *s = &samples[i];
        const uint8_t bytes[] = {s->header, 0xff, 0xff}; /* what follows is not looked at */
        struct ic_pdesc_av1 d = {.elements = 77};
        print_message("%s\n", s->name);
        assert_int_equal(parse_copy(bytes, sizeof bytes, &d), s->is_good ? IC_OK : IC_ERR_INPUT);
        if (!s->is_good) {
            assert_int_equal(d.elements, 77);
            continue;
        }
        pdesc_assert_same(&d.common, &s->want.common);
        assert_int_equal(d.is_continued, s->want.is_continued);
        assert_int_equal(d.continues, s->want.continues);
        assert_int_equal(d.elements, s->want.elements);
        assert_int_equal(d.sequence_start, s->want.sequence_start);
    }
}

static void a_header_needs_something_behind_it(void **state)
{
    (void)state;
    for (unsigned header = 0; header < 256; header++) {
        const uint8_t bytes[] = {(uint8_t)header, 0};
        struct ic_pdesc_av1 d = {.elements = 77};
        for (size_t len = 0; len < 2; len++)
            assert_int_equal(parse_copy(bytes, len, &d), IC_ERR_INPUT);
        assert_int_equal(d.elements, 77);
        bool is_good = (header & 0x88) != 0x88;
        assert_int_equal(parse_copy(bytes, 2, &d), is_good ? IC_OK : IC_ERR_INPUT);
    }
}

static void there_is_nothing_to_rewrite(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x68, 1, 2, 3};
    struct ic_pdesc_av1 d;
    uint8_t out[sizeof bytes];
    assert_int_equal(parse_copy(bytes, sizeof bytes, &d), IC_OK);
    pdesc_rewritten(bytes, sizeof bytes, &d.common, 0x5a3c, 0xc3, out);
    assert_memory_equal(out, bytes, sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_follow_the_table),
        cmocka_unit_test(a_header_needs_something_behind_it),
        cmocka_unit_test(there_is_nothing_to_rewrite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
