/* What a worker sends, on real sockets: datagrams of one length to one receiver go to the kernel as
 * one message and arrive as they were; where the kernel does not cut, they go one by one. And what
 * it receives: a message that the kernel leaves in one piece is given to it datagram by datagram,
 * no more of them at a time than if they came one by one. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#include "shell/clock.h"
#include "shell/udp.h"

#define RECEIVERS   3
#define BYTES_MAX   4000
#define GIVEN_MAX   1000
#define GIVEN_BYTES 4 /* of each, its first */

/* 127.0.0.1 as IPv6 has it */
static const struct ic_addr loopback = {
    .ip = {[10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1},
};

static struct {
    struct ic_udp *udp;
    int fd[RECEIVERS];
    struct ic_path path[RECEIVERS];
    uint8_t bytes[BYTES_MAX + 256];
    struct ic_dgram dgrams[IC_TX_BATCH_MAX];
    size_t count;
    int refusal; /* of each message that is a run: this error */
    uint32_t refused;
    bool has_no_runs; /* to receive */
    struct {
        size_t len;
        uint16_t port; /* of its sender */
    } given[GIVEN_MAX];
    uint8_t given_bytes[GIVEN_MAX][GIVEN_BYTES];
    size_t given_count, lags, worker_refused;
    struct ic_dur lag;
    void (*spoil)(struct msghdr *header); /* the first message that comes; then no more */
} world;

int __real_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags);

int __wrap_sendmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags)
{
    unsigned n = 0;
    while (world.refusal != 0 && n < count && headers[n].msg_hdr.msg_iovlen == 1)
        n++;
    if (world.refusal == 0)
        return __real_sendmmsg(fd, headers, count, flags);
    if (n > 0)
        return __real_sendmmsg(fd, headers, n, flags);
    world.refused++;
    errno = world.refusal;
    return -1;
}

int __real_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout);
int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
void __wrap_ic_worker_input(struct ic_worker *w, struct ic_time now, const struct ic_path *path,
                            uint8_t *bytes, size_t len);
void __wrap_ic_worker_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag);
void __wrap_ic_worker_refuse(struct ic_worker *w);
bool __wrap_ic_worker_tx_room(const struct ic_worker *w);

int __wrap_recvmmsg(int fd, struct mmsghdr *headers, unsigned count, int flags,
                    struct timespec *timeout)
{
    int got = __real_recvmmsg(fd, headers, count, flags, timeout);
    if (got > 0 && world.spoil != NULL)
        world.spoil(&headers[0].msg_hdr);
    if (got > 0)
        world.spoil = NULL;
    return got;
}

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
    if (world.has_no_runs && level == IPPROTO_UDP && name == UDP_GRO) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return __real_setsockopt(fd, level, name, value, len);
}

void __wrap_ic_worker_input(struct ic_worker *w, struct ic_time now, const struct ic_path *path,
                            uint8_t *bytes, size_t len)
{
    (void)w;
    (void)now;
    assert_true(world.given_count < GIVEN_MAX);
    assert_memory_equal(path->local.ip, loopback.ip, sizeof loopback.ip);
    assert_int_equal(path->local.port, ic_udp_port(world.udp));
    memcpy(world.given_bytes[world.given_count], bytes, len < GIVEN_BYTES ? len : GIVEN_BYTES);
    world.given[world.given_count].len = len;
    world.given[world.given_count++].port = path->remote.port;
    memset(bytes, 0xee, len); /* the worker may alter it */
}

void __wrap_ic_worker_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag)
{
    (void)w;
    (void)now;
    world.lags++;
    world.lag = lag;
}

void __wrap_ic_worker_refuse(struct ic_worker *w)
{
    (void)w;
    world.worker_refused++;
}

bool __wrap_ic_worker_tx_room(const struct ic_worker *w)
{
    (void)w;
    return true;
}

static int set_up(void **state)
{
    (void)state;
    const struct timeval patience = {.tv_sec = 5};
    struct ic_addr any = {.port = 0};
    bool has_no_runs = world.has_no_runs;
    memset(&world, 0, sizeof world);
    world.has_no_runs = has_no_runs;
    world.udp = ic_udp_create(&any);
    assert_non_null(world.udp);
    for (size_t i = 0; i < sizeof world.bytes; i++)
        world.bytes[i] = (uint8_t)(i * 31 + i / 256);
    for (size_t i = 0; i < RECEIVERS; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t len = sizeof a;
        world.fd[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(world.fd[i] >= 0);
        assert_int_equal(bind(world.fd[i], (struct sockaddr *)&a, len), 0);
        assert_int_equal(getsockname(world.fd[i], (struct sockaddr *)&a, &len), 0);
        assert_int_equal(
            setsockopt(world.fd[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
        world.path[i] = (struct ic_path){.local = loopback, .remote = loopback};
        world.path[i].remote.port = ntohs(a.sin_port);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < RECEIVERS; i++)
        close(world.fd[i]);
    ic_udp_destroy(world.udp);
    return 0;
}

static void add(size_t receiver, size_t len)
{
    assert_true(len <= BYTES_MAX && world.count < IC_TX_BATCH_MAX);
    world.dgrams[world.count] = (struct ic_dgram){
        .path = world.path[receiver], .bytes = &world.bytes[world.count], .len = len};
    world.count++;
}

/* Sent, and there: each whole, at its receiver, in order. */
static struct ic_udp_counts deliver(void)
{
    struct ic_udp_counts before = ic_udp_counts(world.udp);
    ic_udp_send(world.udp, world.dgrams, world.count);
    struct ic_udp_counts after = ic_udp_counts(world.udp);
    for (size_t i = 0; i < world.count; i++) {
        const struct ic_dgram *d = &world.dgrams[i];
        uint8_t bytes[BYTES_MAX + 1];
        size_t r = 0;
        while (world.path[r].remote.port != d->path.remote.port)
            r++;
        assert_int_equal(recv(world.fd[r], bytes, sizeof bytes, 0), d->len);
        assert_memory_equal(bytes, d->bytes, d->len);
    }
    world.count = 0;
    return (struct ic_udp_counts){.datagrams = after.datagrams - before.datagrams,
                                  .messages = after.messages - before.messages,
                                  .calls = after.calls - before.calls};
}

static void assert_counts(struct ic_udp_counts is, uint64_t datagrams, uint64_t messages,
                          uint64_t calls)
{
    assert_int_equal(is.datagrams, datagrams);
    assert_int_equal(is.messages, messages);
    assert_int_equal(is.calls, calls);
}

static void a_frame_is_one_message(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++)
        add(0, 1200);
    add(0, 431);
    assert_counts(deliver(), 10, 1, 1);
}

static void each_receiver_has_its_own(void **state)
{
    (void)state;
    for (size_t r = 0; r < RECEIVERS; r++)
        for (int i = 0; i < 4; i++)
            add(r, 1100);
    assert_counts(deliver(), 12, 3, 1);
    for (int i = 0; i < 6; i++) /* not side by side: none */
        add((size_t)i % 2, 1100);
    assert_counts(deliver(), 6, 6, 1);
}

static void only_the_last_one_may_be_shorter(void **state)
{
    (void)state;
    static const size_t lens[] = {1000, 900, 900, 1000, 1000, 80, 80, 81};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++)
        add(1, lens[i]);
    /* 1000 900 | 900 | 1000 1000 80 | 80 | 81 */
    assert_counts(deliver(), 8, 5, 1);
}

static void another_local_address_is_another_path(void **state)
{
    (void)state;
    add(0, 500);
    add(0, 500);
    world.dgrams[1].path.local.ip[15] = 2;
    assert_counts(deliver(), 2, 2, 1);
}

static void a_run_is_no_longer_than_a_packet_can_be(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++)
        add(2, BYTES_MAX); /* 16 of them are 64,000 bytes */
    assert_counts(deliver(), 40, 3, 1);
}

static void where_the_kernel_refuses_they_go_one_by_one(void **state)
{
    (void)state;
    static const int errors[] = {EINVAL, EIO, EMSGSIZE, EOPNOTSUPP};
    for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
        set_up(NULL);
        world.refusal = errors[e];
        add(1, 700); /* is not a run, and goes */
        for (int i = 0; i < 5; i++)
            add(0, 1200);
        add(2, 60);
        assert_counts(deliver(), 7, 7, 1 + 1 + 5 + 1);
        assert_int_equal(world.refused, 1);
        for (int i = 0; i < 5; i++) /* from now on without asking */
            add(0, 1200);
        assert_counts(deliver(), 5, 5, 1);
        assert_int_equal(world.refused, 1);
        world.refusal = 0;
        for (int i = 0; i < 5; i++) /* others are as they were */
            add(2, 1200);
        assert_counts(deliver(), 5, 1, 1);
        tear_down(NULL);
    }
}

static void a_full_buffer_says_nothing_about_runs(void **state)
{
    (void)state;
    world.refusal = EAGAIN;
    for (int i = 0; i < 5; i++)
        add(0, 1200);
    ic_udp_send(world.udp, world.dgrams, world.count); /* lost */
    world.count = 0;
    world.refusal = 0;
    for (int i = 0; i < 5; i++)
        add(0, 1100);
    assert_counts(deliver(), 5, 1, 1);
}

/* ---- receiving ---- */

static const struct ic_time NOW = {.us = 1};

/* A run from a receiver's socket to the worker's: `count` datagrams of len bytes, which begin with
 * their number from `first` on, and a shorter one. */
static void send_run(size_t from, uint32_t first, size_t count, size_t len, size_t last)
{
    static uint8_t run[65536];
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {0};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(ic_udp_port(world.udp))};
    struct iovec bytes = {.iov_base = run, .iov_len = count * len + last};
    struct msghdr header = {.msg_name = &to,
                            .msg_namelen = sizeof to,
                            .msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    uint16_t segment = (uint16_t)len;
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(c), &segment, sizeof segment);
    for (size_t i = 0; i < count + (last > 0 ? 1 : 0); i++, first++)
        memcpy(&run[i * len], &first, sizeof first);
    assert_int_equal(sendmsg(world.fd[from], &header, 0), bytes.iov_len);
}

static void send_lone(size_t from, uint32_t number, size_t len)
{
    uint8_t bytes[BYTES_MAX] = {0};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(ic_udp_port(world.udp))};
    memcpy(bytes, &number, sizeof number);
    assert_int_equal(sendto(world.fd[from], bytes, len, 0, (struct sockaddr *)&to, sizeof to), len);
}

static void assert_given(size_t i, size_t from, uint32_t number, size_t len)
{
    assert_true(i < world.given_count);
    assert_int_equal(world.given[i].len, len);
    assert_int_equal(world.given[i].port, world.path[from].remote.port);
    assert_memory_equal(world.given_bytes[i], &number, sizeof number);
}

static void receive_all(void)
{
    while (ic_udp_receive(world.udp, NULL, NOW))
        ;
}

static void a_run_that_comes_is_given_datagram_by_datagram(void **state)
{
    (void)state;
    send_run(0, 0, 10, 1200, 431);
    send_lone(1, 77, 100);
    send_run(1, 78, 2, 90, 0);
    assert_false(ic_udp_receive(world.udp, NULL, NOW));
    assert_int_equal(world.given_count, 14);
    for (uint32_t i = 0; i < 10; i++)
        assert_given(i, 0, i, 1200);
    assert_given(10, 0, 10, 431);
    assert_given(11, 1, 77, 100);
    assert_given(12, 1, 78, 90);
    assert_given(13, 1, 79, 90);
    struct ic_udp_counts counts = ic_udp_counts(world.udp);
    assert_int_equal(counts.received, 14);
    assert_int_equal(counts.arrived, world.has_no_runs ? 14 : 3);
    assert_int_equal(world.lags, 1);
}

static void where_the_kernel_leaves_nothing_together_it_is_the_same(void **state)
{
    world.has_no_runs = true;
    set_up(state);
    a_run_that_comes_is_given_datagram_by_datagram(state);
    tear_down(state);
    world.has_no_runs = false;
}

/* One sender has 250 datagrams in the socket, another one came behind them. */
static void long_runs_take_no_more_of_a_turn_than_lone_ones(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        send_run(0, 50 * i, 50, 1200, 0);
    send_lone(1, 999, 60);
    for (size_t calls = 1; calls <= 3; calls++) {
        assert_true(ic_udp_receive(world.udp, NULL, NOW));
        assert_int_equal(world.given_count, calls * IC_RX_BATCH_MAX);
        assert_int_equal(world.lags, calls); /* of what is held, too */
    }
    send_lone(2, 1000, 60); /* has its turn behind them */
    assert_false(ic_udp_receive(world.udp, NULL, NOW));
    assert_int_equal(world.given_count, 251);
    assert_false(ic_udp_receive(world.udp, NULL, NOW));
    for (uint32_t i = 0; i < 250; i++)
        assert_given(i, 0, i, 1200);
    assert_given(250, 1, 999, 60);
    assert_given(251, 2, 1000, 60);
    assert_int_equal(ic_udp_counts(world.udp).received, 252);
}

/* Of the datagram that is next, not of the first one that was read with it. */
static void how_long_it_has_waited_is_told_of_what_is_held(void **state)
{
    (void)state;
    send_run(0, 0, IC_RX_BATCH_MAX, 900, 0);
    usleep(20000);
    int64_t began_us = ic_clock_wall_us();
    send_run(0, IC_RX_BATCH_MAX, 20, 900, 0);
    assert_true(ic_udp_receive(world.udp, NULL, NOW));
    assert_true(world.lag.us >= 19000);
    assert_false(ic_udp_receive(world.udp, NULL, NOW));
    assert_true(world.lag.us <= ic_clock_wall_us() - began_us);
    send_run(0, 0, 50, 1200, 0);
    send_run(0, 50, 50, 1200, 0);
    assert_true(ic_udp_receive(world.udp, NULL, NOW));
    usleep(20000);
    assert_false(ic_udp_receive(world.udp, NULL, NOW));
    assert_true(world.lag.us >= 19000);
}

static void too_long_and_empty_ones_are_given_as_they_are(void **state)
{
    (void)state;
    send_run(0, 5, 3, 1600, 20); /* longer than what the worker takes */
    send_lone(0, 9, BYTES_MAX);
    assert_int_equal(
        sendto(world.fd[0], "", 0, 0,
               (struct sockaddr *)&(struct sockaddr_in){.sin_family = AF_INET,
                                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                                        .sin_port = htons(ic_udp_port(world.udp))},
               sizeof(struct sockaddr_in)),
        0);
    receive_all();
    assert_int_equal(world.given_count, 6);
    for (uint32_t i = 0; i < 3; i++)
        assert_true(world.given[i].len > IC_DATAGRAM_MAX);
    assert_given(3, 0, 8, 20);
    assert_true(world.given[4].len > IC_DATAGRAM_MAX);
    assert_int_equal(world.given[5].len, 0);
}

static void without_a_length(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c))
        if (c->cmsg_level == IPPROTO_UDP)
            memset(CMSG_DATA(c), 0, sizeof(int));
}

static void with_a_shorter_word(struct msghdr *header)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c))
        if (c->cmsg_level == IPPROTO_UDP)
            c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
}

static void cut_off(struct msghdr *header)
{
    header->msg_flags |= MSG_TRUNC;
}

static void with_half_the_words(struct msghdr *header)
{
    header->msg_flags |= MSG_CTRUNC;
}

static void a_message_that_makes_no_sense_is_refused_and_counted(void **state)
{
    (void)state;
    static void (*const spoils[])(struct msghdr *) = {without_a_length, with_a_shorter_word,
                                                      cut_off, with_half_the_words};
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        set_up(NULL);
        world.spoil = spoils[i];
        send_run(0, 0, 10, 1200, 0);
        send_run(1, 10, 2, 700, 0);
        receive_all();
        assert_int_equal(world.given_count, 2);
        assert_given(0, 1, 10, 700);
        assert_given(1, 1, 11, 700);
        assert_int_equal(world.worker_refused, 1);
        assert_int_equal(ic_udp_counts(world.udp).refused, 1);
        tear_down(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_is_one_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_receiver_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_last_one_may_be_shorter, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_local_address_is_another_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_no_longer_than_a_packet_can_be, set_up, tear_down),
        cmocka_unit_test(where_the_kernel_refuses_they_go_one_by_one),
        cmocka_unit_test_setup_teardown(a_full_buffer_says_nothing_about_runs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_that_comes_is_given_datagram_by_datagram, set_up,
                                        tear_down),
        cmocka_unit_test(where_the_kernel_leaves_nothing_together_it_is_the_same),
        cmocka_unit_test_setup_teardown(long_runs_take_no_more_of_a_turn_than_lone_ones, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(how_long_it_has_waited_is_told_of_what_is_held, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(too_long_and_empty_ones_are_given_as_they_are, set_up,
                                        tear_down),
        cmocka_unit_test(a_message_that_makes_no_sense_is_refused_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
