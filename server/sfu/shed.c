#include "sfu/shed.h"

#include "sfu/worker_state.h"

void ic_shed_init(struct ic_shed *s, struct ic_time now)
{
    *s = (struct ic_shed){
        .return_next = now, .shed = now, .window = 1, .patience = IC_MS(IC_SHED_RETURN_MS)};
}

/* What a look finds in one room. */
struct found {
    uint64_t cost; /* datagrams of all its tracks since the look before */
    struct ic_track *dearest;
    uint32_t made; /* of that one */
};

static struct found look_at(struct ic_worker *w, const struct ic_room *room)
{
    struct found found = {0};
    for (uint32_t m = 0; m < room->member_count; m++) {
        const struct ic_peer *peer = ic_worker_peer(w, room->members[m]);
        for (uint32_t i = 0; i < peer->track_count; i++) {
            struct ic_track *track = ic_worker_track(w, peer->tracks[i]);
            uint32_t made = track->window == w->shed.window ? track->made : 0;
            found.cost += made;
            if (track->kind != IC_KIND_VIDEO || track->is_shed || made <= found.made)
                continue;
            found.dearest = track;
            found.made = made;
        }
    }
    return found;
}

/* NULL: no picture costs so many datagrams. */
static struct ic_track *find_dearest(struct ic_worker *w, int64_t worth)
{
    struct found most = {0};
    struct ic_ref ref;
    for (uint32_t i = 0; i < w->rooms.pool.count; i++) {
        const struct ic_room *room = ic_pool_at_index(&w->rooms.pool, i, &ref);
        if (room == NULL)
            continue;
        struct found found = look_at(w, room);
        if (found.made >= worth && found.cost > most.cost)
            most = found;
    }
    return most.dearest;
}

static void stop_slots(struct ic_worker *w, struct ic_track *track)
{
    for (uint32_t i = 0; i < track->subscriber_count; i++) {
        struct ic_slot *slot = ic_worker_slot(w, track->subscribers[i]);
        if (slot->waiting || slot->blocked)
            continue;
        slot->waiting = true;
        track->waiting_count++;
    }
}

/* The next one comes back later, when the last one came back too early. */
static void be_patient(struct ic_shed *s, struct ic_time now)
{
    bool was_early = s->is_on_probation &&
                     ic_time_before(now, ic_time_add(s->returned, IC_MS(IC_SHED_PROBATION_MS)));
    if (was_early && s->patience.us < IC_MS(IC_SHED_PATIENCE_MAX_MS).us)
        s->patience.us *= 2;
    if (ic_time_reached(ic_time_add(s->shed, IC_MS(IC_SHED_CALM_MS)), now))
        s->patience = IC_MS(IC_SHED_RETURN_MS);
    s->is_on_probation = false;
    s->shed = now;
    s->return_next = ic_time_add(now, s->patience);
}

static void shed(struct ic_worker *w, struct ic_time now, struct ic_track *track)
{
    track->is_shed = true;
    w->stats.tracks_shed++;
    stop_slots(w, track);
    be_patient(&w->shed, now);
}

void ic_shed_on_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag)
{
    struct ic_shed *s = &w->shed;
    bool was_behind = s->is_behind;
    s->lag = lag;
    s->is_behind = lag.us >= IC_MS(IC_SHED_LAG_MS).us;
    if (!s->is_behind)
        return;
    int64_t since_us = ic_time_sub(now, s->looked).us;
    if (was_behind && since_us < IC_MS(IC_SHED_LOOK_MS).us)
        return;
    bool is_long = ic_time_reached(ic_time_add(s->began, IC_MS(IC_SHED_BEHIND_MS)), now);
    bool is_catching_up = lag.us < s->looked_lag.us;
    struct ic_track *track = NULL;
    if (!was_behind)
        s->began = now;
    else if (is_long && !is_catching_up)
        track = find_dearest(w, since_us * IC_SHED_WORTH_PER_MS / 1000);
    if (track != NULL)
        shed(w, now, track);
    s->looked_lag = lag;
    s->looked = now;
    s->window++;
}

bool ic_shed_may_return(struct ic_worker *w, struct ic_time now, struct ic_track *track)
{
    struct ic_shed *s = &w->shed;
    if (s->lag.us >= IC_MS(IC_SHED_LAG_MS).us / 2 || ic_time_before(now, s->return_next))
        return false;
    track->is_shed = false;
    s->returned = now;
    s->is_on_probation = true;
    s->return_next = ic_time_add(now, IC_MS(IC_SHED_RETURN_MS));
    ic_track_request_key_frame(w, now, track);
    return true;
}
