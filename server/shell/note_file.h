/* Files of signed texts: read as text alone or as a note, one more signature, written whole. */
#ifndef IC_SHELL_NOTE_FILE_H
#define IC_SHELL_NOTE_FILE_H

#include <sys/types.h>

#include "base/limits.h"
#include "shell/cmd_args.h"
#include "tlog/note.h"

#define IC_NOTE_FILE_PATH_MAX 4096

/* Write a file that must not exist, and have it on disk. False: why says so, nothing is left. */
bool ic_note_file_create(const char *path, mode_t mode, const char *bytes, size_t len,
                         char why[static IC_CMD_WHY_MAX]);
/* The same for one that may exist: whoever reads it meets the old bytes or the new ones. */
bool ic_note_file_replace(const char *path, mode_t mode, const char *bytes, size_t len,
                          char why[static IC_CMD_WHY_MAX]);

/* Large: 70 KB. */
struct ic_note_file {
    const char *path; /* lent by the caller */
    uint8_t bytes[IC_NODE_SET_MAX + 1 + IC_NOTE_LINE_MAX];
    size_t len, text_len; /* the text is the first text_len of the bytes */
    bool is_signed;
};

/* Text alone or a note. False: why says so. */
bool ic_note_file_read(struct ic_note_file *f, const char *path, char why[static IC_CMD_WHY_MAX]);
/* The note, lent by the file. The file is signed (asserted). */
struct ic_note ic_note_file_note(const struct ic_note_file *f);
/* One signature more, in memory. False: why says so. */
bool ic_note_file_sign(struct ic_note_file *f, const struct ic_note_key *key,
                       const struct ic_ed25519 *private_key, char why[static IC_CMD_WHY_MAX]);

#endif
