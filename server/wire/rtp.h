/* RTP packets (RFC 3550 5.1): the header is parsed into offsets, so that the result can be kept
 * beside the buffer, and a new header is written per receiver. The payload is never read here. */
#ifndef IC_WIRE_RTP_H
#define IC_WIRE_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/wr.h"
#include "wire/hdrext.h"

#define IC_RTP_HEADER_LEN  12 /* without CSRC and extension */
#define IC_RTP_SSRC_OFFSET 8  /* in it */
#define IC_RTP_OSN_LEN     2  /* RFC 4588 4: original sequence number in front of an RTX payload */

struct ic_rtp {
    uint32_t ssrc;
    uint32_t ts;
    uint16_t seq;
    uint8_t pt;
    bool marker;
    bool has_extension;
    uint8_t csrc_count;
    uint8_t padding_len; /* 0: none */
    uint16_t ext_profile;
    uint16_t ext_offset, ext_len; /* the elements, without the four bytes in front */
    uint16_t header_len;          /* all before the payload: it is the payload's offset, too */
    uint16_t payload_len;         /* without padding */
};

/* Parse the header of a whole plain packet (after SRTP).
 *  packet  borrows
 *  IC_ERR_INPUT  version, a length or the padding is wrong; out untouched
 * Cost: O(1). */
IC_NODISCARD enum ic_err ic_rtp_parse(const uint8_t *packet, size_t len, struct ic_rtp *out);

/* The extension elements of the packet that `rtp` was parsed from; empty when there are none.
 *  packet, len  the same bytes (a shorter buffer gives a bad reader) */
struct ic_rd ic_rtp_extension(const struct ic_rtp *rtp, const uint8_t *packet, size_t len);

/* A header to write. */
struct ic_rtp_head {
    uint32_t ssrc;
    uint32_t ts;
    uint16_t seq;
    uint8_t pt; /* 0..127 (asserted) */
    bool marker;
};

/* Write a header without CSRC and padding; extensions in the one-byte form.
 *  items  borrows; count 0: no extension
 * A full writer turns bad. */
void ic_rtp_write(struct ic_wr *w, const struct ic_rtp_head *head,
                  const struct ic_hdrext_item *items, size_t count);

/* Original sequence number of a retransmission (RFC 4588 4): the first two payload bytes, which
 * are RTP framing, not codec data.
 *  IC_ERR_INPUT  payload too short; out untouched */
IC_NODISCARD enum ic_err ic_rtp_parse_osn(const struct ic_rtp *rtp, const uint8_t *packet,
                                          size_t len, uint16_t *osn);

#endif
