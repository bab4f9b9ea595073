/* Between the store and the hub, on a node of several: before the hub hears which policy a meeting
 * has, the cluster thread decides whether the meeting is here. What it decides reaches the hub
 * through the wall (msg/wall.h), behind the node's own: neither can overrule the other's no. */
#ifndef IC_SHELL_GATE_H
#define IC_SHELL_GATE_H

#include "msg/store.h"
#include "msg/wall.h"
#include "shell/cluster_thread.h"
#include "signal/hub.h"

struct ic_gate;

/* own: the wall of this node, kept. The caller takes it; NULL: no memory.
 *  meetings_max  that can be here at a time */
struct ic_gate *ic_gate_create(struct ic_wall own, uint32_t meetings_max);
void ic_gate_destroy(struct ic_gate *g);
/* What the hub asks: kept by it, so it outlives the hub. */
struct ic_wall ic_gate_wall(struct ic_gate *g);
/* From now on; both kept. Before, everything passes to the node's own wall. */
void ic_gate_set(struct ic_gate *g, struct ic_cluster_thread *cluster, struct ic_hub *hub);

/* An answer of the store, whose parts are taken: it goes to the hub now, or once the cluster thread
 * has said whether the meeting is here. Afterwards drain the hub. */
void ic_gate_reply(struct ic_gate *g, struct ic_time now, const struct ic_store_reply *reply);
/* With which generation the meeting is here, for what is written of its group; 0 on a node that is
 * alone. false: another node may have it, and nothing may be written. */
bool ic_gate_fence(const struct ic_gate *g, const uint8_t meeting[static IC_MEETING_ID_LEN],
                   uint64_t *generation);
/* The cluster thread has answered (OPEN, RELEASE). Afterwards drain the hub. */
void ic_gate_input(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer);
/* Another node gives so many places to people of the meeting, who are in it and not on this node;
 * 0: none any more. */
void ic_gate_set_places(struct ic_gate *g, const uint8_t meeting[static IC_MEETING_ID_LEN],
                        uint32_t places);
/* From now on meetings are handed over to other nodes as soon as they can be, and those who are in
 * them told (ic_hub_move); the cluster thread drains. On a node that is alone: nothing. */
void ic_gate_drain(struct ic_gate *g, struct ic_time now);

/* What a drain has left to do. Meetings in which somebody is. */
struct ic_gate_left {
    uint32_t meetings, people;   /* that could not be handed over */
    uint32_t moving;             /* meetings that were, and whose people are on their way */
    uint32_t handed;             /* meetings that were, since the drain began */
    enum ic_place_reason reason; /* of one that could not be; GOOD: it has not been tried */
    const uint8_t *meeting;      /* that one, lent; NULL: none */
};
void ic_gate_left(const struct ic_gate *g, struct ic_gate_left *out);

/* Tell the cluster thread who has gone, and what is to go. */
void ic_gate_tick(struct ic_gate *g, struct ic_time now);
struct ic_time ic_gate_deadline(const struct ic_gate *g);

#endif
