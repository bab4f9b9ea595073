/* Answers to a receiver's NACKs, from the publisher's one store. */
#ifndef IC_SFU_RETRANSMIT_H
#define IC_SFU_RETRANSMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct ic_peer;
struct ic_slot;
struct ic_worker;

/* Queue the packet that went out (or should have) under this sequence number of the slot again.
 * False: unknown, too old, or over a limit. Cost: O(1), no allocation. */
bool ic_retransmit(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                   struct ic_slot *slot, uint16_t seq);

#endif
