#include "shell/store_thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "base/pool.h"
#include "shell/clock.h"
#include "shell/loop.h"

#define REQUESTS_MAX 1024

struct ic_store_thread {
    struct ic_watch watch;
    struct ic_loop loop;
    struct ic_mailbox requests;
    struct ic_mailbox *replies;
    struct ic_store *store;
    pthread_t thread;
    atomic_bool is_stopping;
};

/* A request whose bytes are taken over by the reply. */
static bool comes_back(enum ic_store_kind kind)
{
    return kind == IC_STORE_GROUP_BEGIN || kind == IC_STORE_GROUP_RESTORE ||
           kind == IC_STORE_GROUP_COMMIT;
}

/* The hub waits for some answers as long as it takes, so none may be lost. */
static void answer(struct ic_store_thread *t, const struct ic_store_reply *reply)
{
    static const struct timespec pause = {.tv_nsec = 1000000};
    while (ic_mailbox_put(t->replies, reply) != IC_OK) {
        if (atomic_load(&t->is_stopping)) {
            free((void *)(uintptr_t)reply->parts);
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
}

static void on_requests(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_store_thread *t = ic_watch_owner(watch, offsetof(struct ic_store_thread, watch));
    struct ic_store_request request;
    struct ic_store_reply reply;
    ic_mailbox_clear_event(&t->requests);
    while (ic_mailbox_take(&t->requests, &request)) {
        ic_store_run(t->store, ic_clock_wall_s(), &request, &reply);
        if (comes_back(request.kind)) {
            reply.parts = request.parts;
            reply.parts_len = request.parts_len;
        } else {
            free((void *)(uintptr_t)request.parts);
        }
        answer(t, &reply);
    }
}

static void *run(void *context)
{
    struct ic_store_thread *t = context;
    while (!atomic_load(&t->is_stopping))
        ic_loop_turn(&t->loop, IC_NEVER);
    on_requests(&t->watch, 0);
    return NULL;
}

static enum ic_err start(struct ic_store_thread *t)
{
    enum ic_err e = ic_mailbox_init(&t->requests, sizeof(struct ic_store_request), REQUESTS_MAX);
    if (e != IC_OK)
        return e;
    if (ic_loop_init(&t->loop) != IC_OK)
        return IC_ERR_SYSTEM;
    t->watch = (struct ic_watch){.fd = t->requests.event_fd, .on_ready = on_requests};
    if (ic_loop_add(&t->loop, &t->watch, EPOLLIN) != IC_OK)
        return IC_ERR_SYSTEM;
    return pthread_create(&t->thread, NULL, run, t) == 0 ? IC_OK : IC_ERR_SYSTEM;
}

static void release(struct ic_store_thread *t)
{
    ic_mailbox_deinit(&t->requests);
    ic_loop_deinit(&t->loop);
    ic_store_close(t->store);
    ic_array_free(t);
}

struct ic_store_thread *ic_store_thread_start(struct ic_store *store, struct ic_mailbox *replies)
{
    struct ic_store_thread *t = ic_array_alloc(1, sizeof *t);
    if (t == NULL) {
        ic_store_close(store);
        return NULL;
    }
    t->loop.epoll_fd = -1;
    t->store = store;
    t->replies = replies;
    if (start(t) != IC_OK) {
        release(t);
        return NULL;
    }
    return t;
}

enum ic_err ic_store_thread_ask(struct ic_store_thread *t, const struct ic_store_request *request)
{
    struct ic_store_request own = *request;
    uint8_t *parts = NULL;
    if (request->parts_len > 0) {
        parts = malloc(request->parts_len);
        if (parts == NULL)
            return IC_ERR_FULL;
        memcpy(parts, request->parts, request->parts_len);
    }
    own.parts = parts;
    enum ic_err e = ic_mailbox_put(&t->requests, &own);
    if (e != IC_OK)
        free(parts);
    return e;
}

void ic_store_thread_stop(struct ic_store_thread *t)
{
    static const struct ic_store_request wake = {.kind = IC_STORE_MEETING_FIND};
    atomic_store(&t->is_stopping, true);
    (void)!ic_mailbox_put(&t->requests, &wake); /* full: it is awake anyway */
    int result = pthread_join(t->thread, NULL);
    IC_ASSERT(result == 0);
    release(t);
}
