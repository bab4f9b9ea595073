/* A receive slot as a bot sees it: puts packets in order, asks for what is missing, and checks that
 * the stream is one continuous stream whatever the server switches in it. */
#ifndef IC_SIM_BOT_SLOT_H
#define IC_SIM_BOT_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/time.h"
#include "sfu/payload_types.h"
#include "sim/mark.h"
#include "wire/rtcp.h"

#define IC_BOT_RING             1024 /* packets that wait for those before them; power of two */
#define IC_BOT_SOURCES_MAX      256  /* keys of bots are below */
#define IC_BOT_ASSIGNED_MAX     8
#define IC_BOT_GRACE_MS         2000 /* packets of an earlier source may still be under way */
#define IC_BOT_NACK_MS          60   /* asked again after this */
#define IC_BOT_NACK_TRIES       12
#define IC_BOT_GIVE_UP_MS       1200 /* a hole this old is skipped */
#define IC_BOT_GIVE_UP_AUDIO_MS 100
#define IC_BOT_VIOLATION_MAX    160

/* A packet that arrived, in output numbers, with what it says of itself. */
struct ic_bot_packet {
    uint64_t ext_seq;
    uint32_t ts;
    enum ic_codec codec;
    struct ic_pdesc pdesc;
    bool present, empty; /* empty: padding */
    struct ic_mark mark;
    struct ic_time missed; /* not present: since when */
    struct ic_time asked;
    uint8_t tries;
};

struct ic_bot_assignment {
    uint64_t source; /* 0: nobody */
    struct ic_time at;
};

struct ic_bot_slot {
    char mid[IC_MID_LEN_MAX + 1];
    enum ic_kind kind;
    struct ic_payload_types types;
    uint32_t ssrc, rtx_ssrc;
    uint64_t owner;                                         /* the bot: never its own source */
    struct ic_bot_assignment assigned[IC_BOT_ASSIGNED_MAX]; /* newest first */
    bool started;
    uint64_t next, highest; /* to be taken in order; newest */
    struct ic_bot_packet ring[IC_BOT_RING];
    /* the stream in order */
    bool has_last, after_hole, broken;
    struct ic_bot_packet last;
    bool has_picture_id, has_tl0; /* one came */
    uint16_t picture_id;          /* newest; not every codec has them */
    uint8_t tl0;
    struct ic_time broken_since, asked_key_frame;
    /* sender reports */
    bool has_sr;
    uint64_t sr_ntp;
    uint32_t sr_ts;
    struct ic_time sr_at;
    int64_t sync_us; /* NTP of the newest frame by the report, minus its capture time */
    uint64_t sync_source;
    /* statistics */
    uint64_t packets, retransmissions, duplicates, holes, switches, frames, undecodable;
    uint64_t codec_changes, decoded[IC_CODECS]; /* whole decodable frames */
    uint64_t nacks, key_frame_requests;
    uint32_t heard[IC_BOT_SOURCES_MAX];      /* whole frames by source: sound, decodable video */
    struct ic_time came[IC_BOT_SOURCES_MAX]; /* the newest packet by source */
    char violation[IC_BOT_VIOLATION_MAX];    /* the first; "": none */
};

/* The server announced who is in the slot (0: nobody). */
void ic_bot_slot_assign(struct ic_bot_slot *s, struct ic_time now, uint64_t source);
uint64_t ic_bot_slot_source(const struct ic_bot_slot *s);
/* A decrypted packet of the slot's stream.
 *  ext_seq  of the media stream
 *  retransmitted  it came on the RTX stream */
void ic_bot_slot_input(struct ic_bot_slot *s, struct ic_time now, uint64_t ext_seq, uint32_t ts,
                       enum ic_codec codec, const uint8_t *payload, size_t len, bool retransmitted);
/* Skip old holes; list the numbers to ask for now. */
size_t ic_bot_slot_take_nacks(struct ic_bot_slot *s, struct ic_time now, uint16_t *seqs,
                              size_t cap);
/* A key frame must be asked for now. */
bool ic_bot_slot_wants_key_frame(struct ic_bot_slot *s, struct ic_time now);
/* A sender report of the slot came. */
void ic_bot_slot_on_report(struct ic_bot_slot *s, struct ic_time now,
                           const struct ic_rtcp_sender *sender);

#endif
