/* Making of meetings for the HTTP interface: a random id, stored, then answered. */
#ifndef IC_SIGNAL_MEETING_H
#define IC_SIGNAL_MEETING_H

#include "signal/hub_state.h"

/* Ask the store for a new meeting, or answer at once that the server is busy. */
void ic_meeting_request(struct ic_hub *h, struct ic_conn_id conn);
/* The store's answer; late ones are ignored. */
void ic_meeting_made(struct ic_hub *h, struct ic_ref making, enum ic_err result);
/* The store did not answer within IC_SIGNAL_STORE_MS. */
void ic_meeting_tick(struct ic_hub *h, struct ic_ref making);

#endif
