/* What the files of the cluster thread share; nobody else includes it.
 *
 *  cluster_thread.c  life, loop, mailboxes, the clock
 *  cluster_bus.c     what nodes tell each other
 *  cluster_nodes.c   which nodes there are, for the pages of this one
 *  cluster_place.c   what is asked, and what placement says
 *  cluster_relay.c   places at other nodes, and here for others */
#ifndef IC_SHELL_CLUSTER_STATE_H
#define IC_SHELL_CLUSTER_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "shell/bus_nats.h"
#include "shell/cluster_thread.h"
#include "shell/directory_nats.h"
#include "shell/directory_thread.h"
#include "shell/loop.h"
#include "shell/node_book.h"

#define IC_CLUSTER_OPENS_MAX (2 * IC_PLACE_ASKS_MAX)
/* Tokens of our own requests to the directory, apart from those of placement. */
#define IC_CLUSTER_OWN_TOKEN (1ull << 63)

/* In the mailbox of the thread. */
struct ic_cluster_item {
    struct ic_cluster_ask ask;
    uint8_t *policy; /* a copy of the ask's; the reader's */
};

/* A policy that placement keeps: of people who wait, or of a meeting that is here. */
struct ic_cluster_policy {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t *bytes; /* NULL: a free place */
    size_t len;
    uint32_t asks;
    bool is_placed;
};

/* Somebody who waits for an answer about a meeting. */
struct ic_cluster_open {
    bool is_used, is_probed;
    uint32_t round; /* with its place it makes the token that placement and the bus are given */
    uint64_t token;
    uint32_t policy; /* its place */
    struct ic_place_ask ask;
    struct ic_time probe_until;   /* IC_NEVER: nobody is being probed */
    struct ic_place_out redirect; /* PROBE: to say, if the node there answers */
};

/* Somebody who has opened a link. */
struct ic_cluster_page {
    bool is_used, is_probed;
    uint64_t token, request;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN]; /* that is probed */
    struct ic_time until;
};

struct ic_cluster_seen {
    uint8_t node[IC_NODE_ID_LEN];
    struct ic_time at; /* of its last beat that counted */
};

struct ic_cluster_thread {
    struct ic_watch ask_watch, bus_watch, directory_watch;
    struct ic_loop loop;
    struct ic_mailbox asks, bus_letters, directory_letters;
    const struct ic_config *config;
    const struct ic_log *log;
    struct ic_mailbox *answers;
    struct ic_bus *bus;
    struct ic_directory_store store;
    struct ic_directory_thread *directory;
    enum ic_directory_nats_state directory_state; /* logged last */
    struct ic_node_book book;
    struct ic_placement *placement;
    uint64_t violations; /* logged last */
    struct ic_time next_second;
    struct ic_cluster_nodes told;        /* to the control loop, last */
    struct ic_cluster_peers *peers_told; /* likewise; NULL: none */
    uint8_t node[IC_NODE_ID_LEN];
    uint32_t policies_max, seen_count;
    struct ic_cluster_policy *policies;
    struct ic_cluster_open *opens;
    struct ic_cluster_page *pages;
    struct ic_cluster_seen seen[IC_NODES_MAX];
    uint64_t requests; /* of our own to the directory */
    pthread_t thread;
    _Atomic int64_t lease_end; /* of our own, for other threads: microseconds of loop time */
    atomic_bool is_stopping;
};

/* cluster_bus.c */
void ic_cluster_on_bus(struct ic_watch *watch, uint32_t events);
void ic_cluster_send_beat(struct ic_cluster_thread *t, const struct ic_beat *beat);
/* Ask a node whether it is there; false: it cannot be asked. */
bool ic_cluster_probe(struct ic_cluster_thread *t, const uint8_t node[static IC_NODE_ID_LEN],
                      uint64_t token, const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* It has said something within the time of a lease. */
bool ic_cluster_is_alive(const struct ic_cluster_thread *t,
                         const uint8_t node[static IC_NODE_ID_LEN]);

/* cluster_nodes.c: tell the control loop if they are others than before. After each change, and
 * each second, for certificates begin and end by the clock. */
void ic_cluster_tell_nodes(struct ic_cluster_thread *t);

/* cluster_relay.c */
void ic_cluster_tell_peers(struct ic_cluster_thread *t);
/* What the control loop says of relays; the policy of the item is taken. */
void ic_cluster_relay(struct ic_cluster_thread *t, const struct ic_cluster_item *item);
/* What placement says: RELAY_OPEN, RELAY_CLOSE, CARRIER, JOIN. */
void ic_cluster_on_relay(struct ic_cluster_thread *t, const struct ic_place_out *out);

/* cluster_place.c */
/* Tell the control loop, which takes what the answer holds. False: its mailbox is full. */
bool ic_cluster_say(struct ic_cluster_thread *t, const struct ic_cluster_answer *answer);
/* A place for the policy, whose bytes are taken, with one ask on it; policies_max: none. */
uint32_t ic_cluster_keep_policy(struct ic_cluster_thread *t, const uint8_t *meeting, uint8_t *bytes,
                                size_t len);
/* That ask is over; the meeting is placed here: the policy stays as long as it is. */
void ic_cluster_let_policy(struct ic_cluster_thread *t, uint32_t policy, bool is_placed);
void ic_cluster_on_directory(struct ic_watch *watch, uint32_t events);
void ic_cluster_open(struct ic_cluster_thread *t, const struct ic_cluster_item *item);
void ic_cluster_page(struct ic_cluster_thread *t, const struct ic_cluster_ask *ask);
/* A node has answered a probe. */
void ic_cluster_on_presence(struct ic_cluster_thread *t, uint64_t token,
                            const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Who waits for too long is answered; when that would be next. */
void ic_cluster_expire(struct ic_cluster_thread *t);
struct ic_time ic_cluster_deadline(const struct ic_cluster_thread *t);
/* Do what placement says, until it says nothing any more. */
void ic_cluster_drain(struct ic_cluster_thread *t);
void ic_cluster_forget_all(struct ic_cluster_thread *t);

#endif
