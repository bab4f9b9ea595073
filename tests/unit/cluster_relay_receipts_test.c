/* Receipts of people whose media another node carries: that node counts, signs and says them; they
 * are of one chain, the last one comes although its person has gone, and nothing that the other
 * node says is forwarded unless it is a receipt of that node. */
#include "unit/cluster_bridges.h"

static const struct ic_receipt_chain first = {.meeting = {1}, .member = {2}};

static enum ic_err receipts(uint64_t peer, const struct ic_receipt_chain *chain)
{
    struct ic_cmd c = {.kind = IC_CMD_PEER_RECEIPTS, .peer = peer, .chain = *chain};
    enum ic_err e = ic_relay_bridge_cmd(ends[0].bridge, &c);
    settle();
    return e;
}

static enum ic_err end_receipts(uint64_t peer, enum ic_meter_end why)
{
    struct ic_cmd c = {.kind = IC_CMD_PEER_RECEIPT_END, .peer = peer, .end = why};
    enum ic_err e = ic_relay_bridge_cmd(ends[0].bridge, &c);
    settle();
    return e;
}

/* Somebody of ours at the other node, with receipts. */
static struct held *begin(void)
{
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    assert_true(last_evt(0)->writes_receipts);
    assert_int_equal(receipts(501, &first), IC_OK);
    struct held *guest = person_at(1, 1);
    assert_non_null(guest);
    return guest;
}

/* Events that the other node's worker was slow to say. */
static void answer_late(void)
{
    for (uint32_t i = 0; i < ends[1].late_count; i++)
        (void)ic_relay_bridge_on_evt(ends[1].bridge, now, &ends[1].late[i]);
    ends[1].late_count = 0;
    settle();
}

static struct ic_receipt_chain newest(void)
{
    struct ic_receipt_chain chain = first;
    chain.seq = ends[0].receipt.seq;
    memcpy(chain.prev, ends[0].receipt.sha256, sizeof chain.prev);
    return chain;
}

static void a_receipt_a_minute_comes_back(void **state)
{
    (void)state;
    struct held *guest = begin();
    uint64_t begun_s = date_of(NULL);
    guest->packets = 1000;
    pass(59000);
    assert_int_equal(ends[0].came_count, 0);
    pass(1000);
    assert_int_equal(ends[0].came_count, 1);
    const struct ic_receipt *r = &ends[0].receipt;
    assert_string_equal(r->node, "b.example.org");
    assert_string_equal(ends[0].came.node, "b.example.org");
    assert_int_equal(ends[0].came.peer, 501);
    assert_int_equal(r->start_s, begun_s);
    assert_int_equal(r->length_s, 60);
    assert_int_equal(r->in.packets, 1000);
    assert_int_equal(r->seq, 1);
    assert_false(ends[0].came.is_last);
    assert_int_equal(ends[0].came.before.seq, 0);
    uint8_t hash[IC_SHA256_LEN], before[IC_SHA256_LEN];
    const struct ic_part part = {policy, sizeof policy};
    assert_int_equal(ic_hash_sha256(&part, 1, hash), IC_OK);
    assert_memory_equal(r->policy, hash, sizeof hash);
    memcpy(before, r->sha256, sizeof before);
    guest->packets = 1400;
    pass(60000);
    assert_int_equal(ends[0].came_count, 2);
    assert_int_equal(r->in.packets, 400);
    assert_int_equal(r->start_s, begun_s + 60);
    assert_int_equal(r->seq, 2);
    assert_memory_equal(r->prev, before, sizeof before);
    check_whole();
}

static void the_last_one_is_said_at_once(void **state)
{
    (void)state;
    begin();
    pass(10000);
    assert_int_equal(end_receipts(501, IC_METER_DRAIN), IC_OK);
    assert_int_equal(ends[0].came_count, 1);
    assert_true(ends[0].came.is_last);
    assert_int_equal(ends[0].receipt.end, IC_RECEIPT_END_DRAIN);
    assert_int_equal(ends[0].receipt.length_s, 11); /* begun seconds */
    assert_int_equal(receipts(501, &first), IC_OK); /* no second chain for one transport */
    pass(130000);
    assert_int_equal(ends[0].came_count, 1);
    check_whole();
}

static void a_transport_that_is_lost_ends_with_what_was_counted(void **state)
{
    (void)state;
    struct held *guest = begin();
    struct ic_evt closed = {.kind = IC_EVT_PEER_CLOSED,
                            .peer = guest->key,
                            .reason = IC_PEER_REASON_CONSENT_LOST,
                            .counts = {.packets_in = 7}};
    *guest = (struct held){0};
    pass(20000);
    tell(1, &closed);
    settle();
    assert_int_equal(ends[0].came_count, 1);
    assert_int_equal(ends[0].receipt.end, IC_RECEIPT_END_LOST);
    assert_int_equal(ends[0].receipt.in.packets, 7);
    assert_int_equal(last_evt(0)->kind, IC_EVT_PEER_CLOSED);
    check_whole();
}

/* He joins again: his old transport is counted, then removed, and the new one goes on from it. */
static void who_joins_again_goes_on_from_the_last_one(void **state)
{
    (void)state;
    begin()->packets = 5;
    ends[1].is_slow = true;
    pass(20000);
    assert_int_equal(end_receipts(501, IC_METER_LOST), IC_OK);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    assert_int_equal(ic_relay_bridge_guests(ends[1].bridge), 0); /* his place is free */
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 502), IC_OK);
    assert_int_equal(ends[0].came_count, 0);
    answer_late();
    assert_int_equal(ends[0].came_count, 1);
    assert_int_equal(ends[0].came.peer, 501);
    assert_int_equal(ends[0].receipt.end, IC_RECEIPT_END_LOST);
    assert_int_equal(ends[0].receipt.in.packets, 5);
    struct ic_receipt_chain chain = newest();
    assert_int_equal(receipts(502, &chain), IC_OK);
    ends[1].is_slow = false;
    pass(60000);
    assert_int_equal(ends[0].came.peer, 502);
    assert_int_equal(ends[0].receipt.seq, 2);
    assert_memory_equal(ends[0].receipt.prev, chain.prev, sizeof chain.prev);
    check_whole();
}

static void a_worker_that_does_not_count_is_asked_again(void **state)
{
    (void)state;
    begin();
    ends[1].is_slow = true;
    pass(60000);
    assert_int_equal(ends[1].late_count, 1);
    pass(IC_SIGNAL_WORKER_MS);
    assert_int_equal(ends[1].late_count, 2);
    answer_late();
    assert_int_equal(ends[0].came_count, 1); /* the other answer is not of a whole minute */
    assert_int_equal(ends[0].receipt.length_s, 60);
    check_whole();
}

/* Nobody is kept for a worker that has nothing to say of him. */
static void whoever_is_not_counted_is_forgotten(void **state)
{
    (void)state;
    begin();
    ends[1].is_slow = true;
    assert_int_equal(end_receipts(501, IC_METER_LOST), IC_OK);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    pass(IC_SIGNAL_WORKER_MS);
    assert_false(ic_relay_bridge_on_evt(ends[1].bridge, now, &ends[1].late[0]));
    assert_int_equal(ends[0].came_count, 0);
    check_whole();
}

static void what_closes_meanwhile_leaves_nobody(void **state)
{
    (void)state;
    begin();
    ends[1].is_slow = true;
    assert_int_equal(end_receipts(501, IC_METER_LOST), IC_OK);
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    ic_relay_bridge_close(ends[0].bridge, now, meeting);
    settle();
    assert_false(ic_relay_bridge_on_evt(ends[1].bridge, now, &ends[1].late[0]));
    assert_int_equal(ends[0].came_count, 0);
    check_whole();
}

static void who_was_removed_gets_none(void **state)
{
    (void)state;
    begin();
    ends[1].is_slow = true;
    pass(60000); /* one is asked for */
    assert_int_equal(cmd(0, IC_CMD_PEER_REMOVE, 501), IC_OK);
    assert_false(ic_relay_bridge_on_evt(ends[1].bridge, now, &ends[1].late[0]));
    assert_int_equal(ends[0].came_count, 0);
    check_whole();
}

static void a_node_without_a_key_says_so(void **state)
{
    (void)state;
    ends[1].is_silent = true;
    open_meeting(0, meeting, 1);
    assert_int_equal(cmd(0, IC_CMD_PEER_ADD, 501), IC_OK);
    assert_false(last_evt(0)->writes_receipts);
    assert_int_equal(receipts(501, &first), IC_OK);
    pass(61000);
    assert_int_equal(end_receipts(501, IC_METER_LEAVE), IC_OK);
    assert_int_equal(ends[0].came_count, 0);
    check_whole();
}

/* ---- lies ---- */

/* The other node says these bytes as a receipt of 501. */
static void say(const uint8_t *note, size_t len)
{
    struct ic_relay_message m = {.kind = IC_RELAY_TRANSPORT,
                                 .news = IC_RELAY_NEWS_RECEIPT,
                                 .person = 501,
                                 .note = note,
                                 .note_len = len};
    memcpy(m.meeting, meeting, sizeof m.meeting);
    assert_int_equal(ic_relay_channel_say(ends[1].channel, &m), IC_OK);
    settle();
}

static void what_is_no_receipt_ends_the_channel(void **state)
{
    (void)state;
    begin();
    say((const uint8_t *)"a note", 6);
    assert_int_equal(ends[0].came_count, 0);
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
}

/* Of our own node, or of a third one: nobody but it may have carried him. */
static void a_receipt_of_another_node_ends_the_channel(void **state)
{
    (void)state;
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN];
    struct ic_receipt_facts facts = {.chain = first, .start_s = DATE_S, .length_s = 60};
    begin();
    say(note, sign(&ends[0], &facts, note, sha256));
    assert_int_equal(ends[0].came_count, 0);
    assert_true(ic_relay_bridge_is_broken(ends[0].bridge));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_receipt_a_minute_comes_back),
        TEST(the_last_one_is_said_at_once),
        TEST(a_transport_that_is_lost_ends_with_what_was_counted),
        TEST(who_joins_again_goes_on_from_the_last_one),
        TEST(a_worker_that_does_not_count_is_asked_again),
        TEST(whoever_is_not_counted_is_forgotten),
        TEST(what_closes_meanwhile_leaves_nobody),
        TEST(who_was_removed_gets_none),
        TEST(a_node_without_a_key_says_so),
        TEST(what_is_no_receipt_ends_the_channel),
        TEST(a_receipt_of_another_node_ends_the_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
