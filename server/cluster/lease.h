/* Which nodes are there, as one node knows it. Each node beats once a second and says in each beat
 * which beats of the others it has heard. So a beat that names one of ours was made after ours was
 * sent, and its age is at most the time since then, by our clock alone: a bus that delivers late,
 * twice or out of order makes nodes look older, never younger. A lease runs for 3 s from there.
 * Our own lease is the newest beat of ours that came back, or that another node says it has heard.
 *
 * Load numbers are late by nature. What was sent to a node is counted until two more beats of it
 * came, and a node that has restarted counts for 10 s as full as it was before: nobody falls upon
 * a node that says "empty". */
#ifndef IC_CLUSTER_LEASE_H
#define IC_CLUSTER_LEASE_H

#include "base/time.h"
#include "cluster/beat.h"

struct ic_lease {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t leaf[IC_SHA256_LEN]; /* that it says it serves with */
    char country[IC_COUNTRY_LEN];
    uint64_t incarnation, seq;
    struct ic_time proved;       /* no older than this; valid when is_proved */
    struct ic_time warm_until;   /* it has restarted: load counts as at least people_before ... */
    struct ic_time silent_until; /* it was asked and said nothing: no new work, whatever it beats */
    uint16_t people_before, videos_before;
    uint16_t people_sent[2],
        videos_sent[2];       /* to it, since the last beat and since the one before */
    struct ic_node_load load; /* as it says */
    uint8_t draining_beats;   /* ... that it drains, in a row, up to 255 */
    bool is_proved;
};

struct ic_leases {
    struct ic_beat self;                         /* the next beat, but for its acks */
    struct ic_time sent_at[IC_LEASE_BEATS_KEPT]; /* of our beats, by seq */
    uint64_t beats;                              /* how many were made */
    struct ic_time proved; /* when the newest of ours that was heard was sent */
    bool is_proved;
    uint32_t count;
    struct ic_lease at[IC_NODES_MAX]; /* of the others */
};

struct ic_lease_config {
    uint8_t node[IC_NODE_ID_LEN]; /* our own */
    uint8_t leaf[IC_SHA256_LEN];
    char country[IC_COUNTRY_LEN];
    uint64_t incarnation, first_seq; /* of chance, so that old answers fit nothing */
};

void ic_leases_init(struct ic_leases *l, const struct ic_lease_config *config);
/* The certificate that we serve with from now on. */
void ic_leases_set_certificate(struct ic_leases *l, const uint8_t leaf[static IC_SHA256_LEN],
                               const char country[static IC_COUNTRY_LEN]);
/* How full we are, exactly. */
void ic_leases_set_load(struct ic_leases *l, struct ic_node_load load);
/* Make our next beat; every IC_LEASE_BEAT_MS. */
void ic_leases_beat(struct ic_leases *l, struct ic_time now, struct ic_beat *out);
/* A beat came over the bus, also one of ours.
 *  IC_ERR_REPLAY  heard before, or older than what was heard
 *  IC_ERR_FULL    IC_NODES_MAX nodes are there */
IC_NODISCARD enum ic_err ic_leases_input(struct ic_leases *l, struct ic_time now,
                                         const struct ic_beat *beat);
/* People were sent to this node, and will arrive. */
void ic_leases_reserve(struct ic_leases *l, const uint8_t node[static IC_NODE_ID_LEN],
                       bool has_video);
/* The node was asked and says nothing: it gets nothing new before until. Nothing for a node that
 * was never heard. */
void ic_leases_silence(struct ic_leases *l, const uint8_t node[static IC_NODE_ID_LEN],
                       struct ic_time until);

/* Lent until the next input; NULL when it was never heard. */
const struct ic_lease *ic_leases_find(const struct ic_leases *l,
                                      const uint8_t node[static IC_NODE_ID_LEN]);
/* When the lease ends; in the past when it never began. */
struct ic_time ic_lease_end(const struct ic_lease *lease);
/* The same of our own. */
struct ic_time ic_leases_own_end(const struct ic_leases *l);
/* What counts at now: said, sent and remembered. */
struct ic_node_load ic_lease_load(const struct ic_lease *lease, struct ic_time now);

#endif
