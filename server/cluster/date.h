/* What time it is, for certificates. The clock of the system may be set while we run; the monotonic
 * one may not. Between what the first says now and what both said together at the start, the truth
 * is not known: a certificate has to be valid at both. A clock that was wrong at the start is not
 * found here; each client compares with its own. */
#ifndef IC_CLUSTER_DATE_H
#define IC_CLUSTER_DATE_H

#include <stdint.h>

#include "base/time.h"

/* Seconds since 1970. */
struct ic_date_span {
    uint64_t from_s, to_s;
};

struct ic_date_guard {
    struct ic_time start;
    uint64_t start_s;
};

/* unix_s is what the system's clock says now. */
static inline struct ic_date_guard ic_date_guard_init(struct ic_time now, uint64_t unix_s)
{
    return (struct ic_date_guard){.start = now, .start_s = unix_s};
}

static inline struct ic_date_span ic_date_guard_span(const struct ic_date_guard *g,
                                                     struct ic_time now, uint64_t unix_s)
{
    uint64_t counted_s = g->start_s + (uint64_t)(ic_time_sub(now, g->start).us / 1000000);
    return (struct ic_date_span){
        .from_s = counted_s < unix_s ? counted_s : unix_s,
        .to_s = counted_s < unix_s ? unix_s : counted_s,
    };
}

#endif
