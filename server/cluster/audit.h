/* The audit of an evidence bundle (docs/protocol/receipts.md 4 and 5): everything that one bundle
 * can show about where a call went, without a network and without a clock. */
#ifndef IC_CLUSTER_AUDIT_H
#define IC_CLUSTER_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cluster/evidence.h"
#include "cluster/node_cert.h"
#include "cluster/node_set.h"
#include "cluster/receipt.h"
#include "tlog/log_policy.h"
#include "wire/policy.h"

/* The exit status of the command, too. */
enum ic_audit_verdict {
    IC_AUDIT_OK,
    IC_AUDIT_VIOLATED,     /* something is not as the meeting's policy demands */
    IC_AUDIT_INCONCLUSIVE, /* nothing is wrong, but something is not there to be checked */
};

#define IC_AUDIT_SUBJECT_MAX 48
#define IC_AUDIT_TEXT_MAX    384

struct ic_audit_finding {
    enum ic_audit_verdict weight;       /* OK: worth knowing */
    char subject[IC_AUDIT_SUBJECT_MAX]; /* "receipt 12" */
    const char *word;                   /* for programs; static */
    char text[IC_AUDIT_TEXT_MAX];       /* for people */
};

/* A certificate of the bundle, and what its node has signed. */
struct ic_audit_node {
    struct ic_node_cert cert; /* zeros when it cannot be read */
    uint8_t leaf[IC_SHA256_LEN];
    bool is_seen, is_bad; /* a line of "seen" is about it; one of them is wrong */
    uint64_t receipts, from_s, to_s, covered_s, drop;
    struct ic_receipt_count in, out;
};

/* What the auditor knows from elsewhere; all may be left out. */
struct ic_audit_options {
    struct ic_part
        log_policy;        /* bytes NULL: that of the bundle is believed, if the policy names it */
    const char *countries; /* two letters each; NULL: all that the policy allows */
    size_t country_count;
};

/* Large: 200 KB. Owned by the caller. */
struct ic_audit {
    struct ic_evidence evidence;
    struct ic_policy policy;
    uint8_t policy_sha256[IC_SHA256_LEN];
    bool has_policy, has_log_policy, has_span, are_nodes_checked;
    struct ic_evidence_span span;
    struct ic_operator_keys keys[IC_OPERATOR_CHAIN_MAX]; /* each list in turn */
    size_t key_count;
    struct ic_log_policy log_policy;
    struct ic_node_set set; /* the one that is looked at */
    struct ic_audit_node nodes[IC_EVIDENCE_PAPERS_MAX];
    /* of the receipts */
    uint64_t receipts, covered_s;        /* that are good */
    uint64_t told_s, between_s;          /* by all that can be read; between transports */
    uint64_t missing_s;                  /* of those, with a node that was lost */
    uint64_t sent, came, received, went; /* packets, of receipts that have own counters */
    uint64_t uncounted;                  /* receipts that have none */
    enum ic_audit_verdict verdict;
    struct ic_audit_finding findings[IC_AUDIT_FINDINGS_MAX];
    size_t finding_count, findings_more; /* more: not kept */
};

/* All checks. a is filled; it lends bytes of the bundle and of the options.
 * A bundle that cannot be read is IC_AUDIT_INCONCLUSIVE, with one finding. */
enum ic_audit_verdict ic_audit_run(struct ic_audit *a, const uint8_t *bytes, size_t len,
                                   const struct ic_audit_options *options);

#endif
