/* Places at other nodes, and here for people of others: between placement and the control loop,
 * which has the channels. */
#include <stdlib.h>
#include <string.h>

#include "shell/clock.h"
#include "shell/cluster_state.h"

/* ---- with whom ---- */

static bool is_told(const struct ic_cluster_peers *told, const struct ic_cluster_peers *peers)
{
    size_t count = told == NULL ? 0 : told->count;
    return told != NULL && told->is_called == peers->is_called && count == peers->count &&
           (count == 0 || memcmp(told->list, peers->list, count * sizeof *peers->list) == 0);
}

static void fill_peers(const struct ic_cluster_thread *t, struct ic_cluster_peers *peers)
{
    uint64_t now_s = (uint64_t)ic_clock_wall_s();
    peers->count = ic_node_book_peers(&t->book, now_s, peers->list);
    peers->is_called = ic_node_book_is_called(&t->book, now_s);
}

void ic_cluster_tell_peers(struct ic_cluster_thread *t)
{
    struct ic_cluster_peers *peers = calloc(1, sizeof *peers), *told = calloc(1, sizeof *told);
    if (peers != NULL)
        fill_peers(t, peers);
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_PEERS, .peers = peers};
    if (peers == NULL || told == NULL || is_told(t->peers_told, peers)) {
        free(peers);
        free(told);
        return; /* again in a second */
    }
    *told = *peers;
    if (!ic_cluster_say(t, &answer)) {
        free(peers);
        free(told);
        return;
    }
    free(t->peers_told);
    t->peers_told = told;
}

/* ---- what placement says ---- */

static const struct ic_placed *placed_of(const struct ic_cluster_thread *t, const uint8_t *meeting)
{
    for (uint32_t i = 0; i < t->config->participants_max; i++) {
        const struct ic_placed *m = ic_placement_at(t->placement, i);
        if (m != NULL && m->stage == IC_PLACED_HOME &&
            memcmp(m->meeting, meeting, IC_MEETING_ID_LEN) == 0)
            return m;
    }
    return NULL;
}

static bool say_open(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    const struct ic_placed *m = placed_of(t, out->meeting);
    struct ic_cluster_answer answer = {
        .kind = IC_CLUSTER_RELAY_OPEN, .generation = out->generation, .hops = out->hops};
    memcpy(answer.meeting, out->meeting, sizeof answer.meeting);
    memcpy(answer.node, out->node, sizeof answer.node);
    answer.policy = m == NULL ? NULL : malloc(m->policy_len);
    if (answer.policy == NULL)
        return false;
    memcpy(answer.policy, m->policy, m->policy_len);
    answer.policy_len = m->policy_len;
    if (ic_cluster_say(t, &answer))
        return true;
    free(answer.policy);
    return false;
}

static enum ic_cluster_kind kind_of(enum ic_place_out_kind kind)
{
    if (kind == IC_PLACE_OUT_CARRIER)
        return IC_CLUSTER_CARRIER;
    if (kind == IC_PLACE_OUT_RELAY_DRAINS)
        return IC_CLUSTER_RELAY_DRAINS;
    return kind == IC_PLACE_OUT_JOIN ? IC_CLUSTER_RELAY_JOIN : IC_CLUSTER_RELAY_CLOSE;
}

void ic_cluster_on_relay(struct ic_cluster_thread *t, const struct ic_place_out *out)
{
    struct ic_cluster_answer answer = {.kind = kind_of(out->kind),
                                       .generation = out->generation,
                                       .hops = out->hops,
                                       .carries = out->carries,
                                       .drains = out->drains,
                                       .is_asking = out->is_asking};
    if (out->kind != IC_PLACE_OUT_RELAY_OPEN) {
        memcpy(answer.meeting, out->meeting, sizeof answer.meeting);
        memcpy(answer.node, out->node, sizeof answer.node);
        memcpy(answer.other, out->other, sizeof answer.other);
        memcpy(answer.policy_sha256, out->policy_sha256, sizeof answer.policy_sha256);
        (void)ic_cluster_say(t, &answer);
    } else if (!say_open(t, out)) {
        ic_placement_relay_opened(t->placement, t->loop.now, out->meeting, out->node,
                                  IC_PLACE_SYSTEM, 0);
    }
}

/* ---- what the control loop says ---- */

/* Another node asks for places here: this node's own filter answers. */
static void on_asked(struct ic_cluster_thread *t, const struct ic_cluster_item *item)
{
    const struct ic_cluster_ask *q = &item->ask;
    struct ic_cluster_answer answer = {
        .kind = IC_CLUSTER_RELAY_ASKED, .token = q->token, .reason = IC_PLACE_BUSY};
    memcpy(answer.meeting, q->meeting, sizeof answer.meeting);
    memcpy(answer.node, q->node, sizeof answer.node);
    uint32_t policy = ic_cluster_keep_policy(t, q->meeting, item->policy, q->policy_len);
    if (policy != t->policies_max) {
        struct ic_relay_ask ask = {.generation = q->generation,
                                   .hops = q->hops,
                                   .places = q->places,
                                   .policy = t->policies[policy].bytes,
                                   .policy_len = t->policies[policy].len};
        memcpy(ask.meeting, q->meeting, sizeof ask.meeting);
        memcpy(ask.node, q->node, sizeof ask.node);
        memcpy(ask.fingerprint, q->fingerprint, sizeof ask.fingerprint);
        answer.reason = ic_placement_relay(t->placement, t->loop.now, &ask, &answer.places);
        ic_cluster_let_policy(t, policy, answer.reason == IC_PLACE_GOOD);
    }
    (void)ic_cluster_say(t, &answer);
}

/* Another node that carries what we carry asks for a relay. */
static void on_joining(struct ic_cluster_thread *t, const struct ic_cluster_ask *q)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_RELAY_JOINING, .token = q->token};
    struct ic_join_ask ask = {.generation = q->generation, .hops = q->hops};
    memcpy(answer.meeting, q->meeting, sizeof answer.meeting);
    memcpy(answer.node, q->node, sizeof answer.node);
    memcpy(ask.meeting, q->meeting, sizeof ask.meeting);
    memcpy(ask.node, q->node, sizeof ask.node);
    memcpy(ask.fingerprint, q->fingerprint, sizeof ask.fingerprint);
    memcpy(ask.policy_sha256, q->policy_sha256, sizeof ask.policy_sha256);
    answer.reason = ic_placement_join(t->placement, t->loop.now, &ask);
    (void)ic_cluster_say(t, &answer);
}

static void on_carrier(struct ic_cluster_thread *t, const struct ic_cluster_ask *q)
{
    struct ic_carrier_news news = {.generation = q->generation, .carries = q->carries};
    memcpy(news.meeting, q->meeting, sizeof news.meeting);
    memcpy(news.from, q->node, sizeof news.from);
    memcpy(news.node, q->other, sizeof news.node);
    ic_placement_carrier(t->placement, t->loop.now, &news);
}

/* RELAY_OPENED, RELAY_JOINED */
static void on_given(struct ic_cluster_thread *t, const struct ic_cluster_ask *q)
{
    enum ic_place_reason reason = q->reason;
    if (reason == IC_PLACE_GOOD)
        reason = ic_placement_shown(t->placement, q->meeting, q->node, q->fingerprint);
    if (q->kind == IC_CLUSTER_RELAY_JOINED)
        ic_placement_joined(t->placement, t->loop.now, q->meeting, q->node, reason);
    else
        ic_placement_relay_opened(t->placement, t->loop.now, q->meeting, q->node, reason,
                                  reason == IC_PLACE_GOOD ? q->places : 0);
}

void ic_cluster_relay(struct ic_cluster_thread *t, const struct ic_cluster_item *item)
{
    const struct ic_cluster_ask *q = &item->ask;
    if (q->kind == IC_CLUSTER_RELAY_ASKED)
        on_asked(t, item);
    else if (q->kind == IC_CLUSTER_RELAY_OPENED || q->kind == IC_CLUSTER_RELAY_JOINED)
        on_given(t, q);
    else if (q->kind == IC_CLUSTER_RELAY_CLOSED)
        ic_placement_relay_closed(t->placement, t->loop.now, q->meeting, q->node);
    else if (q->kind == IC_CLUSTER_RELAY_JOINING)
        on_joining(t, q);
    else if (q->kind == IC_CLUSTER_CARRIER)
        on_carrier(t, q);
    else if (q->kind == IC_CLUSTER_RELAY_AGAIN)
        ic_placement_relay_again(t->placement, t->loop.now, q->meeting);
    else if (q->kind == IC_CLUSTER_RELAY_HOME)
        ic_placement_came_home(t->placement, q->meeting);
    else
        ic_placement_set_guests(t->placement, q->meeting, q->people);
}
