#include "wire/ustar.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"

/* Fields of the header, in their order (IEEE Std 1003.1, pax, "ustar Interchange Format"). */
#define MODE_LEN     8  /* then owner and group, as long */
#define SIZE_LEN     12 /* then the time, as long */
#define CHECKSUM_LEN 8
#define OWNERS_LEN   (32 + 32 + 8 + 8) /* names and device numbers: nothing is made of them */
#define PREFIX_LEN   155
#define PADDING_LEN  12
#define CHECKSUM_AT  (IC_USTAR_NAME_MAX + 3 * MODE_LEN + 2 * SIZE_LEN)

#define SIZE_LIMIT 0x200000000 /* 11 octal digits */

struct ic_ustar ic_ustar_init(const uint8_t *bytes, size_t len)
{
    return (struct ic_ustar){.r = ic_rd_init(bytes, len)};
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Octal digits, ended by a space or a zero; nothing else before or after them. */
static bool read_octal(struct ic_rd *r, size_t len, uint64_t *out)
{
    const uint8_t *at = ic_rd_take(r, len);
    uint64_t number = 0;
    size_t i = 0;
    if (at == NULL)
        return false;
    for (; i < len && at[i] >= '0' && at[i] <= '7'; i++)
        number = number << 3 | (uint64_t)(at[i] - '0');
    size_t digits = i;
    while (i < len && (at[i] == ' ' || at[i] == 0))
        i++;
    *out = number;
    return digits > 0 && digits < len && i == len;
}

static bool read_name(struct ic_rd *r, char out[static IC_USTAR_NAME_MAX + 1])
{
    const uint8_t *at = ic_rd_take(r, IC_USTAR_NAME_MAX);
    size_t len = 0;
    if (at == NULL)
        return false;
    while (len < IC_USTAR_NAME_MAX && at[len] > ' ' && at[len] < 0x7f)
        len++;
    if (len == 0 || !is_zero(&at[len], IC_USTAR_NAME_MAX - len))
        return false;
    memcpy(out, at, len);
    out[len] = '\0';
    return true;
}

/* The sum of all bytes, those of the checksum taken as spaces. */
static uint64_t checksum(const uint8_t header[static IC_USTAR_BLOCK])
{
    uint64_t sum = (uint64_t)CHECKSUM_LEN * ' ';
    for (size_t i = 0; i < IC_USTAR_BLOCK; i++)
        if (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_LEN)
            sum += header[i];
    return sum;
}

static bool take_zeros(struct ic_rd *r, size_t len)
{
    const uint8_t *at = ic_rd_take(r, len);
    return at != NULL && is_zero(at, len);
}

static bool read_header(const uint8_t *header, struct ic_ustar_file *out, uint64_t *size)
{
    static const uint8_t magic[] = {'u', 's', 't', 'a', 'r', 0, '0', '0'};
    struct ic_rd r = ic_rd_init(header, IC_USTAR_BLOCK);
    uint64_t ignored, sum;
    if (!read_name(&r, out->name))
        return false;
    for (int i = 0; i < 3; i++)
        if (!read_octal(&r, MODE_LEN, &ignored))
            return false;
    if (!read_octal(&r, SIZE_LEN, size) || !read_octal(&r, SIZE_LEN, &ignored) ||
        !read_octal(&r, CHECKSUM_LEN, &sum) || sum != checksum(header) || ic_rd_u8(&r) != '0' ||
        !take_zeros(&r, IC_USTAR_NAME_MAX)) /* the name of a link */
        return false;
    const uint8_t *at = ic_rd_take(&r, sizeof magic);
    if (at == NULL || memcmp(at, magic, sizeof magic) != 0)
        return false;
    ic_rd_skip(&r, OWNERS_LEN);
    return take_zeros(&r, PREFIX_LEN) && take_zeros(&r, PADDING_LEN) && ic_rd_done(&r);
}

/* The two blocks of zeros have begun: nothing else may come. */
static enum ic_err read_end(struct ic_rd *r)
{
    size_t left = r->left;
    bool is_good = left >= IC_USTAR_BLOCK && left % IC_USTAR_BLOCK == 0 && take_zeros(r, left);
    return is_good ? IC_ERR_GONE : IC_ERR_INPUT;
}

enum ic_err ic_ustar_next(struct ic_ustar *u, struct ic_ustar_file *out)
{
    struct ic_ustar_file file;
    uint64_t size;
    const uint8_t *header = ic_rd_take(&u->r, IC_USTAR_BLOCK);
    if (header == NULL)
        return IC_ERR_INPUT;
    if (is_zero(header, IC_USTAR_BLOCK))
        return read_end(&u->r);
    if (!read_header(header, &file, &size) || size > u->r.left)
        return IC_ERR_INPUT;
    file.len = (size_t)size;
    file.bytes = ic_rd_take(&u->r, file.len);
    size_t rest = file.len % IC_USTAR_BLOCK;
    if (file.bytes == NULL || (rest > 0 && !take_zeros(&u->r, IC_USTAR_BLOCK - rest)))
        return IC_ERR_INPUT;
    *out = file;
    return IC_OK;
}

/* ---- writing ---- */

/* Of a fixed width, with a zero behind. */
static void write_octal(struct ic_wr *w, size_t len, uint64_t number)
{
    for (size_t i = len - 1; i > 0; i--)
        ic_wr_u8(w, (uint8_t)('0' + (number >> 3 * (i - 1) & 7)));
    ic_wr_u8(w, 0);
}

static void write_header(struct ic_wr *w, const char *name, size_t len)
{
    ic_wr_text(w, name);
    ic_wr_zeros(w, IC_USTAR_NAME_MAX - strlen(name));
    write_octal(w, MODE_LEN, 0644);
    write_octal(w, MODE_LEN, 0);
    write_octal(w, MODE_LEN, 0);
    write_octal(w, SIZE_LEN, len);
    write_octal(w, SIZE_LEN, 0);
    ic_wr_zeros(w, CHECKSUM_LEN);
    ic_wr_u8(w, '0');
    ic_wr_zeros(w, IC_USTAR_NAME_MAX);
    ic_wr_bytes(w,
                "ustar\0"
                "00",
                8);
    ic_wr_zeros(w, OWNERS_LEN + PREFIX_LEN + PADDING_LEN);
}

void ic_ustar_write(struct ic_wr *w, const char *name, const uint8_t *bytes, size_t len)
{
    uint8_t header[IC_USTAR_BLOCK];
    struct ic_wr h = ic_wr_init(header, sizeof header);
    size_t rest = len % IC_USTAR_BLOCK;
    IC_ASSERT(strlen(name) > 0 && strlen(name) <= IC_USTAR_NAME_MAX);
    IC_ASSERT(len < SIZE_LIMIT);
    write_header(&h, name, len);
    IC_ASSERT(ic_wr_ok(&h) && h.len == sizeof header);
    struct ic_wr sum = ic_wr_init(&header[CHECKSUM_AT], CHECKSUM_LEN);
    write_octal(&sum, CHECKSUM_LEN, checksum(header));
    ic_wr_bytes(w, header, sizeof header);
    if (len > 0)
        ic_wr_bytes(w, bytes, len);
    if (rest > 0)
        ic_wr_zeros(w, IC_USTAR_BLOCK - rest);
}

void ic_ustar_write_end(struct ic_wr *w)
{
    ic_wr_zeros(w, 2 * IC_USTAR_BLOCK);
}
