/* Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01
 * 3.1): which packets of one sender arrived, and when. Times are ticks of 250 us. */
#ifndef IC_WIRE_TWCC_H
#define IC_WIRE_TWCC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/rd.h"
#include "base/wr.h"
#include "wire/rtcp.h"

#define IC_TWCC_TICK_US         250
#define IC_TWCC_REFERENCE_TICKS 256       /* the reference time counts in 64 ms */
#define IC_TWCC_LOST            INT64_MIN /* in a list of arrivals: did not arrive */

/* Header of one feedback. */
struct ic_twcc_head {
    uint32_t sender_ssrc;
    uint32_t media_ssrc;
    uint16_t base_seq;
    uint8_t feedback_count;
};

/* Write one feedback for the packets base_seq, base_seq + 1, ...
 *  arrivals  borrows; ticks on any clock of the receiver, or IC_TWCC_LOST; count in
 *            1..IC_TWCC_STATUSES_MAX (asserted)
 * Returns how many statuses went in: fewer than count when a delta leaves the 16-bit range or the
 * writer is nearly full, 0 when no arrival fits (the writer is left as it was, never bad).
 * Cost: O(count). */
size_t ic_twcc_write(struct ic_wr *w, const struct ic_twcc_head *head, const int64_t *arrivals,
                     size_t count);

/* A feedback being read; borrows the packet. Chunks and deltas are two cursors. */
struct ic_twcc {
    struct ic_twcc_head head;
    uint16_t status_count;
    int32_t reference; /* signed 24 bits, in 64 ms */
    struct ic_rd chunks, deltas;
    int64_t time_ticks;  /* of the last received packet, on the sender-of-feedback's clock */
    uint16_t done;       /* statuses handed out */
    uint16_t run_left;   /* of the chunk at hand */
    uint16_t vector;     /* its symbols, the next one on top */
    uint8_t symbol;      /* of a run */
    uint8_t symbol_bits; /* 0: a run; 1 or 2: a vector */
};

/* One packet's status. */
struct ic_twcc_status {
    uint16_t seq;
    bool received;
    int64_t ticks; /* received: arrival, reference included */
};

/* Check the whole feedback: every chunk and delta that status_count needs is there.
 *  IC_ERR_INPUT  another packet, an empty or a cut one, or the reserved symbol; out untouched
 * Cost: O(status_count) <= 65,535 steps of a few operations; a run costs one. */
IC_NODISCARD enum ic_err ic_twcc_parse(const struct ic_rtcp_packet *p, struct ic_twcc *out);
/* The next status; false when all are handed out. */
bool ic_twcc_next(struct ic_twcc *t, struct ic_twcc_status *out);

#endif
