/* The root of the data plane. One datagram: ic_worker_input (whose is it?), ic_peer_on_datagram
 * (rate, decryption), ic_track_on_rtp (which source, what of it, keep it), ic_forwarder_run (a head
 * for each receiver), tx_queue.c (gathered), ic_staging_fill (encrypted into place). */
#include "sfu/worker.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/relay_transport.h"
#include "sfu/worker_state.h"

#define PACKETS_MIN   256  /* a worker with fewer cannot hold a batch and what it causes */
#define PACKETS_SPARE 1024 /* not for stores: the batch, and what waits for the flush */
#define FLUSH_SPARE   64   /* with fewer free packets the queue is flushed first */

/* ---- life ---- */

void ic_worker_entropy(struct ic_worker *w, uint8_t *out, size_t n)
{
    w->config.entropy.fill(w->config.entropy.context, out, n);
}

static enum ic_err init_map(struct ic_worker *w, struct ic_map *map, size_t key_size,
                            uint32_t count)
{
    uint64_t seed[2];
    ic_worker_entropy(w, (uint8_t *)seed, sizeof seed);
    return ic_map_init(map, key_size, count, seed);
}

/* People, ends of relays, and ends of meetings on them. */
static uint32_t all_peers(const struct ic_worker *w)
{
    return w->config.peers_max + w->config.relays_max + w->config.relay_meetings_max;
}

static enum ic_err init_packets(struct ic_worker *w)
{
    uint32_t count = w->config.packets_max;
    count = count < PACKETS_MIN ? PACKETS_MIN : count;
    w->store_reserve = count / 2 < PACKETS_SPARE ? count / 2 : PACKETS_SPARE;
    if (ic_packet_pool_init(&w->packets, count) != IC_OK ||
        ic_tx_queue_init(&w->queue, &w->packets, IC_TX_QUEUE_MAX, all_peers(w)) != IC_OK ||
        ic_staging_init(&w->staging) != IC_OK)
        return IC_ERR_FULL;
    return IC_OK;
}

static enum ic_err init_tables(struct ic_worker *w)
{
    uint32_t peers = all_peers(w), people = w->config.peers_max;
    uint32_t meetings = w->config.relay_meetings_max;
    uint64_t seed[2];
    ic_worker_entropy(w, (uint8_t *)seed, sizeof seed);
    if (ic_pool_init(&w->peers, sizeof(struct ic_peer), peers) != IC_OK ||
        ic_pool_init(&w->tracks, sizeof(struct ic_track),
                     people * IC_SEND_SECTIONS_MAX + meetings * IC_PEER_TRACKS_MAX) != IC_OK ||
        ic_pool_init(&w->slots, sizeof(struct ic_slot), (people + meetings) * IC_SLOTS_MAX) !=
            IC_OK ||
        ic_pool_init(&w->arrivals, sizeof(struct ic_twcc_arrival), people) != IC_OK ||
        ic_pool_init(&w->stores, sizeof(struct ic_track_store),
                     people + meetings * IC_VIDEO_SLOTS) != IC_OK ||
        ic_pool_init(&w->rtx_streams, sizeof(struct ic_rtx_stream),
                     (people + meetings) * IC_VIDEO_SLOTS) != IC_OK ||
        (meetings > 0 &&
         ic_pool_init(&w->relay_members, sizeof(struct ic_relay_member), meetings) != IC_OK) ||
        ic_room_table_init(&w->rooms, w->config.rooms_max, seed) != IC_OK ||
        ic_heap_init(&w->deadlines, peers + 1) != IC_OK ||
        ic_evt_ring_init(&w->events, peers) != IC_OK)
        return IC_ERR_FULL;
    if (init_map(w, &w->by_address, IC_ADDRESS_KEY_LEN, peers * IC_PEER_ADDRESSES_MAX) != IC_OK ||
        init_map(w, &w->by_ufrag, IC_UFRAG_LEN, peers) != IC_OK ||
        init_map(w, &w->by_key, sizeof(uint64_t), peers) != IC_OK ||
        init_map(w, &w->by_number, sizeof(struct ic_relay_number), meetings + 1) != IC_OK)
        return IC_ERR_FULL;
    return IC_OK;
}

/* The id of the statistics in the heap of deadlines. */
static uint32_t stats_id(const struct ic_worker *w)
{
    return all_peers(w);
}

struct ic_worker *ic_worker_create(const struct ic_worker_config *config, struct ic_time now)
{
    IC_ASSERT(config->peers_max > 0 && config->rooms_max > 0);
    IC_ASSERT(config->candidate_count <= IC_CANDIDATES_MAX);
    struct ic_worker *w = ic_array_alloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->config = *config;
    w->now = now;
    ic_prng_init(&w->prng, config->seed);
    ic_shed_init(&w->shed, now);
    if (init_packets(w) != IC_OK || init_tables(w) != IC_OK) {
        ic_worker_destroy(w);
        return NULL;
    }
    ic_heap_set(&w->deadlines, stats_id(w), ic_time_add(now, IC_MS(IC_STATS_INTERVAL_MS)));
    return w;
}

static void remove_all(struct ic_worker *w, struct ic_time now)
{
    for (uint32_t i = 0; i < all_peers(w) && w->peers.used > 0; i++) {
        struct ic_peer *peer = ic_worker_peer(w, i);
        if (peer != NULL)
            ic_peer_remove(w, now, peer);
    }
}

void ic_worker_destroy(struct ic_worker *w)
{
    remove_all(w, w->now);
    ic_tx_queue_deinit(&w->queue);
    ic_staging_deinit(&w->staging, &w->packets);
    ic_packet_pool_deinit(&w->packets);
    ic_pool_deinit(&w->peers);
    ic_pool_deinit(&w->tracks);
    ic_pool_deinit(&w->stores);
    ic_pool_deinit(&w->slots);
    ic_pool_deinit(&w->arrivals);
    ic_pool_deinit(&w->rtx_streams);
    ic_pool_deinit(&w->relay_members);
    ic_room_table_deinit(&w->rooms);
    ic_heap_deinit(&w->deadlines);
    ic_evt_ring_deinit(&w->events);
    ic_map_deinit(&w->by_address);
    ic_map_deinit(&w->by_ufrag);
    ic_map_deinit(&w->by_key);
    ic_map_deinit(&w->by_number);
    ic_array_free(w);
}

/* ---- datagrams in ---- */

void ic_worker_count_drop(struct ic_worker *w, enum ic_err err)
{
    struct ic_worker_stats *s = &w->stats;
    switch (err) {
    case IC_OK:
        break;
    case IC_ERR_INPUT:
        s->dropped_malformed++;
        break;
    case IC_ERR_FULL:
    case IC_ERR_SYSTEM:
        s->dropped_full++;
        break;
    case IC_ERR_AUTH:
        s->dropped_auth++;
        break;
    case IC_ERR_REPLAY:
        s->dropped_replay++;
        break;
    case IC_ERR_STATE:
    case IC_ERR_GONE:
        s->dropped_unknown++;
        break;
    }
}

void ic_worker_address_key(const struct ic_addr *addr, uint8_t key[static IC_ADDRESS_KEY_LEN])
{
    memcpy(key, addr->ip, sizeof addr->ip);
    key[16] = (uint8_t)(addr->port >> 8);
    key[17] = (uint8_t)addr->port;
}

/* By the ufrag that the check names: it may come from an address that nobody knows yet.
 *  IC_ERR_INPUT  not a check    IC_ERR_GONE  nobody's */
static enum ic_err find_by_ufrag(const struct ic_worker *w, const uint8_t *bytes, size_t len,
                                 uint32_t *index)
{
    const uint8_t *ufrag;
    size_t ufrag_len;
    enum ic_err err = ic_ice_target_ufrag(bytes, len, &ufrag, &ufrag_len);
    if (err != IC_OK)
        return err;
    bool is_known = ufrag_len == IC_UFRAG_LEN && ic_map_find(&w->by_ufrag, ufrag, index);
    return is_known ? IC_OK : IC_ERR_GONE;
}

static enum ic_err find_by_address(const struct ic_worker *w, const struct ic_addr *addr,
                                   uint32_t *index)
{
    uint8_t key[IC_ADDRESS_KEY_LEN];
    ic_worker_address_key(addr, key);
    return ic_map_find(&w->by_address, key, index) ? IC_OK : IC_ERR_GONE;
}

/* A response to a check of ours names nobody: only a relay that calls has sent one, to the address
 * that it comes from. */
static enum ic_err find_by_check(const struct ic_worker *w, const struct ic_path *path,
                                 const uint8_t *bytes, size_t len, uint32_t *index)
{
    enum ic_err err = find_by_ufrag(w, bytes, len, index);
    if (err != IC_ERR_INPUT || w->relay_count == 0)
        return err;
    bool is_relay = find_by_address(w, &path->remote, index) == IC_OK &&
                    ic_worker_peer(w, *index)->role == IC_PEER_RELAY;
    return is_relay ? IC_OK : IC_ERR_INPUT;
}

/* Whose is it? Silence for strangers: what nobody owns is counted and forgotten. */
static void dispatch(struct ic_worker *w, struct ic_time now, const struct ic_path *path,
                     uint8_t *bytes, size_t len)
{
    uint32_t index = 0;
    enum ic_err err = IC_ERR_INPUT;
    enum ic_demux kind = ic_demux(bytes, len);
    if (kind == IC_DEMUX_STUN)
        err = find_by_check(w, path, bytes, len, &index);
    else if (kind != IC_DEMUX_NONE)
        err = find_by_address(w, &path->remote, &index);
    if (err != IC_OK) {
        ic_worker_count_drop(w, err);
        return;
    }
    ic_peer_on_datagram(w, now, ic_worker_peer(w, index), path, bytes, kind, len);
}

void ic_worker_input(struct ic_worker *w, struct ic_time now, const struct ic_path *path,
                     uint8_t *bytes, size_t len)
{
    w->now = now;
    w->stats.packets_in++;
    w->stats.bytes_in += len;
    if (len > IC_DATAGRAM_MAX) {
        ic_worker_count_drop(w, IC_ERR_INPUT);
        return;
    }
    if (ic_ref_is_none(w->spare))
        w->spare = ic_packet_pool_get(&w->packets);
    if (ic_ref_is_none(w->spare)) {
        ic_worker_count_drop(w, IC_ERR_FULL);
        return;
    }
    dispatch(w, now, path, bytes, len);
    if (ic_packet_pool_at(&w->packets, w->spare)->owners > 1) {
        ic_packet_pool_release(&w->packets, w->spare);
        w->spare = (struct ic_ref){0};
    }
}

void ic_worker_refuse(struct ic_worker *w)
{
    w->stats.packets_in++;
    ic_worker_count_drop(w, IC_ERR_INPUT);
}

void ic_worker_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag)
{
    ic_shed_on_lag(w, now, lag);
}

/* ---- commands, timers ---- */

static void demand_key_frames(struct ic_worker *w, struct ic_time now, uint64_t room_key)
{
    const struct ic_room *room = ic_room_find(&w->rooms, room_key);
    for (uint32_t m = 0; room != NULL && m < room->member_count; m++) {
        const struct ic_peer *peer = ic_worker_peer(w, room->members[m]);
        if (peer->role == IC_PEER_RELAY_MEMBER)
            continue; /* the other end's worker is told, too */
        for (uint32_t i = 0; i < peer->track_count; i++) {
            struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
            if (track->active)
                ic_track_demand_key_frame(w, now, track);
        }
    }
}

void ic_worker_cmd(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd)
{
    uint32_t index;
    w->now = now;
    bool is_known = ic_map_find(&w->by_key, &cmd->peer, &index);
    switch (cmd->kind) {
    case IC_CMD_PEER_ADD:
        ic_peer_add(w, now, cmd);
        break;
    case IC_CMD_PEER_REMOVE:
        if (is_known) {
            ic_peer_silence(w, ic_worker_peer(w, index));
            ic_peer_remove(w, now, ic_worker_peer(w, index));
        }
        break;
    case IC_CMD_PEER_COUNT:
        if (is_known)
            ic_peer_tell_counts(w, ic_worker_peer(w, index));
        break;
    case IC_CMD_PEER_MEDIA:
        if (is_known)
            ic_peer_set_media(w, now, ic_worker_peer(w, index), cmd->microphone, cmd->camera);
        break;
    case IC_CMD_PEER_RECEIPTS:
    case IC_CMD_PEER_RECEIPT_END:
        break; /* of nobody here */
    case IC_CMD_ROOM_KEY_FRAMES:
        demand_key_frames(w, now, cmd->room);
        break;
    case IC_CMD_SHUTDOWN:
        remove_all(w, now);
        break;
    case IC_CMD_RELAY_ADD:
        ic_relay_transport_add(w, now, cmd);
        break;
    case IC_CMD_RELAY_CONNECT:
        if (is_known)
            ic_relay_transport_connect(w, now, ic_worker_peer(w, index), cmd);
        break;
    case IC_CMD_RELAY_MEETING:
        ic_relay_member_add(w, now, cmd);
        break;
    case IC_CMD_RELAY_SOURCE:
        if (is_known)
            ic_relay_member_set_source(w, now, ic_worker_peer(w, index), cmd);
        break;
    case IC_CMD_RELAY_WANTED:
        if (is_known)
            ic_relay_member_set_wanted(w, now, ic_worker_peer(w, index), cmd);
        break;
    }
}

static void publish_stats(struct ic_worker *w, struct ic_time now)
{
    struct ic_evt_entry entry = {.kind = IC_EVT_STATS};
    if (!w->stats_announced)
        w->stats_announced = ic_evt_ring_put(&w->events, &entry);
    ic_heap_set(&w->deadlines, stats_id(w), ic_time_add(now, IC_MS(IC_STATS_INTERVAL_MS)));
}

void ic_worker_tick(struct ic_worker *w, struct ic_time now)
{
    uint32_t id;
    w->now = now;
    while (ic_worker_tx_room(w) && ic_heap_pop(&w->deadlines, now, &id)) {
        if (id == stats_id(w))
            publish_stats(w, now);
        else
            ic_peer_tick(w, now, ic_worker_peer(w, id));
    }
}

struct ic_time ic_worker_deadline(const struct ic_worker *w)
{
    return ic_heap_first(&w->deadlines);
}

/* ---- events out ---- */

/* The next slot that changed; false when all are told. */
static bool poll_slot(struct ic_worker *w, struct ic_peer *peer, struct ic_evt *evt)
{
    uint32_t i = 0;
    while (i < peer->slot_count && !ic_worker_slot(w, peer->slots[i])->changed)
        i++;
    if (i == peer->slot_count) {
        peer->slots_announced = false;
        return false;
    }
    struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
    const struct ic_track *track = ic_worker_track(w, slot->track);
    slot->changed = false;
    memcpy(evt->mid, slot->mid, sizeof evt->mid);
    evt->slot = (uint8_t)i;
    evt->epoch = slot->epoch;
    evt->first_seq = slot->tx.highest + 1;
    evt->source = slot->kind == IC_KIND_AUDIO ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA;
    if (track != NULL) {
        evt->source = track->source;
        evt->source_peer = track->person;
    }
    return true;
}

/* Say what the oldest entry is about. False: it is done with, and nothing was said. */
static bool poll_entry(struct ic_worker *w, const struct ic_evt_entry *entry, struct ic_evt *evt)
{
    struct ic_peer *peer = ic_pool_at(&w->peers, entry->peer);
    memset(evt, 0, sizeof *evt);
    evt->kind = entry->kind;
    evt->peer = entry->key;
    evt->reason = entry->reason;
    switch (entry->kind) {
    case IC_EVT_PEER_REFUSED:
        break;
    case IC_EVT_PEER_CLOSED:
    case IC_EVT_PEER_COUNTS:
        evt->counts = entry->counts;
        memcpy(evt->nodes, entry->nodes, sizeof evt->nodes);
        break;
    case IC_EVT_PEER_READY:
        if (peer != NULL)
            ic_peer_describe(w, peer, &evt->transport);
        return peer != NULL;
    case IC_EVT_PEER_CONNECTED:
        return peer != NULL;
    case IC_EVT_SLOT:
        return peer != NULL && poll_slot(w, peer, evt);
    case IC_EVT_RELAY_WANTED:
        return peer != NULL && ic_relay_member_poll_wanted(w, peer, evt);
    case IC_EVT_STATS:
        w->stats_announced = false;
        ic_worker_stats(w, &evt->stats);
        break;
    }
    return true;
}

bool ic_worker_poll(struct ic_worker *w, struct ic_evt *evt)
{
    const struct ic_evt_entry *entry;
    while ((entry = ic_evt_ring_first(&w->events)) != NULL) {
        bool has_more = entry->kind == IC_EVT_SLOT || entry->kind == IC_EVT_RELAY_WANTED;
        bool is_said = poll_entry(w, entry, evt);
        if (!has_more || !is_said)
            ic_evt_ring_pop(&w->events);
        if (is_said)
            return true;
    }
    return false;
}

/* ---- datagrams out ---- */

bool ic_worker_tx_room(const struct ic_worker *w)
{
    return w->queue.free_count >= IC_TX_INPUT_MAX && w->packets.free_count >= FLUSH_SPARE;
}

size_t ic_worker_flush(struct ic_worker *w, struct ic_dgram *out, size_t cap)
{
    return ic_staging_fill(w, out, cap);
}

void ic_worker_stats(const struct ic_worker *w, struct ic_worker_stats *out)
{
    *out = w->stats;
    out->peers = w->person_count;
    out->rooms = w->rooms.pool.used;
}
