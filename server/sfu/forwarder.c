#include "sfu/forwarder.h"

#include "sfu/worker_state.h"

#define FIRST_REPORT_MS 50 /* a receiver pairs picture and sound by the reports of its slots */

/* May a source or codec take the slot over with this packet? Video begins at a key frame. */
static bool may_begin(const struct ic_track *track, const struct ic_media_packet *media)
{
    if (track->kind == IC_KIND_VIDEO)
        return ic_media_packet_is_key_frame(media);
    return media->payload_len > 0;
}

static void begin(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                  struct ic_slot *slot, const struct ic_media_packet *media)
{
    struct ic_peer *peer = ic_worker_peer(w, slot->peer);
    ic_tx_stream_switch(&slot->tx, now, track->ref, media);
    if (slot->waiting)
        track->waiting_count--;
    slot->waiting = false;
    slot->blocked = false;
    struct ic_time soon = ic_time_add(now, IC_MS(FIRST_REPORT_MS));
    peer->report_next = ic_time_min(peer->report_next, soon);
    ic_peer_wake_at(w, peer, peer->report_next);
}

/* Does the packet go out in this slot? It must be decoded there, and what is new must begin with
 * it or have begun before. */
static bool admit(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                  struct ic_slot *slot, const struct ic_media_packet *media)
{
    bool is_newest = media->ext_seq == ic_rx_stream_highest(&track->rx);
    if (slot->types.media[media->codec] == 0) {
        w->stats.dropped_codec++;
        if (is_newest && !slot->blocked)
            ic_slot_block(w, slot);
        return false;
    }
    if (slot->blocked && !is_newest)
        return false; /* late, of the codec before */
    bool is_stopped = slot->waiting || slot->blocked;
    if (!is_stopped && !ic_tx_stream_changes_codec(&slot->tx, media))
        return true;
    if (!may_begin(track, media)) {
        if (!slot->waiting && media->payload_len > 0)
            ic_slot_wait(w, now, slot);
        return false;
    }
    if (is_stopped)
        begin(w, now, track, slot, media);
    else
        ic_tx_stream_change_codec(&slot->tx, media);
    return true;
}

static void forward(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                    struct ic_ref packet, const struct ic_media_packet *media, uint32_t slot_id)
{
    struct ic_slot *slot = ic_worker_slot(w, slot_id);
    struct ic_tx_out out;
    struct ic_tx_head head;
    if (!admit(w, now, track, slot, media))
        return;
    if (ic_tx_stream_map(&slot->tx, now, track->ref, media, &out) != IC_OK)
        return;
    const uint8_t *payload = &ic_packet_pool_bytes(&w->packets, packet)[media->payload_offset];
    enum ic_err err = ic_tx_head_write(&head, slot->tx.ssrc, slot->types.media[media->codec], &out,
                                       media, payload);
    if (err != IC_OK) {
        ic_worker_count_drop(w, err);
        return;
    }
    struct ic_tx_entry *entry = ic_tx_queue_add(&w->queue, slot->peer, IC_TX_MEDIA, packet);
    if (entry == NULL) {
        ic_worker_count_drop(w, IC_ERR_FULL);
        return;
    }
    entry->head = head;
    w->stats.packets_forwarded++;
}

void ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                      struct ic_ref packet)
{
    const struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    if (track->is_shed && !ic_shed_may_return(w, now, track))
        return;
    ic_shed_count(&w->shed, &track->window, &track->made, track->subscriber_count);
    for (uint32_t i = 0; i < track->subscriber_count; i++)
        forward(w, now, track, packet, media, track->subscribers[i]);
}
