/* What every store of the directory does, whatever it is made of: one suite for the table in
 * memory, SQLite and NATS. run answers a request; the reply's bytes are lent until the next. */
#ifndef IC_TESTS_DIRECTORY_CONFORMANCE_H
#define IC_TESTS_DIRECTORY_CONFORMANCE_H

#include "support/cmocka_all.h"

#include "cluster/directory.h"

typedef struct ic_directory_reply (*directory_run)(void *store,
                                                   const struct ic_directory_request *request);

static inline struct ic_directory_request directory_request(enum ic_directory_kind kind,
                                                            uint8_t meeting, uint8_t node,
                                                            uint64_t generation, uint64_t revision)
{
    return (struct ic_directory_request){
        .kind = kind,
        .token = 77,
        .revision = revision,
        .entry = {.meeting = {meeting},
                  .node = {node},
                  .generation = generation,
                  .policy_sha256 = {3}},
    };
}

static inline void directory_assert(const struct ic_directory_reply *reply, uint8_t node,
                                    uint64_t generation)
{
    struct ic_directory_entry entry;
    assert_int_equal(reply->result, IC_OK);
    assert_true(reply->token == 77);
    assert_int_equal(ic_directory_entry_parse(reply->bytes, reply->len, &entry), IC_OK);
    assert_int_equal(entry.node[0], node);
    assert_true(entry.generation == generation);
}

/* first and second are two ways to one store, empty but for other meetings than 21. What one sets
 * the other reads, and of two who set at once one wins. */
static inline void directory_is_one(void *first, void *second, directory_run run)
{
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 21, 0, 0, 0);
    struct ic_directory_request a = directory_request(IC_DIRECTORY_SWAP, 21, 1, 1, 0);
    struct ic_directory_request b = directory_request(IC_DIRECTORY_SWAP, 21, 2, 1, 0);
    struct ic_directory_reply reply = run(first, &a);
    directory_assert(&reply, 1, 1);
    uint64_t revision = reply.revision;
    reply = run(second, &get);
    directory_assert(&reply, 1, 1);
    assert_true(reply.revision == revision);
    assert_int_equal(run(second, &b).result, IC_ERR_STATE);
    for (uint64_t generation = 2; generation < 20; generation++) { /* in turns, both believe */
        a.revision = b.revision = revision;
        a.entry.generation = b.entry.generation = generation;
        bool is_first = generation % 2 == 0;
        reply = is_first ? run(first, &a) : run(second, &b);
        directory_assert(&reply, is_first ? 1 : 2, generation);
        assert_true(reply.revision > revision);
        revision = reply.revision;
        reply = is_first ? run(second, &b) : run(first, &a);
        assert_int_equal(reply.result, IC_ERR_STATE);
    }
}

/* The store is empty. */
static inline void directory_conforms(void *store, directory_run run)
{
    struct ic_directory_request get = directory_request(IC_DIRECTORY_GET, 1, 0, 0, 0);
    struct ic_directory_request q;
    struct ic_directory_reply reply = run(store, &get);
    assert_int_equal(reply.result, IC_ERR_GONE);
    q = directory_request(IC_DIRECTORY_SWAP, 1, 5, 1, 9);
    assert_int_equal(run(store, &q).result, IC_ERR_STATE); /* there is none to be replaced */
    q.revision = 0;
    reply = run(store, &q);
    uint64_t first = reply.revision;
    directory_assert(&reply, 5, 1);
    reply = run(store, &get);
    directory_assert(&reply, 5, 1);
    assert_true(reply.revision == first && first > 0);
    q = directory_request(IC_DIRECTORY_SWAP, 1, 6, 2, 0);
    assert_int_equal(run(store, &q).result, IC_ERR_STATE); /* there is one */
    q.revision = first;
    reply = run(store, &q);
    directory_assert(&reply, 6, 2);
    uint64_t second = reply.revision;
    assert_true(second > first);
    q = directory_request(IC_DIRECTORY_SWAP, 1, 7, 3, first); /* who was too late */
    assert_int_equal(run(store, &q).result, IC_ERR_STATE);
    q = directory_request(IC_DIRECTORY_SWAP, 1, 7, 2, second); /* the generation rises */
    assert_int_equal(run(store, &q).result, IC_ERR_STATE);
    reply = run(store, &get);
    directory_assert(&reply, 6, 2);
    q = directory_request(IC_DIRECTORY_SWAP, 2, 8, 1, 0); /* another meeting */
    reply = run(store, &q);
    directory_assert(&reply, 8, 1);
    reply = run(store, &get);
    directory_assert(&reply, 6, 2);
}

#endif
