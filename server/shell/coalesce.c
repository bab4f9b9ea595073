#include "shell/coalesce.h"

/* Wakes without rests, after which it is judged, and with them, after which it is judged anew. A
 * short trial would take chance for a reason. */
#define TRIAL   64
#define RESTS   1024
#define REST_MS 2000 /* or so long after */
/* Between two wakes of a trial, in hundredths of a rest: at least half of them would be saved. */
#define ON_PERCENT 50
/* Datagrams of a message to the kernel, on the average: longer runs gain little more. */
#define SHORT_RUN 16

static bool pays(const struct ic_coalesce *c, struct ic_time now, uint64_t datagrams,
                 uint64_t messages)
{
    int64_t limit_us = c->rest.us * TRIAL * ON_PERCENT / 100;
    return ic_time_sub(now, c->began).us <= limit_us &&
           datagrams - c->datagrams <= (messages - c->messages) * SHORT_RUN;
}

void ic_coalesce_on_packets(struct ic_coalesce *c, struct ic_time now, uint64_t datagrams,
                            uint64_t messages)
{
    bool is_over = c->is_on
                       ? c->wakes >= RESTS || ic_time_sub(now, c->began).us >= IC_MS(REST_MS).us
                       : c->wakes >= TRIAL;
    if (is_over) {
        c->is_on = !c->is_on && pays(c, now, datagrams, messages);
        c->wakes = 0;
    }
    if (c->wakes == 0) {
        c->began = now;
        c->datagrams = datagrams;
        c->messages = messages;
    }
    c->wakes++;
}

struct ic_time ic_coalesce_until(const struct ic_coalesce *c, struct ic_time ready)
{
    return c->is_on ? ic_time_add(ready, c->rest) : ready;
}
