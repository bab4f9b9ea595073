/* Members of a group as far as a server sees them: KeyPackages, the beginning, commits and Welcomes
 * of the form of docs/protocol/encryption.md 2, well signed, made from numbers. No secret but the
 * signature keys is real: what only members can open or check (path secrets, tags, Welcomes) is
 * filler of the right length. */
#ifndef IC_TESTS_MLS_MAKER_H
#define IC_TESTS_MLS_MAKER_H

#include "support/cmocka_all.h"

#include "crypto/ed25519.h"
#include "signal/mlsgroup_parts.h"
#include "signal/mlshash.h"
#include "signal/mlsindex.h"
#include "signal/mlssign.h"

#define MAKER_MESSAGE_MAX 65536

/* Whoever has this number: its keys come from it. */
struct maker_person {
    uint32_t number;
    uint32_t leaf;
};

struct maker_bytes {
    size_t len;
    uint8_t at[MAKER_MESSAGE_MAX];
};

/* 32 bytes that go with a purpose and two numbers. */
static inline void maker_hash(const char *what, uint64_t a, uint64_t b, uint8_t out[static 32])
{
    uint8_t numbers[16];
    struct ic_wr w = ic_wr_init(numbers, sizeof numbers);
    ic_wr_u64(&w, a);
    ic_wr_u64(&w, b);
    const struct ic_part parts[] = {{(const uint8_t *)what, strlen(what)}, {numbers, w.len}};
    assert_int_equal(ic_hash_sha256(parts, 2, out), IC_OK);
}

static inline void maker_signature_key(uint32_t number, uint8_t out[static 32])
{
    uint8_t seed[32];
    maker_hash("signature", number, 0, seed);
    assert_int_equal(ic_ed25519_public_key(seed, out), IC_OK);
}

/* SignWithLabel over what stands in w from an offset on and what is given behind it; the signature
 * is appended as a vector. */
static inline void maker_sign(struct ic_wr *w, size_t from, uint32_t number, const char *label,
                              struct ic_mls_span behind)
{
    static uint8_t content[MAKER_MESSAGE_MAX + IC_MLS_CONTEXT_MAX];
    struct ic_wr c = ic_wr_init(content, sizeof content);
    struct ic_ed25519 key;
    uint8_t seed[32], signature[IC_ED25519_SIGNATURE_LEN];
    assert_true(ic_wr_ok(w));
    ic_mls_write_length(&c, 8 + strlen(label));
    ic_wr_text(&c, "MLS 1.0 ");
    ic_wr_text(&c, label);
    ic_mls_write_length(&c, w->len - from + behind.len);
    ic_wr_bytes(&c, &w->base[from], w->len - from);
    ic_wr_bytes(&c, behind.at, behind.len);
    maker_hash("signature", number, 0, seed);
    assert_true(ic_wr_ok(&c));
    assert_int_equal(ic_ed25519_init(&key, seed), IC_OK);
    assert_int_equal(ic_ed25519_sign(&key, content, c.len, signature), IC_OK);
    ic_ed25519_deinit(&key);
    ic_mls_write_vector(w, signature, sizeof signature);
}

static inline void maker_write_hash(struct ic_wr *w, const char *what, uint64_t a, uint64_t b)
{
    uint8_t hash[32];
    maker_hash(what, a, b, hash);
    ic_mls_write_vector(w, hash, sizeof hash);
}

/* From the encryption key to the capabilities. */
static inline void maker_write_leaf_begin(struct ic_wr *w, uint32_t number, uint64_t key_number)
{
    static const uint8_t capabilities[] = {2, 0, 1, 2, 0, 1, 4, 0xF1, 0xCA, 0xF1, 0xCB, 0, 2, 0, 1};
    uint8_t key[32], credential[32];
    maker_signature_key(number, key);
    maker_hash("credential", number, 0, credential);
    maker_write_hash(w, "encryption", number, key_number);
    ic_mls_write_vector(w, key, sizeof key);
    ic_wr_u16(w, IC_MLS_CREDENTIAL_BASIC);
    ic_mls_write_vector(w, credential, IC_MLSGROUP_CREDENTIAL_LEN);
    ic_wr_bytes(w, capabilities, sizeof capabilities);
}

static inline void maker_write_identity(struct ic_wr *w, uint32_t number)
{
    size_t mark = ic_mls_write_open(w);
    ic_wr_u16(w, IC_MLS_EXT_IDENTITY);
    maker_write_hash(w, "identity", number, 0);
    ic_mls_write_close(w, mark);
}

static inline void maker_write_leaf(struct ic_wr *w, uint32_t number, uint64_t now_s)
{
    size_t from = w->len;
    maker_write_leaf_begin(w, number, 0);
    ic_wr_u8(w, IC_MLS_LEAF_KEY_PACKAGE);
    ic_wr_u64(w, now_s - 60);
    ic_wr_u64(w, now_s + 540);
    maker_write_identity(w, number);
    maker_sign(w, from, number, "LeafNodeTBS", (struct ic_mls_span){0});
}

static inline void maker_write_keypackage(struct ic_wr *w, uint32_t number, uint64_t now_s)
{
    size_t from = w->len;
    ic_wr_u16(w, IC_MLS_VERSION_10);
    ic_wr_u16(w, IC_MLS_SUITE_X25519_AES128);
    maker_write_hash(w, "init", number, 0);
    maker_write_leaf(w, number, now_s);
    ic_mls_write_vector(w, NULL, 0);
    maker_sign(w, from, number, "KeyPackageTBS", (struct ic_mls_span){0});
}

/* MLSMessage(KeyPackage). */
static inline void maker_keypackage(struct maker_bytes *out, uint32_t number, uint64_t now_s)
{
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_KEY_PACKAGE);
    maker_write_keypackage(&w, number, now_s);
    assert_true(ic_wr_ok(&w));
    out->len = w.len;
}

/* MLSMessage(GroupInfo) of epoch 0 with a ratchet_tree of its creator and of others, whose leaves
 * are badly signed. */
static inline void maker_groupinfo_with(struct maker_bytes *out, uint32_t number, uint32_t others,
                                        struct ic_mls_span policy, uint64_t now_s)
{
    static struct ic_mlsgroup group;
    static const uint8_t required[] = {3, 7, 4, 0xF1, 0xCA, 0xF1, 0xCB, 0, 0};
    struct ic_wr e = ic_wr_init(group.extensions, sizeof group.extensions);
    ic_mlstree_init(&group.tree);
    for (uint32_t i = 0; i <= others; i++) {
        uint8_t bytes[IC_MLS_LEAF_MAX];
        struct ic_mls_leaf leaf;
        uint32_t index;
        struct ic_wr l = ic_wr_init(bytes, sizeof bytes);
        maker_write_leaf(&l, number + i, now_s);
        bytes[l.len - 1] ^= i > 0;
        assert_int_equal(ic_mls_leaf_parse((struct ic_mls_span){bytes, l.len}, &leaf), IC_OK);
        assert_int_equal(ic_mlstree_add(&group.tree, &leaf, &index), IC_OK);
    }
    group.suite = IC_MLS_SUITE_X25519_AES128;
    group.id_len = IC_MLSGROUP_ID_LEN;
    maker_hash("group", number, now_s, group.id);
    assert_int_equal(ic_mlshash_tree(&group.tree, group.tree_hash), IC_OK);
    ic_wr_u8(&e, 0);
    ic_wr_bytes(&e, required, sizeof required);
    ic_wr_u16(&e, IC_MLS_EXT_POLICY);
    ic_mls_write_vector(&e, policy.at, policy.len);
    assert_true(ic_wr_ok(&e));
    group.extensions_len = (uint16_t)e.len;
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_GROUP_INFO);
    size_t from = w.len;
    ic_mlsgroup_write_context(&group, &w);
    size_t list = ic_mls_write_open(&w);
    ic_wr_u16(&w, IC_MLS_EXT_RATCHET_TREE);
    size_t data = ic_mls_write_open(&w);
    ic_mlstree_write(&group.tree, &w);
    ic_mls_write_close(&w, data);
    ic_mls_write_close(&w, list);
    maker_write_hash(&w, "tag", number, 0);
    ic_wr_u32(&w, 0);
    maker_sign(&w, from, number, "GroupInfoTBS", (struct ic_mls_span){0});
    assert_true(ic_wr_ok(&w));
    out->len = w.len;
}

/* ... of its creator alone. */
static inline void maker_groupinfo(struct maker_bytes *out, uint32_t number,
                                   struct ic_mls_span policy, uint64_t now_s)
{
    maker_groupinfo_with(out, number, 0, policy, now_s);
}

/* ---- commits ---- */

struct maker_commit {
    const struct ic_mlsgroup *group; /* as it is before */
    struct maker_person committer;
    const uint32_t *removed; /* leaves */
    size_t removed_count;
    const uint32_t *added; /* numbers */
    size_t added_count;
    bool has_path; /* a commit with a Remove, and one with nothing, has one in any case */
    uint32_t generation;
    struct ic_mls_span data; /* authenticated_data */
    uint64_t now_s;
};

static inline void maker_write_proposals(struct ic_wr *w, const struct maker_commit *c)
{
    size_t mark = ic_mls_write_open(w);
    for (size_t i = 0; i < c->removed_count; i++) {
        ic_wr_u8(w, 1); /* by value */
        ic_wr_u16(w, IC_MLS_PROPOSAL_REMOVE);
        ic_wr_u32(w, c->removed[i]);
    }
    for (size_t i = 0; i < c->added_count; i++) {
        ic_wr_u8(w, 1);
        ic_wr_u16(w, IC_MLS_PROPOSAL_ADD);
        maker_write_keypackage(w, c->added[i], c->now_s);
    }
    if (c->added_count > 0) {
        ic_wr_u8(w, 1);
        ic_wr_u16(w, IC_MLS_PROPOSAL_PSK);
        ic_wr_u8(w, IC_MLS_PSK_EXTERNAL);
        ic_mls_write_length(w, IC_MEETING_ID_LEN + 4);
        ic_wr_bytes(w, c->group->meeting, IC_MEETING_ID_LEN);
        ic_wr_u32(w, c->generation);
        maker_write_hash(w, "nonce", c->group->epoch, 0);
    }
    ic_mls_write_close(w, mark);
}

/* The tree after the proposals, and which leaves they added. */
static inline void maker_work_off(struct ic_mlstree *tree, const struct maker_commit *c,
                                  struct ic_mlsset *added)
{
    *tree = c->group->tree;
    for (size_t i = 0; i < c->removed_count; i++)
        ic_mlstree_remove(tree, c->removed[i]);
    for (size_t i = 0; i < c->added_count; i++) {
        uint8_t bytes[IC_MLS_LEAF_MAX];
        struct ic_mls_leaf leaf;
        uint32_t index;
        struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
        maker_write_leaf(&w, c->added[i], c->now_s);
        assert_int_equal(ic_mls_leaf_parse((struct ic_mls_span){bytes, w.len}, &leaf), IC_OK);
        assert_int_equal(ic_mlstree_add(tree, &leaf, &index), IC_OK);
        ic_mlsset_add(added, index);
    }
}

static inline void maker_write_secrets(struct ic_wr *w, const struct ic_mlstree *tree,
                                       uint32_t copath, const struct ic_mlsset *added)
{
    uint8_t ciphertext[48] = {0};
    struct ic_mlstree_nodes nodes;
    ic_mlstree_resolve(tree, copath, &nodes);
    size_t mark = ic_mls_write_open(w);
    for (uint32_t i = 0; i < nodes.count; i++) {
        if (ic_mlsindex_is_leaf(nodes.at[i]) && ic_mlsset_has(added, nodes.at[i] / 2U))
            continue;
        maker_write_hash(w, "kem", copath, i);
        ic_mls_write_vector(w, ciphertext, sizeof ciphertext);
    }
    ic_mls_write_close(w, mark);
}

/* One by one from the leaf up, and the hashes that tie them together from the root down. */
static inline void maker_write_path(struct ic_wr *w, const struct maker_commit *c)
{
    static struct ic_mlstree tree, after;
    static uint8_t nodes[MAKER_MESSAGE_MAX];
    struct ic_mlsset added = {0};
    uint32_t count = 0, steps[8], copaths[8];
    uint8_t hash[32], key[32], place[64];
    size_t hash_len = 0;
    maker_work_off(&tree, c, &added);
    after = tree;
    struct ic_wr n = ic_wr_init(nodes, sizeof nodes), p = ic_wr_init(place, sizeof place);
    for (uint32_t node = 2 * c->committer.leaf; node != ic_mlsindex_root(tree.leaf_count);) {
        struct ic_mlstree_nodes resolution;
        uint32_t copath = ic_mlsindex_sibling(node);
        node = ic_mlsindex_parent(node);
        ic_mlstree_blank_parent(&after, node);
        ic_mlstree_resolve(&tree, copath, &resolution);
        if (resolution.count == 0)
            continue;
        maker_write_hash(&n, "node", c->group->epoch, node);
        maker_write_secrets(&n, &tree, copath, &added);
        steps[count] = node;
        copaths[count++] = copath;
    }
    while (count-- > 0) {
        maker_hash("node", c->group->epoch, steps[count], key);
        ic_mlstree_set_parent(&after, steps[count], key, (struct ic_mls_span){hash, hash_len});
        assert_int_equal(ic_mlshash_parent(&after, steps[count], copaths[count], hash), IC_OK);
        hash_len = sizeof hash;
    }
    size_t from = w->len;
    maker_write_leaf_begin(w, c->committer.number, c->group->epoch + 1);
    ic_wr_u8(w, IC_MLS_LEAF_COMMIT);
    ic_mls_write_vector(w, hash, hash_len);
    maker_write_identity(w, c->committer.number);
    ic_mls_write_vector(&p, c->group->id, c->group->id_len);
    ic_wr_u32(&p, c->committer.leaf);
    maker_sign(w, from, c->committer.number, "LeafNodeTBS", (struct ic_mls_span){place, p.len});
    assert_true(ic_wr_ok(&n) && ic_wr_ok(&p));
    ic_mls_write_vector(w, nodes, n.len);
}

/* MLSMessage(PublicMessage) with a commit. */
static inline void maker_commit(struct maker_bytes *out, const struct maker_commit *c)
{
    static uint8_t context[IC_MLS_CONTEXT_MAX + 256];
    bool has_path = c->has_path || c->removed_count > 0 || c->added_count == 0;
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    struct ic_wr behind = ic_wr_init(context, sizeof context);
    ic_mls_message_write_header(&w, IC_MLS_PUBLIC_MESSAGE);
    ic_mls_write_vector(&w, c->group->id, c->group->id_len);
    ic_wr_u64(&w, c->group->epoch);
    ic_wr_u8(&w, IC_MLS_SENDER_MEMBER);
    ic_wr_u32(&w, c->committer.leaf);
    ic_mls_write_vector(&w, c->data.at, c->data.len);
    ic_wr_u8(&w, IC_MLS_COMMIT);
    maker_write_proposals(&w, c);
    ic_wr_u8(&w, has_path ? 1 : 0);
    if (has_path)
        maker_write_path(&w, c);
    ic_mlsgroup_write_context(c->group, &behind);
    assert_true(ic_wr_ok(&behind));
    maker_sign(&w, 0, c->committer.number, "FramedContentTBS",
               (struct ic_mls_span){context, behind.len});
    maker_write_hash(&w, "tag", c->group->epoch, c->committer.number);
    maker_write_hash(&w, "membership", c->group->epoch, c->committer.number);
    assert_true(ic_wr_ok(&w));
    out->len = w.len;
}

/* MLSMessage(Welcome) for those that a commit adds. */
static inline void maker_welcome(struct maker_bytes *out, const struct ic_mlsgroup_change *change)
{
    static const uint8_t filler[300];
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_WELCOME);
    ic_wr_u16(&w, IC_MLS_SUITE_X25519_AES128);
    size_t mark = ic_mls_write_open(&w);
    for (uint32_t i = 0; i < change->added_count; i++) {
        ic_mls_write_vector(&w, change->added[i].keypackage.reference, IC_MLSGROUP_REFERENCE_LEN);
        maker_write_hash(&w, "welcome", change->epoch, i);
        ic_mls_write_vector(&w, filler, 90);
    }
    ic_mls_write_close(&w, mark);
    ic_mls_write_vector(&w, filler, sizeof filler);
    assert_true(ic_wr_ok(&w));
    out->len = w.len;
}

#endif
