#include "shell/clock.h"

#include <time.h>

static int64_t read_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct ic_time ic_clock_now(void)
{
    return (struct ic_time){read_us(CLOCK_MONOTONIC)};
}

int64_t ic_clock_wall_offset_us(void)
{
    return read_us(CLOCK_REALTIME) - read_us(CLOCK_MONOTONIC);
}

int64_t ic_clock_wall_us(void)
{
    return read_us(CLOCK_REALTIME);
}

int64_t ic_clock_wall_s(void)
{
    return read_us(CLOCK_REALTIME) / 1000000;
}
