#include "shell/worker_thread.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#include "base/assert.h"
#include "base/pool.h"
#include "shell/clock.h"
#include "shell/coalesce.h"
#include "shell/command_queue.h"
#include "shell/loop.h"

#define COMMANDS_MAX        1024
#define RECEIVE_BATCHES_MAX 8 /* a turn; then commands and timers get their chance */

struct ic_worker_thread {
    struct ic_watch udp_watch, command_watch;
    struct ic_loop loop;
    struct ic_command_queue commands;
    struct ic_mailbox *letters;
    struct ic_worker *worker;
    struct ic_udp *udp;
    struct ic_worker_letter held; /* an event that found the hub's mailbox full */
    bool is_held, is_udp_ready, are_commands_ready;
    struct ic_coalesce coalesce;
    uint32_t index;
    int core;
    pthread_t thread;
    atomic_bool is_stopping;
};

static void on_udp(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_worker_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_worker_thread, udp_watch));
    t->is_udp_ready = true;
}

static void on_command(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_worker_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_worker_thread, command_watch));
    t->are_commands_ready = true;
}

static void receive(struct ic_worker_thread *t)
{
    uint64_t before = ic_udp_counts(t->udp).received;
    for (int i = 0; i < RECEIVE_BATCHES_MAX && t->is_udp_ready; i++)
        t->is_udp_ready = ic_udp_receive(t->udp, t->worker, t->loop.now);
    struct ic_udp_counts counts = ic_udp_counts(t->udp);
    if (counts.received > before)
        ic_coalesce_on_packets(&t->coalesce, t->loop.now, counts.datagrams, counts.messages);
}

static void take_commands(struct ic_worker_thread *t)
{
    struct ic_cmd cmd;
    if (!t->are_commands_ready)
        return;
    t->are_commands_ready = false;
    ic_mailbox_clear_event(&t->commands.mailbox);
    while (ic_mailbox_take(&t->commands.mailbox, &cmd)) {
        if (!ic_worker_tx_room(t->worker))
            ic_udp_flush(t->udp, t->worker);
        ic_worker_cmd(t->worker, t->loop.now, &cmd);
    }
}

/* An event that finds no room stays for the next turn; the worker never waits. */
static void post_events(struct ic_worker_thread *t)
{
    for (;;) {
        if (!t->is_held) {
            t->held.worker = t->index;
            t->is_held = ic_worker_poll(t->worker, &t->held.evt);
            if (!t->is_held)
                return;
        }
        if (ic_mailbox_put(t->letters, &t->held) != IC_OK)
            return;
        t->is_held = false;
    }
}

static void turn(struct ic_worker_thread *t)
{
    struct ic_time deadline = ic_worker_deadline(t->worker);
    if (t->is_udp_ready)
        deadline = t->loop.now;
    else if (t->is_held)
        deadline = ic_time_min(deadline, ic_time_add(t->loop.now, IC_MS(5)));
    ic_loop_turn(&t->loop, deadline);
    if (t->is_udp_ready)
        ic_loop_rest(&t->loop, ic_coalesce_until(&t->coalesce, t->loop.ready));
    receive(t);
    take_commands(t);
    if (!ic_worker_tx_room(t->worker))
        ic_udp_flush(t->udp, t->worker);
    if (ic_time_reached(ic_worker_deadline(t->worker), t->loop.now))
        ic_worker_tick(t->worker, t->loop.now);
    post_events(t);
    ic_udp_flush(t->udp, t->worker);
}

static void *run(void *context)
{
    struct ic_worker_thread *t = context;
    if (t->core >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET((size_t)t->core, &set);
        (void)pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    while (!atomic_load(&t->is_stopping))
        turn(t);
    t->are_commands_ready = true;
    take_commands(t);
    ic_udp_flush(t->udp, t->worker);
    return NULL;
}

static enum ic_err start(struct ic_worker_thread *t, const struct ic_worker_config *config)
{
    /* Of each person at most an old transport and one that the worker never saw; and each room. */
    uint32_t late_max = 3 * config->peers_max;
    if (ic_command_queue_init(&t->commands, COMMANDS_MAX, late_max) != IC_OK ||
        ic_loop_init(&t->loop) != IC_OK)
        return IC_ERR_SYSTEM;
    t->worker = ic_worker_create(config, t->loop.now);
    if (t->worker == NULL)
        return IC_ERR_FULL;
    t->udp_watch = (struct ic_watch){.fd = ic_udp_fd(t->udp), .on_ready = on_udp};
    t->command_watch =
        (struct ic_watch){.fd = t->commands.mailbox.event_fd, .on_ready = on_command};
    if (ic_loop_add(&t->loop, &t->udp_watch, EPOLLIN) != IC_OK ||
        ic_loop_add(&t->loop, &t->command_watch, EPOLLIN) != IC_OK)
        return IC_ERR_SYSTEM;
    return pthread_create(&t->thread, NULL, run, t) == 0 ? IC_OK : IC_ERR_SYSTEM;
}

static void release(struct ic_worker_thread *t)
{
    if (t->worker != NULL)
        ic_worker_destroy(t->worker);
    ic_command_queue_deinit(&t->commands);
    ic_loop_deinit(&t->loop);
    ic_udp_destroy(t->udp);
    ic_array_free(t);
}

struct ic_worker_thread *ic_worker_thread_start(uint32_t index, int core,
                                                const struct ic_worker_config *config,
                                                struct ic_dur rest, struct ic_udp *udp,
                                                struct ic_mailbox *letters)
{
    struct ic_worker_thread *t = ic_array_alloc(1, sizeof *t);
    if (t == NULL) {
        ic_udp_destroy(udp);
        return NULL;
    }
    t->loop.epoll_fd = -1;
    t->index = index;
    t->core = core;
    t->udp = udp;
    t->letters = letters;
    t->coalesce.rest = rest;
    if (start(t, config) != IC_OK) {
        release(t);
        return NULL;
    }
    return t;
}

enum ic_err ic_worker_thread_command(struct ic_worker_thread *t, const struct ic_cmd *cmd)
{
    return ic_command_queue_put(&t->commands, cmd);
}

bool ic_worker_thread_catch_up(struct ic_worker_thread *t)
{
    return ic_command_queue_catch_up(&t->commands);
}

void ic_worker_thread_stop(struct ic_worker_thread *t)
{
    static const struct ic_cmd shutdown = {.kind = IC_CMD_SHUTDOWN};
    while (ic_mailbox_put(&t->commands.mailbox, &shutdown) != IC_OK)
        sched_yield(); /* the worker drains it */
    atomic_store(&t->is_stopping, true);
    static const struct ic_cmd wake = {.kind = IC_CMD_PEER_REMOVE};
    (void)!ic_mailbox_put(&t->commands.mailbox, &wake);
    int result = pthread_join(t->thread, NULL);
    IC_ASSERT(result == 0);
    release(t);
}
