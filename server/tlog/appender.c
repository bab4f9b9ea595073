#include "tlog/appender.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "crypto/ct.h"

static_assert(IC_MERKLE_FRONTIER_MAX <= IC_APPENDER_LEVELS * IC_TILE_HEIGHT, "levels");

static const char head_path[] = "head", pending_path[] = "pending",
                  checkpoint_path[] = "public/checkpoint", public_path[] = "public/";

static void write_path(const struct ic_tile *tile, char out[static IC_APPENDER_PATH_MAX])
{
    struct ic_wr w = ic_wr_init((uint8_t *)out, IC_APPENDER_PATH_MAX);
    ic_wr_text(&w, public_path);
    ic_tile_write(&w, tile);
    ic_wr_u8(&w, 0);
    IC_ASSERT(ic_wr_ok(&w));
}

static void init(struct ic_appender *a, const struct ic_appender_config *config)
{
    memset(a, 0, sizeof *a);
    a->config = *config;
}

/* ---- one file to its place ---- */

enum { STEP_FOLDER, STEP_PARENT, STEP_WRITE, STEP_SYNC, STEP_RENAME, STEP_NAME, STEP_NONE };

static void place(struct ic_appender *a, const char *path, const uint8_t *bytes, size_t len)
{
    struct ic_appender_file *file = &a->file;
    size_t n = strlen(path);
    IC_ASSERT(n < sizeof file->path);
    *file = (struct ic_appender_file){.bytes = bytes, .len = len, .step = STEP_FOLDER};
    memcpy(file->path, path, n);
}

/* The folder that is the first len characters of the path. */
static const char *folder_of(struct ic_appender_file *file, size_t len)
{
    if (len == 0)
        return ".";
    memcpy(file->folder, file->path, len);
    file->folder[len] = '\0';
    return file->folder;
}

/* Where the folder of the path's last part ends. */
static size_t parent_len(const char *path, size_t len)
{
    while (len > 0 && path[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

/* The next folder on the way is made, and then its name is on the disk: also when it was there, for
 * it may be what a power cut left. */
static bool next_folder(struct ic_appender_file *file, struct ic_appender_effect *out)
{
    if (file->step == STEP_PARENT) {
        size_t parent = parent_len(file->path, file->at);
        *out = (struct ic_appender_effect){.act = IC_APPENDER_SYNC_FOLDER,
                                           .path = folder_of(file, parent)};
        file->at++;
        file->step = STEP_FOLDER;
        return true;
    }
    const char *slash = strchr(&file->path[file->at], '/');
    if (slash == NULL) {
        file->step = STEP_WRITE;
        return false;
    }
    file->at = (size_t)(slash - file->path);
    file->step = STEP_PARENT;
    *out =
        (struct ic_appender_effect){.act = IC_APPENDER_FOLDER, .path = folder_of(file, file->at)};
    return true;
}

static bool next_effect(struct ic_appender_file *file, struct ic_appender_effect *out)
{
    size_t parent = parent_len(file->path, strlen(file->path));
    if (file->step <= STEP_PARENT && next_folder(file, out))
        return true;
    switch (file->step) {
    case STEP_WRITE:
        *out = (struct ic_appender_effect){IC_APPENDER_WRITE, pending_path, file->bytes, file->len};
        break;
    case STEP_SYNC:
        *out = (struct ic_appender_effect){.act = IC_APPENDER_SYNC, .path = pending_path};
        break;
    case STEP_RENAME:
        *out = (struct ic_appender_effect){.act = IC_APPENDER_RENAME, .path = file->path};
        break;
    case STEP_NAME:
        *out = (struct ic_appender_effect){.act = IC_APPENDER_SYNC_FOLDER,
                                           .path = folder_of(file, parent)};
        break;
    default:
        return false;
    }
    file->step++;
    return true;
}

/* ---- growing ---- */

static enum ic_err add_leaf(struct ic_appender *a, const struct ic_part *entry)
{
    struct ic_merkle_hash hash;
    uint64_t at = a->tree.size;
    enum ic_err err = ic_merkle_leaf(entry, 1, &hash);
    if (err == IC_OK)
        err = ic_merkle_append(&a->tree, &hash);
    for (unsigned level = 0; err == IC_OK && level < IC_APPENDER_LEVELS; level++) {
        size_t column = at % IC_TILE_WIDTH_MAX;
        a->edge[level][column] = hash;
        if (column + 1 < IC_TILE_WIDTH_MAX)
            break;
        at /=
            IC_TILE_WIDTH_MAX; /* the tile is full: its root is the next hash of the level above */
        err = ic_tile_hash(a->edge[level], IC_TILE_HEIGHT, 0, &hash);
    }
    return err;
}

/* The last tile of a level that has hashes. */
static struct ic_tile last_tile(unsigned level, uint64_t size)
{
    uint64_t last = (size >> (level * IC_TILE_HEIGHT)) - 1;
    struct ic_tile tile = {.level = (uint8_t)level, .index = last / IC_TILE_WIDTH_MAX};
    tile.width = (uint16_t)(last % IC_TILE_WIDTH_MAX + 1);
    return tile;
}

/* Entries up to the end of the bundle. */
static enum ic_err take_chunk(struct ic_appender *a)
{
    struct ic_wr w = ic_wr_init(a->config.bundle, IC_APPENDER_BUNDLE_MAX);
    char path[IC_APPENDER_PATH_MAX];
    w.len = a->bundle_len;
    do {
        const struct ic_part *entry = &a->entries[a->entry_at++];
        enum ic_err err = add_leaf(a, entry);
        if (err != IC_OK)
            return err;
        ic_bundle_append(&w, entry->bytes, entry->len);
    } while (a->entry_at < a->entry_count && a->tree.size % IC_TILE_WIDTH_MAX != 0);
    IC_ASSERT(ic_wr_ok(&w));
    a->bundle_len = w.len;
    struct ic_tile tile = last_tile(0, a->tree.size);
    tile.is_entries = true;
    write_path(&tile, path);
    place(a, path, a->config.bundle, a->bundle_len);
    a->level = 0;
    a->phase = IC_APPENDER_TILES;
    return IC_OK;
}

/* The tile of the next level, when the chunk has changed it. */
static void take_tile(struct ic_appender *a)
{
    uint64_t size = a->tree.size, below = (uint64_t)1 << (a->level * IC_TILE_HEIGHT);
    char path[IC_APPENDER_PATH_MAX];
    if (a->level == IC_APPENDER_LEVELS || size % below != 0) {
        if (size % IC_TILE_WIDTH_MAX == 0)
            a->bundle_len = 0;
        a->phase = a->entry_at < a->entry_count ? IC_APPENDER_CHUNK : IC_APPENDER_SIGN;
        return;
    }
    struct ic_tile tile = last_tile(a->level, size);
    write_path(&tile, path);
    place(a, path, a->edge[a->level][0].bytes, tile.width * (size_t)IC_MERKLE_HASH_LEN);
    a->level++;
}

static struct ic_checkpoint checkpoint_of(const struct ic_appender *a)
{
    const char *name = a->config.key->name;
    return (struct ic_checkpoint){name, strlen(name), a->head};
}

/* The tree is the state from here on: its root stands on the disk before it is signed. */
static enum ic_err take_head(struct ic_appender *a)
{
    struct ic_wr w = ic_wr_init(a->text, sizeof a->text);
    struct ic_merkle_head head = {.size = a->tree.size};
    enum ic_err err = ic_merkle_root(&a->tree, &head.root);
    if (err != IC_OK)
        return err;
    IC_ASSERT(head.size > a->head.size || head.size == 0);
    a->head = head;
    a->is_published = false;
    const struct ic_checkpoint checkpoint = checkpoint_of(a);
    ic_checkpoint_write(&w, &checkpoint);
    IC_ASSERT(ic_wr_ok(&w));
    place(a, head_path, a->text, w.len);
    a->phase = IC_APPENDER_PUBLISH;
    return IC_OK;
}

/* Ed25519 is deterministic: a state is signed the same way each time. */
static enum ic_err sign(struct ic_appender *a)
{
    struct ic_wr w = ic_wr_init(a->note, sizeof a->note);
    const struct ic_checkpoint checkpoint = checkpoint_of(a);
    enum ic_err err = ic_checkpoint_sign(&w, &checkpoint, a->config.key, a->config.private_key);
    a->note_len = w.len;
    return err;
}

static enum ic_err publish(struct ic_appender *a)
{
    enum ic_err err = sign(a);
    if (err == IC_OK) {
        place(a, checkpoint_path, a->note, a->note_len);
        a->phase = IC_APPENDER_END;
    }
    return err;
}

static enum ic_err advance(struct ic_appender *a)
{
    switch (a->phase) {
    case IC_APPENDER_CHUNK:
        return take_chunk(a);
    case IC_APPENDER_TILES:
        take_tile(a);
        return IC_OK;
    case IC_APPENDER_SIGN:
        return take_head(a);
    case IC_APPENDER_PUBLISH:
        return publish(a);
    case IC_APPENDER_END:
        a->is_published = true;
        a->phase = IC_APPENDER_IDLE;
        return IC_ERR_GONE;
    case IC_APPENDER_IDLE:
        return IC_ERR_GONE;
    case IC_APPENDER_FAILED:
        break;
    }
    return IC_ERR_SYSTEM;
}

enum ic_err ic_appender_poll(struct ic_appender *a, struct ic_appender_effect *out)
{
    while (!next_effect(&a->file, out)) {
        enum ic_err err = advance(a);
        if (err != IC_OK && err != IC_ERR_GONE)
            a->phase = IC_APPENDER_FAILED;
        if (err != IC_OK)
            return err == IC_ERR_GONE ? err : IC_ERR_SYSTEM;
    }
    return IC_OK;
}

static void rest(struct ic_appender *a)
{
    a->file.step = STEP_NONE;
}

void ic_appender_create(struct ic_appender *a, const struct ic_appender_config *config)
{
    init(a, config);
    rest(a);
    a->phase = IC_APPENDER_SIGN;
}

enum ic_err ic_appender_append(struct ic_appender *a, const struct ic_part *entries, size_t count)
{
    IC_ASSERT(a->phase == IC_APPENDER_IDLE && count > 0);
    for (size_t i = 0; i < count; i++)
        if (entries[i].len == 0 || entries[i].len > IC_TLOG_ENTRY_MAX)
            return IC_ERR_INPUT;
    if ((a->tree.size + count) >> IC_MERKLE_FRONTIER_MAX != 0)
        return IC_ERR_FULL;
    a->entries = entries;
    a->entry_count = count;
    a->entry_at = 0;
    a->phase = IC_APPENDER_CHUNK;
    return IC_OK;
}

enum ic_err ic_appender_cosign(struct ic_appender *a, const uint8_t *lines, size_t len)
{
    struct ic_note note;
    IC_ASSERT(a->phase == IC_APPENDER_IDLE);
    enum ic_err err = sign(a);
    if (err != IC_OK)
        return IC_ERR_SYSTEM;
    struct ic_wr w = ic_wr_init(a->note, sizeof a->note);
    size_t text_len = a->note_len;
    w.len = a->note_len;
    ic_wr_bytes(&w, lines, len);
    if (!ic_wr_ok(&w) || len == 0 || ic_note_parse(a->note, w.len, &note) != IC_OK ||
        note.text_len >= text_len)
        return IC_ERR_INPUT;
    a->note_len = w.len;
    place(a, checkpoint_path, a->note, a->note_len);
    a->phase = IC_APPENDER_END;
    return IC_OK;
}

/* ---- opening ---- */

struct opening {
    struct ic_appender *a;
    struct ic_appender_refused *refused;
    struct ic_tile_reader tiles;
};

static enum ic_err refuse(struct ic_appender_refused *refused, enum ic_appender_refusal why,
                          const char *path)
{
    refused->why = why;
    memset(refused->path, 0, sizeof refused->path);
    memcpy(refused->path, path, strlen(path));
    return IC_ERR_STATE;
}

/* A file that must be there, of len bytes or, with len 0, of whatever length up to cap. */
static enum ic_err read_file(struct opening *o, const char *path, uint8_t *out, size_t cap,
                             size_t *len)
{
    const struct ic_appender_config *config = &o->a->config;
    enum ic_err err = config->read(config->context, path, out, cap, len);
    if (err == IC_OK)
        return IC_OK;
    return refuse(o->refused,
                  err == IC_ERR_GONE   ? IC_APPENDER_MISSING
                  : err == IC_ERR_FULL ? IC_APPENDER_DAMAGED
                                       : IC_APPENDER_UNREADABLE,
                  path);
}

static enum ic_err read_tile(void *context, const struct ic_tile *tile,
                             struct ic_merkle_hash out[static IC_TILE_WIDTH_MAX])
{
    struct opening *o = context;
    char path[IC_APPENDER_PATH_MAX];
    size_t len, want = tile->width * (size_t)IC_MERKLE_HASH_LEN;
    write_path(tile, path);
    enum ic_err err = read_file(o, path, out[0].bytes, want, &len);
    if (err == IC_OK && len != want)
        return refuse(o->refused, IC_APPENDER_DAMAGED, path);
    return err;
}

static enum ic_err read_head(struct opening *o)
{
    struct ic_appender *a = o->a;
    struct ic_checkpoint head;
    const char *name = a->config.key->name;
    size_t len;
    enum ic_err err = read_file(o, head_path, a->text, sizeof a->text, &len);
    if (err != IC_OK) {
        if (o->refused->why == IC_APPENDER_MISSING)
            o->refused->why = IC_APPENDER_NO_HEAD;
        return err;
    }
    if (ic_checkpoint_parse(a->text, len, &head) != IC_OK || head.origin_len != strlen(name) ||
        memcmp(head.origin, name, head.origin_len) != 0 ||
        head.head.size >> IC_MERKLE_FRONTIER_MAX != 0)
        return refuse(o->refused, IC_APPENDER_BAD_HEAD, head_path);
    a->head = head.head;
    o->refused->signed_size = a->head.size;
    return IC_OK;
}

static bool is_same(const struct ic_merkle_hash *a, const struct ic_merkle_hash *b)
{
    return ic_ct_equal(a->bytes, b->bytes, IC_MERKLE_HASH_LEN);
}

/* What an error of the tree's reader is: refused by read_tile already, or of the crypto library. */
static enum ic_err refuse_tree(struct opening *o, enum ic_err err)
{
    return err == IC_ERR_STATE ? err : refuse(o->refused, IC_APPENDER_UNREADABLE, head_path);
}

/* The last tiles, and the head's root out of them. */
static enum ic_err read_tree(struct opening *o)
{
    struct ic_appender *a = o->a;
    const struct ic_prover prover = ic_tile_reader_prover(&o->tiles);
    struct ic_merkle_hash root;
    for (unsigned level = 0; level < IC_APPENDER_LEVELS; level++) {
        uint64_t count = a->head.size >> (level * IC_TILE_HEIGHT);
        struct ic_tile tile = {false, (uint8_t)level, (uint16_t)(count % IC_TILE_WIDTH_MAX),
                               count / IC_TILE_WIDTH_MAX};
        enum ic_err err = tile.width == 0 ? IC_OK : read_tile(o, &tile, a->edge[level]);
        if (err != IC_OK)
            return err;
    }
    enum ic_err err = ic_prover_frontier(&prover, a->head.size, &a->tree);
    if (err == IC_OK)
        err = ic_merkle_root(&a->tree, &root);
    if (err != IC_OK)
        return refuse_tree(o, err);
    if (is_same(&root, &a->head.root))
        return IC_OK;
    char path[IC_APPENDER_PATH_MAX] = "head";
    if (a->head.size > 0) {
        struct ic_tile tile = last_tile(0, a->head.size);
        write_path(&tile, path);
    }
    return refuse(o->refused, IC_APPENDER_DAMAGED, path);
}

/* The last bundle; a full one, whose tile no frontier reaches, against the hash that stands for it.
 */
static enum ic_err read_bundle(struct opening *o)
{
    struct ic_appender *a = o->a;
    static_assert(IC_TILE_WIDTH_MAX == 1 << IC_TILE_HEIGHT, "a tile of level 0 is one hash above");
    struct ic_merkle_hash hashes[IC_TILE_WIDTH_MAX], root, above;
    char path[IC_APPENDER_PATH_MAX];
    if (a->head.size == 0)
        return IC_OK;
    struct ic_tile tile = last_tile(0, a->head.size);
    enum ic_err err = read_tile(o, &tile, hashes);
    if (err != IC_OK)
        return err;
    bool is_full = tile.width == IC_TILE_WIDTH_MAX;
    if (is_full) {
        const struct ic_prover prover = ic_tile_reader_prover(&o->tiles);
        err = prover.read(prover.context, IC_TILE_HEIGHT, tile.index, &above);
        if (err == IC_OK)
            err = ic_tile_hash(hashes, IC_TILE_HEIGHT, 0, &root);
        if (err != IC_OK)
            return refuse_tree(o, err);
        write_path(&tile, path);
        if (!is_same(&root, &above))
            return refuse(o->refused, IC_APPENDER_DAMAGED, path);
    }
    size_t len;
    tile.is_entries = true;
    write_path(&tile, path);
    err = read_file(o, path, a->config.bundle, IC_APPENDER_BUNDLE_MAX, &len);
    if (err != IC_OK)
        return err;
    if (ic_bundle_verify(a->config.bundle, len, hashes, tile.width) != IC_OK)
        return refuse(o->refused, IC_APPENDER_DAMAGED, path);
    a->bundle_len = is_full ? 0 : len;
    return IC_OK;
}

/* What was published is the state, or a beginning of it. */
static enum ic_err read_published(struct opening *o)
{
    struct ic_appender *a = o->a;
    const struct ic_prover prover = ic_tile_reader_prover(&o->tiles);
    struct ic_checkpoint published;
    struct ic_merkle_head head;
    const char *name = a->config.key->name;
    size_t len;
    enum ic_err err =
        a->config.read(a->config.context, checkpoint_path, a->note, sizeof a->note, &len);
    if (err == IC_ERR_GONE)
        return IC_OK;
    if (err == IC_ERR_SYSTEM)
        return refuse(o->refused, IC_APPENDER_UNREADABLE, checkpoint_path);
    if (err != IC_OK || ic_checkpoint_open(a->note, len, a->config.key, &published) != IC_OK ||
        published.origin_len != strlen(name) ||
        memcmp(published.origin, name, published.origin_len) != 0)
        return refuse(o->refused, IC_APPENDER_STRANGE, checkpoint_path);
    o->refused->published_size = published.head.size;
    if (published.head.size > a->head.size)
        return refuse(o->refused, IC_APPENDER_AHEAD, checkpoint_path);
    err = ic_prover_head(&prover, published.head.size, &head);
    if (err != IC_OK)
        return refuse_tree(o, err);
    if (!is_same(&head.root, &published.head.root))
        return refuse(o->refused, IC_APPENDER_FORKED, checkpoint_path);
    a->is_published = published.head.size == a->head.size;
    return IC_OK;
}

enum ic_err ic_appender_open(struct ic_appender *a, const struct ic_appender_config *config,
                             struct ic_appender_refused *refused)
{
    struct opening o = {.a = a, .refused = refused};
    init(a, config);
    rest(a);
    memset(refused, 0, sizeof *refused);
    enum ic_err err = read_head(&o);
    if (err != IC_OK)
        return err;
    ic_tile_reader_init(&o.tiles, a->head.size, &o, read_tile);
    if ((err = read_tree(&o)) != IC_OK || (err = read_bundle(&o)) != IC_OK ||
        (err = read_published(&o)) != IC_OK) {
        a->phase = IC_APPENDER_FAILED;
        return err;
    }
    a->phase = a->is_published ? IC_APPENDER_IDLE : IC_APPENDER_PUBLISH;
    return IC_OK;
}
