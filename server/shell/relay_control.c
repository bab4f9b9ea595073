#include "shell/relay_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/entropy.h"
#include "shell/relay_control_state.h"

#define CATCH_UP_MS 5 /* a worker or a thread that does not keep up is told again */

/* ---- parts ---- */

struct ic_cluster_ask ic_relay_about(enum ic_cluster_kind kind, const uint8_t *meeting,
                                     const uint8_t *node)
{
    struct ic_cluster_ask ask = {.kind = kind};
    memcpy(ask.meeting, meeting, sizeof ask.meeting);
    memcpy(ask.node, node, sizeof ask.node);
    return ask;
}

bool ic_relay_tell(struct ic_relay_control *r, const struct ic_cluster_ask *ask)
{
    if (ic_cluster_thread_ask(r->config.cluster, ask) == IC_OK)
        return true;
    r->is_behind = true;
    return false;
}

struct ic_relay_side *ic_relay_side_of(struct ic_relay_control *r, const uint8_t *node)
{
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        struct ic_relay_side *s = &r->sides[i];
        if (s->bridge != NULL && !s->is_dead && memcmp(s->node, node, IC_NODE_ID_LEN) == 0)
            return s;
    }
    return NULL;
}

struct ic_relay_shared *ic_relay_shared_of(struct ic_relay_control *r, const uint8_t *meeting,
                                           const uint8_t *node)
{
    for (size_t i = 0; i < SHARED_MAX; i++) {
        struct ic_relay_shared *m = &r->shared[i];
        if (m->is_used && memcmp(m->meeting, meeting, IC_MEETING_ID_LEN) == 0 &&
            memcmp(m->node, node, IC_NODE_ID_LEN) == 0)
            return m;
    }
    return NULL;
}

static void share(struct ic_relay_control *r, const uint8_t *meeting, const uint8_t *node,
                  const struct ic_relay_shared *shared)
{
    for (size_t i = 0; i < SHARED_MAX; i++) {
        struct ic_relay_shared *m = &r->shared[i];
        if (m->is_used)
            continue;
        *m = *shared;
        m->is_used = true;
        memcpy(m->meeting, meeting, sizeof m->meeting);
        memcpy(m->node, node, sizeof m->node);
        return;
    }
}

bool ic_relay_guest_room(const struct ic_relay_control *r, const uint8_t *meeting,
                         struct ic_relay_guest_room *out)
{
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        const struct ic_relay_side *s = &r->sides[i];
        if (s->bridge != NULL && !s->is_dead && ic_relay_bridge_guest_room(s->bridge, meeting, out))
            return true;
    }
    return false;
}

static void set_room(struct ic_relay_control *r, struct ic_relay_side *s)
{
    ic_relay_bridge_set_room(s->bridge, ic_relay_places_here(r));
}

static void log_relay(struct ic_relay_control *r, const char *event, const struct ic_relay_side *s)
{
    ic_log_write(r->config.log, IC_LOG_INFO, event, IC_LOG_FIELDS(IC_LOG_TEXT("node", s->name)));
}

/* ---- what bridges say ---- */

static bool on_opened(struct ic_relay_control *r, struct ic_relay_side *s,
                      const struct ic_relay_bridge_out *out)
{
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_OPENED, out->meeting, s->node);
    memcpy(ask.fingerprint, s->fingerprint, sizeof ask.fingerprint);
    ask.reason = out->reason;
    ask.places = out->places;
    if (!ic_relay_tell(r, &ask))
        return false;
    if (out->reason == IC_PLACE_GOOD) {
        const struct ic_relay_shared ours = {.share = IC_RELAY_OURS,
                                             .room = ic_hub_room_key(r->config.hub, out->meeting),
                                             .places = out->places};
        share(r, out->meeting, s->node, &ours);
        ic_relay_places_set(r, out->meeting);
        log_relay(r, "relay_opened", s);
    }
    ic_relay_opening_end(r, out->meeting, s->node);
    return true;
}

static bool on_joined(struct ic_relay_control *r, struct ic_relay_side *s,
                      const struct ic_relay_bridge_out *out)
{
    static const struct ic_relay_shared joint = {.share = IC_RELAY_OF_A_THIRD};
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_JOINED, out->meeting, s->node);
    memcpy(ask.fingerprint, s->fingerprint, sizeof ask.fingerprint);
    ask.reason = out->reason;
    if (!ic_relay_tell(r, &ask))
        return false;
    if (out->reason == IC_PLACE_GOOD) {
        share(r, out->meeting, s->node, &joint);
        log_relay(r, "relay_joined", s);
    }
    ic_relay_opening_end(r, out->meeting, s->node);
    return true;
}

/* The meeting's node says who else carries it. */
static bool on_carrier(struct ic_relay_control *r, const struct ic_relay_side *s,
                       const struct ic_relay_bridge_out *out)
{
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_CARRIER, out->meeting, s->node);
    memcpy(ask.other, out->carrier.node, sizeof ask.other);
    ask.generation = out->carrier.generation;
    ask.carries = out->carrier.carries;
    return ic_relay_tell(r, &ask);
}

static bool on_closed(struct ic_relay_control *r, struct ic_relay_side *s, const uint8_t *meeting)
{
    struct ic_relay_shared *m = ic_relay_shared_of(r, meeting, s->node);
    const struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_CLOSED, meeting, s->node);
    if (!ic_relay_tell(r, &ask))
        return false;
    if (m != NULL)
        m->is_used = false;
    if (m != NULL && m->share == IC_RELAY_OURS)
        ic_relay_places_set(r, meeting);
    log_relay(r, "relay_closed", s);
    return true;
}

/* A newcomer for whom a worker has no room is refused; everything else is said again. */
static bool send(struct ic_relay_control *r, struct ic_relay_side *s,
                 const struct ic_relay_bridge_out *out)
{
    if (r->config.handlers.send(r->config.handlers.context, out->worker, &out->cmd) == IC_OK)
        return true;
    if (out->cmd.kind != IC_CMD_PEER_ADD) {
        r->is_behind = true;
        return false;
    }
    const struct ic_evt refused = {
        .kind = IC_EVT_PEER_REFUSED, .peer = out->cmd.peer, .reason = IC_PEER_REASON_FULL};
    if (!s->is_dead)
        (void)ic_relay_bridge_on_evt(s->bridge, r->config.loop->now, &refused);
    return true;
}

static bool carry_out(struct ic_relay_control *r, struct ic_relay_side *s,
                      const struct ic_relay_bridge_out *out)
{
    switch (out->kind) {
    case IC_RELAY_BRIDGE_CMD:
        return send(r, s, out);
    case IC_RELAY_BRIDGE_EVT:
        return true; /* the hub may answer at once: it is told when the bridge is done with it */
    case IC_RELAY_BRIDGE_OPENED:
        return on_opened(r, s, out);
    case IC_RELAY_BRIDGE_JOINED:
        return on_joined(r, s, out);
    case IC_RELAY_BRIDGE_CARRIER:
        return on_carrier(r, s, out);
    case IC_RELAY_BRIDGE_CLOSED:
        return on_closed(r, s, out->meeting);
    }
    return true;
}

static void pump(struct ic_relay_control *r, struct ic_relay_side *s)
{
    const struct ic_relay_bridge_out *out;
    while ((out = ic_relay_bridge_next(s->bridge)) != NULL && carry_out(r, s, out)) {
        bool is_evt = out->kind == IC_RELAY_BRIDGE_EVT;
        struct ic_evt evt;
        if (is_evt)
            evt = out->evt;
        ic_relay_bridge_taken(s->bridge);
        if (is_evt)
            r->config.handlers.on_evt(r->config.handlers.context, &evt);
    }
    if (!s->is_dead && ic_relay_bridge_is_broken(s->bridge)) {
        struct ic_relay_channel *channel = ic_relay_net_channel(r->net, s->node);
        if (channel != NULL)
            ic_relay_channel_end(channel);
    }
    if (s->is_dead && out == NULL) {
        ic_relay_bridge_destroy(s->bridge);
        s->bridge = NULL;
    }
}

/* ---- channels ---- */

/* LIMIT: NAMES_MAX for the life of the process; NULL beyond: no relay to a node that no receipt
 * could name. */
static const char *keep_name(struct ic_relay_control *r, const char *name)
{
    for (size_t i = 0; i < r->name_count; i++)
        if (strcmp(r->names[i], name) == 0)
            return r->names[i];
    if (r->name_count == NAMES_MAX)
        return NULL;
    char *kept = r->names[r->name_count++];
    memcpy(kept, name, strlen(name) + 1);
    return kept;
}

static const struct ic_node_peer *peer_of(const struct ic_relay_control *r, const uint8_t *node,
                                          const uint8_t *fingerprint)
{
    for (size_t i = 0; i < r->peers.count; i++) {
        const struct ic_node_peer *p = &r->peers.list[i];
        if (memcmp(p->node, node, IC_NODE_ID_LEN) == 0 &&
            memcmp(p->fingerprint, fingerprint, IC_SHA256_LEN) == 0)
            return p;
    }
    return NULL;
}

static void on_up(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                  const uint8_t fingerprint[static IC_SHA256_LEN])
{
    struct ic_relay_control *r = context;
    const struct ic_node_peer *peer = peer_of(r, node, fingerprint);
    struct ic_relay_side *s = r->sides, *end = &r->sides[2 * IC_RELAY_NODES_MAX];
    while (s < end && s->bridge != NULL)
        s++;
    const char *name = peer == NULL ? NULL : keep_name(r, peer->name);
    if (s == end || name == NULL) {
        ic_relay_channel_end(ic_relay_net_channel(r->net, node));
        return;
    }
    *s = (struct ic_relay_side){.is_dead = false};
    memcpy(s->node, node, sizeof s->node);
    memcpy(s->fingerprint, fingerprint, sizeof s->fingerprint);
    s->name = name;
    struct ic_relay_bridge_config config = {.channel = ic_relay_net_channel(r->net, node),
                                            .has_lower_id =
                                                memcmp(r->config.node, node, IC_NODE_ID_LEN) < 0,
                                            .worker_count = r->config.worker_count,
                                            .addresses = r->config.addresses,
                                            .prefix_count = peer->blocks.count,
                                            .name = s->name,
                                            .seed = {ic_entropy_u64(), ic_entropy_u64()},
                                            .entropy = ic_entropy_kernel(),
                                            .signer = &r->config.signer};
    memcpy(config.fingerprint, fingerprint, sizeof config.fingerprint);
    memcpy(config.prefixes, peer->blocks.list, sizeof config.prefixes);
    s->bridge = ic_relay_bridge_create(&config);
    if (s->bridge == NULL) {
        ic_relay_channel_end(ic_relay_net_channel(r->net, node));
        return;
    }
    log_relay(r, "relay_channel_up", s);
    ic_relay_opening_say(r, s);
}

static void on_joining(struct ic_relay_control *r, struct ic_relay_side *s,
                       const struct ic_relay_message *m)
{
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_JOINING, m->meeting, s->node);
    memcpy(ask.fingerprint, s->fingerprint, sizeof ask.fingerprint);
    memcpy(ask.policy_sha256, m->policy_sha256, sizeof ask.policy_sha256);
    ask.token = ic_relay_channel_ask(ic_relay_net_channel(r->net, s->node), m->meeting);
    ask.generation = m->generation;
    ask.hops = m->hops;
    if (!ic_relay_tell(r, &ask))
        ic_relay_bridge_answer_join(s->bridge, m->meeting, IC_PLACE_BUSY, NULL);
}

static void on_asked(struct ic_relay_control *r, struct ic_relay_side *s,
                     const struct ic_relay_message *m)
{
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_RELAY_ASKED, m->meeting, s->node);
    memcpy(ask.fingerprint, s->fingerprint, sizeof ask.fingerprint);
    ask.token = ic_relay_channel_ask(ic_relay_net_channel(r->net, s->node), m->meeting);
    ask.generation = m->generation;
    ask.hops = m->hops;
    ask.places = m->places;
    ask.policy = m->policy;
    ask.policy_len = m->policy_len;
    if (!ic_relay_tell(r, &ask))
        ic_relay_bridge_answer(s->bridge, m->meeting, IC_PLACE_BUSY, 0, 0);
}

/* A receipt of one of ours, signed there. */
static void on_receipt(struct ic_relay_control *r, struct ic_relay_side *s,
                       const struct ic_relay_message *m)
{
    struct ic_receipt_came came;
    if (ic_relay_bridge_receipt(s->bridge, m, &came))
        r->config.handlers.on_receipt(r->config.handlers.context, &came);
}

static bool is_receipt(const struct ic_relay_channel_out *out)
{
    return out->kind == IC_RELAY_CHANNEL_SAID && out->message->kind == IC_RELAY_TRANSPORT &&
           out->message->news == IC_RELAY_NEWS_RECEIPT;
}

static void on_out(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                   const struct ic_relay_channel_out *out)
{
    struct ic_relay_control *r = context;
    struct ic_relay_side *s = ic_relay_side_of(r, node);
    if (s == NULL)
        return;
    if (out->kind == IC_RELAY_CHANNEL_ASKED) {
        if (out->message->kind == IC_RELAY_JOIN)
            on_joining(r, s, out->message);
        else
            on_asked(r, s, out->message);
        return;
    }
    set_room(r, s);
    if (is_receipt(out))
        on_receipt(r, s, out->message);
    else
        ic_relay_bridge_input(s->bridge, r->config.loop->now, out);
    if (out->kind == IC_RELAY_CHANNEL_DEAD) {
        s->is_dead = true;
        log_relay(r, "relay_channel_down", s);
    }
    pump(r, s);
}

/* ---- what the cluster thread says ---- */

/* The worker has a place for one more meeting of other nodes. */
static bool has_place(const struct ic_relay_control *r, uint32_t worker)
{
    uint32_t taken = 0;
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++)
        if (r->sides[i].bridge != NULL && !r->sides[i].is_dead)
            taken += ic_relay_bridge_load(r->sides[i].bridge, worker);
    return taken < IC_RELAY_GUEST_MEETINGS_MAX;
}

/* Of those that have a place; worker_count: none has. */
static uint32_t least_busy(const struct ic_relay_control *r)
{
    uint32_t best = r->config.worker_count;
    for (uint32_t i = 0; i < r->config.worker_count; i++)
        if (has_place(r, i) &&
            (best == r->config.worker_count ||
             ic_spread_people(r->config.spread, i) < ic_spread_people(r->config.spread, best)))
            best = i;
    return best;
}

/* RELAY_ASKED */
static void answer_open(struct ic_relay_control *r, struct ic_relay_side *s,
                        const struct ic_cluster_answer *answer)
{
    uint32_t worker = least_busy(r);
    bool is_busy = answer->reason == IC_PLACE_GOOD && worker == r->config.worker_count;
    if (is_busy || answer->reason != IC_PLACE_GOOD)
        ic_relay_bridge_answer(s->bridge, answer->meeting, is_busy ? IC_PLACE_BUSY : answer->reason,
                               0, 0);
    else
        ic_relay_bridge_answer(s->bridge, answer->meeting, IC_PLACE_GOOD, answer->places, worker);
}

/* RELAY_JOINING. It may have gone from here since it was judged, or its worker has no place. */
static void answer_join(struct ic_relay_control *r, struct ic_relay_side *s,
                        const struct ic_cluster_answer *answer)
{
    struct ic_relay_guest_room room;
    bool is_here = ic_relay_guest_room(r, answer->meeting, &room) && has_place(r, room.worker);
    if (answer->reason == IC_PLACE_GOOD && is_here)
        ic_relay_bridge_answer_join(s->bridge, answer->meeting, IC_PLACE_GOOD, &room);
    else
        ic_relay_bridge_answer_join(s->bridge, answer->meeting,
                                    is_here ? answer->reason : IC_PLACE_BUSY, NULL);
}

/* RELAY_ASKED, RELAY_JOINING */
static void on_answer(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    bool is_join = answer->kind == IC_CLUSTER_RELAY_JOINING;
    const struct ic_relay_shared shared = {.share =
                                               is_join ? IC_RELAY_OF_A_THIRD : IC_RELAY_THEIRS};
    struct ic_relay_side *s = ic_relay_side_of(r, answer->node);
    if (s != NULL && ic_relay_channel_ask(ic_relay_net_channel(r->net, s->node), answer->meeting) !=
                         answer->token)
        s = NULL; /* the other node has taken that back; what it asks now was not judged yet */
    bool is_good = answer->reason == IC_PLACE_GOOD;
    if (s != NULL && is_join)
        answer_join(r, s, answer);
    else if (s != NULL)
        answer_open(r, s, answer);
    bool is_at_both = s != NULL && is_good &&
                      ic_relay_channel_has(ic_relay_net_channel(r->net, s->node), answer->meeting);
    if (is_at_both) {
        share(r, answer->meeting, answer->node, &shared);
        log_relay(r, is_join ? "relay_joined" : "relay_given", s);
    } else if (is_good) { /* whoever asked is gone */
        const struct ic_cluster_ask ask =
            ic_relay_about(IC_CLUSTER_RELAY_CLOSED, answer->meeting, answer->node);
        (void)ic_relay_tell(r, &ask);
    }
}

static void on_close(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    struct ic_relay_side *s = ic_relay_side_of(r, answer->node);
    ic_relay_opening_end(r, answer->meeting, answer->node);
    if (s == NULL)
        return;
    ic_relay_bridge_close(s->bridge, r->config.loop->now, answer->meeting);
    pump(r, s);
}

/* Of a meeting of ours. Lost, the channel goes soon, and it is said anew to the next one. */
static void say_carrier(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    struct ic_relay_side *s = ic_relay_side_of(r, answer->node);
    struct ic_relay_carrier carrier = {.generation = answer->generation,
                                       .carries = answer->carries};
    memcpy(carrier.node, answer->other, sizeof carrier.node);
    if (s != NULL)
        (void)!ic_relay_bridge_carrier(s->bridge, answer->meeting, &carrier);
}

/* Takes the peers. LIMIT: a node whose certificate has no single address is not called; it calls.
 */
static void on_peers(struct ic_relay_control *r, struct ic_cluster_peers *peers)
{
    static struct ic_relay_node none;
    struct ic_relay_node *nodes = calloc(peers->count + 1, sizeof none);
    if (nodes != NULL) {
        for (size_t i = 0; i < peers->count; i++) {
            const struct ic_node_peer *p = &peers->list[i];
            const struct ic_node_prefix *at = ic_node_blocks_single(&p->blocks);
            memcpy(nodes[i].node, p->node, sizeof nodes[i].node);
            memcpy(nodes[i].fingerprint, p->fingerprint, sizeof nodes[i].fingerprint);
            if (at == NULL)
                continue;
            memcpy(nodes[i].address.ip, at->ip, sizeof at->ip);
            nodes[i].address.port = r->config.listen.port;
        }
        r->peers = *peers;
        ic_relay_net_set_nodes(r->net, nodes, peers->count);
    }
    free(nodes);
    free(peers);
}

void ic_relay_control_input(struct ic_relay_control *r, const struct ic_cluster_answer *answer)
{
    if (answer->kind == IC_CLUSTER_PEERS)
        on_peers(r, answer->peers);
    else if (answer->kind == IC_CLUSTER_RELAY_OPEN)
        ic_relay_opening_start(r, answer);
    else if (answer->kind == IC_CLUSTER_RELAY_JOIN)
        ic_relay_opening_join(r, answer);
    else if (answer->kind == IC_CLUSTER_CARRIER)
        say_carrier(r, answer);
    else if (answer->kind == IC_CLUSTER_RELAY_ASKED || answer->kind == IC_CLUSTER_RELAY_JOINING)
        on_answer(r, answer);
    else if (answer->kind == IC_CLUSTER_RELAY_CLOSE)
        on_close(r, answer);
    else if (answer->kind == IC_CLUSTER_RELAY_DRAINS)
        ic_relay_places_drain(r, answer);
}

/* ---- hub and workers ---- */

bool ic_relay_control_cmd(struct ic_relay_control *r, const struct ic_cmd *cmd)
{
    bool is_there = false;
    if (cmd->kind == IC_CMD_PEER_ADD)
        return ic_relay_places_give(r, cmd);
    if (cmd->kind == IC_CMD_PEER_REMOVE)
        ic_relay_moves_gone(&r->moves, cmd->peer);
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        struct ic_relay_side *s = &r->sides[i];
        if (s->bridge != NULL && !s->is_dead && ic_relay_bridge_cmd(s->bridge, cmd) == IC_OK)
            is_there = true;
    }
    return is_there && cmd->kind != IC_CMD_ROOM_KEY_FRAMES; /* our workers make them, too */
}

/* Who is in a slot, as other nodes know him: by the number that the meeting's node gave. */
static uint64_t number_of(const struct ic_relay_control *r, uint64_t key)
{
    uint64_t number;
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        const struct ic_relay_side *s = &r->sides[i];
        if (s->bridge != NULL && !s->is_dead && ic_relay_bridge_number(s->bridge, key, &number))
            return number;
    }
    return key;
}

bool ic_relay_control_on_evt(struct ic_relay_control *r, const struct ic_evt *evt)
{
    struct ic_evt named;
    if (evt->kind == IC_EVT_SLOT) {
        named = *evt;
        named.source_peer = number_of(r, evt->source_peer);
        evt = &named;
    }
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        struct ic_relay_side *s = &r->sides[i];
        if (s->bridge == NULL || s->is_dead ||
            !ic_relay_bridge_on_evt(s->bridge, r->config.loop->now, evt))
            continue;
        pump(r, s);
        return true;
    }
    return false;
}

/* ---- time ---- */

static void tend(struct ic_relay_control *r, struct ic_relay_shared *m)
{
    struct ic_relay_side *s = ic_relay_side_of(r, m->node);
    if (s == NULL || m->share == IC_RELAY_OF_A_THIRD)
        return;
    if (m->share == IC_RELAY_OURS && m->drains)
        ic_relay_places_bring_away(r, m, s);
    if (m->share == IC_RELAY_OURS) {
        ic_relay_bridge_set_workers(s->bridge, r->config.loop->now, m->meeting,
                                    ic_spread_workers(r->config.spread, m->room));
        return;
    }
    uint32_t people = ic_relay_bridge_people(s->bridge, m->meeting);
    struct ic_cluster_ask ask = ic_relay_about(IC_CLUSTER_GUESTS, m->meeting, m->node);
    ask.people = people;
    if (people != m->guests && ic_relay_tell(r, &ask))
        m->guests = people;
}

void ic_relay_control_tick(struct ic_relay_control *r)
{
    r->is_behind = false;
    ic_relay_opening_tick(r);
    ic_relay_places_tick(r);
    for (size_t i = 0; i < SHARED_MAX; i++)
        if (r->shared[i].is_used)
            tend(r, &r->shared[i]);
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++) {
        struct ic_relay_side *s = &r->sides[i];
        if (s->bridge == NULL)
            continue;
        if (!s->is_dead) {
            set_room(r, s);
            ic_relay_bridge_tick(s->bridge, r->config.loop->now);
        }
        pump(r, s);
    }
    ic_relay_net_tick(r->net);
}

struct ic_time ic_relay_control_deadline(const struct ic_relay_control *r)
{
    struct ic_time next = ic_time_min(ic_relay_net_deadline(r->net), ic_relay_opening_deadline(r));
    next = ic_time_min(next, ic_relay_places_deadline(r));
    if (r->is_behind)
        next = ic_time_min(next, ic_time_add(r->config.loop->now, IC_MS(CATCH_UP_MS)));
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++)
        if (r->sides[i].bridge != NULL && !r->sides[i].is_dead)
            next = ic_time_min(next, ic_relay_bridge_deadline(r->sides[i].bridge));
    return next;
}

/* ---- life ---- */

struct ic_relay_control *ic_relay_control_create(const struct ic_relay_control_config *config)
{
    struct ic_relay_control *r = calloc(1, sizeof *r);
    errno = 0;
    if (r == NULL)
        return NULL;
    r->config = *config;
    struct ic_relay_net_config net = {.loop = config->loop,
                                      .credentials = config->credentials,
                                      .listen = config->listen,
                                      .worker_count = config->worker_count,
                                      .seed = {ic_entropy_u64(), ic_entropy_u64()},
                                      .handlers = {.context = r, .on_up = on_up, .on_out = on_out}};
    memcpy(net.node, config->node, sizeof net.node);
    r->net = ic_relay_net_create(&net);
    if (r->net == NULL && errno == EADDRNOTAVAIL) { /* announced, and not of this machine */
        net.listen = (struct ic_addr){.port = config->listen.port};
        r->net = ic_relay_net_create(&net);
    }
    if (r->net != NULL)
        return r;
    free(r);
    return NULL;
}

void ic_relay_control_destroy(struct ic_relay_control *r)
{
    ic_relay_net_destroy(r->net);
    for (size_t i = 0; i < 2 * IC_RELAY_NODES_MAX; i++)
        if (r->sides[i].bridge != NULL)
            ic_relay_bridge_destroy(r->sides[i].bridge);
    ic_relay_opening_drop_all(r);
    free(r);
}
