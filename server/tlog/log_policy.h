/* Policies (c2sp.org/tlog-policy): which logs to believe, and which witnesses must have cosigned,
 * as one text file. Its hash stands in a meeting's policy, so every octet of it counts. */
#ifndef IC_TLOG_LOG_POLICY_H
#define IC_TLOG_LOG_POLICY_H

#include <stdbool.h>

#include "tlog/proof.h"

/* Octets of the file. */
struct ic_log_policy_text {
    const char *at; /* NULL: there is none */
    size_t len;
};

struct ic_log_policy_log {
    struct ic_note_key key; /* its name is the log's origin */
    struct ic_log_policy_text url;
};

/* A witness or a group: what others can be told by name. */
struct ic_log_policy_node {
    struct ic_log_policy_text name;
    int16_t group;     /* the node of which it is a member, at most one; -1: of none */
    int16_t witness;   /* its number; -1: a group */
    uint8_t threshold; /* of a group: so many of its members */
    struct ic_log_policy_text url;
};

#define IC_LOG_POLICY_NODES_MAX (IC_TLOG_WITNESSES_MAX + IC_TLOG_GROUPS_MAX)

struct ic_log_policy {
    size_t log_count, witness_count, node_count;
    struct ic_log_policy_log logs[IC_TLOG_LOGS_MAX];
    struct ic_witness witnesses[IC_TLOG_WITNESSES_MAX];
    struct ic_log_policy_node nodes[IC_LOG_POLICY_NODES_MAX]; /* members before their groups */
    int16_t quorum;                                           /* a node; -1: none is asked for */
};

enum ic_log_policy_fault {
    IC_LOG_POLICY_SIZE,         /* more than IC_LOG_POLICY_BYTES_MAX bytes; no line */
    IC_LOG_POLICY_OCTET,        /* a control character */
    IC_LOG_POLICY_UNTERMINATED, /* no line feed behind the last line */
    IC_LOG_POLICY_KEYWORD,      /* the first word is none of the format */
    IC_LOG_POLICY_WORDS,        /* too few, or too many */
    IC_LOG_POLICY_KEY,          /* no Ed25519 verifier key of what the line is about */
    IC_LOG_POLICY_KEY_AGAIN,    /* the public key is there, under whatever name */
    IC_LOG_POLICY_NAME_AGAIN,   /* the name is defined, or is "none" */
    IC_LOG_POLICY_UNKNOWN,      /* a name that no line before defines */
    IC_LOG_POLICY_MEMBER_AGAIN, /* it is a member of a group already */
    IC_LOG_POLICY_THRESHOLD,    /* not all, any, or a number from 1 to that of the members */
    IC_LOG_POLICY_QUORUM_AGAIN,
    IC_LOG_POLICY_NO_QUORUM, /* no line */
    IC_LOG_POLICY_NO_LOG,    /* no line; DEVIATION c2sp.org/tlog-policy: an empty set of logs "may"
                                be accepted; here no checkpoint would be believed */
    IC_LOG_POLICY_LIMIT,     /* too many logs, witnesses or groups */
};

/* What is wrong, and on which line, counted from 1; 0: on none of them. */
struct ic_log_policy_error {
    enum ic_log_policy_fault fault;
    size_t line;
};

/* Lends the bytes.
 *  IC_ERR_INPUT   not a policy, or beyond our limits: error says why
 *  IC_ERR_SYSTEM  the crypto library failed
 * What out holds must not be used in both. */
IC_NODISCARD enum ic_err ic_log_policy_parse(const uint8_t *bytes, size_t len,
                                             struct ic_log_policy *out,
                                             struct ic_log_policy_error *error);

/* The log that signed a checkpoint, and whether witnesses cosigned it as the quorum asks for. Wrong
 * signatures of keys that the policy names spoil it, whoever else signed.
 *  out  written when the verdict is IC_PROOF_GOOD only; lends bytes of the checkpoint. Its time_s:
 *       of a group, the latest time at which or after which its threshold was met */
IC_NODISCARD enum ic_proof_verdict ic_log_policy_judge(const struct ic_log_policy *policy,
                                                       const uint8_t *checkpoint, size_t len,
                                                       struct ic_proof_result *out);
/* The same of a proof's checkpoint, and the entry's hash (ic_merkle_leaf) stands in that log. */
IC_NODISCARD enum ic_proof_verdict ic_log_policy_verify(const struct ic_log_policy *policy,
                                                        const struct ic_proof *proof,
                                                        const struct ic_merkle_hash *leaf,
                                                        struct ic_proof_result *out);

#endif
