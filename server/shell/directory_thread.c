#include "shell/directory_thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/loop.h"

struct request {
    struct ic_directory_request request;
    struct ic_time asked;
};

struct ic_directory_thread {
    struct ic_watch watch;
    struct ic_loop loop;
    struct ic_mailbox requests;
    struct ic_directory_store store;
    struct ic_mailbox *letters;
    struct ic_time next_pulse;
    bool is_missed; /* to be said */
    pthread_t thread;
    atomic_bool is_stopping;
};

static void copy(struct ic_directory_letter *letter, const uint8_t *bytes, size_t len)
{
    letter->len = len < sizeof letter->bytes ? len : sizeof letter->bytes;
    if (letter->len > 0)
        memcpy(letter->bytes, bytes, letter->len);
}

static void work(struct ic_directory_thread *t, const struct request *r)
{
    struct ic_time late = ic_time_add(r->asked, IC_MS(IC_PLACE_DIRECTORY_MS));
    struct ic_directory_letter letter = {.kind = IC_DIRECTORY_REPLY};
    letter.reply = (struct ic_directory_reply){.token = r->request.token, .result = IC_ERR_SYSTEM};
    if (!ic_time_reached(late, ic_clock_now()))
        letter.reply = t->store.run(t->store.context, &r->request);
    copy(&letter, letter.reply.bytes, letter.reply.len);
    letter.reply.bytes = NULL;
    /* Full: whoever asked hears nothing, and says that the directory cannot be reached. */
    (void)!ic_mailbox_put(t->letters, &letter);
}

static void pulse(struct ic_directory_thread *t)
{
    static const struct ic_directory_letter missed = {.kind = IC_DIRECTORY_MISSED};
    if (!ic_time_reached(t->next_pulse, ic_clock_now()))
        return;
    if (t->store.pulse != NULL && t->store.pulse(t->store.context))
        t->is_missed = true;
    if (t->is_missed) /* full: at the next pulse */
        t->is_missed = ic_mailbox_put(t->letters, &missed) != IC_OK;
    t->next_pulse = ic_time_add(ic_clock_now(), IC_MS(IC_DIRECTORY_PULSE_MS));
}

static void on_requests(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_directory_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_directory_thread, watch));
    struct request r;
    ic_mailbox_clear_event(&t->requests);
    while (!atomic_load(&t->is_stopping) && ic_mailbox_take(&t->requests, &r)) {
        if (r.request.token != 0)
            work(t, &r);
        pulse(t);
    }
}

static void *run(void *context)
{
    struct ic_directory_thread *t = context;
    while (!atomic_load(&t->is_stopping)) {
        pulse(t);
        ic_loop_turn(&t->loop, t->next_pulse);
    }
    return NULL;
}

static bool start(struct ic_directory_thread *t)
{
    if (ic_mailbox_init(&t->requests, sizeof(struct request), IC_DIRECTORY_REQUESTS_MAX) != IC_OK ||
        ic_loop_init(&t->loop) != IC_OK)
        return false;
    t->watch = (struct ic_watch){.fd = t->requests.event_fd, .on_ready = on_requests};
    return ic_loop_add(&t->loop, &t->watch, EPOLLIN) == IC_OK &&
           pthread_create(&t->thread, NULL, run, t) == 0;
}

static void release(struct ic_directory_thread *t)
{
    ic_mailbox_deinit(&t->requests);
    ic_loop_deinit(&t->loop);
    t->store.close(t->store.context);
    free(t);
}

struct ic_directory_thread *ic_directory_thread_start(const struct ic_directory_store *store,
                                                      struct ic_mailbox *letters)
{
    struct ic_directory_thread *t = calloc(1, sizeof *t);
    if (t == NULL) {
        store->close(store->context);
        return NULL;
    }
    t->loop.epoll_fd = -1;
    t->store = *store;
    t->letters = letters;
    if (start(t))
        return t;
    release(t);
    return NULL;
}

enum ic_err ic_directory_thread_ask(struct ic_directory_thread *t,
                                    const struct ic_directory_request *request)
{
    const struct request r = {.request = *request, .asked = ic_clock_now()};
    IC_ASSERT(request->token != 0);
    return ic_mailbox_put(&t->requests, &r);
}

void ic_directory_thread_stop(struct ic_directory_thread *t)
{
    static const struct request wake = {.request = {.token = 0}};
    atomic_store(&t->is_stopping, true);
    (void)!ic_mailbox_put(&t->requests, &wake); /* full: it is awake anyway */
    int result = pthread_join(t->thread, NULL);
    IC_ASSERT(result == 0);
    release(t);
}
