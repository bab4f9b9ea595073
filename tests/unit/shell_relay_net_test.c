/* Channels between nodes over real sockets: two of this program's own, and callers of the test that
 * do what a node does not. Wrong certificates either way, bytes that are no TLS, ends that do not
 * read, that say nothing, that come twice; calls that cross, and calls that are made again. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#include "shell/clock.h"
#include "shell/relay_net.h"
#include "transport/dtls_credentials.h"

#define WAIT_MS 10000

static const uint8_t policy[] = "policy";
static const uint8_t meeting[IC_MEETING_ID_LEN] = "a meeting";

struct end {
    struct ic_relay_net *net;
    struct ic_dtls_credentials *credentials;
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t other[IC_NODE_ID_LEN];
    uint32_t ups, asked, answered, said, dead;
    enum ic_place_reason reason;
    uint64_t person;
    bool is_silent; /* answers no ask */
};

/* 2 is a stranger: it has a certificate, which nobody knows. */
static struct {
    struct ic_loop loop;
    struct end ends[3];
} world;

/* ---- what an end is told ---- */

static void on_up(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                  const uint8_t fingerprint[static IC_SHA256_LEN])
{
    struct end *e = context;
    uint8_t own[IC_SHA256_LEN];
    ic_dtls_credentials_fingerprint(world.ends[1 - (e - world.ends)].credentials, own);
    assert_memory_equal(fingerprint, own, sizeof own);
    assert_memory_equal(node, e->other, IC_NODE_ID_LEN);
    e->ups++;
}

static void on_out(void *context, const uint8_t node[static IC_NODE_ID_LEN],
                   const struct ic_relay_channel_out *out)
{
    struct end *e = context;
    assert_memory_equal(node, e->other, IC_NODE_ID_LEN);
    switch (out->kind) {
    case IC_RELAY_CHANNEL_ASKED:
        e->asked++;
        if (!e->is_silent)
            ic_relay_channel_answer(ic_relay_net_channel(e->net, node), out->meeting, IC_PLACE_GOOD,
                                    5, 0);
        break;
    case IC_RELAY_CHANNEL_ANSWERED:
        e->answered++;
        e->reason = out->reason;
        break;
    case IC_RELAY_CHANNEL_SAID:
        e->said++;
        e->person = out->message->person;
        break;
    case IC_RELAY_CHANNEL_CLOSED:
        break;
    case IC_RELAY_CHANNEL_DEAD:
        e->dead++;
        break;
    }
}

/* ---- two nodes ---- */

static struct ic_addr loopback(uint16_t port)
{
    return ic_addr_v4(127, 0, 0, 1, port);
}

static void start(struct end *e, uint16_t port)
{
    struct ic_relay_net_config config = {
        .loop = &world.loop,
        .credentials = e->credentials,
        .listen = loopback(port),
        .worker_count = 2,
        .seed = {1, 2},
        .handlers = {.context = e, .on_up = on_up, .on_out = on_out}};
    memcpy(config.node, e->node, sizeof config.node);
    e->net = ic_relay_net_create(&config);
    assert_non_null(e->net);
}

/* What one end knows of the other: with the key of `shown`. */
static void tell(struct end *e, const struct end *other, const struct end *shown)
{
    struct ic_relay_node nodes[2] = {{.address = loopback(ic_relay_net_port(other->net))}};
    memcpy(nodes[0].node, other->node, IC_NODE_ID_LEN);
    ic_dtls_credentials_fingerprint(shown->credentials, nodes[0].fingerprint);
    memcpy(nodes[1].node, e->node, IC_NODE_ID_LEN); /* itself, as the book has it */
    ic_dtls_credentials_fingerprint(e->credentials, nodes[1].fingerprint);
    ic_relay_net_set_nodes(e->net, nodes, 2);
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof world);
    assert_int_equal(ic_loop_init(&world.loop), IC_OK);
    for (uint32_t i = 0; i < 3; i++) {
        struct end *e = &world.ends[i];
        e->credentials = ic_dtls_credentials_create(ic_clock_wall_s());
        assert_non_null(e->credentials);
        e->node[0] = (uint8_t)(i + 1);
        e->other[0] = (uint8_t)(2 - i);
        if (i < 2)
            start(e, 0);
    }
    tell(&world.ends[0], &world.ends[1], &world.ends[1]);
    tell(&world.ends[1], &world.ends[0], &world.ends[0]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        if (world.ends[i].net != NULL)
            ic_relay_net_destroy(world.ends[i].net);
        ic_dtls_credentials_destroy(world.ends[i].credentials);
    }
    ic_loop_deinit(&world.loop);
    return 0;
}

static void turn(void)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(10));
    for (uint32_t i = 0; i < 2; i++)
        if (world.ends[i].net != NULL)
            until = ic_time_min(until, ic_relay_net_deadline(world.ends[i].net));
    ic_loop_turn(&world.loop, until);
    for (uint32_t i = 0; i < 2; i++)
        if (world.ends[i].net != NULL)
            ic_relay_net_tick(world.ends[i].net);
}

#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        struct ic_time until_ = ic_time_add(ic_clock_now(), IC_MS(WAIT_MS));                       \
        while (!(condition) && ic_time_before(ic_clock_now(), until_))                             \
            turn();                                                                                \
        assert_true(condition);                                                                    \
    } while (0)

static void run_for(int64_t ms)
{
    struct ic_time until = ic_time_add(ic_clock_now(), IC_MS(ms));
    while (ic_time_before(ic_clock_now(), until))
        turn();
}

static struct end *const A = &world.ends[0], *const B = &world.ends[1], *const X = &world.ends[2];

static void want(struct end *e)
{
    assert_int_equal(ic_relay_net_want(e->net, e->other, true), IC_OK);
}

static void open_at(struct end *e, uint64_t generation)
{
    struct ic_relay_message open = {.kind = IC_RELAY_OPEN,
                                    .generation = generation,
                                    .hops = 2,
                                    .places = 3,
                                    .policy = policy,
                                    .policy_len = sizeof policy};
    memcpy(open.meeting, meeting, sizeof meeting);
    struct ic_relay_channel *c = ic_relay_net_channel(e->net, e->other);
    assert_non_null(c);
    assert_int_equal(ic_relay_channel_open(c, world.loop.now, &open), IC_OK);
}

static enum ic_err key_frames(struct end *e)
{
    struct ic_relay_message m = {.kind = IC_RELAY_PERSON, .act = IC_RELAY_ACT_KEY_FRAMES};
    memcpy(m.meeting, meeting, sizeof meeting);
    return ic_relay_channel_say(ic_relay_net_channel(e->net, e->other), &m);
}

static uint32_t channels(const struct end *e)
{
    return ic_relay_net_counts(e->net).channels;
}

static uint32_t links(const struct end *e)
{
    return ic_relay_net_counts(e->net).links;
}

static uint64_t refused(const struct end *e)
{
    return ic_relay_net_counts(e->net).refused;
}

static void both_up(struct end *caller)
{
    want(caller);
    UNTIL(channels(A) == 1 && channels(B) == 1);
}

/* ---- callers of the test ---- */

struct caller {
    int fd;
    SSL *tls;
};

static struct caller call(const struct end *to)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                            .sin_port = htons(ic_relay_net_port(to->net))};
    struct caller c = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(c.fd >= 0);
    assert_int_equal(connect(c.fd, (const struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(fcntl(c.fd, F_SETFL, O_NONBLOCK), 0);
    return c;
}

/* As whom: NULL, with no certificate. True: the handshake is complete at this end. */
static bool shake(struct caller *c, const struct end *as, int version, const char *alpn)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_non_null(context);
    if (as != NULL) {
        assert_int_equal(SSL_CTX_use_certificate(context, as->credentials->certificate), 1);
        assert_int_equal(SSL_CTX_use_PrivateKey(context, as->credentials->key), 1);
    }
    SSL_CTX_set_max_proto_version(context, version);
    if (alpn != NULL)
        SSL_CTX_set_alpn_protos(context, (const uint8_t *)alpn, (unsigned)strlen(alpn));
    c->tls = SSL_new(context);
    SSL_CTX_free(context);
    SSL_set_fd(c->tls, c->fd);
    SSL_set_connect_state(c->tls);
    for (int result = 0; result != 1;) {
        ERR_clear_error();
        result = SSL_do_handshake(c->tls);
        int error = SSL_get_error(c->tls, result);
        if (result != 1 && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return false;
        turn();
    }
    return true;
}

#define ALPN "\x10incamera-relay/2"

static bool is_closed(const struct caller *c)
{
    uint8_t byte[256];
    for (;;) {
        ssize_t n = recv(c->fd, byte, sizeof byte, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
        if (n < 0)
            return false;
    }
}

static void hang_up(struct caller *c)
{
    SSL_free(c->tls);
    close(c->fd);
    ERR_clear_error();
}

/* ---- tests ---- */

static void test_two_nodes_speak(void **state)
{
    (void)state;
    both_up(A);
    assert_int_equal(A->ups, 1);
    assert_int_equal(B->ups, 1);
    open_at(A, 1);
    UNTIL(A->answered == 1);
    assert_int_equal(A->reason, IC_PLACE_GOOD);
    assert_int_equal(key_frames(A), IC_OK);
    UNTIL(B->said == 1);
    assert_int_equal(key_frames(B), IC_ERR_STATE); /* the meeting is not its own */
    assert_int_equal(A->dead + B->dead, 0);
}

static void test_many_messages_arrive_whole(void **state)
{
    (void)state;
    both_up(B);
    open_at(B, 1);
    UNTIL(B->answered == 1);
    for (uint32_t round = 0; round < 30; round++) {
        for (uint32_t i = 0; i < 2000; i++)
            assert_int_equal(key_frames(B), IC_OK);
        UNTIL(A->said == 2000 * (round + 1));
    }
}

/* Nobody knows the key that the caller shows: it is heard by nobody. */
static void test_a_caller_with_another_certificate(void **state)
{
    (void)state;
    tell(B, A, X);
    want(A);
    UNTIL(refused(B) >= 2); /* and again, a second later */
    assert_int_equal(B->ups, 0);
    assert_int_equal(channels(B), 0);
    UNTIL(A->ups > 0 ? A->dead > 0 : true);
}

/* Whoever is called shows another key than its certificate names: it is told nothing. */
static void test_who_is_called_has_another_certificate(void **state)
{
    (void)state;
    tell(A, B, X);
    want(A);
    UNTIL(refused(A) >= 2);
    assert_int_equal(A->ups, 0);
    assert_int_equal(channels(A), 0);
    assert_int_equal(B->asked, 0);
    UNTIL(B->dead == B->ups);
}

static void check_refused(const struct end *as, int version, const char *alpn, bool is_counted)
{
    uint64_t before = refused(B);
    struct caller c = call(B);
    (void)shake(&c, as, version, alpn);
    UNTIL(is_closed(&c));
    UNTIL(links(B) == 0);
    assert_int_equal(refused(B) - before, is_counted);
    assert_int_equal(B->ups, 0);
    hang_up(&c);
}

static void test_callers_that_are_no_node(void **state)
{
    (void)state;
    check_refused(X, TLS1_3_VERSION, ALPN, true);
    check_refused(NULL, TLS1_3_VERSION, ALPN, true);
    check_refused(B, TLS1_3_VERSION, ALPN, true);  /* its own certificate, back to it */
    check_refused(A, TLS1_3_VERSION, NULL, true);  /* speaks of nothing */
    check_refused(A, TLS1_2_VERSION, ALPN, false); /* TLS ends it */
    check_refused(A, TLS1_3_VERSION, "\x08http/1.1", false);
    both_up(A); /* and a node still comes through */
}

static void test_bytes_that_are_no_tls(void **state)
{
    (void)state;
    static const char *const words[] = {"GET / HTTP/1.1\r\n\r\n", "\x16", "\x16\x03\x01\xff\xff",
                                        "\x80\x80\x80"};
    for (size_t i = 0; i < 4; i++) {
        struct caller c = call(B);
        assert_true(send(c.fd, words[i], strlen(words[i]), MSG_NOSIGNAL) > 0);
        shutdown(c.fd, SHUT_WR);
        UNTIL(is_closed(&c));
        hang_up(&c);
    }
    UNTIL(links(B) == 0);
    assert_int_equal(B->ups, 0);
}

/* What a proved node says, and is no message, ends the channel. */
static void test_bytes_that_are_no_message(void **state)
{
    (void)state;
    struct caller c = call(B);
    assert_true(shake(&c, A, TLS1_3_VERSION, ALPN));
    UNTIL(B->ups == 1);
    static const uint8_t zeros[64];
    assert_true(SSL_write(c.tls, zeros, sizeof zeros) > 0);
    UNTIL(B->dead == 1 && is_closed(&c));
    assert_int_equal(links(B), 0);
    hang_up(&c);
}

static void test_an_end_that_does_not_read(void **state)
{
    (void)state;
    struct caller c = call(B);
    int small = 4096;
    setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_true(shake(&c, A, TLS1_3_VERSION, ALPN));
    UNTIL(B->ups == 1);
    /* It asks, so that there is something to say; and takes nothing from then on. */
    uint8_t bytes[256];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    B->is_silent = true;
    open_at(B, 7);
    turn();
    struct ic_relay_message opened = {
        .kind = IC_RELAY_OPENED, .reason = IC_PLACE_GOOD, .places = 3};
    memcpy(opened.meeting, meeting, sizeof meeting);
    ic_relay_message_write(&w, &opened);
    assert_true(SSL_write(c.tls, bytes, (int)w.len) > 0);
    UNTIL(B->answered == 1);
    for (uint32_t i = 0; B->dead == 0 && i < 2000000; i++) {
        if (ic_relay_net_channel(B->net, B->other) != NULL)
            (void)!key_frames(B);
        if (i % 1000 == 0)
            turn();
    }
    assert_int_equal(B->dead, 1);
    assert_int_equal(links(B), 0);
    hang_up(&c);
}

/* As if so much time had passed. */
static void jump(struct end *e, int64_t ms)
{
    world.loop.now = ic_time_add(ic_clock_now(), IC_MS(ms));
    ic_relay_net_tick(e->net);
    world.loop.now = ic_clock_now();
}

static void test_a_caller_that_says_nothing(void **state)
{
    (void)state;
    struct caller c = call(B);
    UNTIL(links(B) == 1);
    jump(B, IC_RELAY_SHAKE_MS - 500);
    assert_int_equal(links(B), 1);
    jump(B, IC_RELAY_SHAKE_MS);
    assert_int_equal(links(B), 0);
    UNTIL(is_closed(&c));
    hang_up(&c);
}

static void test_many_callers_that_say_nothing(void **state)
{
    (void)state;
    struct caller c[IC_RELAY_STRANGERS_MAX + 1];
    for (size_t i = 0; i <= IC_RELAY_STRANGERS_MAX; i++) {
        c[i] = call(B);
        run_for(5);
    }
    UNTIL(is_closed(&c[0]));
    assert_false(is_closed(&c[1]));
    assert_int_equal(links(B), IC_RELAY_STRANGERS_MAX);
    both_up(A);
    for (size_t i = 0; i <= IC_RELAY_STRANGERS_MAX; i++)
        hang_up(&c[i]);
}

/* An end that was lost without a word calls again: its new channel takes the place of the old. */
static void test_a_node_that_comes_again(void **state)
{
    (void)state;
    struct caller first = call(B), second = call(B);
    assert_true(shake(&first, A, TLS1_3_VERSION, ALPN));
    UNTIL(B->ups == 1);
    assert_true(shake(&second, A, TLS1_3_VERSION, ALPN));
    UNTIL(B->ups == 2 && is_closed(&first));
    assert_int_equal(B->dead, 1);
    assert_int_equal(channels(B), 1);
    assert_false(is_closed(&second));
    hang_up(&first);
    hang_up(&second);
}

static void test_calls_that_cross(void **state)
{
    (void)state;
    want(A);
    want(B);
    UNTIL(channels(A) == 1 && channels(B) == 1 && links(A) == 1 && links(B) == 1);
    uint32_t ups = A->ups + B->ups;
    run_for(1500); /* neither calls again */
    assert_int_equal(A->ups + B->ups, ups);
    open_at(A, 1);
    UNTIL(A->answered == 1);
    assert_int_equal(A->reason, IC_PLACE_GOOD);
}

static void test_a_node_that_starts_again(void **state)
{
    (void)state;
    both_up(A);
    open_at(A, 1);
    UNTIL(A->answered == 1);
    uint16_t port = ic_relay_net_port(B->net);
    ic_relay_net_destroy(B->net);
    B->net = NULL;
    UNTIL(A->dead == 1);
    assert_null(ic_relay_net_channel(A->net, A->other));
    start(B, port);
    tell(B, A, A);
    UNTIL(A->ups == 2 && channels(B) == 1);
    open_at(A, 1); /* nothing of before is left */
    UNTIL(A->answered == 2);
}

static void test_a_certificate_that_is_not_in_force_any_more(void **state)
{
    (void)state;
    both_up(A);
    tell(B, A, X);
    assert_int_equal(B->dead, 1);
    UNTIL(A->dead == 1);
    tell(A, B, B);
    tell(B, A, A);
    UNTIL(channels(A) == 1 && channels(B) == 1);
    tell(A, B, B); /* the same again changes nothing */
    assert_int_equal(A->dead, 1);
}

static void test_a_channel_that_nobody_needs(void **state)
{
    (void)state;
    both_up(A);
    jump(A, IC_RELAY_IDLE_MS + 1000);
    assert_int_equal(A->dead, 0); /* it is wanted */
    assert_int_equal(ic_relay_net_want(A->net, A->other, false), IC_OK);
    jump(A, IC_RELAY_IDLE_MS - 1000);
    assert_int_equal(A->dead, 0);
    struct ic_time idle = ic_relay_net_deadline(A->net);
    assert_true(ic_time_before(idle, ic_time_add(ic_clock_now(), IC_MS(IC_RELAY_IDLE_MS + 1))));
    jump(A, IC_RELAY_IDLE_MS + 1000);
    assert_int_equal(A->dead, 1);
    UNTIL(B->dead == 1);
    run_for(1300);
    assert_int_equal(A->ups, 1);
}

static void test_who_cannot_be_called(void **state)
{
    (void)state;
    const uint8_t nobody[IC_NODE_ID_LEN] = {9};
    struct ic_relay_node unreachable = {.address = {.port = 0}};
    assert_int_equal(ic_relay_net_want(A->net, nobody, true), IC_ERR_GONE);
    assert_int_equal(ic_relay_net_want(A->net, A->node, true), IC_ERR_GONE);
    memcpy(unreachable.node, B->node, IC_NODE_ID_LEN);
    ic_dtls_credentials_fingerprint(B->credentials, unreachable.fingerprint);
    ic_relay_net_set_nodes(A->net, &unreachable, 1);
    assert_int_equal(ic_relay_net_want(A->net, B->node, true), IC_ERR_GONE);
    both_up(B); /* it can call */
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_two_nodes_speak),
        TEST(test_many_messages_arrive_whole),
        TEST(test_a_caller_with_another_certificate),
        TEST(test_who_is_called_has_another_certificate),
        TEST(test_callers_that_are_no_node),
        TEST(test_bytes_that_are_no_tls),
        TEST(test_bytes_that_are_no_message),
        TEST(test_an_end_that_does_not_read),
        TEST(test_a_caller_that_says_nothing),
        TEST(test_many_callers_that_say_nothing),
        TEST(test_a_node_that_comes_again),
        TEST(test_calls_that_cross),
        TEST(test_a_node_that_starts_again),
        TEST(test_a_certificate_that_is_not_in_force_any_more),
        TEST(test_a_channel_that_nobody_needs),
        TEST(test_who_cannot_be_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
