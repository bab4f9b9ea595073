/* One way to a store of the directory, through its thread, as the product has it: for the suite of
 * directory_conformance.h. */
#ifndef IC_TESTS_DIRECTORY_CLIENT_H
#define IC_TESTS_DIRECTORY_CLIENT_H

#include <poll.h>

#include "support/directory_conformance.h"

#include "shell/clock.h"
#include "shell/directory_thread.h"

struct directory_client {
    struct ic_mailbox letters;
    struct ic_directory_thread *thread;
    struct ic_directory_letter reply;
    uint32_t missed;
};

/* Then the store is opened, and client_start. */
static inline void client_init(struct directory_client *c)
{
    memset(c, 0, sizeof *c);
    assert_int_equal(ic_mailbox_init(&c->letters, sizeof(struct ic_directory_letter), 64), IC_OK);
}

static inline void client_start(struct directory_client *c, const struct ic_directory_store *store)
{
    c->thread = ic_directory_thread_start(store, &c->letters);
    assert_non_null(c->thread);
}

static inline void client_stop(struct directory_client *c)
{
    ic_directory_thread_stop(c->thread);
    ic_mailbox_deinit(&c->letters);
}

/* A letter within the time. */
static inline bool client_step(struct directory_client *c, int wait_ms, bool *is_reply)
{
    struct pollfd p = {.fd = c->letters.event_fd, .events = POLLIN};
    struct ic_directory_letter letter;
    *is_reply = false;
    if (!ic_mailbox_take(&c->letters, &letter)) {
        if (poll(&p, 1, wait_ms) <= 0)
            return false;
        ic_mailbox_clear_event(&c->letters);
        if (!ic_mailbox_take(&c->letters, &letter))
            return true;
    }
    if (letter.kind == IC_DIRECTORY_REPLY) {
        c->reply = letter;
        *is_reply = true;
    } else {
        c->missed++;
    }
    return true;
}

static inline struct ic_directory_reply client_reply(struct directory_client *c)
{
    bool is_reply = false;
    while (!is_reply)
        assert_true(client_step(c, 5000, &is_reply));
    struct ic_directory_reply reply = c->reply.reply;
    assert_null(reply.bytes);
    reply.bytes = c->reply.bytes;
    reply.len = c->reply.len;
    return reply;
}

static inline struct ic_directory_reply client_run(void *store,
                                                   const struct ic_directory_request *request)
{
    struct directory_client *c = store;
    assert_int_equal(ic_directory_thread_ask(c->thread, request), IC_OK);
    return client_reply(c);
}

/* Two who set at the very same moment, again and again: one wins, and both read the winner. */
static inline void clients_race(struct directory_client *first, struct directory_client *second)
{
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 41, 0, 0, 0);
    struct ic_directory_request a = directory_request(IC_DIRECTORY_SWAP, 41, 1, 1, 0);
    struct ic_directory_request b = directory_request(IC_DIRECTORY_SWAP, 41, 2, 1, 0);
    for (uint64_t generation = 1; generation <= 100; generation++) {
        a.entry.generation = b.entry.generation = generation;
        assert_int_equal(ic_directory_thread_ask(first->thread, &a), IC_OK);
        assert_int_equal(ic_directory_thread_ask(second->thread, &b), IC_OK);
        struct ic_directory_reply one = client_reply(first), other = client_reply(second);
        bool is_first = one.result == IC_OK;
        assert_int_equal(is_first ? other.result : one.result, IC_ERR_STATE);
        assert_int_equal(is_first ? one.result : other.result, IC_OK);
        struct ic_directory_reply read = client_run(is_first ? second : first, &get);
        directory_assert(&read, is_first ? 1 : 2, generation);
        a.revision = b.revision = read.revision;
    }
}

#endif
