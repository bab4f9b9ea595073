/* HTTP over real sockets: every route, every refusal, conditional and compressed files, deadlines,
 * limits. */
#include "shell/web_issuers.h"
#include "web_fixture.h"

#define HOST    "Host: localhost\r\n"
#define ORIGIN  "Origin: http://localhost\r\n"
#define JSON    "Content-Type: application/json\r\n"
#define MEETING "POST /api/v1/meetings HTTP/1.1\r\n" HOST
#define GOOD    MEETING ORIGIN JSON "Content-Length: 2\r\n\r\n{}"

static int setup(void **state)
{
    static struct fixture f;
    struct ic_web_config config = basic_config();
    config.head_timeout_ms = 300;
    config.idle_timeout_ms = 500;
    fixture_init(&f, &config);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static void assert_security(const struct answer *a)
{
    static const char *const names[] = {
        "Content-Security-Policy",
        "Permissions-Policy",
        "Cross-Origin-Opener-Policy",
        "Cross-Origin-Embedder-Policy",
        "Cross-Origin-Resource-Policy",
        "Referrer-Policy",
        "X-Content-Type-Options",
        "Date",
        "Cache-Control",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(field(a, names[i]));
    assert_string_equal(field(a, "Cross-Origin-Opener-Policy"), "same-origin");
    assert_string_equal(field(a, "Cross-Origin-Embedder-Policy"), "require-corp");
    assert_string_equal(field(a, "Referrer-Policy"), "no-referrer");
    const char *policy = field(a, "Content-Security-Policy");
    assert_non_null(strstr(policy, "default-src 'none'"));
    assert_non_null(strstr(policy, "frame-ancestors 'none'"));
    assert_non_null(strstr(policy, "require-trusted-types-for 'script'"));
    assert_null(strstr(policy, "unsafe"));
    assert_null(strstr(policy, "http"));
    policy = field(a, "Permissions-Policy");
    assert_non_null(strstr(policy, "camera=(self)"));
    assert_non_null(strstr(policy, "geolocation=()"));
    assert_null(field(a, "Server"));
    assert_null(field(a, "Set-Cookie"));
    assert_null(field(a, "Strict-Transport-Security"));
}

static void assert_problem(const struct answer *a, unsigned status, const char *code)
{
    char expected[128];
    assert_int_equal(a->status, status);
    assert_string_equal(field(a, "Content-Type"), "application/problem+json");
    assert_string_equal(field(a, "Cache-Control"), "no-store");
    snprintf(expected, sizeof expected, "\"status\":%u,\"code\":\"%s\"", status, code);
    assert_non_null(strstr((const char *)a->body, expected));
    assert_security(a);
}

/* ---- files ---- */

static void serves_the_client_at_its_paths(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = {
        "/",
        "/?utm=1",
        "/new",
        "/m/AbCdEfGhIjKlMnOpQrStUv",
        "/m/",
        "/m/%00%zz0",
        "/m/a?b=c",
        "/m/..",
        "/m/0123456789012345678901234567890123456789012345678901234567890123",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char request[256];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
        struct answer a = ask(f, request);
        bool is_escape_bad = strstr(paths[i], "%zz") != NULL;
        assert_int_equal(a.status, is_escape_bad ? 400 : 200);
        if (!is_escape_bad) {
            assert_memory_equal(a.body, index_html, sizeof index_html - 1);
            assert_string_equal(field(&a, "Content-Type"), "text/html; charset=utf-8");
            assert_string_equal(field(&a, "Cache-Control"), "no-cache");
            assert_string_equal(field(&a, "Vary"), "Accept-Encoding");
        }
        assert_security(&a);
        answer_free(&a);
    }
}

#define LINK "/m/AAECAwQFBgcICQoLDA0ODw"

static void sends_a_link_to_where_the_meeting_is(void **state)
{
    struct fixture *f = *state;
    char expected[128];
    for (unsigned round = 0; round < 2; round++) {
        f->page_host = "fr1.example.org";
        struct answer a = ask(f, round == 0 ? "GET " LINK " HTTP/1.1\r\n" HOST "\r\n"
                                            : "HEAD " LINK "?x=1 HTTP/1.1\r\n" HOST "\r\n");
        snprintf(expected, sizeof expected, "http://fr1.example.org:%u" LINK,
                 ic_web_port(f->web, 0));
        assert_int_equal(a.status, 307);
        assert_string_equal(field(&a, "Location"), expected);
        assert_string_equal(field(&a, "Cache-Control"), "no-store");
        assert_int_equal(a.body_len, round == 0 ? strlen(expected) : 0);
        assert_security(&a);
        answer_free(&a);
    }
    assert_int_equal(f->pages, 2);
    assert_int_equal(f->meeting[15], 15);
    f->page_host = NULL;
    struct answer a = ask(f, "GET " LINK " HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_memory_equal(a.body, index_html, sizeof index_html - 1);
    answer_free(&a);
    assert_int_equal(f->pages, 3);
    static const char *const others[] = {"/",      "/new",   "/m/",
                                         LINK "A", LINK "/", "/m/AAECAwQFBgcICQoLDA0OD*"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char request[128];
        f->page_host = "fr1.example.org";
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", others[i]);
        struct answer o = ask(f, request);
        assert_true(o.status == 200 || o.status == 404);
        answer_free(&o);
    }
    assert_int_equal(f->pages, 3); /* nobody is asked about what is no meeting */
}

static void knows_no_other_paths(void **state)
{
    struct fixture *f = *state;
    static const char *const paths[] = {
        "/m",
        "/m/a/b",
        "/news",
        "/new/",
        "//",
        "/../etc/passwd",
        "/assets/",
        "/assets/none.js",
        "/assets/../index.html",
        "/signal/",
        "/livez/",
        "/api",
        "/api/v1/meetings/x",
        "/INDEX.html",
        "/m/01234567890123456789012345678901234567890123456789012345678901234",
        "/%69ndex.html",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char request[256];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
        struct answer a = ask(f, request);
        assert_problem(&a, 404, "not_found");
        answer_free(&a);
    }
}

static void caches_hashed_files_for_ever(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask(f, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_int_equal(a.body_len, BIG_LEN);
    assert_memory_equal(a.body, big_js, BIG_LEN);
    assert_string_equal(field(&a, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_null(field(&a, "Content-Encoding"));
    answer_free(&a);
    a = ask(f, "GET /assets/style.css HTTP/1.1\r\n" HOST "\r\n");
    assert_string_equal(field(&a, "Cache-Control"), "no-cache");
    answer_free(&a);
}

static void negotiates_the_coding(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *accept, *coding, *etag;
        const uint8_t *body;
    } table[] = {
        {"gzip, deflate, br", "br", "\"index-br\"", index_brotli},
        {"gzip", "gzip", "\"index-gzip\"", index_gzip},
        {"br;q=0.1, gzip;q=0.9", "gzip", "\"index-gzip\"", index_gzip},
        {"br;q=0, gzip;q=0", NULL, "\"index\"", index_html},
        {"deflate", NULL, "\"index\"", index_html},
        {"*", "br", "\"index-br\"", index_brotli},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char request[256];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" HOST "Accept-Encoding: %s\r\n\r\n",
                 table[i].accept);
        struct answer a = ask(f, request);
        assert_int_equal(a.status, 200);
        assert_string_equal(field(&a, "ETag"), table[i].etag);
        assert_int_equal(a.body_len, strlen((const char *)table[i].body));
        assert_memory_equal(a.body, table[i].body, a.body_len);
        if (table[i].coding == NULL)
            assert_null(field(&a, "Content-Encoding"));
        else
            assert_string_equal(field(&a, "Content-Encoding"), table[i].coding);
        answer_free(&a);
    }
}

static void answers_304_to_a_known_tag(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask(f, "GET / HTTP/1.1\r\n" HOST "Accept-Encoding: br\r\n"
                             "If-None-Match: \"old\", W/\"index-br\"\r\n\r\n");
    assert_int_equal(a.status, 304);
    assert_int_equal(a.body_len, 0);
    assert_null(field(&a, "Content-Length"));
    assert_string_equal(field(&a, "ETag"), "\"index-br\"");
    assert_string_equal(field(&a, "Vary"), "Accept-Encoding");
    assert_security(&a);
    answer_free(&a);
    a = ask(f, "GET / HTTP/1.1\r\n" HOST "If-None-Match: \"index-br\"\r\n\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
}

static void answers_head_without_a_body(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, "HEAD /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Content-Length"), "3000000");
    answer_free(&a);
    a = ask_on(f, &c, "HEAD /none HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 404);
    answer_free(&a);
    a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_int_equal(c.in_len, 0);
    answer_free(&a);
    client_close(&c);
}

/* ---- health ---- */

static void reports_health_and_version(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask(f, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Content-Type"), "application/json");
    assert_security(&a);
    answer_free(&a);
    assert_int_equal(status_of(f, "GET /readyz HTTP/1.1\r\n" HOST "\r\n"), 200);
    f->is_ready = false;
    a = ask(f, "GET /readyz HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 503);
    assert_non_null(field(&a, "Retry-After"));
    answer_free(&a);
    a = ask(f, "GET /version HTTP/1.1\r\n" HOST "\r\n");
    assert_non_null(strstr((const char *)a.body, "\"version\":\""));
    answer_free(&a);
}

/* ---- refusals ---- */

static void refuses_methods(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request, *allow;
    } table[] = {
        {"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "GET, HEAD"},
        {"DELETE /m/a HTTP/1.1\r\n" HOST "\r\n", "GET, HEAD"},
        {"TRACE / HTTP/1.1\r\n" HOST "\r\n", "GET, HEAD"},
        {"OPTIONS /api/v1/meetings HTTP/1.1\r\n" HOST "\r\n", "POST"},
        {"GET /api/v1/meetings HTTP/1.1\r\n" HOST "\r\n", "POST"},
        {"HEAD /signal HTTP/1.1\r\n" HOST "\r\n", "GET"},
        {"POST /livez HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "GET, HEAD"},
        {"get / HTTP/1.1\r\n" HOST "\r\n", "GET, HEAD"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct answer a = ask(f, table[i].request);
        assert_int_equal(a.status, 405);
        assert_string_equal(field(&a, "Allow"), table[i].allow);
        answer_free(&a);
    }
}

static void closes_after_what_it_cannot_read(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        unsigned status;
    } table[] = {
        {"GET / HTTP/1.0\r\n\r\n", 505},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET http://localhost/ HTTP/1.1\r\n" HOST "\r\n", 400},
        {"GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 501},
        {"POST / HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", 417},
        {"GET / HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nab", 400},
        {"\x16\x03\x01", 400},
        {"\n", 400},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct client c = client_open(f);
        struct answer a = ask_on(f, &c, table[i].request);
        assert_problem(&a, table[i].status, "bad_request");
        assert_string_equal(field(&a, "Connection"), "close");
        answer_free(&a);
        client_want_end(f, &c);
        client_close(&c);
    }
}

static void refuses_long_heads(void **state)
{
    struct fixture *f = *state;
    static char request[20000];
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" HOST "X: %09000d\r\n\r\n", 0);
    assert_int_equal(status_of(f, request), 431);
    snprintf(request, sizeof request, "GET /%09000d HTTP/1.1\r\n" HOST "\r\n", 0);
    assert_int_equal(status_of(f, request), 414);
    snprintf(request, sizeof request, "GET / HTTP/1.1\r\n" HOST "X: %08000d\r\n\r\n", 0);
    assert_int_equal(status_of(f, request), 200);
}

/* ---- keep-alive ---- */

static void keeps_the_connection(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    for (int i = 0; i < 20; i++) {
        struct answer a = ask_on(f, &c, "GET /none HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(a.status, 404);
        assert_null(field(&a, "Connection"));
        answer_free(&a);
    }
    struct answer a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
    assert_string_equal(field(&a, "Connection"), "close");
    answer_free(&a);
    client_want_end(f, &c);
    client_close(&c);
    assert_int_equal(stats_of(f).requests, 21);
}

static void does_not_pipeline(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct answer a =
        ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\nGET /version HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Connection"), "close");
    answer_free(&a);
    client_want_end(f, &c);
    assert_int_equal(c.in_len, 0);
    client_close(&c);
    assert_int_equal(stats_of(f).requests, 1);
}

static void closes_on_bytes_while_it_answers(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    f->answers_at_once = false;
    client_text(f, &c, GOOD);
    WAIT_FOR(f, f->meetings == 1);
    client_text(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    turn_for(f, 20);
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "AbCdEfGhIjKlMnOpQrStUv");
    struct answer a = client_answer(f, &c, true);
    assert_int_equal(a.status, 201);
    assert_string_equal(field(&a, "Connection"), "close");
    answer_free(&a);
    client_want_end(f, &c);
    assert_int_equal(c.in_len, 0);
    client_close(&c);
}

static void answers_after_a_half_close(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    f->answers_at_once = false;
    client_text(f, &c, GOOD);
    shutdown(c.fd, SHUT_WR);
    WAIT_FOR(f, f->meetings == 1);
    turn_for(f, 20);
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "AbCdEfGhIjKlMnOpQrStUv");
    struct answer a = client_answer(f, &c, true);
    assert_int_equal(a.status, 201);
    answer_free(&a);
    client_want_end(f, &c);
    client_close(&c);
}

/* ---- time ---- */

static void closes_slow_loris(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct ic_time start = ic_clock_now();
    /* One byte each 20 ms never completes the head; each byte must not buy time. */
    static const char request[] = "GET / HTTP/1.1\r\n" HOST "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    size_t sent = 0;
    for (; sent < sizeof request - 1 && !c.is_ended && c.in_len == 0; sent++) {
        (void)!send(c.fd, &request[sent], 1, MSG_NOSIGNAL);
        turn_for(f, 20);
        client_pull(&c);
    }
    assert_true(sent < sizeof request - 1);
    struct answer a = client_answer(f, &c, true);
    assert_problem(&a, 408, "timeout");
    answer_free(&a);
    client_want_end(f, &c);
    int64_t us = ic_time_sub(ic_clock_now(), start).us;
    assert_true(us >= 250000 && us < 10000000);
    client_close(&c);
}

static void closes_a_silent_connection(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    client_want_end(f, &c);
    assert_int_equal(c.in_len, 0);
    client_close(&c);
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void closes_a_slow_body(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, MEETING ORIGIN JSON "Content-Length: 2\r\n\r\n{");
    assert_problem(&a, 408, "timeout");
    answer_free(&a);
    client_close(&c);
    assert_int_equal(f->meetings, 0);
}

static void closes_an_idle_connection(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    struct answer a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    answer_free(&a);
    client_want_end(f, &c);
    client_close(&c);
}

static void survives_a_slow_reader(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    int small = 131072;
    assert_int_equal(setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    client_text(f, &c, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    turn_for(f, 100);
    struct answer a = client_answer(f, &c, true);
    assert_int_equal(a.body_len, BIG_LEN);
    assert_memory_equal(a.body, big_js, BIG_LEN);
    answer_free(&a);
    client_close(&c);
}

/* What happens later, without waiting for it. */
static void tick_after(struct fixture *f, int seconds)
{
    ic_web_tick(f->web, ic_time_add(f->loop.now, IC_SEC(seconds)));
}

/* 3 MB at 2 KiB a second, and half a minute more. */
static void closes_who_takes_no_answer(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    int small = 65536;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    client_text(f, &c, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    turn_for(f, 50);
    tick_after(f, 1400);
    assert_int_equal(stats_of(f).connections, 1);
    tick_after(f, 1600);
    assert_int_equal(stats_of(f).connections, 0);
    client_close(&c);
}

static void answers_when_the_hub_does_not(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    f->answers_at_once = false;
    client_text(f, &c, GOOD);
    WAIT_FOR(f, f->meetings == 1);
    tick_after(f, 9);
    turn_for(f, 10);
    client_pull(&c);
    assert_int_equal(c.in_len, 0);
    tick_after(f, 11);
    struct answer a = client_answer(f, &c, true);
    assert_problem(&a, 503, "busy");
    answer_free(&a);
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "too late"); /* ignored */
    client_close(&c);
}

static void forgets_a_reader_that_leaves(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 10; i++) {
        struct client c = client_open(f);
        client_text(f, &c, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
        turn_for(f, 5);
        client_close(&c);
    }
    WAIT_FOR(f, stats_of(f).connections == 0);
}

/* ---- meetings ---- */

static void makes_a_meeting(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    uint64_t last_id = 0;
    for (int i = 0; i < 3; i++) {
        struct answer a = ask_on(f, &c, GOOD);
        assert_int_equal(a.status, 201);
        assert_string_equal(field(&a, "Content-Type"), "application/json");
        assert_string_equal(field(&a, "Cache-Control"), "no-store");
        assert_string_equal((const char *)a.body, "{\"meeting\":\"AbCdEfGhIjKlMnOpQrStUv\"}\n");
        assert_null(field(&a, "Connection"));
        assert_security(&a);
        answer_free(&a);
        assert_true(f->conn.value != last_id);
        last_id = f->conn.value;
    }
    client_close(&c);
}

static void takes_a_body_in_pieces(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    client_text(f, &c,
                MEETING ORIGIN "Content-Type: application/json; charset=utf-8\r\n"
                               "Content-Length: 6\r\n\r\n {");
    turn_for(f, 10);
    client_text(f, &c, "\r\n");
    turn_for(f, 10);
    struct answer a = ask_on(f, &c, "\t}");
    assert_int_equal(a.status, 201);
    answer_free(&a);
    a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    client_close(&c);
}

static void answers_a_meeting_later(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    f->answers_at_once = false;
    client_text(f, &c, GOOD);
    WAIT_FOR(f, f->meetings == 1);
    struct ic_conn_id first = f->conn;
    ic_web_answer_meeting(f->web, first, IC_HUB_FULL, NULL);
    struct answer a = client_answer(f, &c, true);
    assert_problem(&a, 503, "server_full");
    assert_non_null(field(&a, "Retry-After"));
    answer_free(&a);
    client_text(f, &c, GOOD);
    WAIT_FOR(f, f->meetings == 2);
    ic_web_answer_meeting(f->web, first, IC_HUB_MADE, "stale"); /* ignored */
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_FAILED, NULL);
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "twice"); /* ignored */
    a = client_answer(f, &c, true);
    assert_problem(&a, 500, "internal");
    answer_free(&a);
    client_text(f, &c, GOOD);
    WAIT_FOR(f, f->meetings == 3);
    client_close(&c);
    WAIT_FOR(f, stats_of(f).connections == 1); /* it may have half-closed only */
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "AbCdEfGhIjKlMnOpQrStUv");
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void refuses_bad_meeting_requests(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        unsigned status;
    } table[] = {
        {MEETING JSON "Content-Length: 2\r\n\r\n{}", 403},
        {MEETING "Origin: null\r\n" JSON "Content-Length: 2\r\n\r\n{}", 403},
        {MEETING "Origin: https://localhost\r\n" JSON "Content-Length: 2\r\n\r\n{}", 403},
        {MEETING "Origin: http://localhost.evil.example\r\n" JSON "Content-Length: 2\r\n\r\n{}",
         403},
        {MEETING "Origin: http://localhost:81\r\n" JSON "Content-Length: 2\r\n\r\n{}", 403},
        {MEETING ORIGIN ORIGIN JSON "Content-Length: 2\r\n\r\n{}", 403},
        {MEETING ORIGIN "Content-Length: 2\r\n\r\n{}", 415},
        {MEETING ORIGIN "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415},
        {MEETING ORIGIN JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415},
        {MEETING ORIGIN JSON "\r\n", 411},
        {MEETING ORIGIN JSON "Content-Length: 16385\r\n\r\n", 413},
        {MEETING ORIGIN JSON "Content-Length: 999999999999\r\n\r\n", 413},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_int_equal(status_of(f, table[i].request), table[i].status);
    assert_int_equal(f->meetings, 0);
}

/* The body is the hub's to judge: it arrives as it came. */
static void passes_the_body_on_and_says_what_the_hub_thinks(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum ic_hub_answer answer;
        unsigned status;
        const char *code;
    } table[] = {
        {IC_HUB_BAD_MESSAGE, 400, "bad_message"},
        {IC_HUB_BAD_POLICY, 400, "bad_policy"},
        {IC_HUB_UNBOUND_POLICY, 400, "unbound_policy"},
        {IC_HUB_EXISTS, 409, "exists"},
        {IC_HUB_FULL, 503, "server_full"},
        {IC_HUB_FAILED, 500, "internal"},
    };
    struct client c = client_open(f);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        f->meeting_answer = table[i].answer;
        struct answer a =
            ask_on(f, &c, MEETING ORIGIN JSON "Content-Length: 10\r\n\r\n[\"\\u0000\"]");
        assert_problem(&a, table[i].status, table[i].code);
        assert_null(field(&a, "Connection"));
        answer_free(&a);
        assert_string_equal(f->message, "[\"\\u0000\"]");
    }
    struct answer a = ask_on(f, &c, MEETING ORIGIN JSON "Content-Length: 0\r\n\r\n");
    answer_free(&a);
    assert_int_equal(f->message_len, 0);
    client_close(&c);
}

/* ---- blobs and issuers ---- */

#define HASH "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void gives_blobs_by_their_hash(void **state)
{
    struct fixture *f = *state;
    struct client c = client_open(f);
    for (int i = 0; i < 2; i++) { /* twice on one connection */
        struct answer a = ask_on(f, &c, "GET /api/v1/blobs/" HASH " HTTP/1.1\r\n" HOST "\r\n");
        assert_int_equal(a.status, 200);
        assert_string_equal(field(&a, "Content-Type"), "application/octet-stream");
        assert_string_equal(field(&a, "Cache-Control"), "private, max-age=600");
        assert_string_equal(field(&a, "Cross-Origin-Resource-Policy"), "same-origin");
        assert_int_equal(a.body_len, BLOB_LEN);
        for (size_t k = 0; k < BLOB_LEN; k++)
            assert_int_equal(a.body[k], (uint8_t)(k * 7));
        for (size_t k = 0; k < sizeof f->hash; k++)
            assert_int_equal(f->hash[k], k);
        answer_free(&a);
    }
    client_close(&c);
}

static void refuses_blobs_that_are_not_there(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {
        "GET /api/v1/blobs/ HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/blobs/" HASH "A HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/blobs/AAEC HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/blobs/" HASH "/ HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/blobs HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/blobs/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9 HTTP/1.1\r\n" HOST "\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(status_of(f, bad[i]), 404);
    assert_int_equal(f->blobs, 0);
    static const struct {
        enum ic_err result;
        unsigned status;
    } table[] = {{IC_ERR_GONE, 404}, {IC_ERR_FULL, 503}, {IC_ERR_SYSTEM, 500}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        f->blob_result = table[i].result;
        assert_int_equal(status_of(f, "GET /api/v1/blobs/" HASH " HTTP/1.1\r\n" HOST "\r\n"),
                         table[i].status);
    }
    assert_int_equal(status_of(f, "POST /api/v1/blobs/" HASH " HTTP/1.1\r\n" HOST "\r\n"), 405);
}

#define MEETING_ID "AAECAwQFBgcICQoLDA0ODw"

static void gives_the_policy_of_a_meeting_by_its_id(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask(f, "GET /api/v1/policies/" MEETING_ID " HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Content-Type"), "application/octet-stream");
    assert_string_equal(field(&a, "Cross-Origin-Resource-Policy"), "same-origin");
    assert_int_equal(a.body_len, IC_MEETING_ID_LEN);
    for (size_t k = 0; k < IC_MEETING_ID_LEN; k++)
        assert_int_equal(a.body[k], k); /* the fixture says the id that it was asked for */
    answer_free(&a);
    static const char *const bad[] = {
        "GET /api/v1/policies HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/policies/ HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/policies/AAEC HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/policies/" MEETING_ID "/ HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/policies/" HASH " HTTP/1.1\r\n" HOST "\r\n",
        "GET /api/v1/policies/AAECAwQFBgcICQoLDA0ODx HTTP/1.1\r\n" HOST "\r\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(status_of(f, bad[i]), 404);
    assert_int_equal(f->policies, 1);
    f->blob_result = IC_ERR_GONE;
    assert_int_equal(status_of(f, "GET /api/v1/policies/" MEETING_ID " HTTP/1.1\r\n" HOST "\r\n"),
                     404);
    assert_int_equal(status_of(f, "POST /api/v1/policies/" MEETING_ID " HTTP/1.1\r\n" HOST "\r\n"),
                     405);
}

/* Whoever leaves while a blob goes out leaves nothing behind (the sanitizer looks for leaks). */
static void forgets_who_leaves_with_half_a_blob(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 5; i++) {
        struct client c = client_open(f);
        client_text(f, &c, "GET /api/v1/blobs/" HASH " HTTP/1.1\r\n" HOST "\r\n");
        turn_for(f, 5);
        client_close(&c);
    }
    WAIT_FOR(f, stats_of(f).connections == 0);
}

static void names_no_issuers_when_there_are_none(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask(f, "GET /api/v1/issuers HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    assert_string_equal(field(&a, "Content-Type"), "application/json");
    assert_string_equal((const char *)a.body, "{\"issuers\":[]}");
    assert_non_null(strstr(field(&a, "Content-Security-Policy"), "connect-src 'self';"));
    answer_free(&a);
}

static void assert_node(struct fixture *f, unsigned status, const char *words)
{
    struct answer a = ask(f, "GET /api/v1/nodes/self HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, status);
    assert_non_null(strstr((const char *)a.body, words));
    answer_free(&a);
}

static void shows_the_node_until_its_certificate_ends(void **state)
{
    struct fixture *f = *state;
    static const char json[] = "{\"node_cert\":\"x\"}";
    assert_node(f, 404, "\"code\":\"not_certified\"");
    ic_web_show_node(f->web, json, 4102444800);
    assert_node(f, 200, json);
    ic_web_show_node(f->web, json, 1700000000);
    assert_node(f, 404, "\"code\":\"expired\"");
    ic_web_show_node(f->web, NULL, 0);
    assert_node(f, 404, "\"code\":\"not_certified\"");
}

static void pages_may_ask_the_issuers_and_nobody_else(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    static const struct ic_web_issuer issuers[] = {
        {"https://id.example.org/realms/a", "in-camera", "Example \"org\""},
        {"https://id.example.org/realms/b", "x", ""},
        {"http://localhost:9000", "y", ""},
    };
    (void)state;
    config.issuers = issuers;
    config.issuer_count = 3;
    fixture_init(&f, &config);
    struct answer a = ask(&f, "GET /api/v1/issuers HTTP/1.1\r\n" HOST "\r\n");
    assert_string_equal(
        (const char *)a.body,
        "{\"issuers\":[{\"issuer\":\"https://id.example.org/realms/a\",\"audience\":\"in-camera\","
        "\"name\":\"Example \\\"org\\\"\"},{\"issuer\":\"https://id.example.org/realms/b\","
        "\"audience\":\"x\"},{\"issuer\":\"http://localhost:9000\",\"audience\":\"y\"}]}");
    assert_non_null(
        strstr(field(&a, "Content-Security-Policy"),
               "; connect-src 'self' https://id.example.org http://localhost:9000; font-src"));
    answer_free(&a);
    fixture_deinit(&f);
}

static void knows_a_sound_issuer(void **state)
{
    (void)state;
    static const char *const good[] = {
        "https://a",        "https://accounts.example.org", "https://a.example:8443/realms/x_y~z",
        "http://localhost", "http://localhost:9000/a",      "http://127.0.0.1:1",
        "http://[::1]:1"};
    static const char *const bad[] = {"",
                                      "https://",
                                      "https:///a",
                                      "http://example.org",
                                      "http://localhost.example.org",
                                      "https://a?b",
                                      "https://a#b",
                                      "https://a/?b",
                                      "https://A.example",
                                      "https://user@a",
                                      "https://a;b",
                                      "https://a 'unsafe-inline'",
                                      "https://a/b\"c",
                                      "ftp://a",
                                      "a"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(ic_web_issuers_is_sound(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(ic_web_issuers_is_sound(bad[i]));
    assert_true(ic_web_issuers_is_local("http://[::1]:1"));
    assert_false(ic_web_issuers_is_local("https://localhost"));
}

static void limits_meetings_of_an_address(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < IC_HTTP_MEETINGS_BURST; i++)
        assert_int_equal(status_of(f, GOOD), 201);
    struct answer a = ask(f, GOOD);
    assert_problem(&a, 429, "busy");
    unsigned long wait_s = strtoul(field(&a, "Retry-After"), NULL, 10);
    assert_true(wait_s >= 1 && wait_s <= 3);
    answer_free(&a);
    assert_int_equal(f->meetings, IC_HTTP_MEETINGS_BURST);
}

static void takes_configured_origins_only(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.origins[0] = "https://meet.example.org";
    config.origins[1] = "https://other.example";
    config.origin_count = 2;
    fixture_init(&f, &config);
    assert_int_equal(status_of(&f, GOOD), 403);
    assert_int_equal(status_of(&f, MEETING "Origin: https://other.example\r\n" JSON
                                           "Content-Length: 2\r\n\r\n{}"),
                     201);
    assert_int_equal(status_of(&f, MEETING "Origin: https://other.example.evil\r\n" JSON
                                           "Content-Length: 2\r\n\r\n{}"),
                     403);
    fixture_deinit(&f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(serves_the_client_at_its_paths),
        TEST(sends_a_link_to_where_the_meeting_is),
        TEST(knows_no_other_paths),
        TEST(caches_hashed_files_for_ever),
        TEST(negotiates_the_coding),
        TEST(answers_304_to_a_known_tag),
        TEST(answers_head_without_a_body),
        TEST(reports_health_and_version),
        TEST(refuses_methods),
        TEST(closes_after_what_it_cannot_read),
        TEST(refuses_long_heads),
        TEST(keeps_the_connection),
        TEST(does_not_pipeline),
        TEST(closes_on_bytes_while_it_answers),
        TEST(answers_after_a_half_close),
        TEST(closes_slow_loris),
        TEST(closes_a_silent_connection),
        TEST(closes_a_slow_body),
        TEST(closes_an_idle_connection),
        TEST(survives_a_slow_reader),
        TEST(closes_who_takes_no_answer),
        TEST(answers_when_the_hub_does_not),
        TEST(forgets_a_reader_that_leaves),
        TEST(makes_a_meeting),
        TEST(takes_a_body_in_pieces),
        TEST(answers_a_meeting_later),
        TEST(refuses_bad_meeting_requests),
        TEST(passes_the_body_on_and_says_what_the_hub_thinks),
        TEST(gives_blobs_by_their_hash),
        TEST(refuses_blobs_that_are_not_there),
        TEST(gives_the_policy_of_a_meeting_by_its_id),
        TEST(forgets_who_leaves_with_half_a_blob),
        TEST(names_no_issuers_when_there_are_none),
        TEST(shows_the_node_until_its_certificate_ends),
        cmocka_unit_test(pages_may_ask_the_issuers_and_nobody_else),
        cmocka_unit_test(knows_a_sound_issuer),
        TEST(limits_meetings_of_an_address),
        cmocka_unit_test(takes_configured_origins_only),
    };
    for (size_t i = 0; i < sizeof big_js; i++)
        big_js[i] = (uint8_t)(i * 2654435761U >> 24);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
