/* The state table of a client: what each message does in each state, and that no order of inputs
 * breaks an assertion (every state x every input x a few more). */
#include "unit/signal_world.h"

#define HOST 9 /* the socket of whoever is there before */

/* The one client that a case is about, and what the world knows of it. */
struct subject {
    struct meeting *m;
    struct person host, person;
    struct world_held held; /* FINDING, BEGINNING, CATCHING */
};

enum state {
    UNKNOWN,
    NEW,
    FINDING,
    WAITING,
    BEGINNING,
    ADMITTED,
    PLACING,
    JOINED,
    MEDIA_LOST,
    CATCHING,
    DETACHED,
    GONE,
    STATE_COUNT,
};

static const struct knocking plain;

static void evt(struct world *w, const struct subject *s, enum ic_evt_kind kind)
{
    struct ic_evt e = world_ready(s->person.key);
    e.kind = kind;
    e.reason = IC_PEER_REASON_FINGERPRINT;
    world_evt(w, &e);
}

/* A group with a host, and the subject let in. */
static void let_in(struct world *w, struct subject *s)
{
    s->host = world_first(w, HOST, s->m, 90);
    s->person = world_knock(w, 1, s->m, 1, plain);
    world_admit(w, s->m, &s->host, &s->person, false);
}

static void bring(struct world *w, struct subject *s, enum state state)
{
    if (s->m == NULL)
        s->m = world_meeting(w, MEETING_A, FORGE_OPEN);
    s->person.conn = 1;
    switch (state) {
    case UNKNOWN:
    case STATE_COUNT:
        return;
    case NEW:
        assert_int_equal(world_open(w, 1), IC_OK);
        return;
    case FINDING:
        w->holds_store = true;
        s->person = world_arrive(w, 1, s->m, 1, plain);
        s->held = world_hold(w);
        w->holds_store = false;
        return;
    case WAITING:
        s->host = world_first(w, HOST, s->m, 90);
        s->person = world_knock(w, 1, s->m, 1, plain);
        return;
    case BEGINNING:
        s->person = world_knock(w, 1, s->m, 1, plain);
        w->holds_store = true;
        world_say_create(w, s->m, &s->person);
        s->held = world_hold(w);
        w->holds_store = false;
        return;
    case ADMITTED:
        let_in(w, s);
        return;
    case PLACING:
        let_in(w, s);
        world_place(w, &s->person, NULL);
        return;
    case JOINED:
        let_in(w, s);
        world_join(w, &s->person);
        return;
    case MEDIA_LOST:
        bring(w, s, JOINED);
        evt(w, s, IC_EVT_PEER_CLOSED);
        return;
    case CATCHING:
        bring(w, s, DETACHED);
        world_commit(w, s->m, &s->host, &(struct forge_commit){.salt = 1});
        w->holds_store = true;
        world_resume(w, 1, s->m, s->person.session, 2);
        s->held = world_hold(w);
        world_answer(w, &s->held, IC_OK); /* the meeting is found */
        s->held = world_hold(w);
        w->holds_store = false;
        return;
    case DETACHED:
        bring(w, s, JOINED);
        world_close(w, 1, IC_HUB_LOST);
        return;
    case GONE:
        bring(w, s, JOINED);
        world_say(w, 1, "{\"type\":\"leave\"}");
        return;
    }
}

/* ---- messages ---- */

enum message {
    KNOCK,
    NOTE,
    AUTHORITY,
    CREATE,
    COMMIT,
    MESSAGE,
    DECLINE,
    READY,
    JOIN,
    RESUME,
    MEDIA,
    LEAVE,
    PING,
    BROKEN,
    OTHER_VERSION,
    MESSAGE_COUNT,
};

/* A message that is sound by itself; what it says is another matter. */
static void compose(const struct world *w, const struct subject *s, enum message message, char *out)
{
    static struct forge_person stranger;
    static struct forge_bytes bytes;
    uint8_t noise[65];
    size_t n;
    forge_noise("noise", 1, noise, sizeof noise);
    switch (message) {
    case KNOCK:
        if (stranger.package_len == 0)
            forge_person_init(&stranger, 77, FORGE_DATE);
        struct person p = {.mls = stranger};
        world_knock_text(out, s->m, &p, plain);
        return;
    case NOTE:
        n = world_add_bytes(out, (size_t)sprintf(out, "{\"type\":\"note\""), "note", noise, 40);
        break;
    case AUTHORITY:
        n = world_add_bytes(out, (size_t)sprintf(out, "{\"type\":\"authority\""), "authority",
                            noise, 65);
        break;
    case CREATE:
        n = world_add_bytes(out, (size_t)sprintf(out, "{\"type\":\"create\""), "group_info", noise,
                            60);
        break;
    case COMMIT:
        n = world_add_bytes(out, (size_t)sprintf(out, "{\"type\":\"commit\""), "message", noise,
                            60);
        break;
    case MESSAGE:
        bytes.len = 0;
        if (s->m->group.id_len > 0)
            forge_message(&s->m->group, s->m->group.epoch, 1, &bytes);
        n = world_add_bytes(out, (size_t)sprintf(out, "{\"type\":\"message\""), "message",
                            bytes.len > 0 ? bytes.at : noise, bytes.len > 0 ? bytes.len : 60);
        break;
    case DECLINE:
        (void)sprintf(out, "{\"type\":\"decline\",\"knock\":\"%s\",\"reason\":\"declined\"}",
                      s->person.knock[0] == '\0' ? MEETING_A : s->person.knock);
        return;
    case READY:
        (void)sprintf(out, "{\"type\":\"ready\",\"epoch\":1}");
        return;
    case JOIN:
        world_join_text(out, 2048, CODEC_VP8);
        return;
    case RESUME:
        (void)sprintf(out,
                      "{\"type\":\"resume\",\"version\":2,\"meeting\":\"%s\",\"session\":\"%s\","
                      "\"log_size\":%u}",
                      s->m->name, s->person.session[0] == '\0' ? MEETING_B : s->person.session,
                      (unsigned)s->m->log_size);
        return;
    case MEDIA:
        (void)sprintf(out, "{\"type\":\"media\",\"microphone\":%s,\"camera\":true}",
                      w->now.us % 2 == 0 ? "true" : "false");
        return;
    case LEAVE:
        (void)sprintf(out, "{\"type\":\"leave\"}");
        return;
    case PING:
        (void)sprintf(out, "{\"type\":\"ping\",\"id\":7}");
        return;
    case BROKEN:
    case MESSAGE_COUNT:
        (void)sprintf(out, "{\"type\":\"leave\"");
        return;
    case OTHER_VERSION:
        (void)sprintf(out, "{\"type\":\"knock\",\"version\":3}");
        return;
    default:
        n = 0;
        break;
    }
    (void)strcpy(out + n, "}");
}

static void say(struct world *w, const struct subject *s, enum message message)
{
    static char text[WORLD_TEXT];
    compose(w, s, message, text);
    world_say(w, s->person.conn, text);
}

#define BAD "bad_message"

/* What the socket hears first; "" is nothing, "-" is a close without an error. */
static const char *const table[][MESSAGE_COUNT] = {
    /*            knock, note, authority, create, commit, message, decline, ready, join, resume,
     *            media, leave, ping, broken, other version */
    [NEW] = {"waiting", BAD, BAD, BAD, BAD, BAD, BAD, BAD, BAD, "session_unknown", BAD, BAD, BAD,
             BAD, "unsupported_version"},
    [FINDING] = {BAD, "", BAD, "\"create\",\"reason\":\"busy\"", BAD, BAD, BAD, BAD, BAD, BAD, BAD,
                 "-", "pong", BAD, BAD},
    [WAITING] = {"waiting", "", BAD, "\"create\",\"reason\":\"epoch\"", BAD, BAD, BAD, BAD, BAD,
                 BAD, BAD, "-", "pong", BAD, BAD},
    [BEGINNING] = {"", "", BAD, "\"create\",\"reason\":\"busy\"", BAD, BAD, BAD, BAD, BAD, BAD, BAD,
                   "-", "pong", BAD, BAD},
    [ADMITTED] = {"", "", "\"authority\",\"reason\":\"invalid\"", "",
                  "\"commit\",\"reason\":\"invalid\"", "", "", "", "", BAD, BAD, "-", "pong", BAD,
                  BAD},
    [PLACING] = {"", "", "\"authority\",\"reason\":\"invalid\"", "",
                 "\"commit\",\"reason\":\"invalid\"", "", "", "", BAD, BAD, "", "-", "pong", BAD,
                 BAD},
    [JOINED] = {"", "", "\"authority\",\"reason\":\"invalid\"", "",
                "\"commit\",\"reason\":\"invalid\"", "", "", "", "", BAD, "", "-", "pong", BAD,
                BAD},
    [MEDIA_LOST] = {"", "", "\"authority\",\"reason\":\"invalid\"", "",
                    "\"commit\",\"reason\":\"invalid\"", "", "", "", "", BAD, "", "-", "pong", BAD,
                    BAD},
    [CATCHING] = {"", "", "\"authority\",\"reason\":\"invalid\"", "",
                  "\"commit\",\"reason\":\"invalid\"", "", "", "", "", BAD, "", "-", "pong", BAD,
                  BAD},
};

static void world_end(struct world *w, struct subject *s)
{
    free(s->held.bytes);
    free(s->m);
    world_delete(w);
}

static struct ic_hub_config small_config(void)
{
    struct ic_hub_config config = world_config();
    config.clients_max = 4;
    config.peers_max = 3;
    config.rooms_max = 2;
    return config;
}

static void each_message_in_each_state(void **state)
{
    struct ic_hub_config config = small_config();
    for (size_t from = NEW; from <= CATCHING; from++) {
        for (size_t message = 0; message < MESSAGE_COUNT; message++) {
            struct world *w = world_new_with(&config, *state);
            struct subject s = {.m = NULL};
            bring(w, &s, (enum state)from);
            world_settle(w, 0);
            say(w, &s, (enum message)message);
            const char *expected = table[from][message], *heard = world_heard(w, 1, "");
            bool is_closed = world_closed(w, 1) != NULL;
            bool is_error = strcmp(expected, BAD) == 0 || strstr(expected, "un") != NULL;
            bool is_silent = strcmp(expected, "") == 0 || strcmp(expected, "-") == 0;
            bool is_of_roster = heard != NULL && strstr(heard, "{\"type\":\"peer\"") != NULL;
            if (is_silent ? heard != NULL && !is_of_roster
                          : heard == NULL || strstr(heard, expected) == NULL)
                fail_msg("state %zu, message %zu: %s", from, message, heard);
            if (is_closed != (is_error || strcmp(expected, "-") == 0))
                fail_msg("state %zu, message %zu: closed %d", from, message, is_closed);
            world_end(w, &s);
        }
    }
}

/* ---- everything else ---- */

#define MORE 20

static void input_more(struct world *w, struct subject *s, unsigned which)
{
    static const enum ic_err results[] = {IC_OK, IC_ERR_GONE, IC_ERR_SYSTEM, IC_ERR_FULL};
    static const enum ic_evt_kind kinds[] = {IC_EVT_PEER_READY, IC_EVT_PEER_REFUSED,
                                             IC_EVT_PEER_CONNECTED, IC_EVT_PEER_CLOSED,
                                             IC_EVT_STATS};
    static const int64_t spans[] = {0, IC_SIGNAL_ROSTER_MS, IC_SIGNAL_STORE_MS,
                                    IC_RECONNECT_GRACE_MS, IC_SIGNAL_KNOCK_MS};
    struct ic_evt slot = world_slot(s->person.key, "2", s->host.key, IC_SOURCE_CAMERA);
    if (which < 4 && s->held.bytes != NULL)
        world_answer(w, &s->held, results[which]); /* once: the store answers once */
    else if (which >= 4 && which < 9)
        evt(w, s, kinds[which - 4]);
    else if (which >= 9 && which < 14)
        world_settle(w, spans[which - 9]);
    else if (which == 14)
        world_evt(w, &slot);
    else if (which < 18)
        world_close(w, s->person.conn, (enum ic_hub_end)(which - 15));
    else if (which == 18)
        ic_hub_drain(w->hub, w->now);
    else if (which == 19 && s->host.mls.package_len > 0 && w->is_open[HOST])
        world_say(w, HOST, "{\"type\":\"leave\"}");
    world_drain(w);
}

#define INPUT_COUNT (MESSAGE_COUNT + MORE + 1)

static void input(struct world *w, struct subject *s, unsigned which)
{
    if (which < MESSAGE_COUNT) {
        say(w, s, (enum message)which);
    } else if (which < MESSAGE_COUNT + MORE) {
        input_more(w, s, which - MESSAGE_COUNT);
    } else if (!w->is_open[s->person.conn]) {
        s->person.conn += 10; /* the person comes back on a new socket */
        if (world_open(w, s->person.conn) == IC_OK)
            say(w, s, RESUME);
    }
}

static void no_order_of_inputs_breaks_it(void **state)
{
    struct ic_hub_config config = small_config();
    struct ic_prng prng;
    ic_prng_init(&prng, 3);
    for (unsigned from = 0; from < STATE_COUNT; from++) {
        for (unsigned first = 0; first < INPUT_COUNT; first++) {
            for (unsigned i = 0; i < 3; i++) {
                struct world *w = world_new_with(&config, *state);
                struct subject s = {.m = NULL};
                bring(w, &s, (enum state)from);
                input(w, &s, first);
                for (unsigned k = 0; k < 4; k++)
                    input(w, &s, ic_prng_below(&prng, INPUT_COUNT));
                input(w, &s, INPUT_COUNT - 1);
                world_settle(w, IC_SIGNAL_KNOCK_MS);
                world_end(w, &s);
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
