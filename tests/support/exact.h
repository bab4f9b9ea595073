/* Exactly sized heap copies, so that the sanitizer sees a read behind the end. */
#ifndef IC_TESTS_EXACT_H
#define IC_TESTS_EXACT_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A copy of n bytes with nothing behind it; the caller frees it. */
static inline uint8_t *exact_copy(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n == 0 ? 1 : n);
    if (copy == NULL)
        abort();
    if (n > 0)
        memcpy(copy, bytes, n);
    return copy;
}

#endif
