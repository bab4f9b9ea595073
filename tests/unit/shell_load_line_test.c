/* What the helper of a load test may say, and nothing else. */
#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "shell/load_line.h"
#include "support/exact.h"

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
    assert_string_equal(m->send.mid, "0");
    assert_int_equal(m->send.payload_type, 96);
    assert_int_equal(m->send.mid_id, 4);
    assert_int_equal(m->send.transport_cc_id, 3);
    assert_int_equal(m->send.kid, 48);
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

#define SOUND                                                                                      \
    "\"sound_send\":{\"mid\":\"1\",\"payload_type\":111,\"mid_id\":4,\"transport_cc_id\":3,"       \
    "\"kid\":0}"
#define SOUNDS "\"sound_slots\":[9]"
#define EPOCH  "\"epoch\":3,\"kid\":259,\"sound_kid\":3,\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\""

static void test_member_with_sound(void **state)
{
    (void)state;
    struct ic_load_line line;
    const struct ic_load_line_member *m = &line.member;
    assert_int_equal(read_line("{" PLACE ",\"member\":21," TRANSPORT "," SEND "," SOUND "," SOUNDS
                               ",\"epoch\":17," REST "}",
                               &line),
                     IC_OK);
    assert_int_equal(line.index, 21);
    assert_true(m->has_sound);
    assert_string_equal(m->sound_send.mid, "1");
    assert_int_equal(m->sound_send.payload_type, 111);
    assert_int_equal(m->slot_count, 3);
    assert_int_equal(m->sound_slot_count, 1);
    assert_int_equal(m->slots[2], 9);
    assert_int_equal(m->epoch, 17);
    assert_int_equal(read_line("{" PLACE "," TRANSPORT "," SOUNDS "," REST "}", &line), IC_OK);
    assert_false(m->has_sound);
    assert_int_equal(line.index, IC_LOAD_NOBODY);
}

static void test_life(void **state)
{
    (void)state;
    struct ic_load_line line;
    assert_int_equal(read_line("{\"type\":\"epoch\",\"member\":2," EPOCH "}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_EPOCH);
    assert_int_equal(line.index, 2);
    assert_int_equal(line.epoch.epoch, 3);
    assert_int_equal(line.epoch.kid, 259);
    assert_int_equal(line.epoch.sound_kid, 3);
    assert_int_equal(line.epoch.base_key[15], 15);
    assert_int_equal(read_line("{\"type\":\"switch\",\"member\":0,\"epoch\":4}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_SWITCH);
    assert_int_equal(line.epoch.epoch, 4);
    assert_int_equal(read_line("{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":4294967295,"
                               "\"from\":3999},{\"ssrc\":7,\"from\":null}]}",
                               &line),
                     IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_SLOTS);
    assert_int_equal(line.slots.count, 2);
    assert_int_equal(line.slots.slots[0].ssrc, 4294967295u);
    assert_int_equal(line.slots.slots[0].from, 3999);
    assert_int_equal(line.slots.slots[1].from, IC_LOAD_NOBODY);
    assert_int_equal(read_line("{\"type\":\"gone\",\"member\":9}", &line), IC_OK);
    assert_int_equal(line.type, IC_LOAD_LINE_GONE);
    assert_int_equal(line.index, 9);
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
        "{" PLACE "," TRANSPORT "," SOUND "," REST "}",
        "{" PLACE "," TRANSPORT "," SEND ",\"sound_send\":{\"mid\":\"1\"}," REST "}",
        "{" PLACE "," TRANSPORT ",\"sound_slots\":[1,2,3,4,5,6,7,8,9,10]," REST "}",
        "{" PLACE ",\"member\":4000," TRANSPORT "," REST "}",
        "{" PLACE ",\"member\":-2," TRANSPORT "," REST "}",
        "{" PLACE ",\"epoch\":-1," TRANSPORT "," REST "}",
        "{\"type\":\"epoch\"," EPOCH "}",
        "{\"type\":\"epoch\",\"member\":-1," EPOCH "}",
        "{\"type\":\"epoch\",\"member\":1," EPOCH ",\"x\":0}",
        "{\"type\":\"epoch\",\"member\":1,\"epoch\":-1,\"kid\":1,\"sound_kid\":1,"
        "\"base_key\":\"AAECAwQFBgcICQoLDA0ODw\"}",
        "{\"type\":\"epoch\",\"member\":1,\"epoch\":1,\"kid\":1,\"sound_kid\":1,"
        "\"base_key\":\"AAECAwQFBgcICQoLDA0O\"}",
        "{\"type\":\"switch\",\"member\":1}",
        "{\"type\":\"switch\",\"member\":4000,\"epoch\":1}",
        "{\"type\":\"switch\",\"member\":1,\"epoch\":-1}",
        "{\"type\":\"switch\",\"member\":1,\"epoch\":1,\"x\":0}",
        "{\"type\":\"slots\",\"member\":1}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":{}}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":1}]}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":1,\"from\":4000}]}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":1,\"from\":\"2\"}]}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":-1,\"from\":1}]}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":1,\"from\":1,\"x\":1}]}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},"
        "{},{},{},{}]}",
        "{\"type\":\"gone\"}",
        "{\"type\":\"gone\",\"member\":4000}",
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
    static const char *const texts[] = {
        "{" PLACE ",\"member\":3," TRANSPORT "," SEND "," SOUND "," SOUNDS "," REST "}",
        "{\"type\":\"epoch\",\"member\":1," EPOCH "}",
        "{\"type\":\"switch\",\"member\":1,\"epoch\":3}",
        "{\"type\":\"slots\",\"member\":1,\"slots\":[{\"ssrc\":1,\"from\":1}]}",
        "{\"type\":\"gone\",\"member\":1}",
    };
    struct ic_load_line line;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(read_line(texts[i], &line), IC_OK);
        for (size_t len = 0; len < strlen(texts[i]); len++) {
            uint8_t *copy = exact_copy((const uint8_t *)texts[i], len);
            assert_int_equal(ic_load_line_read((const char *)copy, len, &line), IC_ERR_INPUT);
            free(copy);
        }
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
        cmocka_unit_test(test_member),
        cmocka_unit_test(test_member_with_keys),
        cmocka_unit_test(test_member_with_sound),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
