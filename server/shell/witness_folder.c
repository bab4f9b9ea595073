#include "shell/witness_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "crypto/hash.h"
#include "shell/entropy.h"
#include "shell/file_io.h"
#include "shell/new_folder.h"

#define SEEN_NAME_MAX (5 + 2 * IC_SHA256_LEN + 1)

static enum ic_err fail(const char *path, const char *what, char why[static IC_CMD_WHY_MAX])
{
    snprintf(why, IC_CMD_WHY_MAX, "%.200s %s", path, what);
    return IC_ERR_SYSTEM;
}

static enum ic_err open_folder(struct ic_witness_folder *folder, const char *path,
                               char why[static IC_CMD_WHY_MAX])
{
    memset(folder, 0, sizeof *folder);
    folder->path = path;
    folder->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->fd >= 0)
        return IC_OK;
    snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be opened: %s", path, strerror(errno));
    return IC_ERR_SYSTEM;
}

void ic_witness_folder_close(struct ic_witness_folder *folder)
{
    if (folder->path == NULL)
        return;
    if (folder->fd >= 0)
        close(folder->fd); /* and unlocks */
    ic_ed25519_deinit(&folder->private_key);
    memset(folder, 0, sizeof *folder);
}

static enum ic_err set_key(struct ic_witness_folder *folder, const char *name,
                           const uint8_t seed[static IC_ED25519_SEED_LEN],
                           char why[static IC_CMD_WHY_MAX])
{
    if (ic_ed25519_init(&folder->private_key, seed) != IC_OK)
        return fail(folder->path, "cannot be used: the crypto library failed", why);
    if (ic_witness_init(&folder->witness, name, strlen(name), folder->private_key.public_key) ==
        IC_OK)
        return IC_OK;
    snprintf(why, IC_CMD_WHY_MAX,
             "\"%.120s\" is no name of a witness: at most %d bytes, without spaces and plus signs. "
             "Take a host name, as witness.example.org.",
             name, IC_NOTE_NAME_MAX);
    return IC_ERR_INPUT;
}

/* ---- making ---- */

static enum ic_err make_key(struct ic_witness_folder *folder, const char *name,
                            char why[static IC_CMD_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN], vkey[IC_NOTE_VKEY_MAX + 1];
    struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
    struct ic_entropy entropy = ic_entropy_kernel();
    entropy.fill(entropy.context, seed, sizeof seed);
    enum ic_err err = set_key(folder, name, seed, why);
    if (err == IC_OK) {
        ic_note_key_write(&w, &folder->witness.key);
        ic_wr_u8(&w, '\n');
        if (!ic_file_replace(folder->fd, "key", seed, sizeof seed, 0600) ||
            !ic_file_replace(folder->fd, "vkey", vkey, w.len, 0644))
            err = fail(folder->path, "cannot be written to", why);
    }
    OPENSSL_cleanse(seed, sizeof seed);
    return err;
}

enum ic_err ic_witness_folder_create(struct ic_witness_folder *folder, const char *path,
                                     const char *name, char why[static IC_CMD_WHY_MAX])
{
    static const char *const made[] = {"key", "vkey", "pending"};
    const size_t count = sizeof made / sizeof made[0];
    struct ic_new_folder fresh;
    folder->path = NULL;
    enum ic_err err = ic_new_folder_begin(&fresh, path, 0700, "A witness", why);
    if (err != IC_OK)
        return err;
    err = open_folder(folder, fresh.fresh, why);
    if (err == IC_OK)
        err = make_key(folder, name, why);
    if (err == IC_OK)
        err = ic_new_folder_place(&fresh, made, count, why);
    else
        ic_new_folder_drop(&fresh, made, count);
    if (err == IC_OK)
        folder->path = path;
    else
        ic_witness_folder_close(folder);
    return err;
}

/* ---- opening ---- */

static enum ic_err read_key(struct ic_witness_folder *folder, char why[static IC_CMD_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN] = {0}, vkey[IC_NOTE_VKEY_MAX + 1];
    struct ic_witness told;
    size_t len = 0;
    if (ic_file_read(folder->fd, "vkey", vkey, sizeof vkey, &len) != IC_OK || len == 0 ||
        ic_witness_parse(&told, (const char *)vkey, len - 1) != IC_OK)
        return fail(folder->path,
                    "is no witness: it has no vkey. 'incamera witness init' makes one.", why);
    enum ic_err err = ic_file_read_secret(folder->fd, "key", seed, sizeof seed, &len);
    if (err == IC_OK && len == sizeof seed)
        err = set_key(folder, told.key.name, seed, why);
    else
        err = fail(folder->path,
                   "has no usable key: the file key must be whole, and readable by its owner alone "
                   "(chmod 600).",
                   why);
    OPENSSL_cleanse(seed, sizeof seed);
    if (err == IC_OK && memcmp(told.key.key, folder->witness.key.key, sizeof told.key.key) != 0)
        err = fail(folder->path, "has a key and a vkey that do not belong together", why);
    return err;
}

static bool name_seen(const struct ic_witness_log *log, char out[static SEEN_NAME_MAX])
{
    static const char hex[] = "0123456789abcdef";
    const struct ic_part origin = {(const uint8_t *)log->key.name, strlen(log->key.name)};
    uint8_t hash[IC_SHA256_LEN];
    if (ic_hash_sha256(&origin, 1, hash) != IC_OK)
        return false;
    memcpy(out, "seen-", 5);
    for (size_t i = 0; i < sizeof hash; i++) {
        out[5 + 2 * i] = hex[hash[i] >> 4];
        out[6 + 2 * i] = hex[hash[i] & 15];
    }
    out[SEEN_NAME_MAX - 1] = '\0';
    return true;
}

/* What was cosigned last; a log without a file was never cosigned. */
static enum ic_err read_seen(struct ic_witness_folder *folder, struct ic_witness_log *log,
                             char why[static IC_CMD_WHY_MAX])
{
    uint8_t text[IC_CHECKPOINT_TEXT_MAX];
    char name[SEEN_NAME_MAX];
    struct ic_checkpoint seen;
    size_t len;
    if (!name_seen(log, name))
        return fail(folder->path, "cannot be used: the crypto library failed", why);
    enum ic_err err = ic_file_read(folder->fd, name, text, sizeof text, &len);
    if (err == IC_ERR_GONE)
        return IC_OK;
    if (err == IC_OK && ic_checkpoint_parse(text, len, &seen) == IC_OK &&
        seen.origin_len == strlen(log->key.name) &&
        memcmp(seen.origin, log->key.name, seen.origin_len) == 0) {
        log->seen = seen.head;
        return IC_OK;
    }
    snprintf(
        why, IC_CMD_WHY_MAX,
        "%.140s/%.80s, what was last seen of %.100s, is damaged: to go on could cosign a fork. "
        "Bring back its newest copy, or end this witness and make another.",
        folder->path, name, log->key.name);
    return IC_ERR_STATE;
}

enum ic_err ic_witness_folder_open(struct ic_witness_folder *folder, const char *path,
                                   const struct ic_log_policy *policy,
                                   char why[static IC_CMD_WHY_MAX])
{
    enum ic_err err = open_folder(folder, path, why);
    if (err != IC_OK)
        return err;
    if (flock(folder->fd, LOCK_EX | LOCK_NB) != 0)
        return fail(path, "is in use by another process: a witness runs once.", why);
    err = read_key(folder, why);
    for (size_t i = 0; err == IC_OK && i < policy->log_count; i++) {
        struct ic_witness_log *log = &folder->logs[folder->log_count++];
        log->key = policy->logs[i].key;
        for (size_t k = 0; k < i && err == IC_OK; k++)
            if (strcmp(folder->logs[k].key.name, log->key.name) == 0)
                err = fail(log->key.name, "is named twice: a witness takes one key of a log", why);
        if (err == IC_OK)
            err = read_seen(folder, log, why);
    }
    return err;
}

/* ---- cosigning ---- */

/* On the disk, then in memory. */
static bool keep_seen(struct ic_witness_folder *folder, struct ic_witness_log *log,
                      const struct ic_merkle_head *head)
{
    uint8_t text[IC_CHECKPOINT_TEXT_MAX];
    char name[SEEN_NAME_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    const struct ic_checkpoint checkpoint = {log->key.name, strlen(log->key.name), *head};
    bool *is_kept = &folder->is_kept[log - folder->logs];
    if (*is_kept && head->size == log->seen.size) /* and of the same root: that was judged */
        return true;
    ic_checkpoint_write(&w, &checkpoint);
    *is_kept = ic_wr_ok(&w) && name_seen(log, name) &&
               ic_file_replace(folder->fd, name, text, w.len, 0600);
    folder->is_failing = !*is_kept;
    if (folder->is_failing)
        fprintf(
            stderr,
            "incamera witness: %.200s: what was seen of %.100s cannot be kept (%s). Nothing was "
            "cosigned. Make room or mend the disk.\n",
            folder->path, log->key.name, strerror(errno));
    else
        log->seen = *head;
    return !folder->is_failing;
}

static const unsigned statuses[] = {
    [IC_WITNESS_GOOD] = 200,      [IC_WITNESS_UNKNOWN] = 404,  [IC_WITNESS_UNSIGNED] = 403,
    [IC_WITNESS_MALFORMED] = 400, [IC_WITNESS_CONFLICT] = 409, [IC_WITNESS_PROOF] = 422,
    [IC_WITNESS_SYSTEM] = 500,
};

unsigned ic_witness_folder_answer(struct ic_witness_folder *folder, const uint8_t *bytes,
                                  size_t len, uint64_t time_s, struct ic_wr *out)
{
    struct ic_witness_request request;
    struct ic_witness_log *log = NULL;
    if (ic_witness_request_parse(bytes, len, &request) != IC_OK)
        return 400;
    enum ic_witness_verdict verdict =
        ic_witness_request_judge(&request, folder->logs, folder->log_count, &log);
    if (verdict == IC_WITNESS_CONFLICT) {
        ic_wr_decimal(out, log->seen.size);
        ic_wr_u8(out, '\n');
    }
    if (verdict != IC_WITNESS_GOOD)
        return statuses[verdict];
    if (!keep_seen(folder, log, &request.checkpoint.head))
        return 500;
    enum ic_err err = ic_cosignature_sign(out, &folder->witness, &folder->private_key,
                                          request.note.text, request.note.text_len, time_s);
    return err == IC_OK ? 200 : 500;
}
