#include "shell/operator_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/ct.h"
#include "shell/entropy.h"
#include "shell/note_file.h"

#define PREFIX       "PRIVATE+KEY+"
#define PREFIX_LEN   (sizeof PREFIX - 1)
#define TYPED_LEN    (1 + IC_ED25519_SEED_LEN)
#define KEY_LINE_MAX (PREFIX_LEN + IC_NOTE_VKEY_MAX + 1) /* a seed is as long as a public key */

/* The line that stands for name, id and seed. */
static size_t write_line(const struct ic_note_key *key,
                         const uint8_t seed[static IC_ED25519_SEED_LEN],
                         char line[static KEY_LINE_MAX])
{
    uint8_t typed[TYPED_LEN] = {key->type};
    char coded[IC_BASE64_LEN(TYPED_LEN) + 1];
    struct ic_wr w = ic_wr_init((uint8_t *)line, KEY_LINE_MAX);
    memcpy(&typed[1], seed, IC_ED25519_SEED_LEN);
    ic_base64_encode(typed, sizeof typed, coded);
    ic_wr_text(&w, PREFIX);
    ic_note_key_write(&w, key);
    w.len -= strlen(coded); /* the seed in place of the public key, of the same length */
    ic_wr_text(&w, coded);
    ic_wr_u8(&w, '\n');
    ic_ct_wipe(typed, sizeof typed);
    ic_ct_wipe(coded, sizeof coded);
    return ic_wr_ok(&w) ? w.len : 0;
}

/* Name and seed of a line; the id must be that of the key. */
static bool read_line(const char *line, size_t len, struct ic_operator_key *out)
{
    uint8_t typed[TYPED_LEN];
    char again[KEY_LINE_MAX];
    const size_t coded_len = IC_BASE64_LEN(TYPED_LEN),
                 tail = coded_len + 1 + 2 * IC_NOTE_ID_LEN + 1;
    if (len > 0 && line[len - 1] == '\n')
        len--;
    if (len <= PREFIX_LEN + tail || memcmp(line, PREFIX, PREFIX_LEN) != 0 ||
        ic_base64_decode(&line[len - coded_len], coded_len, typed, sizeof typed) != IC_OK)
        return false;
    bool ok = ic_ed25519_init(&out->private_key, &typed[1]) == IC_OK;
    if (ok) {
        ok = typed[0] == IC_NOTE_TYPE_ED25519 &&
             ic_note_key_init(&out->key, &line[PREFIX_LEN], len - PREFIX_LEN - tail,
                              out->private_key.public_key) == IC_OK &&
             write_line(&out->key, &typed[1], again) == len + 1 && ic_ct_equal(again, line, len);
        if (!ok)
            ic_ed25519_deinit(&out->private_key);
    }
    ic_ct_wipe(typed, sizeof typed);
    ic_ct_wipe(again, sizeof again);
    return ok;
}

/* ---- making ---- */

static bool write_public(const char *path, const struct ic_note_key *key,
                         char why[static IC_CMD_WHY_MAX])
{
    char line[IC_NOTE_VKEY_MAX + 1];
    struct ic_wr w = ic_wr_init((uint8_t *)line, sizeof line);
    ic_note_key_write(&w, key);
    ic_wr_u8(&w, '\n');
    return ic_note_file_create(path, 0644, line, w.len, why);
}

static bool write_both(const char *path, const struct ic_note_key *key,
                       const uint8_t seed[static IC_ED25519_SEED_LEN],
                       char why[static IC_CMD_WHY_MAX])
{
    char public_path[IC_NOTE_FILE_PATH_MAX], line[KEY_LINE_MAX];
    int n = snprintf(public_path, sizeof public_path, "%s" IC_OPERATOR_PUBLIC_SUFFIX, path);
    if (n >= (int)sizeof public_path) {
        snprintf(why, IC_CMD_WHY_MAX, "the name of the file is too long");
        return false;
    }
    size_t len = write_line(key, seed, line);
    bool ok = ic_note_file_create(path, 0600, line, len, why);
    ic_ct_wipe(line, sizeof line);
    if (ok && !write_public(public_path, key, why)) {
        (void)unlink(path);
        ok = false;
    }
    return ok;
}

bool ic_operator_key_make(const char *path, const char *name, struct ic_note_key *public_key,
                          char why[static IC_CMD_WHY_MAX])
{
    uint8_t seed[IC_ED25519_SEED_LEN], key[IC_ED25519_KEY_LEN];
    struct ic_entropy entropy = ic_entropy_kernel();
    entropy.fill(entropy.context, seed, sizeof seed);
    bool ok = ic_ed25519_public_key(seed, key) == IC_OK;
    if (!ok)
        snprintf(why, IC_CMD_WHY_MAX, "the crypto library failed");
    if (ok && ic_note_key_init(public_key, name, strlen(name), key) != IC_OK) {
        snprintf(
            why, IC_CMD_WHY_MAX,
            "\"%.60s\" is no name for a key: no spaces, no plus, at most %d bytes. Good is the "
            "host and the person: meet.example.org/operator-ana",
            name, IC_NOTE_NAME_MAX);
        ok = false;
    }
    ok = ok && write_both(path, public_key, seed, why);
    ic_ct_wipe(seed, sizeof seed);
    return ok;
}

/* ---- reading ---- */

static bool is_private(const char *path, char why[static IC_CMD_WHY_MAX])
{
    struct stat s;
    if (stat(path, &s) != 0)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be opened: %s", path, strerror(errno));
    else if (!S_ISREG(s.st_mode) || (s.st_mode & 077) != 0)
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s is not used: others than its owner can read it. If nobody has: chmod 600. "
                 "If somebody may have: make a new key and rotate",
                 path);
    else
        return true;
    return false;
}

bool ic_operator_key_read(const char *path, struct ic_operator_key *out,
                          char why[static IC_CMD_WHY_MAX])
{
    char line[KEY_LINE_MAX];
    size_t len = 0;
    if (!is_private(path, why))
        return false;
    bool ok = ic_cmd_read_file(path, (uint8_t *)line, sizeof line, &len, why);
    if (ok && !read_line(line, len, out)) {
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s holds no private key of an operator. Those are made by 'incamera operator "
                 "init'",
                 path);
        ok = false;
    }
    ic_ct_wipe(line, sizeof line);
    return ok;
}

void ic_operator_key_deinit(struct ic_operator_key *k)
{
    ic_ed25519_deinit(&k->private_key);
}

bool ic_operator_key_read_public(const char *path, struct ic_note_key *out,
                                 char why[static IC_CMD_WHY_MAX])
{
    char line[KEY_LINE_MAX];
    size_t len = 0;
    if (!ic_cmd_read_file(path, (uint8_t *)line, sizeof line, &len, why))
        return false;
    size_t line_len = len > 0 && line[len - 1] == '\n' ? len - 1 : len;
    bool is_private_key = len > PREFIX_LEN && memcmp(line, PREFIX, PREFIX_LEN) == 0;
    bool ok = !is_private_key && ic_note_key_parse(out, line, line_len) == IC_OK;
    ic_ct_wipe(line, sizeof line); /* should it be the private one */
    if (is_private_key)
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s is a private key. Give the public one (" IC_OPERATOR_PUBLIC_SUFFIX
                 "), and keep this one to yourself",
                 path);
    else if (!ok)
        snprintf(why, IC_CMD_WHY_MAX, "%.200s holds no public key of an operator", path);
    return ok;
}
