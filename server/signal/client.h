/* One connected WebSocket: a state table, NEW -> FINDING -> PLACING -> JOINED (or NEW -> JOINED by
 * resume), closed from any of them. A closed client is no longer in the pool.
 *
 * Timers: timeout_at, first message within IC_WS_JOIN_TIMEOUT_MS, answer of the store within
 * IC_SIGNAL_STORE_MS. The later ones belong to the seat. */
#ifndef IC_SIGNAL_CLIENT_H
#define IC_SIGNAL_CLIENT_H

#include "signal/hub_state.h"

/* The client of a socket; NULL when there is none. */
struct ic_client *ic_client_of_conn(const struct ic_hub *h, struct ic_conn_id conn,
                                    struct ic_ref *ref);

/*  IC_ERR_FULL   clients_max
 *  IC_ERR_STATE  this conn is open already */
IC_NODISCARD enum ic_err ic_client_open(struct ic_hub *h, struct ic_conn_id conn);
void ic_client_message(struct ic_hub *h, struct ic_ref client, const char *text, size_t len);
/* The store's answer to FINDING; ignored in any other state. */
void ic_client_found(struct ic_hub *h, struct ic_ref client, enum ic_err result);
/* The worker's answer to PLACING. */
void ic_client_placed(struct ic_hub *h, struct ic_ref client,
                      const struct ic_server_transport *transport);
/* Fatal error: tell, close, give up the seat as lost. */
void ic_client_refuse(struct ic_hub *h, struct ic_ref client, enum ic_sig_error error);
/* The socket is gone. */
void ic_client_ended(struct ic_hub *h, struct ic_ref client, bool is_clean);
/* A deadline was reached. */
void ic_client_tick(struct ic_hub *h, struct ic_ref client);
/* Tell it at the next tick that the server goes away. */
void ic_client_drain(struct ic_hub *h, struct ic_ref client);

#endif
