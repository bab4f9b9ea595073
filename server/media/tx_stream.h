/* One slot's outgoing stream: whatever source stands in the slot, the receiver sees one SSRC with
 * one run of sequence numbers, timestamps, PictureIDs and TL0PICIDXs.
 *
 * A *segment* is the time that one source is in the slot with one codec; inside it, output = source
 * + a constant for each of the four, so that a packet lost before the server is a gap behind it,
 * too, which the receiver asks for, and a packet that comes late finds its own place. A switch
 * starts a new segment: its first packet gets the last sequence number + 1, the last timestamp plus
 * the time that passed, the last PictureID + 1 and TL0PICIDX + 1. What the source sent before it
 * came into the slot is dropped. When the source changes its codec, the new segment goes on with
 * the same sequence numbers and timestamps, and with PictureID + 1 and TL0PICIDX + 1. Codecs
 * without those two (AV1) leave them where they stand.
 *
 * No output number is ever used twice: packet encryption depends on it. Gaps are bounded
 * (IC_TX_GAP_RATE): a source cannot run a receiver's rollover counter out of step (RFC 3711 3.3.1)
 * by jumping ahead. No timers. */
#ifndef IC_MEDIA_TX_STREAM_H
#define IC_MEDIA_TX_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/pool.h"
#include "base/prng.h"
#include "base/time.h"
#include "media/clock_map.h"
#include "media/media_packet.h"
#include "media/rate_bucket.h"
#include "media/rx_stream.h"
#include "wire/rtcp.h"

#define IC_TX_SEGMENTS 4    /* the latest; NACKs reach into these */
#define IC_TX_HISTORY  1024 /* numbers below the highest whose use is known; 64 divides it */

/* One source in the slot. */
struct ic_tx_segment {
    struct ic_ref source;
    uint64_t first;        /* output sequence of its first packet */
    uint64_t first_source; /* that packet's sequence in the source */
    uint32_t ts_offset;    /* output - source, each modulo its width */
    uint16_t picture_id_offset;
    uint8_t tl0_offset;
    uint8_t codec; /* enum ic_codec */
};

/* A packet needs what comes before the segments, one of these, and a word of the bits: three cache
 * lines where the struct begins 24 bytes behind the beginning of one. */
struct ic_tx_stream {
    uint32_t ssrc;
    bool started;    /* a packet has gone out */
    bool open;       /* a source is in the slot */
    uint8_t segment; /* of the source in the slot */
    uint8_t segment_count;
    uint8_t clock_khz;
    uint8_t tl0;              /* newest that went out */
    uint16_t picture_id;      /* newest that went out, 15 bits */
    uint32_t ts;              /* newest that went out */
    uint32_t packets, octets; /* for sender reports: modulo 2^32 */
    struct ic_time ts_at;
    uint64_t highest; /* newest output sequence */
    struct ic_tx_segment segments[IC_TX_SEGMENTS];
    uint64_t used[IC_TX_HISTORY / 64]; /* ring of bits by output sequence */
    struct ic_rate_bucket gaps;
};

/* How one packet goes out. */
struct ic_tx_out {
    uint64_t ext_seq;
    uint32_t ts;
    uint16_t picture_id;
    uint8_t tl0;
};

/* Where an output number came from. */
struct ic_tx_origin {
    struct ic_ref source;
    uint64_t source_seq; /* extended, in the source's numbers: look it up in its packet_store */
    uint64_t ext_seq;    /* the output number, extended */
    bool sent;           /* it went out before (or is too old to tell) */
    uint8_t segment;     /* for ic_tx_stream_remap */
};

/* Begin with nothing in the slot.
 *  ssrc        the slot's own
 *  clock_rate  of the codec: whole kHz, at most 255 (asserted)
 *  prng        borrows; random first numbers (RFC 3550 5.1) */
void ic_tx_stream_init(struct ic_tx_stream *s, uint32_t ssrc, uint32_t clock_rate,
                       struct ic_prng *prng, struct ic_time now);

/* Put a source in the slot, beginning with `first`, which the caller hands to ic_tx_stream_map
 * right after. For video, first must be the start of a key frame (asserted).
 *  source  copied; names the publisher's stream (its packet_store), not none (asserted) */
void ic_tx_stream_switch(struct ic_tx_stream *s, struct ic_time now, struct ic_ref source,
                         const struct ic_media_packet *first);
/* The source in the slot has gone on to another codec with this packet: it is ahead of all others.
 * A change begins at a key frame; until one comes, the packet must not be mapped. */
bool ic_tx_stream_changes_codec(const struct ic_tx_stream *s, const struct ic_media_packet *packet);
/* Begin the change: `first` is the start of a key frame and changes the codec (both asserted). The
 * caller hands it to ic_tx_stream_map right after. */
void ic_tx_stream_change_codec(struct ic_tx_stream *s, const struct ic_media_packet *first);
/* Take the source out; packets of it are refused, the numbers go on at the next switch. NACKs for
 * what went out are still answered. */
void ic_tx_stream_clear(struct ic_tx_stream *s);
/* The source in the slot; none when empty. */
struct ic_ref ic_tx_stream_source(const struct ic_tx_stream *s);

/* Give one packet of the slot's source its output numbers and count it as sent.
 *  IC_ERR_STATE   source is not in the slot, or not with this codec
 *  IC_ERR_GONE    from before the switch: drop
 *  IC_ERR_REPLAY  its number was used or is too old to tell: drop */
IC_NODISCARD enum ic_err ic_tx_stream_map(struct ic_tx_stream *s, struct ic_time now,
                                          struct ic_ref source,
                                          const struct ic_media_packet *packet,
                                          struct ic_tx_out *out);

/* Which packet an output number stood for: the start of every answer to a NACK. Also for numbers
 * inside a segment that never went out (lost before the slot, found in the store meanwhile).
 *  IC_ERR_GONE  not (any more) known */
IC_NODISCARD enum ic_err ic_tx_stream_find(const struct ic_tx_stream *s, uint16_t seq,
                                           struct ic_tx_origin *out);
/* The output numbers of a packet found by its origin, as at its first sending. Call
 * ic_rtx_stream_admit first. Marks the number as used; does not count it as sent. */
void ic_tx_stream_remap(struct ic_tx_stream *s, const struct ic_tx_origin *origin,
                        const struct ic_media_packet *packet, struct ic_tx_out *out);

/* Sender part of a report: server NTP and output RTP time of this instant, by the publisher's last
 * sender report and its clock map. Write the reports of all slots of a receiver with one `ntp` and
 * in one compound: then slots of one publisher keep its timing to each other.
 *  ntp  server clock now
 *  rx   the source's stream; borrows
 * False: nothing sent yet, no source, or no report of the publisher for it yet. */
IC_NODISCARD bool ic_tx_stream_sender_info(const struct ic_tx_stream *s, uint64_t ntp,
                                           const struct ic_rx_stream *rx,
                                           const struct ic_clock_map *clock,
                                           struct ic_rtcp_sender *out);

#endif
