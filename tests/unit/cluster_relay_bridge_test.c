/* People whose media another node carries, and the relays between workers of both: two bridges over
 * two channels, with workers of the test that do what they are told and remember it. Names, numbers
 * and slots arrive where they belong; what is lost begins anew; what ends is said; and stories of
 * any order, after which both nodes agree. */
#include <stdlib.h>

#include "support/cmocka_all.h"

#include "cluster/relay_bridge.h"

#define WORKERS   2
#define PEERS_MAX 256
#define PIPE_MAX  4000000
#define EVTS_MAX  64
#define HOME_ROOM 7000

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
    uint32_t evt_count, opened, closed, asked;
    uint16_t places;
    enum ic_place_reason reason;
    bool is_dead, refuses_relays;
    uint32_t key_frames;
};

static struct end ends[2];
static struct ic_time now;
static uint64_t chance;

static void fill(void *context, uint8_t *out, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n; i++) {
        chance = chance * 6364136223846793005ULL + 1442695040888963407ULL;
        out[i] = (uint8_t)(chance >> 56);
    }
}

static struct ic_addr address_of(uint32_t end, uint32_t worker)
{
    return ic_addr_v4(192, 0, 2, (uint8_t)(1 + end), (uint16_t)(10000 + worker));
}

static int set_up(void **state)
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
                                                .name = i == 0 ? "b.example.org" : "a.example.org",
                                                .seed = {3, 4},
                                                .entropy = {.fill = fill}};
        ends[i].bridge = ic_relay_bridge_create(&config);
        assert_non_null(ends[i].channel);
        assert_non_null(ends[i].bridge);
        ic_relay_bridge_set_room(ends[i].bridge, 10);
    }
    return 0;
}

static int tear_down(void **state)
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

static struct held *find(uint32_t end, uint32_t worker, uint64_t key)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++)
        if (key != 0 && ends[end].workers[worker].held[i].key == key)
            return &ends[end].workers[worker].held[i];
    return NULL;
}

static struct held *make(uint32_t end, uint32_t worker, uint64_t key)
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

static void tell(uint32_t end, const struct ic_evt *evt)
{
    assert_true(ic_relay_bridge_on_evt(ends[end].bridge, now, evt));
}

static void tell_ready(uint32_t end, const struct held *h)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_READY, .peer = h->key};
    memcpy(evt.transport.ufrag, h->ufrag, sizeof h->ufrag);
    strcpy(evt.transport.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(evt.transport.cname, "0123456789abcdef");
    evt.transport.candidates[0] = address_of(end, 0);
    evt.transport.candidate_count = 1;
    tell(end, &evt);
}

static void tell_kind(uint32_t end, uint64_t key, enum ic_evt_kind kind)
{
    struct ic_evt evt = {.kind = kind, .peer = key, .reason = IC_PEER_REASON_CONSENT_LOST};
    tell(end, &evt);
}

/* The worker at the address, and its relay of this name. */
static struct held *relay_named(uint32_t end, const struct ic_addr *addr, const char *ufrag)
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

static void remove_held(uint32_t end, uint32_t worker, struct held *h)
{
    for (uint32_t i = 0; i < PEERS_MAX && h->is_relay; i++) {
        struct held *member = &ends[end].workers[worker].held[i];
        if (member->is_member && member->relay == h->key)
            member->key = 0, member->is_member = false;
    }
    *h = (struct held){0};
}

/* Both ends know each other: both are connected. */
static void connect_both(uint32_t end, struct held *h)
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

static void obey(uint32_t end, uint32_t worker, const struct ic_cmd *cmd)
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
        assert_non_null(h);
        tell_kind(end, h->key, IC_EVT_PEER_COUNTS);
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
        h = make(end, worker, cmd->peer);
        h->is_member = true;
        h->relay = cmd->relay;
        h->room = cmd->room;
        h->number = cmd->number;
        break;
    case IC_CMD_RELAY_SOURCE:
        assert_non_null(h);
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

static void take(uint32_t end)
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
        if (out.kind == IC_RELAY_BRIDGE_OPENED) {
            e->opened++;
            e->reason = out.reason;
            e->places = out.places;
        }
    }
}

static void hear(uint32_t end)
{
    struct end *e = &ends[end];
    struct ic_relay_channel_out out;
    while (ic_relay_channel_poll(e->channel, &out)) {
        e->is_dead = e->is_dead || out.kind == IC_RELAY_CHANNEL_DEAD;
        if (out.kind == IC_RELAY_CHANNEL_ASKED) {
            e->asked++;
            ic_relay_bridge_answer(e->bridge, out.meeting, IC_PLACE_GOOD, 3, 1);
        } else {
            ic_relay_bridge_input(e->bridge, now, &out);
        }
        take(end);
    }
}

static bool carry(uint32_t from)
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

static void settle(void)
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
static void give_up(uint32_t end)
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

static void pass(int64_t ms)
{
    give_up(0);
    give_up(1);
    now = ic_time_add(now, IC_MS(ms));
    settle();
    now = ic_time_add(now, IC_MS(1));
    settle();
}

static void open_meeting(uint32_t end, const uint8_t *id, uint64_t generation)
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

static enum ic_err cmd(uint32_t end, enum ic_cmd_kind kind, uint64_t peer)
{
    struct ic_cmd c = {.kind = kind, .peer = peer, .room = HOME_ROOM, .microphone = true};
    strcpy(c.transport.ufrag, "abcd");
    strcpy(c.transport.pwd, "abcdefghijklmnopqrstuvwx");
    enum ic_err e = ic_relay_bridge_cmd(ends[end].bridge, &c);
    settle();
    return e;
}

static void set_workers(uint32_t end, uint64_t mask)
{
    ic_relay_bridge_set_workers(ends[end].bridge, now, meeting, mask);
    settle();
}

/* The end of the meeting on a relay at this worker; NULL: none. */
static struct held *member_at(uint32_t end, uint32_t worker, uint32_t skip)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[worker].held[i];
        if (h->key != 0 && h->is_member && skip-- == 0)
            return h;
    }
    return NULL;
}

static struct held *person_at(uint32_t end, uint32_t worker)
{
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[worker].held[i];
        if (h->key != 0 && !h->is_member && !h->is_relay)
            return h;
    }
    return NULL;
}

static uint32_t held_at(uint32_t end)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < WORKERS; w++)
        for (uint32_t i = 0; i < PEERS_MAX; i++)
            count += ends[end].workers[w].held[i].key != 0;
    return count;
}

static const struct ic_evt *last_evt(uint32_t end)
{
    assert_true(ends[end].evt_count > 0);
    return &ends[end].evts[(ends[end].evt_count - 1) % EVTS_MAX];
}

static void check_whole(void)
{
    for (uint32_t i = 0; i < 2; i++) {
        assert_false(ends[i].is_dead);
        assert_false(ic_relay_bridge_is_broken(ends[i].bridge));
    }
}

/* ---- tests ---- */

static void a_person_is_at_the_other_node(void **state)
{
    (void)state;
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_ERR_GONE); /* nothing is at both */
    open_meeting(0, meeting, 1);
    assert_int_equal(ends[0].reason, IC_PLACE_GOOD);
    assert_int_equal(ends[0].places, 3);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    const struct ic_evt *ready = last_evt(0);
    assert_int_equal(ready->kind, IC_EVT_PEER_READY);
    assert_int_equal(ready->peer, 501);
    assert_string_equal(ready->node, "b.example.org");
    assert_int_equal(ready->transport.fingerprint[0], 0xf1);
    struct held *guest = person_at(1, 1);
    assert_non_null(guest);
    assert_true(guest->key != 501 && guest->room != HOME_ROOM);
    tell_kind(1, guest->key, IC_EVT_PEER_CONNECTED);
    settle();
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CONNECTED);
    assert_int_equal(cmd(0, IC_CMD_PEER_COUNT, 501), IC_OK);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_COUNTS);
    struct ic_evt slot = {.kind = IC_EVT_SLOT, .peer = guest->key, .mid = "3", .source_peer = 44};
    tell(1, &slot);
    settle();
    assert_int_equal(last_evt(0)->source_peer, 44);
    slot.source_peer = guest->key; /* whom the meeting's node calls 501 */
    tell(1, &slot);
    settle();
    assert_int_equal(last_evt(0)->source_peer, 501);
    assert_int_equal(cmd(0, IC_CMD_ROOM_KEY_FRAMES, 0), IC_OK);
    assert_int_equal(ends[1].key_frames, 1);
    assert_int_equal(ic_relay_bridge_people(ends[0].bridge, meeting), 1);
    assert_int_equal(ic_relay_bridge_guests(ends[1].bridge), 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    assert_int_equal(held_at(1), 0);
    assert_int_equal(ic_relay_bridge_guests(ends[1].bridge), 0);
    check_whole();
}

static void people_have_places_and_no_more(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    for (uint64_t i = 0; i < 3; i++)
        assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501 + i), IC_OK);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 504), IC_ERR_FULL);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 502), IC_OK);
    ic_relay_bridge_set_room(ends[1].bridge, 0); /* its own people have come meanwhile */
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 505), IC_OK);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_REFUSED);
    assert_int_equal(last_evt(0)->reason, IC_PEER_REASON_FULL);
    assert_int_equal(ic_relay_bridge_people(ends[0].bridge, meeting), 2);
    check_whole();
}

static void a_transport_that_ends_there_ends_here(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct held *guest = person_at(1, 1);
    uint64_t key = guest->key;
    *guest = (struct held){0};
    tell_kind(1, key, IC_EVT_PEER_CLOSED);
    settle();
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
    assert_int_equal(last_evt(0)->reason, IC_PEER_REASON_CONSENT_LOST);
    assert_int_equal(cmd(0, IC_CMD_PEER_MEDIA, 501), IC_ERR_GONE);
    check_whole();
}

static void each_worker_of_the_meeting_has_a_relay(void **state)
{
    (void)state;
    set_workers(0, 1); /* before there is such a meeting */
    open_meeting(0, meeting, 1);
    assert_int_equal(held_at(0), 0);
    set_workers(0, 1);
    struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
    assert_true(own != NULL && other != NULL);
    assert_int_equal(own->number, 1);
    assert_int_equal(other->number, 1);
    assert_int_equal(own->room, HOME_ROOM);
    set_workers(0, 3);
    assert_non_null(member_at(0, 1, 0));
    assert_non_null(member_at(1, 1, 1));
    set_workers(0, 2);
    assert_null(member_at(0, 0, 0));
    check_whole();
}

static void what_is_in_slots_crosses(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    set_workers(0, 1);
    struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
    struct ic_evt slot = {
        .kind = IC_EVT_SLOT, .peer = own->key, .slot = 3, .epoch = 1, .source_peer = 44};
    tell(0, &slot);
    settle();
    assert_int_equal(other->source, 44);
    slot.peer = other->key;
    slot.source_peer = person_at(1, 1)->key;
    tell(1, &slot);
    settle();
    assert_int_equal(own->source, 501);
    struct ic_evt wanted = {
        .kind = IC_EVT_RELAY_WANTED, .peer = other->key, .slot = 3, .epoch = 1, .is_wanted = true};
    tell(1, &wanted);
    settle();
    assert_true(own->is_wanted);
    check_whole();
}

/* Its own end is not up yet when the other node puts a meeting on the relay: the worker hears of it
 * once it is, with all that was said of slots. */
static void what_comes_early_waits(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    struct ic_relay_message m = {.kind = IC_RELAY_NAMES, .own_worker = 0, .other_worker = 1};
    memcpy(m.meeting, meeting, sizeof meeting);
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = address_of(0, 0);
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    settle(); /* both have said their names; nobody connects at our side */
    m.kind = IC_RELAY_MEETING;
    m.number = 5;
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    m.kind = IC_RELAY_SOURCE;
    m.slot = 3;
    m.person = 44;
    assert_int_equal(ic_relay_channel_say(ends[0].channel, &m), IC_OK);
    settle();
    assert_null(member_at(1, 1, 0));
    struct held *relay = &ends[1].workers[1].held[0];
    assert_true(relay->is_relay);
    relay->is_connected = true;
    tell_kind(1, relay->key, IC_EVT_PEER_CONNECTED);
    settle();
    assert_non_null(member_at(1, 1, 0));
    assert_int_equal(member_at(1, 1, 0)->source, 44);
    check_whole();
}

/* An end that is lost is begun anew, by whichever node saw it. */
static void a_relay_that_is_lost_is_begun_anew(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    set_workers(0, 1);
    for (uint32_t round = 0; round < 4; round++) {
        uint32_t end = round % 2;
        struct held *member = member_at(end, end, 0);
        uint64_t key = member->relay;
        remove_held(end, end, find(end, end, key));
        tell_kind(end, key, IC_EVT_PEER_CLOSED);
        settle();
        assert_null(member_at(end, end, 0));
        pass(IC_RELAY_REDIAL_MS);
        struct held *own = member_at(0, 0, 0), *other = member_at(1, 1, 0);
        assert_true(own != NULL && other != NULL);
        assert_int_equal(own->number, other->number);
        assert_int_equal(own->number, 1 + 2 * (round + 1)); /* never a number twice */
        assert_int_equal(held_at(0), 2);
        assert_int_equal(held_at(1), 2);
    }
    check_whole();
}

static void a_worker_without_room_is_asked_again(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    ends[1].refuses_relays = true;
    set_workers(0, 1);
    pass(IC_RELAY_REDIAL_MS);
    assert_null(member_at(0, 0, 0));
    ends[1].refuses_relays = false;
    pass(IC_RELAY_REDIAL_MS);
    assert_non_null(member_at(0, 0, 0));
    assert_non_null(member_at(1, 1, 0));
    check_whole();
}

static void meetings_of_both_nodes_share_a_relay(void **state)
{
    (void)state;
    static const uint8_t other[IC_MEETING_ID_LEN] = "another one";
    open_meeting(0, meeting, 1);
    open_meeting(1, other, 1);
    set_workers(0, 2);
    ic_relay_bridge_set_workers(ends[1].bridge, now, other, 2);
    settle();
    struct held *first = member_at(0, 1, 0), *second = member_at(0, 1, 1);
    assert_true(first != NULL && second != NULL);
    assert_int_equal(first->relay, second->relay);
    assert_int_equal(first->number + second->number, 3); /* 1 of the lower id, 2 of the other */
    check_whole();
}

static void what_closes_leaves_nothing(void **state)
{
    (void)state;
    for (uint32_t by = 0; by < 2; by++) {
        open_meeting(0, meeting, 1 + by);
        assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501 + by), IC_OK);
        set_workers(0, 3);
        assert_true(held_at(0) == 4 && held_at(1) == 5);
        ic_relay_bridge_close(ends[by].bridge, now, meeting);
        settle();
        assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
        assert_int_equal(last_evt(0)->peer, 501 + by);
        assert_int_equal(held_at(0), 0);
        assert_int_equal(held_at(1), 0);
        assert_int_equal(ends[0].closed, by + 1);
        assert_int_equal(ends[1].closed, by + 1);
    }
    check_whole();
}

static void what_dies_leaves_nothing(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    set_workers(0, 3);
    for (uint32_t i = 0; i < 2; i++) {
        ic_relay_channel_end(ends[i].channel);
        hear(i);
        take(i);
        assert_int_equal(held_at(i), 0);
        assert_int_equal(ends[i].closed, 1);
    }
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_ERR_GONE);
}

/* An address that the certificate does not have is nobody's to send people, or media, to. */
static void addresses_are_those_of_the_certificate(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct ic_relay_message m = {.kind = IC_RELAY_NAMES, .own_worker = 1, .other_worker = 0};
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = ic_addr_v4(198, 51, 100, 1, 10000);
    assert_int_equal(ic_relay_channel_say(ends[1].channel, &m), IC_OK);
    settle();
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
    assert_int_equal(held_at(0), 0);
}

static void a_candidate_of_somebody_else(void **state)
{
    (void)state;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    struct ic_evt evt = {.kind = IC_EVT_PEER_READY, .peer = person_at(1, 1)->key};
    strcpy(evt.transport.ufrag, "abcdefghijkl");
    strcpy(evt.transport.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(evt.transport.cname, "0123456789abcdef");
    evt.transport.candidates[0] = address_of(1, 0);
    evt.transport.candidates[1] = ic_addr_v4(198, 51, 100, 1, 10000);
    evt.transport.candidate_count = 2;
    tell(1, &evt);
    settle();
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
}

/* ---- stories ---- */

static void lose_some_relay(struct ic_prng *prng, uint32_t end)
{
    uint32_t w = ic_prng_below(prng, WORKERS);
    for (uint32_t i = 0; i < PEERS_MAX; i++) {
        struct held *h = &ends[end].workers[w].held[i];
        uint64_t key = h->key;
        if (key == 0 || !h->is_relay)
            continue;
        remove_held(end, w, h);
        tell_kind(end, key, IC_EVT_PEER_CLOSED);
        return;
    }
}

static void step(struct ic_prng *prng, uint64_t *peer, bool *is_open)
{
    uint64_t someone = 501 + ic_prng_below(prng, (uint32_t)(*peer - 500));
    switch (ic_prng_below(prng, 8)) {
    case 0:
        (void)!cmd(0, IC_CMD_PEER_ADD, ++*peer);
        break;
    case 1:
        (void)!cmd(0, IC_CMD_PEER_REMOVE, someone);
        break;
    case 2:
        (void)!cmd(0, IC_CMD_PEER_MEDIA, someone);
        break;
    case 3:
        set_workers(0, ic_prng_below(prng, 4));
        break;
    case 4:
        lose_some_relay(prng, 0);
        break;
    case 5:
        lose_some_relay(prng, 1);
        break;
    case 6:
        pass(ic_prng_below(prng, 1500));
        break;
    default:
        if (*is_open && ic_prng_below(prng, 4) > 0)
            break;
        settle();
        if (*is_open)
            ic_relay_bridge_close(ends[ic_prng_below(prng, 2)].bridge, now, meeting);
        else
            open_meeting(0, meeting, *peer);
        *is_open = !*is_open;
    }
    if (ic_prng_below(prng, 2) == 0)
        settle();
}

static void stories_end_in_agreement(void **state)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct ic_prng prng;
        uint64_t peer = 501;
        bool is_open = false;
        ic_prng_init(&prng, seed);
        for (uint32_t i = 0; i < 60; i++)
            step(&prng, &peer, &is_open);
        settle();
        pass(1100);
        if (!is_open)
            open_meeting(0, meeting, peer + 1);
        for (uint32_t end = 0; end < 2; end++)
            ic_relay_bridge_set_room(ends[end].bridge, 10);
        set_workers(0, 3);
        for (uint32_t i = 0; i < 4; i++)
            pass(1100);
        check_whole();
        for (uint32_t w = 0; w < WORKERS; w++) {
            struct held *own = member_at(0, w, 0);
            assert_non_null(own);
            assert_null(member_at(0, w, 1));
            bool is_there = false;
            for (uint32_t k = 0; k < WORKERS; k++)
                is_there = is_there || (member_at(1, 1, k) != NULL &&
                                        member_at(1, 1, k)->number == own->number);
            assert_true(is_there);
        }
        assert_null(member_at(1, 1, 2));
        uint32_t people = ic_relay_bridge_people(ends[0].bridge, meeting);
        assert_int_equal(people, ic_relay_bridge_guests(ends[1].bridge));
        assert_int_equal(held_at(1), people + 4);
        tear_down(state);
        set_up(state);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_person_is_at_the_other_node),
        TEST(people_have_places_and_no_more),
        TEST(a_transport_that_ends_there_ends_here),
        TEST(each_worker_of_the_meeting_has_a_relay),
        TEST(what_is_in_slots_crosses),
        TEST(what_comes_early_waits),
        TEST(a_relay_that_is_lost_is_begun_anew),
        TEST(a_worker_without_room_is_asked_again),
        TEST(meetings_of_both_nodes_share_a_relay),
        TEST(what_closes_leaves_nothing),
        TEST(what_dies_leaves_nothing),
        TEST(addresses_are_those_of_the_certificate),
        TEST(a_candidate_of_somebody_else),
        TEST(stories_end_in_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
