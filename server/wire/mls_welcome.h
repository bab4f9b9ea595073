/* Welcome (RFC 9420 12.4.3.1): who is welcomed, and the same Welcome for one of them alone. */
#ifndef IC_WIRE_MLS_WELCOME_H
#define IC_WIRE_MLS_WELCOME_H

#include "wire/mls.h"

struct ic_mls_welcome_secret {
    struct ic_mls_span reference; /* KeyPackageRef of the new member */
    struct ic_mls_span kem_output, ciphertext;
    struct ic_mls_span raw;
};

struct ic_mls_welcome {
    uint16_t suite;
    struct ic_mls_span secrets; /* iterate with ic_mls_welcome_secret_next */
    size_t secret_count;        /* at most IC_MLS_ADDS_MAX */
    struct ic_mls_span encrypted_group_info;
};

/* Exactly the body of a message; *out untouched on failure.
 *  IC_ERR_INPUT  malformed, or for too many */
IC_NODISCARD enum ic_err ic_mls_welcome_parse(struct ic_mls_span body, struct ic_mls_welcome *out);
/* The next one; begin with ic_mls_rd(welcome.secrets). False at the end. */
bool ic_mls_welcome_secret_next(struct ic_rd *secrets, struct ic_mls_welcome_secret *out);
/* The MLSMessage with the same Welcome, whose list holds this one alone: the other bytes stay as
 * they were. */
void ic_mls_welcome_write_one(struct ic_wr *w, const struct ic_mls_welcome *welcome,
                              const struct ic_mls_welcome_secret *secret);

#endif
