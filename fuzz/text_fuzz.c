/* room: base
 *
 * Text codings and addresses: whatever is taken must come back as the same text or bytes. Input: a
 * byte that chooses the coding, a byte for a length, the text. */
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void try_base64url(const char *text, size_t len, size_t n)
{
    uint8_t bytes[255];
    char back[IC_BASE64URL_LEN(255) + 1];
    if (ic_base64url_decode(text, len, bytes, n) != IC_OK)
        return;
    ic_base64url_encode(bytes, n, back);
    require(strlen(back) == len && memcmp(back, text, len) == 0);
}

static void try_fingerprint(const char *text, size_t len)
{
    uint8_t bytes[IC_FINGERPRINT_LEN], again[IC_FINGERPRINT_LEN];
    char back[IC_FINGERPRINT_TEXT_LEN + 1];
    if (ic_fingerprint_decode(text, len, bytes) != IC_OK)
        return;
    ic_fingerprint_encode(bytes, back);
    require(ic_fingerprint_decode(back, IC_FINGERPRINT_TEXT_LEN, again) == IC_OK);
    require(memcmp(bytes, again, sizeof bytes) == 0);
}

static void try_utf8(const char *text, size_t len)
{
    size_t at = 0;
    while (at < len) {
        size_t before = at;
        int32_t point = ic_utf8_next(text, len, &at);
        if (point < 0) {
            require(at == before);
            return;
        }
        size_t want = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        require(at - before == want && at <= len);
    }
}

static void try_addr(const char *text, size_t len)
{
    struct ic_addr addr, again;
    char back[IC_ADDR_TEXT_MAX], log[IC_ADDR_TEXT_MAX];
    if (ic_addr_parse(text, len, &addr) != IC_OK)
        return;
    ic_addr_text(&addr, back);
    ic_addr_log_text(&addr, log);
    require(strlen(back) < sizeof back && strlen(log) < sizeof log);
    require(ic_addr_parse(back, strlen(back), &again) == IC_OK && ic_addr_eq(&addr, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t len = size - 2;
    char *text = malloc(len == 0 ? 1 : len); /* of the exact size */
    require(text != NULL);
    memcpy(text, &data[2], len);
    switch (data[0] % 4) {
    case 0:
        try_base64url(text, len, data[1]);
        break;
    case 1:
        try_fingerprint(text, len);
        break;
    case 2:
        try_utf8(text, len);
        break;
    default:
        try_addr(text, len);
        break;
    }
    free(text);
    return 0;
}
