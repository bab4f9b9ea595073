/* GroupContext (RFC 9420 8.1) and GroupInfo (12.4.3). */
#ifndef IC_WIRE_MLS_GROUPINFO_H
#define IC_WIRE_MLS_GROUPINFO_H

#include "wire/mls.h"

struct ic_mls_context {
    uint16_t version, suite;
    struct ic_mls_span group_id;
    uint64_t epoch;
    struct ic_mls_span tree_hash, confirmed_transcript_hash;
    struct ic_mls_span extensions;
    struct ic_mls_span raw;
};

struct ic_mls_groupinfo {
    struct ic_mls_context context;
    struct ic_mls_span extensions; /* here is ratchet_tree */
    struct ic_mls_span confirmation_tag;
    uint32_t signer; /* leaf index */
    struct ic_mls_span signature;
    struct ic_mls_span tbs; /* what is signed */
};

/* Bad, and *out undefined, when malformed. */
void ic_mls_context_read(struct ic_rd *r, struct ic_mls_context *out);
/* Exactly the body of a message; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_groupinfo_parse(struct ic_mls_span body,
                                                struct ic_mls_groupinfo *out);

#endif
