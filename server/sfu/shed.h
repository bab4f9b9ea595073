/* What a worker does that is behind: pictures give way. Datagrams wait in its socket then, all
 * equally long, sound and other rooms' too, until the kernel drops whatever comes. So when they
 * have waited for IC_SHED_LAG_MS for a while, the picture that costs most in the room that costs
 * most is not forwarded any more, then the next one, until the worker keeps up. To its receivers
 * such a picture stands still: their slots wait for a key frame, as behind a switch of sources, and
 * nothing is missing in their numbers. Sound is never shed, and neither is a picture that costs
 * little: it is not what keeps the worker busy.
 *
 * One picture at a time comes back, when the worker has kept up for a while; the while doubles when
 * that was too early. Cost: while the worker is behind, a look at all rooms every 10 ms. */
#ifndef IC_SFU_SHED_H
#define IC_SFU_SHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct ic_track;
struct ic_worker;

struct ic_shed {
    struct ic_dur lag;        /* of the last datagrams */
    struct ic_dur looked_lag; /* at the last look */
    bool is_behind;           /* since `began` */
    bool is_on_probation;     /* a picture is, since `returned` */
    uint32_t window;          /* in which tracks count their datagrams: since `looked` */
    struct ic_time began, looked, shed, returned;
    struct ic_time return_next; /* none comes back before */
    struct ic_dur patience;
};

void ic_shed_init(struct ic_shed *s, struct ic_time now);
/* The oldest of the datagrams that come now has waited so long. */
void ic_shed_on_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag);
/* A packet of the track goes to so many receivers. */
static inline void ic_shed_count(const struct ic_shed *s, uint32_t *window, uint32_t *made,
                                 uint32_t receivers)
{
    *made = *window == s->window ? *made + receivers : receivers;
    *window = s->window;
}
/* A packet of a track that is shed: may it come back? If so, a key frame is asked for. */
bool ic_shed_may_return(struct ic_worker *w, struct ic_time now, struct ic_track *track);

#endif
