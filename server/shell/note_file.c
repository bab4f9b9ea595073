#include "shell/note_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"

/* ---- writing ---- */

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

/* The name is on the disk, too. */
static void sync_folder(const char *path)
{
    char copy[IC_NOTE_FILE_PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* False: errno says why, and nothing is left. */
static bool create(const char *path, mode_t mode, const char *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, bytes, len) && fsync(fd) == 0;
    int error = errno;
    ok = close(fd) == 0 && ok;
    if (!ok) {
        (void)unlink(path);
        errno = error;
    }
    return ok;
}

bool ic_note_file_create(const char *path, mode_t mode, const char *bytes, size_t len,
                         char why[static IC_CMD_WHY_MAX])
{
    if (create(path, mode, bytes, len)) {
        sync_folder(path);
        return true;
    }
    if (errno == EEXIST)
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s is there already and is not overwritten. Choose another name", path);
    else
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be written: %s", path, strerror(errno));
    return false;
}

bool ic_note_file_replace(const char *path, mode_t mode, const char *bytes, size_t len,
                          char why[static IC_CMD_WHY_MAX])
{
    char fresh[IC_NOTE_FILE_PATH_MAX];
    int n = snprintf(fresh, sizeof fresh, "%s.new", path);
    bool ok = n < (int)sizeof fresh;
    if (ok) {
        (void)unlink(fresh); /* of a run that did not come to its end */
        ok = create(fresh, mode, bytes, len) && rename(fresh, path) == 0;
    }
    if (ok)
        sync_folder(path);
    else
        snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be written: %s", path, strerror(errno));
    return ok;
}

/* ---- notes ---- */

/* What is said to be signed: an empty line, then a line that begins as signatures do. */
static bool looks_signed(const struct ic_note_file *f)
{
    static const char mark[] = "\n\n\xe2\x80\x94 ";
    return memmem(f->bytes, f->len, mark, sizeof mark - 1) != NULL;
}

bool ic_note_file_read(struct ic_note_file *f, const char *path, char why[static IC_CMD_WHY_MAX])
{
    struct ic_note note;
    f->path = path;
    if (!ic_cmd_read_file(path, f->bytes, IC_NODE_SET_MAX, &f->len, why))
        return false;
    f->text_len = f->len;
    f->is_signed = ic_note_parse(f->bytes, f->len, &note) == IC_OK;
    if (f->is_signed)
        f->text_len = note.text_len;
    else if (looks_signed(f)) {
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s is damaged: its signatures have no form. Get it anew from whoever sent it",
                 path);
        return false;
    }
    return true;
}

struct ic_note ic_note_file_note(const struct ic_note_file *f)
{
    struct ic_note note;
    enum ic_err err = ic_note_parse(f->bytes, f->len, &note);
    IC_ASSERT(err == IC_OK);
    return note;
}

bool ic_note_file_sign(struct ic_note_file *f, const struct ic_note_key *key,
                       const struct ic_ed25519 *private_key, char why[static IC_CMD_WHY_MAX])
{
    uint8_t signature[IC_ED25519_SIGNATURE_LEN];
    struct ic_note note;
    struct ic_wr w = ic_wr_init(f->bytes, sizeof f->bytes);
    w.len = f->len;
    if (ic_ed25519_sign(private_key, f->bytes, f->text_len, signature) != IC_OK) {
        snprintf(why, IC_CMD_WHY_MAX, "the crypto library failed");
        return false;
    }
    if (!f->is_signed)
        ic_wr_u8(&w, '\n');
    ic_note_write_signature(&w, key, signature, sizeof signature);
    if (!ic_wr_ok(&w) || ic_note_parse(f->bytes, w.len, &note) != IC_OK ||
        note.text_len != f->text_len) {
        snprintf(why, IC_CMD_WHY_MAX, "%.200s has no room for another signature (at most %d)",
                 f->path, IC_NOTE_SIGNATURES_MAX);
        return false;
    }
    f->len = w.len;
    f->is_signed = true;
    return true;
}
