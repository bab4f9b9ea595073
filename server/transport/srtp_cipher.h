/* One keyed transform: SRTP or SRTCP, one direction. Turns header and text into text and tag, or
 * back; it knows no packet layout and keeps no state of streams. */
#ifndef IC_TRANSPORT_SRTP_CIPHER_H
#define IC_TRANSPORT_SRTP_CIPHER_H

#include "crypto/aead.h"
#include "crypto/ctr.h"
#include "crypto/hmac.h"
#include "transport/srtp_kdf.h"

#define IC_SRTP_TEXT_PARTS 3 /* what is put in front, the payload, padding */

/* Never copied once initialised. */
struct ic_srtp_cipher {
    enum ic_srtp_profile profile; /* IC_SRTP_NONE: not initialised */
    enum ic_srtp_kind kind;
    struct ic_aead aead; /* the GCM profiles */
    struct ic_ctr ctr;   /* the other, with hmac */
    struct ic_hmac hmac;
    uint8_t salt[IC_SRTP_SALT_MAX];
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

/* keys is borrowed, aead kept.
 *  IC_ERR_INPUT  unknown profile    IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_srtp_cipher_init(struct ic_srtp_cipher *c, enum ic_srtp_profile profile,
                                             enum ic_srtp_kind kind,
                                             const struct ic_aead_engine *aead,
                                             enum ic_aead_use use,
                                             const struct ic_srtp_session_keys *keys);
/* Wipe and free. Safe on a zeroed struct and twice. */
void ic_srtp_cipher_deinit(struct ic_srtp_cipher *c);

/* No allocation. IC_ERR_SYSTEM  the crypto library failed; the output must not be used */
IC_NODISCARD enum ic_err ic_srtp_cipher_seal(struct ic_srtp_cipher *c,
                                             const struct ic_srtp_unit *unit);
/* No allocation. IC_ERR_AUTH  wrong tag    IC_ERR_SYSTEM  as above; the output must not be used */
IC_NODISCARD enum ic_err ic_srtp_cipher_open(struct ic_srtp_cipher *c,
                                             const struct ic_srtp_unit *unit);

#endif
