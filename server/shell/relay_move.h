/* People whose media another node carries, that goes out of service: they are brought elsewhere, a
 * few at a time. Each is told once, has its time to come over, and is told again if it did not. A
 * place here is kept for everybody who was told. */
#ifndef IC_SHELL_RELAY_MOVE_H
#define IC_SHELL_RELAY_MOVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"
#include "cluster/relay_bridge.h"

struct ic_relay_moves {
    struct {
        uint64_t peer; /* its old transport; 0: a free place */
        struct ic_time until;
    } list[IC_RELAY_MOVES_MAX];
};

/* How many are under way: whose old transport is there, and whose time is not over. */
uint32_t ic_relay_moves_count(const struct ic_relay_moves *m);

/* One step for a meeting of ours at the other end of this bridge.
 *  room  so many may come elsewhere
 *  move  tell this person; false: not now
 * Returns how many are there still, by the bridge. */
uint32_t ic_relay_moves_step(struct ic_relay_moves *m, struct ic_time now,
                             const struct ic_relay_bridge *bridge,
                             const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t room,
                             bool (*move)(void *context, uint64_t peer), void *context);

/* Who is not to be found at any bridge any more has come over, or gone.  is_there  asked of each */
void ic_relay_moves_settle(struct ic_relay_moves *m, struct ic_time now,
                           bool (*is_there)(const void *context, uint64_t peer),
                           const void *context);

#endif
