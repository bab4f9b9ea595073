/* The SFrame header (RFC 9605 4.3): which key, and which frame of it. */
#ifndef IC_WIRE_SFRAME_H
#define IC_WIRE_SFRAME_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/wr.h"

#define IC_SFRAME_HEADER_MAX 17

struct ic_sframe {
    uint64_t kid, counter;
    size_t len; /* of the header */
};

/* What stands at the beginning of bytes; more may follow.
 *  IC_ERR_INPUT  no header in its shortest form; out untouched */
IC_NODISCARD enum ic_err ic_sframe_parse(const uint8_t *bytes, size_t len, struct ic_sframe *out);
/* In its shortest form; at most IC_SFRAME_HEADER_MAX bytes. */
void ic_sframe_write(struct ic_wr *w, uint64_t kid, uint64_t counter);

#endif
