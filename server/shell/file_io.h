/* Files that are on the disk when we say so, below a folder that is open. */
#ifndef IC_SHELL_FILE_IO_H
#define IC_SHELL_FILE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* All bytes of a file, of at most cap.
 *  IC_ERR_GONE    there is none
 *  IC_ERR_FULL    it is larger
 *  IC_ERR_SYSTEM  it cannot be read; errno says why */
IC_NODISCARD enum ic_err ic_file_read(int folder_fd, const char *path, uint8_t *out, size_t cap,
                                      size_t *len);
/* The same of a file that only its owner can read; else IC_ERR_AUTH. */
IC_NODISCARD enum ic_err ic_file_read_secret(int folder_fd, const char *path, uint8_t *out,
                                             size_t cap, size_t *len);
/* A file of its own in the place of what has the path; not yet synced. The descriptor, which the
 * caller closes; -1: errno says why. */
int ic_file_write(int folder_fd, const char *path, const uint8_t *bytes, size_t len, mode_t mode);
/* The bytes are on the disk, and the descriptor is closed. */
bool ic_file_sync(int fd);
/* The names in a folder are on the disk. */
bool ic_file_sync_folder(int folder_fd, const char *path);
/* All of it: old bytes or new ones stand at the path, whatever happens meanwhile. "pending" is in
 * use. */
bool ic_file_replace(int folder_fd, const char *path, const uint8_t *bytes, size_t len,
                     mode_t mode);

#endif
