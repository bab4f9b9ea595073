/* Checkpoints (c2sp.org/tlog-checkpoint): the signed head of a log. */
#ifndef IC_TLOG_CHECKPOINT_H
#define IC_TLOG_CHECKPOINT_H

#include "tlog/merkle.h"
#include "tlog/note.h"

struct ic_checkpoint {
    const char *origin; /* borrowed, without a terminator */
    size_t origin_len;
    struct ic_merkle_head head;
};

/* A checkpoint of ours: origin, size in at most 20 digits, root; and one signature. */
#define IC_CHECKPOINT_TEXT_MAX (IC_CHECKPOINT_ORIGIN_MAX + 1 + 20 + 1 + 44 + 1)
#define IC_CHECKPOINT_MAX      (IC_CHECKPOINT_TEXT_MAX + 1 + IC_NOTE_LINE_MAX)

/* From the text of a note, which the checkpoint lends. Further lines are passed over.
 *  IC_ERR_INPUT  not the text of a checkpoint; out untouched */
IC_NODISCARD enum ic_err ic_checkpoint_parse(const uint8_t *text, size_t len,
                                             struct ic_checkpoint *out);
/* From a note that key must have signed; it lends the bytes.
 *  IC_ERR_INPUT  not a checkpoint; out untouched
 *  IC_ERR_AUTH   not signed by the key; out untouched */
IC_NODISCARD enum ic_err ic_checkpoint_open(const uint8_t *bytes, size_t len,
                                            const struct ic_note_key *key,
                                            struct ic_checkpoint *out);

/* The text alone. */
void ic_checkpoint_write(struct ic_wr *w, const struct ic_checkpoint *checkpoint);
/* The whole note, at most IC_CHECKPOINT_MAX bytes. The origin is not empty, at most
 * IC_CHECKPOINT_ORIGIN_MAX bytes of printable UTF-8 (asserted). Never sign two roots for one size.
 *  IC_ERR_FULL    the writer is full
 *  IC_ERR_SYSTEM  the crypto library failed; what w holds must not be used in both */
IC_NODISCARD enum ic_err ic_checkpoint_sign(struct ic_wr *w, const struct ic_checkpoint *checkpoint,
                                            const struct ic_note_key *key,
                                            const struct ic_ed25519 *private_key);

#endif
