/* Commands from the control plane (signal/) to a media worker (sfu/). The peer key is made by the
 * hub, unique in the process and never used again; the room key stands for a meeting. */
#ifndef IC_MSG_CMD_H
#define IC_MSG_CMD_H

#include <stdbool.h>
#include <stdint.h>

#include "msg/transport.h"

enum ic_cmd_kind {
    IC_CMD_PEER_ADD,        /* answered by IC_EVT_PEER_READY or IC_EVT_PEER_REFUSED */
    IC_CMD_PEER_REMOVE,     /* no answer; unknown keys are ignored */
    IC_CMD_PEER_COUNT,      /* answered by IC_EVT_PEER_COUNTS; unknown keys are ignored */
    IC_CMD_PEER_MEDIA,      /* what the client says that it sends now: decides who gets a slot */
    IC_CMD_ROOM_KEY_FRAMES, /* every camera of `room` makes a key frame from now on; no answer */
    IC_CMD_SHUTDOWN,        /* close every peer; no answer */
};

struct ic_cmd {
    enum ic_cmd_kind kind;
    uint64_t peer;
    uint64_t room;   /* PEER_ADD, ROOM_KEY_FRAMES */
    bool microphone; /* PEER_ADD, PEER_MEDIA */
    bool camera;
    struct ic_client_transport transport; /* PEER_ADD */
};

#endif
