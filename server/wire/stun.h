/* STUN messages (RFC 8489) as ICE uses them (RFC 8445 7): parse and write, no cryptography. The
 * parser hands out the place and the value of MESSAGE-INTEGRITY for the caller to verify; the
 * writer leaves room for it. FINGERPRINT is a checksum, not a secret, and is handled here. */
#ifndef IC_WIRE_STUN_H
#define IC_WIRE_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/wr.h"

#define IC_STUN_HEADER_LEN      20
#define IC_STUN_MAGIC_COOKIE    0x2112A442U
#define IC_STUN_TRANSACTION_LEN 12
#define IC_STUN_INTEGRITY_LEN   20
/* RFC 5389 15.3: "less than 513 bytes"; ICE needs the 513th: two names of 256 and a colon
 * (RFC 8839 5.4).
 * DEVIATION RFC 8489 14.3: its bound of 509 is too small for those. */
#define IC_STUN_USERNAME_MAX 513
/* LIMIT: further unknown attributes of one message are not listed. */
#define IC_STUN_UNKNOWN_MAX 8

enum ic_stun_class {
    IC_STUN_REQUEST = 0,
    IC_STUN_INDICATION = 1,
    IC_STUN_SUCCESS = 2,
    IC_STUN_ERROR = 3,
};

#define IC_STUN_METHOD_BINDING 0x001

enum ic_stun_error {
    IC_STUN_BAD_REQUEST = 400,
    IC_STUN_UNKNOWN_ATTRIBUTE = 420,
    IC_STUN_ROLE_CONFLICT = 487,
};

/* A parsed message. All pointers are lent from the parsed bytes. */
struct ic_stun {
    enum ic_stun_class message_class;
    uint16_t method;
    const uint8_t *transaction; /* IC_STUN_TRANSACTION_LEN */
    const uint8_t *username;    /* NULL: absent */
    size_t username_len;
    bool has_priority;
    uint32_t priority;
    bool has_use_candidate;
    bool has_controlling, has_controlled; /* never both */
    uint64_t tie_breaker;
    bool has_mapped;
    struct ic_addr mapped; /* XOR-MAPPED-ADDRESS */
    uint16_t error_code;   /* 0: absent */
    /* MESSAGE-INTEGRITY: HMAC-SHA1 over the first integrity_offset bytes with integrity_length in
     * the place of the header's length field. NULL: absent. */
    const uint8_t *integrity;
    size_t integrity_offset;
    uint8_t integrity_length[2];
    bool has_fingerprint; /* and it was right */
    /* Comprehension-required attributes that are not known here. */
    uint16_t unknown[IC_STUN_UNKNOWN_MAX];
    size_t unknown_count;
};

/* Parse one datagram. Everything is checked but the integrity. What stands behind
 * MESSAGE-INTEGRITY is ignored, except FINGERPRINT; of equal attributes the first counts.
 *  bytes  borrowed, lent on in *out
 *  IC_ERR_INPUT  not a whole STUN message, an attribute of impossible length or value, a wrong
 *                FINGERPRINT or anything behind it; *out untouched */
IC_NODISCARD enum ic_err ic_stun_parse(const uint8_t *bytes, size_t len, struct ic_stun *out);

/* Writing: header, attributes, integrity, fingerprint, in this order, into a writer that starts at
 * the message. */
void ic_stun_write_header(struct ic_wr *w, enum ic_stun_class message_class, uint16_t method,
                          const uint8_t transaction[static IC_STUN_TRANSACTION_LEN]);
/* "<receiver>:<sender>" (RFC 8445 7.2.2). */
void ic_stun_write_username(struct ic_wr *w, const char *receiver, const char *sender);
void ic_stun_write_priority(struct ic_wr *w, uint32_t priority);
void ic_stun_write_use_candidate(struct ic_wr *w);
void ic_stun_write_role(struct ic_wr *w, bool controlling, uint64_t tie_breaker);
void ic_stun_write_mapped(struct ic_wr *w, const struct ic_addr *addr);
/* Without a reason phrase: replies stay small. */
void ic_stun_write_error(struct ic_wr *w, enum ic_stun_error code);
void ic_stun_write_unknown(struct ic_wr *w, const uint16_t *types, size_t count);
/* Append MESSAGE-INTEGRITY with a value of zeros and set the header's length. Returns the number n
 * of bytes in front of it: the caller puts the HMAC of bytes 0..n-1 with ic_stun_set_integrity. */
size_t ic_stun_write_integrity(struct ic_wr *w);
void ic_stun_set_integrity(struct ic_wr *w, size_t offset,
                           const uint8_t value[static IC_STUN_INTEGRITY_LEN]);
/* Append FINGERPRINT; nothing may follow. */
void ic_stun_write_fingerprint(struct ic_wr *w);

#endif
