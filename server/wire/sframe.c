#include "wire/sframe.h"

#include <stdbool.h>

#include "base/rd.h"

/* A number below 8 stands in its nibble of the first byte; else the nibble is this flag and the
 * number of bytes less one, and the bytes follow. */
#define FOLLOWS   8
#define LOW_BITS  7
#define SMALL_MAX 7

static size_t byte_count(uint64_t value)
{
    size_t n = 0;
    if (value <= SMALL_MAX)
        return 0;
    for (; value != 0; value >>= 8)
        n++;
    return n;
}

static uint64_t parse_number(struct ic_rd *r, unsigned nibble)
{
    uint64_t value = 0;
    if ((nibble & FOLLOWS) == 0)
        return nibble;
    size_t n = (nibble & LOW_BITS) + 1;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | ic_rd_u8(r);
    if (byte_count(value) != n)
        r->bad = true;
    return value;
}

enum ic_err ic_sframe_parse(const uint8_t *bytes, size_t len, struct ic_sframe *out)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t config = ic_rd_u8(&r);
    uint64_t kid = parse_number(&r, config >> 4);
    uint64_t counter = parse_number(&r, config & 15);
    if (!ic_rd_ok(&r))
        return IC_ERR_INPUT;
    out->kid = kid;
    out->counter = counter;
    out->len = len - r.left;
    return IC_OK;
}

static uint8_t nibble_of(uint64_t value)
{
    size_t n = byte_count(value);
    return (uint8_t)(n == 0 ? value : FOLLOWS | (n - 1));
}

static void write_number(struct ic_wr *w, uint64_t value)
{
    for (size_t n = byte_count(value); n > 0; n--)
        ic_wr_u8(w, (uint8_t)(value >> (8 * (n - 1))));
}

void ic_sframe_write(struct ic_wr *w, uint64_t kid, uint64_t counter)
{
    ic_wr_u8(w, (uint8_t)(nibble_of(kid) << 4 | nibble_of(counter)));
    write_number(w, kid);
    write_number(w, counter);
}
