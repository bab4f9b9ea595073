/* A hundred thousand random events from hostile clients, a whimsical store and whimsical workers,
 * against a model of who must be where. After every event: nobody writes to a closed socket,
 * sockets are open exactly where the model says, everybody in a meeting sees exactly the people who
 * are there and in their states, the workers hold exactly the peers of living seats. Now and then,
 * when what was held back had its time: media flags and slots, too. */
#include "unit/signal_world.h"

#define EVENTS   100000
#define CONNS    40
#define PERSONS  200
#define MEETINGS 3 /* the last one does not exist */
#define MEMBERS  7
#define PEERS    12
#define CLIENTS  30
#define VIEW_MAX 16

enum conn_state { CLOSED, NEW, FINDING, PLACING, JOINED };
enum person_state { ABSENT, BEING_PLACED, TAKEN, REPLACED };

struct seen {
    char peer[IC_PEER_TEXT_LEN + 1], name[16];
    enum ic_sig_state state;
    bool microphone, camera;
};

struct carried {
    char peer[IC_PEER_TEXT_LEN + 1]; /* "": nothing */
    enum ic_source source;
};

struct mconn {
    enum conn_state state;
    int64_t timeout_us;
    struct ic_store_request request;
    int meeting, person;
    char replaces[IC_SESSION_TEXT_LEN + 1]; /* "": nobody */
    char name[16];
    bool microphone, camera, is_malformed;
    char error[32]; /* the last fatal one */
    struct seen view[VIEW_MAX];
    size_t view_count;
    bool is_list_open;
    struct carried carried[2];
};

struct mperson {
    enum person_state state;
    uint64_t key;
    uint32_t worker;
    char peer[IC_PEER_TEXT_LEN + 1], session[IC_SESSION_TEXT_LEN + 1], name[16];
    int meeting, conn, replaces;
    enum ic_sig_state media; /* RECONNECTING: lost */
    enum ic_sig_state shown; /* REPLACED: as it was before */
    bool microphone, camera, is_in_worker;
    int64_t expire_us;
    struct {
        uint64_t source_key;
        enum ic_source source;
    } slots[2];
};

struct model {
    struct world *w;
    struct ic_prng prng;
    struct mconn conns[CONNS];
    struct mperson persons[PERSONS];
    char stale_session[IC_SESSION_TEXT_LEN + 1];
    uint64_t stale_key;
    bool seen_by_worker[PERSONS]; /* what the commands say */
    size_t joins, resumes, replacements, losses, refusals;
};

static const char *const meetings[MEETINGS] = {MEETING_A, MEETING_B, "CAECAwQFBgcICQoLDA0ODw"};
static const char *const mids[2] = {"2", "11"};

static uint32_t below(struct model *m, uint32_t n)
{
    return ic_prng_below(&m->prng, n);
}

/* ---- the model's people ---- */

static int free_person(const struct model *m)
{
    for (int i = 0; i < PERSONS; i++) {
        if (m->persons[i].state == ABSENT)
            return i;
    }
    fail();
    return -1;
}

static int person_of_key(const struct model *m, uint64_t key)
{
    for (int i = 0; i < PERSONS; i++) {
        if (m->persons[i].state != ABSENT && m->persons[i].key == key)
            return i;
    }
    return -1;
}

/* A random one in the given state, or -1. */
static int some_person(struct model *m, enum person_state state)
{
    int start = (int)below(m, PERSONS);
    for (int i = 0; i < PERSONS; i++) {
        int at = (start + i) % PERSONS;
        if (m->persons[at].state == state)
            return at;
    }
    return -1;
}

static int some_conn(struct model *m, enum conn_state state)
{
    int start = (int)below(m, CONNS);
    for (int i = 0; i < CONNS; i++) {
        int at = (start + i) % CONNS;
        if (m->conns[at].state == state)
            return at;
    }
    return -1;
}

static uint32_t members_of(const struct model *m, int meeting)
{
    uint32_t n = 0;
    for (int i = 0; i < PERSONS; i++) {
        const struct mperson *p = &m->persons[i];
        n += (p->state == BEING_PLACED || p->state == TAKEN) &&
             (meeting < 0 || p->meeting == meeting);
    }
    return n;
}

static enum ic_sig_state state_of(const struct mperson *p)
{
    if (p->state == REPLACED)
        return p->shown;
    return p->conn < 0 ? IC_SIG_RECONNECTING : p->media;
}

static void remove_person(struct model *m, int i)
{
    struct mperson *p = &m->persons[i];
    int replaced = p->state == BEING_PLACED ? p->replaces : -1;
    if (p->session[0] != '\0')
        memcpy(m->stale_session, p->session, sizeof m->stale_session);
    m->stale_key = p->key;
    *p = (struct mperson){.state = ABSENT, .conn = -1, .replaces = -1};
    if (replaced >= 0)
        remove_person(m, replaced);
}

/* The socket ends; error: the last word that it must have heard, or NULL. */
static void shut(struct model *m, int c, const char *error)
{
    struct mconn *conn = &m->conns[c];
    if (error != NULL && strcmp(conn->error, error) != 0)
        fail_msg("conn %d heard '%s', not '%s'", c, conn->error, error);
    memset(conn, 0, sizeof *conn);
    conn->person = -1;
}

/* Fatal: socket and seat. */
static void refuse(struct model *m, int c, const char *error)
{
    int person = m->conns[c].person;
    shut(m, c, error);
    m->refusals++;
    if (person >= 0)
        remove_person(m, person);
}

/* ---- what the clients see ---- */

static struct seen *find_seen(struct mconn *c, const char *peer)
{
    for (size_t i = 0; i < c->view_count; i++) {
        if (strcmp(c->view[i].peer, peer) == 0)
            return &c->view[i];
    }
    return NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void see_person(struct mconn *c, const json_t *person)
{
    const char *peer = text_of(person, "peer"), *state = text_of(person, "state");
    struct seen *seen = find_seen(c, peer);
    if (seen == NULL) {
        assert_true(c->view_count < VIEW_MAX);
        seen = &c->view[c->view_count++];
    }
    (void)snprintf(seen->peer, sizeof seen->peer, "%s", peer);
    (void)snprintf(seen->name, sizeof seen->name, "%s", text_of(person, "name"));
    seen->state = strcmp(state, "connected") == 0      ? IC_SIG_CONNECTED
                  : strcmp(state, "reconnecting") == 0 ? IC_SIG_RECONNECTING
                                                       : IC_SIG_CONNECTING;
    seen->microphone = json_is_true(json_object_get(person, "microphone"));
    seen->camera = json_is_true(json_object_get(person, "camera"));
}

static void see_gone(struct mconn *c, const char *peer)
{
    struct seen *seen = find_seen(c, peer);
    assert_non_null(seen); /* nobody goes who was not there */
    *seen = c->view[--c->view_count];
    for (int i = 0; i < 2; i++) {
        if (strcmp(c->carried[i].peer, peer) == 0)
            c->carried[i].peer[0] = '\0';
    }
}

static void see_slots(struct mconn *c, const json_t *slots)
{
    for (size_t i = 0; i < json_array_size(slots); i++) {
        const json_t *slot = json_array_get(slots, i);
        const char *peer = json_string_value(json_object_get(slot, "peer"));
        struct carried *carried = &c->carried[strcmp(text_of(slot, "mid"), mids[1]) == 0];
        carried->peer[0] = '\0';
        if (peer == NULL)
            continue;
        assert_non_null(find_seen(c, peer)); /* a slot names people one knows */
        (void)snprintf(carried->peer, sizeof carried->peer, "%s", peer);
        carried->source = strcmp(text_of(slot, "source"), "camera") == 0 ? IC_SOURCE_CAMERA
                                                                         : IC_SOURCE_MICROPHONE;
    }
}

static void see(struct mconn *c, const json_t *root)
{
    const char *type = text_of(root, "type");
    if (strcmp(type, "joined") == 0 || strcmp(type, "resumed") == 0) {
        c->view_count = 0;
        c->is_list_open = true;
        memset(c->carried, 0, sizeof c->carried);
        return;
    }
    if (strcmp(type, "peers") == 0) {
        const json_t *people = json_object_get(root, "peers");
        assert_true(c->is_list_open);
        for (size_t i = 0; i < json_array_size(people); i++)
            see_person(c, json_array_get(people, i));
        c->is_list_open = !json_is_true(json_object_get(root, "complete"));
    } else if (strcmp(type, "peer") == 0) {
        see_person(c, json_object_get(root, "peer"));
    } else if (strcmp(type, "gone") == 0) {
        see_gone(c, text_of(root, "peer"));
    } else if (strcmp(type, "slots") == 0) {
        assert_false(c->is_list_open);
        see_slots(c, json_object_get(root, "slots"));
    } else if (strcmp(type, "error") == 0 && json_is_true(json_object_get(root, "fatal"))) {
        (void)snprintf(c->error, sizeof c->error, "%s", text_of(root, "code"));
    }
}

/* ---- what the workers are told ---- */

static void obey(struct model *m, const struct world_effect *e)
{
    int person = person_of_key(m, e->cmd->peer);
    switch (e->cmd->kind) {
    case IC_CMD_PEER_ADD:
        assert_int_equal(person, -1); /* keys are never used twice */
        return;
    case IC_CMD_PEER_REMOVE:
    case IC_CMD_PEER_MEDIA:
        assert_true(person >= 0 && m->seen_by_worker[person]);
        assert_int_equal(m->persons[person].worker, e->out.worker);
        m->seen_by_worker[person] = e->cmd->kind == IC_CMD_PEER_MEDIA;
        return;
    case IC_CMD_ROOM_KEY_FRAMES:
        assert_int_equal(e->cmd->peer, 0); /* it is about everybody in the room */
        return;
    case IC_CMD_SHUTDOWN:
        fail();
    }
}

/* Everybody hears what the last input made. A text that many get is the same bytes. */
static void hear(struct model *m)
{
    const char *last = NULL;
    json_t *root = NULL;
    for (size_t i = 0; i < m->w->count; i++) {
        const struct world_effect *e = &m->w->effects[i];
        if (e->out.kind == IC_HUB_CMD)
            obey(m, e);
        if (e->out.kind != IC_HUB_SEND)
            continue;
        if (e->out.text != last) {
            json_decref(root);
            root = json_loads(e->text, 0, NULL);
            assert_true(schema_message_fits(m->w->schema, "server", root));
        }
        last = e->out.text;
        see(&m->conns[e->out.conn.value], root);
    }
    json_decref(root);
}

/* ---- checks ---- */

static bool is_visible(const struct mperson *p)
{
    return p->state == TAKEN || p->state == REPLACED;
}

static void check_view(struct model *m, int c, bool is_settled)
{
    struct mconn *conn = &m->conns[c];
    const struct mperson *self = &m->persons[conn->person];
    size_t there = 0;
    assert_false(conn->is_list_open);
    assert_non_null(find_seen(conn, self->peer));
    for (int i = 0; i < PERSONS; i++) {
        const struct mperson *p = &m->persons[i];
        if (!is_visible(p) || p->meeting != self->meeting)
            continue;
        const struct seen *seen = find_seen(conn, p->peer);
        there++;
        if (seen == NULL)
            fail_msg("conn %d does not see person %d", c, i);
        assert_string_equal(seen->name, p->name);
        assert_int_equal(seen->state, state_of(p));
        if (is_settled && p->state == TAKEN) { /* a replaced one has no more news */
            assert_int_equal(seen->microphone, p->microphone);
            assert_int_equal(seen->camera, p->camera);
        }
    }
    assert_int_equal(there, conn->view_count);
}

static void check_slots(const struct model *m, int c)
{
    const struct mconn *conn = &m->conns[c];
    const struct mperson *self = &m->persons[conn->person];
    for (int i = 0; i < 2; i++) {
        int source = person_of_key(m, self->slots[i].source_key);
        const struct mperson *p = source < 0 ? NULL : &m->persons[source];
        bool is_known = p != NULL && is_visible(p) && p->meeting == self->meeting;
        assert_string_equal(conn->carried[i].peer, is_known ? p->peer : "");
        if (is_known)
            assert_int_equal(conn->carried[i].source, self->slots[i].source);
    }
}

static void check_persons(const struct model *m)
{
    uint32_t rooms = 0;
    for (int meeting = 0; meeting < MEETINGS; meeting++) {
        int first = -1;
        for (int i = 0; i < PERSONS; i++) {
            const struct mperson *p = &m->persons[i];
            if (p->state == ABSENT || p->meeting != meeting)
                continue;
            first = first < 0 ? i : first;
            assert_int_equal(p->worker, m->persons[first].worker);
        }
        rooms += first >= 0;
    }
    for (int i = 0; i < PERSONS; i++) {
        const struct mperson *p = &m->persons[i];
        assert_int_equal(m->seen_by_worker[i], p->state != ABSENT && p->is_in_worker);
    }
    struct ic_hub_stats stats;
    ic_hub_stats(m->w->hub, &stats);
    assert_int_equal(stats.peers, members_of(m, -1));
    assert_int_equal(stats.rooms, rooms);
}

static void check(struct model *m, bool is_settled)
{
    uint32_t open = 0;
    for (int c = 0; c < CONNS; c++) {
        const struct mconn *conn = &m->conns[c];
        if (m->w->is_open[c] != (conn->state != CLOSED))
            fail_msg("conn %d is %s", c, m->w->is_open[c] ? "open" : "closed");
        open += conn->state != CLOSED;
        if (conn->state != JOINED)
            continue;
        assert_int_equal(m->persons[conn->person].conn, c);
        assert_int_equal(m->persons[conn->person].state, TAKEN);
        check_view(m, c, is_settled);
        if (is_settled)
            check_slots(m, c);
    }
    check_persons(m);
    struct ic_hub_stats stats;
    ic_hub_stats(m->w->hub, &stats);
    assert_int_equal(stats.clients, open);
}

/* ---- time ---- */

static void expire_in_model(struct model *m)
{
    for (int c = 0; c < CONNS; c++) {
        struct mconn *conn = &m->conns[c];
        bool is_over = conn->state != CLOSED && conn->timeout_us <= m->w->now.us;
        if (is_over && conn->state != JOINED)
            refuse(m, c, conn->state == NEW ? "bad_message" : "busy");
    }
    for (int i = 0; i < PERSONS; i++) {
        struct mperson *p = &m->persons[i];
        if (p->state != TAKEN || p->expire_us > m->w->now.us)
            continue;
        m->losses++;
        if (p->conn >= 0)
            refuse(m, p->conn, "media_lost");
        else
            remove_person(m, i);
    }
}

static void forget_workers(struct model *m)
{
    for (int i = 0; i < PERSONS; i++) {
        if (m->persons[i].state == ABSENT)
            assert_false(m->seen_by_worker[i]);
    }
}

static void pass_time(struct model *m, int64_t ms)
{
    size_t steps = 0;
    world_tick(m->w, ms);
    hear(m);
    while (ic_time_reached(ic_hub_deadline(m->w->hub), m->w->now)) {
        assert_true(steps++ < 100);
        world_tick(m->w, 0);
        hear(m);
    }
    expire_in_model(m);
    forget_workers(m);
}

/* ---- events ---- */

static void event_open(struct model *m)
{
    int c = some_conn(m, CLOSED);
    uint32_t open = 0;
    for (int i = 0; i < CONNS; i++)
        open += m->conns[i].state != CLOSED;
    enum ic_err e = world_open(m->w, (uint64_t)c);
    assert_int_equal(e, open < CLIENTS ? IC_OK : IC_ERR_FULL);
    if (e != IC_OK)
        return;
    memset(&m->conns[c], 0, sizeof m->conns[c]);
    m->conns[c].state = NEW;
    m->conns[c].person = -1;
    m->conns[c].timeout_us = m->w->now.us + IC_WS_JOIN_TIMEOUT_MS * 1000LL;
}

static const char *some_session(struct model *m)
{
    int person = below(m, 4) == 0 ? -1 : some_person(m, TAKEN);
    return person < 0 ? m->stale_session : m->persons[person].session;
}

static void event_join(struct model *m)
{
    int c = some_conn(m, NEW);
    char text[2048];
    if (c < 0)
        return;
    struct mconn *conn = &m->conns[c];
    const char *replaces = below(m, 4) == 0 ? some_session(m) : NULL;
    conn->meeting = below(m, 10) == 0 ? MEETINGS - 1 : (int)below(m, MEETINGS - 1);
    conn->is_malformed = below(m, 20) == 0;
    (void)snprintf(conn->name, sizeof conn->name, "P%u\\\"", below(m, 1000));
    world_join_text(text, sizeof text, conn->is_malformed ? "?" : meetings[conn->meeting],
                    conn->name, replaces);
    conn->name[strlen(conn->name) - 2] = '\"'; /* as it arrives */
    conn->name[strlen(conn->name) - 1] = '\0';
    conn->microphone = true;
    (void)snprintf(conn->replaces, sizeof conn->replaces, "%s", replaces == NULL ? "" : replaces);
    world_say(m->w, (uint64_t)c, text);
    hear(m);
    conn->state = FINDING;
    conn->timeout_us = m->w->now.us + IC_SIGNAL_STORE_MS * 1000LL;
    assert_int_equal(m->w->count, 1);
    conn->request = world_find(m->w, IC_HUB_STORE)->out.store;
}

/* The seat that a session opens, or -1. */
static int person_of_session(const struct model *m, const char *session)
{
    for (int i = 0; i < PERSONS; i++) {
        const struct mperson *p = &m->persons[i];
        if (p->state == TAKEN && strcmp(p->session, session) == 0)
            return i;
    }
    return -1;
}

/* The seat to replace is looked for when the store has answered: it may be gone by then. */
static int person_to_replace(const struct model *m, const struct mconn *conn)
{
    int i = person_of_session(m, conn->replaces);
    return i >= 0 && m->persons[i].meeting == conn->meeting ? i : -1;
}

static void place_in_model(struct model *m, int c, int old)
{
    struct mconn *conn = &m->conns[c];
    int i = free_person(m);
    struct mperson *p = &m->persons[i];
    if (old >= 0) {
        struct mperson *o = &m->persons[old];
        o->shown = state_of(o);
        if (o->conn >= 0)
            shut(m, o->conn, "taken_over");
        o->state = REPLACED;
        o->conn = -1;
        o->is_in_worker = false;
        m->replacements++;
    }
    for (size_t k = 0; k < m->w->count; k++) {
        const struct world_effect *e = &m->w->effects[k];
        if (e->out.kind == IC_HUB_CMD && e->cmd->kind == IC_CMD_PEER_ADD) {
            p->key = e->cmd->peer;
            p->worker = e->out.worker;
            assert_int_equal(e->cmd->microphone, conn->microphone);
            assert_int_equal(e->cmd->camera, conn->camera);
        }
    }
    assert_true(p->key != 0);
    p->state = BEING_PLACED;
    p->meeting = conn->meeting;
    p->conn = c;
    p->replaces = old;
    p->media = IC_SIG_CONNECTING;
    p->microphone = conn->microphone;
    p->camera = conn->camera;
    p->is_in_worker = true;
    p->expire_us = INT64_MAX;
    memcpy(p->name, conn->name, sizeof p->name);
    m->seen_by_worker[i] = true;
    conn->state = PLACING;
    conn->person = i;
    conn->timeout_us = m->w->now.us + IC_SIGNAL_WORKER_MS * 1000LL;
}

static void event_store(struct model *m)
{
    int c = some_conn(m, FINDING);
    if (c < 0)
        return;
    struct mconn *conn = &m->conns[c];
    bool exists = conn->meeting < MEETINGS - 1 && !conn->is_malformed;
    enum ic_err result = exists ? IC_OK : IC_ERR_GONE;
    if (below(m, 20) == 0)
        result = IC_ERR_SYSTEM;
    int old = person_to_replace(m, conn);
    uint32_t spare = old >= 0;
    bool room_full = members_of(m, conn->meeting) - spare >= MEMBERS;
    bool server_full = members_of(m, -1) - spare >= PEERS;
    world_store(m->w, &conn->request, result);
    hear(m);
    if (result == IC_ERR_SYSTEM)
        refuse(m, c, "internal");
    else if (result == IC_ERR_GONE)
        refuse(m, c, "not_found");
    else if (room_full || server_full)
        refuse(m, c, room_full ? "room_full" : "server_full");
    else
        place_in_model(m, c, old);
}

static void event_odd_store(struct model *m)
{
    struct ic_store_request odd = {.kind = below(m, 2) == 0 ? IC_STORE_MEETING_FIND
                                                            : IC_STORE_MEETING_ADD,
                                   .token = ic_prng_u64(&m->prng) >> below(m, 64)};
    for (int c = 0; c < CONNS; c++) {
        if (m->conns[c].state == FINDING && m->conns[c].request.token == odd.token)
            return;
    }
    world_store(m->w, &odd, IC_OK);
    assert_int_equal(m->w->count, 0);
}

static void event_ready(struct model *m)
{
    int i = some_person(m, BEING_PLACED);
    if (i < 0)
        return;
    struct mperson *p = &m->persons[i];
    struct mconn *conn = &m->conns[p->conn];
    bool is_refused = below(m, 10) == 0;
    struct ic_evt evt = world_ready(p->key);
    evt.kind = is_refused ? IC_EVT_PEER_REFUSED : IC_EVT_PEER_READY;
    evt.reason = IC_PEER_REASON_FULL;
    if (is_refused)
        m->seen_by_worker[i] = p->is_in_worker = false;
    world_evt(m->w, p->worker, &evt);
    hear(m);
    if (is_refused) {
        refuse(m, p->conn, "server_full");
        return;
    }
    const char *joined = world_heard(m->w, (uint64_t)p->conn, "{\"type\":\"joined\"");
    assert_non_null(joined);
    world_word(joined, "peer", p->peer, sizeof p->peer);
    world_word(joined, "session", p->session, sizeof p->session);
    p->state = TAKEN;
    conn->state = JOINED;
    conn->timeout_us = INT64_MAX;
    if (p->replaces >= 0)
        remove_person(m, p->replaces);
    p->replaces = -1;
    m->joins++;
}

static void event_media_state(struct model *m)
{
    int i = some_person(m, below(m, 10) == 0 ? REPLACED : TAKEN);
    if (i < 0)
        return;
    struct mperson *p = &m->persons[i];
    bool is_lost = below(m, 6) == 0;
    struct ic_evt evt = {.kind = is_lost ? IC_EVT_PEER_CLOSED : IC_EVT_PEER_CONNECTED,
                         .peer = p->key,
                         .reason = IC_PEER_REASON_CONSENT_LOST};
    uint32_t worker = below(m, 10) == 0 ? p->worker + 1 : p->worker;
    world_evt(m->w, worker, &evt);
    if (worker == p->worker && p->state == TAKEN && p->media != IC_SIG_RECONNECTING) {
        p->media = is_lost ? IC_SIG_RECONNECTING : IC_SIG_CONNECTED;
        int64_t end = m->w->now.us + IC_RECONNECT_GRACE_MS * 1000LL;
        if (is_lost) {
            m->seen_by_worker[i] = p->is_in_worker = false;
            p->expire_us = end < p->expire_us ? end : p->expire_us;
        }
    }
    hear(m);
}

static void event_slot(struct model *m)
{
    int i = some_person(m, TAKEN), source = some_person(m, TAKEN);
    int which = (int)below(m, 2);
    if (i < 0)
        return;
    uint64_t key = below(m, 5) == 0 ? 0 : below(m, 8) == 0 ? m->stale_key : m->persons[source].key;
    struct ic_evt evt = world_slot(m->persons[i].key, mids[which], key,
                                   below(m, 2) == 0 ? IC_SOURCE_CAMERA : IC_SOURCE_MICROPHONE);
    m->persons[i].slots[which].source_key = key;
    m->persons[i].slots[which].source = evt.source;
    world_evt(m->w, m->persons[i].worker, &evt);
    hear(m);
}

static void event_resume(struct model *m)
{
    int c = some_conn(m, NEW);
    char text[128];
    if (c < 0)
        return;
    const char *session = some_session(m);
    int i = person_of_session(m, session);
    (void)snprintf(text, sizeof text, "{\"type\":\"resume\",\"version\":1,\"session\":\"%s\"}",
                   session);
    world_say(m->w, (uint64_t)c, text);
    hear(m);
    if (i < 0) {
        refuse(m, c, "session_unknown");
        return;
    }
    struct mperson *p = &m->persons[i];
    if (p->conn >= 0)
        shut(m, p->conn, "taken_over");
    p->conn = c;
    if (p->media != IC_SIG_RECONNECTING)
        p->expire_us = INT64_MAX;
    m->conns[c].state = JOINED;
    m->conns[c].person = i;
    m->conns[c].timeout_us = INT64_MAX;
    m->resumes++;
}

static void event_media(struct model *m)
{
    int c = (int)below(m, CONNS);
    struct mconn *conn = &m->conns[c];
    bool microphone = below(m, 2) == 0, camera = below(m, 2) == 0;
    char text[128];
    if (conn->state == CLOSED || (conn->state == NEW && below(m, 8) != 0))
        return;
    (void)snprintf(text, sizeof text, "{\"type\":\"media\",\"microphone\":%s,\"camera\":%s}",
                   microphone ? "true" : "false", camera ? "true" : "false");
    world_say(m->w, (uint64_t)c, text);
    hear(m);
    if (conn->state == NEW) {
        refuse(m, c, "bad_message");
        return;
    }
    conn->microphone = microphone;
    conn->camera = camera;
    if (conn->person >= 0) {
        m->persons[conn->person].microphone = microphone;
        m->persons[conn->person].camera = camera;
    }
}

static void event_end(struct model *m)
{
    int c = (int)below(m, CONNS);
    struct mconn *conn = &m->conns[c];
    if (conn->state == CLOSED || (conn->state != JOINED && below(m, 4) != 0))
        return;
    uint32_t how = below(m, 5);
    int person = conn->person;
    bool keeps = how > 2 && conn->state == JOINED;
    bool is_refused = how == 0 || (how == 1 && conn->state == NEW);
    if (how == 0)
        world_say(m->w, (uint64_t)c, "{\"type\":\"ping\",\"id\":-1}");
    else if (how == 1)
        world_say(m->w, (uint64_t)c, "{\"type\":\"leave\"}");
    else
        world_close(m->w, (uint64_t)c, how == 2);
    hear(m);
    if (is_refused) {
        refuse(m, c, "bad_message");
        return;
    }
    shut(m, c, NULL);
    if (keeps) {
        struct mperson *p = &m->persons[person];
        int64_t end = m->w->now.us + IC_RECONNECT_GRACE_MS * 1000LL;
        p->conn = -1;
        p->expire_us = end < p->expire_us ? end : p->expire_us;
    } else if (person >= 0) {
        remove_person(m, person);
    }
}

static void event_noise(struct model *m)
{
    uint8_t bytes[64];
    int c = (int)below(m, CONNS);
    size_t n = below(m, sizeof bytes);
    if (m->conns[c].state == CLOSED || below(m, 20) != 0)
        return;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)below(m, 256);
    ic_hub_on_message(m->w->hub, m->w->now, (struct ic_conn_id){(uint64_t)c}, (char *)bytes, n);
    world_drain(m->w);
    hear(m);
    refuse(m, c, "bad_message");
}

static void event_time(struct model *m)
{
    static const int64_t spans[] = {0, 1, 10, 100, 250, 1000};
    static const int64_t long_spans[] = {5000, 10000, 29999, 30000};
    pass_time(m, below(m, 100) == 0 ? long_spans[below(m, 4)] : spans[below(m, 6)]);
}

static void settle(struct model *m)
{
    pass_time(m, IC_SIGNAL_ROSTER_MS);
    check(m, true);
}

static void one_event(struct model *m)
{
    static void (*const events[])(struct model *) = {
        event_open,  event_open,        event_join,        event_join,  event_join,
        event_store, event_store,       event_store,       event_ready, event_ready,
        event_ready, event_media_state, event_media_state, event_slot,  event_slot,
        event_slot,  event_resume,      event_media,       event_media, event_end,
        event_noise, event_odd_store,   event_time,        event_time,
    };
    events[below(m, sizeof events / sizeof events[0])](m);
}

static void the_hub_agrees_with_the_model(void **state)
{
    (void)state;
    const char *given = getenv("IC_SEED");
    uint64_t seed = given == NULL ? 1 : strtoull(given, NULL, 10);
    struct ic_hub_config config = world_config();
    config.clients_max = CLIENTS;
    config.peers_max = PEERS;
    config.room_members_max = MEMBERS;
    struct model *m = calloc(1, sizeof *m);
    m->w = world_new(&config);
    m->w->is_unchecked = true;
    ic_prng_init(&m->prng, seed);
    memcpy(m->stale_session, MEETING_A, sizeof m->stale_session); /* of nobody */
    for (int i = 0; i < PERSONS; i++)
        m->persons[i].conn = m->persons[i].replaces = -1;
    for (int c = 0; c < CONNS; c++)
        m->conns[c].person = -1;
    print_message("seed %llu (IC_SEED)\n", (unsigned long long)seed);
    for (int i = 0; i < EVENTS; i++) {
        one_event(m);
        check(m, false);
        if (i % 50 == 0)
            settle(m);
    }
    print_message("%zu joins, %zu resumes, %zu replacements, %zu lost, %zu refused\n", m->joins,
                  m->resumes, m->replacements, m->losses, m->refusals);
    assert_true(m->joins > 1000 && m->resumes > 500 && m->replacements > 200 && m->losses > 200);
    world_delete(m->w);
    free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_hub_agrees_with_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
