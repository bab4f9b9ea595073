#include "shell/coalesce.h"

/* It is judged after so many wakes. */
#define TRIAL 16
/* Between two of them, in hundredths of a rest. Without rests: at least a quarter of the wakes
 * would be saved. With rests: the thread would have slept anyway. */
#define ON_PERCENT  75
#define OFF_PERCENT 130

void ic_coalesce_on_packets(struct ic_coalesce *c, struct ic_time now)
{
    if (c->wakes++ == 0)
        c->began = now;
    if (c->wakes <= TRIAL)
        return;
    int64_t limit_us = c->rest.us * TRIAL * (c->is_on ? OFF_PERCENT : ON_PERCENT) / 100;
    c->is_on = ic_time_sub(now, c->began).us <= limit_us;
    c->wakes = 0;
}

struct ic_time ic_coalesce_until(const struct ic_coalesce *c, struct ic_time woken,
                                 struct ic_time deadline)
{
    if (!c->is_on || c->rest.us == 0)
        return woken;
    return ic_time_min(ic_time_add(woken, c->rest), deadline);
}
