#include "sfu/peer.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/address_book.h"
#include "sfu/assignment.h"
#include "sfu/node_tally.h"
#include "sfu/offer.h"
#include "sfu/relay_member.h"
#include "sfu/relay_transport.h"
#include "sfu/rtcp_in.h"
#include "sfu/rtcp_out.h"
#include "sfu/worker_state.h"

#define TICK_MIN_US 1000 /* a deadline that stays behind must not spin the loop */

/* ---- waking ---- */

void ic_peer_wake_at(struct ic_worker *w, struct ic_peer *peer, struct ic_time at)
{
    if (!ic_time_before(at, peer->wake))
        return;
    peer->wake = at;
    ic_heap_set(&w->deadlines, peer->ref.index, at);
}

static struct ic_time deadline_of(const struct ic_worker *w, const struct ic_peer *peer)
{
    struct ic_time first = ic_peer_io_deadline(&peer->io); /* never: it has none of its own */
    if (peer->connected)
        first = ic_time_min(first, peer->report_next);
    const struct ic_twcc_arrival *arrivals = ic_pool_at(&w->arrivals, peer->arrivals);
    if (arrivals != NULL)
        first = ic_time_min(first, ic_twcc_arrival_deadline(arrivals));
    for (uint32_t i = 0; i < peer->track_count; i++)
        first = ic_time_min(first, ic_track_deadline(ic_worker_track(w, peer->tracks[i])));
    return first;
}

/* ---- events ---- */

/* Room was set aside for it (ic_evt_ring_has_room). */
void ic_peer_announce(struct ic_worker *w, struct ic_peer *peer, enum ic_evt_kind kind,
                      enum ic_peer_reason reason)
{
    bool has_counts = kind == IC_EVT_PEER_COUNTS || kind == IC_EVT_PEER_CLOSED;
    struct ic_evt_entry entry = {.kind = kind,
                                 .reason = reason,
                                 .key = peer->key,
                                 .peer = peer->ref,
                                 .counts = peer->counts};
    if (has_counts) {
        ic_node_tally_peer(w, peer);
        memcpy(entry.nodes, peer->nodes, sizeof entry.nodes);
    }
    if (!ic_evt_ring_put(&w->events, &entry))
        ic_worker_count_drop(w, IC_ERR_FULL);
}

void ic_peer_announce_slots(struct ic_worker *w, struct ic_peer *peer)
{
    if (!peer->slots_announced)
        ic_peer_announce(w, peer, IC_EVT_SLOT, IC_PEER_REASON_NONE);
    peer->slots_announced = true;
}

void ic_peer_tell_counts(struct ic_worker *w, struct ic_peer *peer)
{
    ic_peer_announce(w, peer, IC_EVT_PEER_COUNTS, IC_PEER_REASON_NONE);
}

void ic_peer_refuse(struct ic_worker *w, uint64_t key, enum ic_peer_reason reason)
{
    struct ic_evt_entry entry = {.kind = IC_EVT_PEER_REFUSED, .reason = reason, .key = key};
    if (!ic_evt_ring_put(&w->events, &entry))
        ic_worker_count_drop(w, IC_ERR_FULL);
}

/* ---- making ---- */

/* RFC 8839 5.4: "ice-char = ALPHA / DIGIT / "+" / "/"": the letters of plain base64. */
static void random_text(struct ic_worker *w, char *out, size_t bytes)
{
    uint8_t random[32];
    IC_ASSERT(bytes <= sizeof random);
    ic_worker_entropy(w, random, bytes);
    ic_base64url_encode(random, bytes, out);
    for (char *c = out; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
}

static_assert(IC_BASE64URL_LEN(9) == IC_UFRAG_LEN && IC_BASE64URL_LEN(18) == IC_PWD_LEN &&
                  IC_BASE64URL_LEN(12) == IC_CNAME_LEN,
              "random names have whole bytes");

void ic_peer_name(struct ic_worker *w, struct ic_peer *peer)
{
    do
        random_text(w, peer->ufrag, 9);
    while (ic_map_find(&w->by_ufrag, peer->ufrag, &(uint32_t){0}));
    random_text(w, peer->pwd, 18);
    random_text(w, peer->cname, 12);
    enum ic_err err = ic_map_set(&w->by_ufrag, peer->ufrag, peer->ref.index);
    IC_ASSERT(err == IC_OK); /* the map has as many places as the pool */
}

static void init_transport(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                           const struct ic_client_transport *offer)
{
    struct ic_peer_io_config config = {
        .ice = {.role = IC_ICE_LITE,
                .local_ufrag = peer->ufrag,
                .local_pwd = peer->pwd,
                .remote_ufrag = offer->ufrag,
                .remote_pwd = offer->pwd,
                .tie_breaker = ic_prng_u64(&w->prng),
                .seed = ic_prng_u64(&w->prng)},
        .dtls = w->config.dtls,
        .dtls_credentials = w->config.dtls_credentials,
        .engine = w->config.engine,
        .dtls_role = IC_DTLS_PASSIVE,
        .dtls_pending = &w->dtls_pending,
    };
    memcpy(config.fingerprint, offer->fingerprint, sizeof config.fingerprint);
    ic_peer_io_init(&peer->io, &config, now);
}

static void init_sections(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                          const struct ic_client_transport *offer)
{
    for (size_t i = 0; i < offer->section_count; i++) {
        const struct ic_section *section = &offer->sections[i];
        if (section->direction == IC_DIRECTION_RECEIVE) {
            ic_slot_init(w, now, peer, section);
            continue;
        }
        struct ic_ref ref;
        struct ic_track *track = ic_pool_get(&w->tracks, &ref);
        IC_ASSERT(track != NULL); /* there is one for each sending section */
        ic_track_init(track, ref, peer, section);
        peer->tracks[peer->track_count++] = ref;
    }
}

static void init_buckets(struct ic_peer *peer, struct ic_time now)
{
    bool is_relay = peer->role == IC_PEER_RELAY;
    ic_rate_bucket_init(&peer->packet_bucket,
                        is_relay ? IC_RELAY_PACKETS_PER_S : IC_PEER_PACKETS_PER_S,
                        is_relay ? IC_RELAY_PACKETS_BURST : IC_PEER_PACKETS_BURST, now);
    ic_rate_bucket_init(&peer->byte_bucket, is_relay ? IC_RELAY_BYTES_PER_S : IC_PEER_BYTES_PER_S,
                        is_relay ? IC_RELAY_BYTES_BURST : IC_PEER_BYTES_BURST, now);
    ic_rate_bucket_init(&peer->check_bucket, IC_PEER_CHECKS_PER_S, IC_PEER_CHECKS_BURST, now);
    peer->stranger_bucket = peer->check_bucket;
}

struct ic_peer *ic_peer_make(struct ic_worker *w, struct ic_time now, uint64_t key,
                             enum ic_peer_role role)
{
    struct ic_ref ref;
    bool is_known = ic_map_find(&w->by_key, &key, &ref.index);
    bool has_room = ic_evt_ring_has_room(&w->events, w->peers.used);
    struct ic_peer *peer = has_room && !is_known ? ic_pool_get(&w->peers, &ref) : NULL;
    if (peer == NULL)
        return NULL;
    peer->ref = ref;
    peer->role = role;
    peer->key = key;
    peer->wake = IC_NEVER;
    peer->report_next = IC_NEVER;
    init_buckets(peer, now);
    ic_rtx_budget_init(&peer->rtx_budget);
    ic_clock_map_init(&peer->clock);
    do
        ic_worker_entropy(w, (uint8_t *)&peer->ssrc, sizeof peer->ssrc);
    while (peer->ssrc == 0);
    enum ic_err err = ic_map_set(&w->by_key, &peer->key, ref.index);
    IC_ASSERT(err == IC_OK); /* the map has as many places as the pool */
    return peer;
}

void ic_peer_unmake(struct ic_worker *w, struct ic_peer *peer)
{
    ic_map_remove(&w->by_key, &peer->key);
    ic_heap_set(&w->deadlines, peer->ref.index, IC_NEVER);
    ic_pool_put(&w->peers, peer->ref);
}

void ic_peer_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd)
{
    if (ic_map_find(&w->by_key, &cmd->peer, &(uint32_t){0}) || !ic_offer_is_fit(&cmd->transport)) {
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_UNFIT);
        return;
    }
    bool has_room = w->person_count < w->config.peers_max;
    struct ic_peer *peer = has_room ? ic_peer_make(w, now, cmd->peer, IC_PEER_PERSON) : NULL;
    if (peer == NULL) {
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_FULL);
        return;
    }
    struct ic_room *room = ic_room_enter(&w->rooms, cmd->room, peer->ref.index, false);
    if (room == NULL) {
        ic_peer_unmake(w, peer);
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_FULL);
        return;
    }
    w->person_count++;
    peer->room = room->ref;
    peer->microphone = cmd->microphone;
    peer->camera = cmd->camera;
    peer->extension_ids = ic_offer_extension_ids(&cmd->transport);
    ic_peer_name(w, peer);
    init_sections(w, now, peer, &cmd->transport);
    init_transport(w, now, peer, &cmd->transport);
    ic_peer_announce(w, peer, IC_EVT_PEER_READY, IC_PEER_REASON_NONE);
    ic_assignment_add_receiver(w, now, peer);
    ic_peer_wake_at(w, peer, deadline_of(w, peer));
}

void ic_peer_describe(const struct ic_worker *w, const struct ic_peer *peer,
                      struct ic_server_transport *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->ufrag, peer->ufrag, sizeof out->ufrag);
    memcpy(out->pwd, peer->pwd, sizeof out->pwd);
    memcpy(out->cname, peer->cname, sizeof out->cname);
    memcpy(out->fingerprint, w->config.fingerprint, sizeof out->fingerprint);
    out->candidate_count = w->config.candidate_count;
    memcpy(out->candidates, w->config.candidates, sizeof out->candidates);
    if (peer->role == IC_PEER_RELAY && w->config.relay_address.port != 0) {
        out->candidate_count = 1;
        out->candidates[0] = w->config.relay_address;
    }
    out->slot_count = peer->slot_count;
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
        struct ic_slot_info *info = &out->slots[i];
        memcpy(info->mid, slot->mid, sizeof info->mid);
        info->kind = slot->kind;
        info->ssrc = slot->tx.ssrc;
        info->rtx_ssrc = slot->rtx_ssrc;
    }
}

/* ---- sources ---- */

static bool is_sent(const struct ic_peer *peer, const struct ic_track *track)
{
    if (peer->role == IC_PEER_RELAY_MEMBER)
        return peer->connected && track->person != 0;
    return peer->connected &&
           (track->source == IC_SOURCE_MICROPHONE ? peer->microphone : peer->camera);
}

static void update_sources(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    for (uint32_t i = 0; i < peer->track_count; i++) {
        struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
        bool wanted = is_sent(peer, track);
        if (wanted && !track->active)
            ic_assignment_add_source(w, now, track);
        else if (!wanted && track->active)
            ic_assignment_remove_source(w, now, track);
    }
}

void ic_peer_set_media(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       bool microphone, bool camera)
{
    peer->microphone = microphone;
    peer->camera = camera;
    update_sources(w, now, peer);
}

/* ---- the transport's effects ---- */

static void send_ready(struct ic_worker *w, struct ic_peer *peer, const struct ic_peer_io_out *out)
{
    struct ic_ref ref = ic_packet_pool_get(&w->packets);
    if (ic_ref_is_none(ref)) {
        ic_worker_count_drop(w, IC_ERR_FULL);
        return;
    }
    struct ic_packet *packet = ic_packet_pool_at(&w->packets, ref);
    packet->media.payload_offset = 0;
    packet->media.payload_len = (uint16_t)out->len;
    memcpy(ic_packet_pool_bytes(&w->packets, ref), out->bytes, out->len);
    struct ic_tx_entry *entry = ic_tx_queue_add(&w->queue, peer->ref.index, IC_TX_READY, ref);
    if (entry == NULL)
        ic_worker_count_drop(w, IC_ERR_FULL);
    else
        entry->path = out->path;
    ic_packet_pool_release(&w->packets, ref);
}

static void drain_transport(struct ic_worker *w, struct ic_peer *peer)
{
    struct ic_peer_io_out out;
    while (ic_peer_io_poll(&peer->io, &out))
        send_ready(w, peer, &out);
}

static void on_connected(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    peer->connected = true;
    ic_peer_announce(w, peer, IC_EVT_PEER_CONNECTED, IC_PEER_REASON_NONE);
    if (peer->role == IC_PEER_RELAY)
        return; /* its meetings report, each for itself */
    peer->report_next = ic_time_add(now, IC_MS(IC_RECEIVER_REPORT_INTERVAL_MS));
    for (uint32_t i = 0; i < peer->slot_count; i++)
        ic_slot_subscribe(w, now, peer, i);
    update_sources(w, now, peer);
}

static enum ic_peer_reason reason_of(enum ic_peer_io_end end)
{
    switch (end) {
    case IC_PEER_IO_END_ICE_TIMEOUT:
        return IC_PEER_REASON_ICE_TIMEOUT;
    case IC_PEER_IO_END_CONSENT_LOST:
        return IC_PEER_REASON_CONSENT_LOST;
    case IC_PEER_IO_END_FINGERPRINT:
        return IC_PEER_REASON_FINGERPRINT;
    case IC_PEER_IO_END_BY_PEER:
        return IC_PEER_REASON_CLOSED_BY_PEER;
    case IC_PEER_IO_END_NONE:
        break;
    }
    return IC_PEER_REASON_NONE;
}

/* Send what the transport has to say, and follow its state. False: the peer is gone. */
static bool settle(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    drain_transport(w, peer);
    switch (ic_peer_io_state(&peer->io)) {
    case IC_PEER_IO_CONNECTING:
        break;
    case IC_PEER_IO_CONNECTED:
        if (!peer->connected)
            on_connected(w, now, peer);
        break;
    case IC_PEER_IO_CLOSED:
        ic_peer_announce(w, peer, IC_EVT_PEER_CLOSED, reason_of(ic_peer_io_end(&peer->io)));
        ic_peer_remove(w, now, peer);
        return false;
    }
    ic_peer_wake_at(w, peer, deadline_of(w, peer));
    return true;
}

/* ---- input ---- */

/* Before any cryptography. */
static bool is_within_rate(struct ic_peer *peer, struct ic_time now, const struct ic_addr *from,
                           enum ic_demux kind, size_t len)
{
    if (kind == IC_DEMUX_STUN)
        return ic_rate_bucket_take(
            ic_address_book_has(peer, from) ? &peer->check_bucket : &peer->stranger_bucket, now, 1);
    return ic_rate_bucket_take(&peer->packet_bucket, now, 1) &&
           ic_rate_bucket_take(&peer->byte_bucket, now, (uint32_t)len);
}

/* Media that was authentic, or from an address of the peer and thrown away. */
void ic_peer_count_in(struct ic_peer *peer, enum ic_demux demux, bool is_taken, size_t len)
{
    if (demux != IC_DEMUX_RTP && demux != IC_DEMUX_RTCP)
        return;
    peer->counts.packets_in += is_taken ? 1 : 0;
    peer->counts.bytes_in += is_taken ? len : 0;
    peer->counts.dropped += is_taken ? 0 : 1;
}

void ic_peer_on_datagram(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                         const struct ic_path *path, uint8_t *bytes, enum ic_demux demux,
                         size_t len)
{
    uint8_t *rtp = ic_packet_pool_bytes(&w->packets, w->spare);
    enum ic_peer_io_kind kind = IC_PEER_IO_NOTHING;
    uint64_t ext_seq = 0;
    size_t datagram_len = len;
    if (!is_within_rate(peer, now, &path->remote, demux, len)) {
        w->stats.dropped_rate++;
        ic_peer_count_in(peer, demux, false, len);
        return;
    }
    if (peer->role == IC_PEER_RELAY &&
        ic_relay_transport_input(w, now, peer, path, bytes, demux, len))
        return;
    enum ic_err err = ic_peer_io_input_to(&peer->io, now, path, bytes, rtp, &len, &kind, &ext_seq);
    ic_peer_count_in(peer, demux, err == IC_OK, datagram_len);
    if (err != IC_OK)
        ic_worker_count_drop(w, err);
    else if (demux == IC_DEMUX_STUN)
        ic_address_book_learn(w, peer, &path->remote);
    switch (kind) {
    case IC_PEER_IO_NOTHING:
        settle(w, now, peer);
        break;
    case IC_PEER_IO_RTP:
        ic_track_on_rtp(w, now, peer, w->spare, len, ext_seq);
        break;
    case IC_PEER_IO_RTCP:
        ic_rtcp_in_input(w, now, peer, bytes, len);
        break;
    }
}

void ic_peer_tick(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    peer->wake = IC_NEVER;
    if (peer->role != IC_PEER_RELAY_MEMBER) {
        ic_peer_io_tick(&peer->io, now);
        if (!settle(w, now, peer))
            return;
    }
    for (uint32_t i = 0; i < peer->track_count; i++)
        ic_track_tick(w, now, peer, ic_worker_track(w, peer->tracks[i]));
    ic_rtcp_out_twcc(w, now, peer);
    if (peer->connected && ic_time_reached(peer->report_next, now)) {
        ic_rtcp_out_reports(w, now, peer);
        /* RFC 3550 6.2: "randomized"; one second for video that switches and pairs with sound */
        uint32_t spread = IC_RECEIVER_REPORT_INTERVAL_MS / 4;
        uint32_t ms = IC_RECEIVER_REPORT_INTERVAL_MS - spread / 2 + ic_prng_below(&w->prng, spread);
        peer->report_next = ic_time_add(now, IC_MS(ms));
    }
    struct ic_time at = deadline_of(w, peer);
    struct ic_time earliest = ic_time_add(now, IC_US(TICK_MIN_US));
    peer->wake = IC_NEVER;
    ic_peer_wake_at(w, peer, ic_time_before(at, earliest) ? earliest : at);
}

void ic_peer_silence(struct ic_worker *w, const struct ic_peer *peer)
{
    for (uint32_t i = 0; i < peer->track_count; i++)
        ic_tx_queue_drop_track(&w->queue, peer->tracks[i]);
}

void ic_peer_remove(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    if (peer->role == IC_PEER_RELAY)
        ic_relay_transport_end(w, now, peer);
    ic_peer_io_close(&peer->io);
    drain_transport(w, peer);
    peer->connected = false;
    update_sources(w, now, peer);
    for (uint32_t i = 0; i < peer->slot_count; i++)
        ic_slot_deinit(w, peer, i);
    for (uint32_t i = 0; i < peer->track_count; i++)
        ic_track_deinit(w, ic_worker_track(w, peer->tracks[i]));
    if (peer->role != IC_PEER_RELAY)
        ic_room_leave(&w->rooms, ic_worker_room(w, peer->room), peer->ref.index,
                      peer->role == IC_PEER_RELAY_MEMBER);
    ic_tx_queue_drop_media(&w->queue, peer->ref.index);
    ic_address_book_forget_all(w, peer);
    if (peer->role == IC_PEER_RELAY_MEMBER)
        ic_relay_member_deinit(w, peer);
    else
        ic_map_remove(&w->by_ufrag, peer->ufrag);
    ic_pool_put(&w->arrivals, peer->arrivals);
    ic_peer_io_deinit(&peer->io);
    w->person_count -= peer->role == IC_PEER_PERSON;
    ic_peer_unmake(w, peer);
}
