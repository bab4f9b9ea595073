/* Key frame requests to one source, whatever the number of receivers that ask: at once when the
 * last is IC_PLI_INTERVAL_MS old, else one more when it is. A key frame answers what was requested
 * before it; what was *demanded* needs one that is made later, not one that is under way (it may be
 * encrypted with keys that a newcomer does not have). Timer: the pending request. */
#ifndef IC_MEDIA_PLI_GATE_H
#define IC_MEDIA_PLI_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"

struct ic_pli_gate {
    struct ic_time free_at; /* before it, requests wait */
    bool pending;
    bool demanded; /* pending, whatever comes meanwhile */
};

void ic_pli_gate_init(struct ic_pli_gate *g);
/* Somebody needs a key frame. True: send a PLI now; false: one is under way or will be. */
IC_NODISCARD bool ic_pli_gate_request(struct ic_pli_gate *g, struct ic_time now);
/* The same for a key frame that is made from now on. */
IC_NODISCARD bool ic_pli_gate_demand(struct ic_pli_gate *g, struct ic_time now);
/* Deadline reached: true when a waiting request must be sent now. */
IC_NODISCARD bool ic_pli_gate_tick(struct ic_pli_gate *g, struct ic_time now);
/* A key frame came: a waiting request is answered, a demand is not. */
void ic_pli_gate_on_key_frame(struct ic_pli_gate *g);
/* When to call ic_pli_gate_tick; IC_NEVER when nothing waits. */
struct ic_time ic_pli_gate_deadline(const struct ic_pli_gate *g);

#endif
