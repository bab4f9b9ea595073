/* What a worker sends, on real sockets: datagrams of one length to one receiver go to the kernel as
 * one message and arrive as they were; where the kernel does not cut, they go one by one. */
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/cmocka_all.h"

#include "shell/udp.h"

#define RECEIVERS 3
#define BYTES_MAX 4000

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

static int set_up(void **state)
{
    (void)state;
    const struct timeval patience = {.tv_sec = 5};
    struct ic_addr any = {.port = 0};
    memset(&world, 0, sizeof world);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
