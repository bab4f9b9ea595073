/* A leaf of the meeting's group, and the person behind it: socket, media, what the others see.
 *
 *   ADMITTED -> PLACING -> TAKEN -> PLACING ...     GONE: left or lost, the leaf is still there
 *       `---------`----------`----> GONE -> OVER    OVER: the leaf is removed
 *
 * Survives the loss of its socket for IC_RECONNECT_GRACE_MS, and a page that goes away for
 * IC_SIGNAL_AWAY_MS.
 *
 * A transport at a node that goes out of service is replaced while it stands: the client is told
 * (move_media) and joins once more. The old transport goes on beside the new one, and is the one
 * that is heard, until the client says what it sends with the new one; then it ends. Of the two,
 * one alone is a source of the meeting at any time. If the new one comes to nothing before, the old
 * one is the only one again, and the client hears `busy` (not fatal).
 *
 * Timers (struct ic_seat): before_until, as above; expire_at, the worker's answer while PLACING,
 * the end of the grace of a lost socket or a lost transport; tell_at, a change held back by
 * IC_SIGNAL_ROSTER_MS, or an end not told yet; flush_at, slots changed in this turn. */
#ifndef IC_SIGNAL_SEAT_H
#define IC_SIGNAL_SEAT_H

#include "signal/hub_state.h"

/* The seat of a worker's key; NULL when there is none. Also gives the reference. */
struct ic_seat *ic_seat_of_key(const struct ic_hub *h, uint64_t key, struct ic_ref *ref);
/* The seat in this room that a session opens; gone ones too, as long as their leaf is there. */
struct ic_seat *ic_seat_of_session(const struct ic_hub *h, const struct ic_room *room,
                                   const uint8_t session_hash[static IC_SHA256_LEN],
                                   struct ic_ref *ref);
/* SHA-256 of a session in base64url; false when it is none. */
bool ic_seat_hash_session(const char *session, uint8_t out[static IC_SHA256_LEN]);

/* A seat for a leaf that is in the group from now on. The pool has room (the caller counts).
 *  client  its socket, or none: then it is kept for IC_RECONNECT_GRACE_MS */
struct ic_ref ic_seat_admit(struct ic_hub *h, struct ic_ref room, uint32_t leaf,
                            const uint8_t session_hash[static IC_SHA256_LEN], bool has_authority,
                            struct ic_ref client);
/* Ask the worker for media with the transport of hub->msg; an earlier one ends, or goes on beside
 * it for a while if the client was told to move its media. */
void ic_seat_place(struct ic_hub *h, struct ic_ref seat, const struct ic_sig_join *join);
/* The worker made room (READY): tell the client and everybody. */
void ic_seat_take(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *ready);
/* The client of the seat is gone, but it may come back; is_away: the page went by itself. */
void ic_seat_detach(struct ic_hub *h, struct ic_ref seat, bool is_away);
/* A new client takes the seat, which has none. */
void ic_seat_attach(struct ic_hub *h, struct ic_ref seat, struct ic_ref client);
/* The same, told with another text than `resumed`. */
void ic_seat_attach_with(struct ic_hub *h, struct ic_ref seat, struct ic_ref client,
                         struct ic_text text);
/* What a client hears when it has all commits: people, slots, knocks. */
void ic_seat_tell_client(struct ic_hub *h, struct ic_ref seat);

/* Media ends and nobody comes back, but the leaf stays; its client is the caller's business. */
void ic_seat_end(struct ic_hub *h, struct ic_ref seat, enum ic_sig_gone reason);
/* The leaf is removed: media ends at once, the others hear of it by the tick, which frees it. Its
 * client is the caller's business. */
void ic_seat_remove(struct ic_hub *h, struct ic_ref seat, enum ic_sig_gone reason);
/* Free a seat that nobody needs to hear of. */
void ic_seat_free(struct ic_hub *h, struct ic_ref seat);

/* What the client says that it sends. */
void ic_seat_set_media(struct ic_hub *h, struct ic_ref seat, struct ic_sig_media sends);
/* The worker's news about the transport. reason: static text for the log. */
void ic_seat_media_connected(struct ic_hub *h, struct ic_ref seat);
void ic_seat_media_lost(struct ic_hub *h, struct ic_ref seat, const char *reason,
                        const struct ic_evt *closed);
/* The client is to make another transport, beside the one that stands. False: not now. */
IC_NODISCARD bool ic_seat_move_media(struct ic_hub *h, struct ic_ref seat);
/* The other one was refused, or not answered (PLACING, beside an old one): the old one is the only
 * one again.  is_in_worker  the worker may have the other one */
void ic_seat_not_moved(struct ic_hub *h, struct ic_ref seat, bool is_in_worker);
/* The worker gave the old one up. */
void ic_seat_before_ended(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *closed);
/* The worker's answer (COUNTS) about a transport for which this seat has receipts (meter.h). */
void ic_seat_counted(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *counts);
/* The receipt of another node that carries its media (meter.h). */
void ic_seat_receipt_came(struct ic_hub *h, struct ic_ref seat, const struct ic_receipt_came *came);
/* The client says that it leaves, and wants its last receipt before. */
void ic_seat_end_receipts(struct ic_hub *h, struct ic_ref seat);
/* The worker's news about a slot, of the old transport too; told with the other ones of this turn.
 */
void ic_seat_slot(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *evt);

/* Tell the client of the seat, which has one, to which node its meeting goes. */
void ic_seat_tell_moving(struct ic_hub *h, struct ic_ref seat);
/* Tell the client of the seat, which has one, that the server goes away. */
void ic_seat_tell_draining(struct ic_hub *h, struct ic_ref seat);

/* A deadline was reached. true: the time is over, the caller ends the seat and its client. */
IC_NODISCARD bool ic_seat_tick(struct ic_hub *h, struct ic_ref seat);

#endif
