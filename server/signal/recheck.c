#include "signal/recheck.h"

#include "signal/group.h"
#include "signal/knock.h"
#include "signal/permit.h"
#include "signal/request.h"
#include "signal/roster.h"
#include "signal/seat.h"

static bool is_there(const struct ic_seat *seat)
{
    return seat->state < IC_SEAT_GONE;
}

/* The next one of the room hears the reason; false: nobody is left. */
static bool bar_one(struct ic_hub *h, struct ic_ref room_ref, const struct ic_wall_answer *answer)
{
    const struct ic_room *room = ic_roster_at(h, room_ref);
    struct ic_ref ref = {0};
    const struct ic_seat *seat = ic_roster_seat(h, room->first, &ref);
    while (seat != NULL && !is_there(seat))
        seat = ic_roster_seat(h, seat->next, &ref);
    struct ic_ref client = seat == NULL ? ic_knock_client(h, room) : seat->client;
    if (ic_pool_at(&h->clients, client) != NULL) {
        ic_request_bar(h, client, room, answer);
    } else if (seat != NULL) { /* its socket is gone, and it is not waited for any more */
        ic_seat_end(h, ref, IC_SIG_LOST);
        ic_group_settle(h, room_ref);
    } else {
        return false;
    }
    return true;
}

void ic_recheck_room(struct ic_hub *h, struct ic_ref ref)
{
    struct ic_room *room = ic_roster_at(h, ref);
    struct ic_wall_answer answer = ic_permit_ask(h, room, IC_WALL_STAY, 0);
    struct ic_time next = ic_time_add(h->now, IC_MS(IC_SIGNAL_RECHECK_MS));
    if (ic_time_reached(room->lobby_at, h->now)) {
        room->lobby_at = IC_NEVER;
        ic_knock_tell_moving(h, room);
    }
    bool is_over = answer.reason != NULL && answer.is_end;
    if (is_over && !room->is_barred)
        ic_effect_log(&h->effects, "meeting_barred", 0, room->key, answer.reason);
    room->is_barred = is_over;
    if (is_over && bar_one(h, ref, &answer))
        next = h->now;
    if (ic_pool_at(&h->rooms, ref) != NULL)
        ic_heap_set(&h->deadlines, ic_hub_room_deadline_id(h, ref.index), next);
}
