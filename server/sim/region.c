#include "sim/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "sim/region_state.h"

#define QUIET_EVERY 2500 /* decisions */

/* ---- clocks and names ---- */

struct ic_time ic_region_local(const struct ic_region *r, uint32_t node)
{
    const struct ic_region_node *n = &r->nodes[node];
    return (struct ic_time){r->now.us + n->offset_us + r->now.us / 1000000 * n->drift_ppm};
}

uint64_t ic_region_date(const struct ic_region *r)
{
    return IC_REGION_DATE + (uint64_t)(r->now.us / 1000000);
}

uint64_t ic_region_wall(const struct ic_region *r, uint32_t node)
{
    return (uint64_t)((int64_t)ic_region_date(r) + r->nodes[node].jump_s);
}

uint32_t ic_region_find(const struct ic_region *r, const uint8_t id[static IC_NODE_ID_LEN])
{
    uint32_t i = 0;
    while (i < IC_REGION_NODES && memcmp(r->nodes[i].id, id, IC_NODE_ID_LEN) != 0)
        i++;
    IC_ASSERT(i < IC_REGION_NODES);
    return i;
}

uint32_t ic_region_meeting(const struct ic_region *r, const uint8_t id[static IC_MEETING_ID_LEN])
{
    uint32_t i = 0;
    while (i < IC_REGION_MEETINGS && memcmp(r->meetings[i].id, id, IC_MEETING_ID_LEN) != 0)
        i++;
    return i;
}

const struct ic_placed *ic_region_placed(const struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_placement *p = r->nodes[node].placement;
    for (uint32_t i = 0; p != NULL && i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *m = ic_placement_at(p, i);
        if (m != NULL && m->stage == IC_PLACED_HOME &&
            memcmp(m->meeting, r->meetings[meeting].id, IC_MEETING_ID_LEN) == 0)
            return m;
    }
    return NULL;
}

void ic_region_hash(struct ic_region *r, const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i++)
        r->hash = (r->hash ^ b[i]) * 0x100000001b3U;
}

/* ---- nodes ---- */

void ic_region_start(struct ic_region *r, uint32_t node, int64_t jump_s)
{
    struct ic_region_node *n = &r->nodes[node];
    const uint8_t none[IC_SHA256_LEN] = {0};
    n->start = r->now;
    n->back_at = IC_NEVER;
    n->is_draining = false;
    n->jump_s = jump_s;
    n->version = r->version;
    n->removed_count = 0;
    n->renewed = n->lapsed = (struct ic_time){-1000000000};
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        n->heard[i] = n->renewed;
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        n->asked[i] = n->renewed;
        n->told[i] = IC_REGION_NODES;
    }
    struct ic_placement_config config = {
        .capacity = n->capacity,
        .meetings_max = IC_REGION_MEETINGS,
        .unix_s = ic_region_wall(r, node),
        .lease = {.incarnation = ic_prng_u64(&r->prng), .first_seq = ic_prng_u64(&r->prng)},
    };
    memcpy(config.lease.node, n->id, sizeof n->id);
    memcpy(config.lease.leaf, none, sizeof none);
    n->placement = ic_placement_create(&config, ic_region_local(r, node));
    IC_ASSERT(n->placement != NULL);
    ic_region_tell(r, node, r->version, true);
}

void ic_region_crash(struct ic_region *r, uint32_t node)
{
    struct ic_region_node *n = &r->nodes[node];
    ic_placement_destroy(n->placement);
    n->placement = NULL;
    n->is_draining = false;
    for (uint32_t k = 0; k < IC_REGION_MEETINGS; k++)
        ic_region_forget_said(r, node, k);
    for (uint32_t i = 0; i < IC_REGION_PEOPLE; i++) {
        if (r->people[i].node == node)
            r->people[i].is_here = false;
        if (r->asks[i].node == node)
            r->asks[i].token = 0;
    }
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) /* sockets to it close */
        for (uint32_t k = 0; k < IC_REGION_MEETINGS && r->nodes[i].placement != NULL; k++)
            ic_placement_relay_closed(r->nodes[i].placement, ic_region_local(r, i),
                                      r->meetings[k].id, n->id);
}

struct ic_region *ic_region_create(uint64_t seed)
{
    struct ic_region *r = calloc(1, sizeof *r);
    const uint64_t map_seed[2] = {seed, 1};
    IC_ASSERT(r != NULL);
    ic_prng_init(&r->prng, seed);
    r->now = (struct ic_time){5000000};
    r->hash = 0xcbf29ce484222325U;
    r->people = calloc(IC_REGION_PEOPLE, sizeof *r->people);
    r->flights = calloc(IC_REGION_FLIGHTS, sizeof *r->flights);
    r->asks = calloc(IC_REGION_PEOPLE, sizeof *r->asks);
    IC_ASSERT(r->people != NULL && r->flights != NULL && r->asks != NULL);
    IC_ASSERT(ic_heap_init(&r->arrivals, IC_REGION_FLIGHTS) == IC_OK);
    IC_ASSERT(ic_directory_init(&r->directory, IC_REGION_MEETINGS, map_seed) == IC_OK);
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        struct ic_region_node *n = &r->nodes[i];
        (void)snprintf(n->name, sizeof n->name, "node%u.example", (unsigned)i);
        IC_ASSERT(ic_node_id(n->name, strlen(n->name), n->id) == IC_OK);
        n->offset_us = ic_region_below(r, 1000000000);
        n->drift_ppm = (int64_t)ic_region_below(r, 1001) - 500;
        /* Nodes 8 to 11 are not in Europe, large and idle: the bait. */
        n->capacity.people_max = (uint16_t)(i < 8 ? 8 + ic_region_below(r, 16) : 2000);
        n->capacity.videos_max = n->capacity.people_max / 2;
    }
    ic_region_make_meetings(r);
    ic_region_publish_first(r);
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        ic_region_start(r, i, 0);
    r->quiet_at = QUIET_EVERY;
    return r;
}

void ic_region_destroy(struct ic_region *r)
{
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        if (r->nodes[i].placement != NULL)
            ic_placement_destroy(r->nodes[i].placement);
    ic_directory_deinit(&r->directory);
    ic_heap_deinit(&r->arrivals);
    free(r->people);
    free(r->flights);
    free(r->asks);
    free(r);
}

/* ---- people ---- */

void ic_region_ask(struct ic_region *r, uint32_t node, uint32_t meeting, uint32_t hops,
                   bool wants_video)
{
    static const char where[][3] = {"DE", "FR", "US", "ZZ", "", "d", "CN"};
    const struct ic_region_meeting *m = &r->meetings[meeting];
    uint64_t token = ++r->tokens;
    struct ic_region_ask *a = &r->asks[token % IC_REGION_PEOPLE];
    if (r->nodes[node].placement == NULL)
        return;
    struct ic_place_ask ask = {
        .token = token,
        .policy = {m->policy, m->policy_len, ic_region_below(r, 2) == 0 ? m->sha256 : NULL},
        .wants_video = wants_video,
        .is_sent = hops > 0,
        .is_home_silent = ic_region_below(r, 50) == 0, /* whether that is true or not */
    };
    memcpy(ask.meeting, m->id, sizeof ask.meeting);
    memcpy(ask.country, where[ic_region_below(r, 7)], sizeof ask.country);
    uint32_t odd = ic_region_below(r, 200);
    if (odd == 0)
        ask.policy.bytes = NULL;
    else if (odd == 1)
        ask.policy.len = ic_region_below(r, (uint32_t)m->policy_len);
    else if (odd == 2)
        ask.policy = (struct ic_place_policy){m->bad, m->policy_len, m->sha256};
    bool is_here = ic_region_placed(r, node, meeting) != NULL;
    if (odd == 3 && is_here) /* a good one, but not that of the meeting */
        ask.policy = (struct ic_place_policy){m->other, m->other_len, NULL};
    *a = (struct ic_region_ask){
        .token = token,
        .node = node,
        .meeting = meeting,
        .hops = hops,
        .wants_video = wants_video,
        .has_policy = odd > 3 || (odd == 3 && !is_here),
        .is_silent = ask.is_home_silent,
    };
    ic_placement_ask(r->nodes[node].placement, ic_region_local(r, node), &ask);
}

static void people_come_and_go(struct ic_region *r)
{
    for (uint32_t i = 0; i < IC_REGION_PEOPLE; i++) {
        struct ic_region_person *person = &r->people[i];
        if (!person->is_here || !ic_time_reached(person->leaves_at, r->now))
            continue;
        person->is_here = false;
        ic_placement_leave(r->nodes[person->node].placement, r->meetings[person->meeting].id,
                           person->has_video);
    }
    for (uint32_t i = ic_region_below(r, r->pressure + 1); i-- > 0;) {
        uint32_t node = ic_region_below(r, IC_REGION_NODES);
        ic_region_ask(r, node, ic_region_below(r, IC_REGION_MEETINGS), 0,
                      ic_region_below(r, 3) > 0);
        r->events++;
        ic_region_settle(r);
        ic_region_check_node(r, node);
    }
}

/* ---- faults ---- */

static void set_weather(struct ic_region *r)
{
    static const uint32_t ppm[] = {0, 0, 0, 0, 10000, 300000};
    r->loss_ppm = ppm[ic_region_below(r, 6)];
    r->alter_ppm = ppm[ic_region_below(r, 6)];
    r->lie_ppm = ppm[ic_region_below(r, 6)];
    r->stale_ppm = ppm[ic_region_below(r, 6)];
    r->delay_ms = ic_region_below(r, 6) == 0 ? ic_region_below(r, 4000) : ic_region_below(r, 50);
    r->is_directory_cut = ic_region_below(r, 12) == 0;
    r->pressure = 1 + ic_region_below(r, 3) * 3; /* the last: three times what there is room for */
}

static void hit_node(struct ic_region *r, uint32_t node)
{
    struct ic_region_node *n = &r->nodes[node];
    static const int64_t jumps_s[] = {3600, -3600, 86400, -86400, 1, 0};
    if (n->placement == NULL)
        return;
    switch (ic_region_below(r, 6)) {
    case 0:
        ic_region_crash(r, node);
        n->back_at = ic_time_add(r->now, IC_MS(100 + ic_region_below(r, 8000)));
        break;
    case 1:
        n->is_cut = true; /* silently: no socket closes */
        n->back_at = ic_time_add(r->now, IC_MS(500 + ic_region_below(r, 10000)));
        break;
    case 2:
        n->jump_s = jumps_s[ic_region_below(r, 6)];
        n->back_at = ic_time_add(r->now, IC_MS(ic_region_below(r, 10000)));
        ic_placement_set_date(n->placement, ic_region_local(r, node), ic_region_wall(r, node));
        break;
    case 3:
        n->removed_count = ic_region_below(r, 3);
        for (size_t i = 0; i < n->removed_count; i++)
            memcpy(n->removed[i], r->nodes[ic_region_below(r, IC_REGION_NODES)].id, IC_NODE_ID_LEN);
        ic_placement_set_removed(n->placement, ic_region_local(r, node),
                                 (const uint8_t(*)[IC_NODE_ID_LEN])n->removed, n->removed_count);
        break;
    case 4:
        ic_region_drain(r, node);
        n->back_at = ic_time_add(r->now, IC_MS(ic_region_below(r, 10000)));
        break;
    default: /* an older set comes again */
        ic_region_tell(r, node, ic_region_below(r, 2) == 0 ? r->version : n->version, true);
        break;
    }
}

static void things_go_wrong(struct ic_region *r)
{
    if (ic_region_below(r, 200) == 0)
        set_weather(r);
    if (ic_region_below(r, 40) == 0) {
        hit_node(r, ic_region_below(r, IC_REGION_NODES));
        r->faults++;
    }
    if (ic_region_below(r, 200) == 0) {
        ic_region_publish(r);
        r->faults++;
    }
    if (ic_region_below(r, 400) == 0) { /* the store has lost everything */
        const uint64_t map_seed[2] = {ic_prng_u64(&r->prng), 1};
        ic_directory_deinit(&r->directory);
        IC_ASSERT(ic_directory_init(&r->directory, IC_REGION_MEETINGS, map_seed) == IC_OK);
        r->empties++;
        r->faults++;
    }
    if (ic_region_below(r, 40) == 0) { /* the newest set again, or one that is older */
        uint32_t old =
            (r->version + IC_REGION_VERSIONS - ic_region_below(r, 2)) % IC_REGION_VERSIONS;
        ic_region_send_version(r, ic_region_below(r, IC_REGION_NODES), old);
    }
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        struct ic_region_node *n = &r->nodes[i];
        if (!ic_time_reached(n->back_at, r->now))
            continue;
        n->is_cut = false;
        n->back_at = IC_NEVER;
        if (n->is_draining)
            ic_region_crash(r, i);
        if (n->placement == NULL)
            ic_region_start(r, i, 0);
        n->jump_s = 0;
        ic_placement_set_date(n->placement, ic_region_local(r, i), ic_region_wall(r, i));
    }
}

/* ---- time ---- */

static void tick(struct ic_region *r, uint32_t node)
{
    struct ic_region_node *n = &r->nodes[node];
    struct ic_time local = ic_region_local(r, node);
    if (n->placement == NULL || !ic_time_reached(ic_placement_deadline(n->placement), local))
        return;
    if (!ic_time_reached(ic_time_add(n->dated, IC_SEC(1)), r->now))
        ic_placement_tick(n->placement, local);
    else {
        n->dated = r->now;
        ic_placement_set_date(n->placement, local, ic_region_wall(r, node));
        ic_placement_tick(n->placement, local);
    }
    r->events++;
    ic_region_settle(r);
    ic_region_check_node(r, node);
}

static void remember(struct ic_region *r)
{
    struct ic_region_meeting *m = &r->meetings[ic_region_below(r, IC_REGION_MEETINGS)];
    struct ic_directory_request request = {.kind = IC_DIRECTORY_GET};
    memcpy(request.entry.meeting, m->id, sizeof m->id);
    struct ic_directory_reply reply = ic_directory_run(&r->directory, &request);
    if (reply.result == IC_OK)
        IC_ASSERT(ic_directory_entry_parse(reply.bytes, reply.len, &m->before) == IC_OK);
}

void ic_region_step(struct ic_region *r)
{
    r->now = ic_time_add(r->now, IC_US(1 + ic_region_below(r, 20000)));
    ic_region_deliver(r);
    for (uint32_t i = 0; i < IC_REGION_NODES && r->problem[0] == '\0'; i++)
        tick(r, i);
    ic_region_drain_step(r);
}

void ic_region_run(struct ic_region *r, uint64_t decisions)
{
    uint64_t until = r->decisions + decisions;
    for (uint64_t step = 0; r->decisions < until && r->problem[0] == '\0'; step++) {
        ic_region_step(r);
        if (r->problem[0] == '\0')
            things_go_wrong(r);
        ic_region_settle(r);
        people_come_and_go(r);
        ic_region_settle(r);
        if (step % 16 == 0)
            remember(r);
        for (uint32_t i = 0; i < IC_REGION_NODES && step % 16 == 0; i++) {
            ic_region_check_packets(r, i);
            ic_region_check_node(r, i);
        }
        if (r->decisions < r->quiet_at)
            continue;
        r->quiet_at += QUIET_EVERY;
        ic_region_quiet(r);
    }
    ic_region_quiet(r);
    ic_region_quiet_drain(r);
    ic_region_quiet_restart(r);
}
