/* The state table of a client: what each message does in each state, and that no order of inputs
 * breaks an assertion (every state x every input x every input). */
#include "unit/signal_world.h"

/* The one client that a case is about, and what the world knows of it. */
struct subject {
    uint64_t conn;
    struct ic_store_request request;
    struct person person;
    struct person old; /* replaced, or none */
};

enum state {
    UNKNOWN,
    NEW,
    FINDING,
    PLACING,
    PLACING_TO_REPLACE,
    JOINED,
    CONNECTED,
    MEDIA_LOST,
    DETACHED,
    DETACHED_MEDIA_LOST,
    GONE,
    STATE_COUNT,
};

static void evt(struct world *w, const struct subject *s, enum ic_evt_kind kind)
{
    struct ic_evt e = world_ready(s->person.key);
    e.kind = kind;
    e.reason = IC_PEER_REASON_FINGERPRINT;
    world_evt(w, s->person.worker, &e);
}

static void slot(struct world *w, const struct subject *s, const char *mid, uint64_t source)
{
    struct ic_evt e = world_slot(s->person.key, mid, source, IC_SOURCE_CAMERA);
    world_evt(w, s->person.worker, &e);
}

static void bring(struct world *w, struct subject *s, enum state state)
{
    s->conn = 1;
    switch (state) {
    case UNKNOWN:
    case STATE_COUNT:
        return;
    case NEW:
        assert_int_equal(world_open(w, 1), IC_OK);
        return;
    case FINDING:
        s->request = world_ask(w, 1, MEETING_A, "Ana", NULL);
        return;
    case PLACING:
        s->person = world_place(w, 1, MEETING_A, "Ana", NULL);
        return;
    case PLACING_TO_REPLACE:
        s->old = world_join(w, 2, MEETING_A, "Old", NULL);
        s->person = world_place(w, 1, MEETING_A, "Ana", s->old.session);
        return;
    case JOINED:
        s->person = world_join(w, 1, MEETING_A, "Ana", NULL);
        return;
    case CONNECTED:
        bring(w, s, JOINED);
        evt(w, s, IC_EVT_PEER_CONNECTED);
        return;
    case MEDIA_LOST:
        bring(w, s, CONNECTED);
        evt(w, s, IC_EVT_PEER_CLOSED);
        return;
    case DETACHED:
        bring(w, s, CONNECTED);
        world_close(w, 1, false);
        return;
    case DETACHED_MEDIA_LOST:
        bring(w, s, MEDIA_LOST);
        world_close(w, 1, false);
        return;
    case GONE:
        bring(w, s, CONNECTED);
        world_say(w, 1, "{\"type\":\"leave\"}");
        return;
    }
}

/* ---- messages ---- */

enum message { JOIN, REJOIN, RESUME, MEDIA, LEAVE, PING, BROKEN, OTHER_VERSION, MESSAGE_COUNT };

static void say(struct world *w, const struct subject *s, enum message message)
{
    char text[2048];
    const char *session = s->person.session[0] == '\0' ? MEETING_B : s->person.session;
    switch (message) {
    case JOIN:
    case REJOIN:
        world_join_text(text, sizeof text, MEETING_A, "Ana", message == JOIN ? NULL : session);
        break;
    case RESUME:
        (void)snprintf(text, sizeof text, "{\"type\":\"resume\",\"version\":1,\"session\":\"%s\"}",
                       session);
        break;
    case MEDIA:
        (void)snprintf(text, sizeof text, "{\"type\":\"media\",\"microphone\":%s,\"camera\":true}",
                       ic_prng_u32(&w->prng) % 2 == 0 ? "true" : "false");
        break;
    case LEAVE:
        (void)snprintf(text, sizeof text, "{\"type\":\"leave\"}");
        break;
    case PING:
        (void)snprintf(text, sizeof text, "{\"type\":\"ping\",\"id\":7}");
        break;
    case BROKEN:
    case MESSAGE_COUNT:
        (void)snprintf(text, sizeof text, "{\"type\":\"leave\"");
        break;
    case OTHER_VERSION:
        (void)snprintf(text, sizeof text, "{\"type\":\"join\",\"version\":2}");
        break;
    }
    world_say(w, s->conn, text);
}

/* What the socket hears first; "" is nothing, "-" is a close without an error. */
static void each_message_in_each_state(void **state)
{
    static const char *const table[][MESSAGE_COUNT] = {
        [NEW] = {"", "", "session_unknown", "bad_message", "bad_message", "bad_message",
                 "bad_message", "unsupported_version"},
        [FINDING] = {"bad_message", "bad_message", "bad_message", "", "-", "pong", "bad_message",
                     "bad_message"},
        [PLACING] = {"bad_message", "bad_message", "bad_message", "", "-", "pong", "bad_message",
                     "bad_message"},
        [PLACING_TO_REPLACE] = {"bad_message", "bad_message", "bad_message", "", "-", "pong",
                                "bad_message", "bad_message"},
        [JOINED] = {"bad_message", "bad_message", "bad_message", "", "-", "pong", "bad_message",
                    "bad_message"},
    };
    struct ic_hub_config config = world_config();
    for (size_t from = NEW; from <= JOINED; from++) {
        for (size_t message = 0; message < MESSAGE_COUNT; message++) {
            struct world *w = world_new_with(&config, *state);
            struct subject s = {0};
            bring(w, &s, (enum state)from);
            say(w, &s, (enum message)message);
            const char *expected = table[from][message], *heard = world_heard(w, 1, "");
            bool is_closed = world_closed(w, 1) != NULL;
            bool is_plain = strcmp(expected, "") == 0 || strcmp(expected, "-") == 0;
            if (is_plain ? heard != NULL : heard == NULL || strstr(heard, expected) == NULL)
                fail_msg("state %zu, message %zu: %s", from, message, heard);
            assert_int_equal(is_closed, strcmp(expected, "") != 0 && strcmp(expected, "pong") != 0);
            world_delete(w);
        }
    }
}

/* ---- everything else ---- */

static void input_more(struct world *w, const struct subject *s, unsigned which)
{
    struct ic_store_request nothing = {.kind = IC_STORE_MEETING_FIND};
    static const enum ic_err results[] = {IC_OK, IC_ERR_GONE, IC_ERR_SYSTEM};
    static const enum ic_evt_kind kinds[] = {IC_EVT_PEER_READY, IC_EVT_PEER_REFUSED,
                                             IC_EVT_PEER_CONNECTED, IC_EVT_PEER_CLOSED,
                                             IC_EVT_STATS};
    static const int64_t spans[] = {0, IC_SIGNAL_ROSTER_MS, IC_SIGNAL_STORE_MS,
                                    IC_RECONNECT_GRACE_MS};
    if (which < 3)
        world_store(w, &s->request, results[which]);
    else if (which < 8)
        evt(w, s, kinds[which - 3]);
    else if (which < 12)
        world_tick(w, spans[which - 8]);
    else if (which == 12)
        world_store(w, &nothing, IC_OK);
    else if (which == 13)
        slot(w, s, "2", s->person.key);
    else if (which == 14)
        slot(w, s, "nobody", UINT64_MAX);
    else if (which == 15)
        world_close(w, s->conn, true);
    else if (which == 16)
        world_close(w, s->conn, false);
    else if (which == 17)
        ic_hub_drain(w->hub, w->now);
    else if (which == 18)
        ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){s->conn});
    world_drain(w);
}

#define INPUT_COUNT (MESSAGE_COUNT + 19 + 1)

static void input(struct world *w, struct subject *s, unsigned which)
{
    if (which < MESSAGE_COUNT) {
        say(w, s, (enum message)which);
    } else if (which < MESSAGE_COUNT + 19) {
        input_more(w, s, which - MESSAGE_COUNT);
    } else if (!w->is_open[s->conn]) {
        s->conn += 10; /* the person comes back on a new socket */
        if (world_open(w, s->conn) == IC_OK)
            say(w, s, RESUME);
    }
}

static void no_order_of_inputs_breaks_it(void **state)
{
    struct ic_hub_config config = world_config();
    config.clients_max = 4;
    config.peers_max = 3;
    config.rooms_max = 2;
    for (unsigned from = 0; from < STATE_COUNT; from++) {
        for (unsigned first = 0; first < INPUT_COUNT; first++) {
            for (unsigned second = 0; second < INPUT_COUNT; second++) {
                struct world *w = world_new_with(&config, *state);
                struct subject s = {0};
                bring(w, &s, (enum state)from);
                input(w, &s, first);
                input(w, &s, second);
                input(w, &s, INPUT_COUNT - 1);
                world_delete(w);
            }
        }
    }
}

static int set_up(void **state)
{
    *state = schema_load();
    return *state == NULL;
}

static int tear_down(void **state)
{
    json_decref(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_message_in_each_state),
        cmocka_unit_test(no_order_of_inputs_breaks_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
