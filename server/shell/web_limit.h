/* What one network address may use: connections at a time, meeting requests over time. An address
 * is an IPv4 host or an IPv6 /64, because one customer holds a whole /64. Memory is fixed: when all
 * entries are taken, the one that is idle for longest is forgotten. */
#ifndef IC_SHELL_WEB_LIMIT_H
#define IC_SHELL_WEB_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/map.h"
#include "base/time.h"

struct ic_web_limit_entry;

struct ic_web_limit {
    struct ic_map map; /* address -> index of its entry */
    struct ic_web_limit_entry *entries;
    uint32_t per_address_max;
    uint32_t free_head;             /* entries in no use */
    uint32_t idle_first, idle_last; /* entries without connections, the oldest first */
};

/* Room for connections_max connections.
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_web_limit_init(struct ic_web_limit *limit, uint32_t connections_max,
                                           uint32_t per_address_max, const uint64_t seed[static 2]);
void ic_web_limit_deinit(struct ic_web_limit *limit);
/* A connection opens; false: the address has all it may have. At most connections_max are open. */
bool ic_web_limit_open(struct ic_web_limit *limit, const struct ic_addr *remote);
/* A connection that was let in closes. */
void ic_web_limit_close(struct ic_web_limit *limit, const struct ic_addr *remote,
                        struct ic_time now);
/* A meeting request of an address that has a connection. Returns 0 when allowed, else the seconds
 * after which the next one is. */
uint32_t ic_web_limit_meeting(struct ic_web_limit *limit, const struct ic_addr *remote,
                              struct ic_time now);

#endif
