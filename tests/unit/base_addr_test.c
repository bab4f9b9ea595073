#include "support/cmocka_all.h"

#include <arpa/inet.h>

#include "base/addr.h"
#include "base/prng.h"

/* A spelling, and the canonical text (RFC 5952); NULL: not an address. */
static const struct {
    const char *text, *canonical;
} rows[] = {
    {"0.0.0.0", "0.0.0.0"},
    {"127.0.0.1", "127.0.0.1"},
    {"255.255.255.255", "255.255.255.255"},
    {"192.0.2.17", "192.0.2.17"},
    {"1.2.3", NULL},
    {"1.2.3.4.5", NULL},
    {"1.2.3.", NULL},
    {".1.2.3", NULL},
    {"1..2.3", NULL},
    {"256.1.1.1", NULL},
    {"1.1.1.1000", NULL},
    {"01.2.3.4", NULL},
    {"1.2.3.00", NULL},
    {"1.2.3.4 ", NULL},
    {"+1.2.3.4", NULL},
    {"0x7f.0.0.1", NULL},
    {"", NULL},
    {"localhost", NULL},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"2001:db8::1", "2001:db8::1"},
    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
    {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::ffff:c000:201", "192.0.2.1"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
    {"fe80::1", "fe80::1"},
    {"1:2:3:4:5:6:7:1.2.3.4", NULL},
    {"1.2.3.4::", NULL},
    {"1:1.2.3.4::", NULL},
    {"::1.2.3.4:5", NULL},
    {"::1.2.3", NULL},
    {"1:2:3:4:5:6:7", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"1:2:3:4:5:6:7:8::", NULL},
    {"1:2:3:4::5:6:7:8", NULL},
    {":::", NULL},
    {"1:::2", NULL},
    {"1::2::3", NULL},
    {":1:2:3:4:5:6:7", NULL},
    {"1:2:3:4:5:6:7:", NULL},
    {":", NULL},
    {"::12345", NULL},
    {"::g", NULL},
    {"fe80::1%eth0", NULL},
    {"[::1]", NULL},
    {"::1 ", NULL},
};

static void spellings_as_a_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_addr addr = {.port = 9};
        char text[IC_ADDR_TEXT_MAX];
        enum ic_err err = ic_addr_parse(rows[i].text, strlen(rows[i].text), &addr);
        if ((err == IC_OK) != (rows[i].canonical != NULL))
            fail_msg("\"%s\": %d", rows[i].text, (int)err);
        if (rows[i].canonical == NULL) {
            assert_int_equal(err, IC_ERR_INPUT);
            assert_int_equal(addr.port, 9); /* untouched */
            continue;
        }
        ic_addr_text(&addr, text);
        assert_string_equal(text, rows[i].canonical);
        assert_int_equal(addr.port, 0);
    }
}

/* The length counts, not a terminator: a NUL inside is not an address. */
static void only_len_bytes_are_read(void **state)
{
    (void)state;
    struct ic_addr addr;
    assert_int_equal(ic_addr_parse("1.2.3.45", 7, &addr), IC_OK);
    assert_int_equal(addr.ip[15], 4);
    assert_int_equal(ic_addr_parse("1.2.3.4\0", 8, &addr), IC_ERR_INPUT);
    assert_int_equal(ic_addr_parse("::1\0", 4, &addr), IC_ERR_INPUT);
}

static bool parses_for_the_system(const char *text, uint8_t ip[static 16])
{
    uint8_t v4[4];
    if (inet_pton(AF_INET, text, v4) == 1) {
        struct ic_addr a = ic_addr_v4(v4[0], v4[1], v4[2], v4[3], 0);
        memcpy(ip, a.ip, 16);
        return true;
    }
    return inet_pton(AF_INET6, text, ip) == 1;
}

/* Random words of the grammar's characters, mutated from good ones, against inet_pton. */
static void random_words_against_the_system(void **state)
{
    (void)state;
    static const char letters[] = ":::...0012345fFa9x ";
    struct ic_prng prng;
    size_t good = 0;
    ic_prng_init(&prng, 17);
    for (int n = 0; n < 300000; n++) {
        char text[64];
        size_t row = ic_prng_below(&prng, sizeof rows / sizeof rows[0]);
        size_t len = strlen(rows[row].text);
        memcpy(text, rows[row].text, len + 1);
        for (uint32_t edits = ic_prng_below(&prng, 4); edits > 0; edits--) {
            char c = letters[ic_prng_below(&prng, sizeof letters - 1)];
            size_t at = ic_prng_below(&prng, (uint32_t)len + 1);
            if (ic_prng_below(&prng, 2) == 0 && at < len) {
                memmove(&text[at], &text[at + 1], len - at);
                len--;
            } else if (len < 60) {
                memmove(&text[at + 1], &text[at], len - at + 1);
                text[at] = c;
                len++;
            }
        }
        struct ic_addr addr;
        uint8_t want[16];
        bool theirs = parses_for_the_system(text, want);
        bool ours = ic_addr_parse(text, len, &addr) == IC_OK;
        if (ours != theirs)
            fail_msg("\"%s\": %d, system %d", text, ours, theirs);
        if (!ours)
            continue;
        good++;
        assert_memory_equal(addr.ip, want, 16);
        char out[IC_ADDR_TEXT_MAX];
        struct ic_addr again;
        ic_addr_text(&addr, out);
        assert_int_equal(ic_addr_parse(out, strlen(out), &again), IC_OK);
        assert_true(ic_addr_eq(&addr, &again));
    }
    assert_true(good > 50000);
}

static void a_log_holds_the_network_only(void **state)
{
    (void)state;
    static const struct {
        const char *text, *logged;
    } logged[] = {
        {"192.0.2.17", "192.0.2.0/24"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"},
        {"::1", "::/48"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff::/48"},
        {"::ffff:203.0.113.255", "203.0.113.0/24"},
    };
    for (size_t i = 0; i < sizeof logged / sizeof logged[0]; i++) {
        struct ic_addr addr;
        char text[IC_ADDR_TEXT_MAX];
        assert_int_equal(ic_addr_parse(logged[i].text, strlen(logged[i].text), &addr), IC_OK);
        ic_addr_log_text(&addr, text);
        assert_string_equal(text, logged[i].logged);
    }
}

static void equality_minds_port_and_both_ends(void **state)
{
    (void)state;
    struct ic_addr a = ic_addr_v4(10, 0, 0, 1, 5000), b = a;
    assert_true(ic_addr_is_v4(&a));
    assert_true(ic_addr_eq(&a, &b));
    b.port++;
    assert_false(ic_addr_eq(&a, &b));
    struct ic_path p = {a, b}, q = {a, b};
    assert_true(ic_path_eq(&p, &q));
    q.local.ip[15]++;
    assert_false(ic_path_eq(&p, &q));
    q = p;
    q.remote.ip[0] = 1;
    assert_false(ic_path_eq(&p, &q));
    assert_false(ic_addr_is_v4(&q.remote));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_as_a_table),
        cmocka_unit_test(only_len_bytes_are_read),
        cmocka_unit_test(random_words_against_the_system),
        cmocka_unit_test(a_log_holds_the_network_only),
        cmocka_unit_test(equality_minds_port_and_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
