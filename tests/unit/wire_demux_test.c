/* Demultiplexing of RFC 7983 and RFC 5761. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/demux.h"

static enum ic_demux expected_of(unsigned first, unsigned second)
{
    if (first <= 3)
        return IC_DEMUX_STUN;
    if (first >= 20 && first <= 63)
        return IC_DEMUX_DTLS;
    if (first >= 128 && first <= 191)
        return second >= 192 && second <= 223 ? IC_DEMUX_RTCP : IC_DEMUX_RTP;
    return IC_DEMUX_NONE;
}

static void every_pair_of_first_bytes_has_its_class(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second < 256; second++) {
            uint8_t bytes[2] = {(uint8_t)first, (uint8_t)second};
            assert_int_equal(ic_demux(bytes, 2), expected_of(first, second));
        }
    }
}

static void edges_of_the_classes(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[2];
        enum ic_demux class;
    } table[] = {
        {{0, 1}, IC_DEMUX_STUN},     {{3, 0}, IC_DEMUX_STUN},     {{4, 0}, IC_DEMUX_NONE},
        {{16, 0}, IC_DEMUX_NONE},    {{19, 0}, IC_DEMUX_NONE},    {{20, 0}, IC_DEMUX_DTLS},
        {{22, 254}, IC_DEMUX_DTLS},  {{63, 0}, IC_DEMUX_DTLS},    {{64, 0}, IC_DEMUX_NONE},
        {{79, 0}, IC_DEMUX_NONE},    {{127, 0}, IC_DEMUX_NONE},   {{128, 96}, IC_DEMUX_RTP},
        {{128, 191}, IC_DEMUX_RTP},  {{128, 192}, IC_DEMUX_RTCP}, {{128, 200}, IC_DEMUX_RTCP},
        {{129, 205}, IC_DEMUX_RTCP}, {{191, 223}, IC_DEMUX_RTCP}, {{191, 224}, IC_DEMUX_RTP},
        {{144, 239}, IC_DEMUX_RTP},  {{192, 200}, IC_DEMUX_NONE}, {{255, 255}, IC_DEMUX_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(ic_demux(table[i].bytes, 2), table[i].class);
}

static void short_datagrams_have_no_class_beyond_their_bytes(void **state)
{
    (void)state;
    uint8_t stun = 0, dtls = 22, rtp = 128;
    assert_int_equal(ic_demux(NULL, 0), IC_DEMUX_NONE);
    assert_int_equal(ic_demux(&stun, 1), IC_DEMUX_STUN);
    assert_int_equal(ic_demux(&dtls, 1), IC_DEMUX_DTLS);
    assert_int_equal(ic_demux(&rtp, 1), IC_DEMUX_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_first_bytes_has_its_class),
        cmocka_unit_test(edges_of_the_classes),
        cmocka_unit_test(short_datagrams_have_no_class_beyond_their_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
