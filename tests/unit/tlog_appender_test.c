/* A log in a folder whose power is cut behind each single effect: it never signs two roots for one
 * size, never loses what it has acknowledged, and never refuses what only a power cut left. */
#include "support/cut_disk.h"

#include "base/assert.h"
#include "base/wr.h"
#include "crypto/ct.h"

#define ENTRIES_MAX 1200
#define ENTRY_MAX   48
#define SIGNED_MAX  64

/* What the world outside of the disk knows, over all power cuts. */
static struct {
    struct ic_merkle_head signed_heads[SIGNED_MAX];
    size_t signed_count;
    size_t acknowledged; /* entries, and which attempt they were of: */
    unsigned attempt_of[ENTRIES_MAX];
    unsigned attempt;
} world;

static struct ic_note_key key;
static struct ic_ed25519 private_key;
static struct cut_disk disk;
static struct ic_appender log_;
static uint8_t bundle[IC_APPENDER_BUNDLE_MAX];

static int load(void **state)
{
    (void)state;
    static const char name[] = "meet.example.org/log";
    const uint8_t seed[IC_ED25519_SEED_LEN] = {1, 2, 3};
    assert_int_equal(ic_ed25519_init(&private_key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&key, name, strlen(name), private_key.public_key), IC_OK);
    return 0;
}

static int drop(void **state)
{
    (void)state;
    cut_deinit(&disk);
    ic_ed25519_deinit(&private_key);
    return 0;
}

static struct ic_appender_config config(void)
{
    return (struct ic_appender_config){&key, &private_key, bundle, &disk, cut_read};
}

static void fresh(void)
{
    cut_deinit(&disk);
    memset(&world, 0, sizeof world);
}

/* ---- what goes in ---- */

static size_t write_entry(size_t index, unsigned attempt, uint8_t out[static ENTRY_MAX])
{
    return (size_t)snprintf((char *)out, ENTRY_MAX, "entry %zu, attempt %u", index, attempt);
}

/* ---- what comes out ---- */

/* A signature is known to the world as soon as it was made. */
static void note_signature(const struct ic_appender_effect *effect)
{
    struct ic_checkpoint checkpoint;
    if (effect->act != IC_APPENDER_WRITE ||
        ic_checkpoint_open(effect->bytes, effect->len, &key, &checkpoint) != IC_OK)
        return;
    for (size_t i = 0; i < world.signed_count; i++)
        if (world.signed_heads[i].size == checkpoint.head.size) {
            if (memcmp(&world.signed_heads[i].root, &checkpoint.head.root, IC_MERKLE_HASH_LEN) != 0)
                fail_msg("two roots for size %llu", (unsigned long long)checkpoint.head.size);
            return;
        }
    assert_true(world.signed_count < SIGNED_MAX);
    world.signed_heads[world.signed_count++] = checkpoint.head;
}

/* Carry out effects until the power is cut behind one of them; false: it was. */
static bool drain(size_t *left)
{
    struct ic_appender_effect effect;
    enum ic_err err;
    while ((err = ic_appender_poll(&log_, &effect)) == IC_OK) {
        note_signature(&effect);
        cut_carry_out(&disk, &log_, &effect);
        if (--*left == 0)
            return false;
    }
    assert_int_equal(err, IC_ERR_GONE);
    return true;
}

static bool append(size_t count, size_t *left)
{
    static uint8_t bytes[ENTRIES_MAX][ENTRY_MAX];
    static struct ic_part entries[ENTRIES_MAX];
    size_t size = log_.head.size;
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct ic_part){bytes[i], write_entry(size + i, world.attempt, bytes[i])};
    assert_int_equal(ic_appender_append(&log_, entries, count), IC_OK);
    if (!drain(left))
        return false;
    for (size_t i = size; i < size + count; i++)
        world.attempt_of[i] = world.attempt;
    assert_true(world.acknowledged <= size);
    world.acknowledged = size + count;
    return true;
}

/* The attempt of which an entry is. */
static unsigned attempt_in(const uint8_t *entry, size_t len)
{
    unsigned attempt = 0, power = 1;
    for (; len > 0 && entry[len - 1] >= '0' && entry[len - 1] <= '9'; len--, power *= 10)
        attempt += (unsigned)(entry[len - 1] - '0') * power;
    return attempt;
}

/* The file of a tile, as somebody who is served the folder gets it. */
static size_t serve(const struct ic_tile *tile, uint8_t *out, size_t cap)
{
    char path[IC_APPENDER_PATH_MAX] = "public/";
    struct ic_wr w = ic_wr_init((uint8_t *)&path[7], sizeof path - 8);
    size_t len;
    ic_tile_write(&w, tile);
    path[7 + w.len] = '\0';
    if (cut_read(&disk, path, out, cap, &len) != IC_OK)
        fail_msg("no %s", path);
    return len;
}

static enum ic_err serve_hashes(void *context, const struct ic_tile *tile,
                                struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    (void)context;
    size_t want = tile->width * (size_t)IC_MERKLE_HASH_LEN;
    assert_int_equal(serve(tile, out[0].bytes, want), want);
    return IC_OK;
}

/* The tiles of the published checkpoint hold its tree, all entries, and what was acknowledged. */
static void check_served(void)
{
    static uint8_t note[IC_APPENDER_NOTE_MAX], entries[IC_TILE_WIDTH_MAX * (2 + ENTRY_MAX)];
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX];
    struct ic_checkpoint published;
    struct ic_tile_reader reader;
    struct ic_merkle_head head;
    size_t len;
    assert_int_equal(cut_read(&disk, "public/checkpoint", note, sizeof note, &len), IC_OK);
    assert_int_equal(ic_checkpoint_open(note, len, &key, &published), IC_OK);
    uint64_t size = published.head.size;
    assert_true(size >= world.acknowledged);
    ic_tile_reader_init(&reader, size, NULL, serve_hashes);
    const struct ic_prover prover = ic_tile_reader_prover(&reader);
    assert_int_equal(ic_prover_head(&prover, size, &head), IC_OK);
    assert_memory_equal(&head.root, &published.head.root, IC_MERKLE_HASH_LEN);
    for (size_t i = 0; i < world.signed_count; i++) { /* each that was ever signed is a beginning */
        assert_true(world.signed_heads[i].size <= size);
        assert_int_equal(ic_prover_head(&prover, world.signed_heads[i].size, &head), IC_OK);
        assert_memory_equal(&head.root, &world.signed_heads[i].root, IC_MERKLE_HASH_LEN);
    }
    for (uint64_t index = 0; index * IC_TILE_WIDTH_MAX < size; index++) {
        struct ic_tile tile = {false, 0, ic_tile_width(0, index, size), index};
        (void)serve_hashes(NULL, &tile, hashes);
        tile.is_entries = true;
        len = serve(&tile, entries, sizeof entries);
        assert_int_equal(ic_bundle_verify(entries, len, hashes, tile.width), IC_OK);
        struct ic_rd r = ic_rd_init(entries, len);
        const uint8_t *entry;
        for (size_t at = index * IC_TILE_WIDTH_MAX, n; ic_bundle_next(&r, &entry, &n); at++) {
            uint8_t expected[ENTRY_MAX];
            if (at >= world.acknowledged) /* under way when the power was cut: signed, or nearly */
                world.attempt_of[at] = attempt_in(entry, n);
            assert_int_equal(n, write_entry(at, world.attempt_of[at], expected));
            assert_memory_equal(entry, expected, n);
        }
    }
}

/* ---- the runs ---- */

static const size_t batches[] = {1, 2, 3, 250, 2, 300, 1};

/* A new log, and all batches; false: the power was cut. */
static bool live(size_t *left)
{
    const struct ic_appender_config c = config();
    ic_appender_create(&log_, &c);
    if (!drain(left))
        return false;
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++)
        if (!append(batches[i], left))
            return false;
    return true;
}

/* After a power cut: opened, published if it was not, and other entries than the last time
 * appended. A log that was being made may not be there yet. False: the power was cut again. */
static bool revive(size_t *left)
{
    const struct ic_appender_config c = config();
    struct ic_appender_refused refused;
    world.attempt++;
    if (ic_appender_open(&log_, &c, &refused) != IC_OK) {
        if (refused.why != IC_APPENDER_NO_HEAD || world.signed_count > 0)
            fail_msg("refused: %d, %s", refused.why, refused.path);
        ic_appender_create(&log_, &c);
    }
    if (!drain(left))
        return false;
    check_served();
    assert_true(log_.head.size >= world.acknowledged);
    world.acknowledged = log_.head.size;
    return append(2, left) && append(60, left);
}

static size_t effects_of_a_life(void)
{
    size_t left = SIZE_MAX;
    fresh();
    assert_true(live(&left));
    check_served();
    assert_int_equal(world.acknowledged, 559);
    return SIZE_MAX - left;
}

static void cut_behind_each_effect(void **state)
{
    (void)state;
    size_t effects = effects_of_a_life();
    struct ic_prng prng;
    ic_prng_init(&prng, 1);
    assert_true(effects > 150);
    for (size_t at = 1; at <= effects; at++)
        for (enum cut cut = CUT_LOSES; cut <= CUT_CHOOSES; cut++) {
            size_t left = at, forever = SIZE_MAX;
            fresh();
            assert_false(live(&left));
            cut_power(&disk, cut, &prng);
            assert_true(revive(&forever));
            check_served();
        }
}

/* Several power cuts in one life; the seed is told when it fails. */
static void cut_again_and_again(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct ic_prng prng;
        ic_prng_init(&prng, seed);
        fresh();
        size_t left = 1 + ic_prng_below(&prng, 200);
        bool is_up = live(&left);
        for (unsigned i = 0; i < 6 && world.acknowledged < 900; i++) {
            if (!is_up)
                cut_power(&disk, (enum cut)ic_prng_below(&prng, CUT_CHOOSES + 1), &prng);
            left = 1 + ic_prng_below(&prng, 90);
            is_up = revive(&left);
        }
        if (!is_up)
            cut_power(&disk, CUT_CHOOSES, &prng);
        left = SIZE_MAX;
        if (!revive(&left))
            fail_msg("seed %llu", (unsigned long long)seed);
        check_served();
    }
}

/* A disk that says that bytes are on it, and they are not: signed size exceeds durable size. */
static void a_disk_that_lies(void **state)
{
    (void)state;
    static const char *const lies[] = {"public/tile/entries", "public/tile/0", "public/tile"};
    const struct ic_appender_config c = config();
    for (size_t i = 0; i < 3; i++) {
        size_t left = SIZE_MAX;
        struct ic_appender_refused refused;
        fresh();
        disk.lies = lies[i];
        assert_true(live(&left));
        cut_power(&disk, CUT_LOSES, NULL);
        assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_ERR_STATE);
        assert_int_equal(refused.why, IC_APPENDER_DAMAGED);
        assert_int_equal(refused.signed_size, 559);
        assert_memory_equal(refused.path, lies[i], strlen(lies[i]));
    }
    disk.lies = NULL;
}

/* ---- what is refused ---- */

static enum ic_appender_refusal refusal(const char *path, struct ic_appender_refused *refused)
{
    const struct ic_appender_config c = config();
    assert_int_equal(ic_appender_open(&log_, &c, refused), IC_ERR_STATE);
    if (path != NULL)
        assert_string_equal(refused->path, path);
    return refused->why;
}

/* With the file gone, cut by a byte, longer by one, and with each of some bits turned over. */
static void spoil(const char *path, enum ic_appender_refusal gone, enum ic_appender_refusal other)
{
    struct ic_appender_refused refused;
    struct cut_name *name = cut_find(&disk, path);
    int file = name->now;
    struct cut_file *bytes = &disk.files[file];
    assert_true(file >= 0);
    name->now = -1;
    assert_int_equal(refusal(path, &refused), gone);
    name->now = file;
    bytes->len--;
    assert_int_equal(refusal(NULL, &refused), other);
    bytes->len++;
    for (size_t at = 0; at < bytes->len; at += 1 + bytes->len / 40) {
        bytes->bytes[at] ^= 1;
        assert_int_equal(refusal(NULL, &refused), other);
        bytes->bytes[at] ^= 1;
    }
}

static void what_is_missing_or_other(void **state)
{
    (void)state;
    const struct ic_appender_config c = config();
    struct ic_appender_refused refused;
    (void)effects_of_a_life();
    spoil("public/tile/0/002.p/47", IC_APPENDER_MISSING, IC_APPENDER_DAMAGED);
    spoil("public/tile/1/000.p/2", IC_APPENDER_MISSING, IC_APPENDER_DAMAGED);
    spoil("public/tile/entries/002.p/47", IC_APPENDER_MISSING, IC_APPENDER_DAMAGED);
    assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_OK);
}

/* A log that ends with a full bundle: no tile of level 0 is on the way to its root. */
static void a_full_bundle(void **state)
{
    (void)state;
    const struct ic_appender_config c = config();
    struct ic_appender_refused refused;
    size_t left = SIZE_MAX;
    fresh();
    ic_appender_create(&log_, &c);
    assert_true(drain(&left) && append(512, &left));
    check_served();
    spoil("public/tile/0/001", IC_APPENDER_MISSING, IC_APPENDER_DAMAGED);
    spoil("public/tile/entries/001", IC_APPENDER_MISSING, IC_APPENDER_DAMAGED);
    assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_OK);
    assert_true(append(1, &left));
    check_served();
}

static void put(const char *path, const uint8_t *bytes, size_t len)
{
    cut_write(&disk, path, bytes, len);
}

/* Keeps a copy of a file, as a backup does. */
static size_t copy(const char *path, uint8_t *out, size_t cap)
{
    size_t len;
    assert_int_equal(cut_read(&disk, path, out, cap, &len), IC_OK);
    return len;
}

static void old_and_strange_copies(void **state)
{
    (void)state;
    const struct ic_appender_config c = config();
    uint8_t head[IC_CHECKPOINT_TEXT_MAX], old[IC_CHECKPOINT_MAX], note[IC_CHECKPOINT_MAX];
    struct ic_appender_refused refused;
    size_t left = SIZE_MAX;
    fresh();
    ic_appender_create(&log_, &c);
    assert_true(drain(&left) && append(3, &left));
    size_t head_len = copy("head", head, sizeof head);
    size_t old_len = copy("public/checkpoint", old, sizeof old);
    assert_true(append(2, &left));
    size_t note_len = copy("public/checkpoint", note, sizeof note);
    put("head", head, head_len);
    assert_int_equal(refusal("public/checkpoint", &refused), IC_APPENDER_AHEAD);
    assert_int_equal(refused.signed_size, 3);
    assert_int_equal(refused.published_size, 5);
    /* An old checkpoint is only one that could not be published in time. */
    put("public/checkpoint", old, old_len);
    assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_OK);
    /* Nobody can see that this is an old copy: the log goes on, and forks. */
    put("public/checkpoint", note, note_len - 1);
    assert_int_equal(refusal("public/checkpoint", &refused), IC_APPENDER_STRANGE);
    put("public/checkpoint", (const uint8_t *)"", 0);
    assert_int_equal(refusal("public/checkpoint", &refused), IC_APPENDER_STRANGE);
    head[0] ^= 1;
    put("head", head, head_len);
    assert_int_equal(refusal("head", &refused), IC_APPENDER_BAD_HEAD);
    put("head", head, 0);
    assert_int_equal(refusal("head", &refused), IC_APPENDER_BAD_HEAD);
    cut_find(&disk, "head")->now = -1;
    assert_int_equal(refusal("head", &refused), IC_APPENDER_NO_HEAD);
}

/* Two logs under one key: what one published is no beginning of the other. */
static void a_fork(void **state)
{
    (void)state;
    const struct ic_appender_config c = config();
    uint8_t notes[2][IC_CHECKPOINT_MAX];
    size_t lens[2];
    struct ic_appender_refused refused;
    for (unsigned i = 0; i < 2; i++) {
        size_t left = SIZE_MAX;
        fresh();
        world.attempt = i;
        ic_appender_create(&log_, &c);
        assert_true(drain(&left) && append(3, &left));
        lens[i] = copy("public/checkpoint", notes[i], sizeof notes[i]);
    }
    put("public/checkpoint", notes[0], lens[0]);
    assert_int_equal(refusal("public/checkpoint", &refused), IC_APPENDER_FORKED);
    put("public/checkpoint", notes[1], lens[1]);
    assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_OK);
    size_t left = SIZE_MAX;
    assert_true(append(4, &left));
    put("public/checkpoint", notes[0], lens[0]); /* smaller than the state, and another tree */
    assert_int_equal(refusal("public/checkpoint", &refused), IC_APPENDER_FORKED);
}

static void what_is_no_entry(void **state)
{
    (void)state;
    static uint8_t bytes[IC_TLOG_ENTRY_MAX + 1];
    const struct ic_appender_config c = config();
    struct ic_part entries[] = {{bytes, 1}, {bytes, 0}};
    size_t left = SIZE_MAX;
    fresh();
    ic_appender_create(&log_, &c);
    assert_true(drain(&left));
    assert_int_equal(ic_appender_append(&log_, entries, 2), IC_ERR_INPUT);
    entries[1].len = IC_TLOG_ENTRY_MAX + 1;
    assert_int_equal(ic_appender_append(&log_, entries, 2), IC_ERR_INPUT);
    entries[1].len = IC_TLOG_ENTRY_MAX;
    assert_int_equal(ic_appender_append(&log_, entries, 2), IC_OK);
    assert_true(drain(&left));
    assert_int_equal(log_.head.size, 2);
    log_.tree.size = UINT32_MAX - 1;
    assert_int_equal(ic_appender_append(&log_, entries, 2), IC_ERR_FULL);
}

/* ---- cosignatures ---- */

static void cosigned(void **state)
{
    (void)state;
    const struct ic_appender_config c = config();
    static uint8_t note[IC_APPENDER_NOTE_MAX];
    uint8_t lines[3 * IC_COSIGNATURE_LINE_MAX];
    struct ic_appender_refused refused;
    struct ic_witness witness;
    struct ic_note parsed;
    uint64_t time_s;
    size_t left = SIZE_MAX;
    fresh();
    ic_appender_create(&log_, &c);
    assert_true(drain(&left) && append(3, &left));
    assert_int_equal(ic_witness_init(&witness, "w.example", 9, private_key.public_key), IC_OK);
    size_t len = copy("public/checkpoint", note, sizeof note);
    assert_int_equal(ic_note_parse(note, len, &parsed), IC_OK);
    struct ic_wr w = ic_wr_init(lines, sizeof lines);
    assert_int_equal(
        ic_cosignature_sign(&w, &witness, &private_key, parsed.text, parsed.text_len, 1795000000),
        IC_OK);
    assert_int_equal(ic_appender_cosign(&log_, lines, 0), IC_ERR_INPUT);
    assert_int_equal(ic_appender_cosign(&log_, lines, w.len - 1), IC_ERR_INPUT);
    assert_int_equal(ic_appender_cosign(&log_, (const uint8_t *)"\n", 1), IC_ERR_INPUT);
    assert_int_equal(ic_appender_cosign(&log_, lines, w.len), IC_OK);
    assert_true(drain(&left));
    len = copy("public/checkpoint", note, sizeof note);
    assert_int_equal(ic_note_parse(note, len, &parsed), IC_OK);
    assert_int_equal(ic_cosignature_verify(&parsed, &witness, &time_s), IC_OK);
    assert_int_equal(time_s, 1795000000);
    assert_int_equal(ic_appender_open(&log_, &c, &refused), IC_OK);
    assert_true(log_.is_published && drain(&left));
    assert_true(append(1, &left));
    check_served();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_behind_each_effect),
        cmocka_unit_test(cut_again_and_again),
        cmocka_unit_test(a_disk_that_lies),
        cmocka_unit_test(what_is_missing_or_other),
        cmocka_unit_test(a_full_bundle),
        cmocka_unit_test(old_and_strange_copies),
        cmocka_unit_test(a_fork),
        cmocka_unit_test(what_is_no_entry),
        cmocka_unit_test(cosigned),
    };
    return cmocka_run_group_tests(tests, load, drop);
}
