/* Leases: what beats prove, and what old, doubled, foreign and unanswered ones do not. */
#include "unit/cluster_region.h"

static const char *const NAMES[2] = {"de1.example", "fr1.example"};

/* Two nodes that hear each other when the test lets them. */
struct pair {
    struct ic_time now;
    struct ic_leases at[2];
    struct ic_beat last[2];
};

static struct pair two;

static void start(struct ic_leases *l, const char *name, uint64_t incarnation, uint64_t seq)
{
    struct ic_lease_config config = {
        .country = {'D', 'E'}, .incarnation = incarnation, .first_seq = seq};
    region_id(name, config.node);
    region_leaf(name, 1, config.leaf);
    ic_leases_init(l, &config);
    ic_leases_set_load(l, (struct ic_node_load){.people = 5, .people_max = 10});
}

static int begin(void **state)
{
    two = (struct pair){.now = {5000000}};
    start(&two.at[0], NAMES[0], 100, 7000);
    start(&two.at[1], NAMES[1], 200, UINT64_MAX - 1); /* numbers may pass the end */
    *state = &two;
    return 0;
}

static void beat(struct pair *p, int who)
{
    ic_leases_beat(&p->at[who], p->now, &p->last[who]);
}

static enum ic_err hear(struct pair *p, int who, const struct ic_beat *b)
{
    return ic_leases_input(&p->at[who], p->now, b);
}

static const struct ic_lease *lease_of(const struct pair *p, int who, int whose)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(NAMES[whose], id);
    return ic_leases_find(&p->at[who], id);
}

static void pass(struct pair *p, struct ic_dur d)
{
    p->now = ic_time_add(p->now, d);
}

static void a_beat_alone_proves_nothing(void **state)
{
    struct pair *p = *state;
    assert_null(lease_of(p, 0, 1));
    beat(p, 1);
    assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
    assert_true(ic_time_reached(ic_lease_end(lease_of(p, 0, 1)), p->now));
    assert_true(ic_time_reached(ic_leases_own_end(&p->at[0]), p->now));
}

/* The age counts from when we sent what is answered, not from when the answer came. */
static void an_answer_is_as_old_as_the_question(void **state)
{
    struct pair *p = *state;
    beat(p, 0);
    struct ic_time asked = p->now;
    pass(p, IC_MS(700));
    assert_int_equal(hear(p, 1, &p->last[0]), IC_OK);
    beat(p, 1);
    pass(p, IC_MS(900));
    assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
    int64_t end = asked.us + 3000000;
    assert_int_equal(ic_lease_end(lease_of(p, 0, 1)).us, end);
    assert_int_equal(ic_leases_own_end(&p->at[0]).us, end); /* and somebody has heard us */
}

static void a_bus_that_delivers_late_makes_nobody_younger(void **state)
{
    struct pair *p = *state;
    struct ic_beat old[3];
    for (int i = 0; i < 3; i++) {
        beat(p, 0);
        assert_int_equal(hear(p, 1, &p->last[0]), IC_OK);
        beat(p, 1);
        old[i] = p->last[1];
        pass(p, IC_SEC(1));
    }
    assert_int_equal(hear(p, 0, &old[2]), IC_OK);
    struct ic_time end = ic_lease_end(lease_of(p, 0, 1));
    assert_int_equal(hear(p, 0, &old[2]), IC_ERR_REPLAY);
    assert_int_equal(hear(p, 0, &old[0]), IC_ERR_REPLAY);
    old[1].incarnation = 999; /* "it has restarted" is no way around it */
    assert_int_equal(hear(p, 0, &old[1]), IC_ERR_REPLAY);
    assert_int_equal(ic_lease_end(lease_of(p, 0, 1)).us, end.us);
    for (int i = 0; i < 9; i++) { /* an answer to what we have long forgotten */
        beat(p, 0);
        pass(p, IC_SEC(1));
    }
    struct ic_beat late = p->last[1];
    late.seq++;
    assert_int_equal(hear(p, 0, &late), IC_OK); /* heard, and nothing proved */
    assert_int_equal(ic_lease_end(lease_of(p, 0, 1)).us, end.us);
}

static void an_answer_to_what_was_not_sent_proves_nothing(void **state)
{
    struct pair *p = *state;
    beat(p, 0);
    beat(p, 1);
    struct ic_beat forged = p->last[1];
    forged.ack_count = 1;
    forged.acks[0] =
        (struct ic_beat_ack){.node = ic_beat_key(p->last[0].node), .seq = p->last[0].seq + 1};
    assert_int_equal(hear(p, 0, &forged), IC_OK);
    assert_true(ic_time_reached(ic_lease_end(lease_of(p, 0, 1)), p->now));
    struct ic_beat own = p->last[0];
    own.seq++;
    assert_int_equal(hear(p, 0, &own), IC_ERR_REPLAY);
    own = p->last[0];
    own.incarnation++; /* of ourselves, before we started again */
    assert_int_equal(hear(p, 0, &own), IC_ERR_REPLAY);
    assert_true(ic_time_reached(ic_leases_own_end(&p->at[0]), p->now));
    assert_int_equal(hear(p, 0, &p->last[0]), IC_OK);
    assert_false(ic_time_reached(ic_leases_own_end(&p->at[0]), p->now));
}

static void a_restart_is_heard_and_warm(void **state)
{
    struct pair *p = *state;
    beat(p, 0);
    assert_int_equal(hear(p, 1, &p->last[0]), IC_OK);
    beat(p, 1);
    assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
    start(&p->at[1], NAMES[1], 201, 3);
    ic_leases_set_load(&p->at[1], (struct ic_node_load){.people = 1, .people_max = 10});
    pass(p, IC_SEC(1));
    beat(p, 0);
    assert_int_equal(hear(p, 1, &p->last[0]), IC_OK);
    beat(p, 1);
    assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
    assert_int_equal(lease_of(p, 0, 1)->incarnation, 201);
    assert_int_equal(ic_lease_load(lease_of(p, 0, 1), p->now).people, 5);
    pass(p, IC_MS(IC_LEASE_WARM_MS));
    assert_int_equal(ic_lease_load(lease_of(p, 0, 1), p->now).people, 1);
}

static void what_was_sent_counts_for_two_beats(void **state)
{
    struct pair *p = *state;
    uint8_t id[IC_NODE_ID_LEN];
    region_id(NAMES[1], id);
    ic_leases_reserve(&p->at[0], id, true); /* never heard: nothing happens */
    for (int i = 0; i < 3; i++) {
        beat(p, 1);
        assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
        struct ic_node_load load = ic_lease_load(lease_of(p, 0, 1), p->now);
        assert_int_equal(load.people, i == 1 ? 7 : 5);
        assert_int_equal(load.videos, i == 1 ? 1 : 0);
        for (int k = 0; k < 2 && i == 0; k++)
            ic_leases_reserve(&p->at[0], id, k == 0);
    }
    for (int i = 0; i < 70000; i++)
        ic_leases_reserve(&p->at[0], id, true);
    assert_int_equal(ic_lease_load(lease_of(p, 0, 1), p->now).people, UINT16_MAX);
}

static void a_full_table_keeps_whom_it_hears(void **state)
{
    struct pair *p = *state;
    static struct ic_beat b;
    beat(p, 0);
    assert_int_equal(hear(p, 1, &p->last[0]), IC_OK);
    beat(p, 1);
    assert_int_equal(hear(p, 0, &p->last[1]), IC_OK);
    for (int i = 1; i < IC_NODES_MAX; i++) {
        b = p->last[1];
        b.node[0] = (uint8_t)i;
        b.node[1] = 0xee;
        assert_int_equal(hear(p, 0, &b), IC_OK);
    }
    beat(p, 0);
    assert_int_equal(p->last[0].ack_count, IC_NODES_MAX);
    pass(p, IC_SEC(1));
    b.node[1] = 0xef;
    assert_int_equal(hear(p, 0, &b), IC_ERR_FULL);
    pass(p, IC_MS(IC_LEASE_EXPIRY_MS + IC_LEASE_WARM_MS));
    assert_int_equal(hear(p, 0, &b), IC_OK); /* somebody is long gone */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_beat_alone_proves_nothing),
        TEST(an_answer_is_as_old_as_the_question),
        TEST(a_bus_that_delivers_late_makes_nobody_younger),
        TEST(an_answer_to_what_was_not_sent_proves_nothing),
        TEST(a_restart_is_heard_and_warm),
        TEST(what_was_sent_counts_for_two_beats),
        TEST(a_full_table_keeps_whom_it_hears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
