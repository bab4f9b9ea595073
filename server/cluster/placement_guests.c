/* People of our meetings whose media a node carries that goes out of service (placement.h): nobody
 * new gets a place there, and those who have one are brought elsewhere by the caller. */
#include <string.h>

#include "cluster/placement_state.h"

static void tell(struct ic_placement *p, const struct ic_placed *m, const struct ic_relay *relay)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELAY_DRAINS);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, relay->node, sizeof out->node);
}

/* A beat is not signed: one that is forged brings people to nodes that the filter lets pass, and
 * nothing else. */
void ic_placement_drains_check(struct ic_placement *p, struct ic_placed *m)
{
    for (uint8_t i = 0; i < m->relay_count && m->stage == IC_PLACED_HOME; i++) {
        struct ic_relay *relay = &m->relays[i];
        const struct ic_lease *lease = ic_leases_find(&p->leases, relay->node);
        if (relay->drains || lease == NULL || !lease->load.is_draining)
            continue;
        relay->drains = true;
        m->places -= relay->places;
        relay->places = 0;
        tell(p, m, relay);
    }
}

void ic_placement_came_home(struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN])
{
    struct ic_placed *m = ic_placement_find(p, meeting);
    if (m == NULL || m->away == 0)
        return;
    m->away--;
    ic_placement_set_load(p);
}
