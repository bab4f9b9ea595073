#include "crypto/hmac.h"

#include <stdbool.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/assert.h"

/* OSSL_PARAM takes no const. */
#define SHA1_NAME   ((char[]){"SHA1"})
#define SHA256_NAME ((char[]){"SHA256"})
#define SHA512_NAME ((char[]){"SHA512"})

static enum ic_err init(struct ic_hmac *h, char *digest, const uint8_t *key, size_t key_len)
{
    static const uint8_t no_key[1]; /* a NULL key would mean "the one before" */
    IC_ASSERT(key != NULL || key_len == 0);
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    h->context = mac == NULL ? NULL : EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac); /* the context keeps its own reference */
    if (h->context == NULL ||
        EVP_MAC_init(h->context, key == NULL ? no_key : key, key_len, params) != 1) {
        ic_hmac_deinit(h);
        return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

enum ic_err ic_hmac_init_sha1(struct ic_hmac *h, const uint8_t *key, size_t key_len)
{
    return init(h, SHA1_NAME, key, key_len);
}

void ic_hmac_deinit(struct ic_hmac *h)
{
    EVP_MAC_CTX_free(h->context); /* wipes the key */
    memset(h, 0, sizeof *h);
}

static bool compute(struct ic_hmac *h, const struct ic_part *parts, size_t count, uint8_t *out,
                    size_t out_len)
{
    size_t len = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = parts[i].len == 0 || EVP_MAC_update(h->context, parts[i].bytes, parts[i].len) == 1;
    return ok && EVP_MAC_final(h->context, out, &len, out_len) == 1 && len == out_len;
}

enum ic_err ic_hmac_compute(struct ic_hmac *h, const struct ic_part *parts, size_t count,
                            uint8_t out[static IC_HMAC_SHA1_LEN])
{
    IC_ASSERT(h->context != NULL);
    /* Without a key the context starts again with the one that it has. */
    if (EVP_MAC_init(h->context, NULL, 0, NULL) != 1 ||
        !compute(h, parts, count, out, IC_HMAC_SHA1_LEN))
        return IC_ERR_SYSTEM;
    return IC_OK;
}

static enum ic_err one_shot(char *digest, const uint8_t *key, size_t key_len,
                            const struct ic_part *parts, size_t count, uint8_t *out, size_t out_len)
{
    struct ic_hmac h;
    enum ic_err err = init(&h, digest, key, key_len);
    if (err != IC_OK)
        return err;
    err = compute(&h, parts, count, out, out_len) ? IC_OK : IC_ERR_SYSTEM;
    ic_hmac_deinit(&h);
    return err;
}

enum ic_err ic_hmac_sha1(const uint8_t *key, size_t key_len, const struct ic_part *parts,
                         size_t count, uint8_t out[static IC_HMAC_SHA1_LEN])
{
    return one_shot(SHA1_NAME, key, key_len, parts, count, out, IC_HMAC_SHA1_LEN);
}

enum ic_err ic_hmac_sha256(const uint8_t *key, size_t key_len, const struct ic_part *parts,
                           size_t count, uint8_t out[static IC_HMAC_SHA256_LEN])
{
    return one_shot(SHA256_NAME, key, key_len, parts, count, out, IC_HMAC_SHA256_LEN);
}

enum ic_err ic_hmac_sha512(const uint8_t *key, size_t key_len, const struct ic_part *parts,
                           size_t count, uint8_t out[static IC_HMAC_SHA512_LEN])
{
    return one_shot(SHA512_NAME, key, key_len, parts, count, out, IC_HMAC_SHA512_LEN);
}
