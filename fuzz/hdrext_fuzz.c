/* room: wire */
/* Header extensions. Input: profile (16 bits), four ids, elements. */
#include "base/assert.h"
#include "wire/hdrext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t max)
{
    IC_ASSERT(strlen(text) <= max);
    for (const char *c = text; *c != '\0'; c++)
        IC_ASSERT(*c > 0x20 && *c < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd rd = ic_rd_init(data, size);
    uint16_t profile = ic_rd_u16(&rd);
    struct ic_hdrext_ids ids = {ic_rd_u8(&rd), ic_rd_u8(&rd), ic_rd_u8(&rd), ic_rd_u8(&rd)};
    if (!ic_rd_ok(&rd))
        return 0;

    struct ic_hdrext x;
    struct ic_hdrext_element e;
    size_t used = 0;
    unsigned sum = 0;
    ic_hdrext_begin(&x, profile, rd);
    while (ic_hdrext_next(&x, &e)) {
        IC_ASSERT(e.id != 0 && (x.two_byte || e.id <= IC_HDREXT_ONE_BYTE_ID_MAX));
        used += e.len;
        for (size_t i = 0; i < e.len; i++)
            sum += e.data[i];
    }
    IC_ASSERT(used <= rd.left && sum <= 255 * used);

    struct ic_hdrext_values v;
    IC_ASSERT((ic_hdrext_read(profile, rd, &ids, &v) == IC_OK) == !x.bad);
    if (!x.bad) {
        check_text(v.mid, IC_MID_LEN_MAX);
        check_text(v.rid, IC_RID_LEN_MAX);
        check_text(v.repaired_rid, IC_RID_LEN_MAX);
    }
    return 0;
}
