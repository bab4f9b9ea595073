/* The face of the web server: start, end, time, and what the hub asks for. */
#include "shell/web_server.h"

#include <openssl/rand.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "shell/web_conn.h"
#include "shell/web_http.h"
#include "shell/web_issuers.h"
#include "shell/web_listen.h"
#include "shell/web_page.h"
#include "shell/web_state.h"
#include "shell/web_tls.h"
#include "shell/web_ws.h"

#define CONNECTIONS_LIMIT (1U << 20) /* bits of an index in an id */

static uint32_t either(uint32_t configured, uint32_t standard)
{
    return configured == 0 ? standard : configured;
}

static void copy_config(struct ic_web *web, const struct ic_web_config *config)
{
    IC_ASSERT(config->listen_count > 0 && config->listen_count <= IC_WEB_LISTEN_MAX);
    IC_ASSERT(config->origin_count <= IC_WEB_ORIGINS_MAX);
    IC_ASSERT(config->connections_max > 0 && config->connections_max <= CONNECTIONS_LIMIT);
    IC_ASSERT(config->connections_per_address_max > 0);
    web->config = *config;
    struct ic_web_config *own = &web->config;
    own->head_timeout_ms = either(own->head_timeout_ms, IC_HTTP_HEAD_TIMEOUT_MS);
    own->idle_timeout_ms = either(own->idle_timeout_ms, IC_HTTP_IDLE_TIMEOUT_MS);
    own->ping_interval_ms = either(own->ping_interval_ms, IC_WS_PING_INTERVAL_MS);
    own->pong_timeout_ms = either(own->pong_timeout_ms, IC_WS_PONG_TIMEOUT_MS);
}

static enum ic_err reserve(struct ic_web *web)
{
    uint32_t count = web->config.connections_max;
    uint64_t seed[2];
    if (RAND_bytes((unsigned char *)seed, sizeof seed) != 1)
        return IC_ERR_SYSTEM;
    for (int i = 0; i < 2; i++) {
        web->dirty[i].refs = ic_array_alloc(count, sizeof *web->dirty[i].refs);
        if (web->dirty[i].refs == NULL)
            return IC_ERR_FULL;
    }
    if (ic_pool_init(&web->conns, sizeof(struct ic_web_conn), count) != IC_OK ||
        ic_heap_init(&web->deadlines, count) != IC_OK)
        return IC_ERR_FULL;
    uint32_t per_address =
        web->config.is_behind_proxy ? count : web->config.connections_per_address_max;
    return ic_web_limit_init(&web->limit, count, per_address, seed);
}

static enum ic_err start(struct ic_web *web, const char **why)
{
    const struct ic_web_config *config = &web->config;
    web->issuers = ic_web_issuers_list(config->issuers, config->issuer_count);
    if (reserve(web) != IC_OK || web->issuers == NULL) {
        *why = "no memory for the connections; lower the connection limit";
        return IC_ERR_FULL;
    }
    ic_web_set_nodes(web, NULL, 0);
    if (web->config.tls) {
        web->tls = ic_web_tls_create(&web->config, why);
        if (web->tls == NULL)
            return IC_ERR_SYSTEM;
        web->ticket_key_at = ic_time_add(web->loop->now, IC_MS(IC_TLS_TICKET_KEY_MS));
    }
    for (size_t i = 0; i < web->config.listen_count; i++) {
        if (ic_web_listen_open(web, i, why) != IC_OK)
            return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

struct ic_web *ic_web_create(const struct ic_web_config *config, struct ic_loop *loop,
                             const struct ic_web_handlers *handlers, const char **why)
{
    struct ic_web *web = calloc(1, sizeof *web);
    if (web == NULL) {
        *why = "no memory for the web server";
        return NULL;
    }
    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    copy_config(web, config);
    web->handlers = *handlers;
    web->loop = loop;
    web->ticket_key_at = web->resume_at = IC_NEVER;
    if (start(web, why) != IC_OK) {
        ic_web_destroy(web);
        return NULL;
    }
    return web;
}

static void close_listeners(struct ic_web *web)
{
    for (size_t i = 0; i < IC_WEB_LISTEN_MAX; i++)
        ic_web_listen_close(&web->listeners[i]);
}

static enum ic_err hear_open(void *context, struct ic_conn_id conn)
{
    (void)context;
    (void)conn;
    return IC_ERR_STATE;
}

static void hear_message(void *context, struct ic_conn_id conn, const char *text, size_t len)
{
    (void)context;
    (void)conn;
    (void)text;
    (void)len;
}

static void hear_close(void *context, struct ic_conn_id conn, enum ic_hub_end end)
{
    (void)context;
    (void)conn;
    (void)end;
}

void ic_web_destroy(struct ic_web *web)
{
    if (web == NULL)
        return;
    web->handlers.on_open = hear_open;
    web->handlers.on_message = hear_message;
    web->handlers.on_close = hear_close;
    close_listeners(web);
    for (uint32_t i = 0; i < web->conns.count; i++) {
        struct ic_ref ref;
        struct ic_web_conn *conn = ic_pool_at_index(&web->conns, i, &ref);
        if (conn != NULL)
            ic_web_conn_close(conn);
    }
    ic_web_tls_destroy(web->tls);
    ic_pool_deinit(&web->conns);
    ic_heap_deinit(&web->deadlines);
    ic_web_limit_deinit(&web->limit);
    free(web->issuers);
    ic_array_free(web->dirty[0].refs);
    ic_array_free(web->dirty[1].refs);
    free(web);
}

/* ---- what the hub asks for ---- */

static struct ic_web_conn *find_socket(struct ic_web *web, struct ic_conn_id id)
{
    struct ic_web_conn *conn = ic_web_conn_find(web, id);
    return conn != NULL && conn->state == IC_WEB_SOCKET ? conn : NULL;
}

void ic_web_send(struct ic_web *web, struct ic_conn_id conn, const char *text, size_t len)
{
    struct ic_web_conn *found = find_socket(web, conn);
    if (found != NULL)
        ic_web_ws_send(found, text, len);
}

void ic_web_close(struct ic_web *web, struct ic_conn_id conn, uint16_t code, const char *reason)
{
    struct ic_web_conn *found = find_socket(web, conn);
    if (found != NULL)
        ic_web_ws_shut(found, code, reason);
}

void ic_web_answer_meeting(struct ic_web *web, struct ic_conn_id conn, enum ic_hub_answer answer,
                           const char *meeting)
{
    struct ic_web_conn *found = ic_web_conn_find(web, conn);
    if (found == NULL)
        return;
    ic_web_http_answer_meeting(found, answer, meeting);
    ic_web_conn_touch(found);
}

void ic_web_answer_blob(struct ic_web *web, struct ic_conn_id conn, enum ic_err result,
                        const uint8_t *bytes, size_t len)
{
    struct ic_web_conn *found = ic_web_conn_find(web, conn);
    if (found == NULL)
        return;
    ic_web_http_answer_blob(found, result, bytes, len);
    ic_web_conn_touch(found);
}

void ic_web_answer_page(struct ic_web *web, struct ic_conn_id conn, const char *host)
{
    struct ic_web_conn *found = ic_web_conn_find(web, conn);
    if (found == NULL)
        return;
    ic_web_page_answer(found, host);
    ic_web_conn_touch(found);
}

void ic_web_show_node(struct ic_web *web, const char *json, uint64_t not_after_s)
{
    web->node = json;
    web->node_not_after_s = not_after_s;
}

void ic_web_set_nodes(struct ic_web *web, const char *const *names, size_t count)
{
    ic_web_nodes_set(web, names, count);
    ic_web_csp_write(web->config.issuers, web->config.issuer_count, &web->nodes,
                     web->security_policy);
}

enum ic_err ic_web_reload(struct ic_web *web, const char **why)
{
    if (web->tls == NULL || web->config.self_signed)
        return IC_OK;
    struct ssl_ctx_st *fresh = ic_web_tls_create(&web->config, why);
    if (fresh == NULL)
        return IC_ERR_SYSTEM;
    /* Open connections keep the old context alive. */
    ic_web_tls_destroy(web->tls);
    web->tls = fresh;
    return IC_OK;
}

void ic_web_drain(struct ic_web *web)
{
    web->is_draining = true;
    close_listeners(web);
    for (uint32_t i = 0; i < web->conns.count; i++) {
        struct ic_ref ref;
        struct ic_web_conn *conn = ic_pool_at_index(&web->conns, i, &ref);
        if (conn == NULL)
            continue;
        conn->is_last = true;
        bool is_idle = conn->state == IC_WEB_HEAD && conn->in == NULL;
        if (is_idle || conn->state == IC_WEB_HANDSHAKE) {
            conn->state = IC_WEB_DEAD;
            ic_web_conn_touch(conn);
        }
    }
}

/* ---- time ---- */

static void work_on_dirty(struct ic_web *web)
{
    struct ic_web_dirty *list = &web->dirty[web->dirty_fill];
    if (list->count == 0)
        return;
    web->dirty_fill ^= 1;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ic_web_conn *conn = ic_pool_at(&web->conns, list->refs[i]);
        if (conn != NULL)
            ic_web_conn_on_dirty(conn);
    }
    list->count = 0;
}

void ic_web_tick(struct ic_web *web, struct ic_time now)
{
    uint32_t index;
    work_on_dirty(web);
    while (ic_heap_pop(&web->deadlines, now, &index)) {
        struct ic_ref ref;
        struct ic_web_conn *conn = ic_pool_at_index(&web->conns, index, &ref);
        IC_ASSERT(conn != NULL);
        ic_web_conn_on_deadline(conn);
    }
    if (ic_time_reached(web->resume_at, now))
        ic_web_listen_resume(web);
    if (ic_time_reached(web->ticket_key_at, now)) {
        ic_web_tls_renew_ticket_key(web->tls);
        web->ticket_key_at = ic_time_add(now, IC_MS(IC_TLS_TICKET_KEY_MS));
    }
}

struct ic_time ic_web_deadline(const struct ic_web *web)
{
    if (web->dirty[web->dirty_fill].count > 0)
        return (struct ic_time){0};
    struct ic_time deadline = ic_heap_first(&web->deadlines);
    deadline = ic_time_min(deadline, web->resume_at);
    return ic_time_min(deadline, web->ticket_key_at);
}

void ic_web_stats(const struct ic_web *web, struct ic_web_stats *out)
{
    *out = web->stats;
}

uint16_t ic_web_port(const struct ic_web *web, size_t i)
{
    IC_ASSERT(i < web->config.listen_count);
    return web->listeners[i].port;
}
