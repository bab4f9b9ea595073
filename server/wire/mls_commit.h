/* Commit (RFC 9420 12.4) with its UpdatePath (7.6). */
#ifndef IC_WIRE_MLS_COMMIT_H
#define IC_WIRE_MLS_COMMIT_H

#include "wire/mls_proposal.h"

struct ic_mls_path_node {
    struct ic_mls_span encryption_key;
    struct ic_mls_span secrets; /* HPKECiphertexts */
    size_t secret_count;
};

struct ic_mls_path {
    struct ic_mls_leaf leaf;
    struct ic_mls_span nodes; /* iterate with ic_mls_path_node_next */
    size_t node_count;
};

struct ic_mls_commit {
    struct ic_mls_span proposals; /* iterate with ic_mls_commit_proposal_next */
    size_t proposal_count;
    bool has_path;
    struct ic_mls_path path;
};

/* Bad, and *out undefined, when malformed or beyond a bound. */
void ic_mls_path_read(struct ic_rd *r, struct ic_mls_path *out);
void ic_mls_commit_read(struct ic_rd *r, struct ic_mls_commit *out);
/* Exactly these bytes; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_path_parse(struct ic_mls_span bytes, struct ic_mls_path *out);
IC_NODISCARD enum ic_err ic_mls_commit_parse(struct ic_mls_span bytes, struct ic_mls_commit *out);

/* The next one of a list; begin with ic_mls_rd(list). False at the end. */
bool ic_mls_commit_proposal_next(struct ic_rd *proposals, struct ic_mls_proposal *out);
bool ic_mls_path_node_next(struct ic_rd *nodes, struct ic_mls_path_node *out);

#endif
