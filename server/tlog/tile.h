/* Tiles (c2sp.org/tlog-tiles): a log as static files, each with up to 256 consecutive hashes of one
 * level of its tree. A level of tiles is 8 levels of the tree. */
#ifndef IC_TLOG_TILE_H
#define IC_TLOG_TILE_H

#include "base/wr.h"
#include "tlog/prover.h"

#define IC_TILE_WIDTH_MAX 256
#define IC_TILE_HEIGHT    8

/* Of hashes, or of the entries below those of level 0. */
struct ic_tile {
    bool is_entries; /* then level is 0 */
    uint8_t level;
    uint16_t width; /* 1 to 256; less than 256: partial */
    uint64_t index; /* within the level */
};

/* "tile/<level>/<index>", "tile/entries/<index>"; ".p/<width>" behind it when partial. Without a
 * terminator, at most IC_TILE_PATH_MAX characters. */
#define IC_TILE_PATH_MAX (sizeof "tile/entries/" - 1 + 6 * 5 + 3 + sizeof ".p/255" - 1)
void ic_tile_write(struct ic_wr *w, const struct ic_tile *tile);
/* The one text that is written for a tile, and no other.
 *  IC_ERR_INPUT  it is not; out untouched */
IC_NODISCARD enum ic_err ic_tile_parse(const char *text, size_t len, struct ic_tile *out);

/* The width that the tile at index of level has in a log of size entries; 0: it has none there. */
uint16_t ic_tile_width(unsigned level, uint64_t index, uint64_t size);

/* The tiles of hashes that a log has at size newer and had not at size older, or not as wide:
 * what is written when it grows. Those of level 0 are those of entries, too. */
struct ic_tile_walk {
    uint64_t older, newer, index;
    uint8_t level;
};
/* older is not larger than newer (asserted). */
void ic_tile_walk_init(struct ic_tile_walk *walk, uint64_t older, uint64_t newer);
/* The next one, the lowest level first; false when there is none left. */
bool ic_tile_walk_next(struct ic_tile_walk *walk, struct ic_tile *out);

/* The hashes of a tile of a log's tree: tile->width of them. The log is as large as the tile says
 * (asserted).
 *  the errors of the prover's read; what out holds must not be used */
IC_NODISCARD enum ic_err ic_tile_make(const struct ic_tile *tile, const struct ic_prover *log,
                                      struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX]);
/* The root of the complete subtree over hashes[first << height] and as many as 2^height behind it.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_tile_hash(const struct ic_merkle_hash hashes[static IC_TILE_WIDTH_MAX],
                                      unsigned height, size_t first, struct ic_merkle_hash *out);

/* Proofs out of tiles, wherever they are kept. */
struct ic_tile_reader {
    void *context;
    /* The hashes of a tile, tile->width of them. An error ends what was asked for. */
    enum ic_err (*read)(void *context, const struct ic_tile *tile,
                        struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX]);
    uint64_t size;
    struct ic_tile held; /* the one that was read last; width 0: none */
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX];
};
/* Of a log of size entries. Tiles are read as wide as it has them, never wider. */
void ic_tile_reader_init(struct ic_tile_reader *r, uint64_t size, void *context,
                         enum ic_err (*read)(void *, const struct ic_tile *,
                                             struct ic_merkle_hash[static IC_TILE_WIDTH_MAX]));
/* Lends r. What is proved is as true as the tiles are: verify it against a root. */
struct ic_prover ic_tile_reader_prover(struct ic_tile_reader *r);

#endif
