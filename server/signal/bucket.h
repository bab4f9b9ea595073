/* Token bucket as one number: when it will be full again (the "theoretical arrival" of the generic
 * cell rate algorithm). */
#ifndef IC_SIGNAL_BUCKET_H
#define IC_SIGNAL_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct ic_bucket {
    struct ic_time full_at; /* zero: full from the start */
};

/* Take one token; false when there is none. per_s tokens come back each second, burst fit in. */
static inline bool ic_bucket_take(struct ic_bucket *b, struct ic_time now, uint32_t per_s,
                                  uint32_t burst)
{
    int64_t token_us = 1000000 / (int64_t)per_s;
    int64_t from = b->full_at.us > now.us ? b->full_at.us : now.us;
    if (from + token_us - now.us > token_us * (int64_t)burst)
        return false;
    b->full_at.us = from + token_us;
    return true;
}

#endif
