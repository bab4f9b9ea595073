#include "tlog/tile.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"

#define LEVEL_MAX  63 /* "a decimal ASCII integer between 0 and 63" */
#define GROUPS_MAX 7  /* of three digits, for 64 bits */
#define GROUP      1000

static const char prefix[] = "tile/", entries[] = "entries/", partial[] = ".p/";

/* ---- paths ---- */

static void write_group(struct ic_wr *w, unsigned number)
{
    for (unsigned power = GROUP / 10; power > 0; power /= 10)
        ic_wr_u8(w, (uint8_t)('0' + number / power % 10));
}

void ic_tile_write(struct ic_wr *w, const struct ic_tile *tile)
{
    unsigned groups[GROUPS_MAX];
    size_t count = 0;
    uint64_t rest = tile->index;
    do {
        groups[count++] = (unsigned)(rest % GROUP);
        rest /= GROUP;
    } while (rest > 0);
    ic_wr_text(w, prefix);
    if (tile->is_entries) {
        ic_wr_text(w, entries);
    } else {
        ic_wr_decimal(w, tile->level);
        ic_wr_u8(w, '/');
    }
    while (count-- > 0) { /* "All but the last path element MUST begin with an x." */
        if (count > 0)
            ic_wr_u8(w, 'x');
        write_group(w, groups[count]);
        if (count > 0)
            ic_wr_u8(w, '/');
    }
    if (tile->width < IC_TILE_WIDTH_MAX) {
        ic_wr_text(w, partial);
        ic_wr_decimal(w, tile->width);
    }
}

static bool take(struct ic_rd *r, const char *text)
{
    size_t len = strlen(text);
    if (r->left < len || memcmp(r->p, text, len) != 0)
        return false;
    ic_rd_skip(r, len);
    return true;
}

/* One to three digits, "with no additional leading zeroes". */
static unsigned take_number(struct ic_rd *r)
{
    unsigned number = 0;
    size_t digits = 0;
    for (; digits < 3 && r->left > 0 && r->p[0] >= '0' && r->p[0] <= '9'; digits++)
        number = number * 10 + ic_rd_u8(r) - '0';
    if (digits == 0 || (digits > 1 && number < (digits == 2 ? 10 : 100)))
        r->bad = true;
    return number;
}

static unsigned take_group(struct ic_rd *r)
{
    const uint8_t *digits = ic_rd_take(r, 3);
    unsigned number = 0;
    for (size_t i = 0; digits != NULL && i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '9')
            r->bad = true;
        number = number * 10 + digits[i] - '0';
    }
    return number;
}

static uint64_t take_index(struct ic_rd *r)
{
    uint64_t index = 0;
    bool is_first = true, is_more;
    do {
        is_more = take(r, "x");
        unsigned group = take_group(r);
        if (!ic_rd_ok(r) || (is_more && is_first && group == 0) ||
            index > (UINT64_MAX - group) / GROUP || (is_more && !take(r, "/"))) {
            r->bad = true;
            return 0;
        }
        index = index * GROUP + group;
        is_first = false;
    } while (is_more);
    return index;
}

enum ic_err ic_tile_parse(const char *text, size_t len, struct ic_tile *out)
{
    struct ic_rd r = ic_rd_init((const uint8_t *)text, len);
    struct ic_tile tile = {.width = IC_TILE_WIDTH_MAX};
    unsigned level = 0, width;
    if (!take(&r, prefix))
        return IC_ERR_INPUT;
    tile.is_entries = take(&r, entries);
    if (!tile.is_entries) {
        level = take_number(&r);
        if (!take(&r, "/"))
            return IC_ERR_INPUT;
    }
    tile.index = take_index(&r);
    if (ic_rd_ok(&r) && take(&r, partial)) {
        width = take_number(&r);
        if (width == 0 || width >= IC_TILE_WIDTH_MAX)
            return IC_ERR_INPUT;
        tile.width = (uint16_t)width;
    }
    if (!ic_rd_done(&r) || level > LEVEL_MAX)
        return IC_ERR_INPUT;
    tile.level = (uint8_t)level;
    *out = tile;
    return IC_OK;
}

/* ---- which tiles there are ---- */

/* Hashes that the level has: complete subtrees of 256^level leaves. */
static uint64_t hashes_at(unsigned level, uint64_t size)
{
    return level * IC_TILE_HEIGHT < 64 ? size >> (level * IC_TILE_HEIGHT) : 0;
}

uint16_t ic_tile_width(unsigned level, uint64_t index, uint64_t size)
{
    uint64_t count = hashes_at(level, size), full = count / IC_TILE_WIDTH_MAX;
    if (index < full)
        return IC_TILE_WIDTH_MAX;
    return index == full ? (uint16_t)(count % IC_TILE_WIDTH_MAX) : 0;
}

void ic_tile_walk_init(struct ic_tile_walk *walk, uint64_t older, uint64_t newer)
{
    IC_ASSERT(older <= newer);
    *walk = (struct ic_tile_walk){older, newer, older / IC_TILE_WIDTH_MAX, 0};
}

bool ic_tile_walk_next(struct ic_tile_walk *walk, struct ic_tile *out)
{
    while (hashes_at(walk->level, walk->newer) > hashes_at(walk->level, walk->older)) {
        uint16_t width = ic_tile_width(walk->level, walk->index, walk->newer);
        if (width > 0) {
            *out = (struct ic_tile){false, walk->level, width, walk->index++};
            return true;
        }
        walk->level++;
        walk->index = hashes_at(walk->level, walk->older) / IC_TILE_WIDTH_MAX;
    }
    return false;
}

/* ---- hashes ---- */

enum ic_err ic_tile_make(const struct ic_tile *tile, const struct ic_prover *log,
                         struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    uint64_t first = tile->index * IC_TILE_WIDTH_MAX;
    IC_ASSERT(tile->width <= ic_tile_width(tile->level, tile->index, log->size));
    for (size_t i = 0; i < tile->width; i++) {
        enum ic_err err = log->read(log->context, tile->level * IC_TILE_HEIGHT, first + i, &out[i]);
        if (err != IC_OK)
            return err;
    }
    return IC_OK;
}

enum ic_err ic_tile_hash(const struct ic_merkle_hash hashes[static IC_TILE_WIDTH_MAX],
                         unsigned height, size_t first, struct ic_merkle_hash *out)
{
    struct ic_merkle_hash level[IC_TILE_WIDTH_MAX];
    size_t count = (size_t)1 << height;
    IC_ASSERT(height <= IC_TILE_HEIGHT && (first + 1) * count <= IC_TILE_WIDTH_MAX);
    memcpy(level, &hashes[first * count], count * sizeof *level);
    for (; count > 1; count /= 2)
        for (size_t i = 0; i < count / 2; i++) {
            enum ic_err err = ic_merkle_node(&level[2 * i], &level[2 * i + 1], &level[i]);
            if (err != IC_OK)
                return err;
        }
    *out = level[0];
    return IC_OK;
}

/* ---- proofs ---- */

void ic_tile_reader_init(struct ic_tile_reader *r, uint64_t size, void *context,
                         enum ic_err (*read)(void *, const struct ic_tile *,
                                             struct ic_merkle_hash[static IC_TILE_WIDTH_MAX]))
{
    r->context = context;
    r->read = read;
    r->size = size;
    r->held.width = 0;
}

static enum ic_err hold(struct ic_tile_reader *r, uint8_t level, uint64_t index)
{
    struct ic_tile tile = {false, level, ic_tile_width(level, index, r->size), index};
    if (r->held.width == tile.width && r->held.level == level && r->held.index == index)
        return IC_OK;
    r->held.width = 0;
    enum ic_err err = r->read(r->context, &tile, r->hashes);
    if (err == IC_OK)
        r->held = tile;
    return err;
}

static enum ic_err read_subtree(void *context, unsigned level, uint64_t index,
                                struct ic_merkle_hash *out)
{
    struct ic_tile_reader *r = context;
    unsigned height = level % IC_TILE_HEIGHT;
    unsigned in_tile = IC_TILE_WIDTH_MAX >> height; /* subtrees of this height in a tile */
    enum ic_err err = hold(r, (uint8_t)(level / IC_TILE_HEIGHT), index / in_tile);
    return err == IC_OK ? ic_tile_hash(r->hashes, height, index % in_tile, out) : err;
}

struct ic_prover ic_tile_reader_prover(struct ic_tile_reader *r)
{
    return (struct ic_prover){r, read_subtree, r->size};
}
