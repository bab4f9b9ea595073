#include "signal/move.h"

#include <stdio.h>

#include "signal/request.h"
#include "signal/restore.h"
#include "signal/roster.h"
#include "signal/seat.h"

bool ic_move_may(const struct ic_hub *h, struct ic_ref ref)
{
    const struct ic_room *room = ic_pool_at(&h->rooms, ref);
    return room != NULL && !ic_ref_is_none(room->group) && ic_ref_is_none(room->writing) &&
           !ic_restore_is_settling(h, room);
}

void ic_move_begin(struct ic_hub *h, struct ic_ref ref, const char *node)
{
    struct ic_room *room = ic_pool_at(&h->rooms, ref);
    struct ic_ref seat_ref;
    if (room == NULL)
        return;
    room->is_staying = false;
    (void)snprintf(room->moving_to, sizeof room->moving_to, "%s", node);
    room->lobby_at = ic_time_add(h->now, IC_MS(IC_SIGNAL_LOBBY_MOVE_MS));
    ic_effect_log(&h->effects, "meeting_moves", 0, room->key, NULL);
    const struct ic_seat *seat = ic_roster_seat(h, room->first, &seat_ref);
    for (; seat != NULL; seat = ic_roster_seat(h, seat->next, &seat_ref))
        if (ic_pool_at(&h->clients, seat->client) != NULL)
            ic_seat_tell_moving(h, seat_ref);
}

bool ic_move_media(struct ic_hub *h, uint64_t peer)
{
    struct ic_ref ref;
    const struct ic_seat *seat = ic_seat_of_key(h, peer, &ref);
    return seat != NULL && seat->key == peer && ic_seat_move_media(h, ref);
}

void ic_move_not(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_room *room = ic_pool_at(&h->rooms, ref);
    struct ic_ref seat_ref;
    if (room == NULL || room->is_staying)
        return;
    room->is_staying = true;
    const struct ic_seat *seat = ic_roster_seat(h, room->first, &seat_ref);
    for (; seat != NULL; seat = ic_roster_seat(h, seat->next, &seat_ref))
        if (ic_pool_at(&h->clients, seat->client) != NULL)
            ic_request_drain(h, seat->client);
}
