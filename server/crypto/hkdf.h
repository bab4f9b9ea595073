/* HKDF (RFC 5869) over SHA-256 and SHA-512. */
#ifndef IC_CRYPTO_HKDF_H
#define IC_CRYPTO_HKDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_HKDF_PRK_MAX 64

enum ic_hkdf_hash { IC_HKDF_SHA256, IC_HKDF_SHA512 };

/* A pseudorandom key. The caller wipes it. */
struct ic_hkdf_prk {
    enum ic_hkdf_hash hash;
    uint8_t bytes[IC_HKDF_PRK_MAX]; /* 32 of them, or 64 */
};

/* Bytes that the hash gives. */
size_t ic_hkdf_hash_len(enum ic_hkdf_hash hash);
/* An empty salt is allowed.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_hkdf_extract(enum ic_hkdf_hash hash, const struct ic_part *salt,
                                         const struct ic_part *ikm, struct ic_hkdf_prk *out);
/* out_len is at most 255 times the length of the hash (asserted).
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_hkdf_expand(const struct ic_hkdf_prk *prk, const struct ic_part *info,
                                        uint8_t *out, size_t out_len);

#endif
