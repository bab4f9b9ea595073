/* NTP arithmetic. */
#include "media/ntp.h"
#include "support/cmocka_all.h"

#define SECOND (INT64_C(1) << 32)

static void microseconds_round_trip(void **state)
{
    (void)state;
    static const int64_t table[] = {0,       1,        -1,        999999,
                                    1000000, -1000001, 123456789, -INT64_C(1999999999999999)};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(ic_ntp_us(ic_ntp_from_us(table[i])), table[i]);
    assert_int_equal(ic_ntp_from_us(1500000), SECOND * 3 / 2);
    assert_int_equal(ic_ntp_from_us(-500000), -SECOND / 2);
}

static void unix_time_becomes_ntp_time(void **state)
{
    (void)state;
    /* RFC 3550 4: 1970 began at 2,208,988,800 s; era 0 ends on 7 February 2036 */
    assert_int_equal(ic_ntp_at((struct ic_time){0}, 0) >> 32, 2208988800);
    assert_int_equal(ic_ntp_at((struct ic_time){500000}, 1000000),
                     (UINT64_C(2208988801) << 32) + SECOND / 2);
    assert_int_equal(ic_ntp_at((struct ic_time){0}, INT64_C(2085978496) * 1000000), 0);
}

static void differences_become_clock_ticks(void **state)
{
    (void)state;
    static const struct {
        int64_t difference, ticks;
        uint32_t rate;
    } table[] = {
        {0, 0, 90000},
        {SECOND, 90000, 90000},
        {-SECOND, -90000, 90000},
        {SECOND / 2, 24000, 48000},
        {-SECOND / 4 - SECOND, -60000, 48000},
        {SECOND / 90000, 1, 90000},
        {INT64_MAX, INT64_C(2147483648) * 90000, 90000},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(ic_ntp_ticks(table[i].difference, table[i].rate), table[i].ticks);
}

static void round_trips_follow_the_table(void **state)
{
    (void)state;
    /* RFC 3550 6.4.1, figure 2: A 0xb710:8000, LSR 0xb705:2000, DLSR 0x0005:4000 gives 6.125 s */
    static const struct {
        uint64_t now;
        uint32_t lsr, dlsr;
        bool ok;
        int64_t rtt_us;
    } table[] = {
        {UINT64_C(0xb44db71080000000), 0xb7052000, 0x00054000, true, 6125000},
        {UINT64_C(0x0000000100000000), 0, 0, false, 0},
        {UINT64_C(0x0000001000000000), 0x000f0000, 0x00010000, true, 0},
        {UINT64_C(0x0000001000000000), 0x000f0000, 0x00010001, false, 0}, /* negative */
        {UINT64_C(0x0000001000000000), 0x00060000, 0, true, 10000000},
        {UINT64_C(0x0000001000000000), 0x0005ffff, 0, false, 0}, /* above ten seconds */
        {UINT64_C(0x0000000000010000), 0xffffffff, 0, true, 31}, /* wraps */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_dur rtt = {-7};
        assert_int_equal(ic_ntp_rtt(table[i].now, table[i].lsr, table[i].dlsr, &rtt), table[i].ok);
        assert_int_equal(rtt.us, table[i].ok ? table[i].rtt_us : -7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(microseconds_round_trip),
        cmocka_unit_test(unix_time_becomes_ntp_time),
        cmocka_unit_test(differences_become_clock_ticks),
        cmocka_unit_test(round_trips_follow_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
