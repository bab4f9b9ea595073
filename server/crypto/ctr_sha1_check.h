/* Does an engine compute what OpenSSL does? Asked at the start of whoever could choose. */
#ifndef IC_CRYPTO_CTR_SHA1_CHECK_H
#define IC_CRYPTO_CTR_SHA1_CHECK_H

#include <stdbool.h>

#include "crypto/ctr_sha1.h"

/* Texts of 0 to 1,500 bytes, in one part and in three, in place and not, alone and with others of
 * other lengths and keys. */
bool ic_ctr_sha1_agrees(const struct ic_ctr_sha1_engine *engine);

#endif
