/* Listening over real sockets: addresses, limits of connections, want of descriptors, draining, and
 * that an idle server sleeps. */
#include "web_fixture.h"

#define HOST "Host: localhost\r\n"
#define JSON "Content-Type: application/json\r\n"
#define GOOD                                                                                       \
    "POST /api/v1/meetings HTTP/1.1\r\n" HOST "Origin: http://localhost\r\n" JSON                  \
    "Content-Length: 2\r\n\r\n{}"

static int setup(void **state)
{
    static struct fixture f;
    struct ic_web_config config = basic_config();
    fixture_init(&f, &config);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    fixture_deinit(*state);
    return 0;
}

static void limits_connections(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.connections_max = 8;
    config.connections_per_address_max = 5;
    fixture_init(&f, &config);
    struct client held[5];
    for (int i = 0; i < 5; i++)
        held[i] = client_open(&f);
    WAIT_FOR(&f, stats_of(&f).connections == 5);
    struct client more = client_open(&f);
    client_want_end(&f, &more);
    assert_int_equal(more.in_len, 0);
    client_close(&more);
    assert_int_equal(stats_of(&f).refused, 1);
    client_close(&held[0]);
    WAIT_FOR(&f, stats_of(&f).connections == 4);
    assert_int_equal(status_of(&f, "GET /livez HTTP/1.1\r\n" HOST "\r\n"), 200);
    for (int i = 1; i < 5; i++)
        client_close(&held[i]);
    fixture_deinit(&f);
}

/* ":443" of the configuration: both families on one socket, and an IPv4 client is counted by its
 * own address, not by the first half of the mapped one. */
static void an_unspecified_address_takes_ipv4_too(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.listen[0] = (struct ic_addr){.port = 0};
    config.connections_per_address_max = 1;
    fixture_init(&f, &config);
    struct client first = client_open(&f);
    WAIT_FOR(&f, stats_of(&f).connections == 1);
    struct client more = client_open(&f);
    client_want_end(&f, &more);
    struct sockaddr_in from = {.sin_family = AF_INET},
                       to = {.sin_family = AF_INET, .sin_port = htons(ic_web_port(f.web, 0))};
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct client other = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(bind(other.fd, (const struct sockaddr *)&from, sizeof from), 0);
    assert_int_equal(connect(other.fd, (const struct sockaddr *)&to, sizeof to), 0);
    WAIT_FOR(&f, stats_of(&f).connections == 2);
    assert_int_equal(stats_of(&f).refused, 1);
    client_close(&first);
    client_close(&more);
    client_close(&other);
    fixture_deinit(&f);
}

/* One socket for each family, as an operator may write it: they do not get into each other's way.
 */
static void both_families_can_be_named(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    fixture_init(&f, &config);
    uint16_t port = ic_web_port(f.web, 0); /* free again in a moment */
    fixture_deinit(&f);
    config.listen[0] = ic_addr_v4(0, 0, 0, 0, port);
    config.listen[1] = (struct ic_addr){.port = port};
    config.listen_count = 2;
    fixture_init(&f, &config);
    assert_int_equal(status_of(&f, "GET /livez HTTP/1.1\r\n" HOST "\r\n"), 200);
    fixture_deinit(&f);
}

/* Behind a proxy everybody comes from one address: it is the proxy that counts. */
static void a_proxy_is_not_limited(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.connections_per_address_max = 1;
    config.is_behind_proxy = true;
    fixture_init(&f, &config);
    struct client held[4];
    for (int i = 0; i < 4; i++)
        held[i] = client_open(&f);
    WAIT_FOR(&f, stats_of(&f).connections == 4);
    for (int i = 0; i <= IC_HTTP_MEETINGS_BURST; i++)
        assert_int_equal(status_of(&f, GOOD), 201);
    for (int i = 0; i < 4; i++)
        client_close(&held[i]);
    fixture_deinit(&f);
}

static void listens_on_several_addresses(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    (void)state;
    config.listen[1] = ic_addr_v4(127, 0, 0, 2, 0);
    config.listen_count = 2;
    fixture_init(&f, &config);
    assert_true(ic_web_port(f.web, 0) != 0 && ic_web_port(f.web, 1) != 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ic_web_port(f.web, 1))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    struct client c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(connect(c.fd, (const struct sockaddr *)&to, sizeof to), 0);
    struct answer a = ask_on(&f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    client_close(&c);
    assert_int_equal(status_of(&f, "GET /livez HTTP/1.1\r\n" HOST "\r\n"), 200);
    fixture_deinit(&f);
}

static void listens_on_ipv6(void **state)
{
    struct fixture f;
    struct ic_web_config config = basic_config();
    struct ic_loop loop;
    const struct ic_web_handlers handlers = {.context = NULL};
    const char *why;
    (void)state;
    config.listen[1] = (struct ic_addr){.ip = {[15] = 1}};
    config.listen_count = 2;
    assert_int_equal(ic_loop_init(&loop), IC_OK);
    struct ic_web *probe = ic_web_create(&config, &loop, &handlers, &why);
    ic_web_destroy(probe);
    ic_loop_deinit(&loop);
    if (probe == NULL) {
        print_message("skipped: %s\n", why);
        skip();
    }
    fixture_init(&f, &config);
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(ic_web_port(f.web, 1))};
    to.sin6_addr.s6_addr[15] = 1;
    struct client c = {.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_int_equal(connect(c.fd, (const struct sockaddr *)&to, sizeof to), 0);
    struct answer a = ask_on(&f, &c, "GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    a = ask_on(
        &f, &c,
        "POST /api/v1/meetings HTTP/1.1\r\nHost: [::1]:80\r\nOrigin: http://[::1]:80\r\n" JSON
        "Content-Length: 2\r\n\r\n{}");
    assert_int_equal(a.status, 201);
    answer_free(&a);
    client_close(&c);
    fixture_deinit(&f);
}

/* Out of descriptors: the listener rests instead of spinning, and takes up again. */
static void pauses_without_descriptors(void **state)
{
    struct fixture *f = *state;
    struct rlimit limit, tight;
    int turns = 0;
    struct client c = {.fd = connect_to(f)}; /* in the backlog, not accepted */
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    tight = limit;
    tight.rlim_cur = (rlim_t)c.fd + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(250));
    for (; ic_time_before(ic_clock_now(), until); turns++)
        turn(f, 1000);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(turns < 20);
    assert_int_equal(stats_of(f).connections, 0);
    struct answer a = ask_on(f, &c, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(a.status, 200);
    answer_free(&a);
    client_close(&c);
}

static void says_why_it_cannot_listen(void **state)
{
    struct fixture *f = *state;
    struct ic_web_config config = basic_config();
    const struct ic_web_handlers handlers = {.context = NULL};
    const char *why = NULL;
    config.listen[0].port = ic_web_port(f->web, 0);
    assert_null(ic_web_create(&config, &f->loop, &handlers, &why));
    assert_non_null(strstr(why, "cannot listen on 127.0.0.1:"));
    assert_non_null(strstr(why, "another program listens there"));
    config.listen[0] = ic_addr_v4(192, 0, 2, 1, 0); /* RFC 5737 */
    assert_null(ic_web_create(&config, &f->loop, &handlers, &why));
    assert_non_null(strstr(why, "does not have that address"));
}

static void drains(void **state)
{
    struct fixture *f = *state;
    struct client idle = client_open(f), busy = client_open(f);
    struct answer a = ask_on(f, &idle, "GET /livez HTTP/1.1\r\n" HOST "\r\n");
    answer_free(&a);
    f->answers_at_once = false;
    client_text(f, &busy, GOOD);
    WAIT_FOR(f, f->meetings == 1);
    ic_web_drain(f->web);
    client_want_end(f, &idle);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ic_web_port(f->web, 0))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), -1);
    close(fd);
    ic_web_answer_meeting(f->web, f->conn, IC_HUB_MADE, "AbCdEfGhIjKlMnOpQrStUv");
    a = client_answer(f, &busy, true);
    assert_int_equal(a.status, 201);
    assert_string_equal(field(&a, "Connection"), "close");
    answer_free(&a);
    client_want_end(f, &busy);
    client_close(&idle);
    client_close(&busy);
    WAIT_FOR(f, stats_of(f).connections == 0);
    assert_true(ic_time_is_never(ic_web_deadline(f->web)));
}

/* Nothing to do: the loop sleeps. */
static void does_not_spin(void **state)
{
    struct fixture *f = *state;
    struct client waiting = client_open(f), reading = client_open(f);
    int turns = 0;
    f->answers_at_once = false;
    client_text(f, &waiting, GOOD "excess");
    shutdown(waiting.fd, SHUT_WR);
    client_text(f, &reading, "GET /assets/big-AbCd1234.js HTTP/1.1\r\n" HOST "\r\n");
    shutdown(reading.fd, SHUT_WR);
    turn_for(f, 50);
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(200));
    for (; ic_time_before(ic_clock_now(), until); turns++)
        turn(f, 100);
    assert_true(turns < 10);
    client_close(&waiting);
    client_close(&reading);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_connections),
        cmocka_unit_test(listens_on_several_addresses),
        cmocka_unit_test(an_unspecified_address_takes_ipv4_too),
        cmocka_unit_test(both_families_can_be_named),
        cmocka_unit_test(a_proxy_is_not_limited),
        cmocka_unit_test(listens_on_ipv6),
        TEST(pauses_without_descriptors),
        TEST(says_why_it_cannot_listen),
        TEST(drains),
        TEST(does_not_spin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
