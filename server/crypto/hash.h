/* SHA-256. */
#ifndef IC_CRYPTO_HASH_H
#define IC_CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_SHA256_LEN 32

/* Digest of the parts in order.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_hash_sha256(const struct ic_part *parts, size_t count,
                                        uint8_t out[static IC_SHA256_LEN]);

#endif
