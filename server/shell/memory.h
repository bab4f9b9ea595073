/* The allocator of the process: what is free goes back to the system. */
#ifndef IC_SHELL_MEMORY_H
#define IC_SHELL_MEMORY_H

#include <stdint.h>

#include "base/time.h"

struct ic_memory {
    struct ic_time next;
    uint64_t people; /* when it was looked last */
    uint32_t due;
};

/* Before any thread is there. */
void ic_memory_tune(void);
/* Call now and then: a while after people came or went, the holes that they left go back. What a
 * handshake takes lies between what stays, so that without this a crowd leaves its high-water mark.
 *  people  how many are in meetings */
void ic_memory_tick(struct ic_memory *m, struct ic_time now, uint64_t people);

#endif
