/* The steps of any group against the official vectors: references, signatures under labels,
 * transcript hashes, PublicMessages, and groups that are followed from a GroupInfo on. Their
 * commits have kinds of proposals that our groups refuse, so that the test works these off itself.
 */
#include "support/mls_vectors.h"

#include "signal/mlsgroup_parts.h"
#include "signal/mlssign.h"

#define OTHER_HASHES     "suites with another hash"
#define OTHER_SIGNATURES "suites with another signature"

static bool has_sha256(const json_t *c)
{
    return number_at(c, "cipher_suite") <= 3;
}

static bool is_our_suite(const json_t *c)
{
    return has_sha256(c) && number_at(c, "cipher_suite") != 2;
}

static void makes_references(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/crypto-basics.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        if (!has_sha256(c)) {
            v.left_out++;
            continue;
        }
        const json_t *r = json_object_get(c, "ref_hash");
        struct ic_mls_span value = bytes_at(r, "value"), expected = bytes_at(r, "out");
        uint8_t hash[IC_SHA256_LEN];
        const char *label = json_string_value(json_object_get(r, "label"));
        assert_int_equal(ic_mlssign_reference(label, value, hash), IC_OK);
        assert_span_equal((struct ic_mls_span){hash, sizeof hash}, expected);
        bytes_free(value);
        bytes_free(expected);
        v.ran++;
    }
    vectors_end(&v, OTHER_HASHES);
}

static void verifies_under_labels(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/crypto-basics.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        if (!is_our_suite(c)) {
            v.left_out++;
            continue;
        }
        const json_t *s = json_object_get(c, "sign_with_label");
        struct ic_mls_span key = bytes_at(s, "pub"), content = bytes_at(s, "content");
        struct ic_mls_span signature = bytes_at(s, "signature");
        const char *label = json_string_value(json_object_get(s, "label"));
        assert_int_equal(key.len, IC_MLSTREE_KEY_LEN);
        /* In one piece, in two, and not with less, another label, or a cut signature. */
        struct ic_rd r = ic_mls_rd(content);
        struct ic_mls_span first = {ic_rd_take(&r, 5), 5}, second = {r.p, r.left};
        const struct ic_part parts[] = {
            {first.at, first.len}, {second.at, second.len}, {content.at, content.len}};
        assert_true(ic_mlssign_verify(key.at, label, &parts[2], 1, signature));
        assert_true(ic_mlssign_verify(key.at, label, parts, 2, signature));
        assert_false(ic_mlssign_verify(key.at, label, parts, 1, signature));
        assert_false(ic_mlssign_verify(key.at, "SignWithLabe", parts, 2, signature));
        signature.len--;
        assert_false(ic_mlssign_verify(key.at, label, parts, 2, signature));
        bytes_free(key);
        bytes_free(content);
        bytes_free(signature);
        v.ran++;
    }
    vectors_end(&v, OTHER_SIGNATURES);
}

static void hashes_transcripts(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/transcript-hashes.json");
    struct ic_mlsgroup *group = calloc(1, sizeof *group);
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        if (!has_sha256(c)) {
            v.left_out++;
            continue;
        }
        struct ic_mls_span bytes = bytes_at(c, "authenticated_content");
        struct ic_mls_span before = bytes_at(c, "interim_transcript_hash_before");
        struct ic_mls_span confirmed = bytes_at(c, "confirmed_transcript_hash_after");
        struct ic_mls_span interim = bytes_at(c, "interim_transcript_hash_after");
        struct ic_rd r = ic_mls_rd(bytes);
        struct ic_mls_framed content;
        struct ic_mls_auth auth;
        assert_int_equal(ic_rd_u16(&r), IC_MLS_PUBLIC_MESSAGE);
        ic_mls_framed_read(&r, &content);
        ic_mls_auth_read(&r, content.content_type, &auth);
        assert_true(ic_rd_done(&r));
        memcpy(group->interim, before.at, before.len);
        assert_int_equal(ic_mlsgroup_hash_transcript(group, &content, &auth), IC_OK);
        assert_span_equal((struct ic_mls_span){group->confirmed, group->confirmed_len}, confirmed);
        assert_span_equal((struct ic_mls_span){group->interim, IC_SHA256_LEN}, interim);
        bytes_free(bytes);
        bytes_free(before);
        bytes_free(confirmed);
        bytes_free(interim);
        v.ran++;
    }
    free(group);
    vectors_end(&v, OTHER_HASHES);
}

/* ---- PublicMessages ---- */

static bool verify_message(const struct ic_mlsgroup *group, const struct ic_mls_public *message,
                           const uint8_t *key)
{
    uint8_t head[4], context[1024];
    struct ic_wr h = ic_wr_init(head, sizeof head), w = ic_wr_init(context, sizeof context);
    ic_mls_message_write_header(&h, IC_MLS_PUBLIC_MESSAGE);
    ic_mlsgroup_write_context(group, &w);
    assert_true(ic_wr_ok(&h) && ic_wr_ok(&w));
    const struct ic_part parts[] = {
        {head, h.len}, {message->content.raw.at, message->content.raw.len}, {context, w.len}};
    return ic_mlssign_verify(key, "FramedContentTBS", parts, 3, message->auth.signature);
}

static void parse_public(struct ic_mls_span bytes, struct ic_mls_public *out)
{
    struct ic_mls_message m;
    assert_int_equal(ic_mls_message_parse(bytes.at, bytes.len, &m), IC_OK);
    assert_int_equal(m.wire_format, IC_MLS_PUBLIC_MESSAGE);
    assert_int_equal(ic_mls_public_parse(m.body, out), IC_OK);
}

static void set_group(struct ic_mlsgroup *group, const json_t *c)
{
    struct ic_mls_span id = bytes_at(c, "group_id"), tree_hash = bytes_at(c, "tree_hash");
    struct ic_mls_span confirmed = bytes_at(c, "confirmed_transcript_hash");
    memset(group, 0, sizeof *group);
    group->suite = (uint16_t)number_at(c, "cipher_suite");
    group->epoch = (uint64_t)number_at(c, "epoch");
    group->id_len = (uint8_t)id.len;
    group->confirmed_len = (uint8_t)confirmed.len;
    memcpy(group->id, id.at, id.len);
    memcpy(group->tree_hash, tree_hash.at, tree_hash.len);
    memcpy(group->confirmed, confirmed.at, confirmed.len);
    bytes_free(id);
    bytes_free(tree_hash);
    bytes_free(confirmed);
}

/* The sender is leaf 1 of a tree of two, of which nothing but its key is known. */
static void check_public(struct ic_mlsgroup *group, const json_t *c)
{
    struct ic_mls_span key = bytes_at(c, "signature_pub"), commit = bytes_at(c, "commit_pub");
    struct ic_mls_span proposal = bytes_at(c, "proposal_pub"), plain = bytes_at(c, "commit");
    struct ic_mls_public message;
    group->tree.leaf_count = 2;
    group->tree.leaves[1].len = 1;
    memcpy(group->tree.leaves[1].signature_key, key.at, key.len);
    parse_public(commit, &message);
    assert_int_equal(message.content.content_type, IC_MLS_COMMIT);
    assert_int_equal(ic_mlsgroup_verify_framing(group, &message), IC_MLSGROUP_FINE);
    assert_true(verify_message(group, &message, key.at));
    struct ic_mls_commit own;
    assert_int_equal(ic_mls_commit_parse(plain, &own), IC_OK);
    assert_span_equal(message.content.commit.proposals, own.proposals);
    group->confirmed[0] ^= 1;
    assert_int_equal(ic_mlsgroup_verify_framing(group, &message), IC_MLSGROUP_SIGNATURE);
    group->confirmed[0] ^= 1;
    parse_public(proposal, &message);
    assert_int_equal(message.content.content_type, IC_MLS_PROPOSAL);
    assert_true(verify_message(group, &message, key.at));
    group->epoch++;
    assert_false(verify_message(group, &message, key.at));
    bytes_free(key);
    bytes_free(commit);
    bytes_free(proposal);
    bytes_free(plain);
}

static void verifies_public_messages(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/message-protection.json");
    struct ic_mlsgroup *group = malloc(sizeof *group);
    static const char *const hidden[] = {"proposal_priv", "commit_priv", "application_priv"};
    static const uint8_t types[] = {IC_MLS_PROPOSAL, IC_MLS_COMMIT, IC_MLS_APPLICATION};
    size_t at, frames = 0;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        for (size_t i = 0; i < 3; i++) { /* the frame of a PrivateMessage, whatever the suite */
            struct ic_mls_span bytes = bytes_at(c, hidden[i]), id = bytes_at(c, "group_id");
            struct ic_mls_message m;
            struct ic_mls_private private;
            assert_int_equal(ic_mls_message_parse(bytes.at, bytes.len, &m), IC_OK);
            assert_int_equal(m.wire_format, IC_MLS_PRIVATE_MESSAGE);
            assert_int_equal(ic_mls_private_parse(m.body, &private), IC_OK);
            assert_span_equal(private.group_id, id);
            assert_true(private.epoch == (uint64_t)number_at(c, "epoch"));
            assert_int_equal(private.content_type, types[i]);
            bytes_free(bytes);
            bytes_free(id);
            frames++;
        }
        if (!is_our_suite(c)) {
            v.left_out++;
            continue;
        }
        set_group(group, c);
        check_public(group, c);
        v.ran++;
    }
    free(group);
    printf("%zu frames of PrivateMessages read\n", frames);
    vectors_end(&v, OTHER_SIGNATURES);
}

/* ---- who is welcomed ---- */

static void check_key_package(const json_t *c, const struct ic_mls_keypackage *package)
{
    assert_int_equal(package->suite, number_at(c, "cipher_suite"));
    if (!is_our_suite(c))
        return;
    const struct ic_mls_leaf *leaf = &package->leaf;
    const struct ic_part tbs[] = {{package->tbs.at, package->tbs.len},
                                  {leaf->tbs.at, leaf->tbs.len}};
    const uint8_t *key = leaf->signature_key.at;
    assert_true(ic_mlssign_verify(key, "KeyPackageTBS", &tbs[0], 1, package->signature));
    assert_true(ic_mlssign_verify(key, "LeafNodeTBS", &tbs[1], 1, leaf->signature));
    assert_false(ic_mlssign_verify(key, "KeyPackageTBS", &tbs[1], 1, package->signature));
}

static void finds_who_is_welcomed(void **state)
{
    (void)state;
    static const char *const files[] = {"mls/welcome.json", "mls/passive-client-welcome.json",
                                        "mls/passive-client-handling-commit.json",
                                        "mls/passive-client-random.json"};
    for (size_t f = 0; f < 4; f++) {
        struct vectors v = vectors_load(files[f]);
        size_t at;
        json_t *c;
        json_array_foreach(v.cases, at, c)
        {
            struct ic_mls_span package_bytes = bytes_at(c, "key_package");
            struct ic_mls_span welcome_bytes = bytes_at(c, "welcome");
            struct ic_mls_message m;
            struct ic_mls_keypackage package;
            struct ic_mls_welcome welcome;
            assert_int_equal(ic_mls_message_parse(package_bytes.at, package_bytes.len, &m), IC_OK);
            assert_int_equal(ic_mls_keypackage_parse(m.body, &package), IC_OK);
            check_key_package(c, &package);
            assert_int_equal(ic_mls_message_parse(welcome_bytes.at, welcome_bytes.len, &m), IC_OK);
            assert_int_equal(ic_mls_welcome_parse(m.body, &welcome), IC_OK);
            uint8_t own[IC_SHA256_LEN];
            bool is_found = !has_sha256(c);
            assert_int_equal(ic_mlssign_reference(IC_MLSSIGN_KEYPACKAGE, package.raw, own), IC_OK);
            struct ic_rd secrets = ic_mls_rd(welcome.secrets);
            struct ic_mls_welcome_secret s;
            while (ic_mls_welcome_secret_next(&secrets, &s))
                is_found |= ic_mls_span_eq(s.reference, (struct ic_mls_span){own, sizeof own});
            assert_true(is_found);
            v.ran += has_sha256(c);
            v.left_out += !has_sha256(c);
            bytes_free(package_bytes);
            bytes_free(welcome_bytes);
        }
        vectors_end(&v, OTHER_HASHES);
    }
}

/* ---- groups that are followed ---- */

#define HELD_MAX 512

/* Proposals of the epoch, by their reference: messages are kept while they are needed. */
struct held {
    size_t count;
    struct ic_mls_span bytes[HELD_MAX];
    uint8_t references[HELD_MAX][IC_SHA256_LEN];
};

/* What a commit wants done, in the order of RFC 9420 12.3. */
struct wanted {
    struct ic_mls_proposal list[HELD_MAX];
    uint32_t senders[HELD_MAX];
    size_t count;
};

/* RFC 9420 5.2: the reference is that of the AuthenticatedContent. */
static void hold(struct held *held, struct ic_mls_span bytes)
{
    struct ic_mls_public m;
    parse_public(bytes, &m);
    size_t cap = bytes.len + 8;
    uint8_t *content = malloc(cap);
    struct ic_wr w = ic_wr_init(content, cap);
    ic_wr_u16(&w, IC_MLS_PUBLIC_MESSAGE);
    ic_wr_bytes(&w, m.content.raw.at, m.content.raw.len);
    ic_mls_write_vector(&w, m.auth.signature.at, m.auth.signature.len);
    assert_true(ic_wr_ok(&w) && held->count < HELD_MAX);
    held->bytes[held->count] = bytes;
    assert_int_equal(ic_mlssign_reference(IC_MLSSIGN_PROPOSAL, (struct ic_mls_span){content, w.len},
                                          held->references[held->count]),
                     IC_OK);
    held->count++;
    free(content);
}

static void want(struct wanted *wanted, const struct ic_mls_proposal *p, uint32_t sender)
{
    assert_true(wanted->count < HELD_MAX);
    wanted->list[wanted->count] = *p;
    wanted->senders[wanted->count++] = sender;
}

static void resolve_reference(const struct held *held, struct wanted *wanted,
                              struct ic_mls_span reference)
{
    for (size_t i = 0; i < held->count; i++) {
        struct ic_mls_span own = {held->references[i], IC_SHA256_LEN};
        if (ic_mls_span_eq(own, reference)) {
            struct ic_mls_public m;
            parse_public(held->bytes[i], &m);
            want(wanted, &m.content.proposal, m.content.sender);
            return;
        }
    }
    fail_msg("a reference to nothing");
}

static void work_off(struct ic_mlsgroup *group, const struct wanted *wanted, uint16_t type,
                     struct ic_mlsset *added)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct ic_mls_proposal *p = &wanted->list[i];
        uint32_t index;
        if (p->type != type)
            continue;
        if (type == IC_MLS_PROPOSAL_UPDATE) {
            assert_true(ic_mlsgroup_verify_leaf(group, wanted->senders[i], &p->update));
            assert_int_equal(ic_mlstree_update(&group->tree, wanted->senders[i], &p->update),
                             IC_OK);
        } else if (type == IC_MLS_PROPOSAL_REMOVE) {
            assert_true(ic_mlstree_has_leaf(&group->tree, p->remove));
            ic_mlstree_remove(&group->tree, p->remove);
        } else if (type == IC_MLS_PROPOSAL_ADD) {
            assert_int_equal(ic_mlstree_add(&group->tree, &p->add.leaf, &index), IC_OK);
            ic_mlsset_add(added, index);
        } else {
            struct ic_mls_span e = p->group_context_extensions;
            assert_true(e.len <= sizeof group->extensions);
            group->extensions_len = (uint16_t)e.len;
            memcpy(group->extensions, e.at, e.len);
        }
    }
}

/* One epoch; false when its commit is of a kind that is not followed. */
static bool follow(struct ic_mlsgroup *group, const json_t *epoch)
{
    static struct held held;
    static struct wanted wanted;
    struct ic_mls_span bytes = bytes_at(epoch, "commit");
    struct ic_mls_public m;
    size_t at;
    json_t *text;
    held.count = wanted.count = 0;
    json_array_foreach(json_object_get(epoch, "proposals"), at, text) hold(&held, bytes_of(text));
    parse_public(bytes, &m);
    bool is_followed = m.content.sender_type == IC_MLS_SENDER_MEMBER;
    if (is_followed) {
        struct ic_mlsset added = {0};
        assert_int_equal(ic_mlsgroup_verify_framing(group, &m), IC_MLSGROUP_FINE);
        struct ic_rd list = ic_mls_rd(m.content.commit.proposals);
        struct ic_mls_proposal p;
        while (ic_mls_commit_proposal_next(&list, &p)) {
            if (p.is_reference)
                resolve_reference(&held, &wanted, p.reference);
            else
                want(&wanted, &p, m.content.sender);
        }
        work_off(group, &wanted, IC_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS, &added);
        work_off(group, &wanted, IC_MLS_PROPOSAL_UPDATE, &added);
        work_off(group, &wanted, IC_MLS_PROPOSAL_REMOVE, &added);
        work_off(group, &wanted, IC_MLS_PROPOSAL_ADD, &added);
        assert_int_equal(ic_mlsgroup_finish(group, &m, &added), IC_MLSGROUP_FINE);
        assert_int_equal(ic_mlsgroup_verify_tree(group), IC_MLSGROUP_FINE);
    }
    for (size_t i = 0; i < held.count; i++)
        bytes_free(held.bytes[i]);
    bytes_free(bytes);
    return is_followed;
}

static bool begin(struct ic_mlsgroup *group, const json_t *c, const json_t *opened)
{
    if (!json_is_string(opened))
        return false;
    struct ic_mls_span bytes = bytes_of(opened), outside = {0};
    struct ic_mls_span tree = {0};
    struct ic_mls_message m;
    struct ic_mls_groupinfo info;
    assert_int_equal(ic_mls_message_parse(bytes.at, bytes.len, &m), IC_OK);
    assert_int_equal(ic_mls_groupinfo_parse(m.body, &info), IC_OK);
    if (json_is_string(json_object_get(c, "ratchet_tree")))
        tree = outside = bytes_at(c, "ratchet_tree");
    else
        assert_true(ic_mls_extension_find(info.extensions, IC_MLS_EXT_RATCHET_TREE, &tree));
    assert_int_equal(ic_mlsgroup_begin(group, &info, tree), IC_MLSGROUP_FINE);
    bytes_free(bytes);
    if (outside.at != NULL)
        bytes_free(outside);
    return true;
}

/* The next commit is signed over the context that the one before made: so each epoch but the last
 * is compared with what the members have. */
static void follow_file(const char *file, const char *name)
{
    struct vectors v = vectors_load(file);
    json_t *opened = json_load_file(IC_VECTORS "/mls_group_infos.json", 0, NULL);
    struct ic_mlsgroup *group = malloc(sizeof *group);
    size_t at, i, epochs = 0;
    json_t *c, *epoch;
    assert_true(group != NULL && json_is_object(opened));
    json_array_foreach(v.cases, at, c)
    {
        bool is_followed = begin(group, c, json_array_get(json_object_get(opened, name), at));
        json_array_foreach(json_object_get(c, "epochs"), i, epoch)
        {
            is_followed = is_followed && follow(group, epoch);
            epochs += is_followed;
        }
        v.ran += is_followed;
        v.left_out += !is_followed;
    }
    free(group);
    json_decref(opened);
    printf("%zu epochs followed\n", epochs);
    vectors_end(&v, "suites other than 1 (their Welcomes are not opened), external commits");
}

static void follows_groups(void **state)
{
    (void)state;
    follow_file("mls/passive-client-welcome.json", "welcome");
    follow_file("mls/passive-client-handling-commit.json", "handling-commit");
    follow_file("mls/passive-client-random.json", "random");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_references),      cmocka_unit_test(verifies_under_labels),
        cmocka_unit_test(hashes_transcripts),    cmocka_unit_test(verifies_public_messages),
        cmocka_unit_test(finds_who_is_welcomed), cmocka_unit_test(follows_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
