/* Two bridges over two channels, for tests: workers that do what they are told and remember it,
 * and nodes that sign receipts of guests. */
#ifndef IC_UNIT_CLUSTER_BRIDGES_H
#define IC_UNIT_CLUSTER_BRIDGES_H

#include <stdlib.h>

#include "support/cmocka_all.h"

#include "cluster/receipt.h"
#include "cluster/relay_bridge.h"

#define WORKERS   2
#define PEERS_MAX 256
#define PIPE_MAX  4000000
#define EVTS_MAX  64
#define HOME_ROOM 7000
#define JOIN_ROOM 8000 /* what a third node has at both, and ... */
#define JOIN_AT   1    /* ... at which of their workers */

static const uint8_t policy[] = "policy";
static const uint8_t meeting[IC_MEETING_ID_LEN] = "a meeting";

/* What a worker has by a key. */
struct held {
    uint64_t key, room, relay;
    uint32_t number;
    bool is_relay, is_member, is_connected;
    char ufrag[IC_UFRAG_LEN + 1];
    struct ic_addr to;
    char to_ufrag[IC_REMOTE_UFRAG_MAX + 1];
    bool is_caller, microphone;
    uint64_t source; /* the last that was told of slot 3 */
    bool is_wanted;
    uint64_t packets; /* that it counts */
};

struct worker {
    struct held held[PEERS_MAX];
    uint32_t highest[2]; /* of a relay's numbers */
};

struct end {
    struct ic_relay_channel *channel;
    struct ic_relay_bridge *bridge;
    struct worker workers[WORKERS];
    uint8_t *pipe;
    size_t pipe_len;
    struct ic_evt evts[EVTS_MAX]; /* for the hub */
    uint32_t evt_count, opened, closed, asked, joined;
    struct ic_relay_carrier carrier; /* heard last */
    uint16_t places;
    enum ic_place_reason reason;
    enum ic_place_reason says_no; /* to joins */
    bool is_dead, refuses_relays;
    uint32_t members_max; /* meetings on relays of one worker; 0: as many as you like */
    bool is_silent;       /* receipts are not signed */
    bool is_slow;         /* workers count when the test says so */
    struct ic_evt late[EVTS_MAX];
    uint32_t late_count;
    /* Of the other node, for ours. */
    struct ic_receipt_came came;
    uint8_t note[IC_RECEIPT_MAX];
    struct ic_receipt receipt;
    uint32_t came_count;
    uint32_t key_frames;
};

static struct end ends[2];
static struct ic_time now;
static struct ic_relay_signer signers[2];
static uint64_t chance;

static inline void fill(void *context, uint8_t *out, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        out[i] = (uint8_t)(chance >> 56);
    }
}

static inline struct ic_addr address_of(uint32_t end, uint32_t worker)
{
    return ic_addr_v4(192, 0, 2, (uint8_t)(1 + end), (uint16_t)(10000 + worker));
}

/* ---- receipts ---- */

#define DATE_S 1795424400

static inline bool signs(void *context)
{
    const struct end *e = context;
    return !e->is_silent;
}

static inline uint64_t date_of(void *context)
{
    (void)context;
    return DATE_S + (uint64_t)now.us / 1000000;
}

static inline const char *name_of(uint32_t end)
{
    return end == 0 ? "a.example.org" : "b.example.org";
}

static inline size_t sign(void *context, const struct ic_receipt_facts *facts,
                          uint8_t note[static IC_RECEIPT_MAX], uint8_t sha256[static IC_SHA256_LEN])
{
    const struct end *e = context;
    uint8_t seed[IC_ED25519_SEED_LEN] = {(uint8_t)(1 + (e - ends))};
    struct ic_ed25519 private_key;
    struct ic_note_key key;
    struct ic_receipt receipt = {.cert_serial = 1,
                                 .country = "DE",
                                 .start_s = facts->start_s,
                                 .length_s = facts->length_s,
                                 .seq = facts->chain.seq + 1,
                                 .in = {facts->counts.packets_in, facts->counts.packets_in},
                                 .end = (enum ic_receipt_end)facts->end};
    struct ic_wr w = ic_wr_init(note, IC_RECEIPT_MAX);
    char name[IC_NOTE_NAME_MAX + 1];
    snprintf(receipt.node, sizeof receipt.node, "%s", name_of((uint32_t)(e - ends)));
    snprintf(name, sizeof name, "%s/receipt", receipt.node);
    memcpy(receipt.meeting, facts->chain.meeting, sizeof receipt.meeting);
    memcpy(receipt.member, facts->chain.member, sizeof receipt.member);
    memcpy(receipt.prev, facts->chain.prev, sizeof receipt.prev);
    memcpy(receipt.policy, facts->policy, sizeof receipt.policy);
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, name, strlen(name), private_key.public_key), IC_OK);
    assert_int_equal(ic_receipt_sign(&w, &receipt, &key, &private_key, sha256), IC_OK);
    ic_ed25519_deinit(&private_key);
    return w.len;
}

static inline void hear_receipt(struct end *e, const struct ic_relay_message *m)
{
    if (!ic_relay_bridge_receipt(e->bridge, m, &e->came))
        return;
    e->came_count++;
    memcpy(e->note, e->came.note, e->came.len);
    assert_int_equal(ic_receipt_peek(e->note, e->came.len, &e->receipt), IC_RECEIPT_GOOD);
}

static inline int set_up(void **state)
{
    (void)state;
    memset(ends, 0, sizeof ends);
    now = (struct ic_time){1000000};
    chance = 1;
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_relay_channel_config of_channel = {
            .has_lower_id = i == 0, .worker_count = WORKERS, .seed = {1, 2}};
        struct ic_addr addresses[WORKERS] = {address_of(i, 0), address_of(i, 1)};
        ends[i].channel = ic_relay_channel_create(&of_channel);
        ends[i].pipe = malloc(PIPE_MAX);
        struct ic_addr theirs = address_of(1 - i, 0);
        struct ic_relay_bridge_config config = {.channel = ends[i].channel,
                                                .has_lower_id = i == 0,
                                                .worker_count = WORKERS,
                                                .addresses = addresses,
                                                .fingerprint = {(uint8_t)(0xf0 + 1 - i)},
                                                .prefixes = {ic_node_prefix_of(&theirs)},
                                                .prefix_count = 1,
                                                .name = name_of(1 - i),
                                                .signer = &signers[i],
                                                .seed = {3, 4},
                                                .entropy = {.fill = fill}};
        signers[i] = (struct ic_relay_signer){
            .context = &ends[i], .is_open = signs, .sign = sign, .date_s = date_of};
        ends[i].bridge = ic_relay_bridge_create(&config);
        assert_non_null(ends[i].channel);
        assert_non_null(ends[i].bridge);
        ic_relay_bridge_set_room(ends[i].bridge, 10);
    }
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        ic_relay_bridge_destroy(ends[i].bridge);
        ic_relay_channel_destroy(ends[i].channel);
        free(ends[i].pipe);
    }
    return 0;
}

/* ---- workers ---- */

static inline struct held *find(uint32_t end, uint32_t worker, uint64_t key)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++)
        if (key != 0 && ends[end].workers[worker].held[i].key == key)
            return &ends[end].workers[worker].held[i];
    return NULL;
}

static inline struct held *make(uint32_t end, uint32_t worker, uint64_t key)
{
    assert_null(find(end, worker, key));
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[worker].held[i];
        if (h->key != 0)
            continue;
        *h = (struct held){.key = key};
        snprintf(h->ufrag, sizeof h->ufrag, "%02u%010u", worker, (unsigned)(key % 1000000000));
        return h;
    }
    fail();
    return NULL;
}

static inline void tell(uint32_t end, const struct ic_evt *evt)
{
    assert_true(ic_relay_bridge_on_evt(ends[end].bridge, now, evt));
}

static inline void tell_ready(uint32_t end, const struct held *h)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_READY, .peer = h->key};
    memcpy(evt.transport.ufrag, h->ufrag, sizeof h->ufrag);
    strcpy(evt.transport.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(evt.transport.cname, "0123456789abcdef");
    evt.transport.candidates[0] = address_of(end, 0);
    evt.transport.candidate_count = 1;
    tell(end, &evt);
}

static inline void tell_end(uint32_t end, uint64_t key, enum ic_evt_kind kind,
                            enum ic_peer_reason reason)
{
    struct ic_evt evt = {.kind = kind, .peer = key, .reason = reason};
    tell(end, &evt);
}

static inline void tell_kind(uint32_t end, uint64_t key, enum ic_evt_kind kind)
{
    tell_end(end, key, kind, IC_PEER_REASON_CONSENT_LOST);
}

static inline void tell_counts(uint32_t end, const struct held *h)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_COUNTS, .peer = h->key, .counts = {.packets_in = h->packets}};
    if (ends[end].is_slow)
        ends[end].late[ends[end].late_count++ % EVTS_MAX] = evt;
    else
        tell(end, &evt);
}

/* The worker at the address, and its relay of this name. */
static inline struct held *relay_named(uint32_t end, const struct ic_addr *addr, const char *ufrag)
{
    for (uint32_t w = 0; w < WORKERS; w++) {
        struct ic_addr at = address_of(end, w);
        for (uint32_t i = 0; i < PEERS_MAX && ic_addr_eq(&at, addr); i++) {
            struct held *h = &ends[end].workers[w].held[i];
            if (h->key != 0 && h->is_relay && strcmp(h->ufrag, ufrag) == 0)
                return h;
        }
    }
    return NULL;
}

static inline void remove_held(uint32_t end, uint32_t worker, struct held *h)
{
    for (uint32_t i = 0; i < PEERS_MAX && h->is_relay; i++) {
        struct held *member = &ends[end].workers[worker].held[i];
        if (member->is_member && member->relay == h->key)
            member->key = 0, member->is_member = false;
    }
    *h = (struct held){0};
}

/* Both ends know each other: both are connected. */
static inline void connect_both(uint32_t end, struct held *h)
{
    struct held *other = relay_named(1 - end, &h->to, h->to_ufrag);
    if (other == NULL || other->to.port == 0 || strcmp(other->to_ufrag, h->ufrag) != 0 ||
        h->is_connected)
        return;
    assert_true(h->is_caller != other->is_caller);
    h->is_connected = other->is_connected = true;
    tell_kind(end, h->key, IC_EVT_PEER_CONNECTED);
    tell_kind(1 - end, other->key, IC_EVT_PEER_CONNECTED);
}

static inline uint32_t members_at(uint32_t end, uint32_t worker)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < PEERS_MAX; i++)
        count += ends[end].workers[worker].held[i].key != 0 &&
                 ends[end].workers[worker].held[i].is_member;
    return count;
}

static inline void obey(uint32_t end, uint32_t worker, const struct ic_cmd *cmd)
{
    struct held *h = find(end, worker, cmd->peer);
    struct held *relay = find(end, worker, cmd->relay);
    switch (cmd->kind) {
    case IC_CMD_PEER_ADD:
        h = make(end, worker, cmd->peer);
        h->room = cmd->room;
        h->microphone = cmd->microphone;
        tell_ready(end, h);
        break;
    case IC_CMD_PEER_REMOVE:
        if (h != NULL)
            remove_held(end, worker, h);
        break;
    case IC_CMD_PEER_MEDIA:
        assert_non_null(h);
        h->microphone = cmd->microphone;
        break;
    case IC_CMD_PEER_COUNT:
        if (h != NULL)
            tell_counts(end, h);
        break;
    case IC_CMD_PEER_RECEIPTS:
    case IC_CMD_PEER_RECEIPT_END:
        fail(); /* of nobody here */
        break;
    case IC_CMD_ROOM_KEY_FRAMES:
        ends[end].key_frames++;
        break;
    case IC_CMD_RELAY_ADD:
        if (ends[end].refuses_relays) {
            tell_kind(end, cmd->peer, IC_EVT_PEER_REFUSED);
            break;
        }
        h = make(end, worker, cmd->peer);
        h->is_relay = true;
        tell_ready(end, h);
        break;
    case IC_CMD_RELAY_CONNECT:
        assert_non_null(h);
        h->to = cmd->address;
        h->is_caller = cmd->is_caller;
        memcpy(h->to_ufrag, cmd->transport.ufrag, sizeof h->to_ufrag);
        assert_int_equal(cmd->transport.fingerprint[0], 0xf0 + 1 - end);
        connect_both(end, h);
        break;
    case IC_CMD_RELAY_MEETING:
        assert_true(relay != NULL && relay->is_connected);
        if (ends[end].members_max > 0 && members_at(end, worker) >= ends[end].members_max) {
            tell_end(end, cmd->peer, IC_EVT_PEER_REFUSED, IC_PEER_REASON_FULL);
            break;
        }
        h = make(end, worker, cmd->peer);
        h->is_member = true;
        h->relay = cmd->relay;
        h->room = cmd->room;
        h->number = cmd->number;
        break;
    case IC_CMD_RELAY_SOURCE:
        assert_true(h != NULL || ends[end].members_max > 0); /* what was refused meanwhile */
        if (h != NULL)
            h->source = cmd->source_peer;
        break;
    case IC_CMD_RELAY_WANTED:
        assert_non_null(h);
        h->is_wanted = cmd->is_wanted;
        break;
    case IC_CMD_SHUTDOWN:
        fail();
    }
}

/* ---- both nodes ---- */

static inline void take(uint32_t end)
{
    struct end *e = &ends[end];
    const struct ic_relay_bridge_out *next;
    while ((next = ic_relay_bridge_next(e->bridge)) != NULL) {
        struct ic_relay_bridge_out out = *next;
        ic_relay_bridge_taken(e->bridge);
        if (out.kind == IC_RELAY_BRIDGE_CMD)
            obey(end, out.worker, &out.cmd);
        else if (out.kind == IC_RELAY_BRIDGE_EVT)
            e->evts[e->evt_count++ % EVTS_MAX] = out.evt;
        else if (out.kind == IC_RELAY_BRIDGE_CLOSED)
            e->closed++;
        else if (out.kind == IC_RELAY_BRIDGE_CARRIER)
            e->carrier = out.carrier;
        if (out.kind == IC_RELAY_BRIDGE_OPENED || out.kind == IC_RELAY_BRIDGE_JOINED) {
            e->opened += out.kind == IC_RELAY_BRIDGE_OPENED;
            e->joined += out.kind == IC_RELAY_BRIDGE_JOINED;
            e->reason = out.reason;
            e->places = out.places;
        }
    }
}

static inline void hear(uint32_t end)
{
    struct end *e = &ends[end];
    struct ic_relay_channel_out out;
    while (ic_relay_channel_poll(e->channel, &out)) {
        e->is_dead = e->is_dead || out.kind == IC_RELAY_CHANNEL_DEAD;
        if (out.kind == IC_RELAY_CHANNEL_ASKED) {
            const struct ic_relay_guest_room room = {.room = JOIN_ROOM, .worker = JOIN_AT};
            e->asked++;
            if (out.message->kind == IC_RELAY_JOIN)
                ic_relay_bridge_answer_join(e->bridge, out.meeting, e->says_no, &room);
            else
                ic_relay_bridge_answer(e->bridge, out.meeting, IC_PLACE_GOOD, 3, 1);
        } else if (out.kind == IC_RELAY_CHANNEL_SAID && out.message->kind == IC_RELAY_TRANSPORT &&
                   out.message->news == IC_RELAY_NEWS_RECEIPT) {
            hear_receipt(e, out.message);
        } else {
            ic_relay_bridge_input(e->bridge, now, &out);
        }
        take(end);
    }
}

static inline bool carry(uint32_t from)
{
    size_t len;
    const uint8_t *bytes = ic_relay_channel_bytes(ends[from].channel, &len);
    assert_true(len <= PIPE_MAX);
    memcpy(ends[from].pipe, bytes, len);
    ic_relay_channel_sent(ends[from].channel, len);
    for (size_t at = 0; at < len;) {
        at += ic_relay_channel_input(ends[1 - from].channel, &ends[from].pipe[at], len - at);
        hear(1 - from);
    }
    return len > 0;
}

static inline void settle(void)
{
    bool is_more = true;
    while (is_more) {
        for (uint32_t i = 0; i < 2; i++) {
            ic_relay_bridge_tick(ends[i].bridge, now);
            hear(i);
            take(i);
        }
        is_more = carry(0);
        is_more = carry(1) || is_more;
    }
}

/* Ends that call somebody who is not there any more are given up. */
static inline void give_up(uint32_t end)
{
    for (uint32_t w = 0; w < WORKERS; w++)
        for (uint32_t i = 0; i < PEERS_MAX; i++) {
            struct held *h = &ends[end].workers[w].held[i];
            uint64_t key = h->key;
            if (key == 0 || !h->is_relay || h->to.port == 0 ||
                relay_named(1 - end, &h->to, h->to_ufrag) != NULL)
                continue;
            remove_held(end, w, h);
            tell_kind(end, key, IC_EVT_PEER_CLOSED);
        }
}

static inline void pass(int64_t ms)
{
    give_up(0);
    give_up(1);
    now = ic_time_add(now, IC_MS(ms));
    settle();
    now = ic_time_add(now, IC_MS(1));
    settle();
}

static inline void open_meeting(uint32_t end, const uint8_t *id, uint64_t generation)
{
    struct ic_relay_message open = {.kind = IC_RELAY_OPEN,
                                    .generation = generation,
                                    .hops = 2,
                                    .places = 3,
                                    .policy = policy,
                                    .policy_len = sizeof policy};
    memcpy(open.meeting, id, sizeof open.meeting);
    assert_int_equal(ic_relay_bridge_open(ends[end].bridge, now, &open, HOME_ROOM), IC_OK);
    settle();
}

/* A meeting of a third node, that both carry. */
static inline void join_meeting(uint32_t end)
{
    const struct ic_relay_guest_room room = {.room = JOIN_ROOM, .worker = JOIN_AT};
    struct ic_relay_message join = {.kind = IC_RELAY_JOIN, .generation = 1, .hops = 2};
    memcpy(join.meeting, meeting, sizeof join.meeting);
    assert_int_equal(ic_relay_bridge_join(ends[end].bridge, now, &join, &room), IC_OK);
    settle();
}

static inline enum ic_err cmd(uint32_t end, enum ic_cmd_kind kind, uint64_t peer)
{
    struct ic_cmd c = {.kind = kind, .peer = peer, .room = HOME_ROOM, .microphone = true};
    strcpy(c.transport.ufrag, "abcd");
    strcpy(c.transport.pwd, "abcdefghijklmnopqrstuvwx");
    enum ic_err e = ic_relay_bridge_cmd(ends[end].bridge, &c);
    settle();
    return e;
}

static inline void set_workers(uint32_t end, uint64_t mask)
{
    ic_relay_bridge_set_workers(ends[end].bridge, now, meeting, mask);
    settle();
}

/* The end of the meeting on a relay at this worker; NULL: none. */
static inline struct held *member_at(uint32_t end, uint32_t worker, uint32_t skip)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[worker].held[i];
        if (h->key != 0 && h->is_member && skip-- == 0)
            return h;
    }
    return NULL;
}

static inline struct held *person_at(uint32_t end, uint32_t worker)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[worker].held[i];
        if (h->key != 0 && !h->is_member && !h->is_relay)
            return h;
    }
    return NULL;
}

static inline uint32_t held_at(uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < WORKERS; w++)
        for (uint32_t i = 0; i < PEERS_MAX; i++)
            count += ends[end].workers[w].held[i].key != 0;
    return count;
}

static inline const struct ic_evt *last_evt(uint32_t end)
{
    assert_true(ends[end].evt_count > 0);
    return &ends[end].evts[(ends[end].evt_count - 1) % EVTS_MAX];
}

static inline void check_whole(void)
{
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(ends[i].is_dead);
        assert_false(ic_relay_bridge_is_broken(ends[i].bridge));
    }
}

#endif
