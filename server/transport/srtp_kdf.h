/* Session keys from master keys (RFC 3711 4.3, RFC 6188 for 256-bit keys). The key
 * derivation rate is 0, as DTLS-SRTP has it: keys are derived once. */
#ifndef IC_TRANSPORT_SRTP_KDF_H
#define IC_TRANSPORT_SRTP_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "transport/srtp_profile.h"

#define IC_SRTP_AUTH_KEY_LEN 20 /* RFC 3711 5.2: 160 bits for HMAC-SHA1 */

enum ic_srtp_kind { IC_SRTP_RTP, IC_SRTP_RTCP };

struct ic_srtp_session_keys {
    uint8_t key[IC_SRTP_KEY_MAX];
    uint8_t auth[IC_SRTP_AUTH_KEY_LEN]; /* unused by an AEAD */
    uint8_t salt[IC_SRTP_SALT_MAX];
};

/* The keys of one kind of packet and one direction. Master key and salt are borrowed and have the
 * lengths of the profile; the caller wipes *out.
 *  IC_ERR_INPUT  unknown profile    IC_ERR_SYSTEM  the crypto library failed; *out is wiped */
IC_NODISCARD enum ic_err ic_srtp_kdf_derive(enum ic_srtp_profile profile, enum ic_srtp_kind kind,
                                            const uint8_t *master_key, const uint8_t *master_salt,
                                            struct ic_srtp_session_keys *out);

/* The pseudo-random function alone: n bytes for a label. key_len is 16 or 32, salt_len at most
 * IC_SRTP_SALT_MAX.
 *  IC_ERR_SYSTEM  the crypto library failed; what out holds must not be used */
IC_NODISCARD enum ic_err ic_srtp_kdf_prf(const uint8_t *key, size_t key_len, const uint8_t *salt,
                                         size_t salt_len, uint8_t label, uint8_t *out, size_t n);

#endif
