/* An operator's private key: one file of one line, in the form that signed-note tools share,
 * "PRIVATE+KEY+<name>+<id in hex>+<base64 of type and seed>". Mode 0600, never overwritten, never
 * printed. */
#ifndef IC_SHELL_OPERATOR_KEY_H
#define IC_SHELL_OPERATOR_KEY_H

#include "crypto/ed25519.h"
#include "shell/cmd_args.h"
#include "tlog/note.h"

#define IC_OPERATOR_PUBLIC_SUFFIX ".pub"

struct ic_operator_key {
    struct ic_note_key key;
    struct ic_ed25519 private_key;
};

/* Make a key of this name: path (0600) and path.pub (0644, its verifier key), both new. public_key
 * is filled. False: why says so, and nothing new is left. */
bool ic_operator_key_make(const char *path, const char *name, struct ic_note_key *public_key,
                          char why[static IC_CMD_WHY_MAX]);
/* Read a key that only its owner can read. False: why says so; nothing to deinit. */
bool ic_operator_key_read(const char *path, struct ic_operator_key *out,
                          char why[static IC_CMD_WHY_MAX]);
void ic_operator_key_deinit(struct ic_operator_key *k);
/* The verifier key in a file of one line. */
bool ic_operator_key_read_public(const char *path, struct ic_note_key *out,
                                 char why[static IC_CMD_WHY_MAX]);

#endif
