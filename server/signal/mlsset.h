/* A set of leaves of a ratchet tree. The zero value is empty. */
#ifndef IC_SIGNAL_MLSSET_H
#define IC_SIGNAL_MLSSET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

struct ic_mlsset {
    uint64_t words[IC_MLS_LEAVES_MAX / 64];
};

static inline bool ic_mlsset_has(const struct ic_mlsset *set, uint32_t leaf)
{
    return leaf < IC_MLS_LEAVES_MAX && (set->words[leaf / 64] >> (leaf % 64) & 1) == 1;
}

/* leaf is below IC_MLS_LEAVES_MAX. */
static inline void ic_mlsset_add(struct ic_mlsset *set, uint32_t leaf)
{
    set->words[leaf / 64] |= (uint64_t)1 << leaf % 64;
}

static inline void ic_mlsset_drop(struct ic_mlsset *set, uint32_t leaf)
{
    set->words[leaf / 64] &= ~((uint64_t)1 << leaf % 64);
}

/* Some of the leaves first … first + count - 1 are in the set. */
static inline bool ic_mlsset_has_any(const struct ic_mlsset *set, uint32_t first, uint32_t count)
{
    bool has = false;
    for (uint32_t i = first; !has && i < first + count; i++) {
        if (i % 64 == 0 && first + count - i >= 64 && set->words[i / 64] == 0)
            i += 63; /* a whole word of nothing */
        else
            has = ic_mlsset_has(set, i);
    }
    return has;
}

#endif
