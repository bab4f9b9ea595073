/* Structures of MLS: the official vectors, written again from what was read; each cut; lengths that
 * are not the shortest; lists beyond their bounds; a Welcome for one. */
#include "support/mls_vectors.h"

#include "base/limits.h"
#include "support/exact.h"
#include "wire/mls_groupinfo.h"
#include "wire/mls_message.h"
#include "wire/mls_node.h"
#include "wire/mls_welcome.h"

/* ---- writing again what was read, member by member ---- */

static void put(struct ic_wr *w, struct ic_mls_span span)
{
    ic_mls_write_vector(w, span.at, span.len);
}

static void put_extensions(struct ic_wr *w, struct ic_mls_span list)
{
    size_t mark = ic_mls_write_open(w);
    struct ic_rd r = ic_mls_rd(list);
    struct ic_mls_extension e;
    while (ic_mls_extension_next(&r, &e)) {
        ic_wr_u16(w, e.type);
        put(w, e.data);
    }
    ic_mls_write_close(w, mark);
}

static void put_leaf(struct ic_wr *w, const struct ic_mls_leaf *leaf)
{
    put(w, leaf->encryption_key);
    put(w, leaf->signature_key);
    ic_wr_u16(w, leaf->credential.type);
    put(w, leaf->credential.identity);
    put(w, leaf->capabilities.versions);
    put(w, leaf->capabilities.suites);
    put(w, leaf->capabilities.extensions);
    put(w, leaf->capabilities.proposals);
    put(w, leaf->capabilities.credentials);
    ic_wr_u8(w, leaf->source);
    if (leaf->source == IC_MLS_LEAF_KEY_PACKAGE) {
        ic_wr_u64(w, leaf->not_before);
        ic_wr_u64(w, leaf->not_after);
    } else if (leaf->source == IC_MLS_LEAF_COMMIT) {
        put(w, leaf->parent_hash);
    }
    put_extensions(w, leaf->extensions);
    put(w, leaf->signature);
}

static void put_keypackage(struct ic_wr *w, const struct ic_mls_keypackage *package)
{
    ic_wr_u16(w, package->version);
    ic_wr_u16(w, package->suite);
    put(w, package->init_key);
    put_leaf(w, &package->leaf);
    put_extensions(w, package->extensions);
    put(w, package->signature);
}

static void put_psk(struct ic_wr *w, const struct ic_mls_psk *psk)
{
    ic_wr_u8(w, psk->type);
    if (psk->type == IC_MLS_PSK_RESUMPTION)
        ic_wr_u8(w, psk->usage);
    put(w, psk->id);
    if (psk->type == IC_MLS_PSK_RESUMPTION)
        ic_wr_u64(w, psk->epoch);
    put(w, psk->nonce);
}

/* With its type, as in a commit and in a message. */
static void put_proposal(struct ic_wr *w, const struct ic_mls_proposal *p)
{
    ic_wr_u16(w, p->type);
    if (p->type == IC_MLS_PROPOSAL_ADD) {
        put_keypackage(w, &p->add);
    } else if (p->type == IC_MLS_PROPOSAL_UPDATE) {
        put_leaf(w, &p->update);
    } else if (p->type == IC_MLS_PROPOSAL_REMOVE) {
        ic_wr_u32(w, p->remove);
    } else if (p->type == IC_MLS_PROPOSAL_PSK) {
        put_psk(w, &p->psk);
    } else if (p->type == IC_MLS_PROPOSAL_REINIT) {
        put(w, p->reinit.group_id);
        ic_wr_u16(w, p->reinit.version);
        ic_wr_u16(w, p->reinit.suite);
        put_extensions(w, p->reinit.extensions);
    } else if (p->type == IC_MLS_PROPOSAL_EXTERNAL_INIT) {
        put(w, p->external_init);
    } else {
        assert_int_equal(p->type, IC_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS);
        put_extensions(w, p->group_context_extensions);
    }
}

static void put_path(struct ic_wr *w, const struct ic_mls_path *path)
{
    put_leaf(w, &path->leaf);
    size_t mark = ic_mls_write_open(w), count = 0;
    struct ic_rd nodes = ic_mls_rd(path->nodes);
    struct ic_mls_path_node node;
    while (ic_mls_path_node_next(&nodes, &node)) {
        put(w, node.encryption_key);
        put(w, node.secrets);
        count++;
    }
    ic_mls_write_close(w, mark);
    assert_int_equal(count, path->node_count);
}

static void put_commit(struct ic_wr *w, const struct ic_mls_commit *commit)
{
    size_t mark = ic_mls_write_open(w), count = 0;
    struct ic_rd proposals = ic_mls_rd(commit->proposals);
    struct ic_mls_proposal p;
    while (ic_mls_commit_proposal_next(&proposals, &p)) {
        ic_wr_u8(w, p.is_reference ? 2 : 1);
        if (p.is_reference)
            put(w, p.reference);
        else
            put_proposal(w, &p);
        count++;
    }
    ic_mls_write_close(w, mark);
    assert_int_equal(count, commit->proposal_count);
    ic_wr_u8(w, commit->has_path ? 1 : 0);
    if (commit->has_path)
        put_path(w, &commit->path);
}

static void put_public(struct ic_wr *w, const struct ic_mls_public *m)
{
    const struct ic_mls_framed *c = &m->content;
    put(w, c->group_id);
    ic_wr_u64(w, c->epoch);
    ic_wr_u8(w, c->sender_type);
    if (c->sender_type == IC_MLS_SENDER_MEMBER || c->sender_type == IC_MLS_SENDER_EXTERNAL)
        ic_wr_u32(w, c->sender);
    put(w, c->authenticated_data);
    ic_wr_u8(w, c->content_type);
    if (c->content_type == IC_MLS_APPLICATION)
        put(w, c->application);
    else if (c->content_type == IC_MLS_PROPOSAL)
        put_proposal(w, &c->proposal);
    else
        put_commit(w, &c->commit);
    put(w, m->auth.signature);
    if (c->content_type == IC_MLS_COMMIT)
        put(w, m->auth.confirmation_tag);
    if (c->sender_type == IC_MLS_SENDER_MEMBER)
        put(w, m->membership_tag);
}

static void put_private(struct ic_wr *w, const struct ic_mls_private *m)
{
    put(w, m->group_id);
    ic_wr_u64(w, m->epoch);
    ic_wr_u8(w, m->content_type);
    put(w, m->authenticated_data);
    put(w, m->encrypted_sender_data);
    put(w, m->ciphertext);
}

static void put_welcome(struct ic_wr *w, const struct ic_mls_welcome *welcome)
{
    ic_wr_u16(w, welcome->suite);
    size_t mark = ic_mls_write_open(w), count = 0;
    struct ic_rd secrets = ic_mls_rd(welcome->secrets);
    struct ic_mls_welcome_secret secret;
    while (ic_mls_welcome_secret_next(&secrets, &secret)) {
        put(w, secret.reference);
        put(w, secret.kem_output);
        put(w, secret.ciphertext);
        count++;
    }
    ic_mls_write_close(w, mark);
    put(w, welcome->encrypted_group_info);
    assert_int_equal(count, welcome->secret_count);
}

static void put_groupinfo(struct ic_wr *w, const struct ic_mls_groupinfo *info)
{
    ic_wr_u16(w, info->context.version);
    ic_wr_u16(w, info->context.suite);
    put(w, info->context.group_id);
    ic_wr_u64(w, info->context.epoch);
    put(w, info->context.tree_hash);
    put(w, info->context.confirmed_transcript_hash);
    put_extensions(w, info->context.extensions);
    put_extensions(w, info->extensions);
    put(w, info->confirmation_tag);
    ic_wr_u32(w, info->signer);
    put(w, info->signature);
}

/* ---- one of each kind of bytes: read, and written again ---- */

typedef bool rewrite(struct ic_mls_span bytes, struct ic_wr *w);

static bool rewrite_message(struct ic_mls_span bytes, struct ic_wr *w)
{
    struct ic_mls_message m;
    struct ic_mls_public public;
    struct ic_mls_private private;
    struct ic_mls_welcome welcome;
    struct ic_mls_groupinfo info;
    struct ic_mls_keypackage package;
    if (ic_mls_message_parse(bytes.at, bytes.len, &m) != IC_OK)
        return false;
    ic_mls_message_write_header(w, m.wire_format);
    if (m.wire_format == IC_MLS_PUBLIC_MESSAGE && ic_mls_public_parse(m.body, &public) == IC_OK)
        put_public(w, &public);
    else if (m.wire_format == IC_MLS_PRIVATE_MESSAGE &&
             ic_mls_private_parse(m.body, &private) == IC_OK)
        put_private(w, &private);
    else if (m.wire_format == IC_MLS_WELCOME && ic_mls_welcome_parse(m.body, &welcome) == IC_OK)
        put_welcome(w, &welcome);
    else if (m.wire_format == IC_MLS_GROUP_INFO && ic_mls_groupinfo_parse(m.body, &info) == IC_OK)
        put_groupinfo(w, &info);
    else if (m.wire_format == IC_MLS_KEY_PACKAGE &&
             ic_mls_keypackage_parse(m.body, &package) == IC_OK)
        put_keypackage(w, &package);
    else
        return false;
    return true;
}

static bool rewrite_tree(struct ic_mls_span bytes, struct ic_wr *w)
{
    struct ic_mls_span nodes;
    size_t count, seen = 0;
    if (ic_mls_node_parse_list(bytes, &nodes, &count) != IC_OK)
        return false;
    size_t mark = ic_mls_write_open(w);
    struct ic_rd r = ic_mls_rd(nodes);
    struct ic_mls_node node;
    for (; ic_mls_node_next(&r, &node); seen++) {
        ic_wr_u8(w, node.type == IC_MLS_NODE_BLANK ? 0 : 1);
        if (node.type != IC_MLS_NODE_BLANK)
            ic_wr_u8(w, node.type);
        if (node.type == IC_MLS_NODE_LEAF) {
            put_leaf(w, &node.leaf);
        } else if (node.type == IC_MLS_NODE_PARENT) {
            put(w, node.parent.encryption_key);
            put(w, node.parent.parent_hash);
            put(w, node.parent.unmerged);
        }
    }
    ic_mls_write_close(w, mark);
    assert_int_equal(seen, count);
    return true;
}

static bool rewrite_commit(struct ic_mls_span bytes, struct ic_wr *w)
{
    struct ic_mls_commit commit;
    if (ic_mls_commit_parse(bytes, &commit) != IC_OK)
        return false;
    put_commit(w, &commit);
    return true;
}

/* Proposals stand in messages.json without their type. */
static bool rewrite_proposal(uint16_t type, struct ic_mls_span bytes, struct ic_wr *w)
{
    struct ic_mls_proposal proposal;
    uint8_t *typed = malloc(bytes.len + 2);
    assert_non_null(typed);
    struct ic_wr t = ic_wr_init(typed, bytes.len + 2);
    ic_wr_u16(&t, type);
    ic_wr_bytes(&t, bytes.at, bytes.len);
    uint8_t *rewritten = malloc(bytes.len + 8);
    assert_non_null(rewritten);
    struct ic_wr again = ic_wr_init(rewritten, bytes.len + 8);
    bool ok = ic_mls_proposal_parse((struct ic_mls_span){typed, t.len}, &proposal) == IC_OK;
    if (ok) {
        put_proposal(&again, &proposal);
        assert_true(ic_wr_ok(&again));
        ic_wr_bytes(w, &rewritten[2], again.len - 2);
    }
    free(rewritten);
    free(typed);
    return ok;
}

#define PROPOSAL(name, type)                                                                       \
    static bool rewrite_##name(struct ic_mls_span bytes, struct ic_wr *w)                          \
    {                                                                                              \
        return rewrite_proposal(type, bytes, w);                                                   \
    }
PROPOSAL(add, IC_MLS_PROPOSAL_ADD)
PROPOSAL(update, IC_MLS_PROPOSAL_UPDATE)
PROPOSAL(remove, IC_MLS_PROPOSAL_REMOVE)
PROPOSAL(psk, IC_MLS_PROPOSAL_PSK)
PROPOSAL(reinit, IC_MLS_PROPOSAL_REINIT)
PROPOSAL(external_init, IC_MLS_PROPOSAL_EXTERNAL_INIT)
PROPOSAL(context_extensions, IC_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS)

static const struct {
    const char *key;
    rewrite *rewrite;
} kinds[] = {
    {"mls_welcome", rewrite_message},
    {"mls_group_info", rewrite_message},
    {"mls_key_package", rewrite_message},
    {"ratchet_tree", rewrite_tree},
    {"add_proposal", rewrite_add},
    {"update_proposal", rewrite_update},
    {"remove_proposal", rewrite_remove},
    {"pre_shared_key_proposal", rewrite_psk},
    {"re_init_proposal", rewrite_reinit},
    {"external_init_proposal", rewrite_external_init},
    {"group_context_extensions_proposal", rewrite_context_extensions},
    {"commit", rewrite_commit},
    {"public_message_application", rewrite_message},
    {"public_message_proposal", rewrite_message},
    {"public_message_commit", rewrite_message},
    {"private_message", rewrite_message},
};

static void comes_back_as_it_was(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/messages.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            struct ic_mls_span bytes = bytes_at(c, kinds[i].key);
            uint8_t *again = malloc(bytes.len + 64);
            struct ic_wr w = ic_wr_init(again, bytes.len + 64);
            if (!kinds[i].rewrite(bytes, &w))
                fail_msg("%s of case %zu is not read", kinds[i].key, at);
            assert_true(ic_wr_ok(&w));
            assert_span_equal((struct ic_mls_span){again, w.len}, bytes);
            free(again);
            bytes_free(bytes);
            v.ran++;
        }
        assert_non_null(json_object_get(c, "group_secrets"));
        v.left_out++;
    }
    vectors_end(&v, "group_secrets are encrypted, a server never reads them");
}

/* Every true prefix is refused, and so is a byte behind. */
static void is_read_whole_or_not_at_all(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/messages.json");
    uint8_t *again = malloc(65536);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct ic_mls_span bytes = bytes_at(json_array_get(v.cases, 0), kinds[i].key);
        for (size_t len = 0; len < bytes.len; len++) {
            uint8_t *cut = exact_copy(bytes.at, len);
            struct ic_wr w = ic_wr_init(again, 65536);
            if (kinds[i].rewrite((struct ic_mls_span){cut, len}, &w))
                fail_msg("%s cut at %zu of %zu is read", kinds[i].key, len, bytes.len);
            free(cut);
        }
        uint8_t *longer = malloc(bytes.len + 1);
        memcpy(longer, bytes.at, bytes.len);
        longer[bytes.len] = 0;
        struct ic_wr w = ic_wr_init(again, 65536);
        assert_false(kinds[i].rewrite((struct ic_mls_span){longer, bytes.len + 1}, &w));
        free(longer);
        bytes_free(bytes);
        v.ran++;
    }
    free(again);
    vectors_end(&v, NULL);
}

/* ---- lengths ---- */

static void reads_lengths(void **state)
{
    (void)state;
    struct vectors v = vectors_load("mls/deserialization.json");
    size_t at;
    json_t *c;
    json_array_foreach(v.cases, at, c)
    {
        struct ic_mls_span header = bytes_at(c, "vlbytes_header");
        size_t len = (size_t)number_at(c, "length");
        uint8_t written[8];
        struct ic_wr w = ic_wr_init(written, sizeof written);
        ic_mls_write_length(&w, len);
        assert_span_equal((struct ic_mls_span){written, w.len}, header);
        assert_int_equal(ic_mls_length_size(len), header.len);
        if (len <= 65536) {
            uint8_t *whole = calloc(1, header.len + len);
            memcpy(whole, header.at, header.len);
            struct ic_rd r = ic_rd_init(whole, header.len + len);
            assert_int_equal(ic_mls_read_vector(&r).len, len);
            assert_true(ic_rd_done(&r));
            r = ic_rd_init(whole, header.len + len);
            if (len > 0) {
                r.left--;
                assert_int_equal(ic_mls_read_vector(&r).len, 0);
                assert_false(ic_rd_ok(&r));
            }
            free(whole);
            v.ran++;
        } else {
            struct ic_rd r = ic_mls_rd(header);
            (void)ic_mls_read_vector(&r);
            assert_false(ic_rd_ok(&r)); /* nothing of that length is there */
            v.left_out++;
        }
        bytes_free(header);
    }
    vectors_end(&v, "longer than any message: written, and refused as cut");
}

static void refuses_lengths_that_are_not_the_shortest(void **state)
{
    (void)state;
    static const uint8_t heads[][4] = {
        {0x40, 0x00},             /* 0 in two bytes */
        {0x40, 0x3F},             /* 63 in two */
        {0x80, 0x00, 0x00, 0x00}, /* 0 in four */
        {0x80, 0x00, 0x3F, 0xFF}, /* 16383 in four */
        {0xC0, 0x00, 0x00, 0x00}, /* the length of 8 bytes, which MLS has not */
        {0xFF, 0xFF, 0xFF, 0xFF},
    };
    uint8_t *whole = calloc(1, 16400);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        memcpy(whole, heads[i], sizeof heads[i]);
        struct ic_rd r = ic_rd_init(whole, 16400);
        (void)ic_mls_read_vector(&r);
        assert_false(ic_rd_ok(&r));
    }
    free(whole);
}

static void closes_vectors_in_the_shortest_form(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 63, 64, 16383, 16384, 20000};
    uint8_t *bytes = malloc(32768), *expected = malloc(32768), *content = malloc(32768);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        for (size_t k = 0; k < lens[i]; k++)
            content[k] = (uint8_t)(k * 7);
        struct ic_wr w = ic_wr_init(bytes, 32768), e = ic_wr_init(expected, 32768);
        ic_wr_u8(&w, 9);
        size_t mark = ic_mls_write_open(&w);
        ic_wr_bytes(&w, content, lens[i]);
        ic_mls_write_close(&w, mark);
        ic_wr_u8(&e, 9);
        ic_mls_write_vector(&e, content, lens[i]);
        assert_true(ic_wr_ok(&w) && ic_wr_ok(&e));
        assert_span_equal((struct ic_mls_span){bytes, w.len},
                          (struct ic_mls_span){expected, e.len});
    }
    free(bytes);
    free(expected);
    free(content);
}

/* ---- lists ---- */

static bool reads_extensions(size_t count, bool last_is_first)
{
    uint8_t bytes[256];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    size_t mark = ic_mls_write_open(&w);
    for (size_t i = 0; i < count; i++) {
        ic_wr_u16(&w, (uint16_t)(last_is_first && i == count - 1 ? 1 : i + 1));
        ic_mls_write_vector(&w, NULL, 0);
    }
    ic_mls_write_close(&w, mark);
    struct ic_rd r = ic_rd_init(bytes, w.len);
    (void)ic_mls_read_extensions(&r);
    return ic_wr_ok(&w) && ic_rd_done(&r);
}

static void bounds_lists(void **state)
{
    (void)state;
    assert_true(reads_extensions(0, false));
    assert_true(reads_extensions(IC_MLS_EXTENSIONS_MAX, false));
    assert_false(reads_extensions(IC_MLS_EXTENSIONS_MAX + 1, false));
    assert_false(reads_extensions(2, true)); /* one type twice */
    for (size_t n = IC_MLS_LIST_MAX; n <= IC_MLS_LIST_MAX + 1; n++) {
        uint8_t bytes[2 * IC_MLS_LIST_MAX + 8] = {0};
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        size_t mark = ic_mls_write_open(&w);
        ic_wr_zeros(&w, 2 * n);
        ic_mls_write_close(&w, mark);
        struct ic_rd r = ic_rd_init(bytes, w.len);
        (void)ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
        assert_true(ic_rd_ok(&r) == (n == IC_MLS_LIST_MAX));
    }
    static const uint8_t odd[] = {3, 0, 1, 0}, list[] = {4, 0, 1, 0xF1, 0xCA};
    struct ic_rd r = ic_rd_init(odd, sizeof odd);
    (void)ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
    assert_false(ic_rd_ok(&r));
    r = ic_rd_init(list, sizeof list);
    struct ic_mls_span values = ic_mls_read_list16(&r, IC_MLS_LIST_MAX);
    assert_true(ic_mls_list16_has(values, 0xF1CA) && ic_mls_list16_has(values, 1));
    assert_false(ic_mls_list16_has(values, 0x01F1));
}

static bool reads_remove_commit(size_t count)
{
    size_t cap = count * 7 + 16;
    uint8_t *bytes = malloc(cap);
    struct ic_wr w = ic_wr_init(bytes, cap);
    size_t mark = ic_mls_write_open(&w);
    for (size_t i = 0; i < count; i++) {
        ic_wr_u8(&w, 1);
        ic_wr_u16(&w, IC_MLS_PROPOSAL_REMOVE);
        ic_wr_u32(&w, (uint32_t)i);
    }
    ic_mls_write_close(&w, mark);
    ic_wr_u8(&w, 0);
    struct ic_mls_commit commit;
    bool is_read = ic_mls_commit_parse((struct ic_mls_span){bytes, w.len}, &commit) == IC_OK;
    assert_true(ic_wr_ok(&w) && (!is_read || commit.proposal_count == count));
    free(bytes);
    return is_read;
}

static void bounds_proposals(void **state)
{
    (void)state;
    assert_true(reads_remove_commit(IC_MLS_PROPOSALS_MAX));
    assert_false(reads_remove_commit(IC_MLS_PROPOSALS_MAX + 1));
    static const uint8_t unknown[] = {4, 1, 0, 8, 0, 0}, neither[] = {4, 3, 0, 3, 0, 0};
    static const uint8_t not_optional[] = {0, 2};
    struct ic_mls_commit commit;
    const struct ic_mls_span bad[] = {
        {unknown, sizeof unknown}, {neither, sizeof neither}, {not_optional, sizeof not_optional}};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ic_mls_commit_parse(bad[i], &commit), IC_ERR_INPUT);
}

/* ---- a Welcome for one ---- */

static void splits_a_welcome(void **state)
{
    (void)state;
    static const char *files[] = {"mls/passive-client-welcome.json", "mls/messages.json"};
    static const char *keys[] = {"welcome", "mls_welcome"};
    size_t of_many = 0;
    for (size_t f = 0; f < 2; f++) {
        struct vectors v = vectors_load(files[f]);
        size_t at;
        json_t *c;
        json_array_foreach(v.cases, at, c)
        {
            struct ic_mls_span bytes = bytes_at(c, keys[f]);
            struct ic_mls_message m;
            struct ic_mls_welcome welcome, one;
            assert_int_equal(ic_mls_message_parse(bytes.at, bytes.len, &m), IC_OK);
            assert_int_equal(ic_mls_welcome_parse(m.body, &welcome), IC_OK);
            of_many += welcome.secret_count > 1;
            struct ic_rd secrets = ic_mls_rd(welcome.secrets);
            struct ic_mls_welcome_secret secret, only;
            uint8_t *split = malloc(bytes.len + 8);
            while (ic_mls_welcome_secret_next(&secrets, &secret)) {
                struct ic_wr w = ic_wr_init(split, bytes.len + 8);
                ic_mls_welcome_write_one(&w, &welcome, &secret);
                assert_true(ic_wr_ok(&w));
                assert_int_equal(ic_mls_message_parse(split, w.len, &m), IC_OK);
                assert_int_equal(m.wire_format, IC_MLS_WELCOME);
                assert_int_equal(ic_mls_welcome_parse(m.body, &one), IC_OK);
                assert_int_equal(one.secret_count, 1);
                struct ic_rd r = ic_mls_rd(one.secrets);
                assert_true(ic_mls_welcome_secret_next(&r, &only));
                assert_span_equal(only.raw, secret.raw);
                assert_span_equal(one.encrypted_group_info, welcome.encrypted_group_info);
                assert_int_equal(one.suite, welcome.suite);
                /* Cut to the one that it had, it is the same message. */
                if (welcome.secret_count == 1)
                    assert_span_equal((struct ic_mls_span){split, w.len}, bytes);
                v.ran++;
            }
            free(split);
            bytes_free(bytes);
        }
        vectors_end(&v, NULL);
    }
    printf("of %zu Welcomes for more than one\n", of_many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was),
        cmocka_unit_test(is_read_whole_or_not_at_all),
        cmocka_unit_test(reads_lengths),
        cmocka_unit_test(refuses_lengths_that_are_not_the_shortest),
        cmocka_unit_test(closes_vectors_in_the_shortest_form),
        cmocka_unit_test(bounds_lists),
        cmocka_unit_test(bounds_proposals),
        cmocka_unit_test(splits_a_welcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
