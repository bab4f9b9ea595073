/* HMAC (RFC 2104) over SHA-1, SHA-256 and SHA-512: one-shot, and with the key kept for many
 * messages. */
#ifndef IC_CRYPTO_HMAC_H
#define IC_CRYPTO_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_HMAC_SHA1_LEN   20
#define IC_HMAC_SHA256_LEN 32
#define IC_HMAC_SHA512_LEN 64

/* One-shot over the parts in order. The key is borrowed and may have any length.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_hmac_sha1(const uint8_t *key, size_t key_len,
                                      const struct ic_part *parts, size_t count,
                                      uint8_t out[static IC_HMAC_SHA1_LEN]);
IC_NODISCARD enum ic_err ic_hmac_sha256(const uint8_t *key, size_t key_len,
                                        const struct ic_part *parts, size_t count,
                                        uint8_t out[static IC_HMAC_SHA256_LEN]);
IC_NODISCARD enum ic_err ic_hmac_sha512(const uint8_t *key, size_t key_len,
                                        const struct ic_part *parts, size_t count,
                                        uint8_t out[static IC_HMAC_SHA512_LEN]);

/* HMAC-SHA1 with a kept key. Never copied once initialised. */
struct ic_hmac {
    struct evp_mac_ctx_st *context;
};

/* The key is borrowed. IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_hmac_init_sha1(struct ic_hmac *h, const uint8_t *key, size_t key_len);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_hmac_deinit(struct ic_hmac *h);
/* One message. OpenSSL 3.0 takes two small blocks from the heap for it and gives them back.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_hmac_compute(struct ic_hmac *h, const struct ic_part *parts,
                                         size_t count, uint8_t out[static IC_HMAC_SHA1_LEN]);

#endif
