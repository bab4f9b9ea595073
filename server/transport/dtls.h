/* DTLS 1.2 of one peer behind a function table: OpenSSL over memory BIOs (dtls.c), and a null
 * implementation for the simulator and the fuzzers (dtls_null.c), because OpenSSL reads the clock
 * by itself. Towards browsers always the passive side, so that we pick the SRTP profile: GCM-128,
 * GCM-256, AES128_CM_SHA1_80 (RFC 5764, RFC 8827). */
#ifndef IC_TRANSPORT_DTLS_H
#define IC_TRANSPORT_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/text.h"
#include "base/time.h"
#include "transport/srtp.h"

enum ic_dtls_state {
    IC_DTLS_HANDSHAKE,
    IC_DTLS_CONNECTED,   /* peer's fingerprint proved, keys are there */
    IC_DTLS_CLOSED,      /* close_notify from the peer */
    IC_DTLS_FAILED,      /* handshake failed: discard and start again with the next ClientHello */
    IC_DTLS_FINGERPRINT, /* the certificate is not the announced one: end the peer */
};

enum ic_dtls_role { IC_DTLS_PASSIVE, IC_DTLS_ACTIVE /* bots, load, relays */ };

struct ic_dtls; /* opaque, made by the vtable */

struct ic_dtls_vtable {
    /* credentials: what ic_dtls_credentials_* or the null implementation made, kept.
     * fingerprint: SHA-256 of the peer's certificate as announced, copied. NULL when full. */
    struct ic_dtls *(*create)(void *credentials, enum ic_dtls_role role,
                              const uint8_t fingerprint[IC_FINGERPRINT_LEN], struct ic_time now);
    void (*destroy)(struct ic_dtls *d);
    /* One datagram from the proved path, borrowed. */
    void (*input)(struct ic_dtls *d, struct ic_time now, const uint8_t *bytes, size_t len);
    void (*tick)(struct ic_dtls *d, struct ic_time now);
    struct ic_time (*deadline)(const struct ic_dtls *d);
    /* Next datagram to send: its length (<= cap), 0 when drained. */
    size_t (*poll)(struct ic_dtls *d, uint8_t *out, size_t cap);
    enum ic_dtls_state (*state)(const struct ic_dtls *d);
    /* Once connected: fills *keys (the caller wipes them). */
    enum ic_err (*keys)(struct ic_dtls *d, struct ic_srtp_keys *keys);
    /* Connected, keys taken, and the peer needs nothing of the handshake any more: give back what
     * it took. From then on there is a close_notify to say and to hear, and keys is
     * IC_ERR_STATE. Does nothing in any other state. */
    void (*settle)(struct ic_dtls *d);
    /* Queue a close_notify; drain with poll. */
    void (*close)(struct ic_dtls *d);
};

/* Certificate and key of this process, shared by all its peers (read only after init). */
struct ic_dtls_credentials;

/* Make a fresh ECDSA P-256 key and a self-signed certificate, valid from now on (not_before in
 * seconds since 1970 is handed in by the shell). PEM texts for the data folder by
 * ic_dtls_credentials_write. NULL when the crypto library failed. */
struct ic_dtls_credentials *ic_dtls_credentials_create(int64_t now_s);
/* From the PEM text that _write made. NULL when it is not such a text. */
struct ic_dtls_credentials *ic_dtls_credentials_read(const char *pem, size_t len);
/* Write key and certificate as PEM; returns the length, 0 when cap is too small. The caller wipes
 * it. */
size_t ic_dtls_credentials_write(const struct ic_dtls_credentials *c, char *out, size_t cap);
void ic_dtls_credentials_destroy(struct ic_dtls_credentials *c);
void ic_dtls_credentials_fingerprint(const struct ic_dtls_credentials *c,
                                     uint8_t out[static IC_FINGERPRINT_LEN]);

const struct ic_dtls_vtable *ic_dtls_openssl(void); /* credentials: struct ic_dtls_credentials * */
const struct ic_dtls_vtable *ic_dtls_null(
    void); /* credentials: struct ic_dtls_null_credentials * */

/* The null implementation: a two-message hello that carries the fingerprint, and keys made from
 * both fingerprints. No secrecy at all; it never leaves tests (lint: shell/ may not name it). */
struct ic_dtls_null_credentials {
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    enum ic_srtp_profile profile;
};

#endif
