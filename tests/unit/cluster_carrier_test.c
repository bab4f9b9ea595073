/* One node that carries a meeting of another one, by hand: whom it joins it with. Only who was
 * named by the meeting's node, with the same generation and policy, and passes this node's own
 * filter; and what is joined ends with what it was for. And the meeting's node, which names them.
 */
#include "unit/cluster_deployment.h"

#define HOME       "fr1.example"
#define HOPS_AT    (1 + 16 + 16 + 2 + 4 + 32 + 32 + 8) /* max_hops of a policy of two countries */
#define GENERATION 7
#define THEIRS     9 /* the generation with which the other node was asked */

static char low[32], high[32]; /* nodes whose ids are below, and above, ours */

static int begin_between(void **state)
{
    uint8_t own[IC_NODE_ID_LEN], id[IC_NODE_ID_LEN];
    (void)begin(state);
    region_id("de1.example", own);
    low[0] = high[0] = '\0';
    for (unsigned n = 2; low[0] == '\0' || high[0] == '\0'; n++) {
        char name[sizeof low];
        snprintf(name, sizeof name, "fr%u.example", n);
        region_id(name, id);
        char *at = memcmp(id, own, sizeof own) < 0 ? low : high;
        if (at[0] == '\0')
            memcpy(at, name, sizeof name);
    }
    region_certify(&d.facts, low, 1, "FR");
    region_certify(&d.facts, high, 1, "FR");
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    region_policy(&d.facts, "DEFR");
    return 0;
}

static void hear_all(void)
{
    hear_node(HOME, "FR", EMPTY);
    hear_node(low, "FR", EMPTY);
    hear_node(high, "FR", EMPTY);
    hear_node("us1.example", "US", EMPTY);
}

/* The meeting's node asks for places. */
static enum ic_place_reason carry(void)
{
    uint16_t places = 0;
    struct ic_relay_ask ask = {.generation = GENERATION,
                               .hops = 2,
                               .places = 5,
                               .policy = d.facts.policy.bytes,
                               .policy_len = d.facts.policy.len};
    memcpy(ask.meeting, MEETING, sizeof ask.meeting);
    region_id(HOME, ask.node);
    memcpy(ask.fingerprint, region_claim(&d.facts, HOME, 1)->fingerprint, sizeof ask.fingerprint);
    hear_all();
    return ic_placement_relay(d.p, d.now, &ask, &places);
}

static void name_as(const char *from, const char *name, uint64_t generation, bool carries)
{
    struct ic_carrier_news news = {.generation = generation, .carries = carries};
    memcpy(news.meeting, MEETING, sizeof news.meeting);
    region_id(from, news.from);
    region_id(name, news.node);
    d.count = 0;
    ic_placement_carrier(d.p, d.now, &news);
    drain();
}

static struct ic_join_ask join_of(const char *name)
{
    struct ic_join_ask ask = {.generation = THEIRS, .hops = 2};
    const struct ic_part policy = {d.facts.policy.bytes, d.facts.policy.len};
    memcpy(ask.meeting, MEETING, sizeof ask.meeting);
    region_id(name, ask.node);
    memcpy(ask.fingerprint, region_claim(&d.facts, name, 1)->fingerprint, sizeof ask.fingerprint);
    assert_int_equal(ic_hash_sha256(&policy, 1, ask.policy_sha256), IC_OK);
    return ask;
}

static enum ic_place_reason join(const char *name)
{
    const struct ic_join_ask ask = join_of(name);
    d.count = 0;
    enum ic_place_reason reason = ic_placement_join(d.p, d.now, &ask);
    drain();
    return reason;
}

static void joined(const char *name, enum ic_place_reason reason)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    d.count = 0;
    ic_placement_joined(d.p, d.now, MEETING, id, reason);
    drain();
}

static bool is_relayed(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    const struct ic_placed *m = ic_placement_at(d.p, 0);
    region_id(name, id);
    for (uint8_t i = 0; m != NULL && i < m->relay_count; i++)
        if (memcmp(m->relays[i].node, id, sizeof id) == 0)
            return true;
    return false;
}

static bool is_about(const struct ic_place_out *out, const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    return out != NULL && memcmp(out->node, id, sizeof id) == 0;
}

/* ---- who asks us ---- */

static void who_was_not_named_is_refused(void **state)
{
    (void)state;
    assert_int_equal(join(low), IC_PLACE_BUSY); /* we do not carry it */
    assert_int_equal(carry(), IC_PLACE_GOOD);
    assert_int_equal(join(low), IC_PLACE_BUSY);
    name_as(low, low, THEIRS, true); /* by nobody who could */
    name_as(low, high, THEIRS, true);
    assert_int_equal(join(low), IC_PLACE_BUSY);
    assert_int_equal(join(high), IC_PLACE_BUSY);
    assert_int_equal(join(HOME), IC_PLACE_BUSY);
    name_as(HOME, low, THEIRS, true); /* it comes later: then it is taken */
    assert_int_equal(join(low), IC_PLACE_GOOD);
    assert_true(is_relayed(low));
    assert_int_equal(join(high), IC_PLACE_BUSY);
    assert_int_equal(join(low), IC_PLACE_BUSY); /* once */
}

static void what_is_not_of_the_meeting_is_refused(void **state)
{
    (void)state;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, low, THEIRS, true);
    struct ic_join_ask ask = join_of(low);
    ask.generation = THEIRS - 1;
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_TAKEN_OVER);
    ask = join_of(low);
    ask.generation = GENERATION;
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_TAKEN_OVER);
    ask = join_of(low);
    ask.policy_sha256[31] ^= 1;
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_POLICY_MISMATCH);
    ask = join_of(low);
    ask.fingerprint[0] ^= 1;
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_FINGERPRINT);
    for (uint8_t hops = 0; hops < 5; hops++) {
        ask = join_of(low);
        ask.hops = hops;
        if (hops != 2)
            assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_HOPS);
    }
    ask = join_of(low);
    ask.meeting[1] ^= 1;
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_BUSY);
    assert_false(is_relayed(low));
    assert_int_equal(join(low), IC_PLACE_GOOD);
}

/* The meeting's node may say so: this one asks its own filter. */
static void who_may_not_relay_the_meeting_is_refused(void **state)
{
    (void)state;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, "us1.example", THEIRS, true);
    assert_null(last(IC_PLACE_OUT_JOIN));
    assert_int_equal(join("us1.example"), IC_PLACE_NO_NODE_IN_REGION); /* not in the policy */
    name_as(HOME, low, THEIRS, true);
    region_claim(&d.facts, low, 1)->roles = IC_NODE_ROLE_MEDIA;
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_int_equal(join(low), IC_PLACE_NO_NODE_IN_REGION);
    region_claim(&d.facts, low, 1)->roles |= IC_NODE_ROLE_RELAY;
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    for (int i = 0; i < 4; i++)
        pass(true); /* nobody has heard it for longer than a lease */
    hear_node(HOME, "FR", EMPTY);
    assert_int_equal(join(low), IC_PLACE_NO_NODE_IN_REGION);
    hear_all();
    assert_int_equal(join(low), IC_PLACE_GOOD);
    assert_false(is_relayed("us1.example"));
}

/* One hop is one node: none of them carries it, and none is joined. */
static void a_policy_of_one_hop_has_no_carriers(void **state)
{
    (void)state;
    uint8_t *bytes = (uint8_t *)(uintptr_t)d.facts.policy.bytes;
    assert_int_equal(bytes[HOPS_AT], 2);
    bytes[HOPS_AT] = 1;
    assert_int_equal(carry(), IC_PLACE_HOPS);
    name_as(HOME, low, THEIRS, true);
    name_as(HOME, high, THEIRS, true);
    assert_null(last(IC_PLACE_OUT_JOIN));
    assert_int_equal(join(low), IC_PLACE_BUSY);
    assert_null(ic_placement_at(d.p, 0));
    /* And one that had been carried before its policy said so is joined with nobody more. */
    bytes[HOPS_AT] = 2;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, low, THEIRS, true);
    bytes[HOPS_AT] = 1;
    struct ic_join_ask ask = join_of(low);
    memcpy(ask.policy_sha256, ic_placement_at(d.p, 0)->policy_sha256, sizeof ask.policy_sha256);
    assert_int_equal(ic_placement_join(d.p, d.now, &ask), IC_PLACE_HOPS);
    name_as(HOME, high, THEIRS, true);
    assert_null(last(IC_PLACE_OUT_JOIN));
}

/* ---- whom we ask ---- */

static void the_lower_id_asks_and_asks_again(void **state)
{
    (void)state;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, low, THEIRS, true);
    assert_non_null(last(IC_PLACE_OUT_JOIN));
    assert_false(last(IC_PLACE_OUT_JOIN)->is_asking); /* that one does */
    name_as(HOME, high, THEIRS, true);
    const struct ic_place_out *out = last(IC_PLACE_OUT_JOIN);
    assert_true(is_about(out, high) && out->is_asking);
    assert_int_equal(out->generation, GENERATION); /* with which we were asked */
    assert_int_equal(out->hops, 2);
    assert_memory_equal(out->policy_sha256, join_of(high).policy_sha256, IC_SHA256_LEN);
    joined(high, IC_PLACE_BUSY); /* it has not been told yet */
    hear_all();
    d.count = 0;
    pass(true);
    out = last(IC_PLACE_OUT_JOIN);
    assert_true(is_about(out, high) && out->is_asking);
    joined(high, IC_PLACE_GOOD);
    assert_true(is_relayed(high));
    assert_null(last(IC_PLACE_OUT_RELAY_CLOSE));
    hear_all();
    d.count = 0;
    pass(true);
    assert_false(is_about(last(IC_PLACE_OUT_JOIN), high)); /* it is there */
    uint8_t id[IC_NODE_ID_LEN];
    region_id(high, id);
    assert_true(ic_placement_may_send(d.p, MEETING, id));
}

static void what_was_not_asked_for_is_not_taken(void **state)
{
    (void)state;
    joined(high, IC_PLACE_GOOD);
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), high));
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, low, THEIRS, true); /* that one asks, and we do not */
    joined(low, IC_PLACE_GOOD);
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), low));
    assert_false(is_relayed(low));
    name_as(HOME, high, THEIRS, true);
    name_as(HOME, high, THEIRS, false); /* meanwhile it carries it no more */
    joined(high, IC_PLACE_GOOD);
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), high));
    assert_false(is_relayed(high));
    name_as(HOME, high, THEIRS, true); /* meanwhile it may not any more */
    region_claim(&d.facts, high, 1)->fingerprint[0] ^= 1;
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    joined(high, IC_PLACE_GOOD);
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), high));
    assert_false(is_relayed(high));
}

/* ---- the end ---- */

static void join_both(void)
{
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, low, THEIRS, true);
    name_as(HOME, high, THEIRS, true);
    assert_int_equal(join(low), IC_PLACE_GOOD);
    joined(high, IC_PLACE_GOOD);
    assert_true(is_relayed(low) && is_relayed(high));
}

static uint32_t closes(void)
{
    uint32_t count = 0;
    for (size_t i = 0; i < d.count; i++)
        count += d.outs[i].kind == IC_PLACE_OUT_RELAY_CLOSE;
    return count;
}

static void what_is_joined_ends_with_the_meeting(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    join_both();
    region_id(HOME, id);
    d.count = 0;
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_int_equal(closes(), 2);
    assert_non_null(last(IC_PLACE_OUT_RELEASE));
    assert_null(ic_placement_at(d.p, 0));
    assert_int_equal(join(low), IC_PLACE_BUSY); /* and of what comes anew, all is said anew */
    assert_int_equal(carry(), IC_PLACE_GOOD);
    assert_int_equal(join(low), IC_PLACE_BUSY);
}

static void what_is_lost_between_two_is_asked_for_again(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    join_both();
    region_id(high, id);
    d.count = 0;
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_null(last(IC_PLACE_OUT_RELEASE)); /* the meeting goes on */
    assert_true(is_relayed(HOME) && is_relayed(low) && !is_relayed(high));
    hear_all();
    d.count = 0;
    pass(true);
    assert_true(is_about(last(IC_PLACE_OUT_JOIN), high));
    joined(high, IC_PLACE_GOOD);
    assert_true(is_relayed(high));
}

static void who_may_not_any_more_is_closed_alone(void **state)
{
    (void)state;
    join_both();
    region_claim(&d.facts, low, 1)->roles = IC_NODE_ROLE_MEDIA;
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_int_equal(closes(), 1);
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), low));
    assert_null(last(IC_PLACE_OUT_RELEASE));
    assert_true(is_relayed(HOME) && is_relayed(high) && !is_relayed(low));
    name_as(HOME, high, THEIRS, false); /* it has gone from there */
    assert_true(is_about(last(IC_PLACE_OUT_RELAY_CLOSE), high));
    assert_false(is_relayed(high));
}

/* ---- the meeting's node ---- */

static void gives(const char *name, uint16_t places)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    d.count = 0;
    ic_placement_relay_opened(d.p, d.now, MEETING, id, IC_PLACE_GOOD, places);
    drain();
}

static uint32_t told(const char *to, const char *of, bool carries)
{
    uint8_t node[IC_NODE_ID_LEN], other[IC_NODE_ID_LEN];
    uint32_t count = 0;
    region_id(to, node);
    region_id(of, other);
    for (size_t i = 0; i < d.count; i++) {
        const struct ic_place_out *out = &d.outs[i];
        count += out->kind == IC_PLACE_OUT_CARRIER && out->carries == carries &&
                 memcmp(out->node, node, sizeof node) == 0 &&
                 memcmp(out->other, other, sizeof other) == 0;
    }
    return count;
}

static const char *asked(void)
{
    static const char *names[] = {HOME, low, high};
    const struct ic_place_out *out = last(IC_PLACE_OUT_RELAY_OPEN);
    for (size_t i = 0; i < 3; i++)
        if (is_about(out, names[i]))
            return names[i];
    return NULL;
}

/* Two people are here, and no more: the next ones are elsewhere. */
static void the_meetings_node_asks_a_third_and_names_them(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    const char *at[3];
    hear_all();
    while (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2)
        ask();
    for (int i = 0; i < 3; i++) {
        for (int s = 0; s < 11; s++) { /* so long that they might be asked once more */
            pass_answered(1);
            hear_all();
        }
        ask();
        at[i] = asked();
        assert_non_null(at[i]);
        for (int k = 0; k < i; k++)
            assert_true(at[k] != at[i]); /* another one each time */
        gives(at[i], 1);
        assert_non_null(last(IC_PLACE_OUT_HERE));
        for (int k = 0; k < i; k++)
            assert_true(told(at[k], at[i], true) == 1 && told(at[i], at[k], true) == 1);
    }
    const struct ic_placed *m = ic_placement_at(d.p, 0);
    assert_true(m->away == 3 && m->places == 3 && m->relay_count == 3);
    ask();
    assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION); /* LIMIT: as many as receipts name */
    region_id(at[1], id);
    d.count = 0;
    ic_placement_relay_closed(d.p, d.now, MEETING, id);
    drain();
    assert_int_equal(ic_placement_at(d.p, 0)->places, 2);
    assert_true(told(at[0], at[1], false) == 1 && told(at[2], at[1], false) == 1);
    assert_int_equal(told(at[1], at[0], true), 0);
    region_claim(&d.facts, at[0], 1)->roles = IC_NODE_ROLE_MEDIA;
    d.facts.set.serial++;
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    assert_int_equal(told(at[2], at[0], false), 1);
    assert_int_equal(ic_placement_at(d.p, 0)->places, 1);
}

/* Who gives none, or is not reached, does not stand in the way of the next one. */
static void who_gave_no_places_is_asked_after_the_others(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN];
    const char *at[3];
    hear_all();
    while (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2)
        ask();
    for (int i = 0; i < 4; i++) {
        ask();
        const char *name = asked();
        assert_non_null(name);
        for (int k = 0; k < i && i < 3; k++)
            assert_true(at[k] != name);
        if (i < 3)
            at[i] = name;
        region_id(name, id);
        d.count = 0;
        ic_placement_relay_opened(d.p, d.now, MEETING, id, IC_PLACE_NO_CAPACITY_IN_REGION, 0);
        drain();
        assert_refused(IC_PLACE_NO_CAPACITY_IN_REGION);
    }
}

static void a_word_in_force_is_no_news(void **state)
{
    (void)state;
    uint32_t joins = 0;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    for (int i = 0; i < 200; i++) {
        name_as(HOME, high, THEIRS + (uint64_t)(i % 2) * (i > 100), true);
        for (size_t k = 0; k < d.count; k++)
            joins += d.outs[k].kind == IC_PLACE_OUT_JOIN;
    }
    assert_int_equal(joins, 1);
}

static void of_two_only_the_lower_id_asks(void **state)
{
    (void)state;
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, high, THEIRS, true);
    assert_int_equal(join(high), IC_PLACE_BUSY);
    joined(high, IC_PLACE_GOOD);
    assert_int_equal(ic_placement_at(d.p, 0)->relay_count, 2);
}

static void another_key_than_the_one_judged_is_closed(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN], other[IC_SHA256_LEN] = {1};
    assert_int_equal(carry(), IC_PLACE_GOOD);
    name_as(HOME, high, THEIRS, true);
    region_id(high, id);
    const uint8_t *good = region_claim(&d.facts, high, 1)->fingerprint;
    assert_int_equal(ic_placement_shown(d.p, MEETING, id, good), IC_PLACE_GOOD);
    d.count = 0;
    assert_int_equal(ic_placement_shown(d.p, MEETING, id, other), IC_PLACE_FINGERPRINT);
    drain();
    assert_int_equal(closes(), 1);
    joined(high, IC_PLACE_FINGERPRINT);
    assert_false(is_relayed(high));
}

static void another_key_gives_no_places(void **state)
{
    (void)state;
    uint8_t id[IC_NODE_ID_LEN], other[IC_SHA256_LEN] = {1};
    hear_all();
    while (ic_placement_at(d.p, 0) == NULL || ic_placement_at(d.p, 0)->people < 2)
        ask();
    ask();
    const char *at = asked();
    assert_non_null(at);
    region_id(at, id);
    assert_int_equal(
        ic_placement_shown(d.p, MEETING, id, region_claim(&d.facts, at, 1)->fingerprint),
        IC_PLACE_GOOD);
    assert_int_equal(ic_placement_shown(d.p, MEETING, id, other), IC_PLACE_FINGERPRINT);
    d.count = 0;
    drain();
    assert_int_equal(closes(), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_between, end)
    const struct CMUnitTest tests[] = {
        TEST(who_was_not_named_is_refused),
        TEST(another_key_than_the_one_judged_is_closed),
        TEST(another_key_gives_no_places),
        TEST(a_word_in_force_is_no_news),
        TEST(of_two_only_the_lower_id_asks),
        TEST(what_is_not_of_the_meeting_is_refused),
        TEST(who_may_not_relay_the_meeting_is_refused),
        TEST(a_policy_of_one_hop_has_no_carriers),
        TEST(the_lower_id_asks_and_asks_again),
        TEST(what_was_not_asked_for_is_not_taken),
        TEST(what_is_joined_ends_with_the_meeting),
        TEST(what_is_lost_between_two_is_asked_for_again),
        TEST(who_may_not_any_more_is_closed_alone),
        TEST(the_meetings_node_asks_a_third_and_names_them),
        TEST(who_gave_no_places_is_asked_after_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
