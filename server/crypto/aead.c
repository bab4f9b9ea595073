#include "crypto/aead.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"

enum ic_err ic_aead_init(struct ic_aead *a, enum ic_aead_use use, const uint8_t *key,
                         size_t key_len)
{
    IC_ASSERT(key_len == 16 || key_len == 32);
    memset(a, 0, sizeof *a);
    a->use = use;
    a->context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    /* The IV length of GCM in EVP is 12 unless told otherwise. */
    if (a->context == NULL ||
        EVP_CipherInit_ex(a->context, cipher, NULL, key, NULL, use == IC_AEAD_SEAL) != 1) {
        ic_aead_deinit(a);
        return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

void ic_aead_deinit(struct ic_aead *a)
{
    EVP_CIPHER_CTX_free(a->context); /* wipes the key schedule */
    memset(a, 0, sizeof *a);
}

/* Associated data (out is NULL) or text, parts in order. */
static bool update(struct ic_aead *a, const struct ic_part *parts, size_t count, uint8_t *out)
{
    size_t at = 0;
    int done = 0;
    for (size_t i = 0; i < count; i++) {
        IC_ASSERT(parts[i].len <= INT_MAX);
        if (parts[i].len > 0 && EVP_CipherUpdate(a->context, out == NULL ? NULL : &out[at], &done,
                                                 parts[i].bytes, (int)parts[i].len) != 1)
            return false;
        at += parts[i].len;
    }
    return true;
}

static bool restart(struct ic_aead *a, const uint8_t *iv)
{
    IC_ASSERT(a->context != NULL);
    return EVP_CipherInit_ex(a->context, NULL, NULL, NULL, iv, -1) == 1;
}

enum ic_err ic_aead_seal(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                         const struct ic_part *aad, size_t aad_count, const struct ic_part *text,
                         size_t text_count, uint8_t *out, uint8_t tag[static IC_AEAD_TAG_LEN])
{
    uint8_t rest[IC_AEAD_TAG_LEN]; /* GCM leaves nothing for the end */
    int done = 0;
    IC_ASSERT(a->use == IC_AEAD_SEAL && out != NULL);
    if (!restart(a, iv) || !update(a, aad, aad_count, NULL) || !update(a, text, text_count, out) ||
        EVP_CipherFinal_ex(a->context, rest, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(a->context, EVP_CTRL_AEAD_GET_TAG, IC_AEAD_TAG_LEN, tag) != 1)
        return IC_ERR_SYSTEM;
    return IC_OK;
}

enum ic_err ic_aead_open(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                         const struct ic_part *aad, size_t aad_count, const struct ic_part *text,
                         size_t text_count, const uint8_t tag[static IC_AEAD_TAG_LEN], uint8_t *out)
{
    uint8_t expected[IC_AEAD_TAG_LEN], rest[IC_AEAD_TAG_LEN];
    int done = 0;
    IC_ASSERT(a->use == IC_AEAD_OPEN && out != NULL);
    memcpy(expected, tag, sizeof expected); /* the control call takes no const */
    if (!restart(a, iv) || !update(a, aad, aad_count, NULL) || !update(a, text, text_count, out) ||
        EVP_CIPHER_CTX_ctrl(a->context, EVP_CTRL_AEAD_SET_TAG, IC_AEAD_TAG_LEN, expected) != 1)
        return IC_ERR_SYSTEM;
    return EVP_CipherFinal_ex(a->context, rest, &done) == 1 ? IC_OK : IC_ERR_AUTH;
}
