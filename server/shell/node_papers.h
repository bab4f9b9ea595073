/* What this node shows clients about itself: its certificate, the node set, the lists of operator
 * keys, and proofs that the public log has them; from files of the data folder that operators put
 * there. They are shown only if a client would take them for this very machine. */
#ifndef IC_SHELL_NODE_PAPERS_H
#define IC_SHELL_NODE_PAPERS_H

#include "cluster/own_wall.h"
#include "shell/config.h"
#include "shell/data_dir.h"
#include "tlog/log_policy.h"
#include "tlog/merkle.h"

#define IC_NODE_CERT_FILE     "node-cert.txt"
#define IC_NODE_SET_FILE      "node-set.txt"
#define IC_OPERATOR_LIST_FILE "operator-keys.txt" /* rotated: operator-keys-2.txt, ... */
#define IC_NODE_LOG_FILE      "log-policy.txt"
#define IC_NODE_CERT_PROOF    "node-cert.tlog-proof"
#define IC_NODE_SET_PROOF     "node-set.tlog-proof"

struct ic_node_papers {
    const struct ic_data_dir *data; /* kept */
    uint8_t dtls_sha256[IC_SHA256_LEN];
    struct ic_addr addresses[IC_CANDIDATES_MAX]; /* that media is announced at */
    size_t address_count;
    struct ic_node_files *files; /* as they were read; NULL: they are not in order */
    char *json;                  /* for clients; NULL: there is nothing to show */
    uint64_t not_after_s;        /* of certificate or set, whichever ends first */
    struct ic_node_cert cert;    /* with json alone, as its leaf hash is */
    struct ic_merkle_hash leaf;
    bool has_own; /* the last load has proved what own says, also that the set is without us */
    struct ic_own_papers own;
    uint64_t stamp, stamp_seen; /* of the files, when they were loaded, and looked at last */
};

enum ic_node_papers_state {
    IC_NODE_PAPERS_NONE,    /* the files are not there */
    IC_NODE_PAPERS_GOOD,    /* they are shown */
    IC_NODE_PAPERS_REFUSED, /* nothing is shown */
};

/* data is kept, the addresses are copied. Nothing is read yet. */
void ic_node_papers_init(struct ic_node_papers *p, const struct ic_data_dir *data,
                         const struct ic_dtls_credentials *credentials,
                         const struct ic_addr *addresses, size_t address_count);
void ic_node_papers_deinit(struct ic_node_papers *p);
/* Read the files; what was shown before is shown no longer.
 *  why  when refused: the file, what is wrong, the next step */
enum ic_node_papers_state ic_node_papers_load(struct ic_node_papers *p, uint64_t now_s,
                                              char why[static IC_CONFIG_WHY_MAX]);
/* The files are others than those that were loaded, and have stayed so since this was asked last:
 * whoever replaces them is done. */
bool ic_node_papers_have_changed(struct ic_node_papers *p);

/* What was proved when they were read. Lent until the next load. */
struct ic_node_proved {
    struct ic_node_claim self;
    struct ic_node_set_claim set;
    const struct ic_operator_keys *keys; /* in force */
    const struct ic_log_policy *log_policy;
    struct ic_part cert, cert_proof; /* for other nodes */
    const char *name;
};

/* False: nothing is in order, and out untouched. */
bool ic_node_papers_proved(const struct ic_node_papers *p, struct ic_node_proved *out);

#endif
