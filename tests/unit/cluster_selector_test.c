/* Selectors choose among what the filter let pass, and by the right thing. */
#include "unit/cluster_region.h"

static struct region world;

static int begin(void **state)
{
    struct region *r = &world;
    region_init(r);
    ic_leases_set_load(&r->leases, (struct ic_node_load){.is_draining = true});
    region_node(r, "de2.example", "DE", 40);
    region_node(r, "de3.example", "DE", 20);
    region_node(r, "fr1.example", "FR", 10);
    region_node(r, "us1.example", "US", 0);
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
    *state = r;
    return 0;
}

static int end(void **state)
{
    (void)state;
    region_deinit(&world);
    return 0;
}

static void assert_is(const struct ic_eligible *e, const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    assert_non_null(e);
    assert_memory_equal(ic_eligible_node(e), id, sizeof id);
}

static const struct ic_eligible *sticky(struct region *r, const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    return ic_select_sticky(r->list, id, r->now);
}

static void refill(struct region *r)
{
    assert_int_equal(region_filter(r, IC_PLACE_NEW), IC_PLACE_GOOD);
}

static void least_load_takes_the_one_with_most_room(void **state)
{
    struct region *r = *state;
    assert_is(ic_select_least_load(r->list, r->now), "fr1.example");
    region_beat(r, "fr1.example", "FR", 30);
    refill(r);
    assert_is(ic_select_least_load(r->list, r->now), "de3.example");
}

/* 60 of 100 people, and no more pictures: others first, then this one, with voices only. */
static void pictures_come_before_room(void **state)
{
    struct region *r = *state;
    struct ic_node_load audio = {.people_max = 1000, .videos = 50, .videos_max = 50};
    region_beat_as(r, "fr1.example", 1, "FR", 7, audio);
    refill(r);
    assert_is(ic_select_least_load(r->list, r->now), "de3.example");
    assert_is(sticky(r, "fr1.example"), "de3.example");
    assert_is(ic_select_nearest(r->list, "FR", 2, r->now), "de3.example");
    region_beat_as(r, "de2.example", 1, "DE", 7, audio);
    region_beat_as(r, "de3.example", 1, "DE", 7, audio);
    refill(r);
    assert_is(sticky(r, "fr1.example"), "fr1.example");
    assert_true(ic_eligible_is_audio_only(ic_select_nearest(r->list, "FR", 2, r->now)));
}

static void sticky_stays_if_it_may(void **state)
{
    struct region *r = *state;
    assert_is(sticky(r, "de2.example"), "de2.example");
    assert_is(sticky(r, "us1.example"), "fr1.example");
    assert_is(sticky(r, "never.example"), "fr1.example");
}

static void nearest_is_the_country_then_the_room(void **state)
{
    struct region *r = *state;
    assert_is(ic_select_nearest(r->list, "DE", 2, r->now), "de3.example");
    assert_is(ic_select_nearest(r->list, "FR", 2, r->now), "fr1.example");
    assert_is(ic_select_nearest(r->list, "US", 2, r->now), "fr1.example");
}

static void failover_is_in_order_and_leaves_one_out(void **state)
{
    struct region *r = *state;
    static const char *const order[] = {"fr1.example", "de3.example", "de2.example"};
    const struct ic_eligible *out[3];
    uint8_t id[IC_NODE_ID_LEN];
    for (size_t except = 0; except < 3; except++) {
        for (size_t max = 0; max <= 3; max++) {
            region_id(order[except], id);
            size_t count = ic_select_failover(r->list, id, r->now, out, max);
            assert_int_equal(count, max < 2 ? max : 2);
            for (size_t i = 0; i < count; i++)
                assert_is(out[i], order[i < except ? i : i + 1]);
        }
    }
    region_id("us1.example", id); /* one that is not in the list */
    assert_int_equal(ic_select_failover(r->list, id, r->now, out, 3), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(least_load_takes_the_one_with_most_room),
        TEST(pictures_come_before_room),
        TEST(sticky_stays_if_it_may),
        TEST(nearest_is_the_country_then_the_room),
        TEST(failover_is_in_order_and_leaves_one_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
