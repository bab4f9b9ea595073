/* Retransmission store of one publisher stream: handles of received packets, found by extended
 * sequence for IC_RTX_WINDOW_MS. One store serves all receivers. The store counts as one owner of
 * each handle in it: whatever it gives back, the caller releases. Nothing is copied. */
#ifndef IC_MEDIA_PACKET_STORE_H
#define IC_MEDIA_PACKET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"

struct ic_packet_entry {
    struct ic_ref packet; /* none: free */
    uint64_t ext_seq;
    struct ic_time arrived;
};

struct ic_packet_store {
    struct ic_packet_entry *entries; /* kept */
    uint32_t capacity;
    uint32_t held;
    uint32_t hand; /* where ic_packet_store_expire goes on */
};

/* Begin empty.
 *  entries   keeps; capacity of them, a power of two (asserted); cleared here */
void ic_packet_store_init(struct ic_packet_store *s, struct ic_packet_entry *entries,
                          uint32_t capacity);
/* Put a packet in. The handle that comes back (not none) is no longer held: release it. It may be
 * `packet` itself when a newer one has its place or it is there already. */
IC_NODISCARD struct ic_ref ic_packet_store_put(struct ic_packet_store *s, struct ic_time now,
                                               uint64_t ext_seq, struct ic_ref packet);
/* The packet of a number, still owned by the store; none when unknown or older than the window. */
struct ic_ref ic_packet_store_find(const struct ic_packet_store *s, struct ic_time now,
                                   uint64_t ext_seq);
/* Take out one packet older than the window; call until none comes back, every 100 ms or so, and
 * release each. Cost: amortised O(1) a packet, at most O(capacity). */
IC_NODISCARD struct ic_ref ic_packet_store_expire(struct ic_packet_store *s, struct ic_time now);
/* Take out any packet; call until none comes back (the stream ends). */
IC_NODISCARD struct ic_ref ic_packet_store_drain(struct ic_packet_store *s);

#endif
