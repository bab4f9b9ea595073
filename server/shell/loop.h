/* A thin epoll loop: one per thread. Descriptors call back when ready; the owner's turn function
 * decides how long to sleep. The clock is read once per turn, right after waking. */
#ifndef IC_SHELL_LOOP_H
#define IC_SHELL_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/err.h"
#include "base/time.h"

/* Embedded in what owns the descriptor; must stay in place while it is watched. */
struct ic_watch {
    int fd;
    /* events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR. May remove any watch, itself included. */
    void (*on_ready)(struct ic_watch *watch, uint32_t events);
};

/* The struct that embeds the watch as its member at this offset. */
static inline void *ic_watch_owner(struct ic_watch *watch, size_t offset)
{
    return (uint8_t *)watch - offset;
}

#define IC_LOOP_EVENTS_MAX 256

struct ic_loop {
    int epoll_fd;
    struct ic_time now;   /* of this turn */
    struct ic_time ready; /* since when something may have been ready, at the earliest */
    struct epoll_event events[IC_LOOP_EVENTS_MAX];
    int event_count; /* of the turn under way; removed watches are struck out */
};

/*  IC_ERR_SYSTEM  epoll_create failed */
IC_NODISCARD enum ic_err ic_loop_init(struct ic_loop *loop);
void ic_loop_deinit(struct ic_loop *loop);
IC_NODISCARD enum ic_err ic_loop_add(struct ic_loop *loop, struct ic_watch *watch, uint32_t events);
/* Change the events of a watch that was added. */
void ic_loop_change(struct ic_loop *loop, struct ic_watch *watch, uint32_t events);
/* Stop watching; the caller closes the descriptor afterwards. */
void ic_loop_remove(struct ic_loop *loop, struct ic_watch *watch);
/* Sleep until a descriptor is ready or the deadline is reached, read the clock, call back. */
void ic_loop_turn(struct ic_loop *loop, struct ic_time deadline);

/* Sleep until then, whatever becomes ready meanwhile, and read the clock. */
void ic_loop_rest(struct ic_loop *loop, struct ic_time until);

#endif
