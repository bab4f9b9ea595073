/* One node's placement, by hand: what is answered, what is asked of the directory, take-over,
 * fencing, relays, and what ends at once when it may not be any more. */
#include "unit/cluster_region.h"

#include "cluster/placement.h"

#define MEETING ((const uint8_t[IC_MEETING_ID_LEN]){0xab})

/* de1 is ours; fr1 and us1 are heard when the test says so. */
struct deployment {
    struct region facts; /* certificates and policies; its own leases are not used */
    struct ic_placement *p;
    struct ic_directory directory;
    struct ic_time now;
    struct ic_place_out outs[64];
    size_t count;
    struct ic_beat own; /* our last one */
    uint64_t seq, tokens;
};

static struct deployment d;

static void drain(void)
{
    struct ic_place_out out;
    while (ic_placement_poll(d.p, &out)) {
        if (out.kind == IC_PLACE_OUT_BEAT)
            d.own = *out.beat;
        assert_true(d.count < 64);
        d.outs[d.count++] = out;
    }
}

static const struct ic_place_out *last(enum ic_place_out_kind kind)
{
    for (size_t i = d.count; i-- > 0;)
        if (d.outs[i].kind == kind)
            return &d.outs[i];
    return NULL;
}

static void hear(const struct ic_beat *beat)
{
    static uint8_t bytes[IC_BEAT_BYTES_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_beat_write(&w, beat);
    assert_int_equal(ic_placement_input_beat(d.p, d.now, bytes, w.len), IC_OK);
}

static void hear_node(const char *name, const char *country, struct ic_node_load load)
{
    static struct ic_beat beat;
    beat = (struct ic_beat){.incarnation = 3, .seq = ++d.seq, .load = load, .ack_count = 1};
    region_id(name, beat.node);
    region_leaf(name, 1, beat.leaf);
    memcpy(beat.country, country, sizeof beat.country);
    beat.acks[0] = (struct ic_beat_ack){.node = ic_beat_key(d.own.node), .seq = d.own.seq};
    hear(&beat);
}

/* A second passes, and everybody hears our beat who is to. */
static void pass(bool comes_back)
{
    d.now = ic_time_add(d.now, IC_SEC(1));
    ic_placement_tick(d.p, d.now);
    drain();
    if (comes_back)
        hear(&d.own);
}

static const struct ic_node_load EMPTY = {.people_max = 50, .videos_max = 50};
static const struct ic_node_load FULL = {.people = 50, .people_max = 50, .videos_max = 50};

static int begin(void **state)
{
    static const uint64_t seed[2] = {1, 2};
    struct ic_placement_config config = {
        .capacity = {.people_max = 2, .videos_max = 1},
        .meetings_max = 4,
        .unix_s = REGION_DATE,
        .lease = {.country = {'D', 'E'}, .incarnation = 1, .first_seq = 50},
    };
    memset(&d, 0, sizeof d);
    d.now = (struct ic_time){9000000};
    region_init(&d.facts);
    region_certify(&d.facts, "fr1.example", 1, "FR");
    region_certify(&d.facts, "us1.example", 1, "US");
    region_id("de1.example", config.lease.node);
    region_leaf("de1.example", 1, config.lease.leaf);
    assert_int_equal(ic_directory_init(&d.directory, 16, seed), IC_OK);
    d.p = ic_placement_create(&config, d.now);
    assert_non_null(d.p);
    assert_int_equal(
        ic_placement_set_nodes(d.p, d.now, d.facts.claims, d.facts.claim_count, &d.facts.set),
        IC_OK);
    for (int i = 0; i < 5; i++)
        pass(true);
    *state = &d;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_true(ic_invariants_total(ic_placement_invariants(d.p)) == 0);
    ic_placement_destroy(d.p);
    ic_directory_deinit(&d.directory);
    region_deinit(&d.facts);
    return 0;
}

static void ask_as(bool is_sent, bool wants_video)
{
    struct ic_place_ask ask = {.token = ++d.tokens,
                               .policy = d.facts.policy,
                               .is_sent = is_sent,
                               .wants_video = wants_video};
    memcpy(ask.meeting, MEETING, sizeof ask.meeting);
    d.count = 0;
    ic_placement_ask(d.p, d.now, &ask);
    drain();
}

/* The directory answers until it is asked nothing more. */
static void answer(void)
{
    for (size_t i = 0; i < d.count; i++) {
        if (d.outs[i].kind != IC_PLACE_OUT_DIRECTORY)
            continue;
        struct ic_directory_reply reply = ic_directory_run(&d.directory, &d.outs[i].request);
        ic_placement_input_reply(d.p, d.now, &reply);
        drain();
    }
}

static void ask(void)
{
    ask_as(false, true);
    answer();
}

/* The directory says that this node has the meeting. */
static void enter(const char *name, uint64_t generation, uint64_t revision)
{
    struct ic_directory_request q = {.kind = IC_DIRECTORY_SWAP, .revision = revision};
    const struct ic_part part = {d.facts.policy.bytes, d.facts.policy.len};
    memcpy(q.entry.meeting, MEETING, IC_MEETING_ID_LEN);
    region_id(name, q.entry.node);
    q.entry.generation = generation;
    assert_int_equal(ic_hash_sha256(&part, 1, q.entry.policy_sha256), IC_OK);
    assert_int_equal(ic_directory_run(&d.directory, &q).result, IC_OK);
}

static void assert_refused(enum ic_place_reason reason)
{
    const struct ic_place_out *out = last(IC_PLACE_OUT_REFUSE);
    assert_non_null(out);
    assert_string_equal(ic_place_reason_word(out->reason), ic_place_reason_word(reason));
    assert_true(out->token == d.tokens);
    assert_int_equal(out->retry_ms, ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0);
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_null(last(IC_PLACE_OUT_REDIRECT));
}

static void assert_sent_to(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    const struct ic_place_out *out = last(IC_PLACE_OUT_REDIRECT);
    assert_non_null(out);
    assert_memory_equal(out->node, id, sizeof id);
}

static void the_first_one_begins_the_meeting_here(void **state)
{
    (void)state;
    ask();
    const struct ic_place_out *out = last(IC_PLACE_OUT_HERE);
    assert_non_null(out);
    assert_true(out->generation == 1 && out->has_video);
    ask_as(false, true); /* the second one needs no directory, and gets no pictures any more */
    assert_null(last(IC_PLACE_OUT_DIRECTORY));
    assert_false(last(IC_PLACE_OUT_HERE)->has_video);
    ask(); /* and the third one no place; the Americans are idle, and not asked */
    hear_node("us1.example", "US", EMPTY);
    ask();
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
    ic_placement_leave(d.p, MEETING, true);
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->has_video);
}

static void a_node_outside_sends_on_or_refuses(void **state)
{
    (void)state;
    region_policy(&d.facts, "FR");
    ask();
    assert_refused(IC_PLACE_LEASE_EXPIRED);
    hear_node("fr1.example", "FR", EMPTY);
    ask();
    assert_sent_to("fr1.example");
    region_policy(&d.facts, "JP");
    ask();
    assert_refused(IC_PLACE_NO_NODE_IN_REGION);
    d.facts.policy.bytes = NULL;
    ask();
    assert_refused(IC_PLACE_POLICY_MISSING);
}

static void the_directory_is_a_proposal(void **state)
{
    (void)state;
    enter("us1.example", 1, 0); /* somebody has entered an American */
    hear_node("us1.example", "US", EMPTY);
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE)); /* it is not eligible, so it is not there */
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 2);
}

static void bad_answers_of_the_directory_refuse(void **state)
{
    (void)state;
    static const enum ic_err results[] = {IC_ERR_SYSTEM, IC_OK, IC_OK, IC_OK, IC_OK};
    static const enum ic_place_reason reasons[] = {
        IC_PLACE_DIRECTORY_UNREACHABLE, IC_PLACE_DIRECTORY_INVALID, IC_PLACE_DIRECTORY_INVALID,
        IC_PLACE_POLICY_MISMATCH, IC_PLACE_DIRECTORY_INVALID};
    enter("fr1.example", 1, 0);
    for (size_t i = 0; i < 5; i++) {
        uint8_t bytes[IC_DIRECTORY_ENTRY_LEN];
        ask_as(false, false);
        struct ic_directory_reply reply =
            ic_directory_run(&d.directory, &last(IC_PLACE_OUT_DIRECTORY)->request);
        memcpy(bytes, reply.bytes, sizeof bytes);
        reply.bytes = bytes;
        reply.result = results[i];
        reply.len -= i == 1;                                   /* cut */
        bytes[2] ^= i == 2;                                    /* of another meeting */
        bytes[88] ^= i == 3;                                   /* another policy */
        memset(&bytes[49], i == 4 ? 0xff : 0, i == 4 ? 8 : 0); /* nothing is behind this one */
        ic_placement_input_reply(d.p, d.now, &reply);
        drain();
        assert_refused(reasons[i]);
        reply.token += 1000; /* an answer to nothing */
        ic_placement_input_reply(d.p, d.now, &reply);
        drain();
    }
}

static void a_directory_that_says_nothing_refuses_in_time(void **state)
{
    (void)state;
    ask_as(false, false);
    assert_null(last(IC_PLACE_OUT_REFUSE));
    d.now = ic_time_add(d.now, IC_MS(IC_PLACE_DIRECTORY_MS));
    assert_true(ic_time_reached(ic_placement_deadline(d.p), d.now));
    ic_placement_tick(d.p, d.now);
    drain();
    assert_refused(IC_PLACE_DIRECTORY_UNREACHABLE);
}

static void who_is_alive_keeps_the_meeting(void **state)
{
    (void)state;
    enter("fr1.example", 1, 0);
    hear_node("fr1.example", "FR", EMPTY);
    ask();
    assert_sent_to("fr1.example");
}

static void who_is_gone_is_taken_over_with_the_next_generation(void **state)
{
    (void)state;
    enter("fr1.example", 4, 0);
    hear_node("fr1.example", "FR", EMPTY);
    for (int i = 0; i < 3; i++)
        pass(true);
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 5);
}

/* Its lease still runs, but people have lost it and it answers nothing. */
static void who_is_silent_is_taken_over_at_once(void **state)
{
    (void)state;
    struct ic_place_ask q = {.token = ++d.tokens, .policy = d.facts.policy, .is_home_silent = true};
    memcpy(q.meeting, MEETING, sizeof q.meeting);
    enter("fr1.example", 4, 0);
    hear_node("fr1.example", "FR", (struct ic_node_load){.people = 49, .people_max = 50});
    d.count = 0;
    ic_placement_ask(d.p, d.now, &q);
    drain();
    answer();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 5);
    region_policy(&d.facts, "FR"); /* and never by a node outside */
    ic_placement_leave(d.p, MEETING, false);
    q.policy = d.facts.policy;
    d.count = 0;
    ic_placement_ask(d.p, d.now, &q);
    drain();
    answer();
    assert_null(last(IC_PLACE_OUT_HERE));
}

/* Two nodes want the meeting: the one that comes second asks again, and sends to the first. */
static void of_two_that_take_over_one_has_it(void **state)
{
    (void)state;
    ask_as(false, true);
    const struct ic_directory_request get = last(IC_PLACE_OUT_DIRECTORY)->request;
    struct ic_directory_reply reply = ic_directory_run(&d.directory, &get);
    enter("fr1.example", 1, 0); /* between our reading and our writing */
    hear_node("fr1.example", "FR", EMPTY);
    d.count = 0;
    region_policy(&d.facts, "DEFR");
    pass(true);
    ic_placement_input_reply(d.p, d.now, &reply);
    drain();
    if (last(IC_PLACE_OUT_REDIRECT) == NULL)
        answer();
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_sent_to("fr1.example");
}

static void who_has_just_come_takes_nothing_over(void **state)
{
    (void)state;
    enter("fr1.example", 1, 0);
    for (int i = 0; i < 4; i++)
        pass(false); /* cut off, and back */
    pass(true);
    ask();
    assert_refused(IC_PLACE_LEASE_EXPIRED);
    for (int i = 0; i < 3; i++)
        pass(true);
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 2);
}

static void who_cannot_renew_takes_nobody_and_keeps_them(void **state)
{
    (void)state;
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    for (int i = 0; i < 4; i++)
        pass(false);
    d.count = 0;
    ask();
    assert_refused(IC_PLACE_LEASE_EXPIRED);
    assert_non_null(ic_placement_at(d.p, 0));
    assert_null(last(IC_PLACE_OUT_RELEASE));
}

static void a_higher_generation_ends_it_here(void **state)
{
    (void)state;
    struct ic_directory_entry e = {.generation = 1};
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN];
    ask();
    memcpy(e.meeting, MEETING, sizeof e.meeting);
    for (uint64_t generation = 1; generation <= 2; generation++) {
        e.generation = generation;
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        ic_directory_entry_write(&w, &e);
        d.count = 0;
        ic_placement_input_change(d.p, d.now, bytes, w.len - 1); /* cut: nothing */
        ic_placement_input_change(d.p, d.now, bytes, w.len);
        drain();
        assert_int_equal(last(IC_PLACE_OUT_RELEASE) != NULL, generation == 2);
    }
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_TAKEN_OVER);
    assert_null(ic_placement_at(d.p, 0));
}

/* A new set without us, an old one, a removal: at once. */
static void what_may_not_be_any_more_ends_at_once(void **state)
{
    (void)state;
    static uint8_t removed[1][IC_NODE_ID_LEN];
    struct ic_node_set_claim without = d.facts.set, old = d.facts.set;
    ask();
    old.serial--;
    d.count = 0;
    assert_int_equal(ic_placement_set_nodes(d.p, d.now, d.facts.claims, 0, &old), IC_ERR_REPLAY);
    drain();
    assert_null(last(IC_PLACE_OUT_RELEASE));
    without.serial++;
    without.leaf_count = 0;
    assert_int_equal(
        ic_placement_set_nodes(d.p, d.now, d.facts.claims, d.facts.claim_count, &without), IC_OK);
    drain();
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_NOT_IN_SET);
    d.facts.set.serial += 2;
    assert_int_equal(
        ic_placement_set_nodes(d.p, d.now, d.facts.claims, d.facts.claim_count, &d.facts.set),
        IC_OK);
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    region_id("de1.example", removed[0]);
    ic_placement_set_removed(d.p, d.now, (const uint8_t(*)[IC_NODE_ID_LEN])removed, 1);
    drain();
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_REMOVED);
}

static enum ic_place_reason relay(const char *name, uint8_t hops, uint8_t flip)
{
    uint8_t id[IC_NODE_ID_LEN], key[IC_SHA256_LEN];
    region_id(name, id);
    memcpy(key, region_claim(&d.facts, name, 1)->fingerprint, sizeof key);
    key[31] ^= flip;
    d.count = 0;
    enum ic_place_reason reason = ic_placement_relay(d.p, d.now, MEETING, id, key, hops);
    drain();
    return reason;
}

static void a_relay_is_asked_of_both_filters(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_TAKEN_OVER); /* not here */
    ask();
    hear_node("us1.example", "US", EMPTY);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION); /* never heard */
    hear_node("fr1.example", "FR", EMPTY);
    assert_int_equal(relay("us1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION);
    assert_int_equal(relay("de1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION); /* ourselves */
    assert_int_equal(relay("fr1.example", 3, 0), IC_PLACE_HOPS);
    assert_int_equal(relay("fr1.example", 1, 0), IC_PLACE_HOPS);
    assert_int_equal(relay("fr1.example", 2, 1), IC_PLACE_FINGERPRINT);
    assert_null(last(IC_PLACE_OUT_RELAY_TAKE));
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_GOOD);
    assert_non_null(last(IC_PLACE_OUT_RELAY_TAKE));
    region_id("fr1.example", id);
    assert_true(ic_placement_may_send(d.p, MEETING, id));
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    assert_int_equal(ic_placement_at(d.p, 0)->relay_count, 0);
}

static void people_join_beside_a_full_node(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    enter("fr1.example", 1, 0);
    hear_node("fr1.example", "FR", FULL);
    ask();
    assert_non_null(last(IC_PLACE_OUT_RELAY_OPEN));
    assert_int_equal(last(IC_PLACE_OUT_RELAY_OPEN)->hops, 2);
    assert_non_null(last(IC_PLACE_OUT_HERE));
    region_id("fr1.example", id);
    d.count = 0;
    ic_placement_relay_closed(d.p, d.now, MEETING, id); /* it will not: nobody stays without it */
    drain();
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_TAKEN_OVER);
}

static void a_draining_node_takes_nobody(void **state)
{
    (void)state;
    ic_placement_drain(d.p);
    ask();
    assert_refused(IC_PLACE_DRAINING);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(the_first_one_begins_the_meeting_here),
        TEST(a_node_outside_sends_on_or_refuses),
        TEST(the_directory_is_a_proposal),
        TEST(bad_answers_of_the_directory_refuse),
        TEST(a_directory_that_says_nothing_refuses_in_time),
        TEST(who_is_alive_keeps_the_meeting),
        TEST(who_is_gone_is_taken_over_with_the_next_generation),
        TEST(who_is_silent_is_taken_over_at_once),
        TEST(of_two_that_take_over_one_has_it),
        TEST(who_has_just_come_takes_nothing_over),
        TEST(who_cannot_renew_takes_nobody_and_keeps_them),
        TEST(a_higher_generation_ends_it_here),
        TEST(what_may_not_be_any_more_ends_at_once),
        TEST(a_relay_is_asked_of_both_filters),
        TEST(people_join_beside_a_full_node),
        TEST(a_draining_node_takes_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
