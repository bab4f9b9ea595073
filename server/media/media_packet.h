/* What is known of one received media packet, beside the buffer that holds its bytes: made once by
 * the publisher's side, read by every receiver's. The worker keeps it in its packet pool. A packet
 * that came by retransmission is described as the original that it carries. */
#ifndef IC_MEDIA_MEDIA_PACKET_H
#define IC_MEDIA_MEDIA_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/time.h"
#include "msg/transport.h"
#include "wire/pdesc.h"
#include "wire/rtp.h"

struct ic_media_packet {
    uint64_t ext_seq; /* of the media stream, in its source's numbers */
    struct ic_time arrived;
    uint32_t ts;
    uint16_t payload_offset, payload_len; /* in the buffer; without padding and OSN */
    bool marker;
    enum ic_codec codec;
    struct ic_pdesc pdesc; /* zeros: sound, or no payload */
};

/* Describe a packet of the media stream itself.
 *  ext_seq  from ic_srtp_unprotect_rtp
 *  bytes    the plain packet that rtp was parsed from; borrows
 *  IC_ERR_INPUT  the payload descriptor is malformed: drop and count; out untouched */
IC_NODISCARD enum ic_err ic_media_packet_parse(struct ic_media_packet *out, struct ic_time now,
                                               uint64_t ext_seq, const struct ic_rtp *rtp,
                                               enum ic_codec codec, const uint8_t *bytes,
                                               size_t len);
/* Describe the original in a packet of the publisher's RTX stream (RFC 4588).
 *  highest  the media stream's highest extended sequence (ic_rx_stream_highest), which the
 *           original sequence number is extended by
 *  IC_ERR_INPUT  no original sequence number (padding only) or malformed: drop; out untouched */
IC_NODISCARD enum ic_err ic_media_packet_parse_rtx(struct ic_media_packet *out, struct ic_time now,
                                                   uint64_t highest, const struct ic_rtp *rtp,
                                                   enum ic_codec codec, const uint8_t *bytes,
                                                   size_t len);

/* First packet of a key frame: where a video switch may begin. */
static inline bool ic_media_packet_is_key_frame(const struct ic_media_packet *p)
{
    return p->pdesc.key_frame;
}

#endif
