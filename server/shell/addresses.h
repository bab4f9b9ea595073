/* Addresses of this machine, for what media announces when nothing is configured. */
#ifndef IC_SHELL_ADDRESSES_H
#define IC_SHELL_ADDRESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"

/* Addresses of interfaces that are up; link-local ones are left out, loopback ones come last and
 * only if asked for. Returns how many. */
size_t ic_addresses_list(bool with_loopback, struct ic_addr *out, size_t max);
/* IPv6 loopback can be bound (a container may lack IPv6). */
bool ic_addresses_has_ipv6_loopback(void);

#endif
