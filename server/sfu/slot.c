#include "sfu/slot.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/node_tally.h"
#include "sfu/offer.h"
#include "sfu/worker_state.h"

static_assert(IC_ROOM_MEMBERS_MAX + IC_ROOM_RELAYS_MAX < IC_SLOT_NOT_SUBSCRIBED,
              "a place has 16 bits");

static bool is_ssrc_used(const struct ic_worker *w, const struct ic_peer *peer, uint32_t ssrc)
{
    if (peer->ssrc == ssrc)
        return true;
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
        if (slot->tx.ssrc == ssrc || slot->rtx_ssrc == ssrc)
            return true;
    }
    return false;
}

/* RFC 3550 8: distinct in the session; secret, so that nobody else can name the slot. */
static uint32_t new_ssrc(struct ic_worker *w, const struct ic_peer *peer)
{
    uint32_t ssrc;
    do {
        uint8_t bytes[4];
        ic_worker_entropy(w, bytes, sizeof bytes);
        memcpy(&ssrc, bytes, sizeof ssrc);
    } while (ssrc == 0 || is_ssrc_used(w, peer, ssrc));
    return ssrc;
}

struct ic_slot *ic_slot_init(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                             const struct ic_section *section)
{
    struct ic_ref ref;
    struct ic_slot *slot = ic_pool_get(&w->slots, &ref);
    IC_ASSERT(slot != NULL &&
              peer->slot_count < IC_SLOTS_MAX); /* there are as many as peers need */
    slot->peer = peer->ref.index;
    slot->kind = (uint8_t)section->kind;
    slot->types = ic_payload_types_of(section);
    slot->subscriber_at = IC_SLOT_NOT_SUBSCRIBED;
    memcpy(slot->mid, section->mid, sizeof slot->mid);
    uint32_t ssrc = new_ssrc(w, peer);
    ic_tx_stream_init(&slot->tx, ssrc, ic_offer_clock_rate(section->kind), &w->prng, now);
    if (slot->kind == IC_KIND_VIDEO && ic_payload_types_has_rtx(&slot->types))
        slot->rtx_ssrc = new_ssrc(w, peer);
    peer->slots[peer->slot_count++] = ref.index;
    return slot;
}

struct ic_rtx_stream *ic_slot_rtx(struct ic_worker *w, struct ic_slot *slot)
{
    if (slot->kind != IC_KIND_VIDEO)
        return NULL;
    if (slot->rtx != 0)
        return ic_pool_item(&w->rtx_streams, slot->rtx - 1);
    struct ic_ref ref;
    struct ic_rtx_stream *rtx = ic_pool_get(&w->rtx_streams, &ref);
    IC_ASSERT(rtx != NULL); /* there is one for each video slot */
    slot->rtx = ref.index + 1;
    ic_rtx_stream_init(rtx, slot->rtx_ssrc, &w->prng);
    return rtx;
}

void ic_slot_unsubscribe(struct ic_worker *w, struct ic_peer *peer, struct ic_slot *slot)
{
    if (slot->subscriber_at == IC_SLOT_NOT_SUBSCRIBED)
        return;
    struct ic_track *track = ic_worker_track(w, slot->track);
    IC_ASSERT(track != NULL);
    ic_node_tally_slot(w, peer, slot);
    if (slot->waiting)
        track->waiting_count--;
    ic_track_unsubscribe(w, track, slot->subscriber_at);
    ic_relay_member_on_subscribers(w, track);
    slot->subscriber_at = IC_SLOT_NOT_SUBSCRIBED;
    slot->waiting = false;
    slot->blocked = false;
}

void ic_slot_deinit(struct ic_worker *w, struct ic_peer *peer, uint32_t index)
{
    struct ic_ref ref, rtx;
    struct ic_slot *slot = ic_pool_at_index(&w->slots, peer->slots[index], &ref);
    ic_slot_unsubscribe(w, peer, slot);
    if (slot->rtx != 0 && ic_pool_at_index(&w->rtx_streams, slot->rtx - 1, &rtx) != NULL)
        ic_pool_put(&w->rtx_streams, rtx);
    ic_pool_put(&w->slots, ref);
}

void ic_slot_subscribe(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       uint32_t index)
{
    struct ic_slot *slot = ic_worker_slot(w, peer->slots[index]);
    struct ic_track *track = ic_worker_track(w, slot->track);
    if (track == NULL || slot->subscriber_at != IC_SLOT_NOT_SUBSCRIBED)
        return;
    slot->subscriber_at = (uint16_t)ic_track_subscribe(track, peer->slots[index]);
    ic_relay_member_on_subscribers(w, track);
    ic_node_tally_begin(w, peer, slot);
    ic_slot_wait(w, now, slot);
}

void ic_slot_wait(struct ic_worker *w, struct ic_time now, struct ic_slot *slot)
{
    struct ic_track *track = ic_worker_track(w, slot->track);
    IC_ASSERT(track != NULL && !slot->waiting);
    slot->waiting = true;
    slot->blocked = false;
    track->waiting_count++;
    ic_track_request_key_frame(w, now, track);
}

void ic_slot_block(struct ic_worker *w, struct ic_slot *slot)
{
    struct ic_track *track = ic_worker_track(w, slot->track);
    IC_ASSERT(track != NULL && !slot->blocked);
    if (slot->waiting)
        track->waiting_count--;
    slot->waiting = false;
    slot->blocked = true;
}

void ic_slot_assign(struct ic_worker *w, struct ic_time now, struct ic_peer *peer, uint32_t index,
                    struct ic_track *track)
{
    struct ic_slot *slot = ic_worker_slot(w, peer->slots[index]);
    ic_slot_unsubscribe(w, peer, slot);
    ic_tx_stream_clear(&slot->tx);
    slot->track = track == NULL ? (struct ic_ref){0} : track->ref;
    slot->changed = true;
    slot->epoch++;
    ic_peer_announce_slots(w, peer);
    if (peer->connected && peer->role != IC_PEER_RELAY_MEMBER)
        ic_slot_subscribe(w, now, peer, index);
}
