/* Why a route receipt is refused: the words of docs/protocol/receipts.md 4. The same word in the
 * client and in the vectors. */
#ifndef IC_CLUSTER_RECEIPT_REASON_H
#define IC_CLUSTER_RECEIPT_REASON_H

enum ic_receipt_reason {
    IC_RECEIPT_GOOD,
    /* form */
    IC_RECEIPT_TOO_LARGE,
    IC_RECEIPT_NOT_A_NOTE,
    IC_RECEIPT_KIND,
    IC_RECEIPT_LINE,
    IC_RECEIPT_NODE,
    IC_RECEIPT_CERT,
    IC_RECEIPT_MEETING,
    IC_RECEIPT_MEMBER,
    IC_RECEIPT_POLICY,
    IC_RECEIPT_INTERVAL,
    IC_RECEIPT_SEQ,
    IC_RECEIPT_PREV,
    IC_RECEIPT_REGION,
    IC_RECEIPT_IN,
    IC_RECEIPT_OUT,
    IC_RECEIPT_RELAY_TO,
    IC_RECEIPT_RELAY_FROM,
    IC_RECEIPT_RTT_MIN_US,
    IC_RECEIPT_DROP,
    IC_RECEIPT_END,
    /* who signed it, and what it is compared with */
    IC_RECEIPT_SIGNATURE,
    IC_RECEIPT_FOREIGN_NODE,
    IC_RECEIPT_NOT_VALID,
    IC_RECEIPT_REGION_NOT_ALLOWED,
    IC_RECEIPT_IDS,
    IC_RECEIPT_GAP,
    IC_RECEIPT_OVERLAP,
    IC_RECEIPT_HOPS,
    IC_RECEIPT_HIDDEN_RELAY,
    IC_RECEIPT_RELAY_COUNTS,
    IC_RECEIPT_COUNTERS,
    IC_RECEIPT_SYSTEM,  /* the crypto library failed: not the receipt's fault, refused all the same
                         */
    IC_RECEIPT_REASONS, /* how many */
};

/* The word of the protocol; "good" for IC_RECEIPT_GOOD, "system" for IC_RECEIPT_SYSTEM. */
const char *ic_receipt_reason_word(enum ic_receipt_reason reason);
/* What a person is told, a sentence; static. */
const char *ic_receipt_reason_sentence(enum ic_receipt_reason reason);

#endif
