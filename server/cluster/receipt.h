/* Route receipts (docs/protocol/receipts.md): what a node puts its name to about the packets of one
 * participant in one interval. One encoding only: what parses is written back byte for byte. A text
 * that is parsed and not opened (ic_receipt_open) means nothing: nobody has signed it. */
#ifndef IC_CLUSTER_RECEIPT_H
#define IC_CLUSTER_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"
#include "cluster/country.h"
#include "cluster/receipt_reason.h"
#include "crypto/hash.h"
#include "tlog/note.h"

/* UDP payload. */
struct ic_receipt_count {
    uint64_t packets, bytes;
};

struct ic_receipt_relay {
    char node[IC_NODE_NAME_MAX + 1];
    struct ic_receipt_count count;
};

/* Sorted by name. */
struct ic_receipt_relays {
    size_t count;
    struct ic_receipt_relay at[IC_RECEIPT_RELAYS_MAX];
};

enum ic_receipt_end {
    IC_RECEIPT_END_NO,    /* another interval of this transport follows */
    IC_RECEIPT_END_LEAVE, /* the participant leaves */
    IC_RECEIPT_END_LOST,  /* the transport ended */
    IC_RECEIPT_END_DRAIN, /* the participant leaves a node that goes out of service */
    IC_RECEIPT_ENDS,      /* how many */
};

struct ic_receipt {
    char node[IC_NODE_NAME_MAX + 1];
    uint64_t cert_serial;
    uint8_t cert[IC_SHA256_LEN]; /* leaf hash of the node's certificate */
    uint8_t meeting[IC_RECEIPT_ID_LEN], member[IC_RECEIPT_ID_LEN];
    uint8_t policy[IC_SHA256_LEN];
    uint64_t start_s;              /* since 1970 */
    uint64_t length_s;             /* 1 to IC_RECEIPT_INTERVAL_S */
    uint64_t seq;                  /* from 1, at most IC_NODE_SERIAL_MAX */
    uint8_t prev[IC_SHA256_LEN];   /* of the text before; zeros for seq 1, not written */
    uint8_t sha256[IC_SHA256_LEN]; /* of the text; set by parse, not written */
    char country[IC_COUNTRY_LEN + 1];
    struct ic_receipt_count in, out;
    struct ic_receipt_relays relay_to, relay_from;
    uint64_t rtt_min_us; /* 0: none was measured */
    uint64_t drop;       /* packets that were thrown away, not in `in` */
    enum ic_receipt_end end;
};

/* The text, without a signature. Nothing is verified. out is untouched unless it is good. */
IC_NODISCARD enum ic_receipt_reason ic_receipt_parse(const uint8_t *text, size_t len,
                                                     struct ic_receipt *out);
/* A note that the key, the receipt-key of a certificate, has signed. What the receipt says of that
 * certificate is not compared. out is untouched unless it is good. */
IC_NODISCARD enum ic_receipt_reason ic_receipt_open(const uint8_t *bytes, size_t len,
                                                    const struct ic_note_key *key,
                                                    struct ic_receipt *out);
/* The text of a note, whoever signed it: to find the certificate that says who had to. */
IC_NODISCARD enum ic_receipt_reason ic_receipt_peek(const uint8_t *bytes, size_t len,
                                                    struct ic_receipt *out);
/* The text. What does not follow the rules is written all the same. */
void ic_receipt_write(struct ic_wr *w, const struct ic_receipt *receipt);
/* The note, and into sha256 the hash of its text.
 *  IC_ERR_INPUT   it does not follow the rules: a client would refuse it
 *  IC_ERR_FULL    the writer is full
 *  IC_ERR_SYSTEM  the crypto library failed; what w holds must not be used in each case */
IC_NODISCARD enum ic_err ic_receipt_sign(struct ic_wr *w, const struct ic_receipt *receipt,
                                         const struct ic_note_key *key,
                                         const struct ic_ed25519 *private_key,
                                         uint8_t sha256[static IC_SHA256_LEN]);

/* The word of the line "end". */
const char *ic_receipt_end_word(enum ic_receipt_end end);

/* The receipt is the next one of the same transport. */
bool ic_receipt_is_next(const struct ic_receipt *before, const struct ic_receipt *receipt);
/* The receipt follows the one before in their chain (receipts.md 4, checks 7 and 8): good, or
 * IC_RECEIPT_IDS, SEQ, PREV, GAP, OVERLAP.
 *  before   NULL: it is to be the first one
 *  is_lost  the participant's device lost the node after it: another transport follows */
IC_NODISCARD enum ic_receipt_reason ic_receipt_follow(const struct ic_receipt *before,
                                                      const struct ic_receipt *receipt,
                                                      bool is_lost);

#endif
