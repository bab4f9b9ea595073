/* Seeded generator for protocol choices (jitter, initial sequence numbers). Not for secrets: those
 * come from struct ic_entropy. xoshiro256**, seeded by splitmix64. */
#ifndef IC_BASE_PRNG_H
#define IC_BASE_PRNG_H

#include <stddef.h>
#include <stdint.h>

struct ic_prng {
    uint64_t s[4];
};

void ic_prng_init(struct ic_prng *p, uint64_t seed);
uint64_t ic_prng_u64(struct ic_prng *p);
uint32_t ic_prng_u32(struct ic_prng *p);
/* Uniform in [0, bound); bound > 0 (asserted). */
uint32_t ic_prng_below(struct ic_prng *p, uint32_t bound);

/* Source of secret bytes, passed in by the root: the kernel in shell/, seeded in sim/. */
struct ic_entropy {
    void (*fill)(void *context, uint8_t *out, size_t n);
    void *context; /* kept */
};

#endif
