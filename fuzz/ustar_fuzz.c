/* room: wire */
/* Archives: what is read and written again is read as the same. */
#include "base/assert.h"
#include "wire/ustar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[65536];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_ustar u = ic_ustar_init(data, size);
    struct ic_ustar_file file, again;
    enum ic_err err;
    if (size > sizeof out / 2)
        return 0;
    while ((err = ic_ustar_next(&u, &file)) == IC_OK) {
        IC_ASSERT(file.len <= size && (file.len == 0 || file.bytes >= data));
        ic_ustar_write(&w, file.name, file.bytes, file.len);
    }
    if (err != IC_ERR_GONE)
        return 0;
    ic_ustar_write_end(&w);
    IC_ASSERT(ic_wr_ok(&w) && w.len <= size);
    u = ic_ustar_init(data, size);
    struct ic_ustar copy = ic_ustar_init(out, w.len);
    while (ic_ustar_next(&u, &file) == IC_OK) {
        IC_ASSERT(ic_ustar_next(&copy, &again) == IC_OK && again.len == file.len);
        IC_ASSERT(strcmp(again.name, file.name) == 0);
        IC_ASSERT(file.len == 0 || memcmp(again.bytes, file.bytes, file.len) == 0);
    }
    IC_ASSERT(ic_ustar_next(&copy, &again) == IC_ERR_GONE);
    return 0;
}
