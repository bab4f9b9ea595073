/* Operator key lists (docs/protocol/nodes.md 4): who signs certificates and sets, and how many of
 * them must. One encoding only. Private keys never come here: they stay off the nodes. */
#ifndef IC_CLUSTER_OPERATOR_KEYS_H
#define IC_CLUSTER_OPERATOR_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/wr.h"
#include "cluster/node_reason.h"
#include "crypto/hash.h"
#include "crypto/part.h"
#include "tlog/note.h"

struct ic_operator_keys {
    uint64_t serial;                 /* 1 for the first list */
    uint8_t previous[IC_SHA256_LEN]; /* of the text before; zeros for serial 1, not written */
    uint8_t sha256[IC_SHA256_LEN];   /* of the text; set by parse, not written */
    uint8_t threshold, count;
    struct ic_note_key keys[IC_OPERATOR_KEYS_MAX]; /* sorted by their text */
};

/* The text of a list, without signatures. Nothing is verified. out is untouched unless it is good.
 */
IC_NODISCARD enum ic_node_reason ic_operator_keys_parse(const uint8_t *text, size_t len,
                                                        struct ic_operator_keys *out);
/* The text. What does not follow the rules is written all the same. */
void ic_operator_keys_write(struct ic_wr *w, const struct ic_operator_keys *keys);
/* Bring the keys into the order of the text. */
void ic_operator_keys_sort(struct ic_operator_keys *keys);

/* Enough of the keys have signed the note, and none of them wrongly. */
IC_NODISCARD enum ic_node_reason ic_operator_keys_verify(const struct ic_operator_keys *keys,
                                                         const struct ic_note *note);
/* How many of the keys have signed; the reason as above, but that too few is IC_NODE_GOOD. */
IC_NODISCARD enum ic_node_reason ic_operator_keys_count(const struct ic_operator_keys *keys,
                                                        const struct ic_note *note,
                                                        size_t *signers);

/* The list that follows keys: a note that they have signed. Takes its place in keys, which is
 * untouched unless it is good. */
IC_NODISCARD enum ic_node_reason ic_operator_keys_rotate(struct ic_operator_keys *keys,
                                                         const uint8_t *bytes, size_t len);
/* The list in force: of a chain whose first one (text or note) has the hash. */
IC_NODISCARD enum ic_node_reason ic_operator_keys_open(const struct ic_part *lists, size_t count,
                                                       const uint8_t sha256[static IC_SHA256_LEN],
                                                       struct ic_operator_keys *out);

#endif
