/* Definition of struct ic_srtp, for those who own one. Its members are srtp.c's alone. */
#ifndef IC_TRANSPORT_SRTP_STATE_H
#define IC_TRANSPORT_SRTP_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "transport/srtp_cipher.h"
#include "transport/srtp_replay.h"

#define IC_SRTP_REPLAY_WINDOW  1024 /* RFC 3711 3.3.2: at least 64 */
#define IC_SRTCP_REPLAY_WINDOW 128  /* RFC 3711 3.3.2: at least 64; RTCP is slow */

/* Receive state of one SSRC. */
struct ic_srtp_stream {
    uint32_t ssrc;
    uint64_t highest; /* index: ROC << 16 | SEQ */
    uint64_t seen[IC_SRTP_REPLAY_WINDOW / 64];
};

/* RFC 3711 3.2.3: each sender of RTCP counts for itself. */
struct ic_srtcp_stream {
    uint32_t ssrc;
    uint64_t highest;
    uint64_t seen[IC_SRTCP_REPLAY_WINDOW / 64];
};

struct ic_srtp {
    struct ic_srtp_cipher rtp_in, rtp_out, rtcp_in, rtcp_out;
    uint32_t rtcp_index_next; /* of ours */
    /* Each doubles when a further stream proves authentic: most peers have one or two. */
    uint32_t stream_count, stream_cap, rtcp_stream_count, rtcp_stream_cap;
    struct ic_srtp_stream *streams;
    struct ic_srtcp_stream *rtcp_streams;
};

#endif
