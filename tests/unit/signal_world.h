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
#include "unit/signal_schema.h"

#define WORLD_CONNS   2048
#define WORLD_EFFECTS 2304

struct world_effect {
    struct ic_hub_out out;
    char *text;         /* SEND: a copy, terminated */
    struct ic_cmd *cmd; /* CMD: a copy */
};

struct world {
    struct ic_hub *hub;
    struct ic_time now;
    struct ic_prng prng;
    json_t *schema;
    bool is_unchecked; /* the test holds the texts against the schema itself */
    bool is_open[WORLD_CONNS];
    struct world_effect effects[WORLD_EFFECTS]; /* of the last input */
    size_t count;
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

/* schema: shared by many worlds, or NULL to load it. */
static inline struct world *world_new_with(const struct ic_hub_config *config, json_t *schema)
{
    struct world *w = calloc(1, sizeof *w);
    struct ic_hub_config c = *config;
    assert_non_null(w);
    ic_prng_init(&w->prng, 7);
    w->now = (struct ic_time){1000000};
    c.entropy = (struct ic_entropy){.fill = world_entropy, .context = &w->prng};
    w->hub = ic_hub_create(&c, w->now);
    w->schema = schema == NULL ? schema_load() : json_incref(schema);
    assert_true(w->hub != NULL && w->schema != NULL);
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
        free(w->effects[i].cmd);
    }
    w->count = 0;
}

static inline void world_delete(struct world *w)
{
    world_clear(w);
    ic_hub_destroy(w->hub);
    json_decref(w->schema);
    free(w);
}

static inline void world_check_text(struct world *w, const struct ic_hub_out *out)
{
    json_t *root = json_loadb(out->text, out->text_len, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL || out->text_len > IC_WS_MESSAGE_MAX ||
        !schema_message_fits(w->schema, "server", root))
        fail_msg("not a message: %.*s", (int)out->text_len, out->text);
    json_decref(root);
}

static inline void world_take(struct world *w, const struct ic_hub_out *out)
{
    assert_true(w->count < WORLD_EFFECTS);
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
}

/* Polls whatever the last call made; the effects of it alone are kept. */
static inline void world_drain(struct world *w)
{
    struct ic_hub_out out;
    world_clear(w);
    while (ic_hub_poll(w->hub, &out))
        world_take(w, &out);
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

static inline void world_close(struct world *w, uint64_t conn, bool clean)
{
    w->is_open[conn] = false;
    ic_hub_on_close(w->hub, w->now, (struct ic_conn_id){conn}, clean);
    world_drain(w);
}

static inline void world_store(struct world *w, const struct ic_store_request *request,
                               enum ic_err result)
{
    struct ic_store_reply reply = {
        .kind = request->kind, .token = request->token, .result = result};
    memcpy(reply.meeting, request->meeting, sizeof reply.meeting);
    ic_hub_on_store(w->hub, w->now, &reply);
    world_drain(w);
}

static inline void world_evt(struct world *w, uint32_t worker, const struct ic_evt *evt)
{
    ic_hub_on_evt(w->hub, w->now, worker, evt);
    world_drain(w);
}

/* The clock moves on and the loop ticks, once, as the shell does. */
static inline void world_tick(struct world *w, int64_t ms)
{
    w->now = ic_time_add(w->now, IC_MS(ms));
    ic_hub_tick(w->hub, w->now);
    world_drain(w);
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

/* ---- people ---- */

struct person {
    uint64_t conn, key;
    uint32_t worker;
    char peer[IC_PEER_TEXT_LEN + 1];
    char session[IC_SESSION_TEXT_LEN + 1];
};

#define MEETING_A "AAECAwQFBgcICQoLDA0ODw"
#define MEETING_B "BAECAwQFBgcICQoLDA0ODw"

static inline void world_join_text(char *out, size_t cap, const char *meeting, const char *name,
                                   const char *replaces)
{
    char more[64] = "";
    if (replaces != NULL)
        (void)snprintf(more, sizeof more, "\"replaces\":\"%s\",", replaces);
    int n = snprintf(
        out, cap,
        "{\"type\":\"join\",\"version\":1,\"meeting\":\"%s\",\"name\":\"%s\",%s"
        "\"transport\":{\"ufrag\":\"Zx4+\",\"pwd\":\"hY7/cLm2Qw9RtB3kVn5PsD\",\"fingerprint\":"
        "\"A0:A1:A2:A3:A4:A5:A6:A7:A8:A9:AA:AB:AC:AD:AE:AF:"
        "B0:B1:B2:B3:B4:B5:B6:B7:B8:B9:BA:BB:BC:BD:BE:BF\"},\"sections\":["
        "{\"mid\":\"2\",\"kind\":\"audio\",\"direction\":\"receive\","
        "\"codecs\":[{\"name\":\"opus\",\"payload_type\":111}],\"extensions\":{\"mid\":4}},"
        "{\"mid\":\"11\",\"kind\":\"video\",\"direction\":\"receive\","
        "\"codecs\":[{\"name\":\"vp8\",\"payload_type\":96}],\"extensions\":{}}],"
        "\"media\":{\"microphone\":true,\"camera\":false}}",
        meeting, name, more);
    assert_true(n > 0 && (size_t)n < cap);
}

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

/* Up to FINDING: the request to the store. */
static inline struct ic_store_request world_ask(struct world *w, uint64_t conn, const char *meeting,
                                                const char *name, const char *replaces)
{
    char text[2048];
    world_join_text(text, sizeof text, meeting, name, replaces);
    assert_int_equal(world_open(w, conn), IC_OK);
    world_say(w, conn, text);
    const struct world_effect *store = world_find(w, IC_HUB_STORE);
    assert_non_null(store);
    assert_int_equal(store->out.store.kind, IC_STORE_MEETING_FIND);
    return store->out.store;
}

/* Up to PLACING: person holds conn, key, worker. */
static inline struct person world_place(struct world *w, uint64_t conn, const char *meeting,
                                        const char *name, const char *replaces)
{
    struct person p = {.conn = conn};
    struct ic_store_request request = world_ask(w, conn, meeting, name, replaces);
    world_store(w, &request, IC_OK);
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        if (e->out.kind != IC_HUB_CMD || e->cmd->kind != IC_CMD_PEER_ADD)
            continue;
        p.key = e->cmd->peer;
        p.worker = e->out.worker;
    }
    assert_true(p.key != 0);
    return p;
}

static inline struct person world_join(struct world *w, uint64_t conn, const char *meeting,
                                       const char *name, const char *replaces)
{
    struct person p = world_place(w, conn, meeting, name, replaces);
    struct ic_evt ready = world_ready(p.key);
    world_evt(w, p.worker, &ready);
    const char *joined = world_heard(w, conn, "{\"type\":\"joined\"");
    assert_non_null(joined);
    world_word(joined, "peer", p.peer, sizeof p.peer);
    world_word(joined, "session", p.session, sizeof p.session);
    return p;
}

static inline void world_resume(struct world *w, uint64_t conn, const char *session)
{
    char text[128];
    (void)snprintf(text, sizeof text, "{\"type\":\"resume\",\"version\":1,\"session\":\"%s\"}",
                   session);
    assert_int_equal(world_open(w, conn), IC_OK);
    world_say(w, conn, text);
}

#endif
