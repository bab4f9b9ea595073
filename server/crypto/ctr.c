#include "crypto/ctr.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"

enum ic_err ic_ctr_init(struct ic_ctr *c, const uint8_t *key, size_t key_len)
{
    IC_ASSERT(key_len == 16 || key_len == 32);
    c->context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = key_len == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
    if (c->context == NULL || EVP_EncryptInit_ex(c->context, cipher, NULL, key, NULL) != 1) {
        ic_ctr_deinit(c);
        return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

void ic_ctr_deinit(struct ic_ctr *c)
{
    EVP_CIPHER_CTX_free(c->context); /* wipes the key schedule */
    memset(c, 0, sizeof *c);
}

enum ic_err ic_ctr_xor(struct ic_ctr *c, const uint8_t iv[static IC_CTR_IV_LEN],
                       const struct ic_part *parts, size_t count, uint8_t *out)
{
    size_t at = 0;
    int done = 0;
    IC_ASSERT(c->context != NULL && out != NULL);
    if (EVP_EncryptInit_ex(c->context, NULL, NULL, NULL, iv) != 1)
        return IC_ERR_SYSTEM;
    for (size_t i = 0; i < count; i++) {
        IC_ASSERT(parts[i].len <= INT_MAX);
        if (parts[i].len > 0 &&
            EVP_EncryptUpdate(c->context, &out[at], &done, parts[i].bytes, (int)parts[i].len) != 1)
            return IC_ERR_SYSTEM;
        at += parts[i].len;
    }
    return IC_OK;
}
