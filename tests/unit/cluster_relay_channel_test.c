/* Channels between two nodes: two ends joined by pipes that deliver when the test says so. What may
 * be said and what ends the channel; asks that cross; and stories of any order, in which two ends
 * that keep the rules never part and agree in the end. */
#include <stdlib.h>

#include "support/cmocka_all.h"

#include "base/prng.h"
#include "cluster/relay_channel.h"

#define PIPE_MAX 2000000
#define NEWS_MAX 256

static const struct ic_time NOW = {.us = 5000000};
static const uint8_t policy[] = "policy";

struct end {
    struct ic_relay_channel *channel;
    uint8_t *pipe; /* to the other end */
    size_t pipe_len;
    uint32_t told; /* kinds of what was told, and of what */
    enum ic_relay_channel_out_kind kinds[NEWS_MAX];
    enum ic_relay_message_kind said[NEWS_MAX];
    struct ic_relay_channel_out last;
    uint16_t gives; /* places to whoever asks; 0: it says no later */
    bool is_dead;
};

static struct end ends[2];

static int set_up(void **state)
{
    (void)state;
    memset(ends, 0, sizeof ends);
    for (uint32_t i = 0; i < 2; i++) {
        struct ic_relay_channel_config config = {
            .has_lower_id = i == 0, .worker_count = 2, .seed = {1, 2}};
        ends[i].channel = ic_relay_channel_create(&config);
        ends[i].pipe = malloc(PIPE_MAX);
        ends[i].gives = 10;
        assert_non_null(ends[i].channel);
        assert_non_null(ends[i].pipe);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        ic_relay_channel_destroy(ends[i].channel);
        free(ends[i].pipe);
    }
    return 0;
}

/* ---- what an end is told ---- */

static void note(struct end *e, const struct ic_relay_channel_out *out)
{
    uint32_t i = e->told++ % NEWS_MAX;
    e->kinds[i] = out->kind;
    e->said[i] = out->kind == IC_RELAY_CHANNEL_SAID ? out->message->kind : 0;
    e->last = *out;
    e->is_dead = e->is_dead || out->kind == IC_RELAY_CHANNEL_DEAD;
    bool is_join = out->kind == IC_RELAY_CHANNEL_ASKED && out->message->kind == IC_RELAY_JOIN;
    if (is_join && e->gives > 0) {
        ic_relay_channel_answer(e->channel, out->meeting, IC_PLACE_GOOD, 0, 1);
    } else if (out->kind == IC_RELAY_CHANNEL_ASKED && e->gives > 0) {
        assert_int_equal(out->message->policy_len, sizeof policy);
        assert_memory_equal(out->message->policy, policy, sizeof policy);
        ic_relay_channel_answer(e->channel, out->meeting, IC_PLACE_GOOD, e->gives, 1);
    }
}

static void listen(struct end *e)
{
    struct ic_relay_channel_out out;
    while (ic_relay_channel_poll(e->channel, &out))
        note(e, &out);
}

static void collect(struct end *e)
{
    size_t len;
    const uint8_t *bytes = ic_relay_channel_bytes(e->channel, &len);
    assert_true(e->pipe_len + len <= PIPE_MAX);
    memcpy(&e->pipe[e->pipe_len], bytes, len);
    e->pipe_len += len;
    ic_relay_channel_sent(e->channel, len);
}

/* So many bytes of what this end has said arrive. */
static void deliver(uint32_t from, size_t len)
{
    struct end *e = &ends[from], *other = &ends[1 - from];
    collect(e);
    size_t done = 0;
    len = len < e->pipe_len ? len : e->pipe_len;
    while (done < len) {
        done += ic_relay_channel_input(other->channel, &e->pipe[done], len - done);
        listen(other);
    }
    e->pipe_len -= done;
    memmove(e->pipe, &e->pipe[done], e->pipe_len);
}

static void settle(void)
{
    for (int i = 0; i < 64; i++) {
        deliver(0, PIPE_MAX);
        deliver(1, PIPE_MAX);
        listen(&ends[0]);
        listen(&ends[1]);
    }
}

static bool was_told(const struct end *e, enum ic_relay_channel_out_kind kind)
{
    return e->told > 0 && e->kinds[(e->told - 1) % NEWS_MAX] == kind;
}

/* ---- what an end says ---- */

static struct ic_relay_message begin(enum ic_relay_message_kind kind, uint8_t meeting)
{
    struct ic_relay_message m = {.kind = kind, .policy = policy, .policy_len = sizeof policy};
    m.meeting[0] = meeting;
    m.hops = 2;
    m.places = 10;
    m.generation = 100;
    m.person = 1;
    strcpy(m.ufrag, "abcdefghijkl");
    strcpy(m.pwd, "abcdefghijklmnopqrstuvwx");
    m.address = ic_addr_v4(192, 0, 2, 1, 10000);
    m.source = IC_SOURCE_CAMERA;
    strcpy(m.client.ufrag, "abcd");
    strcpy(m.client.pwd, "abcdefghijklmnopqrstuvwx");
    m.act = IC_RELAY_ACT_MAKE;
    m.news = IC_RELAY_NEWS_CONNECTED;
    m.why = IC_PEER_REASON_FULL;
    return m;
}

static enum ic_err ask(uint32_t end, uint8_t meeting, uint64_t generation)
{
    struct ic_relay_message m = begin(IC_RELAY_OPEN, meeting);
    m.generation = generation;
    return ic_relay_channel_open(ends[end].channel, NOW, &m);
}

static enum ic_err say(uint32_t end, const struct ic_relay_message *m)
{
    return ic_relay_channel_say(ends[end].channel, m);
}

static enum ic_err ask_to_join(uint32_t end, uint8_t meeting, uint64_t generation)
{
    struct ic_relay_message m = begin(IC_RELAY_JOIN, meeting);
    m.generation = generation;
    m.policy_sha256[0] = 6;
    return ic_relay_channel_open(ends[end].channel, NOW, &m);
}

static void open_at_both(uint8_t meeting)
{
    assert_int_equal(ask(0, meeting, 100), IC_OK);
    settle();
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_ANSWERED));
    assert_int_equal(ends[0].last.reason, IC_PLACE_GOOD);
    assert_int_equal(ends[0].last.places, 10);
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_ASKED));
}

static void name_relay(void)
{
    struct ic_relay_message m = begin(IC_RELAY_NAMES, 0);
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(say(i, &m), IC_OK);
    settle();
}

static enum ic_err number(uint32_t end, uint8_t meeting, uint32_t n)
{
    struct ic_relay_message m = begin(IC_RELAY_MEETING, meeting);
    m.number = n;
    return say(end, &m);
}

static enum ic_err act(uint32_t end, uint8_t meeting, enum ic_relay_act what, uint64_t person)
{
    struct ic_relay_message m = begin(IC_RELAY_PERSON, meeting);
    m.act = what;
    m.person = person;
    return say(end, &m);
}

static enum ic_err tell(uint32_t end, uint8_t meeting, enum ic_relay_news what, uint64_t person)
{
    struct ic_relay_message m = begin(IC_RELAY_TRANSPORT, meeting);
    m.news = what;
    m.person = person;
    return say(end, &m);
}

/* Said by somebody who does not ask whether he may: it arrives at end 1. */
static void force(const struct ic_relay_message *m)
{
    struct ic_wr w = ic_wr_init(&ends[0].pipe[ends[0].pipe_len], PIPE_MAX - ends[0].pipe_len);
    ic_relay_message_write(&w, m);
    assert_true(ic_wr_ok(&w));
    ends[0].pipe_len += w.len;
    deliver(0, PIPE_MAX);
}

static uint32_t end_count(uint32_t end, enum ic_relay_channel_out_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < ends[end].told; i++)
        count += ends[end].kinds[i] == kind;
    return count;
}

/* ---- tests ---- */

static void a_meeting_is_opened_used_and_closed(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7};
    open_at_both(7);
    name_relay();
    assert_int_equal(number(0, 7, 1), IC_OK);
    struct ic_relay_message source = begin(IC_RELAY_SOURCE, 0), wanted = begin(IC_RELAY_WANTED, 0);
    source.number = wanted.number = 1;
    assert_int_equal(say(0, &source), IC_OK);
    settle();
    assert_int_equal(say(1, &wanted), IC_OK);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
    settle();
    assert_int_equal(tell(1, 7, IC_RELAY_NEWS_CONNECTED, 5), IC_OK);
    settle();
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(ic_relay_channel_people(ends[i].channel), 1);
        assert_int_equal(ic_relay_channel_meetings(ends[i].channel), 1);
    }
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_SAID));
    ic_relay_channel_close(ends[0].channel, NOW, meeting);
    settle();
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_CLOSED));
    assert_int_equal(end_count(0, IC_RELAY_CHANNEL_CLOSED), 0);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(ic_relay_channel_people(ends[i].channel), 0);
        assert_int_equal(ic_relay_channel_meetings(ends[i].channel), 0);
        assert_true(ic_time_is_never(ic_relay_channel_deadline(ends[i].channel)));
    }
    assert_int_equal(number(0, 7, 3), IC_ERR_STATE);
    open_at_both(7); /* and once more */
}

static void no_places_no_meeting(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7};
    ends[1].gives = 0;
    assert_int_equal(ask(0, 7, 100), IC_OK);
    assert_int_equal(ask(0, 7, 100), IC_ERR_STATE);
    settle();
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_ASKED));
    ic_relay_channel_answer(ends[1].channel, meeting, IC_PLACE_DRAINING, 10, 0);
    settle();
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_ANSWERED));
    assert_int_equal(ends[0].last.reason, IC_PLACE_DRAINING);
    assert_int_equal(ends[0].last.places, 0);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_ERR_STATE);
}

static void who_does_not_answer_gives_nothing(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7};
    ends[1].gives = 0;
    assert_int_equal(ask(0, 7, 100), IC_OK);
    settle();
    struct ic_time late = ic_relay_channel_deadline(ends[0].channel);
    assert_int_equal(ic_time_sub(late, NOW).us, IC_RELAY_ANSWER_MS * 1000);
    ic_relay_channel_tick(ends[0].channel, late);
    listen(&ends[0]);
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_ANSWERED));
    assert_int_equal(ends[0].last.reason, IC_PLACE_NO_CAPACITY_IN_REGION);
    ic_relay_channel_answer(ends[1].channel, meeting, IC_PLACE_GOOD, 10,
                            0); /* it crosses the close */
    settle();
    assert_int_equal(ic_relay_channel_meetings(ends[0].channel), 0);
    assert_int_equal(ic_relay_channel_meetings(ends[1].channel), 0);
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_CLOSED));
    /* And who does not answer a close, either, ends the channel. */
    assert_int_equal(ask(0, 8, 100), IC_OK);
    for (int i = 0; i < 2; i++)
        ic_relay_channel_tick(ends[0].channel, ic_relay_channel_deadline(ends[0].channel));
    listen(&ends[0]);
    assert_true(ends[0].is_dead);
}

static void of_two_asks_that_cross_the_higher_generation_has_the_meeting(void **state)
{
    (void)state;
    assert_int_equal(ask(0, 7, 100), IC_OK);
    assert_int_equal(ask(1, 7, 101), IC_OK);
    settle();
    assert_int_equal(end_count(0, IC_RELAY_CHANNEL_ASKED), 1);
    assert_int_equal(end_count(1, IC_RELAY_CHANNEL_ASKED), 0);
    assert_int_equal(ends[0].kinds[0], IC_RELAY_CHANNEL_ANSWERED); /* no, before it is asked */
    assert_int_equal(ends[1].last.reason, IC_PLACE_GOOD);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_ERR_STATE);
    assert_int_equal(act(1, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
    settle();
    assert_int_equal(ic_relay_channel_people(ends[0].channel), 1);
    /* The same generation at two nodes: neither. */
    assert_int_equal(ask(0, 8, 100), IC_OK);
    assert_int_equal(ask(1, 8, 100), IC_OK);
    settle();
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(ic_relay_channel_meetings(ends[i].channel), 1);
        assert_int_equal(ends[i].last.reason, IC_PLACE_TAKEN_OVER);
        assert_false(ends[i].is_dead);
    }
}

/* The answer to an ask that gave way arrives when the next one has been sent: it is not its answer.
 */
static void an_answer_is_of_the_ask_that_it_was_made_for(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7};
    assert_int_equal(ask(0, 7, 100), IC_OK);
    collect(&ends[0]); /* it is on its way for long */
    assert_int_equal(ask(1, 7, 101), IC_OK);
    deliver(1, PIPE_MAX);
    assert_int_equal(end_count(0, IC_RELAY_CHANNEL_ASKED), 1);
    ic_relay_channel_close(ends[1].channel, NOW, meeting);
    deliver(1, PIPE_MAX);
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_CLOSED));
    assert_int_equal(ask(0, 7, 101), IC_OK);
    settle();
    for (uint32_t i = 0; i < 2; i++)
        assert_true(ic_relay_channel_has(ends[i].channel, meeting));
}

/* An ask that was given up crosses one of the other node: the close is of the former. */
static void a_close_is_of_the_ask_that_was_given_up(void **state)
{
    (void)state;
    assert_int_equal(ask(0, 7, 100), IC_OK);
    ic_relay_channel_tick(ends[0].channel, ic_relay_channel_deadline(ends[0].channel));
    listen(&ends[0]);
    collect(&ends[0]);
    assert_int_equal(ask(1, 7, 101), IC_OK);
    deliver(1, PIPE_MAX);
    settle();
    assert_int_equal(end_count(1, IC_RELAY_CHANNEL_ANSWERED), 1);
    assert_int_equal(ends[1].last.reason, IC_PLACE_BUSY);
    assert_int_equal(ask(1, 7, 101), IC_OK);
    settle();
    assert_int_equal(ic_relay_channel_meetings(ends[0].channel), 1);
    assert_int_equal(ic_relay_channel_meetings(ends[1].channel), 1);
}

static void a_lower_generation_than_one_that_was_heard_is_refused(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7};
    open_at_both(7);
    ic_relay_channel_close(ends[1].channel, NOW, meeting);
    settle();
    assert_int_equal(ask(1, 7, 99), IC_ERR_STATE);
    struct ic_relay_message old = begin(IC_RELAY_OPEN, 7);
    old.generation = 99;
    force(&old);
    settle();
    assert_int_equal(end_count(1, IC_RELAY_CHANNEL_ASKED), 1);
    assert_int_equal(ic_relay_channel_meetings(ends[1].channel), 0);
}

static void numbers_rise_and_are_of_whoever_gives_them(void **state)
{
    (void)state;
    open_at_both(7);
    assert_int_equal(number(0, 7, 1), IC_ERR_STATE); /* no relay */
    name_relay();
    assert_int_equal(number(0, 7, 2), IC_ERR_STATE);
    assert_int_equal(number(1, 7, 2), IC_ERR_STATE); /* its meeting it is not */
    assert_int_equal(number(0, 7, 3), IC_OK);
    assert_int_equal(number(0, 7, 3), IC_ERR_STATE);
    assert_int_equal(number(0, 7, 1), IC_ERR_STATE);
    assert_int_equal(number(0, 7, 5), IC_OK);
    struct ic_relay_message source = begin(IC_RELAY_SOURCE, 0);
    source.number = 3;
    assert_int_equal(say(0, &source), IC_ERR_STATE); /* it is number 5 now */
    source.number = 5;
    assert_int_equal(say(0, &source), IC_OK);
    settle();
    /* Names once more: another relay, on which nothing is yet, and no number comes again. */
    struct ic_relay_message names = begin(IC_RELAY_NAMES, 0);
    assert_int_equal(say(1, &names), IC_OK);
    assert_int_equal(say(0, &source), IC_OK); /* on its way when they come */
    settle();
    assert_int_equal(say(0, &source), IC_ERR_STATE);
    assert_int_equal(number(0, 7, 7), IC_ERR_STATE);
    assert_int_equal(say(0, &names), IC_OK);
    assert_int_equal(number(0, 7, 5), IC_ERR_STATE);
    assert_int_equal(number(0, 7, 7), IC_OK);
    settle();
    assert_false(ends[0].is_dead || ends[1].is_dead);
}

static void people_are_as_many_as_there_are_places(void **state)
{
    (void)state;
    ends[1].gives = 2;
    assert_int_equal(ask(0, 7, 100), IC_OK);
    settle();
    assert_int_equal(ends[0].last.places, 2);
    assert_int_equal(act(1, 7, IC_RELAY_ACT_MAKE, 5), IC_ERR_STATE);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_ERR_STATE);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 6), IC_OK);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 7), IC_ERR_STATE);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_MEDIA, 7), IC_ERR_STATE);
    settle();
    /* He goes at both ends at once. */
    assert_int_equal(tell(1, 7, IC_RELAY_NEWS_REFUSED, 5), IC_OK);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_REMOVE, 5), IC_OK);
    settle();
    assert_int_equal(tell(1, 7, IC_RELAY_NEWS_CONNECTED, 5), IC_ERR_STATE);
    /* His last receipt comes all the same. */
    struct ic_relay_message receipt = begin(IC_RELAY_TRANSPORT, 7);
    receipt.news = IC_RELAY_NEWS_RECEIPT;
    receipt.person = 5;
    receipt.note = (const uint8_t *)"n";
    receipt.note_len = 1;
    assert_int_equal(say(1, &receipt), IC_OK);
    assert_int_equal(say(0, &receipt), IC_ERR_STATE);
    settle();
    for (uint32_t i = 0; i < 2; i++)
        assert_int_equal(ic_relay_channel_people(ends[i].channel), 1);
    assert_int_equal(act(0, 7, IC_RELAY_ACT_KEY_FRAMES, 0), IC_OK);
    settle();
    assert_false(ends[0].is_dead || ends[1].is_dead);
    struct ic_relay_message more = begin(IC_RELAY_PERSON, 7);
    more.person = 8;
    force(&more);
    more.person = 9;
    force(&more);
    assert_true(ends[1].is_dead);
}

/* Two nodes that carry it: a relay, and nothing else of it. */
static void a_meeting_of_a_third_node_is_joined(void **state)
{
    (void)state;
    uint8_t meeting[IC_MEETING_ID_LEN] = {7}, sha256[IC_SHA256_LEN];
    struct ic_relay_message carrier = begin(IC_RELAY_CARRIER, 7);
    assert_int_equal(ask_to_join(0, 7, 100), IC_OK);
    settle();
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_ANSWERED));
    assert_int_equal(ends[0].last.reason, IC_PLACE_GOOD);
    assert_int_equal(ends[0].last.places, 0);
    assert_int_equal(ends[0].last.worker, 1);
    ic_relay_channel_policy(ends[1].channel, meeting, sha256);
    assert_int_equal(sha256[0], 6);
    name_relay();
    assert_int_equal(number(1, 7, 2), IC_ERR_STATE); /* whoever has asked puts it on the relay */
    assert_int_equal(number(0, 7, 1), IC_OK);
    for (uint32_t i = 0; i < 2; i++) {
        assert_int_equal(act(i, 7, IC_RELAY_ACT_MAKE, 5), IC_ERR_STATE);
        assert_int_equal(act(i, 7, IC_RELAY_ACT_KEY_FRAMES, 0), IC_ERR_STATE);
        assert_int_equal(tell(i, 7, IC_RELAY_NEWS_CONNECTED, 5), IC_ERR_STATE);
        assert_int_equal(say(i, &carrier), IC_ERR_STATE);
    }
    settle();
    ic_relay_channel_close(ends[1].channel, NOW, meeting);
    settle();
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_CLOSED));
    /* No is no, and the same meeting may be opened between the same nodes later. */
    ends[1].gives = 0;
    assert_int_equal(ask_to_join(0, 7, 100), IC_OK);
    settle();
    ic_relay_channel_answer(ends[1].channel, meeting, IC_PLACE_BUSY, 0, 0);
    settle();
    assert_int_equal(ends[0].last.reason, IC_PLACE_BUSY);
    ends[0].gives = 10;
    assert_int_equal(ask(1, 7, 101), IC_OK);
    settle();
    assert_int_equal(act(1, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
    settle();
    assert_false(ends[0].is_dead || ends[1].is_dead);
}

/* A node becomes the meeting's while another one asks for what was before. */
static void a_join_that_crosses_an_open_gives_way(void **state)
{
    (void)state;
    assert_int_equal(ask_to_join(0, 7, 100), IC_OK);
    assert_int_equal(ask(1, 7, 101), IC_OK);
    settle();
    assert_int_equal(ends[0].kinds[0], IC_RELAY_CHANNEL_ANSWERED);
    assert_int_equal(ends[1].last.reason, IC_PLACE_GOOD);
    assert_int_equal(act(1, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
    settle();
    assert_int_equal(ic_relay_channel_people(ends[0].channel), 1);
    assert_false(ends[0].is_dead || ends[1].is_dead);
}

static void only_the_meetings_node_names_carriers(void **state)
{
    (void)state;
    struct ic_relay_message carrier = begin(IC_RELAY_CARRIER, 7);
    carrier.node[0] = 9;
    carrier.carries = true;
    assert_int_equal(say(0, &carrier), IC_ERR_STATE); /* it is not at both */
    open_at_both(7);
    assert_int_equal(say(1, &carrier), IC_ERR_STATE);
    assert_int_equal(say(0, &carrier), IC_OK);
    settle();
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_SAID));
    assert_int_equal(ends[1].said[ends[1].told - 1], IC_RELAY_CARRIER);
    assert_int_equal(ends[1].last.message->node[0], 9);
}

/* Said by somebody who does not ask whether he may, of what is joined; or as another answer. */
static void what_is_out_of_order_of_what_is_joined_ends_all(void **state)
{
    (void)state;
    struct ic_relay_message wrong[] = {
        begin(IC_RELAY_PERSON, 7), begin(IC_RELAY_TRANSPORT, 7), begin(IC_RELAY_CARRIER, 7),
        begin(IC_RELAY_JOIN, 7),   begin(IC_RELAY_OPEN, 7),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tear_down(NULL);
        set_up(NULL);
        assert_int_equal(ask_to_join(0, 7, 100), IC_OK);
        settle();
        force(&wrong[i]);
        assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_DEAD));
    }
    for (int is_join = 0; is_join < 2; is_join++) { /* the other one's answer */
        tear_down(NULL);
        set_up(NULL);
        ends[0].gives = ends[1].gives = 0;
        assert_int_equal(is_join ? ask_to_join(1, 7, 100) : ask(1, 7, 100), IC_OK);
        settle();
        struct ic_relay_message answer = begin(is_join ? IC_RELAY_OPENED : IC_RELAY_JOINED, 7);
        force(&answer);
        assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_DEAD));
    }
}

static void what_is_out_of_order_ends_all(void **state)
{
    (void)state;
    struct ic_relay_message wrong[] = {
        begin(IC_RELAY_OPEN, 7),    /* it is at both */
        begin(IC_RELAY_NAMES, 0),   /* of a worker that is not there */
        begin(IC_RELAY_MEETING, 7), /* an even number, by who has odd ones */
        begin(IC_RELAY_SOURCE, 0),  /* of a number that was not given */
        begin(IC_RELAY_WANTED, 0),    begin(IC_RELAY_PERSON, 8), /* of a meeting that is not here */
        begin(IC_RELAY_TRANSPORT, 7),                            /* by the meeting's node */
        begin(IC_RELAY_CARRIER, 8),                              /* of a meeting that is not here */
        begin(IC_RELAY_JOIN, 7),                                 /* it is at both */
    };
    wrong[1].other_worker = 2;
    wrong[2].number = 2;
    wrong[3].number = wrong[4].number = 9;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        tear_down(NULL);
        set_up(NULL);
        open_at_both(7);
        name_relay();
        assert_int_equal(act(0, 7, IC_RELAY_ACT_MAKE, 5), IC_OK);
        settle();
        force(&wrong[i]);
        assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_DEAD));
        assert_int_equal(ends[1].kinds[ends[1].told - 2], IC_RELAY_CHANNEL_CLOSED);
        assert_int_equal(ic_relay_channel_people(ends[1].channel), 0);
        assert_int_equal(ask(1, 9, 1), IC_ERR_STATE);
        uint32_t told = ends[1].told;
        force(&wrong[0]);
        listen(&ends[1]);
        assert_int_equal(ends[1].told, told);
    }
}

static void bytes_that_are_no_message_and_an_end_that_does_not_listen(void **state)
{
    (void)state;
    static const uint8_t garbage[] = {0, 0, 0, 1, 77};
    uint32_t said = 0;
    open_at_both(7);
    name_relay();
    assert_int_equal(number(0, 7, 1), IC_OK);
    struct ic_relay_message source = begin(IC_RELAY_SOURCE, 0);
    source.number = 1;
    while (say(0, &source) == IC_OK)
        said++;
    assert_true(said > IC_RELAY_CHANNEL_QUEUE / 64);
    listen(&ends[0]);
    assert_true(was_told(&ends[0], IC_RELAY_CHANNEL_DEAD));
    assert_int_equal(end_count(0, IC_RELAY_CHANNEL_CLOSED), 1);
    (void)ic_relay_channel_input(ends[1].channel, garbage, sizeof garbage);
    listen(&ends[1]);
    assert_true(was_told(&ends[1], IC_RELAY_CHANNEL_DEAD));
    assert_int_equal(end_count(1, IC_RELAY_CHANNEL_CLOSED), 1);
}

static void places_given_have_a_bound(void **state)
{
    (void)state;
    ends[1].gives = IC_RELAY_CHANNEL_PEOPLE - 1;
    for (uint8_t i = 1; i <= 3; i++) {
        assert_int_equal(ask(0, i, 100), IC_OK);
        settle();
        assert_int_equal(ends[0].last.places, i == 1 ? ends[1].gives : i == 2 ? 1 : 0);
    }
    assert_int_equal(ends[0].last.reason, IC_PLACE_BUSY);
    for (uint32_t i = 4; i < IC_RELAY_CHANNEL_MEETINGS + 20;
         i++) { /* each is refused and forgotten */
        assert_int_equal(ask(0, (uint8_t)i, 100), IC_OK);
        settle();
    }
    assert_int_equal(ic_relay_channel_meetings(ends[1].channel), 2);
}

/* ---- stories ---- */

static struct ic_time story_now;

static void one_step(struct ic_prng *prng)
{
    uint32_t end = ic_prng_below(prng, 2);
    uint8_t meeting[IC_MEETING_ID_LEN] = {(uint8_t)(1 + ic_prng_below(prng, 3))};
    struct ic_relay_channel *c = ends[end].channel;
    struct ic_relay_message m = begin(IC_RELAY_NAMES, meeting[0]);
    m.own_worker = (uint8_t)ic_prng_below(prng, 2);
    m.other_worker = (uint8_t)ic_prng_below(prng, 2);
    m.number = 1 + ic_prng_below(prng, 60);
    m.generation = 1 + ic_prng_below(prng, 6);
    m.person = 1 + ic_prng_below(prng, 4);
    switch (ic_prng_below(prng, 10)) {
    case 0:
        m.kind = ic_prng_below(prng, 3) == 0 ? IC_RELAY_JOIN : IC_RELAY_OPEN;
        (void)!ic_relay_channel_open(c, story_now, &m);
        break;
    case 1:
        ic_relay_channel_close(c, story_now, meeting);
        break;
    case 2:
        ic_relay_channel_answer(c, meeting,
                                ic_prng_below(prng, 2) == 0 ? IC_PLACE_GOOD : IC_PLACE_BUSY, 3, 0);
        break;
    case 3:
        ends[end].gives = (uint16_t)ic_prng_below(prng, 3);
        break;
    case 4:
        story_now = ic_time_add(story_now, IC_MS(ic_prng_below(prng, 900)));
        ic_relay_channel_tick(c, story_now);
        break;
    case 5:
        m.act = (enum ic_relay_act)(1 + ic_prng_below(prng, 4));
        m.kind = IC_RELAY_PERSON;
        (void)!ic_relay_channel_say(c, &m);
        break;
    case 6:
        m.news = (enum ic_relay_news)(2 + ic_prng_below(prng, 4));
        strcpy(m.mid, "1");
        m.note = (const uint8_t *)m.mid;
        m.note_len = 1;
        m.kind = IC_RELAY_TRANSPORT;
        (void)!ic_relay_channel_say(c, &m);
        break;
    case 7:
        m.kind = ic_prng_below(prng, 3) == 0 ? IC_RELAY_CARRIER : m.kind;
        (void)!ic_relay_channel_say(c, &m);
        break;
    case 8:
        m.kind = IC_RELAY_MEETING;
        (void)!ic_relay_channel_say(c, &m);
        break;
    default:
        m.kind = ic_prng_below(prng, 2) == 0 ? IC_RELAY_SOURCE : IC_RELAY_WANTED;
        (void)!ic_relay_channel_say(c, &m);
        break;
    }
    listen(&ends[end]);
    if (ic_prng_below(prng, 3) == 0)
        deliver(ic_prng_below(prng, 2), ic_prng_below(prng, 300));
}

/* No close is left without its answer for longer than the tick would bear. */
static void two_ends_that_keep_the_rules_never_part(void **state)
{
    (void)state;
    uint32_t met = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct ic_prng prng;
        ic_prng_init(&prng, seed);
        tear_down(NULL);
        set_up(NULL);
        story_now = NOW;
        for (int i = 0; i < 400; i++) {
            one_step(&prng);
            if (i % 64 == 63)
                settle();
        }
        settle();
        for (uint8_t i = 1; i <= 3; i++) {
            uint8_t meeting[IC_MEETING_ID_LEN] = {i};
            bool is_at[2];
            for (uint32_t k = 0; k < 2; k++)
                is_at[k] = ic_relay_channel_has(ends[k].channel, meeting);
            if (is_at[0] != is_at[1] || ends[0].is_dead || ends[1].is_dead)
                fail_msg("seed %u: meeting %u at %d, %d; ended: %d, %d", (unsigned)seed, i,
                         is_at[0], is_at[1], ends[0].is_dead, ends[1].is_dead);
            met += is_at[0];
        }
        assert_int_equal(ic_relay_channel_people(ends[0].channel),
                         ic_relay_channel_people(ends[1].channel));
    }
    assert_true(met > 50); /* the stories are about something */
}

/* Closed, and asked anew with another policy before the first is judged. */
static void each_ask_has_a_number(void **state)
{
    (void)state;
    struct ic_relay_message open = {.kind = IC_RELAY_OPEN,
                                    .generation = 1,
                                    .hops = 2,
                                    .places = 3,
                                    .policy = (const uint8_t *)"lax",
                                    .policy_len = 3};
    memcpy(open.meeting, "rv", 2);
    ends[1].gives = 0; /* answered later */
    assert_int_equal(ic_relay_channel_open(ends[0].channel, NOW, &open), IC_OK);
    deliver(0, PIPE_MAX);
    uint64_t first = ic_relay_channel_ask(ends[1].channel, open.meeting);
    assert_int_not_equal(first, 0);
    ic_relay_channel_close(ends[0].channel, NOW, open.meeting);
    deliver(0, PIPE_MAX);
    assert_int_equal(ic_relay_channel_ask(ends[1].channel, open.meeting), 0);
    deliver(1, PIPE_MAX);
    listen(&ends[0]);
    open.policy = (const uint8_t *)"strict";
    open.policy_len = 6;
    assert_int_equal(ic_relay_channel_open(ends[0].channel, NOW, &open), IC_OK);
    deliver(0, PIPE_MAX);
    uint64_t second = ic_relay_channel_ask(ends[1].channel, open.meeting);
    assert_true(second != 0 && second != first);
    ic_relay_channel_answer(ends[1].channel, open.meeting, IC_PLACE_GOOD, 3, 1);
    assert_true(ic_relay_channel_has(ends[1].channel, open.meeting));
    assert_int_equal(ic_relay_channel_ask(ends[1].channel, open.meeting), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_meeting_is_opened_used_and_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_places_no_meeting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_answer_gives_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            of_two_asks_that_cross_the_higher_generation_has_the_meeting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_of_the_ask_that_it_was_made_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_close_is_of_the_ask_that_was_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lower_generation_than_one_that_was_heard_is_refused,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_rise_and_are_of_whoever_gives_them, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(people_are_as_many_as_there_are_places, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_meeting_of_a_third_node_is_joined, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_join_that_crosses_an_open_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_meetings_node_names_carriers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_order_of_what_is_joined_ends_all, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_order_ends_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_message_and_an_end_that_does_not_listen,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_given_have_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_ask_has_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_ends_that_keep_the_rules_never_part, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
