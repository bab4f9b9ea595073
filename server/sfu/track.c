#include "sfu/track.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/binding.h"
#include "sfu/forwarder.h"
#include "sfu/offer.h"
#include "sfu/rtcp_out.h"
#include "sfu/worker_state.h"

#define STORE_EXPIRY_MS 100

void ic_track_init(struct ic_track *t, struct ic_ref ref, const struct ic_peer *owner,
                   const struct ic_section *section)
{
    t->ref = ref;
    t->owner = owner->ref.index;
    t->person = owner->key;
    t->types = ic_payload_types_of(section);
    t->kind = section->kind;
    t->source = section->source;
    t->key_frame_retry = IC_NEVER;
    t->store_expiry = IC_NEVER;
    memcpy(t->mid, section->mid, sizeof t->mid);
    ic_pli_gate_init(&t->pli);
    ic_rx_stream_init(&t->rx, 0, ic_offer_clock_rate(t->kind), false);
}

void ic_track_bind(struct ic_worker *w, struct ic_track *t, uint32_t ssrc)
{
    t->ssrc = ssrc;
    ic_rx_stream_init(&t->rx, ssrc, ic_offer_clock_rate(t->kind), t->kind == IC_KIND_VIDEO);
    if (t->kind != IC_KIND_VIDEO)
        return; /* lost sound is concealed, not asked for again */
    struct ic_track_store *store = ic_pool_get(&w->stores, &t->store_entries);
    IC_ASSERT(store != NULL); /* there is one for each video track */
    ic_packet_store_init(&t->store, store->entries, IC_STORE_VIDEO_PACKETS);
}

void ic_track_deinit(struct ic_worker *w, struct ic_track *t)
{
    IC_ASSERT(t->subscriber_count == 0 && !t->active);
    struct ic_ref packet;
    while (t->store.held > 0 && !ic_ref_is_none(packet = ic_packet_store_drain(&t->store)))
        ic_packet_pool_release(&w->packets, packet);
    ic_pool_put(&w->stores, t->store_entries);
    ic_pool_put(&w->tracks, t->ref);
}

/* ---- one packet ---- */

/* Keep the packet for who asks for it again. When packets are scarce it is only forwarded. */
static void keep(struct ic_worker *w, struct ic_time now, struct ic_peer *peer, struct ic_track *t,
                 struct ic_ref packet)
{
    if (t->store.capacity == 0 || w->packets.free_count <= w->store_reserve)
        return;
    uint64_t ext_seq = ic_packet_pool_at(&w->packets, packet)->media.ext_seq;
    ic_packet_pool_hold(&w->packets, packet);
    struct ic_ref old = ic_packet_store_put(&t->store, now, ext_seq, packet);
    if (!ic_ref_is_none(old))
        ic_packet_pool_release(&w->packets, old);
    if (ic_time_is_never(t->store_expiry)) {
        t->store_expiry = ic_time_add(now, IC_MS(STORE_EXPIRY_MS));
        ic_peer_wake_at(w, peer, t->store_expiry);
    }
}

static enum ic_err describe(const struct ic_track *t, struct ic_time now, bool rtx,
                            enum ic_codec codec, uint64_t ext_seq, const struct ic_rtp *rtp,
                            const uint8_t *bytes, size_t len, struct ic_media_packet *out)
{
    if (rtx)
        return ic_media_packet_parse_rtx(out, now, ic_rx_stream_highest(&t->rx), rtp, codec, bytes,
                                         len);
    return ic_media_packet_parse(out, now, ext_seq, rtp, codec, bytes, len);
}

/* The packet is of this track: take note of it, keep it, forward it. */
static void take(struct ic_worker *w, struct ic_time now, struct ic_peer *peer, struct ic_track *t,
                 struct ic_ref packet, bool rtx)
{
    const struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    enum ic_err err = ic_rx_stream_input(&t->rx, now, media, rtx);
    if (t->rx.missing_count > 0)
        ic_peer_wake_at(w, peer, ic_rx_stream_deadline(&t->rx));
    if (err != IC_OK) {
        ic_worker_count_drop(w, err);
        return;
    }
    if (media->ext_seq < t->first_seq)
        return; /* of whoever was in the slot of the other end before */
    if (ic_media_packet_is_key_frame(media))
        ic_pli_gate_on_key_frame(&t->pli);
    keep(w, now, peer, t, packet);
    /* An empty packet (padding alone) goes out as one: its number must not be missed. */
    ic_forwarder_run(w, now, t, packet);
    bool is_first = t->rx.received == 1;
    if ((is_first && t->waiting_count > 0) ||
        (t->subscriber_count > 0 && ic_rx_stream_needs_key_frame(&t->rx)))
        ic_track_request_key_frame(w, now, t);
}

/* Whoever sends nothing does without. */
static struct ic_twcc_arrival *make_arrivals(struct ic_worker *w, struct ic_peer *peer)
{
    struct ic_twcc_arrival *arrivals = ic_pool_get(&w->arrivals, &peer->arrivals);
    if (arrivals != NULL) /* there is one for each person */
        ic_twcc_arrival_init(arrivals, peer->ssrc);
    return arrivals;
}

static void note_arrival(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                         const struct ic_rtp *rtp, const struct ic_hdrext_values *values)
{
    if (!values->has_transport_cc)
        return;
    struct ic_twcc_arrival *arrivals = ic_pool_at(&w->arrivals, peer->arrivals);
    if (arrivals == NULL)
        arrivals = make_arrivals(w, peer);
    if (arrivals != NULL &&
        ic_twcc_arrival_input(arrivals, now, rtp->ssrc, values->transport_cc) == IC_OK)
        ic_peer_wake_at(w, peer, ic_twcc_arrival_deadline(arrivals));
}

void ic_track_on_rtp(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                     struct ic_ref packet, size_t len, uint64_t ext_seq)
{
    const uint8_t *bytes = ic_packet_pool_bytes(&w->packets, packet);
    struct ic_media_packet *media = &ic_packet_pool_at(&w->packets, packet)->media;
    struct ic_hdrext_values values;
    struct ic_rtp rtp;
    bool rtx;
    enum ic_codec codec;
    enum ic_err err = ic_rtp_parse(bytes, len, &rtp);
    if (err == IC_OK)
        err = ic_hdrext_read(rtp.ext_profile, ic_rtp_extension(&rtp, bytes, len),
                             &peer->extension_ids, &values);
    if (err != IC_OK) {
        ic_worker_count_drop(w, err);
        return;
    }
    note_arrival(w, now, peer, &rtp, &values);
    struct ic_track *track = ic_binding_find(w, peer, &rtp, &values, &rtx, &codec);
    if (track == NULL) {
        ic_worker_count_drop(w, IC_ERR_GONE);
        return;
    }
    ic_packet_pool_at(&w->packets, packet)->track = track->ref;
    if (rtx && rtp.payload_len == 0)
        return; /* a probe of the path: padding alone */
    err = describe(track, now, rtx, codec, ext_seq, &rtp, bytes, len, media);
    if (err != IC_OK) {
        ic_worker_count_drop(w, err);
        return;
    }
    take(w, now, peer, track, packet, rtx);
}

/* ---- key frames, timers ---- */

static void ask_for_key_frame(struct ic_worker *w, struct ic_time now, struct ic_track *t,
                              bool is_demand)
{
    struct ic_peer *owner = ic_worker_peer(w, t->owner);
    if (t->kind != IC_KIND_VIDEO || t->ssrc == 0)
        return; /* a stream that has not begun begins with one */
    if (is_demand ? ic_pli_gate_demand(&t->pli, now) : ic_pli_gate_request(&t->pli, now))
        ic_rtcp_out_pli(w, owner, t);
    t->key_frame_retry = ic_time_add(now, IC_MS(IC_TRACK_KEY_FRAME_RETRY_MS));
    ic_peer_wake_at(w, owner, ic_track_deadline(t));
}

void ic_track_request_key_frame(struct ic_worker *w, struct ic_time now, struct ic_track *t)
{
    ask_for_key_frame(w, now, t, false);
}

void ic_track_demand_key_frame(struct ic_worker *w, struct ic_time now, struct ic_track *t)
{
    ask_for_key_frame(w, now, t, true);
}

static void expire_store(struct ic_worker *w, struct ic_time now, struct ic_track *t)
{
    if (!ic_time_reached(t->store_expiry, now))
        return;
    struct ic_ref packet;
    while (!ic_ref_is_none(packet = ic_packet_store_expire(&t->store, now)))
        ic_packet_pool_release(&w->packets, packet);
    t->store_expiry = t->store.held > 0 ? ic_time_add(now, IC_MS(STORE_EXPIRY_MS)) : IC_NEVER;
}

void ic_track_tick(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                   struct ic_track *t)
{
    expire_store(w, now, t);
    if (t->ssrc == 0 || t->kind != IC_KIND_VIDEO)
        return;
    ic_rtcp_out_nacks(w, now, peer, t);
    bool is_lost = t->subscriber_count > 0 && ic_rx_stream_needs_key_frame(&t->rx);
    bool is_late = t->waiting_count > 0 && !t->is_shed && ic_time_reached(t->key_frame_retry, now);
    if (is_late || is_lost)
        ic_track_request_key_frame(w, now, t);
    else if (ic_pli_gate_tick(&t->pli, now))
        ic_rtcp_out_pli(w, peer, t);
}

struct ic_time ic_track_deadline(const struct ic_track *t)
{
    struct ic_time first = ic_time_min(t->store_expiry, ic_pli_gate_deadline(&t->pli));
    if (t->waiting_count > 0 && !t->is_shed)
        first = ic_time_min(first, t->key_frame_retry);
    return ic_time_min(first, ic_rx_stream_deadline(&t->rx));
}

/* ---- subscribers ---- */

uint32_t ic_track_subscribe(struct ic_track *t, uint32_t slot_id)
{
    IC_ASSERT(t->subscriber_count < IC_ROOM_MEMBERS_MAX + IC_ROOM_RELAYS_MAX);
    t->subscribers[t->subscriber_count] = slot_id;
    return t->subscriber_count++;
}

void ic_track_unsubscribe(struct ic_worker *w, struct ic_track *t, uint32_t place)
{
    IC_ASSERT(place < t->subscriber_count);
    uint32_t moved = t->subscribers[--t->subscriber_count];
    t->subscribers[place] = moved;
    ic_worker_slot(w, moved)->subscriber_at = (uint16_t)place;
}
