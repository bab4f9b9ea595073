/* A resume: the seat gets its new socket at once, and the commits that came since from the store,
 * piece by piece, until it has what everybody has. */
#ifndef IC_SIGNAL_CATCH_UP_H
#define IC_SIGNAL_CATCH_UP_H

#include "signal/hub_state.h"

/* Give the client in FINDING the seat in this room that its session opens; whoever held it holds it
 * no more. false: there is no such seat, or too much happened since. */
IC_NODISCARD bool ic_catch_up_begin(struct ic_hub *h, struct ic_ref client,
                                    const struct ic_room *room);
/* A piece has come.
 *  IC_ERR_GONE    the store has not got what is missing, or it is too much
 *  IC_ERR_SYSTEM  what the store read is unsound */
IC_NODISCARD enum ic_err ic_catch_up_go_on(struct ic_hub *h, struct ic_ref client,
                                           const struct ic_store_reply *reply);

#endif
