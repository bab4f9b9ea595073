/* One node's placement among others, by hand: beats, the directory, people who ask. */
#ifndef TESTS_UNIT_CLUSTER_DEPLOYMENT_H
#define TESTS_UNIT_CLUSTER_DEPLOYMENT_H

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

static inline void drain(void)
{
    struct ic_place_out out;
    while (ic_placement_poll(d.p, &out)) {
        if (out.kind == IC_PLACE_OUT_BEAT)
            d.own = *out.beat;
        assert_true(d.count < 64);
        d.outs[d.count++] = out;
    }
}

static inline const struct ic_place_out *last(enum ic_place_out_kind kind)
{
    for (size_t i = d.count; i-- > 0;)
        if (d.outs[i].kind == kind)
            return &d.outs[i];
    return NULL;
}

static inline void hear(const struct ic_beat *beat)
{
    static uint8_t bytes[IC_BEAT_BYTES_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_beat_write(&w, beat);
    assert_int_equal(ic_placement_input_beat(d.p, d.now, bytes, w.len), IC_OK);
}

static inline void hear_node(const char *name, const char *country, struct ic_node_load load)
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
static inline void pass(bool comes_back)
{
    d.now = ic_time_add(d.now, IC_SEC(1));
    ic_placement_tick(d.p, d.now);
    drain();
    if (comes_back)
        hear(&d.own);
}

static const struct ic_node_load EMPTY = {.people_max = 50, .videos_max = 50};
static const struct ic_node_load FULL = {.people = 50, .people_max = 50, .videos_max = 50};

static inline enum ic_node_reason set_nodes(const struct ic_node_set_claim *set,
                                            const struct ic_node_claim *own)
{
    d.count = 0;
    enum ic_node_reason reason =
        ic_placement_set_nodes(d.p, d.now, d.facts.claims, d.facts.claim_count, set, own);
    drain();
    return reason;
}

static inline int begin(void **state)
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
    assert_int_equal(set_nodes(&d.facts.set, NULL), IC_NODE_GOOD);
    for (int i = 0; i < 5; i++)
        pass(true);
    *state = &d;
    return 0;
}

static inline int end(void **state)
{
    (void)state;
    assert_true(ic_invariants_total(ic_placement_invariants(d.p)) == 0);
    ic_placement_destroy(d.p);
    ic_directory_deinit(&d.directory);
    region_deinit(&d.facts);
    return 0;
}

static inline void ask_as(bool is_sent, bool wants_video)
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
static inline void answer(void)
{
    for (size_t i = 0; i < d.count; i++) {
        if (d.outs[i].kind != IC_PLACE_OUT_DIRECTORY)
            continue;
        struct ic_directory_reply reply = ic_directory_run(&d.directory, &d.outs[i].request);
        ic_placement_input_reply(d.p, d.now, &reply);
        drain();
    }
}

static inline void ask(void)
{
    ask_as(false, true);
    answer();
}

/* The directory says that this node has the meeting. */
static inline void enter(const char *name, uint64_t generation, uint64_t revision)
{
    struct ic_directory_request q = {.kind = IC_DIRECTORY_SWAP, .revision = revision};
    const struct ic_part part = {d.facts.policy.bytes, d.facts.policy.len};
    memcpy(q.entry.meeting, MEETING, IC_MEETING_ID_LEN);
    region_id(name, q.entry.node);
    q.entry.generation = generation;
    assert_int_equal(ic_hash_sha256(&part, 1, q.entry.policy_sha256), IC_OK);
    assert_int_equal(ic_directory_run(&d.directory, &q).result, IC_OK);
}

static inline void assert_refused(enum ic_place_reason reason)
{
    const struct ic_place_out *out = last(IC_PLACE_OUT_REFUSE);
    assert_non_null(out);
    assert_string_equal(ic_place_reason_word(out->reason), ic_place_reason_word(reason));
    assert_true(out->token == d.tokens);
    assert_int_equal(out->retry_ms, ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0);
    assert_null(last(IC_PLACE_OUT_HERE));
    assert_null(last(IC_PLACE_OUT_REDIRECT));
}

static inline void assert_sent_to(const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    const struct ic_place_out *out = last(IC_PLACE_OUT_REDIRECT);
    assert_non_null(out);
    assert_memory_equal(out->node, id, sizeof id);
}

/* What the directory has for the meeting. */
static inline struct ic_directory_entry entered(void)
{
    struct ic_directory_request q = {.kind = IC_DIRECTORY_GET};
    struct ic_directory_entry e = {.generation = 0};
    memcpy(q.entry.meeting, MEETING, IC_MEETING_ID_LEN);
    struct ic_directory_reply reply = ic_directory_run(&d.directory, &q);
    if (reply.result == IC_OK)
        assert_int_equal(ic_directory_entry_parse(reply.bytes, reply.len, &e), IC_OK);
    return e;
}

static inline void empty_directory(void)
{
    static const uint64_t seed[2] = {3, 4};
    ic_directory_deinit(&d.directory);
    assert_int_equal(ic_directory_init(&d.directory, 16, seed), IC_OK);
}

/* So many seconds pass, and the directory answers. */
static inline void pass_answered(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        d.count = 0;
        pass(true);
        answer();
    }
}

/* Somebody says that the meeting may be another one's: the directory is asked at once. */
static inline void doubt(void)
{
    d.count = 0;
    ic_placement_doubt(d.p, d.now, MEETING);
    assert_true(ic_time_reached(ic_placement_deadline(d.p), d.now));
    ic_placement_tick(d.p, d.now);
    drain();
}

#endif
