/* What a node knows for a route receipt (docs/protocol/receipts.md), before the shell, which has
 * its certificate and key, makes a note of it; and what goes from the meeting's node to the one
 * that carries somebody's media, and back. */
#ifndef IC_MSG_RECEIPT_H
#define IC_MSG_RECEIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "msg/evt.h"

#define IC_RECEIPT_HASH_LEN 32 /* SHA-256 */

enum ic_meter_end {
    IC_METER_GOES_ON,
    IC_METER_LEAVE,
    IC_METER_LOST,
    IC_METER_DRAIN,
};

/* The blinded ids of a participant, and the newest receipt so far. */
struct ic_receipt_chain {
    uint8_t meeting[IC_RECEIPT_ID_LEN], member[IC_RECEIPT_ID_LEN];
    uint64_t seq;                      /* 0: none */
    uint8_t prev[IC_RECEIPT_HASH_LEN]; /* its hash; zeros for seq 0 */
};

struct ic_receipt_facts {
    uint64_t token;                /* comes back with the note */
    struct ic_receipt_chain chain; /* with the number and the hash of the receipt before */
    uint8_t policy[IC_RECEIPT_HASH_LEN];
    uint64_t start_s, length_s;
    struct ic_peer_counts counts;                   /* of the interval */
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* likewise */
    enum ic_meter_end end;
};

/* A note that another node has signed, for somebody whose media it carries. Well formed, and of
 * that node as it says: whether its signature is right, is for the participant to find out. */
struct ic_receipt_came {
    uint64_t peer;    /* as the worker that is asked for it would be */
    const char *node; /* that it came from, and that it names */
    const uint8_t *note;
    size_t len;
    struct ic_receipt_chain before; /* what it goes on from */
    uint8_t policy[IC_RECEIPT_HASH_LEN];
    uint8_t sha256[IC_RECEIPT_HASH_LEN]; /* of its text */
    bool is_last;                        /* of the transport */
};

#endif
