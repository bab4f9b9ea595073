/* A meeting goes to another node while this one still carries it: what its people hear, what they
 * do not, and when a seat is not waited for. */
#include "unit/signal_world.h"

#define MOVING   "{\"type\":\"moving\",\"node\":\"de1.example\"}"
#define DRAINING "{\"type\":\"draining\"}"

struct scene {
    struct world *w;
    struct meeting *m;
    struct person ana, ben; /* on sockets 1 and 2 */
};

static const struct knocking plain;

static struct scene two(void)
{
    struct ic_hub_config c = world_config();
    struct scene s = {.w = world_new(&c)};
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    s.ana = world_first(s.w, 1, s.m, 1);
    s.ben = world_enter(s.w, 2, s.m, &s.ana, 2);
    world_settle(s.w, 1000);
    return s;
}

static void scene_delete(struct scene *s)
{
    world_delete(s->w);
    free(s->m);
}

static void move(struct scene *s)
{
    ic_hub_close_doors(s->w->hub);
    ic_hub_move(s->w->hub, s->w->now, s->m->id, "de1.example");
    world_drain(s->w);
}

static uint32_t peers(const struct scene *s)
{
    struct ic_hub_stats stats;
    ic_hub_stats(s->w->hub, &stats);
    return stats.peers;
}

static void close_media(struct scene *s, const struct person *p)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_CLOSED, .peer = p->key, .reason = IC_PEER_REASON_CONSENT_LOST};
    world_evt(s->w, &evt);
}

static void everybody_who_is_in_it_hears_where_it_goes(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_knock(s.w, 3, s.m, 3, plain); /* waits, and can bring nothing */
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    struct person dan = world_first(s.w, 4, other, 4);
    world_settle(s.w, 1000);
    (void)cem;
    (void)dan;
    move(&s);
    assert_non_null(world_heard(s.w, 1, MOVING));
    assert_non_null(world_heard(s.w, 2, MOVING));
    for (uint64_t conn = 1; conn <= 4; conn++)
        assert_null(world_heard(s.w, conn, DRAINING));
    assert_null(world_heard(s.w, 3, "moving"));
    assert_null(world_heard(s.w, 4, "moving"));
    free(other);
    scene_delete(&s);
}

/* Once its people have brought it there: who waits knocks there, and hears it once. */
static void who_waits_hears_it_when_it_is_there(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_knock(s.w, 3, s.m, 3, plain);
    (void)cem;
    world_settle(s.w, 1000);
    move(&s);
    world_settle(s.w, IC_SIGNAL_LOBBY_MOVE_MS - IC_SIGNAL_RECHECK_MS);
    assert_null(world_heard(s.w, 3, "moving"));
    world_settle(s.w, IC_SIGNAL_RECHECK_MS);
    assert_non_null(world_heard(s.w, 3, MOVING));
    assert_null(world_heard(s.w, 1, "moving"));
    for (int i = 0; i < 3; i++) {
        world_settle(s.w, IC_SIGNAL_RECHECK_MS);
        assert_null(world_heard(s.w, 3, "moving"));
    }
    scene_delete(&s);
}

/* The others go themselves: nobody is away, and nobody has left. */
static void who_goes_is_not_waited_for_and_the_others_hear_nothing(void **state)
{
    (void)state;
    struct scene s = two();
    move(&s);
    world_close(s.w, 2, IC_HUB_LOST);
    world_settle(s.w, 1000);
    assert_int_equal(peers(&s), 2); /* media still flow here */
    assert_null(world_heard(s.w, 1, "reconnecting"));
    close_media(&s, &s.ben);
    world_settle(s.w, 0);
    assert_int_equal(peers(&s), 1);
    assert_null(world_heard(s.w, 1, "\"gone\""));
    close_media(&s, &s.ana); /* the other way round */
    world_settle(s.w, 1000);
    assert_int_equal(peers(&s), 1);
    world_close(s.w, 1, IC_HUB_LOST);
    world_settle(s.w, 0);
    assert_int_equal(peers(&s), 0);
    scene_delete(&s);
}

static void who_comes_back_hears_it_too(void **state)
{
    (void)state;
    struct scene s = two();
    world_close(s.w, 2, IC_HUB_LOST);
    move(&s);
    world_resume(s.w, 5, s.m, s.ben.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 5, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(s.w, 5, MOVING));
    scene_delete(&s);
}

static void who_stays_hears_once_that_the_server_goes_away(void **state)
{
    (void)state;
    struct scene s = two();
    ic_hub_close_doors(s.w->hub);
    for (int i = 0; i < 2; i++) {
        ic_hub_tell_draining(s.w->hub, s.w->now, s.m->id);
        world_drain(s.w);
        world_settle(s.w, 0);
        assert_int_equal(world_heard(s.w, 1, DRAINING) != NULL, i == 0);
        assert_int_equal(world_heard(s.w, 2, DRAINING) != NULL, i == 0);
    }
    move(&s); /* a node was found after all */
    assert_non_null(world_heard(s.w, 1, MOVING));
    scene_delete(&s);
}

static void a_group_that_is_being_changed_does_not_go(void **state)
{
    (void)state;
    static const uint8_t nobodys[IC_MEETING_ID_LEN] = {9};
    struct scene s = two();
    assert_true(ic_hub_may_move(s.w->hub, s.m->id));
    assert_false(ic_hub_may_move(s.w->hub, nobodys));
    s.w->holds_store = true;
    world_try(s.w, s.m, &s.ana, &(struct forge_commit){.removed = NULL});
    struct world_held held = world_hold(s.w);
    assert_false(ic_hub_may_move(s.w->hub, s.m->id));
    s.w->holds_store = false;
    world_answer(s.w, &held, IC_OK);
    assert_true(ic_hub_may_move(s.w->hub, s.m->id));
    ic_hub_move(s.w->hub, s.w->now, nobodys, "de1.example"); /* gone meanwhile */
    world_drain(s.w);
    assert_null(world_heard(s.w, 1, "moving"));
    scene_delete(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_who_is_in_it_hears_where_it_goes),
        cmocka_unit_test(who_waits_hears_it_when_it_is_there),
        cmocka_unit_test(who_goes_is_not_waited_for_and_the_others_hear_nothing),
        cmocka_unit_test(who_comes_back_hears_it_too),
        cmocka_unit_test(who_stays_hears_once_that_the_server_goes_away),
        cmocka_unit_test(a_group_that_is_being_changed_does_not_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
