#include "shell/loop.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "shell/clock.h"

#define US_PER_S  1000000
#define NS_PER_US 1000
/* A wait that is no longer found something that was there. */
#define AT_ONCE_US 20

enum ic_err ic_loop_init(struct ic_loop *loop)
{
    memset(loop, 0, sizeof *loop);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->now = ic_clock_now();
    return loop->epoll_fd < 0 ? IC_ERR_SYSTEM : IC_OK;
}

void ic_loop_deinit(struct ic_loop *loop)
{
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    loop->epoll_fd = -1;
}

enum ic_err ic_loop_add(struct ic_loop *loop, struct ic_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return IC_ERR_SYSTEM;
    return IC_OK;
}

void ic_loop_change(struct ic_loop *loop, struct ic_watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watch};
    int result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
    IC_ASSERT(result == 0);
}

void ic_loop_remove(struct ic_loop *loop, struct ic_watch *watch)
{
    int result = epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    IC_ASSERT(result == 0);
    for (int i = 0; i < loop->event_count; i++) {
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
    }
}

/* Milliseconds to sleep, rounded up so that the deadline is reached on waking; -1: for ever. */
static int sleep_ms(struct ic_time now, struct ic_time deadline)
{
    if (ic_time_is_never(deadline))
        return -1;
    int64_t us = ic_time_sub(deadline, now).us;
    if (us <= 0)
        return 0;
    int64_t ms = (us + 999) / 1000;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

void ic_loop_rest(struct ic_loop *loop, struct ic_time until)
{
    int64_t us = ic_time_sub(until, ic_clock_now()).us;
    const struct timespec time = {.tv_sec = us / US_PER_S, .tv_nsec = us % US_PER_S * NS_PER_US};
    if (us <= 0)
        return;
    (void)nanosleep(&time, NULL); /* a signal ends it early */
    loop->now = ic_clock_now();
}

void ic_loop_turn(struct ic_loop *loop, struct ic_time deadline)
{
    struct ic_time began = ic_clock_now();
    int timeout = sleep_ms(began, deadline);
    int count = epoll_wait(loop->epoll_fd, loop->events, IC_LOOP_EVENTS_MAX, timeout);
    IC_ASSERT(count >= 0 || errno == EINTR);
    struct ic_time before = loop->now;
    loop->now = ic_clock_now();
    loop->ready = ic_time_sub(loop->now, began).us > AT_ONCE_US ? loop->now : before;
    loop->event_count = count < 0 ? 0 : count;
    for (int i = 0; i < loop->event_count; i++) {
        struct ic_watch *watch = loop->events[i].data.ptr;
        if (watch != NULL)
            watch->on_ready(watch, loop->events[i].events);
    }
    loop->event_count = 0;
}
