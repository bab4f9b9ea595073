#include "wire/hdrext.h"

#include "base/assert.h"

/* RFC 8285 4.3: 0x100 in the upper 12 bits */
#define TWO_BYTE_MASK 0xfff0

/* RFC 8285 4.2: "If the ID value 15 is used, its length field should be ignored, processing of the
 * entire extension should terminate at that point" */
#define ONE_BYTE_STOP_ID 15

void ic_hdrext_begin(struct ic_hdrext *x, uint16_t profile, struct ic_rd bytes)
{
    bool two_byte = (profile & TWO_BYTE_MASK) == IC_HDREXT_PROFILE_TWO_BYTE;
    *x = (struct ic_hdrext){.rd = bytes, .two_byte = two_byte, .bad = !ic_rd_ok(&bytes)};
    if (profile != IC_HDREXT_PROFILE_ONE_BYTE && !two_byte)
        x->rd.left = 0;
}

/* One element or one byte of padding (id 0). */
static void read_element(struct ic_hdrext *x, struct ic_hdrext_element *out)
{
    uint8_t first = ic_rd_u8(&x->rd);
    if (x->two_byte) {
        out->id = first;
        out->len = first == 0 ? 0 : ic_rd_u8(&x->rd);
    } else {
        out->id = first >> 4;
        /* RFC 8285 4.2: "the number, minus one, of data bytes" */
        out->len = out->id == 0 ? 0 : (uint8_t)((first & 0x0f) + 1);
    }
}

bool ic_hdrext_next(struct ic_hdrext *x, struct ic_hdrext_element *out)
{
    while (!x->bad && x->rd.left > 0) {
        struct ic_hdrext_element e = {0};
        read_element(x, &e);
        if (ic_rd_ok(&x->rd) && e.id == 0)
            continue;
        if (!x->two_byte && e.id == ONE_BYTE_STOP_ID) {
            x->rd.left = 0;
            return false;
        }
        e.data = ic_rd_take(&x->rd, e.len);
        if (!ic_rd_ok(&x->rd)) {
            x->bad = true;
            return false;
        }
        *out = e;
        return true;
    }
    return false;
}

/* Text into a field of cap bytes, terminated; left alone when it is set or the text is unfit. */
static void take_text(const struct ic_hdrext_element *e, char *out, size_t cap)
{
    if (out[0] != '\0' || e->len == 0 || e->len >= cap)
        return;
    struct ic_rd rd = ic_rd_init(e->data, e->len);
    char text[IC_RID_LEN_MAX + 1] = {0};
    for (size_t i = 0; i < e->len; i++) {
        uint8_t c = ic_rd_u8(&rd);
        if (c <= 0x20 || c >= 0x7f)
            return;
        text[i] = (char)c;
    }
    memcpy(out, text, (size_t)e->len + 1);
}

static void take_transport_cc(const struct ic_hdrext_element *e, struct ic_hdrext_values *v)
{
    if (v->has_transport_cc || e->len != 2)
        return;
    struct ic_rd rd = ic_rd_init(e->data, e->len);
    v->transport_cc = ic_rd_u16(&rd);
    v->has_transport_cc = true;
}

enum ic_err ic_hdrext_read(uint16_t profile, struct ic_rd bytes, const struct ic_hdrext_ids *ids,
                           struct ic_hdrext_values *out)
{
    static_assert(IC_MID_LEN_MAX <= IC_RID_LEN_MAX, "take_text has room for the longer one");
    struct ic_hdrext_values v = {0};
    struct ic_hdrext x;
    struct ic_hdrext_element e;
    ic_hdrext_begin(&x, profile, bytes);
    while (ic_hdrext_next(&x, &e)) { /* ids of 0 match nothing: no element has id 0 */
        if (e.id == ids->transport_cc)
            take_transport_cc(&e, &v);
        else if (e.id == ids->mid)
            take_text(&e, v.mid, sizeof v.mid);
        else if (e.id == ids->rid)
            take_text(&e, v.rid, sizeof v.rid);
        else if (e.id == ids->repaired_rid)
            take_text(&e, v.repaired_rid, sizeof v.repaired_rid);
    }
    if (x.bad)
        return IC_ERR_INPUT;
    *out = v;
    return IC_OK;
}

void ic_hdrext_write(struct ic_wr *w, const struct ic_hdrext_item *items, size_t count)
{
    size_t len = 0;
    IC_ASSERT(count > 0);
    for (size_t i = 0; i < count; i++) {
        IC_ASSERT(items[i].id >= 1 && items[i].id <= IC_HDREXT_ONE_BYTE_ID_MAX);
        IC_ASSERT(items[i].len >= 1 && items[i].len <= IC_HDREXT_ONE_BYTE_LEN_MAX);
        len += 1 + (size_t)items[i].len;
    }
    size_t words = (len + 3) / 4;
    ic_wr_u16(w, IC_HDREXT_PROFILE_ONE_BYTE);
    ic_wr_u16(w, (uint16_t)words);
    for (size_t i = 0; i < count; i++) {
        ic_wr_u8(w, (uint8_t)(items[i].id << 4 | (items[i].len - 1)));
        ic_wr_bytes(w, items[i].data, items[i].len);
    }
    ic_wr_zeros(w, words * 4 - len);
}
