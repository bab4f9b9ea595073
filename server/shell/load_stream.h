/* One stream that a subscriber of a load test receives, and what must hold of it: each packet once,
 * in order, without a gap, and its frames one after the other from one source. In a meeting in
 * which people come and go the stream may go over to another source, with a key frame; its source
 * is the one that the server has announced, and frames under a key that is not here yet are held
 * until it is. */
#ifndef IC_SHELL_LOAD_STREAM_H
#define IC_SHELL_LOAD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "shell/load_frame.h"
#include "shell/load_roster.h"
#include "shell/load_shape.h"
#include "shell/load_tally.h"

/* What all streams of one test have in common; kept. */
struct ic_load_common {
    struct ic_load_roster roster;
    bool is_live; /* sources and epochs change meanwhile */
    struct ic_load_tally tally;
};

struct ic_load_held;

/* A frame, whole. */
struct ic_load_whole {
    const uint8_t *bytes;
    size_t len;
    const int64_t *came_us; /* each of its packets */
    size_t packets;
};

struct ic_load_stream {
    const struct ic_load_shape *shape;
    uint32_t ssrc;
    bool is_started;
    uint64_t next; /* extended sequence number that is due */
    bool has_cipher;
    struct ic_sframe_cipher cipher;
    uint64_t epoch;      /* of the cipher */
    uint32_t owner;      /* ... whose key it is */
    bool has_source;     /* some frame was good; then: */
    uint32_t publisher;  /* whose source */
    uint32_t spell;      /* ... since it was switched on how often */
    uint64_t frame_next; /* number of the frame that is due */
    bool is_early;       /* it began before the subscriber had keys: it waits for a key frame */
    bool is_after_gap;   /* or a fault: a later frame may follow */
    bool is_whole;       /* the frame under way has its first packet and all behind it */
    size_t len;          /* of the frame under way */
    size_t packet_count; /* likewise */
    uint8_t *bytes;      /* bytes_cap */
    int64_t *came_us;    /* packets_cap */
    size_t bytes_cap, packets_cap;
    struct ic_load_held *held, *held_last; /* frames that wait for their key, in order */
    uint32_t announced;                    /* whose source the server says that it is */
    int64_t differs_since_us;              /* that frames are of another one; 0: they are not */
};

/*  IC_ERR_FULL  no memory; it may be deinitialised */
IC_NODISCARD enum ic_err ic_load_stream_init(struct ic_load_stream *s,
                                             const struct ic_load_shape *shape);
void ic_load_stream_deinit(struct ic_load_stream *s);
/* An authentic packet.
 *  keys         that the subscriber holds; borrows
 *  packet, len  plain RTP; borrows    now  when it came */
void ic_load_stream_input(struct ic_load_stream *s, struct ic_load_common *common,
                          const struct ic_load_keys *keys, struct ic_time now, uint64_t ext_seq,
                          const uint8_t *packet, size_t len);
/* The subscriber has more keys, or time has gone on: look at the frames that wait. */
void ic_load_stream_retry(struct ic_load_stream *s, struct ic_load_common *common,
                          const struct ic_load_keys *keys, struct ic_time now);
/* The server says whose source it carries from now on; IC_LOAD_NOBODY: none. */
void ic_load_stream_announce(struct ic_load_stream *s, uint32_t publisher);

#endif
