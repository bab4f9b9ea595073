#include "shell/file_io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, uint8_t *out, size_t cap, size_t *len)
{
    size_t done = 0;
    ssize_t got = 1;
    while (done < cap && got > 0) {
        got = read(fd, &out[done], cap - done);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            done += (size_t)got;
    }
    *len = done;
    return got >= 0;
}

static enum ic_err read_file(int folder_fd, const char *path, mode_t forbidden, uint8_t *out,
                             size_t cap, size_t *len)
{
    struct stat s;
    int fd = openat(folder_fd, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? IC_ERR_GONE : IC_ERR_SYSTEM;
    enum ic_err err = fstat(fd, &s) == 0 ? IC_OK : IC_ERR_SYSTEM;
    if (err == IC_OK && (s.st_mode & forbidden) != 0)
        err = IC_ERR_AUTH;
    if (err == IC_OK && !read_all(fd, out, cap, len))
        err = IC_ERR_SYSTEM;
    close(fd);
    return err == IC_OK && s.st_size > (off_t)cap ? IC_ERR_FULL : err;
}

enum ic_err ic_file_read(int folder_fd, const char *path, uint8_t *out, size_t cap, size_t *len)
{
    return read_file(folder_fd, path, 0, out, cap, len);
}

enum ic_err ic_file_read_secret(int folder_fd, const char *path, uint8_t *out, size_t cap,
                                size_t *len)
{
    return read_file(folder_fd, path, 077, out, cap, len);
}

static bool write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
    return true;
}

/* Not the old one's bytes overwritten: those may have got another name. */
int ic_file_write(int folder_fd, const char *path, const uint8_t *bytes, size_t len, mode_t mode)
{
    if (unlinkat(folder_fd, path, 0) != 0 && errno != ENOENT)
        return -1;
    int fd = openat(folder_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    if (fchmod(fd, mode) == 0 && write_all(fd, bytes, len))
        return fd;
    close(fd);
    return -1;
}

/* Whatever the disk said when the bytes went there is told by the descriptor that wrote them. */
bool ic_file_sync(int fd)
{
    bool ok = fd >= 0 && fsync(fd) == 0;
    return (fd < 0 || close(fd) == 0) && ok;
}

bool ic_file_sync_folder(int folder_fd, const char *path)
{
    return ic_file_sync(openat(folder_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

bool ic_file_replace(int folder_fd, const char *path, const uint8_t *bytes, size_t len, mode_t mode)
{
    return ic_file_sync(ic_file_write(folder_fd, "pending", bytes, len, mode)) &&
           renameat(folder_fd, "pending", folder_fd, path) == 0 &&
           ic_file_sync_folder(folder_fd, ".");
}
