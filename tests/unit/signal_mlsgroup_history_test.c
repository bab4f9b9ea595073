/* The public group over a meeting that was made with another implementation: it agrees after each
 * commit, and refuses what members could sign and would not accept. */
#include "support/mls_history.h"

#include "base/prng.h"
#include "support/exact.h"

static void assert_hex(const uint8_t *bytes, size_t len, const json_t *object, const char *key)
{
    struct ic_mls_span expected = bytes_at(object, key);
    assert_span_equal((struct ic_mls_span){bytes, len}, expected);
    bytes_free(expected);
}

/* ---- agreement ---- */

static void check_added(const struct history *h, const json_t *list)
{
    size_t at;
    json_t *a;
    assert_int_equal(h->change.added_count, json_array_size(list));
    json_array_foreach(list, at, a)
    {
        const struct ic_mlsgroup_added *added = &h->change.added[at];
        const struct ic_mlsgroup_keypackage *k = &added->keypackage;
        uint32_t found = UINT32_MAX;
        assert_int_equal(added->leaf, number_at(a, "leaf"));
        assert_hex(k->reference, sizeof k->reference, a, "reference");
        assert_hex(k->identity, sizeof k->identity, a, "identity");
        assert_hex(k->signature_key, sizeof k->signature_key, a, "signature_key");
        assert_hex(ic_mlsgroup_identity(h->group, added->leaf), 32, a, "identity");
        assert_hex(ic_mlsgroup_signature_key(h->group, added->leaf), 32, a, "signature_key");
        assert_non_null(ic_mlsgroup_credential(h->group, added->leaf));
        assert_true(ic_mlsgroup_find(h->group, k->signature_key, &found));
        assert_int_equal(found, added->leaf);
        /* What it knocked with says the same. */
        struct ic_mls_span package = bytes_at(a, "key_package");
        struct ic_mlsgroup_keypackage own;
        enum ic_mlsgroup_fault fault;
        assert_int_equal(
            ic_mlsgroup_check_keypackage(package.at, package.len, h->now_s, &own, &fault), IC_OK);
        assert_memory_equal(&own, k, sizeof own);
        bytes_free(package);
    }
}

static void check_welcome(const struct history *h, const json_t *step)
{
    struct ic_mls_welcome welcome;
    if (json_is_null(json_object_get(step, "welcome"))) {
        assert_int_equal(h->change.added_count, 0);
        return;
    }
    struct ic_mls_span bytes = bytes_at(step, "welcome");
    assert_int_equal(ic_mlsgroup_check_welcome(&h->change, bytes.at, bytes.len, &welcome), IC_OK);
    /* Not for others, not for one less, not for one more, not for one twice. */
    static struct ic_mlsgroup_change other;
    other = h->change;
    other.added[0].keypackage.reference[3] ^= 1;
    assert_int_equal(ic_mlsgroup_check_welcome(&other, bytes.at, bytes.len, &welcome),
                     IC_ERR_INPUT);
    other = h->change;
    other.added_count--;
    assert_int_equal(ic_mlsgroup_check_welcome(&other, bytes.at, bytes.len, &welcome),
                     IC_ERR_INPUT);
    other = h->change;
    other.added[other.added_count++] = other.added[0];
    assert_int_equal(ic_mlsgroup_check_welcome(&other, bytes.at, bytes.len, &welcome),
                     IC_ERR_INPUT);
    assert_int_equal(ic_mlsgroup_check_welcome(&h->change, bytes.at, bytes.len - 1, &welcome),
                     IC_ERR_INPUT);
    bytes_free(bytes);
}

static void check_change(const struct history *h, const json_t *step)
{
    const json_t *removed = json_object_get(step, "removed");
    const json_t *generation = json_object_get(step, "generation");
    size_t at;
    json_t *leaf;
    assert_int_equal(h->change.epoch, h->group->epoch);
    assert_int_equal(h->change.committer, number_at(step, "committer"));
    assert_int_equal(h->change.removed_count, json_array_size(removed));
    json_array_foreach(removed, at, leaf)
        assert_int_equal(h->change.removed[at], json_integer_value(leaf));
    assert_int_equal(h->change.has_path, json_is_true(json_object_get(step, "has_path")));
    assert_int_equal(h->change.has_psk, !json_is_null(generation));
    if (h->change.has_psk)
        assert_int_equal(h->change.psk_generation, json_integer_value(generation));
    check_added(h, json_object_get(step, "added"));
    check_welcome(h, step);
}

/* What is saved comes back as the same group, and what is written has the same hash for all. */
static void check_stored(const struct history *h, const json_t *step)
{
    uint8_t *bytes = malloc(IC_MLS_TREE_MAX), hash[IC_SHA256_LEN];
    struct ic_mlsgroup *again = malloc(sizeof *again);
    struct ic_wr w = ic_wr_init(bytes, IC_MLS_TREE_MAX);
    ic_mlsgroup_write_tree(h->group, &w);
    const struct ic_part part = {bytes, w.len};
    assert_true(ic_wr_ok(&w) && ic_hash_sha256(&part, 1, hash) == IC_OK);
    assert_hex(hash, sizeof hash, step, "tree");
    w = ic_wr_init(bytes, IC_MLS_TREE_MAX);
    ic_mlsgroup_save(h->group, &w);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(ic_mlsgroup_load(again, bytes, w.len), IC_OK);
    assert_memory_equal(again->interim, h->group->interim, IC_SHA256_LEN);
    assert_memory_equal(again->confirmed, h->group->confirmed, IC_SHA256_LEN);
    assert_memory_equal(again->tree_hash, h->group->tree_hash, IC_SHA256_LEN);
    assert_memory_equal(again->meeting, h->group->meeting, IC_MEETING_ID_LEN);
    assert_true(again->epoch == h->group->epoch && again->suite == h->group->suite);
    free(bytes);
    free(again);
}

static void follows_every_epoch(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    assert_hex(h.group->tree_hash, IC_SHA256_LEN, h.root, "tree_hash");
    struct ic_mls_span policy = ic_mlsgroup_policy(h.group);
    assert_hex(policy.at, policy.len, h.root, "policy");
    const json_t *creator = json_object_get(h.root, "creator");
    assert_hex(ic_mlsgroup_identity(h.group, 0), 32, creator, "identity");
    assert_hex(ic_mlsgroup_signature_key(h.group, 0), 32, creator, "signature_key");
    assert_null(ic_mlsgroup_identity(h.group, 1));
    assert_null(ic_mlsgroup_signature_key(h.group, UINT32_MAX));
    size_t at;
    json_t *step;
    json_array_foreach(h.v.cases, at, step)
    {
        history_step(&h, step);
        assert_hex(h.group->tree_hash, IC_SHA256_LEN, step, "tree_hash");
        assert_hex(h.group->confirmed, IC_SHA256_LEN, step, "confirmed");
        assert_int_equal(ic_mlstree_member_count(&h.group->tree), number_at(step, "members"));
        assert_true(h.group->epoch == at + 1);
        check_change(&h, step);
        check_stored(&h, step);
    }
    history_end(&h);
}

static void lends_authenticated_data(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    size_t at;
    json_t *step;
    json_array_foreach(h.v.cases, at, step)
    {
        history_clock(&h, step);
        struct ic_mls_span commit = bytes_at(step, "commit");
        assert_int_equal(
            ic_mlsgroup_check(h.group, commit.at, commit.len, h.now_s, h.next, &h.change, &h.fault),
            IC_OK);
        struct ic_mls_span data = h.change.authenticated_data;
        assert_hex(data.at, data.len, step, "authenticated_data");
        bytes_free(commit);
        history_step(&h, step);
    }
    history_end(&h);
}

/* ---- refusals ---- */

static void assert_refused(struct history *h, const char *what, struct ic_mls_span message,
                           enum ic_mlsgroup_fault expected)
{
    static struct ic_mlsgroup before;
    static const struct ic_mlsgroup_change untouched;
    memcpy(&before, h->group, sizeof before);
    struct ic_mlsgroup_change change = {0};
    enum ic_err err =
        ic_mlsgroup_check(h->group, message.at, message.len, h->now_s, h->next, &change, &h->fault);
    if (err == IC_OK || (expected != IC_MLSGROUP_FINE && h->fault != expected))
        fail_msg("%s in epoch %llu: fault %d", what, (unsigned long long)h->group->epoch, h->fault);
    assert_memory_equal(&before, h->group, sizeof before);
    assert_memory_equal(&change, &untouched, sizeof change);
}

static void refuses_what_members_refuse(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    size_t at, i, attacks = 0;
    json_t *step, *attack;
    json_array_foreach(h.v.cases, at, step)
    {
        history_clock(&h, step);
        json_array_foreach(json_object_get(step, "attacks"), i, attack)
        {
            struct ic_mls_span message = bytes_at(attack, "message");
            assert_refused(&h, json_string_value(json_object_get(attack, "what")), message,
                           history_fault(json_string_value(json_object_get(attack, "fault"))));
            bytes_free(message);
            attacks++;
        }
        history_step(&h, step); /* nothing of it has left a trace */
    }
    printf("%zu attacks refused\n", attacks);
    assert_true(attacks > 0);
    history_end(&h);
}

static void refuses_other_epochs(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    size_t at;
    json_t *step;
    json_array_foreach(h.v.cases, at, step)
    {
        history_clock(&h, step);
        if (at + 1 < json_array_size(h.v.cases)) {
            struct ic_mls_span later = bytes_at(json_array_get(h.v.cases, at + 1), "commit");
            assert_refused(&h, "a commit too early", later, IC_MLSGROUP_EPOCH);
            bytes_free(later);
        }
        history_step(&h, step);
        struct ic_mls_span again = bytes_at(step, "commit");
        assert_refused(&h, "a replay", again, IC_MLSGROUP_EPOCH);
        bytes_free(again);
    }
    history_end(&h);
}

/* Every bit in front of the confirmation tag is read, or signed. Tags are what only members check.
 */
static void refuses_flipped_bits(void **state)
{
    (void)state;
    enum { TAGS_LEN = 2 * 33 };
    struct history h;
    history_begin(&h);
    size_t at, flips = 0;
    json_t *step;
    json_array_foreach(h.v.cases, at, step)
    {
        history_clock(&h, step);
        struct ic_mls_span commit = bytes_at(step, "commit");
        uint8_t *copy = exact_copy(commit.at, commit.len);
        size_t stride = at < 3 ? 1 : 41;
        for (size_t i = at % stride; i < commit.len - TAGS_LEN; i += stride) {
            copy[i] ^= (uint8_t)(1U << (i + at) % 8);
            assert_refused(&h, "a flipped bit", (struct ic_mls_span){copy, commit.len},
                           IC_MLSGROUP_FINE);
            copy[i] = commit.at[i];
            flips++;
        }
        for (size_t len = 0; len < commit.len; len += 97) {
            uint8_t *cut = exact_copy(commit.at, len);
            assert_refused(&h, "a cut message", (struct ic_mls_span){cut, len},
                           IC_MLSGROUP_MALFORMED);
            free(cut);
        }
        free(copy);
        bytes_free(commit);
        history_step(&h, step);
    }
    printf("%zu flipped bits refused\n", flips);
    assert_true(flips > 1000);
    history_end(&h);
}

static void judges_lifetimes_by_its_clock(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    struct ic_mls_span commit = bytes_at(json_array_get(h.v.cases, 0), "commit");
    /* 60 s after not_before, 540 s in front of not_after */
    uint64_t now_s = (uint64_t)number_at(json_array_get(h.v.cases, 0), "now");
    static const struct {
        int64_t shift;
        bool is_taken;
    } table[] = {{-120, true}, {-121, false}, {600, true}, {601, false}, {INT32_MIN, false}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        h.now_s = (uint64_t)((int64_t)now_s + table[i].shift);
        if (table[i].is_taken)
            assert_int_equal(ic_mlsgroup_check(h.group, commit.at, commit.len, h.now_s, h.next,
                                               &h.change, &h.fault),
                             IC_OK);
        else
            assert_refused(&h, "a lifetime", commit, IC_MLSGROUP_LIFETIME);
    }
    bytes_free(commit);
    h.v.ran++;
    history_end(&h);
}

static void judges_key_packages(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    size_t at;
    json_t *p;
    json_array_foreach(json_object_get(h.root, "key_packages"), at, p)
    {
        const char *what = json_string_value(json_object_get(p, "what"));
        struct ic_mls_span message = bytes_at(p, "message");
        struct ic_mlsgroup_keypackage out = {0}, untouched = {0};
        enum ic_err err =
            ic_mlsgroup_check_keypackage(message.at, message.len, h.now_s, &out, &h.fault);
        if (h.fault != history_fault(json_string_value(json_object_get(p, "fault"))))
            fail_msg("%s: fault %d", what, h.fault);
        assert_int_equal(err == IC_OK, h.fault == IC_MLSGROUP_FINE);
        if (err != IC_OK)
            assert_memory_equal(&out, &untouched, sizeof out);
        for (size_t i = 0; err == IC_OK && i < message.len; i++) {
            uint8_t *copy = exact_copy(message.at, message.len);
            copy[i] ^= (uint8_t)(1U << i % 8);
            assert_int_not_equal(
                ic_mlsgroup_check_keypackage(copy, message.len, h.now_s, &out, &h.fault), IC_OK);
            assert_int_not_equal(ic_mlsgroup_check_keypackage(copy, i, h.now_s, &out, &h.fault),
                                 IC_OK);
            free(copy);
        }
        bytes_free(message);
        h.v.ran++;
    }
    history_end(&h);
}

/* ---- beginning, and coming back ---- */

static void refuses_other_beginnings(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    struct ic_mls_span info = bytes_at(h.root, "group_info");
    for (size_t i = 0; i < info.len; i++) {
        uint8_t *copy = exact_copy(info.at, info.len);
        copy[i] ^= (uint8_t)(1U << i % 8);
        assert_int_not_equal(ic_mlsgroup_create(h.next, h.meeting, copy, info.len, &h.fault),
                             IC_OK);
        assert_int_not_equal(ic_mlsgroup_create(h.next, h.meeting, copy, i, &h.fault), IC_OK);
        free(copy);
        h.v.ran++;
    }
    bytes_free(info);
    /* A commit is no beginning. */
    struct ic_mls_span commit = bytes_at(json_array_get(h.v.cases, 0), "commit");
    assert_int_equal(ic_mlsgroup_create(h.next, h.meeting, commit.at, commit.len, &h.fault),
                     IC_ERR_INPUT);
    assert_int_equal(h.fault, IC_MLSGROUP_MALFORMED);
    bytes_free(commit);
    history_end(&h);
}

static void refuses_the_psk_of_another_meeting(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    h.group->meeting[0] ^= 1;
    history_clock(&h, json_array_get(h.v.cases, 0));
    struct ic_mls_span commit = bytes_at(json_array_get(h.v.cases, 0), "commit");
    assert_refused(&h, "a PSK of another meeting", commit, IC_MLSGROUP_PSK);
    bytes_free(commit);
    h.v.ran++;
    history_end(&h);
}

/* A store that has gone bad is noticed: all that is saved is bound to the tree hash, which is bound
 * to nothing else, so that the few bytes in front of the tree are left to the store's own check. */
static void refuses_a_damaged_save(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    for (size_t i = 0; i < 12; i++)
        history_step(&h, json_array_get(h.v.cases, i));
    uint8_t *bytes = malloc(IC_MLS_TREE_MAX);
    struct ic_wr tree = ic_wr_init(bytes, IC_MLS_TREE_MAX);
    ic_mlsgroup_write_tree(h.group, &tree);
    struct ic_wr w = ic_wr_init(bytes, IC_MLS_TREE_MAX);
    ic_mlsgroup_save(h.group, &w);
    assert_true(ic_wr_ok(&tree) && ic_wr_ok(&w));
    for (size_t i = w.len - tree.len; i < w.len; i += 3) {
        bytes[i] ^= 0x10;
        assert_int_not_equal(ic_mlsgroup_load(h.next, bytes, w.len), IC_OK);
        bytes[i] ^= 0x10;
    }
    for (size_t len = 0; len < w.len; len += 7) {
        uint8_t *cut = exact_copy(bytes, len);
        assert_int_not_equal(ic_mlsgroup_load(h.next, cut, len), IC_OK);
        free(cut);
    }
    assert_int_equal(ic_mlsgroup_load(h.next, bytes, w.len), IC_OK);
    free(bytes);
    history_end(&h);
}

/* Half of the way in one process, the rest in another. */
static void goes_on_after_loading(void **state)
{
    (void)state;
    struct history h;
    history_begin(&h);
    size_t at;
    json_t *step;
    uint8_t *bytes = malloc(IC_MLS_TREE_MAX);
    json_array_foreach(h.v.cases, at, step)
    {
        struct ic_wr w = ic_wr_init(bytes, IC_MLS_TREE_MAX);
        ic_mlsgroup_save(h.group, &w);
        memset(h.group, 0xA5, sizeof *h.group);
        assert_int_equal(ic_mlsgroup_load(h.group, bytes, w.len), IC_OK);
        history_step(&h, step);
        assert_hex(h.group->confirmed, IC_SHA256_LEN, step, "confirmed");
    }
    free(bytes);
    history_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_every_epoch),
        cmocka_unit_test(lends_authenticated_data),
        cmocka_unit_test(refuses_what_members_refuse),
        cmocka_unit_test(refuses_other_epochs),
        cmocka_unit_test(refuses_flipped_bits),
        cmocka_unit_test(judges_lifetimes_by_its_clock),
        cmocka_unit_test(judges_key_packages),
        cmocka_unit_test(refuses_other_beginnings),
        cmocka_unit_test(refuses_the_psk_of_another_meeting),
        cmocka_unit_test(refuses_a_damaged_save),
        cmocka_unit_test(goes_on_after_loading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
