/* Serial number arithmetic (RFC 1982) for RTP sequence numbers and timestamps. */
#ifndef IC_BASE_SEQ_H
#define IC_BASE_SEQ_H

#include <stdbool.h>
#include <stdint.h>

/* a comes before b on the circle of 2^16 */
static inline bool ic_seq16_lt(uint16_t a, uint16_t b)
{
    return a != b && (uint16_t)(b - a) < 0x8000;
}

/* a comes before b on the circle of 2^32 */
static inline bool ic_seq32_lt(uint32_t a, uint32_t b)
{
    return a != b && b - a < 0x80000000U;
}

/* The extended number with the low bits `seq` that lies nearest to the reference. Never negative:
 * near zero the number above is taken. */
static inline uint64_t ic_seq16_extend(uint64_t reference, uint16_t seq)
{
    int16_t delta = (int16_t)(uint16_t)(seq - (uint16_t)reference);
    if (delta < 0 && reference < (uint64_t)(-(int32_t)delta))
        return (reference & ~UINT64_C(0xffff)) + seq;
    return reference + (uint64_t)(int64_t)delta;
}

/* The same for 32 bits. */
static inline uint64_t ic_seq32_extend(uint64_t reference, uint32_t seq)
{
    int32_t delta = (int32_t)(seq - (uint32_t)reference);
    if (delta < 0 && reference < (uint64_t)(-(int64_t)delta))
        return (reference & ~UINT64_C(0xffffffff)) + seq;
    return reference + (uint64_t)(int64_t)delta;
}

#endif
