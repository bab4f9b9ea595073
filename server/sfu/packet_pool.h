/* The packets of one worker: buffers that RTP is decrypted into, and one cache line of description
 * for each. A packet has owners, counted by plain integers: the worker while it comes in, a
 * publisher's store, the queue of what is to be sent. The last owner that lets go frees it. Bytes
 * are immutable once there is more than one. */
#ifndef IC_SFU_PACKET_POOL_H
#define IC_SFU_PACKET_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/pool.h"
#include "media/media_packet.h"

struct ic_packet {
    /* A ready datagram (RTCP, STUN, DTLS) uses payload_offset and payload_len only. */
    _Alignas(IC_LINE) struct ic_media_packet media;
    struct ic_ref track; /* that sent it; meaningless for a ready datagram */
    uint32_t owners;     /* 0: free */
    uint32_t generation;
};

static_assert(sizeof(struct ic_packet) == IC_LINE, "the description of a packet is one cache line");

struct ic_packet_pool {
    struct ic_packet *packets;
    void *packets_block;
    uint8_t *bytes;
    uint32_t *free; /* stack: what was used last is warm */
    uint32_t free_count, count;
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_packet_pool_init(struct ic_packet_pool *p, uint32_t count);
void ic_packet_pool_deinit(struct ic_packet_pool *p);

/* Take a packet, with one owner; none when all are in use. Contents are undefined. */
struct ic_ref ic_packet_pool_get(struct ic_packet_pool *p);
/* One more owner. */
void ic_packet_pool_hold(struct ic_packet_pool *p, struct ic_ref ref);
/* One owner less. */
void ic_packet_pool_release(struct ic_packet_pool *p, struct ic_ref ref);
/* Lent while there is an owner (asserted). */
struct ic_packet *ic_packet_pool_at(const struct ic_packet_pool *p, struct ic_ref ref);
/* The buffer, IC_PACKET_CAP bytes. */
uint8_t *ic_packet_pool_bytes(const struct ic_packet_pool *p, struct ic_ref ref);

#endif
