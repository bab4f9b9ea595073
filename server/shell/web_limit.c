#include "shell/web_limit.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/pool.h"

#define KEY_LEN  16
#define NONE     UINT32_MAX
#define SPARES   4096 /* addresses remembered beyond those that are connected */
#define INTERVAL IC_MS(IC_HTTP_MEETINGS_INTERVAL_MS)

struct ic_web_limit_entry {
    uint8_t key[KEY_LEN];
    uint32_t connections;
    uint32_t previous, next; /* idle list, or next of the free list */
    /* When the bucket of meeting requests is full again (generic cell rate algorithm: one number
     * instead of a level and its time). */
    struct ic_time full_at;
};

static void key_of(const struct ic_addr *remote, uint8_t key[static KEY_LEN])
{
    memcpy(key, remote->ip, KEY_LEN);
    if (!ic_addr_is_v4(remote))
        memset(key + 8, 0, KEY_LEN - 8);
}

enum ic_err ic_web_limit_init(struct ic_web_limit *limit, uint32_t connections_max,
                              uint32_t per_address_max, const uint64_t seed[static 2])
{
    uint32_t count = connections_max + SPARES;
    IC_ASSERT(connections_max > 0 && connections_max < NONE - SPARES && per_address_max > 0);
    memset(limit, 0, sizeof *limit);
    if (ic_map_init(&limit->map, KEY_LEN, count, seed) != IC_OK)
        return IC_ERR_FULL;
    limit->entries = ic_array_alloc(count, sizeof *limit->entries);
    if (limit->entries == NULL) {
        ic_map_deinit(&limit->map);
        return IC_ERR_FULL;
    }
    limit->per_address_max = per_address_max;
    limit->idle_first = limit->idle_last = NONE;
    for (uint32_t i = 0; i < count; i++)
        limit->entries[i].next = i + 1 < count ? i + 1 : NONE;
    return IC_OK;
}

void ic_web_limit_deinit(struct ic_web_limit *limit)
{
    ic_map_deinit(&limit->map);
    ic_array_free(limit->entries);
    memset(limit, 0, sizeof *limit);
}

static void idle_append(struct ic_web_limit *limit, uint32_t index)
{
    struct ic_web_limit_entry *entry = &limit->entries[index];
    entry->next = NONE;
    entry->previous = limit->idle_last;
    if (limit->idle_last == NONE)
        limit->idle_first = index;
    else
        limit->entries[limit->idle_last].next = index;
    limit->idle_last = index;
}

static void idle_remove(struct ic_web_limit *limit, uint32_t index)
{
    struct ic_web_limit_entry *entry = &limit->entries[index];
    if (entry->previous == NONE)
        limit->idle_first = entry->next;
    else
        limit->entries[entry->previous].next = entry->next;
    if (entry->next == NONE)
        limit->idle_last = entry->previous;
    else
        limit->entries[entry->next].previous = entry->previous;
}

static void forget(struct ic_web_limit *limit, uint32_t index)
{
    bool was_known = ic_map_remove(&limit->map, limit->entries[index].key);
    IC_ASSERT(was_known);
    limit->entries[index].next = limit->free_head;
    limit->free_head = index;
}

/* A new entry without connections, in no list. */
static uint32_t learn(struct ic_web_limit *limit, const uint8_t key[static KEY_LEN])
{
    if (limit->free_head == NONE) {
        uint32_t oldest = limit->idle_first;
        IC_ASSERT(oldest != NONE); /* more entries than connections */
        idle_remove(limit, oldest);
        forget(limit, oldest);
    }
    uint32_t index = limit->free_head;
    struct ic_web_limit_entry *entry = &limit->entries[index];
    limit->free_head = entry->next;
    memcpy(entry->key, key, KEY_LEN);
    entry->connections = 0;
    entry->full_at = (struct ic_time){0};
    enum ic_err set = ic_map_set(&limit->map, key, index);
    IC_ASSERT(set == IC_OK);
    return index;
}

bool ic_web_limit_open(struct ic_web_limit *limit, const struct ic_addr *remote)
{
    uint8_t key[KEY_LEN];
    uint32_t index;
    key_of(remote, key);
    if (!ic_map_find(&limit->map, key, &index))
        index = learn(limit, key);
    else if (limit->entries[index].connections == 0)
        idle_remove(limit, index);
    if (limit->entries[index].connections == limit->per_address_max)
        return false;
    limit->entries[index].connections++;
    return true;
}

static struct ic_web_limit_entry *connected_entry(struct ic_web_limit *limit,
                                                  const struct ic_addr *remote, uint32_t *index)
{
    uint8_t key[KEY_LEN];
    key_of(remote, key);
    bool is_known = ic_map_find(&limit->map, key, index);
    IC_ASSERT(is_known && limit->entries[*index].connections > 0);
    return &limit->entries[*index];
}

void ic_web_limit_close(struct ic_web_limit *limit, const struct ic_addr *remote,
                        struct ic_time now)
{
    uint32_t index;
    struct ic_web_limit_entry *entry = connected_entry(limit, remote, &index);
    if (--entry->connections > 0)
        return;
    if (ic_time_reached(entry->full_at, now))
        forget(limit, index);
    else
        idle_append(limit, index);
}

uint32_t ic_web_limit_meeting(struct ic_web_limit *limit, const struct ic_addr *remote,
                              struct ic_time now)
{
    uint32_t index;
    struct ic_web_limit_entry *entry = connected_entry(limit, remote, &index);
    struct ic_time full_at = ic_time_before(entry->full_at, now) ? now : entry->full_at;
    struct ic_dur over = {ic_time_sub(full_at, now).us -
                          (IC_HTTP_MEETINGS_BURST - 1) * INTERVAL.us};
    if (over.us > 0)
        return (uint32_t)((over.us + 999999) / 1000000);
    entry->full_at = ic_time_add(full_at, INTERVAL);
    return 0;
}
