/* Whether a media worker lets packets come for a while before it reads them, all together (what
 * network cards call interrupt coalescing). Sound and thin streams come one packet at a time: read
 * one by one, each wakes the thread, and is a message to the kernel for each receiver. Read every
 * 2 ms, those of several senders leave as one run to each receiver.
 *
 * It rests only where that pays: when packets wake it more often than they would with rests, and
 * what it sends leaves in short runs. Large pictures come in bursts, which are long runs by
 * themselves: they do not make it rest. What was found is looked at anew, without rests, every
 * 2 s. */
#ifndef IC_SHELL_COALESCE_H
#define IC_SHELL_COALESCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct ic_coalesce {
    struct ic_dur rest;   /* the longest; 0: never */
    struct ic_time began; /* the trial under way, or the rests */
    uint32_t wakes;       /* since then */
    uint64_t datagrams;   /* sent before that */
    uint64_t messages;    /* with which the kernel was given them */
    bool is_on;
};

/* Packets have woken the thread, which has sent so much so far. */
void ic_coalesce_on_packets(struct ic_coalesce *c, struct ic_time now, uint64_t datagrams,
                            uint64_t messages);
/* When the thread reads what has been ready since then. Timers wait for it, too: those of many
 * people would cut most rests short. */
struct ic_time ic_coalesce_until(const struct ic_coalesce *c, struct ic_time ready);

#endif
