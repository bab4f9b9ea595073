/* The members of a load test: who is there, who was, and what they all share. */
#ifndef IC_SHELL_LOAD_CROWD_H
#define IC_SHELL_LOAD_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shell/load_member.h"

/* What its members did, those included who have left. */
struct ic_load_counts {
    uint64_t sent, frames_key; /* packets; frames that were key frames */
    uint64_t lost_to_send, nacked, key_frames;
};

struct ic_load_crowd {
    struct ic_load_common common;
    struct ic_load_shared shared;
    int epoll_fd;                   /* their sockets, with a pointer to the member */
    struct ic_load_member *members; /* cap; the first count have come, some may have left again */
    size_t cap, count;
    struct ic_load_counts gone; /* of those who have left */
};

/*  cap  members that may ever come
 *  IC_ERR_FULL  no memory; it may be deinitialised */
IC_NODISCARD enum ic_err ic_load_crowd_init(struct ic_load_crowd *c, size_t cap);
/* Wipe their keys. Safe on a zeroed struct whose epoll_fd is -1. */
void ic_load_crowd_deinit(struct ic_load_crowd *c);
/* One more, the next by number. On failure errno says why.
 *  IC_ERR_SYSTEM  no socket    IC_ERR_FULL  no memory, or nobody may come any more */
IC_NODISCARD enum ic_err ic_load_crowd_add(struct ic_load_crowd *c, bool sends, size_t slots);
/* It says goodbye and leaves; what it did is kept. */
void ic_load_crowd_leave(struct ic_load_crowd *c, struct ic_load_member *m);
/* It has not left. */
bool ic_load_crowd_is_here(const struct ic_load_member *m);
/* Those who are here, and of whom this holds. */
size_t ic_load_crowd_count(const struct ic_load_crowd *c,
                           bool (*has)(const struct ic_load_member *m));
struct ic_load_counts ic_load_crowd_counts(const struct ic_load_crowd *c);
/* Streams whose newest frame is not the last one of their source. Of a meeting that goes on: those
 * that the server announces as somebody's who is here and sends. */
uint64_t ic_load_crowd_missing(const struct ic_load_crowd *c);

#endif
