/* What the files of relays on the control thread share; nobody else includes it.
 *
 *  relay_control.c  channels, bridges, workers, the hub; life
 *  relay_places.c   who gets a place where, and who is brought away from a node that drains
 *  relay_opening.c  what is asked of other nodes: places, and relays for what both carry */
#ifndef IC_SHELL_RELAY_CONTROL_STATE_H
#define IC_SHELL_RELAY_CONTROL_STATE_H

#include "shell/relay_control.h"

/* The channel to a node is there, or was, and not all that follows is said. */
struct ic_relay_side {
    uint8_t node[IC_NODE_ID_LEN];
    struct ic_relay_bridge *bridge; /* NULL: a free place */
    bool is_dead;                   /* nothing of it counts any more, but that it ends */
    const char *name;               /* in names */
    uint8_t fingerprint[IC_SHA256_LEN];
};

/* Places are asked for at a node, or a relay, the channel to which may not be there yet. */
struct ic_relay_opening {
    bool is_used, is_said;
    bool is_join, is_asking; /* a relay; we ask for it, else a channel is all that is to be */
    uint8_t meeting[IC_MEETING_ID_LEN], node[IC_NODE_ID_LEN];
    uint64_t generation;
    uint8_t hops;
    uint8_t *policy; /* of places */
    size_t policy_len;
    uint8_t policy_sha256[IC_SHA256_LEN]; /* of a relay */
    struct ic_time until;
};

enum ic_relay_share {
    IC_RELAY_OURS,
    IC_RELAY_THEIRS,
    IC_RELAY_OF_A_THIRD, /* both carry it */
};

/* A meeting that is at both. */
struct ic_relay_shared {
    bool is_used;
    enum ic_relay_share share;
    uint8_t meeting[IC_MEETING_ID_LEN], node[IC_NODE_ID_LEN];
    uint64_t room;                  /* OURS */
    uint16_t places;                /* OURS */
    uint32_t guests;                /* THEIRS: told */
    bool drains;                    /* OURS: the node goes out of service */
    struct ic_time look_at, ask_at; /* drains: once more, for places elsewhere */
};

#define REFUSALS_MAX 64
#define SHARED_MAX   (IC_RELAY_NODES_MAX * IC_RELAY_CHANNEL_MEETINGS) /* all that there can be */

#define IC_RELAY_OPENINGS (2 * IC_RELAY_CHANNEL_MEETINGS)
#define NAMES_MAX         1024

struct ic_relay_control {
    struct ic_relay_control_config config;
    struct ic_relay_net *net;
    struct ic_cluster_peers peers;
    struct ic_relay_side sides[2 * IC_RELAY_NODES_MAX];
    struct ic_relay_opening openings[IC_RELAY_OPENINGS];
    struct ic_relay_shared shared[SHARED_MAX];
    /* Of nodes that had a channel to this one: workers and receipts name them later, too. */
    char names[NAMES_MAX][IC_NODE_NAME_MAX + 1];
    size_t name_count;
    bool is_behind;
    struct ic_relay_moves moves;
    /* Newcomers that are refused at once: the hub hears it at the next turn. */
    uint64_t refused[REFUSALS_MAX];
    uint32_t refused_count;
};

/* relay_control.c */
struct ic_cluster_ask ic_relay_about(enum ic_cluster_kind kind, const uint8_t *meeting,
                                     const uint8_t *node);
/* Tell the cluster thread. False: it does not keep up; say it again. */
bool ic_relay_tell(struct ic_relay_control *r, const struct ic_cluster_ask *ask);
struct ic_relay_side *ic_relay_side_of(struct ic_relay_control *r, const uint8_t *node);
struct ic_relay_shared *ic_relay_shared_of(struct ic_relay_control *r, const uint8_t *meeting,
                                           const uint8_t *node);
/* What our workers call a meeting whose people are here because its node has asked. */
bool ic_relay_guest_room(const struct ic_relay_control *r, const uint8_t *meeting,
                         struct ic_relay_guest_room *out);
/* relay_places.c */
/* For people of our own meetings, here. */
uint32_t ic_relay_places_here(const struct ic_relay_control *r);
/* A meeting of ours: so many of its people may be elsewhere, at all that carry it. */
void ic_relay_places_set(struct ic_relay_control *r, const uint8_t *meeting);
/* PEER_ADD. True: at another node, or refused. */
bool ic_relay_places_give(struct ic_relay_control *r, const struct ic_cmd *cmd);
/* RELAY_DRAINS */
void ic_relay_places_drain(struct ic_relay_control *r, const struct ic_cluster_answer *answer);
/* The node at the other end goes out of service: its people of this meeting come here or to another
 * node that carries it, or one is asked for places. Without any of them they stay. */
void ic_relay_places_bring_away(struct ic_relay_control *r, struct ic_relay_shared *m,
                                struct ic_relay_side *s);
void ic_relay_places_tick(struct ic_relay_control *r);
struct ic_time ic_relay_places_deadline(const struct ic_relay_control *r);
/* relay_opening.c */
/* RELAY_OPEN; takes the policy. */
void ic_relay_opening_start(struct ic_relay_control *r, const struct ic_cluster_answer *answer);
/* RELAY_JOIN */
void ic_relay_opening_join(struct ic_relay_control *r, const struct ic_cluster_answer *answer);
/* The channel to the node is there: what waits for it is said. */
void ic_relay_opening_say(struct ic_relay_control *r, struct ic_relay_side *s);
/* It is answered, or not wanted any more. */
void ic_relay_opening_end(struct ic_relay_control *r, const uint8_t *meeting, const uint8_t *node);
void ic_relay_opening_tick(struct ic_relay_control *r);
struct ic_time ic_relay_opening_deadline(const struct ic_relay_control *r);
void ic_relay_opening_drop_all(struct ic_relay_control *r);

#endif
