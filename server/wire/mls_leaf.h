/* LeafNode (RFC 9420 7.2): what a member of the group shows of itself. */
#ifndef IC_WIRE_MLS_LEAF_H
#define IC_WIRE_MLS_LEAF_H

#include "wire/mls.h"

enum ic_mls_leaf_source {
    IC_MLS_LEAF_KEY_PACKAGE = 1, /* has a lifetime */
    IC_MLS_LEAF_UPDATE = 2,
    IC_MLS_LEAF_COMMIT = 3, /* has a parent hash */
};

struct ic_mls_credential {
    uint16_t type;
    struct ic_mls_span identity; /* basic: the identity; X.509: the list of certificates */
    struct ic_mls_span raw;
};

/* Lists of 16-bit values. */
struct ic_mls_capabilities {
    struct ic_mls_span versions, suites, extensions, proposals, credentials;
    struct ic_mls_span raw;
};

struct ic_mls_leaf {
    struct ic_mls_span encryption_key, signature_key;
    struct ic_mls_credential credential;
    struct ic_mls_capabilities capabilities;
    uint8_t source;                 /* enum ic_mls_leaf_source */
    uint64_t not_before, not_after; /* seconds since 1970; source key_package */
    struct ic_mls_span parent_hash; /* source commit */
    struct ic_mls_span extensions;  /* iterate with ic_mls_extension_next */
    struct ic_mls_span signature;
    struct ic_mls_span tbs; /* what is signed, without the group id and leaf index that sources
                             * update and commit have behind it */
    struct ic_mls_span raw; /* the whole */
};

/* Bad, and *out undefined, when malformed, of an unknown source or credential type, or beyond a
 * bound. */
void ic_mls_leaf_read(struct ic_rd *r, struct ic_mls_leaf *out);
/* Exactly these bytes; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_leaf_parse(struct ic_mls_span bytes, struct ic_mls_leaf *out);

#endif
