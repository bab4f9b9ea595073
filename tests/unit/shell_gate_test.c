/* The gate: what the store found reaches the hub once the cluster thread has spoken, with its
 * verdict; who is in goes on when nothing is known; who has gone is counted out. */
#include <stdlib.h>

#include "support/cmocka_all.h"

#include "shell/gate.h"
#include "wire/policy.h"

/* A policy of Germany, for the meeting whose id is 16 times 7. */
static uint8_t policy[160];
static size_t policy_len;
static const uint8_t meeting[IC_MEETING_ID_LEN] = {7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7};
static const struct ic_time t0 = {1000000};

static struct {
    struct ic_cluster_ask asks[8]; /* the last ones */
    uint32_t count;
    bool is_full;
    uint32_t replies, people;
    enum ic_wall_purpose purpose; /* that the hub asks for when it hears of the meeting */
    struct ic_wall wall;
    struct ic_wall_answer heard;
    struct ic_wall_answer own;
} world;

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask);
void __wrap_ic_hub_on_store(struct ic_hub *h, struct ic_time now,
                            const struct ic_store_reply *reply);
uint32_t __wrap_ic_hub_people(const struct ic_hub *h, const uint8_t *id);

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask)
{
    (void)t;
    if (world.is_full)
        return IC_ERR_FULL;
    world.asks[world.count++ % 8] = *ask;
    return IC_OK;
}

static struct ic_wall_answer ask_wall(enum ic_wall_purpose purpose)
{
    const struct ic_wall_question question = {
        .purpose = purpose, .policy = policy, .policy_len = policy_len};
    return world.wall.ask(world.wall.context, t0, &question);
}

void __wrap_ic_hub_on_store(struct ic_hub *h, struct ic_time now,
                            const struct ic_store_reply *reply)
{
    (void)h;
    (void)now;
    world.replies++;
    if (reply->kind == IC_STORE_MEETING_FIND && reply->result == IC_OK)
        world.heard = ask_wall(world.purpose);
}

uint32_t __wrap_ic_hub_people(const struct ic_hub *h, const uint8_t *id)
{
    (void)h;
    assert_memory_equal(id, meeting, sizeof meeting);
    return world.people;
}

static struct ic_wall_answer own_wall(void *context, struct ic_time now,
                                      const struct ic_wall_question *question)
{
    (void)context;
    (void)now;
    (void)question;
    return world.own;
}

static void make_policy(void)
{
    static const uint8_t tail[] = {0, 0, 0, 0, 0, 0, 0, 9, /* serial */ 2,
                                   0, /* hops, flags */
                                   0, 0, 0, 0, 0, 0, 2, 0, 4};
    struct ic_wr w = ic_wr_init(policy, sizeof policy);
    uint8_t hash[32];
    struct ic_policy parsed;
    memset(hash, 5, sizeof hash);
    ic_wr_u8(&w, 1);
    ic_wr_bytes(&w, hash, 16);
    ic_wr_bytes(&w, meeting, sizeof meeting);
    ic_wr_u16(&w, 2);
    ic_wr_text(&w, "DE");
    ic_wr_bytes(&w, hash, 32);
    ic_wr_bytes(&w, hash, 32);
    ic_wr_bytes(&w, tail, sizeof tail);
    assert_true(ic_wr_ok(&w));
    policy_len = w.len;
    assert_int_equal(ic_policy_parse(policy, policy_len, &parsed), IC_OK);
}

static struct ic_gate *start(void)
{
    /* Neither is touched: the functions that would are the ones above. */
    static char cluster, hub;
    memset(&world, 0, sizeof world);
    make_policy();
    struct ic_gate *g = ic_gate_create((struct ic_wall){.ask = own_wall}, 2);
    assert_non_null(g);
    world.wall = ic_gate_wall(g);
    ic_gate_set(g, (struct ic_cluster_thread *)(void *)&cluster, (struct ic_hub *)(void *)&hub);
    return g;
}

static void found(struct ic_gate *g)
{
    uint8_t *parts = malloc(sizeof policy + 16);
    assert_non_null(parts);
    struct ic_wr w = ic_wr_init(parts, sizeof policy + 16);
    ic_store_part_write(&w, IC_STORE_POLICY, policy, policy_len);
    struct ic_store_reply reply = {
        .kind = IC_STORE_MEETING_FIND, .result = IC_OK, .parts = parts, .parts_len = w.len};
    memcpy(reply.meeting, meeting, sizeof meeting);
    ic_gate_reply(g, t0, &reply);
}

static void say(struct ic_gate *g, enum ic_cluster_verdict verdict, enum ic_place_reason reason)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_OPEN,
                                       .verdict = verdict,
                                       .token = world.asks[(world.count - 1) % 8].token,
                                       .reason = reason};
    memcpy(answer.meeting, meeting, sizeof meeting);
    ic_gate_input(g, t0, &answer);
}

static void release(struct ic_gate *g, enum ic_place_reason reason)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_RELEASE, .reason = reason};
    memcpy(answer.meeting, meeting, sizeof meeting);
    ic_gate_input(g, t0, &answer);
}

static void a_node_that_is_alone_has_its_own_wall(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    ic_gate_set(g, NULL, NULL);
    found(g);
    assert_int_equal(world.replies, 1);
    assert_null(world.heard.reason);
    assert_int_equal(world.count, 0);
    assert_true(ic_time_is_never(ic_gate_deadline(g)));
    ic_gate_destroy(g);
}

static void the_hub_hears_when_the_cluster_has_spoken(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    found(g);
    assert_int_equal(world.replies, 0);
    assert_int_equal(world.asks[0].kind, IC_CLUSTER_OPEN);
    assert_memory_equal(world.asks[0].meeting, meeting, sizeof meeting);
    say(g, IC_CLUSTER_HERE, IC_PLACE_GOOD);
    assert_int_equal(world.replies, 1);
    assert_null(world.heard.reason);
    say(g, IC_CLUSTER_HERE, IC_PLACE_GOOD); /* again: nobody waits any more */
    assert_int_equal(world.replies, 1);
    found(g);
    say(g, IC_CLUSTER_REFUSE, IC_PLACE_DIRECTORY_UNREACHABLE);
    assert_string_equal(world.heard.reason, "directory_unreachable");
    assert_int_equal(world.heard.retry_ms, IC_PLACE_RETRY_MS);
    assert_false(world.heard.is_end); /* those who are there go on */
    found(g);
    say(g, IC_CLUSTER_REDIRECT, IC_PLACE_GOOD);
    assert_string_equal(world.heard.reason, "taken_over");
    world.is_full = true;
    found(g);
    assert_int_equal(world.replies, 4);
    assert_string_equal(world.heard.reason, "busy");
    found(g); /* left behind: freed with the gate */
    world.is_full = false;
    found(g);
    ic_gate_destroy(g);
}

static void neither_wall_overrules_the_other(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    world.own = (struct ic_wall_answer){.reason = "no_node_in_region", .is_end = true};
    found(g);
    say(g, IC_CLUSTER_HERE, IC_PLACE_GOOD);
    assert_string_equal(world.heard.reason, "no_node_in_region");
    assert_true(world.heard.is_end);
    world.own = (struct ic_wall_answer){.reason = NULL};
    found(g);
    say(g, IC_CLUSTER_REFUSE, IC_PLACE_LEASE_EXPIRED);
    assert_string_equal(world.heard.reason, "lease_expired");
    ic_gate_destroy(g);
}

static void who_is_here_goes_on_and_who_never_was_does_not(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    assert_string_equal(ask_wall(IC_WALL_STAY).reason, "taken_over"); /* nobody said HERE */
    found(g);
    say(g, IC_CLUSTER_HERE, IC_PLACE_GOOD);
    world.people = 1;
    assert_null(ask_wall(IC_WALL_STAY).reason);
    world.purpose = IC_WALL_STAY; /* somebody comes back while nothing is known */
    found(g);
    say(g, IC_CLUSTER_REFUSE, IC_PLACE_LEASE_EXPIRED);
    assert_null(world.heard.reason);
    release(g, IC_PLACE_CERTIFICATE_EXPIRED); /* the papers are late: its own wall decides */
    assert_null(ask_wall(IC_WALL_STAY).reason);
    ic_gate_tick(g, ic_time_add(t0, IC_SEC(20)));
    assert_null(ask_wall(IC_WALL_STAY).reason);
    release(g, IC_PLACE_TAKEN_OVER); /* fenced: it ends here */
    assert_string_equal(ask_wall(IC_WALL_STAY).reason, "taken_over");
    assert_true(ask_wall(IC_WALL_STAY).is_end);
    ic_gate_destroy(g);
}

static void who_has_gone_is_counted_out(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    for (int i = 0; i < 3; i++) {
        found(g);
        say(g, IC_CLUSTER_HERE, IC_PLACE_GOOD);
    }
    world.people = 2;
    ic_gate_tick(g, t0); /* too early */
    assert_int_equal(world.count, 3);
    ic_gate_tick(g, ic_time_add(t0, IC_SEC(1)));
    assert_int_equal(world.count, 4);
    assert_int_equal(world.asks[3].kind, IC_CLUSTER_LEAVE);
    world.people = 0;
    world.is_full = true; /* told when there is room */
    ic_gate_tick(g, ic_time_add(t0, IC_SEC(2)));
    world.is_full = false;
    ic_gate_tick(g, ic_time_add(t0, IC_SEC(3)));
    assert_int_equal(world.count, 6);
    assert_true(ic_time_is_never(ic_gate_deadline(g)));
    assert_string_equal(ask_wall(IC_WALL_STAY).reason, "taken_over");
    ic_gate_destroy(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_is_alone_has_its_own_wall),
        cmocka_unit_test(the_hub_hears_when_the_cluster_has_spoken),
        cmocka_unit_test(neither_wall_overrules_the_other),
        cmocka_unit_test(who_is_here_goes_on_and_who_never_was_does_not),
        cmocka_unit_test(who_has_gone_is_counted_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
