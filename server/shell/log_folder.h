/* The folder of a log (tlog/appender.h) on this machine, with its key, for the one process that
 * writes to it:
 *
 *   key   the seed of the log's Ed25519 key, mode 0600
 *   vkey  its verifier key: what others are given
 */
#ifndef IC_SHELL_LOG_FOLDER_H
#define IC_SHELL_LOG_FOLDER_H

#include "shell/cmd_args.h"
#include "tlog/appender.h"

struct ic_log_folder {
    const char *path; /* borrowed */
    int fd, pending_fd;
    struct ic_note_key key;
    struct ic_ed25519 private_key;
    uint8_t *bundle;
    struct ic_appender appender;
};

/* Makes the folder, which must not be there, the key and a log of no entries. All or nothing: it
 * appears under its name when it is whole.
 *  name  of the log and of its key
 *  why   on error: what to do, for a person */
IC_NODISCARD enum ic_err ic_log_folder_create(const char *path, const char *name,
                                              char why[static IC_CMD_WHY_MAX]);
/* Opens and locks it; what was signed and not published is published. */
IC_NODISCARD enum ic_err ic_log_folder_open(struct ic_log_folder *folder, const char *path,
                                            char why[static IC_CMD_WHY_MAX]);
/* When it returns IC_OK, the entries are on the disk, signed and published. After an error, close
 * and open again. */
IC_NODISCARD enum ic_err ic_log_folder_append(struct ic_log_folder *folder,
                                              const struct ic_part *entries, size_t count,
                                              char why[static IC_CMD_WHY_MAX]);
/* Publishes the state with signature lines of witnesses. */
IC_NODISCARD enum ic_err ic_log_folder_cosign(struct ic_log_folder *folder, const uint8_t *lines,
                                              size_t len, char why[static IC_CMD_WHY_MAX]);
/* Wipes the key. Safe on a folder whose opening failed, and twice. */
void ic_log_folder_close(struct ic_log_folder *folder);

#endif
