/* TLS of the channel between two nodes (docs/protocol/cluster.md 5.5): version 1.3 alone, both ends
 * show the certificate of their media, and each looks at the other's fingerprint itself. No name,
 * no issuer, no resumption: whose channel it is, is in the node certificate and nowhere else. */
#ifndef IC_SHELL_RELAY_TLS_H
#define IC_SHELL_RELAY_TLS_H

#include "base/err.h"
#include "base/limits.h"
#include "shell/web_io.h"
#include "transport/dtls.h"

/* credentials: their parts are shared. The caller takes it; NULL: the library failed. */
struct ssl_ctx_st *ic_relay_tls_create(const struct ic_dtls_credentials *credentials,
                                       bool is_caller);
void ic_relay_tls_destroy(struct ssl_ctx_st *context);
/* Speak TLS on the channel's descriptor, which stays the caller's.
 *  IC_ERR_SYSTEM  the library failed */
IC_NODISCARD enum ic_err ic_relay_tls_start(struct ic_web_channel *channel,
                                            struct ssl_ctx_st *context, bool is_caller);
/* Go on with the handshake. read_wants_write of the channel is set when it waits for that. */
enum ic_web_io ic_relay_tls_shake(struct ic_web_channel *channel);
/* After DONE: SHA-256 of the certificate that the other end has proved to have. False: it showed
 * none, one that is no node's, or speaks of something else than relays. */
bool ic_relay_tls_peer(const struct ic_web_channel *channel,
                       uint8_t fingerprint[static IC_FINGERPRINT_LEN]);

#endif
