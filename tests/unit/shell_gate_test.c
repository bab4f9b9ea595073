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
    struct ic_time lease_end;
    bool has_group; /* the hub was given one */
    bool may_move;
    uint32_t staying;   /* times that people were told that the server goes away */
    char moving_to[64]; /* that they were told */
} world;

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask);
struct ic_time __wrap_ic_cluster_thread_lease_end(const struct ic_cluster_thread *t);
void __wrap_ic_hub_on_store(struct ic_hub *h, struct ic_time now,
                            const struct ic_store_reply *reply);
uint32_t __wrap_ic_hub_people(const struct ic_hub *h, const uint8_t *id);
bool __wrap_ic_hub_may_move(const struct ic_hub *h, const uint8_t *id);
void __wrap_ic_hub_move(struct ic_hub *h, struct ic_time now, const uint8_t *id, const char *node);
void __wrap_ic_hub_tell_draining(struct ic_hub *h, struct ic_time now, const uint8_t *id);

enum ic_err __wrap_ic_cluster_thread_ask(struct ic_cluster_thread *t,
                                         const struct ic_cluster_ask *ask)
{
    (void)t;
    if (world.is_full)
        return IC_ERR_FULL;
    world.asks[world.count++ % 8] = *ask;
    return IC_OK;
}

struct ic_time __wrap_ic_cluster_thread_lease_end(const struct ic_cluster_thread *t)
{
    (void)t;
    return world.lease_end;
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
    struct ic_store_part state = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_STATE);
    struct ic_store_part record =
        ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_RECORD);
    struct ic_store_part found =
        ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_POLICY);
    struct ic_store_part kept = ic_store_part_find(reply->parts, reply->parts_len, IC_STORE_KEPT);
    world.has_group = state.len == 5 && record.len == 6;
    assert_true(world.has_group || state.len + record.len == 0);
    assert_true(found.len == policy_len && memcmp(found.bytes, policy, policy_len) == 0);
    assert_true(kept.len == 0 || (kept.len == 4 && memcmp(kept.bytes, "kept", 4) == 0));
}

uint32_t __wrap_ic_hub_people(const struct ic_hub *h, const uint8_t *id)
{
    (void)h;
    assert_memory_equal(id, meeting, sizeof meeting);
    return world.people;
}

bool __wrap_ic_hub_may_move(const struct ic_hub *h, const uint8_t *id)
{
    (void)h;
    assert_memory_equal(id, meeting, sizeof meeting);
    return world.may_move;
}

void __wrap_ic_hub_move(struct ic_hub *h, struct ic_time now, const uint8_t *id, const char *node)
{
    (void)h;
    (void)now;
    assert_memory_equal(id, meeting, sizeof meeting);
    (void)snprintf(world.moving_to, sizeof world.moving_to, "%s", node);
}

void __wrap_ic_hub_tell_draining(struct ic_hub *h, struct ic_time now, const uint8_t *id)
{
    (void)h;
    (void)now;
    assert_memory_equal(id, meeting, sizeof meeting);
    world.staying++;
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

/* A meeting whose group was written with this generation. */
static void found_group(struct ic_gate *g, enum ic_store_kind kind, uint64_t fence)
{
    uint8_t *parts = malloc(sizeof policy + 96);
    assert_non_null(parts);
    struct ic_wr w = ic_wr_init(parts, sizeof policy + 96);
    ic_store_part_write(&w, IC_STORE_POLICY, policy, policy_len);
    ic_store_part_write(&w, IC_STORE_STATE, (const uint8_t *)"state", 5);
    ic_store_part_write(&w, IC_STORE_RECORD, (const uint8_t *)"record", 6);
    size_t mark = ic_store_part_open(&w, IC_STORE_FENCE);
    ic_wr_u64(&w, fence);
    ic_store_part_close(&w, mark);
    ic_store_part_write(&w, IC_STORE_KEPT, (const uint8_t *)"kept", 4);
    assert_true(ic_wr_ok(&w));
    struct ic_store_reply reply = {
        .kind = kind, .result = IC_OK, .parts = parts, .parts_len = w.len};
    memcpy(reply.meeting, meeting, sizeof meeting);
    ic_gate_reply(g, t0, &reply);
}

static void say_here(struct ic_gate *g, uint64_t generation)
{
    struct ic_cluster_answer answer = {.kind = IC_CLUSTER_OPEN,
                                       .verdict = IC_CLUSTER_HERE,
                                       .token = world.asks[(world.count - 1) % 8].token,
                                       .generation = generation};
    memcpy(answer.meeting, meeting, sizeof meeting);
    ic_gate_input(g, t0, &answer);
}

static void a_group_of_before_a_take_over_is_forgotten(void **state)
{
    (void)state;
    static const struct {
        uint64_t fence, generation;
        bool is_current;
    } cases[] = {
        {7, 7, true},  {7, 8, true},     /* here all the time; started again */
        {7, 9, false}, {7, 1000, false}, /* another node had it; the directory was lost */
        {8, 7, false}, {0, 1000, false}, /* that cannot be; of a node that was alone */
    };
    struct ic_gate *g = start();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int k = 0; k < 2; k++) {
            found_group(g, k == 0 ? IC_STORE_MEETING_FIND : IC_STORE_MEETING_RESTORE,
                        cases[i].fence);
            say_here(g, cases[i].generation);
            assert_int_equal(world.has_group, cases[i].is_current);
        }
    }
    found_group(g, IC_STORE_MEETING_FIND, 7); /* not here: nobody goes on with it */
    say(g, IC_CLUSTER_REDIRECT, IC_PLACE_GOOD);
    assert_false(world.has_group);
    found_group(g, IC_STORE_MEETING_FIND, 7);
    say(g, IC_CLUSTER_REFUSE, IC_PLACE_LEASE_EXPIRED);
    assert_false(world.has_group);
    ic_gate_set(g, NULL, NULL); /* alone */
    found_group(g, IC_STORE_MEETING_FIND, 7);
    assert_true(world.has_group);
    ic_gate_destroy(g);
}

static void a_group_is_written_with_the_generation_of_its_meeting(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    uint64_t generation = 99;
    assert_false(ic_gate_fence(g, meeting, &generation)); /* it is not here */
    found(g);
    say_here(g, 41);
    assert_true(ic_gate_fence(g, meeting, &generation));
    assert_int_equal(generation, 41);
    found(g);
    say_here(g, 43); /* put back after the directory had lost it */
    assert_true(ic_gate_fence(g, meeting, &generation));
    assert_int_equal(generation, 43);
    release(g, IC_PLACE_CERTIFICATE_EXPIRED);
    assert_true(ic_gate_fence(g, meeting, &generation));
    release(g, IC_PLACE_TAKEN_OVER);
    assert_false(ic_gate_fence(g, meeting, &generation));
    ic_gate_set(g, NULL, NULL);
    assert_true(ic_gate_fence(g, meeting, &generation));
    assert_int_equal(generation, 0);
    ic_gate_destroy(g);
}

static void who_is_not_heard_writes_no_commits(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    found(g);
    say_here(g, 41);
    world.lease_end = ic_time_add(t0, IC_MS(1));
    assert_null(ask_wall(IC_WALL_COMMIT).reason);
    world.lease_end = t0;
    assert_string_equal(ask_wall(IC_WALL_COMMIT).reason, "lease_expired");
    assert_false(ask_wall(IC_WALL_COMMIT).is_end);
    assert_null(ask_wall(IC_WALL_STAY).reason); /* who is there, stays */
    ic_gate_set(g, NULL, NULL);
    assert_null(ask_wall(IC_WALL_COMMIT).reason);
    ic_gate_destroy(g);
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

/* ---- draining ---- */

static struct ic_time at(int64_t ms)
{
    return ic_time_add(t0, IC_MS(ms));
}

static void answer_hand(struct ic_gate *g, enum ic_cluster_kind kind, enum ic_place_reason reason)
{
    struct ic_cluster_answer answer = {
        .kind = kind, .generation = 41, .reason = reason, .host = "de1.example"};
    memcpy(answer.meeting, meeting, sizeof meeting);
    ic_gate_input(g, t0, &answer);
}

/* Somebody is in a meeting here, and the node drains. */
static struct ic_gate *start_draining(bool may_move)
{
    struct ic_gate *g = start();
    world.lease_end = at(60000);
    found(g);
    say_here(g, 41);
    world.count = 0;
    world.people = 3;
    world.may_move = may_move;
    ic_gate_drain(g, t0);
    ic_gate_tick(g, t0);
    return g;
}

static struct ic_gate_left left_of(const struct ic_gate *g)
{
    struct ic_gate_left left;
    ic_gate_left(g, &left);
    return left;
}

static void a_meeting_is_handed_over_once_nothing_changes_it(void **state)
{
    (void)state;
    struct ic_gate *g = start_draining(false); /* a commit is being written */
    assert_int_equal(world.count, 0);
    assert_null(ask_wall(IC_WALL_COMMIT).reason);
    assert_true(ic_gate_deadline(g).us <= at(100).us);
    world.may_move = world.is_full = true; /* the cluster thread is behind */
    ic_gate_tick(g, at(100));
    assert_null(ask_wall(IC_WALL_COMMIT).reason);
    world.is_full = false;
    ic_gate_tick(g, at(200));
    assert_int_equal(world.count, 1);
    assert_int_equal(world.asks[0].kind, IC_CLUSTER_HAND);
    assert_memory_equal(world.asks[0].meeting, meeting, sizeof meeting);
    assert_string_equal(ask_wall(IC_WALL_COMMIT).reason, "taken_over"); /* from now on */
    assert_false(ask_wall(IC_WALL_COMMIT).is_end);
    assert_null(ask_wall(IC_WALL_STAY).reason);
    ic_gate_tick(g, at(1500)); /* it is asked once */
    assert_int_equal(world.count, 1);
    assert_int_equal(left_of(g).meetings, 1);
    ic_gate_destroy(g);
}

static void who_is_in_a_meeting_that_was_handed_over_has_some_seconds(void **state)
{
    (void)state;
    struct ic_gate *g = start_draining(true);
    uint64_t generation;
    answer_hand(g, IC_CLUSTER_HANDED, IC_PLACE_GOOD);
    assert_string_equal(world.moving_to, "de1.example");
    assert_string_equal(ask_wall(IC_WALL_COMMIT).reason, "taken_over");
    assert_string_equal(ask_wall(IC_WALL_NEW).reason, "taken_over");
    assert_false(ask_wall(IC_WALL_NEW).is_end);
    assert_null(ask_wall(IC_WALL_STAY).reason);
    assert_false(ic_gate_fence(g, meeting, &generation)); /* nothing of it is written any more */
    struct ic_gate_left left = left_of(g);
    assert_int_equal(left.meetings, 0);
    assert_int_equal(left.moving, 1);
    assert_int_equal(left.handed, 1);
    ic_gate_tick(g, at(IC_MOVE_MS - 1));
    assert_null(ask_wall(IC_WALL_STAY).reason);
    ic_gate_tick(g, at(IC_MOVE_MS + 1000));
    assert_string_equal(ask_wall(IC_WALL_STAY).reason, "taken_over");
    assert_true(ask_wall(IC_WALL_STAY).is_end);
    world.people = 0;
    ic_gate_tick(g, at(IC_MOVE_MS + 12000));
    assert_int_equal(left_of(g).moving, 0);
    assert_int_equal(world.count, 1); /* the cluster thread has counted them out by itself */
    ic_gate_destroy(g);
}

static void what_stays_goes_on_and_is_tried_again(void **state)
{
    (void)state;
    struct ic_gate *g = start_draining(true);
    answer_hand(g, IC_CLUSTER_KEPT, IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_int_equal(world.staying, 1);
    assert_null(ask_wall(IC_WALL_COMMIT).reason);
    assert_int_equal(left_of(g).reason, IC_PLACE_NO_CAPACITY_IN_REGION);
    assert_int_equal(left_of(g).people, 3);
    ic_gate_tick(g, at(900));
    assert_int_equal(world.count, 1);
    ic_gate_tick(g, at(2000));
    assert_int_equal(world.count, 2);
    assert_string_equal(ask_wall(IC_WALL_COMMIT).reason, "taken_over");
    release(g, IC_PLACE_TAKEN_OVER); /* another node has it, and it was not ours to give */
    assert_true(ask_wall(IC_WALL_STAY).is_end);
    ic_gate_destroy(g);
}

static void a_node_that_is_alone_hands_nothing_over(void **state)
{
    (void)state;
    struct ic_gate *g = start();
    ic_gate_set(g, NULL, NULL);
    ic_gate_drain(g, t0);
    ic_gate_tick(g, t0);
    assert_int_equal(world.count, 0);
    assert_null(ask_wall(IC_WALL_STAY).reason);
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
        cmocka_unit_test(a_group_of_before_a_take_over_is_forgotten),
        cmocka_unit_test(a_group_is_written_with_the_generation_of_its_meeting),
        cmocka_unit_test(who_is_not_heard_writes_no_commits),
        cmocka_unit_test(a_meeting_is_handed_over_once_nothing_changes_it),
        cmocka_unit_test(who_is_in_a_meeting_that_was_handed_over_has_some_seconds),
        cmocka_unit_test(what_stays_goes_on_and_is_tried_again),
        cmocka_unit_test(a_node_that_is_alone_hands_nothing_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
