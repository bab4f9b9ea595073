/* Points in time and spans of it, in microseconds; two types so that they never mix. No clock is
 * read here: shell/clock.c reads it once per loop turn and hands it down. */
#ifndef IC_BASE_TIME_H
#define IC_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* A point on the monotonic clock of the process (or of the simulated world). */
struct ic_time {
    int64_t us;
};

/* A span. */
struct ic_dur {
    int64_t us;
};

#define IC_US(n)  ((struct ic_dur){(int64_t)(n)})
#define IC_MS(n)  ((struct ic_dur){(int64_t)(n)*1000})
#define IC_SEC(n) ((struct ic_dur){(int64_t)(n)*1000000})

/* Later than any time that occurs: "no deadline". */
#define IC_NEVER ((struct ic_time){INT64_MAX})

static inline struct ic_time ic_time_add(struct ic_time t, struct ic_dur d)
{
    if (t.us == INT64_MAX)
        return t;
    return (struct ic_time){t.us + d.us};
}

/* a - b */
static inline struct ic_dur ic_time_sub(struct ic_time a, struct ic_time b)
{
    return (struct ic_dur){a.us - b.us};
}

/* a is strictly earlier than b */
static inline bool ic_time_before(struct ic_time a, struct ic_time b)
{
    return a.us < b.us;
}

/* The deadline t is reached at now. */
static inline bool ic_time_reached(struct ic_time t, struct ic_time now)
{
    return t.us <= now.us;
}

static inline struct ic_time ic_time_min(struct ic_time a, struct ic_time b)
{
    return a.us < b.us ? a : b;
}

static inline bool ic_time_is_never(struct ic_time t)
{
    return t.us == INT64_MAX;
}

#endif
