/* room: wire */
/* CommitData: what is accepted is the one encoding of what was read. */
#include "base/assert.h"
#include "wire/commit_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t out[2048];
    struct ic_commit_data d;
    if (ic_commit_data_parse(data, size, &d) != IC_OK)
        return 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_commit_data_write(&w, &d);
    IC_ASSERT(ic_wr_ok(&w));
    IC_ASSERT(size == 0 || (w.len == size && memcmp(out, data, size) == 0));
    IC_ASSERT(d.act_count == 0 || d.has_authority);
    return 0;
}
