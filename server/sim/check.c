#include "sim/check.h"

#include <string.h>

#include "sfu/worker_state.h"

void ic_check_dgram(struct ic_world *world, uint32_t worker, const struct ic_dgram *dgram)
{
    if (dgram->len == 0 || dgram->len > IC_DATAGRAM_MAX)
        ic_world_blame(world, "a datagram of %zu bytes leaves", dgram->len);
    if (!ic_addr_eq(&dgram->path.local, &world->servers[worker]))
        ic_world_blame(world, "a datagram leaves from another address");
}

/* What an event may say, by what was said before. */
void ic_check_event(struct ic_world *world, const struct ic_evt *evt)
{
    if (evt->kind == IC_EVT_STATS)
        return;
    if (evt->peer == 0 || evt->peer > world->seat_count) {
        ic_world_blame(world, "event %d about nobody", (int)evt->kind);
        return;
    }
    const struct ic_seat *s = &world->seats[evt->peer - 1];
    bool is_first = evt->kind == IC_EVT_PEER_READY || evt->kind == IC_EVT_PEER_REFUSED;
    if (is_first == (s->announced || s->refused))
        ic_world_blame(world, "event %d of peer %u out of order", (int)evt->kind,
                       (unsigned)evt->peer);
    if (s->closed)
        ic_world_blame(world, "event %d of a closed peer", (int)evt->kind);
    if (evt->kind != IC_EVT_SLOT || evt->source_peer == 0)
        return;
    if (evt->source_peer == evt->peer || evt->source_peer > world->seat_count ||
        world->seats[evt->source_peer - 1].room != s->room)
        ic_world_blame(world, "peer %u gets source %u", (unsigned)evt->peer,
                       (unsigned)evt->source_peer);
}

/* Nobody gets a source twice. */
static void check_slots(struct ic_world *world, const struct ic_bot *bot)
{
    uint64_t seen[2][IC_BOT_SOURCES_MAX / 64] = {{0}};
    for (size_t i = 0; i < bot->slot_count; i++) {
        uint64_t source = ic_bot_slot_source(&bot->slots[i]);
        if (source == 0 || source >= IC_BOT_SOURCES_MAX)
            continue;
        uint64_t *word = &seen[bot->slots[i].kind][source / 64];
        if ((*word >> (source % 64) & 1) != 0)
            ic_world_blame(world, "bot %u has source %u in two slots", (unsigned)bot->config.key,
                           (unsigned)source);
        *word |= UINT64_C(1) << (source % 64);
    }
}

static void check_bot(struct ic_world *world, const struct ic_bot *bot)
{
    const char *violation = ic_bot_violation(bot);
    if (violation != NULL)
        ic_world_blame(world, "bot %u: %s", (unsigned)bot->config.key, violation);
    int64_t gap_min_us = IC_MS(IC_PLI_INTERVAL_MS).us - world->config.pli_tolerance.us;
    if (bot->pli_gap_min_us < gap_min_us)
        ic_world_blame(world, "bot %u: key frame requests %d us apart", (unsigned)bot->config.key,
                       (int)bot->pli_gap_min_us);
    check_slots(world, bot);
}

/* How many slots of everybody wait for this track. */
static uint32_t waiting_for(const struct ic_worker *w, const struct ic_track *track)
{
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < track->subscriber_count; i++)
        waiting += ic_worker_slot(w, track->subscribers[i])->waiting;
    return waiting;
}

static uint32_t has_spare(const struct ic_worker *w)
{
    return ic_ref_is_none(w->spare) ? 0 : 1;
}

/* The worker's own books. */
static void check_worker(struct ic_world *world, const struct ic_worker *w)
{
    uint32_t stored = 0, members = 0;
    for (uint32_t i = 0; i < w->tracks.count; i++) {
        struct ic_ref ref;
        const struct ic_track *track = ic_pool_at_index(&w->tracks, i, &ref);
        if (track == NULL)
            continue;
        stored += track->store.held;
        if (track->waiting_count != waiting_for(w, track))
            ic_world_blame(world, "%u slots wait for a track that says %u", waiting_for(w, track),
                           track->waiting_count);
    }
    for (uint32_t i = 0; i < w->rooms.pool.count; i++) {
        struct ic_ref ref;
        const struct ic_room *room = ic_pool_at_index(&w->rooms.pool, i, &ref);
        members += room == NULL ? 0 : room->member_count;
    }
    if (members != w->peers.used - w->relay_count)
        ic_world_blame(world, "%u peers, %u members of rooms", w->peers.used, members);
    /* Everything is flushed: a packet is in a store, the spare one, or free. */
    uint32_t used = w->packets.count - w->packets.free_count;
    if (used != stored + has_spare(w))
        ic_world_blame(world, "%u packets are held, %u of them in stores", used, stored);
}

void ic_check_turn(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            check_bot(world, &world->seats[i].bot);
    for (uint32_t i = 0; i < world->config.workers; i++)
        check_worker(world, world->workers[i]);
    if (world->dgrams_to_strangers > 0)
        ic_world_blame(world, "a stranger got a datagram");
}

static void check_empty(struct ic_world *world, const struct ic_worker *w)
{
    if (w->peers.used + w->tracks.used + w->slots.used + w->stores.used + w->rtx_streams.used +
            w->arrivals.used + w->relay_members.used + w->rooms.pool.used !=
        0)
        ic_world_blame(
            world,
            "peers %u, tracks %u, slots %u, stores %u, RTX %u, arrivals %u, rooms %u are left",
            w->peers.used, w->tracks.used, w->slots.used, w->stores.used, w->rtx_streams.used,
            w->arrivals.used, w->rooms.pool.used);
    if (w->by_address.count + w->by_ufrag.count + w->by_key.count + w->by_number.count +
            w->rooms.by_key.count !=
        0)
        ic_world_blame(world, "names are left in the maps");
    if (w->packets.free_count + has_spare(w) != w->packets.count ||
        w->queue.free_count != w->queue.entry_count)
        ic_world_blame(world, "packets are left");
    if (w->deadlines.used > 1 || w->dtls_pending != 0)
        ic_world_blame(world, "timers or handshakes are left");
}

void ic_check_empty(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->config.workers; i++)
        check_empty(world, world->workers[i]);
}
