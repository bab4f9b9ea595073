/* A transport address and the pair of them that a datagram travels between. IPv4 is kept v4-mapped
 * (::ffff:a.b.c.d), normalised once at the edge, so that one comparison serves both families. */
#ifndef IC_BASE_ADDR_H
#define IC_BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ic_addr {
    uint8_t ip[16];
    uint16_t port; /* host order */
};

struct ic_path {
    struct ic_addr remote;
    struct ic_addr local; /* all zero when the shell does not track it */
};

/* IPv4 address a.b.c.d in host order of bytes. */
struct ic_addr ic_addr_v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
bool ic_addr_is_v4(const struct ic_addr *addr);
bool ic_addr_eq(const struct ic_addr *a, const struct ic_addr *b);
bool ic_path_eq(const struct ic_path *a, const struct ic_path *b);

#define IC_ADDR_TEXT_MAX 46
/* Numeric text of the IP alone, terminated: dotted for IPv4, RFC 5952 for IPv6. */
void ic_addr_text(const struct ic_addr *addr, char out[static IC_ADDR_TEXT_MAX]);
/* Text of the network only (/24 or /48): what a log may hold. */
void ic_addr_log_text(const struct ic_addr *addr, char out[static IC_ADDR_TEXT_MAX]);
/* Parse numeric IPv4 or IPv6 text of len bytes, no brackets, no zone; the port is set to 0.
 *  IC_ERR_INPUT  not an address */
IC_NODISCARD enum ic_err ic_addr_parse(const char *text, size_t len, struct ic_addr *out);

#endif
