/* The people of a meeting: who is there, in the order of coming, and what everybody is told. A room
 * is made when somebody knocks or comes back, pinned to the worker with the fewest people, and goes
 * when nobody is there, nobody knocks and the store owes no answer. */
#ifndef IC_SIGNAL_ROSTER_H
#define IC_SIGNAL_ROSTER_H

#include "signal/hub_state.h"

/* A number that is unique in the process and tells nothing. Never 0. */
uint64_t ic_roster_key(struct ic_hub *h);

/* The room of a meeting; none when nobody is in it. */
struct ic_ref ic_roster_find(const struct ic_hub *h,
                             const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Make the room of a meeting, without a group.
 *  policy  copied, at most IC_POLICY_BYTES_MAX
 *  IC_ERR_FULL   rooms_max
 *  IC_ERR_INPUT  not a policy */
IC_NODISCARD enum ic_err ic_roster_make(struct ic_hub *h,
                                        const uint8_t meeting[static IC_MEETING_ID_LEN],
                                        struct ic_mls_span policy, struct ic_ref *ref);
/* Of a reference that is not stale (asserted). */
struct ic_room *ic_roster_at(const struct ic_hub *h, struct ic_ref room);
struct ic_room *ic_roster_room(const struct ic_hub *h, const struct ic_seat *seat);
/* Forget a room that has no use any more; others stay. */
void ic_roster_leave(struct ic_hub *h, struct ic_ref room);
/* The policy names hosts. */
static inline bool ic_roster_is_hosted(const struct ic_room *room)
{
    return room->policy.host_key_count > 0;
}
/* Somebody with authority lets people in; else any member does. */
static inline bool ic_roster_has_lobby(const struct ic_room *room)
{
    return ic_roster_is_hosted(room) && room->policy.lobby_mode == IC_LOBBY_CLOSED;
}

/* Seats that nobody has and that are promised to nobody. */
uint32_t ic_roster_free_seats(const struct ic_hub *h);
/* There is room for so many who come when so many go, in this room and in all. */
bool ic_roster_has_room(const struct ic_hub *h, const struct ic_room *room, uint32_t going,
                        uint32_t coming);
/* Put a seat into a room, take it out. */
void ic_roster_add(struct ic_hub *h, struct ic_ref seat, struct ic_ref room);
void ic_roster_remove(struct ic_hub *h, struct ic_ref seat);
/* The seat stays in the list but counts no more: it is gone. */
void ic_roster_discount(struct ic_hub *h, struct ic_seat *seat);
/* Seats one after the other, from room->first; NULL at the end. */
struct ic_seat *ic_roster_seat(const struct ic_hub *h, uint32_t index, struct ic_ref *ref);
/* The seat of a leaf of the group; NULL when there is none. */
struct ic_seat *ic_roster_leaf(const struct ic_hub *h, const struct ic_room *room, uint32_t leaf,
                               struct ic_ref *ref);

/* What the others see of a seat. */
enum ic_sig_state ic_roster_state(const struct ic_seat *seat);

/* Everybody who has the list gets one text. */
void ic_roster_tell_all(struct ic_hub *h, const struct ic_room *room, struct ic_text text);
/* The text of `peer` about a seat. */
struct ic_text ic_roster_person_text(struct ic_hub *h, const struct ic_seat *seat);
/* `peers`, complete, `slots` with everything assigned, `codec`, and `gone` of those who left a leaf
 * behind, to the client of the seat; from then on it hears of changes. */
void ic_roster_send_lists(struct ic_hub *h, struct ic_seat *seat);
/* `slots` with what changed, to the client of the seat. */
void ic_roster_send_changed_slots(struct ic_hub *h, struct ic_seat *seat);
/* Somebody's media began or ended: tell everybody if another codec is the best for all now. */
void ic_roster_choose_codec(struct ic_hub *h, struct ic_room *room);

#endif
