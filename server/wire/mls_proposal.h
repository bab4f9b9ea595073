/* Proposal (RFC 9420 12.1), by value and by reference (12.4). */
#ifndef IC_WIRE_MLS_PROPOSAL_H
#define IC_WIRE_MLS_PROPOSAL_H

#include "wire/mls_keypackage.h"

enum ic_mls_proposal_type {
    IC_MLS_PROPOSAL_ADD = 1,
    IC_MLS_PROPOSAL_UPDATE = 2,
    IC_MLS_PROPOSAL_REMOVE = 3,
    IC_MLS_PROPOSAL_PSK = 4,
    IC_MLS_PROPOSAL_REINIT = 5,
    IC_MLS_PROPOSAL_EXTERNAL_INIT = 6,
    IC_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS = 7,
};

enum ic_mls_psk_type {
    IC_MLS_PSK_EXTERNAL = 1,
    IC_MLS_PSK_RESUMPTION = 2,
};

struct ic_mls_psk {
    uint8_t type;          /* enum ic_mls_psk_type */
    struct ic_mls_span id; /* external: its id; resumption: the group's id */
    uint8_t usage;         /* resumption */
    uint64_t epoch;        /* resumption */
    struct ic_mls_span nonce;
};

struct ic_mls_reinit {
    struct ic_mls_span group_id, extensions;
    uint16_t version, suite;
};

/* Which members hold something depends on type; the others are zero. */
struct ic_mls_proposal {
    bool is_reference;            /* then reference alone */
    struct ic_mls_span reference; /* hash of the proposal */
    uint16_t type;                /* enum ic_mls_proposal_type */
    struct ic_mls_keypackage add;
    struct ic_mls_leaf update;
    uint32_t remove; /* leaf index */
    struct ic_mls_psk psk;
    struct ic_mls_reinit reinit;
    struct ic_mls_span external_init;            /* KEM output */
    struct ic_mls_span group_context_extensions; /* a list */
    struct ic_mls_span raw;
};

/* A Proposal. Bad, and *out undefined, when malformed or of an unknown type: those have a form
 * that we do not know. */
void ic_mls_proposal_read(struct ic_rd *r, struct ic_mls_proposal *out);
/* A ProposalOrRef, as in a commit; likewise. */
void ic_mls_proposal_read_or_ref(struct ic_rd *r, struct ic_mls_proposal *out);
/* Exactly one Proposal; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_proposal_parse(struct ic_mls_span bytes,
                                               struct ic_mls_proposal *out);

#endif
