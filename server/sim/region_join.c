/* Nodes of a simulated deployment that carry one meeting of another one: what its home says of
 * them, and the relays between two of them. Whoever asks for one may show another key, ask with
 * something that is not of the meeting, or was never named at all. */
#include <string.h>

#include "sim/region_state.h"

void ic_region_on_carrier(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t to = ic_region_find(r, out->node), meeting = ic_region_meeting(r, out->meeting);
    uint32_t other = ic_region_find(r, out->other);
    struct ic_carrier_news news = {.generation = out->generation, .carries = out->carries};
    if (r->nodes[to].placement == NULL)
        return;
    memcpy(news.meeting, out->meeting, sizeof news.meeting);
    memcpy(news.from, r->nodes[node].id, sizeof news.from);
    memcpy(news.node, out->other, sizeof news.node);
    r->nodes[to].said[meeting][other] = out->carries ? out->generation : 0;
    ic_placement_carrier(r->nodes[to].placement, ic_region_local(r, to), &news);
}

void ic_region_forget_said(struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_placement *own = r->nodes[node].placement;
    for (uint32_t i = 0; own != NULL && i < IC_REGION_MEETINGS; i++) {
        const struct ic_placed *p = ic_placement_at(own, i);
        if (p != NULL && p->stage == IC_PLACED_RELAYED &&
            ic_region_meeting(r, p->meeting) == meeting)
            return; /* what was released is its own meeting, or has come again meanwhile */
    }
    memset(r->nodes[node].said[meeting], 0, sizeof r->nodes[node].said[meeting]);
}

/* In one of eight cases; true: nobody may say yes. */
static bool spoil(struct ic_region *r, struct ic_join_ask *ask)
{
    switch (ic_region_below(r, 32)) {
    case 0:
        ask->generation += 1 + ic_region_below(r, 3);
        return true;
    case 1:
        ask->policy_sha256[0] ^= 1;
        return true;
    case 2:
        ask->hops = (uint8_t)(3 + ic_region_below(r, 9));
        return true;
    case 3:
        memset(ask->fingerprint, 0x5a, sizeof ask->fingerprint);
        return true;
    default:
        return false;
    }
}

static enum ic_place_reason ask_other(struct ic_region *r, uint32_t node, uint32_t to,
                                      uint32_t meeting, struct ic_join_ask *ask, bool is_spoilt)
{
    struct ic_region_node *other = &r->nodes[to];
    enum ic_place_reason reason = ic_placement_join(other->placement, ic_region_local(r, to), ask);
    if (reason != IC_PLACE_GOOD)
        return reason;
    r->joins++;
    memcpy(other->shown[meeting][node], ask->fingerprint, IC_SHA256_LEN);
    ic_region_check(r, IC_EVENT_RELAY, to, node, meeting, ask->fingerprint, ask->hops, true);
    if (is_spoilt)
        ic_region_blame(r, "I5: a relay that was asked for wrongly", to, meeting);
    if (other->said[meeting][node] == 0 || other->said[meeting][node] != ask->generation)
        ic_region_blame(r, "I8: a relay to a node that nobody named", to, meeting);
    return reason;
}

/* Somebody else of the deployment asks, too. */
static void ask_unnamed(struct ic_region *r, uint32_t to, uint32_t meeting,
                        const struct ic_join_ask *ask)
{
    uint32_t node = ic_region_below(r, IC_REGION_NODES);
    struct ic_join_ask other = *ask;
    if (r->nodes[to].said[meeting][node] != 0 || node == to)
        return;
    memcpy(other.node, r->nodes[node].id, sizeof other.node);
    memcpy(other.fingerprint, r->nodes[node].fingerprint, sizeof other.fingerprint);
    (void)!ask_other(r, node, to, meeting, &other, false);
}

void ic_region_on_join(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t to = ic_region_find(r, out->node), meeting = ic_region_meeting(r, out->meeting);
    struct ic_join_ask ask = {.generation = out->generation, .hops = out->hops};
    enum ic_place_reason reason = IC_PLACE_LEASE_EXPIRED;
    ic_region_check(r, IC_EVENT_RELAY, node, to, meeting, out->fingerprint, out->hops, true);
    if (!out->is_asking)
        return;
    memcpy(ask.meeting, out->meeting, sizeof ask.meeting);
    memcpy(ask.node, r->nodes[node].id, sizeof ask.node);
    memcpy(ask.fingerprint, r->nodes[node].fingerprint, sizeof ask.fingerprint);
    memcpy(ask.policy_sha256, out->policy_sha256, sizeof ask.policy_sha256);
    bool is_spoilt = spoil(r, &ask);
    if (r->nodes[to].placement != NULL) {
        memcpy(r->nodes[node].shown[meeting][to], out->fingerprint, IC_SHA256_LEN);
        ask_unnamed(r, to, meeting, &ask);
        reason = ask_other(r, node, to, meeting, &ask, is_spoilt);
    }
    if (reason == IC_PLACE_GOOD)
        reason = ic_placement_shown(r->nodes[node].placement, out->meeting, out->node,
                                    r->nodes[to].fingerprint);
    ic_placement_joined(r->nodes[node].placement, ic_region_local(r, node), out->meeting, out->node,
                        reason);
}
