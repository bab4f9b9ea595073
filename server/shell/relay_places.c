/* Places for people of our meetings, here and at the nodes that carry them: who gets one where, how
 * many there are, and how people are brought away from a node that goes out of service.
 *
 * A place is kept for each of those who are brought away, where it is to come (relay_move.h), and
 * is given to nobody else. Places at other nodes are an upper bound: one that has become full
 * refuses, and then there are none for a while (relay_bridge.h). */
#include <string.h>

#include "shell/relay_control_state.h"

#define DRAINS_MS 250  /* so often a meeting at a node that drains is looked at */
#define AGAIN_MS  2000 /* so often another node is asked for places for it */

static const uint8_t nobody[IC_NODE_ID_LEN]; /* also: here */

/* ---- how many ---- */

uint32_t ic_relay_control_guests(const struct ic_relay_control *r)
{
    uint32_t people = 0;
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++)
        if (r->sides[i].bridge != NULL)
            people += ic_relay_bridge_guests(r->sides[i].bridge);
    return people;
}

static uint32_t people_here(const struct ic_relay_control *r)
{
    uint32_t people = 0;
    for (uint32_t i = 0; i < r->config.worker_count; i++)
        people += ic_spread_people(r->config.spread, i);
    return people + ic_relay_control_guests(r);
}

uint32_t ic_relay_places_here(const struct ic_relay_control *r)
{
    uint32_t taken = people_here(r) + ic_relay_moves_kept(&r->moves, NULL, nobody);
    return taken < r->config.people_max ? r->config.people_max - taken : 0;
}

/* Nobody new at a node that goes out of service. */
static bool has_place(struct ic_relay_control *r, const struct ic_relay_side *s,
                      const uint8_t *meeting)
{
    const struct ic_relay_shared *m = ic_relay_shared_of(r, meeting, s->node);
    return m != NULL && m->share == IC_RELAY_OURS && !m->drains &&
           ic_relay_bridge_free_places(s->bridge, meeting) >
               ic_relay_moves_kept(&r->moves, meeting, s->node);
}

static struct ic_relay_side *find_place(struct ic_relay_control *r, const uint8_t *meeting)
{
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        struct ic_relay_side *s = &r->sides[i];
        if (s->bridge != NULL && !s->is_dead && has_place(r, s, meeting))
            return s;
    }
    return NULL;
}

/* A meeting of ours: so many of its people may be elsewhere, at all that carry it. */
void ic_relay_places_set(struct ic_relay_control *r, const uint8_t *meeting)
{
    uint32_t places = 0;
    for (size_t i = 0; i < SHARED_MAX; i++) {
        const struct ic_relay_shared *m = &r->shared[i];
        if (m->is_used && !m->drains && m->share == IC_RELAY_OURS &&
            memcmp(m->meeting, meeting, IC_MEETING_ID_LEN) == 0)
            places += m->places;
    }
    ic_gate_set_places(r->config.gate, meeting, places);
}

/* ---- who comes ---- */

/* The place that is kept. */
static bool give_kept(struct ic_relay_control *r, const struct ic_cmd *cmd,
                      const struct ic_relay_move *move, struct ic_relay_side **side)
{
    *side = NULL;
    if (memcmp(move->node, nobody, sizeof nobody) == 0)
        return people_here(r) < r->config.people_max;
    *side = ic_relay_side_of(r, move->node);
    return *side != NULL && ic_relay_bridge_cmd((*side)->bridge, cmd) == IC_OK;
}

/* Any other one.  *side  NULL: here */
static bool give_free(struct ic_relay_control *r, const struct ic_cmd *cmd, const uint8_t *meeting,
                      struct ic_relay_side **side)
{
    *side = NULL;
    if (ic_relay_places_here(r) > 0)
        return true;
    *side = find_place(r, meeting);
    return *side != NULL && ic_relay_bridge_cmd((*side)->bridge, cmd) == IC_OK;
}

static void refuse(struct ic_relay_control *r, uint64_t peer)
{
    if (r->refused_count < REFUSALS_MAX) /* else the hub's own time-out tells them */
        r->refused[r->refused_count++] = peer;
}

bool ic_relay_places_give(struct ic_relay_control *r, const struct ic_cmd *cmd)
{
    uint8_t meeting[IC_MEETING_ID_LEN] = {0};
    struct ic_relay_side *side;
    struct ic_relay_move *move = ic_relay_moves_find(&r->moves, cmd->beside);
    bool is_known = ic_hub_meeting_of(r->config.hub, cmd->room, meeting);
    bool is_given =
        (move != NULL && give_kept(r, cmd, move, &side)) || give_free(r, cmd, meeting, &side);
    if (!is_given) {
        const struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_AGAIN, meeting, nobody);
        if (is_known)
            (void)ic_relay_tell(r, &ask); /* whoever is refused now comes again */
        refuse(r, cmd->peer);
        return true;
    }
    if (move != NULL) {
        move->came = cmd->peer;
        memcpy(move->node, side == NULL ? nobody : side->node, sizeof move->node);
    }
    return side != NULL;
}

static void tell_refused(struct ic_relay_control *r)
{
    for (; r->refused_count > 0; r->refused_count--) {
        const struct ic_evt evt = {.kind = IC_EVT_PEER_REFUSED,
                                   .peer = r->refused[r->refused_count - 1],
                                   .reason = IC_PEER_REASON_FULL};
        r->config.handlers.on_evt(r->config.handlers.context, &evt);
    }
}

/* ---- nodes that go out of service ---- */

void ic_relay_places_drain(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    const struct ic_relay_side *s = ic_relay_side_of(r, answer->node);
    struct ic_relay_shared *m = ic_relay_shared_of(r, answer->meeting, answer->node);
    if (m == NULL || s == NULL || m->share != IC_RELAY_OURS || m->drains == answer->drains)
        return;
    m->drains = answer->drains;
    m->look_at = m->ask_at = r->config.loop->now;
    ic_relay_places_set(r, m->meeting);
    ic_log_write(r->config.log, IC_LOG_INFO, m->drains ? "relay_drains" : "relay_stays",
                 IC_LOG_FIELDS(IC_LOG_TEXT("node", s->name)));
}

static bool find(void *context, const uint8_t meeting[static IC_MEETING_ID_LEN],
                 uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_relay_control *r = context;
    bool is_here = ic_relay_places_here(r) > 0;
    const struct ic_relay_side *s = is_here ? NULL : find_place(r, meeting);
    memcpy(node, s == NULL ? nobody : s->node, IC_NODE_ID_LEN);
    return is_here || s != NULL;
}

static bool tell(void *context, uint64_t peer)
{
    const struct ic_relay_control *r = context;
    return r->config.handlers.on_move(r->config.handlers.context, peer);
}

void ic_relay_places_bring_away(struct ic_relay_control *r, struct ic_relay_shared *m,
                                struct ic_relay_side *s)
{
    const struct ic_relay_move_handlers handlers = {.context = r, .find = find, .tell = tell};
    struct ic_time now = r->config.loop->now;
    bool is_short;
    if (!ic_time_reached(m->look_at, now))
        return;
    m->look_at = ic_time_add(now, IC_MS(DRAINS_MS));
    if (ic_relay_moves_step(&r->moves, now, s->bridge, m->meeting, &handlers, &is_short) == 0) {
        ic_relay_bridge_close(s->bridge, now, m->meeting);
        m->look_at = IC_NEVER;
    } else if (is_short && ic_time_reached(m->ask_at, now)) {
        const struct ic_cluster_ask ask =
            ic_relay_about(IC_CLUSTER_RELAY_AGAIN, m->meeting, nobody);
        m->ask_at = ic_time_add(now, IC_MS(AGAIN_MS));
        (void)ic_relay_tell(r, &ask);
    }
}

static bool is_carried(const void *context, uint64_t peer)
{
    const struct ic_relay_control *r = context;
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++)
        if (r->sides[i].bridge != NULL && !r->sides[i].is_dead &&
            ic_relay_bridge_has(r->sides[i].bridge, peer))
            return true;
    return false;
}

static bool came(void *context, const struct ic_relay_move *move)
{
    struct ic_relay_control *r = context;
    const struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_HOME, move->meeting, nobody);
    return memcmp(move->node, nobody, sizeof nobody) != 0 || ic_relay_tell(r, &ask);
}

/* ---- time ---- */

void ic_relay_places_tick(struct ic_relay_control *r)
{
    tell_refused(r);
    ic_relay_moves_settle(&r->moves, r->config.loop->now, is_carried, came, r);
}

struct ic_time ic_relay_places_deadline(const struct ic_relay_control *r)
{
    struct ic_time next = r->refused_count > 0 ? r->config.loop->now : IC_NEVER;
    for (size_t i = 0; i < SHARED_MAX; i++)
        if (r->shared[i].is_used && r->shared[i].drains)
            next = ic_time_min(next, r->shared[i].look_at);
    return next;
}
