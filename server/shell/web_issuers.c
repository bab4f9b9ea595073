#include "shell/web_issuers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/wr.h"

#define POLICY_CAP 8192

static const char https[] = "https://";
static const char http[] = "http://";

/* The client is one origin's own files: nothing inline, nothing foreign, no frame around it. Blobs
 * are its own pictures and recordings. 'self' covers the WebSocket of the same host (CSP
 * 3 6.7.2.8); the browsers that lack this lack the encryption that meetings need, too. Beside it a
 * page may ask the issuers, for tokens and their keys. */
static const char policy_head[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'";
static const char policy_tail[] =
    "; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/* ---- what an issuer looks like ---- */

static size_t scheme_len(const char *issuer)
{
    if (strncmp(issuer, https, sizeof https - 1) == 0)
        return sizeof https - 1;
    return strncmp(issuer, http, sizeof http - 1) == 0 ? sizeof http - 1 : 0;
}

static size_t host_len(const char *host)
{
    return strcspn(host, "/");
}

static bool is_host(const char *host, size_t len)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
    return len > 0 && strspn(host, signs) >= len;
}

static bool names_this_machine(const char *host, size_t len)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (len >= n && strncmp(host, names[i], n) == 0 && (len == n || host[n] == ':'))
            return true;
    }
    return false;
}

bool ic_web_issuers_is_local(const char *issuer)
{
    size_t scheme = scheme_len(issuer);
    const char *host = &issuer[scheme];
    return scheme == sizeof http - 1 && names_this_machine(host, host_len(host));
}

bool ic_web_issuers_is_sound(const char *issuer)
{
    static const char path_signs[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@!$&'()*+=%";
    size_t scheme = scheme_len(issuer);
    const char *host = &issuer[scheme];
    size_t len = host_len(host);
    if (scheme == 0 || !is_host(host, len) || strlen(issuer) >= IC_WEB_ISSUER_TEXT_MAX)
        return false;
    return strspn(&host[len], path_signs) == strlen(&host[len]) &&
           (scheme == sizeof https - 1 || ic_web_issuers_is_local(issuer));
}

/* ---- texts ---- */

static size_t origin_len(const char *issuer)
{
    size_t scheme = scheme_len(issuer);
    return scheme + host_len(&issuer[scheme]);
}

/* Several issuers may share an origin. */
static bool is_named(const struct ic_web_issuer *issuers, size_t i)
{
    size_t len = origin_len(issuers[i].issuer);
    for (size_t k = 0; k < i; k++) {
        if (origin_len(issuers[k].issuer) == len &&
            strncmp(issuers[k].issuer, issuers[i].issuer, len) == 0)
            return true;
    }
    return false;
}

static char *policy_of(const struct ic_web_issuer *issuers, size_t count)
{
    char *text = malloc(POLICY_CAP);
    struct ic_wr w = ic_wr_init((uint8_t *)text, POLICY_CAP);
    if (text == NULL)
        return NULL;
    ic_wr_text(&w, policy_head);
    for (size_t i = 0; i < count; i++) {
        if (is_named(issuers, i))
            continue;
        ic_wr_u8(&w, ' ');
        ic_wr_bytes(&w, issuers[i].issuer, origin_len(issuers[i].issuer));
    }
    ic_wr_text(&w, policy_tail);
    ic_wr_u8(&w, '\0');
    if (ic_wr_ok(&w))
        return text;
    free(text);
    return NULL;
}

static char *list_of(const struct ic_web_issuer *issuers, size_t count)
{
    json_t *list = json_array(), *root = json_object();
    for (size_t i = 0; i < count; i++) {
        json_t *item = json_object();
        json_object_set_new(item, "issuer", json_string(issuers[i].issuer));
        json_object_set_new(item, "audience", json_string(issuers[i].audience));
        if (issuers[i].name[0] != '\0')
            json_object_set_new(item, "name", json_string(issuers[i].name));
        json_array_append_new(list, item);
    }
    json_object_set_new(root, "issuers", list);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    return text;
}

enum ic_err ic_web_issuers_init(struct ic_web_issuer_texts *texts,
                                const struct ic_web_issuer *issuers, size_t count)
{
    texts->policy = policy_of(issuers, count);
    texts->list = list_of(issuers, count);
    if (texts->policy != NULL && texts->list != NULL)
        return IC_OK;
    ic_web_issuers_deinit(texts);
    return IC_ERR_FULL;
}

void ic_web_issuers_deinit(struct ic_web_issuer_texts *texts)
{
    free(texts->policy);
    free(texts->list);
    *texts = (struct ic_web_issuer_texts){.policy = NULL};
}
