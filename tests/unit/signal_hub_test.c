/* The control plane by behaviour: seats and sockets, media, rosters, bounds, draining. Knocks and
 * groups: signal_group_test.c. */
#include "unit/signal_world.h"

#define JOINED       "{\"type\":\"joined\""
#define PEER         "{\"type\":\"peer\""
#define GONE         "{\"type\":\"gone\""
#define RECONNECTING "\"state\":\"reconnecting\""
#define CONNECTED    "\"state\":\"connected\""

struct scene {
    struct world *w;
    struct meeting *m;
    struct person ana, ben; /* on sockets 1 and 2 */
};

static struct scene scene_with(uint32_t peers_max, uint32_t members_max)
{
    struct ic_hub_config c = world_config();
    c.peers_max = peers_max;
    c.room_members_max = members_max;
    struct scene s = {.w = world_new(&c)};
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    return s;
}

static struct scene empty(void)
{
    return scene_with(400, IC_ROOM_MEMBERS_MAX);
}

/* Ana and Ben in a meeting, everything told. */
static struct scene two(void)
{
    struct scene s = empty();
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

static const struct knocking plain;

static size_t index_of(const struct world *w, uint64_t conn, const char *part)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        if (e->out.kind == IC_HUB_SEND && e->out.conn.value == conn && strstr(e->text, part))
            return i;
    }
    fail_msg("%llu did not hear %s", (unsigned long long)conn, part);
    return 0;
}

static size_t heard_count(const struct world *w, uint64_t conn)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        n += w->effects[i].out.kind == IC_HUB_SEND && w->effects[i].out.conn.value == conn;
    return n;
}

static const struct ic_cmd *command(const struct world *w)
{
    const struct world_effect *e = world_find(w, IC_HUB_CMD);
    return e == NULL ? NULL : e->cmd;
}

static void connect_media(struct world *w, const struct person *p)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_CONNECTED, .peer = p->key};
    world_evt(w, &evt);
}

static void lose_media(struct world *w, const struct person *p)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_CLOSED, .peer = p->key, .reason = IC_PEER_REASON_CONSENT_LOST};
    world_evt(w, &evt);
}

static struct ic_hub_stats stats_of(const struct world *w)
{
    struct ic_hub_stats stats;
    ic_hub_stats(w->hub, &stats);
    return stats;
}

/* ---- joining ---- */

static void join_goes_by_the_worker_to_joined(void **state)
{
    (void)state;
    struct scene s = empty();
    struct person ana = world_knock(s.w, 1, s.m, 1, plain);
    world_create(s.w, s.m, &ana);
    world_place(s.w, &ana, NULL);
    const struct ic_cmd *add = command(s.w);
    assert_int_equal(add->kind, IC_CMD_PEER_ADD);
    assert_true(add->microphone && !add->camera && add->room != 0);
    assert_string_equal(add->transport.ufrag, "Zx4+");
    assert_int_equal(add->transport.section_count, 2);
    assert_int_equal(world_count(s.w, IC_HUB_SEND), 0);
    struct ic_evt ready = world_ready(ana.key);
    world_evt(s.w, &ready);
    size_t joined = index_of(s.w, 1, JOINED);
    assert_int_equal(index_of(s.w, 1, "{\"type\":\"peers\""), joined + 1);
    assert_int_equal(index_of(s.w, 1, "{\"type\":\"slots\",\"slots\":[]}"), joined + 2);
    assert_int_equal(index_of(s.w, 1, "{\"type\":\"codec\",\"codec\":\"vp8\"}"), joined + 3);
    assert_non_null(
        world_heard(s.w, 1, "\"candidates\":[{\"address\":\"127.0.0.1\",\"port\":10000}]"));
    assert_non_null(world_heard(s.w, 1, "{\"mid\":\"11\",\"ssrc\":6,\"rtx_ssrc\":7}"));
    scene_delete(&s);
}

/* No media before the leaf is in the group. */
static void who_waits_cannot_join(void **state)
{
    (void)state;
    static char text[2048];
    struct scene s = two();
    (void)world_knock(s.w, 3, s.m, 3, plain);
    world_join_text(text, sizeof text, CODEC_VP8);
    world_say(s.w, 3, text);
    world_expect_error(s.w, 3, "bad_message", 1008);
    assert_null(world_find(s.w, IC_HUB_CMD));
    scene_delete(&s);
}

static void others_hear_of_a_newcomer_and_of_its_connection(void **state)
{
    (void)state;
    struct scene s = empty();
    s.ana = world_first(s.w, 1, s.m, 1);
    s.ben = world_knock(s.w, 2, s.m, 2, plain);
    world_admit(s.w, s.m, &s.ana, &s.ben, false);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "\"leaf\":1,\"state\":\"connecting\""));
    world_join(s.w, &s.ben);
    world_settle(s.w, 1000);
    assert_non_null(world_heard(s.w, 1, "\"microphone\":true"));
    connect_media(s.w, &s.ben);
    assert_non_null(world_heard(s.w, 1, CONNECTED));
    assert_non_null(world_heard(s.w, 2, CONNECTED));
    connect_media(s.w, &s.ben);
    assert_int_equal(s.w->count, 0);
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    (void)world_first(s.w, 3, other, 3);
    assert_null(world_heard(s.w, 1, ""));
    assert_string_not_equal(s.ana.peer, s.ben.peer);
    assert_string_not_equal(s.ana.session, s.ben.session);
    free(other);
    scene_delete(&s);
}

/* Shape of what happens from knock to close, without what differs by nature (ids). */
static void shape_of(const char *meeting, enum ic_err result, char *out, size_t cap)
{
    struct scene s = empty();
    struct meeting named = *s.m;
    named.name = meeting;
    s.w->holds_store = true;
    (void)world_arrive(s.w, 1, &named, 1, plain);
    size_t n = (size_t)snprintf(out, cap, "%zu ", s.w->count);
    struct world_held held = world_hold(s.w);
    world_answer(s.w, &held, result);
    for (size_t i = 0; i < s.w->count; i++) {
        const struct world_effect *e = &s.w->effects[i];
        n += (size_t)snprintf(out + n, cap - n, "%d %u %s %s; ", (int)e->out.kind,
                              e->out.close_code, e->text == NULL ? "" : e->text,
                              e->out.close_reason == NULL ? "" : e->out.close_reason);
    }
    assert_true(n < cap);
    scene_delete(&s);
}

static void unknown_and_malformed_meetings_look_the_same(void **state)
{
    (void)state;
    static const char *const cases[] = {
        MEETING_A,
        "",
        "short",
        "AAECAwQFBgcICQoLDA0ODx", /* not canonical */
        "AAECAwQFBgcICQoLDA0OD!",
        "/../../../../../../../",
    };
    char first[512], other[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shape_of(cases[i], IC_ERR_GONE, i == 0 ? first : other, sizeof first);
        if (i > 0)
            assert_string_equal(first, other);
    }
    assert_non_null(strstr(first, "not_found"));
    assert_non_null(strstr(first, "1008"));
}

/* Even if somebody had the meeting of all zeros, a malformed id is not its name. */
static void what_the_store_asks_for_hides_the_malformed_id(void **state)
{
    (void)state;
    static const uint8_t zeros[IC_MEETING_ID_LEN] = {0};
    struct scene s = empty();
    struct meeting *zero = world_meeting(s.w, "AAAAAAAAAAAAAAAAAAAAAA", FORGE_OPEN);
    struct meeting named = *s.m;
    named.name = "short";
    s.w->holds_store = true;
    (void)world_arrive(s.w, 1, &named, 1, plain);
    struct world_held held = world_hold(s.w);
    assert_memory_equal(held.request.meeting, zeros, sizeof zeros);
    world_answer(s.w, &held, IC_OK);
    world_expect_error(s.w, 1, "not_found", 1008);
    free(zero);
    scene_delete(&s);
}

static void store_and_worker_refusals_have_their_codes(void **state)
{
    (void)state;
    struct scene s = two();
    static const struct {
        enum ic_err store;
        const char *code;
    } stores[] = {{IC_ERR_SYSTEM, "internal"}, {IC_ERR_FULL, "busy"}};
    for (uint64_t i = 0; i < 2; i++) {
        s.w->holds_store = true;
        (void)world_arrive(s.w, 10 + i, s.m, 10 + i, plain);
        struct world_held held = world_hold(s.w);
        world_answer(s.w, &held, stores[i].store);
        world_expect_error(s.w, 10 + i, stores[i].code, 1013);
        s.w->holds_store = false;
    }
    static const enum ic_peer_reason workers[] = {IC_PEER_REASON_FULL, IC_PEER_REASON_UNFIT};
    for (uint64_t i = 0; i < 2; i++) {
        struct person p = world_knock(s.w, 20 + i, s.m, 20 + i, plain);
        world_admit(s.w, s.m, &s.ana, &p, false);
        world_place(s.w, &p, NULL);
        struct ic_evt evt = {.kind = IC_EVT_PEER_REFUSED, .peer = p.key, .reason = workers[i]};
        world_evt(s.w, &evt);
        if (workers[i] == IC_PEER_REASON_FULL)
            world_expect_no_room(s.w, 20 + i);
        else
            world_expect_error(s.w, 20 + i, "bad_message", 1008);
    }
    assert_int_equal(stats_of(s.w).refused, 4);
    assert_int_equal(stats_of(s.w).clients, 2);
    scene_delete(&s);
}

static void full_meeting_and_full_server(void **state)
{
    (void)state;
    struct scene s = scene_with(3, 2);
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person early = world_knock(s.w, 9, s.m, 9, plain);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    (void)world_arrive(s.w, 3, s.m, 3, plain);
    world_expect_error(s.w, 3, "room_full", 1013);
    /* Who knocked in time cannot be let in either, unless it takes a place over. */
    const struct forge_person *added[] = {&early.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    world_try(s.w, s.m, &ana, &c);
    assert_non_null(world_heard(s.w, 1, "\"reason\":\"full\"}"));
    struct person again = world_knock(s.w, 4, s.m, 4, (struct knocking){.replaces = ben.session});
    const struct forge_person *reloaded[] = {&again.mls};
    struct forge_commit reload = {
        .removed = &ben.leaf, .removed_count = 1, .added = reloaded, .added_count = 1};
    world_commit(s.w, s.m, &ana, &reload);
    (void)world_first(s.w, 5, other, 5);
    (void)world_arrive(s.w, 6, other, 6, plain);
    world_expect_no_room(s.w, 6);
    world_say(s.w, 1, "{\"type\":\"leave\"}");
    (void)world_knock(s.w, 7, other, 7, plain);
    free(other);
    scene_delete(&s);
}

static void meetings_are_spread_over_the_workers(void **state)
{
    (void)state;
    struct scene s = empty();
    struct meeting *b = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    struct meeting *c = world_meeting(s.w, "CAECAwQFBgcICQoLDA0ODw", FORGE_OPEN);
    struct person a1 = world_first(s.w, 1, s.m, 1);
    struct person b1 = world_first(s.w, 2, b, 2);
    struct person a2 = world_enter(s.w, 3, s.m, &a1, 3);
    struct person c1 = world_first(s.w, 4, c, 4);
    assert_int_not_equal(a1.worker, b1.worker);
    assert_int_equal(a1.worker, a2.worker);
    assert_int_equal(c1.worker, b1.worker);
    free(b);
    free(c);
    scene_delete(&s);
}

/* ---- time ---- */

static void silent_clients_and_silent_parts_run_out_of_time(void **state)
{
    (void)state;
    struct scene s = empty();
    assert_int_equal(world_open(s.w, 1), IC_OK);
    world_tick(s.w, 9999);
    assert_int_equal(s.w->count, 0);
    world_tick(s.w, 1);
    world_expect_error(s.w, 1, "bad_message", 1008);
    s.w->holds_store = true;
    (void)world_arrive(s.w, 2, s.m, 2, plain);
    struct world_held held = world_hold(s.w);
    world_tick(s.w, 4999);
    assert_int_equal(s.w->count, 0);
    world_tick(s.w, 1);
    world_expect_error(s.w, 2, "busy", 1013);
    world_answer(s.w, &held, IC_OK);
    assert_int_equal(s.w->count, 0);
    s.w->holds_store = false;
    struct person p = world_knock(s.w, 3, s.m, 3, plain);
    world_create(s.w, s.m, &p);
    world_settle(s.w, 0);
    world_place(s.w, &p, NULL);
    world_tick(s.w, 5000);
    world_expect_error(s.w, 3, "busy", 1013);
    assert_true(command(s.w)->kind == IC_CMD_PEER_REMOVE && command(s.w)->peer == p.key);
    struct ic_evt late = world_ready(p.key);
    world_evt(s.w, &late);
    assert_int_equal(s.w->count, 0);
    world_settle(s.w, 0);
    assert_true(ic_time_is_never(ic_hub_deadline(s.w->hub)));
    assert_int_equal(stats_of(s.w).rooms, 0);
    scene_delete(&s);
}

static void too_many_messages_are_too_many(void **state)
{
    (void)state;
    struct scene s = two();
    for (int i = 0; i < IC_SIGNAL_MESSAGES_BURST; i++) {
        world_say(s.w, 1, "{\"type\":\"ping\",\"id\":4294967295}");
        assert_non_null(world_heard(s.w, 1, "{\"type\":\"pong\",\"id\":4294967295}"));
    }
    world_tick(s.w, 20); /* one more token */
    world_say(s.w, 1, "{\"type\":\"ping\",\"id\":0}");
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"pong\",\"id\":0}"));
    world_say(s.w, 1, "{\"type\":\"ping\",\"id\":0}");
    world_expect_error(s.w, 1, "busy", 1013);
    scene_delete(&s);
}

static void commits_have_a_rate(void **state)
{
    (void)state;
    struct scene s = two();
    for (uint64_t i = 0; i < IC_SIGNAL_COMMITS_BURST; i++)
        world_try(s.w, s.m, &s.ben, &(struct forge_commit){.is_without_path = true, .salt = i});
    world_try(s.w, s.m, &s.ben, &(struct forge_commit){.salt = 99});
    assert_non_null(world_heard(s.w, 2, "\"what\":\"commit\",\"reason\":\"busy\"}"));
    world_tick(s.w, 1000);
    world_commit(s.w, s.m, &s.ben, &(struct forge_commit){.salt = 99});
    scene_delete(&s);
}

/* ---- ends ---- */

static void leaving_and_clean_closing_are_told_at_once(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_enter(s.w, 3, s.m, &s.ana, 3);
    struct person dee = world_enter(s.w, 4, s.m, &s.ana, 4);
    world_settle(s.w, 1000);
    world_say(s.w, 2, "{\"type\":\"leave\"}");
    assert_int_equal(world_closed(s.w, 2)->out.close_code, 1000);
    assert_null(world_heard(s.w, 2, ""));
    assert_true(command(s.w)->kind == IC_CMD_PEER_REMOVE && command(s.w)->peer == s.ben.key);
    world_tick(s.w, 0);
    const char *gone = world_heard(s.w, 1, GONE);
    assert_true(strstr(gone, s.ben.peer) != NULL && strstr(gone, "left") != NULL);
    world_close(s.w, 3, IC_HUB_LEFT);
    world_tick(s.w, 0);
    gone = world_heard(s.w, 1, GONE);
    assert_true(strstr(gone, cem.peer) != NULL && strstr(gone, "left") != NULL);
    world_close(s.w, 4, IC_HUB_AWAY); /* a page that may be loaded again */
    assert_non_null(world_heard(s.w, 1, RECONNECTING));
    world_tick(s.w, IC_SIGNAL_AWAY_MS - 1);
    assert_int_equal(s.w->count, 0);
    world_settle(s.w, 1);
    gone = world_heard(s.w, 1, GONE);
    assert_true(strstr(gone, dee.peer) != NULL && strstr(gone, "left") != NULL);
    scene_delete(&s);
}

static void a_bad_message_ends_the_seat(void **state)
{
    (void)state;
    struct scene s = two();
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":true}");
    world_expect_error(s.w, 2, "bad_message", 1008);
    world_tick(s.w, 0);
    assert_non_null(strstr(world_heard(s.w, 1, GONE), "lost"));
    scene_delete(&s);
}

static void a_lost_socket_keeps_the_seat_for_the_grace(void **state)
{
    (void)state;
    struct scene s = two();
    connect_media(s.w, &s.ben);
    world_close(s.w, 2, IC_HUB_LOST);
    assert_non_null(strstr(world_heard(s.w, 1, PEER), RECONNECTING));
    assert_null(world_find(s.w, IC_HUB_CMD)); /* media goes on */
    world_tick(s.w, IC_RECONNECT_GRACE_MS - 1);
    assert_int_equal(s.w->count, 0);
    world_settle(s.w, 1);
    assert_non_null(strstr(world_heard(s.w, 1, GONE), "lost"));
    assert_int_equal(command(s.w)->kind, IC_CMD_PEER_REMOVE);
    world_resume(s.w, 3, s.m, s.ben.session, s.m->log_size);
    world_expect_error(s.w, 3, "session_unknown", 1008);
    scene_delete(&s);
}

static void resume_brings_the_same_seat_back(void **state)
{
    (void)state;
    struct scene s = two();
    connect_media(s.w, &s.ben);
    struct ic_evt slot = world_slot(s.ben.key, "11", s.ana.key, IC_SOURCE_CAMERA);
    world_close(s.w, 2, IC_HUB_LOST);
    world_evt(s.w, &slot); /* nobody is there to hear it */
    world_tick(s.w, IC_RECONNECT_GRACE_MS - 1);
    assert_int_equal(s.w->count, 0);
    world_resume(s.w, 3, s.m, s.ben.session, s.m->log_size);
    size_t resumed = index_of(s.w, 3, "{\"type\":\"resumed\"");
    assert_non_null(strstr(s.w->effects[resumed].text, s.ben.peer));
    assert_true(index_of(s.w, 3, "{\"type\":\"peers\"") > resumed);
    size_t slots = index_of(s.w, 3, "{\"type\":\"slots\"");
    assert_int_equal(slots, index_of(s.w, 3, "{\"type\":\"peers\"") + 1);
    assert_non_null(strstr(s.w->effects[slots].text, s.ana.peer));
    assert_non_null(strstr(world_heard(s.w, 1, PEER), CONNECTED));
    assert_null(world_find(s.w, IC_HUB_CMD));
    world_settle(s.w, 2 * IC_RECONNECT_GRACE_MS);
    assert_int_equal(s.w->count, 0);
    scene_delete(&s);
}

static void resume_takes_over_from_a_socket_that_hangs(void **state)
{
    (void)state;
    struct scene s = two();
    world_resume(s.w, 3, s.m, s.ana.session, s.m->log_size);
    world_expect_error(s.w, 1, "taken_over", 1008);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"resumed\""));
    world_close(s.w, 1, IC_HUB_LOST); /* late news of the old one */
    assert_int_equal(s.w->count, 0);
    world_say(s.w, 3, "{\"type\":\"ping\",\"id\":1}");
    assert_non_null(world_heard(s.w, 3, "pong"));
    scene_delete(&s);
}

/* The worker's answer to a socket that is gone belongs to nobody. */
static void a_socket_that_goes_while_placing_leaves_no_transport(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &s.ana, &cem, false);
    world_place(s.w, &cem, NULL);
    world_close(s.w, 3, IC_HUB_LOST);
    assert_true(command(s.w)->kind == IC_CMD_PEER_REMOVE && command(s.w)->peer == cem.key);
    struct ic_evt ready = world_ready(cem.key);
    world_evt(s.w, &ready);
    assert_int_equal(s.w->count, 0);
    world_resume(s.w, 4, s.m, cem.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 4, "\"is_in_worker\":false"));
    cem.conn = 4;
    world_join(s.w, &cem);
    scene_delete(&s);
}

static void wrong_sessions_are_unknown(void **state)
{
    (void)state;
    struct scene s = two();
    char wrong[IC_SESSION_TEXT_LEN + 1];
    (void)snprintf(wrong, sizeof wrong, "%s", s.ana.session);
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    world_resume(s.w, 3, s.m, wrong, 2);
    world_expect_error(s.w, 3, "session_unknown", 1008);
    world_resume(s.w, 4, s.m, "AAAAAAAAAAAAAAAAAAAAAB", 2); /* not canonical */
    world_expect_error(s.w, 4, "session_unknown", 1008);
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    world_resume(s.w, 5, other, s.ana.session, 2);
    world_expect_error(s.w, 5, "session_unknown", 1008);
    assert_int_equal(stats_of(s.w).rooms, 1);
    /* Somebody who waits has a session, too, but no seat. */
    struct person cem = world_knock(s.w, 6, s.m, 6, plain);
    world_resume(s.w, 7, s.m, cem.session, 2);
    world_expect_error(s.w, 7, "session_unknown", 1008);
    assert_true(s.w->is_open[6]);
    free(other);
    scene_delete(&s);
}

/* ---- media ---- */

static void media_goes_to_the_worker_and_to_everybody(void **state)
{
    (void)state;
    struct scene s = two();
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    assert_true(command(s.w)->kind == IC_CMD_PEER_MEDIA && command(s.w)->peer == s.ben.key);
    assert_true(!command(s.w)->microphone && command(s.w)->camera);
    assert_non_null(strstr(world_heard(s.w, 1, PEER), "\"microphone\":false,\"camera\":true"));
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    assert_int_equal(s.w->count, 0);
    scene_delete(&s);
}

static void quick_changes_reach_worker_and_others_as_one(void **state)
{
    (void)state;
    struct scene s = two();
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":false}");
    assert_non_null(world_heard(s.w, 1, PEER));
    for (int i = 0; i < 5; i++) {
        world_say(s.w, 2,
                  i % 2 == 0 ? "{\"type\":\"media\",\"microphone\":true,\"camera\":true}"
                             : "{\"type\":\"media\",\"microphone\":true,\"camera\":false}");
        assert_int_equal(s.w->count, 0);
    }
    world_tick(s.w, IC_SIGNAL_ROSTER_MS - 1);
    assert_int_equal(s.w->count, 0);
    world_tick(s.w, 1);
    assert_non_null(strstr(world_heard(s.w, 1, PEER), "\"microphone\":true,\"camera\":true"));
    assert_int_equal(world_count(s.w, IC_HUB_CMD), 1);
    assert_true(command(s.w)->kind == IC_CMD_PEER_MEDIA && command(s.w)->microphone &&
                command(s.w)->camera);
    /* there and back within the time is no news */
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    world_say(s.w, 2, "{\"type\":\"media\",\"microphone\":true,\"camera\":true}");
    world_tick(s.w, IC_SIGNAL_ROSTER_MS);
    assert_int_equal(s.w->count, 0);
    scene_delete(&s);
}

static void media_said_while_joining_counts(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &s.ana, &cem, false);
    world_place(s.w, &cem, NULL);
    world_say(s.w, 3, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    assert_true(command(s.w)->camera);
    struct ic_evt ready = world_ready(cem.key);
    world_evt(s.w, &ready);
    assert_non_null(world_heard(s.w, 3, "\"microphone\":false,\"camera\":true"));
    scene_delete(&s);
}

static void slots_of_one_turn_come_together(void **state)
{
    (void)state;
    struct scene s = two();
    struct ic_evt audio = world_slot(s.ana.key, "2", s.ben.key, IC_SOURCE_MICROPHONE);
    struct ic_evt video = world_slot(s.ana.key, "11", s.ben.key, IC_SOURCE_CAMERA);
    world_evt(s.w, &audio);
    world_evt(s.w, &video);
    assert_int_equal(s.w->count, 0);
    assert_true(ic_time_reached(ic_hub_deadline(s.w->hub), s.w->now));
    world_tick(s.w, 0);
    assert_int_equal(s.w->count, 1);
    const char *text = world_heard(s.w, 1, "{\"type\":\"slots\"");
    assert_true(strstr(text, "microphone") != NULL && strstr(text, "camera") != NULL);
    world_evt(s.w, &audio);
    world_tick(s.w, 0);
    assert_int_equal(s.w->count, 0); /* nothing new */
    video.source_peer = 0;
    world_evt(s.w, &video);
    world_tick(s.w, 0);
    assert_non_null(
        world_heard(s.w, 1, "{\"type\":\"slots\",\"slots\":[{\"mid\":\"11\",\"peer\":null}]}"));
    scene_delete(&s);
}

static void a_slot_never_names_somebody_unknown(void **state)
{
    (void)state;
    struct scene s = two();
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    struct person far = world_first(s.w, 3, other, 3);
    struct ic_evt slot = world_slot(s.ana.key, "2", s.ben.key, IC_SOURCE_MICROPHONE);
    world_evt(s.w, &slot);
    world_tick(s.w, 0);
    world_say(s.w, 2, "{\"type\":\"leave\"}");
    world_close(s.w, 1, IC_HUB_LOST);
    world_resume(s.w, 4, s.m, s.ana.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"slots\",\"slots\":[]}"));
    slot.source_peer = far.key; /* a fault of the worker must not leak a person */
    world_evt(s.w, &slot);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 4, "{\"mid\":\"2\",\"peer\":null}"));
    free(other);
    scene_delete(&s);
}

static void lost_media_asks_for_a_new_join(void **state)
{
    (void)state;
    struct scene s = two();
    char peer[IC_PEER_TEXT_LEN + 1];
    connect_media(s.w, &s.ben);
    lose_media(s.w, &s.ben);
    assert_non_null(
        world_heard(s.w, 2, "{\"type\":\"error\",\"code\":\"media_lost\",\"fatal\":false}"));
    assert_null(world_closed(s.w, 2));
    assert_non_null(strstr(world_heard(s.w, 1, PEER), RECONNECTING));
    (void)snprintf(peer, sizeof peer, "%s", s.ben.peer);
    uint64_t key = s.ben.key;
    world_join(s.w, &s.ben); /* on the same socket, as the same person */
    assert_string_equal(s.ben.peer, peer);
    assert_true(s.ben.key != key);
    world_tick(s.w, 2 * IC_RECONNECT_GRACE_MS);
    assert_true(s.w->is_open[2]);
    scene_delete(&s);
}

static void lost_media_runs_out_of_time(void **state)
{
    (void)state;
    struct scene s = two();
    lose_media(s.w, &s.ben);
    world_close(s.w, 2, IC_HUB_LOST);
    world_tick(s.w, 10000);
    world_resume(s.w, 3, s.m, s.ben.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 3, "\"is_in_worker\":false"));
    assert_non_null(world_heard(s.w, 3, "\"media_lost\",\"fatal\":false"));
    world_settle(s.w, 20000); /* resuming does not give more time */
    world_expect_error(s.w, 3, "media_lost", 1008);
    assert_non_null(strstr(world_heard(s.w, 1, GONE), "lost"));
    assert_null(world_find(s.w, IC_HUB_CMD)); /* the worker has forgotten it before */
    scene_delete(&s);
}

static void a_new_join_ends_the_old_transport(void **state)
{
    (void)state;
    struct scene s = two();
    uint64_t old = s.ben.key;
    world_place(s.w, &s.ben, NULL); /* the client's own side failed */
    assert_true(command(s.w)->kind == IC_CMD_PEER_REMOVE && command(s.w)->peer == old);
    struct ic_evt late = {.kind = IC_EVT_PEER_CLOSED, .peer = old};
    world_evt(s.w, &late);
    assert_int_equal(s.w->count, 0);
    struct ic_evt ready = world_ready(s.ben.key);
    world_evt(s.w, &ready);
    assert_non_null(world_heard(s.w, 2, JOINED));
    scene_delete(&s);
}

static void news_of_other_peers_are_ignored(void **state)
{
    (void)state;
    struct scene s = two();
    world_place(s.w, &s.ana, NULL);
    struct ic_evt ready = world_ready(s.ana.key ^ 1);
    world_evt(s.w, &ready);
    assert_int_equal(s.w->count, 0);
    struct ic_evt stats = {.kind = IC_EVT_STATS};
    world_evt(s.w, &stats);
    assert_int_equal(s.w->count, 0);
    scene_delete(&s);
}

/* ---- many ---- */

#define MANY 200

/* Fifty at a time are let in by one commit. */
static void fill(struct scene *s, struct person people[MANY])
{
    people[0] = world_first(s->w, 0, s->m, 1000);
    for (size_t from = 1; from < MANY; from += IC_MLS_ADDS_MAX) {
        const struct forge_person *added[IC_MLS_ADDS_MAX];
        size_t n = 0;
        for (; n < IC_MLS_ADDS_MAX && from + n < MANY; n++) {
            people[from + n] = world_knock(s->w, from + n, s->m, 1000 + from + n, plain);
            added[n] = &people[from + n].mls;
        }
        struct forge_commit c = {.added = added, .added_count = n};
        world_commit(s->w, s->m, &people[0], &c);
        for (size_t i = 0; i < n; i++) {
            assert_non_null(world_heard(s->w, from + i, "{\"type\":\"welcome\""));
            people[from + i].leaf = world_leaf(s->m, &people[from + i]);
        }
        world_settle(s->w, 1000);
    }
}

static void two_hundred_people_hear_everything(void **state)
{
    (void)state;
    struct scene s = empty();
    static struct person people[MANY];
    fill(&s, people);
    for (size_t i = 1; i < MANY; i++) {
        world_join(s.w, &people[i]);
        size_t parts = (MANY - 1) / IC_SIGNAL_PEERS_MAX + 1;
        assert_int_equal(heard_count(s.w, i), 1 + parts + 1 + 1); /* with slots and codec */
        world_settle(s.w, 1000);
    }
    (void)world_arrive(s.w, MANY, s.m, 5000, plain);
    world_expect_error(s.w, MANY, "room_full", 1013);
    connect_media(s.w, &people[0]);
    assert_int_equal(world_count(s.w, IC_HUB_SEND), MANY);
    const char *shared = s.w->effects[0].out.text;
    for (size_t i = 0; i < s.w->count; i++)
        assert_ptr_equal(s.w->effects[i].out.text, shared); /* written once */
    /* A commit, too. */
    world_commit(s.w, s.m, &people[7], &(struct forge_commit){.salt = 1});
    size_t sent = 0;
    for (size_t i = 0; i < s.w->count; i++)
        sent += s.w->effects[i].out.kind == IC_HUB_SEND;
    assert_int_equal(sent, MANY);
    scene_delete(&s);
}

/* Half of a full meeting loses the socket in one moment and does not come back: ten thousand texts,
 * in bounded steps; then one commit removes them all. */
static void a_mass_loss_is_worked_off_in_steps(void **state)
{
    (void)state;
    struct scene s = empty();
    static struct person people[MANY];
    uint32_t leaves[MANY / 2];
    size_t gone = 0, steps = 0;
    fill(&s, people);
    for (size_t i = 1; i < MANY; i++)
        world_join(s.w, &people[i]);
    world_settle(s.w, 1000);
    for (size_t i = 0; i < MANY / 2; i++) {
        world_close(s.w, i, IC_HUB_LOST);
        leaves[i] = people[i].leaf;
    }
    world_tick(s.w, IC_RECONNECT_GRACE_MS);
    while (s.w->count > 0 && steps++ < 1000) {
        gone += world_heard(s.w, MANY - 1, GONE) == NULL ? 0 : 1;
        for (size_t i = 0, first = 1; i < s.w->count; i++) {
            const struct world_effect *e = &s.w->effects[i];
            if (e->out.kind != IC_HUB_SEND || e->out.conn.value != MANY - 1 ||
                strstr(e->text, GONE) == NULL)
                continue;
            gone += first == 0;
            first = 0;
        }
        world_tick(s.w, 0);
    }
    assert_true(steps > 4);
    assert_int_equal(gone, MANY / 2);
    assert_false(ic_time_reached(ic_hub_deadline(s.w->hub), s.w->now));
    struct forge_commit c = {.removed = leaves, .removed_count = MANY / 2};
    world_commit(s.w, s.m, &people[MANY - 1], &c);
    world_settle(s.w, 0);
    assert_null(world_heard(s.w, MANY - 2, GONE)); /* they were told before */
    assert_int_equal(stats_of(s.w).peers, MANY / 2);
    scene_delete(&s);
}

/* The largest step: half of a full meeting is removed while it is there. */
static void half_of_a_full_meeting_is_removed_at_once(void **state)
{
    (void)state;
    struct ic_hub_config config = world_config();
    struct scene s = {.w = world_new(&config)};
    static struct person people[MANY];
    uint32_t leaves[MANY / 2];
    uint8_t authority[IC_AUTHORITY_LEN];
    s.m = world_meeting(s.w, MEETING_A, FORGE_HOSTED_OPEN);
    fill(&s, people);
    for (size_t i = 0; i < MANY / 2; i++)
        leaves[i] = people[i + MANY / 2].leaf;
    forge_authority(s.m->id, &people[0].mls, authority);
    struct forge_commit c = {.removed = leaves, .removed_count = MANY / 2, .authority = authority};
    world_commit(s.w, s.m, &people[0], &c);
    for (size_t i = MANY / 2; i < MANY; i++)
        world_expect_error(s.w, i, "removed", 1008);
    world_settle(s.w, 0);
    assert_int_equal(stats_of(s.w).peers, MANY / 2);
    scene_delete(&s);
}

/* The socket goes while the shell hands out the effects that are meant for it. */
static void a_socket_that_goes_during_the_drain_gets_nothing_more(void **state)
{
    (void)state;
    struct scene s = two();
    for (uint64_t i = 3; i <= 5; i++)
        (void)world_enter(s.w, i, s.m, &s.ana, i);
    const char *media = "{\"type\":\"media\",\"microphone\":false,\"camera\":false}";
    world_settle(s.w, 1000);
    ic_hub_on_message(s.w->hub, s.w->now, (struct ic_conn_id){1}, media, strlen(media));
    struct ic_hub_out out;
    world_clear(s.w);
    while (ic_hub_poll(s.w->hub, &out)) {
        world_take(s.w, &out);
        if (out.kind == IC_HUB_SEND && out.conn.value == 2) {
            for (uint64_t conn = 2; conn <= 4; conn++) {
                s.w->is_open[conn] = false;
                ic_hub_on_close(s.w->hub, s.w->now, (struct ic_conn_id){conn},
                                conn == 3 ? IC_HUB_LEFT : IC_HUB_LOST);
            }
        }
    }
    assert_non_null(world_heard(s.w, 5, PEER));
    assert_null(world_heard(s.w, 3, ""));
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 5, RECONNECTING));
    assert_non_null(world_heard(s.w, 5, GONE));
    scene_delete(&s);
}

/* The same, for a seat whose time is over in that very moment: no last word to a dead socket. */
static void a_seat_that_ends_with_its_socket_says_no_last_word(void **state)
{
    (void)state;
    struct scene s = two();
    lose_media(s.w, &s.ben);
    s.w->now = ic_time_add(s.w->now, IC_MS(IC_RECONNECT_GRACE_MS));
    const char *media = "{\"type\":\"media\",\"microphone\":false,\"camera\":false}";
    ic_hub_on_message(s.w->hub, s.w->now, (struct ic_conn_id){1}, media, strlen(media));
    ic_hub_on_close(s.w->hub, s.w->now, (struct ic_conn_id){2}, IC_HUB_LOST);
    s.w->is_open[2] = false;
    world_drain(s.w);
    assert_non_null(world_heard(s.w, 1, PEER));
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, GONE));
    assert_null(world_heard(s.w, 2, ""));
    scene_delete(&s);
}

/* A member whose socket went during the drain is removed before the tick that would have told. */
static void a_member_that_went_during_the_drain_can_be_removed(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_enter(s.w, 3, s.m, &s.ana, 3);
    world_settle(s.w, 1000);
    (void)cem;
    s.w->holds_store = true;
    world_say(s.w, 2, "{\"type\":\"leave\"}");
    world_try(s.w, s.m, &s.ana, &(struct forge_commit){.removed = &s.ben.leaf, .removed_count = 1});
    struct world_held held = world_hold(s.w);
    const char *media = "{\"type\":\"media\",\"microphone\":false,\"camera\":false}";
    ic_hub_on_message(s.w->hub, s.w->now, (struct ic_conn_id){1}, media, strlen(media));
    ic_hub_on_close(s.w->hub, s.w->now, (struct ic_conn_id){3}, IC_HUB_LOST);
    s.w->is_open[3] = false;
    world_drain(s.w);
    world_answer(s.w, &held, IC_OK);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"commit\""));
    assert_null(world_heard(s.w, 3, ""));
    world_settle(s.w, 0);
    scene_delete(&s);
}

/* ---- meetings, drain ---- */

static void request_meeting(struct world *w, uint64_t conn, const uint8_t id[16],
                            enum forge_kind kind)
{
    static char body[WORLD_TEXT];
    uint8_t policy[IC_POLICY_BYTES_MAX];
    size_t len = forge_policy(id, kind, policy);
    size_t n = world_add_bytes(body, 0, "policy", policy, len);
    body[0] = '{';
    (void)strcpy(body + n, "}");
    ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){conn}, body, strlen(body));
    world_drain(w);
}

static void meetings_are_made_of_their_policy(void **state)
{
    (void)state;
    struct scene s = empty();
    static const uint8_t id[16] = {1, 2, 3};
    request_meeting(s.w, 9, id, FORGE_LOBBY);
    const struct world_effect *answer = world_find(s.w, IC_HUB_ANSWER);
    uint8_t made[IC_MEETING_ID_LEN];
    assert_int_equal(answer->out.answer, IC_HUB_MADE);
    assert_int_equal(answer->out.conn.value, 9);
    assert_int_equal(ic_base64url_decode(answer->out.meeting, 22, made, sizeof made), IC_OK);
    assert_memory_equal(made, id, sizeof id);
    assert_non_null(store_find(&s.w->store, id));
    request_meeting(s.w, 9, id, FORGE_OPEN);
    assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, IC_HUB_EXISTS);
    static const struct {
        enum ic_err store;
        enum ic_hub_answer answer;
    } results[] = {
        {IC_ERR_FULL, IC_HUB_FULL}, {IC_ERR_SYSTEM, IC_HUB_FAILED}, {IC_ERR_GONE, IC_HUB_FAILED}};
    s.w->holds_store = true;
    for (size_t i = 0; i < 3; i++) {
        request_meeting(s.w, 10, id, FORGE_OPEN);
        struct world_held held = world_hold(s.w);
        world_answer(s.w, &held, results[i].store);
        assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, results[i].answer);
        assert_string_equal(world_find(s.w, IC_HUB_ANSWER)->out.meeting, "");
    }
    scene_delete(&s);
}

/* Whether anybody is in it or nobody, and without a knock. */
static void the_policy_of_a_meeting_is_given_by_its_id(void **state)
{
    (void)state;
    static const uint8_t nowhere[IC_MEETING_ID_LEN] = {9, 9, 9};
    struct scene s = empty();
    for (int i = 0; i < 2; i++) {
        ic_hub_on_policy_request(s.w->hub, s.w->now, (struct ic_conn_id){50}, s.m->id);
        world_drain(s.w);
        const struct world_effect *e = world_find(s.w, IC_HUB_BLOB);
        assert_non_null(e);
        assert_int_equal(e->out.conn.value, 50);
        assert_int_equal(e->out.result, IC_OK);
        assert_int_equal(e->out.blob_len, s.m->policy_len);
        assert_memory_equal(e->bytes, s.m->policy, s.m->policy_len);
        if (i == 0)
            (void)world_first(s.w, 1, s.m, 1);
    }
    ic_hub_on_policy_request(s.w->hub, s.w->now, (struct ic_conn_id){51}, nowhere);
    world_drain(s.w);
    const struct world_effect *e = world_find(s.w, IC_HUB_BLOB);
    assert_int_equal(e->out.conn.value, 51);
    assert_int_equal(e->out.result, IC_ERR_GONE);
    scene_delete(&s);
}

static void bad_requests_for_meetings_are_refused_at_once(void **state)
{
    (void)state;
    struct scene s = empty();
    static const struct {
        const char *body;
        enum ic_hub_answer answer;
    } table[] = {
        {"", IC_HUB_BAD_MESSAGE},
        {"{}", IC_HUB_BAD_MESSAGE},
        {"[]", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":5}", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":\"\"}", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":\"A\"}", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":\"AQ\",\"name\":\"x\"}", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":\"AQ\"}{}", IC_HUB_BAD_MESSAGE},
        {"{\"policy\":\"AQ\"}", IC_HUB_BAD_POLICY},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *body = table[i].body;
        ic_hub_on_meeting_request(s.w->hub, s.w->now, (struct ic_conn_id){5}, body, strlen(body));
        world_drain(s.w);
        assert_int_equal(s.w->count, 1);
        assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, table[i].answer);
    }
    scene_delete(&s);
}

static void a_meeting_that_is_bound_to_no_operator_or_no_log_is_refused(void **state)
{
    (void)state;
    struct scene s = empty();
    static const uint8_t id[16] = {7};
    for (size_t i = 0; i < 2; i++) {
        static char body[WORLD_TEXT];
        uint8_t policy[IC_POLICY_BYTES_MAX], *hashes = &policy[1 + 16 + 16 + 2 + 4];
        size_t len = forge_policy(id, FORGE_OPEN, policy);
        assert_int_equal(ic_hash_sha256(NULL, 0, &hashes[i * IC_SHA256_LEN]), IC_OK);
        size_t n = world_add_bytes(body, 0, "policy", policy, len);
        body[0] = '{';
        (void)strcpy(body + n, "}");
        ic_hub_on_meeting_request(s.w->hub, s.w->now, (struct ic_conn_id){5}, body, strlen(body));
        world_drain(s.w);
        assert_int_equal(s.w->count, 1);
        assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, IC_HUB_UNBOUND_POLICY);
    }
    assert_null(store_find(&s.w->store, id));
    scene_delete(&s);
}

static void meetings_have_a_rate_and_a_deadline(void **state)
{
    (void)state;
    struct scene s = empty();
    size_t asked = 0, refused = 0;
    s.w->holds_store = true;
    for (int i = 0; i < IC_SIGNAL_MEETINGS_BURST + 5; i++) {
        uint8_t id[16] = {(uint8_t)i, (uint8_t)(i >> 8)};
        request_meeting(s.w, (uint64_t)i, id, FORGE_OPEN);
        asked += world_count(s.w, IC_HUB_STORE);
        refused += world_count(s.w, IC_HUB_ANSWER);
    }
    assert_int_equal(asked, IC_SIGNAL_MEETINGS_BURST);
    assert_int_equal(refused, 5);
    world_settle(s.w, IC_SIGNAL_STORE_MS);
    assert_int_equal(world_count(s.w, IC_HUB_ANSWER), IC_SIGNAL_MEETINGS_BURST);
    assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, IC_HUB_FULL);
    scene_delete(&s);
}

static void drain_tells_everybody_and_lets_nobody_in(void **state)
{
    (void)state;
    static char text[WORLD_TEXT];
    struct scene s = two();
    struct person placing = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &s.ana, &placing, false);
    world_place(s.w, &placing, NULL);
    world_settle(s.w, 0);
    s.w->holds_store = true;
    (void)world_arrive(s.w, 4, s.m, 4, plain);
    struct world_held finding = world_hold(s.w);
    assert_int_equal(world_open(s.w, 5), IC_OK);
    ic_hub_drain(s.w->hub, s.w->now);
    world_drain(s.w);
    world_tick(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"draining\"}"));
    assert_int_equal(s.w->count, 2);
    world_answer(s.w, &finding, IC_OK);
    world_expect_error(s.w, 4, "busy", 1013);
    s.w->holds_store = false;
    struct ic_evt ready = world_ready(placing.key);
    world_evt(s.w, &ready);
    assert_true(index_of(s.w, 3, "draining") > index_of(s.w, 3, "\"slots\","));
    struct person late = {.conn = 5};
    forge_person_init(&late.mls, 5, FORGE_DATE);
    world_knock_text(text, s.m, &late, plain);
    forge_person_deinit(&late.mls);
    world_say(s.w, 5, text);
    world_expect_error(s.w, 5, "busy", 1013);
    world_resume(s.w, 6, s.m, s.ana.session, s.m->log_size);
    assert_non_null(world_heard(s.w, 6, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(s.w, 6, "{\"type\":\"draining\"}"));
    uint8_t id[16] = {9};
    request_meeting(s.w, 9, id, FORGE_OPEN);
    assert_int_equal(world_find(s.w, IC_HUB_ANSWER)->out.answer, IC_HUB_FULL);
    scene_delete(&s);
}

static void sockets_are_bounded(void **state)
{
    (void)state;
    struct ic_hub_config c = world_config();
    c.clients_max = 2;
    struct world *w = world_new(&c);
    assert_int_equal(world_open(w, 1), IC_OK);
    assert_int_equal(world_open(w, 2), IC_OK);
    assert_int_equal(world_open(w, 3), IC_ERR_FULL);
    w->is_open[2] = true;
    assert_int_equal(ic_hub_on_open(w->hub, w->now, (struct ic_conn_id){2}), IC_ERR_STATE);
    world_close(w, 1, IC_HUB_LEFT);
    assert_int_equal(world_open(w, 3), IC_OK);
    world_delete(w);
}

static void logs_hold_no_tokens(void **state)
{
    (void)state;
    struct scene s = two();
    struct person cem = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &s.ana, &cem, false);
    size_t lines = 0;
    for (int step = 0; step < 2; step++) {
        for (size_t i = 0; i < s.w->count; i++) {
            const struct ic_hub_out *out = &s.w->effects[i].out;
            if (out->kind != IC_HUB_LOG)
                continue;
            lines++;
            assert_null(strstr(out->text, cem.session));
            assert_null(strstr(out->text, MEETING_A));
            assert_true(out->log_detail == NULL || strlen(out->log_detail) < 16);
        }
        world_join(s.w, &cem);
    }
    assert_int_equal(lines, 2); /* commit_written, peer_joined */
    scene_delete(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_goes_by_the_worker_to_joined),
        cmocka_unit_test(who_waits_cannot_join),
        cmocka_unit_test(others_hear_of_a_newcomer_and_of_its_connection),
        cmocka_unit_test(unknown_and_malformed_meetings_look_the_same),
        cmocka_unit_test(what_the_store_asks_for_hides_the_malformed_id),
        cmocka_unit_test(store_and_worker_refusals_have_their_codes),
        cmocka_unit_test(full_meeting_and_full_server),
        cmocka_unit_test(meetings_are_spread_over_the_workers),
        cmocka_unit_test(silent_clients_and_silent_parts_run_out_of_time),
        cmocka_unit_test(too_many_messages_are_too_many),
        cmocka_unit_test(commits_have_a_rate),
        cmocka_unit_test(leaving_and_clean_closing_are_told_at_once),
        cmocka_unit_test(a_bad_message_ends_the_seat),
        cmocka_unit_test(a_lost_socket_keeps_the_seat_for_the_grace),
        cmocka_unit_test(resume_brings_the_same_seat_back),
        cmocka_unit_test(resume_takes_over_from_a_socket_that_hangs),
        cmocka_unit_test(a_socket_that_goes_while_placing_leaves_no_transport),
        cmocka_unit_test(wrong_sessions_are_unknown),
        cmocka_unit_test(media_goes_to_the_worker_and_to_everybody),
        cmocka_unit_test(quick_changes_reach_worker_and_others_as_one),
        cmocka_unit_test(media_said_while_joining_counts),
        cmocka_unit_test(slots_of_one_turn_come_together),
        cmocka_unit_test(a_slot_never_names_somebody_unknown),
        cmocka_unit_test(lost_media_asks_for_a_new_join),
        cmocka_unit_test(lost_media_runs_out_of_time),
        cmocka_unit_test(a_new_join_ends_the_old_transport),
        cmocka_unit_test(news_of_other_peers_are_ignored),
        cmocka_unit_test(two_hundred_people_hear_everything),
        cmocka_unit_test(a_mass_loss_is_worked_off_in_steps),
        cmocka_unit_test(half_of_a_full_meeting_is_removed_at_once),
        cmocka_unit_test(a_socket_that_goes_during_the_drain_gets_nothing_more),
        cmocka_unit_test(a_seat_that_ends_with_its_socket_says_no_last_word),
        cmocka_unit_test(a_member_that_went_during_the_drain_can_be_removed),
        cmocka_unit_test(meetings_are_made_of_their_policy),
        cmocka_unit_test(a_meeting_that_is_bound_to_no_operator_or_no_log_is_refused),
        cmocka_unit_test(the_policy_of_a_meeting_is_given_by_its_id),
        cmocka_unit_test(bad_requests_for_meetings_are_refused_at_once),
        cmocka_unit_test(meetings_have_a_rate_and_a_deadline),
        cmocka_unit_test(drain_tells_everybody_and_lets_nobody_in),
        cmocka_unit_test(sockets_are_bounded),
        cmocka_unit_test(logs_hold_no_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
