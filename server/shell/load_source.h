/* What a publisher of a load test sends: frames at a steady rate, as packets of one length side by
 * side, so that one message carries a frame to the kernel (UDP_SEGMENT). */
#ifndef IC_SHELL_LOAD_SOURCE_H
#define IC_SHELL_LOAD_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "shell/load_frame.h"
#include "shell/load_shape.h"
#include "transport/srtp.h"
#include "wire/rtcp.h"

struct ic_load_source_config {
    const struct ic_load_shape *shape; /* kept */
    const uint8_t *base_key;           /* 16 bytes, borrowed */
    uint64_t kid;
    uint32_t ssrc;
    uint8_t payload_type;
    char mid[IC_MID_LEN_MAX + 1];
    uint8_t mid_id, transport_cc_id; /* of header extensions; 0: without */
    uint32_t frames_per_s;
    uint64_t seed;
};

struct ic_load_source {
    struct ic_load_source_config config;
    struct ic_sframe_cipher cipher;
    uint64_t ext_seq, frame; /* next */
    uint16_t transport_cc;   /* next */
    uint16_t picture_id;
    uint8_t tl0;
    uint32_t ts_base, ts; /* of the newest frame */
    bool is_key_wanted;
    int64_t began_us; /* when frame 0 is due */
    uint64_t packets, octets;
};

#define IC_LOAD_SOURCE_BYTES (IC_LOAD_FRAME_PACKETS_MAX * IC_DATAGRAM_MAX)

/*  began  when the first frame is due
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_load_source_init(struct ic_load_source *s,
                                             const struct ic_load_source_config *config,
                                             struct ic_time began);
void ic_load_source_deinit(struct ic_load_source *s);
/* When the next frame is due. */
struct ic_time ic_load_source_deadline(const struct ic_load_source *s);
/* Make that frame: shape->packets datagrams of *datagram_len bytes, one behind the other.
 *  IC_ERR_SYSTEM, IC_ERR_STATE  the crypto library failed, or the session has no keys */
IC_NODISCARD enum ic_err ic_load_source_make(struct ic_load_source *s, struct ic_time now,
                                             struct ic_srtp *srtp,
                                             uint8_t out[static IC_LOAD_SOURCE_BYTES],
                                             size_t *datagram_len);
/* For a sender report. */
struct ic_rtcp_sender ic_load_source_report(const struct ic_load_source *s, uint64_t ntp);

#endif
