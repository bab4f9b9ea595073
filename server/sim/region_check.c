/* What is true in a simulated deployment, asked about at each event. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/region_state.h"

static const char *const NAMES[IC_INVARIANTS] = {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8"};

void ic_region_blame(struct ic_region *r, const char *what, uint32_t node, uint32_t meeting)
{
    if (r->problem[0] == '\0')
        (void)snprintf(r->problem, sizeof r->problem,
                       "%s: node %" PRIu32 ", meeting %" PRIu32 ", %.6f s", what, node, meeting,
                       (double)r->now.us / 1e6);
}

static bool is_in_set(const struct ic_region_version *v, const uint8_t *leaf)
{
    for (size_t i = 0; i < v->set.leaf_count; i++)
        if (memcmp(v->leaves[i].bytes, leaf, IC_SHA256_LEN) == 0)
            return true;
    return false;
}

/* The certificate that is spoken about: by its key, or the one that the node serves with. */
static const struct ic_node_claim *claim_of(const struct ic_region *r,
                                            const struct ic_region_version *v, uint32_t who,
                                            const uint8_t *fingerprint, bool *conflict)
{
    const struct ic_node_claim *found = NULL, *any = NULL;
    for (size_t i = 0; i < v->claim_count; i++) {
        const struct ic_node_claim *c = &v->claims[i];
        if (memcmp(c->node, r->nodes[who].id, IC_NODE_ID_LEN) != 0)
            continue;
        if (found == NULL &&
            (fingerprint == NULL || memcmp(fingerprint, c->fingerprint, IC_SHA256_LEN) == 0))
            found = c;
        if (!is_in_set(v, c->leaf))
            continue;
        *conflict |= any != NULL && memcmp(any->country, c->country, IC_COUNTRY_LEN) != 0;
        any = c;
    }
    return found;
}

static bool is_removed(const struct ic_region_node *n, const uint8_t *id)
{
    for (size_t i = 0; i < n->removed_count; i++)
        if (memcmp(n->removed[i], id, IC_NODE_ID_LEN) == 0)
            return true;
    return false;
}

static void judge(struct ic_region *r, const struct ic_invariant_event *e, uint32_t node,
                  uint32_t meeting)
{
    enum ic_invariant first;
    if (!ic_invariant_check(&r->invariants, e, &first))
        ic_region_blame(r, NAMES[first], node, meeting);
}

void ic_region_check(struct ic_region *r, enum ic_invariant_event_kind kind, uint32_t node,
                     uint32_t who, uint32_t meeting, const uint8_t *fingerprint, uint8_t hops,
                     bool is_assigned)
{
    const struct ic_region_node *n = &r->nodes[node];
    const struct ic_region_version *v = &r->versions[n->version];
    const struct ic_region_meeting *m = &r->meetings[meeting];
    struct ic_invariant_event e = {
        .kind = kind,
        .policy = m->policy,
        .policy_len = m->policy_len,
        .date_s = ic_region_date(r),
        .is_removed = is_removed(n, r->nodes[who].id),
        .lease_age = ic_time_sub(r->now, who == node ? n->renewed : n->heard[who]),
        .hops = hops,
        .is_assigned = is_assigned,
    };
    bool conflict = false;
    const struct ic_node_claim *c = claim_of(r, v, who, fingerprint, &conflict);
    if (c != NULL) {
        memcpy(e.country, c->country, sizeof e.country);
        e.not_before_s =
            v->set.not_before_s > c->not_before_s ? v->set.not_before_s : c->not_before_s;
        e.not_after_s = v->set.not_after_s < c->not_after_s ? v->set.not_after_s : c->not_after_s;
        e.effective_s = c->effective_s;
        e.is_in_set = is_in_set(v, c->leaf);
        e.is_conflicting = conflict;
        e.is_signed = c->is_signed && v->set.is_signed && v->set.operator_keys_sha256[5] == 0;
        e.is_logged = c->is_logged && v->set.is_logged && v->set.log_policy_sha256[5] == 0;
        e.is_key_shown = fingerprint != NULL;
    }
    if (kind == IC_EVENT_JOIN) {
        uint32_t people = 0;
        for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
            const struct ic_placed *p = ic_placement_at(n->placement, i);
            people += p == NULL ? 0 : p->people - p->away;
        }
        e.people = (uint16_t)people;
        e.people_max = n->capacity.people_max;
    }
    judge(r, &e, node, meeting);
}

void ic_region_note_lapse(struct ic_region *r, uint32_t node)
{
    struct ic_region_node *n = &r->nodes[node];
    if (ic_time_sub(r->now, n->renewed).us > IC_INVARIANT_LEASE_US)
        n->lapsed = r->now;
}

void ic_region_check_asked(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_region_node *n = &r->nodes[node];
    if (ic_time_before(n->asked[meeting], n->lapsed))
        ic_region_blame(r, "taken after a lease was over, and the directory was not asked", node,
                        meeting);
}

/* A relay needs the role at both ends, as the node that carries it can know. */
static void check_roles(struct ic_region *r, uint32_t node, uint32_t to, uint32_t meeting)
{
    const struct ic_region_node *n = &r->nodes[node];
    const struct ic_region_version *v = &r->versions[n->version];
    bool conflict = false;
    const struct ic_node_claim *own = claim_of(r, v, node, n->fingerprint, &conflict);
    const struct ic_node_claim *other = claim_of(r, v, to, n->shown[meeting][to], &conflict);
    if (own == NULL || other == NULL || (own->roles & other->roles & IC_NODE_ROLE_RELAY) == 0)
        ic_region_blame(r, "a relay without its role", node, meeting);
}

void ic_region_check_no_policy(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_invariant_event e = {.kind = IC_EVENT_NAME};
    judge(r, &e, node, meeting);
}

void ic_region_check_refusal(struct ic_region *r, uint32_t node, uint32_t meeting,
                             uint32_t retry_ms)
{
    const struct ic_invariant_event e = {.kind = IC_EVENT_REFUSE, .retry_ms = retry_ms};
    judge(r, &e, node, meeting);
}

void ic_region_check_generation(struct ic_region *r, uint32_t node, uint32_t meeting,
                                uint64_t generation)
{
    struct ic_region_meeting *m = &r->meetings[meeting];
    size_t at = generation % 64;
    uint64_t taken_in = r->nodes[node].set_in[meeting];
    if (m->generations[at] == generation && m->takers[at] != node &&
        m->taken_in[at] == taken_in) /* else one of the two gives way (ic_region_quiet) */
        ic_region_blame(r, "two nodes have one generation", node, meeting);
    if (m->generations[at] != generation)
        r->generations++;
    m->generations[at] = generation;
    m->takers[at] = node;
    m->taken_in[at] = taken_in;
}

void ic_region_check_node(struct ic_region *r, uint32_t node)
{
    const struct ic_region_node *n = &r->nodes[node];
    if (n->placement == NULL)
        return;
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *p = ic_placement_at(n->placement, i);
        if (p == NULL)
            continue;
        uint32_t meeting = ic_region_meeting(r, p->meeting);
        ic_region_check(r, IC_EVENT_CARRY, node, node, meeting, n->fingerprint, 0, true);
        for (uint8_t k = 0; k < p->relay_count; k++) {
            uint32_t to = ic_region_find(r, p->relays[k].node);
            ic_region_check(r, IC_EVENT_CARRY, node, to, meeting, n->shown[meeting][to], 0, true);
            check_roles(r, node, to, meeting);
        }
    }
    if (ic_invariants_total(ic_placement_invariants(n->placement)) > 0)
        ic_region_blame(r, "a node has counted a violation itself", node, IC_REGION_MEETINGS);
}

void ic_region_check_packets(struct ic_region *r, uint32_t node)
{
    struct ic_region_node *n = &r->nodes[node];
    for (uint32_t i = 0; n->placement != NULL && i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *p = ic_placement_at(n->placement, i);
        if (p == NULL)
            continue;
        uint32_t meeting = ic_region_meeting(r, p->meeting);
        for (uint8_t k = 0; k < p->relay_count; k++) {
            uint32_t to = ic_region_find(r, p->relays[k].node);
            bool may = ic_placement_may_send(n->placement, p->meeting, p->relays[k].node);
            r->packets++;
            ic_region_check(r, IC_EVENT_PACKET, node, to, meeting, n->shown[meeting][to], 0, may);
        }
    }
}
