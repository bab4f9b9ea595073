/* SFrame (RFC 9605) with one key: frames are sealed and opened. The server never holds such a key;
 * bots, tests and audits of what clients send do. One cipher serves one direction and one KID. */
#ifndef IC_MEDIA_SFRAME_CIPHER_H
#define IC_MEDIA_SFRAME_CIPHER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wr.h"
#include "crypto/aead.h"
#include "crypto/ctr_hmac.h"
#include "crypto/part.h"

#define IC_SFRAME_SALT_LEN 12
#define IC_SFRAME_KEY_MAX  48

/* RFC 9605 8.1. Meetings use 4 and 5; 1 to 3 have short tags. */
enum ic_sframe_suite {
    IC_SFRAME_AES_128_CTR_HMAC_SHA256_80 = 1,
    IC_SFRAME_AES_128_CTR_HMAC_SHA256_64 = 2,
    IC_SFRAME_AES_128_CTR_HMAC_SHA256_32 = 3,
    IC_SFRAME_AES_128_GCM_SHA256_128 = 4,
    IC_SFRAME_AES_256_GCM_SHA512_128 = 5,
};

/* What a base key gives for one KID. The caller wipes it. */
struct ic_sframe_secrets {
    uint8_t key[IC_SFRAME_KEY_MAX];
    size_t key_len;
    uint8_t salt[IC_SFRAME_SALT_LEN];
};

/*  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_sframe_cipher_derive(enum ic_sframe_suite suite,
                                                 const struct ic_part *base_key, uint64_t kid,
                                                 struct ic_sframe_secrets *out);

/* Never copied once initialised. */
struct ic_sframe_cipher {
    enum ic_sframe_suite suite;
    uint64_t kid;
    uint8_t salt[IC_SFRAME_SALT_LEN];
    size_t tag_len;
    struct ic_aead aead;         /* suites 4 and 5 */
    struct ic_ctr_hmac ctr_hmac; /* suites 1 to 3 */
};

/* The base key is borrowed; it has any length, that of the suite's key is meant.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_sframe_cipher_init(struct ic_sframe_cipher *c,
                                               enum ic_sframe_suite suite, enum ic_aead_use use,
                                               const struct ic_part *base_key, uint64_t kid);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_sframe_cipher_deinit(struct ic_sframe_cipher *c);

/* Write header, ciphertext and tag. A counter must never be used twice.
 *  IC_ERR_FULL    they do not fit; w is bad
 *  IC_ERR_SYSTEM  the crypto library failed; what w holds must not be used */
IC_NODISCARD enum ic_err ic_sframe_cipher_seal(struct ic_sframe_cipher *c, uint64_t counter,
                                               const struct ic_part *metadata,
                                               const struct ic_part *plain, struct ic_wr *w);
/* Write the plaintext of a sealed frame, header included.
 *  IC_ERR_INPUT   no header, or too short for a tag
 *  IC_ERR_GONE    sealed with the key of another KID
 *  IC_ERR_FULL    it does not fit; w is bad
 *  IC_ERR_AUTH    the tag is wrong; what w holds must not be used
 *  IC_ERR_SYSTEM  the crypto library failed, likewise */
IC_NODISCARD enum ic_err ic_sframe_cipher_open(struct ic_sframe_cipher *c,
                                               const struct ic_part *metadata,
                                               const struct ic_part *sealed, struct ic_wr *w);

#endif
