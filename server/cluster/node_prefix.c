#include "cluster/node_prefix.h"

#include <string.h>

#define V4_BITS_MIN 24
#define V6_BITS_MIN 48
#define V4_OFFSET   96 /* bits in front of a v4-mapped address */

static bool is_v4(const struct ic_node_prefix *prefix)
{
    struct ic_addr addr = {.port = 0};
    memcpy(addr.ip, prefix->ip, sizeof addr.ip);
    return ic_addr_is_v4(&addr);
}

/* What a machine can have: not "this network", not multicast nor what lies behind it. */
static bool is_unicast(const struct ic_addr *addr)
{
    static const uint8_t loopback[16] = {[15] = 1};
    if (ic_addr_is_v4(addr))
        return addr->ip[12] != 0 && addr->ip[12] < 224;
    return addr->ip[0] != 0xff &&
           (addr->ip[0] != 0 || memcmp(addr->ip, loopback, sizeof loopback) == 0);
}

/* The first n bits are equal. */
static bool begins(const uint8_t a[static 16], const uint8_t b[static 16], unsigned n)
{
    unsigned whole = n / 8, rest = n % 8;
    uint8_t mask = (uint8_t)(0xff00u >> rest);
    return memcmp(a, b, whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static bool is_clear_behind(const uint8_t ip[static 16], unsigned n)
{
    for (unsigned bit = n; bit < 128; bit++)
        if ((ip[bit / 8] & 0x80u >> bit % 8) != 0)
            return false;
    return true;
}

bool ic_node_prefix_parse(struct ic_node_value v, struct ic_node_prefix *out)
{
    struct ic_addr addr;
    struct ic_node_prefix prefix;
    char text[IC_ADDR_TEXT_MAX];
    uint64_t bits;
    struct ic_node_value ip = ic_node_value_split(&v, '/');
    if (ic_addr_parse(ip.at, ip.len, &addr) != IC_OK || !is_unicast(&addr))
        return false;
    ic_addr_text(&addr, text); /* the one text: ::ffff:192.0.2.1 is none, nor are capitals */
    bool v4 = ic_addr_is_v4(&addr);
    unsigned offset = v4 ? V4_OFFSET : 0;
    if (!ic_node_value_is(ip, text) ||
        !ic_node_value_number(v, v4 ? V4_BITS_MIN : V6_BITS_MIN, 128 - offset, &bits) ||
        !is_clear_behind(addr.ip, offset + (unsigned)bits))
        return false;
    memcpy(prefix.ip, addr.ip, sizeof prefix.ip);
    prefix.bits = (uint8_t)(offset + bits);
    *out = prefix;
    return true;
}

void ic_node_prefix_write(struct ic_wr *w, const struct ic_node_prefix *prefix)
{
    struct ic_addr addr = {.port = 0};
    char text[IC_ADDR_TEXT_MAX];
    memcpy(addr.ip, prefix->ip, sizeof addr.ip);
    ic_addr_text(&addr, text);
    ic_wr_text(w, text);
    ic_wr_u8(w, '/');
    ic_wr_decimal(w, prefix->bits - (is_v4(prefix) ? V4_OFFSET : 0u));
}

struct ic_node_prefix ic_node_prefix_of(const struct ic_addr *addr)
{
    struct ic_node_prefix prefix = {.bits = 128};
    memcpy(prefix.ip, addr->ip, sizeof prefix.ip);
    return prefix;
}

int ic_node_prefix_compare(const struct ic_node_prefix *a, const struct ic_node_prefix *b)
{
    int order = (int)is_v4(b) - (int)is_v4(a);
    if (order == 0)
        order = memcmp(a->ip, b->ip, sizeof a->ip);
    return order != 0 ? order : (int)a->bits - (int)b->bits;
}

bool ic_node_prefix_is_after(const struct ic_node_prefix *a, const struct ic_node_prefix *b)
{
    /* Behind it in the order, so that it can be inside of it, but not around it. */
    return ic_node_prefix_compare(a, b) < 0 && !begins(a->ip, b->ip, a->bits);
}

bool ic_node_prefix_has(const struct ic_node_prefix *prefix, const struct ic_addr *addr)
{
    return begins(prefix->ip, addr->ip, prefix->bits);
}
