/* Events from a media worker (sfu/) to the control plane (signal/). */
#ifndef IC_MSG_EVT_H
#define IC_MSG_EVT_H

#include <stdbool.h>
#include <stdint.h>

#include "msg/transport.h"

enum ic_evt_kind {
    IC_EVT_PEER_READY,     /* transport holds the server's side */
    IC_EVT_PEER_REFUSED,   /* reason: the worker or the room is full, or the parameters are unfit */
    IC_EVT_PEER_CONNECTED, /* DTLS is done: media can flow */
    IC_EVT_PEER_CLOSED,    /* the worker gave the peer up; reason says why */
    IC_EVT_SLOT,           /* slot of peer `peer` carries `source_peer` now (0: nobody) */
    IC_EVT_STATS,          /* snapshot of the worker, every few seconds */
    IC_EVT_PEER_COUNTS,    /* what came from the peer and went to it since it was made */
    IC_EVT_RELAY_WANTED,   /* somebody, or nobody, needs what comes in a slot of the other end */
};

enum ic_peer_reason {
    IC_PEER_REASON_NONE,
    IC_PEER_REASON_FULL,
    IC_PEER_REASON_UNFIT,          /* transport parameters that cannot work */
    IC_PEER_REASON_ICE_TIMEOUT,    /* never connected */
    IC_PEER_REASON_CONSENT_LOST,   /* RFC 7675: no valid check for 30 s */
    IC_PEER_REASON_FINGERPRINT,    /* certificate is not the announced one */
    IC_PEER_REASON_CLOSED_BY_PEER, /* DTLS close_notify */
};

/* Counters of one worker since its start. */
struct ic_worker_stats {
    uint64_t packets_in, bytes_in;
    uint64_t packets_out, bytes_out;
    uint64_t packets_forwarded; /* media packets made for receivers */
    uint64_t dropped_malformed, dropped_unknown, dropped_auth, dropped_replay, dropped_rate,
        dropped_full;
    uint64_t dropped_codec; /* media packets not made: the receiver does not decode them */
    uint64_t nack_in, nack_out, rtx_out, pli_in, pli_out;
    uint64_t tracks_shed; /* pictures that gave way, each time */
    uint32_t peers, rooms;
};

/* Datagrams of RTP and RTCP of one peer: those that were authentic, those that were sent. */
struct ic_peer_counts {
    uint64_t packets_in, bytes_in;
    uint64_t packets_out, bytes_out;
    uint64_t dropped; /* from its addresses, and in none of the above */
};

/* What crossed between this node and another one because of the peer (docs/protocol/receipts.md 1):
 * its media that went on there, media from there that went to it; each packet once, in the size in
 * which this node sent it on. */
struct ic_node_counts {
    const char *node; /* its name, lent as long as the process runs; NULL: nothing is here */
    uint64_t packets_to, bytes_to;
    uint64_t packets_from, bytes_from;
};

struct ic_evt {
    enum ic_evt_kind kind;
    uint64_t peer;
    enum ic_peer_reason reason;                     /* REFUSED, CLOSED */
    struct ic_peer_counts counts;                   /* COUNTS, CLOSED */
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* COUNTS, CLOSED; the latest first */
    char mid[IC_MID_LEN_MAX + 1];                   /* SLOT */
    uint64_t source_peer;                           /* SLOT */
    enum ic_source source;                          /* SLOT */
    uint8_t slot;                                   /* SLOT, RELAY_WANTED: its number */
    uint32_t epoch;                       /* SLOT, RELAY_WANTED: rises with each source in it */
    uint64_t first_seq;                   /* SLOT: extended number of the source's first packet */
    bool is_wanted;                       /* RELAY_WANTED */
    struct ic_server_transport transport; /* READY */
    const char *node;     /* READY: the other node that carries it, by its name, lent as long as the
                             process runs; NULL: this one */
    bool writes_receipts; /* READY, with node: that node does */
    struct ic_worker_stats stats; /* STATS */
};

#endif
