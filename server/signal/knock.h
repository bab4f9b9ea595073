/* Those who ask to be let into a meeting: at most IC_SIGNAL_KNOCKS_MAX a room, for at most
 * IC_SIGNAL_KNOCK_MS. A knock is checked by itself at once, and against the meeting when the store
 * has found it. Whether somebody may come in is for the members, who commit. */
#ifndef IC_SIGNAL_KNOCK_H
#define IC_SIGNAL_KNOCK_H

#include "signal/hub_state.h"

/* Keep what a client says, and check the key package and the hash of the identity.
 *  IC_ERR_FULL    no room for it, or the crypto library failed
 *  IC_ERR_INPUT   the key package cannot be added to any group, or the identity is not the one that
 *                 is in it */
IC_NODISCARD enum ic_err ic_knock_make(struct ic_hub *h, struct ic_ref client,
                                       const struct ic_sig_knock *msg, struct ic_ref *ref);
/* Of a reference that is not stale (asserted). */
struct ic_knock *ic_knock_at(const struct ic_hub *h, struct ic_ref knock);
/* The room of its meeting is there: into its queue. Members hear of it.
 *  IC_ERR_FULL  too many knock at this meeting */
IC_NODISCARD enum ic_err ic_knock_enter(struct ic_hub *h, struct ic_ref knock, struct ic_ref room);
/* Another client has the same session: its knock in this room; none when there is none. */
struct ic_ref ic_knock_of_session(const struct ic_hub *h, const struct ic_room *room,
                                  const uint8_t session_hash[static IC_SHA256_LEN]);
/* Those who wait in this room hear which node has the meeting. */
void ic_knock_tell_moving(struct ic_hub *h, const struct ic_room *room);
/* The client of the first one who waits in this room; none. */
struct ic_ref ic_knock_client(const struct ic_hub *h, const struct ic_room *room);
/* The knock in this room with this name, or with this key package; none. */
struct ic_ref ic_knock_of_id(const struct ic_hub *h, const struct ic_room *room,
                             const uint8_t id[static IC_KNOCK_ID_LEN]);
struct ic_ref ic_knock_of_package(const struct ic_hub *h, const struct ic_room *room,
                                  const uint8_t reference[static IC_MLSGROUP_REFERENCE_LEN]);
/* The sealed identity with this hash of somebody who waits; len 0 when there is none. */
struct ic_mls_span ic_knock_identity(const struct ic_hub *h,
                                     const uint8_t hash[static IC_SHA256_LEN]);

/* `waiting` to its client. */
void ic_knock_tell_client(struct ic_hub *h, struct ic_ref knock);
/* All knocks of a room, to a member. */
void ic_knock_tell_member(struct ic_hub *h, const struct ic_seat *seat);
/* Another note.
 *  IC_ERR_FULL  too many words of those who wait at this meeting */
IC_NODISCARD enum ic_err ic_knock_set_note(struct ic_hub *h, struct ic_ref knock,
                                           struct ic_mls_span note);

/* The socket of the knock is gone. One that is being written stays for the store's answer. */
void ic_knock_cut(struct ic_hub *h, struct ic_ref knock);
/* It is admitted or declined; its client is the caller's business. Members hear of it. */
void ic_knock_finish(struct ic_hub *h, struct ic_ref knock);
/* The commit that added it was not written: it waits on, if somebody is there. */
void ic_knock_return(struct ic_hub *h, struct ic_ref knock);

/* A deadline was reached. true: it waited too long, the caller ends it and its client. */
IC_NODISCARD bool ic_knock_tick(struct ic_hub *h, struct ic_ref knock);

#endif
