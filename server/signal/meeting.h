/* Making of meetings for the HTTP interface: the creator's policy holds the id; stored, then
 * answered. And what else is asked for over HTTP. */
#ifndef IC_SIGNAL_MEETING_H
#define IC_SIGNAL_MEETING_H

#include "signal/hub_state.h"

/* Ask the store for a new meeting, or answer at once why not.
 *  body  JSON text, borrowed */
void ic_meeting_request(struct ic_hub *h, struct ic_conn_id conn, const char *body, size_t len);
/* The store's answer; late ones are ignored. */
void ic_meeting_made(struct ic_hub *h, const struct ic_store_reply *reply);
/* The store did not answer within IC_SIGNAL_STORE_MS. */
void ic_meeting_tick(struct ic_hub *h, struct ic_ref making);

/* Bytes by their hash: of somebody who waits at once, of members and trees by the store. */
void ic_meeting_blob_request(struct ic_hub *h, struct ic_conn_id conn,
                             const uint8_t hash[static IC_SHA256_LEN]);
void ic_meeting_blob_found(struct ic_hub *h, const struct ic_store_reply *reply);

/* The policy of a meeting, for who has its link and has not knocked: of one that runs at once, of
 * others by the store. */
void ic_meeting_policy_request(struct ic_hub *h, struct ic_conn_id conn,
                               const uint8_t meeting[static IC_MEETING_ID_LEN]);
void ic_meeting_policy_found(struct ic_hub *h, const struct ic_store_reply *reply);

#endif
