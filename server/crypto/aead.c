#include "crypto/aead.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/assert.h"

/* ---- OpenSSL ---- */

static enum ic_err evp_init(struct ic_aead *a, const uint8_t *key, size_t key_len)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const EVP_CIPHER *cipher = key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    /* The IV length of GCM in EVP is 12 unless told otherwise. */
    if (context == NULL ||
        EVP_CipherInit_ex(context, cipher, NULL, key, NULL, a->use == IC_AEAD_SEAL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return IC_ERR_SYSTEM;
    }
    a->state = context;
    return IC_OK;
}

static void evp_deinit(struct ic_aead *a)
{
    EVP_CIPHER_CTX_free(a->state); /* wipes the key schedule */
}

/* Associated data (out is NULL) or text, parts in order. */
static bool update(EVP_CIPHER_CTX *context, const struct ic_part *parts, size_t count, uint8_t *out)
{
    size_t at = 0;
    int done = 0;
    for (size_t i = 0; i < count; i++) {
        IC_ASSERT(parts[i].len <= INT_MAX);
        if (parts[i].len > 0 && EVP_CipherUpdate(context, out == NULL ? NULL : &out[at], &done,
                                                 parts[i].bytes, (int)parts[i].len) != 1)
            return false;
        at += parts[i].len;
    }
    return true;
}

static bool restart(EVP_CIPHER_CTX *context, const uint8_t *iv)
{
    return EVP_CipherInit_ex(context, NULL, NULL, NULL, iv, -1) == 1;
}

static enum ic_err evp_seal(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                            size_t aad_count, const struct ic_part *text, size_t text_count,
                            uint8_t *out, uint8_t *tag)
{
    uint8_t rest[IC_AEAD_TAG_LEN]; /* GCM leaves nothing for the end */
    int done = 0;
    if (!restart(a->state, iv) || !update(a->state, aad, aad_count, NULL) ||
        !update(a->state, text, text_count, out) ||
        EVP_CipherFinal_ex(a->state, rest, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(a->state, EVP_CTRL_AEAD_GET_TAG, IC_AEAD_TAG_LEN, tag) != 1)
        return IC_ERR_SYSTEM;
    return IC_OK;
}

static enum ic_err evp_open(struct ic_aead *a, const uint8_t *iv, const struct ic_part *aad,
                            size_t aad_count, const struct ic_part *text, size_t text_count,
                            const uint8_t *tag, uint8_t *out)
{
    uint8_t expected[IC_AEAD_TAG_LEN], rest[IC_AEAD_TAG_LEN];
    int done = 0;
    memcpy(expected, tag, sizeof expected); /* the control call takes no const */
    if (!restart(a->state, iv) || !update(a->state, aad, aad_count, NULL) ||
        !update(a->state, text, text_count, out) ||
        EVP_CIPHER_CTX_ctrl(a->state, EVP_CTRL_AEAD_SET_TAG, IC_AEAD_TAG_LEN, expected) != 1)
        return IC_ERR_SYSTEM;
    return EVP_CipherFinal_ex(a->state, rest, &done) == 1 ? IC_OK : IC_ERR_AUTH;
}

const struct ic_aead_engine *ic_aead_evp(void)
{
    static const struct ic_aead_engine engine = {.name = "openssl",
                                                 .init = evp_init,
                                                 .deinit = evp_deinit,
                                                 .seal = evp_seal,
                                                 .open = evp_open};
    return &engine;
}

/* ---- any ---- */

enum ic_err ic_aead_init(struct ic_aead *a, const struct ic_aead_engine *engine,
                         enum ic_aead_use use, const uint8_t *key, size_t key_len)
{
    IC_ASSERT(key_len == 16 || key_len == 32);
    *a = (struct ic_aead){.engine = engine, .use = use};
    enum ic_err err = engine->init(a, key, key_len);
    if (err != IC_OK)
        memset(a, 0, sizeof *a);
    return err;
}

void ic_aead_deinit(struct ic_aead *a)
{
    if (a->engine != NULL)
        a->engine->deinit(a);
    memset(a, 0, sizeof *a);
}

enum ic_err ic_aead_seal(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                         const struct ic_part *aad, size_t aad_count, const struct ic_part *text,
                         size_t text_count, uint8_t *out, uint8_t tag[static IC_AEAD_TAG_LEN])
{
    IC_ASSERT(a->engine != NULL && a->use == IC_AEAD_SEAL && out != NULL);
    return a->engine->seal(a, iv, aad, aad_count, text, text_count, out, tag);
}

enum ic_err ic_aead_open(struct ic_aead *a, const uint8_t iv[static IC_AEAD_IV_LEN],
                         const struct ic_part *aad, size_t aad_count, const struct ic_part *text,
                         size_t text_count, const uint8_t tag[static IC_AEAD_TAG_LEN], uint8_t *out)
{
    IC_ASSERT(a->engine != NULL && a->use == IC_AEAD_OPEN && out != NULL);
    return a->engine->open(a, iv, aad, aad_count, text, text_count, tag, out);
}
