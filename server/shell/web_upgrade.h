/* The opening handshake of WebSocket (RFC 6455 4.2), without I/O. */
#ifndef IC_SHELL_WEB_UPGRADE_H
#define IC_SHELL_WEB_UPGRADE_H

#include <stdbool.h>

#include "wire/http1.h"

#define IC_WEB_ACCEPT_LEN 28

/* Check everything but the origin. Returns 0 or the status to refuse with; *detail says why. */
unsigned ic_web_upgrade_check(const struct ic_http1_request *request, const char **detail);
/* Sec-WebSocket-Accept of a request that was checked, terminated. */
void ic_web_upgrade_accept(const struct ic_http1_request *request,
                           char out[static IC_WEB_ACCEPT_LEN + 1]);
/* The request has one Origin, and it is one of the list or, when the list is empty, the origin that
 * the request was sent to. */
bool ic_web_upgrade_origin_ok(const struct ic_http1_request *request, const char *const *origins,
                              size_t origin_count, bool is_tls);

#endif
