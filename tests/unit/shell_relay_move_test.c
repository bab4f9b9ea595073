/* People are brought away from a node that drains: a few at a time, as many as there is room for,
 * each once in its time, and what becomes of those who do not come. */
#include "unit/cluster_bridges.h"

#include "shell/relay_move.h"

static struct ic_relay_moves moves;
static struct ic_time at;
static uint64_t asked[64];
static uint32_t asked_count;
static bool is_deaf;  /* nobody can be told now */
static uint32_t room; /* places here, and who has one */
static uint32_t came_home;
static bool is_short;

static const uint8_t here[IC_NODE_ID_LEN];

static bool find_place(void *context, const uint8_t meeting_of[static IC_MEETING_ID_LEN],
                       uint8_t node[static IC_NODE_ID_LEN])
{
    (void)context;
    assert_memory_equal(meeting_of, meeting, IC_MEETING_ID_LEN);
    memcpy(node, here, IC_NODE_ID_LEN);
    return ic_relay_moves_kept(&moves, NULL, here) < room;
}

static bool tell_person(void *context, uint64_t peer)
{
    (void)context;
    assert_true(asked_count < sizeof asked / sizeof asked[0]);
    asked[asked_count++] = peer;
    return !is_deaf;
}

static bool came(void *context, const struct ic_relay_move *move)
{
    (void)context;
    assert_memory_equal(move->node, here, IC_NODE_ID_LEN);
    came_home++;
    return true;
}

static bool is_there(const void *context, uint64_t peer)
{
    (void)context;
    return ic_relay_bridge_has(ends[0].bridge, peer);
}

static uint32_t step_left(void)
{
    const struct ic_relay_move_handlers handlers = {.find = find_place, .tell = tell_person};
    return ic_relay_moves_step(&moves, at, ends[0].bridge, meeting, &handlers, &is_short);
}

/* Who was told in this step, while so many may be here or on the way. */
static uint32_t step(uint32_t places)
{
    asked_count = 0;
    room = places;
    ic_relay_moves_settle(&moves, at, is_there, came, NULL);
    (void)step_left();
    return asked_count;
}

static uint32_t kept(void)
{
    return ic_relay_moves_kept(&moves, meeting, here);
}

static int begin(void **state)
{
    memset(&moves, 0, sizeof moves);
    at = (struct ic_time){1000000};
    is_deaf = false;
    came_home = 0;
    return set_up(state);
}

static void away(uint64_t count)
{
    open_meeting(0, meeting, 1);
    for (uint64_t i = 0; i < count; i++)
        assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501 + i), IC_OK);
}

static void as_many_as_there_is_room_for(void **state)
{
    (void)state;
    away(3);
    assert_int_equal(step(0), 0);
    assert_true(is_short);
    assert_int_equal(step(2), 2);
    assert_int_equal(kept(), 2);
    assert_int_equal(step(2), 0); /* both places are kept */
    assert_true(is_short);
    assert_int_equal(step(5), 1); /* each once */
    assert_int_equal(step(5), 0);
    assert_false(is_short);
    assert_int_equal(kept(), 3);
}

static void who_has_come_over_is_done_with(void **state)
{
    (void)state;
    away(2);
    assert_int_equal(step(1), 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, asked[0]), IC_OK); /* the old transport ends */
    uint64_t first = asked[0];
    assert_int_equal(step(1), 1);
    assert_true(asked[0] != first);
    assert_int_equal(kept(), 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, asked[0]), IC_OK);
    assert_int_equal(step(1), 0);
    assert_int_equal(kept(), 0);
    assert_int_equal(step_left(), 0);
    assert_int_equal(came_home, 0); /* they went: no new transport was seen */
}

static void whose_new_transport_is_there_needs_no_place_kept(void **state)
{
    (void)state;
    away(2);
    assert_int_equal(step(1), 1);
    uint64_t first = asked[0];
    ic_relay_moves_find(&moves, first)->came = 900;
    assert_int_equal(kept(), 0);
    ic_relay_moves_gone(&moves, 900); /* the new one failed */
    assert_int_equal(kept(), 1);
    ic_relay_moves_find(&moves, first)->came = 901;
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, first), IC_OK);
    assert_int_equal(step(0), 0);
    assert_int_equal(came_home, 1);
    assert_null(ic_relay_moves_find(&moves, first));
}

static void who_does_not_come_is_told_again(void **state)
{
    (void)state;
    away(1);
    assert_int_equal(step(1), 1);
    at = ic_time_add(at, IC_MS(IC_RELAY_MOVE_MS - 1));
    assert_int_equal(step(1), 0);
    at = ic_time_add(at, IC_MS(1));
    assert_int_equal(step(1), 1);
}

static void who_cannot_be_told_now_has_no_turn(void **state)
{
    (void)state;
    away(2);
    is_deaf = true;
    assert_int_equal(step(1), 2);
    assert_int_equal(kept(), 0);
    is_deaf = false;
    assert_int_equal(step(2), 2);
}

static void a_few_at_a_time(void **state)
{
    (void)state;
    away(3);
    for (uint32_t i = 0; i < IC_RELAY_MOVES_MAX - 1; i++) { /* of other meetings */
        moves.list[i].peer = 900 + i;
        moves.list[i].until = IC_NEVER;
    }
    room = 2 * IC_RELAY_MOVES_MAX;
    asked_count = 0;
    (void)step_left();
    assert_int_equal(asked_count, 1);
    assert_int_equal(ic_relay_moves_kept(&moves, NULL, here), IC_RELAY_MOVES_MAX);
}

static void places_that_nobody_has(void **state)
{
    (void)state;
    assert_int_equal(ic_relay_bridge_free_places(ends[0].bridge, meeting), 0);
    away(2);
    assert_int_equal(ic_relay_bridge_free_places(ends[0].bridge, meeting), 1);
    assert_int_equal(ic_relay_bridge_free_places(ends[1].bridge, meeting), 0); /* not theirs */
    uint32_t cursor = 0;
    assert_int_equal(ic_relay_bridge_next_person(ends[1].bridge, meeting, &cursor), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(as_many_as_there_is_room_for),
        TEST(who_has_come_over_is_done_with),
        TEST(whose_new_transport_is_there_needs_no_place_kept),
        TEST(who_does_not_come_is_told_again),
        TEST(who_cannot_be_told_now_has_no_turn),
        TEST(a_few_at_a_time),
        TEST(places_that_nobody_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
