#include "base/addr.h"

#include <stdio.h>
#include <string.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ic_addr ic_addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port)
{
    struct ic_addr addr = {.port = port};
    memcpy(addr.ip, v4_mapped, sizeof v4_mapped);
    addr.ip[12] = a;
    addr.ip[13] = b;
    addr.ip[14] = c;
    addr.ip[15] = d;
    return addr;
}

bool ic_addr_is_v4(const struct ic_addr *addr)
{
    return memcmp(addr->ip, v4_mapped, sizeof v4_mapped) == 0;
}

bool ic_addr_eq(const struct ic_addr *a, const struct ic_addr *b)
{
    return a->port == b->port && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

bool ic_path_eq(const struct ic_path *a, const struct ic_path *b)
{
    return ic_addr_eq(&a->remote, &b->remote) && ic_addr_eq(&a->local, &b->local);
}

static unsigned group_at(const struct ic_addr *addr, int i)
{
    return (unsigned)(addr->ip[2 * i] << 8 | addr->ip[2 * i + 1]);
}

/* RFC 5952 4.2.2/4.2.3: the longest run of two or more zero groups, the first of equal ones. */
static void longest_zero_run(const struct ic_addr *addr, int *start, int *length)
{
    *start = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && group_at(addr, i + n) == 0)
            n++;
        if (n > *length) {
            *start = i;
            *length = n;
        }
    }
}

static void v6_text(const struct ic_addr *addr, char out[static IC_ADDR_TEXT_MAX])
{
    int run_start, run_length;
    longest_zero_run(addr, &run_start, &run_length);
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i < 8; i++) {
        if (i == run_start) {
            len += (size_t)snprintf(out + len, IC_ADDR_TEXT_MAX - len, "::");
            i += run_length - 1;
            continue;
        }
        bool colon = len > 0 && out[len - 1] != ':';
        len += (size_t)snprintf(out + len, IC_ADDR_TEXT_MAX - len, colon ? ":%x" : "%x",
                                group_at(addr, i));
    }
}

void ic_addr_text(const struct ic_addr *addr, char out[static IC_ADDR_TEXT_MAX])
{
    if (ic_addr_is_v4(addr))
        snprintf(out, IC_ADDR_TEXT_MAX, "%u.%u.%u.%u", addr->ip[12], addr->ip[13], addr->ip[14],
                 addr->ip[15]);
    else
        v6_text(addr, out);
}

void ic_addr_log_text(const struct ic_addr *addr, char out[static IC_ADDR_TEXT_MAX])
{
    struct ic_addr net = *addr;
    char text[IC_ADDR_TEXT_MAX];
    if (ic_addr_is_v4(addr)) {
        net.ip[15] = 0;
        ic_addr_text(&net, text);
        snprintf(out, IC_ADDR_TEXT_MAX, "%.40s/24", text);
        return;
    }
    memset(net.ip + 6, 0, 10);
    v6_text(&net, text);
    snprintf(out, IC_ADDR_TEXT_MAX, "%.40s/48", text);
}

static bool parse_v4(const char *text, size_t len, uint8_t out[static 4])
{
    size_t at = 0;
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        size_t digits = 0;
        while (at < len && text[at] >= '0' && text[at] <= '9' && digits < 4) {
            value = value * 10 + (unsigned)(text[at] - '0');
            at++;
            digits++;
        }
        bool leading_zero = digits > 1 && text[at - digits] == '0';
        if (digits == 0 || digits > 3 || value > 255 || leading_zero)
            return false;
        out[i] = (uint8_t)value;
        if (i < 3 && (at >= len || text[at++] != '.'))
            return false;
    }
    return at == len;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Groups of one side of "::", at most 8 - used of them; an IPv4 tail counts as two. Returns the
 * number of groups, -1 when malformed. */
static int parse_groups(const char *text, size_t len, uint8_t *out, int groups_max)
{
    int groups = 0;
    size_t at = 0;
    while (at < len) {
        if (groups >= groups_max)
            return -1;
        unsigned value = 0;
        size_t start = at;
        while (at < len && hex_value(text[at]) >= 0 && at - start < 5)
            value = value << 4 | (unsigned)hex_value(text[at++]);
        if (at < len && text[at] == '.') {
            if (groups + 2 > groups_max || !parse_v4(text + start, len - start, out + 2 * groups))
                return -1;
            return groups + 2;
        }
        if (at == start || at - start > 4)
            return -1;
        out[2 * groups] = (uint8_t)(value >> 8);
        out[2 * groups + 1] = (uint8_t)value;
        groups++;
        if (at < len && (text[at++] != ':' || at == len))
            return -1;
    }
    return groups;
}

static bool parse_v6(const char *text, size_t len, uint8_t out[static 16])
{
    size_t gap = len;
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] == ':' && text[i + 1] == ':') {
            gap = i;
            break;
        }
    }
    memset(out, 0, 16);
    if (gap == len)
        return parse_groups(text, len, out, 8) == 8;
    if (memchr(text, '.', gap) != NULL)
        return false; /* RFC 4291 2.2: dotted text stands for the four low-order bytes only */
    uint8_t tail[16] = {0};
    int head_groups = parse_groups(text, gap, out, 7);
    int tail_groups = parse_groups(text + gap + 2, len - gap - 2, tail, 7);
    if (head_groups < 0 || tail_groups < 0 || head_groups + tail_groups > 7)
        return false;
    memcpy(out + 16 - 2 * tail_groups, tail, (size_t)(2 * tail_groups));
    return true;
}

enum ic_err ic_addr_parse(const char *text, size_t len, struct ic_addr *out)
{
    uint8_t v4[4], v6[16];
    if (parse_v4(text, len, v4)) {
        *out = ic_addr_v4(v4[0], v4[1], v4[2], v4[3], 0);
        return IC_OK;
    }
    if (len == 0 || memchr(text, ':', len) == NULL || !parse_v6(text, len, v6))
        return IC_ERR_INPUT;
    memset(out, 0, sizeof *out);
    memcpy(out->ip, v6, sizeof v6);
    return IC_OK;
}
