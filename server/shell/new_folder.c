#include "shell/new_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/file_io.h"

static enum ic_err fail(const char *path, char why[static IC_CMD_WHY_MAX])
{
    snprintf(why, IC_CMD_WHY_MAX, "%.200s cannot be made: %s", path, strerror(errno));
    return IC_ERR_SYSTEM;
}

enum ic_err ic_new_folder_begin(struct ic_new_folder *f, const char *path, mode_t mode,
                                const char *owner, char why[static IC_CMD_WHY_MAX])
{
    struct stat s;
    *f = (struct ic_new_folder){.path = path, .fd = -1};
    int n = snprintf(f->fresh, sizeof f->fresh, "%s.init-XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof f->fresh) {
        errno = ENAMETOOLONG;
        return fail(path, why);
    }
    if (lstat(path, &s) == 0) {
        snprintf(why, IC_CMD_WHY_MAX,
                 "%.200s is there already: nothing was changed. %.40s's key is never replaced.",
                 path, owner);
        return IC_ERR_SYSTEM;
    }
    if (mkdtemp(f->fresh) == NULL)
        return fail(path, why);
    f->fd = open(f->fresh, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (f->fd >= 0 && fchmod(f->fd, mode) == 0)
        return IC_OK;
    enum ic_err err = fail(path, why);
    ic_new_folder_drop(f, NULL, 0);
    return err;
}

enum ic_err ic_new_folder_place(struct ic_new_folder *f, const char *const *names, size_t count,
                                char why[static IC_CMD_WHY_MAX])
{
    enum ic_err err = IC_OK;
    /* The kernel refuses to put it in the place of a file, or of a folder that is not empty. */
    f->is_placed = ic_file_sync_folder(f->fd, ".") && rename(f->fresh, f->path) == 0;
    if (!f->is_placed || !ic_file_sync_folder(f->fd, "..")) {
        err = fail(f->path, why);
        ic_new_folder_drop(f, names, count);
    } else {
        close(f->fd);
    }
    return err;
}

void ic_new_folder_drop(struct ic_new_folder *f, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && f->fd >= 0; i++)
        if (unlinkat(f->fd, names[i], 0) != 0)
            (void)unlinkat(f->fd, names[i], AT_REMOVEDIR);
    if (f->fd >= 0)
        close(f->fd);
    (void)rmdir(f->is_placed ? f->path : f->fresh);
}
