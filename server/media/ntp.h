/* NTP timestamps as RTCP has them: 32.32 fixed point seconds since 1900 (RFC 3550 4), on the
 * server's clock: loop time plus a constant offset to wall time, so that it never steps. */
#ifndef IC_MEDIA_NTP_H
#define IC_MEDIA_NTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/* Server NTP at now; ntp_offset_us: wall clock (Unix) minus loop clock. */
uint64_t ic_ntp_at(struct ic_time now, int64_t ntp_offset_us);
/* A signed 32.32 difference in microseconds, rounded to nearest. */
int64_t ic_ntp_us(int64_t difference);
/* Microseconds as a signed 32.32 difference. */
int64_t ic_ntp_from_us(int64_t us);
/* A signed 32.32 difference in ticks of an RTP clock, rounded to nearest. */
int64_t ic_ntp_ticks(int64_t difference, uint32_t clock_rate);

/* The middle 32 bits: LSR of a report block. */
static inline uint32_t ic_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

/* Round trip from a report block about a stream of ours (RFC 3550 6.4.1).
 *  now   server NTP at which the block came
 *  lsr, dlsr  of the block
 * False when lsr is 0 or the result is negative or above 10 s: a lie or an old report. */
bool ic_ntp_rtt(uint64_t now, uint32_t lsr, uint32_t dlsr, struct ic_dur *rtt);

#endif
