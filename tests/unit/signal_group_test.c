/* Knocks, groups and their log: who comes in, who goes, what everybody is told and when, what is on
 * the disk before. */
#include "signal/record.h"
#include "unit/signal_world.h"

struct scene {
    struct world *w;
    struct meeting *m;
};

static struct scene scene_new(enum forge_kind kind)
{
    struct ic_hub_config config = world_config();
    struct scene s = {.w = world_new(&config)};
    s.m = world_meeting(s.w, MEETING_A, kind);
    return s;
}

static void scene_delete(struct scene *s)
{
    world_delete(s->w);
    free(s->m);
}

static const struct knocking plain;
static const struct knocking as_host = {.with_authority = true};

static void expect_refused(const struct world *w, const struct person *p, const char *what,
                           const char *reason)
{
    char part[96];
    (void)snprintf(part, sizeof part, "{\"type\":\"refused\",\"what\":\"%s\",\"reason\":\"%s\"}",
                   what, reason);
    if (world_heard(w, p->conn, part) == NULL)
        fail_msg("not %s but %s", part,
                 world_heard(w, p->conn, "") == NULL ? "-" : world_heard(w, p->conn, ""));
}

static size_t count_texts(const struct world *w, uint64_t conn, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        const struct world_effect *e = &w->effects[i];
        n += e->out.kind == IC_HUB_SEND && e->out.conn.value == conn &&
             strstr(e->text, part) != NULL;
    }
    return n;
}

static size_t count_commands(const struct world *w, enum ic_cmd_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++)
        n += w->effects[i].out.kind == IC_HUB_CMD && w->effects[i].cmd->kind == kind;
    return n;
}

/* ---- from nothing to media ---- */

static void from_nothing_to_media(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_knock(s.w, 1, s.m, 1, as_host);
    assert_non_null(world_heard(s.w, 1, "\"group\":\"none\",\"host\":false"));
    assert_non_null(world_heard(s.w, 1, "\"log_key\":\"localhost+"));
    world_create(s.w, s.m, &ana);
    assert_non_null(world_heard(s.w, 1, "\"log\":{\"size\":1,\"checkpoint\":\"localhost/m/"));
    world_join(s.w, &ana);
    assert_non_null(world_heard(s.w, 1, "\"leaf\":0,\"state\":\"connecting\""));

    struct person ben = world_knock(s.w, 2, s.m, 2, (struct knocking){.with_note = true});
    assert_non_null(world_heard(s.w, 2, "\"group\":\"running\",\"host\":true"));
    const char *knock = world_heard(s.w, 1, "{\"type\":\"knock\"");
    assert_non_null(knock);
    assert_non_null(strstr(knock, "\"note\":\"YSBub3Rl\""));
    assert_null(strstr(knock, "\"replaces\""));
    world_admit(s.w, s.m, &ana, &ben, true);
    assert_int_equal(ben.leaf, 1);
    const char *welcome = world_heard(s.w, 2, "{\"type\":\"welcome\"");
    assert_non_null(welcome);
    assert_non_null(strstr(welcome, "\"log\":{\"size\":1,\"frontier\":[\""));
    assert_non_null(world_heard(s.w, 1, "\"log\":{\"size\":2,\"checkpoint\":\"localhost/m/"));
    assert_null(world_heard(s.w, 2, "{\"type\":\"commit\""));
    world_settle(s.w, 0);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"knock_gone\""), 1);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"peer\",\"peer\":{"), 1);
    assert_null(world_heard(s.w, 2, "{\"type\":\"peer\"")); /* nothing about people before joined */
    world_join(s.w, &ben);
    assert_non_null(world_heard(s.w, 2, "\"leaf\":0,"));
    assert_non_null(world_heard(s.w, 2, "\"leaf\":1,"));
    scene_delete(&s);
}

static void knocks_need_a_meeting_and_a_sound_package(void **state)
{
    (void)state;
    static char text[WORLD_TEXT];
    struct scene s = scene_new(FORGE_OPEN);
    struct meeting other = *s.m;
    other.name = MEETING_B;
    (void)world_arrive(s.w, 1, &other, 1, plain);
    world_expect_error(s.w, 1, "not_found", 1008);
    other.name = "?";
    (void)world_arrive(s.w, 2, &other, 2, plain);
    world_expect_error(s.w, 2, "not_found", 1008);
    struct person p = {.conn = 3};
    forge_person_init(&p.mls, 3, FORGE_DATE);
    for (int i = 0; i < 3; i++) {
        struct person bad = p;
        if (i == 0)
            bad.mls.identity[5] ^= 1; /* not what the leaf names */
        else if (i == 1)
            bad.mls.package[bad.mls.package_len - 1] ^= 1; /* signature */
        else
            ic_hub_set_date(s.w->hub, FORGE_DATE + 540 + 61); /* over */
        world_knock_text(text, s.m, &bad, plain);
        assert_int_equal(world_open(s.w, 3 + (uint64_t)i), IC_OK);
        world_say(s.w, 3 + (uint64_t)i, text);
        world_expect_error(s.w, 3 + (uint64_t)i, "bad_message", 1008);
        assert_int_equal(world_count(s.w, IC_HUB_STORE), 0);
    }
    forge_person_deinit(&p.mls);
    scene_delete(&s);
}

/* ---- who begins ---- */

static void in_a_hosted_meeting_a_host_begins(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_HOSTED_OPEN);
    struct person ben = world_knock(s.w, 1, s.m, 1, plain);
    world_say_create(s.w, s.m, &ben);
    expect_refused(s.w, &ben, "create", "not_allowed");
    struct person ana = world_knock(s.w, 2, s.m, 2, as_host);
    world_create(s.w, s.m, &ana);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "\"group\":\"running\",\"host\":true"));
    /* The one who waits is told to the one who began. */
    assert_int_equal(count_texts(s.w, 2, "{\"type\":\"knock\""), 1);
    scene_delete(&s);
}

static void the_first_of_two_begins(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_knock(s.w, 1, s.m, 1, plain);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    s.w->holds_store = true;
    world_say_create(s.w, s.m, &ana);
    assert_null(world_heard(s.w, 1, "created")); /* not before it is on the disk */
    struct world_held held = world_hold(s.w);
    world_say_create(s.w, s.m, &ben);
    expect_refused(s.w, &ben, "create", "epoch");
    world_answer(s.w, &held, IC_OK);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"created\""));
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, "\"group\":\"running\",\"host\":false"));
    scene_delete(&s);
}

static void a_beginning_that_is_not_written_is_none(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_knock(s.w, 1, s.m, 1, plain);
    s.w->holds_store = true;
    world_say_create(s.w, s.m, &ana);
    struct world_held held = world_hold(s.w);
    world_answer(s.w, &held, IC_ERR_SYSTEM);
    expect_refused(s.w, &ana, "create", "busy");
    s.w->holds_store = false;
    world_create(s.w, s.m, &ana); /* and again */
    scene_delete(&s);
}

static void a_group_must_be_that_of_the_meeting_and_of_its_maker(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_knock(s.w, 1, s.m, 1, plain),
                  ben = world_knock(s.w, 2, s.m, 2, plain);
    struct meeting other = *s.m;
    other.policy_len = forge_policy(other.id, FORGE_HOSTED_OPEN, other.policy);
    world_say_create(s.w, &other, &ana);
    expect_refused(s.w, &ana, "create", "invalid");
    struct person thief = ben;
    thief.conn = ana.conn; /* with a leaf of somebody else */
    world_say_create(s.w, s.m, &thief);
    expect_refused(s.w, &ana, "create", "invalid");
    scene_delete(&s);
}

/* ---- who lets whom in ---- */

static void in_a_lobby_only_authority_lets_in(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person eve = world_knock(s.w, 3, s.m, 3, plain);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"knock\""));
    assert_null(world_heard(s.w, 2, "{\"type\":\"knock\"")); /* it may not admit */
    const struct forge_person *added[] = {&eve.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    world_try(s.w, s.m, &ben, &c);
    expect_refused(s.w, &ben, "commit", "not_allowed");
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s.m->id, &ana.mls, authority); /* that of somebody else */
    c.authority = authority;
    world_try(s.w, s.m, &ben, &c);
    expect_refused(s.w, &ben, "commit", "not_allowed");
    assert_null(world_heard(s.w, 3, "{\"type\":\"welcome\""));
    world_admit(s.w, s.m, &ana, &eve, true);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

static void a_host_who_comes_back_needs_nobody(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person second = world_knock(s.w, 3, s.m, 3, as_host);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"knock\"")); /* all may let it in */
    world_admit(s.w, s.m, &ben, &second, false);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

static void a_cohost_proves_its_authority(void **state)
{
    (void)state;
    char text[256] = "{\"type\":\"authority\"";
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person eve = world_knock(s.w, 3, s.m, 3, plain);
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s.m->id, &ana.mls, authority);
    size_t n = world_add_bytes(text, strlen(text), "authority", authority, sizeof authority);
    (void)strcpy(text + n, "}");
    world_say(s.w, 2, text);
    expect_refused(s.w, &ben, "authority", "invalid");
    forge_authority(s.m->id, &ben.mls, authority);
    n = world_add_bytes(text, strlen("{\"type\":\"authority\""), "authority", authority,
                        sizeof authority);
    (void)strcpy(text + n, "}");
    world_say(s.w, 2, text);
    assert_int_equal(world_count(s.w, IC_HUB_STORE), 1); /* durable */
    world_settle(s.w, 0);
    assert_int_equal(count_texts(s.w, 2, "{\"type\":\"knock\""), 1);
    world_admit(s.w, s.m, &ben, &eve, true);
    world_close(s.w, 1, IC_HUB_LEFT);
    (void)world_knock(s.w, 4, s.m, 4, plain);
    assert_non_null(world_heard(s.w, 4, "\"host\":true"));
    scene_delete(&s);
}

static void declining_needs_authority(void **state)
{
    (void)state;
    char text[128];
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    world_settle(s.w, 0);
    struct person eve = world_knock(s.w, 3, s.m, 3, plain);
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"decline\",\"knock\":\"%s\",\"reason\":\"declined\"}", eve.knock);
    world_say(s.w, 2, text);
    expect_refused(s.w, &ben, "decline", "not_allowed");
    assert_true(s.w->is_open[3]);
    world_say(s.w, 1, text);
    world_expect_error(s.w, 3, "declined", 1008);
    world_settle(s.w, 0);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"knock_gone\""), 1);
    world_say(s.w, 1, text); /* it is gone: nothing */
    assert_int_equal(s.w->count, 0);
    eve = world_knock(s.w, 4, s.m, 4, plain);
    (void)snprintf(text, sizeof text,
                   "{\"type\":\"decline\",\"knock\":\"%s\",\"reason\":\"link_expired\"}",
                   eve.knock);
    world_say(s.w, 1, text);
    world_expect_error(s.w, 4, "link_expired", 1008);
    scene_delete(&s);
}

static void a_locked_meeting_lets_in_reloads_and_hosts_only(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_HOSTED_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2);
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s.m->id, &ana.mls, authority);
    struct forge_commit lock = {.acts = {{.type = IC_ACT_LOCK, .is_locked = true}}, .act_count = 1};
    world_try(s.w, s.m, &ben, &lock);
    expect_refused(s.w, &ben, "commit", "invalid"); /* acts need authority */
    lock.authority = authority;
    world_commit(s.w, s.m, &ana, &lock);
    struct person eve = world_knock(s.w, 3, s.m, 3, plain);
    const struct forge_person *added[] = {&eve.mls};
    struct forge_commit add = {.added = added, .added_count = 1, .authority = authority};
    world_try(s.w, s.m, &ana, &add);
    expect_refused(s.w, &ana, "commit", "not_allowed"); /* not even a host */
    /* A reload is let in by anybody. */
    world_close(s.w, 2, IC_HUB_AWAY);
    struct person again = world_knock(s.w, 4, s.m, 4, (struct knocking){.replaces = ben.session});
    const struct forge_person *reloaded[] = {&again.mls};
    struct forge_commit reload = {
        .removed = &ben.leaf, .removed_count = 1, .added = reloaded, .added_count = 1};
    world_commit(s.w, s.m, &ana, &reload);
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"welcome\""));
    assert_null(world_heard(s.w, 3, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

static void a_new_link_has_the_next_generation(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_HOSTED_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s.m->id, &ana.mls, authority);
    struct forge_commit act = {.acts = {{.type = IC_ACT_GENERATION, .generation = 3}},
                               .act_count = 1,
                               .authority = authority};
    world_try(s.w, s.m, &ana, &act);
    expect_refused(s.w, &ana, "commit", "invalid");
    act.acts[0].generation = 2;
    world_commit(s.w, s.m, &ana, &act);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    struct forge_commit add = {.added = added, .added_count = 1, .generation = 1};
    world_try(s.w, s.m, &ana, &add);
    expect_refused(s.w, &ana, "commit", "invalid"); /* the old link */
    add.generation = 2;
    world_commit(s.w, s.m, &ana, &add);
    scene_delete(&s);
}

/* ---- commits that are refused ---- */

static void an_add_must_be_of_somebody_who_waits(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    struct forge_person ghost;
    forge_person_init(&ghost, 99, FORGE_DATE);
    const struct forge_person *added[] = {&ghost, &ben.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    world_try(s.w, s.m, &ana, &c);
    expect_refused(s.w, &ana, "commit", "not_allowed");
    c.added_count = 2;
    world_try(s.w, s.m, &ana, &c);
    expect_refused(s.w, &ana, "commit", "not_allowed");
    world_close(s.w, 2, IC_HUB_LOST); /* Ben waits no more */
    const struct forge_person *gone[] = {&ben.mls};
    struct forge_commit late = {.added = gone, .added_count = 1};
    world_try(s.w, s.m, &ana, &late);
    expect_refused(s.w, &ana, "commit", "not_allowed");
    forge_person_deinit(&ghost);
    scene_delete(&s);
}

static void unsound_commits_are_refused(void **state)
{
    (void)state;
    static char text[WORLD_TEXT];
    static struct forge_bytes commit, welcome;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    struct forge_commit c = {.added = added, .added_count = 1, .is_without_psk = true};
    world_try(s.w, s.m, &ana, &c);
    expect_refused(s.w, &ana, "commit", "invalid");
    c.is_without_psk = false;
    c.person = &ana.mls;
    c.committer = 0;
    forge_commit(&s.m->group, &c, &commit);
    commit.at[commit.len - 80] ^= 1; /* the signature, or what it is of */
    world_say_commit(s.w, 1, &c, &commit);
    expect_refused(s.w, &ana, "commit", "invalid");
    struct forge_commit pathless = {.is_without_path = true};
    world_try(s.w, s.m, &ana, &pathless);
    expect_refused(s.w, &ana, "commit", "invalid");
    /* An Add without a Welcome, and a Welcome for somebody else. */
    forge_commit(&s.m->group, &c, &commit);
    size_t n = world_add_bytes(text, (size_t)sprintf(text, "{\"type\":\"commit\""), "message",
                               commit.at, commit.len);
    (void)strcpy(text + n, "}");
    world_say(s.w, 1, text);
    expect_refused(s.w, &ana, "commit", "invalid");
    const struct forge_person *others[] = {&ana.mls};
    struct forge_commit other = {.added = others, .added_count = 1};
    forge_welcome(&other, &welcome);
    n = world_add_bytes(text, n, "welcome", welcome.at, welcome.len);
    (void)strcpy(text + n, "}");
    world_say(s.w, 1, text);
    expect_refused(s.w, &ana, "commit", "invalid");
    assert_int_equal(s.w->store.writes, 1); /* the beginning; nothing changed since */
    world_admit(s.w, s.m, &ana, &ben, false);
    scene_delete(&s);
}

static void nobody_commits_for_somebody_else(void **state)
{
    (void)state;
    static struct forge_bytes commit;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct forge_commit c = {.committer = 0, .person = &ana.mls};
    forge_commit(&s.m->group, &c, &commit);
    world_say_commit(s.w, 2, &c, &commit); /* Ana's words on Ben's socket */
    expect_refused(s.w, &ben, "commit", "not_allowed");
    scene_delete(&s);
}

static void of_two_commits_of_one_epoch_the_first_wins(void **state)
{
    (void)state;
    static struct forge_bytes first, second;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct forge_commit a = {.committer = 0, .person = &ana.mls, .salt = 5};
    struct forge_commit b = {.committer = 1, .person = &ben.mls, .salt = 6};
    forge_commit(&s.m->group, &a, &first);
    forge_commit(&s.m->group, &b, &second);
    s.w->holds_store = true;
    world_say_commit(s.w, 1, &a, &first);
    assert_null(world_heard(s.w, 1, "{\"type\":\"commit\"")); /* not before the store's answer */
    assert_null(world_heard(s.w, 2, "{\"type\":\"commit\""));
    struct world_held held = world_hold(s.w);
    world_say_commit(s.w, 2, &b, &second);
    expect_refused(s.w, &ben, "commit", "epoch"); /* while it is written */
    world_answer(s.w, &held, IC_OK);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"commit\""));
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"commit\""));
    world_say_commit(s.w, 2, &b, &second);
    expect_refused(s.w, &ben, "commit", "epoch"); /* and afterwards */
    world_say_commit(s.w, 1, &a, &first);
    expect_refused(s.w, &ana, "commit", "epoch"); /* nor twice */
    scene_delete(&s);
}

static void a_commit_that_is_not_written_changed_nothing(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    s.w->holds_store = true;
    world_try(s.w, s.m, &ana, &c);
    struct world_held held = world_hold(s.w);
    world_answer(s.w, &held, IC_ERR_FULL);
    expect_refused(s.w, &ana, "commit", "busy");
    assert_null(world_heard(s.w, 2, "{\"type\":\"welcome\""));
    s.w->holds_store = false;
    world_admit(s.w, s.m, &ana, &ben, false);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

/* ---- going ---- */

static void a_remove_ends_media_at_once_and_is_heard_by_all(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_HOSTED_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2), eve = world_enter(s.w, 3, s.m, &ana, 3);
    struct forge_commit c = {.removed = &eve.leaf, .removed_count = 1};
    world_try(s.w, s.m, &ben, &c);
    expect_refused(s.w, &ben, "commit", "not_allowed"); /* without authority, of somebody there */
    assert_int_equal(count_commands(s.w, IC_CMD_PEER_REMOVE), 0);
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s.m->id, &ana.mls, authority);
    c.authority = authority;
    world_commit(s.w, s.m, &ana, &c);
    const struct world_effect *cmd = world_find(s.w, IC_HUB_CMD);
    assert_non_null(cmd);
    assert_int_equal(cmd->cmd->kind, IC_CMD_PEER_REMOVE);
    assert_true(cmd->cmd->peer == eve.key);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"commit\""));
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"commit\"")); /* then it is shown the door */
    world_expect_error(s.w, 3, "removed", 1008);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, "\"reason\":\"removed\"}"));
    world_resume(s.w, 4, s.m, eve.session, s.m->log_size);
    world_expect_error(s.w, 4, "session_unknown", 1008);
    scene_delete(&s);
}

static void who_left_or_is_lost_may_be_removed_by_anybody(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_enter(s.w, 2, s.m, &ana, 2), eve = world_enter(s.w, 3, s.m, &ana, 3);
    struct forge_commit c = {.removed = &ben.leaf, .removed_count = 1};
    world_try(s.w, s.m, &ana, &c);
    expect_refused(s.w, &ana, "commit", "not_allowed");
    world_say(s.w, 2, "{\"type\":\"leave\"}");
    assert_int_equal(count_commands(s.w, IC_CMD_PEER_REMOVE), 1);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "\"reason\":\"left\"}"));
    world_close(s.w, 3, IC_HUB_LOST);
    world_try(s.w, s.m, &ana, &(struct forge_commit){.removed = &eve.leaf, .removed_count = 1});
    expect_refused(s.w, &ana, "commit", "not_allowed"); /* it may come back */
    /* Somebody who comes now hears of the leaf and that nobody is behind it. */
    struct person kim = world_enter(s.w, 4, s.m, &ana, 4);
    assert_non_null(world_heard(s.w, 4, "\"leaf\":1,\"state\":\"away\""));
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"gone\""));
    world_settle(s.w, IC_RECONNECT_GRACE_MS);
    assert_non_null(world_heard(s.w, 4, "\"reason\":\"lost\"}"));
    const uint32_t leaves[] = {ben.leaf, eve.leaf};
    struct forge_commit both = {.removed = leaves, .removed_count = 2};
    world_commit(s.w, s.m, &kim, &both);
    world_settle(s.w, 0);
    assert_null(world_heard(s.w, 1, "{\"type\":\"gone\"")); /* told already */
    scene_delete(&s);
}

static void a_reload_swaps_leaves_in_one_step(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person kim = world_enter(s.w, 3, s.m, &ana, 3);
    world_close(s.w, 2, IC_HUB_AWAY);
    struct person again = world_knock(s.w, 4, s.m, 4, (struct knocking){.replaces = ben.session});
    const char *knock = world_heard(s.w, 3, "{\"type\":\"knock\""); /* all hear of a reload */
    assert_non_null(knock);
    assert_non_null(strstr(knock, "\"replaces\":1}"));
    const struct forge_person *added[] = {&again.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    world_try(s.w, s.m, &kim, &c);
    expect_refused(s.w, &kim, "commit", "not_allowed"); /* only if the old leaf goes */
    c.removed = &ben.leaf;
    c.removed_count = 1;
    world_commit(s.w, s.m, &kim, &c);
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"welcome\""));
    assert_int_equal(count_commands(s.w, IC_CMD_PEER_REMOVE), 1);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "\"reason\":\"replaced\"}"));
    again.leaf = world_leaf(s.m, &again);
    assert_int_equal(again.leaf, ben.leaf);
    world_join(s.w, &again);
    scene_delete(&s);
}

/* A leaf whose number another person has got by now is not "the one that I replace". */
static void a_replaced_leaf_that_is_somebody_elses_by_now_is_safe(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    world_close(s.w, 2, IC_HUB_AWAY);
    struct person again = world_knock(s.w, 3, s.m, 3, (struct knocking){.replaces = ben.session});
    world_settle(s.w, IC_SIGNAL_AWAY_MS);
    assert_non_null(world_heard(s.w, 1, "\"reason\":\"left\"}"));
    struct person kim = world_knock(s.w, 4, s.m, 4, plain);
    const struct forge_person *added[] = {&kim.mls};
    struct forge_commit swap = {
        .removed = &ben.leaf, .removed_count = 1, .added = added, .added_count = 1};
    world_commit(s.w, s.m, &ana, &swap);
    kim.leaf = world_leaf(s.m, &kim);
    assert_int_equal(kim.leaf, ben.leaf);
    const struct forge_person *late[] = {&again.mls};
    struct forge_commit c = {
        .removed = &kim.leaf, .removed_count = 1, .added = late, .added_count = 1};
    world_try(s.w, s.m, &ana, &c);
    expect_refused(s.w, &ana, "commit", "not_allowed");
    world_admit(s.w, s.m, &ana, &again, false);
    scene_delete(&s);
}

static void the_group_ends_with_its_last_person(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_knock(s.w, 2, s.m, 2, plain);
    world_say(s.w, 1, "{\"type\":\"leave\"}");
    assert_false(s.w->store.meetings[0]->has_group);
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 2, "\"group\":\"none\",\"host\":false"));
    world_create(s.w, s.m, &ben);
    world_join(s.w, &ben);
    (void)ana;
    world_close(s.w, 2, IC_HUB_LOST);
    world_settle(s.w, IC_RECONNECT_GRACE_MS);
    assert_false(s.w->store.meetings[0]->has_group);
    struct ic_hub_stats stats;
    ic_hub_stats(s.w->hub, &stats);
    assert_int_equal(stats.peers, 0);
    assert_int_equal(stats.rooms, 0);
    scene_delete(&s);
}

/* ---- the last one is loaded again ---- */

/* It begins a new instance at once, with the seat and the leaf of a newcomer. */
static void begin_again(struct scene *s, struct person *again)
{
    assert_int_equal(count_texts(s->w, again->conn, "{\"type\":\"waiting\""), 1);
    assert_non_null(world_heard(s->w, again->conn, "\"group\":\"none\",\"host\":false"));
    assert_false(s->w->store.meetings[0]->has_group);
    world_create(s->w, s->m, again);
    world_join(s->w, again);
    struct ic_hub_stats stats;
    ic_hub_stats(s->w->hub, &stats);
    assert_int_equal(stats.peers, 1);
}

static void the_last_one_who_is_loaded_again_begins_anew_at_once(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    world_close(s.w, 1, IC_HUB_AWAY);
    struct knocking k = {.with_authority = true, .replaces = ana.session};
    struct person again = world_knock(s.w, 2, s.m, 2, k);
    assert_int_equal(count_commands(s.w, IC_CMD_PEER_REMOVE), 1);
    begin_again(&s, &again);
    scene_delete(&s);
}

/* Into another tab, or while the old socket only seems to be there. */
static void the_last_one_may_move_while_its_socket_is_there(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person again = world_knock(s.w, 2, s.m, 2, (struct knocking){.replaces = ana.session});
    world_expect_error(s.w, 1, "taken_over", 1008);
    begin_again(&s, &again);
    scene_delete(&s);
}

static void a_stranger_ends_nobodys_group(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person eve = world_knock(s.w, 2, s.m, 2, plain); /* knows what one who waits knows */
    world_close(s.w, 1, IC_HUB_LOST);
    world_settle(s.w, 2000);
    const char *named[] = {eve.session, ana.knock, MEETING_B};
    for (uint64_t i = 0; i < 3; i++) {
        struct knocking k = {.with_authority = true, .replaces = named[i]};
        (void)world_knock(s.w, 3 + i, s.m, 3 + i, k);
        assert_non_null(world_heard(s.w, 3 + i, "\"group\":\"running\""));
    }
    assert_true(s.w->store.meetings[0]->has_group);
    world_resume(s.w, 9, s.m, ana.session, 1);
    assert_non_null(world_heard(s.w, 9, "\"leaf\":0,\"is_in_worker\":true"));
    scene_delete(&s);
}

/* Others who may come back keep the group; it ends in the moment in which there are none. */
static void the_group_waits_for_others_who_may_come_back(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    world_close(s.w, 2, IC_HUB_LOST);
    world_settle(s.w, IC_RECONNECT_GRACE_MS - 1000);
    world_close(s.w, 1, IC_HUB_AWAY);
    struct knocking k = {.with_authority = true, .replaces = ana.session};
    struct person again = world_knock(s.w, 3, s.m, 3, k);
    assert_non_null(world_heard(s.w, 3, "\"group\":\"running\""));
    world_settle(s.w, 0);
    assert_true(s.w->store.meetings[0]->has_group);
    world_settle(s.w, 1000);
    begin_again(&s, &again);
    (void)ben;
    scene_delete(&s);
}

/* What is on its way to the disk decides first: here somebody comes, who then commits. */
static void a_commit_on_its_way_decides_before_the_last_ones_reload(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_LOBBY);
    static struct forge_bytes commit;
    uint8_t authority[IC_AUTHORITY_LEN];
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    forge_authority(s.m->id, &ana.mls, authority);
    struct forge_commit c = {
        .added = added, .added_count = 1, .authority = authority, .person = &ana.mls};
    forge_commit(&s.m->group, &c, &commit);
    s.w->holds_store = true;
    world_say_commit(s.w, 1, &c, &commit);
    struct world_held held = world_hold(s.w);
    s.w->holds_store = false;
    world_close(s.w, 1, IC_HUB_AWAY);
    struct person again = world_knock(s.w, 3, s.m, 3, (struct knocking){.replaces = ana.session});
    assert_non_null(world_heard(s.w, 3, "\"group\":\"running\""));
    world_answer(s.w, &held, IC_OK);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"welcome\""));
    assert_true(s.w->store.meetings[0]->has_group);
    forge_step_on(&s.m->group, &commit, FORGE_DATE);
    s.m->log_size++;
    ben.leaf = world_leaf(s.m, &ben);
    const struct forge_person *reloaded[] = {&again.mls};
    struct forge_commit swap = {
        .removed = &ana.leaf, .removed_count = 1, .added = reloaded, .added_count = 1};
    world_commit(s.w, s.m, &ben, &swap);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

/* ---- knocks ---- */

static void knocks_of_a_meeting_are_bounded(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    for (uint64_t i = 0; i < IC_SIGNAL_KNOCKS_MAX; i++)
        (void)world_knock(s.w, i, s.m, i, plain);
    (void)world_arrive(s.w, 500, s.m, 500, plain);
    world_expect_error(s.w, 500, "busy", 1013);
    world_close(s.w, 7, IC_HUB_LOST);
    (void)world_knock(s.w, 501, s.m, 501, plain);
    scene_delete(&s);
}

static const char note[] = "{\"type\":\"note\",\"note\":\"YSBub3Rl\"}";

/* What one who waits says is heard by all inside: it may not be said fifty times a second. */
static void notes_of_one_are_bounded(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    (void)world_first(s.w, 1, s.m, 1);
    (void)world_knock(s.w, 2, s.m, 2, plain);
    for (int i = 1; i < IC_SIGNAL_ALL_BURST; i++) {
        world_say(s.w, 2, note);
        assert_non_null(world_heard(s.w, 1, "{\"type\":\"knock\""));
    }
    world_settle(s.w, 1000);
    world_say(s.w, 2, note);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"knock\""));
    world_say(s.w, 2, note);
    world_expect_error(s.w, 2, "busy", 1013);
    assert_null(world_heard(s.w, 1, "{\"type\":\"knock\""));
    scene_delete(&s);
}

/* Nor by a crowd that comes again and again. */
static void what_members_hear_of_a_crowd_is_bounded(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    (void)world_first(s.w, 1, s.m, 1);
    size_t heard = 0, refused = 0;
    for (uint64_t conn = 2; conn < 40; conn++) {
        (void)world_arrive(s.w, conn, s.m, conn, plain);
        heard += count_texts(s.w, 1, "{\"type\":\"knock\"");
        for (int i = 1; i < IC_SIGNAL_ALL_BURST && s.w->is_open[conn]; i++) {
            world_say(s.w, conn, note);
            heard += count_texts(s.w, 1, "{\"type\":\"knock\"");
        }
        refused += !s.w->is_open[conn];
    }
    assert_int_equal(heard, IC_SIGNAL_WAITING_BURST - 1); /* less the first one of all */
    assert_true(refused > 10);
    world_settle(s.w, 1000);
    (void)world_knock(s.w, 50, s.m, 50, plain);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"knock\""));
    scene_delete(&s);
}

/* Each join may change the codec of everybody. */
static void joins_of_one_are_bounded(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    for (int i = 2; i < IC_SIGNAL_ALL_BURST; i++) /* a knock and a join were before */
        world_join_with(s.w, &ben, i % 2 == 0 ? CODEC_AV1 : CODEC_VP8);
    world_settle(s.w, 1000);
    world_join(s.w, &ben);
    char text[2048];
    world_join_text(text, sizeof text, CODEC_VP8);
    world_say(s.w, 2, text);
    world_expect_error(s.w, 2, "busy", 1013);
    scene_delete(&s);
}

static void knocks_run_out_of_time(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    (void)ana;
    (void)world_knock(s.w, 2, s.m, 2, plain);
    world_settle(s.w, IC_SIGNAL_KNOCK_MS - 1000);
    assert_true(s.w->is_open[2]);
    world_settle(s.w, 1000);
    world_expect_error(s.w, 2, "busy", 1013);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"knock_gone\""), 1);
    scene_delete(&s);
}

static void a_second_knock_takes_the_place_of_the_first(void **state)
{
    (void)state;
    static char text[WORLD_TEXT];
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain), fresh = {.conn = 2};
    forge_person_init(&fresh.mls, 3, FORGE_DATE);
    s.w->keys[s.w->key_count++] = fresh.mls.key;
    world_knock_text(text, s.m, &fresh, plain);
    world_say(s.w, 2, text); /* on the same socket */
    world_note_waiting(s.w, &fresh);
    assert_string_not_equal(fresh.knock, ben.knock);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"knock\""), 1);
    world_settle(s.w, 0);
    assert_int_equal(count_texts(s.w, 1, "{\"type\":\"knock_gone\""), 1);
    /* On another socket, with the session of the first: that one is told. */
    struct person third = world_knock(s.w, 3, s.m, 4, (struct knocking){.replaces = fresh.session});
    assert_false(s.w->is_open[2]);
    world_admit(s.w, s.m, &ana, &third, false);
    scene_delete(&s);
}

static void a_knock_that_goes_while_it_is_admitted_becomes_a_seat(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    struct forge_commit c = {.added = added, .added_count = 1};
    s.w->holds_store = true;
    world_try(s.w, s.m, &ana, &c);
    struct world_held held = world_hold(s.w);
    world_close(s.w, 2, IC_HUB_LOST);
    world_answer(s.w, &held, IC_OK);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"commit\""));
    s.w->holds_store = false;
    world_settle(s.w, 0);
    assert_non_null(world_heard(s.w, 1, "\"leaf\":1,\"state\":\"away\""));
    world_settle(s.w, IC_RECONNECT_GRACE_MS);
    assert_non_null(world_heard(s.w, 1, "\"reason\":\"lost\"}"));
    scene_delete(&s);
}

static void blobs_are_found_by_their_hash(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain), nobody = {.conn = 9};
    forge_noise("nobody", 1, nobody.mls.identity_hash, 32);
    const struct person *people[] = {&ana, &ben, &nobody};
    for (int i = 0; i < 3; i++) {
        ic_hub_on_blob_request(s.w->hub, s.w->now, (struct ic_conn_id){100},
                               people[i]->mls.identity_hash);
        world_drain(s.w);
        const struct world_effect *e = world_find(s.w, IC_HUB_BLOB);
        assert_non_null(e);
        assert_int_equal(e->out.conn.value, 100);
        assert_int_equal(e->out.result, i < 2 ? IC_OK : IC_ERR_GONE);
        if (i < 2) {
            assert_int_equal(e->out.blob_len, FORGE_IDENTITY_LEN);
            assert_memory_equal(e->bytes, people[i]->mls.identity, FORGE_IDENTITY_LEN);
        }
    }
    world_admit(s.w, s.m, &ana, &ben, false);
    const char *welcome = world_heard(s.w, 2, "{\"type\":\"welcome\"");
    char word[64];
    uint8_t hash[32];
    world_word(welcome, "tree", word, sizeof word);
    assert_int_equal(ic_base64url_decode(word, strlen(word), hash, sizeof hash), IC_OK);
    ic_hub_on_blob_request(s.w->hub, s.w->now, (struct ic_conn_id){101}, hash);
    world_drain(s.w);
    const struct world_effect *e = world_find(s.w, IC_HUB_BLOB);
    static uint8_t tree[IC_MLS_TREE_MAX];
    struct ic_wr w = ic_wr_init(tree, sizeof tree);
    ic_mlsgroup_write_tree(&s.m->group, &w);
    assert_int_equal(e->out.blob_len, w.len);
    assert_memory_equal(e->bytes, tree, w.len);
    scene_delete(&s);
}

/* A member that takes somebody's sealed identity along must not take it away when it goes. */
static void an_identity_stays_as_long_as_a_leaf_names_it(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person eve = world_knock(s.w, 3, s.m, 3, (struct knocking){.identity_of = &ben});
    world_admit(s.w, s.m, &ana, &eve, false);
    const struct person *goers[] = {&eve, &ben};
    for (int i = 0; i < 2; i++) {
        world_say(s.w, goers[i]->conn, "{\"type\":\"leave\"}");
        uint32_t leaf = world_leaf(s.m, goers[i]);
        world_commit(s.w, s.m, &ana, &(struct forge_commit){.removed = &leaf, .removed_count = 1});
        ic_hub_on_blob_request(s.w->hub, s.w->now, (struct ic_conn_id){100}, ben.mls.identity_hash);
        world_drain(s.w);
        const struct world_effect *e = world_find(s.w, IC_HUB_BLOB);
        assert_non_null(e);
        assert_int_equal(e->out.result, i == 0 ? IC_OK : IC_ERR_GONE);
    }
    scene_delete(&s);
}

/* ---- room for all ---- */

/* A server with as few seats as there can be: those who left keep theirs until they are removed. */
static struct scene scene_without_seats(uint32_t left, struct person *ana)
{
    struct ic_hub_config config = world_config();
    config.peers_max = 3;
    uint32_t seats = 2 * config.peers_max + IC_MLS_ADDS_MAX;
    struct scene s = {.w = world_new(&config)};
    s.m = world_meeting(s.w, MEETING_A, FORGE_OPEN);
    *ana = world_first(s.w, 1, s.m, 1);
    for (uint64_t i = 2; i + left <= seats; i++) {
        struct person p = world_knock(s.w, i, s.m, i, plain);
        world_admit(s.w, s.m, ana, &p, false);
        world_say(s.w, i, "{\"type\":\"leave\"}");
        world_settle(s.w, 1000);
    }
    return s;
}

static void no_group_begins_without_a_seat(void **state)
{
    (void)state;
    struct person ana;
    struct scene s = scene_without_seats(0, &ana);
    struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
    struct person ben = world_knock(s.w, 100, other, 100, plain);
    world_say_create(s.w, other, &ben);
    expect_refused(s.w, &ben, "create", "busy");
    struct person kim = world_knock(s.w, 101, s.m, 101, plain);
    const struct forge_person *added[] = {&kim.mls};
    world_try(s.w, s.m, &ana, &(struct forge_commit){.added = added, .added_count = 1});
    expect_refused(s.w, &ana, "commit", "full");
    free(other);
    scene_delete(&s);
}

/* Two who are promised the same last seat while the disk is slow. */
static void a_seat_is_promised_once(void **state)
{
    (void)state;
    for (int is_commit_first = 0; is_commit_first < 2; is_commit_first++) {
        struct person ana;
        struct scene s = scene_without_seats(1, &ana);
        struct meeting *other = world_meeting(s.w, MEETING_B, FORGE_OPEN);
        struct person ben = world_knock(s.w, 100, other, 100, plain);
        struct person kim = world_knock(s.w, 101, s.m, 101, plain);
        const struct forge_person *added[] = {&kim.mls};
        struct forge_commit commit = {.added = added, .added_count = 1};
        s.w->holds_store = true;
        if (is_commit_first == 0)
            world_say_create(s.w, other, &ben);
        else
            world_try(s.w, s.m, &ana, &commit);
        struct world_held held = world_hold(s.w);
        if (is_commit_first == 0)
            world_try(s.w, s.m, &ana, &commit);
        else
            world_say_create(s.w, other, &ben);
        const struct person *second = is_commit_first == 0 ? &ana : &ben;
        if (is_commit_first == 0)
            expect_refused(s.w, second, "commit", "full");
        else
            expect_refused(s.w, second, "create", "busy");
        world_answer(s.w, &held, IC_ERR_SYSTEM); /* and given back, when the disk failed */
        s.w->holds_store = false;
        world_create(s.w, other, &ben);
        free(other);
        scene_delete(&s);
    }
}

/* ---- messages and keys ---- */

static void say_message(struct world *w, const struct person *p, const struct forge_bytes *message)
{
    static char text[WORLD_TEXT];
    size_t n = (size_t)sprintf(text, "{\"type\":\"message\"");
    n = world_add_bytes(text, n, "message", message->at, message->len);
    (void)strcpy(text + n, "}");
    world_say(w, p->conn, text);
}

static void messages_go_to_all_others(void **state)
{
    (void)state;
    static struct forge_bytes message;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person kim = world_knock(s.w, 3, s.m, 3, plain);
    (void)kim;
    forge_message(&s.m->group, s.m->group.epoch, 1, &message);
    say_message(s.w, &ana, &message);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"message\""));
    assert_int_equal(s.w->count, 1); /* not back, and not to those who wait */
    forge_message(&s.m->group, s.m->group.epoch + 1, 1, &message);
    say_message(s.w, &ben, &message);
    expect_refused(s.w, &ben, "message", "epoch");
    message.at[6] ^= 1; /* another group */
    say_message(s.w, &ben, &message);
    expect_refused(s.w, &ben, "message", "invalid");
    for (uint32_t i = 0; i < IC_SIGNAL_EPOCHS_KEPT + 1; i++)
        world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = i});
    forge_message(&s.m->group, 1, 1, &message);
    say_message(s.w, &ben, &message);
    expect_refused(s.w, &ben, "message", "epoch"); /* too old */
    forge_message(&s.m->group, 2, 1, &message);
    say_message(s.w, &ben, &message);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"message\""));
    scene_delete(&s);
}

static void a_flood_of_messages_is_held_back(void **state)
{
    (void)state;
    static struct forge_bytes message;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    (void)ben;
    forge_message(&s.m->group, 1, 1, &message);
    for (int i = 0; i < IC_SIGNAL_PRIVATE_BURST; i++) {
        say_message(s.w, &ana, &message);
        assert_non_null(world_heard(s.w, 2, "{\"type\":\"message\""));
    }
    say_message(s.w, &ana, &message);
    expect_refused(s.w, &ana, "message", "busy");
    scene_delete(&s);
}

static void say_ready(struct world *w, const struct person *p, uint64_t epoch)
{
    char text[64];
    (void)snprintf(text, sizeof text, "{\"type\":\"ready\",\"epoch\":%llu}",
                   (unsigned long long)epoch);
    world_say(w, p->conn, text);
}

static void an_epoch_is_ready_when_all_have_its_keys(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person kim = world_enter(s.w, 3, s.m, &ana, 3); /* epoch 2 */
    say_ready(s.w, &ana, 2);
    say_ready(s.w, &ben, 2);
    assert_int_equal(s.w->count, 0);
    say_ready(s.w, &kim, 1);
    assert_int_equal(s.w->count, 0);
    say_ready(s.w, &kim, 3); /* has not begun */
    assert_int_equal(s.w->count, 0);
    say_ready(s.w, &kim, 2);
    for (uint64_t conn = 1; conn <= 3; conn++)
        assert_non_null(world_heard(s.w, conn, "{\"type\":\"epoch_ready\",\"epoch\":2}"));
    assert_int_equal(count_commands(s.w, IC_CMD_ROOM_KEY_FRAMES), 1);
    say_ready(s.w, &kim, 2);
    assert_int_equal(s.w->count, 0); /* once */
    /* Who is not there is not waited for. */
    world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = 1});
    say_ready(s.w, &ana, 3);
    say_ready(s.w, &ben, 3);
    assert_null(world_find(s.w, IC_HUB_SEND));
    world_close(s.w, 3, IC_HUB_LOST);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"epoch_ready\",\"epoch\":3}"));
    assert_int_equal(count_commands(s.w, IC_CMD_ROOM_KEY_FRAMES), 0); /* nobody is new */
    scene_delete(&s);
}

/* A key frame that nobody needs would keep the next one waiting, with which a newcomer begins. */
static void key_frames_are_asked_for_when_a_newcomer_has_media_already(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    say_ready(s.w, &ana, 0);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    world_admit(s.w, s.m, &ana, &ben, false);
    say_ready(s.w, &ana, 1);
    say_ready(s.w, &ben, 1);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"epoch_ready\",\"epoch\":1}"));
    assert_int_equal(count_commands(s.w, IC_CMD_ROOM_KEY_FRAMES), 0);
    world_join(s.w, &ben);
    struct person kim = world_enter(s.w, 3, s.m, &ana, 3);
    say_ready(s.w, &kim, 2);
    say_ready(s.w, &ana, 2);
    say_ready(s.w, &ben, 2); /* kim has had nothing to read so far */
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"epoch_ready\",\"epoch\":2}"));
    assert_int_equal(count_commands(s.w, IC_CMD_ROOM_KEY_FRAMES), 1);
    scene_delete(&s);
}

static void the_codec_is_the_best_that_all_decode(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_knock(s.w, 1, s.m, 1, plain);
    world_create(s.w, s.m, &ana);
    world_join_with(s.w, &ana, CODEC_AV1 "," CODEC_VP9 "," CODEC_VP8);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"codec\",\"codec\":\"av1\"}"));
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    world_admit(s.w, s.m, &ana, &ben, false);
    world_join_with(s.w, &ben, CODEC_VP8 "," CODEC_VP9);
    assert_non_null(world_heard(s.w, 1, "{\"type\":\"codec\",\"codec\":\"vp9\"}"));
    assert_int_equal(count_texts(s.w, 2, "{\"type\":\"codec\",\"codec\":\"vp9\"}"), 1);
    struct person kim = world_knock(s.w, 3, s.m, 3, plain);
    world_admit(s.w, s.m, &ana, &kim, false);
    world_join_with(s.w, &kim, CODEC_AV1);
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"codec\",\"codec\":\"vp8\"}"));
    world_say(s.w, 3, "{\"type\":\"leave\"}");
    assert_non_null(world_heard(s.w, 2, "{\"type\":\"codec\",\"codec\":\"vp9\"}"));
    scene_delete(&s);
}

/* ---- coming back ---- */

static void a_resume_brings_the_commits_that_were_missed(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    uint64_t had = s.m->log_size;
    world_close(s.w, 2, IC_HUB_LOST);
    for (uint64_t i = 0; i < 5; i++)
        world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = i});
    struct person kim = world_knock(s.w, 3, s.m, 3, plain);
    (void)kim;
    world_resume(s.w, 4, s.m, ben.session, had);
    assert_non_null(world_heard(s.w, 4, "\"leaf\":1,\"is_in_worker\":true}"));
    assert_int_equal(count_texts(s.w, 4, "{\"type\":\"commit\""), 5);
    assert_non_null(world_heard(s.w, 4, "\"log\":{\"size\":3,"));
    assert_non_null(world_heard(s.w, 4, "\"log\":{\"size\":7,"));
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"peers\""));
    world_settle(s.w, 0);
    assert_int_equal(count_texts(s.w, 4, "{\"type\":\"knock\""), 1);
    /* It is a member again. */
    world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = 9});
    assert_non_null(world_heard(s.w, 4, "{\"type\":\"commit\""));
    scene_delete(&s);
}

static void commits_that_come_during_a_resume_are_not_missed(void **state)
{
    (void)state;
    static struct forge_bytes commit;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    uint64_t had = s.m->log_size;
    world_close(s.w, 2, IC_HUB_LOST);
    world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = 1});
    s.w->holds_store = true;
    world_resume(s.w, 3, s.m, ben.session, had);
    struct world_held find = world_hold(s.w);
    world_answer(s.w, &find, IC_OK);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"resumed\""));
    struct world_held read = world_hold(s.w);
    /* What the store reads now is old when it arrives. */
    static struct store store;
    store = s.w->store;
    struct ic_store_reply old = store_run(&store, &read.request);
    struct forge_commit c = {.committer = 0, .person = &ana.mls, .salt = 2};
    forge_commit(&s.m->group, &c, &commit);
    world_say_commit(s.w, 1, &c, &commit);
    struct world_held write = world_hold(s.w);
    world_answer(s.w, &write, IC_OK);
    assert_null(world_heard(s.w, 3, "{\"type\":\"commit\"")); /* in order only */
    old.parts = store.answer;
    ic_hub_on_store(s.w->hub, s.w->now, &old);
    world_drain(s.w);
    assert_int_equal(count_texts(s.w, 3, "{\"type\":\"commit\""), 1);
    assert_null(world_heard(s.w, 3, "{\"type\":\"peers\""));
    struct world_held more = world_hold(s.w);
    world_answer(s.w, &more, IC_OK);
    assert_int_equal(count_texts(s.w, 3, "{\"type\":\"commit\""), 1);
    assert_non_null(world_heard(s.w, 3, "{\"type\":\"peers\""));
    free(read.bytes);
    scene_delete(&s);
}

static void a_resume_from_too_far_back_must_knock(void **state)
{
    (void)state;
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    world_close(s.w, 2, IC_HUB_LOST);
    world_resume(s.w, 3, s.m, ben.session, s.m->log_size + 1); /* it knows more than we */
    world_expect_error(s.w, 3, "session_unknown", 1008);
    world_resume(s.w, 4, s.m, ben.session, 0);
    world_expect_error(s.w, 4, "session_unknown", 1008);
    struct meeting other = *s.m;
    other.name = MEETING_B;
    world_resume(s.w, 5, &other, ben.session, 2);
    world_expect_error(s.w, 5, "session_unknown", 1008);
    world_resume(s.w, 6, s.m, ben.session, 2);
    assert_true(s.w->is_open[6]);
    world_resume(s.w, 7, s.m, ben.session, 2);
    world_expect_error(s.w, 6, "taken_over", 1008);
    assert_true(s.w->is_open[7]);
    scene_delete(&s);
}

static void a_restart_keeps_the_group(void **state)
{
    (void)state;
    struct ic_hub_config config = world_config();
    struct scene s = scene_new(FORGE_LOBBY);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_enter(s.w, 2, s.m, &ana, 2);
    struct person kim = world_enter(s.w, 3, s.m, &ana, 3);
    uint64_t had = s.m->log_size;
    world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = 1});
    world_restart(s.w, &config);
    world_resume(s.w, 11, s.m, ben.session, had);
    assert_non_null(world_heard(s.w, 11, "\"leaf\":1,\"is_in_worker\":false}"));
    assert_int_equal(count_texts(s.w, 11, "{\"type\":\"commit\""), 1);
    assert_non_null(world_heard(s.w, 11, "\"leaf\":0,\"state\":\"away\""));
    assert_non_null(world_heard(s.w, 11, "\"leaf\":2,\"state\":\"away\""));
    assert_null(world_heard(s.w, 11, "{\"type\":\"gone\"")); /* they may come back */
    ben.conn = 11;
    world_join(s.w, &ben);
    world_resume(s.w, 12, s.m, ana.session, s.m->log_size);
    ana.conn = 12;
    /* The host still has authority: it lets somebody in. */
    struct person eve = world_knock(s.w, 13, s.m, 4, plain);
    assert_non_null(world_heard(s.w, 13, "\"host\":true"));
    world_admit(s.w, s.m, &ana, &eve, true);
    assert_non_null(world_heard(s.w, 13, "{\"type\":\"welcome\""));
    assert_non_null(world_heard(s.w, 11, "{\"type\":\"commit\""));
    world_settle(s.w, IC_RECONNECT_GRACE_MS);
    assert_non_null(world_heard(s.w, 11, "\"reason\":\"lost\"}")); /* Kim stayed away */
    (void)kim;
    scene_delete(&s);
}

static void a_group_that_nobody_comes_back_to_ends(void **state)
{
    (void)state;
    struct ic_hub_config config = world_config();
    struct scene s = scene_new(FORGE_OPEN);
    (void)world_first(s.w, 1, s.m, 1);
    world_restart(s.w, &config);
    struct person ben = world_knock(s.w, 2, s.m, 2, plain);
    assert_non_null(world_heard(s.w, 2, "\"group\":\"running\",\"host\":false"));
    world_settle(s.w, IC_RECONNECT_GRACE_MS);
    assert_non_null(world_heard(s.w, 2, "\"group\":\"none\""));
    assert_false(s.w->store.meetings[0]->has_group);
    world_create(s.w, s.m, &ben);
    scene_delete(&s);
}

/* Killed between the store's answer and the delivery: those who were added know their session. */
static void a_commit_that_was_written_but_not_delivered_stands(void **state)
{
    (void)state;
    static struct forge_bytes commit;
    struct ic_hub_config config = world_config();
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1), ben = world_knock(s.w, 2, s.m, 2, plain);
    const struct forge_person *added[] = {&ben.mls};
    struct forge_commit c = {.committer = 0, .person = &ana.mls, .added = added, .added_count = 1};
    forge_commit(&s.m->group, &c, &commit);
    s.w->holds_store = true;
    world_say_commit(s.w, 1, &c, &commit);
    struct world_held held = world_hold(s.w);
    assert_int_equal(store_run(&s.w->store, &held.request).result, IC_OK);
    free(held.bytes);
    s.w->holds_store = false;
    world_restart(s.w, &config);
    world_resume(s.w, 11, s.m, ana.session, 1);
    assert_int_equal(count_texts(s.w, 11, "{\"type\":\"commit\""), 1); /* its own, at last */
    forge_step_on(&s.m->group, &commit, FORGE_DATE);
    s.m->log_size++;
    ana.conn = 11;
    struct person again = world_knock(s.w, 12, s.m, 3, (struct knocking){.replaces = ben.session});
    assert_non_null(world_heard(s.w, 11, "\"replaces\":1}"));
    const struct forge_person *reloaded[] = {&again.mls};
    uint32_t leaf = 1;
    struct forge_commit reload = {
        .removed = &leaf, .removed_count = 1, .added = reloaded, .added_count = 1};
    world_commit(s.w, s.m, &ana, &reload);
    assert_non_null(world_heard(s.w, 12, "{\"type\":\"welcome\""));
    scene_delete(&s);
}

/* Killed before the store did it: as if the commit had never been made. */
static void a_commit_that_was_not_written_is_forgotten(void **state)
{
    (void)state;
    struct ic_hub_config config = world_config();
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    s.w->holds_store = true;
    world_try(s.w, s.m, &ana, &(struct forge_commit){.salt = 1});
    s.w->holds_store = false;
    world_restart(s.w, &config);
    world_resume(s.w, 11, s.m, ana.session, 1);
    assert_null(world_heard(s.w, 11, "{\"type\":\"commit\""));
    ana.conn = 11;
    world_commit(s.w, s.m, &ana, &(struct forge_commit){.salt = 2});
    scene_delete(&s);
}

static void what_the_store_holds_is_not_believed_blindly(void **state)
{
    (void)state;
    struct ic_hub_config config = world_config();
    struct scene s = scene_new(FORGE_OPEN);
    struct person ana = world_first(s.w, 1, s.m, 1);
    struct store_meeting *stored = s.w->store.meetings[0];
    const struct store_bytes *parts[] = {&stored->state, &stored->record};
    for (int i = 0; i < 2; i++) {
        parts[i]->at[parts[i]->len / 2] ^= 1;
        world_restart(s.w, &config);
        world_resume(s.w, 20 + (uint64_t)i, s.m, ana.session, 1);
        if (i == 0)
            world_expect_error(s.w, 20, "internal", 1013);
        parts[i]->at[parts[i]->len / 2] ^= 1;
    }
    store_keep(&stored->record, stored->record.at, stored->record.len - 1);
    world_restart(s.w, &config);
    world_resume(s.w, 30, s.m, ana.session, 1);
    world_expect_error(s.w, 30, "internal", 1013);
    struct ic_hub_stats stats;
    ic_hub_stats(s.w->hub, &stats);
    assert_int_equal(stats.rooms, 0);
    scene_delete(&s);
}

static void records_come_back_as_they_were(void **state)
{
    (void)state;
    static struct ic_record record, back;
    static uint8_t bytes[IC_STORE_RECORD_MAX];
    struct ic_merkle_hash leaf = {{1}};
    record.generation = 7;
    record.is_locked = true;
    for (int i = 0; i < 11; i++)
        assert_int_equal(ic_merkle_append(&record.log, &leaf), IC_OK);
    record.seat_count = IC_MLS_LEAVES_MAX;
    for (uint32_t i = 0; i < IC_MLS_LEAVES_MAX; i++) {
        record.seats[i] = (struct ic_record_seat){.leaf = i, .has_authority = i % 3 == 0};
        forge_noise("session", i, record.seats[i].session_hash, 32);
    }
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    ic_record_write(&w, &record);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(ic_record_parse(bytes, w.len, &back), IC_OK);
    assert_true(back.is_locked && back.generation == 7 && back.seat_count == IC_MLS_LEAVES_MAX);
    assert_true(back.log.size == 11);
    assert_memory_equal(back.log.frontier, record.log.frontier, 3 * sizeof leaf);
    for (uint32_t i = 0; i < IC_MLS_LEAVES_MAX; i++) {
        assert_int_equal(back.seats[i].leaf, i);
        assert_int_equal(back.seats[i].has_authority, i % 3 == 0);
        assert_memory_equal(back.seats[i].session_hash, record.seats[i].session_hash, 32);
    }
    for (size_t n = 0; n < w.len; n++) {
        uint8_t *cut = world_copy(bytes, n);
        assert_int_equal(ic_record_parse(cut, n, &back), IC_ERR_INPUT);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_nothing_to_media),
        cmocka_unit_test(knocks_need_a_meeting_and_a_sound_package),
        cmocka_unit_test(in_a_hosted_meeting_a_host_begins),
        cmocka_unit_test(the_first_of_two_begins),
        cmocka_unit_test(a_beginning_that_is_not_written_is_none),
        cmocka_unit_test(a_group_must_be_that_of_the_meeting_and_of_its_maker),
        cmocka_unit_test(in_a_lobby_only_authority_lets_in),
        cmocka_unit_test(a_host_who_comes_back_needs_nobody),
        cmocka_unit_test(a_cohost_proves_its_authority),
        cmocka_unit_test(declining_needs_authority),
        cmocka_unit_test(a_locked_meeting_lets_in_reloads_and_hosts_only),
        cmocka_unit_test(a_new_link_has_the_next_generation),
        cmocka_unit_test(an_add_must_be_of_somebody_who_waits),
        cmocka_unit_test(unsound_commits_are_refused),
        cmocka_unit_test(nobody_commits_for_somebody_else),
        cmocka_unit_test(of_two_commits_of_one_epoch_the_first_wins),
        cmocka_unit_test(a_commit_that_is_not_written_changed_nothing),
        cmocka_unit_test(a_remove_ends_media_at_once_and_is_heard_by_all),
        cmocka_unit_test(who_left_or_is_lost_may_be_removed_by_anybody),
        cmocka_unit_test(a_reload_swaps_leaves_in_one_step),
        cmocka_unit_test(a_replaced_leaf_that_is_somebody_elses_by_now_is_safe),
        cmocka_unit_test(the_group_ends_with_its_last_person),
        cmocka_unit_test(the_last_one_who_is_loaded_again_begins_anew_at_once),
        cmocka_unit_test(the_last_one_may_move_while_its_socket_is_there),
        cmocka_unit_test(a_stranger_ends_nobodys_group),
        cmocka_unit_test(the_group_waits_for_others_who_may_come_back),
        cmocka_unit_test(a_commit_on_its_way_decides_before_the_last_ones_reload),
        cmocka_unit_test(knocks_of_a_meeting_are_bounded),
        cmocka_unit_test(notes_of_one_are_bounded),
        cmocka_unit_test(what_members_hear_of_a_crowd_is_bounded),
        cmocka_unit_test(joins_of_one_are_bounded),
        cmocka_unit_test(knocks_run_out_of_time),
        cmocka_unit_test(a_second_knock_takes_the_place_of_the_first),
        cmocka_unit_test(a_knock_that_goes_while_it_is_admitted_becomes_a_seat),
        cmocka_unit_test(blobs_are_found_by_their_hash),
        cmocka_unit_test(an_identity_stays_as_long_as_a_leaf_names_it),
        cmocka_unit_test(no_group_begins_without_a_seat),
        cmocka_unit_test(a_seat_is_promised_once),
        cmocka_unit_test(messages_go_to_all_others),
        cmocka_unit_test(a_flood_of_messages_is_held_back),
        cmocka_unit_test(an_epoch_is_ready_when_all_have_its_keys),
        cmocka_unit_test(key_frames_are_asked_for_when_a_newcomer_has_media_already),
        cmocka_unit_test(the_codec_is_the_best_that_all_decode),
        cmocka_unit_test(a_resume_brings_the_commits_that_were_missed),
        cmocka_unit_test(commits_that_come_during_a_resume_are_not_missed),
        cmocka_unit_test(a_resume_from_too_far_back_must_knock),
        cmocka_unit_test(a_restart_keeps_the_group),
        cmocka_unit_test(a_group_that_nobody_comes_back_to_ends),
        cmocka_unit_test(a_commit_that_was_written_but_not_delivered_stands),
        cmocka_unit_test(a_commit_that_was_not_written_is_forgotten),
        cmocka_unit_test(what_the_store_holds_is_not_believed_blindly),
        cmocka_unit_test(records_come_back_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
