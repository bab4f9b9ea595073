#include "shell/data_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/entropy.h"

#define PEM_MAX 16384

static const char *const own_files[] = {
    "dtls.pem",           "dtls.pem.new",    "log.key",          "log.key.new",
    "meetings.db",        "meetings.db-wal", "meetings.db-shm",  "receipt.key",
    "receipt.key.new",    "operator.key",    "operator.key.pub", "operator-keys.txt",
    "node-cert.txt",      "node-set.txt",    "log-policy.txt",   "node-cert.tlog-proof",
    "node-set.tlog-proof"};

bool ic_data_dir_file(const struct ic_data_dir *dir, const char *name,
                      char out[static IC_CONFIG_TEXT_MAX + 32])
{
    int n = snprintf(out, IC_CONFIG_TEXT_MAX + 32, "%s/%s", dir->path, name);
    return n > 0 && n < IC_CONFIG_TEXT_MAX + 32;
}

static enum ic_err open_temporary(struct ic_data_dir *dir, char *why)
{
    const char *base = getenv("TMPDIR");
    snprintf(dir->path, sizeof dir->path, "%.200s/incamera-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(dir->path) == NULL) {
        snprintf(why, IC_CONFIG_WHY_MAX, "No temporary folder can be made (%s). Set TMPDIR.",
                 strerror(errno));
        return IC_ERR_SYSTEM;
    }
    dir->is_temporary = true;
    return IC_OK;
}

enum ic_err ic_data_dir_open(struct ic_data_dir *dir, const char *path,
                             char why[static IC_CONFIG_WHY_MAX])
{
    struct stat s;
    memset(dir, 0, sizeof *dir);
    if (path[0] == '\0')
        return open_temporary(dir, why);
    snprintf(dir->path, sizeof dir->path, "%s", path);
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "The data folder %.200s cannot be made (%s). Make it, or set data_dir.", path,
                 strerror(errno));
        return IC_ERR_SYSTEM;
    }
    if (stat(path, &s) != 0 || !S_ISDIR(s.st_mode) || (s.st_mode & 077) != 0 ||
        access(path, W_OK) != 0) {
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "The data folder %.200s must be a writable folder that others cannot read: "
                 "chmod 700, and the server's user as its owner.",
                 path);
        return IC_ERR_SYSTEM;
    }
    return IC_OK;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *walk)
{
    (void)s;
    (void)type;
    (void)walk;
    return remove(path);
}

void ic_data_dir_close(struct ic_data_dir *dir)
{
    char path[IC_CONFIG_TEXT_MAX + 32];
    if (!dir->is_temporary)
        return;
    for (size_t i = 0; i < sizeof own_files / sizeof own_files[0]; i++) {
        if (ic_data_dir_file(dir, own_files[i], path))
            (void)unlink(path);
    }
    if (ic_data_dir_file(dir, IC_DATA_DIR_LOG, path))
        (void)nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    (void)rmdir(dir->path);
}

static size_t read_all(int fd, char *out, size_t cap)
{
    size_t done = 0;
    while (done < cap) {
        ssize_t got = read(fd, &out[done], cap - done);
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    return done;
}

/* The bytes of a file that only we can read; 0 when it cannot be read, or others can. */
static size_t read_secret(const char *path, char *out, size_t cap)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    size_t len = read_all(fd, out, cap);
    bool is_ours = fstat(fd, &s) == 0 && (s.st_mode & 077) == 0;
    close(fd);
    return is_ours ? len : 0;
}

static struct ic_dtls_credentials *read_credentials(const char *path)
{
    char pem[PEM_MAX];
    size_t len = read_secret(path, pem, sizeof pem);
    struct ic_dtls_credentials *credentials = len == 0 ? NULL : ic_dtls_credentials_read(pem, len);
    OPENSSL_cleanse(pem, sizeof pem);
    return credentials;
}

static bool write_file(const char *path, const char *bytes, size_t len)
{
    (void)unlink(path); /* of a start that did not come to its end */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write(fd, bytes, len) == (ssize_t)len && fsync(fd) == 0;
    return close(fd) == 0 && ok;
}

/* The rename is on the disk, too. */
static void sync_folder(const struct ic_data_dir *dir)
{
    int fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* All or nothing: half a key would be refused at every start from then on. */
static bool write_secret(const struct ic_data_dir *dir, const char *path, const char *fresh_name,
                         const char *bytes, size_t len)
{
    char fresh[IC_CONFIG_TEXT_MAX + 32];
    if (!ic_data_dir_file(dir, fresh_name, fresh))
        return false;
    bool ok = write_file(fresh, bytes, len) && rename(fresh, path) == 0;
    if (ok)
        sync_folder(dir);
    return ok;
}

static bool write_credentials(const struct ic_data_dir *dir, const char *path,
                              const struct ic_dtls_credentials *credentials)
{
    char pem[PEM_MAX];
    size_t len = ic_dtls_credentials_write(credentials, pem, sizeof pem);
    bool ok = len > 0 && write_secret(dir, path, "dtls.pem.new", pem, len);
    OPENSSL_cleanse(pem, sizeof pem);
    return ok;
}

struct ic_dtls_credentials *ic_data_dir_credentials(const struct ic_data_dir *dir,
                                                    char why[static IC_CONFIG_WHY_MAX])
{
    char path[IC_CONFIG_TEXT_MAX + 32];
    if (!ic_data_dir_file(dir, "dtls.pem", path))
        return NULL;
    if (access(path, F_OK) == 0) {
        struct ic_dtls_credentials *credentials = read_credentials(path);
        if (credentials == NULL)
            snprintf(why, IC_CONFIG_WHY_MAX,
                     "The media key %.200s cannot be used: it must be readable by the server alone "
                     "(chmod 600) and whole. Remove it to have a new one made.",
                     path);
        return credentials;
    }
    struct ic_dtls_credentials *credentials = ic_dtls_credentials_create(ic_clock_wall_s());
    if (credentials != NULL && write_credentials(dir, path, credentials))
        return credentials;
    if (credentials != NULL)
        ic_dtls_credentials_destroy(credentials);
    snprintf(why, IC_CONFIG_WHY_MAX, "The media key %.200s cannot be written (%s).", path,
             strerror(errno));
    return NULL;
}

/* A key of 32 bytes, and nothing else in its file. loss: what happens with another one. */
struct seed_file {
    const char *name, *fresh, *what, *loss;
};

static enum ic_err read_seed(const char *path, const struct seed_file *file,
                             uint8_t seed[static IC_ED25519_SEED_LEN],
                             char why[static IC_CONFIG_WHY_MAX])
{
    char bytes[IC_ED25519_SEED_LEN + 1];
    bool is_whole = read_secret(path, bytes, sizeof bytes) == IC_ED25519_SEED_LEN;
    memcpy(seed, bytes, IC_ED25519_SEED_LEN);
    OPENSSL_cleanse(bytes, sizeof bytes);
    if (!is_whole)
        snprintf(why, IC_CONFIG_WHY_MAX,
                 "The %s %.200s cannot be used: it must be readable by the server alone (chmod "
                 "600) and whole. Restore it from a backup; with another key, %s.",
                 file->what, path, file->loss);
    return is_whole ? IC_OK : IC_ERR_SYSTEM;
}

static enum ic_err open_seed(const struct ic_data_dir *dir, const struct seed_file *file,
                             uint8_t seed[static IC_ED25519_SEED_LEN],
                             char why[static IC_CONFIG_WHY_MAX])
{
    char path[IC_CONFIG_TEXT_MAX + 32];
    if (!ic_data_dir_file(dir, file->name, path))
        return IC_ERR_SYSTEM;
    if (access(path, F_OK) == 0)
        return read_seed(path, file, seed, why);
    struct ic_entropy entropy = ic_entropy_kernel();
    entropy.fill(entropy.context, seed, IC_ED25519_SEED_LEN);
    if (write_secret(dir, path, file->fresh, (const char *)seed, IC_ED25519_SEED_LEN))
        return IC_OK;
    snprintf(why, IC_CONFIG_WHY_MAX, "The %s %.200s cannot be written (%s).", file->what, path,
             strerror(errno));
    return IC_ERR_SYSTEM;
}

enum ic_err ic_data_dir_log_seed(const struct ic_data_dir *dir,
                                 uint8_t seed[static IC_ED25519_SEED_LEN],
                                 char why[static IC_CONFIG_WHY_MAX])
{
    static const struct seed_file file = {"log.key", "log.key.new", "log key",
                                          "running meetings see another log"};
    return open_seed(dir, &file, seed, why);
}

enum ic_err ic_data_dir_receipt_seed(const struct ic_data_dir *dir,
                                     uint8_t seed[static IC_ED25519_SEED_LEN],
                                     char why[static IC_CONFIG_WHY_MAX])
{
    static const struct seed_file file = {"receipt.key", "receipt.key.new", "receipt key",
                                          "the node's certificate must be signed anew"};
    return open_seed(dir, &file, seed, why);
}
