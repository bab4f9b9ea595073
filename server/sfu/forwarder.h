/* One received media packet to all slots that carry its track. The payload is shared and never
 * changed; what differs per receiver stands in the queue's entry. */
#ifndef IC_SFU_FORWARDER_H
#define IC_SFU_FORWARDER_H

#include "base/pool.h"
#include "base/time.h"

struct ic_track;
struct ic_worker;

/* Queue the packet for every subscriber of the track.
 *  packet  described; its bytes do not change any more
 * Cost: O(subscribers), no allocation. */
void ic_forwarder_run(struct ic_worker *w, struct ic_time now, struct ic_track *track,
                      struct ic_ref packet);

#endif
