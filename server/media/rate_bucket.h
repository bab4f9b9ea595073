/* Token bucket: rate tokens a second, at most burst of them kept. */
#ifndef IC_MEDIA_RATE_BUCKET_H
#define IC_MEDIA_RATE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct ic_rate_bucket {
    int64_t level_micro; /* millionths of a token */
    struct ic_time updated;
    uint32_t rate; /* tokens a second */
    uint32_t burst;
};

/* Starts full. */
void ic_rate_bucket_init(struct ic_rate_bucket *b, uint32_t rate, uint32_t burst,
                         struct ic_time now);
/* Take n tokens if there are that many; false takes nothing. An earlier now adds nothing. */
bool ic_rate_bucket_take(struct ic_rate_bucket *b, struct ic_time now, uint32_t n);

#endif
