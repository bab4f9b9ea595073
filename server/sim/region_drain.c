/* Nodes of a simulated deployment that are taken out of service. */
#include <string.h>

#include "sim/region_state.h"

#define DRAIN_S 4 /* one answer of the directory after the other, and a beat */

void ic_region_drain(struct ic_region *r, uint32_t node)
{
    r->nodes[node].is_draining = true;
    ic_placement_drain(r->nodes[node].placement);
    r->drains++;
}

static void hand_over_all(struct ic_region *r, uint32_t node)
{
    struct ic_placement *p = r->nodes[node].placement;
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *m = ic_placement_at(p, i);
        if (m != NULL && m->stage == IC_PLACED_HOME && !m->handing.is_on)
            ic_placement_hand_over(p, ic_region_local(r, node), m->meeting);
    }
}

void ic_region_drain_step(struct ic_region *r)
{
    for (uint32_t i = 0; i < IC_REGION_NODES && r->problem[0] == '\0'; i++) {
        if (!r->nodes[i].is_draining || r->nodes[i].placement == NULL || ic_region_below(r, 8) > 0)
            continue;
        hand_over_all(r, i);
        ic_region_settle(r);
    }
}

/* Those who are there bring it to the node that was named: some of them. */
void ic_region_on_handed(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t meeting = ic_region_meeting(r, out->meeting), to = ic_region_find(r, out->node);
    bool is_told_truth = r->lie_ppm == 0 && r->alter_ppm == 0 && r->stale_ppm == 0;
    uint64_t generation = 0;
    r->handed++;
    ic_region_check(r, IC_EVENT_NAME, node, to, meeting, out->fingerprint, 0, true);
    if (ic_region_placed(r, node, meeting) != NULL)
        ic_region_blame(r, "handed over, and here all the same", node, meeting);
    if (is_told_truth && ic_region_entered(r, meeting, &generation) == node)
        ic_region_blame(r, "handed over, and the directory does not know", node, meeting);
    for (uint32_t i = 0; i < IC_REGION_PEOPLE; i++) {
        if (r->people[i].node != node || r->people[i].meeting != meeting || !r->people[i].is_here)
            continue;
        r->people[i].is_here = false;
        if (ic_region_below(r, 4) > 0)
            ic_region_ask(r, to, meeting, 1, r->people[i].has_video);
    }
}

/* ---- when all is right ---- */

static bool is_there_another(const struct ic_region *r, uint32_t node, uint32_t meeting)
{
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        const struct ic_region_node *n = &r->nodes[i];
        uint32_t people = 0;
        for (uint32_t k = 0; k < IC_REGION_MEETINGS; k++) {
            const struct ic_placed *p = ic_placement_at(n->placement, k);
            people += p == NULL ? 0 : p->people;
        }
        if (i != node && ic_region_is_allowed(r, i, meeting) && people == 0)
            return true;
    }
    return false;
}

static uint32_t room_at(const struct ic_region *r, uint32_t node)
{
    const struct ic_region_node *n = &r->nodes[node];
    uint32_t people = 0, max = n->capacity.people_max;
    for (uint32_t k = 0; k < IC_REGION_MEETINGS; k++) {
        const struct ic_placed *p = ic_placement_at(n->placement, k);
        people += p == NULL ? 0 : p->people - p->away;
    }
    return people < max ? max - people : 0;
}

/* All meetings of the node go at once: what was free before the first may be taken by now. One that
 * is empty still, and large enough, could have been had. */
static bool is_there_room(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_placed *p = ic_region_placed(r, node, meeting);
    uint32_t people = p == NULL ? 1 : p->people;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        if (i != node && ic_region_is_allowed(r, i, meeting) && room_at(r, i) >= people &&
            room_at(r, i) == r->nodes[i].capacity.people_max)
            return true;
    return false;
}

static void check_gone(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    uint64_t generation = 0;
    uint32_t home = ic_region_entered(r, meeting, &generation);
    if (home == node && !is_there_room(r, node, meeting))
        return;
    if (home == IC_REGION_NODES || home == node) {
        ic_region_blame(r, "a node that drains keeps a meeting that could go", node, meeting);
        return;
    }
    if (!ic_region_is_allowed(r, home, meeting))
        ic_region_blame(r, "handed over to where it must not be", home, meeting);
    if (room_at(r, home) > 0 && !ic_region_is_taken(r, home, meeting))
        ic_region_blame(r,
                        r->probe.is_answered ? ic_place_reason_word(r->probe.reason) : "no answer",
                        home, meeting);
}

static void drain_one(struct ic_region *r, uint32_t node)
{
    bool could_go[IC_REGION_MEETINGS] = {false};
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *p = ic_region_placed(r, node, i);
        /* One that has outgrown its node has outgrown the next one, too: it stays until it has not.
         */
        bool is_small = p != NULL && p->people < r->nodes[node].capacity.people_max;
        could_go[i] = is_small && p->stage == IC_PLACED_HOME && p->relay_count == 0 &&
                      is_there_another(r, node, i);
    }
    ic_region_drain(r, node);
    ic_region_wait_s(r, DRAIN_S);
    for (uint32_t i = 0; i < IC_REGION_MEETINGS && r->problem[0] == '\0'; i++)
        if (could_go[i])
            check_gone(r, node, i);
}

void ic_region_quiet_drain(struct ic_region *r)
{
    for (uint32_t node = 0; node < IC_REGION_NODES && r->problem[0] == '\0'; node++) {
        drain_one(r, node);
        ic_region_crash(r, node);
        ic_region_start(r, node, 0);
        ic_region_wait_s(r, DRAIN_S);
    }
}
