/* Frames as clients sealed them, put together from a tap's packets: descriptors and bytes in clear
 * are taken off (docs/protocol/encryption.md 9). */
#ifndef IC_TESTS_AUDIT_TAP_FRAMES_H
#define IC_TESTS_AUDIT_TAP_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg/transport.h"

#define TAP_FRAME_MAX 4194304

struct tap_packet {
    uint64_t track, ext_seq;
    enum ic_codec codec;
    bool marker;
    uint16_t len;
    const uint8_t *payload; /* in the tap */
};

struct tap_frames {
    struct tap_packet *packets; /* by track and number, each once */
    size_t count, next;
    const struct tap_packet *last;
    bool is_open; /* a frame has begun and nothing of it is missing so far */
    uint8_t *bytes;
    size_t len;
    size_t obu;      /* AV1: where the OBU under way begins in bytes */
    size_t body;     /* AV1: where the payload of the frame's OBU begins; 0: none came */
    size_t body_len; /* AV1 */
    bool is_strange; /* AV1: something stands beside sequence header and frame */
    size_t incomplete;
};

/* What SFrame made of one frame; nothing (len 0) if there cannot be any. Lent until the next. */
struct tap_frame {
    enum ic_codec codec;
    const uint8_t *bytes;
    size_t len;
};

/* Read all packets. False: no tap, cut, or nothing in it; said on stderr.
 *  tap  kept until tap_frames_close */
bool tap_frames_open(struct tap_frames *f, const uint8_t *tap, size_t len);
void tap_frames_close(struct tap_frames *f);
/* The next whole frame. False: no more. */
bool tap_frames_next(struct tap_frames *f, struct tap_frame *out);

#endif
