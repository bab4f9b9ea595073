/* The protection profiles and their lengths. */
#ifndef IC_TRANSPORT_SRTP_PROFILE_H
#define IC_TRANSPORT_SRTP_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* DTLS-SRTP protection profile numbers (RFC 5764 4.1.2, RFC 7714 14.2). */
enum ic_srtp_profile {
    IC_SRTP_NONE = 0,
    IC_SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001,
    IC_SRTP_AEAD_AES_128_GCM = 0x0007,
    IC_SRTP_AEAD_AES_256_GCM = 0x0008,
};

#define IC_SRTP_KEY_MAX  32
#define IC_SRTP_SALT_MAX 14
#define IC_SRTP_TAG_MAX  16

/* Lengths of master key and salt of a profile; 0 for an unknown one. */
size_t ic_srtp_key_len(enum ic_srtp_profile profile);
size_t ic_srtp_salt_len(enum ic_srtp_profile profile);
/* Length of the tag, of SRTP and of SRTCP; 0 for an unknown one. */
size_t ic_srtp_tag_len(enum ic_srtp_profile profile);
/* An AEAD (RFC 7714), as against a cipher and a MAC (RFC 3711). */
bool ic_srtp_is_aead(enum ic_srtp_profile profile);

#endif
