/* The control plane by behaviour: joining, refusing, losing, coming back, telling everybody. */
#include "unit/signal_world.h"

#define JOINED       "{\"type\":\"joined\""
#define PEER         "{\"type\":\"peer\""
#define GONE         "{\"type\":\"gone\""
#define RECONNECTING "\"state\":\"reconnecting\""
#define CONNECTED    "\"state\":\"connected\""

static struct world *small_world(uint32_t peers_max, uint32_t members_max)
{
    struct ic_hub_config c = world_config();
    c.peers_max = peers_max;
    c.room_members_max = members_max;
    return world_new(&c);
}

static struct world *default_world(void)
{
    struct ic_hub_config c = world_config();
    return world_new(&c);
}

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

static void connect_media(struct world *w, const struct person *p)
{
    struct ic_evt evt = {.kind = IC_EVT_PEER_CONNECTED, .peer = p->key};
    world_evt(w, p->worker, &evt);
}

static void lose_media(struct world *w, const struct person *p)
{
    struct ic_evt evt = {
        .kind = IC_EVT_PEER_CLOSED, .peer = p->key, .reason = IC_PEER_REASON_CONSENT_LOST};
    world_evt(w, p->worker, &evt);
}

/* ---- joining ---- */

static void join_goes_by_store_and_worker_to_joined(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct ic_store_request request = world_ask(w, 1, MEETING_A, "Ana", NULL);
    assert_int_equal(w->count, 1);
    world_store(w, &request, IC_OK);
    const struct world_effect *add = world_find(w, IC_HUB_CMD);
    assert_int_equal(add->cmd->kind, IC_CMD_PEER_ADD);
    assert_true(add->cmd->microphone && !add->cmd->camera && add->cmd->room != 0);
    assert_string_equal(add->cmd->transport.ufrag, "Zx4+");
    assert_int_equal(add->cmd->transport.section_count, 2);
    assert_int_equal(world_count(w, IC_HUB_SEND), 0);
    struct ic_evt ready = world_ready(add->cmd->peer);
    world_evt(w, add->out.worker, &ready);
    size_t joined = index_of(w, 1, JOINED);
    assert_int_equal(index_of(w, 1, "{\"type\":\"peers\""), joined + 1);
    assert_int_equal(index_of(w, 1, "{\"type\":\"slots\",\"slots\":[]}"), joined + 2);
    assert_int_equal(heard_count(w, 1), 3);
    assert_non_null(
        world_heard(w, 1, "\"candidates\":[{\"address\":\"127.0.0.1\",\"port\":10000}]"));
    assert_non_null(world_heard(w, 1, "{\"mid\":\"11\",\"ssrc\":6,\"rtx_ssrc\":7}"));
    world_delete(w);
}

static void others_hear_of_a_newcomer_and_of_its_connection(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    assert_non_null(world_heard(w, 1, "\"name\":\"Ben\",\"state\":\"connecting\""));
    assert_int_equal(heard_count(w, 1), 1);
    const char *list = world_heard(w, 2, "{\"type\":\"peers\"");
    assert_true(strstr(list, "Ana") != NULL && strstr(list, "Ana") < strstr(list, "Ben"));
    connect_media(w, &ben);
    assert_non_null(world_heard(w, 1, CONNECTED));
    assert_non_null(world_heard(w, 2, CONNECTED));
    connect_media(w, &ben);
    assert_int_equal(w->count, 0);
    world_join(w, 3, MEETING_B, "Cem", NULL);
    assert_null(world_heard(w, 1, ""));
    assert_string_not_equal(ana.peer, ben.peer);
    assert_string_not_equal(ana.session, ben.session);
    world_delete(w);
}

/* Shape of what happens from join to close, without what differs by nature (ids). */
static void shape_of(struct world *w, const char *meeting, enum ic_err result, char *out,
                     size_t cap)
{
    struct ic_store_request request = world_ask(w, 1, meeting, "Ana", NULL);
    size_t n = (size_t)snprintf(out, cap, "%zu:%d ", w->count, (int)request.kind);
    world_store(w, &request, result);
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        n += (size_t)snprintf(out + n, cap - n, "%d %u %s %s; ", (int)e->out.kind,
                              e->out.close_code, e->text == NULL ? "" : e->text,
                              e->out.close_reason == NULL ? "" : e->out.close_reason);
    }
    assert_true(n < cap);
}

static void unknown_and_malformed_meetings_look_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *meeting;
        enum ic_err result;
    } cases[] = {
        {MEETING_A, IC_ERR_GONE},
        {"", IC_ERR_GONE},
        {"short", IC_ERR_GONE},
        {"AAECAwQFBgcICQoLDA0ODx", IC_ERR_GONE}, /* not canonical */
        {"AAECAwQFBgcICQoLDA0OD!", IC_ERR_GONE},
        {"/../../../../../../../", IC_ERR_GONE},
        {"short", IC_OK}, /* even if somebody had the meeting of all zeros */
    };
    char first[512], other[512];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world *w = default_world();
        shape_of(w, cases[i].meeting, cases[i].result, i == 0 ? first : other, sizeof first);
        if (i > 0)
            assert_string_equal(first, other);
        world_delete(w);
    }
    assert_non_null(strstr(first, "not_found"));
    assert_non_null(strstr(first, "1008"));
}

static void what_the_store_asks_for_hides_the_malformed_id(void **state)
{
    (void)state;
    struct world *w = default_world();
    static const uint8_t zeros[IC_MEETING_ID_LEN] = {0};
    struct ic_store_request malformed = world_ask(w, 1, "AAECAwQFBgcICQoLDA0ODx", "Ana", NULL);
    struct ic_store_request good = world_ask(w, 2, MEETING_A, "Ana", NULL);
    assert_memory_equal(malformed.meeting, zeros, sizeof zeros);
    assert_int_equal(good.meeting[1], 1);
    world_delete(w);
}

static void store_and_worker_refusals_have_their_codes(void **state)
{
    (void)state;
    static const struct {
        enum ic_err store;
        enum ic_peer_reason worker;
        const char *code;
        uint16_t close;
    } cases[] = {
        {IC_ERR_SYSTEM, IC_PEER_REASON_NONE, "internal", 1013},
        {IC_ERR_FULL, IC_PEER_REASON_NONE, "busy", 1013},
        {IC_OK, IC_PEER_REASON_FULL, "server_full", 1013},
        {IC_OK, IC_PEER_REASON_UNFIT, "bad_message", 1008},
    };
    struct world *w = default_world();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (cases[i].store == IC_OK) {
            struct person p = world_place(w, i, MEETING_A, "Ana", NULL);
            struct ic_evt evt = {
                .kind = IC_EVT_PEER_REFUSED, .peer = p.key, .reason = cases[i].worker};
            world_evt(w, p.worker, &evt);
            assert_null(world_find(w, IC_HUB_CMD));
        } else {
            struct ic_store_request request = world_ask(w, i, MEETING_A, "Ana", NULL);
            world_store(w, &request, cases[i].store);
        }
        world_expect_error(w, i, cases[i].code, cases[i].close);
    }
    struct ic_hub_stats stats;
    ic_hub_stats(w->hub, &stats);
    assert_int_equal(stats.peers + stats.rooms + stats.clients, 0);
    assert_int_equal(stats.refused, 4);
    world_delete(w);
}

static void full_meeting_and_full_server(void **state)
{
    (void)state;
    struct world *w = small_world(3, 2);
    world_join(w, 1, MEETING_A, "Ana", NULL);
    world_join(w, 2, MEETING_A, "Ben", NULL);
    struct ic_store_request request = world_ask(w, 3, MEETING_A, "Cem", NULL);
    world_store(w, &request, IC_OK);
    world_expect_error(w, 3, "room_full", 1013);
    world_join(w, 4, MEETING_B, "Dee", NULL);
    request = world_ask(w, 5, MEETING_B, "Eve", NULL);
    world_store(w, &request, IC_OK);
    world_expect_error(w, 5, "server_full", 1013);
    world_say(w, 1, "{\"type\":\"leave\"}");
    world_join(w, 6, MEETING_B, "Fay", NULL);
    world_delete(w);
}

static void meetings_are_spread_over_the_workers(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person a1 = world_join(w, 1, MEETING_A, "a", NULL);
    struct person b1 = world_join(w, 2, MEETING_B, "b", NULL);
    struct person a2 = world_join(w, 3, MEETING_A, "c", NULL);
    struct person c1 = world_join(w, 4, "CAECAwQFBgcICQoLDA0ODw", "d", NULL);
    assert_int_not_equal(a1.worker, b1.worker);
    assert_int_equal(a1.worker, a2.worker);
    assert_int_equal(c1.worker, b1.worker);
    world_delete(w);
}

/* ---- time ---- */

static void silent_clients_and_silent_parts_run_out_of_time(void **state)
{
    (void)state;
    struct world *w = default_world();
    assert_int_equal(world_open(w, 1), IC_OK);
    world_tick(w, 9999);
    assert_int_equal(w->count, 0);
    world_tick(w, 1);
    world_expect_error(w, 1, "bad_message", 1008);
    struct ic_store_request request = world_ask(w, 2, MEETING_A, "Ana", NULL);
    world_tick(w, 4999);
    assert_int_equal(w->count, 0);
    world_tick(w, 1);
    world_expect_error(w, 2, "busy", 1013);
    world_store(w, &request, IC_OK);
    assert_int_equal(w->count, 0);
    struct person p = world_place(w, 3, MEETING_A, "Ana", NULL);
    world_tick(w, 5000);
    world_expect_error(w, 3, "busy", 1013);
    const struct world_effect *cmd = world_find(w, IC_HUB_CMD);
    assert_true(cmd != NULL && cmd->cmd->kind == IC_CMD_PEER_REMOVE && cmd->cmd->peer == p.key);
    struct ic_evt late = world_ready(p.key);
    world_evt(w, p.worker, &late);
    assert_int_equal(w->count, 0);
    assert_true(ic_time_is_never(ic_hub_deadline(w->hub)));
    world_delete(w);
}

static void too_many_messages_are_too_many(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL); /* the first of the burst */
    for (int i = 1; i < IC_SIGNAL_MESSAGES_BURST; i++) {
        world_say(w, 1, "{\"type\":\"ping\",\"id\":4294967295}");
        assert_non_null(world_heard(w, 1, "{\"type\":\"pong\",\"id\":4294967295}"));
    }
    world_tick(w, 20); /* one more token */
    world_say(w, 1, "{\"type\":\"ping\",\"id\":0}");
    assert_non_null(world_heard(w, 1, "{\"type\":\"pong\",\"id\":0}"));
    world_say(w, 1, "{\"type\":\"ping\",\"id\":0}");
    world_expect_error(w, 1, "busy", 1013);
    world_delete(w);
}

/* ---- ends ---- */

static void leaving_and_clean_closing_are_told_at_once(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    struct person cem = world_join(w, 3, MEETING_A, "Cem", NULL);
    world_say(w, 2, "{\"type\":\"leave\"}");
    assert_int_equal(world_closed(w, 2)->out.close_code, 1000);
    const char *gone = world_heard(w, 1, GONE);
    assert_true(strstr(gone, ben.peer) != NULL && strstr(gone, "left") != NULL);
    assert_null(world_heard(w, 2, ""));
    const struct world_effect *cmd = world_find(w, IC_HUB_CMD);
    assert_true(cmd->cmd->kind == IC_CMD_PEER_REMOVE && cmd->cmd->peer == ben.key);
    world_close(w, 3, true);
    gone = world_heard(w, 1, GONE);
    assert_true(strstr(gone, cem.peer) != NULL && strstr(gone, "left") != NULL);
    world_delete(w);
}

static void a_bad_message_ends_the_seat(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    world_join(w, 2, MEETING_A, "Ben", NULL);
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":true}");
    world_expect_error(w, 2, "bad_message", 1008);
    assert_non_null(strstr(world_heard(w, 1, GONE), "lost"));
    world_delete(w);
}

static void a_lost_socket_keeps_the_seat_for_the_grace(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    connect_media(w, &ben);
    world_close(w, 2, false);
    assert_non_null(strstr(world_heard(w, 1, PEER), RECONNECTING));
    assert_null(world_find(w, IC_HUB_CMD)); /* media goes on */
    world_tick(w, IC_RECONNECT_GRACE_MS - 1);
    assert_int_equal(w->count, 0);
    world_tick(w, 1);
    assert_non_null(strstr(world_heard(w, 1, GONE), "lost"));
    assert_int_equal(world_find(w, IC_HUB_CMD)->cmd->kind, IC_CMD_PEER_REMOVE);
    world_resume(w, 3, ben.session);
    world_expect_error(w, 3, "session_unknown", 1008);
    world_delete(w);
}

static void resume_brings_the_same_seat_back(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    connect_media(w, &ben);
    struct ic_evt slot = world_slot(ben.key, "11", ana.key, IC_SOURCE_CAMERA);
    world_close(w, 2, false);
    world_evt(w, ben.worker, &slot); /* nobody is there to hear it */
    world_tick(w, IC_RECONNECT_GRACE_MS - 1);
    assert_int_equal(w->count, 0);
    world_resume(w, 3, ben.session);
    size_t resumed = index_of(w, 3, "{\"type\":\"resumed\"");
    assert_non_null(strstr(w->effects[resumed].text, ben.peer));
    assert_int_equal(index_of(w, 3, "{\"type\":\"peers\""), resumed + 1);
    size_t slots = index_of(w, 3, "{\"type\":\"slots\"");
    assert_int_equal(slots, resumed + 2);
    assert_non_null(strstr(w->effects[slots].text, ana.peer));
    assert_non_null(strstr(world_heard(w, 1, PEER), CONNECTED));
    assert_null(world_find(w, IC_HUB_CMD));
    world_tick(w, 2 * IC_RECONNECT_GRACE_MS);
    assert_int_equal(w->count, 0);
    world_delete(w);
}

static void resume_takes_over_from_a_socket_that_hangs(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    world_resume(w, 2, ana.session);
    world_expect_error(w, 1, "taken_over", 1008);
    assert_non_null(world_heard(w, 2, "{\"type\":\"resumed\""));
    world_close(w, 1, false); /* late news of the old one */
    assert_int_equal(w->count, 0);
    world_say(w, 2, "{\"type\":\"ping\",\"id\":1}");
    assert_non_null(world_heard(w, 2, "pong"));
    world_delete(w);
}

static void wrong_sessions_are_unknown(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    char wrong[IC_SESSION_TEXT_LEN + 1];
    (void)snprintf(wrong, sizeof wrong, "%s", ana.session);
    wrong[0] = wrong[0] == 'A' ? 'B' : 'A';
    world_resume(w, 2, wrong);
    world_expect_error(w, 2, "session_unknown", 1008);
    world_resume(w, 3, "AAAAAAAAAAAAAAAAAAAAAB"); /* not canonical */
    world_expect_error(w, 3, "session_unknown", 1008);
    struct person bad = world_place(w, 4, MEETING_A, "Ben", NULL);
    assert_true(bad.key != 0); /* a seat that is being placed has told its session to nobody */
    world_delete(w);
}

/* ---- replacing ---- */

static void replaces_swaps_the_seats_in_one_step(void **state)
{
    (void)state;
    struct world *w = small_world(2, 2); /* full: the old one makes room */
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person old = world_join(w, 2, MEETING_A, "Ben", NULL);
    struct person now = world_place(w, 3, MEETING_A, "Ben", old.session);
    world_expect_error(w, 2, "taken_over", 1008);
    const struct world_effect *first = world_find(w, IC_HUB_CMD);
    assert_true(first->cmd->kind == IC_CMD_PEER_REMOVE && first->cmd->peer == old.key);
    assert_null(world_heard(w, 1, "")); /* nobody else sees anything yet */
    struct ic_evt ready = world_ready(now.key);
    world_evt(w, now.worker, &ready);
    size_t gone = index_of(w, 1, GONE), came = index_of(w, 1, PEER);
    assert_true(gone < came);
    assert_non_null(strstr(w->effects[gone].text, old.peer));
    assert_non_null(strstr(w->effects[gone].text, "left"));
    assert_null(strstr(world_heard(w, 3, "{\"type\":\"peers\""), old.peer));
    assert_null(world_heard(w, 3, GONE));
    world_resume(w, 4, old.session);
    world_expect_error(w, 4, "session_unknown", 1008);
    world_delete(w);
}

static void replaces_works_for_a_seat_that_reconnects(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person old = world_join(w, 2, MEETING_A, "Ben", NULL);
    world_close(w, 2, false);
    world_join(w, 3, MEETING_A, "Ben", old.session);
    assert_non_null(strstr(world_heard(w, 1, GONE), old.peer));
    world_tick(w, IC_RECONNECT_GRACE_MS);
    assert_int_equal(w->count, 0);
    world_delete(w);
}

static void a_replaced_seat_goes_if_the_new_one_fails(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person old = world_join(w, 2, MEETING_A, "Ben", NULL);
    struct person now = world_place(w, 3, MEETING_A, "Ben", old.session);
    assert_true(now.key != 0);
    world_tick(w, IC_SIGNAL_WORKER_MS);
    world_expect_error(w, 3, "busy", 1013);
    assert_non_null(strstr(world_heard(w, 1, GONE), "lost"));
    struct ic_hub_stats stats;
    ic_hub_stats(w->hub, &stats);
    assert_int_equal(stats.peers, 1);
    world_delete(w);
}

static void replaces_of_another_meeting_or_of_nobody_is_passed_over(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    world_join(w, 2, MEETING_B, "Ben", ana.session);
    assert_null(world_heard(w, 1, ""));
    world_join(w, 3, MEETING_A, "Cem", "AAAAAAAAAAAAAAAAAAAAAA");
    assert_non_null(world_heard(w, 1, "Cem"));
    world_delete(w);
}

/* ---- media ---- */

static void media_goes_to_the_worker_and_to_everybody(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    world_tick(w, 1000);
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    const struct world_effect *cmd = world_find(w, IC_HUB_CMD);
    assert_true(cmd->cmd->kind == IC_CMD_PEER_MEDIA && cmd->cmd->peer == ben.key);
    assert_true(!cmd->cmd->microphone && cmd->cmd->camera);
    assert_non_null(strstr(world_heard(w, 1, PEER), "\"microphone\":false,\"camera\":true"));
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    assert_int_equal(w->count, 0);
    world_delete(w);
}

static void quick_changes_reach_worker_and_others_as_one(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    world_join(w, 2, MEETING_A, "Ben", NULL);
    world_tick(w, 1000);
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":false}");
    assert_non_null(world_heard(w, 1, PEER));
    for (int i = 0; i < 5; i++) {
        world_say(w, 2,
                  i % 2 == 0 ? "{\"type\":\"media\",\"microphone\":true,\"camera\":true}"
                             : "{\"type\":\"media\",\"microphone\":true,\"camera\":false}");
        assert_int_equal(w->count, 0);
    }
    world_tick(w, IC_SIGNAL_ROSTER_MS - 1);
    assert_int_equal(w->count, 0);
    world_tick(w, 1);
    assert_non_null(strstr(world_heard(w, 1, PEER), "\"microphone\":true,\"camera\":true"));
    assert_int_equal(world_count(w, IC_HUB_CMD), 1);
    const struct world_effect *cmd = world_find(w, IC_HUB_CMD);
    assert_true(cmd->cmd->kind == IC_CMD_PEER_MEDIA && cmd->cmd->microphone && cmd->cmd->camera);
    /* there and back within the time is no news */
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    world_say(w, 2, "{\"type\":\"media\",\"microphone\":true,\"camera\":true}");
    world_tick(w, IC_SIGNAL_ROSTER_MS);
    assert_int_equal(w->count, 0);
    world_delete(w);
}

static void media_said_while_joining_counts(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct ic_store_request request = world_ask(w, 1, MEETING_A, "Ana", NULL);
    world_say(w, 1, "{\"type\":\"media\",\"microphone\":false,\"camera\":false}");
    assert_int_equal(w->count, 0);
    world_store(w, &request, IC_OK);
    const struct world_effect *add = world_find(w, IC_HUB_CMD);
    assert_false(add->cmd->microphone);
    struct ic_evt ready = world_ready(add->cmd->peer);
    uint32_t worker = add->out.worker;
    world_say(w, 1, "{\"type\":\"media\",\"microphone\":false,\"camera\":true}");
    assert_true(world_find(w, IC_HUB_CMD)->cmd->camera);
    world_evt(w, worker, &ready);
    assert_non_null(world_heard(w, 1, "\"microphone\":false,\"camera\":true"));
    world_delete(w);
}

static void slots_of_one_turn_come_together(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    struct ic_evt audio = world_slot(ana.key, "2", ben.key, IC_SOURCE_MICROPHONE);
    struct ic_evt video = world_slot(ana.key, "11", ben.key, IC_SOURCE_CAMERA);
    world_evt(w, ana.worker, &audio);
    world_evt(w, ana.worker, &video);
    assert_int_equal(w->count, 0);
    assert_true(ic_time_reached(ic_hub_deadline(w->hub), w->now));
    world_tick(w, 0);
    assert_int_equal(w->count, 1);
    const char *text = world_heard(w, 1, "{\"type\":\"slots\"");
    assert_true(strstr(text, "microphone") != NULL && strstr(text, "camera") != NULL);
    world_evt(w, ana.worker, &audio);
    world_tick(w, 0);
    assert_int_equal(w->count, 0); /* nothing new */
    video.source_peer = 0;
    world_evt(w, ana.worker, &video);
    world_tick(w, 0);
    assert_non_null(
        world_heard(w, 1, "{\"type\":\"slots\",\"slots\":[{\"mid\":\"11\",\"peer\":null}]}"));
    world_delete(w);
}

static void a_slot_never_names_somebody_unknown(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    struct person far = world_join(w, 3, MEETING_B, "Cem", NULL);
    struct ic_evt slot = world_slot(ana.key, "2", ben.key, IC_SOURCE_MICROPHONE);
    world_evt(w, ana.worker, &slot);
    world_tick(w, 0);
    world_say(w, 2, "{\"type\":\"leave\"}");
    world_close(w, 1, false);
    world_resume(w, 4, ana.session);
    assert_non_null(world_heard(w, 4, "{\"type\":\"slots\",\"slots\":[]}"));
    slot.source_peer = far.key; /* a fault of the worker must not leak a person */
    world_evt(w, ana.worker, &slot);
    world_tick(w, 0);
    assert_non_null(world_heard(w, 4, "{\"mid\":\"2\",\"peer\":null}"));
    world_delete(w);
}

static void lost_media_asks_for_a_new_join(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    connect_media(w, &ben);
    lose_media(w, &ben);
    assert_non_null(
        world_heard(w, 2, "{\"type\":\"error\",\"code\":\"media_lost\",\"fatal\":false}"));
    assert_null(world_closed(w, 2));
    assert_non_null(strstr(world_heard(w, 1, PEER), RECONNECTING));
    world_close(w, 2, false);
    world_tick(w, 10000);
    world_resume(w, 3, ben.session);
    assert_non_null(world_heard(w, 3, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(w, 3, "\"media_lost\",\"fatal\":false"));
    world_tick(w, 20000); /* resuming does not give more time */
    world_expect_error(w, 3, "media_lost", 1008);
    assert_non_null(strstr(world_heard(w, 1, GONE), "lost"));
    assert_null(world_find(w, IC_HUB_CMD)); /* the worker has forgotten it before */
    world_delete(w);
}

static void news_of_other_workers_and_other_peers_are_ignored(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_place(w, 1, MEETING_A, "Ana", NULL);
    struct ic_evt ready = world_ready(ana.key);
    world_evt(w, ana.worker + 1, &ready);
    assert_int_equal(w->count, 0);
    world_evt(w, UINT32_MAX, &ready);
    assert_int_equal(w->count, 0);
    ready.peer ^= 1;
    world_evt(w, ana.worker, &ready);
    assert_int_equal(w->count, 0);
    struct ic_evt stats = {.kind = IC_EVT_STATS};
    world_evt(w, ana.worker, &stats);
    assert_int_equal(w->count, 0);
    world_delete(w);
}

/* ---- many ---- */

#define MANY 200

static void two_hundred_people_hear_everything(void **state)
{
    (void)state;
    struct world *w = default_world();
    static struct person people[MANY];
    char name[300];
    for (size_t i = 0; i < MANY; i++) {
        name[0] = '\0';
        for (size_t k = 0; k < 64; k++) /* the longest name */
            memcpy(name + 4 * k, "\xf0\x9f\x98\x80", 5);
        people[i] = world_join(w, i, MEETING_A, name, NULL);
        size_t parts = i / IC_SIGNAL_PEERS_MAX + 1;
        assert_int_equal(heard_count(w, i), 1 + parts + 1);
        assert_int_equal(world_count(w, IC_HUB_SEND), 1 + parts + 1 + i);
    }
    struct ic_store_request request = world_ask(w, MANY, MEETING_A, "one more", NULL);
    world_store(w, &request, IC_OK);
    world_expect_error(w, MANY, "room_full", 1013);
    connect_media(w, &people[0]);
    assert_int_equal(world_count(w, IC_HUB_SEND), MANY);
    const char *shared = w->effects[0].out.text;
    for (size_t i = 0; i < w->count; i++)
        assert_ptr_equal(w->effects[i].out.text, shared); /* written once */
    struct person again = world_place(w, 1000, MEETING_A, "back", people[7].session);
    struct ic_evt ready = world_ready(again.key);
    world_evt(w, again.worker, &ready);
    assert_int_equal(world_count(w, IC_HUB_SEND), 2 * (MANY - 1) + 1 + 4 + 1);
    world_delete(w);
}

/* Half of a full meeting loses the socket in one moment and does not come back: ten thousand texts,
 * in bounded steps. */
static void a_mass_loss_is_worked_off_in_steps(void **state)
{
    (void)state;
    struct world *w = default_world();
    size_t gone = 0, steps = 0;
    for (size_t i = 0; i < MANY; i++)
        world_join(w, i, MEETING_A, "x", NULL);
    for (size_t i = 0; i < MANY / 2; i++)
        world_close(w, i, false);
    world_tick(w, IC_RECONNECT_GRACE_MS);
    while (w->count > 0 && steps++ < 1000) {
        gone += heard_count(w, MANY - 1);
        assert_true(ic_time_reached(ic_hub_deadline(w->hub), w->now) || gone == MANY / 2);
        world_tick(w, 0);
    }
    assert_true(steps > 4);
    assert_int_equal(gone, MANY / 2);
    assert_true(ic_time_is_never(ic_hub_deadline(w->hub)));
    world_delete(w);
}

/* The socket goes while the shell hands out the effects that are meant for it. */
static void a_socket_that_goes_during_the_drain_gets_nothing_more(void **state)
{
    (void)state;
    struct world *w = default_world();
    for (uint64_t i = 1; i <= 5; i++)
        world_join(w, i, MEETING_A, "x", NULL);
    const char *media = "{\"type\":\"media\",\"microphone\":false,\"camera\":false}";
    world_tick(w, 1000);
    ic_hub_on_message(w->hub, w->now, (struct ic_conn_id){1}, media, strlen(media));
    struct ic_hub_out out;
    world_clear(w);
    while (ic_hub_poll(w->hub, &out)) {
        world_take(w, &out);
        if (out.kind == IC_HUB_SEND && out.conn.value == 2) {
            for (uint64_t conn = 2; conn <= 4; conn++) {
                w->is_open[conn] = false;
                ic_hub_on_close(w->hub, w->now, (struct ic_conn_id){conn}, conn == 3);
            }
        }
    }
    assert_non_null(world_heard(w, 5, PEER));
    assert_null(world_heard(w, 3, ""));
    world_tick(w, 0);
    assert_non_null(world_heard(w, 5, RECONNECTING));
    assert_non_null(world_heard(w, 5, GONE));
    world_delete(w);
}

/* The same, for a seat whose time is over in that very moment: no last word to a dead socket. */
static void a_seat_that_ends_with_its_socket_says_no_last_word(void **state)
{
    (void)state;
    struct world *w = default_world();
    world_join(w, 1, MEETING_A, "Ana", NULL);
    struct person ben = world_join(w, 2, MEETING_A, "Ben", NULL);
    lose_media(w, &ben);
    w->now = ic_time_add(w->now, IC_MS(IC_RECONNECT_GRACE_MS));
    const char *media = "{\"type\":\"media\",\"microphone\":false,\"camera\":false}";
    ic_hub_on_message(w->hub, w->now, (struct ic_conn_id){1}, media, strlen(media));
    ic_hub_on_close(w->hub, w->now, (struct ic_conn_id){2}, false);
    w->is_open[2] = false;
    world_drain(w);
    assert_non_null(world_heard(w, 1, PEER));
    world_tick(w, 0);
    assert_non_null(world_heard(w, 1, GONE));
    assert_null(world_heard(w, 2, ""));
    world_delete(w);
}

/* ---- meetings, drain ---- */

static void meetings_are_made_by_the_store(void **state)
{
    (void)state;
    struct world *w = default_world();
    ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){9});
    world_drain(w);
    struct ic_store_request request = world_find(w, IC_HUB_STORE)->out.store;
    assert_int_equal(request.kind, IC_STORE_MEETING_ADD);
    world_store(w, &request, IC_OK);
    const struct world_effect *answer = world_find(w, IC_HUB_ANSWER);
    uint8_t id[IC_MEETING_ID_LEN];
    assert_int_equal(answer->out.answer, IC_OK);
    assert_int_equal(answer->out.conn.value, 9);
    assert_int_equal(ic_base64url_decode(answer->out.meeting, 22, id, sizeof id), IC_OK);
    assert_memory_equal(id, request.meeting, sizeof id);
    world_store(w, &request, IC_OK); /* twice */
    assert_int_equal(w->count, 0);
    static const enum ic_err results[][2] = {
        {IC_ERR_FULL, IC_ERR_FULL}, {IC_ERR_SYSTEM, IC_ERR_SYSTEM}, {IC_ERR_GONE, IC_ERR_SYSTEM}};
    for (size_t i = 0; i < 3; i++) {
        ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){10});
        world_drain(w);
        request = world_find(w, IC_HUB_STORE)->out.store;
        world_store(w, &request, results[i][0]);
        assert_int_equal(world_find(w, IC_HUB_ANSWER)->out.answer, results[i][1]);
        assert_string_equal(world_find(w, IC_HUB_ANSWER)->out.meeting, "");
    }
    world_delete(w);
}

static void meetings_have_a_rate_and_a_deadline(void **state)
{
    (void)state;
    struct world *w = default_world();
    size_t asked = 0, refused = 0;
    for (int i = 0; i < IC_SIGNAL_MEETINGS_BURST + 5; i++) {
        ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){(uint64_t)i});
        world_drain(w);
        asked += world_count(w, IC_HUB_STORE);
        refused += world_count(w, IC_HUB_ANSWER);
    }
    assert_int_equal(asked, IC_SIGNAL_MEETINGS_BURST);
    assert_int_equal(refused, 5);
    world_tick(w, IC_SIGNAL_STORE_MS);
    assert_int_equal(world_count(w, IC_HUB_ANSWER), IC_SIGNAL_MEETINGS_BURST);
    assert_int_equal(world_find(w, IC_HUB_ANSWER)->out.answer, IC_ERR_FULL);
    world_delete(w);
}

static void drain_tells_everybody_and_lets_nobody_in(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person ana = world_join(w, 1, MEETING_A, "Ana", NULL);
    struct ic_store_request finding = world_ask(w, 2, MEETING_A, "Ben", NULL);
    struct person placing = world_place(w, 3, MEETING_A, "Cem", NULL);
    assert_int_equal(world_open(w, 4), IC_OK);
    ic_hub_drain(w->hub, w->now);
    world_drain(w);
    world_tick(w, 0);
    assert_non_null(world_heard(w, 1, "{\"type\":\"draining\"}"));
    assert_int_equal(w->count, 1);
    world_store(w, &finding, IC_OK);
    world_expect_error(w, 2, "busy", 1013);
    struct ic_evt ready = world_ready(placing.key);
    world_evt(w, placing.worker, &ready);
    assert_true(index_of(w, 3, "draining") > index_of(w, 3, "\"slots\","));
    char text[2048];
    world_join_text(text, sizeof text, MEETING_A, "Dee", NULL);
    world_say(w, 4, text);
    world_expect_error(w, 4, "busy", 1013);
    world_resume(w, 5, ana.session);
    assert_non_null(world_heard(w, 5, "{\"type\":\"resumed\""));
    assert_non_null(world_heard(w, 5, "{\"type\":\"draining\"}"));
    ic_hub_on_meeting_request(w->hub, w->now, (struct ic_conn_id){9});
    world_drain(w);
    assert_int_equal(world_find(w, IC_HUB_ANSWER)->out.answer, IC_ERR_FULL);
    world_delete(w);
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
    world_close(w, 1, true);
    assert_int_equal(world_open(w, 3), IC_OK);
    world_delete(w);
}

static void logs_hold_no_names_and_no_tokens(void **state)
{
    (void)state;
    struct world *w = default_world();
    struct person p = world_join(w, 1, MEETING_A, "Canary", NULL);
    for (size_t i = 0; i < w->count; i++) {
        const struct ic_hub_out *out = &w->effects[i].out;
        if (out->kind != IC_HUB_LOG)
            continue;
        assert_null(strstr(out->text, "Canary"));
        assert_null(strstr(out->text, p.session));
        assert_true(out->log_detail == NULL || strstr(out->log_detail, "Canary") == NULL);
        assert_int_equal(out->log_peer, p.key);
    }
    assert_int_equal(world_count(w, IC_HUB_LOG), 1);
    world_delete(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(join_goes_by_store_and_worker_to_joined),
        cmocka_unit_test(others_hear_of_a_newcomer_and_of_its_connection),
        cmocka_unit_test(unknown_and_malformed_meetings_look_the_same),
        cmocka_unit_test(what_the_store_asks_for_hides_the_malformed_id),
        cmocka_unit_test(store_and_worker_refusals_have_their_codes),
        cmocka_unit_test(full_meeting_and_full_server),
        cmocka_unit_test(meetings_are_spread_over_the_workers),
        cmocka_unit_test(silent_clients_and_silent_parts_run_out_of_time),
        cmocka_unit_test(too_many_messages_are_too_many),
        cmocka_unit_test(leaving_and_clean_closing_are_told_at_once),
        cmocka_unit_test(a_bad_message_ends_the_seat),
        cmocka_unit_test(a_lost_socket_keeps_the_seat_for_the_grace),
        cmocka_unit_test(resume_brings_the_same_seat_back),
        cmocka_unit_test(resume_takes_over_from_a_socket_that_hangs),
        cmocka_unit_test(wrong_sessions_are_unknown),
        cmocka_unit_test(replaces_swaps_the_seats_in_one_step),
        cmocka_unit_test(replaces_works_for_a_seat_that_reconnects),
        cmocka_unit_test(a_replaced_seat_goes_if_the_new_one_fails),
        cmocka_unit_test(replaces_of_another_meeting_or_of_nobody_is_passed_over),
        cmocka_unit_test(media_goes_to_the_worker_and_to_everybody),
        cmocka_unit_test(quick_changes_reach_worker_and_others_as_one),
        cmocka_unit_test(media_said_while_joining_counts),
        cmocka_unit_test(slots_of_one_turn_come_together),
        cmocka_unit_test(a_slot_never_names_somebody_unknown),
        cmocka_unit_test(lost_media_asks_for_a_new_join),
        cmocka_unit_test(news_of_other_workers_and_other_peers_are_ignored),
        cmocka_unit_test(two_hundred_people_hear_everything),
        cmocka_unit_test(a_mass_loss_is_worked_off_in_steps),
        cmocka_unit_test(a_socket_that_goes_during_the_drain_gets_nothing_more),
        cmocka_unit_test(a_seat_that_ends_with_its_socket_says_no_last_word),
        cmocka_unit_test(meetings_are_made_by_the_store),
        cmocka_unit_test(meetings_have_a_rate_and_a_deadline),
        cmocka_unit_test(drain_tells_everybody_and_lets_nobody_in),
        cmocka_unit_test(sockets_are_bounded),
        cmocka_unit_test(logs_hold_no_names_and_no_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
