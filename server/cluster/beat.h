/* Beats: what nodes say of themselves on the bus once a second (docs/protocol/cluster.md 2). One
 * encoding only. Nobody signs them: they decide whether a node is there and how full it is, never
 * where it stands. */
#ifndef IC_CLUSTER_BEAT_H
#define IC_CLUSTER_BEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/wr.h"
#include "cluster/node_claim.h"

/* How full a node is. */
struct ic_node_load {
    uint16_t people, people_max;
    uint16_t videos, videos_max; /* people who send or get pictures */
    bool is_draining;            /* takes nobody any more */
};

/* "I have heard this beat of yours." */
struct ic_beat_ack {
    uint64_t node; /* ic_beat_key of its id */
    uint64_t seq;
};

struct ic_beat {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t leaf[IC_SHA256_LEN];  /* of the certificate that the node serves with */
    char country[IC_COUNTRY_LEN]; /* as in that certificate */
    uint64_t incarnation;         /* another one after each start */
    uint64_t seq;                 /* begins anywhere, rises by one */
    struct ic_node_load load;
    uint16_t ack_count;
    struct ic_beat_ack acks[IC_NODES_MAX];
};

#define IC_BEAT_BYTES_MAX (1 + 2 * 32 + 2 + 2 * 8 + 4 * 2 + 1 + 2 + IC_NODES_MAX * 16)

/* What stands for a node in an ack: the first eight bytes of its id. */
uint64_t ic_beat_key(const uint8_t node[static IC_NODE_ID_LEN]);
/*  IC_ERR_INPUT  not a beat; out untouched */
IC_NODISCARD enum ic_err ic_beat_parse(const uint8_t *bytes, size_t len, struct ic_beat *out);
/* At most IC_BEAT_BYTES_MAX. The writer is bad when it is full. */
void ic_beat_write(struct ic_wr *w, const struct ic_beat *beat);

#endif
