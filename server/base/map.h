/* Hash map from a key of fixed size to a uint32_t. Open addressing, twice the room that the bound
 * asks for, deletion by backward shift; SipHash-2-4 with a secret seed, because strangers choose
 * some of the keys. */
#ifndef IC_BASE_MAP_H
#define IC_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_MAP_KEY_MAX 32

struct ic_map {
    uint8_t *keys;
    uint32_t *values;
    bool *used;
    size_t key_size;
    uint32_t capacity; /* power of two */
    uint32_t count, count_max;
    uint64_t seed[2];
};

/* Room for count_max keys of key_size bytes (at most IC_MAP_KEY_MAX, asserted).
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_map_init(struct ic_map *m, size_t key_size, uint32_t count_max,
                                     const uint64_t seed[static 2]);
void ic_map_deinit(struct ic_map *m);
/* Set key to value, replacing an earlier one.
 *  IC_ERR_FULL  count_max keys are in the map */
IC_NODISCARD enum ic_err ic_map_set(struct ic_map *m, const void *key, uint32_t value);
/* Find key; false when absent. Cost: O(1). */
bool ic_map_find(const struct ic_map *m, const void *key, uint32_t *value);
/* Remove key; false when absent. */
bool ic_map_remove(struct ic_map *m, const void *key);

/* SipHash-2-4 of n bytes. */
uint64_t ic_siphash(const uint64_t seed[static 2], const void *bytes, size_t n);

#endif
