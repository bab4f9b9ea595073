/* Quiet times of a simulated deployment. While nodes die and the bus lies, two nodes may each
 * believe for a while that a meeting is theirs. When all is put right again it must not stay so. */
#include <string.h>

#include "base/assert.h"
#include "sim/region_state.h"

#define QUIET_S       20 /* what is under way arrives, each meeting is asked about twice */
#define START_S       5  /* a node that starts is heard, and hears, for longer than a lease */
#define WRONG_CLOCK_S (-34560000) /* 400 days */

void ic_region_wait_s(struct ic_region *r, int64_t s)
{
    struct ic_time until = ic_time_add(r->now, IC_SEC(s));
    while (!ic_time_reached(until, r->now) && r->problem[0] == '\0')
        ic_region_step(r);
}

static void put_right(struct ic_region *r)
{
    r->loss_ppm = r->alter_ppm = r->lie_ppm = r->stale_ppm = r->delay_ms = 0;
    r->is_directory_cut = false;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        struct ic_region_node *n = &r->nodes[i];
        n->is_cut = false;
        n->back_at = IC_NEVER;
        if (n->is_draining)
            ic_region_crash(r, i);
        if (n->placement == NULL)
            ic_region_start(r, i, 0);
        n->jump_s = 0;
        n->removed_count = 0;
        ic_placement_set_removed(n->placement, ic_region_local(r, i), NULL, 0);
        ic_placement_set_date(n->placement, ic_region_local(r, i), ic_region_wall(r, i));
    }
    ic_region_publish_good(r);
    ic_region_settle(r);
}

/* Who has the meeting, as the directory says; IC_REGION_NODES: nobody. */
uint32_t ic_region_entered(struct ic_region *r, uint32_t meeting, uint64_t *generation)
{
    struct ic_directory_request request = {.kind = IC_DIRECTORY_GET};
    struct ic_directory_entry entry;
    memcpy(request.entry.meeting, r->meetings[meeting].id, IC_MEETING_ID_LEN);
    struct ic_directory_reply reply = ic_directory_run(&r->directory, &request);
    if (reply.result != IC_OK)
        return IC_REGION_NODES;
    IC_ASSERT(ic_directory_entry_parse(reply.bytes, reply.len, &entry) == IC_OK);
    *generation = entry.generation;
    return ic_region_find(r, entry.node);
}

static bool has_relay(const struct ic_region *r, const struct ic_placed *p, uint32_t to)
{
    bool has = false;
    for (uint8_t i = 0; i < p->relay_count; i++)
        has = has || ic_region_find(r, p->relays[i].node) == to;
    return has;
}

/* Nodes that carry one meeting are joined each with each, and with nobody else. */
static void check_joined(struct ic_region *r, uint32_t node, uint32_t meeting,
                         const struct ic_placed *p, const struct ic_placed *home)
{
    if (p->relay_count != home->relay_count)
        ic_region_blame(r, "carriers are not joined after a quiet time", node, meeting);
    for (uint8_t i = 0; i < home->relay_count; i++) {
        uint32_t other = ic_region_find(r, home->relays[i].node);
        if (other != node && !has_relay(r, p, other))
            ic_region_blame(r, "a carrier is not joined after a quiet time", node, meeting);
    }
}

/* Whoever carries media of a meeting of another node carries that of its home, which says so. */
static void check_relayed(struct ic_region *r, uint32_t node, uint32_t meeting, uint32_t home)
{
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *p = ic_placement_at(r->nodes[node].placement, i);
        if (p == NULL || p->stage != IC_PLACED_RELAYED ||
            ic_region_meeting(r, p->meeting) != meeting)
            continue;
        const struct ic_placed *there =
            home == IC_REGION_NODES ? NULL : ic_region_placed(r, home, meeting);
        bool is_known = there != NULL && has_relay(r, there, node);
        if (ic_region_find(r, p->relays[0].node) != home || !is_known)
            ic_region_blame(r, "a relay that comes from nowhere after a quiet time", node, meeting);
        else
            check_joined(r, node, meeting, p, there);
    }
}

static void check_meeting(struct ic_region *r, uint32_t meeting)
{
    uint32_t home = IC_REGION_NODES;
    uint64_t generation = 0;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        const struct ic_placed *p = ic_region_placed(r, i, meeting);
        if (p == NULL || p->stage != IC_PLACED_HOME)
            continue;
        if (home != IC_REGION_NODES)
            ic_region_blame(r, "two homes after a quiet time", i, meeting);
        home = i;
        if (ic_region_entered(r, meeting, &generation) != i || generation != p->generation)
            ic_region_blame(r, "the directory does not know a home after a quiet time", i, meeting);
    }
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        check_relayed(r, i, meeting, home);
}

void ic_region_quiet(struct ic_region *r)
{
    if (r->problem[0] != '\0')
        return;
    put_right(r);
    ic_region_wait_s(r, QUIET_S);
    for (uint32_t i = 0; i < IC_REGION_MEETINGS && r->problem[0] == '\0'; i++)
        check_meeting(r, i);
    r->quiets++;
}

/* ---- a node starts again ---- */

/* Somebody asks with all that is right. True: they are here. */
bool ic_region_is_taken(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_region_meeting *m = &r->meetings[meeting];
    struct ic_place_ask ask = {.token = ++r->tokens,
                               .policy = {m->policy, m->policy_len, m->sha256}};
    memcpy(ask.meeting, m->id, sizeof ask.meeting);
    r->probe = (struct ic_region_probe){.token = ask.token};
    ic_placement_ask(r->nodes[node].placement, ic_region_local(r, node), &ask);
    ic_region_settle(r);
    ic_region_wait_s(r, 1);
    return r->probe.is_answered && r->probe.kind == IC_PLACE_OUT_HERE;
}

/* A node that has meetings dies. They are still its own when it is back, and when its clock was
 * wrong at the start: some time after that was put right. */
void ic_region_quiet_restart(struct ic_region *r)
{
    uint64_t generation;
    uint32_t node = IC_REGION_NODES, meeting = 0;
    for (; meeting < IC_REGION_MEETINGS && node == IC_REGION_NODES; meeting++)
        for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
            const struct ic_placed *p = ic_region_placed(r, i, meeting);
            if (p != NULL && p->stage == IC_PLACED_HOME && ic_region_is_allowed(r, i, meeting))
                node = i;
        }
    if (node == IC_REGION_NODES || r->problem[0] != '\0')
        return; /* all have left */
    meeting--;
    IC_ASSERT(ic_region_entered(r, meeting, &generation) == node);
    ic_region_crash(r, node);
    ic_region_start(r, node, 0);
    ic_region_wait_s(r, START_S);
    if (!ic_region_is_taken(r, node, meeting))
        ic_region_blame(r, "a node that starts again does not take its own meeting", node, meeting);
    ic_region_crash(r, node);
    ic_region_start(r, node, WRONG_CLOCK_S);
    ic_region_wait_s(r, START_S);
    if (ic_region_is_taken(r, node, meeting))
        ic_region_blame(r, "taken with a clock that is wrong", node, meeting);
    r->nodes[node].jump_s = 0;
    ic_region_wait_s(r, IC_DATE_AGREE_MS / 1000 + START_S);
    if (!ic_region_is_taken(r, node, meeting))
        ic_region_blame(r, "a clock that was put right is never believed", node, meeting);
    r->restarts++;
}
