/* SRTP and SRTCP of one peer, both directions (RFC 3711, RFC 7714). One session has one key pair
 * from DTLS; receive state (rollover counter, replay window) is kept per SSRC, at most
 * IC_PEER_SSRCS_MAX. Sending RTP is stateless: the caller knows the extended sequence number of
 * its stream, so that a batch may hold packets of many sessions in any order. That number makes the
 * IV: one (SSRC, ext_seq) of a session must never carry two different packets. */
#ifndef IC_TRANSPORT_SRTP_H
#define IC_TRANSPORT_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "transport/srtp_profile.h"

#define IC_SRTCP_EXPANSION_MAX (IC_SRTP_TAG_MAX + 4)

struct ic_srtp_keys {
    enum ic_srtp_profile profile;
    uint8_t local_key[IC_SRTP_KEY_MAX], remote_key[IC_SRTP_KEY_MAX];
    uint8_t local_salt[IC_SRTP_SALT_MAX], remote_salt[IC_SRTP_SALT_MAX];
};

struct ic_srtp; /* full definition in srtp_state.h for owners; never copied once initialised */

#include "transport/srtp_state.h"

/* Derive the session keys. keys is borrowed; the caller wipes it.
 *  engine  who computes RTP, as NULL OpenSSL; what it names is kept
 *  IC_ERR_INPUT  unknown profile    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_srtp_init(struct ic_srtp *s, const struct ic_srtp_keys *keys,
                                      const struct ic_srtp_engine *engine);
/* Wipe the keys and free the contexts. Safe on a zeroed struct and twice. */
void ic_srtp_deinit(struct ic_srtp *s);

/* Authenticate and decrypt one RTP packet; *len shrinks by the tag.
 *  packet     borrows, and does not change unless it is out
 *  out        where the packet goes, *len bytes at first: packet itself, or no overlap with it; on
 *             error its contents are undefined
 *  ext_seq    set to the extended sequence number (ROC << 16 | SEQ)
 *  IC_ERR_INPUT   not an RTP packet with a whole header, or padding beyond the payload
 *  IC_ERR_AUTH    bad tag     IC_ERR_REPLAY  seen before or older than the window
 *  IC_ERR_FULL    a further SSRC than IC_PEER_SSRCS_MAX, its tag being good (no state is made of
 *                 an SSRC before that)
 *  IC_ERR_STATE   not initialised    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_srtp_unprotect_rtp_to(struct ic_srtp *s, uint8_t *packet, size_t *len,
                                                  uint8_t *out, uint64_t *ext_seq);
/* The same in place. */
IC_NODISCARD static inline enum ic_err ic_srtp_unprotect_rtp(struct ic_srtp *s, uint8_t *packet,
                                                             size_t *len, uint64_t *ext_seq)
{
    return ic_srtp_unprotect_rtp_to(s, packet, len, packet, ext_seq);
}
/* The same for a compound RTCP packet, in place; *len shrinks by tag and index. At most
 * IC_PEER_RTCP_SSRCS_MAX senders. A packet whose E flag is clear is refused: IC_ERR_INPUT. */
IC_NODISCARD enum ic_err ic_srtp_unprotect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len);
/* Encrypt a compound RTCP packet in place; cap must leave IC_SRTCP_EXPANSION_MAX (else
 * IC_ERR_FULL).
 *  IC_ERR_STATE  not initialised, or 2^31 packets were sent: the key is used up */
IC_NODISCARD enum ic_err ic_srtp_protect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len,
                                              size_t cap);

/* One RTP packet to send. header, prefix and payload are borrowed; header || encrypted (prefix ||
 * payload || padding) || tag goes to out, which must hold header_len + prefix_len + payload_len +
 * pad + IC_SRTP_TAG_MAX and may not overlap payload; the header may stand in out already. The
 * prefix is what differs per receiver at the start of a shared payload: the original sequence
 * number of a retransmission (RFC 4588 4), the rewritten payload descriptor. */
struct ic_srtp_job {
    struct ic_srtp *session;
    uint64_t ext_seq; /* ROC << 16 | SEQ; its low 16 bits are the sequence number in the header
                       * (asserted). A stream starts below 2^15, so that the receiver's guess of
                       * ROC 0 holds when its first packets are lost (RFC 3711 3.3.1) */
    const uint8_t *header;
    size_t header_len;
    const uint8_t *prefix;
    size_t prefix_len; /* 0: none */
    const uint8_t *payload;
    size_t payload_len;
    uint8_t pad; /* bytes of padding, which the header then says (RFC 3550 5.1) */
    uint8_t *out;
    size_t out_len;    /* result */
    enum ic_err error; /* result: IC_ERR_STATE not initialised or ext_seq of 2^48, IC_ERR_SYSTEM */
};

/* Many packets, many keys: of one profile by HMAC-SHA1 with one call it takes less than with each
 * by itself (srtp_cipher.h). */
void ic_srtp_protect_rtp(struct ic_srtp_job *jobs, size_t count);

#endif
