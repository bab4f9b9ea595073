/* What one address may use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "shell/web_limit.h"

#define NOW ((struct ic_time){1000000000})

static const uint64_t seed[2] = {1, 2};

static struct ic_addr v6(uint64_t high, uint8_t last)
{
    struct ic_addr addr = {.port = 1};
    for (size_t i = 0; i < 8; i++)
        addr.ip[i] = (uint8_t)(high >> (56 - 8 * i));
    addr.ip[15] = last;
    return addr;
}

static struct ic_web_limit made(uint32_t connections_max, uint32_t per_address_max)
{
    struct ic_web_limit limit;
    assert_int_equal(ic_web_limit_init(&limit, connections_max, per_address_max, seed), IC_OK);
    return limit;
}

static void counts_connections_of_a_host(void **state)
{
    struct ic_web_limit limit = made(10, 2);
    struct ic_addr a = ic_addr_v4(192, 0, 2, 1, 1000), b = ic_addr_v4(192, 0, 2, 2, 1000);
    (void)state;
    assert_true(ic_web_limit_open(&limit, &a));
    a.port = 1001; /* the port does not make another host */
    assert_true(ic_web_limit_open(&limit, &a));
    assert_false(ic_web_limit_open(&limit, &a));
    assert_true(ic_web_limit_open(&limit, &b));
    ic_web_limit_close(&limit, &a, NOW);
    assert_true(ic_web_limit_open(&limit, &a));
    assert_false(ic_web_limit_open(&limit, &a));
    ic_web_limit_deinit(&limit);
}

static void counts_an_ipv6_network_as_one(void **state)
{
    struct ic_web_limit limit = made(10, 2);
    struct ic_addr a = v6(0x20010db800000001, 1), b = v6(0x20010db800000001, 99),
                   other = v6(0x20010db800000002, 1);
    (void)state;
    assert_true(ic_web_limit_open(&limit, &a));
    assert_true(ic_web_limit_open(&limit, &b));
    assert_false(ic_web_limit_open(&limit, &a));
    assert_true(ic_web_limit_open(&limit, &other));
    /* mapped IPv4 addresses share their first 64 bits, but are hosts of their own */
    struct ic_addr c = ic_addr_v4(192, 0, 2, 1, 1), d = ic_addr_v4(198, 51, 100, 1, 1);
    assert_true(ic_web_limit_open(&limit, &c) && ic_web_limit_open(&limit, &c));
    assert_false(ic_web_limit_open(&limit, &c));
    assert_true(ic_web_limit_open(&limit, &d));
    ic_web_limit_deinit(&limit);
}

static void fills_the_bucket_again(void **state)
{
    struct ic_web_limit limit = made(10, 10);
    struct ic_addr a = ic_addr_v4(192, 0, 2, 1, 1);
    struct ic_time now = NOW;
    (void)state;
    assert_true(ic_web_limit_open(&limit, &a));
    for (int i = 0; i < IC_HTTP_MEETINGS_BURST; i++)
        assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 0);
    assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 3);
    assert_int_equal(ic_web_limit_meeting(&limit, &a, ic_time_add(now, IC_MS(2500))), 1);
    now = ic_time_add(now, IC_MS(3000));
    assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 0);
    assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 3);
    now = ic_time_add(now, IC_SEC(3600)); /* no more than the burst, however long it waited */
    for (int i = 0; i < IC_HTTP_MEETINGS_BURST; i++)
        assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 0);
    assert_int_equal(ic_web_limit_meeting(&limit, &a, now), 3);
    ic_web_limit_deinit(&limit);
}

static void remembers_who_reconnects(void **state)
{
    struct ic_web_limit limit = made(10, 10);
    struct ic_addr a = ic_addr_v4(192, 0, 2, 1, 1);
    (void)state;
    for (int i = 0; i < IC_HTTP_MEETINGS_BURST; i++) {
        assert_true(ic_web_limit_open(&limit, &a));
        assert_int_equal(ic_web_limit_meeting(&limit, &a, NOW), 0);
        ic_web_limit_close(&limit, &a, NOW);
    }
    assert_true(ic_web_limit_open(&limit, &a));
    assert_int_not_equal(ic_web_limit_meeting(&limit, &a, NOW), 0);
    ic_web_limit_deinit(&limit);
}

/* More addresses than there are entries: the oldest idle ones are forgotten, connected ones not. */
static void survives_more_addresses_than_entries(void **state)
{
    struct ic_web_limit limit = made(4, 10);
    struct ic_addr kept = ic_addr_v4(192, 0, 2, 1, 1);
    (void)state;
    assert_true(ic_web_limit_open(&limit, &kept));
    for (int i = 0; i < IC_HTTP_MEETINGS_BURST; i++)
        assert_int_equal(ic_web_limit_meeting(&limit, &kept, NOW), 0);
    for (uint64_t i = 0; i < 20000; i++) {
        struct ic_addr a = v6(0x2001000000000000 + i, 1);
        assert_true(ic_web_limit_open(&limit, &a));
        assert_int_equal(ic_web_limit_meeting(&limit, &a, NOW), 0);
        ic_web_limit_close(&limit, &a, NOW);
    }
    assert_int_not_equal(ic_web_limit_meeting(&limit, &kept, NOW), 0);
    /* the last of them is remembered, the first is not */
    struct ic_addr first = v6(0x2001000000000000, 1), last = v6(0x2001000000000000 + 19999, 1);
    assert_true(ic_web_limit_open(&limit, &first) && ic_web_limit_open(&limit, &last));
    for (int i = 1; i < IC_HTTP_MEETINGS_BURST; i++) {
        assert_int_equal(ic_web_limit_meeting(&limit, &first, NOW), 0);
        assert_int_equal(ic_web_limit_meeting(&limit, &last, NOW), 0);
    }
    assert_int_equal(ic_web_limit_meeting(&limit, &first, NOW), 0);
    assert_int_not_equal(ic_web_limit_meeting(&limit, &last, NOW), 0);
    ic_web_limit_deinit(&limit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_connections_of_a_host),
        cmocka_unit_test(counts_an_ipv6_network_as_one),
        cmocka_unit_test(fills_the_bucket_again),
        cmocka_unit_test(remembers_who_reconnects),
        cmocka_unit_test(survives_more_addresses_than_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
