#include "shell/web_issuers.h"

#include <jansson.h>
#include <string.h>

static const char https[] = "https://";
static const char http[] = "http://";

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

size_t ic_web_issuers_origin_len(const char *issuer)
{
    size_t scheme = scheme_len(issuer);
    return scheme + host_len(&issuer[scheme]);
}

char *ic_web_issuers_list(const struct ic_web_issuer *issuers, size_t count)
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
