/* TLS 1.2 and 1.3 (RFC 8446, RFC 5246 with AEAD and forward secrecy only, as RFC 9325 asks), ALPN
 * http/1.1 (RFC 7301), stateless session tickets. Left out: client certificates, early data,
 * renegotiation, OCSP stapling. */
#include "shell/web_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "shell/web_cert.h"

#define TICKET_KEY_MAX    256
#define SESSION_TIMEOUT_S 7200

static const unsigned char alpn_http11[] = "\x08http/1.1";

const char *ic_web_why(const char *format, ...)
{
    static _Thread_local char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return text;
}

/* RFC 7301 3.2: "In the event that the server supports no protocols that the client advertises,
 * then the server SHALL respond with a fatal "no_application_protocol" alert." */
static int on_alpn(SSL *tls, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *offered, unsigned offered_len, void *context)
{
    (void)tls;
    (void)context;
    unsigned char *chosen;
    int result = SSL_select_next_proto(&chosen, out_len, alpn_http11, sizeof alpn_http11 - 1,
                                       offered, offered_len);
    *out = chosen;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* An encrypted key is an error, not a question on the terminal. */
static int on_password(char *out, int cap, int is_write, void *context)
{
    (void)out;
    (void)cap;
    (void)is_write;
    (void)context;
    return -1;
}

static bool set_parameters(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    /* Tickets are stateless: nothing is kept for a session. */
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, SESSION_TIMEOUT_S);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    SSL_CTX_set_default_passwd_cb(context, on_password);
    static const unsigned char session_context[] = "incamera web";
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                             "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
           SSL_CTX_set_session_id_context(context, session_context, sizeof session_context - 1) ==
               1;
}

/* Why OpenSSL failed, the last reason first: the text of the system for a file, else its own. */
static const char *reason_text(void)
{
    unsigned long error = ERR_peek_last_error(), first = ERR_peek_error();
    if (ERR_GET_LIB(first) == ERR_LIB_SYS)
        return strerror(ERR_GET_REASON(first));
    const char *text = ERR_reason_error_string(error);
    return text == NULL ? "unknown error" : text;
}

static bool load_files(SSL_CTX *context, const struct ic_web_config *config, const char **why)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, config->tls_cert) != 1) {
        *why =
            ic_web_why("cannot use the certificate %s (tls_cert): %s; it must be a PEM file with "
                       "the certificate and its chain, readable by this user",
                       config->tls_cert, reason_text());
        return false;
    }
    ERR_clear_error();
    /* Checks that the key belongs to the certificate, too. */
    if (SSL_CTX_use_PrivateKey_file(context, config->tls_key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context) != 1) {
        *why = ic_web_why("cannot use the key %s (tls_key): %s; it must be the unencrypted PEM key "
                          "of %s, readable by this user",
                          config->tls_key, reason_text(), config->tls_cert);
        return false;
    }
    return true;
}

struct ssl_ctx_st *ic_web_tls_create(const struct ic_web_config *config, const char **why)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || !set_parameters(context)) {
        *why = "OpenSSL refuses our TLS settings; check that OpenSSL 3 and its configuration are "
               "intact";
        SSL_CTX_free(context);
        return NULL;
    }
    bool is_loaded = false;
    if (config->self_signed) {
        is_loaded = ic_web_cert_use(context, config->listen, config->listen_count) == IC_OK;
        if (!is_loaded)
            *why = "cannot make a self-signed certificate; set tls_cert and tls_key";
    } else if (config->tls_cert == NULL || config->tls_key == NULL) {
        *why = "TLS needs a certificate and its key; set tls_cert and tls_key";
    } else {
        is_loaded = load_files(context, config, why);
    }
    ERR_clear_error();
    if (!is_loaded) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

void ic_web_tls_destroy(struct ssl_ctx_st *context)
{
    SSL_CTX_free(context);
}

void ic_web_tls_renew_ticket_key(struct ssl_ctx_st *context)
{
    unsigned char key[TICKET_KEY_MAX];
    long len = SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0);
    IC_ASSERT(len > 0 && len <= TICKET_KEY_MAX);
    /* Without fresh randomness the old key stays: better than none. */
    if (RAND_bytes(key, (int)len) == 1 && SSL_CTX_set_tlsext_ticket_keys(context, key, len) != 1)
        ERR_clear_error();
    OPENSSL_cleanse(key, sizeof key);
}
