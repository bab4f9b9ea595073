/* One stream that a subscriber of a load test receives, and what must hold of it: each packet once,
 * in order, without a gap, and its frames one after the other from one publisher. */
#ifndef IC_SHELL_LOAD_STREAM_H
#define IC_SHELL_LOAD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "shell/load_frame.h"
#include "shell/load_shape.h"
#include "shell/load_tally.h"

/* What all streams of one test have in common; kept. */
struct ic_load_common {
    const struct ic_load_shape *shape;
    const uint64_t *kids; /* of the publishers */
    size_t publisher_count;
    struct ic_load_tally tally;
};

struct ic_load_stream {
    uint32_t ssrc;
    bool is_started;
    uint64_t next; /* extended sequence number that is due */
    bool has_cipher;
    struct ic_sframe_cipher cipher;
    size_t publisher;     /* index, once has_cipher */
    uint64_t frame_next;  /* number of the frame that is due */
    bool is_after_gap;    /* or a fault: a later frame may follow */
    bool is_whole;        /* the frame under way has its first packet and all behind it */
    size_t len;           /* of the frame under way */
    uint8_t packet_count; /* likewise */
    uint8_t bytes[IC_LOAD_FRAME_MAX];
    int64_t came_us[IC_LOAD_FRAME_PACKETS_MAX];
};

/* An authentic packet.
 *  base_key     of the subscriber's own group, 16 bytes; borrows
 *  packet, len  plain RTP; borrows    now  when it came */
void ic_load_stream_input(struct ic_load_stream *s, struct ic_load_common *common,
                          const uint8_t *base_key, struct ic_time now, uint64_t ext_seq,
                          const uint8_t *packet, size_t len);
void ic_load_stream_deinit(struct ic_load_stream *s);

#endif
