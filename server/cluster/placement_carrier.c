/* Nodes that carry one meeting of another one (placement.h). Its home tells each of the others; two
 * that were told of each other have a relay between them, for which both ask their own filter. What
 * was not said, or is not of the same meeting, policy and generation, is refused: whoever asks,
 * asks again. The one whose id is lower asks.
 *
 * Timer: IC_PLACE_JOIN_MS after a refusal or a loss; IC_PLACE_RELAY_MS for an answer. */
#include <string.h>

#include "cluster/placement_state.h"

/* ---- our meetings ---- */

static void tell(struct ic_placement *p, const struct ic_placed *m, const struct ic_relay *to,
                 const struct ic_relay *of, bool carries)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_CARRIER);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, to->node, sizeof out->node);
    memcpy(out->other, of->node, sizeof out->other);
    out->generation = of->generation;
    out->carries = carries;
}

void ic_placement_tell_carriers(struct ic_placement *p, const struct ic_placed *m,
                                const struct ic_relay *relay, bool carries)
{
    for (uint8_t i = 0; i < m->relay_count; i++) {
        const struct ic_relay *other = &m->relays[i];
        if (memcmp(other->node, relay->node, sizeof other->node) == 0)
            continue;
        tell(p, m, other, relay, carries);
        if (carries)
            tell(p, m, relay, other, true);
    }
}

/* ---- other nodes' meetings, here ---- */

static struct ic_carrier *find_carrier(struct ic_placed *m, const uint8_t *node)
{
    for (uint8_t i = 0; i < m->carrier_count; i++)
        if (memcmp(m->carriers[i].node, node, IC_NODE_ID_LEN) == 0)
            return &m->carriers[i];
    return NULL;
}

/* May we relay to that node, and it to us? The list is that of RELAY.
 *  relay  set when it may be */
static enum ic_place_reason judge(struct ic_placement *p, struct ic_time now,
                                  const struct ic_placed *m, const uint8_t *node, uint8_t hops,
                                  struct ic_relay *relay)
{
    const struct ic_place_policy policy = {.bytes = m->policy, .len = m->policy_len};
    return ic_placement_may_relay(p, now, &policy, node, hops, relay);
}

static void try_carrier(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                        struct ic_carrier *c)
{
    if (!ic_time_reached(c->try_at, now) || ic_placement_relay_find(m, c->node) != NULL)
        return;
    c->try_at = ic_time_add(now, IC_MS(IC_PLACE_JOIN_MS));
    if (judge(p, now, m, c->node, 2, &c->wanted) != IC_PLACE_GOOD)
        return;
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_JOIN);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, c->node, sizeof out->node);
    memcpy(out->fingerprint, c->wanted.fingerprint, sizeof out->fingerprint);
    memcpy(out->policy_sha256, m->policy_sha256, sizeof out->policy_sha256);
    out->generation = m->generation;
    out->hops = c->wanted.hops;
    c->is_wanted = out->is_asking = memcmp(p->leases.self.node, c->node, IC_NODE_ID_LEN) < 0;
    c->try_at = ic_time_add(now, IC_MS(IC_PLACE_RELAY_MS + IC_PLACE_JOIN_MS));
}

void ic_placement_carrier_tick(struct ic_placement *p, struct ic_time now, struct ic_placed *m)
{
    for (uint8_t i = 0; i < m->carrier_count; i++)
        try_carrier(p, now, m, &m->carriers[i]);
}

void ic_placement_carrier_lost(struct ic_placed *m, struct ic_time now,
                               const uint8_t node[static IC_NODE_ID_LEN])
{
    struct ic_carrier *c = find_carrier(m, node);
    if (c != NULL)
        c->try_at = ic_time_add(now, IC_MS(IC_PLACE_JOIN_MS));
}

const struct ic_relay *ic_placement_carrier_wanted(struct ic_placed *m,
                                                   const uint8_t node[static IC_NODE_ID_LEN])
{
    const struct ic_carrier *c = find_carrier(m, node);
    return c != NULL && c->is_wanted ? &c->wanted : NULL;
}

/* What is with that node goes, whatever it was said with. */
static void drop_carrier(struct ic_placement *p, struct ic_placed *m, struct ic_carrier *c)
{
    struct ic_relay *relay = ic_placement_relay_find(m, c->node);
    if (relay != NULL)
        ic_placement_relay_close(p, m, (uint8_t)(relay - m->relays));
    *c = m->carriers[--m->carrier_count];
}

void ic_placement_carrier(struct ic_placement *p, struct ic_time now,
                          const struct ic_carrier_news *news)
{
    struct ic_placed *m = ic_placement_find_guest(p, news->meeting);
    struct ic_time try_at = now;
    ic_placement_note_lapse(p, now);
    if (m == NULL || memcmp(m->relays[0].node, news->from, IC_NODE_ID_LEN) != 0 ||
        memcmp(news->node, news->from, IC_NODE_ID_LEN) == 0 ||
        memcmp(news->node, p->leases.self.node, IC_NODE_ID_LEN) == 0)
        return;
    struct ic_carrier *c = find_carrier(m, news->node);
    if (c != NULL && news->carries && news->generation == c->generation)
        return; /* the word in force */
    if (c != NULL)
        try_at = ic_time_reached(c->try_at, now)
                     ? now
                     : c->try_at; /* words are no reason to ask sooner */
    if (c != NULL)
        drop_carrier(p, m, c);
    if (!news->carries || m->carrier_count == IC_PLACE_RELAYS_MAX - 1)
        return;
    c = &m->carriers[m->carrier_count++];
    *c = (struct ic_carrier){.generation = news->generation, .try_at = try_at};
    memcpy(c->node, news->node, sizeof c->node);
    try_carrier(p, now, m, c);
}

void ic_placement_joined(struct ic_placement *p, struct ic_time now,
                         const uint8_t meeting[static IC_MEETING_ID_LEN],
                         const uint8_t node[static IC_NODE_ID_LEN], enum ic_place_reason reason)
{
    struct ic_placed *m = ic_placement_find_guest(p, meeting);
    struct ic_carrier *c = m == NULL ? NULL : find_carrier(m, node);
    struct ic_relay now_good;
    ic_placement_note_lapse(p, now);
    bool is_asked = c != NULL && c->is_wanted;
    /* Time has passed since it was chosen. */
    bool is_good = is_asked && reason == IC_PLACE_GOOD && m->relay_count < IC_PLACE_RELAYS_MAX &&
                   ic_placement_relay_find(m, node) == NULL &&
                   judge(p, now, m, node, c->wanted.hops, &now_good) == IC_PLACE_GOOD &&
                   ic_placement_relay_may_stay(p, now, &c->wanted);
    if (reason == IC_PLACE_GOOD && !is_good)
        ic_placement_relay_unwanted(p, meeting, node);
    if (!is_asked)
        return;
    c->is_wanted = false;
    c->try_at = ic_time_add(now, IC_MS(IC_PLACE_JOIN_MS));
    if (is_good)
        m->relays[m->relay_count++] = c->wanted;
}

enum ic_place_reason ic_placement_join(struct ic_placement *p, struct ic_time now,
                                       const struct ic_join_ask *ask)
{
    struct ic_placed *m = ic_placement_find_guest(p, ask->meeting);
    struct ic_carrier *c = m == NULL ? NULL : find_carrier(m, ask->node);
    struct ic_relay relay;
    ic_placement_note_lapse(p, now);
    if (c == NULL) /* its home has not said so, or not yet */
        return IC_PLACE_BUSY;
    if (memcmp(p->leases.self.node, ask->node, IC_NODE_ID_LEN) < 0)
        return IC_PLACE_BUSY; /* we ask */
    if (ask->generation != c->generation)
        return IC_PLACE_TAKEN_OVER;
    if (memcmp(ask->policy_sha256, m->policy_sha256, IC_SHA256_LEN) != 0)
        return IC_PLACE_POLICY_MISMATCH;
    enum ic_place_reason reason = judge(p, now, m, ask->node, ask->hops, &relay);
    if (reason != IC_PLACE_GOOD)
        return reason;
    if (memcmp(relay.fingerprint, ask->fingerprint, IC_SHA256_LEN) != 0)
        return IC_PLACE_FINGERPRINT;
    if (ic_placement_relay_find(m, ask->node) != NULL || m->relay_count == IC_PLACE_RELAYS_MAX)
        return IC_PLACE_BUSY; /* the end of the one before has not been heard */
    c->is_wanted = false;
    m->relays[m->relay_count++] = relay;
    return IC_PLACE_GOOD;
}
