/* The life of a connection:
 *
 *   HANDSHAKE -> HEAD -> (BODY -> WAITING ->) ANSWER -> HEAD ... -> LINGER -> closed
 *                  `---> SOCKET --------------------------------------'
 *
 * Deadlines: HANDSHAKE 5 s; HEAD idle 30 s, from the first byte on 5 s; BODY 5 s; WAITING 10 s;
 * ANSWER 30 s and one more for each 2 KiB; SOCKET see web_ws.c; LINGER 1 s.
 * Functions below the outermost ones (on_ready, on_deadline, on_dirty) never free a connection:
 * they make it DEAD, and settle() closes it. So no caller is left with a dangling pointer. */
#include "shell/web_conn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/web_http.h"
#include "shell/web_ws.h"

#define ID_INDEX_BITS    20
#define READS_PER_TURN   4   /* of one socket, so that others get their turn */
#define READS_AT_END     256 /* the peer is gone: take what it had sent */
#define WRITES_PER_TURN  16
#define DISCARD_MAX      262144 /* LIMIT: bytes thrown away in LINGER */
#define PROBLEM_TEXT_CAP 1024

static bool has_output(const struct ic_web_conn *conn)
{
    return conn->out != NULL || conn->body.left > 0 ||
           (conn->socket != NULL && conn->state == IC_WEB_SOCKET && ic_web_ws_wants_write(conn));
}

static uint32_t wanted_events(const struct ic_web_conn *conn)
{
    uint32_t events = 0;
    if (!conn->is_deaf)
        events |= conn->channel.read_wants_write ? EPOLLOUT : EPOLLIN;
    if (has_output(conn))
        events |= conn->channel.write_wants_read ? EPOLLIN : EPOLLOUT;
    return events;
}

/* The last act of every outermost function: close a dead connection, watch a living one. */
static void settle(struct ic_web_conn *conn)
{
    if (conn->state == IC_WEB_DEAD) {
        ic_web_conn_close(conn);
        return;
    }
    uint32_t events = wanted_events(conn);
    if (events == conn->events)
        return;
    conn->events = events;
    ic_loop_change(conn->web->loop, &conn->watch, events);
}

void ic_web_conn_set_deadline(struct ic_web_conn *conn, uint32_t ms)
{
    struct ic_web *web = conn->web;
    ic_heap_set(&web->deadlines, conn->ref.index, ic_time_add(web->loop->now, IC_MS(ms)));
}

/* ---- open, find, close ---- */

static void on_ready(struct ic_watch *watch, uint32_t events);

static void start_first(struct ic_web_conn *conn)
{
    const struct ic_web *web = conn->web;
    conn->state = web->tls == NULL ? IC_WEB_HEAD : IC_WEB_HANDSHAKE;
    ic_web_conn_set_deadline(conn, web->config.head_timeout_ms);
}

void ic_web_conn_open(struct ic_web *web, int fd, const struct ic_addr *remote)
{
    struct ic_ref ref;
    if (web->conns.used == web->conns.count || !ic_web_limit_open(&web->limit, remote)) {
        web->stats.refused++;
        close(fd);
        return;
    }
    struct ic_web_conn *conn = ic_pool_get(&web->conns, &ref);
    IC_ASSERT(conn != NULL);
    conn->watch = (struct ic_watch){.fd = fd, .on_ready = on_ready};
    conn->web = web;
    conn->ref = ref;
    conn->remote = *remote;
    conn->channel.fd = fd;
    conn->events = EPOLLIN;
    web->stats.connections++;
    if (ic_loop_add(web->loop, &conn->watch, conn->events) != IC_OK) {
        conn->watch.fd = -1;
        ic_web_conn_close(conn);
        return;
    }
    start_first(conn);
}

/* Take a connection that ends out of the list that fills. In the one that is worked on, its handle
 * goes stale. */
static void untouch(struct ic_web_conn *conn)
{
    struct ic_web_dirty *list = &conn->web->dirty[conn->web->dirty_fill];
    for (uint32_t i = 0; i < list->count; i++) {
        if (ic_ref_eq(list->refs[i], conn->ref)) {
            list->refs[i] = list->refs[--list->count];
            return;
        }
    }
}

static void drop_own_body(struct ic_web_conn *conn)
{
    free(conn->own_body);
    conn->web->own_bytes -= conn->own_len;
    conn->own_body = NULL;
    conn->own_len = 0;
}

void ic_web_conn_close(struct ic_web_conn *conn)
{
    struct ic_web *web = conn->web;
    if (conn->is_dirty)
        untouch(conn);
    conn->is_dirty = true; /* nobody touches it any more */
    if (conn->socket != NULL)
        ic_web_ws_close(conn);
    if (conn->watch.fd >= 0)
        ic_loop_remove(web->loop, &conn->watch);
    ic_web_io_close(&conn->channel);
    ic_heap_set(&web->deadlines, conn->ref.index, IC_NEVER);
    ic_web_limit_close(&web->limit, &conn->remote, web->loop->now);
    free(conn->in);
    free(conn->out);
    drop_own_body(conn);
    web->stats.connections--;
    ic_pool_put(&web->conns, conn->ref);
}

/* An id is a number that counts up, with the place in the pool in its low bits. */
void ic_web_conn_name(struct ic_web_conn *conn)
{
    conn->id.value = ++conn->web->id_next << ID_INDEX_BITS | conn->ref.index;
}

struct ic_web_conn *ic_web_conn_find(struct ic_web *web, struct ic_conn_id id)
{
    struct ic_ref ref;
    uint32_t index = (uint32_t)(id.value & ((1U << ID_INDEX_BITS) - 1));
    struct ic_web_conn *conn = ic_pool_at_index(&web->conns, index, &ref);
    return conn != NULL && id.value != 0 && conn->id.value == id.value ? conn : NULL;
}

void ic_web_conn_touch(struct ic_web_conn *conn)
{
    struct ic_web_dirty *list = &conn->web->dirty[conn->web->dirty_fill];
    if (conn->is_dirty)
        return;
    IC_ASSERT(list->count < conn->web->conns.count);
    conn->is_dirty = true;
    list->refs[list->count++] = conn->ref;
}

/* ---- writing ---- */

void ic_web_conn_linger(struct ic_web_conn *conn)
{
    ic_web_io_finish(&conn->channel);
    conn->state = conn->has_ended ? IC_WEB_DEAD : IC_WEB_LINGER;
    conn->is_deaf = false;
    ic_web_conn_set_deadline(conn, IC_HTTP_LINGER_MS);
}

static void await_request(struct ic_web_conn *conn)
{
    drop_own_body(conn);
    conn->state = IC_WEB_HEAD;
    conn->id.value = 0;
    conn->is_shared = false;
    conn->reader = NULL;
    conn->scan = (struct ic_http1_scan){0};
    ic_web_conn_set_deadline(conn, conn->web->config.idle_timeout_ms);
}

/* Everything that was to be written is with the kernel. */
static void on_sent(struct ic_web_conn *conn)
{
    if (conn->state == IC_WEB_SOCKET)
        ic_web_ws_on_sent(conn);
    if (conn->state != IC_WEB_ANSWER)
        return;
    if (conn->is_last)
        ic_web_conn_linger(conn);
    else
        await_request(conn);
}

/* Compose more into web->output behind the first `have` bytes. */
static size_t fill_output(struct ic_web_conn *conn, size_t have)
{
    struct ic_wr w = ic_wr_init(conn->web->output, sizeof conn->web->output);
    w.len = have;
    size_t room = w.cap - w.len;
    size_t n = conn->body.left < room ? conn->body.left : room;
    if (n > 0) {
        const uint8_t *file = ic_rd_take(&conn->body, n);
        IC_ASSERT(file != NULL);
        ic_wr_bytes(&w, file, n);
    }
    if (conn->state == IC_WEB_SOCKET)
        ic_web_ws_fill(conn, &w);
    IC_ASSERT(ic_wr_ok(&w));
    return w.len;
}

/* Remember what the kernel did not take. */
static void keep_output(struct ic_web_conn *conn, const uint8_t *bytes, size_t len)
{
    conn->out = malloc(len);
    if (conn->out == NULL) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    memcpy(conn->out, bytes, len);
    conn->out_at = 0;
    conn->out_len = len;
}

/* One write of what is remembered. */
static enum ic_web_io write_kept(struct ic_web_conn *conn)
{
    size_t written;
    enum ic_web_io result = ic_web_io_write(&conn->channel, &conn->out[conn->out_at],
                                            conn->out_len - conn->out_at, &written);
    conn->out_at += written;
    if (conn->out_at == conn->out_len) {
        free(conn->out);
        conn->out = NULL;
    }
    return result;
}

/* One write of what was just composed. */
static enum ic_web_io write_fresh(struct ic_web_conn *conn, size_t len)
{
    size_t written;
    const uint8_t *output = conn->web->output;
    enum ic_web_io result = ic_web_io_write(&conn->channel, output, len, &written);
    if (written < len && result != IC_WEB_IO_FAILED)
        keep_output(conn, &output[written], len - written);
    return result;
}

void ic_web_conn_flush(struct ic_web_conn *conn, size_t have)
{
    IC_ASSERT(have == 0 || conn->out == NULL);
    for (int i = 0; i < WRITES_PER_TURN; i++) {
        enum ic_web_io result;
        if (conn->out != NULL) {
            result = write_kept(conn);
        } else {
            size_t len = fill_output(conn, have);
            have = 0;
            if (len == 0) {
                on_sent(conn);
                return;
            }
            result = write_fresh(conn, len);
        }
        if (result == IC_WEB_IO_FAILED || result == IC_WEB_IO_END)
            conn->state = IC_WEB_DEAD;
        if (result != IC_WEB_IO_DONE || conn->state == IC_WEB_DEAD)
            return;
    }
    /* The last byte went with the last write of this turn. The peer may have it already: what it
     * sends next is a request, not a byte too many. */
    if (!has_output(conn))
        on_sent(conn);
}

void ic_web_conn_answer(struct ic_web_conn *conn, struct ic_web_reply *reply, struct ic_rd body,
                        bool is_embedded)
{
    struct ic_web *web = conn->web;
    struct ic_wr w = ic_wr_init(web->output, sizeof web->output);
    reply->is_last = conn->is_last;
    reply->is_hsts = web->tls != NULL && !web->config.self_signed;
    reply->security_policy = web->security_policy;
    reply->is_shared = conn->is_shared;
    reply->reader = conn->reader;
    ic_web_reply_write(&w, reply, ic_clock_wall_s());
    conn->state = IC_WEB_ANSWER;
    conn->body = ic_rd_init(NULL, 0);
    if (!conn->is_head_only && is_embedded)
        conn->body = body;
    else if (!conn->is_head_only)
        ic_wr_bytes(&w, body.p, body.left);
    IC_ASSERT(ic_wr_ok(&w));
    size_t total = w.len + conn->body.left;
    ic_web_conn_set_deadline(conn, IC_HTTP_ANSWER_TIMEOUT_MS +
                                       (uint32_t)(total / IC_HTTP_ANSWER_BYTES_PER_S) * 1000);
    ic_web_conn_flush(conn, w.len);
}

void ic_web_conn_answer_copy(struct ic_web_conn *conn, struct ic_web_reply *reply,
                             const uint8_t *bytes, size_t len)
{
    IC_ASSERT(len > 0);
    uint8_t *own = malloc(len);
    if (own == NULL) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    memcpy(own, bytes, len);
    ic_web_conn_answer_own(conn, reply, own, len);
}

void ic_web_conn_answer_own(struct ic_web_conn *conn, struct ic_web_reply *reply, uint8_t *bytes,
                            size_t len)
{
    IC_ASSERT(conn->own_body == NULL && len > 0);
    conn->own_body = bytes;
    conn->own_len = len;
    conn->web->own_bytes += len;
    ic_web_conn_answer(conn, reply, ic_rd_init(conn->own_body, len), true);
}

void ic_web_conn_problem(struct ic_web_conn *conn, struct ic_web_reply reply, const char *code,
                         const char *detail)
{
    uint8_t text[PROBLEM_TEXT_CAP];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_web_reply_write_problem(&w, reply.status, code, detail);
    IC_ASSERT(ic_wr_ok(&w));
    reply.content_type = "application/problem+json";
    reply.content_length = w.len;
    ic_web_conn_answer(conn, &reply, ic_rd_init(text, w.len), false);
}

/* ---- reading ---- */

void ic_web_conn_drop_input(struct ic_web_conn *conn)
{
    free(conn->in);
    conn->in = NULL;
    conn->in_len = 0;
}

void ic_web_conn_keep_input(struct ic_web_conn *conn, const uint8_t *bytes, size_t len)
{
    if (len == 0)
        return;
    uint8_t *grown = realloc(conn->in, conn->in_len + len);
    if (grown == NULL) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    conn->in = grown;
    memcpy(&conn->in[conn->in_len], bytes, len);
    conn->in_len += len;
}

static void refuse_head(struct ic_web_conn *conn, unsigned status)
{
    conn->web->stats.bad_requests++;
    conn->is_last = true;
    conn->is_head_only = false;
    ic_web_conn_problem(conn, (struct ic_web_reply){.status = status}, "bad_request",
                        "This server cannot read the request.");
}

/* A head and perhaps something behind it. */
static void on_head(struct ic_web_conn *conn, const uint8_t *bytes, size_t len, size_t head_len)
{
    struct ic_http1_request request;
    unsigned status;
    struct ic_rd r = ic_rd_init(bytes, len);
    const uint8_t *head = ic_rd_take(&r, head_len);
    if (ic_http1_request_parse(head, head_len, &request, &status) != IC_OK) {
        refuse_head(conn, status);
        return;
    }
    conn->web->stats.requests++;
    ic_web_http_on_request(conn, &request, &r);
}

static void on_head_bytes(struct ic_web_conn *conn, const uint8_t *bytes, size_t len)
{
    size_t head_len;
    unsigned status;
    bool is_first = conn->in_len == 0;
    if (!is_first) {
        ic_web_conn_keep_input(conn, bytes, len);
        if (conn->state == IC_WEB_DEAD)
            return;
        bytes = conn->in;
        len = conn->in_len;
    }
    switch (ic_http1_scan_input(&conn->scan, bytes, len, &head_len, &status)) {
    case IC_HTTP1_MORE:
        if (is_first) {
            ic_web_conn_keep_input(conn, bytes, len);
            ic_web_conn_set_deadline(conn, conn->web->config.head_timeout_ms);
        }
        return;
    case IC_HTTP1_BAD:
        ic_web_conn_drop_input(conn);
        refuse_head(conn, status);
        return;
    case IC_HTTP1_DONE:
        break;
    }
    /* The request lends from these bytes while conn->in may take up a body. */
    uint8_t *lent = conn->in;
    conn->in = NULL;
    conn->in_len = 0;
    on_head(conn, bytes, len, head_len);
    free(lent);
}

/* Bytes while an answer is worked on: pipelining, which we do not do. The answer is the last one.
 */
static void on_excess(struct ic_web_conn *conn)
{
    conn->is_deaf = true;
    conn->is_last = true;
}

static void on_bytes(struct ic_web_conn *conn, size_t len)
{
    const uint8_t *bytes = conn->web->input;
    switch (conn->state) {
    case IC_WEB_HEAD:
        on_head_bytes(conn, bytes, len);
        return;
    case IC_WEB_BODY:
        ic_web_http_on_body(conn, bytes, len);
        return;
    case IC_WEB_WAITING:
    case IC_WEB_ANSWER:
        on_excess(conn);
        return;
    case IC_WEB_SOCKET:
        ic_web_ws_input(conn, bytes, len);
        return;
    case IC_WEB_LINGER:
        conn->discarded += len;
        if (conn->discarded > DISCARD_MAX)
            conn->state = IC_WEB_DEAD;
        return;
    case IC_WEB_HANDSHAKE:
    case IC_WEB_DEAD:
        return;
    }
}

/* The peer will send no more. It may still want the answer. */
static void on_end(struct ic_web_conn *conn)
{
    conn->is_deaf = true;
    conn->is_last = true;
    conn->has_ended = true;
    if (conn->state != IC_WEB_WAITING && conn->state != IC_WEB_ANSWER)
        conn->state = IC_WEB_DEAD;
}

static void shake_hands(struct ic_web_conn *conn)
{
    switch (ic_web_io_accept(&conn->channel, conn->web->tls)) {
    case IC_WEB_IO_DONE:
        conn->state = IC_WEB_HEAD;
        ic_web_conn_set_deadline(conn, conn->web->config.head_timeout_ms);
        return;
    case IC_WEB_IO_AGAIN:
        return;
    case IC_WEB_IO_END:
    case IC_WEB_IO_FAILED:
        conn->state = IC_WEB_DEAD;
        return;
    }
}

static void read_some(struct ic_web_conn *conn, int reads_max)
{
    struct ic_web *web = conn->web;
    for (int i = 0; i < reads_max && !conn->is_deaf && conn->state != IC_WEB_DEAD; i++) {
        size_t len;
        switch (ic_web_io_read(&conn->channel, web->input, sizeof web->input, &len)) {
        case IC_WEB_IO_DONE:
            on_bytes(conn, len);
            break;
        case IC_WEB_IO_AGAIN:
            return;
        case IC_WEB_IO_END:
            on_end(conn);
            return;
        case IC_WEB_IO_FAILED:
            conn->state = IC_WEB_DEAD;
            return;
        }
    }
}

/* ---- events ---- */

static void on_ready(struct ic_watch *watch, uint32_t events)
{
    struct ic_web_conn *conn = (struct ic_web_conn *)(void *)watch;
    bool is_gone = (events & (EPOLLHUP | EPOLLERR)) != 0;
    if (conn->state == IC_WEB_HANDSHAKE)
        shake_hands(conn);
    else
        read_some(conn, is_gone ? READS_AT_END : READS_PER_TURN);
    if (is_gone)
        conn->state = IC_WEB_DEAD;
    if (conn->state != IC_WEB_DEAD && has_output(conn))
        ic_web_conn_flush(conn, 0);
    settle(conn);
}

void ic_web_conn_on_dirty(struct ic_web_conn *conn)
{
    conn->is_dirty = false;
    if (conn->state == IC_WEB_SOCKET)
        ic_web_ws_on_dirty(conn);
    if (conn->state != IC_WEB_DEAD && has_output(conn))
        ic_web_conn_flush(conn, 0);
    settle(conn);
}

static void refuse_slow(struct ic_web_conn *conn)
{
    conn->is_last = true;
    conn->is_head_only = false;
    ic_web_conn_drop_input(conn);
    ic_web_conn_problem(conn, (struct ic_web_reply){.status = 408}, "timeout",
                        "The request took too long to arrive.");
}

void ic_web_conn_on_deadline(struct ic_web_conn *conn)
{
    switch (conn->state) {
    case IC_WEB_HEAD:
        if (conn->in == NULL)
            conn->state = IC_WEB_DEAD;
        else
            refuse_slow(conn);
        break;
    case IC_WEB_BODY:
        refuse_slow(conn);
        break;
    case IC_WEB_WAITING:
        ic_web_http_on_no_answer(conn);
        break;
    case IC_WEB_SOCKET:
        ic_web_ws_on_deadline(conn);
        if (conn->state == IC_WEB_SOCKET)
            ic_web_conn_flush(conn, 0);
        break;
    case IC_WEB_HANDSHAKE:
    case IC_WEB_ANSWER:
    case IC_WEB_LINGER:
    case IC_WEB_DEAD:
        conn->state = IC_WEB_DEAD;
        break;
    }
    settle(conn);
}
