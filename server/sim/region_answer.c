/* What nodes of a simulated deployment answer, and what follows from it. */
#include <string.h>

#include "sim/region_state.h"

static struct ic_region_ask *ask_of(struct ic_region *r, uint64_t token)
{
    struct ic_region_ask *a = &r->asks[token % IC_REGION_PEOPLE];
    return a->token == token ? a : NULL;
}

/* Most are gone soon; some stay longer than a lease, and than what nodes ask each other. */
static struct ic_dur stay(struct ic_region *r)
{
    return ic_region_below(r, 16) > 0 ? IC_MS(200 + ic_region_below(r, 2000))
                                      : IC_MS(4000 + ic_region_below(r, 40000));
}

static void on_here(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    struct ic_region_ask *a = ask_of(r, out->token);
    uint32_t meeting = ic_region_meeting(r, out->meeting);
    r->here++;
    ic_region_check(r, IC_EVENT_JOIN, node, node, meeting, out->fingerprint, 0, true);
    const struct ic_placed *p = ic_region_placed(r, node, meeting);
    if (r->nodes[node].is_draining)
        ic_region_blame(r, "taken by a node that drains", node, meeting);
    if (p != NULL && p->stage == IC_PLACED_HOME)
        ic_region_check_generation(r, node, meeting, out->generation);
    if (p != NULL)
        ic_region_check_asked(r, node, meeting);
    for (uint32_t i = 0; i < IC_REGION_PEOPLE; i++) {
        struct ic_region_person *person = &r->people[i];
        if (person->is_here)
            continue;
        *person = (struct ic_region_person){
            .is_here = true,
            .has_video = out->has_video,
            .node = node,
            .meeting = meeting,
            .leaves_at = ic_time_add(r->now, stay(r)),
        };
        break;
    }
    if (a == NULL)
        return;
    r->audio_only += a->wants_video && !out->has_video;
    if (!a->has_policy)
        ic_region_check_no_policy(r, node, meeting);
    a->token = 0;
}

static void on_redirect(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    struct ic_region_ask *a = ask_of(r, out->token);
    uint32_t to = ic_region_find(r, out->node);
    r->redirects++;
    ic_region_check(r, IC_EVENT_NAME, node, to, ic_region_meeting(r, out->meeting),
                    out->fingerprint, 0, true);
    if (a == NULL)
        return;
    struct ic_region_ask was = *a;
    if (a->is_silent && r->nodes[node].told[a->meeting] == to &&
        ic_region_placed(r, node, a->meeting) == NULL)
        ic_region_blame(r, "sent to a node that says nothing", node, a->meeting);
    if (!a->has_policy)
        ic_region_check_no_policy(r, node, was.meeting);
    a->token = 0;
    if (was.hops < 3)
        ic_region_ask(r, to, was.meeting, was.hops + 1, was.wants_video);
}

static void on_refuse(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    struct ic_region_ask *a = ask_of(r, out->token);
    r->refusals[out->reason]++;
    if (out->reason == IC_PLACE_NO_CAPACITY_IN_REGION)
        ic_region_check_refusal(r, node, ic_region_meeting(r, out->meeting), out->retry_ms);
    if (a != NULL)
        a->token = 0;
}

/* The key that a node shows in DTLS; another one in one of eight cases: somebody in between. */
static void shown_key(struct ic_region *r, uint32_t node, uint8_t *out, bool *is_own)
{
    *is_own = ic_region_below(r, 8) > 0;
    memset(out, 0x5a, IC_SHA256_LEN);
    if (*is_own)
        memcpy(out, r->nodes[node].fingerprint, IC_SHA256_LEN);
}

/* A node that is full asks another one for places. What it shows may be somebody else's. */
static void on_relay_open(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t to = ic_region_find(r, out->node), meeting = ic_region_meeting(r, out->meeting);
    struct ic_region_meeting *m = &r->meetings[meeting];
    struct ic_relay_ask ask = {.generation = out->generation,
                               .hops = ic_region_below(r, 8) == 0 ? (uint8_t)ic_region_below(r, 256)
                                                                  : out->hops,
                               .places = (uint16_t)(1 + ic_region_below(r, 3)),
                               .policy = m->policy,
                               .policy_len = m->policy_len};
    bool is_own;
    uint16_t places = 0;
    shown_key(r, node, ask.fingerprint, &is_own);
    memcpy(ask.meeting, out->meeting, sizeof ask.meeting);
    memcpy(ask.node, r->nodes[node].id, sizeof ask.node);
    ic_region_check(r, IC_EVENT_NAME, node, to, meeting, out->fingerprint, 0, true);
    ic_region_check(r, IC_EVENT_RELAY, node, to, meeting, out->fingerprint, out->hops, true);
    struct ic_placement *other = r->nodes[to].placement;
    enum ic_place_reason reason = IC_PLACE_LEASE_EXPIRED;
    memcpy(r->nodes[node].shown[meeting][to], out->fingerprint, IC_SHA256_LEN);
    if (other != NULL && !r->nodes[to].is_cut)
        reason = ic_placement_relay(other, ic_region_local(r, to), &ask, &places);
    if (reason == IC_PLACE_GOOD) {
        r->relays++;
        memcpy(r->nodes[to].shown[meeting][node], ask.fingerprint, IC_SHA256_LEN);
        ic_region_check(r, IC_EVENT_RELAY, to, node, meeting, ask.fingerprint, ask.hops, true);
    }
    if (reason == IC_PLACE_GOOD && !is_own)
        ic_region_blame(r, "I5: a relay to a key of nobody", to, meeting);
    if (reason == IC_PLACE_GOOD)
        reason = ic_placement_shown(r->nodes[node].placement, out->meeting, out->node,
                                    r->nodes[to].fingerprint);
    ic_placement_relay_opened(r->nodes[node].placement, ic_region_local(r, node), out->meeting,
                              out->node, reason, places);
}

static void on_relay_close(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t to = ic_region_find(r, out->node);
    if (r->nodes[to].placement != NULL)
        ic_placement_relay_closed(r->nodes[to].placement, ic_region_local(r, to), out->meeting,
                                  r->nodes[node].id);
}

static void on_release(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    uint32_t meeting = ic_region_meeting(r, out->meeting);
    r->releases++;
    ic_region_forget_said(r, node, meeting);
    for (uint32_t i = 0; i < IC_REGION_PEOPLE; i++)
        if (r->people[i].node == node && r->people[i].meeting == meeting)
            r->people[i].is_here = false;
}

static void on_answer(struct ic_region *r, const struct ic_place_out *out)
{
    if (out->token == r->probe.token)
        r->probe = (struct ic_region_probe){
            .token = out->token, .is_answered = true, .kind = out->kind, .reason = out->reason};
    r->decisions++;
}

/* The entry may name a node that there is not: whoever wrote it there lied. */
static void on_taken(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    for (uint32_t to = 0; to < IC_REGION_NODES; to++)
        if (memcmp(r->nodes[to].id, out->node, IC_NODE_ID_LEN) == 0)
            ic_region_send_doubt(r, node, to, ic_region_meeting(r, out->meeting));
}

static void on_out(struct ic_region *r, uint32_t node, const struct ic_place_out *out)
{
    const uint64_t trace[] = {node,      out->kind,          out->reason, out->generation,
                              out->hops, (uint64_t)r->now.us};
    ic_region_hash(r, trace, sizeof trace);
    ic_region_hash(r, out->meeting, sizeof out->meeting);
    ic_region_hash(r, out->node, sizeof out->node);
    if (out->kind == IC_PLACE_OUT_HERE || out->kind == IC_PLACE_OUT_REDIRECT ||
        out->kind == IC_PLACE_OUT_REFUSE)
        on_answer(r, out);
    switch (out->kind) {
    case IC_PLACE_OUT_BEAT:
        ic_region_send_beat(r, node, out->beat);
        break;
    case IC_PLACE_OUT_DIRECTORY:
        ic_region_send_request(r, node, &out->request);
        break;
    case IC_PLACE_OUT_HERE:
        on_here(r, node, out);
        break;
    case IC_PLACE_OUT_REDIRECT:
        on_redirect(r, node, out);
        break;
    case IC_PLACE_OUT_REFUSE:
        on_refuse(r, node, out);
        break;
    case IC_PLACE_OUT_RELAY_OPEN:
        on_relay_open(r, node, out);
        break;
    case IC_PLACE_OUT_RELAY_CLOSE:
        on_relay_close(r, node, out);
        break;
    case IC_PLACE_OUT_RELAY_DRAINS:
        break; /* media are not simulated here */
    case IC_PLACE_OUT_CARRIER:
        ic_region_on_carrier(r, node, out);
        break;
    case IC_PLACE_OUT_JOIN:
        ic_region_on_join(r, node, out);
        break;
    case IC_PLACE_OUT_RELEASE:
        on_release(r, node, out);
        break;
    case IC_PLACE_OUT_TAKEN:
        on_taken(r, node, out);
        break;
    case IC_PLACE_OUT_HANDED:
        ic_region_on_handed(r, node, out);
        break;
    case IC_PLACE_OUT_KEPT:
        r->kept++;
        break;
    }
}

void ic_region_settle(struct ic_region *r)
{
    struct ic_place_out out;
    bool again = true;
    while (again && r->problem[0] == '\0') {
        again = false;
        for (uint32_t i = 0; i < IC_REGION_NODES; i++)
            while (r->nodes[i].placement != NULL && r->problem[0] == '\0' &&
                   ic_placement_poll(r->nodes[i].placement, &out)) {
                on_out(r, i, &out);
                again = true;
            }
    }
}
