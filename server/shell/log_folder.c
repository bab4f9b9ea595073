#include "shell/log_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/entropy.h"
#include "shell/file_io.h"
#include "shell/new_folder.h"

/* ---- files below the folder ---- */

static enum ic_err read_file(void *context, const char *path, uint8_t *out, size_t cap, size_t *len)
{
    const struct ic_log_folder *folder = context;
    return ic_file_read(folder->fd, path, out, cap, len);
}

static bool make_folder(int folder_fd, const char *path)
{
    return mkdirat(folder_fd, path, 0755) == 0 ? fchmodat(folder_fd, path, 0755, 0) == 0
                                               : errno == EEXIST;
}

static bool sync_pending(struct ic_log_folder *folder)
{
    int fd = folder->pending_fd;
    folder->pending_fd = -1;
    return ic_file_sync(fd);
}

static bool carry_out(struct ic_log_folder *folder, const struct ic_appender_effect *effect)
{
    switch (effect->act) {
    case IC_APPENDER_FOLDER:
        return make_folder(folder->fd, effect->path);
    case IC_APPENDER_WRITE:
        folder->pending_fd =
            ic_file_write(folder->fd, effect->path, effect->bytes, effect->len, 0644);
        return folder->pending_fd >= 0;
    case IC_APPENDER_SYNC:
        return sync_pending(folder);
    case IC_APPENDER_RENAME:
        return renameat(folder->fd, "pending", folder->fd, effect->path) == 0;
    case IC_APPENDER_SYNC_FOLDER:
        return ic_file_sync_folder(folder->fd, effect->path);
    }
    return false;
}

static enum ic_err drain(struct ic_log_folder *folder, char why[static IC_CMD_WHY_MAX])
{
    struct ic_appender_effect effect;
    enum ic_err err;
    while ((err = ic_appender_poll(&folder->appender, &effect)) == IC_OK)
        if (!carry_out(folder, &effect)) {
            snprintf(
                why, IC_CMD_WHY_MAX,
                "%.200s/%.120s cannot be written (%s). What was in the log is unharmed. Make room "
                "or mend the disk, then say it again: nothing is added twice.",
                folder->path, effect.path, strerror(errno));
            return IC_ERR_SYSTEM;
        }
    if (err == IC_ERR_GONE)
        return IC_OK;
    snprintf(why, IC_CMD_WHY_MAX, "the crypto library failed");
    return IC_ERR_SYSTEM;
}

static enum ic_err fail(const char *path, const char *what, char why[static IC_CMD_WHY_MAX])
{
    snprintf(why, IC_CMD_WHY_MAX, "%.200s %s", path, what);
    return IC_ERR_SYSTEM;
}

/* ---- the key ---- */

static enum ic_err set_key(struct ic_log_folder *folder, const char *name,
                           const uint8_t seed[static IC_ED25519_SEED_LEN],
                           char why[static IC_CMD_WHY_MAX])
{
    if (ic_ed25519_init(&folder->private_key, seed) != IC_OK)
        return fail(folder->path, "cannot be opened: the crypto library failed", why);
    enum ic_err err =
        ic_note_key_init(&folder->key, name, strlen(name), folder->private_key.public_key);
    if (err == IC_OK && strlen(name) <= IC_CHECKPOINT_ORIGIN_MAX)
        return IC_OK;
    snprintf(why, IC_CMD_WHY_MAX,
             "\"%.120s\" is no name of a log: at most %d bytes, without spaces and plus signs. "
             "Take the host name and a path, as meet.example.org/log.",
             name, IC_NOTE_NAME_MAX);
    return IC_ERR_INPUT;
}

static size_t write_vkey(const struct ic_note_key *key, uint8_t out[static IC_NOTE_VKEY_MAX + 1])
{
    struct ic_wr w = ic_wr_init(out, IC_NOTE_VKEY_MAX + 1);
    ic_note_key_write(&w, key);
    ic_wr_u8(&w, '\n');
    return w.len;
}

static bool put_file(struct ic_log_folder *folder, const char *path, const uint8_t *bytes,
                     size_t len, mode_t mode)
{
    folder->pending_fd = ic_file_write(folder->fd, path, bytes, len, mode);
    return sync_pending(folder);
}

static enum ic_err make_key(struct ic_log_folder *folder, const char *name,
                            char why[static IC_CMD_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN], vkey[IC_NOTE_VKEY_MAX + 1];
    struct ic_entropy entropy = ic_entropy_kernel();
    entropy.fill(entropy.context, seed, sizeof seed);
    enum ic_err err = set_key(folder, name, seed, why);
    if (err == IC_OK && (!put_file(folder, "key", seed, sizeof seed, 0600) ||
                         !put_file(folder, "vkey", vkey, write_vkey(&folder->key, vkey), 0644)))
        err = fail(folder->path, "cannot be written to", why);
    OPENSSL_cleanse(seed, sizeof seed);
    return err;
}

/* The seed of a file that nobody else can read. */
static bool read_seed(const struct ic_log_folder *folder, uint8_t seed[static IC_ED25519_SEED_LEN])
{
    size_t len = 0;
    return ic_file_read_secret(folder->fd, "key", seed, IC_ED25519_SEED_LEN, &len) == IC_OK &&
           len == IC_ED25519_SEED_LEN;
}

/* Key and verifier key, which belong together. */
static enum ic_err read_key(struct ic_log_folder *folder, char why[static IC_CMD_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN] = {0}, vkey[IC_NOTE_VKEY_MAX + 1];
    struct ic_note_key told;
    size_t len = 0;
    if (read_file(folder, "vkey", vkey, sizeof vkey, &len) != IC_OK || len == 0 ||
        ic_note_key_parse(&told, (const char *)vkey, len - 1) != IC_OK)
        return fail(folder->path, "is no log: it has no vkey. 'incamera log init' makes one.", why);
    enum ic_err err = IC_ERR_SYSTEM;
    if (read_seed(folder, seed))
        err = set_key(folder, told.name, seed, why);
    else
        (void)fail(folder->path,
                   "has no usable key: the file key must be whole, and readable by its owner alone "
                   "(chmod 600).",
                   why);
    OPENSSL_cleanse(seed, sizeof seed);
    if (err == IC_OK && memcmp(told.key, folder->key.key, sizeof told.key) != 0)
        err = fail(folder->path, "has a key and a vkey that do not belong together", why);
    return err;
}

/* ---- the folder ---- */

static struct ic_appender_config config_of(struct ic_log_folder *folder)
{
    return (struct ic_appender_config){&folder->key, &folder->private_key, folder->bundle, folder,
                                       read_file};
}

static enum ic_err init(struct ic_log_folder *folder, const char *path,
                        char why[static IC_CMD_WHY_MAX])
{
    memset(folder, 0, sizeof *folder);
    folder->path = path;
    folder->pending_fd = -1;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd < 0) {
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be opened: %s", path, strerror(errno));
        return IC_ERR_SYSTEM;
    }
    folder->bundle = malloc(IC_APPENDER_BUNDLE_MAX);
    return folder->bundle != NULL ? IC_OK : fail(path, "needs more memory than there is", why);
}

void ic_log_folder_close(struct ic_log_folder *folder)
{
    if (folder->path == NULL)
        return;
    if (folder->pending_fd >= 0)
        close(folder->pending_fd);
    if (folder->fd >= 0)
        close(folder->fd); /* and unlocks */
    free(folder->bundle);
    ic_ed25519_deinit(&folder->private_key);
    memset(folder, 0, sizeof *folder);
}

static enum ic_err fill(struct ic_log_folder *folder, const char *name,
                        char why[static IC_CMD_WHY_MAX])
{
    enum ic_err err = make_key(folder, name, why);
    if (err != IC_OK)
        return err;
    const struct ic_appender_config config = config_of(folder);
    ic_appender_create(&folder->appender, &config);
    return drain(folder, why);
}

enum ic_err ic_log_folder_create(const char *path, const char *name,
                                 char why[static IC_CMD_WHY_MAX])
{
    static const char *const made[] = {"key",   "vkey", "head", "pending", "public/checkpoint",
                                       "public"};
    const size_t count = sizeof made / sizeof made[0];
    struct ic_log_folder folder = {.fd = -1, .pending_fd = -1};
    struct ic_new_folder fresh;
    enum ic_err err = ic_new_folder_begin(&fresh, path, 0755, "A log", why);
    if (err != IC_OK)
        return err;
    err = init(&folder, fresh.fresh, why);
    if (err == IC_OK)
        err = fill(&folder, name, why);
    ic_log_folder_close(&folder);
    if (err == IC_OK)
        return ic_new_folder_place(&fresh, made, count, why);
    ic_new_folder_drop(&fresh, made, count);
    return err;
}

static const char *const refusals[] = {
    [IC_APPENDER_NO_HEAD] = "the file is not there: the log's state is lost",
    [IC_APPENDER_BAD_HEAD] = "the file is not the state of this log",
    [IC_APPENDER_MISSING] = "the file is not there, but what it held is signed",
    [IC_APPENDER_DAMAGED] = "the file holds something else than what is signed",
    [IC_APPENDER_STRANGE] = "the file is not signed by the log's key",
    [IC_APPENDER_AHEAD] = "more was published than the state knows of: an old copy of head",
    [IC_APPENDER_FORKED] = "what was published is no beginning of this log",
    [IC_APPENDER_UNREADABLE] = "the file cannot be read",
};

static enum ic_err refuse(const struct ic_log_folder *folder,
                          const struct ic_appender_refused *refused,
                          char why[static IC_CMD_WHY_MAX])
{
    snprintf(why, IC_CMD_WHY_MAX,
             "%.140s/%.80s: %s (signed: %llu entries, published: %llu). To go on could show two "
             "histories, so nothing was written. Bring back the newest whole copy of the folder; "
             "if there is none, begin another log under another name.",
             folder->path, refused->path, refusals[refused->why],
             (unsigned long long)refused->signed_size, (unsigned long long)refused->published_size);
    return IC_ERR_STATE;
}

enum ic_err ic_log_folder_open(struct ic_log_folder *folder, const char *path,
                               char why[static IC_CMD_WHY_MAX])
{
    struct ic_appender_refused refused;
    enum ic_err err = init(folder, path, why);
    if (err != IC_OK)
        return err;
    if (flock(folder->fd, LOCK_EX | LOCK_NB) != 0)
        return fail(path, "is being written to by another command. Wait for its end.", why);
    err = read_key(folder, why);
    if (err != IC_OK)
        return err;
    const struct ic_appender_config config = config_of(folder);
    if (ic_appender_open(&folder->appender, &config, &refused) != IC_OK)
        return refuse(folder, &refused, why);
    return drain(folder, why);
}

enum ic_err ic_log_folder_append(struct ic_log_folder *folder, const struct ic_part *entries,
                                 size_t count, char why[static IC_CMD_WHY_MAX])
{
    enum ic_err err = ic_appender_append(&folder->appender, entries, count);
    if (err == IC_OK)
        return drain(folder, why);
    snprintf(why, IC_CMD_WHY_MAX,
             err == IC_ERR_FULL ? "the log is full"
                                : "an entry is empty, or has more than 65,535 bytes");
    return err;
}

enum ic_err ic_log_folder_cosign(struct ic_log_folder *folder, const uint8_t *lines, size_t len,
                                 char why[static IC_CMD_WHY_MAX])
{
    enum ic_err err = ic_appender_cosign(&folder->appender, lines, len);
    if (err == IC_OK)
        return drain(folder, why);
    snprintf(why, IC_CMD_WHY_MAX, "no signature lines, or more than a note may have");
    return err;
}
