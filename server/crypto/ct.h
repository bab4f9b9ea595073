/* What must not show in time, and what must not stay in memory. */
#ifndef IC_CRYPTO_CT_H
#define IC_CRYPTO_CT_H

#include <stdbool.h>
#include <stddef.h>

/* Equal, compared in a time that depends on n alone. */
bool ic_ct_equal(const void *a, const void *b, size_t n);
/* Overwrite with zeros in a way that no optimiser removes. */
void ic_ct_wipe(void *bytes, size_t n);

#endif
