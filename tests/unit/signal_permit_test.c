/* The node's own wall, as people meet it: who is refused, who goes on, who has to go. */
#include "unit/signal_world.h"

#define NO_ROOM                                                                                    \
    "{\"type\":\"error\",\"code\":\"node_refused\",\"fatal\":true,\"reason\":"                     \
    "\"no_capacity_in_region\",\"countries\":["
#define OPERATOR                                                                                   \
    "{\"type\":\"error\",\"code\":\"node_refused\",\"fatal\":true,\"reason\":"                     \
    "\"operator_mismatch\",\"countries\":["

static const struct knocking plain;

static const struct ic_wall_answer full = {.reason = "no_capacity_in_region", .retry_ms = 5000};
static const struct ic_wall_answer ended = {.reason = "certificate_expired"};
static const struct ic_wall_answer foreign = {.reason = "operator_mismatch", .is_end = true};
static const struct ic_wall_answer open;

struct scene {
    struct world *w;
    struct meeting *m;
};

static struct scene begin(void)
{
    struct ic_hub_config c = world_config();
    struct scene s = {.w = world_new(&c)};
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    return s;
}

static void end(struct scene *s)
{
    world_delete(s->w);
    free(s->m);
}

static void set_wall(struct world *w, struct ic_wall_answer answer)
{
    w->wall[IC_WALL_NEW] = w->wall[IC_WALL_STAY] = answer;
}

static void expect_refused(const struct world *w, uint64_t conn, const char *text, const char *tail,
                           uint16_t code)
{
    const char *heard = world_heard(w, conn, text);
    const struct world_effect *close = world_closed(w, conn);
    assert_non_null(heard);
    assert_string_equal(heard + strlen(heard) - strlen(tail), tail);
    assert_non_null(close);
    assert_int_equal(close->out.close_code, code);
    assert_string_equal(close->out.close_reason, "node_refused");
}

static struct ic_hub_stats stats_of(const struct world *w)
{
    struct ic_hub_stats stats;
    ic_hub_stats(w->hub, &stats);
    return stats;
}

static void a_knock_is_refused_with_the_reason_at_once(void **state)
{
    (void)state;
    struct scene s = begin();
    set_wall(s.w, full);
    (void)world_arrive(s.w, 1, s.m, 1, plain);
    expect_refused(s.w, 1, NO_ROOM, "],\"retry_after\":5}", 1013);
    set_wall(s.w, foreign);
    (void)world_arrive(s.w, 2, s.m, 2, plain);
    expect_refused(s.w, 2, OPERATOR, "]}", 1008); /* it is no use to ask again */
    assert_int_equal(stats_of(s.w).refused, 2);
    assert_int_equal(stats_of(s.w).clients, 0);
    assert_int_equal(stats_of(s.w).rooms, 0);
    set_wall(s.w, open);
    (void)world_first(s.w, 3, s.m, 3);
    end(&s);
}

/* People are counted without the one who comes, and without the one whose place is taken over. */
static void the_wall_is_told_how_many_are_here(void **state)
{
    (void)state;
    struct scene s = begin();
    struct person ana = world_first(s.w, 1, s.m, 1);
    assert_int_equal(s.w->wall_people, 0); /* of her own join */
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    assert_int_equal(s.w->wall_people, 1);
    world_admit(s.w, s.m, &ana, &ben, false);
    world_join(s.w, &ben);
    assert_int_equal(s.w->wall_people, 1);
    (void)world_arrive(s.w, 3, s.m, 3, plain);
    assert_int_equal(s.w->wall_people, 2);
    (void)world_arrive(s.w, 4, s.m, 4, (struct knocking){.replaces = ben.session});
    assert_int_equal(s.w->wall_people, 1);
    end(&s);
}

/* Whoever waits while the papers end begins no meeting, and gets no media. */
static void what_was_good_at_the_knock_is_asked_again(void **state)
{
    (void)state;
    struct scene s = begin();
    struct person ana = world_knock(s.w, 1, s.m, 1, plain);
    set_wall(s.w, ended);
    world_say_create(s.w, s.m, &ana);
    assert_null(world_heard(s.w, 1, "{\"type\":\"created\""));
    assert_non_null(world_heard(s.w, 1, "certificate_expired"));
    set_wall(s.w, open);
    ana = world_first(s.w, 2, s.m, 2);
    struct person ben = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &ana, &ben, false);
    set_wall(s.w, ended);
    char join[2048];
    world_join_text(join, sizeof join, CODEC_VP8);
    world_say(s.w, 3, join);
    assert_non_null(world_heard(s.w, 3, "certificate_expired"));
    assert_null(world_find(s.w, IC_HUB_CMD)); /* no worker hears of him */
    end(&s);
}

static void who_is_there_goes_on_while_the_papers_are_late(void **state)
{
    (void)state;
    struct scene s = begin();
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    set_wall(s.w, ended);
    for (int i = 0; i < 10; i++) {
        world_settle(s.w, 1000);
        assert_null(world_find(s.w, IC_HUB_CLOSE));
    }
    world_close(s.w, 2, IC_HUB_LOST); /* and may come back */
    world_resume(s.w, 3, s.m, ben.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"resumed\""));
    (void)world_arrive(s.w, 4, s.m, 4, plain);
    assert_non_null(world_heard(s.w, 4, "certificate_expired"));
    end(&s);
}

/* After a restart nobody is there: who comes back first opens the meeting. */
static void a_meeting_is_not_opened_again_while_the_papers_are_late(void **state)
{
    (void)state;
    struct scene s = begin();
    struct ic_hub_config c = world_config();
    struct person ana = world_first(s.w, 1, s.m, 1);
    world_restart(s.w, &c);
    set_wall(s.w, ended);
    world_resume(s.w, 2, s.m, ana.session, s.m->log_size);
    assert_null(world_heard(s.w, 2, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(s.w, 2, "certificate_expired"));
    end(&s);
}

static void a_node_that_may_not_carry_it_any_more_ends_the_meeting(void **state)
{
    (void)state;
    struct scene s = begin();
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person cyd = world_enter(s.w, 3, s.m, &ana, 3);
    (void)world_arrive(s.w, 4, s.m, 4, plain);
    world_close(s.w, 3, IC_HUB_LOST); /* her place is kept for a while */
    world_settle(s.w, 100);
    set_wall(s.w, foreign);
    world_settle(s.w, 1000); /* within a second */
    expect_refused(s.w, 1, OPERATOR, "]}", 1008);
    expect_refused(s.w, 2, OPERATOR, "]}", 1008);
    expect_refused(s.w, 4, OPERATOR, "]}", 1008);
    assert_int_equal(world_count(s.w, IC_HUB_CMD), 3); /* the workers let all of them go */
    assert_int_equal(stats_of(s.w).peers, 0);
    world_resume(s.w, 5, s.m, ben.session, s.m->log_size);
    assert_non_null(world_closed(s.w, 5));
    (void)cyd;
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_knock_is_refused_with_the_reason_at_once),
        cmocka_unit_test(the_wall_is_told_how_many_are_here),
        cmocka_unit_test(what_was_good_at_the_knock_is_asked_again),
        cmocka_unit_test(who_is_there_goes_on_while_the_papers_are_late),
        cmocka_unit_test(a_meeting_is_not_opened_again_while_the_papers_are_late),
        cmocka_unit_test(a_node_that_may_not_carry_it_any_more_ends_the_meeting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
