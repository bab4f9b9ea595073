/* Bounded reader: the only way to read foreign bytes. A failed read sets `bad` and all later reads
 * give zero, so that a fixed layout is read whole and checked once (house rule: before any value is
 * used as a size, an index or a decision). Never moves past the end. */
#ifndef IC_BASE_RD_H
#define IC_BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct ic_rd {
    const uint8_t *p;
    size_t left;
    bool bad;
};

/* Start at bytes, which the reader borrows. */
static inline struct ic_rd ic_rd_init(const uint8_t *bytes, size_t len)
{
    return (struct ic_rd){.p = bytes, .left = len, .bad = false};
}

/* The next n bytes, lent from the input; NULL when short. */
static inline const uint8_t *ic_rd_take(struct ic_rd *r, size_t n)
{
    if (r->bad || r->left < n) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *at = r->p;
    if (n > 0) /* p may be NULL when nothing is there */
        r->p += n;
    r->left -= n;
    return at;
}

static inline void ic_rd_skip(struct ic_rd *r, size_t n)
{
    (void)!ic_rd_take(r, n);
}

static inline uint8_t ic_rd_u8(struct ic_rd *r)
{
    const uint8_t *b = ic_rd_take(r, 1);
    return b == NULL ? 0 : b[0];
}

/* Network order, as all that follow. */
static inline uint16_t ic_rd_u16(struct ic_rd *r)
{
    const uint8_t *b = ic_rd_take(r, 2);
    return (uint16_t)(b == NULL ? 0 : b[0] << 8 | b[1]);
}

static inline uint32_t ic_rd_u24(struct ic_rd *r)
{
    const uint8_t *b = ic_rd_take(r, 3);
    return b == NULL ? 0 : (uint32_t)b[0] << 16 | (uint32_t)b[1] << 8 | b[2];
}

static inline uint32_t ic_rd_u32(struct ic_rd *r)
{
    const uint8_t *b = ic_rd_take(r, 4);
    return b == NULL ? 0 : (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint64_t ic_rd_u64(struct ic_rd *r)
{
    uint64_t high = ic_rd_u32(r);
    return high << 32 | ic_rd_u32(r);
}

/* A nested length becomes a nested reader over the next n bytes; bad when short. */
static inline struct ic_rd ic_rd_sub(struct ic_rd *r, size_t n)
{
    const uint8_t *at = ic_rd_take(r, n);
    return (struct ic_rd){.p = at, .left = r->bad ? 0 : n, .bad = r->bad};
}

/* Nothing failed so far. */
IC_NODISCARD static inline bool ic_rd_ok(const struct ic_rd *r)
{
    return !r->bad;
}

/* Nothing failed and nothing is left. */
IC_NODISCARD static inline bool ic_rd_done(const struct ic_rd *r)
{
    return !r->bad && r->left == 0;
}

#endif
