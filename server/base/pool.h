/* Fixed number of equal slots, reserved once, reached by handles that carry a generation: a handle
 * of a freed slot finds nothing. The only allocator of the core. */
#ifndef IC_BASE_POOL_H
#define IC_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A long-lived reference. The zero value refers to nothing. */
struct ic_ref {
    uint32_t index;
    uint32_t generation; /* 0: none */
};

struct ic_pool {
    void *block;           /* what items lies in */
    uint8_t *items;        /* aligned to cache lines */
    uint32_t *generations; /* odd: in use */
    uint32_t *free_next;
    size_t item_size;
    uint32_t count, free_head, used;
    uint32_t fresh; /* from here on nothing was ever in use: all zeros, and not touched yet */
};

/* Reserve count zeroed slots of item_size bytes.
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_pool_init(struct ic_pool *p, size_t item_size, uint32_t count);
void ic_pool_deinit(struct ic_pool *p);

/* Take a slot, zeroed; its handle goes to *ref. NULL when all are in use. Cost: O(item_size); the
 * first time nothing, and then memory is taken from the system for what is written alone. */
void *ic_pool_get(struct ic_pool *p, struct ic_ref *ref);
/* Give a slot back; stale handles are ignored. */
void ic_pool_put(struct ic_pool *p, struct ic_ref ref);
/* The slot of a handle, lent until it is put back; NULL when stale. */
void *ic_pool_at(const struct ic_pool *p, struct ic_ref ref);
/* The slot of an index in use, for iteration; NULL when free. */
void *ic_pool_at_index(const struct ic_pool *p, uint32_t index, struct ic_ref *ref);

/* The slot of an index that the caller knows to be in use. */
static inline void *ic_pool_item(const struct ic_pool *p, uint32_t index)
{
    return &p->items[(size_t)index * p->item_size];
}

static inline bool ic_ref_is_none(struct ic_ref r)
{
    return r.generation == 0;
}

static inline bool ic_ref_eq(struct ic_ref a, struct ic_ref b)
{
    return a.index == b.index && a.generation == b.generation;
}

#define IC_LINE 64 /* bytes of a cache line */

/* The first cache line that begins in block, which is lent. */
static inline void *ic_line_align(void *block)
{
    uint8_t *bytes = block;
    return &bytes[(IC_LINE - (uintptr_t)block % IC_LINE) % IC_LINE];
}

/* Zeroed array for a table that lives as long as the process; NULL when there is no memory. The
 * caller takes it and returns it to ic_array_free. */
void *ic_array_alloc(size_t count, size_t item_size);
void ic_array_free(void *array);

#endif
