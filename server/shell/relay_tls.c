/* RFC 8446, ALPN (RFC 7301) incamera-relay/2. */
#include "shell/relay_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>

#include "transport/dtls_credentials.h"

static const unsigned char alpn[] = "\x10incamera-relay/2";

static int on_alpn(SSL *tls, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *offered, unsigned offered_len, void *context)
{
    unsigned char *chosen;
    (void)tls;
    (void)context;
    int result =
        SSL_select_next_proto(&chosen, out_len, alpn, sizeof alpn - 1, offered, offered_len);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Nobody issues these certificates. That the other end has the key is proved by the handshake;
 * whose it is, is compared when that is complete, before a byte is said or heard. */
static int on_certificate(int is_good, X509_STORE_CTX *store)
{
    (void)is_good;
    (void)store;
    return 1;
}

static bool set_parameters(SSL_CTX *context, const struct ic_dtls_credentials *credentials)
{
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_certificate);
    SSL_CTX_set_verify_depth(context, 0);
    SSL_CTX_set_max_cert_list(context, IC_DTLS_CERTIFICATE_MAX);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                             "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
           SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn - 1) == 0 &&
           SSL_CTX_use_certificate(context, credentials->certificate) == 1 &&
           SSL_CTX_use_PrivateKey(context, credentials->key) == 1;
}

struct ssl_ctx_st *ic_relay_tls_create(const struct ic_dtls_credentials *credentials,
                                       bool is_caller)
{
    SSL_CTX *context = SSL_CTX_new(is_caller ? TLS_client_method() : TLS_server_method());
    bool is_set = context != NULL && set_parameters(context, credentials);
    ERR_clear_error();
    if (is_set)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

void ic_relay_tls_destroy(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

enum ic_err ic_relay_tls_start(struct ic_web_channel *channel, struct ssl_ctx_st *context,
                               bool is_caller)
{
    channel->tls = SSL_new(context);
    if (channel->tls == NULL || SSL_set_fd(channel->tls, channel->fd) != 1) {
        ERR_clear_error();
        return IC_ERR_SYSTEM;
    }
    if (is_caller)
        SSL_set_connect_state(channel->tls);
    else
        SSL_set_accept_state(channel->tls);
    return IC_OK;
}

enum ic_web_io ic_relay_tls_shake(struct ic_web_channel *channel)
{
    ERR_clear_error();
    int result = SSL_do_handshake(channel->tls);
    int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(channel->tls, result);
    channel->read_wants_write = error == SSL_ERROR_WANT_WRITE;
    if (result == 1)
        return IC_WEB_IO_DONE;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return IC_WEB_IO_AGAIN;
    channel->is_broken = true;
    ERR_clear_error();
    return IC_WEB_IO_FAILED;
}

bool ic_relay_tls_peer(const struct ic_web_channel *channel,
                       uint8_t fingerprint[static IC_FINGERPRINT_LEN])
{
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    X509 *certificate = SSL_get0_peer_certificate(channel->tls);
    SSL_get0_alpn_selected(channel->tls, &chosen, &len);
    bool is_ours = len == sizeof alpn - 2 && memcmp(chosen, &alpn[1], len) == 0;
    bool is_good = is_ours && certificate != NULL && SSL_version(channel->tls) == TLS1_3_VERSION &&
                   ic_dtls_certificate_is_acceptable(certificate) &&
                   ic_dtls_certificate_fingerprint(certificate, fingerprint);
    ERR_clear_error();
    return is_good;
}
