/* room: cluster */
/* Entries of the directory: what parses is written back byte for byte. */
#include "base/assert.h"
#include "cluster/directory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t out[IC_DIRECTORY_ENTRY_LEN];
    struct ic_directory_entry entry;
    if (ic_directory_entry_parse(data, size, &entry) != IC_OK)
        return 0;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_directory_entry_write(&w, &entry);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    IC_ASSERT(entry.generation > 0);
    return 0;
}
