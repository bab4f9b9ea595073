/* Ed25519 signatures (RFC 8032, pure). The message is one piece: Ed25519 reads it twice. */
#ifndef IC_CRYPTO_ED25519_H
#define IC_CRYPTO_ED25519_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_ED25519_SEED_LEN      32 /* RFC 8032 5.1.5: "the private key is 32 octets" */
#define IC_ED25519_KEY_LEN       32 /* public */
#define IC_ED25519_SIGNATURE_LEN 64

/* The signature is that of the message by the key. False also for a key that is no point, and when
 * the crypto library fails: nothing that was not checked is believed. */
IC_NODISCARD bool ic_ed25519_verify(const uint8_t key[static IC_ED25519_KEY_LEN],
                                    const uint8_t *message, size_t len,
                                    const uint8_t signature[static IC_ED25519_SIGNATURE_LEN]);

/* A private key, kept for many signatures. Never copied once initialised. */
struct ic_ed25519 {
    struct evp_pkey_st *pkey;
    uint8_t public_key[IC_ED25519_KEY_LEN];
};

/* The seed is borrowed; the caller wipes it.
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_ed25519_init(struct ic_ed25519 *k,
                                         const uint8_t seed[static IC_ED25519_SEED_LEN]);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_ed25519_deinit(struct ic_ed25519 *k);
/*  IC_ERR_SYSTEM  the crypto library failed; signature untouched */
IC_NODISCARD enum ic_err ic_ed25519_sign(const struct ic_ed25519 *k, const uint8_t *message,
                                         size_t len,
                                         uint8_t signature[static IC_ED25519_SIGNATURE_LEN]);

/* The public key of a seed.
 *  IC_ERR_SYSTEM  the crypto library failed; key untouched */
IC_NODISCARD enum ic_err ic_ed25519_public_key(const uint8_t seed[static IC_ED25519_SEED_LEN],
                                               uint8_t key[static IC_ED25519_KEY_LEN]);

#endif
