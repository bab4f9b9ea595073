/* The public group at its bounds: a full room, a full tree, everybody gone at once, and a long
 * random life of which each state can be saved, loaded and verified anew. */
#include "support/mls_maker.h"

#include <stdlib.h>

#include "base/prng.h"
#include "wire/mls_welcome.h"

#define NOW 1800000000U

struct world {
    struct ic_mlsgroup *group, *next, *loaded;
    struct maker_bytes *message;
    struct ic_mlsgroup_change change;
    enum ic_mlsgroup_fault fault;
    uint32_t numbers[IC_MLS_LEAVES_MAX]; /* of the person at a leaf */
    uint32_t number_next;
    uint8_t saved[IC_MLS_TREE_MAX];
    size_t saved_len_max, message_len_max;
};

static struct world *world_begin(void)
{
    static const uint8_t meeting[IC_MEETING_ID_LEN] = {7}, policy[200] = {1, 2, 3};
    struct world *k = calloc(1, sizeof *k);
    assert_non_null(k);
    k->group = calloc(1, sizeof *k->group);
    k->next = calloc(1, sizeof *k->next);
    k->loaded = calloc(1, sizeof *k->loaded);
    k->message = calloc(1, sizeof *k->message);
    assert_true(k->group != NULL && k->next != NULL && k->loaded != NULL && k->message != NULL);
    maker_groupinfo(k->message, 0, (struct ic_mls_span){policy, sizeof policy}, NOW);
    assert_int_equal(
        ic_mlsgroup_create(k->group, meeting, k->message->at, k->message->len, &k->fault), IC_OK);
    struct ic_mls_span own = ic_mlsgroup_policy(k->group);
    assert_int_equal(own.len, sizeof policy);
    assert_memory_equal(own.at, policy, sizeof policy);
    k->number_next = 1;
    return k;
}

static void world_end(struct world *k)
{
    free(k->group);
    free(k->next);
    free(k->loaded);
    free(k->message);
    free(k);
}

static void check_stored(struct world *k)
{
    struct ic_wr w = ic_wr_init(k->saved, sizeof k->saved);
    ic_mlsgroup_save(k->group, &w);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(ic_mlsgroup_load(k->loaded, k->saved, w.len), IC_OK);
    assert_memory_equal(k->loaded->tree_hash, k->group->tree_hash, IC_SHA256_LEN);
    assert_memory_equal(k->loaded->interim, k->group->interim, IC_SHA256_LEN);
    k->saved_len_max = w.len > k->saved_len_max ? w.len : k->saved_len_max;
}

static enum ic_err try(struct world *k, struct maker_commit *c)
{
    c->group = k->group;
    c->now_s = NOW;
    c->committer.number = k->numbers[c->committer.leaf];
    maker_commit(k->message, c);
    if (k->message->len > k->message_len_max)
        k->message_len_max = k->message->len;
    return ic_mlsgroup_check(k->group, k->message->at, k->message->len, NOW, k->next, &k->change,
                             &k->fault);
}

static void take(struct world *k, struct maker_commit *c)
{
    if (try(k, c) != IC_OK)
        fail_msg("epoch %llu: fault %d", (unsigned long long)k->group->epoch, k->fault);
    assert_int_equal(k->change.removed_count, c->removed_count);
    assert_int_equal(k->change.added_count, c->added_count);
    for (size_t i = 0; i < c->added_count; i++)
        k->numbers[k->change.added[i].leaf] = c->added[i];
    struct ic_mlsgroup *old = k->group;
    k->group = k->next;
    k->next = old;
}

/* People who are new, a few at a time. */
static void add(struct world *k, size_t count, bool has_path)
{
    uint32_t numbers[IC_MLS_ADDS_MAX];
    assert_true(count <= IC_MLS_ADDS_MAX);
    for (size_t i = 0; i < count; i++)
        numbers[i] = k->number_next++;
    take(k, &(struct maker_commit){.added = numbers, .added_count = count, .has_path = has_path});
}

static void fills_a_room(struct world *k)
{
    for (uint32_t members = 1; members < IC_ROOM_MEMBERS_MAX;) {
        uint32_t count = IC_ROOM_MEMBERS_MAX - members;
        count = count > IC_MLS_ADDS_MAX ? IC_MLS_ADDS_MAX : count;
        add(k, count, false);
        members += count;
        assert_int_equal(ic_mlstree_member_count(&k->group->tree), members);
    }
}

/* What it would cost to verify all of them is for somebody who may ask for it: nobody. */
static void looks_at_no_leaf_of_a_beginning_of_many(void **state)
{
    (void)state;
    static const uint8_t policy[200] = {1, 2, 3};
    struct world *k = world_begin();
    for (uint32_t others = 1; others < 100; others *= 3) {
        maker_groupinfo_with(k->message, 0, others, (struct ic_mls_span){policy, sizeof policy},
                             NOW);
        assert_int_equal(ic_mlsgroup_create(k->next, k->group->meeting, k->message->at,
                                            k->message->len, &k->fault),
                         IC_ERR_INPUT);
        assert_int_equal(k->fault, IC_MLSGROUP_CONTEXT);
    }
    world_end(k);
}

static void welcomes_fifty_at_once(void **state)
{
    (void)state;
    struct world *k = world_begin();
    static struct maker_bytes one;
    add(k, IC_MLS_ADDS_MAX, false);
    maker_welcome(k->message, &k->change);
    struct ic_mls_welcome welcome, again;
    assert_int_equal(
        ic_mlsgroup_check_welcome(&k->change, k->message->at, k->message->len, &welcome), IC_OK);
    assert_int_equal(welcome.secret_count, IC_MLS_ADDS_MAX);
    struct ic_rd secrets = ic_mls_rd(welcome.secrets);
    struct ic_mls_welcome_secret secret;
    for (size_t i = 0; ic_mls_welcome_secret_next(&secrets, &secret); i++) {
        struct ic_wr w = ic_wr_init(one.at, sizeof one.at);
        ic_mls_welcome_write_one(&w, &welcome, &secret);
        struct ic_mls_message m;
        assert_int_equal(ic_mls_message_parse(one.at, w.len, &m), IC_OK);
        assert_int_equal(ic_mls_welcome_parse(m.body, &again), IC_OK);
        assert_int_equal(again.secret_count, 1);
        assert_true(ic_mls_span_eq(again.secrets, secret.raw));
        assert_true(ic_mls_span_eq(again.encrypted_group_info, welcome.encrypted_group_info));
        assert_memory_equal(secret.reference.at, k->change.added[i].keypackage.reference, 32);
    }
    world_end(k);
}

static void holds_a_full_room(void **state)
{
    (void)state;
    struct world *k = world_begin();
    fills_a_room(k);
    check_stored(k);
    take(k, &(struct maker_commit){.committer = {.leaf = 77}}); /* the first path of all */
    check_stored(k);
    /* Some go and as many come, in one commit. */
    uint32_t removed[] = {3, 4, 5, 150, 199}, added[5];
    for (size_t i = 0; i < 5; i++)
        added[i] = k->number_next++;
    take(k, &(struct maker_commit){.committer = {.leaf = 90},
                                   .removed = removed,
                                   .removed_count = 5,
                                   .added = added,
                                   .added_count = 5});
    assert_int_equal(ic_mlstree_member_count(&k->group->tree), IC_ROOM_MEMBERS_MAX);
    check_stored(k);
    /* Everybody else goes at once. */
    uint32_t others[IC_ROOM_MEMBERS_MAX];
    size_t count = 0;
    for (uint32_t i = 0; i < k->group->tree.leaf_count; i++) {
        if (i != 90 && ic_mlstree_has_leaf(&k->group->tree, i))
            others[count++] = i;
    }
    take(k, &(struct maker_commit){
                .committer = {.leaf = 90}, .removed = others, .removed_count = count});
    assert_int_equal(ic_mlstree_member_count(&k->group->tree), 1);
    assert_int_equal(k->group->tree.leaf_count, 128);
    check_stored(k);
    printf("saved: at most %zu bytes; a message: at most %zu\n", k->saved_len_max,
           k->message_len_max);
    assert_true(k->message_len_max <= IC_MLS_MESSAGE_MAX);
    world_end(k);
}

static void is_full_at_its_bound(void **state)
{
    (void)state;
    struct world *k = world_begin();
    fills_a_room(k);
    add(k, 50, true);
    add(k, IC_MLS_LEAVES_MAX - IC_ROOM_MEMBERS_MAX - 50, true);
    assert_int_equal(ic_mlstree_member_count(&k->group->tree), IC_MLS_LEAVES_MAX);
    check_stored(k);
    uint32_t number = k->number_next;
    /* The maker's own tree has no room either: no path. */
    assert_int_equal(try(k, &(struct maker_commit){.added = &number, .added_count = 1}),
                     IC_ERR_FULL);
    assert_int_equal(k->fault, IC_MLSGROUP_FULL);
    world_end(k);
}

/* ---- a long life ---- */

/* A member's leaf. */
static uint32_t pick_member(struct world *k, struct ic_prng *prng)
{
    uint32_t at = ic_prng_below(prng, k->group->tree.leaf_count);
    while (!ic_mlstree_has_leaf(&k->group->tree, at))
        at = (at + 1) % k->group->tree.leaf_count;
    return at;
}

static void live_one_epoch(struct world *k, struct ic_prng *prng)
{
    uint32_t removed[8], added[8];
    struct maker_commit c = {.removed = removed, .added = added};
    uint32_t members = ic_mlstree_member_count(&k->group->tree);
    c.committer.leaf = pick_member(k, prng);
    c.has_path = ic_prng_below(prng, 2) == 0;
    if (ic_prng_below(prng, 2) == 0) {
        for (uint32_t i = ic_prng_below(prng, 8); i > 0; i--) {
            uint32_t leaf = pick_member(k, prng);
            bool is_taken = leaf == c.committer.leaf;
            for (size_t j = 0; j < c.removed_count; j++)
                is_taken |= removed[j] == leaf;
            if (!is_taken)
                removed[c.removed_count++] = leaf;
        }
    }
    if (ic_prng_below(prng, 3) != 0) {
        c.added_count = ic_prng_below(prng, 8);
        if (members - c.removed_count + c.added_count > IC_ROOM_MEMBERS_MAX)
            c.added_count = 0;
        for (size_t i = 0; i < c.added_count; i++)
            added[i] = k->number_next++;
    }
    take(k, &c);
    assert_int_equal(ic_mlstree_member_count(&k->group->tree),
                     members - c.removed_count + c.added_count);
}

static void lives_long(void **state)
{
    (void)state;
    enum { EPOCHS = 300 };
    struct world *k = world_begin();
    struct ic_prng prng;
    ic_prng_init(&prng, 9420);
    uint32_t most = 0;
    for (size_t i = 0; i < EPOCHS; i++) {
        live_one_epoch(k, &prng);
        if (i % 5 == 4) /* all signatures anew: the long part */
            check_stored(k);
        uint32_t members = ic_mlstree_member_count(&k->group->tree);
        most = members > most ? members : most;
    }
    printf("%d epochs, at most %u people\n", EPOCHS, most);
    assert_true(most > 16);
    world_end(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_at_no_leaf_of_a_beginning_of_many),
        cmocka_unit_test(welcomes_fifty_at_once),
        cmocka_unit_test(holds_a_full_room),
        cmocka_unit_test(is_full_at_its_bound),
        cmocka_unit_test(lives_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
