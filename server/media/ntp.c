#include "media/ntp.h"

/* RFC 3550 4: NTP seconds are relative to 0h UTC on 1 January 1900; Unix begins in 1970. */
#define UNIX_EPOCH_S UINT64_C(2208988800)
#define ONE_SECOND   INT64_C(0x100000000)
#define RTT_MAX_S    10

int64_t ic_ntp_us(int64_t difference)
{
    int64_t seconds = difference / ONE_SECOND;
    int64_t rest = difference % ONE_SECOND;
    int64_t half = rest < 0 ? -ONE_SECOND / 2 : ONE_SECOND / 2;
    return seconds * 1000000 + (rest * 1000000 + half) / ONE_SECOND;
}

int64_t ic_ntp_from_us(int64_t us)
{
    int64_t seconds = us / 1000000;
    int64_t rest = us % 1000000;
    int64_t fraction = (rest * ONE_SECOND + (rest < 0 ? -500000 : 500000)) / 1000000;
    return (int64_t)((uint64_t)seconds * (uint64_t)ONE_SECOND + (uint64_t)fraction);
}

uint64_t ic_ntp_at(struct ic_time now, int64_t ntp_offset_us)
{
    return (UNIX_EPOCH_S << 32) + (uint64_t)ic_ntp_from_us(now.us + ntp_offset_us);
}

int64_t ic_ntp_ticks(int64_t difference, uint32_t clock_rate)
{
    int64_t seconds = difference / ONE_SECOND;
    int64_t rest = difference % ONE_SECOND;
    int64_t half = rest < 0 ? -ONE_SECOND / 2 : ONE_SECOND / 2;
    return seconds * clock_rate + (rest * clock_rate + half) / ONE_SECOND;
}

bool ic_ntp_rtt(uint64_t now, uint32_t lsr, uint32_t dlsr, struct ic_dur *rtt)
{
    uint32_t units = ic_ntp_middle(now) - lsr - dlsr; /* 1/65536 s; a negative one is huge */
    if (lsr == 0 || units > RTT_MAX_S * 65536U)
        return false;
    *rtt = IC_US(((int64_t)units * 1000000 + 32768) / 65536);
    return true;
}
