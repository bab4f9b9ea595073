/* What goes wrong in a world, and when: a list of faults, worked off while time passes. */
#ifndef IC_SIM_FAULTS_H
#define IC_SIM_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "sim/world.h"

enum ic_fault_kind {
    IC_FAULT_LOSS,      /* value: ppm, both directions */
    IC_FAULT_REORDER,   /* value: ppm held back by 30 ms, both directions */
    IC_FAULT_DUPLICATE, /* value: ppm, both directions */
    IC_FAULT_JITTER,    /* value: microseconds, both directions */
    IC_FAULT_RATE,      /* value: bits per second towards the bot */
    IC_FAULT_PARTITION, /* value: 1 nothing passes, 0 healed */
    IC_FAULT_REBIND,    /* the NAT in front of the bot takes another port */
    IC_FAULT_MEDIA,     /* value: bit 0 microphone, bit 1 camera are on from now on */
    IC_FAULT_LEAVE,     /* the bot leaves */
};

#define IC_FAULT_ALL UINT32_MAX /* every bot that is there */

struct ic_fault {
    struct ic_dur after; /* since the beginning of the list; in order */
    enum ic_fault_kind kind;
    uint32_t seat;
    uint32_t value;
};

/* Let span pass, with these faults in it. */
void ic_faults_run(struct ic_world *world, const struct ic_fault *faults, size_t count,
                   struct ic_dur span);

#endif
