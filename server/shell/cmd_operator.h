/* The subcommands of incamera operator; argv starts behind the subcommand's name. Exit status: 0
 * well, 1 what was given is refused, 2 wrong usage or a file that cannot be read or written. None
 * of them needs a network, nor a server. */
#ifndef IC_SHELL_CMD_OPERATOR_H
#define IC_SHELL_CMD_OPERATOR_H

#include "cluster/operator_keys.h"
#include "shell/cmd_args.h"
#include "shell/note_file.h"
#include "shell/operator_key.h"

int ic_cmd_operator_init(int argc, char **argv);
int ic_cmd_operator_sign_node(int argc, char **argv);
int ic_cmd_operator_sign_set(int argc, char **argv);
int ic_cmd_operator_rotate(int argc, char **argv);

/* ---- what they share ---- */

struct ic_operator_options {
    const char *command;                                             /* "operator init" */
    const char *key, *keys, *name, *out, *threshold, *serial, *days; /* NULL: not given */
    char **files;
    size_t file_count;
    bool is_help, is_json;
};

/* The options that a command takes. */
enum ic_operator_option {
    IC_OPERATOR_KEY = 1,
    IC_OPERATOR_KEYS = 2,
    IC_OPERATOR_NAME = 4,
    IC_OPERATOR_OUT = 8,
    IC_OPERATOR_THRESHOLD = 16,
    IC_OPERATOR_SERIAL = 32,
    IC_OPERATOR_DAYS = 64,
};

/* Take argv apart; the files are moved to its front and lent. False: refused, and said; exit 2. */
bool ic_operator_options_read(struct ic_operator_options *o, const char *command, unsigned allowed,
                              int argc, char **argv);
/* Say why, and return the status. word: for programs. */
int ic_operator_refuse(const struct ic_operator_options *o, const char *word, const char *why,
                       int status);
/* The same for a text that is not in order: exit status 1. what names the text, path its file. */
int ic_operator_refuse_text(const struct ic_operator_options *o, enum ic_node_reason reason,
                            const char *what, const char *path);
/* The key list in a file, text or note. Its own signatures are not checked: it is the operator's
 * file. Not 0: the exit status, and why was said. */
int ic_operator_read_keys(const struct ic_operator_options *o, struct ic_operator_keys *out);
/* The public keys in the files, as a sorted list of the threshold of --threshold. Not 0: likewise.
 */
int ic_operator_read_publics(const struct ic_operator_options *o, struct ic_operator_keys *out);

/* How far a note has come. */
struct ic_operator_progress {
    size_t signatures, needed;
    char signer[IC_NOTE_NAME_MAX + 1];
};

/* Sign the text of f with the key of --key, which must be one of keys and not have signed yet, and
 * write it to out (new), or in its own place if out is NULL. Not 0: the exit status, and why was
 * said. */
int ic_operator_sign(const struct ic_operator_options *o, const struct ic_operator_keys *keys,
                     struct ic_note_file *f, const char *out, const char *what,
                     struct ic_operator_progress *progress);
/* Lines for people: who has signed, and what is to be done. command: that which signs further. */
void ic_operator_tell_progress(const struct ic_operator_progress *progress, const char *what,
                               const char *when_complete);

#define IC_OPERATOR_TIME_MAX 24
/* "2026-11-23T00:00:00Z", terminated. */
void ic_operator_time_text(uint64_t time_s, char out[static IC_OPERATOR_TIME_MAX]);

#endif
