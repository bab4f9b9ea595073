/* The TLS context of the web server: versions, ciphers, certificates, session tickets. */
#ifndef IC_SHELL_WEB_TLS_H
#define IC_SHELL_WEB_TLS_H

#include "base/err.h"
#include "shell/web_server.h"

struct ssl_ctx_st;

/* A context by the configuration (tls_cert and tls_key, or self_signed). The caller takes it.
 * NULL on failure: *why holds one line, lent until the next call. */
struct ssl_ctx_st *ic_web_tls_create(const struct ic_web_config *config, const char **why);
void ic_web_tls_destroy(struct ssl_ctx_st *context);
/* A new key for session tickets: what was recorded before cannot be opened with it. */
void ic_web_tls_renew_ticket_key(struct ssl_ctx_st *context);

/* Format one line for *why; the text is lent until the next call of the thread. */
const char *ic_web_why(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
