#include "shell/config_issuer.h"

#include <string.h>

#include "base/text.h"

/* The next word of an item: up to a blank. */
static bool next_word(const char **at, const char *end, char out[static IC_WEB_ISSUER_TEXT_MAX])
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
    size_t len = 0;
    while (&(*at)[len] < end && (*at)[len] != ' ' && (*at)[len] != '\t')
        len++;
    if (len == 0 || len >= IC_WEB_ISSUER_TEXT_MAX)
        return false;
    memcpy(out, *at, len);
    out[len] = '\0';
    *at += len;
    return true;
}

/* RFC 6749 A.1: a client id is of visible characters and blanks; here without blanks, and without
 * what would have to be escaped somewhere. */
static bool is_client_id(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    }
    return true;
}

/* What is left is a name for people. */
static bool is_issuer_name(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        int32_t point = ic_utf8_next(text, len, &at);
        if (point < ' ' || point == 0x7f)
            return false;
    }
    return len < IC_WEB_ISSUER_TEXT_MAX;
}

bool ic_config_issuer_read(const char *item, size_t len, struct ic_web_issuer *out)
{
    const char *at = item, *end = &item[len];
    memset(out, 0, sizeof *out);
    if (!next_word(&at, end, out->issuer) || !next_word(&at, end, out->audience))
        return false;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (!is_issuer_name(at, (size_t)(end - at)))
        return false;
    memcpy(out->name, at, (size_t)(end - at));
    return ic_web_issuers_is_sound(out->issuer) && is_client_id(out->audience);
}
