/* room: tlog */
/* The text of checkpoints: what is accepted is written back, but for further lines. */
#include "base/assert.h"
#include "tlog/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t out[8192];
    struct ic_checkpoint c;
    if (size > sizeof out || ic_checkpoint_parse(data, size, &c) != IC_OK)
        return 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_checkpoint_write(&w, &c);
    IC_ASSERT(ic_wr_ok(&w) && w.len <= size && memcmp(out, data, w.len) == 0);
    return 0;
}
