/* A meeting goes to another node while this one still carries it (docs/protocol/signalling.md 4.5).
 * From then on its group does not change here; whoever is in it is told where it is, and keeps
 * media here until there is media there. */
#ifndef IC_SIGNAL_MOVE_H
#define IC_SIGNAL_MOVE_H

#include "signal/hub_state.h"

/* Somebody is in it, and nothing is about to change its group. room may be none. */
bool ic_move_may(const struct ic_hub *h, struct ic_ref room);
/* Tell its people.  node: copied. room may be none. */
void ic_move_begin(struct ic_hub *h, struct ic_ref room, const char *node);
/* The media of one person alone go to another node: its client is told. False: not now. */
IC_NODISCARD bool ic_move_media(struct ic_hub *h, uint64_t peer);
/* It cannot be moved, and the server goes away: its people are told that. room may be none. */
void ic_move_not(struct ic_hub *h, struct ic_ref room);

#endif
