/* Which worker has whom, without workers: what they would say is the test's. (With real ones: the
 * scenario `spread`.) */
#include "support/cmocka_all.h"

#include "signal/spread.h"

static const struct ic_time NOW = {.us = 5000000};

static struct ic_spread *make(uint32_t workers, uint32_t people_max, uint32_t meetings)
{
    struct ic_spread_config config = {.worker_count = workers,
                                      .people_max = people_max,
                                      .peers_max = 64,
                                      .rooms_max = 8,
                                      .relay_meetings_max = meetings,
                                      .seed = {1, 2}};
    struct ic_spread *s = ic_spread_create(&config);
    assert_non_null(s);
    return s;
}

static uint64_t add(struct ic_spread *s, uint64_t peer, uint64_t room, uint32_t home)
{
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD, .peer = peer, .room = room};
    return ic_spread_route(s, NOW, home, &cmd);
}

static uint64_t tell(struct ic_spread *s, enum ic_cmd_kind kind, uint64_t peer, uint64_t room)
{
    struct ic_cmd cmd = {.kind = kind, .peer = peer, .room = room};
    return ic_spread_route(s, NOW, 0, &cmd);
}

static struct ic_cmd next(struct ic_spread *s, uint32_t *worker)
{
    const struct ic_cmd *lent = ic_spread_next(s, worker);
    assert_non_null(lent);
    struct ic_cmd cmd = *lent;
    ic_spread_taken(s);
    return cmd;
}

static void require_silence(struct ic_spread *s)
{
    uint32_t worker;
    assert_null(ic_spread_next(s, &worker));
}

static bool say(struct ic_spread *s, uint32_t worker, enum ic_evt_kind kind, uint64_t peer)
{
    struct ic_evt evt = {.kind = kind, .peer = peer};
    return ic_spread_on_evt(s, NOW, worker, &evt);
}

/* Two people, at workers 0 and 1, and the relay between them is connected; key of its ends. */
static void connect(struct ic_spread *s, uint64_t keys[2])
{
    uint32_t worker;
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_cmd cmd = next(s, &worker);
        assert_int_equal(cmd.kind, IC_CMD_RELAY_ADD);
        assert_int_equal(worker, i);
        keys[i] = cmd.peer;
    }
    require_silence(s);
    for (uint32_t i = 0; i < 2; i++)
        assert_false(say(s, i, IC_EVT_PEER_READY, keys[i]));
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_cmd cmd = next(s, &worker);
        assert_int_equal(cmd.kind, IC_CMD_RELAY_CONNECT);
        assert_int_equal(cmd.peer, keys[worker]);
        assert_int_equal(cmd.is_caller, worker == 0);
    }
    for (uint32_t i = 0; i < 2; i++)
        assert_false(say(s, i, IC_EVT_PEER_CONNECTED, keys[i]));
}

static void expect_meeting(struct ic_spread *s, uint32_t number, uint64_t keys[2])
{
    uint32_t worker;
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_cmd cmd = next(s, &worker);
        assert_int_equal(cmd.kind, IC_CMD_RELAY_MEETING);
        assert_int_equal(worker, i);
        assert_int_equal(cmd.number, number);
        assert_int_equal(cmd.room, 7);
        keys[i] = cmd.peer;
    }
    require_silence(s);
}

static void one_worker_needs_no_relay(void **state)
{
    (void)state;
    struct ic_spread *s = make(1, 1, 0);
    for (uint64_t i = 1; i <= 5; i++)
        assert_int_equal(add(s, i, 7, 0), 1);
    assert_int_equal(ic_spread_relayed(s), 0);
    require_silence(s);
    ic_spread_destroy(s);
}

static void a_meeting_stays_at_its_worker_until_that_is_full(void **state)
{
    (void)state;
    struct ic_spread *s = make(3, 2, 4);
    assert_int_equal(add(s, 1, 7, 1), 2);
    assert_int_equal(add(s, 2, 7, 1), 2);
    require_silence(s);
    assert_int_equal(add(s, 3, 7, 1), 1); /* the least busy one */
    assert_int_equal(ic_spread_worker_of(s, 3), 0);
    assert_int_equal(ic_spread_relayed(s), 1);
    assert_int_equal(tell(s, IC_CMD_PEER_MEDIA, 3, 0), 1);
    assert_int_equal(tell(s, IC_CMD_PEER_MEDIA, 2, 0), 2);
    assert_int_equal(tell(s, IC_CMD_ROOM_KEY_FRAMES, 0, 7), 3);
    assert_int_equal(tell(s, IC_CMD_PEER_REMOVE, 3, 0), 1);
    assert_int_equal(ic_spread_relayed(s), 0);
    assert_int_equal(ic_spread_worker_of(s, 3), UINT32_MAX);
    assert_int_equal(tell(s, IC_CMD_ROOM_KEY_FRAMES, 0, 7), 2);
    ic_spread_destroy(s);
}

static void where_no_relay_can_be_had_people_stay_with_their_meeting(void **state)
{
    (void)state;
    struct ic_spread *s = make(2, 1, 1);
    assert_int_equal(add(s, 1, 7, 0), 1);
    assert_int_equal(add(s, 2, 7, 0), 2);
    assert_int_equal(add(s, 3, 7, 0), 1); /* all are full */
    assert_int_equal(add(s, 4, 8, 1), 2);
    assert_int_equal(add(s, 5, 8, 1), 2); /* the one meeting on relays is taken */
    assert_int_equal(ic_spread_relayed(s), 1);
    ic_spread_destroy(s);
}

static void a_relay_is_opened_and_slots_are_passed_on(void **state)
{
    (void)state;
    struct ic_spread *s = make(2, 1, 4);
    uint64_t relay[2], meeting[2];
    uint32_t worker;
    add(s, 1, 7, 0);
    add(s, 2, 7, 0);
    connect(s, relay);
    expect_meeting(s, 1, meeting);
    struct ic_evt slot = {.kind = IC_EVT_SLOT,
                          .peer = meeting[0],
                          .slot = 3,
                          .epoch = 5,
                          .source_peer = 1,
                          .first_seq = 77};
    assert_false(ic_spread_on_evt(s, NOW, 0, &slot));
    struct ic_cmd cmd = next(s, &worker);
    assert_true(cmd.kind == IC_CMD_RELAY_SOURCE && worker == 1 && cmd.peer == meeting[1]);
    assert_true(cmd.slot == 3 && cmd.epoch == 5 && cmd.source_peer == 1 && cmd.first_seq == 77);
    struct ic_evt wanted = {
        .kind = IC_EVT_RELAY_WANTED, .peer = meeting[1], .slot = 3, .epoch = 5, .is_wanted = true};
    assert_false(ic_spread_on_evt(s, NOW, 1, &wanted));
    cmd = next(s, &worker);
    assert_true(cmd.kind == IC_CMD_RELAY_WANTED && worker == 0 && cmd.peer == meeting[0]);
    assert_true(cmd.slot == 3 && cmd.epoch == 5 && cmd.is_wanted);
    /* News of people go to the hub, but not from a worker that does not have them. */
    assert_true(say(s, 0, IC_EVT_PEER_READY, 1));
    assert_false(say(s, 1, IC_EVT_PEER_READY, 1));
    ic_spread_destroy(s);
}

static void what_was_lost_is_opened_again_with_higher_numbers(void **state)
{
    (void)state;
    struct ic_spread *s = make(2, 1, 4);
    uint64_t relay[2], meeting[2], again[2];
    uint32_t worker;
    add(s, 1, 7, 0);
    add(s, 2, 7, 0);
    connect(s, relay);
    expect_meeting(s, 1, meeting);
    /* The meeting alone: on the same relay, with the next number. */
    assert_false(say(s, 1, IC_EVT_PEER_CLOSED, meeting[1]));
    struct ic_cmd cmd = next(s, &worker);
    assert_true(cmd.kind == IC_CMD_PEER_REMOVE && cmd.peer == meeting[0] && worker == 0);
    require_silence(s);
    ic_spread_tick(s, NOW);
    require_silence(s);
    ic_spread_tick(s, ic_spread_deadline(s));
    expect_meeting(s, 2, meeting);
    /* The relay: other ends, other keys. */
    assert_false(say(s, 0, IC_EVT_PEER_CLOSED, relay[0]));
    for (int i = 0; i < 2; i++) {
        cmd = next(s, &worker);
        assert_true(cmd.kind == IC_CMD_PEER_REMOVE && cmd.peer == relay[worker]);
    }
    ic_spread_tick(s, ic_spread_deadline(s));
    connect(s, again);
    assert_true(again[0] != relay[0] && again[1] != relay[1]);
    expect_meeting(s, 1, meeting);
    /* With the meeting it is not opened again. */
    tell(s, IC_CMD_PEER_REMOVE, 2, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(next(s, &worker).kind, IC_CMD_PEER_REMOVE);
    assert_false(say(s, 0, IC_EVT_PEER_CLOSED, again[0]));
    for (int i = 0; i < 2; i++)
        assert_int_equal(next(s, &worker).kind, IC_CMD_PEER_REMOVE);
    ic_spread_tick(s, ic_spread_deadline(s));
    require_silence(s);
    ic_spread_destroy(s);
}

/* Workers that take nothing for long: what ends is said all the same, and nothing is lost. */
static void commands_that_nobody_takes_are_bounded(void **state)
{
    (void)state;
    struct ic_spread *s = make(2, 1, 4);
    uint64_t relay[2], meeting[2];
    uint32_t worker;
    add(s, 1, 7, 0);
    add(s, 2, 7, 0);
    connect(s, relay);
    expect_meeting(s, 1, meeting);
    for (int i = 0; i < 5000; i++)
        (void)say(s, 0, IC_EVT_SLOT, meeting[0]);
    uint32_t count = 0;
    bool is_ended = false;
    const struct ic_cmd *cmd;
    while ((cmd = ic_spread_next(s, &worker)) != NULL) {
        is_ended |= cmd->kind == IC_CMD_PEER_REMOVE && cmd->peer == meeting[1];
        ic_spread_taken(s);
        count++;
    }
    assert_true(count < 2000 && is_ended);
    ic_spread_tick(s, ic_spread_deadline(s));
    expect_meeting(s, 2, meeting);
    ic_spread_destroy(s);
}

static void who_was_refused_is_nowhere(void **state)
{
    (void)state;
    struct ic_spread *s = make(2, 1, 4);
    add(s, 1, 7, 0);
    add(s, 2, 7, 0);
    assert_true(say(s, 1, IC_EVT_PEER_REFUSED, 2));
    assert_int_equal(ic_spread_people(s, 1) + ic_spread_relayed(s), 0);
    ic_spread_forget(s, 1);
    ic_spread_forget(s, 1);
    assert_int_equal(ic_spread_people(s, 0), 0);
    ic_spread_destroy(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_needs_no_relay),
        cmocka_unit_test(a_meeting_stays_at_its_worker_until_that_is_full),
        cmocka_unit_test(where_no_relay_can_be_had_people_stay_with_their_meeting),
        cmocka_unit_test(a_relay_is_opened_and_slots_are_passed_on),
        cmocka_unit_test(what_was_lost_is_opened_again_with_higher_numbers),
        cmocka_unit_test(commands_that_nobody_takes_are_bounded),
        cmocka_unit_test(who_was_refused_is_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
