/* The transport of one peer: ICE, DTLS and SRTP together. Bytes in, media out; bytes to send as
 * effects. Law: one input or tick, then poll until false. */
#ifndef IC_TRANSPORT_PEER_IO_H
#define IC_TRANSPORT_PEER_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"
#include "transport/dtls.h"
#include "transport/ice.h"
#include "transport/srtp.h"

enum ic_peer_io_state {
    IC_PEER_IO_CONNECTING,
    IC_PEER_IO_CONNECTED,
    IC_PEER_IO_CLOSED, /* see ic_peer_io_end */
};

enum ic_peer_io_end {
    IC_PEER_IO_END_NONE,
    IC_PEER_IO_END_ICE_TIMEOUT,
    IC_PEER_IO_END_CONSENT_LOST,
    IC_PEER_IO_END_FINGERPRINT,
    IC_PEER_IO_END_BY_PEER,
};

/* What an accepted datagram was. */
enum ic_peer_io_kind {
    IC_PEER_IO_NOTHING, /* STUN or DTLS: handled inside */
    IC_PEER_IO_RTP,     /* decrypted to where it should go */
    IC_PEER_IO_RTCP,    /* decrypted in place */
};

struct ic_peer_io_config {
    struct ic_ice_config ice;
    const struct ic_dtls_vtable *dtls; /* kept */
    void *dtls_credentials;            /* kept */
    struct ic_srtp_engine engine;      /* copied; what it names is kept */
    enum ic_dtls_role dtls_role;
    uint8_t fingerprint[IC_FINGERPRINT_LEN]; /* the peer's, copied */
    /* Handshakes under way in this worker: kept, counted up and down here, never above
     * IC_DTLS_PENDING_MAX. At the bound a ClientHello is dropped; the client sends it again.
     * NULL: no bound. */
    uint32_t *dtls_pending;
    bool keeps_dtls; /* ic_peer_io_keys is wanted for as long as the peer lives */
};

#define IC_PEER_IO_SEND_MAX IC_DATAGRAM_MAX

/* Effect: a STUN or DTLS datagram. */
struct ic_peer_io_out {
    struct ic_path path;
    uint8_t bytes[IC_PEER_IO_SEND_MAX];
    size_t len;
};

#include "transport/peer_io_state.h" /* struct ic_peer_io */

void ic_peer_io_init(struct ic_peer_io *io, const struct ic_peer_io_config *config,
                     struct ic_time now);
/* Wipes keys, frees the DTLS object. */
void ic_peer_io_deinit(struct ic_peer_io *io);
/* Feed one datagram. RFC 7983 demux, then STUN, DTLS or SRTP.
 *  dgram     borrows; contents undefined afterwards, but for what kind says
 *  rtp       where RTP is decrypted to, *len bytes: dgram itself, or no overlap with it; contents
 *            undefined unless kind is IC_PEER_IO_RTP
 *  len       in: bytes; out: length of the decrypted RTP or RTCP packet
 *  kind      what it was, when IC_OK
 *  ext_seq   extended sequence number, IC_PEER_IO_RTP only
 *  IC_ERR_INPUT, IC_ERR_AUTH, IC_ERR_REPLAY, IC_ERR_STATE (e.g. media before keys, DTLS from a path
 *  that ICE has not proved), IC_ERR_FULL (a bound of limits.h): drop and count
 * RTP never moves the send path. */
IC_NODISCARD enum ic_err ic_peer_io_input_to(struct ic_peer_io *io, struct ic_time now,
                                             const struct ic_path *path, uint8_t *dgram,
                                             uint8_t *rtp, size_t *len, enum ic_peer_io_kind *kind,
                                             uint64_t *ext_seq);
/* The same, RTP decrypted in place. */
IC_NODISCARD static inline enum ic_err ic_peer_io_input(struct ic_peer_io *io, struct ic_time now,
                                                        const struct ic_path *path, uint8_t *dgram,
                                                        size_t *len, enum ic_peer_io_kind *kind,
                                                        uint64_t *ext_seq)
{
    return ic_peer_io_input_to(io, now, path, dgram, dgram, len, kind, ext_seq);
}
void ic_peer_io_tick(struct ic_peer_io *io, struct ic_time now);
struct ic_time ic_peer_io_deadline(const struct ic_peer_io *io);
bool ic_peer_io_poll(struct ic_peer_io *io, struct ic_peer_io_out *out);
enum ic_peer_io_state ic_peer_io_state(const struct ic_peer_io *io);
enum ic_peer_io_end ic_peer_io_end(const struct ic_peer_io *io);
/* Where to send media, lent; NULL before a path is selected and once the end has come. */
const struct ic_path *ic_peer_io_path(const struct ic_peer_io *io);
/* The SRTP session, lent; NULL before the handshake is done and once the end has come. */
struct ic_srtp *ic_peer_io_srtp(struct ic_peer_io *io);
/* The keys of that session once more, for further ones whose streams are others (the caller wipes
 * them).
 *  IC_ERR_STATE  there are none (any more, without keeps_dtls)    IC_ERR_SYSTEM  the crypto library
 * failed */
IC_NODISCARD enum ic_err ic_peer_io_keys(const struct ic_peer_io *io, struct ic_srtp_keys *keys);
/* Media may be taken from this path: there are keys, and ICE has proved it. */
bool ic_peer_io_takes_media(const struct ic_peer_io *io, const struct ic_path *path);
/* Say goodbye (DTLS close_notify); poll, then deinit. */
void ic_peer_io_close(struct ic_peer_io *io);

#endif
