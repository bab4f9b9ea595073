/* A node that drains: its meetings go to other nodes, one directory answer after the other. What
 * would change a group is refused from before the cluster thread is asked (gate.c). */
#include <string.h>

#include "shell/gate_state.h"

/* A meeting that cannot go now is tried again: another node may come, or room. */
#define TRY_MS 1000
/* A group that is just being changed is looked at again. */
#define SOON_MS 50

void ic_gate_drain(struct ic_gate *g, struct ic_time now)
{
    g->is_draining = true;
    g->next_count = ic_time_min(g->next_count, now);
}

static bool is_to_go(const struct ic_gate_here *here)
{
    return here->is_used && !here->is_released && !here->is_lapsed && !here->is_handing &&
           !here->is_handed;
}

static void hand_over_one(struct ic_gate *g, struct ic_time now, struct ic_gate_here *here)
{
    struct ic_cluster_ask ask = {.kind = IC_CLUSTER_HAND};
    memcpy(ask.meeting, here->meeting, sizeof ask.meeting);
    here->try_at = ic_time_add(now, IC_MS(SOON_MS));
    if (!ic_hub_may_move(g->hub, here->meeting))
        return;
    here->is_handing = ic_cluster_thread_ask(g->cluster, &ask) == IC_OK;
}

void ic_gate_hand_over(struct ic_gate *g, struct ic_time now)
{
    for (uint32_t i = 0; g->cluster != NULL && i < g->here_max; i++) {
        struct ic_gate_here *here = &g->here[i];
        if (!is_to_go(here))
            continue;
        if (ic_time_reached(here->try_at, now))
            hand_over_one(g, now, here);
        if (!here->is_handing)
            g->next_count = ic_time_min(g->next_count, here->try_at);
    }
}

void ic_gate_on_handed(struct ic_gate *g, struct ic_time now,
                       const struct ic_cluster_answer *answer)
{
    struct ic_gate_here *here = ic_gate_here_of(g, answer->meeting);
    if (here == NULL)
        return;
    here->is_handing = false;
    here->is_handed = true;
    here->people = 0; /* the cluster thread counts nobody there any more */
    here->until = ic_time_add(now, IC_MS(IC_MOVE_MS));
    g->handed++;
    ic_hub_move(g->hub, now, answer->meeting, answer->host);
}

void ic_gate_on_kept(struct ic_gate *g, struct ic_time now, const struct ic_cluster_answer *answer)
{
    struct ic_gate_here *here = ic_gate_here_of(g, answer->meeting);
    if (here == NULL)
        return;
    ic_hub_tell_draining(g->hub, now, answer->meeting);
    here->is_handing = false;
    here->reason = answer->reason;
    here->generation = answer->generation;
    here->try_at = ic_time_add(now, IC_MS(TRY_MS));
}

void ic_gate_end_handed(struct ic_gate_here *here, struct ic_time now)
{
    if (!ic_time_reached(here->until, now))
        return;
    here->is_handed = false;
    here->is_released = true;
    here->reason = IC_PLACE_TAKEN_OVER;
    here->until = ic_time_add(now, IC_MS(IC_GATE_RELEASE_MS));
}

void ic_gate_left(const struct ic_gate *g, struct ic_gate_left *out)
{
    *out = (struct ic_gate_left){.handed = g->handed};
    for (uint32_t i = 0; i < g->here_max; i++) {
        const struct ic_gate_here *here = &g->here[i];
        uint32_t people = here->is_used ? ic_hub_people(g->hub, here->meeting) : 0;
        if (people == 0)
            continue;
        if (here->is_handed || here->is_released) {
            out->moving++;
            continue;
        }
        out->meetings++;
        out->people += people;
        if (out->meeting != NULL && (here->reason == IC_PLACE_GOOD || out->reason != IC_PLACE_GOOD))
            continue;
        out->meeting = here->meeting;
        out->reason = here->reason;
    }
}
