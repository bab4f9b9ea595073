/* Packet index and replay window of one stream (RFC 3711 3.3.1, 3.3.2). The window is a ring of
 * bits: bit (index mod size) tells of each index in (highest - size, highest]. */
#ifndef IC_TRANSPORT_SRTP_REPLAY_H
#define IC_TRANSPORT_SRTP_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IC_SRTP_INDEX_END (UINT64_C(1) << 48) /* RFC 3711 9.2: at most 2^48 SRTP packets a key */
#define IC_SRTCP_INDEX_END                                                                         \
    (UINT32_C(1) << 31) /* RFC 3711 9.2: at most 2^31 SRTCP packets a key                          \
                         */

/* The index that a sequence number most likely belongs to, when highest was the highest so far. */
uint64_t ic_srtp_replay_estimate(uint64_t highest, uint16_t seq);
/* size is the number of bits: a multiple of 64 and a power of two.
 *  IC_ERR_REPLAY  seen before or older than the window */
IC_NODISCARD enum ic_err ic_srtp_replay_check(const uint64_t *bits, size_t size, uint64_t highest,
                                              uint64_t index);
/* Note an index that passed the check, after its packet proved authentic; *highest follows. */
void ic_srtp_replay_mark(uint64_t *bits, size_t size, uint64_t *highest, uint64_t index);

#endif
