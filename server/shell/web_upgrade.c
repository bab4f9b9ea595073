#include "shell/web_upgrade.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"

#define KEY_LEN  24 /* base64 of 16 bytes */
#define SHA1_LEN 20

/* RFC 6455 1.3 */
static const char accept_guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static bool is_base64(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* RFC 6455 4.2.1: "A |Sec-WebSocket-Key| header field with a base64-encoded value that, when
 * decoded, is 16 bytes in length." */
static bool is_key(const struct ic_http1_text *key)
{
    if (key == NULL || key->len != KEY_LEN)
        return false;
    for (size_t i = 0; i < KEY_LEN - 2; i++) {
        if (!is_base64(key->at[i]))
            return false;
    }
    return key->at[KEY_LEN - 2] == '=' && key->at[KEY_LEN - 1] == '=';
}

unsigned ic_web_upgrade_check(const struct ic_http1_request *request, const char **detail)
{
    const struct ic_http1_text *version = ic_http1_field_one(request, "sec-websocket-version");
    if (!ic_http1_list_has(request, "upgrade", "websocket")) {
        *detail = "This address speaks WebSocket only.";
        return 426;
    }
    if (!ic_http1_list_has(request, "connection", "upgrade")) {
        *detail = "The Connection header does not name the upgrade.";
        return 400;
    }
    /* RFC 6455 4.4: a version that is not understood is answered with those that are. */
    if (version == NULL || !ic_http1_text_is(version, "13")) {
        *detail = "Only version 13 of WebSocket is spoken here.";
        return 426;
    }
    if (!is_key(ic_http1_field_one(request, "sec-websocket-key"))) {
        *detail = "Sec-WebSocket-Key must be base64 of 16 bytes.";
        return 400;
    }
    return 0;
}

void ic_web_upgrade_accept(const struct ic_http1_request *request,
                           char out[static IC_WEB_ACCEPT_LEN + 1])
{
    const struct ic_http1_text *key = ic_http1_field_one(request, "sec-websocket-key");
    IC_ASSERT(is_key(key));
    unsigned char text[KEY_LEN + sizeof accept_guid - 1], hash[SHA1_LEN];
    memcpy(text, key->at, KEY_LEN);
    memcpy(text + KEY_LEN, accept_guid, sizeof accept_guid - 1);
    int hashed = EVP_Digest(text, sizeof text, hash, NULL, EVP_sha1(), NULL);
    IC_ASSERT(hashed == 1);
    int written = EVP_EncodeBlock((unsigned char *)out, hash, sizeof hash);
    IC_ASSERT(written == IC_WEB_ACCEPT_LEN);
}

/* RFC 6454 6.2: scheme "://" host [":" port], which the Host field of a browser mirrors. */
static bool is_own_origin(const struct ic_http1_text *origin, const struct ic_http1_text *host,
                          bool is_tls)
{
    const char *scheme = is_tls ? "https://" : "http://";
    struct ic_rd r = ic_rd_init(origin->at, origin->len);
    struct ic_http1_text left = {.at = ic_rd_take(&r, strlen(scheme)), .len = strlen(scheme)};
    if (!ic_rd_ok(&r))
        return false;
    struct ic_http1_text right = {.at = r.p, .len = r.left};
    return ic_http1_text_is(&left, scheme) && ic_http1_text_same_nocase(&right, host);
}

bool ic_web_upgrade_origin_ok(const struct ic_http1_request *request, const char *const *origins,
                              size_t origin_count, bool is_tls)
{
    const struct ic_http1_text *origin = ic_http1_field_one(request, "origin");
    if (origin == NULL)
        return false;
    if (origin_count == 0)
        return is_own_origin(origin, &request->host, is_tls);
    for (size_t i = 0; i < origin_count; i++) {
        if (ic_http1_text_is_nocase(origin, origins[i]))
            return true;
    }
    return false;
}
