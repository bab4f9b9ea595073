/* The issuers of ID tokens that the operator trusts with signing in: what clients are told about
 * them, and that pages may ask them and nobody else. */
#ifndef IC_SHELL_WEB_ISSUERS_H
#define IC_SHELL_WEB_ISSUERS_H

#include "base/err.h"
#include "shell/web_server.h"

/* The header field Content-Security-Policy of all answers, and the body of /api/v1/issuers. */
struct ic_web_issuer_texts {
    char *policy, *list; /* terminated */
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_web_issuers_init(struct ic_web_issuer_texts *texts,
                                             const struct ic_web_issuer *issuers, size_t count);
void ic_web_issuers_deinit(struct ic_web_issuer_texts *texts);

/* An issuer as it stands in a token: https://, host, perhaps a port and a path; http:// for a host
 * of this machine alone. No query, no fragment, nothing to escape. */
bool ic_web_issuers_is_sound(const char *issuer);
/* It is one of this machine, without TLS. */
bool ic_web_issuers_is_local(const char *issuer);

#endif
