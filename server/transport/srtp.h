/* SRTP and SRTCP of one peer, both directions (RFC 3711, RFC 7714). One session has one key pair
 * from DTLS; receive state (rollover counter, replay window) is kept per SSRC, at most
 * IC_PEER_SSRCS_MAX. Sending RTP is stateless: the caller knows the extended sequence number of
 * its stream, so that a batch may hold packets of many sessions in any order. */
#ifndef IC_TRANSPORT_SRTP_H
#define IC_TRANSPORT_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

/* DTLS-SRTP protection profile numbers (RFC 5764 4.1.2, RFC 7714 14.2). */
enum ic_srtp_profile {
    IC_SRTP_NONE = 0,
    IC_SRTP_AES128_CM_HMAC_SHA1_80 = 0x0001,
    IC_SRTP_AEAD_AES_128_GCM = 0x0007,
    IC_SRTP_AEAD_AES_256_GCM = 0x0008,
};

#define IC_SRTP_KEY_MAX 32
#define IC_SRTP_SALT_MAX 14
#define IC_SRTP_TAG_MAX 16
#define IC_SRTCP_EXPANSION_MAX (IC_SRTP_TAG_MAX + 4)
#define IC_SRTP_REPLAY_WINDOW 1024 /* RFC 3711 3.3.2: at least 64 */

/* Lengths of master key and salt of a profile; 0 for an unknown one. */
size_t ic_srtp_key_len(enum ic_srtp_profile profile);
size_t ic_srtp_salt_len(enum ic_srtp_profile profile);

struct ic_srtp_keys {
    enum ic_srtp_profile profile;
    uint8_t local_key[IC_SRTP_KEY_MAX], remote_key[IC_SRTP_KEY_MAX];
    uint8_t local_salt[IC_SRTP_SALT_MAX], remote_salt[IC_SRTP_SALT_MAX];
};

struct ic_srtp; /* full definition in srtp_state.h for owners; never copied once initialised */

#include "transport/srtp_state.h"

/* Derive the session keys. keys is borrowed; the caller wipes it.
 *  IC_ERR_INPUT  unknown profile    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_srtp_init(struct ic_srtp *s, const struct ic_srtp_keys *keys);
/* Wipe the keys and free the contexts. Safe on a zeroed struct and twice. */
void ic_srtp_deinit(struct ic_srtp *s);

/* Authenticate and decrypt one RTP packet in place; *len shrinks by the tag.
 *  packet     borrows; on error its contents are undefined
 *  ext_seq    set to the extended sequence number (ROC << 16 | SEQ)
 *  IC_ERR_INPUT   not an RTP packet with a whole header
 *  IC_ERR_AUTH    bad tag     IC_ERR_REPLAY  seen before or older than the window
 *  IC_ERR_FULL    a further SSRC than IC_PEER_SSRCS_MAX (state is made only after the tag proved good) */
IC_NODISCARD enum ic_err ic_srtp_unprotect_rtp(struct ic_srtp *s, uint8_t *packet, size_t *len,
                                               uint64_t *ext_seq);
/* The same for a compound RTCP packet. */
IC_NODISCARD enum ic_err ic_srtp_unprotect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len);
/* Encrypt a compound RTCP packet in place; cap must leave IC_SRTCP_EXPANSION_MAX (else IC_ERR_FULL). */
IC_NODISCARD enum ic_err ic_srtp_protect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len,
                                              size_t cap);

/* One RTP packet to send. header and payload are borrowed; header || encrypted payload || tag goes
 * to out, which must hold header_len + payload_len + IC_SRTP_TAG_MAX and may not overlap payload. */
struct ic_srtp_job {
    struct ic_srtp *session;
    uint64_t ext_seq; /* its low 16 bits are the sequence number in the header */
    const uint8_t *header;
    size_t header_len;
    const uint8_t *payload;
    size_t payload_len;
    uint8_t *out;
    size_t out_len;    /* result */
    enum ic_err error; /* result */
};

/* The engine: EVP now, a faster one later. Many packets, many keys. */
struct ic_srtp_engine {
    const char *name;
    void (*protect_rtp)(struct ic_srtp_job *jobs, size_t count);
};

/* The portable engine over OpenSSL EVP. */
const struct ic_srtp_engine *ic_srtp_engine_evp(void);

#endif
