/* A disk that can lose its power: what was synced stays, of the rest an adversary chooses. Names
 * and bytes are synced apart, as POSIX promises no more. */
#ifndef IC_TESTS_CUT_DISK_H
#define IC_TESTS_CUT_DISK_H

#include "support/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/prng.h"
#include "tlog/appender.h"

#define CUT_FILES 8192
#define CUT_NAMES 4096

/* What becomes of that which is not synced. */
enum cut { CUT_LOSES, CUT_KEEPS, CUT_TEARS, CUT_EMPTIES, CUT_CHOOSES };

struct cut_file {
    uint8_t *bytes;
    size_t len, synced_len; /* a synced beginning: files are written once */
};

struct cut_name {
    char path[IC_APPENDER_PATH_MAX];
    int now, synced; /* files; -1: there is none; -2: a folder */
};

struct cut_disk {
    struct cut_file files[CUT_FILES];
    struct cut_name names[CUT_NAMES];
    size_t file_count, name_count;
    const char *lies; /* syncs of the bytes that get this beginning of a path do nothing */
};

static inline struct cut_name *cut_find(struct cut_disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->name_count; i++)
        if (strcmp(disk->names[i].path, path) == 0)
            return &disk->names[i];
    assert_true(disk->name_count < CUT_NAMES && strlen(path) < IC_APPENDER_PATH_MAX);
    struct cut_name *name = &disk->names[disk->name_count++];
    *name = (struct cut_name){.now = -1, .synced = -1};
    memcpy(name->path, path, strlen(path));
    return name;
}

static inline bool cut_is_in(const char *path, const char *folder)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(folder, ".") == 0)
        return slash == NULL;
    size_t len = strlen(folder);
    return slash == path + len && strncmp(path, folder, len) == 0;
}

static inline void cut_write(struct cut_disk *disk, const char *path, const uint8_t *bytes,
                             size_t len)
{
    struct cut_name *name = cut_find(disk, path);
    assert_true(disk->file_count < CUT_FILES);
    struct cut_file *file = &disk->files[disk->file_count];
    *file = (struct cut_file){.bytes = malloc(len + 1), .len = len};
    memcpy(file->bytes, bytes, len);
    name->now = (int)disk->file_count++;
}

static inline bool cut_has_folder(struct cut_disk *disk, const char *path, bool is_now)
{
    char folder[IC_APPENDER_PATH_MAX];
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return true;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    const struct cut_name *name = cut_find(disk, folder);
    return (is_now ? name->now : name->synced) == -2 && cut_has_folder(disk, folder, is_now);
}

static inline void cut_rename(struct cut_disk *disk, const char *path)
{
    struct cut_name *from = cut_find(disk, "pending"), *to = cut_find(disk, path);
    assert_true(from->now >= 0 && cut_has_folder(disk, path, true));
    to->now = from->now;
    from->now = -1;
}

static inline void cut_sync(struct cut_disk *disk, const char *path, const char *to)
{
    struct cut_file *file = &disk->files[cut_find(disk, path)->now];
    if (disk->lies == NULL || strncmp(to, disk->lies, strlen(disk->lies)) != 0)
        file->synced_len = file->len;
}

static inline void cut_sync_folder(struct cut_disk *disk, const char *folder)
{
    for (size_t i = 0; i < disk->name_count; i++)
        if (cut_is_in(disk->names[i].path, folder))
            disk->names[i].synced = disk->names[i].now;
}

/* What the file, which machine a is placing, does to the disk. */
static inline void cut_carry_out(struct cut_disk *disk, const struct ic_appender *a,
                                 const struct ic_appender_effect *effect)
{
    switch (effect->act) {
    case IC_APPENDER_FOLDER:
        assert_true(cut_has_folder(disk, effect->path, true));
        cut_find(disk, effect->path)->now = -2;
        break;
    case IC_APPENDER_WRITE:
        cut_write(disk, effect->path, effect->bytes, effect->len);
        break;
    case IC_APPENDER_SYNC:
        cut_sync(disk, effect->path, a->file.path);
        break;
    case IC_APPENDER_RENAME:
        cut_rename(disk, effect->path);
        break;
    case IC_APPENDER_SYNC_FOLDER:
        cut_sync_folder(disk, effect->path);
        break;
    }
}

/* A file's bytes that the cut leaves. */
static inline void cut_bytes(struct cut_file *file, enum cut cut, struct ic_prng *prng)
{
    size_t loose = file->len - file->synced_len;
    if (cut == CUT_CHOOSES)
        cut = (enum cut)ic_prng_below(prng, CUT_CHOOSES);
    if (cut == CUT_LOSES)
        file->len = file->synced_len;
    else if (cut == CUT_TEARS)
        file->len = file->synced_len + loose / 2;
    else if (cut == CUT_EMPTIES) /* as long as it was, of zeros */
        memset(&file->bytes[file->synced_len], 0, loose);
    file->synced_len = file->len;
}

static inline void cut_power(struct cut_disk *disk, enum cut cut, struct ic_prng *prng)
{
    for (size_t i = 0; i < disk->file_count; i++)
        cut_bytes(&disk->files[i], cut, prng);
    for (size_t i = 0; i < disk->name_count; i++) {
        struct cut_name *name = &disk->names[i];
        bool is_kept = cut == CUT_CHOOSES ? ic_prng_below(prng, 2) == 0 : cut != CUT_LOSES;
        if (is_kept)
            name->synced = name->now;
    }
    for (size_t i = 0; i < disk->name_count; i++) {
        struct cut_name *name = &disk->names[i];
        if (!cut_has_folder(disk, name->path, false))
            name->synced = -1;
    }
    for (size_t i = 0; i < disk->name_count; i++)
        disk->names[i].now = disk->names[i].synced;
}

static inline enum ic_err cut_read(void *context, const char *path, uint8_t *out, size_t cap,
                                   size_t *len)
{
    struct cut_disk *disk = context;
    int now = cut_find(disk, path)->now;
    if (now < 0)
        return IC_ERR_GONE;
    const struct cut_file *file = &disk->files[now];
    if (file->len > cap)
        return IC_ERR_FULL;
    memcpy(out, file->bytes, file->len);
    *len = file->len;
    return IC_OK;
}

static inline void cut_deinit(struct cut_disk *disk)
{
    for (size_t i = 0; i < disk->file_count; i++)
        free(disk->files[i].bytes);
    memset(disk, 0, sizeof *disk);
}

#endif
