#include "cluster/placement.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "cluster/placement_state.h"

#define RECHECK_MS 1000
/* Of one input: each relay closed and told of, each other node asked, and the end. */
#define OUTS_PER_MEETING (3 + IC_PLACE_RELAYS_MAX * (1 + IC_PLACE_RELAYS_MAX))

/* ---- life ---- */

struct ic_placement *ic_placement_create(const struct ic_placement_config *config,
                                         struct ic_time now)
{
    struct ic_placement *p = ic_array_alloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->config = *config;
    p->outs_max = config->meetings_max * OUTS_PER_MEETING + 2 * IC_PLACE_ASKS_MAX + 16;
    p->lapses = 1;
    p->list = ic_eligible_list_create();
    p->placed = ic_array_alloc(config->meetings_max, sizeof *p->placed);
    p->pending = ic_array_alloc(IC_PLACE_ASKS_MAX, sizeof *p->pending);
    p->outs = ic_array_alloc(p->outs_max, sizeof *p->outs);
    if (p->list == NULL || p->placed == NULL || p->pending == NULL || p->outs == NULL) {
        ic_placement_destroy(p);
        return NULL;
    }
    ic_leases_init(&p->leases, &config->lease);
    ic_leases_set_load(&p->leases, config->capacity);
    p->facts = (struct ic_place_facts){.leases = &p->leases, .is_alone = config->is_alone};
    p->guard = ic_date_guard_init(now, config->unix_s);
    p->unix_s = config->unix_s;
    p->watching_since = p->next_beat = p->next_recheck = p->next_confirm = now;
    return p;
}

void ic_placement_destroy(struct ic_placement *p)
{
    ic_eligible_list_destroy(p->list);
    ic_array_free(p->placed);
    ic_array_free(p->pending);
    ic_array_free(p->outs);
    ic_array_free(p);
}

/* ---- parts ---- */

struct ic_place_out *ic_placement_emit(struct ic_placement *p, enum ic_place_out_kind kind)
{
    IC_ASSERT(p->outs_len < p->outs_max);
    struct ic_place_out *out = &p->outs[(p->outs_head + p->outs_len++) % p->outs_max];
    *out = (struct ic_place_out){.kind = kind};
    return out;
}

bool ic_placement_poll(struct ic_placement *p, struct ic_place_out *out)
{
    if (p->outs_len == 0)
        return false;
    *out = p->outs[p->outs_head];
    p->outs_head = (p->outs_head + 1) % p->outs_max;
    p->outs_len--;
    return true;
}

enum ic_place_reason ic_placement_filter(struct ic_placement *p, struct ic_time now,
                                         const struct ic_place_policy *policy,
                                         enum ic_place_purpose purpose)
{
    p->facts.date = ic_date_guard_span(&p->guard, now, p->unix_s);
    return ic_policy_filter(p->list, policy, &p->facts, purpose, now);
}

struct ic_placed *ic_placement_find(struct ic_placement *p,
                                    const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++)
        if (p->placed[i].stage == IC_PLACED_HOME &&
            memcmp(p->placed[i].meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return &p->placed[i];
    return NULL;
}

struct ic_placed *ic_placement_add(struct ic_placement *p, struct ic_time now,
                                   const struct ic_place_ask *ask, enum ic_placed_stage stage,
                                   uint64_t generation)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        if (m->stage != IC_PLACED_NONE)
            continue;
        *m = (struct ic_placed){.stage = stage,
                                .policy = ask->policy.bytes,
                                .policy_len = ask->policy.len,
                                .generation = generation,
                                .wanted_until = IC_NEVER};
        memcpy(m->meeting, ask->meeting, sizeof m->meeting);
        memcpy(m->policy_sha256, ic_eligible_list_policy(p->list), sizeof m->policy_sha256);
        ic_placement_confirm(p, now, m);
        return m;
    }
    return NULL;
}

uint64_t ic_placement_request(struct ic_placement *p,
                              const uint8_t meeting[static IC_MEETING_ID_LEN],
                              const uint8_t *policy_sha256, enum ic_directory_kind kind,
                              uint64_t revision, uint64_t generation, const uint8_t *node)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_DIRECTORY);
    out->request =
        (struct ic_directory_request){.kind = kind, .token = ++p->requests, .revision = revision};
    memcpy(out->request.entry.meeting, meeting, IC_MEETING_ID_LEN);
    if (kind == IC_DIRECTORY_GET)
        return p->requests;
    out->request.entry.generation = generation;
    memcpy(out->request.entry.node, node == NULL ? p->leases.self.node : node, IC_NODE_ID_LEN);
    memcpy(out->request.entry.policy_sha256, policy_sha256, IC_SHA256_LEN);
    return p->requests;
}

void ic_placement_set_load(struct ic_placement *p)
{
    struct ic_node_load load = p->leases.self.load;
    uint32_t people = 0, videos = 0;
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        const struct ic_placed *m = &p->placed[i];
        people += m->stage != IC_PLACED_NONE ? m->people - m->away : 0;
        videos += p->placed[i].stage != IC_PLACED_NONE ? p->placed[i].videos : 0;
    }
    load.people = (uint16_t)(people < UINT16_MAX ? people : UINT16_MAX);
    load.videos = (uint16_t)(videos < UINT16_MAX ? videos : UINT16_MAX);
    ic_leases_set_load(&p->leases, load);
}

void ic_placement_end(struct ic_placement *p, struct ic_placed *m)
{
    while (m->relay_count > 0)
        ic_placement_relay_close(p, m, m->relay_count - 1);
    m->stage = IC_PLACED_NONE;
    ic_placement_set_load(p);
}

void ic_placement_release(struct ic_placement *p, struct ic_placed *m, enum ic_place_reason reason)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELEASE);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    out->generation = m->generation;
    out->reason = reason;
    out->is_guest = m->stage == IC_PLACED_RELAYED;
    ic_placement_end(p, m);
}

/* ---- what is here stays only while it may ---- */

static void recheck_one(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_STAY);
    if (ic_eligible_find(p->list, p->leases.self.node, now) == NULL) {
        ic_placement_release(p, m, ic_eligible_own_reason(p->list));
        return;
    }
    if (m->relay_count == 0)
        return;
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_STAY_RELAY);
    for (uint8_t i = m->relay_count; i-- > 0;) {
        struct ic_relay relay = m->relays[i];
        if (ic_placement_relay_may_stay(p, now, &m->relays[i]))
            continue;
        ic_placement_relay_close(p, m, i);
        if (m->stage != IC_PLACED_RELAYED)
            ic_placement_tell_carriers(p, m, &relay, false);
        else if (i > 0)
            ic_placement_carrier_lost(m, now, relay.node);
        else {
            ic_placement_release(p, m, IC_PLACE_NO_NODE_IN_REGION);
            return;
        }
    }
    ic_placement_drains_check(p, m);
    if (m->stage == IC_PLACED_RELAYED)
        ic_placement_carrier_tick(p, now, m);
}

static void recheck(struct ic_placement *p, struct ic_time now)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++)
        if (p->placed[i].stage != IC_PLACED_NONE)
            recheck_one(p, now, &p->placed[i]);
    p->next_recheck = ic_time_add(now, IC_MS(RECHECK_MS));
}

enum ic_node_reason ic_placement_set_nodes(struct ic_placement *p, struct ic_time now,
                                           const struct ic_node_claim *claims, size_t count,
                                           const struct ic_node_set_claim *set,
                                           const struct ic_node_claim *own)
{
    const struct ic_node_set_claim *before = p->facts.set;
    if (before != NULL && set->serial < before->serial)
        return IC_NODE_SET_SERIAL;
    if (before != NULL && set->serial == before->serial &&
        memcmp(set->sha256, before->sha256, sizeof set->sha256) != 0)
        return IC_NODE_SET_CONFLICT;
    p->facts.claims = claims;
    p->facts.claim_count = count;
    p->facts.set = set;
    if (own != NULL)
        ic_leases_set_certificate(&p->leases, own->leaf, own->country);
    recheck(p, now);
    return IC_NODE_GOOD;
}

void ic_placement_set_removed(struct ic_placement *p, struct ic_time now,
                              const uint8_t (*removed)[IC_NODE_ID_LEN], size_t count)
{
    p->facts.removed = removed;
    p->facts.removed_count = count;
    recheck(p, now);
}

void ic_placement_set_date(struct ic_placement *p, struct ic_time now, uint64_t unix_s)
{
    p->unix_s = unix_s;
    ic_date_guard_input(&p->guard, now, unix_s);
    recheck(p, now);
}

void ic_placement_drain(struct ic_placement *p)
{
    p->leases.self.load.is_draining = true;
}

/* ---- beats and the passing of time ---- */

enum ic_err ic_placement_input_beat(struct ic_placement *p, struct ic_time now,
                                    const uint8_t *bytes, size_t len)
{
    struct ic_beat beat;
    ic_placement_note_lapse(p, now);
    if (ic_beat_parse(bytes, len, &beat) != IC_OK)
        return IC_ERR_INPUT;
    return ic_leases_input(&p->leases, now, &beat);
}

void ic_placement_tick(struct ic_placement *p, struct ic_time now)
{
    ic_placement_note_lapse(p, now);
    if (!p->config.is_alone && ic_time_reached(p->next_beat, now)) {
        ic_leases_beat(&p->leases, now, &p->beat);
        ic_placement_emit(p, IC_PLACE_OUT_BEAT)->beat = &p->beat;
        p->next_beat = ic_time_add(now, IC_MS(IC_LEASE_BEAT_MS));
    }
    if (ic_time_reached(p->next_recheck, now))
        recheck(p, now);
    if (ic_time_reached(p->next_confirm, now)) {
        ic_placement_confirm_tick(p, now);
        p->next_confirm = ic_time_add(now, IC_MS(RECHECK_MS));
    }
    ic_placement_handing_tick(p, now);
    ic_placement_ask_tick(p, now);
}

struct ic_time ic_placement_deadline(const struct ic_placement *p)
{
    struct ic_time next = ic_time_min(p->next_recheck, ic_placement_ask_deadline(p));
    next = ic_time_min(next, ic_placement_handing_deadline(p));
    return p->config.is_alone ? next
                              : ic_time_min(next, ic_time_min(p->next_beat, p->next_confirm));
}

/* ---- people go; another node took over ---- */

void ic_placement_leave(struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN],
                        bool has_video)
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    if (m == NULL || m->people == 0)
        return;
    m->people--;
    m->away -= m->away > 0; /* who leaves makes room there first: nobody is counted out too early */
    m->videos -= has_video && m->videos > 0;
    ic_placement_set_load(p);
    if (m->people == 0)
        ic_placement_release(p, m, IC_PLACE_GOOD);
}

struct ic_time ic_placement_lease_end(const struct ic_placement *p)
{
    return ic_leases_own_end(&p->leases);
}

/* ---- for audits ---- */

static const struct ic_node_claim *own_claim(const struct ic_placement *p)
{
    for (size_t i = 0; i < p->facts.claim_count; i++)
        if (memcmp(p->facts.claims[i].leaf, p->leases.self.leaf, IC_SHA256_LEN) == 0)
            return &p->facts.claims[i];
    return NULL;
}

const uint8_t *ic_placement_own_fingerprint(const struct ic_placement *p)
{
    static const uint8_t none[IC_SHA256_LEN];
    const struct ic_node_claim *c = own_claim(p);
    return c == NULL ? none : c->fingerprint;
}

static bool is_removed(const struct ic_placement *p)
{
    for (size_t i = 0; i < p->facts.removed_count; i++)
        if (memcmp(p->facts.removed[i], p->leases.self.node, IC_NODE_ID_LEN) == 0)
            return true;
    return false;
}

void ic_placement_note_join(struct ic_placement *p, struct ic_time now, const struct ic_placed *m)
{
    const struct ic_node_claim *c = own_claim(p);
    struct ic_invariant_event e = {.kind = IC_EVENT_JOIN,
                                   .policy = m->policy,
                                   .policy_len = m->policy_len,
                                   .date_s = p->unix_s};
    enum ic_invariant first;
    ic_placement_set_load(p);
    if (c != NULL) {
        memcpy(e.country, c->country, sizeof e.country);
        e.not_before_s = c->not_before_s;
        e.not_after_s = c->not_after_s;
        e.effective_s = c->effective_s;
        e.is_signed = c->is_signed;
        e.is_logged = c->is_logged;
        e.is_removed = is_removed(p);
        e.is_in_set = p->facts.set != NULL && ic_node_set_claim_has(p->facts.set, c->leaf);
    }
    struct ic_time lease_start =
        ic_time_add(ic_leases_own_end(&p->leases), IC_MS(-IC_LEASE_EXPIRY_MS));
    if (!p->config.is_alone)
        e.lease_age = ic_time_sub(now, lease_start);
    e.people = p->leases.self.load.people;
    e.people_max = p->leases.self.load.people_max;
    (void)ic_invariant_check(&p->invariants, &e, &first);
}

const struct ic_placed *ic_placement_at(const struct ic_placement *p, uint32_t index)
{
    if (index >= p->config.meetings_max || p->placed[index].stage == IC_PLACED_NONE)
        return NULL;
    return &p->placed[index];
}

const struct ic_invariants *ic_placement_invariants(const struct ic_placement *p)
{
    return &p->invariants;
}
