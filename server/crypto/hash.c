#include "crypto/hash.h"

#include <stdbool.h>

#include <openssl/evp.h>

enum ic_err ic_hash_sha256(const struct ic_part *parts, size_t count,
                           uint8_t out[static IC_SHA256_LEN])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; ok && i < count; i++)
        ok = parts[i].len == 0 || EVP_DigestUpdate(context, parts[i].bytes, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(context, out, NULL) == 1;
    EVP_MD_CTX_free(context);
    return ok ? IC_OK : IC_ERR_SYSTEM;
}
