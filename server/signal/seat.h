/* A person's place in a meeting, from the moment a worker is asked to make room until the person
 * left or is lost for good. Survives the loss of its socket for IC_RECONNECT_GRACE_MS.
 *
 * Timers (struct ic_seat): expire_at, the worker's answer while PLACING, later the end of the grace
 * of a lost socket or a lost transport; tell_at, a change held back by IC_SIGNAL_ROSTER_MS;
 * flush_at, slots changed in this turn. */
#ifndef IC_SIGNAL_SEAT_H
#define IC_SIGNAL_SEAT_H

#include "signal/hub_state.h"

/* The seat of a peer key, of a session's text; NULL when there is none. Replaced seats have no
 * session any more. Both also give the reference. */
struct ic_seat *ic_seat_of_peer(const struct ic_hub *h, uint64_t peer, struct ic_ref *ref);
struct ic_seat *ic_seat_of_session(const struct ic_hub *h, const char *session, struct ic_ref *ref);

/* Make a seat for a client's join in a room and ask the worker for it.
 *  replaces  a seat of the same room that gives way, or none; its worker forgets it at once
 * The pool has room (the hub counts members first). */
struct ic_ref ic_seat_place(struct ic_hub *h, struct ic_ref client, struct ic_ref join,
                            struct ic_ref room, struct ic_ref replaces);
/* The worker made room: into the roster, tell the client and everybody. */
void ic_seat_take(struct ic_hub *h, struct ic_ref seat,
                  const struct ic_server_transport *transport);
/* The client of the seat is gone, but it may come back. */
void ic_seat_detach(struct ic_hub *h, struct ic_ref seat);
/* A new client takes the seat, which has none. */
void ic_seat_attach(struct ic_hub *h, struct ic_ref seat, struct ic_ref client);
/* Give the seat up, whatever its state; its client is the caller's business. */
void ic_seat_remove(struct ic_hub *h, struct ic_ref seat, bool is_lost);

/* What the client says that it sends. */
void ic_seat_set_media(struct ic_hub *h, struct ic_ref seat, struct ic_sig_media sends);
/* The worker's news about the transport. reason: static text for the log. */
void ic_seat_media_connected(struct ic_hub *h, struct ic_ref seat);
void ic_seat_media_lost(struct ic_hub *h, struct ic_ref seat, const char *reason);
/* The worker's news about a slot; told with the other ones of this turn. */
void ic_seat_slot(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *evt);

/* Tell the client of the seat, which has one, that the server goes away. */
void ic_seat_tell_draining(struct ic_hub *h, struct ic_ref seat);

/* A deadline was reached. true: the seat has expired, the caller ends it and its client. */
IC_NODISCARD bool ic_seat_tick(struct ic_hub *h, struct ic_ref seat);

#endif
