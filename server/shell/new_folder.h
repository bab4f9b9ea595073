/* A folder that appears under its name when it is whole, or not at all: it is made beside it, under
 * a name of its own (<path>.init-<6 random characters>), and nothing that others made is touched. A
 * process that is killed leaves that one behind, of which nothing was promised. */
#ifndef IC_SHELL_NEW_FOLDER_H
#define IC_SHELL_NEW_FOLDER_H

#include <sys/types.h>

#include "base/err.h"
#include "shell/cmd_args.h"

#define IC_NEW_FOLDER_PATH_MAX 1024

struct ic_new_folder {
    const char *path;                   /* borrowed */
    char fresh[IC_NEW_FOLDER_PATH_MAX]; /* where it stands until it is placed */
    int fd;
    bool is_placed;
};

/* Makes the folder, without a file in it yet. Nothing may have the path.
 *  owner  whose key is in it, as "A log": for a person
 *  why    on error: what to do, for a person; nothing is left behind then */
IC_NODISCARD enum ic_err ic_new_folder_begin(struct ic_new_folder *f, const char *path, mode_t mode,
                                             const char *owner, char why[static IC_CMD_WHY_MAX]);
/* Gives it its path, on the disk; closes f. On error the folder and its files of those names are
 * gone, and its folders of those names that are empty then. */
IC_NODISCARD enum ic_err ic_new_folder_place(struct ic_new_folder *f, const char *const *names,
                                             size_t count, char why[static IC_CMD_WHY_MAX]);
/* Takes it away again in the same way, and closes f. */
void ic_new_folder_drop(struct ic_new_folder *f, const char *const *names, size_t count);

#endif
