/* Commands from the control plane (signal/) to a media worker (sfu/). The peer key is made by the
 * hub, unique in the process and never used again; the room key stands for a meeting. */
#ifndef IC_MSG_CMD_H
#define IC_MSG_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "msg/receipt.h"
#include "msg/transport.h"

enum ic_cmd_kind {
    IC_CMD_PEER_ADD,        /* answered by IC_EVT_PEER_READY or IC_EVT_PEER_REFUSED */
    IC_CMD_PEER_REMOVE,     /* no answer; unknown keys are ignored */
    IC_CMD_PEER_COUNT,      /* answered by IC_EVT_PEER_COUNTS; unknown keys are ignored */
    IC_CMD_PEER_MEDIA,      /* what the client says that it sends now: decides who gets a slot */
    IC_CMD_ROOM_KEY_FRAMES, /* every camera of `room` makes a key frame from now on; no answer */
    IC_CMD_SHUTDOWN,        /* close every peer; no answer */
    /* Of somebody whose media another node carries; a worker ignores them. */
    IC_CMD_PEER_RECEIPTS,    /* write receipts of the peer that go on from chain, from now on */
    IC_CMD_PEER_RECEIPT_END, /* the last one of the peer, now */
    /* Relays (docs/protocol/cluster.md 5): `peer` is the key of one end of a relay, or of one end
     * of a meeting on it. PEER_REMOVE ends both, PEER_COUNT counts what a meeting's end carried. */
    IC_CMD_RELAY_ADD,     /* one end of a relay; answered by READY (its names) or REFUSED */
    IC_CMD_RELAY_CONNECT, /* what the other end is; CONNECTED or CLOSED follows */
    IC_CMD_RELAY_MEETING, /* carry `room` over `relay` as `number`: CONNECTED or REFUSED */
    IC_CMD_RELAY_SOURCE,  /* who is in a slot of the other end; unknown keys are ignored */
    IC_CMD_RELAY_WANTED,  /* somebody, or nobody, at the other end needs a slot's source now */
};

struct ic_cmd {
    enum ic_cmd_kind kind;
    uint64_t peer;
    uint64_t room;   /* PEER_ADD, ROOM_KEY_FRAMES */
    bool microphone; /* PEER_ADD, PEER_MEDIA */
    bool camera;
    uint64_t beside; /* PEER_ADD: another transport of the person, in whose place it comes; 0: there
                        is none. For whoever chooses a node, a worker passes it over */
    struct ic_client_transport transport; /* PEER_ADD; RELAY_CONNECT: without sections */
    struct ic_addr address;               /* RELAY_CONNECT: of the other end */
    struct ic_addr local;                 /* RELAY_CONNECT: where to send from; port 0: any */
    bool is_caller;                       /* RELAY_CONNECT: this end checks and calls */
    uint64_t relay;                       /* RELAY_MEETING */
    uint32_t number;                      /* RELAY_MEETING: rises with each meeting of the relay */
    const char *node; /* RELAY_MEETING: whose the other end is, by its name, lent as long as the
                         process runs; NULL: another worker of this one */
    /* RELAY_SOURCE, RELAY_WANTED */
    uint8_t slot;
    uint32_t epoch; /* of what is in the slot, as IC_EVT_SLOT said it */
    /* RELAY_SOURCE */
    uint64_t source_peer; /* 0: nobody */
    enum ic_source source;
    uint64_t first_seq;            /* packets below are of whoever was there before */
    bool is_wanted;                /* RELAY_WANTED */
    struct ic_receipt_chain chain; /* PEER_RECEIPTS */
    enum ic_meter_end end;         /* PEER_RECEIPT_END: why, never GOES_ON */
};

#endif
