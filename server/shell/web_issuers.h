/* The issuers of ID tokens that the operator trusts with signing in: what clients are told about
 * them. That pages may ask them is in web_csp.c. */
#ifndef IC_SHELL_WEB_ISSUERS_H
#define IC_SHELL_WEB_ISSUERS_H

#include "base/err.h"
#include "shell/web_server.h"

/* The body of /api/v1/issuers, terminated, for free(); NULL: no memory. */
char *ic_web_issuers_list(const struct ic_web_issuer *issuers, size_t count);

/* An issuer as it stands in a token: https://, host, perhaps a port and a path; http:// for a host
 * of this machine alone. No query, no fragment, nothing to escape. */
bool ic_web_issuers_is_sound(const char *issuer);
/* It is one of this machine, without TLS. */
bool ic_web_issuers_is_local(const char *issuer);
/* How much of a sound issuer is its origin. */
size_t ic_web_issuers_origin_len(const char *issuer);

#endif
