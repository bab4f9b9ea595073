#include "shell/web_http.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "shell/clock.h"
#include "shell/web_conn.h"
#include "shell/web_log.h"
#include "shell/web_page.h"
#include "shell/web_static.h"
#include "shell/web_upgrade.h"
#include "shell/web_ws.h"

#ifndef IC_VERSION
#define IC_VERSION "0.0.0"
#endif

#define BUSY_RETRY_S 5
/* LIMIT: the one line of a cosignature, or a size. */
#define CHECKPOINT_ANSWER_MAX 1024
/* LIMIT: bytes of answers about the node, beyond IC_HTTP_BODIES_MAX; then 503. */
#define NODE_BODIES_MAX ((size_t)8 << 20)

static const char json_type[] = "application/json";

static void answer_json(struct ic_web_conn *conn, unsigned status, const char *text)
{
    struct ic_web_reply reply = {
        .status = status,
        .content_type = json_type,
        .content_length = strlen(text),
        .retry_after_s = status == 503 ? BUSY_RETRY_S : 0,
    };
    ic_web_conn_answer(conn, &reply, ic_rd_init((const uint8_t *)text, strlen(text)), false);
}

static void refuse(struct ic_web_conn *conn, unsigned status, const char *code, const char *detail)
{
    ic_web_conn_problem(conn, (struct ic_web_reply){.status = status}, code, detail);
}

/* ---- health ---- */

static void on_livez(struct ic_web_conn *conn, const struct ic_http1_request *request,
                     struct ic_rd *rest)
{
    (void)request;
    (void)rest;
    answer_json(conn, 200, "{\"status\":\"live\"}\n");
}

static void on_readyz(struct ic_web_conn *conn, const struct ic_http1_request *request,
                      struct ic_rd *rest)
{
    const struct ic_web *web = conn->web;
    (void)request;
    (void)rest;
    if (!web->is_draining && web->handlers.is_ready(web->handlers.context))
        answer_json(conn, 200, "{\"status\":\"ready\"}\n");
    else
        answer_json(conn, 503, "{\"status\":\"not ready\"}\n");
}

static void on_version(struct ic_web_conn *conn, const struct ic_http1_request *request,
                       struct ic_rd *rest)
{
    (void)request;
    (void)rest;
    answer_json(conn, 200, "{\"name\":\"incamera\",\"version\":\"" IC_VERSION "\"}\n");
}

/* ---- what the handlers answer ---- */

static void await_handlers(struct ic_web_conn *conn)
{
    ic_web_conn_name(conn);
    conn->state = IC_WEB_WAITING;
    ic_web_conn_set_deadline(conn, IC_HTTP_MEETING_TIMEOUT_MS);
}

static void refuse_busy(struct ic_web_conn *conn, const char *code, const char *detail)
{
    ic_web_conn_problem(conn, (struct ic_web_reply){.status = 503, .retry_after_s = BUSY_RETRY_S},
                        code, detail);
}

/* ---- meetings ---- */

static void on_meeting_body(struct ic_web_conn *conn)
{
    struct ic_web *web = conn->web;
    uint32_t wait_s = web->config.is_behind_proxy
                          ? 0
                          : ic_web_limit_meeting(&web->limit, &conn->remote, web->loop->now);
    if (wait_s > 0) {
        ic_web_conn_drop_input(conn);
        ic_web_conn_problem(conn, (struct ic_web_reply){.status = 429, .retry_after_s = wait_s},
                            "busy", "Too many new meetings from this address. Try again soon.");
        return;
    }
    uint8_t *body = conn->in; /* the answer may come at once */
    size_t len = conn->in_len;
    conn->in = NULL;
    conn->in_len = 0;
    await_handlers(conn);
    web->handlers.on_meeting_request(web->handlers.context, conn->id,
                                     body == NULL ? "" : (const char *)body, len);
    free(body);
}

/* ---- checkpoints, of a witness ---- */

/* c2sp.org/tlog-witness: what a status says to whoever asked. */
static void refuse_checkpoint(struct ic_web_conn *conn, unsigned status)
{
    static const struct {
        unsigned status;
        const char *code, *detail;
    } rows[] = {
        {400, "bad_request", "This is no request to cosign a checkpoint (c2sp.org/tlog-witness)."},
        {403, "unsigned", "The checkpoint is not signed by the key that is known of that log."},
        {404, "unknown_log", "This witness does not know that log."},
        {422, "bad_proof", "The proof does not show that the log continues what was seen of it."},
        {500, "internal", "What is seen cannot be kept: nothing was cosigned. Try again."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].status == status)
            refuse(conn, status, rows[i].code, rows[i].detail);
}

static void on_checkpoint_body(struct ic_web_conn *conn)
{
    const struct ic_web_handlers *handlers = &conn->web->handlers;
    uint8_t text[CHECKPOINT_ANSWER_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    unsigned status = handlers->on_checkpoint(handlers->context, conn->in, conn->in_len, &w);
    ic_web_conn_drop_input(conn);
    IC_ASSERT(ic_wr_ok(&w));
    struct ic_web_reply reply = {.status = status,
                                 .content_type = status == 409 ? "text/x.tlog.size"
                                                               : "text/plain; charset=utf-8",
                                 .content_length = w.len};
    if (status == 200 || status == 409)
        ic_web_conn_answer(conn, &reply, ic_rd_init(text, w.len), false);
    else
        refuse_checkpoint(conn, status);
}

/* From here on the body is awaited; the connection may go on after the answer. */
static void await_body(struct ic_web_conn *conn, const struct ic_http1_request *request,
                       struct ic_rd *rest)
{
    conn->is_last = request->is_close || rest->left > request->content_length;
    conn->body_want = request->content_length;
    conn->state = IC_WEB_BODY;
    ic_web_conn_set_deadline(conn, conn->web->config.head_timeout_ms);
    size_t len = rest->left;
    ic_web_http_on_body(conn, ic_rd_take(rest, len), len);
}

static void on_checkpoint(struct ic_web_conn *conn, const struct ic_http1_request *request,
                          struct ic_rd *rest)
{
    if (!request->has_content_length)
        refuse(conn, 411, "length_required", "The request needs a Content-Length.");
    else if (request->content_length > IC_WITNESS_REQUEST_MAX)
        refuse(conn, 413, "too_large", "The body is too large.");
    else
        await_body(conn, request, rest);
}

void ic_web_http_on_body(struct ic_web_conn *conn, const uint8_t *bytes, size_t len)
{
    size_t missing = (size_t)conn->body_want - conn->in_len;
    if (len > missing) {
        conn->is_last = true;
        len = missing;
    }
    ic_web_conn_keep_input(conn, bytes, len);
    if (conn->state != IC_WEB_BODY || conn->in_len < conn->body_want)
        return;
    if (conn->web->handlers.on_checkpoint != NULL)
        on_checkpoint_body(conn);
    else
        on_meeting_body(conn);
}

static void on_meeting(struct ic_web_conn *conn, const struct ic_http1_request *request,
                       struct ic_rd *rest)
{
    const struct ic_http1_text *type = ic_http1_field_one(request, "content-type");
    bool is_coded = ic_http1_field_count(request, "content-encoding") > 0;
    if (!ic_web_nodes_may_ask(conn->web, request)) {
        refuse(conn, 403, "forbidden",
               "Only pages of this server and of its other nodes may make a meeting.");
    } else if (type == NULL || !ic_http1_media_is(type, json_type) || is_coded) {
        refuse(conn, 415, "unsupported_type", "The body must be application/json.");
    } else if (!request->has_content_length) {
        refuse(conn, 411, "length_required", "The request needs a Content-Length.");
    } else if (request->content_length > IC_HTTP_MEETING_BODY_MAX) {
        refuse(conn, 413, "too_large", "The body is too large.");
    } else if (conn->web->is_draining) {
        refuse_busy(conn, "busy", "The server restarts. Try again soon.");
    } else {
        await_body(conn, request, rest);
    }
}

static void answer_made(struct ic_web_conn *conn, const char *meeting)
{
    uint8_t text[128];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_wr_text(&w, "{\"meeting\":\"");
    ic_wr_text(&w, meeting);
    ic_wr_text(&w, "\"}\n");
    IC_ASSERT(ic_wr_ok(&w));
    struct ic_web_reply reply = {.status = 201, .content_type = json_type, .content_length = w.len};
    ic_web_conn_answer(conn, &reply, ic_rd_init(text, w.len), false);
}

void ic_web_http_answer_meeting(struct ic_web_conn *conn, enum ic_hub_answer answer,
                                const char *meeting)
{
    if (conn->state != IC_WEB_WAITING)
        return;
    switch (answer) {
    case IC_HUB_MADE:
        answer_made(conn, meeting);
        return;
    case IC_HUB_BAD_MESSAGE:
        refuse(conn, 400, "bad_message", "The body must be an object with a policy in base64url.");
        return;
    case IC_HUB_BAD_POLICY:
        refuse(conn, 400, "bad_policy", "The policy is not one of the form of encryption.md 3.");
        return;
    case IC_HUB_UNBOUND_POLICY:
        refuse(conn, 400, "unbound_policy",
               "The policy names no operator keys or no log: it has the hash of nothing. Take both "
               "from /api/v1/nodes/self.");
        return;
    case IC_HUB_EXISTS:
        refuse(conn, 409, "exists", "There is a meeting of this id. Choose another one.");
        return;
    case IC_HUB_FULL:
        refuse_busy(conn, "server_full", "The server can make no more meetings now.");
        return;
    case IC_HUB_FAILED:
        refuse(conn, 500, "internal", "The meeting could not be made. Try again.");
        return;
    }
}

void ic_web_http_on_no_answer(struct ic_web_conn *conn)
{
    refuse_busy(conn, "busy", "The server is busy. Try again soon.");
}

/* ---- blobs ---- */

static const char blob_path[] = "/api/v1/blobs/";

static void on_blob(struct ic_web_conn *conn, const struct ic_http1_request *request,
                    struct ic_rd *rest)
{
    struct ic_web *web = conn->web;
    size_t prefix = sizeof blob_path - 1;
    uint8_t hash[IC_SHA256_LEN];
    (void)rest;
    if (ic_base64url_decode((const char *)&request->path.at[prefix], request->path.len - prefix,
                            hash, sizeof hash) != IC_OK) {
        refuse(conn, 404, "not_found", "There is nothing at this address.");
        return;
    }
    await_handlers(conn);
    web->handlers.on_blob_request(web->handlers.context, conn->id, hash);
}

static const char policy_path[] = "/api/v1/policies/";

/* Answered like a blob: it never changes either, and whoever asks compares its hash with the link.
 */
static void on_policy(struct ic_web_conn *conn, const struct ic_http1_request *request,
                      struct ic_rd *rest)
{
    struct ic_web *web = conn->web;
    size_t prefix = sizeof policy_path - 1;
    uint8_t meeting[IC_MEETING_ID_LEN];
    (void)rest;
    if (ic_base64url_decode((const char *)&request->path.at[prefix], request->path.len - prefix,
                            meeting, sizeof meeting) != IC_OK) {
        refuse(conn, 404, "not_found", "There is nothing at this address.");
        return;
    }
    await_handlers(conn);
    web->handlers.on_policy_request(web->handlers.context, conn->id, meeting);
}

void ic_web_http_answer_blob(struct ic_web_conn *conn, enum ic_err result, const uint8_t *bytes,
                             size_t len)
{
    if (conn->state != IC_WEB_WAITING)
        return;
    /* What a hash names never changes; private, for it is meant for this client alone. */
    struct ic_web_reply reply = {.status = 200,
                                 .content_type = "application/octet-stream",
                                 .content_length = len,
                                 .cache_control = "private, max-age=600"};
    bool is_full = result == IC_OK && conn->web->own_bytes + len > IC_HTTP_BODIES_MAX;
    if (result == IC_OK && !is_full)
        ic_web_conn_answer_copy(conn, &reply, bytes, len);
    else if (result == IC_ERR_GONE)
        refuse(conn, 404, "not_found", "There is nothing of this name.");
    else if (result == IC_ERR_FULL || is_full)
        ic_web_http_on_no_answer(conn);
    else
        refuse(conn, 500, "internal", "The disk failed. Try again.");
}

/* ---- issuers ---- */

static void on_issuers(struct ic_web_conn *conn, const struct ic_http1_request *request,
                       struct ic_rd *rest)
{
    (void)request;
    (void)rest;
    const char *list = conn->web->issuers;
    struct ic_web_reply reply = {
        .status = 200, .content_type = json_type, .content_length = strlen(list)};
    ic_web_conn_answer(conn, &reply, ic_rd_init((const uint8_t *)list, strlen(list)), true);
}

/* ---- the directory ---- */

static void on_directory(struct ic_web_conn *conn, const struct ic_http1_request *request,
                         struct ic_rd *rest)
{
    (void)request;
    (void)rest;
    const char *text = conn->web->config.directory;
    if (text == NULL) {
        refuse(conn, 404, "not_found", "Nothing is here.");
        return;
    }
    struct ic_web_reply reply = {
        .status = 200, .content_type = json_type, .content_length = strlen(text)};
    ic_web_conn_answer(conn, &reply, ic_rd_init((const uint8_t *)text, strlen(text)), true);
}

/* ---- this node ---- */

static void on_node(struct ic_web_conn *conn, const struct ic_http1_request *request,
                    struct ic_rd *rest)
{
    const struct ic_web *web = conn->web;
    (void)request;
    (void)rest;
    if (web->node == NULL) {
        refuse(conn, 404, "not_certified",
               "This node has no certificate that is in order. Its operator must sign one.");
        return;
    }
    if ((uint64_t)ic_clock_wall_s() >= web->node_not_after_s) {
        refuse(conn, 404, "expired",
               "The node's certificate or the list of nodes has expired. The operator must sign "
               "new ones.");
        return;
    }
    size_t len = strlen(web->node);
    /* Beyond what blobs and log files may fill: who reads those slowly hides no node. */
    if (web->own_bytes + len > IC_HTTP_BODIES_MAX + NODE_BODIES_MAX) {
        refuse_busy(conn, "busy", "Too many answers are on their way. Try again.");
        return;
    }
    struct ic_web_reply reply = {.status = 200, .content_type = json_type, .content_length = len};
    /* Copied: what is shown may change while this answer is on its way. */
    ic_web_conn_answer_copy(conn, &reply, (const uint8_t *)web->node, len);
}

/* ---- transparency log ---- */

static void on_log(struct ic_web_conn *conn, const struct ic_http1_request *request,
                   struct ic_rd *rest)
{
    (void)rest;
    ic_web_log_on_request(conn, &request->path);
}

/* ---- WebSocket ---- */

static void on_signal(struct ic_web_conn *conn, const struct ic_http1_request *request,
                      struct ic_rd *rest)
{
    const char *detail;
    unsigned status = ic_web_upgrade_check(request, &detail);
    if (status != 0) {
        ic_web_conn_problem(
            conn, (struct ic_web_reply){.status = status, .is_upgrade_hint = status == 426},
            "bad_request", detail);
    } else if (!ic_web_nodes_may_ask(conn->web, request)) {
        refuse(conn, 403, "forbidden",
               "Only pages of this server and of its other nodes may connect.");
    } else if (rest->left > 0) {
        /* RFC 6455 4.1: "the client MUST wait for a response from the server before sending any
         * further data" */
        refuse(conn, 400, "bad_request", "Data came before the answer.");
    } else if (conn->web->is_draining) {
        refuse_busy(conn, "busy", "The server restarts. Try again soon.");
    } else {
        ic_web_ws_open(conn, request);
    }
}

/* ---- routes ---- */

enum {
    CAN_GET = 1,
    CAN_HEAD = 2,
    CAN_POST = 4,
    SHARED = 8, /* what a page needs at another node, and may read there */
};

static const struct route {
    const char *path;
    unsigned methods;
    const char *allow;
    void (*on_request)(struct ic_web_conn *conn, const struct ic_http1_request *request,
                       struct ic_rd *rest);
} routes[] = {
    {"/signal", CAN_GET, "GET", on_signal},
    {"/api/v1/meetings", CAN_POST | SHARED, "POST", on_meeting},
    {blob_path, CAN_GET | SHARED, "GET", on_blob},     /* and a hash behind it */
    {policy_path, CAN_GET | SHARED, "GET", on_policy}, /* and a meeting behind it */
    {"/api/v1/issuers", CAN_GET | CAN_HEAD, "GET, HEAD", on_issuers},
    {"/api/v1/nodes/directory", CAN_GET | CAN_HEAD | SHARED, "GET, HEAD", on_directory},
    {"/api/v1/nodes/self", CAN_GET | CAN_HEAD | SHARED, "GET, HEAD", on_node},
    {IC_WEB_LOG_PATH, CAN_GET | CAN_HEAD | SHARED, "GET, HEAD", on_log}, /* and a file behind it */
    {"/livez", CAN_GET | CAN_HEAD, "GET, HEAD", on_livez},
    {"/readyz", CAN_GET | CAN_HEAD, "GET, HEAD", on_readyz},
    {"/version", CAN_GET | CAN_HEAD, "GET, HEAD", on_version},
};

static bool is_health(const struct route *route)
{
    return route->on_request == on_livez || route->on_request == on_readyz ||
           route->on_request == on_version;
}

/* What a witness answers: of the table above, health alone. */
static const struct route *find_witness_route(const struct ic_http1_text *path)
{
    static const struct route add = {"/add-checkpoint", CAN_POST, "POST", on_checkpoint};
    if (ic_http1_text_is(path, add.path))
        return &add;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (is_health(&routes[i]) && ic_http1_text_is(path, routes[i].path))
            return &routes[i];
    return NULL;
}

static const struct route *find_route(const struct ic_http1_text *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        size_t len = strlen(routes[i].path);
        bool is_folder = routes[i].path[len - 1] == '/';
        bool is_in_it = is_folder && path->len > len && memcmp(path->at, routes[i].path, len) == 0;
        if (is_in_it || (!is_folder && ic_http1_text_is(path, routes[i].path)))
            return &routes[i];
    }
    return NULL;
}

static unsigned method_bit(enum ic_http1_method method)
{
    switch (method) {
    case IC_HTTP1_GET:
        return CAN_GET;
    case IC_HTTP1_HEAD:
        return CAN_HEAD;
    case IC_HTTP1_POST:
        return CAN_POST;
    case IC_HTTP1_OPTIONS:
    case IC_HTTP1_OTHER:
        break;
    }
    return 0;
}

/* Fetch 4.8: a browser asks before a page sends JSON to another server. Nobody else is answered. */
static void answer_preflight(struct ic_web_conn *conn, const struct route *route)
{
    struct ic_web_reply reply = {.status = 204, .preflight = route->allow};
    ic_web_conn_answer(conn, &reply, ic_rd_init(NULL, 0), false);
}

void ic_web_http_on_request(struct ic_web_conn *conn, const struct ic_http1_request *request,
                            struct ic_rd *rest)
{
    bool is_witness = conn->web->handlers.on_checkpoint != NULL;
    const struct route *route =
        is_witness ? find_witness_route(&request->path) : find_route(&request->path);
    const struct ic_web_asset *asset =
        route == NULL && !is_witness ? ic_web_static_find(&request->path) : NULL;
    unsigned methods = route != NULL ? route->methods : CAN_GET | CAN_HEAD;
    conn->is_head_only = request->method == IC_HTTP1_HEAD;
    conn->is_shared = (methods & SHARED) != 0;
    conn->reader = conn->is_shared ? ic_web_nodes_reader(conn->web, request) : NULL;
    /* A body that nobody takes, or a second request behind this one: both end with the answer. */
    conn->is_last = request->is_close || conn->web->is_draining || request->content_length > 0 ||
                    rest->left > 0;
    if (route == NULL && asset == NULL) {
        refuse(conn, 404, "not_found", "There is nothing at this address.");
    } else if (request->method == IC_HTTP1_OPTIONS && conn->reader != NULL &&
               request->content_length == 0) {
        answer_preflight(conn, route);
    } else if ((methods & method_bit(request->method)) == 0) {
        ic_web_conn_problem(conn,
                            (struct ic_web_reply){
                                .status = 405, .allow = route != NULL ? route->allow : "GET, HEAD"},
                            "method_not_allowed", "This address does not take that method.");
    } else if (request->content_length > 0 && request->method != IC_HTTP1_POST) {
        refuse(conn, 400, "bad_request", "This address takes no body.");
    } else if (route != NULL) {
        route->on_request(conn, request, rest);
    } else {
        ic_web_page_on_request(conn, request, asset);
    }
}
