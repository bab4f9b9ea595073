#include "support/cmocka_all.h"

#include "base/prng.h"
#include "base/text.h"

static void base64url_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16];
        uint8_t bytes[8];
        size_t n = strlen(rows[i].bytes);
        ic_base64url_encode((const uint8_t *)rows[i].bytes, n, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(ic_base64url_decode(text, strlen(text), bytes, n), IC_OK);
        assert_memory_equal(bytes, rows[i].bytes, n);
    }
}

/* Of all two- to four-character texts exactly one spells given bytes. */
static void base64url_is_canonical(void **state)
{
    (void)state;
    static const char *refused[] = {
        "Zh",   /* spare bits of one byte not zero */
        "Zg==", /* padding */
        "Zg=",  "Z",  "Zg ", " Zg",
        "Z\ng", "Z+", "Z/",  "Zga", /* a length that fits two bytes, not one */
    };
    uint8_t out[4] = {0xee, 0xee, 0xee, 0xee};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        assert_int_equal(ic_base64url_decode(refused[i], strlen(refused[i]), out, 1), IC_ERR_INPUT);
    assert_int_equal(ic_base64url_decode("Zm9", 3, out, 2), IC_ERR_INPUT); /* spare bits of two */
    assert_int_equal(ic_base64url_decode("Zm9vZ", 5, out, 3), IC_ERR_INPUT);
    assert_int_equal(out[0], 0xee); /* untouched */
    size_t good = 0;
    for (int a = 0; a < 256; a++) {
        for (int b = 0; b < 256; b++) {
            char text[2] = {(char)a, (char)b};
            good += ic_base64url_decode(text, 2, out, 1) == IC_OK;
        }
    }
    assert_int_equal(good, 256);
}

static void base64_of_rfc_4648(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[16];
        uint8_t bytes[8];
        size_t n = strlen(rows[i].bytes), checked = 99;
        ic_base64_encode((const uint8_t *)rows[i].bytes, n, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(ic_base64_check(text, strlen(text), &checked), IC_OK);
        assert_int_equal(checked, n);
        assert_int_equal(ic_base64_decode(text, strlen(text), bytes, n), IC_OK);
        assert_memory_equal(bytes, rows[i].bytes, n);
        assert_int_equal(ic_base64_decode(text, strlen(text), bytes, n + 1), IC_ERR_INPUT);
    }
}

static void base64_is_canonical(void **state)
{
    (void)state;
    static const char *refused[] = {
        "Zh==",  "Zm9=", /* spare bits not zero */
        "Zg",    "Zg=",   "Zm8",      "Z===", "====", "=",    "==",    "===",  "Zg==Zg==",
        "Zg===", "Zm9v=", "Zm9v====", "Z=g=", "-_-_", "Zm9 ", "Zm9\n", " Zm9",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        size_t n = 77;
        uint8_t out[8] = {0xee};
        size_t len = strlen(refused[i]);
        assert_int_equal(ic_base64_check(refused[i], len, &n), IC_ERR_INPUT);
        assert_int_equal(n, 77);
        for (size_t want = 0; want < sizeof out; want++)
            assert_int_equal(ic_base64_decode(refused[i], len, out, want), IC_ERR_INPUT);
        assert_int_equal(out[0], 0xee);
    }
}

static void base64url_round_trip_of_any_length(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 1);
    for (size_t n = 0; n < 100; n++) {
        uint8_t bytes[100], back[100];
        char text[IC_BASE64URL_LEN(100) + 1];
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)ic_prng_u32(&prng);
        ic_base64url_encode(bytes, n, text);
        assert_int_equal(strlen(text), IC_BASE64URL_LEN(n));
        assert_int_equal(ic_base64url_decode(text, strlen(text), back, n), IC_OK);
        assert_memory_equal(bytes, back, n);
        assert_int_equal(ic_base64url_decode(text, strlen(text), back, n + 1), IC_ERR_INPUT);
    }
}

static void fingerprints(void **state)
{
    (void)state;
    static const char upper[] = "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
                                "F0:F1:F2:F3:F4:F5:F6:F7:F8:F9:FA:FB:FC:FD:FE:FF";
    uint8_t bytes[IC_FINGERPRINT_LEN], want[IC_FINGERPRINT_LEN];
    char text[IC_FINGERPRINT_TEXT_LEN + 1];
    for (size_t i = 0; i < 16; i++) {
        want[i] = (uint8_t)i;
        want[16 + i] = (uint8_t)(0xf0 + i);
    }
    assert_int_equal(ic_fingerprint_decode(upper, 95, bytes), IC_OK);
    assert_memory_equal(bytes, want, sizeof want);
    ic_fingerprint_encode(bytes, text);
    assert_string_equal(text, upper);
    for (size_t i = 0; i < 95; i++) {
        text[i] = upper[i] >= 'A' && upper[i] <= 'F' ? (char)(upper[i] + 32) : upper[i];
    }
    assert_int_equal(ic_fingerprint_decode(text, 95, bytes), IC_OK);
    assert_memory_equal(bytes, want, sizeof want);
    /* Any length but 95, and any foreign character at any place. */
    for (size_t len = 0; len < 95; len++)
        assert_int_equal(ic_fingerprint_decode(upper, len, bytes), IC_ERR_INPUT);
    memset(bytes, 0xee, sizeof bytes);
    for (size_t at = 0; at < 95; at++) {
        static const char bad[] = {'g', 'G', ' ', '-', '\0', ':', '/', '@', '0'};
        for (size_t b = 0; b < sizeof bad; b++) {
            bool colon = at % 3 == 2;
            if ((colon && bad[b] == ':') || (!colon && bad[b] == '0'))
                continue;
            memcpy(text, upper, sizeof upper);
            text[at] = bad[b];
            assert_int_equal(ic_fingerprint_decode(text, 95, bytes), IC_ERR_INPUT);
        }
    }
    assert_int_equal(bytes[0], 0xee);
}

/* UTF-8 written from the table of RFC 3629 3, independent of the decoder. */
static size_t utf8_write(int32_t point, char *out)
{
    uint32_t p = (uint32_t)point;
    if (p < 0x80) {
        out[0] = (char)p;
        return 1;
    }
    if (p < 0x800) {
        out[0] = (char)(0xc0 | p >> 6);
        out[1] = (char)(0x80 | (p & 0x3f));
        return 2;
    }
    if (p < 0x10000) {
        out[0] = (char)(0xe0 | p >> 12);
        out[1] = (char)(0x80 | (p >> 6 & 0x3f));
        out[2] = (char)(0x80 | (p & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | p >> 18);
    out[1] = (char)(0x80 | (p >> 12 & 0x3f));
    out[2] = (char)(0x80 | (p >> 6 & 0x3f));
    out[3] = (char)(0x80 | (p & 0x3f));
    return 4;
}

static void utf8_every_code_point(void **state)
{
    (void)state;
    for (int32_t point = 0; point < 0x120000; point++) {
        char text[5];
        size_t n = utf8_write(point, text), at = 0;
        bool good = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
        assert_int_equal(ic_utf8_next(text, n, &at), good ? point : -1);
        assert_int_equal(at, good ? n : 0);
        for (size_t cut = 0; cut < n; cut++) {
            at = 0;
            assert_int_equal(ic_utf8_next(text, cut, &at), -1);
            assert_int_equal(at, 0);
        }
    }
}

static void utf8_malformed(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xc2\x41",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xe2\x82\x41",
        "\xe2\x41\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc2\xc2\x80",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t at = 0;
        assert_int_equal(ic_utf8_next(rows[i], strlen(rows[i]), &at), -1);
        assert_int_equal(at, 0);
    }
}

static void utf8_walks_a_text(void **state)
{
    (void)state;
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    static const int32_t want[] = {'a', 0xe9, 0x20ac, 0x1f600};
    size_t at = 0;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(ic_utf8_next(text, strlen(text), &at), want[i]);
    assert_int_equal(at, strlen(text));
    assert_int_equal(ic_utf8_next(text, strlen(text), &at), -1);
}

static void decimals(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "00",
                                      "01",
                                      "-1",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1a",
                                      "0x1",
                                      "18446744073709551616",
                                      "99999999999999999999",
                                      "184467440737095516150"};
    uint64_t n = 77;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ic_decimal_decode(bad[i], strlen(bad[i]), &n), IC_ERR_INPUT);
    assert_int_equal(n, 77);
    assert_int_equal(ic_decimal_decode("0", 1, &n), IC_OK);
    assert_true(n == 0);
    assert_int_equal(ic_decimal_decode("18446744073709551615", 20, &n), IC_OK);
    assert_true(n == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_of_rfc_4648),
        cmocka_unit_test(base64url_is_canonical),
        cmocka_unit_test(base64_of_rfc_4648),
        cmocka_unit_test(base64_is_canonical),
        cmocka_unit_test(base64url_round_trip_of_any_length),
        cmocka_unit_test(fingerprints),
        cmocka_unit_test(utf8_every_code_point),
        cmocka_unit_test(utf8_malformed),
        cmocka_unit_test(utf8_walks_a_text),
        cmocka_unit_test(decimals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
