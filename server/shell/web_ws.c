/* libwslay runs without buffering of messages: its chunk list costs a stranger seven bytes for each
 * hundred of ours when a message comes in one-byte fragments. The message is put together here, in
 * one growing buffer. libwslay checks framing, masks and UTF-8 and answers pings and closes. Its
 * context has two buffers of 4 KiB: a socket has one while a frame or message is under way, either
 * way, and none while it is idle, which most of them are.
 *
 * Timers: a ping each 20 s, dead when no pong came 20 s later; closing handshake 2 s. */
#include "shell/web_ws.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "base/assert.h"
#include "shell/web_conn.h"
#include "shell/web_upgrade.h"

/* RFC 6455 7.4.1 and the IANA registry */
enum {
    CODE_PROTOCOL = 1002,
    CODE_NOT_TEXT = 1003,
    CODE_POLICY = 1008,
    CODE_TOO_BIG = 1009,
    CODE_BUSY = 1013,
};

#define REASON_MAX        123 /* RFC 6455 5.5: 125 bytes with the code */
#define QUEUED_COST       64  /* what an empty message costs in the queue */
#define MESSAGE_CAP_MIN   512
#define FRAME_INTERVAL_US (1000000 / IC_WS_FRAMES_PER_S)

struct ic_web_socket {
    wslay_event_context_ptr wslay; /* NULL while idle */
    uint64_t fed, taken;           /* bytes that it got; of frames that are complete */
    uint64_t frame_len;            /* of the frame that arrives, with its head */
    bool is_last_frame;            /* it ends its message */
    bool is_mid_message;           /* a data frame came that did not */
    uint8_t *message;              /* the data message that arrives; NULL when none */
    size_t message_len, message_cap;
    struct ic_rd feed; /* input of the call under way */
    struct ic_wr *out; /* output of the call under way */
    bool is_control;   /* the frame that arrives is a control frame */
    bool is_known;     /* the handlers know the socket: on_close is owed */
    bool is_over;      /* no message goes in or out any more */
    bool owes_end;     /* over the send queue limit: on_close follows in the next tick */
    bool is_ping_open; /* no pong since the last ping */
    /* A close that waits for the queue to empty; code 0: none. */
    uint16_t close_code;
    char close_reason[REASON_MAX + 1];
    struct ic_time frames_at; /* bucket of frames is full at this time (see web_limit.c) */
};

static wslay_event_context_ptr make_context(struct ic_web_conn *conn);

/* False: no memory, and the connection is dead. */
static bool wake(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    if (socket->wslay == NULL)
        socket->wslay = make_context(conn);
    if (socket->wslay == NULL)
        conn->state = IC_WEB_DEAD;
    return socket->wslay != NULL;
}

/* Nothing is under way, so a fresh context will know as much as this one. */
static void rest(struct ic_web_socket *socket)
{
    wslay_event_context_ptr wslay = socket->wslay;
    if (wslay == NULL || socket->is_over || socket->close_code != 0 || socket->is_mid_message ||
        socket->fed != socket->taken || wslay_event_want_write(wslay) ||
        wslay_event_get_queued_msg_count(wslay) > 0 || !wslay_event_get_read_enabled(wslay) ||
        !wslay_event_get_write_enabled(wslay))
        return;
    wslay_event_context_free(wslay);
    socket->wslay = NULL;
}

/* The handlers hear of the end once. */
static void tell_end(struct ic_web_conn *conn, enum ic_hub_end end)
{
    struct ic_web *web = conn->web;
    struct ic_web_socket *socket = conn->socket;
    if (!socket->is_known)
        return;
    socket->is_known = false;
    web->stats.sockets--;
    web->handlers.on_close(web->handlers.context, conn->id, end);
}

static void queue_close(struct ic_web_conn *conn, uint16_t code, const char *reason)
{
    struct ic_web_socket *socket = conn->socket;
    int queued =
        wslay_event_queue_close(socket->wslay, code, (const uint8_t *)reason, strlen(reason));
    if (queued != 0 && queued != WSLAY_ERR_NO_MORE_MSG)
        conn->state = IC_WEB_DEAD;
}

/* The peer broke a rule: say which, hear nothing more. */
static void fail(struct ic_web_conn *conn, uint16_t code)
{
    struct ic_web_socket *socket = conn->socket;
    queue_close(conn, code, "");
    wslay_event_shutdown_read(socket->wslay);
    if (!socket->is_over)
        ic_web_conn_set_deadline(conn, IC_WS_CLOSE_TIMEOUT_MS);
    socket->is_over = true;
    tell_end(conn, IC_HUB_LOST);
}

/* ---- libwslay asks ---- */

static ssize_t on_recv(wslay_event_context_ptr wslay, uint8_t *out, size_t cap, int flags,
                       void *context)
{
    struct ic_web_conn *conn = context;
    struct ic_rd *feed = &conn->socket->feed;
    (void)flags;
    size_t n = feed->left < cap ? feed->left : cap;
    if (n == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    const uint8_t *bytes = ic_rd_take(feed, n);
    IC_ASSERT(bytes != NULL);
    memcpy(out, bytes, n);
    conn->socket->fed += n;
    return (ssize_t)n;
}

/* RFC 6455 5.2, of a client: two bytes, the length where it is longer, the mask. */
static uint64_t frame_len(uint64_t payload_len)
{
    uint64_t length_len = payload_len > UINT16_MAX ? 8 : payload_len > 125 ? 2 : 0;
    return 2 + length_len + 4 + payload_len;
}

static ssize_t on_send(wslay_event_context_ptr wslay, const uint8_t *bytes, size_t len, int flags,
                       void *context)
{
    struct ic_web_conn *conn = context;
    struct ic_wr *out = conn->socket->out;
    (void)flags;
    size_t room = out->cap - out->len;
    size_t n = len < room ? len : room;
    if (n == 0) {
        wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    ic_wr_bytes(out, bytes, n);
    return (ssize_t)n;
}

/* LIMIT: IC_WS_FRAMES_PER_S, IC_WS_FRAMES_BURST */
static bool is_frame_paid(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    struct ic_time now = conn->web->loop->now;
    struct ic_time at = ic_time_before(socket->frames_at, now) ? now : socket->frames_at;
    if (ic_time_sub(at, now).us > (int64_t)(IC_WS_FRAMES_BURST - 1) * FRAME_INTERVAL_US)
        return false;
    socket->frames_at = ic_time_add(at, IC_US(FRAME_INTERVAL_US));
    return true;
}

static void on_frame_start(wslay_event_context_ptr wslay,
                           const struct wslay_event_on_frame_recv_start_arg *frame, void *context)
{
    struct ic_web_conn *conn = context;
    struct ic_web_socket *socket = conn->socket;
    (void)wslay;
    socket->is_control = wslay_is_ctrl_frame(frame->opcode);
    socket->frame_len = frame_len(frame->payload_length);
    socket->is_last_frame = frame->fin;
    if (socket->is_over && !socket->is_control)
        return;
    if (!is_frame_paid(conn))
        fail(conn, CODE_POLICY);
    else if (frame->opcode == WSLAY_BINARY_FRAME)
        fail(conn, CODE_NOT_TEXT);
    /* RFC 6455 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte
     * unsigned integer"; libwslay lets one byte pass. */
    else if (frame->opcode == WSLAY_CONNECTION_CLOSE && frame->payload_length == 1)
        fail(conn, CODE_PROTOCOL);
    /* Without buffering libwslay measures frames, not messages. */
    else if (!socket->is_control && frame->payload_length > IC_WS_MESSAGE_MAX - socket->message_len)
        fail(conn, CODE_TOO_BIG);
}

static bool reserve_message(struct ic_web_socket *socket, size_t len)
{
    size_t cap = socket->message_cap;
    if (cap - socket->message_len >= len)
        return true;
    while (cap - socket->message_len < len)
        cap = cap == 0 ? MESSAGE_CAP_MIN : cap * 2;
    uint8_t *grown = realloc(socket->message, cap);
    if (grown == NULL)
        return false;
    socket->message = grown;
    socket->message_cap = cap;
    return true;
}

static void on_frame_bytes(wslay_event_context_ptr wslay,
                           const struct wslay_event_on_frame_recv_chunk_arg *chunk, void *context)
{
    struct ic_web_conn *conn = context;
    struct ic_web_socket *socket = conn->socket;
    (void)wslay;
    if (socket->is_control || socket->is_over || chunk->data_length == 0)
        return;
    IC_ASSERT(chunk->data_length <= IC_WS_MESSAGE_MAX - socket->message_len);
    if (!reserve_message(socket, chunk->data_length)) {
        fail(conn, CODE_BUSY);
        return;
    }
    memcpy(&socket->message[socket->message_len], chunk->data, chunk->data_length);
    socket->message_len += chunk->data_length;
}

static void on_frame_end(wslay_event_context_ptr wslay, void *context)
{
    struct ic_web_conn *conn = context;
    struct ic_web_socket *socket = conn->socket;
    (void)wslay;
    socket->taken += socket->frame_len;
    if (!socket->is_control)
        socket->is_mid_message = !socket->is_last_frame;
}

static void forget_message(struct ic_web_socket *socket)
{
    free(socket->message);
    socket->message = NULL;
    socket->message_len = socket->message_cap = 0;
}

static void on_text(struct ic_web_conn *conn)
{
    struct ic_web *web = conn->web;
    struct ic_web_socket *socket = conn->socket;
    if (!socket->is_over) {
        const char *text = socket->message == NULL ? "" : (const char *)socket->message;
        web->handlers.on_message(web->handlers.context, conn->id, text, socket->message_len);
    }
    forget_message(socket);
}

static void on_peer_close(struct ic_web_conn *conn, uint16_t code)
{
    enum ic_hub_end end = code == WSLAY_CODE_NORMAL_CLOSURE ? IC_HUB_LEFT
                          : code == WSLAY_CODE_GOING_AWAY   ? IC_HUB_AWAY
                                                            : IC_HUB_LOST;
    if (!conn->socket->is_over)
        ic_web_conn_set_deadline(conn, IC_WS_CLOSE_TIMEOUT_MS);
    conn->socket->is_over = true;
    tell_end(conn, end);
}

static void on_pong(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    if (socket->is_over || !socket->is_ping_open)
        return;
    socket->is_ping_open = false;
    ic_web_conn_set_deadline(conn, conn->web->config.ping_interval_ms);
}

static void on_message(wslay_event_context_ptr wslay,
                       const struct wslay_event_on_msg_recv_arg *message, void *context)
{
    struct ic_web_conn *conn = context;
    (void)wslay;
    switch (message->opcode) {
    case WSLAY_TEXT_FRAME:
        on_text(conn);
        break;
    case WSLAY_PONG:
        on_pong(conn);
        break;
    case WSLAY_CONNECTION_CLOSE:
        on_peer_close(conn, message->status_code);
        break;
    default: /* ping: libwslay queued the pong */
        break;
    }
}

/* ---- opening ---- */

static wslay_event_context_ptr make_context(struct ic_web_conn *conn)
{
    static const struct wslay_event_callbacks callbacks = {
        .recv_callback = on_recv,
        .send_callback = on_send,
        .on_frame_recv_start_callback = on_frame_start,
        .on_frame_recv_chunk_callback = on_frame_bytes,
        .on_frame_recv_end_callback = on_frame_end,
        .on_msg_recv_callback = on_message,
    };
    wslay_event_context_ptr wslay;
    if (wslay_event_context_server_init(&wslay, &callbacks, conn) != 0)
        return NULL;
    wslay_event_config_set_no_buffering(wslay, 1);
    wslay_event_config_set_max_recv_msg_length(wslay, IC_WS_MESSAGE_MAX);
    return wslay;
}

static size_t write_accept(struct ic_web_conn *conn, const struct ic_http1_request *request)
{
    char accept[IC_WEB_ACCEPT_LEN + 1];
    struct ic_wr w = ic_wr_init(conn->web->output, sizeof conn->web->output);
    ic_web_upgrade_accept(request, accept);
    ic_http1_write_status(&w, 101);
    ic_http1_write_field(&w, "Upgrade", "websocket");
    ic_http1_write_field(&w, "Connection", "Upgrade");
    ic_http1_write_field(&w, "Sec-WebSocket-Accept", accept);
    ic_http1_write_end(&w);
    IC_ASSERT(ic_wr_ok(&w));
    return w.len;
}

void ic_web_ws_open(struct ic_web_conn *conn, const struct ic_http1_request *request)
{
    struct ic_web *web = conn->web;
    size_t len = write_accept(conn, request);
    conn->socket = calloc(1, sizeof *conn->socket);
    if (conn->socket == NULL) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    conn->state = IC_WEB_SOCKET;
    ic_web_conn_name(conn);
    ic_web_conn_set_deadline(conn, web->config.ping_interval_ms);
    ic_web_conn_flush(conn, len);
    if (conn->state == IC_WEB_DEAD)
        return;
    if (web->handlers.on_open(web->handlers.context, conn->id) != IC_OK) {
        ic_web_ws_shut(conn, CODE_BUSY, "server full");
        return;
    }
    if (conn->socket->is_over)
        return; /* closed from within on_open: nothing is owed */
    conn->socket->is_known = true;
    web->stats.sockets++;
}

void ic_web_ws_close(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    socket->is_over = true;
    tell_end(conn, IC_HUB_LOST);
    conn->socket = NULL;
    conn->id.value = 0;
    wslay_event_context_free(socket->wslay); /* NULL does no harm */
    forget_message(socket);
    free(socket);
}

/* ---- input ---- */

/* A malformed frame makes libwslay queue a close without a code and stop reading. When nothing else
 * is under way, start afresh to say 1002. */
static void fail_framing(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    wslay_event_context_ptr fresh = NULL;
    if (wslay_event_get_queued_msg_count(socket->wslay) <= 1 &&
        !wslay_event_get_close_sent(socket->wslay) && !socket->is_over)
        fresh = make_context(conn);
    if (fresh != NULL) {
        wslay_event_context_free(socket->wslay);
        socket->wslay = fresh;
    }
    fail(conn, CODE_PROTOCOL);
}

static size_t queued_len(const struct ic_web_conn *conn)
{
    wslay_event_context_ptr wslay = conn->socket->wslay;
    size_t kept = conn->out == NULL ? 0 : conn->out_len - conn->out_at;
    return wslay == NULL ? kept
                         : kept + wslay_event_get_queued_msg_length(wslay) +
                               wslay_event_get_queued_msg_count(wslay) * QUEUED_COST;
}

/* The closing handshake is complete, or all of it that will ever be: nothing is left to send, and
 * the peer has closed or is not listened to. */
static void end_when_done(struct ic_web_conn *conn)
{
    wslay_event_context_ptr wslay = conn->socket->wslay;
    bool is_sent = wslay != NULL && wslay_event_get_close_sent(wslay) && conn->out == NULL;
    /* RFC 6455 7.1.1: "the server MUST close the underlying TCP connection" first */
    if (is_sent && !wslay_event_get_read_enabled(wslay))
        ic_web_conn_linger(conn);
}

void ic_web_ws_input(struct ic_web_conn *conn, const uint8_t *bytes, size_t len)
{
    struct ic_web_socket *socket = conn->socket;
    if (!wake(conn))
        return;
    socket->feed = ic_rd_init(bytes, len);
    if (wslay_event_recv(socket->wslay) != 0)
        fail_framing(conn);
    else if (!socket->is_over && !wslay_event_get_read_enabled(socket->wslay))
        fail(conn, CODE_PROTOCOL); /* libwslay queued its own code before: 1002, 1007 or 1009 */
    socket->feed = ic_rd_init(NULL, 0);
    /* Pongs count, too. */
    if (!socket->is_over && queued_len(conn) > IC_WS_SEND_QUEUE_MAX)
        fail(conn, CODE_BUSY);
    if (conn->state == IC_WEB_SOCKET)
        end_when_done(conn);
    rest(socket);
}

/* ---- output ---- */

void ic_web_ws_fill(struct ic_web_conn *conn, struct ic_wr *w)
{
    struct ic_web_socket *socket = conn->socket;
    if (socket->wslay == NULL)
        return;
    socket->out = w;
    int sent = wslay_event_send(socket->wslay);
    if (sent == 0 && socket->close_code != 0 &&
        wslay_event_get_queued_msg_count(socket->wslay) == 0) {
        queue_close(conn, socket->close_code, socket->close_reason);
        socket->close_code = 0;
        sent = wslay_event_send(socket->wslay);
    }
    if (sent != 0)
        conn->state = IC_WEB_DEAD;
    socket->out = NULL;
}

bool ic_web_ws_wants_write(const struct ic_web_conn *conn)
{
    const struct ic_web_socket *socket = conn->socket;
    return socket->wslay != NULL &&
           (wslay_event_want_write(socket->wslay) ||
            (socket->close_code != 0 && wslay_event_get_write_enabled(socket->wslay)));
}

void ic_web_ws_on_sent(struct ic_web_conn *conn)
{
    end_when_done(conn);
    rest(conn->socket);
}

void ic_web_ws_send(struct ic_web_conn *conn, const char *text, size_t len)
{
    struct ic_web_socket *socket = conn->socket;
    if (socket->is_over)
        return;
    struct wslay_event_msg message = {
        .opcode = WSLAY_TEXT_FRAME, .msg = (const uint8_t *)text, .msg_length = len};
    if (!wake(conn)) {
        ic_web_conn_touch(conn);
        return;
    }
    bool fits = queued_len(conn) + len + QUEUED_COST <= IC_WS_SEND_QUEUE_MAX;
    if (!fits || wslay_event_queue_msg(socket->wslay, &message) != 0) {
        /* Jumps the queue: libwslay sends control frames between messages. */
        queue_close(conn, CODE_BUSY, "too slow");
        socket->is_over = true;
        socket->owes_end = true;
        ic_web_conn_set_deadline(conn, IC_WS_CLOSE_TIMEOUT_MS);
    }
    ic_web_conn_touch(conn);
}

void ic_web_ws_shut(struct ic_web_conn *conn, uint16_t code, const char *reason)
{
    struct ic_web_socket *socket = conn->socket;
    size_t len = strlen(reason);
    if (socket->is_known) {
        socket->is_known = false;
        conn->web->stats.sockets--;
    }
    if (!socket->is_over && wake(conn)) {
        IC_ASSERT(len <= REASON_MAX && code != 0);
        socket->is_over = true;
        socket->close_code = code;
        memcpy(socket->close_reason, reason, len + 1);
        ic_web_conn_set_deadline(conn, IC_WS_CLOSE_TIMEOUT_MS);
    }
    ic_web_conn_touch(conn);
}

void ic_web_ws_on_dirty(struct ic_web_conn *conn)
{
    if (conn->socket->owes_end) {
        conn->socket->owes_end = false;
        tell_end(conn, IC_HUB_LOST);
    }
}

/* ---- time ---- */

void ic_web_ws_on_deadline(struct ic_web_conn *conn)
{
    struct ic_web_socket *socket = conn->socket;
    const struct ic_web_config *config = &conn->web->config;
    if (socket->is_over || socket->is_ping_open) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    struct wslay_event_msg ping = {.opcode = WSLAY_PING};
    if (!wake(conn) || wslay_event_queue_msg(socket->wslay, &ping) != 0) {
        conn->state = IC_WEB_DEAD;
        return;
    }
    socket->is_ping_open = true;
    ic_web_conn_set_deadline(conn, config->pong_timeout_ms);
}
