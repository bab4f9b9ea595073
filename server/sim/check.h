/* The rules that hold at every event of a simulated world, and what can be said at its end. */
#ifndef IC_SIM_CHECK_H
#define IC_SIM_CHECK_H

#include "sfu/worker.h"
#include "sim/world.h"

/* A datagram leaves the worker. */
void ic_check_dgram(struct ic_world *world, uint32_t worker, const struct ic_dgram *dgram);
/* The worker tells the control plane something. */
void ic_check_event(struct ic_world *world, const struct ic_evt *evt);
/* A turn is over. */
void ic_check_turn(struct ic_world *world);
/* All are gone and everything was flushed: the worker holds nothing any more. */
void ic_check_empty(struct ic_world *world);

#endif
