/* A self-signed certificate for a development server: made at start, kept in memory only. */
#ifndef IC_SHELL_WEB_CERT_H
#define IC_SHELL_WEB_CERT_H

#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct ssl_ctx_st;

/* Make an ECDSA P-256 key and a certificate for localhost and the listen addresses (for the
 * unspecified address: all addresses of this machine) and use them in the context.
 *  IC_ERR_SYSTEM  OpenSSL failed */
IC_NODISCARD enum ic_err ic_web_cert_use(struct ssl_ctx_st *context, const struct ic_addr *listen,
                                         size_t listen_count);

#endif
