/* People of our meetings whose media a node carries that goes out of service (placement.h): nobody
 * new gets a place there, and those who have one are brought elsewhere by the caller. */
#include <string.h>

#include "cluster/placement_state.h"

/* A beat is not signed: one that is forged between two of the node's own is not enough. */
#define BEATS 2

static void tell(struct ic_placement *p, const struct ic_placed *m, const struct ic_relay *relay)
{
    struct ic_place_out *out = ic_placement_emit(p, IC_PLACE_OUT_RELAY_DRAINS);
    memcpy(out->meeting, m->meeting, sizeof out->meeting);
    memcpy(out->node, relay->node, sizeof out->node);
    out->drains = relay->drains;
}

static void set(struct ic_placement *p, struct ic_placed *m, struct ic_relay *relay, bool drains)
{
    if (relay->drains == drains)
        return;
    relay->drains = drains;
    m->places = drains ? m->places - relay->places : m->places + relay->places;
    tell(p, m, relay);
}

/* What is forged brings people to nodes that the filter lets pass, and nothing else; and the next
 * beat of the node itself takes it back. A node that is silent is thought to do what it said. */
void ic_placement_drains_check(struct ic_placement *p, struct ic_placed *m)
{
    for (uint8_t i = 0; i < m->relay_count && m->stage == IC_PLACED_HOME; i++) {
        struct ic_relay *relay = &m->relays[i];
        const struct ic_lease *lease = ic_leases_find(&p->leases, relay->node);
        if (lease == NULL)
            continue;
        if (!lease->load.is_draining)
            set(p, m, relay, false);
        else if (lease->draining_beats >= BEATS)
            set(p, m, relay, true);
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
