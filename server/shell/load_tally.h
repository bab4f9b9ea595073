/* What all subscribers of a load test found, together. */
#ifndef IC_SHELL_LOAD_TALLY_H
#define IC_SHELL_LOAD_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "shell/load_histogram.h"

struct ic_load_tally {
    /* from the beginning on */
    uint64_t packets, bytes; /* authentic ones of announced streams; bytes of UDP payload */
    uint64_t padding;        /* of these bytes (RFC 3550 5.1) */
    uint64_t frames;         /* whole and opened */
    /* in a meeting in which people come and go */
    uint64_t switches, switches_timed; /* streams that went over to another person; in the window */
    uint64_t held;                     /* frames that came before their key */
    int64_t held_max_us;
    /* each of them is a fault */
    uint64_t gaps;       /* packets that did not come */
    uint64_t late;       /* that came behind a later one */
    uint64_t duplicates; /* that came twice */
    uint64_t forged;     /* whose SRTP tag is wrong */
    uint64_t unknown;    /* of no announced stream, or malformed */
    uint64_t content;    /* frames that do not open, or are not the next one of their publisher */
    uint64_t sources;    /* streams of somebody else than the server says */
    /* in the timed window */
    bool is_timed;
    struct ic_load_histogram delays;
};

static inline bool ic_load_tally_is_clean(const struct ic_load_tally *t)
{
    return t->gaps == 0 && t->late == 0 && t->duplicates == 0 && t->forged == 0 &&
           t->unknown == 0 && t->content == 0 && t->sources == 0;
}

#endif
