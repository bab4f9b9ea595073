/* One node's placement, by hand: what is answered, what is asked of the directory, take-over,
 * fencing, relays, and what ends at once when it may not be any more. */
#include "unit/cluster_deployment.h"

static void the_first_one_begins_the_meeting_here(void **state)
{
    (void)state;
    ask();
    const struct ic_place_out *out = last(IC_PLACE_OUT_HERE);
    assert_non_null(out);
    assert_true(out->generation > REGION_DATE * 1000ULL && out->has_video);
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
    hear_node("fr1.example", "FR", EMPTY); /* it has more room than we, and is not named */
    d.count = 0;
    ic_placement_ask(d.p, d.now, &q);
    drain();
    answer();
    assert_null(last(IC_PLACE_OUT_REDIRECT));
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 5);
    ic_placement_leave(d.p, MEETING, false);
    region_policy(&d.facts, "FR"); /* and never by a node outside */
    ask();
    assert_refused(IC_PLACE_LEASE_EXPIRED); /* nor to others, for a while */
    for (int i = 0; i < 3; i++) {
        hear_node("fr1.example", "FR", EMPTY);
        pass(true);
    }
    hear_node("fr1.example", "FR", EMPTY);
    ask_as(false, true);
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

static void who_is_told_asks_the_directory_at_once(void **state)
{
    (void)state;
    ask();
    uint64_t own = last(IC_PLACE_OUT_HERE)->generation;
    doubt();
    answer(); /* nothing has happened: whoever said so is not believed */
    assert_null(last(IC_PLACE_OUT_RELEASE));
    assert_non_null(ic_placement_at(d.p, 0));
    enter("fr1.example", own + 1, 1);
    doubt();
    answer();
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_TAKEN_OVER);
    assert_null(ic_placement_at(d.p, 0));
    d.count = 0;
    ic_placement_doubt(d.p, d.now, MEETING); /* it is not here */
    pass(true);
    assert_null(last(IC_PLACE_OUT_DIRECTORY));
}

/* The answer was given before the other node took it. */
static void who_is_told_while_it_asks_asks_once_more(void **state)
{
    (void)state;
    ask();
    uint64_t own = last(IC_PLACE_OUT_HERE)->generation;
    doubt();
    struct ic_directory_request early = last(IC_PLACE_OUT_DIRECTORY)->request;
    struct ic_directory_reply reply = ic_directory_run(&d.directory, &early);
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN];
    memcpy(bytes, reply.bytes, sizeof bytes);
    reply.bytes = bytes;
    enter("fr1.example", own + 1, 1);
    ic_placement_doubt(d.p, d.now, MEETING);
    ic_placement_input_reply(d.p, d.now, &reply);
    assert_non_null(ic_placement_at(d.p, 0));
    pass_answered(1);
    assert_null(ic_placement_at(d.p, 0));
}

/* The node from which a meeting was taken is told, and nobody else is. */
static void assert_told(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    const struct ic_place_out *out = last(IC_PLACE_OUT_TAKEN);
    assert_int_equal(out == NULL, name == NULL);
    if (name == NULL)
        return;
    region_id(name, id);
    assert_memory_equal(out->node, id, sizeof id);
    assert_memory_equal(out->meeting, MEETING, IC_MEETING_ID_LEN);
}

static void from_whom_a_meeting_is_taken_is_told(void **state)
{
    (void)state;
    enter("fr1.example", 4, 0); /* its lease is over */
    ask();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 5);
    assert_told("fr1.example");
    empty_directory();
    enter("fr1.example", 4, 0); /* an old store */
    doubt();
    answer();
    assert_true(entered().generation == 5);
    assert_told("fr1.example");
    ic_placement_leave(d.p, MEETING, true);
    drain();
    ask(); /* our own name, again */
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 6);
    assert_told(NULL);
    ic_placement_leave(d.p, MEETING, true);
    drain();
    empty_directory();
    ask(); /* nobody's */
    assert_non_null(last(IC_PLACE_OUT_HERE));
    assert_told(NULL);
}

/* Two that took the meeting from an emptied store in the same millisecond. */
static void of_two_of_one_generation_the_lower_id_goes_on(void **state)
{
    (void)state;
    uint8_t own_id[IC_NODE_ID_LEN], other_id[IC_NODE_ID_LEN];
    region_id("de1.example", own_id);
    for (int i = 0, lower = 0, higher = 0; lower == 0 || higher == 0; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "fr%d.example", i);
        region_id(name, other_id);
        bool is_ours_lower = memcmp(own_id, other_id, sizeof own_id) < 0;
        lower += is_ours_lower;
        higher += !is_ours_lower;
        empty_directory();
        ask();
        uint64_t own = last(IC_PLACE_OUT_HERE)->generation;
        empty_directory();
        enter(name, own, 0);
        doubt();
        answer();
        assert_int_equal(last(IC_PLACE_OUT_RELEASE) == NULL, is_ours_lower);
        assert_true(entered().generation == own + is_ours_lower);
        ic_placement_leave(d.p, MEETING, true);
        drain();
    }
}

static void what_an_emptied_store_has_forgotten_is_put_back(void **state)
{
    (void)state;
    ask();
    uint64_t own = last(IC_PLACE_OUT_HERE)->generation;
    empty_directory();
    pass_answered(IC_PLACE_CONFIRM_MS / 1000 + 1); /* nobody asks */
    assert_true(entered().generation == own);
    enter("fr1.example", own + 5, 1); /* and a node that is ahead is believed */
    pass_answered(IC_PLACE_CONFIRM_MS / 1000 + 1);
    assert_null(ic_placement_at(d.p, 0));
    empty_directory();
    ask();
    own = last(IC_PLACE_OUT_HERE)->generation;
    empty_directory();
    enter("fr1.example", own - 1, 0); /* one that is behind is not */
    pass_answered(IC_PLACE_CONFIRM_MS / 1000 + 1);
    assert_true(entered().generation == own);
    assert_non_null(ic_placement_at(d.p, 0));
}

static void after_a_lapse_the_directory_is_asked_before_anybody_comes(void **state)
{
    (void)state;
    ask();
    uint64_t own = last(IC_PLACE_OUT_HERE)->generation;
    for (int i = 0; i < 4; i++)
        pass(false);
    hear(&d.own); /* we are heard again */
    ask_as(false, true);
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_non_null(last(IC_PLACE_OUT_DIRECTORY));
    answer();
    assert_true(last(IC_PLACE_OUT_HERE)->generation == own);
    for (int i = 0; i < 4; i++)
        pass(false);
    enter("fr1.example", own + 1, 1); /* meanwhile, and we have not heard of it */
    hear(&d.own);
    hear_node("fr1.example", "FR", EMPTY);
    ask();
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_TAKEN_OVER);
    assert_sent_to("fr1.example");
}

/* What was asked before our lease was over says nothing about afterwards. */
static void an_answer_from_before_a_lapse_is_not_enough(void **state)
{
    (void)state;
    ask_as(false, true);
    struct ic_directory_reply reply =
        ic_directory_run(&d.directory, &last(IC_PLACE_OUT_DIRECTORY)->request);
    d.count = 0;
    ic_placement_input_reply(d.p, d.now, &reply);
    drain();
    reply = ic_directory_run(&d.directory, &last(IC_PLACE_OUT_DIRECTORY)->request); /* we have it */
    d.now = ic_time_add(d.now, IC_MS(IC_LEASE_EXPIRY_MS)); /* the loop stood still */
    hear(&d.own);
    d.count = 0;
    ic_placement_input_reply(d.p, d.now, &reply);
    drain();
    assert_null(last(IC_PLACE_OUT_HERE));
}

static void a_directory_that_does_not_answer_lets_nobody_in(void **state)
{
    (void)state;
    ask();
    for (int i = 0; i < IC_PLACE_CONFIRM_MS / 1000 + 3; i++) {
        d.count = 0;
        pass(true); /* it is asked, and silent */
    }
    ask_as(false, true);
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_non_null(ic_placement_at(d.p, 0)); /* who is there, stays */
    answer();
    assert_non_null(last(IC_PLACE_OUT_HERE));
}

static void a_meeting_has_one_policy(void **state)
{
    (void)state;
    ask(); /* keeps the bytes as long as it is here */
    struct region other = d.facts;
    region_policy(&other, "DE");
    struct ic_place_ask q = {.token = ++d.tokens, .policy = other.policy};
    memcpy(q.meeting, MEETING, sizeof q.meeting);
    d.count = 0;
    ic_placement_ask(d.p, d.now, &q);
    drain();
    answer();
    assert_refused(IC_PLACE_POLICY_MISMATCH);
}

static void who_has_started_again_takes_its_own(void **state)
{
    (void)state;
    enter("de1.example", 7, 0);
    hear_node("fr1.example", "FR", EMPTY); /* it has more room */
    ask();
    assert_null(last(IC_PLACE_OUT_REDIRECT));
    assert_true(last(IC_PLACE_OUT_HERE)->generation == 8);
}

static void of_one_serial_there_is_one_set(void **state)
{
    (void)state;
    struct ic_node_set_claim other = d.facts.set;
    other.sha256[31] ^= 1;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_int_equal(set_nodes(&other, NULL), IC_NODE_SET_CONFLICT);
    other.serial++;
    assert_int_equal(set_nodes(&other, NULL), IC_NODE_GOOD);
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_SET_SERIAL);
}

/* A home that is full and does not relay is alive all the same. */
static void who_does_not_relay_keeps_the_meeting(void **state)
{
    (void)state;
    region_claim(&d.facts, "fr1.example", 1)->roles = IC_NODE_ROLE_MEDIA;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    enter("fr1.example", 1, 0);
    hear_node("fr1.example", "FR", FULL);
    ask();
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_true(entered().generation == 1);
}

/* A new set without us, an old one, a removal: at once. */
static void what_may_not_be_any_more_ends_at_once(void **state)
{
    (void)state;
    static uint8_t removed[1][IC_NODE_ID_LEN];
    struct ic_node_set_claim without = d.facts.set, old = d.facts.set;
    ask();
    old.serial--;
    old.leaf_count = 0;
    assert_int_equal(set_nodes(&old, NULL), IC_NODE_SET_SERIAL);
    assert_null(last(IC_PLACE_OUT_RELEASE));
    without.serial++;
    without.leaf_count = 0;
    assert_int_equal(set_nodes(&without, NULL), IC_NODE_GOOD);
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_NOT_IN_SET);
    d.facts.set.serial += 2;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    region_id("de1.example", removed[0]);
    ic_placement_set_removed(d.p, d.now, (const uint8_t(*)[IC_NODE_ID_LEN])removed, 1);
    drain();
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_REMOVED);
}

static uint16_t places;
static bool other_meeting;

/* Two people: no room for more. */
static void fill(void)
{
    while (d.p != NULL && (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2))
        ask();
}

/* Another node asks us for places. */
static enum ic_place_reason relay(const char *name, uint8_t hops, uint8_t flip)
{
    struct ic_relay_ask ask = {.generation = 7,
                               .hops = hops,
                               .places = 5,
                               .policy = d.facts.policy.bytes,
                               .policy_len = d.facts.policy.len};
    memcpy(ask.meeting, MEETING, sizeof ask.meeting);
    ask.meeting[1] = other_meeting;
    region_id(name, ask.node);
    memcpy(ask.fingerprint, region_claim(&d.facts, name, 1)->fingerprint, sizeof ask.fingerprint);
    ask.fingerprint[31] ^= flip;
    d.count = 0;
    enum ic_place_reason reason = ic_placement_relay(d.p, d.now, &ask, &places);
    drain();
    return reason;
}

static void a_relay_is_asked_of_both_filters(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    hear_node("us1.example", "US", EMPTY);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION); /* never heard */
    hear_node("fr1.example", "FR", EMPTY);
    assert_int_equal(relay("us1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION);
    assert_int_equal(relay("de1.example", 2, 0), IC_PLACE_NO_NODE_IN_REGION); /* ourselves */
    assert_int_equal(relay("fr1.example", 3, 0), IC_PLACE_HOPS);
    assert_int_equal(relay("fr1.example", 1, 0), IC_PLACE_HOPS);
    assert_int_equal(relay("fr1.example", 2, 1), IC_PLACE_FINGERPRINT);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_GOOD);
    assert_int_equal(places, 2); /* of 5: there is no more room */
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_TAKEN_OVER); /* it is here already */
    region_id("fr1.example", id);
    assert_true(ic_placement_may_send(d.p, MEETING, id));
    ic_placement_set_guests(d.p, MEETING, 3);
    assert_int_equal(ic_placement_at(d.p, 0)->people, 3);
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_non_null(last(IC_PLACE_OUT_RELEASE));
    assert_null(ic_placement_at(d.p, 0));
}

/* The directory names the meeting's node: that is as it is to be, and nothing to be put right. */
static void stay_given_to(const char *name, const char *country)
{
    struct ic_directory_request get = {.kind = IC_DIRECTORY_GET};
    struct ic_directory_entry entry;
    uint8_t id[IC_NODE_ID_LEN];
    memcpy(get.entry.meeting, MEETING, sizeof get.entry.meeting);
    region_id(name, id);
    region_policy(&d.facts, "DEFRUS");
    hear_node(name, country, EMPTY);
    enter(name, 7, 0);
    assert_int_equal(relay(name, 2, 0), IC_PLACE_GOOD);
    pass_answered(2 * IC_PLACE_CONFIRM_MS / 1000 + 1);
    assert_non_null(ic_placement_at(d.p, 0));
    assert_true(ic_placement_may_send(d.p, MEETING, id));
    struct ic_directory_reply reply = ic_directory_run(&d.directory, &get);
    assert_int_equal(reply.result, IC_OK);
    assert_int_equal(ic_directory_entry_parse(reply.bytes, reply.len, &entry), IC_OK);
    assert_memory_equal(entry.node, id, sizeof id); /* and nobody takes the meeting */
    assert_int_equal(entry.generation, 7);
}

static void places_that_were_given_are_not_taken_back_by_the_directory(void **state)
{
    (void)state;
    stay_given_to("fr1.example", "FR");
}

static void nor_are_those_of_another_node(void **state)
{
    (void)state;
    stay_given_to("us1.example", "US");
}

static void a_node_that_is_full_or_drains_gives_no_places(void **state)
{
    (void)state;
    hear_node("fr1.example", "FR", EMPTY);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_GOOD);
    uint8_t id[IC_NODE_ID_LEN];
    region_id("fr1.example", id);
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    fill();
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_TAKEN_OVER); /* it is ours */
    other_meeting = true;
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_NO_CAPACITY_IN_REGION);
    ic_placement_drain(d.p);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_DRAINING);
    other_meeting = false;
}

/* The next set has this certificate of the node in place of the one before. */
static struct ic_node_claim *renew(const char *name, const char *country)
{
    struct ic_node_claim *before = region_claim(&d.facts, name, 1);
    *before = d.facts.claims[--d.facts.claim_count];
    region_certify(&d.facts, name, 2, country);
    d.facts.set.serial++;
    return region_claim(&d.facts, name, 2);
}

static void begin_relay(void)
{
    hear_node("fr1.example", "FR", EMPTY);
    assert_int_equal(relay("fr1.example", 2, 0), IC_PLACE_GOOD);
}

static void a_relay_goes_on_with_the_key_that_was_shown(void **state)
{
    (void)state;
    uint8_t key[IC_SHA256_LEN];
    begin_relay();
    memcpy(key, region_claim(&d.facts, "fr1.example", 1)->fingerprint, sizeof key);
    struct ic_node_claim *c = renew("fr1.example", "FR");
    memcpy(c->fingerprint, key, sizeof key); /* another certificate for the same key */
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
    assert_memory_equal(ic_placement_at(d.p, 0)->relays[0].leaf, c->leaf, sizeof c->leaf);
    c->fingerprint[0] ^= 1; /* the key is revoked: the node has another one */
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_non_null(last(IC_PLACE_OUT_RELAY_CLOSE));
}

static void a_relay_needs_its_role_at_both_ends(void **state)
{
    (void)state;
    static const char *const names[] = {"fr1.example", "de1.example"};
    for (size_t i = 0; i < 2; i++) {
        begin_relay();
        region_claim(&d.facts, names[i], 1)->roles = IC_NODE_ROLE_MEDIA;
        d.facts.set.serial++;
        assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
        assert_non_null(last(IC_PLACE_OUT_RELAY_CLOSE));
        assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_NO_NODE_IN_REGION);
        region_claim(&d.facts, names[i], 1)->roles |= IC_NODE_ROLE_RELAY;
        d.facts.set.serial++;
        assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    }
}

static void meetings_end_with_the_certificate_that_is_served(void **state)
{
    (void)state;
    ask();
    const struct ic_node_claim *own = renew("de1.example", "DE");
    assert_int_equal(set_nodes(&d.facts.set, own), IC_NODE_GOOD); /* renewed, and served with */
    assert_null(last(IC_PLACE_OUT_RELEASE));
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    region_claim(&d.facts, "de1.example", 2)->leaf[0] ^= 1;
    region_publish(&d.facts);
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD); /* another one is in force */
    assert_int_equal(last(IC_PLACE_OUT_RELEASE)->reason, IC_PLACE_CERTIFICATE_OTHER);
}

static void whose_node_is_full_is_sent_there_all_the_same(void **state)
{
    (void)state;
    enter("fr1.example", 1, 0);
    hear_node("fr1.example", "FR", FULL);
    ask();
    assert_non_null(last(IC_PLACE_OUT_REDIRECT)); /* it looks for places itself */
}

/* A full node with a meeting, and another one with room; what it asks that one. */
static const struct ic_place_out *fill_and_ask(void)
{
    hear_node("fr1.example", "FR", EMPTY);
    ask();
    fill();
    ask();
    return last(IC_PLACE_OUT_RELAY_OPEN);
}

static void opened(enum ic_place_reason reason, uint16_t given)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id("fr1.example", id);
    d.count = 0;
    ic_placement_relay_opened(d.p, d.now, MEETING, id, reason, given);
    drain();
}

static void a_full_node_asks_another_one_for_places(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    const struct ic_place_out *out = fill_and_ask();
    assert_non_null(out);
    assert_int_equal(out->hops, 2);
    assert_null(last(IC_PLACE_OUT_REFUSE));
    opened(IC_PLACE_GOOD, 2);
    assert_non_null(last(IC_PLACE_OUT_HERE));
    const struct ic_placed *m = ic_placement_at(d.p, 0);
    assert_int_equal(m->away, 1);
    region_id("fr1.example", id);
    assert_true(ic_placement_may_send(d.p, MEETING, id));
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
    assert_int_equal(m->away, 2);
    ask();
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION); /* its places are taken */
    ic_placement_leave(d.p, MEETING, false);
    ask();
    assert_non_null(last(IC_PLACE_OUT_HERE));
}

static void who_waits_for_places_hears_no(void **state)
{
    (void)state;
    assert_non_null(fill_and_ask());
    opened(IC_PLACE_DRAINING, 0);
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
    ask();
    assert_non_null(last(IC_PLACE_OUT_RELAY_OPEN)); /* asked anew */
    d.count = 0;
    for (int i = 0; i < 5; i++)
        pass(true);
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
    opened(IC_PLACE_GOOD, 2); /* too late for him, and for the next one a place */
    assert_null(last(IC_PLACE_OUT_HERE));
}

static void nobody_is_asked_who_may_not_relay(void **state)
{
    (void)state;
    region_claim(&d.facts, "fr1.example", 1)->roles = IC_NODE_ROLE_MEDIA;
    assert_null(fill_and_ask());
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
}

static void what_was_lost_is_asked_for_again(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    assert_non_null(fill_and_ask());
    opened(IC_PLACE_GOOD, 2);
    region_id("fr1.example", id);
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_null(last(IC_PLACE_OUT_RELEASE)); /* the meeting goes on */
    assert_int_equal(ic_placement_at(d.p, 0)->places, 0);
    d.count = 0;
    ic_placement_relay_again(d.p, d.now, MEETING);
    drain();
    assert_non_null(last(IC_PLACE_OUT_RELAY_OPEN));
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
        TEST(who_is_told_asks_the_directory_at_once),
        TEST(who_is_told_while_it_asks_asks_once_more),
        TEST(from_whom_a_meeting_is_taken_is_told),
        TEST(of_two_of_one_generation_the_lower_id_goes_on),
        TEST(what_an_emptied_store_has_forgotten_is_put_back),
        TEST(after_a_lapse_the_directory_is_asked_before_anybody_comes),
        TEST(an_answer_from_before_a_lapse_is_not_enough),
        TEST(a_directory_that_does_not_answer_lets_nobody_in),
        TEST(a_meeting_has_one_policy),
        TEST(who_has_started_again_takes_its_own),
        TEST(of_one_serial_there_is_one_set),
        TEST(who_does_not_relay_keeps_the_meeting),
        TEST(what_may_not_be_any_more_ends_at_once),
        TEST(a_relay_is_asked_of_both_filters),
        TEST(places_that_were_given_are_not_taken_back_by_the_directory),
        TEST(nor_are_those_of_another_node),
        TEST(a_relay_goes_on_with_the_key_that_was_shown),
        TEST(a_relay_needs_its_role_at_both_ends),
        TEST(meetings_end_with_the_certificate_that_is_served),
        TEST(a_node_that_is_full_or_drains_gives_no_places),
        TEST(whose_node_is_full_is_sent_there_all_the_same),
        TEST(a_full_node_asks_another_one_for_places),
        TEST(who_waits_for_places_hears_no),
        TEST(nobody_is_asked_who_may_not_relay),
        TEST(what_was_lost_is_asked_for_again),
        TEST(a_draining_node_takes_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
