#include "shell/cluster_thread.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "shell/clock.h"
#include "shell/cluster_state.h"
#include "shell/entropy.h"
#include "shell/node_facts.h"

#define ASKS_MAX 1024

/* ---- the papers ---- */

static void load_papers(struct ic_cluster_thread *t)
{
    char why[IC_CONFIG_WHY_MAX] = "";
    enum ic_node_papers_state state = ic_node_book_load(&t->book, (uint64_t)ic_clock_wall_s(), why);
    if (state != IC_NODE_PAPERS_GOOD) {
        ic_log_write(t->log, IC_LOG_ERROR, "cluster_without_certificate",
                     IC_LOG_FIELDS(IC_LOG_TEXT("why", why)));
        return;
    }
    const struct ic_node_proved *proved = &t->book.proved;
    if (memcmp(proved->self.node, t->node, IC_NODE_ID_LEN) != 0)
        ic_log_write(t->log, IC_LOG_ERROR, "node_name_other", NULL);
    enum ic_node_reason reason = ic_placement_set_nodes(t->placement, t->loop.now, t->book.claims,
                                                        t->book.count, &proved->set, &proved->self);
    ic_cluster_tell_nodes(t);
    ic_cluster_tell_peers(t);
    if (reason != IC_NODE_GOOD)
        ic_log_write(t->log, IC_LOG_ERROR, "node_set_refused",
                     IC_LOG_FIELDS(IC_LOG_TEXT("reason", ic_node_reason_word(reason))));
}

/* ---- asks ---- */

static void on_ask(struct ic_cluster_thread *t, const struct ic_cluster_item *item)
{
    switch (item->ask.kind) {
    case IC_CLUSTER_PAGE:
        ic_cluster_page(t, &item->ask);
        return;
    case IC_CLUSTER_OPEN:
        ic_cluster_open(t, item);
        return;
    case IC_CLUSTER_LEAVE:
        ic_placement_leave(t->placement, item->ask.meeting, item->ask.has_video);
        return;
    case IC_CLUSTER_RELOAD:
        load_papers(t);
        return;
    case IC_CLUSTER_DRAIN:
        ic_placement_drain(t->placement);
        return;
    case IC_CLUSTER_HAND:
        ic_placement_hand_over(t->placement, t->loop.now, item->ask.meeting);
        return;
    case IC_CLUSTER_RELAY_OPENED:
    case IC_CLUSTER_RELAY_ASKED:
    case IC_CLUSTER_RELAY_CLOSED:
    case IC_CLUSTER_RELAY_AGAIN:
    case IC_CLUSTER_RELAY_HOME:
    case IC_CLUSTER_RELAY_JOINED:
    case IC_CLUSTER_RELAY_JOINING:
    case IC_CLUSTER_CARRIER:
    case IC_CLUSTER_GUESTS:
        ic_cluster_relay(t, item);
        return;
    case IC_CLUSTER_NODES:
    case IC_CLUSTER_RELEASE:
    case IC_CLUSTER_HANDED:
    case IC_CLUSTER_KEPT:
    case IC_CLUSTER_PEERS:
    case IC_CLUSTER_RELAY_OPEN:
    case IC_CLUSTER_RELAY_CLOSE:
    case IC_CLUSTER_RELAY_DRAINS:
    case IC_CLUSTER_RELAY_JOIN:
        break; /* answers */
    }
    IC_ASSERT(false);
}

static void on_asks(struct ic_watch *watch, uint32_t events)
{
    (void)events;
    struct ic_cluster_thread *t =
        ic_watch_owner(watch, offsetof(struct ic_cluster_thread, ask_watch));
    struct ic_cluster_item item;
    ic_mailbox_clear_event(&t->asks);
    while (!atomic_load(&t->is_stopping) && ic_mailbox_take(&t->asks, &item)) {
        on_ask(t, &item);
        ic_cluster_drain(t);
    }
}

/* ---- time ---- */

static const char *const state_words[] = {
    [IC_DIRECTORY_NATS_WAITING] = "waiting",
    [IC_DIRECTORY_NATS_READY] = "ready",
    [IC_DIRECTORY_NATS_ELSEWHERE] = "elsewhere",
    [IC_DIRECTORY_NATS_REFUSED] = "refused",
};

static void log_state(struct ic_cluster_thread *t)
{
    enum ic_directory_nats_state state = ic_directory_nats_state(&t->store);
    if (state != t->directory_state)
        ic_log_write(t->log, state == IC_DIRECTORY_NATS_READY ? IC_LOG_INFO : IC_LOG_WARN,
                     "directory", IC_LOG_FIELDS(IC_LOG_TEXT("state", state_words[state])));
    t->directory_state = state;
    uint64_t violations = ic_invariants_total(ic_placement_invariants(t->placement));
    if (violations != t->violations)
        ic_log_write(t->log, IC_LOG_ERROR, "region_violations",
                     IC_LOG_FIELDS(IC_LOG_NUMBER("total", violations)));
    t->violations = violations;
}

static void tick(struct ic_cluster_thread *t)
{
    if (ic_time_reached(t->next_second, t->loop.now)) {
        ic_placement_set_date(t->placement, t->loop.now, (uint64_t)ic_clock_wall_s());
        ic_cluster_tell_nodes(t);
        ic_cluster_tell_peers(t);
        log_state(t);
        t->next_second = ic_time_add(t->loop.now, IC_SEC(1));
    }
    if (ic_time_reached(ic_placement_deadline(t->placement), t->loop.now))
        ic_placement_tick(t->placement, t->loop.now);
    ic_cluster_drain(t);
    ic_cluster_expire(t);
    atomic_store(&t->lease_end, ic_placement_lease_end(t->placement).us);
}

static void *run(void *context)
{
    struct ic_cluster_thread *t = context;
    while (!atomic_load(&t->is_stopping)) {
        struct ic_time deadline =
            ic_time_min(ic_placement_deadline(t->placement), ic_cluster_deadline(t));
        ic_loop_turn(&t->loop, ic_time_min(deadline, t->next_second));
        tick(t);
    }
    return NULL;
}

/* ---- life ---- */

static bool fail(char *why, const char *words)
{
    snprintf(why, IC_CONFIG_WHY_MAX, "%s", words);
    return false;
}

static bool make_placement(struct ic_cluster_thread *t)
{
    uint32_t people = t->config->participants_max;
    uint16_t max = (uint16_t)(people < UINT16_MAX ? people : UINT16_MAX);
    struct ic_placement_config config = {
        .meetings_max = people,
        .unix_s = (uint64_t)ic_clock_wall_s(),
        .capacity = {.people_max = max, .videos_max = max},
        .lease = {.incarnation = ic_entropy_u64(), .first_seq = ic_entropy_u64()}};
    memcpy(config.lease.node, t->node, IC_NODE_ID_LEN);
    t->policies_max = people + IC_CLUSTER_OPENS_MAX;
    t->policies = calloc(t->policies_max, sizeof *t->policies);
    t->opens = calloc(IC_CLUSTER_OPENS_MAX, sizeof *t->opens);
    t->pages = calloc(IC_PLACE_ASKS_MAX, sizeof *t->pages);
    t->placement = ic_placement_create(&config, t->loop.now);
    return t->policies != NULL && t->opens != NULL && t->pages != NULL && t->placement != NULL;
}

static bool start_directory(struct ic_cluster_thread *t)
{
    if (ic_directory_nats_open(t->bus, t->config, &t->store) != IC_OK)
        return false;
    t->directory = ic_directory_thread_start(&t->store, &t->directory_letters);
    return t->directory != NULL;
}

static bool watch(struct ic_cluster_thread *t, struct ic_watch *watch, const struct ic_mailbox *m,
                  void (*on_ready)(struct ic_watch *watch, uint32_t events))
{
    *watch = (struct ic_watch){.fd = m->event_fd, .on_ready = on_ready};
    return ic_loop_add(&t->loop, watch, EPOLLIN) == IC_OK;
}

static bool start_loop(struct ic_cluster_thread *t)
{
    return ic_loop_init(&t->loop) == IC_OK &&
           ic_mailbox_init(&t->asks, sizeof(struct ic_cluster_item), ASKS_MAX) == IC_OK &&
           ic_mailbox_init(&t->bus_letters, sizeof(struct ic_bus_letter), IC_BUS_LETTERS_MAX) ==
               IC_OK &&
           ic_mailbox_init(&t->directory_letters, sizeof(struct ic_directory_letter),
                           IC_BUS_LETTERS_MAX) == IC_OK &&
           watch(t, &t->ask_watch, &t->asks, on_asks) &&
           watch(t, &t->bus_watch, &t->bus_letters, ic_cluster_on_bus) &&
           watch(t, &t->directory_watch, &t->directory_letters, ic_cluster_on_directory);
}

static bool start(struct ic_cluster_thread *t, const struct ic_cluster_config *config, char *why)
{
    static const char no_memory[] = "There is not enough memory for the cluster. Lower "
                                    "participants_max.";
    char name[IC_NODE_NAME_MAX + 1];
    ic_node_facts_name(config->config, name);
    if (name[0] == '\0')
        return fail(why, "nats_url is set, so this node needs a name of its own: set node_name.");
    if (ic_node_id(name, strlen(name), t->node) != IC_OK)
        return fail(why, "The crypto library failed.");
    if (ic_node_book_init(&t->book, config->data, config->credentials, config->addresses,
                          config->address_count) != IC_OK ||
        !start_loop(t) || !make_placement(t))
        return fail(why, no_memory);
    t->next_second = t->loop.now;
    t->bus = ic_bus_open(config->config, t->node, &t->bus_letters, why);
    if (t->bus == NULL)
        return false;
    if (!start_directory(t))
        return fail(why, no_memory);
    return pthread_create(&t->thread, NULL, run, t) == 0 ||
           fail(why, "The cluster thread cannot be started.");
}

static void free_asks(struct ic_cluster_thread *t)
{
    struct ic_cluster_item item;
    while (t->asks.items != NULL && ic_mailbox_take(&t->asks, &item))
        free(item.policy);
}

static void release(struct ic_cluster_thread *t)
{
    if (t->directory != NULL)
        ic_directory_thread_stop(t->directory);
    if (t->bus != NULL)
        ic_bus_close(t->bus);
    free_asks(t);
    if (t->placement != NULL)
        ic_placement_destroy(t->placement);
    ic_cluster_forget_all(t);
    free(t->peers_told);
    ic_node_book_deinit(&t->book);
    ic_mailbox_deinit(&t->asks);
    ic_mailbox_deinit(&t->bus_letters);
    ic_mailbox_deinit(&t->directory_letters);
    ic_loop_deinit(&t->loop);
    free(t);
}

struct ic_cluster_thread *ic_cluster_thread_start(const struct ic_cluster_config *config,
                                                  char why[static IC_CONFIG_WHY_MAX])
{
    struct ic_cluster_thread *t = calloc(1, sizeof *t);
    if (t == NULL) {
        fail(why, "There is not enough memory for the cluster.");
        return NULL;
    }
    t->loop.epoll_fd = -1;
    t->config = config->config;
    t->log = config->log;
    t->answers = config->answers;
    if (start(t, config, why))
        return t;
    release(t);
    return NULL;
}

void ic_cluster_thread_stop(struct ic_cluster_thread *t)
{
    static const struct ic_cluster_item wake = {.ask = {.kind = IC_CLUSTER_DRAIN}};
    atomic_store(&t->is_stopping, true);
    (void)!ic_mailbox_put(&t->asks, &wake); /* full: it is awake anyway */
    int result = pthread_join(t->thread, NULL);
    IC_ASSERT(result == 0);
    release(t);
}

struct ic_time ic_cluster_thread_lease_end(const struct ic_cluster_thread *t)
{
    return (struct ic_time){atomic_load(&t->lease_end)};
}

enum ic_err ic_cluster_thread_ask(struct ic_cluster_thread *t, const struct ic_cluster_ask *ask)
{
    struct ic_cluster_item item = {.ask = *ask};
    item.ask.policy = NULL;
    if (ask->kind == IC_CLUSTER_OPEN || ask->kind == IC_CLUSTER_RELAY_ASKED) {
        item.policy = ask->policy_len > 0 ? malloc(ask->policy_len) : NULL;
        if (item.policy == NULL)
            return IC_ERR_FULL;
        memcpy(item.policy, ask->policy, ask->policy_len);
    }
    enum ic_err e = ic_mailbox_put(&t->asks, &item);
    if (e != IC_OK)
        free(item.policy);
    return e;
}
