/* Meetings in progress are checked again every IC_SIGNAL_RECHECK_MS: a node that may carry one no
 * longer ends it, one person a step. */
#ifndef IC_SIGNAL_RECHECK_H
#define IC_SIGNAL_RECHECK_H

#include "signal/hub_state.h"

/* The deadline of a room was reached. */
void ic_recheck_room(struct ic_hub *h, struct ic_ref room);

#endif
