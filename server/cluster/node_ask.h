/* What one node asks another on the bus, and the answer (docs/protocol/cluster.md 4). One encoding
 * only. Nobody signs them: a certificate proves itself, and "I carry this meeting" is a proposal.
 */
#ifndef IC_CLUSTER_NODE_ASK_H
#define IC_CLUSTER_NODE_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "crypto/part.h"

enum ic_node_ask_kind {
    IC_NODE_ASK_CERTIFICATE = 1, /* the one with this leaf hash, and the proof that it is logged */
    IC_NODE_ASK_PRESENCE = 2,    /* are you there, and do you carry this meeting? */
};

struct ic_node_ask {
    enum ic_node_ask_kind kind;
    uint8_t leaf[IC_SHA256_LEN];        /* CERTIFICATE */
    uint8_t meeting[IC_MEETING_ID_LEN]; /* PRESENCE */
};

struct ic_node_answer {
    enum ic_node_ask_kind kind;
    struct ic_part cert, proof;         /* CERTIFICATE; of a parsed one: borrowed */
    uint8_t meeting[IC_MEETING_ID_LEN]; /* PRESENCE */
    uint64_t generation;                /* PRESENCE; 0: the meeting does not run there */
};

/*  IC_ERR_INPUT  not an ask, not an answer; out untouched */
IC_NODISCARD enum ic_err ic_node_ask_parse(const uint8_t *bytes, size_t len,
                                           struct ic_node_ask *out);
void ic_node_ask_write(struct ic_wr *w, const struct ic_node_ask *ask);
/* The parts are lent by bytes: at most IC_NODE_CERT_MAX and IC_TLOG_PROOF_MAX. */
IC_NODISCARD enum ic_err ic_node_answer_parse(const uint8_t *bytes, size_t len,
                                              struct ic_node_answer *out);
void ic_node_answer_write(struct ic_wr *w, const struct ic_node_answer *answer);

#endif
