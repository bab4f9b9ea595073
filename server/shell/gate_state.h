/* What the files of the gate share; nobody else includes it.
 *
 *  gate.c           what the store found waits for the cluster thread, and the hub asks
 *  gate_handover.c  meetings go to other nodes */
#ifndef IC_SHELL_GATE_STATE_H
#define IC_SHELL_GATE_STATE_H

#include "shell/gate.h"

/* A meeting that must end is told so until the hub has ended it; it looks once a second. */
#define IC_GATE_RELEASE_MS 10000

/* An answer of the store that waits. */
struct ic_gate_held {
    bool is_used;
    uint32_t round; /* with its place it makes the token */
    struct ic_store_reply reply;
};

/* A meeting that is here: as many as were told HERE and have not left. */
struct ic_gate_here {
    bool is_used, is_released;
    bool is_lapsed;  /* placement let it go for another reason: the node's own wall decides */
    bool is_handing; /* whose it is, is being settled: its group stays as it is */
    bool is_handed;  /* it is another node's, and people are on their way: likewise */
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint32_t people;
    uint32_t places;             /* of those, so many may have their media at another node */
    uint64_t generation;         /* heard last */
    enum ic_place_reason reason; /* released: why; kept: why it could not be handed over */
    struct ic_time until;  /* released: it is told so until then; handed: they have to be gone */
    struct ic_time try_at; /* to hand it over */
};

struct ic_gate {
    struct ic_wall own;
    struct ic_cluster_thread *cluster;
    struct ic_hub *hub;
    struct ic_gate_held held[IC_CLUSTER_HELD_MAX];
    struct ic_gate_here *here;
    uint32_t here_max, handed;
    struct ic_time next_count;
    bool is_draining;
    /* While one answer of the store is with the hub: what the cluster thread said of it. */
    const struct ic_cluster_answer *verdict;
};

struct ic_gate_here *ic_gate_here_of(const struct ic_gate *g,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN]);

/* gate_handover.c: HANDED or KEPT; the hub is drained by the caller. */
void ic_gate_on_handed(struct ic_gate *g, struct ic_time now,
                       const struct ic_cluster_answer *answer);
void ic_gate_on_kept(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer);
/* Ask for the meetings that can go now. */
void ic_gate_hand_over(struct ic_gate *g, struct ic_time now);
/* The time of a meeting that was handed over is up: whoever is still there hears so. */
void ic_gate_end_handed(struct ic_gate_here *here, struct ic_time now);

#endif
