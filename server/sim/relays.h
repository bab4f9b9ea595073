/* The control plane's part of relays in the simulated world: opens them between two workers, lets
 * them carry meetings, passes on what the ends say of their slots, and opens again what was lost.
 * What it says arrives after a while of its own, in order at each worker; so media overtakes it. */
#ifndef IC_SIM_RELAYS_H
#define IC_SIM_RELAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "msg/evt.h"

#define IC_RELAYS_OPEN_MAX  8
#define IC_RELAYS_SPANS_MAX 8

struct ic_world;
struct ic_relays;

/* What an end is told of the other one's certificate. */
enum ic_relays_fault {
    IC_RELAYS_GOOD,
    IC_RELAYS_CALLER_IS_ANOTHER,   /* the answering end finds another certificate */
    IC_RELAYS_ANSWERER_IS_ANOTHER, /* the calling end does */
};

struct ic_relays *ic_relays_create(void);
void ic_relays_destroy(struct ic_relays *r);
/* Open a relay between two workers; the first one calls. Returns its number. */
uint32_t ic_relays_open(struct ic_world *world, uint32_t caller, uint32_t answerer,
                        enum ic_relays_fault fault);
/* Let it carry a meeting, from when it is connected, and again whenever it was lost. */
void ic_relays_carry(struct ic_world *world, uint32_t relay, uint64_t room);
/* What the worker is called at the other end of its relays: each stands for a node. */
const char *ic_relays_node(uint32_t worker);
/* End it for good, and what it carries. */
void ic_relays_close(struct ic_world *world, uint32_t relay);
/* Both ends are connected. */
bool ic_relays_is_up(const struct ic_world *world, uint32_t relay);
/* How often it was opened, and why an end (0: the caller) was closed last. */
uint32_t ic_relays_opened(const struct ic_world *world, uint32_t relay);
enum ic_peer_reason ic_relays_reason(const struct ic_world *world, uint32_t relay, uint32_t end);

/* For the world: an event of a relay or of a meeting on it, and what is due. */
void ic_relays_on_evt(struct ic_world *world, uint32_t worker, const struct ic_evt *evt);
void ic_relays_tick(struct ic_world *world);
struct ic_time ic_relays_deadline(const struct ic_relays *r);

#endif
