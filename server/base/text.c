#include "base/text.h"

#include <string.h>

#include "base/assert.h"

/* The two alphabets of RFC 4648 differ in the last two characters. */
#define SHARED "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
static const char base64[] = SHARED "+/", base64url[] = SHARED "-_";

/* Without padding and terminator. */
static size_t encode(const char *alphabet, const uint8_t *bytes, size_t n, char *out)
{
    size_t len = 0;
    uint32_t bits = 0;
    int have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | bytes[i];
        have += 8;
        while (have >= 6) {
            have -= 6;
            out[len++] = alphabet[bits >> have & 63];
        }
    }
    if (have > 0)
        out[len++] = alphabet[bits << (6 - have) & 63];
    IC_ASSERT(len == IC_BASE64URL_LEN(n));
    return len;
}

static int value(const char *alphabet, char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == alphabet[62])
        return 62;
    return c == alphabet[63] ? 63 : -1;
}

/* len characters are the canonical form of n bytes: the bits that the last one carries beyond them
 * are zero. */
static bool is_canonical(const char *alphabet, const char *text, size_t len, size_t n)
{
    if (len != IC_BASE64URL_LEN(n))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (value(alphabet, text[i]) < 0)
            return false;
    }
    unsigned spare = (unsigned)(len * 6 - n * 8);
    return len == 0 || ((unsigned)value(alphabet, text[len - 1]) & ((1U << spare) - 1)) == 0;
}

static enum ic_err decode(const char *alphabet, const char *text, size_t len, uint8_t *out,
                          size_t n)
{
    uint32_t bits = 0;
    int have = 0;
    size_t done = 0;
    if (!is_canonical(alphabet, text, len, n))
        return IC_ERR_INPUT;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 6 | (uint32_t)value(alphabet, text[i]);
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[done++] = (uint8_t)(bits >> have);
        }
    }
    IC_ASSERT(done == n);
    return IC_OK;
}

void ic_base64url_encode(const uint8_t *bytes, size_t n, char *out)
{
    out[encode(base64url, bytes, n, out)] = '\0';
}

enum ic_err ic_base64url_decode(const char *text, size_t len, uint8_t *out, size_t n)
{
    return decode(base64url, text, len, out, n);
}

void ic_base64_encode(const uint8_t *bytes, size_t n, char *out)
{
    size_t len = encode(base64, bytes, n, out);
    while (len < IC_BASE64_LEN(n))
        out[len++] = '=';
    out[len] = '\0';
}

enum ic_err ic_base64_check(const char *text, size_t len, size_t *n)
{
    size_t padding = 0;
    while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
        padding++;
    size_t bytes = len / 4 * 3 - padding;
    if (len % 4 != 0 || !is_canonical(base64, text, len - padding, bytes))
        return IC_ERR_INPUT;
    *n = bytes;
    return IC_OK;
}

enum ic_err ic_base64_decode(const char *text, size_t len, uint8_t *out, size_t n)
{
    size_t bytes;
    if (ic_base64_check(text, len, &bytes) != IC_OK || bytes != n)
        return IC_ERR_INPUT;
    return decode(base64, text, IC_BASE64URL_LEN(n), out, n);
}

void ic_fingerprint_encode(const uint8_t fingerprint[static IC_FINGERPRINT_LEN],
                           char out[static IC_FINGERPRINT_TEXT_LEN + 1])
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++) {
        out[3 * i] = hex[fingerprint[i] >> 4];
        out[3 * i + 1] = hex[fingerprint[i] & 15];
        out[3 * i + 2] = i + 1 < IC_FINGERPRINT_LEN ? ':' : '\0';
    }
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum ic_err ic_fingerprint_decode(const char *text, size_t len,
                                  uint8_t out[static IC_FINGERPRINT_LEN])
{
    uint8_t bytes[IC_FINGERPRINT_LEN];
    if (len != IC_FINGERPRINT_TEXT_LEN)
        return IC_ERR_INPUT;
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++) {
        int high = hex_value(text[3 * i]), low = hex_value(text[3 * i + 1]);
        bool joined = i + 1 == IC_FINGERPRINT_LEN || text[3 * i + 2] == ':';
        if (high < 0 || low < 0 || !joined)
            return IC_ERR_INPUT;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, bytes, sizeof bytes);
    return IC_OK;
}

int32_t ic_utf8_next(const char *text, size_t len, size_t *at)
{
    if (*at >= len)
        return -1;
    uint8_t first = (uint8_t)text[*at];
    size_t extra = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || len - *at <= extra)
        return -1;
    static const uint8_t mask[4] = {0x7f, 0x1f, 0x0f, 0x07};
    static const int32_t least[4] = {0, 0x80, 0x800, 0x10000};
    int32_t point = first & mask[extra];
    for (size_t i = 1; i <= extra; i++) {
        uint8_t next = (uint8_t)text[*at + i];
        if ((next & 0xc0) != 0x80)
            return -1;
        point = point << 6 | (next & 0x3f);
    }
    bool surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < least[extra] || point > 0x10ffff || surrogate)
        return -1;
    *at += extra + 1;
    return point;
}

enum ic_err ic_decimal_decode(const char *text, size_t len, uint64_t *out)
{
    uint64_t number = 0;
    if (len == 0 || (len > 1 && text[0] == '0'))
        return IC_ERR_INPUT;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned)((uint8_t)text[i] - '0');
        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return IC_ERR_INPUT;
        number = number * 10 + digit;
    }
    *out = number;
    return IC_OK;
}
