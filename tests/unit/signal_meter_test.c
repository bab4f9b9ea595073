/* Receipts as the hub sees them: intervals cut, workers asked, notes delivered or kept. */
#include "unit/signal_world.h"

#define IDS                                                                                        \
    "{\"type\":\"receipt_ids\",\"meeting\":\"AAECAwQFBgcICQoLDA0ODw\","                            \
    "\"member\":\"Dw4NDAsKCQgHBgUEAwIBAA\",\"seq\":0}"
#define PREV         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define START_S      1795424400
#define RECEIPT_NOTE "a note"

struct stage {
    struct world *w;
    struct meeting *m;
    struct person ana;
    struct ic_receipt_facts facts; /* of the last receipt */
    unsigned signed_count;
};

/* What the shell does with a receipt: here the note is a text, the hash its number. */
static void sign(struct stage *s)
{
    for (size_t i = 0; i < s->w->count; i++) {
        const struct ic_hub_out *out = &s->w->effects[i].out;
        if (out->kind != IC_HUB_RECEIPT)
            continue;
        uint8_t sha256[IC_SHA256_LEN] = {(uint8_t)(s->signed_count + 1)};
        s->facts = *out->receipt;
        s->signed_count++;
        ic_hub_on_receipt(s->w->hub, s->w->now, s->facts.token, (const uint8_t *)RECEIPT_NOTE,
                          strlen(RECEIPT_NOTE), sha256);
        world_drain(s->w);
        return;
    }
    fail_msg("no receipt");
}

static void pass(struct stage *s, int64_t ms)
{
    world_settle(s->w, ms);
}

static bool is_asked(const struct stage *s, uint64_t key)
{
    for (size_t i = 0; i < s->w->count; i++) {
        const struct world_effect *e = &s->w->effects[i];
        if (e->out.kind == IC_HUB_CMD && e->cmd->kind == IC_CMD_PEER_COUNT && e->cmd->peer == key)
            return true;
    }
    return false;
}

/* The worker answers: so many packets came and went since the beginning. */
static void count(struct stage *s, uint64_t key, uint64_t packets)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_COUNTS,
                         .peer = key,
                         .counts = {.packets_in = packets,
                                    .bytes_in = 100 * packets,
                                    .packets_out = 2 * packets,
                                    .bytes_out = 300 * packets,
                                    .dropped = packets / 10}};
    world_evt(s->w, &evt);
}

static struct stage begin_with(const char *ids, bool is_writing)
{
    struct ic_hub_config config = world_config();
    struct stage s = {.w = world_new(&config)};
    ic_hub_set_date(s.w->hub, FORGE_DATE);
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    ic_hub_set_receipts(s.w->hub, is_writing);
    s.ana = world_knock(s.w, 1, s.m, 1, (struct knocking){.with_authority = true});
    world_create(s.w, s.m, &s.ana);
    if (ids != NULL)
        world_say(s.w, 1, ids);
    ic_hub_set_date(s.w->hub, START_S);
    world_join(s.w, &s.ana);
    return s;
}

static void end(struct stage *s)
{
    free(s->m);
    world_delete(s->w);
}

static void a_receipt_a_minute(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"receipts\",\"writing\":true}"));
    pass(&s, 59999);
    assert_false(is_asked(&s, s.ana.key));
    pass(&s, 1);
    assert_true(is_asked(&s, s.ana.key));
    count(&s, s.ana.key, 1000);
    sign(&s);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"receipt\",\"receipt\":\"YSBub3Rl\"}"));
    assert_int_equal(s.facts.start_s, START_S);
    assert_int_equal(s.facts.length_s, 60);
    assert_int_equal(s.facts.chain.seq, 0);
    assert_int_equal(s.facts.counts.packets_in, 1000);
    assert_int_equal(s.facts.end, IC_METER_GOES_ON);
    assert_int_equal(s.facts.chain.meeting[1], 1);
    assert_int_equal(s.facts.chain.member[0], 15);
    uint8_t policy[IC_SHA256_LEN];
    const struct ic_part part = {s.m->policy, s.m->policy_len};
    assert_int_equal(ic_hash_sha256(&part, 1, policy), IC_OK);
    assert_memory_equal(s.facts.policy, policy, sizeof policy);
    /* The next one goes on where this one ended, whenever it was asked for and answered. */
    pass(&s, 60007);
    count(&s, s.ana.key, 1500);
    sign(&s);
    assert_int_equal(s.facts.start_s, START_S + 60);
    assert_int_equal(s.facts.length_s, 60);
    assert_int_equal(s.facts.chain.seq, 1);
    assert_int_equal(s.facts.chain.prev[0], 1);
    assert_int_equal(s.facts.counts.packets_in, 500);
    assert_int_equal(s.facts.counts.bytes_out, 150000);
    assert_int_equal(s.facts.counts.dropped, 50);
    end(&s);
}

static void who_gave_no_ids_gets_none(void **state)
{
    (void)state;
    struct stage s = begin_with(NULL, true);
    assert_null(world_heard(s.w, 1, "receipts"));
    pass(&s, 61000);
    assert_false(is_asked(&s, s.ana.key));
    end(&s);
}

static void a_node_without_a_certificate_says_so(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, false);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"receipts\",\"writing\":false}"));
    pass(&s, 61000);
    assert_false(is_asked(&s, s.ana.key));
    end(&s);
}

static void the_last_one_before_leaving(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    pass(&s, 12300);
    world_say(s.w, 1, "{\"type\":\"receipt_end\"}");
    assert_true(is_asked(&s, s.ana.key));
    world_say(s.w, 1, "{\"type\":\"receipt_end\"}");
    assert_false(is_asked(&s, s.ana.key)); /* once */
    count(&s, s.ana.key, 10);
    sign(&s);
    assert_int_equal(s.facts.end, IC_METER_LEAVE);
    assert_int_equal(s.facts.length_s, 13);
    count(&s, s.ana.key, 20); /* nobody asked */
    assert_null(world_find(s.w, IC_HUB_RECEIPT));
    pass(&s, 120000);
    assert_false(is_asked(&s, s.ana.key));
    end(&s);
}

static void a_draining_node_says_so_at_the_end(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    ic_hub_drain(s.w->hub, s.w->now);
    world_drain(s.w);
    world_say(s.w, 1, "{\"type\":\"receipt_end\"}");
    count(&s, s.ana.key, 10);
    sign(&s);
    assert_int_equal(s.facts.end, IC_METER_DRAIN);
    end(&s);
}

static void a_transport_that_is_lost_ends_with_what_was_counted(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    uint64_t key = s.ana.key;
    pass(&s, 30000);
    struct ic_evt lost = {.kind = IC_EVT_PEER_CLOSED,
                          .peer = key,
                          .reason = IC_PEER_REASON_CONSENT_LOST,
                          .counts = {.packets_in = 7, .bytes_in = 700}};
    world_evt(s.w, &lost);
    sign(&s);
    assert_int_equal(s.facts.end, IC_METER_LOST);
    assert_int_equal(s.facts.counts.packets_in, 7);
    assert_int_equal(s.facts.length_s, 30);
    /* The next transport goes on in the same chain, whatever the client says of it. */
    world_say(s.w, 1, IDS);
    world_join(s.w, &s.ana);
    assert_non_null(world_heard(s.w, 1, "\"writing\":true"));
    pass(&s, 60000);
    count(&s, s.ana.key, 5);
    sign(&s);
    assert_int_equal(s.facts.chain.seq, 1);
    assert_int_equal(s.facts.chain.prev[0], 1);
    assert_int_equal(s.facts.counts.packets_in, 5);
    end(&s);
}

static void a_join_again_ends_the_transport_before(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    uint64_t before = s.ana.key;
    pass(&s, 20000);
    world_place(s.w, &s.ana, NULL);
    assert_true(is_asked(&s, before)); /* before it is removed */
    assert_int_equal(s.w->effects[0].cmd->kind, IC_CMD_PEER_COUNT);
    count(&s, before, 9);
    sign(&s);
    assert_int_equal(s.facts.end, IC_METER_LOST);
    assert_int_equal(s.facts.length_s, 20);
    end(&s);
}

static void a_chain_goes_on_at_another_node(void **state)
{
    (void)state;
    struct stage s =
        begin_with("{\"type\":\"receipt_ids\",\"meeting\":\"AAECAwQFBgcICQoLDA0ODw\","
                   "\"member\":\"Dw4NDAsKCQgHBgUEAwIBAA\",\"seq\":41,\"prev\":\"" PREV "\"}",
                   true);
    pass(&s, 60000);
    count(&s, s.ana.key, 1);
    sign(&s);
    assert_int_equal(s.facts.chain.seq, 41);
    assert_int_equal(s.facts.chain.prev[31], 31);
    end(&s);
}

static void a_worker_that_does_not_answer_is_asked_again(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    pass(&s, 60000);
    assert_true(is_asked(&s, s.ana.key));
    pass(&s, IC_SIGNAL_WORKER_MS);
    assert_true(is_asked(&s, s.ana.key));
    count(&s, s.ana.key, 100);
    sign(&s);
    assert_int_equal(s.facts.length_s, 60);
    count(&s, s.ana.key, 101); /* the other answer: not a minute yet */
    assert_null(world_find(s.w, IC_HUB_RECEIPT));
    end(&s);
}

static void a_machine_that_slept_leaves_a_gap_and_makes_no_receipts_for_it(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    pass(&s, 3600000);
    ic_hub_set_date(s.w->hub, START_S + 3600);
    count(&s, s.ana.key, 100);
    sign(&s);
    assert_int_equal(s.facts.length_s, 60);
    pass(&s, 60000);
    count(&s, s.ana.key, 200);
    sign(&s);
    assert_int_equal(s.facts.start_s, START_S + 3600);
    assert_int_equal(s.facts.chain.seq, 1);
    end(&s);
}

static void what_could_not_be_delivered_comes_with_the_resume(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    pass(&s, 59000);
    world_close(s.w, 1, IC_HUB_LOST);
    pass(&s, 1000);
    count(&s, s.ana.key, 100);
    sign(&s);
    assert_null(world_find(s.w, IC_HUB_SEND));
    world_resume(s.w, 2, s.m, s.ana.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(s.w, 2, "\"receipt\":\"YSBub3Rl\""));
    pass(&s, 60000);
    count(&s, s.ana.key, 200);
    sign(&s);
    assert_non_null(world_heard(s.w, 2, "\"receipt\":\"YSBub3Rl\""));
    assert_int_equal(s.facts.chain.seq, 1);
    end(&s);
}

static void what_cannot_be_signed_takes_no_number(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    pass(&s, 60000);
    count(&s, s.ana.key, 100);
    const struct world_effect *e = world_find(s.w, IC_HUB_RECEIPT);
    assert_non_null(e);
    static const uint8_t none[IC_SHA256_LEN];
    ic_hub_on_receipt(s.w->hub, s.w->now, e->out.receipt->token, NULL, 0, none);
    world_drain(s.w);
    assert_int_equal(s.w->count, 0);
    pass(&s, 60000);
    count(&s, s.ana.key, 200);
    sign(&s);
    assert_int_equal(s.facts.chain.seq, 0);
    assert_int_equal(s.facts.start_s, START_S + 60);
    end(&s);
}

/* ---- of a person whose media another node carries ---- */

#define OTHER "b.example.org"

/* She joins, and the other node has made her transport. */
static void place_at_other(struct stage *s, bool is_writing)
{
    world_place(s->w, &s->ana, NULL);
    struct ic_evt ready = world_ready(s->ana.key);
    ready.node = OTHER;
    ready.writes_receipts = is_writing;
    world_evt(s->w, &ready);
}

static struct stage begin_at_other(bool is_writing)
{
    struct ic_hub_config config = world_config();
    struct stage s = {.w = world_new(&config)};
    ic_hub_set_date(s.w->hub, FORGE_DATE);
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    s.ana = world_knock(s.w, 1, s.m, 1, (struct knocking){.with_authority = true});
    world_create(s.w, s.m, &s.ana);
    world_say(s.w, 1, IDS);
    place_at_other(&s, is_writing);
    return s;
}

static const struct ic_cmd *told(const struct stage *s, enum ic_cmd_kind kind)
{
    for (size_t i = 0; i < s->w->count; i++) {
        const struct world_effect *e = &s->w->effects[i];
        if (e->out.kind == IC_HUB_CMD && e->cmd->kind == kind)
            return e->cmd;
    }
    return NULL;
}

/* As the other node would say the next one. */
static struct ic_receipt_came next_of(const struct stage *s, uint64_t seq)
{
    struct ic_receipt_came came = {.peer = s->ana.key,
                                   .node = OTHER,
                                   .note = (const uint8_t *)RECEIPT_NOTE,
                                   .len = strlen(RECEIPT_NOTE),
                                   .before = {.seq = seq - 1},
                                   .sha256 = {(uint8_t)seq}};
    for (uint8_t i = 0; i < IC_RECEIPT_ID_LEN; i++) {
        came.before.meeting[i] = i;
        came.before.member[i] = (uint8_t)(15 - i);
    }
    if (seq > 1)
        came.before.prev[0] = (uint8_t)(seq - 1);
    const struct ic_part part = {s->m->policy, s->m->policy_len};
    assert_int_equal(ic_hash_sha256(&part, 1, came.policy), IC_OK);
    return came;
}

static bool forwards(struct stage *s, const struct ic_receipt_came *came)
{
    ic_hub_on_receipt_came(s->w->hub, s->w->now, came);
    world_drain(s->w);
    return world_heard(s->w, 1, "\"receipt\":\"YSBub3Rl\"") != NULL;
}

static void who_is_carried_elsewhere_gets_that_nodes(void **state)
{
    (void)state;
    struct stage s = begin_at_other(true);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"receipts\",\"writing\":true}"));
    const struct ic_cmd *cmd = told(&s, IC_CMD_PEER_RECEIPTS);
    assert_non_null(cmd);
    assert_int_equal(cmd->peer, s.ana.key);
    assert_int_equal(cmd->chain.seq, 0);
    assert_int_equal(cmd->chain.member[0], 15);
    pass(&s, 61000);
    assert_false(is_asked(&s, s.ana.key)); /* that node counts, and has the time */
    struct ic_receipt_came came = next_of(&s, 1);
    assert_true(forwards(&s, &came));
    assert_false(forwards(&s, &came)); /* once */
    came = next_of(&s, 2);
    assert_true(forwards(&s, &came));
    world_say(s.w, 1, "{\"type\":\"receipt_end\"}");
    cmd = told(&s, IC_CMD_PEER_RECEIPT_END);
    assert_non_null(cmd);
    assert_int_equal(cmd->end, IC_METER_LEAVE);
    came = next_of(&s, 3);
    came.is_last = true;
    assert_true(forwards(&s, &came));
    came = next_of(&s, 4);
    assert_false(forwards(&s, &came)); /* nothing follows the last one */
    end(&s);
}

static void what_does_not_go_on_in_the_chain_is_dropped(void **state)
{
    (void)state;
    struct stage s = begin_at_other(true);
    struct ic_receipt_came came = next_of(&s, 1), good = came;
    assert_false(forwards(
        &s, &(struct ic_receipt_came){
                .peer = s.ana.key + 1, .node = OTHER, .note = came.note, .len = came.len}));
    came.node = "c.example.org"; /* another one, with a channel of its own */
    assert_false(forwards(&s, &came));
    came = next_of(&s, 2);
    assert_false(forwards(&s, &came));
    came = good;
    came.before.prev[5] = 1;
    assert_false(forwards(&s, &came));
    came = good;
    came.before.member[5] ^= 1;
    assert_false(forwards(&s, &came));
    came = good;
    came.before.meeting[5] ^= 1;
    assert_false(forwards(&s, &came));
    came = good;
    came.policy[5] ^= 1;
    assert_false(forwards(&s, &came));
    assert_true(forwards(&s, &good));
    end(&s);
}

/* Whom this node carries has no other node's receipts. */
static void who_is_carried_here_gets_this_nodes(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    struct ic_receipt_came came = next_of(&s, 1);
    assert_null(told(&s, IC_CMD_PEER_RECEIPTS));
    assert_false(forwards(&s, &came));
    end(&s);
}

static void another_node_without_a_key_says_so(void **state)
{
    (void)state;
    struct stage s = begin_at_other(false);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"receipts\",\"writing\":false}"));
    assert_null(told(&s, IC_CMD_PEER_RECEIPTS));
    struct ic_receipt_came came = next_of(&s, 1);
    assert_false(forwards(&s, &came));
    end(&s);
}

/* The last one of the transport before comes first; the next node goes on from it. */
static void a_chain_goes_on_over_transports_elsewhere(void **state)
{
    (void)state;
    struct stage s = begin_at_other(true);
    uint64_t before = s.ana.key;
    world_place(s.w, &s.ana, NULL);
    const struct ic_cmd *cmd = told(&s, IC_CMD_PEER_RECEIPT_END);
    assert_true(cmd != NULL && cmd->peer == before && cmd->end == IC_METER_LOST);
    struct ic_receipt_came came = next_of(&s, 1);
    came.peer = before;
    came.is_last = true;
    assert_true(forwards(&s, &came));
    struct ic_evt ready = world_ready(s.ana.key);
    ready.node = OTHER;
    ready.writes_receipts = true;
    world_evt(s.w, &ready);
    cmd = told(&s, IC_CMD_PEER_RECEIPTS);
    assert_non_null(cmd);
    assert_int_equal(cmd->peer, s.ana.key);
    assert_int_equal(cmd->chain.seq, 1);
    assert_int_equal(cmd->chain.prev[0], 1);
    came = next_of(&s, 2);
    assert_true(forwards(&s, &came));
    end(&s);
}

static void a_node_that_is_lost_signs_nothing_more(void **state)
{
    (void)state;
    struct stage s = begin_at_other(true);
    struct ic_evt lost = {
        .kind = IC_EVT_PEER_CLOSED, .peer = s.ana.key, .reason = IC_PEER_REASON_CLOSED_BY_PEER};
    pass(&s, 20000);
    world_evt(s.w, &lost);
    assert_null(world_find(s.w, IC_HUB_RECEIPT));
    struct ic_receipt_came came = next_of(&s, 1);
    assert_false(forwards(&s, &came));
    end(&s);
}

static void who_left_is_forgotten(void **state)
{
    (void)state;
    struct stage s = begin_with(IDS, true);
    uint64_t key = s.ana.key;
    world_say(s.w, 1, "{\"type\":\"leave\"}");
    count(&s, key, 3);
    assert_null(world_find(s.w, IC_HUB_RECEIPT));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receipt_a_minute),
        cmocka_unit_test(who_gave_no_ids_gets_none),
        cmocka_unit_test(a_node_without_a_certificate_says_so),
        cmocka_unit_test(the_last_one_before_leaving),
        cmocka_unit_test(a_draining_node_says_so_at_the_end),
        cmocka_unit_test(a_transport_that_is_lost_ends_with_what_was_counted),
        cmocka_unit_test(a_join_again_ends_the_transport_before),
        cmocka_unit_test(a_chain_goes_on_at_another_node),
        cmocka_unit_test(a_worker_that_does_not_answer_is_asked_again),
        cmocka_unit_test(a_machine_that_slept_leaves_a_gap_and_makes_no_receipts_for_it),
        cmocka_unit_test(what_could_not_be_delivered_comes_with_the_resume),
        cmocka_unit_test(what_cannot_be_signed_takes_no_number),
        cmocka_unit_test(who_left_is_forgotten),
        cmocka_unit_test(who_is_carried_elsewhere_gets_that_nodes),
        cmocka_unit_test(what_does_not_go_on_in_the_chain_is_dropped),
        cmocka_unit_test(who_is_carried_here_gets_this_nodes),
        cmocka_unit_test(another_node_without_a_key_says_so),
        cmocka_unit_test(a_chain_goes_on_over_transports_elsewhere),
        cmocka_unit_test(a_node_that_is_lost_signs_nothing_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
