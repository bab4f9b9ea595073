/* Why a text of docs/protocol/nodes.md is refused: the words of its section 9 that the server and
 * the operator's tool need. The same word everywhere, also in the client and in the vectors. */
#ifndef IC_CLUSTER_NODE_REASON_H
#define IC_CLUSTER_NODE_REASON_H

#include "base/wr.h"

enum ic_node_reason {
    IC_NODE_GOOD,
    /* form */
    IC_NODE_MISSING,
    IC_NODE_TOO_LARGE,
    IC_NODE_NOT_A_NOTE,
    IC_NODE_KIND,
    IC_NODE_LINE,
    IC_NODE_NODE,
    IC_NODE_SERIAL,
    IC_NODE_REGION,
    IC_NODE_REGION_GROUPS,
    IC_NODE_SITE,
    IC_NODE_ENTITY,
    IC_NODE_ROLES,
    IC_NODE_DTLS_SHA256,
    IC_NODE_RECEIPT_KEY,
    IC_NODE_ADDR,
    IC_NODE_NOT_BEFORE,
    IC_NODE_NOT_AFTER,
    IC_NODE_BUILD,
    IC_NODE_CERT,
    IC_NODE_PREVIOUS,
    IC_NODE_THRESHOLD,
    IC_NODE_KEY,
    IC_NODE_VALIDITY,
    /* who signed, when, and what it is compared with */
    IC_NODE_OPERATOR_KEYS,
    IC_NODE_SIGNATURE_WRONG,
    IC_NODE_SIGNATURES,
    IC_NODE_NOT_YET_VALID,
    IC_NODE_EXPIRED,
    IC_NODE_SET_SERIAL,
    IC_NODE_SET_CONFLICT,
    IC_NODE_CERT_SERIAL,
    IC_NODE_LOG_POLICY,
    IC_NODE_NOT_LOGGED,
    IC_NODE_CHECKPOINT,
    IC_NODE_WITNESSES,
    IC_NODE_LOG_STALE,
    IC_NODE_NOT_IN_SET,
    IC_NODE_REGION_NOT_ALLOWED,
    IC_NODE_ROLE_NOT_GRANTED,
    IC_NODE_FINGERPRINT,
    IC_NODE_ADDRESS,
    IC_NODE_SYSTEM,  /* the crypto library failed: not the text's fault, and refused all the same */
    IC_NODE_REASONS, /* how many */
};

/* The word of the protocol; "good" for IC_NODE_GOOD, "system" for IC_NODE_SYSTEM. */
const char *ic_node_reason_word(enum ic_node_reason reason);
/* What a person is told: at most IC_NODE_SENTENCE_MAX bytes, no line end, no terminator. what names
 * the text in at most 32 bytes: "node certificate", "node set", "operator key list". */
#define IC_NODE_SENTENCE_MAX 256
void ic_node_reason_write(struct ic_wr *w, enum ic_node_reason reason, const char *what);

#endif
