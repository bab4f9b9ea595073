/* The retransmission side of one video slot (RFC 4588): own SSRC, own sequence, and the limits: a
 * packet goes out again at most IC_RTX_PER_PACKET_MAX times, within IC_RTX_WINDOW_MS, within the
 * receiver's rtx_budget. An answer to one NACK:
 *
 *   ic_tx_stream_find       output number -> source and its number
 *   ic_packet_store_find    -> packet
 *   ic_rtx_stream_admit     limits -> RTX sequence number
 *   ic_tx_stream_remap, ic_tx_head_write_rtx, SRTP
 *
 * Without a negotiated RTX stream (ssrc 0) the caller sends the packet again under its own number
 * (ic_tx_head_write); the limits hold the same. No timers. */
#ifndef IC_MEDIA_RTX_STREAM_H
#define IC_MEDIA_RTX_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/time.h"
#include "media/rtx_budget.h"

#define IC_RTX_HISTORY 1024 /* packets whose number of retransmissions is known; power of two */

struct ic_rtx_stream {
    uint32_t ssrc;                   /* 0: none negotiated */
    uint64_t next;                   /* extended sequence */
    uint32_t packets, octets;        /* for sender reports */
    uint32_t counts[IC_RTX_HISTORY]; /* ring by output number: its low bits, then the count */
};

/*  prng  borrows; random first number */
void ic_rtx_stream_init(struct ic_rtx_stream *r, uint32_t ssrc, struct ic_prng *prng);
/* May the packet with output number ext_seq go out again?
 *  arrived  when the server received it
 *  octets   payload length, OSN not counted
 *  budget   of the receiver; charged
 *  rtx_seq  set to the extended number of the retransmission
 *  IC_ERR_GONE  older than the window    IC_ERR_FULL  a limit is reached */
IC_NODISCARD enum ic_err ic_rtx_stream_admit(struct ic_rtx_stream *r, struct ic_time now,
                                             uint64_t ext_seq, struct ic_time arrived,
                                             size_t octets, struct ic_rtx_budget *budget,
                                             uint64_t *rtx_seq);

#endif
