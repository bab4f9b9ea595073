/* AES in counter mode with a kept key schedule: the keystream of AES-CM (RFC 3711 4.1.1). */
#ifndef IC_CRYPTO_CTR_H
#define IC_CRYPTO_CTR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_CTR_IV_LEN 16

/* Never copied once initialised. */
struct ic_ctr {
    struct evp_cipher_ctx_st *context;
};

/* key_len is 16 or 32 (asserted); the key is borrowed.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_ctr_init(struct ic_ctr *c, const uint8_t *key, size_t key_len);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_ctr_deinit(struct ic_ctr *c);
/* XOR the parts, in order and without a gap, with the keystream that starts at counter block iv,
 * and write to out. Each part is where its result goes, or does not overlap out. No allocation.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_ctr_xor(struct ic_ctr *c, const uint8_t iv[static IC_CTR_IV_LEN],
                                    const struct ic_part *parts, size_t count, uint8_t *out);

#endif
