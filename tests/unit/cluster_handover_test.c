/* A node that drains hands its meeting over: to whom, with which entry, and what an answer that is
 * lost, late or of somebody else means. */
#include "unit/cluster_deployment.h"

/* Two people are here, both with pictures as far as there is room, and the node drains. */
static uint64_t draining(void)
{
    ask();
    uint64_t generation = last(IC_PLACE_OUT_HERE)->generation;
    ask();
    ic_placement_drain(d.p);
    return generation;
}

static void hand_over(void)
{
    d.count = 0;
    ic_placement_hand_over(d.p, d.now, MEETING);
    drain();
}

static void assert_kept(enum ic_place_reason reason)
{
    const struct ic_place_out *out = last(IC_PLACE_OUT_KEPT);
    assert_non_null(out);
    assert_string_equal(ic_place_reason_word(out->reason), ic_place_reason_word(reason));
    assert_null(last(IC_PLACE_OUT_HANDED));
    assert_non_null(ic_placement_at(d.p, 0));
}

static void assert_handed_to(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    const struct ic_place_out *out = last(IC_PLACE_OUT_HANDED);
    assert_non_null(out);
    assert_memory_equal(out->node, id, sizeof id);
    assert_null(last(IC_PLACE_OUT_KEPT));
    assert_null(last(IC_PLACE_OUT_RELEASE));
    assert_null(ic_placement_at(d.p, 0));
}

static bool is_entered(const char *name, uint64_t generation)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    struct ic_directory_entry e = entered();
    return memcmp(e.node, id, sizeof id) == 0 && e.generation == generation;
}

static void it_goes_to_another_node_of_the_region(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("us1.example", "US", EMPTY); /* idle, and outside */
    hear_node("fr1.example", "FR", EMPTY);
    hand_over();
    answer();
    assert_handed_to("fr1.example");
    assert_true(is_entered("fr1.example", generation + 1));
    assert_true(last(IC_PLACE_OUT_HANDED)->generation == generation);
    pass(true);
    assert_int_equal(d.own.load.people, 0);
}

static void with_nobody_to_take_it_it_stays(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("us1.example", "US", EMPTY);
    hand_over();
    answer();
    assert_kept(IC_PLACE_DRAINING);
    hear_node("fr1.example", "FR", FULL);
    hand_over();
    answer();
    assert_kept(IC_PLACE_NO_CAPACITY_IN_REGION);
    pass(true);
    hear_node("fr1.example", "FR", (struct ic_node_load){.people = 49, .people_max = 50});
    hand_over(); /* room for one of two */
    answer();
    assert_kept(IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_true(is_entered("de1.example", generation));
}

/* Nobody gets in while it is open whose it is. */
static void nobody_comes_in_meanwhile(void **state)
{
    (void)state;
    (void)draining();
    hear_node("fr1.example", "FR", EMPTY);
    hand_over();
    ask_as(false, true);
    assert_refused(IC_PLACE_DRAINING);
}

static void a_directory_that_does_not_answer_keeps_it(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    hand_over();
    for (int i = 0; i < 3; i++) {
        pass(true);
        hear_node("fr1.example", "FR", EMPTY);
    }
    assert_kept(IC_PLACE_DIRECTORY_UNREACHABLE); /* it was not even looked at */
    assert_true(is_entered("de1.example", generation));
}

/* The entry is set, and the answer lost: neither ours nor another one's until the directory says.
 */
static struct ic_directory_request lose_the_answer(bool is_set)
{
    hand_over();
    struct ic_directory_reply reply =
        ic_directory_run(&d.directory, &last(IC_PLACE_OUT_DIRECTORY)->request);
    d.count = 0;
    ic_placement_input_reply(d.p, d.now, &reply);
    drain();
    struct ic_directory_request swap = last(IC_PLACE_OUT_DIRECTORY)->request;
    assert_int_equal(swap.kind, IC_DIRECTORY_SWAP);
    if (is_set)
        assert_int_equal(ic_directory_run(&d.directory, &swap).result, IC_OK);
    d.count = 0;
    for (int i = 0; i < 3; i++) {
        pass(true);
        hear_node("fr1.example", "FR", EMPTY);
    }
    assert_null(last(IC_PLACE_OUT_KEPT)); /* who asked goes on refusing commits */
    assert_null(last(IC_PLACE_OUT_HANDED));
    assert_non_null(ic_placement_at(d.p, 0));
    return swap;
}

static void an_answer_that_is_lost_is_not_no(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    (void)lose_the_answer(true);
    answer();
    assert_handed_to("fr1.example");
    assert_true(is_entered("fr1.example", generation + 1));
}

static void what_was_not_set_is_set_again(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    struct ic_directory_request late = lose_the_answer(false);
    answer();
    assert_handed_to("fr1.example");
    assert_true(is_entered("fr1.example", generation + 1));
    assert_int_equal(ic_directory_run(&d.directory, &late).result, IC_ERR_STATE);
}

/* The other node has gone, and whether the entry names it is not known: it is taken back by setting
 * it once more, after which the first try can set nothing. */
static void it_is_taken_back_when_the_other_one_has_gone(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    struct ic_directory_request late = lose_the_answer(false);
    ic_placement_set_removed(d.p, d.now, (const uint8_t(*)[IC_NODE_ID_LEN])late.entry.node, 1);
    drain();
    answer();
    assert_kept(IC_PLACE_DRAINING);
    assert_true(last(IC_PLACE_OUT_KEPT)->generation > generation);
    assert_true(is_entered("de1.example", last(IC_PLACE_OUT_KEPT)->generation));
    assert_int_equal(ic_directory_run(&d.directory, &late).result, IC_ERR_STATE);
    pass_answered(IC_PLACE_CONFIRM_MS / 1000 + 1); /* and it stays ours */
    assert_non_null(ic_placement_at(d.p, 0));
}

/* Whoever says that it may be another one's, in the middle of it, changes nothing. */
static void a_doubt_meanwhile_changes_nothing(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    hand_over();
    ic_placement_doubt(d.p, d.now, MEETING);
    answer();
    assert_handed_to("fr1.example");
    assert_true(is_entered("fr1.example", generation + 1));
}

/* The entry was another node's, behind us: it hears that it is not any more. */
static void whose_entry_is_replaced_is_told(void **state)
{
    (void)state;
    uint64_t generation = draining();
    uint8_t id[IC_NODE_ID_LEN];
    region_id("us1.example", id);
    hear_node("fr1.example", "FR", EMPTY);
    empty_directory();
    enter("us1.example", generation - 1, 0);
    hand_over();
    answer();
    assert_handed_to("fr1.example");
    assert_memory_equal(last(IC_PLACE_OUT_TAKEN)->node, id, sizeof id);
}

/* Somebody took it over before we looked: that is no hand-over. */
static void what_was_taken_over_is_not_handed_over(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    enter("fr1.example", generation + 1, 1);
    hand_over();
    answer();
    assert_null(last(IC_PLACE_OUT_HANDED));
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_TAKEN_OVER);
    hand_over();
    assert_int_equal(last(IC_PLACE_OUT_KEPT)->reason, IC_PLACE_TAKEN_OVER); /* there is none */
}

/* A store that was emptied meanwhile gets the entry all the same. */
static void an_emptied_store_is_no_obstacle(void **state)
{
    (void)state;
    uint64_t generation = draining();
    hear_node("fr1.example", "FR", EMPTY);
    empty_directory();
    hand_over();
    answer();
    assert_handed_to("fr1.example");
    assert_true(is_entered("fr1.example", generation + 1));
}

/* It was handed over to us. We have it from before, and did not know that it had gone. */
static void what_comes_back_is_not_what_was_here(void **state)
{
    (void)state;
    ask();
    uint64_t generation = last(IC_PLACE_OUT_HERE)->generation;
    enter("fr1.example", generation + 1, 1); /* taken over, ... */
    enter("de1.example", generation + 2, 2); /* ... and handed over to us */
    pass_answered(IC_PLACE_CONFIRM_MS / 1000 + 1);
    assert_null(ic_placement_at(d.p, 0)); /* members bring what they have now */
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == generation + 3);
}

static void whom_it_was_handed_to_takes_it_at_once(void **state)
{
    (void)state;
    enter("de1.example", 7, 0);
    hear_node("fr1.example", "FR", EMPTY); /* alive: nobody has to be silent */
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 8);
}

/* Three are here, of whom one has the media at fr1, and de3 has room for all. */
static void draining_with_one_away(void)
{
    uint8_t id[IC_NODE_ID_LEN];
    hear_node("fr1.example", "FR", EMPTY);
    while (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2)
        ask();
    ask();
    region_id("fr1.example", id);
    ic_placement_relay_opened(d.p, d.now, MEETING, id, IC_PLACE_GOOD, 2);
    drain();
    assert_int_equal(ic_placement_at(d.p, 0)->away, 1);
    ic_placement_drain(d.p);
}

static void handed_with_one_away(void)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_certify(&d.facts, "de3.example", 1, "DE");
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    draining_with_one_away();
    hear_node("fr1.example", "FR", FULL);
    hear_node("de3.example", "DE", EMPTY);
    hand_over();
    answer();
    region_id("de3.example", id);
    assert_memory_equal(last(IC_PLACE_OUT_HANDED)->node, id, sizeof id);
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
}

/* Who is carried keeps the media until there are others at the next node. */
static void what_another_node_carries_goes_on_for_a_while(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    handed_with_one_away();
    region_id("fr1.example", id);
    for (int64_t ms = 1000; ms < IC_MOVE_MS; ms += 1000) {
        d.count = 0;
        hear_node("fr1.example", "FR", FULL);
        pass(true);
        assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
        assert_true(ic_placement_may_send(d.p, MEETING, id));
    }
    assert_int_equal(d.own.load.people, 0);
    pass(true);
    const struct ic_place_out *closed = last(IC_PLACE_OUT_RELAY_CLOSE);
    assert_non_null(closed);
    assert_memory_equal(closed->node, id, sizeof id);
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_GOOD);
    assert_null(ic_placement_at(d.p, 0));
}

/* The rules of a relay hold for it as before. */
static void what_may_not_go_on_ends_at_once(void **state)
{
    (void)state;
    handed_with_one_away();
    region_claim(&d.facts, "fr1.example", 1)->fingerprint[0] ^= 1;
    region_publish(&d.facts);
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_non_null(last(IC_PLACE_OUT_RELAY_CLOSE));
    assert_null(last(IC_PLACE_OUT_RELEASE));
}

static void the_other_node_closes_it_meanwhile(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    handed_with_one_away();
    region_id("fr1.example", id);
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_null(last(IC_PLACE_OUT_RELEASE));
    for (int64_t ms = 0; ms < IC_MOVE_MS; ms += 1000)
        pass(true);
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_GOOD);
}

/* It goes to where all have room, guests included; the node that carries them is one like others.
 */
static void room_for_all_is_asked_of_it(void **state)
{
    (void)state;
    draining_with_one_away();
    hear_node("fr1.example", "FR", (struct ic_node_load){.people = 48, .people_max = 50});
    hand_over();
    answer();
    assert_kept(IC_PLACE_NO_CAPACITY_IN_REGION);
    pass(true);
    hear_node("fr1.example", "FR", (struct ic_node_load){.people = 47, .people_max = 50});
    hand_over();
    answer();
    assert_non_null(last(IC_PLACE_OUT_HANDED));
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
}

/* Some of its people were here already, and those it takes in now are not let go with them. */
static void whom_it_carried_for_takes_nothing_along(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    struct ic_relay_ask guests = {.generation = 7,
                                  .hops = 2,
                                  .places = 5,
                                  .policy = d.facts.policy.bytes,
                                  .policy_len = d.facts.policy.len};
    uint16_t places = 0;
    memcpy(guests.meeting, MEETING, sizeof guests.meeting);
    region_id("fr1.example", guests.node);
    hear_node("fr1.example", "FR", EMPTY);
    memcpy(guests.fingerprint, region_claim(&d.facts, "fr1.example", 1)->fingerprint,
           sizeof guests.fingerprint);
    assert_int_equal(ic_placement_relay(d.p, d.now, &guests, &places), IC_PLACE_GOOD);
    enter("de1.example", 8, 0); /* handed over to us */
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    region_id("fr1.example", id);
    d.count = 0;
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_true(last(IC_PLACE_OUT_RELEASE)->is_guest);
    const struct ic_placed *m = ic_placement_at(d.p, 0);
    m = m == NULL ? ic_placement_at(d.p, 1) : m;
    assert_true(m != NULL && m->stage == IC_PLACED_HOME && m->people == 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(it_goes_to_another_node_of_the_region),
        TEST(with_nobody_to_take_it_it_stays),
        TEST(nobody_comes_in_meanwhile),
        TEST(a_directory_that_does_not_answer_keeps_it),
        TEST(an_answer_that_is_lost_is_not_no),
        TEST(what_was_not_set_is_set_again),
        TEST(it_is_taken_back_when_the_other_one_has_gone),
        TEST(a_doubt_meanwhile_changes_nothing),
        TEST(whose_entry_is_replaced_is_told),
        TEST(what_was_taken_over_is_not_handed_over),
        TEST(an_emptied_store_is_no_obstacle),
        TEST(what_comes_back_is_not_what_was_here),
        TEST(whom_it_was_handed_to_takes_it_at_once),
        TEST(what_another_node_carries_goes_on_for_a_while),
        TEST(what_may_not_go_on_ends_at_once),
        TEST(the_other_node_closes_it_meanwhile),
        TEST(room_for_all_is_asked_of_it),
        TEST(whom_it_carried_for_takes_nothing_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
