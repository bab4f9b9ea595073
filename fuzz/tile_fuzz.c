/* room: tlog */
/* Paths of tiles, and bundles of entries. Input: a byte that chooses, then the bytes. */
#include "base/assert.h"
#include "tlog/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is written the same way, and the log that has it is large enough. */
static void try_path(const uint8_t *data, size_t size)
{
    struct ic_tile tile;
    uint8_t out[IC_TILE_PATH_MAX];
    if (ic_tile_parse((const char *)data, size, &tile) != IC_OK)
        return;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_tile_write(&w, &tile);
    IC_ASSERT(ic_wr_ok(&w) && w.len == size && memcmp(out, data, size) == 0);
    IC_ASSERT(tile.width > 0 && tile.width <= IC_TILE_WIDTH_MAX);
    IC_ASSERT(ic_tile_width(tile.level, tile.index, UINT64_MAX) <= IC_TILE_WIDTH_MAX);
}

/* The same entries make the same bytes. */
static void try_bundle(const uint8_t *data, size_t size)
{
    static uint8_t out[1 << 20];
    struct ic_rd r = ic_rd_init(data, size);
    struct ic_wr w = ic_wr_init(out, sizeof out);
    const uint8_t *entry;
    size_t len, count = 0;
    while (ic_bundle_next(&r, &entry, &len)) {
        ic_bundle_append(&w, entry, len);
        count++;
    }
    bool is_one = ic_bundle_check(data, size, count) == IC_OK;
    IC_ASSERT(is_one == ic_rd_done(&r));
    if (is_one && ic_wr_ok(&w))
        IC_ASSERT(w.len == size && (size == 0 || memcmp(out, data, size) == 0));
    IC_ASSERT(ic_bundle_check(data, size, count + 1) != IC_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        try_path(&data[1], size - 1);
    else
        try_bundle(&data[1], size - 1);
    return 0;
}
