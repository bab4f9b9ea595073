/* What a datagram on the media port is, told by its first byte (RFC 7983 7, as updated by
 * RFC 9443), and RTP from RTCP by the second (RFC 5761 4). Leaves out ZRTP, TURN channels and QUIC:
 * nothing here speaks them. */
#ifndef IC_WIRE_DEMUX_H
#define IC_WIRE_DEMUX_H

#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"

enum ic_demux { IC_DEMUX_NONE, IC_DEMUX_STUN, IC_DEMUX_DTLS, IC_DEMUX_RTP, IC_DEMUX_RTCP };

/* Classify len bytes (borrowed). IC_DEMUX_NONE: drop and count. */
static inline enum ic_demux ic_demux(const uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t first = ic_rd_u8(&r);
    if (!ic_rd_ok(&r))
        return IC_DEMUX_NONE;
    /* RFC 7983 7: "[0..3] -+--> forward to STUN", "[20..63] -+--> forward to DTLS",
     * "[128..191] -+--> forward to RTP/RTCP" */
    if (first <= 3)
        return IC_DEMUX_STUN;
    if (first >= 20 && first <= 63)
        return IC_DEMUX_DTLS;
    if (first < 128 || first > 191)
        return IC_DEMUX_NONE;
    uint8_t second = ic_rd_u8(&r);
    if (!ic_rd_ok(&r))
        return IC_DEMUX_NONE;
    /* RFC 5761 4: "RTP payload types in the range 64-95 MUST NOT be used": with the marker bit they
     * are the RTCP packet types 192 to 223. */
    return second >= 192 && second <= 223 ? IC_DEMUX_RTCP : IC_DEMUX_RTP;
}

#endif
