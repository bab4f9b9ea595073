/* What time it is, for certificates. The clock of the system may be set while we run; the monotonic
 * one may not. Between what the first says now and what both said together at the start, the truth
 * is not known: a certificate has to be valid at both. A clock that was set is believed, and what
 * was before is forgotten, when it has run beside the monotonic one for IC_DATE_AGREE_MS, never
 * IC_DATE_STEP_S or more away from it. So a clock that was wrong at the start does no lasting harm,
 * and one that is wrong for longer is not found here; each client compares with its own. */
#ifndef IC_CLUSTER_DATE_H
#define IC_CLUSTER_DATE_H

#include <stdint.h>

#include "base/limits.h"
#include "base/time.h"

/* Seconds since 1970. */
struct ic_date_span {
    uint64_t from_s, to_s;
};

struct ic_date_guard {
    struct ic_time start; /* both clocks were believed together */
    uint64_t start_s;
    struct ic_time since; /* they have run side by side since then */
    uint64_t since_s;
};

/* unix_s is what the system's clock says now. */
static inline struct ic_date_guard ic_date_guard_init(struct ic_time now, uint64_t unix_s)
{
    return (struct ic_date_guard){.start = now, .start_s = unix_s, .since = now, .since_s = unix_s};
}

/* What the monotonic clock counts from a moment when the other one said from_s. */
static inline uint64_t ic_date_counted(struct ic_time from, uint64_t from_s, struct ic_time now)
{
    return from_s + (uint64_t)(ic_time_sub(now, from).us / 1000000);
}

/* The same again, at least every IC_DATE_STEP_S. */
static inline void ic_date_guard_input(struct ic_date_guard *g, struct ic_time now, uint64_t unix_s)
{
    uint64_t counted_s = ic_date_counted(g->since, g->since_s, now);
    uint64_t apart_s = counted_s < unix_s ? unix_s - counted_s : counted_s - unix_s;
    if (apart_s >= IC_DATE_STEP_S) { /* it was set */
        g->since = now;
        g->since_s = unix_s;
    } else if (ic_time_reached(ic_time_add(g->since, IC_MS(IC_DATE_AGREE_MS)), now)) {
        *g = ic_date_guard_init(now, unix_s);
    }
}

static inline struct ic_date_span ic_date_guard_span(const struct ic_date_guard *g,
                                                     struct ic_time now, uint64_t unix_s)
{
    uint64_t counted_s = ic_date_counted(g->start, g->start_s, now);
    return (struct ic_date_span){
        .from_s = counted_s < unix_s ? counted_s : unix_s,
        .to_s = counted_s < unix_s ? unix_s : counted_s,
    };
}

#endif
