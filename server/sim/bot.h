/* A simulated client: the controlling and active side of our own transport, two sources and the
 * full set of slots. It does what a browser does with RTP and RTCP, and checks what it receives. */
#ifndef IC_SIM_BOT_H
#define IC_SIM_BOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/time.h"
#include "msg/transport.h"
#include "sim/bot_slot.h"
#include "sim/bot_source.h"
#include "sim/outbox.h"
#include "transport/peer_io.h"

#define IC_BOT_RTCP_INTERVAL_MS 500
#define IC_BOT_NACK_INTERVAL_MS 20
#define IC_BOT_SESSIONS         3 /* for sound, pictures, retransmissions */

struct ic_bot_config {
    uint64_t key;  /* of the peer; below IC_BOT_SOURCES_MAX */
    uint64_t seed; /* of all that it chooses */
    bool microphone, camera;
    enum ic_codec codec;       /* of the camera; NONE: the first that it has */
    uint32_t lacks;            /* codecs that it does not have: 1 << enum ic_codec each */
    uint8_t numbering;         /* payload types and extension ids: two browsers, two tables */
    bool wrong_fingerprint;    /* shows another certificate than it announced */
    uint32_t frames_per_s;     /* of the camera */
    uint8_t packets_per_frame; /* of the camera */
    uint32_t probe_ppm, padding_ppm;
    uint64_t first_seq;    /* of the camera; 0: random */
    int64_t ntp_offset_us; /* its wall clock minus world time */
    enum ic_srtp_profile profile;
};

enum ic_bot_state { IC_BOT_NEW, IC_BOT_JOINING, IC_BOT_CONNECTED, IC_BOT_CLOSED };

struct ic_bot {
    struct ic_bot_config config;
    enum ic_bot_state state;
    struct ic_prng prng;
    struct ic_dtls_null_credentials credentials;
    struct ic_client_transport offer;
    struct ic_server_transport server;
    struct ic_path path; /* as the bot sees it */
    bool has_io;
    struct ic_peer_io io;
    struct ic_srtp media[IC_BOT_SESSIONS]; /* RTP in: more SSRCs than one session takes */
    bool has_media;
    uint32_t rtcp_ssrc;
    uint16_t transport_cc;
    struct ic_bot_source sources[2]; /* by enum ic_source */
    size_t slot_count;
    struct ic_bot_slot slots[IC_SLOTS_MAX];
    struct ic_time rtcp_next, nack_next, joined, connected;
    /* what the server asked of it */
    uint64_t plis, nacks, twcc_feedbacks, twcc_received;
    uint64_t reports; /* blocks about its sources */
    int64_t rtt_us;   /* by the last of them */
    struct ic_time last_pli;
    int64_t pli_gap_min_us;
    uint64_t rtp_in, unknown;
    uint64_t bytes_in, padding_in; /* of RTP */
    char violation[IC_BOT_VIOLATION_MAX];
};

/* Choose names and numbers; offer is ready then. */
void ic_bot_init(struct ic_bot *b, const struct ic_bot_config *config, struct ic_time now);
void ic_bot_deinit(struct ic_bot *b);
/* When the newest packet of a source came; 0: never. */
struct ic_time ic_bot_came(const struct ic_bot *b, uint64_t source);
/* The camera goes on with another codec (if the bot has it). */
void ic_bot_set_codec(struct ic_bot *b, enum ic_codec codec);
/* The server answered: begin to connect.
 *  server  copied    local  the bot's own address */
void ic_bot_on_ready(struct ic_bot *b, struct ic_time now, const struct ic_server_transport *server,
                     const struct ic_addr *local);
/* The server announced who is in a slot (0: nobody). */
void ic_bot_on_slot(struct ic_bot *b, struct ic_time now, const char *mid, uint64_t source);
void ic_bot_set_media(struct ic_bot *b, struct ic_time now, bool microphone, bool camera);
/* A datagram came; changed in place. */
void ic_bot_input(struct ic_bot *b, struct ic_time now, uint8_t *bytes, size_t len,
                  struct ic_outbox *out);
void ic_bot_tick(struct ic_bot *b, struct ic_time now, struct ic_outbox *out);
struct ic_time ic_bot_deadline(const struct ic_bot *b);
/* Say goodbye by DTLS. */
void ic_bot_close(struct ic_bot *b, struct ic_outbox *out);
/* The first rule that was broken towards this bot; NULL: none. */
const char *ic_bot_violation(const struct ic_bot *b);
/* Whole frames of a source that the bot could play, over all its slots. */
uint64_t ic_bot_heard(const struct ic_bot *b, uint64_t source, enum ic_kind kind);
/* How far sound and picture of a source are apart by the slots' sender reports. False: not both
 * here. */
bool ic_bot_sync(const struct ic_bot *b, uint64_t source, int64_t *apart_us);

#endif
