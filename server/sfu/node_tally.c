#include "sfu/node_tally.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/worker_state.h"
#include "wire/rtp.h"

static_assert(IC_RTP_HEADER_LEN + IC_SRTP_TAG_MAX <= UINT8_MAX, "a slot's overhead has a byte");

/* The node that the peer stands for; NULL: it is of this one. */
static const char *node_of(const struct ic_worker *w, const struct ic_peer *peer)
{
    return peer->role == IC_PEER_RELAY_MEMBER ? ic_relay_member_at(w, peer)->node : NULL;
}

/* The place of a node, which becomes the first one. LIMIT: IC_PEER_NODES_MAX; the one to which
 * nothing has gone for the longest time makes room. */
static struct ic_node_counts *place_of(struct ic_peer *peer, const char *node)
{
    size_t at = 0;
    while (at < IC_PEER_NODES_MAX && peer->nodes[at].node != NULL && peer->nodes[at].node != node)
        at++;
    struct ic_node_counts counts = {.node = node};
    if (at < IC_PEER_NODES_MAX && peer->nodes[at].node == node)
        counts = peer->nodes[at];
    if (at == IC_PEER_NODES_MAX)
        at--;
    memmove(&peer->nodes[1], &peer->nodes[0], at * sizeof peer->nodes[0]);
    peer->nodes[0] = counts;
    return &peer->nodes[0];
}

void ic_node_tally_begin(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot)
{
    struct ic_peer_io *io = ic_worker_transport(w, peer);
    const struct ic_srtp *srtp = io == NULL ? NULL : ic_peer_io_srtp(io);
    slot->tallied_packets = slot->tx.packets;
    slot->tallied_octets = slot->tx.octets;
    slot->overhead =
        (uint8_t)(IC_RTP_HEADER_LEN + (srtp == NULL ? 0 : ic_srtp_tag_len(srtp->rtp_out.profile)));
}

void ic_node_tally_slot(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot)
{
    const struct ic_track *track = ic_worker_track(w, slot->track);
    uint32_t packets = slot->tx.packets - slot->tallied_packets;
    uint64_t bytes =
        (uint64_t)(slot->tx.octets - slot->tallied_octets) + (uint64_t)packets * slot->overhead;
    slot->tallied_packets = slot->tx.packets;
    slot->tallied_octets = slot->tx.octets;
    if (track == NULL || packets == 0)
        return;
    struct ic_peer *owner = ic_worker_peer(w, track->owner);
    const char *to = node_of(w, peer), *from = node_of(w, owner);
    if (to != NULL) {
        struct ic_node_counts *counts = place_of(owner, to);
        counts->packets_to += packets;
        counts->bytes_to += bytes;
    }
    if (from != NULL) {
        struct ic_node_counts *counts = place_of(peer, from);
        counts->packets_from += packets;
        counts->bytes_from += bytes;
    }
}

void ic_node_tally_peer(struct ic_worker *w, struct ic_peer *peer)
{
    for (uint32_t i = 0; i < peer->slot_count; i++)
        ic_node_tally_slot(w, peer, ic_worker_slot(w, peer->slots[i]));
    for (uint32_t i = 0; i < peer->track_count; i++) {
        const struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
        for (uint32_t k = 0; k < track->subscriber_count; k++) {
            struct ic_slot *slot = ic_worker_slot(w, track->subscribers[k]);
            struct ic_peer *receiver = ic_worker_peer(w, slot->peer);
            if (receiver->role == IC_PEER_RELAY_MEMBER)
                ic_node_tally_slot(w, receiver, slot);
        }
    }
}
