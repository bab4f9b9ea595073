#include "shell/addresses.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static bool to_addr(const struct sockaddr *s, struct ic_addr *out)
{
    if (s == NULL)
        return false;
    if (s->sa_family == AF_INET) {
        struct sockaddr_in v4;
        uint8_t b[4];
        memcpy(&v4, s, sizeof v4);
        memcpy(b, &v4.sin_addr.s_addr, sizeof b);
        *out = ic_addr_v4(b[0], b[1], b[2], b[3], 0);
        return !(b[0] == 169 && b[1] == 254); /* RFC 3927: link-local */
    }
    if (s->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, s, sizeof v6);
        memset(out, 0, sizeof *out);
        memcpy(out->ip, v6.sin6_addr.s6_addr, sizeof out->ip);
        return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
    }
    return false;
}

size_t ic_addresses_list(bool with_loopback, struct ic_addr *out, size_t max)
{
    struct ifaddrs *list = NULL;
    size_t count = 0;
    if (getifaddrs(&list) != 0)
        return 0;
    for (int loopback = 0; loopback <= (with_loopback ? 1 : 0); loopback++) {
        for (struct ifaddrs *i = list; i != NULL && count < max; i = i->ifa_next) {
            bool is_loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
            bool is_up = (i->ifa_flags & IFF_UP) != 0;
            if (is_up && is_loopback == (loopback == 1) && to_addr(i->ifa_addr, &out[count]))
                count++;
        }
    }
    freeifaddrs(list);
    return count;
}

bool ic_addresses_has_ipv6_loopback(void)
{
    struct ic_addr addrs[32];
    static const struct ic_addr loopback = {.ip = {[15] = 1}};
    size_t count = ic_addresses_list(true, addrs, 32);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(addrs[i].ip, loopback.ip, sizeof loopback.ip) == 0)
            return true;
    }
    return false;
}
