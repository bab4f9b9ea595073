/* Events that wait for the control plane. Each peer has a few places set aside, so that its events
 * always find room, however long nobody asks for them; what an event says is read from the peer
 * when it is handed out. */
#ifndef IC_SFU_EVT_RING_H
#define IC_SFU_EVT_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"
#include "msg/evt.h"

/* READY (of a meeting on a relay: RELAY_WANTED, one place for all), CONNECTED, SLOT (one place for
 * all), CLOSED, COUNTS twice (each asked for by the control plane, which asks again only when it
 * was answered, or for the last time) */
#define IC_EVT_RING_PEER_MAX 6

struct ic_evt_entry {
    enum ic_evt_kind kind;
    enum ic_peer_reason reason;
    uint64_t key;       /* of the peer */
    struct ic_ref peer; /* stale: it is gone, and its event with it (but CLOSED, REFUSED, COUNTS) */
    struct ic_peer_counts counts;                   /* as they were: CLOSED, COUNTS */
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* likewise */
};

struct ic_evt_ring {
    struct ic_evt_entry *entries;
    uint32_t capacity; /* power of two */
    uint32_t head, count;
};

/* Room for the events of peers_max peers and some refusals.
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_evt_ring_init(struct ic_evt_ring *r, uint32_t peers_max);
void ic_evt_ring_deinit(struct ic_evt_ring *r);
/* A further peer's events will find room beside those of `peers` peers. */
bool ic_evt_ring_has_room(const struct ic_evt_ring *r, uint32_t peers);
/* Append; false when full. */
IC_NODISCARD bool ic_evt_ring_put(struct ic_evt_ring *r, const struct ic_evt_entry *entry);
/* The oldest, lent; NULL when empty. */
const struct ic_evt_entry *ic_evt_ring_first(const struct ic_evt_ring *r);
/* Forget the oldest. */
void ic_evt_ring_pop(struct ic_evt_ring *r);

#endif
