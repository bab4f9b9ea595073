#include "sfu/assignment.h"

#include "base/assert.h"
#include "sfu/worker_state.h"

/* The slot of the peer that carries the track (none: a free slot of the kind); slot_count when
 * there is no such slot. */
static uint32_t find_slot(const struct ic_worker *w, const struct ic_peer *peer, enum ic_kind kind,
                          struct ic_ref track)
{
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
        if (slot->kind == kind && ic_ref_eq(slot->track, track))
            return i;
    }
    return peer->slot_count;
}

/* The slot of the other kind with the same number, counted within each kind; NULL: there is none.
 */
static const struct ic_slot *partner_of(const struct ic_worker *w, const struct ic_peer *peer,
                                        uint32_t slot)
{
    uint32_t number = 0;
    uint8_t kind = ic_worker_slot(w, peer->slots[slot])->kind;
    for (uint32_t i = 0; i < slot; i++)
        number += ic_worker_slot(w, peer->slots[i])->kind == kind;
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *other = ic_worker_slot(w, peer->slots[i]);
        if (other->kind != kind && number-- == 0)
            return other;
    }
    return NULL;
}

/* How well a free slot suits a source of this person: 2 beside another source of the same person,
 * 1 where both slots of the number are free, 0 beside somebody else. */
static uint32_t fitness(const struct ic_worker *w, const struct ic_peer *peer, uint32_t slot,
                        uint64_t person)
{
    const struct ic_slot *partner = partner_of(w, peer, slot);
    if (partner == NULL)
        return 0;
    const struct ic_track *beside = ic_worker_track(w, partner->track);
    if (beside == NULL)
        return 1;
    return beside->person == person ? 2 : 0;
}

/* The free slot for a track: the browser keeps the sound and the picture of one slot number in
 * step, so a person's two sources go to slots of one number where they can. slot_count: none. */
static uint32_t find_free_slot(const struct ic_worker *w, const struct ic_peer *peer,
                               const struct ic_track *track)
{
    uint32_t best = peer->slot_count, best_fitness = 0;
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
        if (slot->kind != track->kind || !ic_ref_is_none(slot->track))
            continue;
        uint32_t fit = fitness(w, peer, i, track->person);
        if (best == peer->slot_count || fit > best_fitness) {
            best = i;
            best_fitness = fit;
        }
    }
    return best;
}

static bool has_free_slot(const struct ic_worker *w, const struct ic_peer *peer, enum ic_kind kind)
{
    return find_slot(w, peer, kind, (struct ic_ref){0}) < peer->slot_count;
}

/* Nobody gets himself; and what came over a relay goes to no other relay, so that a packet crosses
 * one at most (docs/protocol/cluster.md 5). */
static bool may_get(const struct ic_peer *peer, const struct ic_peer *owner)
{
    bool is_relayed_on = peer->role == IC_PEER_RELAY_MEMBER && owner->role == IC_PEER_RELAY_MEMBER;
    return peer != owner && !is_relayed_on;
}

/* The first active source, in the order of joining, that the peer has in no slot; NULL: none. */
static struct ic_track *first_waiting(const struct ic_worker *w, const struct ic_room *room,
                                      const struct ic_peer *peer, enum ic_kind kind)
{
    for (uint32_t m = 0; m < room->member_count; m++) {
        const struct ic_peer *owner = ic_worker_peer(w, room->members[m]);
        if (!may_get(peer, owner))
            continue;
        for (uint32_t i = 0; i < owner->track_count; i++) {
            struct ic_track *track = ic_worker_track(w, owner->tracks[i]);
            if (track->active && track->kind == kind &&
                find_slot(w, peer, kind, track->ref) == peer->slot_count)
                return track;
        }
    }
    return NULL;
}

/* Does anybody wait? Counting is cheaper than looking for who. */
static bool is_anybody_waiting(const struct ic_worker *w, const struct ic_room *room,
                               const struct ic_peer *peer, enum ic_kind kind)
{
    uint32_t known = 0;
    for (uint32_t i = 0; i < peer->slot_count; i++) {
        const struct ic_slot *slot = ic_worker_slot(w, peer->slots[i]);
        known += slot->kind == kind && !ic_ref_is_none(slot->track);
    }
    if (peer->role == IC_PEER_RELAY_MEMBER)
        return known < room->active[kind] - room->relayed[kind];
    for (uint32_t i = 0; i < peer->track_count; i++) {
        const struct ic_track *own = ic_worker_track(w, peer->tracks[i]);
        known += own->kind == kind && own->active;
    }
    return known < room->active[kind];
}

static void fill_free_slots(struct ic_worker *w, struct ic_time now, const struct ic_room *room,
                            struct ic_peer *peer, enum ic_kind kind)
{
    while (is_anybody_waiting(w, room, peer, kind) && has_free_slot(w, peer, kind)) {
        struct ic_track *track = first_waiting(w, room, peer, kind);
        IC_ASSERT(track != NULL);
        ic_slot_assign(w, now, peer, find_free_slot(w, peer, track), track);
    }
}

void ic_assignment_add_source(struct ic_worker *w, struct ic_time now, struct ic_track *track)
{
    const struct ic_peer *owner = ic_worker_peer(w, track->owner);
    struct ic_room *room = ic_worker_room(w, owner->room);
    IC_ASSERT(!track->active);
    track->active = true;
    room->active[track->kind]++;
    room->relayed[track->kind] += owner->role == IC_PEER_RELAY_MEMBER;
    for (uint32_t m = 0; m < room->member_count; m++) {
        struct ic_peer *peer = ic_worker_peer(w, room->members[m]);
        uint32_t slot = may_get(peer, owner) ? find_free_slot(w, peer, track) : peer->slot_count;
        if (slot < peer->slot_count)
            ic_slot_assign(w, now, peer, slot, track);
    }
}

void ic_assignment_remove_source(struct ic_worker *w, struct ic_time now, struct ic_track *track)
{
    const struct ic_peer *owner = ic_worker_peer(w, track->owner);
    struct ic_room *room = ic_worker_room(w, owner->room);
    IC_ASSERT(track->active);
    track->active = false;
    room->active[track->kind]--;
    room->relayed[track->kind] -= owner->role == IC_PEER_RELAY_MEMBER;
    for (uint32_t m = 0; m < room->member_count; m++) {
        struct ic_peer *peer = ic_worker_peer(w, room->members[m]);
        uint32_t slot = find_slot(w, peer, track->kind, track->ref);
        if (slot == peer->slot_count)
            continue;
        ic_slot_assign(w, now, peer, slot, NULL);
        fill_free_slots(w, now, room, peer, track->kind);
    }
    IC_ASSERT(track->subscriber_count == 0);
}

void ic_assignment_add_receiver(struct ic_worker *w, struct ic_time now, struct ic_peer *peer)
{
    const struct ic_room *room = ic_worker_room(w, peer->room);
    fill_free_slots(w, now, room, peer, IC_KIND_AUDIO);
    fill_free_slots(w, now, room, peer, IC_KIND_VIDEO);
}
