/* One connected WebSocket: a state table. Closed from any state; a closed client is no longer in
 * the pool, and whoever refers to it (knock, seat) is the caller's business.
 *
 *   NEW -> FINDING -> WAITING -> ADMITTED -> PLACING -> JOINED -> PLACING ...
 *             `------------------^------------------------^   by resume
 *
 * Timers: timeout_at, first message within IC_WS_JOIN_TIMEOUT_MS, answer of the store within
 * IC_SIGNAL_STORE_MS. The later ones belong to knock and seat. */
#ifndef IC_SIGNAL_CLIENT_H
#define IC_SIGNAL_CLIENT_H

#include "signal/hub_state.h"

/* The client of a socket; NULL when there is none. */
struct ic_client *ic_client_of_conn(const struct ic_hub *h, struct ic_conn_id conn,
                                    struct ic_ref *ref);
/* Of a reference that is not stale (asserted). */
struct ic_client *ic_client_at(const struct ic_hub *h, struct ic_ref ref);

/*  IC_ERR_FULL   clients_max
 *  IC_ERR_STATE  this conn is open already */
IC_NODISCARD enum ic_err ic_client_open(struct ic_hub *h, struct ic_conn_id conn);
/* The only place where a client changes its state. timeout_at: IC_NEVER where others keep time. */
void ic_client_move(struct ic_hub *h, struct ic_ref client, enum ic_client_state to,
                    struct ic_time timeout_at);
/* Set the deadline anew, after loss or one of the tell_… flags was set. */
void ic_client_touch(struct ic_hub *h, struct ic_ref client);

/* One text to the client, if its socket is there. */
void ic_client_send(struct ic_hub *h, struct ic_ref client, struct ic_text text);
void ic_client_refused(struct ic_hub *h, struct ic_ref client, enum ic_sig_type what,
                       enum ic_sig_refusal reason);
/* In the group with all its commits, and its socket is there: gets what all members get. */
bool ic_client_is_member(const struct ic_hub *h, struct ic_ref client);

/* Forget; without a word, with a normal close, with a fatal error. */
void ic_client_drop(struct ic_hub *h, struct ic_ref client);
void ic_client_part(struct ic_hub *h, struct ic_ref client);
void ic_client_expel(struct ic_hub *h, struct ic_ref client, enum ic_sig_error error);
void ic_client_expel_node_refused(struct ic_hub *h, struct ic_ref client,
                                  const struct ic_sig_node_refused *refused);

#endif
