/* A hub with everything around it played by the test: sockets, store, workers, clock. Every text
 * that goes out is held against the published schema; nothing may go to a socket that is closed. */
#ifndef IC_TEST_SIGNAL_WORLD_H
#define IC_TEST_SIGNAL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "signal/hub.h"
#include "signal/message_write.h"
#include "support/mls_forge.h"
#include "unit/signal_schema.h"
#include "unit/signal_store.h"

#define WORLD_CONNS 2048

struct world_effect {
    struct ic_hub_out out;
    char *text;         /* SEND: a copy, terminated */
    uint8_t *bytes;     /* STORE, BLOB: a copy of the parts, of the bytes */
    struct ic_cmd *cmd; /* CMD: a copy */
};

struct world {
    struct ic_hub *hub;
    struct ic_time now;
    struct ic_prng prng;
    struct ic_ed25519 log_private;
    struct ic_note_key log_key;
    struct ic_wall_answer wall[3]; /* by purpose; the node may carry everything, unless it is set */
    uint32_t wall_people;          /* who were there when it was asked last */
    struct store store;
    bool holds_store;  /* what is asked waits for world_answer */
    bool is_unchecked; /* the test holds the texts against the schema itself */
    json_t *schema;
    bool is_open[WORLD_CONNS];
    struct ic_ed25519 keys[WORLD_CONNS]; /* of all people, freed at the end */
    size_t key_count;
    struct world_effect *effects; /* of the last input */
    size_t count, effects_len;
};

static inline void world_entropy(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

static inline struct ic_hub_config world_config(void)
{
    return (struct ic_hub_config){.clients_max = 600,
                                  .peers_max = 400,
                                  .rooms_max = 50,
                                  .room_members_max = IC_ROOM_MEMBERS_MAX,
                                  .worker_count = 2};
}

static inline struct ic_wall_answer world_wall(void *context, struct ic_time now,
                                               const struct ic_wall_question *question)
{
    struct world *w = context;
    assert_true(now.us == w->now.us && question->policy != NULL && question->policy_len > 0);
    if (question->purpose == IC_WALL_NEW)
        w->wall_people = question->people;
    return w->wall[question->purpose];
}

static inline void world_start_hub(struct world *w, const struct ic_hub_config *config)
{
    struct ic_hub_config c = *config;
    c.entropy = (struct ic_entropy){.fill = world_entropy, .context = &w->prng};
    c.log_key = &w->log_key;
    c.log_private = &w->log_private;
    c.wall = (struct ic_wall){.ask = world_wall, .context = w};
    w->hub = ic_hub_create(&c, w->now);
    assert_non_null(w->hub);
    ic_hub_set_date(w->hub, FORGE_DATE);
}

/* schema: shared by many worlds, or NULL to load it. */
static inline struct world *world_new_with(const struct ic_hub_config *config, json_t *schema)
{
    static const uint8_t seed[32] = {1, 2, 3};
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    ic_prng_init(&w->prng, 7);
    w->now = (struct ic_time){1000000};
    assert_int_equal(ic_ed25519_init(&w->log_private, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&w->log_key, "localhost", 9, w->log_private.public_key),
                     IC_OK);
    world_start_hub(w, config);
    w->schema = schema == NULL ? schema_load() : json_incref(schema);
    assert_non_null(w->schema);
    return w;
}

static inline struct world *world_new(const struct ic_hub_config *config)
{
    return world_new_with(config, NULL);
}

static inline void world_clear(struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->effects[i].text);
        free(w->effects[i].bytes);
        free(w->effects[i].cmd);
    }
    w->count = 0;
}

static inline void world_delete(struct world *w)
{
    world_clear(w);
    free(w->effects);
    ic_hub_destroy(w->hub);
    ic_ed25519_deinit(&w->log_private);
    for (size_t i = 0; i < w->key_count; i++)
        ic_ed25519_deinit(&w->keys[i]);
    store_deinit(&w->store);
    json_decref(w->schema);
    free(w);
}

/* The server is started again: the store is all that is left. */
static inline void world_restart(struct world *w, const struct ic_hub_config *config)
{
    ic_hub_destroy(w->hub);
    memset(w->is_open, 0, sizeof w->is_open);
    world_start_hub(w, config);
}

static inline void world_check_text(struct world *w, const struct ic_hub_out *out)
{
    json_t *root = json_loadb(out->text, out->text_len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL || out->text_len > IC_WS_MESSAGE_MAX ||
        !schema_message_fits(w->schema, "server", root))
        fail_msg("not a message: %.*s", (int)out->text_len, out->text);
    json_decref(root);
}

static inline uint8_t *world_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

static inline void world_take(struct world *w, const struct ic_hub_out *out)
{
    if (w->count == w->effects_len) {
        w->effects_len = w->effects_len == 0 ? 64 : 2 * w->effects_len;
        w->effects = realloc(w->effects, w->effects_len * sizeof *w->effects);
        assert_non_null(w->effects);
    }
    struct world_effect *e = &w->effects[w->count++];
    *e = (struct world_effect){.out = *out};
    bool is_socket = out->kind == IC_HUB_SEND || out->kind == IC_HUB_CLOSE;
    if (is_socket && (out->conn.value >= WORLD_CONNS || !w->is_open[out->conn.value]))
        fail_msg("effect %d on socket %llu, which is not open", (int)out->kind,
                 (unsigned long long)out->conn.value);
    if (out->kind == IC_HUB_SEND) {
        bool is_same = w->count > 1 && e[-1].out.text == out->text; /* one text for many */
        if (!w->is_unchecked && !is_same)
            world_check_text(w, out);
        e->text = calloc(1, out->text_len + 1);
        memcpy(e->text, out->text, out->text_len);
    }
    if (out->kind == IC_HUB_CLOSE)
        w->is_open[out->conn.value] = false;
    if (out->kind == IC_HUB_CMD) {
        e->cmd = malloc(sizeof *e->cmd);
        *e->cmd = *out->cmd;
    }
    if (out->kind == IC_HUB_BLOB)
        e->bytes = world_copy(out->blob, out->blob_len);
    if (out->kind == IC_HUB_STORE) {
        e->bytes = world_copy(out->store.parts, out->store.parts_len);
        e->out.store.parts = e->bytes;
    }
}

static inline void world_poll(struct world *w)
{
    struct ic_hub_out out;
    while (ic_hub_poll(w->hub, &out))
        world_take(w, &out);
}

/* The store does what it is asked, and so on until nothing is left to do. */
static inline void world_serve(struct world *w, size_t from)
{
    for (size_t i = from; i < w->count; i++) {
        if (w->effects[i].out.kind != IC_HUB_STORE)
            continue;
        struct ic_store_reply reply = store_run(&w->store, &w->effects[i].out.store);
        ic_hub_on_store(w->hub, w->now, &reply);
        world_poll(w);
    }
}

/* Polls whatever the last call made; the effects of it alone are kept. */
static inline void world_drain(struct world *w)
{
    world_clear(w);
    world_poll(w);
    if (!w->holds_store)
        world_serve(w, 0);
}

/* ---- inputs ---- */

static inline enum ic_err world_open(struct world *w, uint64_t conn)
{
    enum ic_err e = ic_hub_on_open(w->hub, w->now, (struct ic_conn_id){conn});
    w->is_open[conn] = e == IC_OK;
    world_drain(w);
    return e;
}

static inline void world_say(struct world *w, uint64_t conn, const char *text)
{
    ic_hub_on_message(w->hub, w->now, (struct ic_conn_id){conn}, text, strlen(text));
    world_drain(w);
}

static inline void world_close(struct world *w, uint64_t conn, enum ic_hub_end end)
{
    w->is_open[conn] = false;
    ic_hub_on_close(w->hub, w->now, (struct ic_conn_id){conn}, end);
    world_drain(w);
}

/* The store's answer to a request that was held, with another result than its own if that is not
 * IC_OK. The request is one of the effects of an earlier input, kept by world_hold. */
struct world_held {
    struct ic_store_request request;
    uint8_t *bytes;
};

static inline struct world_held world_hold(const struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->effects[i].out.kind != IC_HUB_STORE)
            continue;
        struct world_held held = {.request = w->effects[i].out.store};
        held.bytes = world_copy(held.request.parts, held.request.parts_len);
        held.request.parts = held.bytes;
        return held;
    }
    fail_msg("the store was not asked");
    return (struct world_held){.bytes = NULL};
}

static inline void world_answer(struct world *w, struct world_held *held, enum ic_err result)
{
    struct ic_store_reply reply = {.kind = held->request.kind,
                                   .token = held->request.token,
                                   .n = held->request.n,
                                   .result = result};
    memcpy(reply.meeting, held->request.meeting, sizeof reply.meeting);
    if (result == IC_OK)
        reply = store_run(&w->store, &held->request);
    ic_hub_on_store(w->hub, w->now, &reply);
    world_drain(w);
    free(held->bytes);
    held->bytes = NULL;
}

static inline void world_evt(struct world *w, const struct ic_evt *evt)
{
    ic_hub_on_evt(w->hub, w->now, evt);
    world_drain(w);
}

/* The clock moves on and the loop ticks, once, as the shell does. */
static inline void world_tick(struct world *w, int64_t ms)
{
    w->now = ic_time_add(w->now, IC_MS(ms));
    ic_hub_tick(w->hub, w->now);
    world_drain(w);
}

/* Ticks until nothing is due; the effects of all of them are kept. */
static inline void world_settle(struct world *w, int64_t ms)
{
    w->now = ic_time_add(w->now, IC_MS(ms));
    world_clear(w);
    for (int i = 0; i < 1000 && ic_time_reached(ic_hub_deadline(w->hub), w->now); i++) {
        size_t from = w->count;
        ic_hub_tick(w->hub, w->now);
        world_poll(w);
        if (!w->holds_store)
            world_serve(w, from);
    }
    assert_false(ic_time_reached(ic_hub_deadline(w->hub), w->now));
}

/* ---- what came out ---- */

static inline const struct world_effect *world_find(const struct world *w,
                                                    enum ic_hub_out_kind kind)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->effects[i].out.kind == kind)
            return &w->effects[i];
    }
    return NULL;
}

static inline size_t world_count(const struct world *w, enum ic_hub_out_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        n += w->effects[i].out.kind == kind;
    return n;
}

/* The first text to conn that holds all of part; NULL when there is none. */
static inline const char *world_heard(const struct world *w, uint64_t conn, const char *part)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        if (e->out.kind == IC_HUB_SEND && e->out.conn.value == conn &&
            strstr(e->text, part) != NULL)
            return e->text;
    }
    return NULL;
}

static inline const struct world_effect *world_closed(const struct world *w, uint64_t conn)
{
    for (size_t i = 0; i < w->count; i++) {
        if (w->effects[i].out.kind == IC_HUB_CLOSE && w->effects[i].out.conn.value == conn)
            return &w->effects[i];
    }
    return NULL;
}

/* Exactly: this fatal error, this close code, in this order. */
static inline void world_expect_error(const struct world *w, uint64_t conn, const char *code,
                                      uint16_t close_code)
{
    char part[96];
    (void)snprintf(part, sizeof part, "{\"type\":\"error\",\"code\":\"%s\",\"fatal\":true}", code);
    const struct world_effect *close = world_closed(w, conn);
    if (world_heard(w, conn, part) == NULL || close == NULL)
        fail_msg("no %s for %llu", code, (unsigned long long)conn);
    assert_int_equal(close->out.close_code, close_code);
}

/* No room for one more person: the words of the region, and that it is worth trying again. */
static inline void world_expect_no_room(const struct world *w, uint64_t conn)
{
    const char *text = world_heard(w, conn,
                                   "{\"type\":\"error\",\"code\":\"node_refused\",\"fatal\":true,"
                                   "\"reason\":\"no_capacity_in_region\",\"countries\":[\"");
    const struct world_effect *close = world_closed(w, conn);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"],\"retry_after\":5}"));
    assert_non_null(close);
    assert_int_equal(close->out.close_code, 1013);
}

/* The text behind "key":" in a message. */
static inline void world_word(const char *text, const char *key, char *out, size_t cap)
{
    char part[64];
    (void)snprintf(part, sizeof part, "\"%s\":\"", key);
    const char *from = strstr(text, part);
    assert_non_null(from);
    from += strlen(part);
    size_t n = strcspn(from, "\"");
    assert_true(n < cap);
    memcpy(out, from, n);
    out[n] = '\0';
}

/* ---- meetings ---- */

#define MEETING_A "AAECAwQFBgcICQoLDA0ODw"
#define MEETING_B "BAECAwQFBgcICQoLDA0ODw"

/* A meeting as a test knows it: its policy, and the group as its members see it. */
struct meeting {
    const char *name;
    bool is_hosted;
    uint8_t id[16];
    uint8_t policy[IC_POLICY_BYTES_MAX];
    size_t policy_len;
    struct ic_mlsgroup group;
    uint64_t log_size;
};

static inline struct meeting *world_meeting(struct world *w, const char *name, enum forge_kind kind)
{
    struct meeting *m = calloc(1, sizeof *m);
    m->name = name;
    m->is_hosted = kind != FORGE_OPEN;
    assert_int_equal(ic_base64url_decode(name, strlen(name), m->id, sizeof m->id), IC_OK);
    m->policy_len = forge_policy(m->id, kind, m->policy);
    assert_int_equal(store_add(&w->store, m->id, m->policy, m->policy_len), IC_OK);
    return m;
}

/* ---- people ---- */

struct person {
    uint64_t conn, key;
    uint32_t worker, leaf;
    struct forge_person mls;
    char peer[IC_PEER_TEXT_LEN + 1];
    char session[IC_SESSION_TEXT_LEN + 1];
    char knock[IC_BASE64URL_LEN(IC_KNOCK_ID_LEN) + 1];
};

/* "key":"<bytes in base64url>" behind a text; returns the new length. */
static inline size_t world_add_bytes(char *text, size_t len, const char *key, const uint8_t *bytes,
                                     size_t n)
{
    len += (size_t)sprintf(text + len, ",\"%s\":\"", key);
    ic_base64url_encode(bytes, n, text + len);
    len += IC_BASE64URL_LEN(n);
    text[len++] = '"';
    text[len] = '\0';
    return len;
}

#define WORLD_TEXT (IC_WS_MESSAGE_MAX + 4096)

struct knocking {
    const char *replaces; /* session, or NULL */
    bool with_authority, with_note;
    const struct person *identity_of; /* comes with the sealed identity of somebody else */
};

static inline void world_knock_text(char *text, const struct meeting *m, const struct person *p,
                                    struct knocking k)
{
    uint8_t authority[IC_AUTHORITY_LEN];
    size_t n =
        (size_t)sprintf(text, "{\"type\":\"knock\",\"version\":2,\"meeting\":\"%s\"", m->name);
    n = world_add_bytes(text, n, "key_package", p->mls.package, p->mls.package_len);
    n = world_add_bytes(text, n, "identity", p->mls.identity, sizeof p->mls.identity);
    if (k.with_authority) {
        forge_authority(m->id, &p->mls, authority);
        n = world_add_bytes(text, n, "authority", authority, sizeof authority);
    }
    if (k.with_note)
        n = world_add_bytes(text, n, "note", (const uint8_t *)"a note", 6);
    if (k.replaces != NULL)
        n += (size_t)sprintf(text + n, ",\"replaces\":\"%s\"", k.replaces);
    (void)strcpy(text + n, "}");
}

/* What the person is told when it waits. */
static inline void world_note_waiting(struct world *w, struct person *p)
{
    const char *waiting = world_heard(w, p->conn, "{\"type\":\"waiting\"");
    if (waiting == NULL)
        fail_msg("conn %llu does not wait", (unsigned long long)p->conn);
    world_word(waiting, "session", p->session, sizeof p->session);
    world_word(waiting, "knock", p->knock, sizeof p->knock);
}

/* Up to the request to the store. n: number of the person's keys; never twice in a test. */
static inline struct person world_arrive(struct world *w, uint64_t conn, const struct meeting *m,
                                         uint64_t n, struct knocking k)
{
    static char text[WORLD_TEXT];
    struct person p = {.conn = conn, .leaf = UINT32_MAX};
    forge_person_init(&p.mls, n, FORGE_DATE);
    assert_true(w->key_count < WORLD_CONNS);
    w->keys[w->key_count++] = p.mls.key;
    if (k.identity_of != NULL) {
        memcpy(p.mls.identity, k.identity_of->mls.identity, sizeof p.mls.identity);
        forge_package(&p.mls);
    }
    world_knock_text(text, m, &p, k);
    assert_int_equal(world_open(w, conn), IC_OK);
    world_say(w, conn, text);
    return p;
}

/* Up to WAITING. */
static inline struct person world_knock(struct world *w, uint64_t conn, const struct meeting *m,
                                        uint64_t n, struct knocking k)
{
    struct person p = world_arrive(w, conn, m, n, k);
    world_note_waiting(w, &p);
    return p;
}

/* The person who waits begins the group. */
static inline void world_say_create(struct world *w, struct meeting *m, const struct person *p)
{
    static char text[WORLD_TEXT];
    static struct forge_bytes info;
    forge_begin(&m->group, m->id, m->policy, m->policy_len, &p->mls, &info);
    size_t n = (size_t)sprintf(text, "{\"type\":\"create\"");
    n = world_add_bytes(text, n, "group_info", info.at, info.len);
    (void)strcpy(text + n, "}");
    world_say(w, p->conn, text);
}

static inline void world_create(struct world *w, struct meeting *m, struct person *p)
{
    world_say_create(w, m, p);
    assert_non_null(world_heard(w, p->conn, "{\"type\":\"created\""));
    p->leaf = 0;
    m->log_size = 1;
}

/* Send a commit, and its Welcome if it adds somebody. */
static inline void world_say_commit(struct world *w, uint64_t conn, const struct forge_commit *c,
                                    const struct forge_bytes *commit)
{
    static char text[WORLD_TEXT];
    static struct forge_bytes welcome;
    size_t n = (size_t)sprintf(text, "{\"type\":\"commit\"");
    n = world_add_bytes(text, n, "message", commit->at, commit->len);
    if (c->added_count > 0) {
        forge_welcome(c, &welcome);
        n = world_add_bytes(text, n, "welcome", welcome.at, welcome.len);
    }
    (void)strcpy(text + n, "}");
    world_say(w, conn, text);
}

/* Commit something that is refused or whose answer is looked at elsewhere. */
static inline void world_try(struct world *w, const struct meeting *m, const struct person *by,
                             struct forge_commit *c)
{
    static struct forge_bytes commit;
    c->committer = by->leaf;
    c->person = &by->mls;
    forge_commit(&m->group, c, &commit);
    world_say_commit(w, by->conn, c, &commit);
}

/* Commit something that is accepted; the meeting goes on. */
static inline void world_commit(struct world *w, struct meeting *m, const struct person *by,
                                struct forge_commit *c)
{
    static struct forge_bytes commit;
    c->committer = by->leaf;
    c->person = &by->mls;
    forge_commit(&m->group, c, &commit);
    world_say_commit(w, by->conn, c, &commit);
    if (world_heard(w, by->conn, "{\"type\":\"commit\"") == NULL)
        fail_msg("the commit was refused: %s",
                 world_heard(w, by->conn, "") == NULL ? "-" : world_heard(w, by->conn, ""));
    forge_step_on(&m->group, &commit, FORGE_DATE);
    m->log_size++;
}

static inline uint32_t world_leaf(const struct meeting *m, const struct person *p)
{
    uint32_t leaf = UINT32_MAX;
    assert_true(ic_mlsgroup_find(&m->group, p->mls.key.public_key, &leaf));
    return leaf;
}

/* Let somebody who waits in. with_authority: the committer proves it. */
static inline void world_admit(struct world *w, struct meeting *m, const struct person *by,
                               struct person *p, bool with_authority)
{
    uint8_t authority[IC_AUTHORITY_LEN];
    const struct forge_person *added[] = {&p->mls};
    forge_authority(m->id, &by->mls, authority);
    struct forge_commit c = {.added = added,
                             .added_count = 1,
                             .salt = m->log_size,
                             .authority = with_authority ? authority : NULL};
    world_commit(w, m, by, &c);
    p->leaf = world_leaf(m, p);
}

/* ---- media ---- */

static inline void world_join_text(char *out, size_t cap, const char *codecs)
{
    int n = snprintf(
        out, cap,
        "{\"type\":\"join\","
        "\"transport\":{\"ufrag\":\"Zx4+\",\"pwd\":\"hY7/cLm2Qw9RtB3kVn5PsD\",\"fingerprint\":"
        "\"A0:A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:"
        "B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF\"},\"sections\":["
        "{\"mid\":\"2\",\"kind\":\"audio\",\"direction\":\"receive\","
        "\"codecs\":[{\"name\":\"opus\",\"payload_type\":111}],\"extensions\":{\"mid\":4}},"
        "{\"mid\":\"11\",\"kind\":\"video\",\"direction\":\"receive\","
        "\"codecs\":[%s],\"extensions\":{}}],"
        "\"media\":{\"microphone\":true,\"camera\":false}}",
        codecs);
    assert_true(n > 0 && (size_t)n < cap);
}

#define CODEC_VP8 "{\"name\":\"vp8\",\"payload_type\":96}"
#define CODEC_VP9 "{\"name\":\"vp9\",\"payload_type\":98}"
#define CODEC_AV1 "{\"name\":\"av1\",\"payload_type\":45}"

static inline struct ic_evt world_ready(uint64_t key)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_READY, .peer = key};
    struct ic_server_transport *t = &evt.transport;
    (void)snprintf(t->ufrag, sizeof t->ufrag, "h7QpZk2xLm00");
    (void)snprintf(t->pwd, sizeof t->pwd, "Kp3vQ1pX9sLw2TbA7YmR5c00");
    (void)snprintf(t->cname, sizeof t->cname, "Zk3vQ1pX9sLw2TbA");
    t->candidates[0] = ic_addr_v4(127, 0, 0, 1, 10000);
    t->candidate_count = 1;
    t->slots[0] = (struct ic_slot_info){.mid = "2", .kind = IC_KIND_AUDIO, .ssrc = 5};
    t->slots[1] =
        (struct ic_slot_info){.mid = "11", .kind = IC_KIND_VIDEO, .ssrc = 6, .rtx_ssrc = 7};
    t->slot_count = 2;
    return evt;
}

static inline struct ic_evt world_slot(uint64_t key, const char *mid, uint64_t source_key,
                                       enum ic_source source)
{
    struct ic_evt evt = {
        .kind = IC_EVT_SLOT, .peer = key, .source_peer = source_key, .source = source};
    (void)snprintf(evt.mid, sizeof evt.mid, "%s", mid);
    return evt;
}

/* Up to PLACING: person holds key, worker. */
static inline void world_place(struct world *w, struct person *p, const char *codecs)
{
    char text[2048];
    world_join_text(text, sizeof text, codecs == NULL ? CODEC_VP8 : codecs);
    p->key = 0;
    world_say(w, p->conn, text);
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        if (e->out.kind != IC_HUB_CMD || e->cmd->kind != IC_CMD_PEER_ADD)
            continue;
        p->key = e->cmd->peer;
        p->worker = e->out.worker;
    }
    assert_true(p->key != 0);
}

static inline void world_join_with(struct world *w, struct person *p, const char *codecs)
{
    world_place(w, p, codecs);
    struct ic_evt ready = world_ready(p->key);
    world_evt(w, &ready);
    const char *joined = world_heard(w, p->conn, "{\"type\":\"joined\"");
    assert_non_null(joined);
    world_word(joined, "peer", p->peer, sizeof p->peer);
}

static inline void world_join(struct world *w, struct person *p)
{
    world_join_with(w, p, NULL);
}

/* The first person of a meeting, with media; in a hosted one a host. */
static inline struct person world_first(struct world *w, uint64_t conn, struct meeting *m,
                                        uint64_t n)
{
    struct person p = world_knock(w, conn, m, n, (struct knocking){.with_authority = true});
    world_create(w, m, &p);
    world_join(w, &p);
    return p;
}

/* Somebody knocks, is let in, joins. */
static inline struct person world_enter(struct world *w, uint64_t conn, struct meeting *m,
                                        const struct person *host, uint64_t n)
{
    struct person p = world_knock(w, conn, m, n, (struct knocking){.replaces = NULL});
    world_admit(w, m, host, &p, m->is_hosted);
    world_join(w, &p);
    return p;
}

static inline void world_resume(struct world *w, uint64_t conn, const struct meeting *m,
                                const char *session, uint64_t log_size)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"resume\",\"version\":2,\"meeting\":\"%s\",\"session\":\"%s\","
                   "\"log_size\":%llu}",
                   m->name, session, (unsigned long long)log_size);
    assert_int_equal(world_open(w, conn), IC_OK);
    world_say(w, conn, text);
}

#endif
