/* What this node asks of others over their channels (relay_control_state.h): places for people of
 * its meetings, and relays to nodes that carry what it carries, too. A channel that is not there is
 * called for it.
 *
 * Timer: IC_PLACE_RELAY_MS, then it could not be had. */
#include <stdlib.h>
#include <string.h>

#include "shell/relay_control_state.h"

#define PLACES_ASKED IC_ROOM_MEMBERS_MAX

/* ---- life ---- */

static void drop_opening(struct ic_relay_opening *o)
{
    free(o->policy);
    *o = (struct ic_relay_opening){.is_used = false};
}

/* Nobody needs the node called any more. */
static void stop_calling(struct ic_relay_control *r, const uint8_t *node)
{
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++)
        if (r->openings[i].is_used && memcmp(r->openings[i].node, node, IC_NODE_ID_LEN) == 0)
            return;
    (void)!ic_relay_net_want(r->net, node, false);
}

static void fail_opening(struct ic_relay_control *r, struct ic_relay_opening *o,
                         enum ic_place_reason reason)
{
    enum ic_cluster_kind kind = o->is_join ? IC_CLUSTER_RELAY_JOINED : IC_CLUSTER_RELAY_OPENED;
    struct ic_cluster_ask ask = ic_relay_about(kind, o->meeting, o->node);
    ask.reason = reason;
    if (!o->is_join || o->is_asking)
        (void)ic_relay_tell(r, &ask); /* lost: whoever waits there has a time, too */
    drop_opening(o);
    stop_calling(r, ask.node);
}

static struct ic_relay_opening *opening_of(struct ic_relay_control *r, const uint8_t *meeting,
                                           const uint8_t *node)
{
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++) {
        struct ic_relay_opening *o = &r->openings[i];
        if (o->is_used && memcmp(o->meeting, meeting, IC_MEETING_ID_LEN) == 0 &&
            memcmp(o->node, node, IC_NODE_ID_LEN) == 0)
            return o;
    }
    return NULL;
}

/* ---- it is said ---- */

static enum ic_err say_open(struct ic_relay_control *r, const struct ic_relay_opening *o,
                            struct ic_relay_side *s)
{
    uint64_t room = ic_hub_room_key(r->config.hub, o->meeting);
    struct ic_relay_message open = {.kind = IC_RELAY_OPEN,
                                    .generation = o->generation,
                                    .hops = o->hops,
                                    .places = PLACES_ASKED,
                                    .policy = o->policy,
                                    .policy_len = o->policy_len};
    memcpy(open.meeting, o->meeting, sizeof open.meeting);
    return room == 0 ? IC_ERR_GONE
                     : ic_relay_bridge_open(s->bridge, r->config.loop->now, &open, room);
}

static enum ic_err say_join(struct ic_relay_control *r, const struct ic_relay_opening *o,
                            struct ic_relay_side *s)
{
    struct ic_relay_guest_room room;
    struct ic_relay_message join = {
        .kind = IC_RELAY_JOIN, .generation = o->generation, .hops = o->hops};
    memcpy(join.meeting, o->meeting, sizeof join.meeting);
    memcpy(join.policy_sha256, o->policy_sha256, sizeof join.policy_sha256);
    return ic_relay_guest_room(r, o->meeting, &room)
               ? ic_relay_bridge_join(s->bridge, r->config.loop->now, &join, &room)
               : IC_ERR_GONE;
}

/* The channel is there: ask. */
static void say_opening(struct ic_relay_control *r, struct ic_relay_opening *o,
                        struct ic_relay_side *s)
{
    uint8_t node[IC_NODE_ID_LEN];
    memcpy(node, o->node, sizeof node);
    if (o->is_join && !o->is_asking) { /* the other end asks */
        drop_opening(o);
        stop_calling(r, node);
    } else if ((o->is_join ? say_join(r, o, s) : say_open(r, o, s)) != IC_OK) {
        fail_opening(r, o, IC_PLACE_NO_CAPACITY_IN_REGION);
    } else {
        o->is_said = true;
    }
}

void ic_relay_opening_say(struct ic_relay_control *r, struct ic_relay_side *s)
{
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++) {
        struct ic_relay_opening *o = &r->openings[i];
        if (o->is_used && !o->is_said && memcmp(o->node, s->node, IC_NODE_ID_LEN) == 0)
            say_opening(r, o, s);
    }
}

/* ---- what the cluster thread wants ---- */

/* Relays have their share of the table: this node's own meetings are asked for all the same,
 * whatever other nodes say of who carries theirs. */
static bool has_share(const struct ic_relay_control *r, bool is_join)
{
    size_t joins = 0;
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++)
        joins += r->openings[i].is_used && r->openings[i].is_join;
    return !is_join || joins < IC_RELAY_OPENINGS / 2;
}

/* Said now, or once the channel is there. What is asked of that node already has the answer of
 * that, or gives way. */
static void start(struct ic_relay_control *r, const struct ic_relay_opening *opening)
{
    struct ic_relay_opening full, *o = &full;
    struct ic_relay_opening *before = opening_of(r, opening->meeting, opening->node);
    if (before != NULL && before->is_said) {
        free(opening->policy);
        return;
    }
    if (before != NULL)
        drop_opening(before);
    bool has_place = has_share(r, opening->is_join);
    for (size_t i = 0; i < IC_RELAY_OPENINGS && o == &full && has_place; i++)
        if (!r->openings[i].is_used)
            o = &r->openings[i];
    *o = *opening;
    struct ic_relay_side *s = ic_relay_side_of(r, o->node);
    if (o != &full && s != NULL)
        say_opening(r, o, s);
    else if (o == &full || ic_relay_net_want(r->net, o->node, true) != IC_OK)
        fail_opening(r, o, IC_PLACE_NO_CAPACITY_IN_REGION);
}

static struct ic_relay_opening opening_for(const struct ic_relay_control *r,
                                           const struct ic_cluster_answer *answer)
{
    struct ic_relay_opening o = {
        .is_used = true,
        .is_join = answer->kind == IC_CLUSTER_RELAY_JOIN,
        .is_asking = answer->is_asking,
        .generation = answer->generation,
        .hops = answer->hops,
        .policy = answer->policy,
        .policy_len = answer->policy_len,
        .until = ic_time_add(r->config.loop->now, IC_MS(IC_PLACE_RELAY_MS)),
    };
    memcpy(o.meeting, answer->meeting, sizeof o.meeting);
    memcpy(o.node, answer->node, sizeof o.node);
    memcpy(o.policy_sha256, answer->policy_sha256, sizeof o.policy_sha256);
    return o;
}

void ic_relay_opening_start(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    const struct ic_relay_opening o = opening_for(r, answer);
    start(r, &o);
}

/* Whoever asks calls; unless the other node cannot be called, which calls then. */
void ic_relay_opening_join(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    const struct ic_relay_opening o = opening_for(r, answer);
    bool is_there = ic_relay_side_of(r, o.node) != NULL;
    if (o.is_asking || (!is_there && !r->peers.is_called))
        start(r, &o);
}

void ic_relay_opening_end(struct ic_relay_control *r, const uint8_t *meeting, const uint8_t *node)
{
    struct ic_relay_opening *o = opening_of(r, meeting, node);
    if (o != NULL)
        drop_opening(o);
    stop_calling(r, node);
}

/* ---- time ---- */

void ic_relay_opening_tick(struct ic_relay_control *r)
{
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++)
        if (r->openings[i].is_used && ic_time_reached(r->openings[i].until, r->config.loop->now))
            fail_opening(r, &r->openings[i], IC_PLACE_NO_CAPACITY_IN_REGION);
}

struct ic_time ic_relay_opening_deadline(const struct ic_relay_control *r)
{
    struct ic_time next = IC_NEVER;
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++)
        if (r->openings[i].is_used)
            next = ic_time_min(next, r->openings[i].until);
    return next;
}

void ic_relay_opening_drop_all(struct ic_relay_control *r)
{
    for (size_t i = 0; i < IC_RELAY_OPENINGS; i++)
        if (r->openings[i].is_used)
            drop_opening(&r->openings[i]);
}
