#include "shell/relay_move.h"

#include <string.h>

struct ic_relay_move *ic_relay_moves_find(struct ic_relay_moves *m, uint64_t peer)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX && peer != 0; i++)
        if (m->list[i].peer == peer)
            return &m->list[i];
    return NULL;
}

uint32_t ic_relay_moves_kept(const struct ic_relay_moves *m, const uint8_t *meeting,
                             const uint8_t node[static IC_NODE_ID_LEN])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++) {
        const struct ic_relay_move *move = &m->list[i];
        count += move->peer != 0 && move->came == 0 &&
                 memcmp(move->node, node, IC_NODE_ID_LEN) == 0 &&
                 (meeting == NULL || memcmp(move->meeting, meeting, IC_MEETING_ID_LEN) == 0);
    }
    return count;
}

void ic_relay_moves_gone(struct ic_relay_moves *m, uint64_t peer)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++)
        if (m->list[i].came == peer)
            m->list[i].came = 0;
}

static struct ic_relay_move *free_place(struct ic_relay_moves *m)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++)
        if (m->list[i].peer == 0)
            return &m->list[i];
    return NULL;
}

uint32_t ic_relay_moves_step(struct ic_relay_moves *m, struct ic_time now,
                             const struct ic_relay_bridge *bridge,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             const struct ic_relay_move_handlers *handlers, bool *is_short)
{
    uint32_t at = 0, left = 0;
    *is_short = false;
    for (uint64_t peer; (peer = ic_relay_bridge_next_person(bridge, meeting, &at)) != 0; left++) {
        struct ic_relay_move *move = free_place(m), next = {.peer = peer};
        if (*is_short || move == NULL || ic_relay_moves_find(m, peer) != NULL)
            continue;
        *is_short = !handlers->find(handlers->context, meeting, next.node);
        if (*is_short || !handlers->tell(handlers->context, peer))
            continue;
        memcpy(next.meeting, meeting, sizeof next.meeting);
        next.until = ic_time_add(now, IC_MS(IC_RELAY_MOVE_MS));
        *move = next;
    }
    return left;
}

void ic_relay_moves_settle(struct ic_relay_moves *m, struct ic_time now,
                           bool (*is_there)(const void *context, uint64_t peer),
                           bool (*came)(void *context, const struct ic_relay_move *move),
                           void *context)
{
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX; i++) {
        struct ic_relay_move *move = &m->list[i];
        if (move->peer == 0)
            continue;
        bool is_gone = !is_there(context, move->peer);
        if (is_gone && move->came != 0 && !came(context, move))
            continue;
        if (is_gone || ic_time_reached(move->until, now))
            move->peer = 0;
    }
}
