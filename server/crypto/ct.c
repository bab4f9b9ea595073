#include "crypto/ct.h"

#include <openssl/crypto.h>

bool ic_ct_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void ic_ct_wipe(void *bytes, size_t n)
{
    OPENSSL_cleanse(bytes, n);
}
