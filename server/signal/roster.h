/* The people of a meeting: who is there, in the order of coming, and what everybody is told. Rooms
 * are made with the first seat, pinned to the worker with the fewest people, and go with the last.
 */
#ifndef IC_SIGNAL_ROSTER_H
#define IC_SIGNAL_ROSTER_H

#include "signal/hub_state.h"

/* A number that is unique in the process and tells nothing. Never 0. */
uint64_t ic_roster_key(struct ic_hub *h);

/* The room of a meeting; none when nobody is in it. */
struct ic_ref ic_roster_find(const struct ic_hub *h,
                             const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Make the room of a meeting.
 *  none  rooms_max */
struct ic_ref ic_roster_make(struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN]);
struct ic_room *ic_roster_room(const struct ic_hub *h, const struct ic_seat *seat);

/* Put a seat into a room, take it out (the room goes with its last seat). */
void ic_roster_add(struct ic_hub *h, struct ic_ref seat, struct ic_ref room);
void ic_roster_remove(struct ic_hub *h, struct ic_ref seat);
/* The seat stays in the list but counts no more: another one takes its place. */
void ic_roster_discount(struct ic_hub *h, struct ic_seat *seat);

/* What the others see of a seat. */
enum ic_sig_state ic_roster_state(const struct ic_seat *seat);

/* Everybody in the roster gets one text; except: peer key of somebody who does not, or 0. */
void ic_roster_tell_all(struct ic_hub *h, const struct ic_room *room, struct ic_text text,
                        uint64_t except);
/* The text of `peer` about a seat. */
struct ic_text ic_roster_person_text(struct ic_hub *h, const struct ic_seat *seat);
/* `peers`, complete, then `slots` with everything assigned, to the client of the seat. */
void ic_roster_send_lists(struct ic_hub *h, struct ic_seat *seat);
/* `slots` with what changed, to the client of the seat. */
void ic_roster_send_changed_slots(struct ic_hub *h, struct ic_seat *seat);

#endif
