/* A run of bytes among several that are hashed or authenticated one after the other. */
#ifndef IC_CRYPTO_PART_H
#define IC_CRYPTO_PART_H

#include <stddef.h>
#include <stdint.h>

struct ic_part {
    const uint8_t *bytes; /* borrowed; may be NULL when len is 0 */
    size_t len;
};

#endif
