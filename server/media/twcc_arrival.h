/* Arrivals of one publisher's packets by transport-wide sequence number, and the feedback about
 * them (draft-holmer-rmcat-transport-wide-cc-extensions-01): at most once every
 * IC_TWCC_INTERVAL_MS, beginning behind the last one told. A number that was told as lost and comes
 * late is not told again; a jump larger than the ring is a new start. Timer: the next feedback. */
#ifndef IC_MEDIA_TWCC_ARRIVAL_H
#define IC_MEDIA_TWCC_ARRIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/wr.h"

struct ic_twcc_arrival {
    struct ic_time due;  /* IC_NEVER: nothing to tell */
    struct ic_time told; /* when the last feedback was made */
    uint64_t next;       /* first number not told yet */
    uint64_t highest;    /* highest that arrived */
    uint32_t sender_ssrc, media_ssrc;
    uint8_t feedback_count;
    bool started;
    bool has_told;
    uint64_t arrived[IC_TWCC_ARRIVALS / 64]; /* ring of bits by number */
    uint32_t ticks[IC_TWCC_ARRIVALS];        /* low bits of the arrival time */
};

/*  sender_ssrc  the server's; media_ssrc is that of the last packet */
void ic_twcc_arrival_init(struct ic_twcc_arrival *a, uint32_t sender_ssrc);
/* A packet with this transport-wide number arrived (any of the publisher's streams).
 *  IC_ERR_REPLAY  seen before or told already: ignored */
IC_NODISCARD enum ic_err ic_twcc_arrival_input(struct ic_twcc_arrival *a, struct ic_time now,
                                               uint32_t media_ssrc, uint16_t seq);
/* Append one feedback packet if it is time; false: nothing written. Call until false, then look at
 * the deadline again. A writer too full for one packet gives false and loses nothing. */
IC_NODISCARD bool ic_twcc_arrival_poll(struct ic_twcc_arrival *a, struct ic_time now,
                                       struct ic_wr *w);
/* When to poll; IC_NEVER when nothing arrived since the last. */
struct ic_time ic_twcc_arrival_deadline(const struct ic_twcc_arrival *a);

#endif
