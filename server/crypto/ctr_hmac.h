/* AES-128-CTR with a truncated HMAC-SHA256 as an AEAD (RFC 9605 4.5.1), for short tags. */
#ifndef IC_CRYPTO_CTR_HMAC_H
#define IC_CRYPTO_CTR_HMAC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/ctr.h"
#include "crypto/part.h"

#define IC_CTR_HMAC_KEY_LEN   48 /* 16 to encrypt, 32 to authenticate */
#define IC_CTR_HMAC_NONCE_LEN 12
#define IC_CTR_HMAC_TAG_MAX   10

/* Never copied once initialised. */
struct ic_ctr_hmac {
    struct ic_ctr ctr;
    uint8_t auth_key[32];
    size_t tag_len;
};

/* tag_len is 4, 8 or 10 (asserted); the key is borrowed.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_ctr_hmac_init(struct ic_ctr_hmac *c,
                                          const uint8_t key[static IC_CTR_HMAC_KEY_LEN],
                                          size_t tag_len);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_ctr_hmac_deinit(struct ic_ctr_hmac *c);

/* A message: nonce, what is authenticated only, text. All borrowed. */
struct ic_ctr_hmac_message {
    const uint8_t *nonce; /* IC_CTR_HMAC_NONCE_LEN */
    struct ic_part aad[2];
    struct ic_part text;
};

/* Encrypt to out, which is the text or does not overlap it, and write the tag. A nonce must never
 * serve two different messages of one key.
 *  IC_ERR_SYSTEM  the crypto library failed; what out and tag hold must not be used */
IC_NODISCARD enum ic_err ic_ctr_hmac_seal(struct ic_ctr_hmac *c,
                                          const struct ic_ctr_hmac_message *plain, uint8_t *out,
                                          uint8_t *tag);
/* Check the tag, then decrypt, likewise.
 *  IC_ERR_AUTH    the tag is wrong; out untouched
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_ctr_hmac_open(struct ic_ctr_hmac *c,
                                          const struct ic_ctr_hmac_message *sealed,
                                          const uint8_t *tag, uint8_t *out);

#endif
