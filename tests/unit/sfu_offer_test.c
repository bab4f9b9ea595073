#include "support/cmocka_all.h"

#include "sfu/offer.h"
#include "unit/sfu_offer.h"

#define CAMERA 1
#define AUDIO  2  /* first slot */
#define VIDEO  11 /* first slot */

static void a_browsers_offer_is_fit(void **state)
{
    (void)state;
    struct ic_client_transport o = test_offer();
    assert_true(ic_offer_is_fit(&o));
    o.section_count = 1; /* one who only speaks */
    assert_true(ic_offer_is_fit(&o));
    o = test_offer();
    o.sections[CAMERA].codecs[0].rtx_payload_type = 0; /* without retransmission */
    assert_true(ic_offer_is_fit(&o));
}

static void short_ufrag(struct ic_client_transport *o)
{
    o->ufrag[3] = '\0';
}
static void short_pwd(struct ic_client_transport *o)
{
    o->pwd[21] = '\0';
}
static void endless_pwd(struct ic_client_transport *o)
{
    memset(o->pwd, 'x', sizeof o->pwd);
}
static void no_sections(struct ic_client_transport *o)
{
    o->section_count = 0;
}
static void too_many_sections(struct ic_client_transport *o)
{
    o->section_count = IC_SECTIONS_MAX + 1;
}
static void ten_audio_slots(struct ic_client_transport *o)
{
    test_offer_add(o, IC_KIND_AUDIO, IC_DIRECTION_RECEIVE);
}
static void ten_video_slots(struct ic_client_transport *o)
{
    test_offer_add(o, IC_KIND_VIDEO, IC_DIRECTION_RECEIVE);
}
static void two_cameras(struct ic_client_transport *o)
{
    test_offer_add(o, IC_KIND_VIDEO, IC_DIRECTION_SEND);
}
static void empty_mid(struct ic_client_transport *o)
{
    o->sections[AUDIO].mid[0] = '\0';
}
static void endless_mid(struct ic_client_transport *o)
{
    memset(o->sections[AUDIO].mid, 'x', sizeof o->sections[AUDIO].mid);
}
static void same_mid(struct ic_client_transport *o)
{
    memcpy(o->sections[VIDEO].mid, o->sections[AUDIO].mid, sizeof o->sections[VIDEO].mid);
}
static void no_codec(struct ic_client_transport *o)
{
    o->sections[VIDEO].codec_count = 0;
}
static void too_many_codecs(struct ic_client_transport *o)
{
    o->sections[VIDEO].codec_count = IC_CODECS_PER_SECTION_MAX + 1;
}
static void foreign_codec(struct ic_client_transport *o)
{
    o->sections[VIDEO].codecs[0].codec = IC_CODEC_NONE;
}
static void codec_of_the_other_kind(struct ic_client_transport *o)
{
    o->sections[VIDEO].codecs[0].codec = IC_CODEC_OPUS;
}
static void video_codec_for_sound(struct ic_client_transport *o)
{
    o->sections[AUDIO].codecs[0].codec = IC_CODEC_VP9;
}
static void codec_beyond_the_list(struct ic_client_transport *o)
{
    o->sections[VIDEO].codecs[0].codec = (enum ic_codec)IC_CODECS;
}
static void one_codec_twice(struct ic_client_transport *o)
{
    struct ic_section *s = &o->sections[VIDEO];
    s->codecs[s->codec_count++] = (struct ic_codec_map){IC_CODEC_VP8, 100, 101};
}
static void two_codecs_under_one_payload_type(struct ic_client_transport *o)
{
    struct ic_section *s = &o->sections[VIDEO];
    s->codecs[s->codec_count++] = (struct ic_codec_map){IC_CODEC_VP9, 96, 0};
}
static void two_codecs_with_one_rtx(struct ic_client_transport *o)
{
    struct ic_section *s = &o->sections[VIDEO];
    s->codecs[s->codec_count++] = (struct ic_codec_map){IC_CODEC_AV1, 45, 97};
}
static void no_payload_type(struct ic_client_transport *o)
{
    o->sections[VIDEO].codecs[0].payload_type = 0;
}
static void payload_type_beyond_seven_bits(struct ic_client_transport *o)
{
    o->sections[VIDEO].codecs[0].payload_type = 128;
}
static void payload_type_that_looks_like_rtcp(struct ic_client_transport *o)
{
    o->sections[CAMERA].codecs[0].payload_type = 72;
}
static void payload_type_with_two_meanings(struct ic_client_transport *o)
{
    o->sections[AUDIO].codecs[0].payload_type = 96;
}
static void rtx_under_the_same_payload_type(struct ic_client_transport *o)
{
    o->sections[CAMERA].codecs[0].rtx_payload_type = 96;
}
static void sender_without_mid(struct ic_client_transport *o)
{
    o->sections[CAMERA].extensions.mid = 0;
}
static void mid_under_two_numbers(struct ic_client_transport *o)
{
    o->sections[CAMERA].extensions.mid = 5;
}
static void transport_cc_under_two_numbers(struct ic_client_transport *o)
{
    o->sections[CAMERA].extensions.transport_cc = 6;
}
static void two_extensions_under_one_number(struct ic_client_transport *o)
{
    o->sections[AUDIO].extensions.transport_cc = 4;
}
static void extension_beyond_the_short_form(struct ic_client_transport *o)
{
    o->sections[AUDIO].extensions.rid = 15;
}
static void microphone_that_sends_pictures(struct ic_client_transport *o)
{
    o->sections[CAMERA].source = IC_SOURCE_MICROPHONE;
}
static void several_encodings(struct ic_client_transport *o)
{
    o->sections[CAMERA].rid_count = 3;
}

static void what_contradicts_itself_is_unfit(void **state)
{
    (void)state;
    static void (*const changes[])(struct ic_client_transport *) = {
        short_ufrag,
        short_pwd,
        endless_pwd,
        no_sections,
        too_many_sections,
        ten_audio_slots,
        ten_video_slots,
        two_cameras,
        empty_mid,
        endless_mid,
        same_mid,
        no_codec,
        too_many_codecs,
        foreign_codec,
        codec_of_the_other_kind,
        video_codec_for_sound,
        codec_beyond_the_list,
        one_codec_twice,
        two_codecs_under_one_payload_type,
        two_codecs_with_one_rtx,
        no_payload_type,
        payload_type_beyond_seven_bits,
        payload_type_that_looks_like_rtcp,
        payload_type_with_two_meanings,
        rtx_under_the_same_payload_type,
        sender_without_mid,
        mid_under_two_numbers,
        transport_cc_under_two_numbers,
        two_extensions_under_one_number,
        extension_beyond_the_short_form,
        microphone_that_sends_pictures,
        several_encodings,
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct ic_client_transport o = test_offer();
        changes[i](&o);
        if (ic_offer_is_fit(&o))
            fail_msg("change %zu was taken", i);
    }
}

static void one_numbering_for_the_whole_transport(void **state)
{
    (void)state;
    struct ic_client_transport o = test_offer();
    o.sections[0].extensions.transport_cc = 0; /* only the camera has it */
    assert_true(ic_offer_is_fit(&o));
    struct ic_hdrext_ids ids = ic_offer_extension_ids(&o);
    assert_int_equal(ids.mid, 4);
    assert_int_equal(ids.transport_cc, 3);
    assert_int_equal(ids.rid, 0);
}

static void a_section_may_have_all_three_codecs(void **state)
{
    (void)state;
    struct ic_client_transport o = test_offer();
    for (size_t i = 0; i < o.section_count; i++) {
        struct ic_section *s = &o.sections[i];
        if (s->kind != IC_KIND_VIDEO)
            continue;
        s->codecs[s->codec_count++] = (struct ic_codec_map){IC_CODEC_VP9, 98, 99};
        s->codecs[s->codec_count++] = (struct ic_codec_map){IC_CODEC_AV1, 45, 0};
    }
    assert_true(ic_offer_is_fit(&o));
    o.sections[VIDEO].codecs[2].payload_type = 47; /* another number for the same: allowed */
    assert_true(ic_offer_is_fit(&o));
    o.sections[VIDEO].codecs[2].payload_type = 99; /* what is RTX elsewhere: not */
    assert_false(ic_offer_is_fit(&o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_browsers_offer_is_fit),
        cmocka_unit_test(what_contradicts_itself_is_unfit),
        cmocka_unit_test(one_numbering_for_the_whole_transport),
        cmocka_unit_test(a_section_may_have_all_three_codecs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
