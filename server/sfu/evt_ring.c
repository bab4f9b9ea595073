#include "sfu/evt_ring.h"

#include <string.h>

#include "base/assert.h"

#define REFUSALS_MAX 1024 /* more commands than the mailbox holds cannot wait for their answer */

enum ic_err ic_evt_ring_init(struct ic_evt_ring *r, uint32_t peers_max)
{
    IC_ASSERT(peers_max > 0 && peers_max < 1U << 24);
    memset(r, 0, sizeof *r);
    r->capacity = 1;
    /* Twice: the events of peers that are gone may still be there. */
    while (r->capacity < 2 * IC_EVT_RING_PEER_MAX * peers_max + REFUSALS_MAX)
        r->capacity *= 2;
    r->entries = ic_array_alloc(r->capacity, sizeof *r->entries);
    return r->entries == NULL ? IC_ERR_FULL : IC_OK;
}

void ic_evt_ring_deinit(struct ic_evt_ring *r)
{
    ic_array_free(r->entries);
    memset(r, 0, sizeof *r);
}

bool ic_evt_ring_has_room(const struct ic_evt_ring *r, uint32_t peers)
{
    /* All of them may still put theirs; one place is for the statistics. */
    uint64_t wanted = (uint64_t)(peers + 1) * IC_EVT_RING_PEER_MAX + 1;
    return r->count + wanted <= r->capacity;
}

bool ic_evt_ring_put(struct ic_evt_ring *r, const struct ic_evt_entry *entry)
{
    if (r->count == r->capacity)
        return false;
    r->entries[(r->head + r->count) & (r->capacity - 1)] = *entry;
    r->count++;
    return true;
}

const struct ic_evt_entry *ic_evt_ring_first(const struct ic_evt_ring *r)
{
    return r->count == 0 ? NULL : &r->entries[r->head];
}

void ic_evt_ring_pop(struct ic_evt_ring *r)
{
    IC_ASSERT(r->count > 0);
    r->head = (r->head + 1) & (r->capacity - 1);
    r->count--;
}
