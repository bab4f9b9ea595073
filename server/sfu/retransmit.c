#include "sfu/retransmit.h"

#include "sfu/worker_state.h"

/* The number's packet, still in its publisher's store. */
static bool find_packet(const struct ic_worker *w, struct ic_time now, const struct ic_slot *slot,
                        uint16_t seq, struct ic_tx_origin *origin, struct ic_ref *packet)
{
    if (ic_tx_stream_find(&slot->tx, seq, origin) != IC_OK)
        return false;
    const struct ic_track *track = ic_worker_track(w, origin->source);
    if (track == NULL || track->store.held == 0)
        return false;
    *packet = ic_packet_store_find(&track->store, now, origin->source_seq);
    return !ic_ref_is_none(*packet);
}

bool ic_retransmit(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                   struct ic_slot *slot, uint16_t seq)
{
    struct ic_tx_origin origin;
    struct ic_ref packet;
    if (!find_packet(w, now, slot, seq, &origin, &packet))
        return false;
    const struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    uint8_t pt = slot->types.media[media->codec], rtx_pt = slot->types.rtx[media->codec];
    uint64_t rtx_seq;
    struct ic_rtx_stream *rtx = ic_slot_rtx(w, slot);
    if (rtx == NULL || pt == 0) /* a codec that the receiver does not decode was never sent to it */
        return false;
    if (ic_rtx_stream_admit(rtx, now, origin.ext_seq, media->arrived, media->payload_len,
                            &peer->rtx_budget, &rtx_seq) != IC_OK)
        return false;
    struct ic_tx_out out;
    struct ic_tx_head head;
    ic_tx_stream_remap(&slot->tx, &origin, media, &out);
    const uint8_t *payload = &ic_packet_pool_bytes(&w->packets, packet)[media->payload_offset];
    enum ic_err err =
        rtx_pt != 0 ? ic_tx_head_write_rtx(&head, rtx->ssrc, rtx_pt, rtx_seq, &out, media, payload)
                    : ic_tx_head_write(&head, slot->tx.ssrc, pt, &out, media, payload);
    if (err != IC_OK)
        return false;
    struct ic_tx_entry *entry =
        ic_tx_queue_add(&w->queue, peer->ref.index, IC_TX_RETRANSMISSION, packet);
    if (entry == NULL) {
        ic_worker_count_drop(w, IC_ERR_FULL);
        return false;
    }
    entry->head = head;
    w->stats.rtx_out++;
    return true;
}
