#include "shell/relay_move.h"

uint32_t ic_relay_moves_count(const struct ic_relay_moves *m)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++)
        count += m->list[i].peer != 0;
    return count;
}

static bool is_under_way(const struct ic_relay_moves *m, uint64_t peer)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++)
        if (m->list[i].peer == peer)
            return true;
    return false;
}

static void add(struct ic_relay_moves *m, struct ic_time now, uint64_t peer)
{
    uint32_t i = 0;
    while (m->list[i].peer != 0)
        i++;
    m->list[i].peer = peer;
    m->list[i].until = ic_time_add(now, IC_MS(IC_RELAY_MOVE_MS));
}

uint32_t ic_relay_moves_step(struct ic_relay_moves *m, struct ic_time now,
                             const struct ic_relay_bridge *bridge,
                             const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t room,
                             bool (*move)(void *context, uint64_t peer), void *context)
{
    uint32_t at = 0, left = 0, under_way = ic_relay_moves_count(m);
    for (uint64_t peer; (peer = ic_relay_bridge_next_person(bridge, meeting, &at)) != 0; left++) {
        if (room == 0 || under_way == IC_RELAY_MOVES_MAX || is_under_way(m, peer) ||
            !move(context, peer))
            continue;
        add(m, now, peer);
        under_way++;
        room--;
    }
    return left;
}

void ic_relay_moves_settle(struct ic_relay_moves *m, struct ic_time now,
                           bool (*is_there)(const void *context, uint64_t peer),
                           const void *context)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++)
        if (m->list[i].peer != 0 &&
            (ic_time_reached(m->list[i].until, now) || !is_there(context, m->list[i].peer)))
            m->list[i].peer = 0;
}
