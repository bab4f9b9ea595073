/* Deadlines by id (0..count-1): a binary heap with stable ties (the id that was set first comes
 * first), so that a simulated run is deterministic. */
#ifndef IC_BASE_HEAP_H
#define IC_BASE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/time.h"

struct ic_heap_entry {
    struct ic_time at;
    uint64_t order;
    uint32_t id;
};

struct ic_heap {
    struct ic_heap_entry *entries;
    uint32_t *position; /* id -> place in entries + 1; 0: not in the heap */
    uint32_t count, used;
    uint64_t order_next;
};

/* Room for ids 0..count-1.
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_heap_init(struct ic_heap *h, uint32_t count);
void ic_heap_deinit(struct ic_heap *h);
/* Set, move or (IC_NEVER) remove the deadline of id. Cost: O(log n). */
void ic_heap_set(struct ic_heap *h, uint32_t id, struct ic_time at);
/* The earliest deadline; IC_NEVER when empty. */
struct ic_time ic_heap_first(const struct ic_heap *h);
/* Remove the earliest if it is reached at now; its id goes to *id. */
bool ic_heap_pop(struct ic_heap *h, struct ic_time now, uint32_t *id);

#endif
