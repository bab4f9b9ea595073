#include "wire/mls.h"

#include <string.h>

#include "base/limits.h"

bool ic_mls_span_eq(struct ic_mls_span a, struct ic_mls_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

struct ic_mls_span ic_mls_read_vector(struct ic_rd *r)
{
    uint8_t first = ic_rd_u8(r);
    size_t len = first & 0x3F;
    switch (first >> 6) {
    case 0:
        break;
    case 1:
        len = len << 8 | ic_rd_u8(r);
        r->bad |= len < 0x40; /* RFC 9420 2.1.2: "MUST use the minimum number of bits necessary" */
        break;
    case 2:
        len = len << 8 | ic_rd_u8(r);
        len = len << 16 | ic_rd_u16(r);
        r->bad |= len < 0x4000;
        break;
    default:
        r->bad = true; /* RFC 9420 2.1.2: "the two most significant bits … 11 is invalid" */
        break;
    }
    const uint8_t *at = ic_rd_take(r, len);
    return (struct ic_mls_span){.at = at, .len = r->bad ? 0 : len};
}

bool ic_mls_read_optional(struct ic_rd *r)
{
    uint8_t is_present = ic_rd_u8(r);
    r->bad |= is_present > 1;
    return !r->bad && is_present == 1;
}

size_t ic_mls_length_size(size_t len)
{
    return len < 0x40 ? 1 : len < 0x4000 ? 2 : 4;
}

void ic_mls_write_length(struct ic_wr *w, size_t len)
{
    if (len < 0x40)
        ic_wr_u8(w, (uint8_t)len);
    else if (len < 0x4000)
        ic_wr_u16(w, (uint16_t)(0x4000 | len));
    else if (len < 0x40000000)
        ic_wr_u32(w, (uint32_t)(0x80000000U | len));
    else
        w->bad = true;
}

void ic_mls_write_vector(struct ic_wr *w, const uint8_t *bytes, size_t len)
{
    ic_mls_write_length(w, len);
    ic_wr_bytes(w, bytes, len);
}

size_t ic_mls_write_open(struct ic_wr *w)
{
    ic_wr_u32(w, 0); /* room for the longest length */
    return w->len;
}

void ic_mls_write_close(struct ic_wr *w, size_t mark)
{
    if (w->bad)
        return;
    size_t len = w->len - mark;
    size_t surplus = 4 - ic_mls_length_size(len);
    struct ic_wr head = ic_wr_init(w->base, mark);
    head.len = mark - 4;
    ic_mls_write_length(&head, len);
    w->bad |= head.bad;
    if (surplus > 0)
        memmove(&w->base[mark - surplus], &w->base[mark], len);
    w->len -= surplus;
}

struct ic_mls_span ic_mls_read_list16(struct ic_rd *r, size_t count_max)
{
    struct ic_mls_span list = ic_mls_read_vector(r);
    r->bad |= list.len % 2 != 0 || list.len / 2 > count_max;
    return list;
}

bool ic_mls_list16_has(struct ic_mls_span list, uint16_t value)
{
    bool has = false;
    for (struct ic_rd r = ic_mls_rd(list); !has && r.left >= 2;)
        has = ic_rd_u16(&r) == value;
    return has;
}

bool ic_mls_extension_next(struct ic_rd *list, struct ic_mls_extension *out)
{
    if (list->bad || list->left == 0)
        return false;
    struct ic_mls_extension extension = {.type = ic_rd_u16(list)};
    extension.data = ic_mls_read_vector(list);
    if (!ic_rd_ok(list))
        return false;
    *out = extension;
    return true;
}

bool ic_mls_extension_find(struct ic_mls_span list, uint16_t type, struct ic_mls_span *data)
{
    struct ic_rd r = ic_mls_rd(list);
    struct ic_mls_extension extension;
    while (ic_mls_extension_next(&r, &extension)) {
        if (extension.type == type) {
            *data = extension.data;
            return true;
        }
    }
    return false;
}

struct ic_mls_span ic_mls_read_extensions(struct ic_rd *r)
{
    struct ic_mls_span list = ic_mls_read_vector(r);
    struct ic_rd rest = ic_mls_rd(list);
    uint16_t types[IC_MLS_EXTENSIONS_MAX];
    struct ic_mls_extension extension;
    for (size_t count = 0; ic_mls_extension_next(&rest, &extension); count++) {
        bool is_twice = false;
        for (size_t i = 0; i < count && i < IC_MLS_EXTENSIONS_MAX; i++)
            is_twice |= types[i] == extension.type;
        if (is_twice || count >= IC_MLS_EXTENSIONS_MAX) {
            r->bad = true;
            break;
        }
        types[count] = extension.type;
    }
    r->bad |= rest.bad;
    return r->bad ? (struct ic_mls_span){0} : list;
}

enum ic_err ic_mls_required_parse(struct ic_mls_span data, struct ic_mls_required *out)
{
    struct ic_rd r = ic_mls_rd(data);
    struct ic_mls_required required = {0};
    required.extensions = ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
    required.proposals = ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
    required.credentials = ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = required;
    return IC_OK;
}
