/* A web server on loopback inside of the test, with real sockets and a real loop, and a raw client
 * for it, plain or TLS. One thread: whoever waits turns the server's loop meanwhile. Included by
 * one test program each; it also holds the embedded files of these tests. */
#ifndef TESTS_UNIT_WEB_FIXTURE_H
#define TESTS_UNIT_WEB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/web_assets.h"
#include "shell/web_server.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER
#endif
#endif

/* TSan counts memory of its own: figures of the heap mean nothing under it. */
#if defined(__SANITIZE_THREAD__)
#define HAS_THREAD_SANITIZER true
#elif defined(__has_feature)
#define HAS_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#define HAS_THREAD_SANITIZER false
#endif

#ifdef HAS_SANITIZER
size_t __sanitizer_get_current_allocated_bytes(void);
#else
#include <malloc.h>
#endif

#define WAIT_MS 20000 /* for what must happen; generous, for loaded machines */

/* ---- embedded files ---- */

#define BIG_LEN 3000000

static const uint8_t index_html[] = "<!doctype html><title>test</title>";
static const uint8_t index_gzip[] = "gzip of index";
static const uint8_t index_brotli[] = "brotli of index";
static const uint8_t style_css[] = "a{}";
static uint8_t big_js[BIG_LEN];

const struct ic_web_asset ic_web_assets[] = {
    {.path = "/assets/big-AbCd1234.js",
     .content_type = "text/javascript; charset=utf-8",
     .etag = "\"big\"",
     .is_immutable = true,
     .plain = big_js,
     .plain_len = sizeof big_js},
    {.path = "/assets/style.css",
     .content_type = "text/css; charset=utf-8",
     .etag = "\"css\"",
     .plain = style_css,
     .plain_len = sizeof style_css - 1},
    {.path = "/index.html",
     .content_type = "text/html; charset=utf-8",
     .etag = "\"index\"",
     .plain = index_html,
     .plain_len = sizeof index_html - 1,
     .gzip = index_gzip,
     .gzip_len = sizeof index_gzip - 1,
     .brotli = index_brotli,
     .brotli_len = sizeof index_brotli - 1},
};
const size_t ic_web_asset_count = 3;

/* ---- the server ---- */

struct fixture {
    uint32_t pages;        /* page requests */
    const char *page_host; /* NULL: the page is here */
    uint8_t meeting[IC_MEETING_ID_LEN];
    struct ic_loop loop;
    struct ic_web *web;
    bool is_ready, is_full, is_echo;
    bool answers_at_once;
    enum ic_hub_answer meeting_answer;
    enum ic_err blob_result;
    uint8_t hash[IC_SHA256_LEN]; /* of the last blob request */
    int opened, closed, closed_clean, messages, meetings, blobs, policies;
    enum ic_hub_end end;    /* of the last socket */
    struct ic_conn_id conn; /* of the last event */
    char *message;          /* the last one, or body */
    size_t message_len;
};

static inline enum ic_err note_open(void *context, struct ic_conn_id conn)
{
    struct fixture *f = context;
    f->conn = conn;
    if (f->is_full)
        return IC_ERR_FULL;
    f->opened++;
    return IC_OK;
}

static inline void keep_text(struct fixture *f, const char *text, size_t len)
{
    free(f->message);
    f->message = malloc(len + 1);
    IC_ASSERT(f->message != NULL);
    memcpy(f->message, text, len);
    f->message[len] = '\0';
    f->message_len = len;
}

static inline void note_message(void *context, struct ic_conn_id conn, const char *text, size_t len)
{
    struct fixture *f = context;
    f->conn = conn;
    f->messages++;
    keep_text(f, text, len);
    if (f->is_echo)
        ic_web_send(f->web, conn, text, len);
}

static inline void note_close(void *context, struct ic_conn_id conn, enum ic_hub_end end)
{
    struct fixture *f = context;
    f->conn = conn;
    f->closed++;
    f->end = end;
    f->closed_clean += end != IC_HUB_LOST;
    ic_web_send(f->web, conn, "late", 4); /* must be ignored */
}

static inline void note_meeting(void *context, struct ic_conn_id conn, const char *body, size_t len)
{
    struct fixture *f = context;
    f->conn = conn;
    f->meetings++;
    keep_text(f, body, len);
    if (f->answers_at_once)
        ic_web_answer_meeting(f->web, conn, f->meeting_answer, "AbCdEfGhIjKlMnOpQrStUv");
}

#define BLOB_LEN 200000

static inline void note_blob(void *context, struct ic_conn_id conn,
                             const uint8_t hash[static IC_SHA256_LEN])
{
    struct fixture *f = context;
    f->conn = conn;
    f->blobs++;
    memcpy(f->hash, hash, sizeof f->hash);
    uint8_t *bytes = malloc(BLOB_LEN);
    IC_ASSERT(bytes != NULL);
    for (size_t i = 0; i < BLOB_LEN; i++)
        bytes[i] = (uint8_t)(i * 7);
    if (f->answers_at_once)
        ic_web_answer_blob(f->web, conn, f->blob_result, bytes, BLOB_LEN);
    free(bytes); /* it was copied */
}

static inline void note_policy(void *context, struct ic_conn_id conn,
                               const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct fixture *f = context;
    f->conn = conn;
    f->policies++;
    if (f->answers_at_once)
        ic_web_answer_blob(f->web, conn, f->blob_result, meeting, IC_MEETING_ID_LEN);
}

static inline void note_page(void *context, struct ic_conn_id conn,
                             const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct fixture *f = context;
    f->conn = conn;
    f->pages++;
    memcpy(f->meeting, meeting, sizeof f->meeting);
    if (f->answers_at_once)
        ic_web_answer_page(f->web, conn, f->page_host);
}

static inline bool note_ready(void *context)
{
    return ((struct fixture *)context)->is_ready;
}

static inline struct ic_web_config basic_config(void)
{
    struct ic_web_config config = {
        .listen = {ic_addr_v4(127, 0, 0, 1, 0)},
        .listen_count = 1,
        .connections_max = 64,
        .connections_per_address_max = 64,
    };
    return config;
}

static inline void fixture_init(struct fixture *f, const struct ic_web_config *config)
{
    const char *why = "";
    memset(f, 0, sizeof *f);
    f->is_ready = f->answers_at_once = true;
    assert_int_equal(ic_loop_init(&f->loop), IC_OK);
    const struct ic_web_handlers handlers = {
        .context = f,
        .on_open = note_open,
        .on_message = note_message,
        .on_close = note_close,
        .on_meeting_request = note_meeting,
        .on_blob_request = note_blob,
        .on_policy_request = note_policy,
        .on_page_request = note_page,
        .is_ready = note_ready,
    };
    f->web = ic_web_create(config, &f->loop, &handlers, &why);
    if (f->web == NULL)
        print_message("%s\n", why);
    assert_non_null(f->web);
}

static inline void fixture_deinit(struct fixture *f)
{
    ic_web_destroy(f->web);
    ic_loop_deinit(&f->loop);
    free(f->message);
}

/* One turn of the server, at most ms long. */
static inline void turn(struct fixture *f, int ms)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(ms));
    ic_loop_turn(&f->loop, ic_time_min(until, ic_web_deadline(f->web)));
    ic_web_tick(f->web, f->loop.now);
}

static inline void turn_for(struct fixture *f, int ms)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(ms));
    while (ic_time_before(ic_clock_now(), until))
        turn(f, 2);
}

static inline struct ic_web_stats stats_of(const struct fixture *f)
{
    struct ic_web_stats stats;
    ic_web_stats(f->web, &stats);
    return stats;
}

/* Turn until the condition holds; false when it did not in time. */
#define WAIT_FOR(f, condition)                                                                     \
    do {                                                                                           \
        struct ic_time wait_until = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));                   \
        while (!(condition) && ic_time_before(ic_clock_now(), wait_until))                         \
            turn(f, 2);                                                                            \
        assert_true(condition);                                                                    \
    } while (0)

/* ---- the client ---- */

struct client {
    int fd;
    SSL *tls;
    bool is_ended; /* the server sent its end or a reset */
    uint8_t *in;
    size_t in_len, in_cap;
};

static inline int connect_to(const struct fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ic_web_port(f->web, 0))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static inline struct client client_open(struct fixture *f)
{
    struct client c = {.fd = connect_to(f)};
    turn(f, 2);
    return c;
}

static inline void client_close(struct client *c)
{
    SSL_free(c->tls);
    if (c->fd >= 0)
        close(c->fd);
    free(c->in);
    memset(c, 0, sizeof *c);
    c->fd = -1;
}

/* Take what has arrived; does not wait. */
static inline void client_pull(struct client *c)
{
    for (;;) {
        if (c->in_cap - c->in_len < 32768) {
            c->in_cap = c->in_cap == 0 ? 65536 : c->in_cap * 2;
            c->in = realloc(c->in, c->in_cap);
            IC_ASSERT(c->in != NULL);
        }
        size_t room = c->in_cap - c->in_len, got = 0;
        if (c->tls != NULL) {
            int result = SSL_read_ex(c->tls, c->in + c->in_len, room, &got);
            int error = SSL_get_error(c->tls, result);
            if (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
                c->is_ended = true;
        } else {
            ssize_t result = recv(c->fd, c->in + c->in_len, room, MSG_DONTWAIT);
            if (result == 0 || (result < 0 && errno != EAGAIN))
                c->is_ended = true;
            got = result > 0 ? (size_t)result : 0;
        }
        c->in_len += got;
        if (got == 0)
            return;
    }
}

/* Forget the first n bytes. */
static inline void client_drop(struct client *c, size_t n)
{
    IC_ASSERT(n <= c->in_len);
    memmove(c->in, c->in + n, c->in_len - n);
    c->in_len -= n;
}

static inline void client_write(struct fixture *f, struct client *c, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));
    while (len > 0 && ic_time_before(ic_clock_now(), until)) {
        size_t done = 0;
        if (c->tls != NULL) {
            (void)SSL_write_ex(c->tls, at, len, &done);
        } else {
            ssize_t result = send(c->fd, at, len, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (result < 0 && errno != EAGAIN)
                return; /* the server closed; the test looks at what it said */
            done = result > 0 ? (size_t)result : 0;
        }
        at += done;
        len -= done;
        turn(f, 1);
    }
    assert_int_equal(len, 0);
}

static inline void client_text(struct fixture *f, struct client *c, const char *text)
{
    client_write(f, c, text, strlen(text));
}

/* Wait for n bytes or the end; true when the bytes are there. */
static inline bool client_want(struct fixture *f, struct client *c, size_t n)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));
    for (client_pull(c); c->in_len < n && !c->is_ended; client_pull(c)) {
        assert_true(ic_time_before(ic_clock_now(), until));
        turn(f, 2);
    }
    return c->in_len >= n;
}

static inline void client_want_end(struct fixture *f, struct client *c)
{
    (void)client_want(f, c, SIZE_MAX);
    assert_true(c->is_ended);
}

/* ---- answers ---- */

struct answer {
    unsigned status;
    char *head; /* with the empty line, terminated */
    uint8_t *body;
    size_t body_len;
};

static inline void answer_free(struct answer *a)
{
    free(a->head);
    free(a->body);
    memset(a, 0, sizeof *a);
}

/* Value of a field of the answer, in a buffer of its own until the next call; NULL when absent. */
static inline const char *field(const struct answer *a, const char *name)
{
    static char value[8192];
    char start[128];
    snprintf(start, sizeof start, "\r\n%s: ", name);
    const char *found = strstr(a->head, start);
    if (found == NULL)
        return NULL;
    found += strlen(start);
    size_t len = strcspn(found, "\r");
    assert_true(len < sizeof value);
    memcpy(value, found, len);
    value[len] = '\0';
    return value;
}

static inline size_t head_len_of(const struct client *c)
{
    for (size_t i = 0; i + 4 <= c->in_len; i++) {
        if (memcmp(c->in + i, "\r\n\r\n", 4) == 0)
            return i + 4;
    }
    return 0;
}

/* The next answer; status 0 when the connection ended without one. */
static inline struct answer client_answer(struct fixture *f, struct client *c, bool has_body)
{
    struct answer a = {0};
    client_pull(c);
    while (head_len_of(c) == 0) {
        if (!client_want(f, c, c->in_len + 1))
            return a;
    }
    size_t head_len = head_len_of(c);
    a.head = malloc(head_len + 1);
    IC_ASSERT(a.head != NULL);
    memcpy(a.head, c->in, head_len);
    a.head[head_len] = '\0';
    client_drop(c, head_len);
    a.status = (unsigned)strtoul(a.head + strlen("HTTP/1.1 "), NULL, 10);
    const char *length = field(&a, "Content-Length");
    a.body_len = has_body && length != NULL ? strtoul(length, NULL, 10) : 0;
    a.body = malloc(a.body_len + 1);
    IC_ASSERT(a.body != NULL);
    assert_true(client_want(f, c, a.body_len));
    memcpy(a.body, c->in, a.body_len);
    a.body[a.body_len] = '\0';
    client_drop(c, a.body_len);
    return a;
}

/* Send a request on an open connection and take the answer. */
static inline struct answer ask_on(struct fixture *f, struct client *c, const char *request)
{
    client_text(f, c, request);
    return client_answer(f, c, strncmp(request, "HEAD ", 5) != 0);
}

/* The same on a connection of its own. */
static inline struct answer ask(struct fixture *f, const char *request)
{
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, request);
    client_close(&c);
    return a;
}

/* Status alone. */
static inline unsigned status_of(struct fixture *f, const char *request)
{
    struct answer a = ask(f, request);
    unsigned status = a.status;
    answer_free(&a);
    return status;
}

/* Bytes of heap in use. */
static inline size_t allocated(void)
{
#ifdef HAS_SANITIZER
    return __sanitizer_get_current_allocated_bytes();
#else
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#endif
}

static inline void raise_descriptor_limit(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

#endif
