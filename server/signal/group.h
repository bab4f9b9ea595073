/* The group of a room and its log: how it begins, goes on and ends. What changes it is written
 * down by the store first; then it is taken over and delivered. One change at a time.
 *
 *   none --create, store--> running --commit, store--> running --last seat--> none */
#ifndef IC_SIGNAL_GROUP_H
#define IC_SIGNAL_GROUP_H

#include "signal/hub_state.h"

/* What clients in the right state ask for; answered now or by ic_group_written. */
void ic_group_create(struct ic_hub *h, struct ic_ref client, const struct ic_sig_create *msg);
void ic_group_commit(struct ic_hub *h, struct ic_ref client, const struct ic_sig_commit *msg);
/* A member proves that it has authority. */
void ic_group_prove(struct ic_hub *h, struct ic_ref client, const struct ic_sig_authority *msg);

/* The store's answer to GROUP_BEGIN and GROUP_COMMIT, with the parts of the request. */
void ic_group_written(struct ic_hub *h, const struct ic_store_reply *reply);
/* Seats or their sessions changed: the store writes them down, once what it writes is written. */
void ic_group_note(struct ic_hub *h, struct ic_ref room);
/* The store's answer to GROUP_RECORD, GROUP_IDENTITY and GROUP_END. */
void ic_group_noted(struct ic_hub *h, const struct ic_store_reply *reply);

/* What a store held of the group of a room that was just made. Everybody has
 * IC_RECONNECT_GRACE_MS to come back.
 *  IC_ERR_FULL    no room for so many
 *  IC_ERR_SYSTEM  it is unsound, or the crypto library failed */
IC_NODISCARD enum ic_err ic_group_load(struct ic_hub *h, struct ic_ref room,
                                       struct ic_store_part state, struct ic_store_part record);
/* Seats or knocks ended: the group ends with its last person, the room when it has no use. The
 * reference may be stale. */
void ic_group_settle(struct ic_hub *h, struct ic_ref room);

#endif
