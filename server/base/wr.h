/* Bounded writer: the mirror of rd.h. A write that does not fit sets `bad` and writes nothing more;
 * one check at the end. */
#ifndef IC_BASE_WR_H
#define IC_BASE_WR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct ic_wr {
    uint8_t *base;
    size_t cap, len;
    bool bad;
};

/* Start at base, which the writer borrows. */
static inline struct ic_wr ic_wr_init(uint8_t *base, size_t cap)
{
    return (struct ic_wr){.base = base, .cap = cap, .len = 0, .bad = false};
}

/* Reserve n bytes and lend them for writing; NULL when full. */
static inline uint8_t *ic_wr_reserve(struct ic_wr *w, size_t n)
{
    if (w->bad || w->cap - w->len < n) {
        w->bad = true;
        return NULL;
    }
    uint8_t *at = w->len == 0 ? w->base : w->base + w->len; /* base may be NULL when cap is 0 */
    w->len += n;
    return at;
}

static inline void ic_wr_u8(struct ic_wr *w, uint8_t v)
{
    uint8_t *b = ic_wr_reserve(w, 1);
    if (b != NULL)
        b[0] = v;
}

/* Network order, as all that follow. */
static inline void ic_wr_u16(struct ic_wr *w, uint16_t v)
{
    uint8_t *b = ic_wr_reserve(w, 2);
    if (b != NULL) {
        b[0] = (uint8_t)(v >> 8);
        b[1] = (uint8_t)v;
    }
}

static inline void ic_wr_u24(struct ic_wr *w, uint32_t v)
{
    ic_wr_u8(w, (uint8_t)(v >> 16));
    ic_wr_u16(w, (uint16_t)v);
}

static inline void ic_wr_u32(struct ic_wr *w, uint32_t v)
{
    ic_wr_u16(w, (uint16_t)(v >> 16));
    ic_wr_u16(w, (uint16_t)v);
}

static inline void ic_wr_u64(struct ic_wr *w, uint64_t v)
{
    ic_wr_u32(w, (uint32_t)(v >> 32));
    ic_wr_u32(w, (uint32_t)v);
}

static inline void ic_wr_bytes(struct ic_wr *w, const void *bytes, size_t n)
{
    uint8_t *b = ic_wr_reserve(w, n);
    if (b != NULL && n > 0)
        memcpy(b, bytes, n);
}

static inline void ic_wr_zeros(struct ic_wr *w, size_t n)
{
    uint8_t *b = ic_wr_reserve(w, n);
    if (b != NULL && n > 0)
        memset(b, 0, n);
}

/* Text without its terminator. */
static inline void ic_wr_text(struct ic_wr *w, const char *text)
{
    ic_wr_bytes(w, text, strlen(text));
}

/* A number as decimal digits. */
static inline void ic_wr_decimal(struct ic_wr *w, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    ic_wr_bytes(w, &digits[at], sizeof digits - at);
}

/* Leave room for a 16-bit length; returns the mark for ic_wr_close16. */
static inline size_t ic_wr_open16(struct ic_wr *w)
{
    ic_wr_u16(w, 0);
    return w->len;
}

/* Patch the length of what was written since the mark. */
static inline void ic_wr_close16(struct ic_wr *w, size_t mark)
{
    size_t n = w->len - mark;
    if (w->bad || n > UINT16_MAX) {
        w->bad = true;
        return;
    }
    w->base[mark - 2] = (uint8_t)(n >> 8);
    w->base[mark - 1] = (uint8_t)n;
}

/* Overwrite 16 bits that were written before, at offset. */
static inline void ic_wr_patch16(struct ic_wr *w, size_t offset, uint16_t v)
{
    if (w->bad || offset + 2 > w->len) {
        w->bad = true;
        return;
    }
    w->base[offset] = (uint8_t)(v >> 8);
    w->base[offset + 1] = (uint8_t)v;
}

/* Everything fitted. */
IC_NODISCARD static inline bool ic_wr_ok(const struct ic_wr *w)
{
    return !w->bad;
}

#endif
