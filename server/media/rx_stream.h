/* One received media stream (SSRC) of a publisher: what arrived, what is missing and asked for
 * again, and what the reports say (RFC 3550 6.4.1, A.3, A.8; RFC 4585 6.2.1). Sequence numbers are
 * extended, as SRTP gives them. A missing packet is asked for when IC_RX_REORDER packets or
 * IC_RX_REORDER_MS have passed it, again after each round trip, and given up after
 * IC_RTX_WINDOW_MS; then the stream needs a key frame. Timers: next NACK, next giving up. */
#ifndef IC_MEDIA_RX_STREAM_H
#define IC_MEDIA_RX_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "media/media_packet.h"
#include "wire/rtcp.h"

#define IC_RX_HISTORY        2048 /* numbers up to the highest that are known; 64 divides it */
#define IC_RX_REORDER        3
#define IC_RX_REORDER_MS     10
#define IC_RX_RETRY_MIN_MS   20
#define IC_RX_RTT_DEFAULT_MS 100

struct ic_rx_missing {
    uint64_t ext_seq;
    struct ic_time since;
    struct ic_time next; /* when to ask (again) */
    uint8_t tries;
};

struct ic_rx_stream {
    uint32_t ssrc;
    uint32_t clock_rate;
    bool nack; /* ask for what is missing */
    bool started;
    bool has_sr;

    uint64_t highest;                 /* extended sequence */
    uint64_t lost_end, key_frame_end; /* behind the newest given up, the newest key frame start */
    uint64_t base;                    /* first of the stream (RFC 3550 A.1 base_seq) */
    uint64_t received, expected_prior, received_prior;
    uint64_t skipped; /* numbers jumped over by a new start: not expected */
    uint64_t octets;
    uint64_t seen[IC_RX_HISTORY / 64]; /* ring of bits by sequence */

    uint32_t transit;   /* RFC 3550 A.8: arrival minus timestamp, modulo 2^32 ticks */
    uint32_t jitter_q4; /* 1/16 ticks */

    uint64_t sr_ntp; /* last sender report */
    uint32_t sr_rtp_ts;
    uint64_t sr_arrived_ntp; /* server NTP */

    struct ic_dur rtt;
    uint64_t nacked, recovered, given_up, duplicates; /* statistics */

    uint32_t missing_count;
    struct ic_rx_missing missing[IC_RX_MISSING_MAX]; /* oldest number first; most of the struct */
};

/*  clock_rate  of the codec, > 0 (asserted)
 *  nack        ask for missing packets (video) */
void ic_rx_stream_init(struct ic_rx_stream *s, uint32_t ssrc, uint32_t clock_rate, bool nack);

/* A packet was authenticated and described. One that came by the RTX stream is not counted as
 * received: the report is about the media SSRC.
 *  now        loop time; must not run backwards
 *  recovered  it came by the RTX stream
 *  IC_ERR_REPLAY  seen before, or too old to know: do not forward, count */
IC_NODISCARD enum ic_err ic_rx_stream_input(struct ic_rx_stream *s, struct ic_time now,
                                            const struct ic_media_packet *packet, bool recovered);
/* Highest extended sequence so far; 0 before the first packet. */
uint64_t ic_rx_stream_highest(const struct ic_rx_stream *s);

/* Numbers to ask for now, oldest first, at most cap of them; each is then waiting for its answer.
 * Call when the deadline is reached (or after each turn); 0: none due. Cost: O(missing). */
size_t ic_rx_stream_take_nacks(struct ic_rx_stream *s, struct ic_time now, uint16_t *seqs,
                               size_t cap);
/* When to call ic_rx_stream_take_nacks next; IC_NEVER when nothing is missing. */
struct ic_time ic_rx_stream_deadline(const struct ic_rx_stream *s);

/* A packet is lost for good since the last key frame: ask for one (through the pli_gate). Stays
 * true until one starts. */
bool ic_rx_stream_needs_key_frame(const struct ic_rx_stream *s);

/* Round trip to the publisher (ic_ntp_rtt). */
void ic_rx_stream_set_rtt(struct ic_rx_stream *s, struct ic_dur rtt);

/* The publisher's sender report for this SSRC came.
 *  server_ntp  server clock at its arrival */
void ic_rx_stream_on_sr(struct ic_rx_stream *s, uint64_t server_ntp,
                        const struct ic_rtcp_sender *sender);
/* NTP of the publisher and RTP time of one instant; false before the first report. */
bool ic_rx_stream_sr(const struct ic_rx_stream *s, uint64_t *ntp, uint32_t *rtp_ts);

/* Report block for a receiver report (RFC 3550 6.4.1); starts a new interval for the fraction
 * lost. False before the first packet. */
bool ic_rx_stream_report(struct ic_rx_stream *s, uint64_t server_ntp, struct ic_rtcp_block *out);

#endif
