#include "shell/load_histogram.h"

#include "base/assert.h"

#define SUB_BITS 5 /* 32 buckets for each power of two */
#define LINEAR   (2u << SUB_BITS)

static uint32_t bucket_of(uint64_t us)
{
    if (us < LINEAR)
        return (uint32_t)us;
    uint32_t shift = 63 - (uint32_t)__builtin_clzll(us) - SUB_BITS;
    uint32_t bucket = (shift << SUB_BITS) + (uint32_t)(us >> shift);
    return bucket < IC_LOAD_HISTOGRAM_BUCKETS ? bucket : IC_LOAD_HISTOGRAM_BUCKETS - 1;
}

/* The largest value that falls into the bucket. */
static int64_t end_of(uint32_t bucket)
{
    if (bucket < LINEAR)
        return bucket;
    uint32_t shift = (bucket >> SUB_BITS) - 1;
    uint64_t mantissa = bucket - (shift << SUB_BITS);
    return (int64_t)(((mantissa + 1) << shift) - 1);
}

void ic_load_histogram_add(struct ic_load_histogram *h, int64_t us)
{
    us = us < 0 ? 0 : us;
    h->count++;
    h->max_us = us > h->max_us ? us : h->max_us;
    h->buckets[bucket_of((uint64_t)us)]++;
}

int64_t ic_load_histogram_at(const struct ic_load_histogram *h, uint32_t permille)
{
    IC_ASSERT(permille <= 1000);
    if (h->count == 0)
        return 0;
    uint64_t rank = (h->count * permille + 999) / 1000, seen = 0;
    for (uint32_t i = 0; i < IC_LOAD_HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen >= rank && seen > 0) {
            int64_t end = end_of(i);
            return end < h->max_us ? end : h->max_us;
        }
    }
    return h->max_us;
}
