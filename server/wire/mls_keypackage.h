/* KeyPackage (RFC 9420 10): what somebody is added to a group with. */
#ifndef IC_WIRE_MLS_KEYPACKAGE_H
#define IC_WIRE_MLS_KEYPACKAGE_H

#include "wire/mls_leaf.h"

struct ic_mls_keypackage {
    uint16_t version, suite;
    struct ic_mls_span init_key;
    struct ic_mls_leaf leaf;
    struct ic_mls_span extensions;
    struct ic_mls_span signature;
    struct ic_mls_span tbs; /* what is signed */
    struct ic_mls_span raw; /* the whole: what a KeyPackageRef is made of */
};

/* Bad, and *out undefined, when malformed. Version, suite and source of the leaf are the
 * caller's to judge. */
void ic_mls_keypackage_read(struct ic_rd *r, struct ic_mls_keypackage *out);
/* Exactly these bytes, without an MLSMessage around them; *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_keypackage_parse(struct ic_mls_span bytes,
                                                 struct ic_mls_keypackage *out);

#endif
