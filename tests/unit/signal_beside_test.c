/* One person's media go to another node while the meeting stays: another transport beside the one
 * that stands, of which one alone is heard, and what happens when either fails meanwhile. */
#include "unit/signal_world.h"

#define TOLD "{\"type\":\"media_moving\"}"
#define BUSY "{\"type\":\"error\",\"code\":\"busy\",\"fatal\":false}"

struct scene {
    struct world *w;
    struct meeting *m;
    struct person ana, ben; /* on sockets 1 and 2 */
    uint64_t old;           /* ben's transport */
};

static void connect_media(struct scene *s, uint64_t key)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_CONNECTED, .peer = key};
    world_evt(s->w, &evt);
}

static void close_media(struct scene *s, uint64_t key)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_CLOSED, .peer = key, .reason = IC_PEER_REASON_CONSENT_LOST};
    world_evt(s->w, &evt);
}

static struct scene two(void)
{
    struct ic_hub_config c = world_config();
    struct scene s = {.w = world_new(&c)};
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    s.ana = world_first(s.w, 1, s.m, 1);
    s.ben = world_enter(s.w, 2, s.m, &s.ana, 2);
    connect_media(&s, s.ana.key);
    connect_media(&s, s.ben.key);
    world_settle(s.w, 1000);
    s.old = s.ben.key;
    return s;
}

static void scene_delete(struct scene *s)
{
    world_delete(s->w);
    free(s->m);
}

static bool tell(struct scene *s)
{
    bool is_told = ic_hub_move_media(s->w->hub, s->w->now, s->ben.key);
    world_drain(s->w);
    return is_told;
}

/* The command of this kind about this transport in what was drained last; NULL: none. */
static const struct ic_cmd *commanded(const struct scene *s, enum ic_cmd_kind kind, uint64_t key)
{
    const struct ic_cmd *found = NULL;
    for (size_t i = 0; i < s->w->count; i++) {
        const struct world_effect *e = &s->w->effects[i];
        if (e->out.kind == IC_HUB_CMD && e->cmd->kind == kind && e->cmd->peer == key)
            found = e->cmd;
    }
    return found;
}

/* Ben makes the other one. */
static void join_again(struct scene *s)
{
    world_place(s->w, &s->ben, NULL);
    assert_true(s->ben.key != s->old);
}

static void take(struct scene *s)
{
    struct ic_evt ready = world_ready(s->ben.key);
    world_evt(s->w, &ready);
    assert_non_null(world_heard(s->w, s->ben.conn, "{\"type\":\"joined\""));
}

static void one_alone_is_heard_and_the_old_one_ends_behind_it(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    assert_non_null(world_heard(s.w, 2, TOLD));
    assert_null(world_heard(s.w, 1, ""));
    join_again(&s);
    const struct ic_cmd *add = commanded(&s, IC_CMD_PEER_ADD, s.ben.key);
    assert_true(add->beside == s.old && !add->microphone && !add->camera);
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    assert_null(world_heard(s.w, 1, ""));
    take(&s);
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    connect_media(&s, s.ben.key);
    world_settle(s.w, 5000); /* as long as the client does not send with it */
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    assert_null(commanded(&s, IC_CMD_PEER_MEDIA, s.ben.key));
    assert_null(world_heard(s.w, 1, "\"peer\""));
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":true,\"camera\":true}");
    const struct ic_cmd *media = commanded(&s, IC_CMD_PEER_MEDIA, s.old);
    assert_true(media != NULL && !media->microphone && !media->camera);
    media = commanded(&s, IC_CMD_PEER_MEDIA, s.ben.key);
    assert_true(media != NULL && media->microphone && media->camera);
    world_settle(s.w, IC_SIGNAL_BESIDE_MS - 1);
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    world_settle(s.w, 1);
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    scene_delete(&s);
}

/* Somebody mutes while the other transport is not there yet: the old one is told. */
static void what_is_said_meanwhile_is_of_the_old_one(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":false}");
    const struct ic_cmd *media = commanded(&s, IC_CMD_PEER_MEDIA, s.old);
    assert_true(media != NULL && !media->microphone);
    assert_null(commanded(&s, IC_CMD_PEER_MEDIA, s.ben.key));
    scene_delete(&s);
}

static void the_old_one_fails_first_and_the_new_one_is_heard(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    close_media(&s, s.old);
    const struct ic_cmd *media = commanded(&s, IC_CMD_PEER_MEDIA, s.ben.key);
    assert_true(media != NULL && media->microphone);
    assert_null(world_heard(s.w, 2, "media_lost"));
    world_settle(s.w, 60000);
    assert_null(world_heard(s.w, 2, "media_lost"));
    scene_delete(&s);
}

static void refuse(struct scene *s)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_REFUSED, .peer = s->ben.key, .reason = IC_PEER_REASON_FULL};
    s->ben.key = s->old;
    world_evt(s->w, &evt);
}

/* The old one stands, and is the only one: its client knows, and the others have heard nothing. */
static void assert_old_one_stands(struct scene *s)
{
    assert_non_null(world_heard(s->w, 2, BUSY));
    assert_null(world_heard(s->w, 2, "media_lost"));
    assert_null(world_closed(s->w, 2));
    assert_null(commanded(s, IC_CMD_PEER_REMOVE, s->old));
    assert_null(world_heard(s->w, 1, ""));
    world_say(s->w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":false}");
    const struct ic_cmd *media = commanded(s, IC_CMD_PEER_MEDIA, s->old);
    assert_true(media != NULL && !media->microphone);
    world_settle(s->w, 3LL * IC_SIGNAL_WORKER_MS);
    assert_null(world_closed(s->w, 2));
    assert_null(commanded(s, IC_CMD_PEER_REMOVE, s->old));
}

static void the_new_one_is_refused_and_the_old_one_stands(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    refuse(&s);
    assert_old_one_stands(&s);
    assert_true(tell(&s)); /* later there is room */
    join_again(&s);
    assert_true(commanded(&s, IC_CMD_PEER_ADD, s.ben.key)->beside != 0);
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    take(&s);
    scene_delete(&s);
}

/* Its client joins without having been told: for it the old one is lost. */
static void who_was_refused_and_joins_anew_has_no_old_one(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    refuse(&s);
    join_again(&s);
    assert_false(commanded(&s, IC_CMD_PEER_ADD, s.ben.key)->beside != 0);
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    take(&s);
    scene_delete(&s);
}

static void nobody_answers_for_the_new_one_and_the_old_one_stands(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    uint64_t left = s.ben.key;
    world_settle(s.w, IC_SIGNAL_WORKER_MS);
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, left));
    assert_old_one_stands(&s);
    scene_delete(&s);
}

static void the_new_one_fails_before_it_is_heard_and_the_old_one_stands(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    close_media(&s, s.ben.key); /* the path to it never stood */
    assert_old_one_stands(&s);
    scene_delete(&s);
}

static void the_new_one_fails_once_it_is_heard_and_media_are_lost(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    connect_media(&s, s.ben.key);
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":true,\"camera\":true}");
    close_media(&s, s.ben.key);
    assert_non_null(world_heard(s.w, 2, "media_lost"));
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    scene_delete(&s);
}

/* Before the server knows that it has failed. */
static void the_client_makes_a_third_one_in_place_of_the_second(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    uint64_t failed = s.ben.key;
    join_again(&s);
    assert_true(commanded(&s, IC_CMD_PEER_ADD, s.ben.key)->beside != 0);
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, failed));
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    take(&s);
    scene_delete(&s);
}

/* Also what changed in them meanwhile. */
static void the_slots_of_the_old_one_are_told_again(void **state)
{
    (void)state;
    struct scene s = two();
    struct ic_evt slot = world_slot(s.old, "2", s.ana.key, IC_SOURCE_MICROPHONE);
    world_evt(s.w, &slot);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, s.ana.peer));
    assert_true(tell(&s));
    join_again(&s);
    world_close(s.w, 2, IC_HUB_LOST);
    s.ben.conn = 5;
    world_resume(s.w, 5, s.m, s.ben.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 5, "{\"mid\":\"2\",\"peer\":\""));
    join_again(&s);
    slot = world_slot(s.old, "2", 0, IC_SOURCE_MICROPHONE);
    world_evt(s.w, &slot);
    refuse(&s);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 5, "{\"mid\":\"2\",\"peer\":null}"));
    scene_delete(&s);
}

static void a_socket_is_lost_meanwhile_and_the_old_one_stands(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    uint64_t left = s.ben.key;
    world_close(s.w, 2, IC_HUB_LOST);
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, left));
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    s.ben.conn = 5;
    world_resume(s.w, 5, s.m, s.ben.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 5, "\"is_in_worker\":true"));
    join_again(&s);
    assert_true(commanded(&s, IC_CMD_PEER_ADD, s.ben.key)->beside != 0);
    assert_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    scene_delete(&s);
}

static void who_leaves_meanwhile_leaves_nothing_behind(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    world_say(s.w, 2, "{\"type\":\"leave\"}");
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, s.old));
    assert_non_null(commanded(&s, IC_CMD_PEER_REMOVE, s.ben.key));
    scene_delete(&s);
}

/* The old transport is a source for the new one, as anybody's is: nobody sees himself. */
static void nobody_is_told_of_himself(void **state)
{
    (void)state;
    struct scene s = two();
    assert_true(tell(&s));
    join_again(&s);
    take(&s);
    struct ic_evt own = world_slot(s.ben.key, "2", s.old, IC_SOURCE_MICROPHONE);
    world_evt(s.w, &own);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, "{\"mid\":\"2\",\"peer\":null}"));
    own = world_slot(s.ben.key, "2", s.ana.key, IC_SOURCE_MICROPHONE);
    world_evt(s.w, &own);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, s.ana.peer));
    scene_delete(&s);
}

static void who_cannot_make_another_one_now_is_not_told(void **state)
{
    (void)state;
    struct scene s = two();
    assert_false(ic_hub_move_media(s.w->hub, s.w->now, 5));
    world_close(s.w, 2, IC_HUB_LOST); /* nobody is there to hear it */
    assert_false(tell(&s));
    world_resume(s.w, 5, s.m, s.ben.session, s.m->log_size);
    assert_true(tell(&s)); /* and once more, when it may not have come */
    assert_true(tell(&s));
    s.ben.conn = 5;
    join_again(&s);
    assert_false(tell(&s));
    take(&s);
    assert_false(tell(&s)); /* two are enough */
    scene_delete(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_alone_is_heard_and_the_old_one_ends_behind_it),
        cmocka_unit_test(what_is_said_meanwhile_is_of_the_old_one),
        cmocka_unit_test(the_old_one_fails_first_and_the_new_one_is_heard),
        cmocka_unit_test(the_new_one_is_refused_and_the_old_one_stands),
        cmocka_unit_test(who_was_refused_and_joins_anew_has_no_old_one),
        cmocka_unit_test(nobody_answers_for_the_new_one_and_the_old_one_stands),
        cmocka_unit_test(the_new_one_fails_before_it_is_heard_and_the_old_one_stands),
        cmocka_unit_test(the_new_one_fails_once_it_is_heard_and_media_are_lost),
        cmocka_unit_test(the_client_makes_a_third_one_in_place_of_the_second),
        cmocka_unit_test(the_slots_of_the_old_one_are_told_again),
        cmocka_unit_test(a_socket_is_lost_meanwhile_and_the_old_one_stands),
        cmocka_unit_test(who_leaves_meanwhile_leaves_nothing_behind),
        cmocka_unit_test(nobody_is_told_of_himself),
        cmocka_unit_test(who_cannot_make_another_one_now_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
