/* The only place that reads clocks. */
#ifndef IC_SHELL_CLOCK_H
#define IC_SHELL_CLOCK_H

#include <stdint.h>

#include "base/time.h"

/* The monotonic clock. */
struct ic_time ic_clock_now(void);
/* Wall clock minus monotonic clock, microseconds. */
int64_t ic_clock_wall_offset_us(void);
/* Microseconds since 1970. */
int64_t ic_clock_wall_us(void);
/* Seconds since 1970. */
int64_t ic_clock_wall_s(void);

#endif
