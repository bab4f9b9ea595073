/* What the helper of a load test may say, and nothing else. */
#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "shell/load_line.h"

#define FINGERPRINT                                                                                \
    "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:"   \
    "1E:1F"
#define PLACE "\"type\":\"member\",\"address\":\"127.0.0.1\",\"port\":10000"
#define TRANSPORT                                                                                  \
    "\"transport\":{\"ufrag\":\"abcd\",\"pwd\":\"efgh\",\"fingerprint\":\"" FINGERPRINT "\"}"
#define KEYS                                                                                       \
    "\"srtp\":{\"send_key\":\"AAECAwQFBgcICQoLDA0ODw\",\"send_salt\":\"AAECAwQFBgcICQoL\","        \
    "\"receive_key\":\"DwECAwQFBgcICQoLDA0ODw\",\"receive_salt\":\"AQECAwQFBgcICQoL\"}"
#define SEND                                                                                       \
    "\"send\":{\"mid\":\"0\",\"payload_type\":96,\"mid_id\":4,\"transport_cc_id\":3,\"kid\":48}"
#define REST "\"slots\":[7,4294967295],\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\""

static enum ic_err read_line(const char *text, struct ic_load_line *out)
{
    return ic_load_line_read(text, strlen(text), out);
}

static void test_member(void **state)
{
    (void)state;
    struct ic_load_line line;
    const struct ic_load_line_member *m = &line.member;
    assert_int_equal(read_line("{" PLACE "," TRANSPORT "," SEND "," REST "}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_MEMBER);
    assert_int_equal(m->server.port, 10000);
    assert_true(ic_addr_is_v4(&m->server));
    assert_false(m->has_keys);
    assert_string_equal(m->ufrag, "abcd");
    assert_string_equal(m->pwd, "efgh");
    assert_int_equal(m->fingerprint[31], 0x1f);
    assert_true(m->sends);
    assert_string_equal(m->mid, "0");
    assert_int_equal(m->payload_type, 96);
    assert_int_equal(m->mid_id, 4);
    assert_int_equal(m->transport_cc_id, 3);
    assert_int_equal(m->kid, 48);
    assert_int_equal(m->slot_count, 2);
    assert_int_equal(m->slots[1], 4294967295u);
    assert_int_equal(m->base_key[15], 15);
}

static void test_member_with_keys(void **state)
{
    (void)state;
    struct ic_load_line line;
    assert_int_equal(read_line("{" PLACE "," KEYS "," REST "}", &line), IC_OK);
    assert_true(line.member.has_keys);
    assert_false(line.member.sends);
    assert_int_equal(line.member.keys.profile, IC_SRTP_AEAD_AES_128_GCM);
    assert_int_equal(line.member.keys.remote_key[0], 15);
    assert_int_equal(line.member.keys.local_salt[11], 11);
}

static void test_ends(void **state)
{
    (void)state;
    struct ic_load_line line;
    assert_int_equal(read_line("{\"type\":\"ready\"}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_READY);
    assert_int_equal(line.server_pid, 0);
    assert_int_equal(read_line("{\"type\":\"ready\",\"server_pid\":12}", &line), IC_OK);
    assert_int_equal(line.server_pid, 12);
    assert_int_equal(read_line("{\"type\":\"error\",\"text\":\"room_full\"}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_ERROR);
    assert_string_equal(line.text, "room_full");
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "7",
        "{}",
        "{\"type\":\"hello\"}",
        "{\"type\":\"ready\",\"more\":1}",
        "{\"type\":\"ready\",\"server_pid\":-1}",
        "{\"type\":\"ready\"}{}",
        "{\"type\":\"error\"}",
        "{" PLACE "," REST "}",
        "{" PLACE "," TRANSPORT "," KEYS "," REST "}",
        "{" PLACE "," TRANSPORT "," SEND "," REST ",\"x\":0}",
        "{" PLACE "," TRANSPORT "," TRANSPORT "," REST "}",
        "{\"type\":\"member\",\"address\":\"localhost\",\"port\":1," TRANSPORT "," REST "}",
        "{\"type\":\"member\",\"address\":\"::1\",\"port\":0," TRANSPORT "," REST "}",
        "{\"type\":\"member\",\"address\":\"::1\",\"port\":65536," TRANSPORT "," REST "}",
        "{" PLACE ",\"transport\":{\"ufrag\":\"\",\"pwd\":\"e\",\"fingerprint\":\"" FINGERPRINT
        "\"}," REST "}",
        "{" PLACE ",\"transport\":{\"ufrag\":\"a\",\"pwd\":\"e\",\"fingerprint\":\"00\"}," REST "}",
        "{" PLACE "," TRANSPORT
        ",\"send\":{\"mid\":\"0\",\"payload_type\":128,\"mid_id\":4,\"transport_cc_id\":3,"
        "\"kid\":48}," REST "}",
        "{" PLACE "," TRANSPORT
        ",\"send\":{\"mid\":\"0\",\"payload_type\":96,\"mid_id\":15,\"transport_cc_id\":3,"
        "\"kid\":48}," REST "}",
        "{" PLACE "," TRANSPORT
        ",\"send\":{\"mid\":\"012345678\",\"payload_type\":96,\"mid_id\":1,\"transport_cc_id\":3,"
        "\"kid\":48}," REST "}",
        "{" PLACE "," TRANSPORT ",\"slots\":[1],\"base_key\":\"AAECAwQFBgcICQoLDA0OD\"}",
        "{" PLACE "," TRANSPORT ",\"slots\":[-1],\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\"}",
        "{" PLACE "," TRANSPORT ",\"slots\":[4294967296],\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\"}",
        "{" PLACE "," TRANSPORT
        ",\"slots\":[1,2,3,4,5,6,7,8,9,10],\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\"}",
        "{" PLACE "," TRANSPORT ",\"slots\":{},\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\"}",
    };
    struct ic_load_line line;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(read_line(texts[i], &line), IC_ERR_INPUT);
}

/* Each beginning of a good line is no line. */
static void test_truncated(void **state)
{
    (void)state;
    static const char text[] = "{" PLACE "," TRANSPORT "," SEND "," REST "}";
    struct ic_load_line line;
    for (size_t len = 0; len + 1 < sizeof text; len++) {
        char *copy = malloc(len + 1); /* so that a byte too many is seen */
        assert_non_null(copy);
        memcpy(copy, text, len);
        assert_int_equal(ic_load_line_read(copy, len, &line), IC_ERR_INPUT);
        free(copy);
    }
}

static void test_too_long(void **state)
{
    (void)state;
    struct ic_load_line line;
    size_t len = IC_LOAD_LINE_MAX + 1;
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, ' ', len);
    memcpy(text, "{\"type\":\"ready\"}", 16);
    assert_int_equal(ic_load_line_read(text, len - 1, &line), IC_OK);
    assert_int_equal(ic_load_line_read(text, len, &line), IC_ERR_INPUT);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_member),    cmocka_unit_test(test_member_with_keys),
        cmocka_unit_test(test_ends),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
