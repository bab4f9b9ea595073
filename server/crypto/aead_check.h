/* Do two engines compute the same? Asked at the start of whoever could choose. */
#ifndef IC_CRYPTO_AEAD_CHECK_H
#define IC_CRYPTO_AEAD_CHECK_H

#include <stdbool.h>

#include "crypto/aead.h"

/* Seals by one, opens by the other, both ways, with both lengths of keys, texts of 0 to 1,500
 * bytes in one and in two parts; and neither opens what was altered. */
bool ic_aead_agree(const struct ic_aead_engine *one, const struct ic_aead_engine *other);

#endif
