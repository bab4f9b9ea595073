/* Relays on the control threads of three nodes, over real sockets of one loop: the meeting's node
 * and two that carry it. Workers, hubs and cluster threads are the test's. Whatever comes of it is
 * said to whom it is for: places, carriers, joins and their ends; and everybody is known by the
 * number that the meeting's node gave. */
#include <stdlib.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#include "shell/clock.h"
#include "shell/relay_control.h"
#include "transport/dtls_credentials.h"

#define NODES     3
#define WAIT_MS   10000
#define QUEUE_MAX 256
#define HELD_MAX  32
#define PLACES    3
#define HOME_ROOM 7000

static const uint8_t meeting[IC_MEETING_ID_LEN] = "a meeting";
static const struct ic_log log_of_test;

/* What the worker of a node has. */
struct held {
    uint64_t key, room, source;
    const char *node; /* of a meeting on a relay */
};

struct node {
    struct ic_relay_control *control;
    struct ic_dtls_credentials *credentials;
    struct ic_addr address, media;
    char name[32];
    uint8_t id[IC_NODE_ID_LEN];
    struct ic_cluster_ask asks[QUEUE_MAX]; /* for its cluster thread */
    uint32_t ask_count, asks_done;
    struct ic_evt evts[QUEUE_MAX]; /* of its worker, on their way */
    uint32_t evt_count, evts_done;
    struct held held[HELD_MAX];
    struct ic_evt heard; /* by its hub, last */
    uint32_t people, places, opened, joined, joining, closed, carriers;
    enum ic_place_reason says; /* to joins */
    enum ic_place_reason answer;
    bool joins;           /* whoever is named is asked */
    uint64_t moved;       /* who was told last to go elsewhere */
    uint32_t told;        /* how often somebody was */
    uint32_t home, again; /* its cluster thread was told that somebody came, asked for places */
};

static struct {
    struct ic_loop loop;
    struct node nodes[NODES];
    uint16_t port;
} world;

/* The meeting's, and two that carry it; the second asks the third. */
static struct node *const H = &world.nodes[0], *const B = &world.nodes[1],
                          *const C = &world.nodes[2];

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask);
void __wrap_ic_gate_set_places(struct ic_gate *g, const uint8_t *id, uint32_t places);
uint64_t __wrap_ic_hub_room_key(const struct ic_hub *h, const uint8_t *id);
bool __wrap_ic_hub_meeting_of(const struct ic_hub *h, uint64_t room, uint8_t *id);
uint32_t __wrap_ic_spread_people(const struct ic_spread *s, uint32_t worker);
uint64_t __wrap_ic_spread_workers(const struct ic_spread *s, uint64_t room);

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask)
{
    struct node *n = (struct node *)(void *)t;
    assert_true(n->ask_count < QUEUE_MAX);
    n->asks[n->ask_count++] = *ask;
    return IC_OK;
}

void __wrap_ic_gate_set_places(struct ic_gate *g, const uint8_t *id, uint32_t places)
{
    assert_memory_equal(id, meeting, sizeof meeting);
    ((struct node *)(void *)g)->places = places;
}

uint64_t __wrap_ic_hub_room_key(const struct ic_hub *h, const uint8_t *id)
{
    return (const void *)h == (const void *)H && memcmp(id, meeting, sizeof meeting) == 0
               ? HOME_ROOM
               : 0;
}

bool __wrap_ic_hub_meeting_of(const struct ic_hub *h, uint64_t room, uint8_t *id)
{
    (void)h;
    memcpy(id, meeting, sizeof meeting);
    return room == HOME_ROOM;
}

uint32_t __wrap_ic_spread_people(const struct ic_spread *s, uint32_t worker)
{
    (void)worker;
    return ((const struct node *)(const void *)s)->people;
}

uint64_t __wrap_ic_spread_workers(const struct ic_spread *s, uint64_t room)
{
    (void)s;
    return room == HOME_ROOM;
}

/* ---- the cluster thread of a node ---- */

static void input(struct node *n, enum ic_cluster_kind kind, const struct node *about,
                  const struct ic_cluster_answer *more)
{
    struct ic_cluster_answer answer = {.generation = 7, .hops = 2};
    if (more != NULL)
        answer = *more;
    answer.drains = answer.drains || more == NULL;
    answer.kind = kind;
    memcpy(answer.meeting, meeting, sizeof meeting);
    memcpy(answer.node, about->id, sizeof answer.node);
    ic_relay_control_input(n->control, &answer);
}

static struct node *node_of(const uint8_t *id)
{
    for (int i = 0; i < NODES; i++)
        if (memcmp(world.nodes[i].id, id, IC_NODE_ID_LEN) == 0)
            return &world.nodes[i];
    fail();
    return NULL;
}

/* H: it names all that carry the meeting to each other. */
static void name_carrier(const struct node *to, const struct node *of, bool carries)
{
    struct ic_cluster_answer answer = {.generation = 7, .carries = carries};
    memcpy(answer.other, of->id, sizeof answer.other);
    input(H, IC_CLUSTER_CARRIER, to, &answer);
}

static void ask_to_join(struct node *n, const struct node *other)
{
    const struct ic_cluster_answer answer = {
        .generation = 7, .hops = 2, .is_asking = memcmp(n->id, other->id, IC_NODE_ID_LEN) < 0};
    input(n, IC_CLUSTER_RELAY_JOIN, other, &answer);
}

/* What is given is given by somebody. */
static void check_shown(const struct node *from, const struct ic_cluster_ask *ask)
{
    uint8_t shown[IC_SHA256_LEN];
    ic_dtls_credentials_fingerprint(from->credentials, shown);
    if (ask->reason == IC_PLACE_GOOD)
        assert_memory_equal(ask->fingerprint, shown, sizeof shown);
}

static void on_ask(struct node *n, const struct ic_cluster_ask *ask)
{
    static const uint8_t nobody[IC_NODE_ID_LEN];
    struct ic_cluster_answer answer = {.token = ask->token, .reason = IC_PLACE_GOOD};
    const struct node *from =
        memcmp(ask->node, nobody, sizeof nobody) == 0 ? NULL : node_of(ask->node);
    if (ask->kind == IC_CLUSTER_RELAY_ASKED) {
        answer.places = PLACES;
        input(n, IC_CLUSTER_RELAY_ASKED, from, &answer);
    } else if (ask->kind == IC_CLUSTER_RELAY_OPENED) {
        check_shown(from, ask);
        n->opened += ask->reason == IC_PLACE_GOOD;
    } else if (ask->kind == IC_CLUSTER_CARRIER) {
        assert_ptr_equal(from, H);
        assert_int_equal(ask->generation, 7);
        n->carriers += ask->carries ? 1 : UINT32_MAX;
        if (n->joins && ask->carries)
            ask_to_join(n, node_of(ask->other));
    } else if (ask->kind == IC_CLUSTER_RELAY_JOINING) {
        uint8_t shown[IC_SHA256_LEN];
        ic_dtls_credentials_fingerprint(from->credentials, shown);
        assert_memory_equal(ask->fingerprint, shown, sizeof shown);
        assert_true(ask->generation == 7 && ask->hops == 2);
        n->joining++;
        answer.reason = n->says;
        input(n, IC_CLUSTER_RELAY_JOINING, from, &answer);
    } else if (ask->kind == IC_CLUSTER_RELAY_JOINED) {
        check_shown(from, ask);
        n->joined++;
        n->answer = ask->reason;
    } else if (ask->kind == IC_CLUSTER_RELAY_CLOSED) {
        n->closed++;
    }
    n->home += ask->kind == IC_CLUSTER_RELAY_HOME;
    n->again += ask->kind == IC_CLUSTER_RELAY_AGAIN;
}

/* ---- the worker of a node ---- */

static struct held *find(struct node *n, uint64_t key)
{
    for (int i = 0; i < HELD_MAX; i++)
        if (n->held[i].key == key)
            return &n->held[i];
    return NULL;
}

static void say(struct node *n, enum ic_evt_kind kind, uint64_t key)
{
    struct ic_evt *evt = &n->evts[n->evt_count++];
    assert_true(n->evt_count < QUEUE_MAX);
    *evt = (struct ic_evt){.kind = kind, .peer = key};
    snprintf(evt->transport.ufrag, sizeof evt->transport.ufrag, "%012u", (unsigned)(key % 100000));
    strcpy(evt->transport.pwd, "abcdefghijklmnopqrstuvwx");
    strcpy(evt->transport.cname, "0123456789abcdef");
    evt->transport.candidates[0] = n->media;
    evt->transport.candidate_count = 1;
}

static enum ic_err send_cmd(void *context, uint32_t worker, const struct ic_cmd *cmd)
{
    struct node *n = context;
    struct held *h = find(n, cmd->peer);
    assert_int_equal(worker, 0);
    if (cmd->kind == IC_CMD_PEER_ADD || cmd->kind == IC_CMD_RELAY_ADD ||
        cmd->kind == IC_CMD_RELAY_MEETING) {
        assert_null(h);
        h = find(n, 0);
        *h = (struct held){.key = cmd->peer, .room = cmd->room, .node = cmd->node};
    }
    if (cmd->kind == IC_CMD_PEER_ADD || cmd->kind == IC_CMD_RELAY_ADD)
        say(n, IC_EVT_PEER_READY, cmd->peer);
    if (cmd->kind == IC_CMD_RELAY_CONNECT)
        say(n, IC_EVT_PEER_CONNECTED, cmd->peer);
    if (cmd->kind == IC_CMD_RELAY_SOURCE && h != NULL)
        h->source = cmd->source_peer;
    if (cmd->kind == IC_CMD_PEER_REMOVE && h != NULL)
        h->key = 0;
    return IC_OK;
}

/* The meeting on a relay to that node; NULL: it is not. */
static struct held *span_to(struct node *n, const struct node *other)
{
    for (int i = 0; i < HELD_MAX; i++)
        if (n->held[i].key != 0 && n->held[i].node != NULL &&
            strcmp(n->held[i].node, other->name) == 0)
            return &n->held[i];
    return NULL;
}

static struct held *guest_at(struct node *n)
{
    for (int i = 0; i < HELD_MAX; i++)
        if (n->held[i].key != 0 && n->held[i].node == NULL && n->held[i].room != 0)
            return &n->held[i];
    return NULL;
}

static void slot_of(struct node *n, const struct held *h, uint64_t source)
{
    say(n, IC_EVT_SLOT, h->key);
    struct ic_evt *evt = &n->evts[n->evt_count - 1];
    strcpy(evt->mid, "3");
    evt->slot = 3;
    evt->epoch = 1;
    evt->source_peer = source;
}

/* ---- nodes ---- */

static void hear(void *context, const struct ic_evt *evt)
{
    ((struct node *)context)->heard = *evt;
}

static bool move(void *context, uint64_t peer)
{
    struct node *n = context;
    n->moved = peer;
    n->told++;
    return true;
}

static void no_receipt(void *context, const struct ic_receipt_came *came)
{
    (void)context;
    (void)came;
}

static bool is_closed(void *context)
{
    (void)context;
    return false;
}

static void start(struct node *n, uint32_t people_max)
{
    struct ic_relay_control_config config = {
        .loop = &world.loop,
        .cluster = (struct ic_cluster_thread *)(void *)n,
        .gate = (struct ic_gate *)(void *)n,
        .hub = (struct ic_hub *)(void *)n,
        .spread = (struct ic_spread *)(void *)n,
        .credentials = n->credentials,
        .listen = n->address,
        .addresses = &n->media,
        .worker_count = 1,
        .people_max = people_max,
        .log = &log_of_test,
        .handlers = {.context = n,
                     .send = send_cmd,
                     .on_evt = hear,
                     .on_move = move,
                     .on_receipt = no_receipt},
        .signer = {.context = n, .is_open = is_closed},
    };
    memcpy(config.node, n->id, sizeof config.node);
    n->control = ic_relay_control_create(&config);
}

/* All know all; those in `hidden` have no single address. */
static void introduce(struct node *n, const struct node *hidden)
{
    struct ic_cluster_peers *peers = calloc(1, sizeof *peers);
    const struct ic_cluster_answer answer = {.kind = IC_CLUSTER_PEERS, .peers = peers};
    assert_non_null(peers);
    peers->is_called = n != hidden;
    for (int i = 0; i < NODES; i++) {
        const struct node *other = &world.nodes[i];
        if (other == n)
            continue;
        struct ic_node_peer *p = &peers->list[peers->count++];
        memcpy(p->node, other->id, sizeof p->node);
        ic_dtls_credentials_fingerprint(other->credentials, p->fingerprint);
        memcpy(p->name, other->name, sizeof other->name);
        p->blocks.count = 1;
        p->blocks.list[0] = ic_node_prefix_of(&other->media);
        if (other == hidden) {
            p->blocks.list[0].ip[15] &= 0xfe;
            p->blocks.list[0].bits = 127;
        }
    }
    ic_relay_control_input(n->control, &answer);
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    assert_int_equal(ic_loop_init(&world.loop), IC_OK);
    world.port = (uint16_t)(20000 + getpid() % 20000);
    for (uint8_t i = 0; i < NODES; i++) {
        struct node *n = &world.nodes[i];
        n->credentials = ic_dtls_credentials_create(ic_clock_wall_s());
        n->id[0] = i + 1;
        n->joins = true;
        n->address = ic_addr_v4(127, 0, 0, i + 1, world.port);
        n->media = ic_addr_v4(127, 0, 0, i + 1, 10000);
        snprintf(n->name, sizeof n->name, "%c.example.org", 'h' + i);
        n->people = i == 0 ? 2 : 0;
        start(n, i == 0 ? 2 : 10);
        assert_non_null(n->control);
    }
    for (int i = 0; i < NODES; i++)
        introduce(&world.nodes[i], NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < NODES; i++) {
        ic_relay_control_destroy(world.nodes[i].control);
        ic_dtls_credentials_destroy(world.nodes[i].credentials);
    }
    ic_loop_deinit(&world.loop);
    return 0;
}

static void serve(struct node *n)
{
    while (n->evts_done < n->evt_count) {
        struct ic_evt evt = n->evts[n->evts_done++];
        (void)ic_relay_control_on_evt(n->control, &evt);
    }
    while (n->asks_done < n->ask_count) {
        struct ic_cluster_ask ask = n->asks[n->asks_done++];
        on_ask(n, &ask);
    }
    ic_relay_control_tick(n->control);
}

static void turn(void)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(10));
    for (int i = 0; i < NODES; i++)
        until = ic_time_min(until, ic_relay_control_deadline(world.nodes[i].control));
    ic_loop_turn(&world.loop, until);
    for (int i = 0; i < NODES; i++)
        serve(&world.nodes[i]);
}

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        struct ic_time until_ = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));                       \
        while (!(condition) && ic_time_before(ic_clock_now(), until_))                             \
            turn();                                                                                \
        assert_true(condition);                                                                    \
    } while (0)

static void run_for(int64_t ms)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(ms));
    while (ic_time_before(ic_clock_now(), until))
        turn();
}

/* The meeting is at all three. */
static void open_all(void)
{
    for (struct node *n = B; n <= C; n++) {
        struct ic_cluster_answer answer = {.generation = 7, .hops = 2, .policy = malloc(1)};
        assert_non_null(answer.policy);
        answer.policy[0] = 'p';
        answer.policy_len = 1;
        input(H, IC_CLUSTER_RELAY_OPEN, n, &answer);
    }
    UNTIL(H->opened == 2);
    assert_int_equal(H->places, 2 * PLACES);
    name_carrier(B, C, true);
    name_carrier(C, B, true);
    UNTIL(B->carriers == 1 && C->carriers == 1);
}

static void add_person(uint64_t key)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD, .peer = key, .room = HOME_ROOM};
    strcpy(cmd.transport.ufrag, "abcd");
    strcpy(cmd.transport.pwd, "abcdefghijklmnopqrstuvwx");
    assert_true(ic_relay_control_cmd(H->control, &cmd));
}

/* Beside another transport of the same person. True: at another node. */
static bool come_over(uint64_t key, uint64_t beside)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD, .peer = key, .room = HOME_ROOM, .beside = beside};
    strcpy(cmd.transport.ufrag, "abcd");
    strcpy(cmd.transport.pwd, "abcdefghijklmnopqrstuvwx");
    return ic_relay_control_cmd(H->control, &cmd);
}

static void remove_person(uint64_t key)
{
    const struct ic_cmd cmd = {.kind = IC_CMD_PEER_REMOVE, .peer = key, .room = HOME_ROOM};
    assert_true(ic_relay_control_cmd(H->control, &cmd));
}

/* The meeting is at all three, and person 501 at the one that is returned. */
static struct node *carried(void)
{
    open_all();
    add_person(501);
    UNTIL(H->heard.kind == IC_EVT_PEER_READY && H->heard.peer == 501);
    return guest_at(B) != NULL ? B : C;
}

/* ---- tests ---- */

static void nodes_that_carry_a_meeting_are_joined(void **state)
{
    (void)state;
    open_all();
    UNTIL(B->joined == 1 && C->joining == 1);
    assert_int_equal(B->answer, IC_PLACE_GOOD);
    assert_int_equal(C->joined + B->joining, 0); /* one of them asks */
    for (uint64_t i = 0; i < PLACES + 1; i++)
        add_person(501 + i); /* more than one of them has places for */
    UNTIL(guest_at(B) != NULL && guest_at(C) != NULL);
    UNTIL(span_to(B, C) != NULL && span_to(C, B) != NULL && span_to(B, H) != NULL);
    assert_true(span_to(B, C)->room == guest_at(B)->room);
    assert_true(span_to(C, B)->room == guest_at(C)->room);
    assert_true(span_to(H, B)->room == HOME_ROOM && span_to(H, C)->room == HOME_ROOM);
}

static void everybody_is_known_by_the_number_of_the_meetings_node(void **state)
{
    (void)state;
    open_all();
    for (uint64_t i = 0; i < PLACES + 1; i++)
        add_person(501 + i);
    UNTIL(guest_at(B) != NULL && guest_at(C) != NULL);
    UNTIL(span_to(B, C) != NULL && span_to(C, B) != NULL && span_to(C, H) != NULL);
    slot_of(C, span_to(C, B), guest_at(C)->key); /* one of C's people crosses to B ... */
    UNTIL(span_to(B, C)->source != 0);
    uint64_t number = span_to(B, C)->source;
    assert_true(number >= 501 && number <= 501 + PLACES);
    slot_of(B, guest_at(B), number); /* ... and goes to one of B's, as the hub hears */
    UNTIL(H->heard.kind == IC_EVT_SLOT);
    assert_int_equal(H->heard.source_peer, number);
    assert_true(H->heard.peer >= 501 && H->heard.peer <= 501 + PLACES &&
                H->heard.peer != H->heard.source_peer);
    slot_of(C, span_to(C, H), guest_at(C)->key);
    UNTIL(span_to(H, C)->source != 0);
    assert_int_equal(span_to(H, C)->source, number);
}

static void who_is_refused_has_no_relay(void **state)
{
    (void)state;
    C->says = IC_PLACE_POLICY_MISMATCH;
    open_all();
    UNTIL(B->joined == 1);
    assert_int_equal(B->answer, IC_PLACE_POLICY_MISMATCH);
    run_for(200);
    assert_true(span_to(B, C) == NULL && span_to(C, B) == NULL);
    C->says = IC_PLACE_GOOD;
    ask_to_join(B, C); /* once more */
    UNTIL(span_to(B, C) != NULL && span_to(C, B) != NULL);
}

/* Whose channel it is that a join comes over: without a word of the meeting's node, it is asked of
 * the cluster thread all the same, and what is not here is refused. */
static void what_is_not_here_is_not_joined(void **state)
{
    (void)state;
    ask_to_join(B, C); /* nobody has opened anything */
    UNTIL(B->joined == 1);
    assert_int_equal(B->answer, IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_int_equal(C->joining, 0);
    struct ic_cluster_answer answer = {.generation = 7, .hops = 2, .policy = malloc(1)};
    assert_non_null(answer.policy);
    answer.policy[0] = 'p';
    answer.policy_len = 1;
    input(H, IC_CLUSTER_RELAY_OPEN, B, &answer);
    UNTIL(H->opened == 1);
    ask_to_join(B, C); /* and C has it not, whatever its cluster thread says */
    UNTIL(B->joined == 2);
    assert_int_equal(B->answer, IC_PLACE_BUSY);
    assert_int_equal(C->joining, 1);
    run_for(200);
    assert_true(span_to(B, C) == NULL && span_to(C, B) == NULL);
}

static void what_closes_at_the_meetings_node_is_closed_between_them(void **state)
{
    (void)state;
    open_all();
    UNTIL(span_to(B, C) != NULL && span_to(C, B) != NULL);
    input(H, IC_CLUSTER_RELAY_CLOSE, B, NULL);
    UNTIL(B->closed == 1 && H->closed == 1);
    assert_int_equal(H->places, PLACES);
    input(B, IC_CLUSTER_RELAY_CLOSE, C, NULL); /* as placement says then */
    UNTIL(C->closed == 1 && B->closed == 2);
    UNTIL(span_to(C, B) == NULL && span_to(B, C) == NULL && span_to(B, H) == NULL);
    assert_non_null(span_to(C, H));
}

/* The one that asks cannot call the other one, which calls then, and is asked. */
static void whoever_can_be_called_is_called(void **state)
{
    (void)state;
    B->joins = C->joins = false;
    open_all();
    for (int i = 0; i < NODES; i++)
        introduce(&world.nodes[i], C);
    ask_to_join(B, C);
    UNTIL(B->joined == 1);
    assert_int_equal(B->answer, IC_PLACE_NO_CAPACITY_IN_REGION);
    ask_to_join(C, B);
    run_for(500);
    assert_int_equal(C->joined + C->joining, 0);
    ask_to_join(B, C);
    UNTIL(span_to(B, C) != NULL && span_to(C, B) != NULL);
}

static void whom_a_node_that_drains_carries_is_brought_to_the_other_one(void **state)
{
    (void)state;
    struct node *from = carried(), *to = from == B ? C : B;
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    assert_int_equal(H->places, PLACES);
    UNTIL(H->moved == 501);
    assert_true(come_over(502, 501));
    UNTIL(guest_at(to) != NULL);
    assert_non_null(guest_at(from)); /* both stand */
    add_person(503);                 /* nobody new goes there */
    UNTIL(H->heard.peer == 503);
    run_for(300);
    assert_int_equal(ic_relay_control_guests(to->control), 2);
    assert_int_equal(from->closed, 0);
    remove_person(501);
    UNTIL(from->closed == 1 && H->closed == 1);
    assert_null(guest_at(from));
    assert_int_equal(H->home + H->again, 0);
}

/* A place is kept for whoever was told. */
static void who_is_brought_home_has_a_place_there(void **state)
{
    (void)state;
    struct node *from = carried();
    H->people = 1; /* of two */
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    UNTIL(H->moved == 501);
    add_person(503); /* elsewhere */
    UNTIL(H->heard.peer == 503);
    assert_false(come_over(502, 501));
    H->people = 2;
    remove_person(501);
    UNTIL(from->closed == 1);
    UNTIL(H->home == 1);
}

/* Who goes back before the new transport stands, and comes again, has come home once. */
static void who_comes_twice_has_come_home_once(void **state)
{
    (void)state;
    struct node *from = carried();
    H->people = 1;
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    UNTIL(H->moved == 501);
    assert_false(come_over(502, 501));
    const struct ic_cmd gone = {.kind = IC_CMD_PEER_REMOVE, .peer = 502, .room = HOME_ROOM};
    assert_false(ic_relay_control_cmd(H->control, &gone)); /* it is for a worker here */
    run_for(100);
    assert_int_equal(H->home, 0);
    assert_false(come_over(503, 501));
    remove_person(501);
    UNTIL(H->home == 1);
    run_for(300);
    assert_int_equal(H->home, 1);
}

/* All places of both are taken but for so many at `to`, which is the one that is returned. */
static struct node *filled(uint32_t left, struct node **to)
{
    struct node *from = carried();
    *to = from == B ? C : B;
    for (uint64_t i = 1; i < 2 * PLACES; i++)
        add_person(501 + i);
    UNTIL(ic_relay_control_guests(B->control) == PLACES &&
          ic_relay_control_guests(C->control) == PLACES);
    for (uint64_t key = 501 + 2 * PLACES - 1; left > 0; key--, left--)
        remove_person(key); /* the one that was taken last */
    run_for(200);
    return from;
}

static void no_more_are_told_than_have_room(void **state)
{
    (void)state;
    struct node *to, *from = filled(1, &to);
    assert_int_equal(ic_relay_control_guests(to->control), PLACES - 1);
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    UNTIL(H->told == 1);
    add_person(601); /* the place is kept */
    UNTIL(H->heard.kind == IC_EVT_PEER_REFUSED && H->heard.peer == 601);
    run_for(1000);
    assert_int_equal(H->told, 1);
    assert_true(come_over(602, H->moved));
    UNTIL(H->heard.kind == IC_EVT_PEER_READY && H->heard.peer == 602);
    run_for(500);
    assert_int_equal(H->told, 1);
    assert_int_equal(ic_relay_control_guests(to->control), PLACES);
}

/* It said that it has room, and has none any more. */
static void where_somebody_was_refused_nobody_is_told_to_go(void **state)
{
    (void)state;
    struct node *to, *from = filled(2, &to);
    assert_int_equal(ic_relay_control_guests(to->control), PLACES - 2);
    to->people = 10;
    run_for(50);
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    UNTIL(H->told == 2);
    assert_true(come_over(602, H->moved));
    UNTIL(H->heard.kind == IC_EVT_PEER_REFUSED && H->heard.peer == 602);
    run_for(1000);
    assert_int_equal(H->told, 2);
    assert_true(H->again >= 1);
}

static void a_node_that_stays_after_all_has_its_places_again(void **state)
{
    (void)state;
    struct node *from = carried(), *other = from == B ? C : B;
    const struct ic_cluster_answer stays = {.drains = false};
    input(H, IC_CLUSTER_RELAY_DRAINS, from, NULL);
    input(H, IC_CLUSTER_RELAY_DRAINS, other, NULL);
    UNTIL(H->again == 1);
    assert_int_equal(H->places, 0);
    input(H, IC_CLUSTER_RELAY_DRAINS, from, &stays);
    assert_int_equal(H->places, PLACES);
    add_person(502);
    UNTIL(H->heard.kind == IC_EVT_PEER_READY && H->heard.peer == 502);
    assert_int_equal(ic_relay_control_guests(from->control), 2);
    UNTIL(other->closed == 1); /* nobody was there */
    run_for(500);
    assert_int_equal(H->told, 0);
    assert_int_equal(from->closed, 0);
}

static void with_no_room_anywhere_places_are_asked_for_and_nobody_is_told(void **state)
{
    (void)state;
    struct node *from = carried();
    input(H, IC_CLUSTER_RELAY_DRAINS, B, NULL);
    input(H, IC_CLUSTER_RELAY_DRAINS, C, NULL);
    UNTIL(H->again == 1);
    run_for(500);
    assert_int_equal(H->again, 1); /* not all the time */
    assert_int_equal(H->moved, 0);
    assert_non_null(guest_at(from));
    H->people = 1;
    UNTIL(H->moved == 501);
    assert_false(come_over(502, 501));
}

/* H is told of carriers of many meetings, at a node that cannot be reached. */
static void relays_leave_places_to_our_own_meetings(void **state)
{
    (void)state;
    ic_relay_control_destroy(C->control);
    start(C, 10); /* it knows nobody */
    for (uint32_t i = 0; i < 2 * IC_RELAY_CHANNEL_MEETINGS; i++) {
        struct ic_cluster_answer join = {
            .kind = IC_CLUSTER_RELAY_JOIN, .generation = 7, .hops = 2, .is_asking = true};
        memcpy(join.meeting, &i, sizeof i);
        memcpy(join.node, C->id, sizeof join.node);
        for (int again = 0; again < 2; again++)
            ic_relay_control_input(H->control, &join);
        H->ask_count = H->asks_done = 0;
    }
    struct ic_cluster_answer open = {.generation = 7, .hops = 2, .policy = malloc(1)};
    open.policy[0] = 'p';
    open.policy_len = 1;
    input(H, IC_CLUSTER_RELAY_OPEN, C, &open);
    assert_int_equal(H->ask_count, 0); /* it is under way */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(nodes_that_carry_a_meeting_are_joined),
        TEST(everybody_is_known_by_the_number_of_the_meetings_node),
        TEST(who_is_refused_has_no_relay),
        TEST(what_is_not_here_is_not_joined),
        TEST(what_closes_at_the_meetings_node_is_closed_between_them),
        TEST(whoever_can_be_called_is_called),
        TEST(relays_leave_places_to_our_own_meetings),
        TEST(whom_a_node_that_drains_carries_is_brought_to_the_other_one),
        TEST(who_is_brought_home_has_a_place_there),
        TEST(who_comes_twice_has_come_home_once),
        TEST(no_more_are_told_than_have_room),
        TEST(where_somebody_was_refused_nobody_is_told_to_go),
        TEST(a_node_that_stays_after_all_has_its_places_again),
        TEST(with_no_room_anywhere_places_are_asked_for_and_nobody_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
