/* STUN parser and writer. The HMAC of the vectors is verified in transport_ice_test.c: wire/ knows
 * no cryptography. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hex_file.h"
#include "wire/stun.h"

static const uint8_t rfc_transaction[] = {0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34,
                                          0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae};
static const uint8_t some_hmac[IC_STUN_INTEGRITY_LEN] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

struct message {
    uint8_t bytes[640];
    size_t len;
};

static struct message vector(const char *name)
{
    struct message m;
    m.len = hex_file_read(name, m.bytes, sizeof m.bytes);
    return m;
}

/* Exactly sized copy on the heap, so that the sanitizer sees a read behind the end. */
static enum ic_err parse_copy(const uint8_t *bytes, size_t len, struct ic_stun *out)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    enum ic_err err = ic_stun_parse(copy, len, out);
    free(copy);
    return err;
}

static void reads_rfc5769_request(void **state)
{
    (void)state;
    struct message m = vector("stun/request.hex");
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_REQUEST);
    assert_int_equal(s.method, IC_STUN_METHOD_BINDING);
    assert_memory_equal(s.transaction, rfc_transaction, sizeof rfc_transaction);
    assert_int_equal(s.username_len, 9);
    assert_memory_equal(s.username, "evtj:h6vY", 9);
    assert_true(s.has_priority);
    assert_int_equal(s.priority, 0x6e0001ff);
    assert_true(s.has_controlled);
    assert_false(s.has_controlling);
    assert_true(s.tie_breaker == 0x932ff9b151263b36U);
    assert_false(s.has_use_candidate);
    assert_true(s.has_fingerprint);
    assert_int_equal(s.integrity_offset, m.len - 8 - 24);
    assert_int_equal(s.integrity_length[0] << 8 | s.integrity_length[1], m.len - 20 - 8);
    assert_int_equal(s.integrity[0], 0x9a);
    assert_int_equal(s.unknown_count, 0); /* SOFTWARE is comprehension-optional */
}

static void reads_rfc5769_ipv4_response(void **state)
{
    (void)state;
    struct message m = vector("stun/response_ipv4.hex");
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_SUCCESS);
    struct ic_addr expected = ic_addr_v4(192, 0, 2, 1, 32853);
    assert_true(s.has_mapped);
    assert_true(ic_addr_eq(&s.mapped, &expected));
    assert_true(s.has_fingerprint);
}

static void reads_rfc5769_ipv6_response(void **state)
{
    (void)state;
    struct message m = vector("stun/response_ipv6.hex");
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
    struct ic_addr expected;
    const char *text = "2001:db8:1234:5678:11:2233:4455:6677";
    assert_int_equal(ic_addr_parse(text, strlen(text), &expected), IC_OK);
    expected.port = 32853;
    assert_true(s.has_mapped);
    assert_true(ic_addr_eq(&s.mapped, &expected));
}

static void reads_rfc5769_long_term_request(void **state)
{
    (void)state;
    struct message m = vector("stun/request_long_term.hex");
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
    assert_int_equal(s.username_len, 18); /* without its two bytes of padding */
    assert_int_equal(s.username[17], 0xb9);
    assert_false(s.has_fingerprint);
    assert_int_equal(s.integrity_offset, m.len - 24);
    assert_int_equal(s.integrity_length[0] << 8 | s.integrity_length[1], m.len - 20);
    assert_int_equal(s.unknown_count, 0); /* NONCE and REALM are understood */
}

static struct message written_request(void)
{
    struct message m;
    struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
    ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, rfc_transaction);
    ic_stun_write_username(&w, "receiver", "send");
    ic_stun_write_priority(&w, 0x6e0001ff);
    ic_stun_write_role(&w, true, 0x0102030405060708U);
    ic_stun_write_use_candidate(&w);
    size_t offset = ic_stun_write_integrity(&w);
    ic_stun_set_integrity(&w, offset, some_hmac);
    ic_stun_write_fingerprint(&w);
    assert_true(ic_wr_ok(&w));
    m.len = w.len;
    return m;
}

static void reads_back_a_written_request(void **state)
{
    (void)state;
    struct message m = written_request();
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, m.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_REQUEST);
    assert_int_equal(s.username_len, 13);
    assert_memory_equal(s.username, "receiver:send", 13);
    assert_true(s.has_controlling && !s.has_controlled && s.has_use_candidate);
    assert_true(s.tie_breaker == 0x0102030405060708U);
    assert_memory_equal(s.integrity, some_hmac, sizeof some_hmac);
    assert_true(s.has_fingerprint);
}

/* Written byte for byte as RFC 5769 2.2 without its SOFTWARE attribute. */
static void writes_mapped_addresses_of_both_families(void **state)
{
    (void)state;
    const char *texts[] = {"192.0.2.1", "2001:db8:1234:5678:11:2233:4455:6677", "::ffff:1.2.3.4"};
    for (size_t i = 0; i < 3; i++) {
        struct ic_addr addr;
        assert_int_equal(ic_addr_parse(texts[i], strlen(texts[i]), &addr), IC_OK);
        addr.port = 32853;
        struct message m;
        struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
        ic_stun_write_header(&w, IC_STUN_SUCCESS, IC_STUN_METHOD_BINDING, rfc_transaction);
        ic_stun_write_mapped(&w, &addr);
        ic_stun_write_fingerprint(&w);
        struct ic_stun s;
        assert_int_equal(ic_stun_parse(m.bytes, w.len, &s), IC_OK);
        assert_true(s.has_mapped && ic_addr_eq(&s.mapped, &addr));
        if (i == 0) {
            static const uint8_t value[] = {0,    0x20, 0,    8,    0,    1,
                                            0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43};
            assert_memory_equal(m.bytes + 20, value, sizeof value);
        }
    }
}

static void writes_error_responses(void **state)
{
    (void)state;
    static const uint16_t unknown[] = {0x0003, 0x7fff, 0x0026};
    struct message m;
    struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
    ic_stun_write_header(&w, IC_STUN_ERROR, IC_STUN_METHOD_BINDING, rfc_transaction);
    ic_stun_write_error(&w, IC_STUN_UNKNOWN_ATTRIBUTE);
    ic_stun_write_unknown(&w, unknown, 3);
    size_t offset = ic_stun_write_integrity(&w);
    ic_stun_set_integrity(&w, offset, some_hmac);
    ic_stun_write_fingerprint(&w);
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(m.bytes, w.len, &s), IC_OK);
    assert_int_equal(s.message_class, IC_STUN_ERROR);
    assert_int_equal(s.error_code, 420);
    static const uint8_t list[] = {0, 10, 0, 6, 0, 3, 0x7f, 0xff, 0, 0x26, 0, 0};
    assert_memory_equal(m.bytes + 28, list, sizeof list);
}

static void writer_without_room_fails_and_stays_in_bounds(void **state)
{
    (void)state;
    struct message whole = written_request();
    for (size_t cap = 0; cap < whole.len; cap++) {
        uint8_t *bytes = malloc(cap == 0 ? 1 : cap);
        assert_non_null(bytes);
        struct ic_wr w = ic_wr_init(bytes, cap);
        ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, rfc_transaction);
        ic_stun_write_username(&w, "receiver", "send");
        ic_stun_write_priority(&w, 0x6e0001ff);
        ic_stun_write_role(&w, true, 0x0102030405060708U);
        ic_stun_write_use_candidate(&w);
        ic_stun_set_integrity(&w, ic_stun_write_integrity(&w), some_hmac);
        ic_stun_write_fingerprint(&w);
        assert_false(ic_wr_ok(&w));
        free(bytes);
    }
}

static void every_class_and_method_survives_the_header(void **state)
{
    (void)state;
    for (unsigned method = 0; method < 0x1000; method++) {
        for (unsigned c = 0; c < 4; c++) {
            uint8_t bytes[IC_STUN_HEADER_LEN];
            struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
            ic_stun_write_header(&w, (enum ic_stun_class)c, (uint16_t)method, rfc_transaction);
            struct ic_stun s;
            assert_int_equal(ic_stun_parse(bytes, sizeof bytes, &s), IC_OK);
            assert_int_equal(s.message_class, c);
            assert_int_equal(s.method, method);
        }
    }
}

static void messages_truncated_at_every_byte_are_refused(void **state)
{
    (void)state;
    struct message messages[] = {
        vector("stun/request.hex"),
        vector("stun/response_ipv4.hex"),
        vector("stun/response_ipv6.hex"),
        vector("stun/request_long_term.hex"),
        written_request(),
    };
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct ic_stun s;
        assert_int_equal(parse_copy(messages[i].bytes, messages[i].len, &s), IC_OK);
        for (size_t len = 0; len < messages[i].len; len++)
            assert_int_equal(parse_copy(messages[i].bytes, len, &s), IC_ERR_INPUT);
    }
}

/* The same with a header that tells the truncated length: what is cut is an attribute. */
static void attributes_truncated_at_every_word_never_pass_the_fingerprint(void **state)
{
    (void)state;
    struct message m = written_request();
    for (size_t len = 24; len < m.len; len += 4) {
        struct message cut = m;
        cut.bytes[2] = 0;
        cut.bytes[3] = (uint8_t)(len - 20);
        struct ic_stun s;
        if (parse_copy(cut.bytes, len, &s) == IC_OK)
            assert_false(s.has_fingerprint);
    }
}

static void longer_datagrams_than_the_header_says_are_refused(void **state)
{
    (void)state;
    struct message m = written_request();
    struct ic_stun s;
    for (size_t more = 1; more <= 8; more++) {
        memset(m.bytes + m.len, 0, more);
        assert_int_equal(parse_copy(m.bytes, m.len + more, &s), IC_ERR_INPUT);
    }
}

static void every_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct message m = vector("stun/request.hex");
    for (size_t bit = 0; bit < m.len * 8; bit++) {
        struct message flipped = m;
        flipped.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        struct ic_stun s;
        enum ic_err err = parse_copy(flipped.bytes, flipped.len, &s);
        /* Only a flip that makes FINGERPRINT another attribute gets through the parser. */
        assert_true(err == IC_ERR_INPUT || !s.has_fingerprint);
    }
}

/* A message of raw attributes; len counts them. */
static enum ic_err parse_attributes(const uint8_t *attributes, size_t len, struct ic_stun *s)
{
    static uint8_t bytes[640];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, rfc_transaction);
    ic_wr_bytes(&w, attributes, len);
    ic_wr_patch16(&w, 2, (uint16_t)len);
    assert_true(ic_wr_ok(&w));
    return ic_stun_parse(bytes, w.len, s);
}

static void attribute_lengths_at_their_bounds(void **state)
{
    (void)state;
    static const struct {
        uint16_t type, good;
    } table[] = {{0x0008, 20}, {0x0024, 4}, {0x0025, 0}, {0x8029, 8}, {0x802a, 8}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        for (unsigned length = 0; length <= table[i].good + 4U; length++) {
            uint8_t bytes[64] = {(uint8_t)(table[i].type >> 8), (uint8_t)table[i].type, 0,
                                 (uint8_t)length};
            struct ic_stun s;
            enum ic_err err = parse_attributes(bytes, 4 + (length + 3) / 4 * 4, &s);
            assert_int_equal(err, length == table[i].good ? IC_OK : IC_ERR_INPUT);
        }
    }
}

static void username_lengths_at_their_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t length;
        enum ic_err expected;
    } table[] = {{0, IC_ERR_INPUT}, {1, IC_OK}, {513, IC_OK}, {514, IC_ERR_INPUT}};
    for (size_t i = 0; i < 4; i++) {
        uint8_t bytes[600] = {0, 6, (uint8_t)(table[i].length >> 8), (uint8_t)table[i].length};
        struct ic_stun s;
        enum ic_err err = parse_attributes(bytes, 4 + (table[i].length + 3) / 4 * 4, &s);
        assert_int_equal(err, table[i].expected);
    }
}

static void impossible_values_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[32];
        size_t len;
    } table[] = {
        {{0, 0x20, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4}, 12},              /* family 3 */
        {{0, 0x20, 0, 8, 0, 2, 0, 0, 1, 2, 3, 4}, 12},              /* IPv6 of 4 bytes */
        {{0, 0x20, 0, 4, 0, 1, 0, 0}, 8},                           /* IPv4 of none */
        {{0, 0x20, 0, 3, 0, 1, 0, 0}, 8},                           /* no whole port */
        {{0, 0x20, 0, 12, 0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 16}, /* IPv4 of 8 bytes */
        {{0, 9, 0, 4, 0, 0, 2, 0}, 8},                              /* error class 2 */
        {{0, 9, 0, 4, 0, 0, 7, 0}, 8},                              /* error class 7 */
        {{0, 9, 0, 4, 0, 0, 4, 100}, 8},                            /* number 100 */
        {{0, 9, 0, 3, 0, 0, 4, 0}, 8},                              /* short */
        {{0x80, 0x28, 0, 4, 0, 0, 0, 0}, 8},                        /* wrong checksum */
        {{0, 6, 0, 9, 'a', ':', 'b', 0}, 8},                        /* past the end */
        {{0, 6, 0xff, 0xff, 'a', ':', 'b', 0}, 8},                  /* far past the end */
        {{0x80, 0x22, 0, 2, 'a', 'b'}, 6},                          /* padding is missing */
        {{0x80, 0x29, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0,                 /* both roles */
          0x80, 0x2a, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0},
         24},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_stun s;
        assert_int_equal(parse_attributes(table[i].bytes, table[i].len, &s), IC_ERR_INPUT);
    }
}

static void headers_that_are_not_stun_are_refused(void **state)
{
    (void)state;
    struct message good = written_request();
    static const struct {
        size_t at;
        uint8_t value;
    } table[] = {{0, 0x40}, {0, 0x80}, {4, 0x20}, {7, 0x43}, {3, 1}, {3, 2}, {2, 0xff}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct message bad = good;
        bad.bytes[table[i].at] = table[i].value;
        struct ic_stun s;
        assert_int_equal(ic_stun_parse(bad.bytes, bad.len, &s), IC_ERR_INPUT);
    }
    /* A length that is no multiple of four, and right. */
    uint8_t odd[22] = {0};
    memcpy(odd, good.bytes, 20);
    odd[2] = 0;
    odd[3] = 2;
    struct ic_stun s;
    assert_int_equal(ic_stun_parse(odd, sizeof odd, &s), IC_ERR_INPUT);
}

static void unknown_required_attributes_are_listed_and_optional_ones_are_not(void **state)
{
    (void)state;
    uint8_t bytes[4 * 12] = {0};
    for (size_t i = 0; i < 10; i++) {
        bytes[4 * i] = 0x7f;
        bytes[4 * i + 1] = (uint8_t)i;
    }
    bytes[40] = 0x80; /* comprehension-optional */
    bytes[44] = 0xc0;
    bytes[45] = 0x57;
    struct ic_stun s;
    assert_int_equal(parse_attributes(bytes, sizeof bytes, &s), IC_OK);
    assert_int_equal(s.unknown_count, IC_STUN_UNKNOWN_MAX);
    for (size_t i = 0; i < s.unknown_count; i++)
        assert_int_equal(s.unknown[i], 0x7f00 + i);
    assert_int_equal(parse_attributes(bytes + 40, 8, &s), IC_OK);
    assert_int_equal(s.unknown_count, 0);
}

static void first_of_equal_attributes_counts(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {0,   0x24, 0, 4, 0, 0, 0,   1,   0,   0x24, 0,
                                    4,   0,    0, 0, 2, 0, 6,   0,   3,   'a',  ':',
                                    'b', 0,    0, 6, 0, 3, 'c', ':', 'd', 0};
    struct ic_stun s;
    assert_int_equal(parse_attributes(bytes, sizeof bytes, &s), IC_OK);
    assert_int_equal(s.priority, 1);
    assert_memory_equal(s.username, "a:b", 3);
}

static void attributes_behind_the_integrity_are_ignored(void **state)
{
    (void)state;
    uint8_t bytes[24 + 4 + 8] = {0, 8, 0, 20};
    bytes[25] = 0x25; /* USE-CANDIDATE, forged onto an authentic message */
    bytes[28] = 0x00; /* PRIORITY */
    bytes[29] = 0x24;
    bytes[31] = 4;
    struct ic_stun s;
    assert_int_equal(parse_attributes(bytes, sizeof bytes, &s), IC_OK);
    assert_non_null(s.integrity);
    assert_false(s.has_use_candidate);
    assert_false(s.has_priority);
}

static uint32_t crc32_bitwise(const uint8_t *bytes, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < 8 * len; i++) {
        uint32_t bit = (crc ^ (uint32_t)(bytes[i / 8] >> i % 8)) & 1;
        crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* The fingerprint is right for the length that the header tells, and an attribute follows. */
static void nothing_may_follow_the_fingerprint(void **state)
{
    (void)state;
    struct message m;
    struct ic_stun s;
    for (size_t follow = 0; follow <= 8; follow += 8) {
        struct ic_wr w = ic_wr_init(m.bytes, sizeof m.bytes);
        ic_stun_write_header(&w, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, rfc_transaction);
        ic_wr_patch16(&w, 2, (uint16_t)(8 + follow));
        uint32_t crc = crc32_bitwise(m.bytes, w.len);
        ic_wr_u32(&w, 0x80280004);
        ic_wr_u32(&w, crc ^ 0x5354554e);
        if (follow > 0)
            ic_stun_write_priority(&w, 1);
        enum ic_err err = ic_stun_parse(m.bytes, w.len, &s);
        assert_int_equal(err, follow > 0 ? IC_ERR_INPUT : IC_OK);
    }
}

static void an_error_leaves_the_output_alone(void **state)
{
    (void)state;
    struct ic_stun s, untouched;
    memset(&s, 0x5a, sizeof s);
    memcpy(&untouched, &s, sizeof s);
    struct message m = written_request();
    assert_int_equal(ic_stun_parse(m.bytes, m.len - 4, &s), IC_ERR_INPUT);
    assert_memory_equal(&s, &untouched, sizeof s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_rfc5769_request),
        cmocka_unit_test(reads_rfc5769_ipv4_response),
        cmocka_unit_test(reads_rfc5769_ipv6_response),
        cmocka_unit_test(reads_rfc5769_long_term_request),
        cmocka_unit_test(reads_back_a_written_request),
        cmocka_unit_test(writes_mapped_addresses_of_both_families),
        cmocka_unit_test(writes_error_responses),
        cmocka_unit_test(writer_without_room_fails_and_stays_in_bounds),
        cmocka_unit_test(every_class_and_method_survives_the_header),
        cmocka_unit_test(messages_truncated_at_every_byte_are_refused),
        cmocka_unit_test(attributes_truncated_at_every_word_never_pass_the_fingerprint),
        cmocka_unit_test(longer_datagrams_than_the_header_says_are_refused),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(attribute_lengths_at_their_bounds),
        cmocka_unit_test(username_lengths_at_their_bounds),
        cmocka_unit_test(impossible_values_are_refused),
        cmocka_unit_test(headers_that_are_not_stun_are_refused),
        cmocka_unit_test(unknown_required_attributes_are_listed_and_optional_ones_are_not),
        cmocka_unit_test(first_of_equal_attributes_counts),
        cmocka_unit_test(attributes_behind_the_integrity_are_ignored),
        cmocka_unit_test(nothing_may_follow_the_fingerprint),
        cmocka_unit_test(an_error_leaves_the_output_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
