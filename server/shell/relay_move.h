/* People whose media another node carries, that goes out of service: they are brought elsewhere, a
 * few at a time. Each is told once, has its time to come over, and is told again if it did not. A
 * place is kept for everybody who was told, where it is to come, until it has come or its time is
 * over. */
#ifndef IC_SHELL_RELAY_MOVE_H
#define IC_SHELL_RELAY_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "cluster/relay_bridge.h"

struct ic_relay_move {
    uint64_t peer; /* its old transport; 0: a free place */
    uint64_t came; /* the new one, as long as it is there; 0: a place is kept */
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN]; /* where it is to come, or has; zeros: here */
    struct ic_time until;
};

struct ic_relay_moves {
    struct ic_relay_move list[IC_RELAY_MOVES_MAX];
};

/* For each person, in this order; false: nothing comes of it. */
struct ic_relay_move_handlers {
    void *context;
    /* Where a place is free that is kept for nobody. False: nowhere */
    bool (*find)(void *context, const uint8_t meeting[static IC_MEETING_ID_LEN],
                 uint8_t node[static IC_NODE_ID_LEN]);
    bool (*tell)(void *context, uint64_t peer); /* false: not now */
};

/* The one whose old transport this is; NULL: it was not told, or its time is over. */
struct ic_relay_move *ic_relay_moves_find(struct ic_relay_moves *m, uint64_t peer);
/* So many places are kept at a node.  meeting  NULL: of all meetings */
uint32_t ic_relay_moves_kept(const struct ic_relay_moves *m, const uint8_t *meeting,
                             const uint8_t node[static IC_NODE_ID_LEN]);
/* A transport ends: if it was a new one, a place is kept once more. */
void ic_relay_moves_gone(struct ic_relay_moves *m, uint64_t peer);

/* One step for a meeting of ours at the other end of this bridge. Returns how many are there still,
 * by the bridge.  *is_short  somebody could be told, and there is no room */
uint32_t ic_relay_moves_step(struct ic_relay_moves *m, struct ic_time now,
                             const struct ic_relay_bridge *bridge,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             const struct ic_relay_move_handlers *handlers, bool *is_short);

/* Who is not to be found at any bridge any more has come over, or gone.
 *  is_there  asked of each
 *  came      of each that has come over; false: say it again */
void ic_relay_moves_settle(struct ic_relay_moves *m, struct ic_time now,
                           bool (*is_there)(const void *context, uint64_t peer),
                           bool (*came)(void *context, const struct ic_relay_move *move),
                           void *context);

#endif
