/* A simulated deployment: nodes in countries that place meetings (cluster/placement.h), a bus that
 * loses, delays, repeats, alters and lies, a directory behind it, people who come and go, clocks
 * that drift and jump, an operator who publishes good and bad certificates. One thread, virtual
 * time, all chance from the seed: one seed is one history, and its hash tells whether two runs were
 * the same. At each event I1 to I8 are checked with what is true in this world
 * (cluster/invariant.h), not with what a node believes. */
#ifndef IC_SIM_REGION_H
#define IC_SIM_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/prng.h"
#include "cluster/directory.h"
#include "cluster/placement.h"

#define IC_REGION_NODES     12
#define IC_REGION_MEETINGS  40
#define IC_REGION_PEOPLE    4096
#define IC_REGION_VERSIONS  8 /* node sets that somebody may still hold */
#define IC_REGION_CLAIMS    (2 * IC_REGION_NODES)
#define IC_REGION_FLIGHTS   8192
#define IC_REGION_BYTES_MAX 512 /* of one message */
#define IC_REGION_DATE      1790000000

/* What the operator has published at some time. */
struct ic_region_version {
    struct ic_node_claim claims[IC_REGION_CLAIMS];
    size_t claim_count;
    struct ic_merkle_hash leaves[IC_REGION_CLAIMS];
    struct ic_node_set_claim set;
};

struct ic_region_meeting {
    uint8_t id[IC_MEETING_ID_LEN];
    uint8_t policy[256], bad[256]; /* the right one; with one byte changed */
    uint8_t other[256];            /* as good, for other countries */
    size_t policy_len, other_len;
    uint8_t sha256[IC_SHA256_LEN];
    uint64_t generations[64]; /* the last ones that were taken, and who took them: one node each */
    uint32_t takers[64];
    uint64_t taken_in[64];            /* how often the store had been emptied then */
    struct ic_directory_entry before; /* what the directory said once */
};

struct ic_region_node {
    char name[32];
    uint8_t id[IC_NODE_ID_LEN];
    struct ic_placement *placement;     /* NULL: crashed */
    uint64_t serial, key;               /* of its newest certificate, and of the key in it */
    uint8_t fingerprint[IC_SHA256_LEN]; /* of the key that it shows */
    uint32_t version;                   /* of the set that it knows */
    uint8_t removed[2][IC_NODE_ID_LEN];
    size_t removed_count;
    int64_t offset_us, drift_ppm, jump_s; /* its clocks */
    struct ic_time start, dated;
    struct ic_node_load capacity;
    bool is_draining;                      /* until it is started anew */
    bool is_cut;                           /* from the bus */
    struct ic_time back_at;                /* from the cut, or from a crash */
    uint8_t beats[4][IC_REGION_BYTES_MAX]; /* its last ones, for a bus that repeats */
    size_t beat_len[4];
    struct ic_time beat_made[4];
    uint32_t beat_next;
    struct ic_time renewed; /* its newest beat that was delivered was made then */
    struct ic_time
        heard[IC_REGION_NODES]; /* the newest beat of each other that came was made then */
    struct ic_time lapsed;      /* its lease was over for the last time */
    struct ic_time asked[IC_REGION_MEETINGS]; /* what the directory said last was asked then */
    uint64_t set_in[IC_REGION_MEETINGS];      /* how often the store had been emptied when it set */
    uint32_t told[IC_REGION_MEETINGS];        /* who has it, as it said; IC_REGION_NODES: nobody */
    uint8_t shown[IC_REGION_MEETINGS][IC_REGION_NODES][IC_SHA256_LEN]; /* keys of relays */
    /* Who else carries it, as a meeting's home has said: with which generation; 0: does not. */
    uint64_t said[IC_REGION_MEETINGS][IC_REGION_NODES];
};

struct ic_region_person {
    bool is_here, has_video;
    uint32_t node, meeting;
    struct ic_time leaves_at;
};

enum ic_region_flight_kind {
    IC_REGION_BEAT,
    IC_REGION_REPLY,
    IC_REGION_DOUBT, /* somebody may have taken the meeting */
    IC_REGION_NODES_SET
};

/* Something on its way to a node. */
struct ic_region_flight {
    struct ic_time at, made;
    uint32_t to, from, version, meeting;
    bool is_altered;
    uint64_t serial;     /* of the version */
    struct ic_time life; /* of the receiver, that it was meant for */
    enum ic_region_flight_kind kind;
    struct ic_directory_reply reply;
    uint8_t bytes[IC_REGION_BYTES_MAX];
    size_t len;
    bool is_used;
};

/* Somebody who waits for an answer of a node. */
struct ic_region_ask {
    uint64_t token; /* 0: free */
    uint32_t node, meeting, hops;
    bool wants_video, has_policy; /* the right one */
    bool is_silent;               /* says that the node that has the meeting says nothing */
};

/* Somebody of whom it is told what they were answered. */
struct ic_region_probe {
    uint64_t token;
    bool is_answered;
    enum ic_place_out_kind kind;
    enum ic_place_reason reason;
};

struct ic_region {
    struct ic_prng prng;
    struct ic_time now;
    struct ic_region_version versions[IC_REGION_VERSIONS];
    uint32_t version; /* the newest */
    struct ic_region_meeting meetings[IC_REGION_MEETINGS];
    struct ic_region_node nodes[IC_REGION_NODES];
    struct ic_region_person *people;
    struct ic_region_flight *flights;
    struct ic_region_ask *asks;
    struct ic_heap arrivals; /* of flights, by index */
    uint32_t flight_next, ask_next;
    uint64_t tokens;
    struct ic_directory directory;
    uint32_t loss_ppm, alter_ppm, lie_ppm, stale_ppm, delay_ms; /* of the bus, now */
    bool is_directory_cut;
    uint32_t pressure; /* people who come in each step */
    uint64_t empties;  /* of the directory */
    uint64_t quiet_at; /* decisions until the next quiet time */
    struct ic_region_probe probe;
    struct ic_invariants invariants;
    uint64_t decisions, here, redirects, refusals[IC_PLACE_REASONS], relays, releases, packets;
    uint64_t joins; /* relays between nodes that carry a meeting of a third one */
    uint64_t handed, kept, drains;
    uint64_t audio_only, generations, faults, events, quiets, restarts;
    uint64_t hash;
    char problem[256]; /* the first broken rule; "": none */
};

/* The caller takes it. Aborts when there is no memory. */
struct ic_region *ic_region_create(uint64_t seed);
void ic_region_destroy(struct ic_region *r);
/* Let things happen until so many decisions were made, or a rule is broken; with quiet times in
 * between, in which all is put right and each meeting has to have come to one node. */
void ic_region_run(struct ic_region *r, uint64_t decisions);

#endif
