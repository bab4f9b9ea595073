#include "support/cmocka_all.h"

#include "sfu/payload_types.h"

static const struct ic_section section = {
    .kind = IC_KIND_VIDEO,
    .codecs = {{IC_CODEC_AV1, 45, 46}, {IC_CODEC_VP8, 96, 97}, {IC_CODEC_VP9, 98, 0}},
    .codec_count = 3,
};

static void every_number_leads_to_its_codec_and_no_other_does(void **state)
{
    (void)state;
    struct ic_payload_types types = ic_payload_types_of(&section);
    for (unsigned pt = 0; pt < 256; pt++) {
        bool rtx;
        enum ic_codec expected = pt == 45 || pt == 46   ? IC_CODEC_AV1
                                 : pt == 96 || pt == 97 ? IC_CODEC_VP8
                                 : pt == 98             ? IC_CODEC_VP9
                                                        : IC_CODEC_NONE;
        assert_int_equal(ic_payload_types_codec(&types, (uint8_t)pt, &rtx), expected);
        if (expected != IC_CODEC_NONE)
            assert_int_equal(rtx, pt == 46 || pt == 97);
    }
}

static void a_codec_that_is_not_there_has_no_number(void **state)
{
    (void)state;
    struct ic_payload_types types = ic_payload_types_of(&section);
    assert_int_equal(types.media[IC_CODEC_OPUS], 0);
    assert_int_equal(types.media[IC_CODEC_VP9], 98);
    assert_int_equal(types.rtx[IC_CODEC_VP9], 0);
    assert_true(ic_payload_types_has_rtx(&types));
    struct ic_section sound = {.codecs = {{IC_CODEC_OPUS, 111, 0}}, .codec_count = 1};
    types = ic_payload_types_of(&sound);
    assert_false(ic_payload_types_has_rtx(&types));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_leads_to_its_codec_and_no_other_does),
        cmocka_unit_test(a_codec_that_is_not_there_has_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
