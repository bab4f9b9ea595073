#include "media/rate_bucket.h"

#define MICRO INT64_C(1000000)

void ic_rate_bucket_init(struct ic_rate_bucket *b, uint32_t rate, uint32_t burst,
                         struct ic_time now)
{
    *b = (struct ic_rate_bucket){
        .level_micro = burst * MICRO, .updated = now, .rate = rate, .burst = burst};
}

static void refill(struct ic_rate_bucket *b, struct ic_time now)
{
    int64_t passed_us = ic_time_sub(now, b->updated).us;
    if (passed_us <= 0)
        return;
    b->updated = now;
    if (b->rate == 0)
        return;
    /* tokens a second are millionths of a token a microsecond */
    int64_t missing = b->burst * MICRO - b->level_micro;
    if (passed_us > missing / b->rate)
        b->level_micro = b->burst * MICRO;
    else
        b->level_micro += passed_us * b->rate;
}

bool ic_rate_bucket_take(struct ic_rate_bucket *b, struct ic_time now, uint32_t n)
{
    refill(b, now);
    if (b->level_micro < n * MICRO)
        return false;
    b->level_micro -= n * MICRO;
    return true;
}
