/* Definition of struct ic_worker, for the files of sfu/ alone. */
#ifndef IC_SFU_WORKER_STATE_H
#define IC_SFU_WORKER_STATE_H

#include "base/heap.h"
#include "base/map.h"
#include "base/pool.h"
#include "base/prng.h"
#include "media/twcc_arrival.h"
#include "sfu/evt_ring.h"
#include "sfu/packet_pool.h"
#include "sfu/peer.h"
#include "sfu/relay_member.h"
#include "sfu/room.h"
#include "sfu/shed.h"
#include "sfu/slot.h"
#include "sfu/staging.h"
#include "sfu/track.h"
#include "sfu/tx_queue.h"
#include "sfu/worker.h"

/* An address as a key: 16 bytes and the port. */
#define IC_ADDRESS_KEY_LEN 18

struct ic_worker {
    struct ic_packet_pool packets;
    struct ic_tx_queue queue;
    struct ic_staging staging;
    struct ic_worker_stats stats;
    struct ic_time now;  /* of the last call */
    struct ic_ref spare; /* that the next RTP packet is decrypted into; none: it was kept */
    struct ic_map by_address, by_ufrag, by_key; /* to indexes of peers */
    struct ic_pool peers, tracks, slots;
    struct ic_pool stores;              /* struct ic_track_store */
    struct ic_pool relay_members;       /* struct ic_relay_member */
    struct ic_map by_number;            /* of a meeting on a relay, to indexes of peers */
    uint32_t person_count, relay_count; /* of the peers */
    struct ic_pool rtx_streams;         /* struct ic_rtx_stream */
    struct ic_pool arrivals;            /* struct ic_twcc_arrival, of people who send */
    struct ic_room_table rooms;
    struct ic_heap deadlines; /* by index of peer; the last id is the statistics */
    struct ic_evt_ring events;
    struct ic_shed shed;
    bool stats_announced;   /* an event about statistics is on its way */
    uint32_t dtls_pending;  /* handshakes under way */
    uint32_t store_reserve; /* packets that no store may take */
    struct ic_prng prng;
    struct ic_worker_config config;
};

static inline struct ic_peer *ic_worker_peer(const struct ic_worker *w, uint32_t index)
{
    struct ic_ref ref;
    return ic_pool_at_index(&w->peers, index, &ref);
}

static inline struct ic_track *ic_worker_track(const struct ic_worker *w, struct ic_ref ref)
{
    return ic_pool_at(&w->tracks, ref);
}

/* By its number, which is in use. */
static inline struct ic_slot *ic_worker_slot(const struct ic_worker *w, uint32_t id)
{
    return ic_pool_item(&w->slots, id);
}

static inline struct ic_room *ic_worker_room(const struct ic_worker *w, struct ic_ref ref)
{
    return ic_pool_at(&w->rooms.pool, ref);
}

static inline struct ic_relay_member *ic_relay_member_at(const struct ic_worker *w,
                                                         const struct ic_peer *peer)
{
    return ic_pool_at(&w->relay_members, peer->relay_member);
}

/* What carries the peer's packets: its own transport, or that of the relay that it stands on. */
static inline struct ic_peer_io *ic_worker_transport(const struct ic_worker *w,
                                                     struct ic_peer *peer)
{
    if (peer->role != IC_PEER_RELAY_MEMBER)
        return &peer->io;
    return &ic_worker_peer(w, ic_relay_member_at(w, peer)->relay)->io;
}

/* Random bytes from the entropy source. */
void ic_worker_entropy(struct ic_worker *w, uint8_t *out, size_t n);
/* Count a dropped datagram by what was wrong with it. */
void ic_worker_count_drop(struct ic_worker *w, enum ic_err err);
/* The address as a key of by_address. */
void ic_worker_address_key(const struct ic_addr *addr, uint8_t key[static IC_ADDRESS_KEY_LEN]);

#endif
