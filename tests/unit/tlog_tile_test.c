/* Tiles: the paths and the log of 70,000 entries of c2sp.org/tlog-tiles, made anew by a program
 * after the definitions, and a log of another implementation. */
#include "support/vectors.h"

#include "crypto/hash.h"
#include "tlog/checkpoint.h"
#include "tlog/tile.h"

#define SIZE 70000U

static struct ic_merkle_hash *nodes[17]; /* of each level of the tree, the complete ones */

static enum ic_err read_node(void *context, unsigned level, uint64_t index,
                             struct ic_merkle_hash *out)
{
    (void)context;
    assert_true((index + 1) << level <= SIZE);
    *out = nodes[level][index];
    return IC_OK;
}

static const struct ic_prover tree = {NULL, read_node, SIZE};
static json_t *vectors;

static int make_tree(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 17; level++) {
        nodes[level] = calloc(SIZE >> level, sizeof **nodes);
        if (nodes[level] == NULL)
            return -1;
        for (size_t i = 0; i < SIZE >> level; i++) {
            const uint8_t entry[4] = {0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
            const struct ic_part part = {entry, sizeof entry};
            const struct ic_merkle_hash *below = level == 0 ? NULL : nodes[level - 1];
            enum ic_err err =
                level == 0 ? ic_merkle_leaf(&part, 1, &nodes[0][i])
                           : ic_merkle_node(&below[2 * i], &below[2 * i + 1], &nodes[level][i]);
            if (err != IC_OK)
                return -1;
        }
    }
    vectors = vectors_load("tlog/tiles.json");
    return 0;
}

static int drop_tree(void **state)
{
    (void)state;
    for (unsigned level = 0; level < 17; level++)
        free(nodes[level]);
    json_decref(vectors);
    return 0;
}

/* ---- paths ---- */

static enum ic_err parse(const char *text, size_t len, struct ic_tile *out)
{
    char *copy = (char *)exact_copy((const uint8_t *)text, len);
    enum ic_err err = ic_tile_parse(copy, len, out);
    free(copy);
    return err;
}

static void assert_path(const struct ic_tile *tile, const char *path)
{
    uint8_t out[IC_TILE_PATH_MAX];
    struct ic_tile again;
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_tile_write(&w, tile);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, strlen(path));
    assert_memory_equal(out, path, w.len);
    assert_int_equal(parse(path, w.len, &again), IC_OK);
    assert_int_equal(again.is_entries, tile->is_entries);
    assert_int_equal(again.level, tile->level);
    assert_int_equal(again.index, tile->index);
    assert_int_equal(again.width, tile->width);
}

static void paths(void **state)
{
    (void)state;
    const json_t *list = json_object_get(vectors, "paths"), *vector;
    size_t i;
    json_array_foreach(list, i, vector)
    {
        const json_t *level = json_object_get(vector, "level");
        struct ic_tile tile = {json_is_string(level), (uint8_t)json_integer_value(level),
                               (uint16_t)vectors_u64(vector, "width"),
                               vectors_u64(vector, "index")};
        assert_path(&tile, vectors_text(vector, "path"));
    }
    assert_int_equal(i, 14);
    const struct ic_tile last = {true, 0, 255, UINT64_MAX};
    assert_path(&last, "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255");
    assert_int_equal(IC_TILE_PATH_MAX,
                     strlen("tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"));
}

static void what_is_no_path(void **state)
{
    (void)state;
    const json_t *list = json_object_get(vectors, "not_paths"), *path;
    size_t i;
    json_array_foreach(list, i, path)
    {
        struct ic_tile tile = {.index = 77};
        if (parse(json_string_value(path), json_string_length(path), &tile) != IC_ERR_INPUT)
            fail_msg("taken: %s", json_string_value(path));
        assert_int_equal(tile.index, 77);
    }
    assert_int_equal(i, 45);
}

static void each_truncation_of_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *good; /* a 1 for each length that is a path, too */
    } rows[] = {
        {"tile/63/x001/x234/067.p/255", "000000000000000000001000111"},
        {"tile/entries/007.p/17", "000000000000000100011"},
    };
    for (size_t i = 0; i < 2; i++)
        for (size_t len = 0; len <= strlen(rows[i].path); len++) {
            struct ic_tile tile;
            bool is_good = len > 0 && rows[i].good[len - 1] == '1';
            if ((parse(rows[i].path, len, &tile) == IC_OK) != is_good)
                fail_msg("%.*s", (int)len, rows[i].path);
        }
}

/* ---- the log of 70,000 entries ---- */

static void all_tiles_and_their_hashes(void **state)
{
    (void)state;
    const json_t *list = json_object_get(vectors, "tiles"), *vector;
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX], root;
    struct ic_tile_walk walk;
    struct ic_tile tile;
    size_t i;
    ic_tile_walk_init(&walk, 0, SIZE);
    json_array_foreach(list, i, vector)
    {
        uint8_t sha256[IC_SHA256_LEN];
        assert_true(ic_tile_walk_next(&walk, &tile));
        assert_path(&tile, vectors_text(vector, "path"));
        assert_int_equal(ic_tile_make(&tile, &tree, hashes), IC_OK);
        const struct ic_part part = {(const uint8_t *)hashes, tile.width * sizeof *hashes};
        assert_int_equal(ic_hash_sha256(&part, 1, sha256), IC_OK);
        vectors_assert_bytes(vector, "sha256", sha256, sizeof sha256);
        if (tile.width < IC_TILE_WIDTH_MAX)
            continue;
        /* The hash of a full tile stands in the level above. */
        assert_int_equal(ic_tile_hash(hashes, IC_TILE_HEIGHT, 0, &root), IC_OK);
        assert_memory_equal(&root, &nodes[(tile.level + 1) * 8][tile.index], sizeof root);
    }
    assert_int_equal(i, 273 + 1 + 1 + 1 + 1);
    assert_false(ic_tile_walk_next(&walk, &tile));
}

static void widths(void **state)
{
    (void)state;
    static const struct {
        unsigned level;
        uint64_t index, size;
        uint16_t width;
    } rows[] = {
        {0, 0, 0, 0},
        {0, 0, 1, 1},
        {0, 0, 255, 255},
        {0, 0, 256, 256},
        {0, 1, 256, 0},
        {1, 0, 255, 0},
        {1, 0, 256, 1},
        {0, 272, SIZE, 256},
        {0, 273, SIZE, 112},
        {0, 274, SIZE, 0},
        {1, 0, SIZE, 256},
        {1, 1, SIZE, 17},
        {1, 2, SIZE, 0},
        {2, 0, SIZE, 1},
        {3, 0, SIZE, 0},
        {7, 0, UINT64_MAX, 255},
        {8, 0, UINT64_MAX, 0},
        {63, 0, UINT64_MAX, 0},
        {0, UINT64_MAX, UINT64_MAX, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (ic_tile_width(rows[i].level, rows[i].index, rows[i].size) != rows[i].width)
            fail_msg("row %zu", i);
}

/* Growing in steps writes in the end just what one step writes, and nothing that was there. */
static void growing_writes_what_is_new(void **state)
{
    (void)state;
    static uint16_t have[3][300];
    uint64_t older = 0;
    memset(have, 0, sizeof have);
    for (uint64_t step = 1; older < SIZE; step = step * 3 % 1021) {
        uint64_t newer = older + step > SIZE ? SIZE : older + step;
        struct ic_tile_walk walk;
        struct ic_tile tile;
        ic_tile_walk_init(&walk, older, newer);
        while (ic_tile_walk_next(&walk, &tile)) {
            assert_in_range(tile.level, 0, 2);
            assert_true(tile.width > have[tile.level][tile.index]);
            have[tile.level][tile.index] = tile.width;
        }
        for (unsigned level = 0; level < 3; level++)
            for (uint64_t i = 0; i < 300; i++)
                assert_int_equal(have[level][i], ic_tile_width(level, i, newer));
        older = newer;
    }
}

static size_t reads;

/* Only what a server of that very size has. */
static enum ic_err read_tile(void *context, const struct ic_tile *tile,
                             struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    const uint64_t *size = context;
    reads++;
    assert_true(tile->width > 0);
    assert_int_equal(tile->width, ic_tile_width(tile->level, tile->index, *size));
    return ic_tile_make(tile, &tree, out);
}

static void assert_proof(const json_t *vector, const struct ic_merkle_proof *proof)
{
    const json_t *list = json_object_get(vector, "proof");
    assert_int_equal(proof->count, json_array_size(list));
    for (size_t i = 0; i < proof->count; i++) {
        uint8_t hash[32];
        assert_int_equal(hex_bytes(json_string_value(json_array_get(list, i)), hash, 32), 32);
        assert_memory_equal(hash, proof->hashes[i].bytes, 32);
    }
}

static void proofs_out_of_tiles(void **state)
{
    (void)state;
    static struct ic_tile_reader reader;
    const json_t *vector;
    struct ic_merkle_proof proof;
    struct ic_merkle_head head;
    size_t i;
    json_array_foreach(json_object_get(vectors, "inclusion"), i, vector)
    {
        uint64_t index = vectors_u64(vector, "index"), size = vectors_u64(vector, "size");
        reads = 0;
        ic_tile_reader_init(&reader, size, &size, read_tile);
        const struct ic_prover prover = ic_tile_reader_prover(&reader);
        assert_int_equal(ic_prover_inclusion(&prover, index, size, &proof), IC_OK);
        assert_proof(vector, &proof);
        assert_in_range(reads, 0, 6); /* two of each level at the most */
        assert_int_equal(ic_prover_head(&prover, size, &head), IC_OK);
        vectors_assert_bytes(vector, "root", head.root.bytes, 32);
        assert_int_equal(ic_merkle_verify_inclusion(&nodes[0][index], index, size, proof.hashes,
                                                    proof.count, &head.root),
                         IC_OK);
    }
    assert_int_equal(i, 12);
    json_array_foreach(json_object_get(vectors, "consistency"), i, vector)
    {
        uint64_t older = vectors_u64(vector, "older"), size = vectors_u64(vector, "newer");
        ic_tile_reader_init(&reader, size, &size, read_tile);
        const struct ic_prover prover = ic_tile_reader_prover(&reader);
        assert_int_equal(ic_prover_consistency(&prover, older, size, &proof), IC_OK);
        assert_proof(vector, &proof);
        assert_int_equal(ic_prover_head(&prover, older, &head), IC_OK);
        vectors_assert_bytes(vector, "older_root", head.root.bytes, 32);
    }
    assert_int_equal(i, 9);
}

static enum ic_err read_nothing(void *context, const struct ic_tile *tile,
                                struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    (void)tile;
    memset(out, 0, sizeof *out);
    ++*(size_t *)context;
    return IC_ERR_GONE;
}

static void a_tile_that_is_not_there(void **state)
{
    (void)state;
    static struct ic_tile_reader reader;
    struct ic_merkle_head head;
    size_t asked = 0;
    ic_tile_reader_init(&reader, SIZE, &asked, read_nothing);
    const struct ic_prover prover = ic_tile_reader_prover(&reader);
    assert_int_equal(ic_prover_head(&prover, SIZE, &head), IC_ERR_GONE);
    assert_int_equal(ic_prover_head(&prover, SIZE, &head), IC_ERR_GONE); /* not believed held */
    assert_int_equal(asked, 2);
}

/* ---- the log of github.com/transparency-dev/tessera ---- */

static enum ic_err read_given(void *context, const struct ic_tile *tile,
                              struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    size_t len;
    uint8_t *bytes = vectors_bytes(context, "tile", &len);
    assert_int_equal(len, tile->width * sizeof *out);
    memcpy(out, bytes, len);
    free(bytes);
    return IC_OK;
}

static void a_log_of_others(void **state)
{
    (void)state;
    static struct ic_tile_reader reader;
    json_t *file = vectors_load("tlog/tessera.json"), *log;
    const char *vkey = vectors_text(file, "vkey");
    struct ic_note_key key;
    size_t i;
    assert_int_equal(ic_note_key_parse(&key, vkey, strlen(vkey)), IC_OK);
    json_array_foreach(json_object_get(file, "logs"), i, log)
    {
        const char *text = vectors_text(log, "checkpoint");
        struct ic_checkpoint c;
        struct ic_merkle_head head;
        assert_int_equal(ic_checkpoint_open((const uint8_t *)text, strlen(text), &key, &c), IC_OK);
        assert_int_equal(c.head.size, i);
        ic_tile_reader_init(&reader, i, log, read_given);
        const struct ic_prover prover = ic_tile_reader_prover(&reader);
        assert_int_equal(ic_prover_head(&prover, i, &head), IC_OK);
        assert_memory_equal(&head.root, &c.head.root, sizeof head.root);
    }
    assert_int_equal(i, 16);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(what_is_no_path),
        cmocka_unit_test(each_truncation_of_a_path),
        cmocka_unit_test(all_tiles_and_their_hashes),
        cmocka_unit_test(widths),
        cmocka_unit_test(growing_writes_what_is_new),
        cmocka_unit_test(proofs_out_of_tiles),
        cmocka_unit_test(a_tile_that_is_not_there),
        cmocka_unit_test(a_log_of_others),
    };
    return cmocka_run_group_tests(tests, make_tree, drop_tree);
}
