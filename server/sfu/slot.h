/* One receive section of a peer: a stream of its own (SSRC, sequence, timestamps), whatever source
 * stands in it. Assigned: the control plane was told who is in it. Subscribed: packets of the
 * track come (the peer is connected). Waiting: until the packet that a switch of source or codec
 * may begin with. Blocked: nothing can be waited for until the source changes its codec. */
#ifndef IC_SFU_SLOT_H
#define IC_SFU_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"
#include "media/rtx_stream.h"
#include "media/tx_stream.h"
#include "msg/transport.h"
#include "sfu/payload_types.h"

struct ic_peer;
struct ic_track;
struct ic_worker;

#define IC_SLOT_NOT_SUBSCRIBED UINT32_MAX

struct ic_slot {
    /* read for every packet */
    _Alignas(IC_LINE) struct ic_ref track; /* in the slot; none: free */
    uint32_t subscriber_at;                /* its place among the track's subscribers */
    struct ic_payload_types types;         /* the receiver's own */
    bool waiting;
    bool blocked; /* the source sends a codec that the receiver does not decode */
    bool changed; /* the control plane does not know yet */
    struct ic_tx_stream tx;
    /* the rest */
    uint32_t epoch; /* how often somebody else came into it */
    uint32_t tallied_packets,
        tallied_octets; /* of tx, that are told apart already (node_tally.h) */
    uint8_t overhead;   /* bytes of a datagram beside them */
    uint32_t rtx_ssrc;
    struct ic_ref rtx; /* struct ic_rtx_stream, made when the slot is first used */
    enum ic_kind kind;
    char mid[IC_MID_LEN_MAX + 1];
};

/* Slots are named by one number, which a track's list of subscribers holds. */
static inline uint32_t ic_slot_id(uint32_t peer, uint32_t slot)
{
    return peer * IC_SLOTS_MAX + slot;
}

/* Make slot `index` of a new peer.
 *  section  borrows; was checked by ic_offer_is_fit */
void ic_slot_init(struct ic_worker *w, struct ic_time now, struct ic_peer *peer, uint32_t index,
                  const struct ic_section *section);
/* The peer goes: free what the slot holds. */
void ic_slot_deinit(struct ic_worker *w, struct ic_peer *peer, uint32_t index);
/* Put a track in (NULL: nobody). The stream goes on where it stands. At the end of a relay nothing
 * is sent before the other end wants it (ic_relay_member_set_wanted). */
void ic_slot_assign(struct ic_worker *w, struct ic_time now, struct ic_peer *peer, uint32_t index,
                    struct ic_track *track);
/* The peer is connected: let the packets of the slot's track come. */
void ic_slot_subscribe(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       uint32_t index);
/* Let no more of them come; the track stays in the slot. */
void ic_slot_unsubscribe(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot);
/* What the subscribed source sends cannot go on: wait for a key frame, which is asked for. */
void ic_slot_wait(struct ic_worker *w, struct ic_time now, struct ic_slot *slot);
/* The receiver does not decode what the subscribed source sends now: no key frame helps. */
void ic_slot_block(struct ic_worker *w, struct ic_slot *slot);

#endif
