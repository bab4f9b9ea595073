/* One source of a publisher of a load test, a camera or a microphone: frames at a steady rate or as
 * they were recorded, each as packets of one length side by side, the last one maybe shorter, so
 * that one message carries them to the kernel (UDP_SEGMENT). A key frame that is asked for takes
 * the place of the frame that is due. */
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
    uint64_t kid, epoch;               /* of the key made from it */
    uint32_t member;                   /* whose source it is */
    uint32_t ssrc;
    uint8_t payload_type;
    char mid[IC_MID_LEN_MAX + 1];
    uint8_t mid_id, transport_cc_id; /* of header extensions; 0: without */
    uint32_t frames_per_s;           /* of a recording: it plays so much faster than its own */
    size_t first;                    /* of a recording: the frame that it begins with */
    uint64_t seed;
};

struct ic_load_source {
    struct ic_load_source_config config;
    struct ic_sframe_cipher cipher;
    uint64_t ext_seq, frame; /* next */
    uint64_t counter;        /* of SFrame, next */
    uint64_t turn;           /* frames since it was switched on */
    uint64_t recorded_ms;    /* of a recording: since it was switched on, where it is next */
    size_t at;               /* ... the frame that is next */
    uint16_t key_bytes;      /* ... of its newest key frame */
    uint32_t spell;          /* how often it was switched on before */
    bool is_off;
    uint16_t transport_cc; /* next */
    uint16_t picture_id;
    uint8_t tl0;
    uint32_t ts_base, ts; /* of the newest frame */
    bool is_key_wanted;
    int64_t origin_us; /* when frame 0 is due */
    int64_t began_us;  /* when it was switched on */
    uint64_t packets, octets, key_frames;
};

/* A frame as it goes out. */
struct ic_load_source_out {
    uint8_t *bytes; /* of all datagrams, one behind the other; lent by the caller */
    size_t len, datagram_len;
    size_t packets;
};

#define IC_LOAD_SOURCE_BYTES (IC_LOAD_FRAME_PACKETS_MAX * IC_DATAGRAM_MAX)

/*  began  when the first frame is due
 *  IC_ERR_SYSTEM  the crypto library failed; nothing to deinit */
IC_NODISCARD enum ic_err ic_load_source_init(struct ic_load_source *s,
                                             const struct ic_load_source_config *config,
                                             struct ic_time began);
void ic_load_source_deinit(struct ic_load_source *s);
/* When the next frame is due; IC_NEVER: it is off. */
struct ic_time ic_load_source_deadline(const struct ic_load_source *s);
/* Make that frame; out->bytes has room for IC_LOAD_SOURCE_BYTES.
 *  IC_ERR_SYSTEM, IC_ERR_STATE  the crypto library failed, or the session has no keys */
IC_NODISCARD enum ic_err ic_load_source_make(struct ic_load_source *s, struct ic_time now,
                                             struct ic_srtp *srtp, struct ic_load_source_out *out);
/* Off, or on again: then it begins with a key frame, at once. */
void ic_load_source_switch(struct ic_load_source *s, struct ic_time now, bool is_on);
/* Seal with another key from now on.
 *  IC_ERR_SYSTEM  the crypto library failed; it has no key any more */
IC_NODISCARD enum ic_err ic_load_source_rekey(struct ic_load_source *s, const uint8_t *base_key,
                                              uint64_t kid, uint64_t epoch);
/* For a sender report. */
struct ic_rtcp_sender ic_load_source_report(const struct ic_load_source *s, uint64_t ntp);

#endif
