/* One receive section of a peer: a stream of its own (SSRC, sequence, timestamps), whatever source
 * stands in it. Assigned: the control plane was told who is in it. Subscribed: packets of the
 * track come (the peer is connected). Waiting: until the packet that a switch of source or codec
 * may begin with. Blocked: nothing can be waited for until the source changes its codec. */
#ifndef IC_SFU_SLOT_H
#define IC_SFU_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/assert.h"
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

#define IC_SLOT_NOT_SUBSCRIBED UINT16_MAX

/* Named by its index in the worker's pool, which a track's list of subscribers holds, too. */
struct ic_slot {
    /* read for every packet */
    _Alignas(IC_LINE) uint32_t peer; /* index of whose it is */
    struct ic_payload_types types;   /* the receiver's own */
    uint8_t kind;                    /* enum ic_kind */
    bool waiting : 1;
    bool blocked : 1;    /* the source sends a codec that the receiver does not decode */
    bool changed : 1;    /* the control plane does not know yet */
    struct ic_ref track; /* in the slot; none: free */
    struct ic_tx_stream tx;
    /* the rest */
    uint32_t epoch; /* how often somebody else came into it */
    uint32_t rtx_ssrc;
    uint32_t rtx; /* place of a struct ic_rtx_stream, plus 1; 0 before the first retransmission */
    uint32_t tallied_packets, tallied_octets; /* of tx, that are told apart (node_tally.h) */
    uint16_t subscriber_at;                   /* its place among the track's subscribers */
    uint8_t overhead;                         /* bytes of a datagram beside tallied_octets */
    char mid[IC_MID_LEN_MAX + 1];
};

static_assert(offsetof(struct ic_slot, tx.segments) == IC_LINE &&
                  offsetof(struct ic_slot, tx.used) % IC_LINE == 0,
              "a packet touches three lines of a slot (tx_stream.h)");
static_assert(sizeof(struct ic_slot) == 6 * IC_LINE, "what one more stream takes");

/* Make the next slot of a new peer; lent.
 *  section  borrows; was checked by ic_offer_is_fit */
struct ic_slot *ic_slot_init(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
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
/* The state of its retransmissions, made the first time: most slots never need it. NULL: of sound,
 * which is not sent again. No allocation: there is one for each video slot. */
struct ic_rtx_stream *ic_slot_rtx(struct ic_worker *w, struct ic_slot *slot);

#endif
