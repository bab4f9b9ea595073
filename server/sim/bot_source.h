/* What a bot publishes in one section: frames with content marks at a steady rate, an RTX store, a
 * key frame when it is asked for one. */
#ifndef IC_SIM_BOT_SOURCE_H
#define IC_SIM_BOT_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/time.h"
#include "media/twcc_arrival.h"
#include "sfu/payload_types.h"
#include "sim/mark.h"
#include "sim/outbox.h"
#include "transport/srtp.h"
#include "wire/rtp.h"

#define IC_BOT_STORE_MAX   512
#define IC_BOT_PAYLOAD_MAX 256

/* A packet that was sent, for retransmission. */
struct ic_bot_sent {
    uint64_t ext_seq;
    uint32_t ts;
    bool marker;
    enum ic_codec codec;
    size_t len;
    uint8_t payload[IC_BOT_PAYLOAD_MAX];
};

struct ic_bot_source_config {
    uint64_t peer;
    enum ic_kind kind;
    char mid[IC_MID_LEN_MAX + 1];
    struct ic_payload_types types;
    enum ic_codec codec;             /* to begin with */
    bool flexible;                   /* VP9 */
    uint8_t mid_id, transport_cc_id; /* header extensions */
    struct ic_dur interval;          /* between frames */
    uint8_t packets;                 /* of a frame; a key frame has twice as many */
    uint32_t probe_ppm;   /* so many packets are followed by padding: on the RTX stream, ... */
    uint32_t padding_ppm; /* ... and on the media stream itself */
    uint64_t first_seq;   /* 0: random */
};

struct ic_bot_source {
    struct ic_bot_source_config config;
    bool on;
    bool key_wanted;
    enum ic_codec codec; /* of the next frame */
    uint32_t ssrc, rtx_ssrc;
    uint64_t seq, rtx_seq; /* next */
    uint32_t ts_base, frame;
    uint16_t picture_id;
    uint8_t tl0;
    struct ic_time frame_next;
    uint32_t packets, octets;
    struct ic_time last_capture; /* and its timestamp: for sender reports */
    uint32_t last_ts;
    uint64_t key_frames, retransmitted;
    struct ic_bot_sent sent[IC_BOT_STORE_MAX];
};

/* The transport that a bot's sources share. */
struct ic_bot_line {
    struct ic_srtp *srtp;
    struct ic_outbox *out;
    struct ic_prng *prng;
    uint16_t *transport_cc; /* next number */
};

void ic_bot_source_init(struct ic_bot_source *s, const struct ic_bot_source_config *config,
                        struct ic_prng *prng, struct ic_time now);
/* Begin or stop sending; frames begin with a key frame. */
void ic_bot_source_set(struct ic_bot_source *s, struct ic_time now, bool on);
/* Go on with another codec, which begins with a key frame. */
void ic_bot_source_set_codec(struct ic_bot_source *s, enum ic_codec codec);
/* Send the frame that is due. */
void ic_bot_source_tick(struct ic_bot_source *s, struct ic_time now,
                        const struct ic_bot_line *line);
struct ic_time ic_bot_source_deadline(const struct ic_bot_source *s);
/* Answer a NACK. */
void ic_bot_source_retransmit(struct ic_bot_source *s, uint16_t seq,
                              const struct ic_bot_line *line);

#endif
