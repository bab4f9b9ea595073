#include "shell/config_value.h"

#include <stdio.h>
#include <string.h>

#define DISTANCE_LEN_MAX 40

enum ic_err ic_value_number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    uint64_t value = 0;
    size_t len = strlen(text);
    if (len == 0 || len > 10)
        return IC_ERR_INPUT;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return IC_ERR_INPUT;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    if (value < least || value > most)
        return IC_ERR_INPUT;
    *out = (uint32_t)value;
    return IC_OK;
}

enum ic_err ic_value_word(const char *text, const char *const *words, unsigned count, unsigned *out)
{
    for (*out = 0; *out < count; ++*out)
        if (strcmp(text, words[*out]) == 0)
            return IC_OK;
    return IC_ERR_INPUT;
}

enum ic_err ic_value_endpoint(const char *text, size_t len, struct ic_addr *out)
{
    char port_text[8];
    size_t colon = len;
    while (colon > 0 && text[colon - 1] != ':')
        colon--;
    if (colon == 0 || len - colon >= sizeof port_text)
        return IC_ERR_INPUT;
    memcpy(port_text, &text[colon], len - colon);
    port_text[len - colon] = '\0';
    uint32_t port;
    if (ic_value_number(port_text, 0, 65535, &port) != IC_OK)
        return IC_ERR_INPUT;
    struct ic_addr addr = {.port = 0};
    size_t host_len = colon - 1;
    bool brackets = host_len >= 2 && text[0] == '[' && text[host_len - 1] == ']';
    enum ic_err e = IC_OK;
    if (brackets)
        e = ic_addr_parse(&text[1], host_len - 2, &addr);
    else if (host_len > 0)
        e = ic_addr_parse(text, host_len, &addr);
    if (e != IC_OK || (host_len > 0 && brackets == ic_addr_is_v4(&addr)))
        return IC_ERR_INPUT;
    addr.port = (uint16_t)port;
    *out = addr;
    return IC_OK;
}

void ic_value_endpoint_text(const struct ic_addr *addr, char out[static IC_ENDPOINT_TEXT_MAX])
{
    static const struct ic_addr any;
    char ip[IC_ADDR_TEXT_MAX];
    ic_addr_text(addr, ip);
    if (memcmp(addr->ip, any.ip, sizeof any.ip) == 0)
        snprintf(out, IC_ENDPOINT_TEXT_MAX, ":%u", addr->port);
    else
        snprintf(out, IC_ENDPOINT_TEXT_MAX, ic_addr_is_v4(addr) ? "%s:%u" : "[%s]:%u", ip,
                 addr->port);
}

bool ic_value_next_item(const char **list, const char **item, size_t *len)
{
    const char *at = *list + strspn(*list, " \t,");
    if (*at == '\0')
        return false;
    size_t n = strcspn(at, ",");
    *list = &at[n];
    while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
        n--;
    *item = at;
    *len = n;
    return true;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_nats_server(const char *item, size_t len)
{
    size_t scheme = strncmp(item, "nats://", 7) == 0 ? 7 : strncmp(item, "tls://", 6) == 0 ? 6 : 0;
    if (scheme == 0 || len <= scheme)
        return false;
    for (size_t i = scheme; i < len; i++)
        if (!is_alnum(item[i]) && strchr("-.:[]", item[i]) == NULL)
            return false;
    return true;
}

bool ic_value_is_nats_url(const char *text)
{
    const char *item;
    size_t len, count = 0;
    while (ic_value_next_item(&text, &item, &len)) {
        if (!is_nats_server(item, len))
            return false;
        count++;
    }
    return count > 0;
}

bool ic_value_is_tag(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]) && strchr("-_.:", text[i]) == NULL)
            return false;
    return len > 0;
}

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

size_t ic_value_distance(const char *a, const char *b)
{
    size_t row[DISTANCE_LEN_MAX + 1];
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > DISTANCE_LEN_MAX || b_len > DISTANCE_LEN_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t above = row[j];
            size_t replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = least_of(replace, above + 1, row[j - 1] + 1);
            diagonal = above;
        }
    }
    return row[b_len];
}
