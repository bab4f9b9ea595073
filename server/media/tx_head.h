/* What stands in front of a shared payload for one receiver: the RTP header, and the bytes that
 * replace the payload's beginning (RFC 4588 original sequence number, rewritten head of the
 * payload descriptor).
 * The packet is header || prefix || payload without its first `skip` bytes; all but the header is
 * encrypted. */
#ifndef IC_MEDIA_TX_HEAD_H
#define IC_MEDIA_TX_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "media/media_packet.h"
#include "media/tx_stream.h"
#include "wire/pdesc.h"
#include "wire/rtp.h"

#define IC_TX_PREFIX_MAX (IC_RTP_OSN_LEN + IC_PDESC_HEAD_MAX)

struct ic_tx_head {
    uint8_t header[IC_RTP_HEADER_LEN];
    uint8_t prefix[IC_TX_PREFIX_MAX];
    uint8_t prefix_len;
    uint8_t skip;
    uint64_t ext_seq; /* for SRTP */
};

/* Media packet.
 *  pt       the receiver's payload type for the codec
 *  payload  the shared payload, packet->payload_len bytes; borrows
 *  IC_ERR_INPUT  payload is shorter than its descriptor's head (never, if packet describes it) */
IC_NODISCARD enum ic_err ic_tx_head_write(struct ic_tx_head *head, uint32_t ssrc, uint8_t pt,
                                          const struct ic_tx_out *out,
                                          const struct ic_media_packet *packet,
                                          const uint8_t *payload);
/* Retransmission of the same (RFC 4588 4).
 *  rtx_ssrc, rtx_pt  of the slot's RTX stream
 *  rtx_seq           extended, from ic_rtx_stream_admit */
IC_NODISCARD enum ic_err ic_tx_head_write_rtx(struct ic_tx_head *head, uint32_t rtx_ssrc,
                                              uint8_t rtx_pt, uint64_t rtx_seq,
                                              const struct ic_tx_out *out,
                                              const struct ic_media_packet *packet,
                                              const uint8_t *payload);

#endif
