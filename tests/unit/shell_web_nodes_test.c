/* Pages of one node at another: whom a page may ask (connect-src), whose pages may ask us (Origin),
 * and who may read what (CORS). For the nodes that are named, for nobody else, and not a moment
 * longer. */
#include "web_fixture.h"

#define HOST      "Host: localhost\r\n"
#define JSON      "Content-Type: application/json\r\n"
#define FR1       "fr1.example.org"
#define DE1       "de1.example.org"
#define COMMON    "https://meet.example.org"
#define BLOB      "GET /api/v1/blobs/0y8Xb0o0g3b8yXr2gQ9yq1h3mN7mZs4jY0eE5c1uW2k HTTP/1.1\r\n" HOST
#define POLICY    "GET /api/v1/policies/AAECAwQFBgcICQoLDA0ODw HTTP/1.1\r\n" HOST
#define PREFLIGHT "OPTIONS /api/v1/meetings HTTP/1.1\r\n" HOST

static const char *const two[] = {FR1, DE1};

static int setup(void **state)
{
    static struct fixture f;
    struct ic_web_config config = basic_config();
    fixture_init(&f, &config);
    *state = &f;
    return 0;
}

static int setup_behind_proxy(void **state)
{
    static struct fixture f;
    struct ic_web_config config = basic_config();
    config.is_behind_proxy = true;
    config.origins[0] = COMMON;
    config.origins[1] = "https://b\xc3\xbcro.example.org";
    config.origin_count = 2;
    fixture_init(&f, &config);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static unsigned port_of(const struct fixture *f)
{
    return ic_web_port(f->web, 0);
}

/* The value of connect-src. */
static const char *sources_of(struct fixture *f, const char *path)
{
    static char out[8192];
    char request[256];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" HOST "\r\n", path);
    struct answer a = ask(f, request);
    const char *start = strstr(field(&a, "Content-Security-Policy"), "connect-src ");
    assert_non_null(start);
    start += strlen("connect-src ");
    int n = snprintf(out, sizeof out, "%.*s", (int)strcspn(start, ";"), start);
    assert_true(n > 0 && (size_t)n < sizeof out);
    answer_free(&a);
    return out;
}

static struct answer ask_as(struct fixture *f, const char *line, const char *origin)
{
    char request[1024];
    int n = snprintf(request, sizeof request, "%sOrigin: %s\r\n\r\n", line, origin);
    assert_true(n > 0 && (size_t)n < sizeof request);
    return ask(f, request);
}

static const char *origin_of(const struct fixture *f, const char *name)
{
    static char out[300];
    snprintf(out, sizeof out, "http://%s:%u", name, port_of(f));
    return out;
}

/* ---- whom a page may ask ---- */

static void a_page_of_a_node_alone_asks_nobody_else(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(sources_of(f, "/"), "'self'");
    ic_web_set_nodes(f->web, two, 2);
    ic_web_set_nodes(f->web, NULL, 0);
    assert_string_equal(sources_of(f, "/"), "'self'");
}

static void a_page_may_ask_the_nodes_that_are_named(void **state)
{
    struct fixture *f = *state;
    char expected[512];
    unsigned port = port_of(f);
    ic_web_set_nodes(f->web, two, 2);
    snprintf(expected, sizeof expected,
             "'self' http://" FR1 ":%u ws://" FR1 ":%u http://" DE1 ":%u ws://" DE1 ":%u", port,
             port, port, port);
    assert_string_equal(sources_of(f, "/"), expected);
    assert_string_equal(sources_of(f, "/m/AbCdEfGhIjKlMnOpQrStUv"), expected);
    assert_string_equal(sources_of(f, "/assets/style.css"), expected); /* what a worker runs by */
    ic_web_set_nodes(f->web, &two[1], 1);
    snprintf(expected, sizeof expected, "'self' http://" DE1 ":%u ws://" DE1 ":%u", port, port);
    assert_string_equal(sources_of(f, "/"), expected);
}

static void behind_a_proxy_the_port_is_the_usual_one(void **state)
{
    struct fixture *f = *state;
    ic_web_set_nodes(f->web, two, 2);
    assert_string_equal(sources_of(f, "/"),
                        "'self' https://" FR1 " wss://" FR1 " https://" DE1 " wss://" DE1);
}

static void what_is_no_host_is_not_named(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {
        "",    "a b", "*",         "a;script-src",    "A",          "*.example.org", "a/b",
        "a:1", "a,b", "a\r\nX: y", "'unsafe-inline'", "b\xc3\xbcro"};
    ic_web_set_nodes(f->web, names, sizeof names / sizeof names[0]);
    assert_string_equal(sources_of(f, "/"), "'self'");
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void the_list_has_an_end_and_begins_with_the_first(void **state)
{
    struct fixture *f = *state;
    static char names[IC_NODES_MAX + 1][IC_NODE_NAME_MAX + 1];
    const char *lent[IC_NODES_MAX + 1];
    for (size_t i = 0; i <= IC_NODES_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%03zu.example.org", i);
        lent[i] = names[i];
    }
    ic_web_set_nodes(f->web, lent, IC_NODES_MAX + 1);
    const char *sources = sources_of(f, "/");
    assert_int_equal(count_of(sources, " http://"), IC_WEB_NODES_MAX);
    assert_int_equal(count_of(sources, " ws://"), IC_WEB_NODES_MAX);
    assert_non_null(strstr(sources, "http://n000.example.org"));
    assert_non_null(strstr(sources, "http://n031.example.org"));
    assert_null(strstr(sources, "n032"));
    /* whom a page does not name may ask all the same, up to the limit of nodes */
    struct answer a = ask_as(f, BLOB, origin_of(f, "n127.example.org"));
    assert_non_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    a = ask_as(f, BLOB, origin_of(f, "n128.example.org"));
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);

    for (size_t i = 0; i < IC_NODES_MAX; i++)
        memset(names[i], 'a' + (int)(i % 26), IC_NODE_NAME_MAX);
    ic_web_set_nodes(f->web, lent, IC_NODES_MAX);
    sources = sources_of(f, "/");
    assert_true(strlen(sources) <= IC_WEB_NODES_BYTES_MAX + strlen("'self'"));
    assert_true(strlen(sources) > IC_WEB_NODES_BYTES_MAX - 2 * (IC_NODE_NAME_MAX + 16));
    assert_true(count_of(sources, " ws://") == count_of(sources, " http://"));
}

/* ---- whose pages may ask ---- */

#define UPGRADE                                                                                    \
    "GET /signal HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\n"                \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define MAKE "POST /api/v1/meetings HTTP/1.1\r\n" HOST JSON "Content-Length: 2\r\n"

static unsigned upgrade_as(struct fixture *f, const char *origin)
{
    char request[1024];
    struct client c = client_open(f);
    snprintf(request, sizeof request, UPGRADE "Origin: %s\r\n\r\n", origin);
    client_text(f, &c, request);
    struct answer a = client_answer(f, &c, false);
    unsigned status = a.status;
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    client_close(&c);
    return status;
}

static unsigned make_as(struct fixture *f, const char *origin)
{
    char request[1024];
    snprintf(request, sizeof request, MAKE "Origin: %s\r\n\r\n{}", origin);
    return status_of(f, request);
}

static void pages_of_nodes_may_connect_and_make_meetings(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(upgrade_as(f, origin_of(f, FR1)), 403);
    assert_int_equal(make_as(f, origin_of(f, FR1)), 403);
    ic_web_set_nodes(f->web, two, 2);
    assert_int_equal(upgrade_as(f, origin_of(f, FR1)), 101);
    assert_int_equal(upgrade_as(f, origin_of(f, DE1)), 101);
    assert_int_equal(make_as(f, origin_of(f, DE1)), 201);
    assert_int_equal(upgrade_as(f, "http://localhost"), 101); /* its own, as ever */
    ic_web_set_nodes(f->web, &two[1], 1);
    assert_int_equal(upgrade_as(f, origin_of(f, FR1)), 403);
    assert_int_equal(make_as(f, origin_of(f, FR1)), 403);
    assert_int_equal(upgrade_as(f, origin_of(f, DE1)), 101);
}

static void like_a_node_is_not_a_node(void **state)
{
    struct fixture *f = *state;
    char like[8][300];
    unsigned port = port_of(f);
    ic_web_set_nodes(f->web, two, 2);
    snprintf(like[0], sizeof like[0], "https://" FR1 ":%u", port);
    snprintf(like[1], sizeof like[1], "http://" FR1 ":%u", port + 1);
    snprintf(like[2], sizeof like[2], "http://" FR1);
    snprintf(like[3], sizeof like[3], "http://x." FR1 ":%u", port);
    snprintf(like[4], sizeof like[4], "http://" FR1 ":%u.evil.example", port);
    snprintf(like[5], sizeof like[5], "http://" FR1 ":%u/", port);
    snprintf(like[6], sizeof like[6], "http://FR1.example.org:%u", port);
    snprintf(like[7], sizeof like[7], "null");
    for (size_t i = 0; i < sizeof like / sizeof like[0]; i++) {
        assert_int_equal(upgrade_as(f, like[i]), 403);
        assert_int_equal(make_as(f, like[i]), 403);
        struct answer a = ask_as(f, BLOB, like[i]);
        assert_int_equal(a.status, 200);
        assert_string_equal(field(&a, "Vary"), "Origin");
        assert_null(field(&a, "Access-Control-Allow-Origin"));
        answer_free(&a);
        a = ask_as(f, PREFLIGHT "Access-Control-Request-Method: POST\r\n", like[i]);
        assert_int_equal(a.status, 405);
        assert_null(field(&a, "Access-Control-Allow-Origin"));
        answer_free(&a);
    }
    char both[1024];
    snprintf(both, sizeof both, BLOB "Origin: http://" FR1 ":%u\r\n", port);
    struct answer a = ask_as(f, both, origin_of(f, FR1)); /* two of them are none */
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
}

/* ---- who may read ---- */

static void nodes_pages_read_what_they_need_and_no_more(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        unsigned status;
        bool is_shared;
    } rows[] = {
        {BLOB, 200, true},
        {POLICY, 200, true},
        {"GET /api/v1/blobs/none HTTP/1.1\r\n" HOST, 404, true}, /* that there is none, too */
        {"GET /api/v1/nodes/self HTTP/1.1\r\n" HOST, 200, true},
        {"HEAD /api/v1/nodes/self HTTP/1.1\r\n" HOST, 200, true},
        {"GET /api/v1/nodes/directory HTTP/1.1\r\n" HOST, 404, true},
        {"GET /log/checkpoint HTTP/1.1\r\n" HOST, 404, true},
        {"PUT /log/checkpoint HTTP/1.1\r\n" HOST, 405, true},
        {"GET /api/v1/issuers HTTP/1.1\r\n" HOST, 200, false},
        {"GET / HTTP/1.1\r\n" HOST, 200, false},
        {"GET /assets/style.css HTTP/1.1\r\n" HOST, 200, false},
        {"GET /livez HTTP/1.1\r\n" HOST, 200, false},
        {"GET /none HTTP/1.1\r\n" HOST, 404, false},
        {"OPTIONS / HTTP/1.1\r\n" HOST, 405, false},
        {"OPTIONS /api/v1/issuers HTTP/1.1\r\n" HOST, 405, false},
    };
    ic_web_set_nodes(f->web, two, 2);
    ic_web_show_node(f->web, "{}", UINT64_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *origin = origin_of(f, FR1);
        struct answer a = ask_as(f, rows[i].request, origin);
        assert_int_equal(a.status, rows[i].status);
        assert_null(field(&a, "Access-Control-Allow-Credentials"));
        assert_string_equal(field(&a, "Cross-Origin-Resource-Policy"), "same-origin");
        if (rows[i].is_shared) {
            assert_string_equal(field(&a, "Access-Control-Allow-Origin"), origin);
            assert_string_equal(field(&a, "Access-Control-Expose-Headers"), "Retry-After");
            assert_string_equal(field(&a, "Vary"), "Origin");
        } else {
            assert_null(field(&a, "Access-Control-Allow-Origin"));
        }
        answer_free(&a);
        char request[512];
        snprintf(request, sizeof request, "%s\r\n", rows[i].request); /* from nowhere */
        a = ask(f, request);
        assert_null(field(&a, "Access-Control-Allow-Origin"));
        if (rows[i].is_shared)
            assert_string_equal(field(&a, "Vary"), "Origin");
        answer_free(&a);
    }
}

/* One request after the other on the same connection: nothing is left behind. */
static void each_request_is_its_own(void **state)
{
    struct fixture *f = *state;
    char request[1024];
    struct client c = client_open(f);
    ic_web_set_nodes(f->web, two, 2);
    snprintf(request, sizeof request, BLOB "Origin: %s\r\n\r\n", origin_of(f, FR1));
    struct answer a = ask_on(f, &c, request);
    assert_non_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    assert_null(field(&a, "Vary"));
    answer_free(&a);
    a = ask_on(f, &c, request);
    answer_free(&a);
    a = ask_on(f, &c, "nonsense\r\n\r\n");
    assert_int_equal(a.status, 400);
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    client_close(&c);
}

static void a_browser_may_ask_before_it_sends(void **state)
{
    struct fixture *f = *state;
    char request[1024];
    struct client c = client_open(f);
    ic_web_set_nodes(f->web, two, 2);
    snprintf(request, sizeof request,
             PREFLIGHT "Origin: %s\r\nAccess-Control-Request-Method: POST\r\n"
                       "Access-Control-Request-Headers: content-type\r\n\r\n",
             origin_of(f, FR1));
    client_text(f, &c, request);
    struct answer a = client_answer(f, &c, false);
    assert_int_equal(a.status, 204);
    assert_string_equal(field(&a, "Access-Control-Allow-Origin"), origin_of(f, FR1));
    assert_string_equal(field(&a, "Access-Control-Allow-Methods"), "POST");
    assert_string_equal(field(&a, "Access-Control-Allow-Headers"), "Content-Type");
    assert_string_equal(field(&a, "Vary"), "Origin");
    assert_null(field(&a, "Content-Length"));
    assert_null(field(&a, "Access-Control-Max-Age")); /* it is asked again soon */
    answer_free(&a);
    snprintf(request, sizeof request, MAKE "Origin: %s\r\n\r\n{}", origin_of(f, FR1));
    a = ask_on(f, &c, request); /* the connection goes on */
    assert_int_equal(a.status, 201);
    assert_string_equal(field(&a, "Access-Control-Allow-Origin"), origin_of(f, FR1));
    answer_free(&a);
    client_close(&c);
}

/* It leaves while its answer is being worked on. */
static void a_node_that_leaves_reads_nothing_more(void **state)
{
    struct fixture *f = *state;
    char request[1024];
    snprintf(request, sizeof request, BLOB "Origin: %s\r\n\r\n", origin_of(f, FR1));
    for (unsigned round = 0; round < 2; round++) {
        struct client c = client_open(f);
        ic_web_set_nodes(f->web, two, 2);
        f->answers_at_once = false;
        f->blobs = 0;
        client_text(f, &c, request);
        WAIT_FOR(f, f->blobs == 1);
        if (round == 1)
            ic_web_set_nodes(f->web, &two[1], 1);
        ic_web_answer_blob(f->web, f->conn, IC_OK, (const uint8_t *)"abc", 3);
        struct answer a = client_answer(f, &c, true);
        assert_int_equal(a.status, 200);
        assert_string_equal(field(&a, "Vary"), "Origin");
        assert_true((field(&a, "Access-Control-Allow-Origin") == NULL) == (round == 1));
        answer_free(&a);
        client_close(&c);
    }
}

static void origins_of_the_configuration_read_too(void **state)
{
    struct fixture *f = *state;
    struct answer a = ask_as(f, BLOB, COMMON);
    assert_string_equal(field(&a, "Access-Control-Allow-Origin"), COMMON);
    answer_free(&a);
    a = ask_as(f, BLOB, COMMON "x");
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    a = ask_as(f, BLOB, "https://localhost");
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    a = ask_as(f, BLOB, "https://b\xc3\xbcro.example.org"); /* no browser sends this */
    assert_null(field(&a, "Access-Control-Allow-Origin"));
    answer_free(&a);
    ic_web_set_nodes(f->web, two, 2);
    a = ask_as(f, BLOB, "https://" FR1);
    assert_string_equal(field(&a, "Access-Control-Allow-Origin"), "https://" FR1);
    answer_free(&a);
    assert_int_equal(upgrade_as(f, "https://" FR1), 101);
    assert_int_equal(upgrade_as(f, "http://" FR1), 403);
}

#define T(f)      cmocka_unit_test_setup_teardown(f, setup, teardown)
#define BEHIND(f) cmocka_unit_test_setup_teardown(f, setup_behind_proxy, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_page_of_a_node_alone_asks_nobody_else),
        T(a_page_may_ask_the_nodes_that_are_named),
        BEHIND(behind_a_proxy_the_port_is_the_usual_one),
        T(what_is_no_host_is_not_named),
        T(the_list_has_an_end_and_begins_with_the_first),
        T(pages_of_nodes_may_connect_and_make_meetings),
        T(like_a_node_is_not_a_node),
        T(nodes_pages_read_what_they_need_and_no_more),
        T(each_request_is_its_own),
        T(a_browser_may_ask_before_it_sends),
        T(a_node_that_leaves_reads_nothing_more),
        BEHIND(origins_of_the_configuration_read_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
