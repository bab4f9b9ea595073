#include "sfu/rtcp_out.h"

#include "media/ntp.h"
#include "sfu/worker_state.h"
#include "wire/rtcp.h"

#define COMPOUND_MAX 1200 /* fits any path (RFC 8200 5: 1280 with the headers) */
#define NACKS_MAX    64

/* A compound being written. */
struct compound {
    struct ic_ref packet;
    struct ic_wr w;
};

static bool begin(struct ic_worker *w, struct ic_peer *peer, struct compound *c)
{
    struct ic_peer_io *io = ic_worker_transport(w, peer);
    if (ic_peer_io_srtp(io) == NULL || ic_peer_io_path(io) == NULL)
        return false;
    c->packet = ic_packet_pool_get(&w->packets);
    if (ic_ref_is_none(c->packet)) {
        ic_worker_count_drop(w, IC_ERR_FULL);
        return false;
    }
    c->w = ic_wr_init(ic_packet_pool_bytes(&w->packets, c->packet), COMPOUND_MAX);
    return true;
}

/* RFC 3550 6.1: "The first RTCP packet in the compound packet MUST always be a report packet". */
static bool begin_feedback(struct ic_worker *w, struct ic_peer *peer, struct compound *c)
{
    if (!begin(w, peer, c))
        return false;
    ic_rtcp_write_rr(&c->w, peer->ssrc, NULL, 0);
    return true;
}

static bool queue(struct ic_worker *w, struct ic_peer *peer, struct compound *c)
{
    size_t len = c->w.len;
    struct ic_peer_io *io = ic_worker_transport(w, peer);
    if (!ic_wr_ok(&c->w) ||
        ic_srtp_protect_rtcp(ic_peer_io_srtp(io), c->w.base, &len, IC_PACKET_CAP) != IC_OK)
        return false;
    struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, c->packet)->media;
    media->payload_offset = 0;
    media->payload_len = (uint16_t)len;
    struct ic_tx_entry *entry = ic_tx_queue_add(&w->queue, peer->ref.index, IC_TX_READY, c->packet);
    if (entry == NULL)
        return false;
    entry->path = *ic_peer_io_path(io);
    return true;
}

static void end(struct ic_worker *w, struct ic_peer *peer, struct compound *c)
{
    if (!queue(w, peer, c))
        ic_worker_count_drop(w, IC_ERR_FULL);
    ic_packet_pool_release(&w->packets, c->packet);
}

void ic_rtcp_out_pli(struct ic_worker *w, struct ic_peer *peer, const struct ic_track *track)
{
    struct compound c;
    if (!begin_feedback(w, peer, &c))
        return;
    ic_rtcp_write_pli(&c.w, peer->ssrc, track->ssrc);
    w->stats.pli_out++;
    end(w, peer, &c);
}

void ic_rtcp_out_nacks(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       struct ic_track *track)
{
    uint16_t seqs[NACKS_MAX];
    size_t count = ic_rx_stream_take_nacks(&track->rx, now, seqs, NACKS_MAX);
    struct compound c;
    if (count == 0 || !begin_feedback(w, peer, &c))
        return;
    ic_rtcp_write_nack(&c.w, peer->ssrc, track->ssrc, seqs, count);
    w->stats.nack_out += count;
    end(w, peer, &c);
}

void ic_rtcp_out_twcc(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    struct compound c;
    struct ic_twcc_arrival *arrivals = ic_pool_at(&w->arrivals, peer->arrivals);
    if (arrivals == NULL || !ic_time_reached(ic_twcc_arrival_deadline(arrivals), now) ||
        !begin_feedback(w, peer, &c))
        return;
    while (ic_twcc_arrival_poll(arrivals, now, &c.w))
        continue;
    end(w, peer, &c);
}

/* ---- reports ---- */

static size_t collect_blocks(const struct ic_worker *w, const struct ic_peer *peer, uint64_t ntp,
                             struct ic_rtcp_block blocks[static IC_PEER_TRACKS_MAX])
{
    size_t count = 0;
    for (uint32_t i = 0; i < peer->track_count; i++) {
        struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
        if (track->ssrc != 0 && ic_rx_stream_report(&track->rx, ntp, &blocks[count]))
            count++;
    }
    return count;
}

/* What a sender report of the slot says; false when there is nothing to say. */
static bool describe_slot(const struct ic_worker *w, const struct ic_slot *slot, uint64_t ntp,
                          struct ic_rtcp_sender *out)
{
    if (slot->waiting)
        return false;
    const struct ic_track *track = ic_worker_track(w, slot->track);
    if (track == NULL)
        return false;
    const struct ic_peer *owner = ic_worker_peer(w, track->owner);
    return ic_tx_stream_sender_info(&slot->tx, ntp, &track->rx, &owner->clock, out);
}

void ic_rtcp_out_reports(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    struct ic_rtcp_block blocks[IC_PEER_TRACKS_MAX];
    struct ic_rtcp_sender senders[IC_SLOTS_MAX];
    uint64_t ntp = ic_ntp_at(now, w->config.ntp_offset_us);
    size_t sender_count = 0;
    struct compound c;
    if (!begin(w, peer, &c))
        return;
    size_t block_count = collect_blocks(w, peer, ntp, blocks);
    for (uint32_t i = 0; i < peer->slot_count; i++)
        sender_count +=
            describe_slot(w, ic_worker_slot(w, peer->slots[i]), ntp, &senders[sender_count]);
    ic_rtcp_write_rr(&c.w, peer->ssrc, blocks, block_count);
    for (size_t i = 0; i < sender_count; i++)
        ic_rtcp_write_sr(&c.w, &senders[i], NULL, 0);
    /* RFC 3550 6.1: "an SDES packet containing a CNAME item MUST be included in each compound" */
    ic_rtcp_write_cname(&c.w, peer->ssrc, peer->cname);
    bool is_relayed = peer->role == IC_PEER_RELAY_MEMBER; /* nobody there pairs streams by name */
    for (size_t i = 0; i < sender_count && !is_relayed; i++)
        ic_rtcp_write_cname(&c.w, senders[i].ssrc, peer->cname);
    end(w, peer, &c);
}
