/* Inside of struct ic_dtls_credentials, for dtls.c and dtls_credentials.c. */
#ifndef IC_TRANSPORT_DTLS_CREDENTIALS_H
#define IC_TRANSPORT_DTLS_CREDENTIALS_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "transport/dtls.h"

/* Read only once it is made; OpenSSL counts references to its parts atomically, so that all
 * workers share it. */
struct ic_dtls_credentials {
    EVP_PKEY *key;
    X509 *certificate;
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    SSL_CTX *context;
    BIO_METHOD *bio; /* our queue of whole datagrams */
};

/* SHA-256 of the DER form; false when that is larger than IC_DTLS_CERTIFICATE_MAX. */
bool ic_dtls_certificate_fingerprint(const X509 *certificate,
                                     uint8_t out[static IC_FINGERPRINT_LEN]);
/* ECDSA on the named curve P-256, or RSA of at least 2048 bits. */
bool ic_dtls_certificate_is_acceptable(X509 *certificate);
/* Make context and bio of credentials that have key and certificate (dtls.c). */
bool ic_dtls_equip(struct ic_dtls_credentials *c);

#endif
