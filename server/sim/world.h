/* The simulated world that takes the place of shell/: workers, bots, the links between them, and
 * strangers, in virtual time. All chance comes from the seed; the order of equal times is fixed; so
 * one seed is one history, and its hash tells whether two runs were the same. */
#ifndef IC_SIM_WORLD_H
#define IC_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/prng.h"
#include "base/time.h"
#include "sfu/packet_pool.h"
#include "sfu/worker.h"
#include "sim/bot.h"
#include "sim/link.h"
#include "sim/outbox.h"

#define IC_WORLD_BOTS_MAX    64
#define IC_WORLD_DGRAMS_MAX  32768 /* under way at once */
#define IC_WORLD_PROBLEM_MAX 256
#define IC_WORLD_WORKERS_MAX 3
#define IC_WORLD_RELAY_KEYS  (UINT64_C(1) << 32) /* keys from here on are not of bots */

struct ic_world_config {
    uint64_t seed;
    struct ic_dur delay;  /* of every link to begin with; 0: 10 ms */
    uint32_t packets_max; /* of the worker; 0: 16384 */
    uint32_t peers_max;   /* of a worker; 0: IC_WORLD_BOTS_MAX */
    uint32_t workers;     /* 0: 1 */
    uint32_t people_max;  /* of a worker, before meetings go on at another; 0: scenarios choose */
    uint32_t frames_per_s, packets_per_frame; /* cameras; 0: 15, 2 */
    enum ic_codec codec;                      /* cameras; NONE: VP8 */
    uint32_t probe_ppm, padding_ppm;
    uint64_t first_seq;           /* of the cameras; 0: random */
    struct ic_dur pli_tolerance;  /* what the links may take off the time between two requests */
    enum ic_srtp_profile profile; /* 0: AEAD_AES_128_GCM */
};

struct ic_relays;
struct ic_spread;

/* One bot's place in the world. */
struct ic_seat {
    bool present;
    uint32_t worker;
    uint64_t room;
    struct ic_addr address; /* as the server sees it; changes when a NAT rebinds */
    struct ic_link up, down;
    bool announced, refused, closed, server_connected;
    enum ic_peer_reason reason;    /* REFUSED, CLOSED */
    struct ic_peer_counts carried; /* RTP and RTCP that reached the server, that left it for here */
    struct ic_peer_counts counts;  /* what the worker said last (ic_world_count) */
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* likewise */
    struct ic_bot bot;
};

/* A datagram under way. */
struct ic_flight {
    uint32_t seat; /* the bot that sends or receives; IC_WORLD_BOTS_MAX: a stranger, or a worker */
    bool to_server;
    uint32_t worker;      /* to_server: which one */
    struct ic_ref packet; /* one owner; the length is its payload_len */
    struct ic_addr remote;
};

struct ic_world {
    struct ic_world_config config;
    struct ic_prng prng;
    struct ic_time now;
    struct ic_addr server;    /* of the first worker */
    struct ic_worker *worker; /* the first */
    struct ic_addr servers[IC_WORLD_WORKERS_MAX];
    struct ic_worker *workers[IC_WORLD_WORKERS_MAX];
    struct ic_dtls_null_credentials credentials[IC_WORLD_WORKERS_MAX];
    struct ic_link between[IC_WORLD_WORKERS_MAX][IC_WORLD_WORKERS_MAX]; /* from, to */
    uint64_t crossed[IC_WORLD_WORKERS_MAX][IC_WORLD_WORKERS_MAX];       /* RTP that was sent */
    struct ic_relays *relays; /* the control plane's part of them */
    struct ic_spread *spread; /* NULL: scenarios choose workers and relays themselves */
    struct ic_prng entropy;
    struct ic_seat *seats;
    uint32_t seat_count;
    struct ic_packet_pool packets; /* under way */
    struct ic_flight *flights;     /* by packet */
    struct ic_heap arrivals;       /* by packet */
    struct ic_outbox *outbox;
    uint16_t ports; /* last one given to a bot */
    uint64_t hash;  /* of all that happened */
    uint64_t dgrams_to_strangers, dgrams_lost;
    uint64_t events;
    char problem[IC_WORLD_PROBLEM_MAX]; /* the first broken rule; "": none */
};

/* Make a world with nobody in it; the caller takes it. Aborts when there is no memory. */
struct ic_world *ic_world_create(const struct ic_world_config *config);
void ic_world_destroy(struct ic_world *world);

/* Let a bot join a room at the first worker; returns its seat. Its key is its seat + 1. */
uint32_t ic_world_join(struct ic_world *world, uint64_t room, bool microphone, bool camera);
/* The same with another configuration of the bot (key and seed are filled in). */
uint32_t ic_world_join_as(struct ic_world *world, uint64_t room, struct ic_bot_config config);
/* ... and at another worker. */
uint32_t ic_world_join_at(struct ic_world *world, uint32_t worker, uint64_t room,
                          struct ic_bot_config config);
/* Tell a worker something, now. */
void ic_world_command(struct ic_world *world, uint32_t worker, const struct ic_cmd *cmd);
/* Leave as signalling says it (IC_CMD_PEER_REMOVE). */
void ic_world_leave(struct ic_world *world, uint32_t seat);
/* Signalling removes a bot, which is not told and goes on as before. */
void ic_world_remove(struct ic_world *world, uint32_t seat);
/* Switch sources: the bot does it and signalling tells the worker. */
void ic_world_set_media(struct ic_world *world, uint32_t seat, bool microphone, bool camera);
/* The meeting's codec changes: the bot's camera goes on with another one. */
void ic_world_set_codec(struct ic_world *world, uint32_t seat, enum ic_codec codec);
/* Signalling demands a key frame of every camera of a room. */
void ic_world_demand_key_frames(struct ic_world *world, uint64_t room);
/* Ask the worker what it counted for the bot. */
void ic_world_count(struct ic_world *world, uint32_t seat);
/* The configuration of the bot that ic_world_join would make next, to be changed. */
struct ic_bot_config ic_world_bot(const struct ic_world *world, bool microphone, bool camera);
/* The bot is behind a new address from now on. */
void ic_world_rebind(struct ic_world *world, uint32_t seat);
/* A datagram from a foreign address reaches the server now. Answers to it are counted. */
void ic_world_spray(struct ic_world *world, const struct ic_addr *from, const uint8_t *bytes,
                    size_t len);
/* A datagram that claims to come from the bot's address. */
void ic_world_inject(struct ic_world *world, uint32_t seat, const uint8_t *bytes, size_t len);
/* Give the bot's pending output to its link. */
void ic_world_send(struct ic_world *world, uint32_t seat);
/* Let time pass; rules are checked at every turn (ic_check_turn). */
void ic_world_run(struct ic_world *world, struct ic_dur span);

/* Note a broken rule; the first one is kept. */
__attribute__((format(printf, 2, 3))) void ic_world_blame(struct ic_world *world,
                                                          const char *format, ...);

#endif
