#include "crypto/hkdf.h"

#include <assert.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "crypto/hmac.h"

static_assert(IC_HKDF_PRK_MAX == IC_HMAC_SHA512_LEN, "the longest digest");

size_t ic_hkdf_hash_len(enum ic_hkdf_hash hash)
{
    return hash == IC_HKDF_SHA256 ? IC_HMAC_SHA256_LEN : IC_HMAC_SHA512_LEN;
}

static enum ic_err hmac(enum ic_hkdf_hash hash, const uint8_t *key, size_t key_len,
                        const struct ic_part *parts, size_t count, uint8_t out[IC_HKDF_PRK_MAX])
{
    return hash == IC_HKDF_SHA256 ? ic_hmac_sha256(key, key_len, parts, count, out)
                                  : ic_hmac_sha512(key, key_len, parts, count, out);
}

enum ic_err ic_hkdf_extract(enum ic_hkdf_hash hash, const struct ic_part *salt,
                            const struct ic_part *ikm, struct ic_hkdf_prk *out)
{
    /* RFC 5869 2.2: without a salt "it is set to a string of HashLen zeros", which is what HMAC
     * makes of the empty key. */
    out->hash = hash;
    return hmac(hash, salt->bytes, salt->len, ikm, 1, out->bytes);
}

enum ic_err ic_hkdf_expand(const struct ic_hkdf_prk *prk, const struct ic_part *info, uint8_t *out,
                           size_t out_len)
{
    uint8_t block[IC_HKDF_PRK_MAX];
    size_t len = ic_hkdf_hash_len(prk->hash), done = 0;
    enum ic_err err = IC_OK;
    IC_ASSERT(out_len <= 255 * len);
    for (uint8_t i = 1; err == IC_OK && done < out_len; i++) {
        const struct ic_part parts[] = {{block, i == 1 ? 0 : len}, *info, {&i, 1}};
        err = hmac(prk->hash, prk->bytes, len, parts, 3, block);
        size_t n = out_len - done < len ? out_len - done : len;
        if (err == IC_OK)
            memcpy(&out[done], block, n);
        done += n;
    }
    ic_ct_wipe(block, sizeof block);
    return err;
}
