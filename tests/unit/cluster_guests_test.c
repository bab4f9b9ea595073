/* A node that carries people of a meeting of ours goes out of service: who hears of it, where
 * nobody new goes any more, and what is counted when they come home. */
#include "unit/cluster_deployment.h"

static const struct ic_node_load DRAINING = {
    .people_max = 50, .videos_max = 50, .is_draining = true};

static void fill(void)
{
    while (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2)
        ask();
    ask();
}

/* Two are here, which is all that fit, and one has the media at fr1, which gave two places. */
static void one_away(void)
{
    uint8_t id[IC_NODE_ID_LEN];
    hear_node("fr1.example", "FR", EMPTY);
    fill();
    assert_non_null(last(IC_PLACE_OUT_RELAY_OPEN));
    region_id("fr1.example", id);
    d.count = 0;
    ic_placement_relay_opened(d.p, d.now, MEETING, id, IC_PLACE_GOOD, 2);
    drain();
    assert_int_equal(ic_placement_at(d.p, 0)->away, 1);
}

static uint32_t told(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    uint32_t count = 0;
    region_id(name, id);
    for (size_t i = 0; i < d.count; i++) {
        if (d.outs[i].kind != IC_PLACE_OUT_RELAY_DRAINS)
            continue;
        assert_memory_equal(d.outs[i].node, id, sizeof id);
        assert_memory_equal(d.outs[i].meeting, MEETING, sizeof d.outs[i].meeting);
        count++;
    }
    return count;
}

static void drain_twice(void)
{
    for (int i = 0; i < 2; i++) {
        hear_node("fr1.example", "FR", DRAINING);
        pass(true);
    }
}

static void it_is_told_once(void **state)
{
    (void)state;
    one_away();
    d.count = 0;
    hear_node("fr1.example", "FR", EMPTY);
    pass(true);
    assert_int_equal(told("fr1.example"), 0);
    for (int i = 0; i < 3; i++) {
        hear_node("fr1.example", "FR", DRAINING);
        pass(true);
    }
    assert_int_equal(told("fr1.example"), 1);
}

/* Its relay stands, for those who are there; the media flow until they are elsewhere. */
static void nobody_new_goes_there_and_those_who_are_there_stay(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    one_away();
    drain_twice();
    assert_int_equal(ic_placement_at(d.p, 0)->places, 0);
    ask();
    assert_null(last(IC_PLACE_OUT_HERE));
    region_id("fr1.example", id);
    assert_true(ic_placement_may_send(d.p, MEETING, id));
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
}

static void another_meeting_asks_it_for_no_places(void **state)
{
    (void)state;
    hear_node("fr1.example", "FR", DRAINING);
    fill();
    assert_null(last(IC_PLACE_OUT_RELAY_OPEN));
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
}

static void who_comes_home_counts_here(void **state)
{
    (void)state;
    one_away();
    ic_placement_leave(d.p, MEETING, false); /* makes room, and is thought to have been away */
    ask();
    assert_int_equal(ic_placement_at(d.p, 0)->people, 3);
    uint32_t away = ic_placement_at(d.p, 0)->away;
    assert_true(away > 0);
    for (uint32_t i = 0; i <= away; i++) /* once more than there are */
        ic_placement_came_home(d.p, MEETING);
    assert_int_equal(ic_placement_at(d.p, 0)->away, 0);
    pass(true);
    assert_int_equal(d.own.load.people, 3);
}

/* Beats are not signed: one in between is passed over, and more are taken back by the next one that
 * does not say so. */
static void one_beat_that_says_so_is_not_enough(void **state)
{
    (void)state;
    one_away();
    for (int i = 0; i < 3; i++) {
        hear_node("fr1.example", "FR", DRAINING);
        pass(true);
        hear_node("fr1.example", "FR", EMPTY);
        pass(true);
    }
    assert_int_equal(told("fr1.example"), 0);
    assert_int_equal(ic_placement_at(d.p, 0)->places, 2);
}

static void what_it_takes_back_is_taken_back(void **state)
{
    (void)state;
    one_away();
    drain_twice();
    assert_int_equal(ic_placement_at(d.p, 0)->places, 0);
    d.count = 0;
    hear_node("fr1.example", "FR", EMPTY);
    pass(true);
    assert_int_equal(told("fr1.example"), 1);
    assert_false(last(IC_PLACE_OUT_RELAY_DRAINS)->drains);
    assert_int_equal(ic_placement_at(d.p, 0)->places, 2);
    drain_twice();
    assert_true(last(IC_PLACE_OUT_RELAY_DRAINS)->drains);
    assert_int_equal(ic_placement_at(d.p, 0)->places, 0);
}

/* Its places do not count then, whether it is closed while it drains or not. */
static void the_end_of_one_that_drains_takes_no_places_along(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    one_away();
    drain_twice();
    region_id("fr1.example", id);
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    assert_int_equal(ic_placement_at(d.p, 0)->places, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(it_is_told_once),
        TEST(nobody_new_goes_there_and_those_who_are_there_stay),
        TEST(one_beat_that_says_so_is_not_enough),
        TEST(what_it_takes_back_is_taken_back),
        TEST(the_end_of_one_that_drains_takes_no_places_along),
        TEST(another_meeting_asks_it_for_no_places),
        TEST(who_comes_home_counts_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
