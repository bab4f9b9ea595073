/* AES-GCM with a 96-bit IV and a 128-bit tag; the key schedule is kept, only the IV changes from
 * one message to the next. One context serves one direction. */
#ifndef IC_CRYPTO_AEAD_H
#define IC_CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/part.h"

#define IC_AEAD_IV_LEN  12
#define IC_AEAD_TAG_LEN 16

enum ic_aead_use { IC_AEAD_SEAL, IC_AEAD_OPEN };

/* Never copied once initialised. */
struct ic_aead {
    struct evp_cipher_ctx_st *context;
    enum ic_aead_use use;
};

/* key_len is 16 or 32 (asserted); the key is borrowed.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_aead_init(struct ic_aead *a, enum ic_aead_use use, const uint8_t *key,
                                      size_t key_len);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_aead_deinit(struct ic_aead *a);

/* Encrypt the text parts, in order and without a gap, to out and write the tag. Each part is where
 * its result goes, or does not overlap out. An IV must never serve two different messages of one
 * key. No allocation.
 *  aad  authenticated before the text, parts in order
 *  IC_ERR_SYSTEM  the crypto library failed; what out and tag hold must not be used */
IC_NODISCARD enum ic_err ic_aead_seal(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                                      const struct ic_part *aad, size_t aad_count,
                                      const struct ic_part *text, size_t text_count, uint8_t *out,
                                      uint8_t tag[static IC_AEAD_TAG_LEN]);
/* Decrypt the text parts, likewise, and check the tag.
 *  IC_ERR_AUTH    the tag is wrong; what out holds must not be used
 *  IC_ERR_SYSTEM  the crypto library failed, likewise */
IC_NODISCARD enum ic_err ic_aead_open(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                                      const struct ic_part *aad, size_t aad_count,
                                      const struct ic_part *text, size_t text_count,
                                      const uint8_t tag[static IC_AEAD_TAG_LEN], uint8_t *out);

#endif
