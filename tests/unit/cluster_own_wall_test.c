/* The node's own wall: what it says of one node alone, against policies of its own and of others.
 */
#include "unit/cluster_region.h"

#include "cluster/own_wall.h"

struct wall {
    struct region facts; /* de1, its certificate, its set, policies */
    struct ic_own_wall *wall;
    struct ic_own_papers papers;
    struct ic_time now;
};

static struct wall t;

static void make_papers(void)
{
    t.papers.claim = *region_claim(&t.facts, "de1.example", 1);
    t.papers.set = t.facts.set;
    t.papers.is_in_set = true;
    t.papers.list_count = 2;
    memset(t.papers.lists[0], 0x77, IC_SHA256_LEN); /* an older list, that signed this one */
    memcpy(t.papers.lists[1], region_keys, sizeof region_keys);
}

static int begin(void **state)
{
    memset(&t, 0, sizeof t);
    t.now = (struct ic_time){1000000};
    region_init(&t.facts);
    make_papers();
    t.wall = ic_own_wall_create(10, t.now, REGION_DATE);
    assert_non_null(t.wall);
    *state = &t;
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_true(ic_own_wall_violations(t.wall) == 0);
    ic_own_wall_destroy(t.wall);
    region_deinit(&t.facts);
    return 0;
}

static struct ic_wall_answer ask(enum ic_wall_purpose purpose, uint32_t people)
{
    const struct ic_wall wall = ic_own_wall_handle(t.wall);
    const struct ic_wall_question question = {.purpose = purpose,
                                              .policy = t.facts.policy.bytes,
                                              .policy_len = t.facts.policy.len,
                                              .people = people};
    return wall.ask(wall.context, t.now, &question);
}

/* The same to somebody new and to those who are there. */
static void expect(const char *reason, uint32_t retry_ms, bool is_end)
{
    for (int i = 0; i < 2; i++) {
        struct ic_wall_answer answer = ask((enum ic_wall_purpose)i, 0);
        if (reason == NULL) {
            assert_null(answer.reason);
            continue;
        }
        assert_non_null(answer.reason);
        assert_string_equal(answer.reason, reason);
        assert_int_equal(answer.retry_ms, retry_ms);
        assert_int_equal(answer.is_end, is_end);
    }
}

static void set_papers(void)
{
    t.papers.set.serial++;
    assert_int_equal(ic_own_wall_set_papers(t.wall, &t.papers), IC_NODE_GOOD);
}

static void without_papers_nobody_comes_in(void **state)
{
    (void)state;
    expect("node_set_missing", IC_PLACE_RETRY_MS, false);
    set_papers();
    expect(NULL, 0, false);
    assert_int_equal(ic_own_wall_set_papers(t.wall, NULL), IC_NODE_GOOD);
    expect("node_set_missing", IC_PLACE_RETRY_MS, false);
}

static void it_is_full_when_as_many_are_there_as_it_carries(void **state)
{
    (void)state;
    set_papers();
    assert_null(ask(IC_WALL_NEW, 9).reason);
    struct ic_wall_answer answer = ask(IC_WALL_NEW, 10);
    assert_string_equal(answer.reason, "no_capacity_in_region");
    assert_int_equal(answer.retry_ms, IC_PLACE_RETRY_MS);
    assert_false(answer.is_end);
    assert_null(ask(IC_WALL_STAY, 200000).reason); /* who is there, stays */
    ic_own_wall_destroy(t.wall);
    t.wall = ic_own_wall_create(100000, t.now, REGION_DATE); /* more than a beat can say */
    set_papers();
    assert_null(ask(IC_WALL_NEW, 99999).reason);
    assert_non_null(ask(IC_WALL_NEW, 100000).reason);
}

static void a_policy_for_others_is_refused(void **state)
{
    (void)state;
    set_papers();
    region_policy(&t.facts, "FR");
    expect("no_node_in_region", 0, true);
    region_policy(&t.facts, "DE");
    expect(NULL, 0, false);
    t.facts.policy.len--;
    expect("policy_malformed", 0, true);
    t.facts.policy.len = 0;
    expect("policy_missing", 0, true);
}

static void a_policy_binds_any_list_that_leads_to_the_one_in_force(void **state)
{
    (void)state;
    set_papers();
    expect(NULL, 0, false);
    memset(t.papers.lists[0], 0x11, IC_SHA256_LEN); /* another operator's */
    memset(t.papers.lists[1], 0x12, IC_SHA256_LEN);
    memset(t.papers.set.operator_keys_sha256, 0x12, IC_SHA256_LEN);
    set_papers();
    expect("operator_mismatch", 0, true);
    memcpy(t.papers.lists[0], region_keys, sizeof region_keys);
    set_papers();
    expect(NULL, 0, false);
    t.papers.set.log_policy_sha256[0] ^= 1;
    set_papers();
    expect("log_mismatch", 0, true);
}

static void papers_that_have_ended_let_people_go_on(void **state)
{
    (void)state;
    set_papers();
    uint64_t ends = t.papers.claim.not_after_s;
    t.papers.claim.not_after_s = REGION_DATE + IC_NODE_CERT_MARGIN_S + 1;
    set_papers();
    expect(NULL, 0, false);
    t.now = ic_time_add(t.now, IC_SEC(2));
    ic_own_wall_set_date(t.wall, t.now, REGION_DATE + 2);
    expect("certificate_expired", 0, false);
    t.papers.claim.not_after_s = ends;
    t.papers.set.not_after_s = REGION_DATE;
    set_papers();
    expect("node_set_expired", 0, false);
}

static void a_set_without_the_node_ends_it(void **state)
{
    (void)state;
    set_papers();
    t.papers.is_in_set = false;
    set_papers();
    expect("not_in_set", 0, true);
}

static void no_older_and_no_other_set_is_taken(void **state)
{
    (void)state;
    set_papers();
    struct ic_own_papers older = t.papers, other = t.papers;
    older.set.serial--;
    older.is_in_set = false;
    other.set.sha256[3] ^= 1;
    other.is_in_set = false;
    assert_int_equal(ic_own_wall_set_papers(t.wall, &older), IC_NODE_SET_SERIAL);
    assert_int_equal(ic_own_wall_set_papers(t.wall, &other), IC_NODE_SET_CONFLICT);
    expect(NULL, 0, false);
    assert_int_equal(ic_own_wall_set_papers(t.wall, &t.papers), IC_NODE_GOOD);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(without_papers_nobody_comes_in),
        TEST(it_is_full_when_as_many_are_there_as_it_carries),
        TEST(a_policy_for_others_is_refused),
        TEST(a_policy_binds_any_list_that_leads_to_the_one_in_force),
        TEST(papers_that_have_ended_let_people_go_on),
        TEST(a_set_without_the_node_ends_it),
        TEST(no_older_and_no_other_set_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
