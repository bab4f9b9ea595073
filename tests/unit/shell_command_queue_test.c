/* Commands to a worker that does not keep up: who leaves is removed, whoever mutes is muted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shell/command_queue.h"

#define CAPACITY 4
#define LATE_MAX 3

static enum ic_err put(struct ic_command_queue *q, enum ic_cmd_kind kind, uint64_t peer,
                       bool camera)
{
    struct ic_cmd cmd = {.kind = kind, .peer = peer, .camera = camera};
    return ic_command_queue_put(q, &cmd);
}

static struct ic_cmd take(struct ic_command_queue *q)
{
    struct ic_cmd cmd;
    assert_true(ic_mailbox_take(&q->mailbox, &cmd));
    return cmd;
}

static struct ic_command_queue full(void)
{
    struct ic_command_queue q;
    assert_int_equal(ic_command_queue_init(&q, CAPACITY, LATE_MAX), IC_OK);
    for (uint64_t peer = 1; peer <= CAPACITY; peer++)
        assert_int_equal(put(&q, IC_CMD_PEER_ADD, peer, false), IC_OK);
    return q;
}

static void a_busy_worker_turns_new_peers_away_and_loses_no_removal(void **state)
{
    (void)state;
    struct ic_command_queue q = full();
    assert_int_equal(put(&q, IC_CMD_PEER_ADD, 9, false), IC_ERR_FULL);
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 2, false), IC_OK);
    assert_int_equal(put(&q, IC_CMD_PEER_MEDIA, 3, true), IC_OK);
    assert_false(ic_command_queue_catch_up(&q));
    for (uint64_t peer = 1; peer <= CAPACITY; peer++)
        assert_int_equal(take(&q).peer, peer);
    assert_true(ic_command_queue_catch_up(&q));
    struct ic_cmd removal = take(&q), media = take(&q);
    assert_true(removal.kind == IC_CMD_PEER_REMOVE && removal.peer == 2);
    assert_true(media.kind == IC_CMD_PEER_MEDIA && media.peer == 3 && media.camera);
    assert_false(ic_mailbox_take(&q.mailbox, &media));
    ic_command_queue_deinit(&q);
}

static void the_last_word_about_a_peer_counts_and_takes_one_place(void **state)
{
    (void)state;
    struct ic_command_queue q = full();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(put(&q, IC_CMD_PEER_MEDIA, 1, i % 2 == 0), IC_OK);
    assert_int_equal(put(&q, IC_CMD_PEER_MEDIA, 2, true), IC_OK);
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 2, false), IC_OK);
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 3, false), IC_OK);
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 4, false), IC_ERR_FULL);
    for (int i = 0; i < CAPACITY; i++)
        (void)take(&q);
    assert_true(ic_command_queue_catch_up(&q));
    struct ic_cmd first = take(&q), second = take(&q);
    assert_true(first.kind == IC_CMD_PEER_MEDIA && first.peer == 1 && !first.camera);
    assert_true(second.kind == IC_CMD_PEER_REMOVE && second.peer == 2);
    assert_int_equal(take(&q).peer, 3);
    ic_command_queue_deinit(&q);
}

/* The place in the worker that a new peer needs may be the one that a removal gives back. */
static void nothing_overtakes_what_waits(void **state)
{
    (void)state;
    struct ic_command_queue q = full();
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 1, false), IC_OK);
    (void)take(&q);
    assert_int_equal(put(&q, IC_CMD_PEER_ADD, 9, false), IC_ERR_FULL);
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 2, false), IC_OK);
    assert_false(ic_command_queue_catch_up(&q)); /* one place: the first goes, the second waits */
    for (int i = 0; i < CAPACITY - 1; i++)
        (void)take(&q);
    assert_int_equal(take(&q).peer, 1);
    assert_true(ic_command_queue_catch_up(&q));
    assert_int_equal(take(&q).peer, 2);
    assert_int_equal(put(&q, IC_CMD_PEER_ADD, 9, false), IC_OK);
    ic_command_queue_deinit(&q);
}

static void a_demand_of_each_room_waits_beside_those_of_peers(void **state)
{
    (void)state;
    struct ic_command_queue q = full();
    for (uint64_t room = 1; room <= 2; room++) {
        struct ic_cmd cmd = {.kind = IC_CMD_ROOM_KEY_FRAMES, .room = room};
        assert_int_equal(ic_command_queue_put(&q, &cmd), IC_OK);
        assert_int_equal(ic_command_queue_put(&q, &cmd), IC_OK);
    }
    assert_int_equal(put(&q, IC_CMD_PEER_REMOVE, 1, false), IC_OK);
    for (int i = 0; i < CAPACITY; i++)
        (void)take(&q);
    assert_true(ic_command_queue_catch_up(&q));
    for (uint64_t room = 1; room <= 2; room++) {
        struct ic_cmd cmd = take(&q);
        assert_true(cmd.kind == IC_CMD_ROOM_KEY_FRAMES && cmd.room == room && cmd.peer == 0);
    }
    assert_int_equal(take(&q).kind, IC_CMD_PEER_REMOVE);
    ic_command_queue_deinit(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_worker_turns_new_peers_away_and_loses_no_removal),
        cmocka_unit_test(the_last_word_about_a_peer_counts_and_takes_one_place),
        cmocka_unit_test(nothing_overtakes_what_waits),
        cmocka_unit_test(a_demand_of_each_room_waits_beside_those_of_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
