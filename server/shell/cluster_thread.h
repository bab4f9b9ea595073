/* The thread that decides where meetings run: placement (cluster/placement.h) with what it needs of
 * the world: beats and asks over the bus, the directory, certificates of nodes, the clock. The
 * control loop asks, and gets answers into a mailbox of its own. */
#ifndef IC_SHELL_CLUSTER_THREAD_H
#define IC_SHELL_CLUSTER_THREAD_H

#include "cluster/placement.h"
#include "shell/config.h"
#include "shell/data_dir.h"
#include "shell/log.h"
#include "shell/mailbox.h"
#include "shell/node_book.h"

enum ic_cluster_kind {
    IC_CLUSTER_PAGE,    /* somebody opens the link of the meeting: its id is all that is known */
    IC_CLUSTER_OPEN,    /* somebody wants into the meeting at this node; policy is its policy */
    IC_CLUSTER_LEAVE,   /* somebody who was told HERE has gone */
    IC_CLUSTER_RELOAD,  /* read the papers again */
    IC_CLUSTER_DRAIN,   /* take nobody new */
    IC_CLUSTER_HAND,    /* hand the meeting over to another node, or say why not: KEPT. After DRAIN.
                           Whoever asks lets nothing change the meeting's group until KEPT */
    IC_CLUSTER_NODES,   /* an answer that was not asked for: these nodes there are now */
    IC_CLUSTER_RELEASE, /* an answer that was not asked for: the meeting must end here */
    IC_CLUSTER_HANDED,  /* an answer: the meeting is at host from now on */
    IC_CLUSTER_KEPT,    /* an answer: the meeting was not handed over, and goes on here */
    /* Relays to other nodes (cluster/placement.h). */
    IC_CLUSTER_PEERS,        /* an answer that was not asked for: with whom there may be relays */
    IC_CLUSTER_RELAY_OPEN,   /* an answer that was not asked for: ask node for places, and say
                                RELAY_OPENED */
    IC_CLUSTER_RELAY_CLOSE,  /* an answer that was not asked for: nothing of the meeting goes to
                                node, or comes from it, any more */
    IC_CLUSTER_RELAY_DRAINS, /* an answer that was not asked for: node goes out of service,
                                or does not any more */
    IC_CLUSTER_RELAY_OPENED,
    IC_CLUSTER_RELAY_ASKED,  /* node, which has shown fingerprint, asks for places; answered with
                                the same kind */
    IC_CLUSTER_RELAY_CLOSED, /* node has closed it, or is lost */
    IC_CLUSTER_CARRIER,      /* an answer that was not asked for: tell node that other carries the
                                meeting, or does not any more. Asked: node has said so of other */
    IC_CLUSTER_RELAY_JOIN,   /* an answer that was not asked for: ask node, which carries the
                                meeting, too, for a relay, and say RELAY_JOINED */
    IC_CLUSTER_RELAY_JOINED,
    IC_CLUSTER_RELAY_JOINING, /* node, which has shown fingerprint, asks for one; answered with the
                                 same kind */
    IC_CLUSTER_RELAY_AGAIN,   /* people of the meeting have lost their media at another node */
    IC_CLUSTER_RELAY_HOME,    /* somebody of the meeting has come back from another node */
    IC_CLUSTER_GUESTS,        /* so many people of another node's meeting are here */
};

struct ic_cluster_ask {
    enum ic_cluster_kind kind;
    uint64_t token; /* comes back */
    uint8_t meeting[IC_MEETING_ID_LEN];
    const uint8_t *policy; /* OPEN, RELAY_ASKED: borrowed, copied */
    size_t policy_len;
    bool has_video; /* OPEN: wanted; LEAVE: had */
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN]; /* RELAY_…: that node has shown */
    uint64_t generation;
    uint8_t policy_sha256[IC_SHA256_LEN]; /* RELAY_JOINING */
    uint8_t other[IC_NODE_ID_LEN];        /* CARRIER */
    bool carries;                         /* CARRIER */
    bool drains;                          /* RELAY_DRAINS; false: it does not, after all */
    enum ic_place_reason reason;          /* RELAY_OPENED, RELAY_JOINED */
    uint8_t hops;
    uint16_t places; /* RELAY_OPENED, RELAY_ASKED */
    uint32_t people; /* GUESTS */
};

enum ic_cluster_verdict {
    IC_CLUSTER_HERE,
    IC_CLUSTER_REDIRECT, /* to host */
    IC_CLUSTER_REFUSE,   /* reason */
};

/* Nodes that people may be sent to, by name (ic_node_book_names). */
struct ic_cluster_nodes {
    size_t count;
    char names[IC_NODES_MAX][IC_NODE_NAME_MAX + 1];
};

struct ic_cluster_peers {
    size_t count;
    bool is_called; /* this node has an address for them, too */
    struct ic_node_peer list[IC_NODE_CLAIMS_MAX];
};

/* What the mailbox holds. */
struct ic_cluster_answer {
    enum ic_cluster_kind kind; /* PAGE, OPEN, NODES, RELEASE, HANDED, KEPT, PEERS, CARRIER or
                                  RELAY_… */
    enum ic_cluster_verdict verdict;
    uint64_t token;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint64_t generation;         /* HERE, RELEASE */
    enum ic_place_reason reason; /* REFUSE, RELEASE, KEPT */
    uint32_t retry_ms;           /* REFUSE: 0: it is no use */
    bool has_video;
    char host[IC_NODE_NAME_MAX + 1]; /* REDIRECT, HANDED: name of the node in its certificate */
    struct ic_cluster_nodes *nodes;  /* NODES: for free(), the reader's */
    struct ic_cluster_peers *peers;  /* PEERS: likewise */
    uint8_t node[IC_NODE_ID_LEN];    /* CARRIER, RELAY_… */
    uint8_t *policy;                 /* RELAY_OPEN: likewise */
    size_t policy_len;
    uint8_t hops;
    uint16_t places;                      /* RELAY_ASKED */
    uint8_t other[IC_NODE_ID_LEN];        /* CARRIER */
    bool carries;                         /* CARRIER */
    bool drains;                          /* RELAY_DRAINS; false: it does not, after all */
    bool is_asking;                       /* RELAY_JOIN; false: it asks, and a channel is to be */
    uint8_t policy_sha256[IC_SHA256_LEN]; /* RELAY_JOIN */
};

struct ic_cluster_config {
    const struct ic_config *config; /* kept */
    const struct ic_data_dir *data; /* kept */
    const struct ic_dtls_credentials *credentials;
    const struct ic_addr *addresses; /* that media is announced at; copied */
    size_t address_count;
    struct ic_mailbox *answers; /* kept; struct ic_cluster_answer */
    const struct ic_log *log;   /* kept */
};

struct ic_cluster_thread;

/* Join the other nodes: with nats_url set. NULL: why says what is wrong and the next step. */
struct ic_cluster_thread *ic_cluster_thread_start(const struct ic_cluster_config *config,
                                                  char why[static IC_CONFIG_WHY_MAX]);
void ic_cluster_thread_stop(struct ic_cluster_thread *t);
/* Until when this node's own lease runs, as of the last turn of the thread. Loop time. */
struct ic_time ic_cluster_thread_lease_end(const struct ic_cluster_thread *t);
/* Each PAGE and OPEN is answered once: after two looks into the directory and a probe at the
 * latest, about 6 s. Each HAND is answered by HANDED, KEPT or RELEASE. IC_ERR_FULL  say busy */
IC_NODISCARD enum ic_err ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                               const struct ic_cluster_ask *ask);

#endif
