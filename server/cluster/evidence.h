/* Evidence bundles (docs/protocol/receipts.md 5): the files that a participant exports, found by
 * their names. Nothing is verified. */
#ifndef IC_CLUSTER_EVIDENCE_H
#define IC_CLUSTER_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "cluster/node_text.h"
#include "crypto/part.h"
#include "wire/ustar.h"

/* A note of an operator and the proof that it stands in the log; bytes NULL: the file is missing.
 */
struct ic_evidence_paper {
    struct ic_part note, proof;
};

/* Lends the bytes of the bundle; bytes NULL: the file is missing. Large: 66 KB. */
struct ic_evidence {
    struct ic_part policy, log_policy, seen, own, lost, span;
    struct ic_part lists[IC_OPERATOR_CHAIN_MAX];
    struct ic_evidence_paper sets[IC_EVIDENCE_PAPERS_MAX], certs[IC_EVIDENCE_PAPERS_MAX];
    struct ic_part receipts[IC_EVIDENCE_RECEIPTS_MAX];
    size_t list_count, set_count, cert_count, receipt_count;
};

/* What is wrong with a bundle as a whole. */
enum ic_evidence_fault {
    IC_EVIDENCE_GOOD,
    IC_EVIDENCE_TOO_LARGE,
    IC_EVIDENCE_ARCHIVE, /* not a ustar archive of files, or cut off */
    IC_EVIDENCE_NAME,    /* a file that a bundle does not have, or a number that is too high */
    IC_EVIDENCE_TWICE,   /* two files of one name */
    IC_EVIDENCE_NUMBER,  /* a number is left out */
};

/* out must not be used unless it is good.
 *  name  of the file that is wrong, or of the one that is left out; untouched when it is none */
IC_NODISCARD enum ic_evidence_fault ic_evidence_parse(const uint8_t *bytes, size_t len,
                                                      struct ic_evidence *out,
                                                      char name[static IC_USTAR_NAME_MAX + 1]);
/* For a person; static. */
const char *ic_evidence_fault_sentence(enum ic_evidence_fault fault);

/* The next line of a file of lines, whose line feed is taken off.
 *  IC_ERR_GONE   there is none
 *  IC_ERR_INPUT  the last line is cut off */
IC_NODISCARD enum ic_err ic_evidence_line(struct ic_part *file, struct ic_node_value *out);

/* What the device says of itself (file "span"). */
struct ic_evidence_span {
    uint64_t from_s, to_s; /* since 1970 */
    uint8_t meeting[IC_RECEIPT_ID_LEN], member[IC_RECEIPT_ID_LEN];
};
IC_NODISCARD enum ic_err ic_evidence_span_parse(struct ic_part file, struct ic_evidence_span *out);

/* A line of the file "seen"; numbers from 1. */
struct ic_evidence_seen {
    uint64_t time_s, cert, set;
};
IC_NODISCARD enum ic_err ic_evidence_seen_parse(struct ic_node_value line,
                                                struct ic_evidence_seen *out);

/* A line of the file "own": what the device counted until the receipt came. */
struct ic_evidence_own {
    uint64_t seq, sent, sent_bytes, received, received_bytes;
};
IC_NODISCARD enum ic_err ic_evidence_own_parse(struct ic_node_value line,
                                               struct ic_evidence_own *out);

/* A line of the file "lost": a node was lost behind the receipt with this number, by the device's
 * own clock. */
struct ic_evidence_lost {
    uint64_t seq;    /* 0: before any */
    uint64_t came_s; /* that receipt, or the transport if it was made later */
    uint64_t lost_s; /* noticed that the node was gone */
    uint64_t next_s; /* the next transport was made */
};
IC_NODISCARD enum ic_err ic_evidence_lost_parse(struct ic_node_value line,
                                                struct ic_evidence_lost *out);

#endif
