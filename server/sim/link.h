/* One direction of a network path: delay, jitter, loss, reordering, duplication, a rate with its
 * queue, partition. Pure: says when a datagram arrives. */
#ifndef IC_SIM_LINK_H
#define IC_SIM_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/time.h"

#define IC_LINK_COPIES_MAX 2

struct ic_link {
    struct ic_dur delay;
    struct ic_dur jitter; /* uniform on top of the delay; keeps the order */
    uint32_t loss_ppm;
    uint32_t reorder_ppm; /* so many are held back for reorder_delay and overtaken */
    struct ic_dur reorder_delay;
    uint32_t duplicate_ppm;
    uint32_t rate_bps;      /* 0: no limit */
    struct ic_dur queue;    /* longest wait for the rate; then dropped */
    bool down;              /* partition */
    struct ic_time free_at; /* the line is busy until then */
    struct ic_time last;    /* latest arrival so far, of those kept in order */
    uint64_t sent, lost;
};

/* A clean path of this delay. */
void ic_link_init(struct ic_link *link, struct ic_dur delay);
/* A datagram of len bytes enters: when its copies arrive. Returns how many (0: lost). */
size_t ic_link_send(struct ic_link *link, struct ic_prng *prng, struct ic_time now, size_t len,
                    struct ic_time arrivals[static IC_LINK_COPIES_MAX]);

#endif
