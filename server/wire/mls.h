/* What all structures of MLS (RFC 9420) share: spans of the input, vectors of variable size
 * (2.1.2), numbers of the registries (17), lists of extensions (13) and of 16-bit values.
 *
 * Everything that is read borrows the input: a span points into it and nothing is copied. Lists
 * are walked when they are read, so that what a caller iterates later is known to be sound.
 * Nothing here is decrypted, verified or hashed: see signal/mlsgroup.h. */
#ifndef IC_WIRE_MLS_H
#define IC_WIRE_MLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"

#define IC_MLS_VERSION_10 1

enum ic_mls_suite {
    IC_MLS_SUITE_X25519_AES128 = 1, /* the one of In Camera */
    IC_MLS_SUITE_X25519_CHACHA = 3, /* the same hash and signature: runs in vectors */
};

enum ic_mls_extension_type {
    IC_MLS_EXT_RATCHET_TREE = 2,
    IC_MLS_EXT_REQUIRED_CAPABILITIES = 3,
    IC_MLS_EXT_POLICY = 0xF1CA,   /* ic_policy, in the GroupContext */
    IC_MLS_EXT_IDENTITY = 0xF1CB, /* ic_identity, in a leaf */
};

enum ic_mls_credential_type {
    IC_MLS_CREDENTIAL_BASIC = 1,
    IC_MLS_CREDENTIAL_X509 = 2,
};

/* Bytes lent from the input. */
struct ic_mls_span {
    const uint8_t *at; /* may be NULL when len is 0 */
    size_t len;
};

static inline struct ic_rd ic_mls_rd(struct ic_mls_span span)
{
    return ic_rd_init(span.at, span.len);
}

/* What a reader has passed between two of its states. */
static inline struct ic_mls_span ic_mls_since(const struct ic_rd *before, const struct ic_rd *after)
{
    return (struct ic_mls_span){.at = before->p,
                                .len = after->bad ? 0 : before->left - after->left};
}

bool ic_mls_span_eq(struct ic_mls_span a, struct ic_mls_span b);

/* A vector of variable size. Bad when its length is not encoded in the fewest bytes. */
struct ic_mls_span ic_mls_read_vector(struct ic_rd *r);
/* optional<T>: bad when it is neither 0 nor 1. */
bool ic_mls_read_optional(struct ic_rd *r);

/* Bytes that the length of a vector of len bytes takes: 1, 2 or 4. */
size_t ic_mls_length_size(size_t len);
void ic_mls_write_length(struct ic_wr *w, size_t len);
void ic_mls_write_vector(struct ic_wr *w, const uint8_t *bytes, size_t len);
/* Begin a vector whose length is known later; returns the mark for ic_mls_write_close. */
size_t ic_mls_write_open(struct ic_wr *w);
void ic_mls_write_close(struct ic_wr *w, size_t mark);

/* A vector of 16-bit values, at most count_max of them. */
struct ic_mls_span ic_mls_read_list16(struct ic_rd *r, size_t count_max);
bool ic_mls_list16_has(struct ic_mls_span list, uint16_t value);

struct ic_mls_extension {
    uint16_t type;
    struct ic_mls_span data;
};

/* A list of extensions, without its length. Bad when it has more than IC_MLS_EXTENSIONS_MAX, or
 * one type twice. */
struct ic_mls_span ic_mls_read_extensions(struct ic_rd *r);
/* The next one of a list; begin with ic_mls_rd(list). False at the end. */
bool ic_mls_extension_next(struct ic_rd *list, struct ic_mls_extension *out);
bool ic_mls_extension_find(struct ic_mls_span list, uint16_t type, struct ic_mls_span *data);

/* required_capabilities (RFC 9420 11.1): lists of 16-bit values. */
struct ic_mls_required {
    struct ic_mls_span extensions, proposals, credentials;
};
/* *out untouched on failure.
 *  IC_ERR_INPUT  malformed */
IC_NODISCARD enum ic_err ic_mls_required_parse(struct ic_mls_span data,
                                               struct ic_mls_required *out);

#endif
