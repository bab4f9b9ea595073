#include "base/heap.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"

enum ic_err ic_heap_init(struct ic_heap *h, uint32_t count)
{
    memset(h, 0, sizeof *h);
    h->entries = ic_array_alloc(count, sizeof *h->entries);
    h->position = ic_array_alloc(count, sizeof *h->position);
    h->count = count;
    if (h->entries == NULL || h->position == NULL) {
        ic_heap_deinit(h);
        return IC_ERR_FULL;
    }
    return IC_OK;
}

void ic_heap_deinit(struct ic_heap *h)
{
    ic_array_free(h->entries);
    ic_array_free(h->position);
    memset(h, 0, sizeof *h);
}

static bool entry_before(const struct ic_heap_entry *a, const struct ic_heap_entry *b)
{
    if (a->at.us != b->at.us)
        return a->at.us < b->at.us;
    return a->order < b->order;
}

static void place(struct ic_heap *h, uint32_t i, struct ic_heap_entry entry)
{
    h->entries[i] = entry;
    h->position[entry.id] = i + 1;
}

static void sift_up(struct ic_heap *h, uint32_t i, struct ic_heap_entry entry)
{
    while (i > 0 && entry_before(&entry, &h->entries[(i - 1) / 2])) {
        place(h, i, h->entries[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
    place(h, i, entry);
}

static void sift_down(struct ic_heap *h, uint32_t i, struct ic_heap_entry entry)
{
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= h->used)
            break;
        if (child + 1 < h->used && entry_before(&h->entries[child + 1], &h->entries[child]))
            child++;
        if (!entry_before(&h->entries[child], &entry))
            break;
        place(h, i, h->entries[child]);
        i = child;
    }
    place(h, i, entry);
}

static void remove_at(struct ic_heap *h, uint32_t i)
{
    h->position[h->entries[i].id] = 0;
    h->used--;
    if (i == h->used)
        return;
    struct ic_heap_entry last = h->entries[h->used];
    if (i > 0 && entry_before(&last, &h->entries[(i - 1) / 2]))
        sift_up(h, i, last);
    else
        sift_down(h, i, last);
}

void ic_heap_set(struct ic_heap *h, uint32_t id, struct ic_time at)
{
    IC_ASSERT(id < h->count);
    uint32_t position = h->position[id];
    if (position > 0 && h->entries[position - 1].at.us == at.us)
        return;
    if (position > 0)
        remove_at(h, position - 1);
    if (ic_time_is_never(at))
        return;
    struct ic_heap_entry entry = {.at = at, .order = h->order_next++, .id = id};
    h->used++;
    sift_up(h, h->used - 1, entry);
}

struct ic_time ic_heap_first(const struct ic_heap *h)
{
    return h->used == 0 ? IC_NEVER : h->entries[0].at;
}

bool ic_heap_pop(struct ic_heap *h, struct ic_time now, uint32_t *id)
{
    if (h->used == 0 || !ic_time_reached(h->entries[0].at, now))
        return false;
    *id = h->entries[0].id;
    remove_at(h, 0);
    return true;
}
