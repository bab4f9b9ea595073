/* What a client says, and what follows from it: the way from the first word to media and back out.
 * The states are those of client.h; knocks, seats and groups do the rest. */
#ifndef IC_SIGNAL_REQUEST_H
#define IC_SIGNAL_REQUEST_H

#include "signal/hub_state.h"

void ic_request_message(struct ic_hub *h, struct ic_ref client, const char *text, size_t len);
/* The store's answer to a knock or a resume; ignored when nobody waits for it any more. */
void ic_request_found(struct ic_hub *h, const struct ic_store_reply *reply);
/* The store's answer to a restore; ignored likewise. */
void ic_request_restore_found(struct ic_hub *h, const struct ic_store_reply *reply);
/* The store's answer to a group that was brought. */
void ic_request_restore_written(struct ic_hub *h, const struct ic_store_reply *reply);
/* The store's answer with commits that a resume has missed; ignored likewise. */
void ic_request_caught(struct ic_hub *h, const struct ic_store_reply *reply);
/* The worker's answer (READY) to the seat of a join. */
void ic_request_placed(struct ic_hub *h, struct ic_ref seat, const struct ic_evt *ready);
/* The worker refused a seat that has another transport, or says nothing: that one stays
 * (seat.h). */
void ic_request_not_moved(struct ic_hub *h, struct ic_ref seat, bool is_in_worker);
/* Fatal error: tell, close, give up the seat as lost and the knock. */
void ic_request_refuse(struct ic_hub *h, struct ic_ref client, enum ic_sig_error error);
/* The same, with the reason why this node may not carry the meeting. */
void ic_request_bar(struct ic_hub *h, struct ic_ref client, const struct ic_room *room,
                    const struct ic_wall_answer *answer);
/* The socket is gone. */
void ic_request_ended(struct ic_hub *h, struct ic_ref client, enum ic_hub_end end);
/* The time of a seat, of a knock is over. */
void ic_request_seat_over(struct ic_hub *h, struct ic_ref seat);
void ic_request_knock_over(struct ic_hub *h, struct ic_ref knock);
/* A deadline of the client was reached. */
void ic_request_tick(struct ic_hub *h, struct ic_ref client);
/* Tell it at the next tick that the server goes away. */
void ic_request_drain(struct ic_hub *h, struct ic_ref client);

#endif
