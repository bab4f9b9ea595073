#include "crypto/ed25519.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"

/* EVP takes no NULL for an empty message in each version. */
static const uint8_t nothing[1];

bool ic_ed25519_verify(const uint8_t key[static IC_ED25519_KEY_LEN], const uint8_t *message,
                       size_t len, const uint8_t signature[static IC_ED25519_SIGNATURE_LEN])
{
    IC_ASSERT(message != NULL || len == 0);
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, IC_ED25519_KEY_LEN);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = pkey != NULL && context != NULL &&
              EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestVerify(context, signature, IC_ED25519_SIGNATURE_LEN,
                               len == 0 ? nothing : message, len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pkey);
    return ok;
}

enum ic_err ic_ed25519_init(struct ic_ed25519 *k, const uint8_t seed[static IC_ED25519_SEED_LEN])
{
    size_t len = IC_ED25519_KEY_LEN;
    memset(k, 0, sizeof *k);
    k->pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, IC_ED25519_SEED_LEN);
    if (k->pkey == NULL || EVP_PKEY_get_raw_public_key(k->pkey, k->public_key, &len) != 1 ||
        len != IC_ED25519_KEY_LEN) {
        ic_ed25519_deinit(k);
        return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

void ic_ed25519_deinit(struct ic_ed25519 *k)
{
    EVP_PKEY_free(k->pkey); /* wipes the private key */
    memset(k, 0, sizeof *k);
}

enum ic_err ic_ed25519_sign(const struct ic_ed25519 *k, const uint8_t *message, size_t len,
                            uint8_t signature[static IC_ED25519_SIGNATURE_LEN])
{
    uint8_t out[IC_ED25519_SIGNATURE_LEN];
    size_t out_len = sizeof out;
    IC_ASSERT(k->pkey != NULL && (message != NULL || len == 0));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, k->pkey) == 1 &&
              EVP_DigestSign(context, out, &out_len, len == 0 ? nothing : message, len) == 1 &&
              out_len == sizeof out;
    EVP_MD_CTX_free(context);
    if (!ok)
        return IC_ERR_SYSTEM;
    memcpy(signature, out, sizeof out);
    return IC_OK;
}

enum ic_err ic_ed25519_public_key(const uint8_t seed[static IC_ED25519_SEED_LEN],
                                  uint8_t key[static IC_ED25519_KEY_LEN])
{
    struct ic_ed25519 k;
    enum ic_err err = ic_ed25519_init(&k, seed);
    if (err != IC_OK)
        return err;
    memcpy(key, k.public_key, IC_ED25519_KEY_LEN);
    ic_ed25519_deinit(&k);
    return IC_OK;
}
