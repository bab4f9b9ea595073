/* One keyed transform: SRTP or SRTCP, one direction. Turns header and text into text and tag, or
 * back; it knows no packet layout and keeps no state of streams. */
#ifndef IC_TRANSPORT_SRTP_CIPHER_H
#define IC_TRANSPORT_SRTP_CIPHER_H

#include "crypto/aead.h"
#include "crypto/ctr.h"
#include "crypto/ctr_sha1.h"
#include "crypto/hmac.h"
#include "transport/srtp_kdf.h"

#define IC_SRTP_TEXT_PARTS 3 /* what is put in front, the payload, padding */

/* Who computes RTP. Either may be NULL, as it is of all the rest: OpenSSL. */
struct ic_srtp_engine {
    const struct ic_aead_engine *aead;         /* of the GCM profiles */
    const struct ic_ctr_sha1_engine *ctr_sha1; /* of the other one, for many packets that go out */
};

/* Never copied once initialised. */
struct ic_srtp_cipher {
    enum ic_srtp_profile profile; /* IC_SRTP_NONE: not initialised */
    enum ic_srtp_kind kind;
    struct ic_aead aead; /* the GCM profiles */
    struct ic_ctr ctr;   /* the other, with hmac */
    struct ic_hmac hmac;
    struct ic_ctr_sha1 many;     /* the same for ic_srtp_cipher_seal_many, if there is an engine */
    bool is_aead;                /* of the profile, as is its tag */
    uint8_t tag_len;             /* 0: not initialised */
    uint8_t salt[IC_CTR_IV_LEN]; /* and zeros */
};

/* One packet for a transform. All borrowed. */
struct ic_srtp_unit {
    uint32_t ssrc;
    uint64_t index; /* SRTP: ROC << 16 | SEQ; SRTCP: 31 bits */
    struct ic_part header;
    struct ic_part text[IC_SRTP_TEXT_PARTS]; /* one after the other; some may be empty */
    uint8_t *out; /* where a part of the text is, or no overlap with it */
    uint8_t *tag; /* of the profile's length; written by seal, read by open */
};

/* keys is borrowed, what engine names is kept.
 *  engine  NULL: OpenSSL
 *  IC_ERR_INPUT  unknown profile    IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_srtp_cipher_init(struct ic_srtp_cipher *c, enum ic_srtp_profile profile,
                                             enum ic_srtp_kind kind,
                                             const struct ic_srtp_engine *engine,
                                             enum ic_aead_use use,
                                             const struct ic_srtp_session_keys *keys);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_srtp_cipher_deinit(struct ic_srtp_cipher *c);

/* No allocation. IC_ERR_SYSTEM  the crypto library failed; the output must not be used */
IC_NODISCARD enum ic_err ic_srtp_cipher_seal(struct ic_srtp_cipher *c,
                                             const struct ic_srtp_unit *unit);
/* A packet among many. */
struct ic_srtp_seal {
    struct ic_srtp_cipher *cipher; /* of RTP, and not of an AEAD */
    struct ic_srtp_unit unit;      /* header, out and tag stand side by side */
    enum ic_err error;             /* result */
};
/* The same of each, at most IC_CTR_SHA1_MAX: together, where that takes less time. No allocation.
 */
void ic_srtp_cipher_seal_many(struct ic_srtp_seal *seals, size_t count);
/* No allocation. IC_ERR_AUTH  wrong tag    IC_ERR_SYSTEM  as above; the output must not be used */
IC_NODISCARD enum ic_err ic_srtp_cipher_open(struct ic_srtp_cipher *c,
                                             const struct ic_srtp_unit *unit);

#endif
