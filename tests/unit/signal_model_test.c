/* Thousands of random events from clients of all kinds, a whimsical store, whimsical workers and
 * restarts, against what must hold whatever happens. After every event: nobody writes to a closed
 * socket; a worker holds nobody whose leaf is not in the group; a Welcome reaches nobody else.
 * Whenever the store owes no answer: every member has every commit, in order, and all members see
 * the same people, who have leaves. */
#include "unit/signal_world.h"

#define EVENTS    12000
#define CONNS     24
#define PEOPLE    512 /* keys; each join uses new ones */
#define QUEUE     256
#define LEAVES    64
#define KEYS      64
#define MEMBERS   10
#define LOG_NONE  UINT64_MAX
#define NO_PERSON UINT32_MAX

enum stage { CLOSED, NEW, ASKING, WAITING, MEMBER };

struct mconn {
    enum stage stage;
    uint32_t person;
    bool is_placing, is_joined, is_listed, is_catching;
    uint64_t log_size; /* entries heard of; LOG_NONE: none */
    bool sees[LEAVES];
    char peer_of[LEAVES][IC_PEER_TEXT_LEN + 1];
    uint32_t placing_worker;
};

struct mperson {
    struct forge_person mls;
    char session[IC_SESSION_TEXT_LEN + 1];
    uint64_t log_size; /* when its socket went */
    uint64_t key;      /* in a worker; 0: none */
    uint32_t worker;
};

struct model {
    struct world *w;
    struct ic_prng prng;
    struct meeting *m;
    struct ic_hub_config config;
    bool is_running; /* m->group is what the store holds */
    struct mconn conns[CONNS];
    struct mperson people[PEOPLE];
    uint32_t people_count;
    struct world_held queue[QUEUE];
    size_t queue_len;
    size_t commits, begins, welcomes, removals, resumes, restarts, refusals, reloads;
    uint64_t salt;
};

static uint32_t below(struct model *m, uint32_t n)
{
    return ic_prng_below(&m->prng, n);
}

static int some_conn(struct model *m, enum stage stage)
{
    int start = (int)below(m, CONNS);
    for (int i = 0; i < CONNS; i++) {
        int at = (start + i) % CONNS;
        if (m->conns[at].stage == stage)
            return at;
    }
    return -1;
}

static bool leaf_of(const struct model *m, uint32_t person, uint32_t *leaf)
{
    return m->is_running && person != NO_PERSON &&
           ic_mlsgroup_find(&m->m->group, m->people[person].mls.key.public_key, leaf);
}

/* ---- what comes out ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    assert_non_null(text);
    return text;
}

static void see_person(struct mconn *c, const json_t *person)
{
    size_t leaf = (size_t)json_integer_value(json_object_get(person, "leaf"));
    assert_true(leaf < LEAVES);
    c->sees[leaf] = true;
    (void)snprintf(c->peer_of[leaf], sizeof c->peer_of[leaf], "%s", text_of(person, "peer"));
}

static void forget_peer(struct mconn *c, const char *peer)
{
    for (size_t i = 0; i < LEAVES; i++) {
        if (c->sees[i] && strcmp(c->peer_of[i], peer) == 0)
            c->sees[i] = false;
    }
}

static uint64_t log_size(const json_t *root)
{
    return (uint64_t)json_integer_value(json_object_get(json_object_get(root, "log"), "size"));
}

static void hear_of_group(struct model *m, struct mconn *c, const char *type, const json_t *root)
{
    struct mperson *p = c->person == NO_PERSON ? NULL : &m->people[c->person];
    uint32_t leaf;
    if (strcmp(type, "waiting") == 0) {
        assert_true(c->stage == ASKING || c->stage == WAITING);
        c->stage = WAITING;
        (void)snprintf(p->session, sizeof p->session, "%s", text_of(root, "session"));
    } else if (strcmp(type, "created") == 0) {
        c->stage = MEMBER;
        c->log_size = log_size(root);
    } else if (strcmp(type, "welcome") == 0) {
        assert_int_equal(c->stage, WAITING);
        assert_true(leaf_of(m, c->person, &leaf)); /* the group has it */
        c->stage = MEMBER;
        c->log_size = log_size(root) + 1;
        m->welcomes++;
    } else if (strcmp(type, "commit") == 0) {
        assert_int_equal(c->stage, MEMBER);
        assert_true(log_size(root) == c->log_size + 1); /* in order, none missing */
        c->log_size++;
    } else if (strcmp(type, "resumed") == 0) {
        c->stage = MEMBER;
        c->is_catching = true;
        c->is_joined = json_is_true(json_object_get(root, "is_in_worker"));
        m->resumes++;
    }
}

static void hear_of_people(struct mconn *c, const char *type, const json_t *root)
{
    if (strcmp(type, "joined") == 0) {
        assert_int_equal(c->stage, MEMBER);
        c->is_placing = false;
        c->is_joined = true;
        memset(c->sees, 0, sizeof c->sees);
    } else if (strcmp(type, "peers") == 0) {
        const json_t *people = json_object_get(root, "peers");
        memset(c->sees, 0, sizeof c->sees); /* never more than fit into one */
        for (size_t i = 0; i < json_array_size(people); i++)
            see_person(c, json_array_get(people, i));
        c->is_listed = true;
        c->is_catching = false;
    } else if (strcmp(type, "peer") == 0) {
        assert_true(c->is_listed);
        see_person(c, json_object_get(root, "peer"));
    } else if (strcmp(type, "gone") == 0) {
        forget_peer(c, text_of(root, "peer"));
    }
}

static void obey(struct model *m, const struct world_effect *e)
{
    uint64_t key = e->cmd->peer;
    struct mperson *owner = NULL;
    for (uint32_t i = 0; i < m->people_count && key != 0; i++) {
        if (m->people[i].key == key)
            owner = &m->people[i];
    }
    if (e->cmd->kind == IC_CMD_PEER_REMOVE) {
        assert_non_null(owner);
        assert_int_equal(owner->worker, e->out.worker);
        owner->key = 0;
        m->removals++;
    } else if (e->cmd->kind == IC_CMD_PEER_MEDIA) {
        assert_non_null(owner);
    } else if (e->cmd->kind == IC_CMD_PEER_ADD) {
        assert_null(owner); /* keys are never used twice */
    }
}

static void enqueue(struct model *m, const struct world_effect *e)
{
    struct world_held *held = &m->queue[m->queue_len++];
    assert_true(m->queue_len < QUEUE);
    held->request = e->out.store;
    held->bytes = world_copy(e->bytes, e->out.store.parts_len);
    held->request.parts = held->bytes;
}

/* Everybody hears what the last input made. */
static void hear(struct model *m)
{
    for (size_t i = 0; i < m->w->count; i++) {
        const struct world_effect *e = &m->w->effects[i];
        if (e->out.kind == IC_HUB_CMD)
            obey(m, e);
        if (e->out.kind == IC_HUB_STORE)
            enqueue(m, e);
        if (e->out.kind == IC_HUB_CLOSE)
            m->conns[e->out.conn.value].stage = CLOSED;
        if (e->out.kind != IC_HUB_SEND)
            continue;
        json_t *root = json_loads(e->text, 0, NULL);
        struct mconn *c = &m->conns[e->out.conn.value];
        const char *type = text_of(root, "type");
        hear_of_group(m, c, type, root);
        hear_of_people(c, type, root);
        m->refusals += strcmp(type, "refused") == 0;
        json_decref(root);
    }
    world_clear(m->w); /* heard once */
}

/* ---- the store ---- */

static void step_mirror(struct model *m, const struct ic_store_request *r)
{
    struct ic_store_part part = ic_store_part_find(r->parts, r->parts_len, IC_STORE_COMMIT);
    static struct forge_bytes commit;
    memcpy(commit.at, part.bytes, part.len);
    commit.len = part.len;
    enum ic_mlsgroup_fault fault;
    if (r->kind == IC_STORE_GROUP_BEGIN) {
        assert_int_equal(ic_mlsgroup_create(&m->m->group, m->m->id, commit.at, commit.len, &fault),
                         IC_OK);
        m->is_running = true;
        m->begins++;
    } else {
        forge_step_on(&m->m->group, &commit, FORGE_DATE);
        m->commits++;
    }
}

/* Answers come in the order of the requests. */
static void answer_next(struct model *m)
{
    struct world_held held = m->queue[0];
    memmove(&m->queue[0], &m->queue[1], --m->queue_len * sizeof m->queue[0]);
    bool is_write =
        held.request.kind == IC_STORE_GROUP_BEGIN || held.request.kind == IC_STORE_GROUP_COMMIT;
    bool fails = below(m, 12) == 0;
    struct ic_store_reply reply = {.kind = held.request.kind,
                                   .token = held.request.token,
                                   .n = held.request.n,
                                   .result = below(m, 2) == 0 ? IC_ERR_SYSTEM : IC_ERR_FULL};
    memcpy(reply.meeting, held.request.meeting, sizeof reply.meeting);
    if (held.request.kind == IC_STORE_GROUP_END)
        m->is_running = false; /* for everybody; what the disk says comes to the same */
    if (!fails) {
        reply = store_run(&m->w->store, &held.request);
        assert_true(reply.result == IC_OK || !is_write);
        if (is_write)
            step_mirror(m, &held.request);
    }
    world_clear(m->w);
    ic_hub_on_store(m->w->hub, m->w->now, &reply);
    world_poll(m->w);
    hear(m);
    free(held.bytes);
}

/* ---- checks ---- */

static void check_workers(const struct model *m)
{
    for (uint32_t i = 0; i < m->people_count; i++) {
        uint32_t leaf;
        if (m->people[i].key != 0 && !leaf_of(m, i, &leaf))
            fail_msg("person %u has media and no leaf", i);
    }
}

static void check_sockets(const struct model *m)
{
    uint32_t open = 0;
    for (int c = 0; c < CONNS; c++) {
        if (m->w->is_open[c] != (m->conns[c].stage != CLOSED))
            fail_msg("conn %d is %s", c, m->w->is_open[c] ? "open" : "closed");
        open += m->conns[c].stage != CLOSED;
    }
    struct ic_hub_stats stats;
    ic_hub_stats(m->w->hub, &stats);
    assert_int_equal(stats.clients, open);
}

/* Nothing is on its way. */
static void check_settled(const struct model *m)
{
    const struct mconn *first = NULL;
    uint32_t leaf;
    for (int i = 0; i < CONNS; i++) {
        const struct mconn *c = &m->conns[i];
        if (c->stage != MEMBER)
            continue;
        assert_true(m->is_running && !c->is_catching);
        assert_true(leaf_of(m, c->person, &leaf));
        assert_true(c->log_size == m->m->group.epoch + 1);
        if (!c->is_listed)
            continue;
        assert_true(c->sees[leaf]);
        for (uint32_t k = 0; k < LEAVES; k++) {
            if (c->sees[k] && !ic_mlstree_has_leaf(&m->m->group.tree, k))
                fail_msg("conn %d sees leaf %u, which is nobody's", i, k);
            if (first != NULL && (c->sees[k] != first->sees[k] ||
                                  (c->sees[k] && strcmp(c->peer_of[k], first->peer_of[k]) != 0)))
                fail_msg("conn %d sees others than conn %d at leaf %u", i, (int)(first - m->conns),
                         k);
        }
        first = c;
    }
}

/* ---- events ---- */

static void pass_time(struct model *m, int64_t ms)
{
    m->w->now = ic_time_add(m->w->now, IC_MS(ms));
    for (int i = 0; i < 1000 && ic_time_reached(ic_hub_deadline(m->w->hub), m->w->now); i++) {
        world_clear(m->w);
        ic_hub_tick(m->w->hub, m->w->now);
        world_poll(m->w);
        hear(m);
    }
}

static void settle(struct model *m)
{
    while (m->queue_len > 0)
        answer_next(m);
    pass_time(m, 0);
    while (m->queue_len > 0)
        answer_next(m);
    pass_time(m, IC_SIGNAL_ROSTER_MS);
    if (m->queue_len == 0)
        check_settled(m);
}

static void say(struct model *m, int c, const char *text)
{
    world_say(m->w, (uint64_t)c, text);
    hear(m);
}

static void open_conn(struct model *m, int c)
{
    memset(&m->conns[c], 0, sizeof m->conns[c]);
    m->conns[c].stage = NEW;
    m->conns[c].person = NO_PERSON;
    m->conns[c].log_size = LOG_NONE;
    assert_int_equal(world_open(m->w, (uint64_t)c), IC_OK);
    hear(m);
}

/* Somebody who came not long ago. */
static uint32_t some_person(struct model *m)
{
    return m->people_count - 1 - below(m, m->people_count < 30 ? m->people_count : 30);
}

/* Of somebody who was here, or of nobody. */
static const char *some_session(struct model *m)
{
    const char *session = m->people_count == 0 ? "" : m->people[some_person(m)].session;
    return session[0] == '\0' ? MEETING_B : session;
}

static void event_knock(struct model *m)
{
    static char text[WORLD_TEXT];
    int c = some_conn(m, CLOSED);
    if (c < 0 || m->people_count == PEOPLE)
        return;
    struct knocking k = {.replaces = below(m, 2) == 0 ? some_session(m) : NULL,
                         .with_authority = below(m, 3) == 0,
                         .with_note = below(m, 4) == 0};
    uint32_t n = m->people_count++;
    forge_person_init(&m->people[n].mls, n, FORGE_DATE);
    struct person p = {.mls = m->people[n].mls};
    m->reloads += k.replaces != NULL;
    world_knock_text(text, m->m, &p, k);
    open_conn(m, c);
    m->conns[c].stage = ASKING;
    m->conns[c].person = n;
    say(m, c, text);
}

static void event_create(struct model *m)
{
    static struct meeting draft;
    static struct forge_bytes info;
    static char text[WORLD_TEXT];
    int c = some_conn(m, WAITING);
    if (c < 0)
        return;
    draft = *m->m;
    forge_begin(&draft.group, draft.id, draft.policy, draft.policy_len,
                &m->people[m->conns[c].person].mls, &info);
    size_t n = world_add_bytes(text, (size_t)sprintf(text, "{\"type\":\"create\""), "group_info",
                               info.at, info.len);
    (void)strcpy(text + n, "}");
    say(m, c, text);
}

/* A commit of a member that sounds all right to it: those who wait are added, some are removed. */
static void event_commit(struct model *m)
{
    static struct forge_bytes commit;
    const struct forge_person *added[CONNS];
    uint32_t removed[LEAVES];
    uint8_t authority[IC_AUTHORITY_LEN];
    int by = some_conn(m, MEMBER);
    struct forge_commit c = {.added = added, .removed = removed, .salt = m->salt++};
    if (by < 0 || !leaf_of(m, m->conns[by].person, &c.committer))
        return;
    c.person = &m->people[m->conns[by].person].mls;
    for (int i = 0; i < CONNS; i++) {
        if (m->conns[i].stage == WAITING && below(m, 3) > 0)
            added[c.added_count++] = &m->people[m->conns[i].person].mls;
    }
    for (uint32_t leaf = 0; leaf < m->m->group.tree.leaf_count; leaf++) {
        if (leaf != c.committer && ic_mlstree_has_leaf(&m->m->group.tree, leaf) && below(m, 4) == 0)
            removed[c.removed_count++] = leaf;
    }
    forge_authority(m->m->id, c.person, authority);
    if (below(m, 2) == 0)
        c.authority = authority;
    if (m->m->group.tree.leaf_count + c.added_count > LEAVES / 2)
        c.added_count = 0;
    c.is_without_path = below(m, 20) == 0;
    forge_commit(&m->m->group, &c, &commit);
    world_say_commit(m->w, (uint64_t)by, &c, &commit);
    hear(m);
}

static void event_decline(struct model *m)
{
    char text[128];
    int by = some_conn(m, MEMBER);
    if (by < 0)
        return;
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"decline\",\"knock\":\"%s\",\"reason\":\"declined\"}", MEETING_B);
    say(m, by, text);
}

static void event_ready(struct model *m)
{
    char text[64];
    int c = some_conn(m, MEMBER);
    if (c < 0 || !m->is_running)
        return;
    (void)snprintf(text, sizeof text, "{\"type\":\"ready\",\"epoch\":%u}",
                   (unsigned)m->m->group.epoch + below(m, 2));
    say(m, c, text);
}

static void event_join(struct model *m)
{
    char text[2048];
    int c = some_conn(m, MEMBER);
    if (c < 0 || m->conns[c].is_placing)
        return;
    struct mperson *p = &m->people[m->conns[c].person];
    world_join_text(text, sizeof text, below(m, 2) == 0 ? CODEC_VP8 : CODEC_VP9 "," CODEC_VP8);
    world_say(m->w, (uint64_t)c, text);
    uint64_t key = 0;
    for (size_t i = 0; i < m->w->count; i++) {
        const struct world_effect *e = &m->w->effects[i];
        if (e->out.kind == IC_HUB_CMD && e->cmd->kind == IC_CMD_PEER_ADD) {
            key = e->cmd->peer;
            p->worker = e->out.worker;
        }
    }
    assert_true(key != 0);
    hear(m);
    assert_true(p->key == 0); /* the old one was removed first */
    p->key = key;
    m->conns[c].is_placing = true;
}

static void event_worker(struct model *m)
{
    if (m->people_count == 0)
        return;
    uint32_t i = some_person(m);
    struct mperson *p = &m->people[i];
    if (p->key == 0)
        return;
    struct ic_evt evt = world_ready(p->key);
    static const enum ic_evt_kind kinds[] = {IC_EVT_PEER_READY, IC_EVT_PEER_READY,
                                             IC_EVT_PEER_CONNECTED, IC_EVT_PEER_CLOSED,
                                             IC_EVT_PEER_REFUSED};
    evt.kind = kinds[below(m, 5)];
    bool is_placing = false;
    for (int c = 0; c < CONNS; c++)
        is_placing = is_placing || (m->conns[c].person == i && m->conns[c].stage == MEMBER &&
                                    m->conns[c].is_placing);
    if (evt.kind == IC_EVT_PEER_REFUSED && !is_placing)
        return; /* a worker refuses only what it has not got */
    bool is_lost = evt.kind == IC_EVT_PEER_CLOSED && !is_placing;
    uint64_t key = p->key;
    if (is_lost)
        p->key = 0;
    ic_hub_on_evt(m->w->hub, m->w->now, &evt);
    world_clear(m->w);
    world_poll(m->w);
    hear(m);
    assert_true(!is_lost || key != 0);
}

static void event_end(struct model *m)
{
    int c = (int)below(m, CONNS);
    struct mconn *conn = &m->conns[c];
    if (conn->stage == CLOSED)
        return;
    if (conn->person != NO_PERSON)
        m->people[conn->person].log_size = conn->log_size;
    if (below(m, 3) == 0 && conn->stage != NEW) {
        say(m, c, below(m, 3) == 0 ? "{\"type\":\"nonsense\"}" : "{\"type\":\"leave\"}");
        return;
    }
    conn->stage = CLOSED;
    world_close(m->w, (uint64_t)c, (enum ic_hub_end)below(m, 3));
    hear(m);
}

static void event_resume(struct model *m)
{
    int c = some_conn(m, CLOSED);
    if (c < 0 || m->people_count == 0)
        return;
    uint32_t i = some_person(m);
    struct mperson *p = &m->people[i];
    if (p->session[0] == '\0' || p->log_size == LOG_NONE)
        return;
    for (int k = 0; k < CONNS; k++) { /* its present socket knows more */
        if (m->conns[k].stage != CLOSED && m->conns[k].person == i)
            return;
    }
    open_conn(m, c);
    m->conns[c].stage = ASKING;
    m->conns[c].person = i;
    m->conns[c].log_size = p->log_size;
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"resume\",\"version\":2,\"meeting\":\"%s\",\"session\":\"%s\","
                   "\"log_size\":%llu}",
                   m->m->name, p->session, (unsigned long long)p->log_size);
    say(m, c, text);
}

/* What was asked of the store and not answered is lost; half of it was done before. */
static void event_restart(struct model *m)
{
    for (size_t i = 0; i < m->queue_len; i++) {
        const struct ic_store_request *r = &m->queue[i].request;
        bool is_write = r->kind == IC_STORE_GROUP_BEGIN || r->kind == IC_STORE_GROUP_COMMIT;
        if (i < m->queue_len / 2 && store_run(&m->w->store, r).result == IC_OK && is_write)
            step_mirror(m, r);
        if (i < m->queue_len / 2 && r->kind == IC_STORE_GROUP_END)
            m->is_running = false;
        free(m->queue[i].bytes);
    }
    m->queue_len = 0;
    m->is_running = m->w->store.meetings[0]->has_group;
    if (m->is_running)
        assert_int_equal(ic_mlsgroup_load(&m->m->group, m->w->store.meetings[0]->state.at,
                                          m->w->store.meetings[0]->state.len),
                         IC_OK);
    for (int c = 0; c < CONNS; c++) {
        if (m->conns[c].person != NO_PERSON && m->conns[c].stage == MEMBER)
            m->people[m->conns[c].person].log_size = m->conns[c].log_size;
        m->conns[c].stage = CLOSED;
    }
    for (uint32_t i = 0; i < m->people_count; i++)
        m->people[i].key = 0;
    world_restart(m->w, &m->config);
    m->restarts++;
}

static void event(struct model *m)
{
    static const struct {
        unsigned weight;
        void (*run)(struct model *m);
    } events[] = {{10, event_knock},  {3, event_create}, {12, event_commit},
                  {1, event_decline}, {6, event_ready},  {6, event_join},
                  {16, event_worker}, {7, event_end},    {8, event_resume}};
    unsigned total = 0, at;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        total += events[i].weight;
    at = below(m, total);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (at < events[i].weight) {
            events[i].run(m);
            return;
        }
        at -= events[i].weight;
    }
}

/* People are used up: new ones take the places of those who are in no group and on no socket. */
static void renew_people(struct model *m)
{
    settle(m);
    for (int c = 0; c < CONNS; c++) {
        if (m->conns[c].stage == CLOSED)
            continue;
        m->conns[c].stage = CLOSED;
        world_close(m->w, (uint64_t)c, IC_HUB_LEFT);
        hear(m);
    }
    settle(m);
    pass_time(m, IC_RECONNECT_GRACE_MS);
    settle(m);
    for (uint32_t i = 0; i < m->people_count; i++)
        forge_person_deinit(&m->people[i].mls);
    memset(m->people, 0, sizeof m->people);
    m->people_count = 0;
}

static void run(enum forge_kind kind, uint64_t seed)
{
    struct model *m = calloc(1, sizeof *m);
    ic_prng_init(&m->prng, seed);
    m->config = world_config();
    m->config.clients_max = CONNS;
    m->config.peers_max = MEMBERS;
    m->config.rooms_max = 2;
    m->w = world_new(&m->config);
    m->w->holds_store = true;
    m->m = world_meeting(m->w, MEETING_A, kind);
    for (int i = 0; i < EVENTS; i++) {
        event(m);
        while (m->queue_len > 0 && below(m, 3) > 0)
            answer_next(m);
        if (below(m, 8) == 0)
            pass_time(m, (int64_t)below(m, 2000));
        if (below(m, 900) == 0)
            event_restart(m);
        if (below(m, 20) == 0)
            settle(m);
        if (m->people_count == PEOPLE)
            renew_people(m);
        check_workers(m);
        check_sockets(m);
    }
    print_message("%zu commits, %zu groups, %zu welcomes, %zu ends of media, %zu resumes, "
                  "%zu restarts, %zu refusals\n",
                  m->commits, m->begins, m->welcomes, m->removals, m->resumes, m->restarts,
                  m->refusals);
    assert_true(m->commits > 60 && m->begins > 5 && m->welcomes > 100 && m->removals > 50 &&
                m->resumes > 5 && m->restarts > 3 && m->refusals > 100);
    while (m->queue_len > 0)
        free(m->queue[--m->queue_len].bytes);
    for (uint32_t i = 0; i < m->people_count; i++)
        forge_person_deinit(&m->people[i].mls);
    world_delete(m->w);
    free(m->m);
    free(m);
}

static void an_open_meeting_holds_together(void **state)
{
    (void)state;
    run(FORGE_OPEN, 11);
}

static void a_meeting_with_a_lobby_holds_together(void **state)
{
    (void)state;
    run(FORGE_LOBBY, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_meeting_holds_together),
        cmocka_unit_test(a_meeting_with_a_lobby_holds_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
