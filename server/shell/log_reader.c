#include "shell/log_reader.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define PATH_BYTES_MAX 1024

static bool fail(struct ic_log_reader *reader, const char *what)
{
    snprintf(reader->why, sizeof reader->why, "%.200s: %s", reader->path, what);
    return false;
}

static bool read_file(struct ic_log_reader *reader, const char *name, uint8_t *out, size_t cap,
                      size_t *len)
{
    char path[PATH_BYTES_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", reader->path, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return fail(reader, "the path is too long");
    return ic_cmd_read_file(path, out, cap, len, reader->why);
}

static bool read_tile_file(struct ic_log_reader *reader, const struct ic_tile *tile, uint8_t *out,
                           size_t cap, size_t *len)
{
    char name[IC_APPENDER_PATH_MAX];
    struct ic_wr w = ic_wr_init((uint8_t *)name, sizeof name);
    ic_wr_text(&w, reader->published);
    ic_tile_write(&w, tile);
    ic_wr_u8(&w, 0);
    IC_ASSERT(ic_wr_ok(&w));
    return read_file(reader, name, out, cap, len);
}

static enum ic_err read_hashes(void *context, const struct ic_tile *tile,
                               struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    struct ic_log_reader *reader = context;
    size_t len, want = tile->width * (size_t)IC_MERKLE_HASH_LEN;
    if (!read_tile_file(reader, tile, out[0].bytes, want, &len))
        return IC_ERR_SYSTEM;
    if (len == want)
        return IC_OK;
    (void)fail(reader, "a tile of hashes is too short");
    return IC_ERR_SYSTEM;
}

/* The tiles have the checkpoint's root. */
static bool check_root(struct ic_log_reader *reader)
{
    const struct ic_prover prover = ic_tile_reader_prover(&reader->tiles);
    const struct ic_merkle_head *head = &reader->checkpoint.head;
    struct ic_merkle_head made;
    if (ic_prover_head(&prover, head->size, &made) != IC_OK)
        return reader->why[0] != '\0' ? false : fail(reader, "the log is too large");
    return memcmp(&made.root, &head->root, sizeof made.root) == 0 ||
           fail(reader, "the tiles are not those of the checkpoint");
}

static void begin(struct ic_log_reader *reader, const char *path, const char *published)
{
    reader->path = path;
    reader->published = published;
    reader->held_len = 0;
    reader->why[0] = '\0';
}

static bool open_tiles(struct ic_log_reader *reader)
{
    ic_tile_reader_init(&reader->tiles, reader->checkpoint.head.size, reader, read_hashes);
    return check_root(reader);
}

bool ic_log_reader_open_copy(struct ic_log_reader *reader, const char *path,
                             const struct ic_log_policy *policy)
{
    begin(reader, path, "");
    if (!read_file(reader, "checkpoint", reader->note, sizeof reader->note, &reader->note_len))
        return false;
    for (size_t i = 0; i < policy->log_count; i++) {
        reader->key = policy->logs[i].key;
        if (ic_checkpoint_open(reader->note, reader->note_len, &reader->key, &reader->checkpoint) ==
            IC_OK)
            return open_tiles(reader);
    }
    return fail(reader, "the checkpoint is of no log that the node goes by");
}

bool ic_log_reader_open(struct ic_log_reader *reader, const char *path)
{
    uint8_t vkey[IC_NOTE_VKEY_MAX + 1];
    size_t len = 0;
    begin(reader, path, "public/");
    if (!read_file(reader, "vkey", vkey, sizeof vkey, &len))
        return false;
    if (len == 0 || ic_note_key_parse(&reader->key, (const char *)vkey, len - 1) != IC_OK)
        return fail(reader, "vkey is no verifier key of a log");
    if (!read_file(reader, "public/checkpoint", reader->note, sizeof reader->note,
                   &reader->note_len))
        return false;
    if (ic_checkpoint_open(reader->note, reader->note_len, &reader->key, &reader->checkpoint) !=
        IC_OK)
        return fail(reader, "the checkpoint is not signed by the log's key");
    return open_tiles(reader);
}

/* The hashes of a tile of level 0, as the checkpoint has them: the proof that its first hash is in
 * the tree has all others of the tile in its siblings. */
static bool read_leaves(struct ic_log_reader *reader, uint64_t index,
                        struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    const struct ic_prover prover = ic_tile_reader_prover(&reader->tiles);
    const struct ic_merkle_head *head = &reader->checkpoint.head;
    uint64_t first = index * IC_TILE_WIDTH_MAX;
    struct ic_merkle_proof proof;
    reader->why[0] = '\0';
    bool ok = prover.read(prover.context, 0, first, &out[0]) == IC_OK;
    if (ok) /* the tile that is held, out of which the siblings come first */
        memcpy(out, reader->tiles.hashes, reader->tiles.held.width * sizeof *out);
    ok = ok && ic_prover_inclusion(&prover, first, head->size, &proof) == IC_OK &&
         ic_merkle_verify_inclusion(&out[0], first, head->size, proof.hashes, proof.count,
                                    &head->root) == IC_OK;
    return ok || (reader->why[0] == '\0' &&
                  fail(reader, "a tile of hashes is not that of the checkpoint"));
}

static bool hold_bundle(struct ic_log_reader *reader, uint64_t index)
{
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX];
    uint64_t size = reader->checkpoint.head.size;
    struct ic_tile tile = {true, 0, ic_tile_width(0, index, size), index};
    if (reader->held_len > 0 && reader->held == index)
        return true;
    reader->held_len = 0;
    size_t len = 0;
    if (!read_leaves(reader, index, hashes) ||
        !read_tile_file(reader, &tile, reader->bundle, sizeof reader->bundle, &len))
        return false;
    if (ic_bundle_verify(reader->bundle, len, hashes, tile.width) != IC_OK)
        return fail(reader, "entries are not those of the tiles");
    reader->held = index;
    reader->held_len = len;
    return true;
}

bool ic_log_reader_entry(struct ic_log_reader *reader, uint64_t index, struct ic_part *out)
{
    IC_ASSERT(index < reader->checkpoint.head.size);
    if (!hold_bundle(reader, index / IC_TILE_WIDTH_MAX))
        return false;
    struct ic_rd r = ic_rd_init(reader->bundle, reader->held_len);
    uint64_t at = index - index % IC_TILE_WIDTH_MAX;
    while (ic_bundle_next(&r, &out->bytes, &out->len) && at < index)
        at++;
    return true;
}

bool ic_log_reader_leaves(struct ic_log_reader *reader, uint64_t index,
                          struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX], size_t *count)
{
    uint64_t size = reader->checkpoint.head.size;
    *count = 0;
    if (index * IC_TILE_WIDTH_MAX >= size)
        return true;
    if (!read_leaves(reader, index, out))
        return false;
    *count = ic_tile_width(0, index, size);
    return true;
}

bool ic_log_reader_find(struct ic_log_reader *reader, const struct ic_merkle_hash *leaf,
                        uint64_t *index)
{
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX];
    uint64_t size = reader->checkpoint.head.size;
    for (uint64_t at = 0; at < size; at += IC_TILE_WIDTH_MAX) {
        if (!read_leaves(reader, at / IC_TILE_WIDTH_MAX, hashes))
            return false;
        for (size_t i = 0; i < IC_TILE_WIDTH_MAX && at + i < size; i++)
            if (memcmp(&hashes[i], leaf, sizeof *leaf) == 0) {
                *index = at + i;
                return true;
            }
    }
    *index = size;
    return true;
}

bool ic_log_reader_prove(struct ic_log_reader *reader, uint64_t index, struct ic_merkle_proof *out)
{
    const struct ic_prover prover = ic_tile_reader_prover(&reader->tiles);
    const struct ic_merkle_head *head = &reader->checkpoint.head;
    struct ic_part entry;
    struct ic_merkle_hash leaf;
    if (!ic_log_reader_entry(reader, index, &entry))
        return false;
    return (ic_merkle_leaf(&entry, 1, &leaf) == IC_OK &&
            ic_prover_inclusion(&prover, index, head->size, out) == IC_OK &&
            ic_merkle_verify_inclusion(&leaf, index, head->size, out->hashes, out->count,
                                       &head->root) == IC_OK) ||
           fail(reader, "no proof can be made out of the tiles");
}

bool ic_log_reader_prove_growth(struct ic_log_reader *reader, uint64_t older,
                                struct ic_merkle_proof *out)
{
    const struct ic_prover prover = ic_tile_reader_prover(&reader->tiles);
    uint64_t size = reader->checkpoint.head.size;
    out->count = 0;
    if (older > size)
        return fail(reader, "the log has fewer entries than that");
    return older == 0 || ic_prover_consistency(&prover, older, size, out) == IC_OK ||
           fail(reader, "no proof can be made out of the tiles");
}
