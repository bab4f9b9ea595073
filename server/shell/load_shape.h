/* The shapes in which media comes in a load test (docs/performance.md): how many packets a frame
 * has decides how many of them the kernel can be given at once. Those of one shape are all alike,
 * or as a browser has sent them. */
#ifndef IC_SHELL_LOAD_SHAPE_H
#define IC_SHELL_LOAD_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg/transport.h"
#include "shell/load_recording.h"
#include "transport/srtp_profile.h"
#include "wire/pdesc.h"
#include "wire/rtp.h"

struct ic_load_shape {
    const char *letter;
    const char *text; /* for people */
    enum ic_kind kind;
    uint32_t publishers;   /* unless something else is asked for */
    uint8_t packets;       /* of a frame, unless it is recorded */
    uint16_t datagram_len; /* as a subscriber gets it, with a tag of IC_SRTP_TAG_MAX; at most */
    uint16_t spread;       /* of variable rate: a frame is up to so many bytes shorter */
    uint32_t frames_per_s; /* of one publisher, unless something else is asked for */
    uint32_t clock_rate;
    const struct ic_load_recording *recording; /* frames come and are as in this one; NULL: alike */
    const struct ic_load_shape *sound;         /* what its publishers send as well; NULL: nothing */
    bool is_live;                              /* people come and go while it is measured */
};

/* NULL: there is no such shape. */
const struct ic_load_shape *ic_load_shape_find(const char *letter);

/* Bytes of a frame in each of its packets; at most, where it is recorded. */
static inline size_t ic_load_shape_chunk_len(const struct ic_load_shape *shape)
{
    size_t descriptor = shape->kind == IC_KIND_VIDEO ? (size_t)IC_PDESC_VP8_MAX : 0;
    return (size_t)shape->datagram_len - IC_RTP_HEADER_LEN - IC_SRTP_TAG_MAX - descriptor;
}

/* Packets of the longest frame. */
size_t ic_load_shape_packets_max(const struct ic_load_shape *shape);

/* When in the time between two of its frames publisher i sends: people's devices know nothing of
 * each other, so this is by chance, and the same in each test. */
static inline int64_t ic_load_phase_us(size_t i, uint32_t frames_per_s)
{
    uint32_t h = ((uint32_t)i + 1) * 2654435769u;
    h = (h ^ h >> 15) * 2246822519u;
    h = (h ^ h >> 13) * 3266489917u;
    h ^= h >> 16;
    return (int64_t)((uint64_t)h * (1000000 / frames_per_s) >> 32);
}

#endif
