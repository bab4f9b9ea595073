#include "media/pli_gate.h"

void ic_pli_gate_init(struct ic_pli_gate *g)
{
    *g = (struct ic_pli_gate){.free_at = {INT64_MIN}};
}

bool ic_pli_gate_request(struct ic_pli_gate *g, struct ic_time now)
{
    g->pending = true;
    return ic_pli_gate_tick(g, now);
}

bool ic_pli_gate_demand(struct ic_pli_gate *g, struct ic_time now)
{
    g->demanded = true;
    return ic_pli_gate_request(g, now);
}

bool ic_pli_gate_tick(struct ic_pli_gate *g, struct ic_time now)
{
    if (!g->pending || !ic_time_reached(g->free_at, now))
        return false;
    g->pending = false;
    g->demanded = false;
    g->free_at = ic_time_add(now, IC_MS(IC_PLI_INTERVAL_MS));
    return true;
}

void ic_pli_gate_on_key_frame(struct ic_pli_gate *g)
{
    g->pending = g->demanded;
}

struct ic_time ic_pli_gate_deadline(const struct ic_pli_gate *g)
{
    return g->pending ? g->free_at : IC_NEVER;
}
