/* Members of a group as the server sees them: whatever is public is made as RFC 9420 wants it and
 * signed with real keys, whatever is encrypted is noise of the right length. So a test can act for
 * any number of people without MLS's secrets. That real MLS looks like this is shown elsewhere
 * (tests/vectors/mls_incamera). */
#ifndef IC_TEST_MLS_FORGE_H
#define IC_TEST_MLS_FORGE_H

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "signal/mlsgroup_parts.h"
#include "signal/mlshash.h"
#include "signal/mlsindex.h"
#include "wire/commit_data.h"
#include "wire/policy.h"

#define FORGE_IDENTITY_LEN 300
#define FORGE_CAP          98304
#define FORGE_DATE         1800000000

struct forge_bytes {
    uint8_t at[FORGE_CAP];
    size_t len;
};

/* A person's keys for one join. */
struct forge_person {
    struct ic_ed25519 key;
    uint8_t encryption_key[32], init_key[32], credential[16];
    uint8_t identity[FORGE_IDENTITY_LEN], identity_hash[IC_SHA256_LEN];
    uint8_t package[1024]; /* MLSMessage */
    size_t package_len;
    uint8_t reference[IC_SHA256_LEN];
    uint64_t now_s;
};

/* ---- noise ---- */

static inline void forge_noise(const char *what, uint64_t n, uint8_t *out, size_t len)
{
    for (size_t at = 0; at < len; at += 32) {
        uint8_t block[32];
        uint64_t in[2] = {n, at};
        struct ic_part parts[] = {{(const uint8_t *)what, strlen(what)},
                                  {(const uint8_t *)in, sizeof in}};
        enum ic_err e = ic_hash_sha256(parts, 2, block);
        IC_ASSERT(e == IC_OK);
        memcpy(out + at, block, len - at < 32 ? len - at : 32);
    }
}

static inline void forge_write_noise(struct ic_wr *w, const char *what, uint64_t n, size_t len)
{
    uint8_t bytes[128];
    IC_ASSERT(len <= sizeof bytes);
    forge_noise(what, n, bytes, len);
    ic_mls_write_vector(w, bytes, len);
}

/* SignWithLabel (RFC 9420 5.1.2), appended as a vector. */
static inline void forge_sign(struct ic_wr *w, const struct ic_ed25519 *key, const char *label,
                              const uint8_t *content, size_t len)
{
    static uint8_t text[2 * FORGE_CAP];
    char whole[64] = "MLS 1.0 ";
    uint8_t signature[IC_ED25519_SIGNATURE_LEN];
    struct ic_wr t = ic_wr_init(text, sizeof text);
    strcat(whole, label);
    ic_mls_write_vector(&t, (const uint8_t *)whole, strlen(whole));
    ic_mls_write_vector(&t, content, len);
    IC_ASSERT(ic_wr_ok(&t));
    enum ic_err e = ic_ed25519_sign(key, text, t.len, signature);
    IC_ASSERT(e == IC_OK);
    ic_mls_write_vector(w, signature, sizeof signature);
}

/* ---- people ---- */

/* Everything of a LeafNode before what depends on its source. */
static inline void forge_write_leaf_head(struct ic_wr *w, const struct forge_person *p,
                                         const uint8_t encryption_key[32])
{
    static const uint8_t capabilities[] = {2, 0, 1, 2, 0, 1, 4, 0xf1, 0xca, 0xf1, 0xcb, 0, 2, 0, 1};
    ic_mls_write_vector(w, encryption_key, 32);
    ic_mls_write_vector(w, p->key.public_key, 32);
    ic_wr_u16(w, IC_MLS_CREDENTIAL_BASIC);
    ic_mls_write_vector(w, p->credential, sizeof p->credential);
    ic_wr_bytes(w, capabilities, sizeof capabilities);
}

static inline void forge_write_leaf_tail(struct ic_wr *w, const struct forge_person *p)
{
    size_t mark = ic_mls_write_open(w);
    ic_wr_u16(w, IC_MLS_EXT_IDENTITY);
    ic_mls_write_vector(w, p->identity_hash, sizeof p->identity_hash);
    ic_mls_write_close(w, mark);
}

/* The leaf of a key package: lifetime from a minute ago on, nine minutes. */
static inline void forge_write_leaf(struct ic_wr *w, const struct forge_person *p)
{
    size_t from = w->len;
    forge_write_leaf_head(w, p, p->encryption_key);
    ic_wr_u8(w, IC_MLS_LEAF_KEY_PACKAGE);
    ic_wr_u64(w, p->now_s - 60);
    ic_wr_u64(w, p->now_s + 540);
    forge_write_leaf_tail(w, p);
    forge_sign(w, &p->key, "LeafNodeTBS", &w->base[from], w->len - from);
}

/* The key package of what the person is now. */
static inline void forge_package(struct forge_person *p)
{
    struct ic_part part = {p->identity, sizeof p->identity};
    enum ic_err e = ic_hash_sha256(&part, 1, p->identity_hash);
    IC_ASSERT(e == IC_OK);
    struct ic_wr w = ic_wr_init(p->package, sizeof p->package);
    ic_mls_message_write_header(&w, IC_MLS_KEY_PACKAGE);
    size_t from = w.len;
    ic_wr_u16(&w, IC_MLS_VERSION_10);
    ic_wr_u16(&w, IC_MLS_SUITE_X25519_AES128);
    ic_mls_write_vector(&w, p->init_key, 32);
    forge_write_leaf(&w, p);
    ic_mls_write_vector(&w, NULL, 0);
    forge_sign(&w, &p->key, "KeyPackageTBS", &w.base[from], w.len - from);
    IC_ASSERT(ic_wr_ok(&w));
    p->package_len = w.len;
    struct ic_mlsgroup_keypackage checked;
    enum ic_mlsgroup_fault fault;
    e = ic_mlsgroup_check_keypackage(p->package, p->package_len, p->now_s, &checked, &fault);
    IC_ASSERT(e == IC_OK);
    memcpy(p->reference, checked.reference, sizeof p->reference);
}

static inline void forge_person_init(struct forge_person *p, uint64_t n, uint64_t now_s)
{
    uint8_t seed[32];
    memset(p, 0, sizeof *p);
    p->now_s = now_s;
    forge_noise("seed", n, seed, sizeof seed);
    forge_noise("encryption", n, p->encryption_key, 32);
    forge_noise("init", n, p->init_key, 32);
    forge_noise("credential", n, p->credential, 16);
    forge_noise("identity", n, p->identity, sizeof p->identity);
    enum ic_err e = ic_ed25519_init(&p->key, seed);
    IC_ASSERT(e == IC_OK);
    forge_package(p);
}

static inline void forge_person_deinit(struct forge_person *p)
{
    ic_ed25519_deinit(&p->key);
}

/* ---- policies and hosts ---- */

/* A policy without a host, with a lobby, or with a host and an open door. */
enum forge_kind { FORGE_OPEN, FORGE_LOBBY, FORGE_HOSTED_OPEN };

static inline void forge_host_key(struct ic_ed25519 *key)
{
    uint8_t seed[32];
    forge_noise("host", 0, seed, sizeof seed);
    enum ic_err e = ic_ed25519_init(key, seed);
    IC_ASSERT(e == IC_OK);
}

static inline size_t forge_policy(const uint8_t meeting[16], enum forge_kind kind,
                                  uint8_t out[IC_POLICY_BYTES_MAX])
{
    struct ic_ed25519 host;
    struct ic_policy policy = {.countries = (const uint8_t *)"DEFR",
                               .country_count = 2,
                               .lobby_mode = kind == FORGE_LOBBY ? IC_LOBBY_CLOSED : IC_LOBBY_OPEN,
                               .sframe_suite = 4,
                               .operator_keys_sha256 = {1},
                               .log_policy_sha256 = {2},
                               .max_hops = 2};
    forge_host_key(&host);
    memcpy(policy.meeting_id, meeting, 16);
    policy.host_keys = host.public_key;
    policy.host_key_count = kind == FORGE_OPEN ? 0 : 1;
    struct ic_wr w = ic_wr_init(out, IC_POLICY_BYTES_MAX);
    ic_policy_write(&w, &policy);
    struct ic_policy again;
    enum ic_err e = ic_policy_parse(out, w.len, &again);
    IC_ASSERT(ic_wr_ok(&w) && e == IC_OK);
    ic_ed25519_deinit(&host);
    return w.len;
}

static inline void forge_authority(const uint8_t meeting[16], const struct forge_person *p,
                                   uint8_t out[IC_AUTHORITY_LEN])
{
    static const char label[] = "InCamera authority v1";
    struct ic_ed25519 host;
    uint8_t message[sizeof label - 1 + 16 + 32];
    forge_host_key(&host);
    memcpy(message, label, sizeof label - 1);
    memcpy(&message[sizeof label - 1], meeting, 16);
    memcpy(&message[sizeof label - 1 + 16], p->key.public_key, 32);
    out[0] = 0;
    enum ic_err e = ic_ed25519_sign(&host, message, sizeof message, &out[1]);
    IC_ASSERT(e == IC_OK);
    ic_ed25519_deinit(&host);
}

/* ---- the beginning ---- */

static inline void forge_write_context_extensions(struct ic_wr *w, const uint8_t *policy,
                                                  size_t policy_len)
{
    static const uint8_t required[] = {4, 0xf1, 0xca, 0xf1, 0xcb, 0, 0};
    ic_wr_u16(w, IC_MLS_EXT_REQUIRED_CAPABILITIES);
    ic_mls_write_vector(w, required, sizeof required);
    ic_wr_u16(w, IC_MLS_EXT_POLICY);
    ic_mls_write_vector(w, policy, policy_len);
}

/* MLSMessage(GroupInfo) of what the group is, as one of its members would sign it. */
static inline void forge_group_info(const struct ic_mlsgroup *group, uint32_t leaf,
                                    const struct forge_person *p, const uint8_t tag[32],
                                    struct forge_bytes *out)
{
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_GROUP_INFO);
    size_t from = w.len;
    ic_mlsgroup_write_context(group, &w);
    size_t mark = ic_mls_write_open(&w);
    ic_wr_u16(&w, IC_MLS_EXT_RATCHET_TREE);
    size_t data = ic_mls_write_open(&w);
    ic_mlstree_write(&group->tree, &w);
    ic_mls_write_close(&w, data);
    ic_mls_write_close(&w, mark);
    ic_mls_write_vector(&w, tag, 32);
    ic_wr_u32(&w, leaf);
    forge_sign(&w, &p->key, "GroupInfoTBS", &w.base[from], w.len - from);
    IC_ASSERT(ic_wr_ok(&w));
    out->len = w.len;
}

/* MLSMessage(GroupInfo) of epoch 0 with one leaf; *group holds the public state. */
static inline void forge_begin(struct ic_mlsgroup *group, const uint8_t meeting[16],
                               const uint8_t *policy, size_t policy_len,
                               const struct forge_person *p, struct forge_bytes *out)
{
    static struct ic_mlsgroup draft;
    uint8_t leaf_bytes[512], tag[32];
    struct ic_wr l = ic_wr_init(leaf_bytes, sizeof leaf_bytes);
    struct ic_mls_leaf leaf;
    uint32_t index;
    forge_write_leaf(&l, p);
    enum ic_err e = ic_mls_leaf_parse((struct ic_mls_span){leaf_bytes, l.len}, &leaf);
    IC_ASSERT(e == IC_OK);
    memset(&draft, 0, sizeof draft);
    ic_mlstree_init(&draft.tree);
    e = ic_mlstree_add(&draft.tree, &leaf, &index);
    IC_ASSERT(e == IC_OK && index == 0);
    draft.suite = IC_MLS_SUITE_X25519_AES128;
    draft.id_len = IC_MLSGROUP_ID_LEN;
    forge_noise("group", p->encryption_key[0], draft.id, IC_MLSGROUP_ID_LEN);
    e = ic_mlshash_tree(&draft.tree, draft.tree_hash);
    IC_ASSERT(e == IC_OK);
    struct ic_wr x = ic_wr_init(draft.extensions, sizeof draft.extensions);
    forge_write_context_extensions(&x, policy, policy_len);
    draft.extensions_len = (uint16_t)x.len;
    forge_noise("tag", 0, tag, sizeof tag);
    forge_group_info(&draft, 0, p, tag, out);
    enum ic_mlsgroup_fault fault;
    e = ic_mlsgroup_create(group, meeting, out->at, out->len, &fault);
    IC_ASSERT(e == IC_OK);
}

/* ---- commits ---- */

#define FORGE_ACTS_MAX 4

struct forge_commit {
    uint32_t committer;
    const struct forge_person *person;
    const uint8_t *authority; /* IC_AUTHORITY_LEN bytes, or NULL */
    struct ic_act acts[FORGE_ACTS_MAX];
    size_t act_count;
    const uint32_t *removed;
    size_t removed_count;
    const struct forge_person *const *added;
    size_t added_count;
    uint32_t generation; /* of the PSK; 0: 1 */
    bool is_without_psk, is_without_path;
    uint64_t salt; /* two commits of one epoch differ in it */
};

static inline void forge_write_data(struct ic_wr *w, const struct forge_commit *c)
{
    struct ic_commit_data data = {.act_count = c->act_count};
    if (c->authority != NULL) {
        data.has_authority = true;
        enum ic_err e = ic_authority_parse(c->authority, IC_AUTHORITY_LEN, &data.authority);
        IC_ASSERT(e == IC_OK);
    }
    memcpy(data.acts, c->acts, sizeof c->acts);
    size_t mark = ic_mls_write_open(w);
    if (data.has_authority || data.act_count > 0)
        ic_commit_data_write(w, &data);
    ic_mls_write_close(w, mark);
}

static inline void forge_write_proposals(struct ic_wr *w, const struct ic_mlsgroup *group,
                                         const struct forge_commit *c)
{
    uint8_t psk_id[20];
    size_t mark = ic_mls_write_open(w);
    for (size_t i = 0; i < c->removed_count; i++) {
        ic_wr_u8(w, 1);
        ic_wr_u16(w, 3);
        ic_wr_u32(w, c->removed[i]);
    }
    for (size_t i = 0; i < c->added_count; i++) {
        ic_wr_u8(w, 1);
        ic_wr_u16(w, 1);
        ic_wr_bytes(w, &c->added[i]->package[4], c->added[i]->package_len - 4);
    }
    if (c->added_count > 0 && !c->is_without_psk) {
        uint32_t generation = c->generation == 0 ? 1 : c->generation;
        memcpy(psk_id, group->meeting, 16);
        for (unsigned i = 0; i < 4; i++)
            psk_id[16 + i] = (uint8_t)(generation >> (24 - 8 * i));
        ic_wr_u8(w, 1);
        ic_wr_u16(w, 4);
        ic_wr_u8(w, 1);
        ic_mls_write_vector(w, psk_id, sizeof psk_id);
        forge_write_noise(w, "nonce", c->salt, 32);
    }
    ic_mls_write_close(w, mark);
}

/* What the proposals make of the tree. */
static inline void forge_apply_proposals(struct ic_mlstree *tree, const struct forge_commit *c,
                                         struct ic_mlsset *added)
{
    for (size_t i = 0; i < c->removed_count; i++) {
        if (ic_mlstree_has_leaf(tree, c->removed[i]))
            ic_mlstree_remove(tree, c->removed[i]);
    }
    for (size_t i = 0; i < c->added_count; i++) {
        struct ic_mls_keypackage package;
        uint32_t index;
        struct ic_mls_span body = {&c->added[i]->package[4], c->added[i]->package_len - 4};
        enum ic_err e = ic_mls_keypackage_parse(body, &package);
        IC_ASSERT(e == IC_OK);
        e = ic_mlstree_add(tree, &package.leaf, &index);
        IC_ASSERT(e == IC_OK);
        ic_mlsset_add(added, index);
    }
}

struct forge_step {
    uint32_t node, copath, told;
    uint8_t key[32];
};

/* The filtered direct path, and the parent hash that the leaf carries. */
static inline size_t forge_steps(struct ic_mlstree *tree, const struct forge_commit *c,
                                 const struct ic_mlsset *added, uint64_t salt,
                                 struct forge_step steps[8], uint8_t hash[32], size_t *hash_len)
{
    size_t count = 0;
    uint32_t root = ic_mlsindex_root(tree->leaf_count);
    for (uint32_t node = ic_mlsindex_of_leaf(c->committer); node != root;) {
        struct ic_mlstree_nodes seen;
        uint32_t copath = ic_mlsindex_sibling(node);
        node = ic_mlsindex_parent(node);
        ic_mlstree_resolve(tree, copath, &seen);
        ic_mlstree_blank_parent(tree, node);
        if (seen.count == 0)
            continue;
        struct forge_step *step = &steps[count++];
        *step = (struct forge_step){.node = node, .copath = copath};
        for (uint32_t i = 0; i < seen.count; i++)
            step->told += !ic_mlsindex_is_leaf(seen.at[i]) ||
                          !ic_mlsset_has(added, ic_mlsindex_to_leaf(seen.at[i]));
        forge_noise("node", salt * 1000 + node, step->key, 32);
    }
    *hash_len = 0;
    for (size_t i = count; i > 0; i--) {
        ic_mlstree_set_parent(tree, steps[i - 1].node, steps[i - 1].key,
                              (struct ic_mls_span){hash, *hash_len});
        enum ic_err e = ic_mlshash_parent(tree, steps[i - 1].node, steps[i - 1].copath, hash);
        IC_ASSERT(e == IC_OK);
        *hash_len = 32;
    }
    return count;
}

static inline void forge_write_path_leaf(struct ic_wr *w, const struct ic_mlsgroup *group,
                                         const struct forge_commit *c, uint64_t salt,
                                         const uint8_t *hash, size_t hash_len)
{
    uint8_t key[32], tbs[1024];
    struct ic_wr t = ic_wr_init(tbs, sizeof tbs);
    forge_noise("leaf", salt, key, sizeof key);
    forge_write_leaf_head(&t, c->person, key);
    ic_wr_u8(&t, IC_MLS_LEAF_COMMIT);
    ic_mls_write_vector(&t, hash, hash_len);
    forge_write_leaf_tail(&t, c->person);
    size_t body = t.len;
    ic_mls_write_vector(&t, group->id, group->id_len);
    ic_wr_u32(&t, c->committer);
    IC_ASSERT(ic_wr_ok(&t));
    ic_wr_bytes(w, tbs, body);
    forge_sign(w, &c->person->key, "LeafNodeTBS", tbs, t.len);
}

static inline void forge_write_path(struct ic_wr *w, const struct ic_mlsgroup *group,
                                    const struct forge_commit *c)
{
    struct ic_mlstree *tree = malloc(sizeof *tree);
    struct ic_mlsset added = {{0}};
    struct forge_step steps[8];
    uint8_t hash[32];
    size_t hash_len;
    uint64_t salt = c->salt * 1000 + group->epoch * 16 + c->committer;
    IC_ASSERT(tree != NULL);
    *tree = group->tree;
    forge_apply_proposals(tree, c, &added);
    size_t count = forge_steps(tree, c, &added, salt, steps, hash, &hash_len);
    free(tree);
    ic_wr_u8(w, 1);
    forge_write_path_leaf(w, group, c, salt, hash, hash_len);
    size_t mark = ic_mls_write_open(w);
    for (size_t i = 0; i < count; i++) {
        ic_mls_write_vector(w, steps[i].key, 32);
        size_t secrets = ic_mls_write_open(w);
        for (uint32_t k = 0; k < steps[i].told; k++) {
            forge_write_noise(w, "kem", salt + k, 32);
            forge_write_noise(w, "secret", salt + k, 48);
        }
        ic_mls_write_close(w, secrets);
    }
    ic_mls_write_close(w, mark);
}

/* MLSMessage(PublicMessage, commit) for the present state of *group, which stays as it is. */
static inline void forge_commit(const struct ic_mlsgroup *group, const struct forge_commit *c,
                                struct forge_bytes *out)
{
    static uint8_t tbs[FORGE_CAP + IC_MLS_CONTEXT_MAX];
    bool has_path = !c->is_without_path && (c->removed_count > 0 || c->added_count == 0);
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_PUBLIC_MESSAGE);
    ic_mls_write_vector(&w, group->id, group->id_len);
    ic_wr_u64(&w, group->epoch);
    ic_wr_u8(&w, IC_MLS_SENDER_MEMBER);
    ic_wr_u32(&w, c->committer);
    forge_write_data(&w, c);
    ic_wr_u8(&w, IC_MLS_COMMIT);
    forge_write_proposals(&w, group, c);
    if (has_path)
        forge_write_path(&w, group, c);
    else
        ic_wr_u8(&w, 0);
    struct ic_wr t = ic_wr_init(tbs, sizeof tbs);
    ic_wr_bytes(&t, out->at, w.len);
    ic_mlsgroup_write_context(group, &t);
    IC_ASSERT(ic_wr_ok(&t));
    forge_sign(&w, &c->person->key, "FramedContentTBS", tbs, t.len);
    forge_write_noise(&w, "confirmation", c->salt, 32);
    forge_write_noise(&w, "membership", c->salt, 32);
    IC_ASSERT(ic_wr_ok(&w));
    out->len = w.len;
}

/* MLSMessage(Welcome) for those whom the commit adds. */
static inline void forge_welcome(const struct forge_commit *c, struct forge_bytes *out)
{
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_WELCOME);
    ic_wr_u16(&w, IC_MLS_SUITE_X25519_AES128);
    size_t mark = ic_mls_write_open(&w);
    for (size_t i = 0; i < c->added_count; i++) {
        ic_mls_write_vector(&w, c->added[i]->reference, 32);
        forge_write_noise(&w, "kem", i, 32);
        forge_write_noise(&w, "secret", i, 100);
    }
    ic_mls_write_close(&w, mark);
    forge_write_noise(&w, "info", c->salt, 120);
    IC_ASSERT(ic_wr_ok(&w));
    out->len = w.len;
}

/* The group goes on by a commit that it must accept. */
static inline void forge_step_on(struct ic_mlsgroup *group, const struct forge_bytes *commit,
                                 uint64_t now_s)
{
    struct ic_mlsgroup *next = malloc(sizeof *next);
    struct ic_mlsgroup_change *change = malloc(sizeof *change);
    enum ic_mlsgroup_fault fault;
    IC_ASSERT(next != NULL && change != NULL);
    enum ic_err e = ic_mlsgroup_check(group, commit->at, commit->len, now_s, next, change, &fault);
    IC_ASSERT(e == IC_OK);
    *group = *next;
    free(next);
    free(change);
}

/* MLSMessage(PrivateMessage, application). */
static inline void forge_message(const struct ic_mlsgroup *group, uint64_t epoch, uint64_t salt,
                                 struct forge_bytes *out)
{
    struct ic_wr w = ic_wr_init(out->at, sizeof out->at);
    ic_mls_message_write_header(&w, IC_MLS_PRIVATE_MESSAGE);
    ic_mls_write_vector(&w, group->id, group->id_len);
    ic_wr_u64(&w, epoch);
    ic_wr_u8(&w, IC_MLS_APPLICATION);
    ic_mls_write_vector(&w, NULL, 0);
    forge_write_noise(&w, "sender", salt, 28);
    forge_write_noise(&w, "text", salt, 100);
    IC_ASSERT(ic_wr_ok(&w));
    out->len = w.len;
}

#endif
