#include "sfu/room.h"

#include "base/assert.h"

enum ic_err ic_room_table_init(struct ic_room_table *t, uint32_t rooms_max,
                               const uint64_t seed[static 2])
{
    *t = (struct ic_room_table){0};
    if (ic_pool_init(&t->pool, sizeof(struct ic_room), rooms_max) != IC_OK)
        return IC_ERR_FULL;
    return ic_map_init(&t->by_key, sizeof(uint64_t), rooms_max, seed);
}

void ic_room_table_deinit(struct ic_room_table *t)
{
    ic_pool_deinit(&t->pool);
    ic_map_deinit(&t->by_key);
}

struct ic_room *ic_room_find(const struct ic_room_table *t, uint64_t key)
{
    uint32_t index;
    struct ic_ref ref;
    return ic_map_find(&t->by_key, &key, &index) ? ic_pool_at_index(&t->pool, index, &ref) : NULL;
}

static struct ic_room *find_or_make(struct ic_room_table *t, uint64_t key)
{
    struct ic_ref ref;
    struct ic_room *room = ic_room_find(t, key);
    if (room != NULL)
        return room;
    room = ic_pool_get(&t->pool, &ref);
    if (room == NULL)
        return NULL;
    room->key = key;
    room->ref = ref;
    enum ic_err err = ic_map_set(&t->by_key, &key, ref.index);
    IC_ASSERT(err == IC_OK); /* the map has as many places as the pool */
    return room;
}

struct ic_room *ic_room_enter(struct ic_room_table *t, uint64_t key, uint32_t peer, bool is_relay)
{
    struct ic_room *room = find_or_make(t, key);
    if (room == NULL)
        return NULL;
    uint32_t people = room->member_count - room->relay_count;
    if (is_relay ? room->relay_count == IC_ROOM_RELAYS_MAX : people == IC_ROOM_MEMBERS_MAX)
        return NULL;
    room->members[room->member_count++] = peer;
    room->relay_count += is_relay;
    return room;
}

void ic_room_leave(struct ic_room_table *t, struct ic_room *room, uint32_t peer, bool is_relay)
{
    uint32_t at = 0;
    while (at < room->member_count && room->members[at] != peer)
        at++;
    IC_ASSERT(at < room->member_count);
    for (uint32_t i = at; i + 1 < room->member_count; i++)
        room->members[i] = room->members[i + 1];
    room->member_count--;
    room->relay_count -= is_relay;
    if (room->member_count > 0)
        return;
    bool removed = ic_map_remove(&t->by_key, &room->key);
    IC_ASSERT(removed);
    ic_pool_put(&t->pool, room->ref);
}
