/* Signed notes (c2sp.org/signed-note) with Ed25519: text that a named key has signed. Text that is
 * not verified means nothing. */
#ifndef IC_TLOG_NOTE_H
#define IC_TLOG_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"
#include "crypto/ed25519.h"

#define IC_NOTE_ID_LEN 4

/* What an Ed25519 key signs; a key of one type never stands for the same key of another. */
#define IC_NOTE_TYPE_ED25519     0x01 /* the text of a note */
#define IC_NOTE_TYPE_COSIGNATURE 0x04 /* a time and the text (cosignature.h) */

/* Who signs: the name and the public key, and the id that stands for both in a signature line. */
struct ic_note_key {
    char name[IC_NOTE_NAME_MAX + 1];
    uint8_t type;
    uint8_t id[IC_NOTE_ID_LEN];
    uint8_t key[IC_ED25519_KEY_LEN];
};

/* The name is copied.
 *  IC_ERR_INPUT   no name of a key: empty, too long, not UTF-8, a space or a plus in it
 *  IC_ERR_SYSTEM  the crypto library failed; k untouched in both */
IC_NODISCARD enum ic_err ic_note_key_init(struct ic_note_key *k, const char *name, size_t name_len,
                                          const uint8_t key[static IC_ED25519_KEY_LEN]);
/* The same for a key of any of the types. */
IC_NODISCARD enum ic_err ic_note_key_init_as(struct ic_note_key *k, uint8_t type, const char *name,
                                             size_t name_len,
                                             const uint8_t key[static IC_ED25519_KEY_LEN]);
/* From a verifier key, "<name>+<id in hex>+<base64 of type and key>".
 *  IC_ERR_INPUT   not one, or of another type than Ed25519, or its id is not that of the key
 *  IC_ERR_SYSTEM  the crypto library failed; k untouched in both */
IC_NODISCARD enum ic_err ic_note_key_parse(struct ic_note_key *k, const char *vkey, size_t len);
/* The same for a key of that type and no other. */
IC_NODISCARD enum ic_err ic_note_key_parse_as(struct ic_note_key *k, uint8_t type, const char *vkey,
                                              size_t len);
/* As a verifier key, at most IC_NOTE_VKEY_MAX characters, without a terminator. */
#define IC_NOTE_VKEY_MAX (IC_NOTE_NAME_MAX + 1 + 2 * IC_NOTE_ID_LEN + 1 + 44)
void ic_note_key_write(struct ic_wr *w, const struct ic_note_key *k);

/* Lends bytes of what was parsed. */
struct ic_note {
    const uint8_t *text;  /* with its last line feed */
    const uint8_t *lines; /* the signatures */
    size_t text_len, lines_len;
};

/* The form alone: nothing is verified.
 *  IC_ERR_INPUT  not a note; out untouched */
IC_NODISCARD enum ic_err ic_note_parse(const uint8_t *bytes, size_t len, struct ic_note *out);
/* The key has signed the text.
 *  IC_ERR_AUTH  it has not, or one of the signatures that are said to be its own is wrong */
IC_NODISCARD enum ic_err ic_note_verify(const struct ic_note *note, const struct ic_note_key *key);

/* The next signature that is said to be of the key, by its name and its id: len bytes behind the
 * id. at starts as 0. IC_ERR_GONE  there is none left IC_ERR_AUTH  there is one, of another length
 */
IC_NODISCARD enum ic_err ic_note_next_signature(const struct ic_note *note,
                                                const struct ic_note_key *key, size_t *at,
                                                uint8_t *signature, size_t len);

/* The longest line that a signature adds: em dash, name, id and signature in base64. */
#define IC_NOTE_LINE_MAX (4 + IC_NOTE_NAME_MAX + 1 + 92 + 1)
/* The text, which ends with a line feed and is all of printable UTF-8 and line feeds (asserted that
 * the note parses again), and one signature. private_key is that of key.
 *  IC_ERR_FULL    the writer is full
 *  IC_ERR_SYSTEM  the crypto library failed; what w holds must not be used in both */
IC_NODISCARD enum ic_err ic_note_sign(struct ic_wr *w, const struct ic_note_key *key,
                                      const struct ic_ed25519 *private_key, const uint8_t *text,
                                      size_t text_len);

#define IC_NOTE_SIGNATURE_MAX 72
/* A signature line alone, of at most IC_NOTE_SIGNATURE_MAX bytes of signature (asserted). */
void ic_note_write_signature(struct ic_wr *w, const struct ic_note_key *key,
                             const uint8_t *signature, size_t len);

#endif
