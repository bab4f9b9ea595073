/* Where the datagrams of a message begin, by what the kernel says of it; what makes no sense is
 * refused whole. */
#include <netinet/in.h>
#include <netinet/udp.h>

#include "support/cmocka_all.h"

#include "shell/rx_run.h"

#define BYTES 70000

static uint8_t bytes[BYTES];

/* The datagrams of a message of len bytes, told one by one; nothing is left out or seen twice. */
static size_t split(int segment, size_t len, size_t *lens)
{
    struct ic_rx_run r;
    size_t count = 0, at = 0;
    assert_true(ic_rx_run_open(&r, 0, segment, bytes, len));
    do {
        assert_ptr_equal(ic_rx_run_next(&r, &lens[count]), &bytes[at]);
        at += lens[count++];
    } while (r.left > 0);
    assert_int_equal(at, len);
    return count;
}

static void a_message_without_a_word_is_one_datagram(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 1200, 65507};
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        size_t got[1];
        assert_int_equal(split(0, lens[i], got), 1);
        assert_int_equal(got[0], lens[i]);
    }
}

static void only_the_last_one_may_be_shorter(void **state)
{
    (void)state;
    static size_t got[65536];
    static const struct {
        int segment;
        size_t len, count, last;
    } runs[] = {
        {1200, 12000, 10, 1200}, {1200, 12001, 11, 1},     {1200, 11999, 10, 1199},
        {1200, 1200, 1, 1200},   {1200, 1199, 1, 1199},    {1, 65535, 65535, 1},
        {1500, 64500, 43, 1500}, {65535, 65535, 1, 65535}, {2147483647, 100, 1, 100},
        {1200, 0, 1, 0},         {1600, 8000, 5, 1600},
    };
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        assert_int_equal(split(runs[i].segment, runs[i].len, got), runs[i].count);
        for (size_t k = 0; k + 1 < runs[i].count; k++)
            assert_int_equal(got[k], runs[i].segment);
        assert_int_equal(got[runs[i].count - 1], runs[i].last);
    }
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct ic_rx_run r;
    assert_false(ic_rx_run_open(&r, 0, -1, bytes, 1200));
    assert_false(ic_rx_run_open(&r, MSG_CTRUNC, 0, bytes, 1200)); /* perhaps a run */
    assert_false(ic_rx_run_open(&r, MSG_CTRUNC, 1200, bytes, 1200));
    assert_false(ic_rx_run_open(&r, MSG_TRUNC, 1200, bytes, 65536)); /* the last one is cut off */
    /* A lone one: whoever takes it sees that it is too long. */
    assert_true(ic_rx_run_open(&r, MSG_TRUNC, 0, bytes, 1536));
}

/* Control data as the kernel writes it, behind something else. */
static bool open_with(int type, const void *value, size_t len, struct ic_rx_run *r)
{
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(16) + CMSG_SPACE(8)] = {0};
    struct msghdr h = {.msg_control = control, .msg_controllen = CMSG_SPACE(16) + CMSG_SPACE(len)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&h);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = UDP_GRO, .cmsg_len = CMSG_LEN(16)};
    c = CMSG_NXTHDR(&h, c);
    *c = (struct cmsghdr){.cmsg_level = IPPROTO_UDP, .cmsg_type = type, .cmsg_len = CMSG_LEN(len)};
    memcpy(CMSG_DATA(c), value, len);
    return ic_rx_run_open_header(r, &h, bytes, 3000);
}

static void the_length_is_read_from_control_data(void **state)
{
    (void)state;
    struct ic_rx_run r;
    int value = 1000, none = 0, negative = -5;
    uint16_t shorter = 1000;
    uint64_t longer = 1000;
    assert_true(open_with(UDP_GRO, &value, sizeof value, &r));
    assert_int_equal(r.segment, 1000);
    assert_true(open_with(UDP_SEGMENT, &value, sizeof value, &r)); /* of something else */
    assert_int_equal(r.segment, 3000);
    assert_false(open_with(UDP_GRO, &none, sizeof none, &r));
    assert_false(open_with(UDP_GRO, &negative, sizeof negative, &r));
    assert_false(open_with(UDP_GRO, &shorter, sizeof shorter, &r));
    assert_false(open_with(UDP_GRO, &longer, sizeof longer, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_without_a_word_is_one_datagram),
        cmocka_unit_test(only_the_last_one_may_be_shorter),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(the_length_is_read_from_control_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
