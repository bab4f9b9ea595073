/* Places at other nodes for people of our meetings, and here for people of theirs (placement.h). */
#include <string.h>

#include "cluster/placement_state.h"

struct ic_relay *ic_placement_relay_find(struct ic_placed *m,
                                         const uint8_t node[static IC_NODE_ID_LEN])
{
    for (uint8_t i = 0; i < m->relay_count; i++)
        if (memcmp(m->relays[i].node, node, IC_NODE_ID_LEN) == 0)
            return &m->relays[i];
    return NULL;
}

struct ic_placed *ic_placement_find_guest(struct ic_placement *p,
                                          const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++)
        if (p->placed[i].stage == IC_PLACED_RELAYED &&
            memcmp(p->placed[i].meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return &p->placed[i];
    return NULL;
}

/* A relay of one that is ours, or that was and is handed over: of which is in *of then. */
static struct ic_relay *find_own_relay(struct ic_placement *p, const uint8_t *meeting,
                                       const uint8_t *node, struct ic_placed **of)
{
    for (uint32_t i = 0; i < p->config.meetings_max; i++) {
        struct ic_placed *m = &p->placed[i];
        bool is_own = m->stage == IC_PLACED_HOME || m->stage == IC_PLACED_HANDED;
        if (!is_own || memcmp(m->meeting, meeting, IC_MEETING_ID_LEN) != 0)
            continue;
        struct ic_relay *relay = ic_placement_relay_find(m, node);
        *of = m;
        if (relay != NULL)
            return relay;
    }
    return NULL;
}

struct ic_relay ic_placement_relay_to(const struct ic_eligible *e, uint8_t hops)
{
    struct ic_relay relay = {.hops = hops, .is_open = true};
    memcpy(relay.node, ic_eligible_node(e), sizeof relay.node);
    memcpy(relay.leaf, ic_eligible_leaf(e), sizeof relay.leaf);
    memcpy(relay.fingerprint, ic_eligible_fingerprint(e), sizeof relay.fingerprint);
    return relay;
}

static void drop_relay(struct ic_placed *m, struct ic_relay *relay)
{
    m->places -= relay->drains ? 0 : relay->places;
    *relay = m->relays[--m->relay_count];
}

void ic_placement_relay_close(struct ic_placement *p, struct ic_placed *m, uint8_t index)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELAY_CLOSE);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, m->relays[index].node, sizeof out->node);
    drop_relay(m, &m->relays[index]);
}

bool ic_placement_relay_may_stay(struct ic_placement *p, struct ic_time now, struct ic_relay *relay)
{
    const struct ic_eligible *e =
        ic_eligible_find_key(p->list, relay->node, relay->fingerprint, now);
    if (e == NULL || ic_eligible_find(p->list, p->leases.self.node, now) == NULL)
        return false;
    memcpy(relay->leaf, ic_eligible_leaf(e), sizeof relay->leaf); /* it may have been renewed */
    return true;
}

/* ---- our meetings, at other nodes ---- */

/* Nodes that may take people now, as ids, those with most room first. The list is that of NEW. */
static size_t list_rooms(const struct ic_placement *p, struct ic_time now,
                         uint8_t (*ids)[IC_NODE_ID_LEN], size_t max)
{
    const struct ic_eligible *found[IC_NODES_MAX];
    size_t count = ic_select_failover(p->list, p->leases.self.node, now, found, max);
    for (size_t i = 0; i < count; i++)
        memcpy(ids[i], ic_eligible_node(found[i]), IC_NODE_ID_LEN);
    return count;
}

static bool was_tried(const struct ic_placed *m, const uint8_t *node, struct ic_time now)
{
    for (size_t i = 0; i < IC_PLACE_RELAYS_MAX; i++)
        if (memcmp(m->tried[i].node, node, IC_NODE_ID_LEN) == 0 &&
            !ic_time_reached(m->tried[i].until, now))
            return true;
    return false;
}

/* Of those with room, the first that may relay and does not carry the meeting: one that was not
 * asked a moment ago, else any. Who gave none, or cannot be reached, does not stand in the way of
 * the next one. The list is that of RELAY. */
static const struct ic_eligible *choose(const struct ic_placement *p, struct ic_time now,
                                        struct ic_placed *m, uint8_t (*ids)[IC_NODE_ID_LEN],
                                        size_t count)
{
    const struct ic_eligible *e = NULL;
    for (int again = 0; again < 2 && e == NULL; again++)
        for (size_t i = 0; i < count && e == NULL; i++)
            if (ic_placement_relay_find(m, ids[i]) == NULL &&
                (again == 1 || !was_tried(m, ids[i], now)))
                e = ic_eligible_find(p->list, ids[i], now);
    return e;
}

static void note_tried(struct ic_placed *m, struct ic_time now, const uint8_t *node)
{
    struct ic_tried *t = &m->tried[m->next_tried];
    m->next_tried = (uint8_t)((m->next_tried + 1) % IC_PLACE_RELAYS_MAX);
    memcpy(t->node, node, sizeof t->node);
    t->until = ic_time_add(now, IC_MS(IC_RELAY_FULL_MS));
}

enum ic_place_reason ic_placement_relay_want(struct ic_placement *p, struct ic_time now,
                                             struct ic_placed *m)
{
    uint8_t ids[IC_NODES_MAX][IC_NODE_ID_LEN];
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    if (!ic_time_reached(m->wanted_until, now) && !ic_time_is_never(m->wanted_until))
        return IC_PLACE_GOOD;
    if (m->relay_count == IC_PLACE_RELAYS_MAX) /* LIMIT: their places are taken */
        return IC_PLACE_NO_CAPACITY_IN_REGION;
    size_t count = list_rooms(p, now, ids, IC_NODES_MAX);
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_RELAY);
    if (ic_eligible_list_max_hops(p->list) < 2 ||
        ic_eligible_find(p->list, p->leases.self.node, now) == NULL)
        return IC_PLACE_NO_CAPACITY_IN_REGION;
    const struct ic_eligible *e = choose(p, now, m, ids, count);
    if (e == NULL)
        return IC_PLACE_NO_CAPACITY_IN_REGION;
    m->wanted = ic_placement_relay_to(e, 2);
    note_tried(m, now, m->wanted.node);
    m->wanted_until = ic_time_add(now, IC_MS(IC_PLACE_RELAY_MS));
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELAY_OPEN);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, m->wanted.node, sizeof out->node);
    memcpy(out->fingerprint, m->wanted.fingerprint, sizeof out->fingerprint);
    out->generation = m->wanted.generation = m->generation;
    out->hops = m->wanted.hops;
    return IC_PLACE_GOOD;
}

void ic_placement_relay_again(struct ic_placement *p, struct ic_time now,
                              const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    ic_placement_note_lapse(p, now);
    if (m == NULL || m->handing.is_on)
        return;
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    if (ic_placement_filter(p, now, &policy, IC_PLACE_NEW) == IC_PLACE_GOOD)
        (void)!ic_placement_relay_want(p, now, m);
}

/* Time has passed since it was chosen. */
static bool may_open(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_RELAY);
    return m->relay_count < IC_PLACE_RELAYS_MAX &&
           ic_placement_relay_find(m, m->wanted.node) == NULL &&
           ic_placement_relay_may_stay(p, now, &m->wanted);
}

void ic_placement_relay_unwanted(struct ic_placement *p,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN],
                                 const uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELAY_CLOSE);
    memcpy(out->meeting, meeting, sizeof out->meeting);
    memcpy(out->node, node, sizeof out->node);
}

enum ic_place_reason ic_placement_shown(struct ic_placement *p,
                                        const uint8_t meeting[static IC_MEETING_ID_LEN],
                                        const uint8_t node[static IC_NODE_ID_LEN],
                                        const uint8_t fingerprint[static IC_SHA256_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting),
                     *guest = ic_placement_find_guest(p, meeting);
    const struct ic_relay *wanted = guest == NULL ? NULL : ic_placement_carrier_wanted(guest, node);
    if (m != NULL && !ic_time_is_never(m->wanted_until) &&
        memcmp(m->wanted.node, node, IC_NODE_ID_LEN) == 0)
        wanted = &m->wanted;
    if (wanted == NULL || memcmp(wanted->fingerprint, fingerprint, IC_SHA256_LEN) == 0)
        return IC_PLACE_GOOD;
    ic_placement_relay_unwanted(p, meeting, node);
    return IC_PLACE_FINGERPRINT;
}

void ic_placement_relay_opened(struct ic_placement *p, struct ic_time now,
                               const uint8_t meeting[static IC_MEETING_ID_LEN],
                               const uint8_t node[static IC_NODE_ID_LEN],
                               enum ic_place_reason reason, uint16_t places)
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    ic_placement_note_lapse(p, now);
    bool is_asked = m != NULL && !ic_time_is_never(m->wanted_until) &&
                    memcmp(m->wanted.node, node, IC_NODE_ID_LEN) == 0;
    bool is_good = is_asked && reason == IC_PLACE_GOOD && may_open(p, now, m);
    if (reason == IC_PLACE_GOOD && !is_good)
        ic_placement_relay_unwanted(p, meeting, node);
    if (!is_asked)
        return;
    m->wanted_until = IC_NEVER;
    if (is_good) {
        m->wanted.places = places;
        m->relays[m->relay_count++] = m->wanted;
        m->places += places;
        ic_placement_tell_carriers(p, m, &m->wanted, true);
    }
    ic_placement_ask_again(p, now, m, is_good ? IC_PLACE_GOOD : IC_PLACE_NO_CAPACITY_IN_REGION);
}

/* ---- other nodes' meetings, here ---- */

enum ic_place_reason ic_placement_may_relay(struct ic_placement *p, struct ic_time now,
                                            const struct ic_place_policy *policy,
                                            const uint8_t node[static IC_NODE_ID_LEN], uint8_t hops,
                                            struct ic_relay *relay)
{
    enum ic_place_reason reason = ic_placement_filter(p, now, policy, IC_PLACE_RELAY);
    const struct ic_eligible *e = ic_eligible_find(p->list, node, now);
    if (ic_eligible_find(p->list, p->leases.self.node, now) == NULL)
        return ic_eligible_own_reason(p->list);
    if (e == NULL || ic_eligible_is_self(e))
        return reason == IC_PLACE_GOOD ? IC_PLACE_NO_NODE_IN_REGION : reason;
    if (hops != 2 || hops > ic_eligible_list_max_hops(p->list))
        return IC_PLACE_HOPS;
    *relay = ic_placement_relay_to(e, hops);
    return IC_PLACE_GOOD;
}

/* The one that asks may relay to us, with the key that it has shown; and we may take people. */
static enum ic_place_reason judge(struct ic_placement *p, struct ic_time now,
                                  const struct ic_relay_ask *ask, struct ic_relay *relay,
                                  uint16_t *room)
{
    const struct ic_place_policy policy = {.bytes = ask->policy, .len = ask->policy_len};
    enum ic_place_reason reason =
        ic_placement_may_relay(p, now, &policy, ask->node, ask->hops, relay);
    if (reason != IC_PLACE_GOOD)
        return reason;
    if (memcmp(relay->fingerprint, ask->fingerprint, IC_SHA256_LEN) != 0)
        return IC_PLACE_FINGERPRINT;
    (void)!ic_placement_filter(p, now, &policy, IC_PLACE_NEW);
    const struct ic_eligible *self = ic_eligible_find(p->list, p->leases.self.node, now);
    if (self == NULL)
        return ic_eligible_own_reason(p->list);
    *room = ic_eligible_room(self);
    return *room > 0 ? IC_PLACE_GOOD : IC_PLACE_NO_CAPACITY_IN_REGION;
}

enum ic_place_reason ic_placement_relay(struct ic_placement *p, struct ic_time now,
                                        const struct ic_relay_ask *ask, uint16_t *places)
{
    struct ic_relay relay;
    uint16_t room = 0;
    ic_placement_note_lapse(p, now);
    if (ic_placement_find(p, ask->meeting) != NULL ||
        ic_placement_find_guest(p, ask->meeting) != NULL)
        return IC_PLACE_TAKEN_OVER; /* it is ours, or has come from another one */
    enum ic_place_reason reason = judge(p, now, ask, &relay, &room);
    if (reason != IC_PLACE_GOOD)
        return reason;
    struct ic_place_ask placing = {.policy = {.bytes = ask->policy, .len = ask->policy_len}};
    memcpy(placing.meeting, ask->meeting, sizeof placing.meeting);
    struct ic_placed *m = ic_placement_add(p, now, &placing, IC_PLACED_RELAYED, ask->generation);
    if (m == NULL)
        return IC_PLACE_BUSY;
    m->relays[m->relay_count++] = relay;
    *places = ask->places < room ? ask->places : room;
    return IC_PLACE_GOOD;
}

void ic_placement_set_guests(struct ic_placement *p,
                             const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t people)
{
    struct ic_placed *m = ic_placement_find_guest(p, meeting);
    if (m == NULL)
        return;
    m->people = people;
    ic_placement_set_load(p);
}

/* ---- the end of a relay, and packets on it ---- */

void ic_placement_relay_closed(struct ic_placement *p, struct ic_time now,
                               const uint8_t meeting[static IC_MEETING_ID_LEN],
                               const uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting),
                     *guest = ic_placement_find_guest(p, meeting), *own;
    struct ic_relay *relay = find_own_relay(p, meeting, node, &own);
    if (relay != NULL) {
        struct ic_relay gone = *relay;
        drop_relay(own, relay);
        ic_placement_tell_carriers(p, own, &gone, false);
    }
    if (m != NULL && !ic_time_is_never(m->wanted_until) &&
        memcmp(m->wanted.node, node, IC_NODE_ID_LEN) == 0) {
        m->wanted_until = IC_NEVER;
        ic_placement_ask_again(p, now, m, IC_PLACE_NO_CAPACITY_IN_REGION);
    }
    relay = guest == NULL ? NULL : ic_placement_relay_find(guest, node);
    if (relay == NULL)
        return;
    bool is_source = relay == guest->relays;
    drop_relay(guest, relay);
    if (is_source)
        ic_placement_release(p, guest, IC_PLACE_TAKEN_OVER);
    else
        ic_placement_carrier_lost(guest, now, node);
}

bool ic_placement_may_send(struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN],
                           const uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_placed *guest = ic_placement_find_guest(p, meeting), *own;
    bool may = find_own_relay(p, meeting, node, &own) != NULL ||
               (guest != NULL && ic_placement_relay_find(guest, node) != NULL);
    p->invariants.checked[IC_I8]++;
    p->invariants.violated[IC_I8] += !may;
    return may;
}
