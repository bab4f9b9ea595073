/* Cosignatures (c2sp.org/tlog-cosignature) with Ed25519: a witness says that, at a time, this was
 * the largest head of the log that it had seen, and that all before it are beginnings of it. Those
 * of other kinds (ML-DSA-44) are passed over as signatures of strangers are. */
#ifndef IC_TLOG_COSIGNATURE_H
#define IC_TLOG_COSIGNATURE_H

#include "tlog/note.h"

/* Who cosigns. A type of its own: no key of a log is taken for one. */
struct ic_witness {
    struct ic_note_key key;
};

/* As ic_note_key_init and ic_note_key_parse.
 *  IC_ERR_INPUT   no name of a key; no verifier key of a witness with Ed25519
 *  IC_ERR_SYSTEM  the crypto library failed; w untouched in both */
IC_NODISCARD enum ic_err ic_witness_init(struct ic_witness *w, const char *name, size_t name_len,
                                         const uint8_t key[static IC_ED25519_KEY_LEN]);
IC_NODISCARD enum ic_err ic_witness_parse(struct ic_witness *w, const char *vkey, size_t len);

/* The longest line. */
#define IC_COSIGNATURE_LINE_MAX (4 + IC_NOTE_NAME_MAX + 1 + 104 + 1)
/* "MUST NOT exceed 2^63 - 1" */
#define IC_COSIGNATURE_TIME_MAX INT64_MAX

/* The line alone, which is appended to the note. The text is that of a checkpoint, of at most
 * IC_TLOG_COSIGNED_MAX bytes, the time at most IC_COSIGNATURE_TIME_MAX (asserted), in seconds since
 * 1970; private_key is that of the witness.
 *  IC_ERR_FULL    the writer is full
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_cosignature_sign(struct ic_wr *w, const struct ic_witness *witness,
                                             const struct ic_ed25519 *private_key,
                                             const uint8_t *text, size_t text_len, uint64_t time_s);
/* The witness has cosigned the note's text. Of several times, the last one.
 *  IC_ERR_GONE   it has not
 *  IC_ERR_INPUT  the text is too long
 *  IC_ERR_AUTH   one of the cosignatures that are said to be its own is wrong: the note is not to
 * be believed; time_s untouched in all three */
IC_NODISCARD enum ic_err ic_cosignature_verify(const struct ic_note *note,
                                               const struct ic_witness *witness, uint64_t *time_s);

#endif
