#include "shell/memory.h"

#include <malloc.h>

#include "base/limits.h"

#define LOOK_MS        5000
#define TRIM_THRESHOLD (256 * 1024)
#define MMAP_THRESHOLD (128 * 1024)

/* Handshakes are forgotten IC_DTLS_LINGER_MS after their end: look again behind that. */
#define LOOKS (IC_DTLS_LINGER_MS / LOOK_MS + 2)

void ic_memory_tune(void)
{
    /* One arena for the hub and one for all that is beside it: nothing on the way of a packet
     * allocates, so threads do not wait for each other, and free memory is free for all. Naming the
     * thresholds keeps glibc from raising them. */
    (void)mallopt(M_ARENA_MAX, 2);
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
    (void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
}

void ic_memory_tick(struct ic_memory *m, struct ic_time now, uint64_t people)
{
    if (!ic_time_reached(m->next, now))
        return;
    m->next = ic_time_add(now, IC_MS(LOOK_MS));
    if (people != m->people)
        m->due = LOOKS;
    m->people = people;
    if (m->due == 0)
        return;
    m->due--;
    (void)malloc_trim(0);
}
