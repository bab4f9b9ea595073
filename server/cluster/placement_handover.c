/* A node that drains hands a meeting over (docs/protocol/cluster.md 4): it looks who has it, enters
 * another eligible node, and knows then that it has it no more. Once the entry may have been set,
 * it goes on asking until the directory says whose the meeting is: an answer that is lost is not
 * "no". */
#include <string.h>

#include "base/assert.h"
#include "cluster/placement_state.h"

static void request(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                    enum ic_directory_kind kind, uint64_t revision)
{
    struct ic_handing *handing = &m->handing;
    handing->kind = kind;
    handing->until = ic_time_add(now, IC_MS(IC_PLACE_DIRECTORY_MS));
    handing->request = ic_placement_request(p, m->meeting, m->policy_sha256, kind, revision,
                                            handing->generation, handing->node);
}

static void keep(struct ic_placement *p, struct ic_placed *m, enum ic_place_reason reason)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_KEPT);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    out->generation = m->generation;
    out->reason = reason;
    m->handing = (struct ic_handing){.is_on = false};
}

static void take_back(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    m->generation = m->handing.generation;
    ic_placement_confirm(p, now, m);
    keep(p, m, m->handing.reason);
}

/* Here it is nobody's place any more; what other nodes carry of it goes on until its people are at
 * the node that has it. */
static void leave(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    if (m->relay_count == 0) {
        ic_placement_end(p, m);
        return;
    }
    m->stage = IC_PLACED_HANDED;
    m->until = ic_time_add(now, IC_MS(IC_MOVE_MS));
    m->handing = (struct ic_handing){.is_on = false};
    m->check = (struct ic_place_check){.at = IC_NEVER};
    m->wanted_until = IC_NEVER;
    m->people = m->away = m->videos = 0;
    ic_placement_set_load(p);
}

/* The directory has another name. Is it one of a node that may have it? Members hear of no other.
 */
static void hand(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                 const uint8_t node[static IC_NODE_ID_LEN])
{
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_ALIVE);
    const struct ic_eligible *e = ic_eligible_find(p->list, node, now);
    if (e == NULL) {
        ic_placement_release(p, m, IC_PLACE_TAKEN_OVER);
        return;
    }
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_HANDED);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, ic_eligible_node(e), sizeof out->node);
    memcpy(out->fingerprint, ic_eligible_fingerprint(e), sizeof out->fingerprint);
    out->generation = m->generation;
    leave(p, now, m);
}

/* Somebody else who is eligible for new people, with room for all of them. */
static enum ic_place_reason choose(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    enum ic_place_reason reason = ic_placement_filter(p, now, &policy, IC_PLACE_NEW);
    const struct ic_eligible *e = ic_select_least_load(p->list, now);
    if (e == NULL)
        return reason;
    IC_ASSERT(!ic_eligible_is_self(e)); /* it drains */
    if (ic_time_reached(ic_leases_own_end(&p->leases), now))
        return IC_PLACE_LEASE_EXPIRED;
    if (ic_eligible_room(e) < m->people)
        return IC_PLACE_NO_CAPACITY_IN_REGION;
    memcpy(m->handing.node, ic_eligible_node(e), sizeof m->handing.node);
    for (uint32_t i = 0; i < m->people; i++)
        ic_leases_reserve(&p->leases, m->handing.node, i < m->videos);
    return IC_PLACE_GOOD;
}

/* An entry that was perhaps set for somebody who is not eligible any more is set once more, with
 * our own name: then it is known. */
static void set_entry(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                      uint64_t revision, uint64_t generation)
{
    struct ic_handing *handing = &m->handing;
    enum ic_place_reason reason = choose(p, now, m);
    if (reason != IC_PLACE_GOOD && !handing->is_set) {
        keep(p, m, reason);
        return;
    }
    handing->reason = reason;
    handing->generation = generation;
    handing->is_set = true;
    if (reason != IC_PLACE_GOOD) {
        memcpy(handing->node, p->leases.self.node, sizeof handing->node);
        m->asked = generation;
    }
    request(p, now, m, IC_DIRECTORY_SWAP, revision);
}

/* Another node has it. */
static void on_lost(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                    const struct ic_directory_reply *reply)
{
    struct ic_directory_entry entry;
    if (ic_directory_entry_parse(reply->bytes, reply->len, &entry) == IC_OK && m->handing.is_set &&
        memcmp(entry.node, p->leases.self.node, sizeof entry.node) != 0)
        hand(p, now, m, entry.node);
    else
        ic_placement_release(p, m, IC_PLACE_TAKEN_OVER);
}

static void on_get(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                   const struct ic_directory_reply *reply)
{
    uint64_t generation;
    enum ic_place_reason reason;
    ic_placement_note_before(m->handing.before, reply);
    m->handing.request = 0; /* if nothing follows, the time of it runs on, and it is asked again */
    switch (ic_placement_judge(p, m, reply, &generation, &reason)) {
    case IC_STANDING_KEPT:
    case IC_STANDING_BEHIND:
        set_entry(p, now, m, reply->result == IC_OK ? reply->revision : 0, generation + 1);
        break;
    case IC_STANDING_LOST:
        on_lost(p, now, m, reply);
        break;
    case IC_STANDING_UNKNOWN:
        if (!m->handing.is_set)
            keep(p, m, reason);
        break;
    }
}

static void on_swap(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                    const struct ic_directory_reply *reply)
{
    if (reply->result == IC_OK)
        ic_placement_tell_before(p, m->meeting, m->handing.before);
    bool is_own = memcmp(m->handing.node, p->leases.self.node, IC_NODE_ID_LEN) == 0;
    if (reply->result == IC_OK && is_own)
        take_back(p, now, m);
    else if (reply->result == IC_OK)
        hand(p, now, m, m->handing.node);
    else /* set by somebody else, or by us all the same */
        request(p, now, m, IC_DIRECTORY_GET, 0);
}

bool ic_placement_input_handing(struct ic_placement *p, struct ic_time now,
                                const struct ic_directory_reply *reply)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        if (m->stage == IC_PLACED_NONE || m->handing.request != reply->token)
            continue;
        if (m->handing.kind == IC_DIRECTORY_GET)
            on_get(p, now, m, reply);
        else
            on_swap(p, now, m, reply);
        return true;
    }
    return false;
}

void ic_placement_hand_over(struct ic_placement *p, struct ic_time now,
                            const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    IC_ASSERT(p->leases.self.load.is_draining);
    ic_placement_note_lapse(p, now);
    if (m == NULL || m->stage != IC_PLACED_HOME) {
        struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_KEPT);
        memcpy(out->meeting, meeting, sizeof out->meeting);
        out->reason = IC_PLACE_TAKEN_OVER;
    } else if (!m->handing.is_on) {
        m->handing = (struct ic_handing){.is_on = true};
        request(p, now, m, IC_DIRECTORY_GET, 0);
    }
}

/* ---- time ---- */

void ic_placement_handing_tick(struct ic_placement *p, struct ic_time now)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        if (m->stage == IC_PLACED_HANDED && ic_time_reached(m->until, now))
            ic_placement_release(p, m, IC_PLACE_GOOD);
        if (m->stage == IC_PLACED_NONE || !m->handing.is_on ||
            !ic_time_reached(m->handing.until, now))
            continue;
        if (m->handing.is_set)
            request(p, now, m, IC_DIRECTORY_GET, 0);
        else
            keep(p, m, IC_PLACE_DIRECTORY_UNREACHABLE);
    }
}

struct ic_time ic_placement_handing_deadline(const struct ic_placement *p)
{
    struct ic_time next = IC_NEVER;
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        const struct ic_placed *m = &p->placed[i];
        if (m->stage == IC_PLACED_HANDED)
            next = ic_time_min(next, m->until);
        if (m->stage != IC_PLACED_NONE && m->handing.is_on)
            next = ic_time_min(next, m->handing.until);
    }
    return next;
}
