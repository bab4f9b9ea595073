/* A meeting as the data plane sees it: its members in the order in which they joined. It exists as
 * long as it has members. */
#ifndef IC_SFU_ROOM_H
#define IC_SFU_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/pool.h"
#include "msg/transport.h"

struct ic_room {
    uint64_t key;
    struct ic_ref ref;
    uint32_t member_count;
    uint32_t relay_count; /* of them: ends of relays */
    uint32_t active[2];   /* sources that are switched on, by enum ic_kind */
    uint32_t relayed[2];  /* of them: those that came over a relay */
    uint32_t members[IC_ROOM_MEMBERS_MAX + IC_ROOM_RELAYS_MAX]; /* indexes of peers */
};

struct ic_room_table {
    struct ic_pool pool;
    struct ic_map by_key;
};

/*  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_room_table_init(struct ic_room_table *t, uint32_t rooms_max,
                                            const uint64_t seed[static 2]);
void ic_room_table_deinit(struct ic_room_table *t);
/* Add a member to the room of this key, which is made when it is not there; lent while it has
 * members. NULL: too many rooms, too many people, or too many relays. */
struct ic_room *ic_room_enter(struct ic_room_table *t, uint64_t key, uint32_t peer, bool is_relay);
/* The room of this key; NULL: nobody is in it. */
struct ic_room *ic_room_find(const struct ic_room_table *t, uint64_t key);
/* Take a member out; the last one out ends the room. */
void ic_room_leave(struct ic_room_table *t, struct ic_room *room, uint32_t peer, bool is_relay);

#endif
