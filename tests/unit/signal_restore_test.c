/* A meeting moves: its members bring group and log to a node that has never heard of it. */
#include <time.h>

#include "unit/signal_world.h"

#include "signal/brought.h"
#include "signal/hub_state.h"

#define NODE    "de1.meet.example.org"
#define DATE_MS ((uint64_t)FORGE_DATE * 1000)

/* What a member says, and how a liar would say it otherwise. */
struct bringing {
    const struct person *who;
    const struct ic_mlsgroup *group; /* as it knows it; NULL: the meeting's */
    uint64_t salt;                   /* of the commit that began its epoch; 0: the last one */
    const struct person *host;       /* shows the authority of this one; NULL: none */
    const struct person *proof_by;   /* signs the proof; NULL: who */
    const char *node;                /* to which it is said; NULL: NODE */
    int64_t late_ms;                 /* its clock */
    uint64_t log_noise;              /* another log of the same size */
    bool other_log_proved;           /* the proof is about another root */
    bool is_locked;
    uint32_t generation;   /* 0: 1 */
    const uint8_t *policy; /* NULL: the meeting's */
};

static void make_log(uint64_t noise, uint64_t size, struct ic_merkle *log)
{
    struct ic_merkle_hash leaf;
    ic_merkle_init(log);
    for (uint64_t i = 0; i < size; i++) {
        forge_noise("entry", noise + i, leaf.bytes, sizeof leaf.bytes);
        assert_int_equal(ic_merkle_append(log, &leaf), IC_OK);
    }
}

static void make_tag(const struct meeting *m, const struct bringing *b,
                     const struct ic_mlsgroup *group, uint8_t tag[32])
{
    uint64_t salt = b->salt == 0 ? m->log_size - 1 : b->salt;
    forge_noise(group->epoch == 0 ? "tag" : "confirmation", group->epoch == 0 ? 0 : salt, tag, 32);
}

static void prove(const struct bringing *b, const struct forge_bytes *info,
                  const struct ic_merkle *log, uint8_t proof[64])
{
    static const char label[] = "MLS 1.0 InCamera restore v1";
    const char *node = b->node == NULL ? NODE : b->node;
    const struct person *by = b->proof_by == NULL ? b->who : b->proof_by;
    uint8_t tbs[400], text[512], hash[32];
    struct ic_merkle_hash root;
    struct ic_part part = {info->at, info->len};
    assert_int_equal(ic_hash_sha256(&part, 1, hash), IC_OK);
    assert_int_equal(ic_merkle_root(log, &root), IC_OK);
    root.bytes[0] ^= b->other_log_proved;
    struct ic_wr w = ic_wr_init(tbs, sizeof tbs);
    ic_wr_u8(&w, (uint8_t)strlen(node));
    ic_wr_text(&w, node);
    ic_wr_bytes(&w, hash, sizeof hash);
    ic_wr_bytes(&w, root.bytes, sizeof root.bytes);
    ic_wr_u64(&w, log->size);
    ic_wr_u64(&w, DATE_MS + (uint64_t)b->late_ms);
    ic_wr_u32(&w, b->generation == 0 ? 1 : b->generation);
    ic_wr_u8(&w, b->is_locked);
    struct ic_wr t = ic_wr_init(text, sizeof text);
    ic_mls_write_vector(&t, (const uint8_t *)label, sizeof label - 1);
    ic_mls_write_vector(&t, tbs, w.len);
    assert_true(ic_wr_ok(&w) && ic_wr_ok(&t));
    assert_int_equal(ic_ed25519_sign(&by->mls.key, text, t.len, proof), IC_OK);
}

static void write_text(char *text, const struct meeting *m, const struct bringing *b,
                       const struct forge_bytes *info)
{
    struct ic_merkle log;
    uint8_t proof[64], authority[IC_AUTHORITY_LEN];
    const struct ic_mlsgroup *group = b->group == NULL ? &m->group : b->group;
    size_t n = (size_t)sprintf(text, "{\"type\":\"restore\",\"version\":2");
    n = world_add_bytes(text, n, "policy", b->policy == NULL ? m->policy : b->policy,
                        m->policy_len);
    n = world_add_bytes(text, n, "group_info", info->at, info->len);
    n = world_add_bytes(text, n, "identity", b->who->mls.identity, sizeof b->who->mls.identity);
    if (b->host != NULL) {
        forge_authority(m->id, &b->host->mls, authority);
        n = world_add_bytes(text, n, "authority", authority, sizeof authority);
        n += (size_t)sprintf(text + n, ",\"witness\":%u", b->host->leaf);
    }
    make_log(b->log_noise, group->epoch + 1, &log);
    n += (size_t)sprintf(text + n, ",\"log\":{\"size\":%llu,\"frontier\":[",
                         (unsigned long long)log.size);
    for (size_t i = 0; i < ic_merkle_count(&log); i++) {
        n += (size_t)sprintf(text + n, "%s\"", i == 0 ? "" : ",");
        ic_base64url_encode(log.frontier[i].bytes, 32, text + n);
        n += IC_BASE64URL_LEN(32);
        text[n++] = '"';
    }
    n += (size_t)sprintf(text + n, "]},\"locked\":%s,\"generation\":%u,\"time\":%llu",
                         b->is_locked ? "true" : "false", b->generation == 0 ? 1 : b->generation,
                         (unsigned long long)(DATE_MS + (uint64_t)b->late_ms));
    prove(b, info, &log, proof);
    n = world_add_bytes(text, n, "proof", proof, sizeof proof);
    (void)strcpy(text + n, "}");
}

/* On a new socket. */
static void say_restore(struct world *w, uint64_t conn, const struct meeting *m,
                        const struct bringing *b)
{
    static char text[2 * WORLD_TEXT];
    static struct forge_bytes info;
    uint8_t tag[32];
    const struct ic_mlsgroup *group = b->group == NULL ? &m->group : b->group;
    make_tag(m, b, group, tag);
    forge_group_info(group, b->who->leaf, &b->who->mls, tag, &info);
    write_text(text, m, b, &info);
    assert_int_equal(world_open(w, conn), IC_OK);
    world_say(w, conn, text);
}

static const char *restored(const struct world *w, uint64_t conn)
{
    const char *text = world_heard(w, conn, "{\"type\":\"restored\"");
    if (text == NULL)
        fail_msg("not restored: %s",
                 world_heard(w, conn, "") == NULL ? "-" : world_heard(w, conn, ""));
    return text;
}

static void restore(struct world *w, uint64_t conn, const struct meeting *m, struct person *p)
{
    say_restore(w, conn, m, &(struct bringing){.who = p});
    const char *text = restored(w, conn);
    world_word(text, "session", p->session, sizeof p->session);
    world_word(text, "peer", p->peer, sizeof p->peer);
    p->conn = conn;
}

/* ---- two nodes ---- */

struct story {
    struct world *old, *w; /* the node that is lost, and the other one */
    struct meeting *m;
    struct person people[4];
};

static struct world *other_node(void)
{
    struct ic_hub_config config = world_config();
    struct world *w = world_new(&config);
    ic_hub_set_node(w->hub, NODE);
    return w;
}

/* Three people at the first node: 0 is the host of a hosted meeting. */
static struct story *begin(enum forge_kind kind)
{
    struct story *s = calloc(1, sizeof *s);
    struct ic_hub_config config = world_config();
    s->old = world_new(&config);
    s->m = world_meeting(s->old, MEETING_A, kind);
    s->people[0] = world_first(s->old, 1, s->m, 1);
    for (uint64_t i = 1; i < 3; i++)
        s->people[i] = world_enter(s->old, 1 + i, s->m, &s->people[0], 1 + i);
    s->w = other_node();
    return s;
}

static void end(struct story *s)
{
    world_delete(s->old);
    world_delete(s->w);
    free(s->m);
    free(s);
}

static bool says_state(const char *text, const struct person *p, const char *state)
{
    char part[96];
    (void)snprintf(part, sizeof part, "\"leaf\":%u,\"state\":\"%s\"", p->leaf, state);
    return strstr(text, part) != NULL;
}

/* ---- they come back ---- */

static void a_member_brings_the_meeting_to_a_node_that_never_heard_of_it(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    restore(s->w, 11, s->m, &s->people[0]);
    const char *text = restored(s->w, 11);
    assert_non_null(strstr(text, "\"leaf\":0,\"epoch\":2,\"log_key\":\"localhost+"));
    assert_non_null(strstr(text, "\"log\":{\"size\":3,\"checkpoint\":\"localhost/m/"));
    const char *peers = world_heard(s->w, 11, "{\"type\":\"peers\",\"peers\"");
    assert_non_null(peers);
    assert_true(says_state(peers, &s->people[1], "away"));
    assert_true(says_state(peers, &s->people[2], "away"));
    const struct store_meeting *stored = store_find(&s->w->store, s->m->id);
    assert_non_null(stored);
    assert_true(stored->has_group && stored->size == 3 && stored->blob_count == 1);
    assert_int_equal(stored->policy.len, s->m->policy_len);
    assert_memory_equal(stored->policy.at, s->m->policy, s->m->policy_len);

    restore(s->w, 12, s->m, &s->people[1]);
    assert_non_null(strstr(restored(s->w, 12), "\"leaf\":1,\"epoch\":2,"));
    assert_int_equal(stored->blob_count, 2);
    assert_true(
        says_state(world_heard(s->w, 11, "\"type\":\"peer\","), &s->people[1], "connecting"));
    world_join(s->w, &s->people[0]);
    world_join(s->w, &s->people[1]);

    world_settle(s->w, IC_RECONNECT_GRACE_MS); /* the third one does not come */
    assert_non_null(world_heard(s->w, 11, "{\"type\":\"gone\""));
    say_restore(s->w, 13, s->m, &(struct bringing){.who = &s->people[2]});
    world_expect_error(s->w, 13, "session_unknown", 1008);
    const uint32_t removed[] = {2};
    struct forge_commit c = {.removed = removed, .removed_count = 1, .salt = s->m->log_size};
    world_commit(s->w, s->m, &s->people[1], &c);
    assert_non_null(world_heard(s->w, 11, "\"log\":{\"size\":4,"));
    end(s);
}

static void the_meeting_goes_on_as_locked_as_it_was_and_with_its_generation(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    say_restore(s->w, 11, s->m,
                &(struct bringing){.who = &s->people[0], .is_locked = true, .generation = 7});
    (void)restored(s->w, 11);
    s->people[0].conn = 11;
    world_settle(s->w, IC_RESTORE_SETTLE_MS);
    struct person late = world_knock(s->w, 20, s->m, 20, (struct knocking){.replaces = NULL});
    const struct forge_person *added[] = {&late.mls};
    struct forge_commit c = {
        .added = added, .added_count = 1, .salt = s->m->log_size, .generation = 7};
    world_try(s->w, s->m, &s->people[0], &c);
    assert_non_null(world_heard(s->w, 11, "\"reason\":\"not_allowed\"")); /* locked */
    c.generation = 1;
    world_try(s->w, s->m, &s->people[0], &c);
    assert_non_null(world_heard(s->w, 11, "\"reason\":\"invalid\""));
    end(s);
}

static void nothing_is_committed_in_the_first_two_seconds(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    restore(s->w, 11, s->m, &s->people[0]);
    struct forge_commit c = {.salt = s->m->log_size};
    world_settle(s->w, IC_RESTORE_SETTLE_MS - 1);
    world_try(s->w, s->m, &s->people[0], &c);
    assert_non_null(world_heard(s->w, 11,
                                "{\"type\":\"refused\",\"what\":\"commit\","
                                "\"reason\":\"epoch\"}"));
    world_settle(s->w, 1);
    world_commit(s->w, s->m, &s->people[0], &c);
    end(s);
}

static void the_new_session_survives_a_restart_of_the_node(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    struct ic_hub_config config = world_config();
    restore(s->w, 11, s->m, &s->people[0]);
    restore(s->w, 12, s->m, &s->people[1]);
    world_settle(s->w, 300);
    world_restart(s->w, &config);
    world_resume(s->w, 21, s->m, s->people[0].session, 3);
    assert_non_null(world_heard(s->w, 21, "{\"type\":\"resumed\""));
    world_resume(s->w, 22, s->m, s->people[1].session, 3);
    assert_non_null(world_heard(s->w, 22, "\"leaf\":1,\"is_in_worker\":false"));
    world_resume(s->w, 23, s->m, s->people[1].session, 2); /* before what was brought */
    world_expect_error(s->w, 23, "session_unknown", 1008);
    end(s);
}

static void the_same_member_again_takes_its_seat_over(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    restore(s->w, 11, s->m, &s->people[0]);
    char first[IC_SESSION_TEXT_LEN + 1];
    memcpy(first, s->people[0].session, sizeof first);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[0]});
    (void)restored(s->w, 12);
    world_expect_error(s->w, 11, "taken_over", 1008);
    world_resume(s->w, 13, s->m, first, 3);
    world_expect_error(s->w, 13, "session_unknown", 1008);
    end(s);
}

static void two_at_once_are_one_group(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    s->w->holds_store = true;
    say_restore(s->w, 11, s->m, &(struct bringing){.who = &s->people[0]});
    struct world_held one = world_hold(s->w);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[1]});
    struct world_held two = world_hold(s->w);
    world_answer(s->w, &one, IC_OK);
    struct world_held writing = world_hold(s->w);
    assert_int_equal(writing.request.kind, IC_STORE_GROUP_RESTORE);
    world_answer(s->w, &two, IC_OK);
    struct world_held again = world_hold(s->w);
    assert_int_equal(again.request.kind, IC_STORE_MEETING_RESTORE);
    assert_null(world_heard(s->w, 12, ""));
    world_answer(s->w, &writing, IC_OK);
    (void)restored(s->w, 11);
    s->w->holds_store = false;
    world_answer(s->w, &again, IC_OK);
    assert_non_null(strstr(restored(s->w, 12), "\"leaf\":1,\"epoch\":2,"));
    end(s);
}

static void who_goes_while_it_is_written_leaves_the_meeting_to_the_others(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    s->w->holds_store = true;
    say_restore(s->w, 11, s->m, &(struct bringing){.who = &s->people[0]});
    struct world_held held = world_hold(s->w);
    world_answer(s->w, &held, IC_OK);
    held = world_hold(s->w);
    world_close(s->w, 11, IC_HUB_LOST);
    s->w->holds_store = false;
    world_answer(s->w, &held, IC_OK);
    restore(s->w, 12, s->m, &s->people[1]);
    assert_true(
        says_state(world_heard(s->w, 12, "{\"type\":\"peers\",\"peers\""), &s->people[0], "away"));
    world_close(s->w, 12, IC_HUB_LOST);
    world_settle(s->w, IC_RECONNECT_GRACE_MS);
    struct ic_hub_stats stats;
    ic_hub_stats(s->w->hub, &stats);
    assert_int_equal(stats.peers + stats.rooms, 0); /* it ended with its last person */
    assert_false(store_find(&s->w->store, s->m->id)->has_group);
    end(s);
}

/* ---- epochs ---- */

/* The state of an epoch before, and who was in it: 3 is added, 2 removed in the last epoch. */
static void step_on(struct story *s, struct ic_mlsgroup *before)
{
    const uint32_t removed[] = {2};
    *before = s->m->group;
    struct forge_commit c = {.removed = removed, .removed_count = 1, .salt = s->m->log_size};
    uint8_t authority[IC_AUTHORITY_LEN];
    forge_authority(s->m->id, &s->people[0].mls, authority);
    if (s->m->is_hosted)
        c.authority = authority;
    else
        world_close(s->old, 3, IC_HUB_LEFT);
    world_commit(s->old, s->m, &s->people[0], &c);
}

static struct bringing before_of(const struct person *p, const struct ic_mlsgroup *before)
{
    return (struct bringing){.who = p, .group = before, .salt = before->epoch};
}

static void a_laggard_hears_of_the_higher_epoch(void **state)
{
    (void)state;
    static struct ic_mlsgroup before;
    struct story *s = begin(FORGE_OPEN);
    step_on(s, &before);
    restore(s->w, 11, s->m, &s->people[0]);
    struct bringing late = before_of(&s->people[1], &before);
    say_restore(s->w, 12, s->m, &late);
    assert_non_null(strstr(restored(s->w, 12), "\"leaf\":1,\"epoch\":3,"));
    assert_non_null(strstr(restored(s->w, 12), "\"log\":{\"size\":4,"));
    struct bringing removed = before_of(&s->people[2], &before);
    say_restore(s->w, 13, s->m, &removed);
    world_expect_error(s->w, 13, "session_unknown", 1008);
    end(s);
}

static void a_higher_epoch_takes_the_place_within_two_seconds(void **state)
{
    (void)state;
    static struct ic_mlsgroup before;
    struct story *s = begin(FORGE_OPEN);
    step_on(s, &before);
    struct bringing low = before_of(&s->people[1], &before);
    say_restore(s->w, 11, s->m, &low);
    char session[IC_SESSION_TEXT_LEN + 1];
    world_word(restored(s->w, 11), "session", session, sizeof session);
    low = before_of(&s->people[2], &before); /* who is removed in the epoch above */
    say_restore(s->w, 12, s->m, &low);
    (void)restored(s->w, 12);
    world_settle(s->w, IC_RESTORE_SETTLE_MS - 1);
    restore(s->w, 13, s->m, &s->people[0]);
    assert_non_null(strstr(restored(s->w, 13), "\"leaf\":0,\"epoch\":3,"));
    world_expect_error(s->w, 11, "session_unknown", 1008);
    world_expect_error(s->w, 12, "removed", 1008);
    assert_int_equal(store_find(&s->w->store, s->m->id)->size, 4);
    world_settle(s->w, 1);
    /* who missed the commit names its seat by the session that it has */
    struct person again = world_knock(s->w, 21, s->m, 21, (struct knocking){.replaces = session});
    assert_non_null(world_heard(s->w, 13, "\"replaces\":1"));
    struct forge_commit c = {.salt = s->m->log_size};
    world_try(s->w, s->m, &s->people[0], &c); /* two seconds from the newer one */
    assert_non_null(world_heard(s->w, 13, "\"reason\":\"epoch\""));
    world_settle(s->w, IC_RESTORE_SETTLE_MS);
    const uint32_t removed[] = {1};
    const struct forge_person *added[] = {&again.mls};
    c = (struct forge_commit){.removed = removed,
                              .removed_count = 1,
                              .added = added,
                              .added_count = 1,
                              .salt = s->m->log_size};
    world_commit(s->w, s->m, &s->people[0], &c);
    assert_non_null(world_heard(s->w, 21, "{\"type\":\"welcome\""));
    end(s);
}

static void who_had_authority_has_it_in_the_higher_epoch_too(void **state)
{
    (void)state;
    static struct ic_mlsgroup before;
    struct story *s = begin(FORGE_LOBBY);
    struct person *host = &s->people[0], *second = &s->people[1];
    step_on(s, &before);
    struct bringing low = before_of(second, &before);
    low.host = host;
    say_restore(s->w, 11, s->m, &low);
    (void)restored(s->w, 11);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = second, .host = second});
    (void)restored(s->w, 12);
    say_restore(s->w, 13, s->m, &(struct bringing){.who = host}); /* says nothing of its own */
    (void)restored(s->w, 13);
    (void)world_knock(s->w, 20, s->m, 20, (struct knocking){.replaces = NULL});
    assert_non_null(world_heard(s->w, 12, "{\"type\":\"knock\""));
    assert_non_null(world_heard(s->w, 13, "{\"type\":\"knock\""));
    end(s);
}

static void a_higher_epoch_is_too_late_after_two_seconds(void **state)
{
    (void)state;
    static struct ic_mlsgroup before;
    struct story *s = begin(FORGE_OPEN);
    step_on(s, &before);
    struct bringing low = before_of(&s->people[1], &before);
    say_restore(s->w, 11, s->m, &low);
    (void)restored(s->w, 11);
    world_settle(s->w, IC_RESTORE_SETTLE_MS);
    say_restore(s->w, 13, s->m, &(struct bringing){.who = &s->people[0]});
    assert_non_null(strstr(restored(s->w, 13), "\"leaf\":0,\"epoch\":2,")); /* it leaves */
    assert_null(world_closed(s->w, 11));
    end(s);
}

static void another_group_or_another_log_is_a_fork(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    restore(s->w, 11, s->m, &s->people[0]);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[1], .log_noise = 99});
    world_expect_error(s->w, 12, "session_unknown", 1008);
    static struct ic_mlsgroup fork;
    fork = s->m->group;
    fork.confirmed[0] ^= 1;
    say_restore(s->w, 13, s->m, &(struct bringing){.who = &s->people[1], .group = &fork});
    world_expect_error(s->w, 13, "session_unknown", 1008);
    fork = s->m->group;
    fork.id[0] ^= 1;
    fork.epoch++;
    say_restore(s->w, 14, s->m, &(struct bringing){.who = &s->people[1], .group = &fork});
    world_expect_error(s->w, 14, "session_unknown", 1008);
    assert_null(world_closed(s->w, 11));
    end(s);
}

/* ---- what does not hold ---- */

static void expect(struct story *s, uint64_t conn, struct bringing b, const char *code,
                   uint16_t close)
{
    say_restore(s->w, conn, s->m, &b);
    world_expect_error(s->w, conn, code, close);
    struct ic_hub_stats stats;
    ic_hub_stats(s->w->hub, &stats);
    assert_int_equal(stats.rooms + stats.peers + stats.clients, 0);
    const struct store_meeting *m = store_find(&s->w->store, s->m->id);
    assert_true(m == NULL || !m->has_group);
}

static void a_proof_counts_for_one_node_one_log_one_leaf_and_ten_minutes(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    const struct person *p = &s->people[0];
    struct bringing fine = {.who = p}, b = fine;
    b.proof_by = &s->people[1];
    expect(s, 11, b, "session_unknown", 1008);
    b = fine;
    b.node = "fr1.meet.example.org"; /* said to the other node, replayed here */
    expect(s, 12, b, "session_unknown", 1008);
    b = fine;
    b.other_log_proved = true;
    expect(s, 13, b, "session_unknown", 1008);
    b = fine;
    b.late_ms = 601000;
    expect(s, 14, b, "session_unknown", 1008);
    b.late_ms = -601000;
    expect(s, 15, b, "session_unknown", 1008);
    assert_null(store_find(&s->w->store, s->m->id)); /* nothing was written for any of them */
    b.late_ms = -600000;
    say_restore(s->w, 16, s->m, &b);
    (void)restored(s->w, 16);
    end(s);
}

static void without_a_certificate_the_name_of_the_log_key_counts(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    ic_hub_set_node(s->w->hub, NULL);
    expect(s, 11, (struct bringing){.who = &s->people[0]}, "session_unknown", 1008);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[0], .node = "localhost"});
    (void)restored(s->w, 12);
    end(s);
}

static void rehash(struct ic_mlsgroup *group)
{
    memset(group->tree.is_hashed, 0, sizeof group->tree.is_hashed);
    assert_int_equal(ic_mlshash_tree(&group->tree, group->tree_hash), IC_OK);
}

/* Leaf 1 is somebody else, who signs for itself. */
static void swap_leaf(struct ic_mlsgroup *group, const struct forge_person *p)
{
    uint8_t bytes[IC_MLS_LEAF_MAX];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_mls_leaf leaf;
    forge_write_leaf(&w, p);
    assert_int_equal(ic_mls_leaf_parse((struct ic_mls_span){bytes, w.len}, &leaf), IC_OK);
    assert_int_equal(ic_mlstree_set_leaf(&group->tree, 1, &leaf), IC_OK);
    rehash(group);
}

static void nobody_is_there_twice(void **state)
{
    (void)state;
    static struct ic_mlsgroup bad;
    static struct forge_person person;
    struct story *s = begin(FORGE_OPEN);
    struct bringing b = {.who = &s->people[0], .group = &bad};
    bad = s->m->group;
    forge_person_init(&person, 77, FORGE_DATE);
    memcpy(person.credential, s->people[0].mls.credential, sizeof person.credential);
    swap_leaf(&bad, &person);
    expect(s, 11, b, "bad_message", 1008);
    forge_noise("credential", 78, person.credential, sizeof person.credential);
    swap_leaf(&bad, &person);
    say_restore(s->w, 12, s->m, &b);
    (void)restored(s->w, 12);
    forge_person_deinit(&person);
    end(s);
}

static void a_tree_that_its_members_did_not_sign_is_refused(void **state)
{
    (void)state;
    static struct ic_mlsgroup bad;
    struct story *s = begin(FORGE_OPEN);
    struct bringing b = {.who = &s->people[0], .group = &bad};
    bad = s->m->group; /* another tree hash */
    bad.tree_hash[3] ^= 1;
    expect(s, 11, b, "bad_message", 1008);
    bad = s->m->group; /* the signature of somebody else's leaf */
    bad.tree.leaves[1].bytes[bad.tree.leaves[1].len - 1] ^= 1;
    rehash(&bad);
    expect(s, 12, b, "bad_message", 1008);
    bad = s->m->group; /* the same leaf twice */
    bad.tree.leaves[2] = bad.tree.leaves[1];
    rehash(&bad);
    expect(s, 13, b, "bad_message", 1008);
    bad = s->m->group; /* the policy of another meeting in the context */
    bad.extensions[bad.extensions_len - 1] ^= 3;
    expect(s, 14, b, "bad_message", 1008);
    bad = s->m->group; /* of a member that it does not have */
    ic_mlstree_remove(&bad.tree, 0);
    rehash(&bad);
    expect(s, 15, b, "bad_message", 1008);
    end(s);
}

static void the_log_has_an_entry_more_than_epochs(void **state)
{
    (void)state;
    static struct forge_bytes info;
    static char text[2 * WORLD_TEXT];
    static struct ic_mlsgroup lower;
    struct story *s = begin(FORGE_OPEN);
    struct bringing b = {.who = &s->people[0], .group = &lower};
    uint8_t tag[32];
    lower = s->m->group;
    make_tag(s->m, &b, &lower, tag);
    forge_group_info(&lower, 0, &s->people[0].mls, tag, &info);
    lower.epoch--; /* for the log alone */
    write_text(text, s->m, &b, &info);
    assert_int_equal(world_open(s->w, 11), IC_OK);
    world_say(s->w, 11, text);
    world_expect_error(s->w, 11, "bad_message", 1008);
    end(s);
}

static void the_identity_is_that_of_the_leaf(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    struct person p = s->people[0];
    p.mls.identity[0] ^= 1;
    expect(s, 11, (struct bringing){.who = &p}, "bad_message", 1008);
    end(s);
}

static void nobody_brings_a_hosted_meeting_without_a_witness(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_LOBBY);
    struct person *host = &s->people[0], *guest = &s->people[1], stranger = *host;
    expect(s, 11, (struct bringing){.who = guest}, "busy", 1013);
    stranger.leaf = 1; /* the host's authority is not of this leaf */
    expect(s, 12, (struct bringing){.who = guest, .host = &stranger}, "session_unknown", 1008);
    stranger.leaf = 200;
    expect(s, 13, (struct bringing){.who = guest, .host = &stranger}, "session_unknown", 1008);
    say_restore(s->w, 14, s->m, &(struct bringing){.who = guest, .host = host});
    (void)restored(s->w, 14);
    struct person late = world_knock(s->w, 20, s->m, 20, (struct knocking){.replaces = NULL});
    assert_non_null(world_heard(s->w, 20, "\"group\":\"running\",\"host\":false"));
    assert_null(world_heard(s->w, 14, "{\"type\":\"knock\"")); /* a guest lets nobody in */
    say_restore(s->w, 15, s->m, &(struct bringing){.who = host});
    (void)restored(s->w, 15);
    world_settle(s->w, 300); /* the seat of the witness has authority */
    assert_non_null(world_heard(s->w, 15, late.knock));
    assert_non_null(world_heard(s->w, 20, "\"host\":true"));
    end(s);
}

static void once_it_is_here_a_guest_needs_no_witness_and_another_host_may_be_one(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_LOBBY);
    struct person *host = &s->people[0], *second = &s->people[1], *guest = &s->people[2];
    say_restore(s->w, 11, s->m, &(struct bringing){.who = host, .host = host});
    (void)restored(s->w, 11);
    say_restore(s->w, 12, s->m, &(struct bringing){.who = guest});
    (void)restored(s->w, 12);
    say_restore(s->w, 13, s->m, &(struct bringing){.who = second, .host = second});
    (void)restored(s->w, 13);
    world_settle(s->w, 300);
    (void)world_knock(s->w, 20, s->m, 20, (struct knocking){.replaces = NULL});
    assert_non_null(world_heard(s->w, 11, "{\"type\":\"knock\""));
    assert_null(world_heard(s->w, 12, "{\"type\":\"knock\""));
    assert_non_null(world_heard(s->w, 13, "{\"type\":\"knock\""));
    end(s);
}

/* It has the old group, and nobody else comes: it has it for itself. Those who do come replace it.
 */
static void a_removed_member_brings_nothing_that_stays(void **state)
{
    (void)state;
    static struct ic_mlsgroup before;
    struct story *s = begin(FORGE_OPEN);
    step_on(s, &before);
    struct bringing removed = before_of(&s->people[2], &before);
    say_restore(s->w, 11, s->m, &removed);
    (void)restored(s->w, 11);
    restore(s->w, 12, s->m, &s->people[0]);
    world_expect_error(s->w, 11, "removed", 1008);
    end(s);
    s = begin(FORGE_LOBBY); /* with host keys it cannot even that */
    step_on(s, &before);
    removed = before_of(&s->people[2], &before);
    expect(s, 11, removed, "busy", 1013);
    end(s);
}

static void expect_node_refused(const struct world *w, uint64_t conn, const char *reason)
{
    char part[160];
    (void)snprintf(part, sizeof part, "\"code\":\"node_refused\",\"fatal\":true,\"reason\":\"%s\"",
                   reason);
    if (world_heard(w, conn, part) == NULL)
        fail_msg("%s: %s", reason, world_heard(w, conn, "") ? world_heard(w, conn, "") : "-");
    assert_non_null(world_closed(w, conn));
}

static void the_wall_decides_whether_it_may_be_here(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    s->w->wall[IC_WALL_NEW] =
        (struct ic_wall_answer){.reason = "operator_mismatch", .is_end = true};
    say_restore(s->w, 11, s->m, &(struct bringing){.who = &s->people[0]});
    expect_node_refused(s->w, 11, "operator_mismatch");
    assert_null(world_heard(s->w, 11, "retry_after"));
    struct ic_hub_stats stats;
    ic_hub_stats(s->w->hub, &stats);
    assert_int_equal(stats.rooms, 0);
    s->w->wall[IC_WALL_NEW] = (struct ic_wall_answer){.reason = NULL};
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[0]});
    (void)restored(s->w, 12);
    assert_int_equal(s->w->wall_people, 2); /* all three are coming */
    end(s);
}

static void another_policy_of_the_same_meeting_is_refused(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    uint8_t other[IC_POLICY_BYTES_MAX];
    size_t len = forge_policy(s->m->id, FORGE_LOBBY, other);
    assert_int_equal(store_add(&s->w->store, s->m->id, other, len), IC_OK);
    say_restore(s->w, 11, s->m, &(struct bringing){.who = &s->people[0]});
    expect_node_refused(s->w, 11, "policy_mismatch");
    memcpy(other, s->m->policy, s->m->policy_len);
    other[0] = 9; /* a version that is none */
    say_restore(s->w, 12, s->m, &(struct bringing){.who = &s->people[0], .policy = other});
    world_expect_error(s->w, 12, "bad_message", 1008);
    end(s);
}

static void what_is_full_says_so(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    for (uint8_t i = 0; i < STORE_MEETINGS; i++) {
        uint8_t id[16] = {0xff, i};
        assert_int_equal(store_add(&s->w->store, id, s->m->policy, s->m->policy_len), IC_OK);
    }
    expect(s, 11, (struct bringing){.who = &s->people[0]}, "busy", 1013);
    end(s);
    s = begin(FORGE_OPEN);
    struct ic_hub_config config = world_config();
    config.room_members_max = 2;
    world_restart(s->w, &config);
    ic_hub_set_node(s->w->hub, NODE);
    expect(s, 11, (struct bringing){.who = &s->people[0]}, "room_full", 1013);
    config.room_members_max = 10;
    config.peers_max = 2;
    world_restart(s->w, &config);
    ic_hub_set_node(s->w->hub, NODE);
    expect(s, 12, (struct bringing){.who = &s->people[0]}, "server_full", 1013);
    ic_hub_drain(s->w->hub, s->w->now);
    world_drain(s->w);
    expect(s, 13, (struct bringing){.who = &s->people[0]}, "busy", 1013);
    end(s);
}

static void a_disk_that_fails_leaves_nothing_behind(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    for (int write = 0; write < 2; write++) {
        uint64_t conn = 11 + (uint64_t)write;
        s->w->holds_store = true;
        say_restore(s->w, conn, s->m, &(struct bringing){.who = &s->people[0]});
        struct world_held held = world_hold(s->w);
        if (write == 1) {
            world_answer(s->w, &held, IC_OK);
            held = world_hold(s->w);
        }
        s->w->holds_store = false;
        world_answer(s->w, &held, IC_ERR_SYSTEM);
        world_expect_error(s->w, conn, write == 0 ? "internal" : "busy", 1013);
        struct ic_hub_stats stats;
        ic_hub_stats(s->w->hub, &stats);
        assert_int_equal(stats.rooms + stats.peers, 0);
    }
    restore(s->w, 20, s->m, &s->people[0]);
    end(s);
}

static void many_trees_at_once_are_too_many(void **state)
{
    (void)state;
    static struct ic_mlsgroup bad;
    struct story *s = begin(FORGE_OPEN);
    struct bringing b = {.who = &s->people[0], .group = &bad};
    bad = s->m->group;
    bad.tree.leaves[1].bytes[bad.tree.leaves[1].len - 1] ^= 1;
    rehash(&bad);
    for (uint64_t i = 0; i < IC_RESTORES_BURST; i++)
        expect(s, 100 + i, b, "bad_message", 1008);
    expect(s, 200, b, "busy", 1013);
    world_settle(s->w, 1000);
    expect(s, 201, b, "bad_message", 1008);
    end(s);
}

static void a_restore_is_the_first_word_or_none(void **state)
{
    (void)state;
    static char text[2 * WORLD_TEXT];
    static struct forge_bytes info;
    struct story *s = begin(FORGE_OPEN);
    struct bringing b = {.who = &s->people[0]};
    uint8_t tag[32];
    restore(s->w, 11, s->m, &s->people[1]);
    make_tag(s->m, &b, &s->m->group, tag);
    forge_group_info(&s->m->group, 0, &s->people[0].mls, tag, &info);
    write_text(text, s->m, &b, &info);
    world_say(s->w, 11, text);
    world_expect_error(s->w, 11, "bad_message", 1008);
    end(s);
}

static void while_commits_may_not_be_written_the_meeting_goes_on_without(void **state)
{
    (void)state;
    struct story *s = begin(FORGE_OPEN);
    s->old->wall[IC_WALL_COMMIT] = (struct ic_wall_answer){.reason = "lease_expired"};
    struct forge_commit c = {.salt = s->m->log_size};
    world_try(s->old, s->m, &s->people[0], &c);
    assert_non_null(world_heard(s->old, 1,
                                "{\"type\":\"refused\",\"what\":\"commit\","
                                "\"reason\":\"busy\"}"));
    world_say(s->old, 1, "{\"type\":\"ping\",\"id\":3}");
    assert_non_null(world_heard(s->old, 1, "\"id\":3"));
    s->old->wall[IC_WALL_COMMIT] = (struct ic_wall_answer){.reason = NULL};
    world_commit(s->old, s->m, &s->people[0], &c);
    end(s);
}

/* ---- a full meeting; bytes that are cut ---- */

static void add_fifty(struct ic_mlsgroup *group, const struct forge_person *by,
                      struct forge_person *people, uint64_t *salt)
{
    static struct forge_bytes commit;
    const struct forge_person *added[IC_MLS_ADDS_MAX];
    for (size_t i = 0; i < IC_MLS_ADDS_MAX; i++)
        added[i] = &people[i];
    struct forge_commit c = {
        .person = by, .added = added, .added_count = IC_MLS_ADDS_MAX, .salt = ++*salt};
    forge_commit(group, &c, &commit);
    forge_step_on(group, &commit, FORGE_DATE);
    c = (struct forge_commit){.person = by, .salt = ++*salt}; /* a path over them */
    forge_commit(group, &c, &commit);
    forge_step_on(group, &commit, FORGE_DATE);
}

static void a_full_meeting_fits_and_is_checked_in_time(void **state)
{
    (void)state;
    static struct forge_bytes info;
    static struct forge_person people[4 * IC_MLS_ADDS_MAX + 1];
    struct ic_mlsgroup *group = calloc(2, sizeof *group);
    uint8_t policy[IC_POLICY_BYTES_MAX], id[16] = {1}, tag[32];
    uint64_t salt = 0;
    size_t count = sizeof people / sizeof people[0], len = forge_policy(id, FORGE_OPEN, policy);
    for (size_t i = 0; i < count; i++)
        forge_person_init(&people[i], 1000 + i, FORGE_DATE);
    forge_begin(group, id, policy, len, &people[0], &info);
    for (size_t i = 0; i < 4; i++)
        add_fifty(group, &people[0], &people[1 + i * IC_MLS_ADDS_MAX], &salt);
    assert_int_equal(ic_mlstree_member_count(&group->tree), 201);
    forge_noise("confirmation", salt, tag, sizeof tag);
    forge_group_info(group, 0, &people[0], tag, &info);
    assert_true(info.len <= IC_RESTORE_GROUP_INFO_MAX);
    enum ic_mlsgroup_fault fault;
    clock_t from = clock();
    assert_int_equal(ic_mlsgroup_restore(&group[1], id, info.at, info.len, &fault), IC_OK);
    double ms = (double)(clock() - from) * 1000 / CLOCKS_PER_SEC;
    print_message("201 leaves, %zu bytes: %.1f ms\n", info.len, ms);
    assert_true(ms < 500);
    assert_memory_equal(group[1].interim, group[0].interim, sizeof group[0].interim);
    assert_memory_equal(group[1].confirmed, group[0].confirmed, sizeof group[0].confirmed);
    for (size_t i = 0; i < count; i++)
        forge_person_deinit(&people[i]);
    free(group);
}

static void every_beginning_of_a_group_info_is_refused(void **state)
{
    (void)state;
    static struct forge_bytes info;
    struct story *s = begin(FORGE_OPEN);
    struct ic_mlsgroup *group = calloc(1, sizeof *group);
    struct bringing b = {.who = &s->people[0]};
    uint8_t tag[32];
    make_tag(s->m, &b, &s->m->group, tag);
    forge_group_info(&s->m->group, 0, &s->people[0].mls, tag, &info);
    for (size_t n = 0; n <= info.len; n++) {
        uint8_t *cut = malloc(n + (n == 0)); /* of the exact size */
        enum ic_mlsgroup_fault fault;
        uint32_t signer;
        memcpy(cut, info.at, n);
        enum ic_err e = ic_mlsgroup_restore(group, s->m->id, cut, n, &fault);
        assert_int_equal(e == IC_OK, n == info.len);
        e = ic_mlsgroup_peek(group, s->m->id, (struct ic_mls_span){cut, n}, &signer);
        assert_int_equal(e == IC_OK, n == info.len);
        free(cut);
    }
    free(group);
    end(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_brings_the_meeting_to_a_node_that_never_heard_of_it),
        cmocka_unit_test(the_meeting_goes_on_as_locked_as_it_was_and_with_its_generation),
        cmocka_unit_test(nothing_is_committed_in_the_first_two_seconds),
        cmocka_unit_test(the_new_session_survives_a_restart_of_the_node),
        cmocka_unit_test(the_same_member_again_takes_its_seat_over),
        cmocka_unit_test(two_at_once_are_one_group),
        cmocka_unit_test(who_goes_while_it_is_written_leaves_the_meeting_to_the_others),
        cmocka_unit_test(a_laggard_hears_of_the_higher_epoch),
        cmocka_unit_test(a_higher_epoch_takes_the_place_within_two_seconds),
        cmocka_unit_test(who_had_authority_has_it_in_the_higher_epoch_too),
        cmocka_unit_test(a_higher_epoch_is_too_late_after_two_seconds),
        cmocka_unit_test(another_group_or_another_log_is_a_fork),
        cmocka_unit_test(a_proof_counts_for_one_node_one_log_one_leaf_and_ten_minutes),
        cmocka_unit_test(without_a_certificate_the_name_of_the_log_key_counts),
        cmocka_unit_test(nobody_is_there_twice),
        cmocka_unit_test(a_tree_that_its_members_did_not_sign_is_refused),
        cmocka_unit_test(the_log_has_an_entry_more_than_epochs),
        cmocka_unit_test(the_identity_is_that_of_the_leaf),
        cmocka_unit_test(nobody_brings_a_hosted_meeting_without_a_witness),
        cmocka_unit_test(once_it_is_here_a_guest_needs_no_witness_and_another_host_may_be_one),
        cmocka_unit_test(a_removed_member_brings_nothing_that_stays),
        cmocka_unit_test(the_wall_decides_whether_it_may_be_here),
        cmocka_unit_test(another_policy_of_the_same_meeting_is_refused),
        cmocka_unit_test(what_is_full_says_so),
        cmocka_unit_test(a_disk_that_fails_leaves_nothing_behind),
        cmocka_unit_test(many_trees_at_once_are_too_many),
        cmocka_unit_test(a_restore_is_the_first_word_or_none),
        cmocka_unit_test(while_commits_may_not_be_written_the_meeting_goes_on_without),
        cmocka_unit_test(a_full_meeting_fits_and_is_checked_in_time),
        cmocka_unit_test(every_beginning_of_a_group_info_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
