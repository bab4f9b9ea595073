#include "signal/mlsgroup.h"

#include <string.h>

#include "base/assert.h"
#include "signal/mlsgroup_parts.h"
#include "wire/mls_node.h"

#define PSK_ID_LEN    (IC_MEETING_ID_LEN + 4)
#define PSK_NONCE_LEN IC_SHA256_LEN /* RFC 9420 8.4: "a fresh random value of length KDF.Nh" */
#define SAVED_VERSION 1

enum ic_err ic_mlsgroup_err(enum ic_mlsgroup_fault fault)
{
    switch (fault) {
    case IC_MLSGROUP_FINE:
        return IC_OK;
    case IC_MLSGROUP_EPOCH:
        return IC_ERR_STATE;
    case IC_MLSGROUP_SENDER:
        return IC_ERR_GONE;
    case IC_MLSGROUP_SIGNATURE:
        return IC_ERR_AUTH;
    case IC_MLSGROUP_FULL:
        return IC_ERR_FULL;
    case IC_MLSGROUP_SYSTEM:
        return IC_ERR_SYSTEM;
    case IC_MLSGROUP_MALFORMED:
    case IC_MLSGROUP_NO_COMMIT:
    case IC_MLSGROUP_OTHER:
    case IC_MLSGROUP_PROPOSAL:
    case IC_MLSGROUP_PSK:
    case IC_MLSGROUP_KEYPACKAGE:
    case IC_MLSGROUP_LIFETIME:
    case IC_MLSGROUP_KEYS:
    case IC_MLSGROUP_PATH:
    case IC_MLSGROUP_LEAF:
    case IC_MLSGROUP_CONTEXT:
        return IC_ERR_INPUT;
    }
    return IC_ERR_INPUT;
}

/* ---- beginning ---- */

/* Who begins is alone. Looked at before anything is verified, which costs a signature a leaf. */
static bool has_one_node(struct ic_mls_span tree)
{
    struct ic_mls_span nodes;
    size_t count;
    return ic_mls_node_parse_list(tree, &nodes, &count) == IC_OK && count == 1;
}

static enum ic_mlsgroup_fault create(struct ic_mlsgroup *group, const uint8_t *bytes, size_t len)
{
    struct ic_mls_message message;
    struct ic_mls_groupinfo info;
    struct ic_mls_span tree;
    struct ic_mls_leaf leaf;
    if (len > IC_MLS_MESSAGE_MAX)
        return IC_MLSGROUP_FULL;
    if (ic_mls_message_parse(bytes, len, &message) != IC_OK ||
        message.wire_format != IC_MLS_GROUP_INFO ||
        ic_mls_groupinfo_parse(message.body, &info) != IC_OK)
        return IC_MLSGROUP_MALFORMED;
    if (info.context.epoch != 0 ||
        !ic_mls_extension_find(info.extensions, IC_MLS_EXT_RATCHET_TREE, &tree) ||
        !has_one_node(tree))
        return IC_MLSGROUP_CONTEXT;
    enum ic_mlsgroup_fault fault = ic_mlsgroup_begin(group, &info, tree);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    if (!ic_mlstree_leaf(&group->tree, 0, &leaf) || leaf.source != IC_MLS_LEAF_KEY_PACKAGE ||
        !ic_mlsgroup_has_leaf_form(&leaf) || !ic_mlsgroup_has_context_form(group))
        return IC_MLSGROUP_CONTEXT;
    return IC_MLSGROUP_FINE;
}

enum ic_err ic_mlsgroup_create(struct ic_mlsgroup *group,
                               const uint8_t meeting[static IC_MEETING_ID_LEN],
                               const uint8_t *bytes, size_t len, enum ic_mlsgroup_fault *fault)
{
    *fault = create(group, bytes, len);
    memcpy(group->meeting, meeting, sizeof group->meeting);
    return ic_mlsgroup_err(*fault);
}

/* ---- going on with what another server had ---- */

/* The extension ratchet_tree, and no other. */
static enum ic_mlsgroup_fault read_group_info(const uint8_t *bytes, size_t len,
                                              struct ic_mls_groupinfo *info,
                                              struct ic_mls_span *tree)
{
    struct ic_mls_message message;
    struct ic_mls_extension extension;
    if (len > IC_RESTORE_GROUP_INFO_MAX)
        return IC_MLSGROUP_FULL;
    if (ic_mls_message_parse(bytes, len, &message) != IC_OK ||
        message.wire_format != IC_MLS_GROUP_INFO ||
        ic_mls_groupinfo_parse(message.body, info) != IC_OK)
        return IC_MLSGROUP_MALFORMED;
    struct ic_rd list = ic_mls_rd(info->extensions);
    if (!ic_mls_extension_next(&list, &extension) || list.left != 0 ||
        extension.type != IC_MLS_EXT_RATCHET_TREE)
        return IC_MLSGROUP_CONTEXT;
    *tree = extension.data;
    return IC_MLSGROUP_FINE;
}

/* Credentials are unique among the members; that keys are (RFC 9420 7.3), the tree sees to. */
static bool has_credential_twice(const struct ic_mlsgroup *group, uint32_t leaf)
{
    const uint8_t *credential = ic_mlsgroup_credential(group, leaf);
    for (uint32_t i = 0; i < leaf; i++) {
        const uint8_t *other = ic_mlsgroup_credential(group, i);
        if (other != NULL && memcmp(credential, other, IC_MLSGROUP_CREDENTIAL_LEN) == 0)
            return true;
    }
    return false;
}

static enum ic_mlsgroup_fault check_members(const struct ic_mlsgroup *group)
{
    struct ic_mls_leaf leaf;
    if (!ic_mlsgroup_has_context_form(group))
        return IC_MLSGROUP_CONTEXT;
    for (uint32_t i = 0; i < group->tree.leaf_count; i++) {
        if (!ic_mlstree_leaf(&group->tree, i, &leaf))
            continue;
        if (!ic_mlsgroup_has_leaf_form(&leaf))
            return IC_MLSGROUP_CONTEXT;
        if (has_credential_twice(group, i))
            return IC_MLSGROUP_KEYS;
    }
    return IC_MLSGROUP_FINE;
}

enum ic_err ic_mlsgroup_restore(struct ic_mlsgroup *group,
                                const uint8_t meeting[static IC_MEETING_ID_LEN],
                                const uint8_t *bytes, size_t len, enum ic_mlsgroup_fault *fault)
{
    struct ic_mls_groupinfo info;
    struct ic_mls_span tree;
    *fault = read_group_info(bytes, len, &info, &tree);
    if (*fault == IC_MLSGROUP_FINE)
        *fault = ic_mlsgroup_begin(group, &info, tree);
    if (*fault == IC_MLSGROUP_FINE)
        *fault = check_members(group);
    memcpy(group->meeting, meeting, sizeof group->meeting);
    return ic_mlsgroup_err(*fault);
}

enum ic_err ic_mlsgroup_peek(struct ic_mlsgroup *group,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             struct ic_mls_span group_info, uint32_t *signer)
{
    struct ic_mls_groupinfo info;
    struct ic_mls_span tree;
    struct ic_mls_leaf leaf;
    enum ic_mlsgroup_fault fault = read_group_info(group_info.at, group_info.len, &info, &tree);
    if (fault == IC_MLSGROUP_FINE)
        fault = ic_mlsgroup_skim(group, &info, tree);
    if (fault != IC_MLSGROUP_FINE)
        return ic_mlsgroup_err(fault);
    memcpy(group->meeting, meeting, sizeof group->meeting);
    if (!ic_mlsgroup_has_context_form(group) ||
        !ic_mlstree_leaf(&group->tree, info.signer, &leaf) || !ic_mlsgroup_has_leaf_form(&leaf))
        return IC_ERR_INPUT;
    *signer = info.signer;
    return IC_OK;
}

/* ---- commits ---- */

static enum ic_mlsgroup_fault read_commit(const uint8_t *bytes, size_t len,
                                          struct ic_mls_public *out)
{
    struct ic_mls_message message;
    if (len > IC_MLS_MESSAGE_MAX)
        return IC_MLSGROUP_FULL;
    if (ic_mls_message_parse(bytes, len, &message) != IC_OK)
        return IC_MLSGROUP_MALFORMED;
    if (message.wire_format != IC_MLS_PUBLIC_MESSAGE)
        return IC_MLSGROUP_NO_COMMIT;
    if (ic_mls_public_parse(message.body, out) != IC_OK)
        return IC_MLSGROUP_MALFORMED;
    return out->content.content_type == IC_MLS_COMMIT ? IC_MLSGROUP_FINE : IC_MLSGROUP_NO_COMMIT;
}

/* A commit under work: what it has done so far. */
struct work {
    const struct ic_mlsgroup *before;
    struct ic_mlsgroup *next;
    struct ic_mlsgroup_change *change;
    struct ic_mlsset added;
    uint64_t now_s;
};

static enum ic_mlsgroup_fault remove_leaf(struct work *k, uint32_t leaf)
{
    struct ic_mlsgroup_change *change = k->change;
    /* RFC 9420 12.2: not "a Remove proposal that removes the committer", none twice. Adds, the PSK
     * come behind (encryption.md 2). */
    if (change->added_count > 0 || change->has_psk || leaf == change->committer ||
        !ic_mlstree_has_leaf(&k->next->tree, leaf))
        return IC_MLSGROUP_PROPOSAL;
    ic_mlstree_remove(&k->next->tree, leaf);
    change->removed[change->removed_count++] = leaf;
    return IC_MLSGROUP_FINE;
}

static bool has_credential(const struct ic_mlsgroup *group, uint32_t leaf,
                           const struct ic_mls_leaf *of)
{
    const uint8_t *credential = ic_mlsgroup_credential(group, leaf);
    return credential != NULL &&
           memcmp(credential, of->credential.identity.at, IC_MLSGROUP_CREDENTIAL_LEN) == 0;
}

/* A key or the credential is that of somebody who was there, even if the commit removes them, or of
 * somebody whom it has added. */
static bool is_known(const struct work *k, const struct ic_mls_leaf *leaf)
{
    const uint8_t *key = leaf->encryption_key.at, *signature_key = leaf->signature_key.at;
    bool is = ic_mlstree_has_encryption_key(&k->before->tree, key) ||
              ic_mlstree_has_encryption_key(&k->next->tree, key) ||
              ic_mlstree_has_signature_key(&k->before->tree, signature_key) ||
              ic_mlstree_has_signature_key(&k->next->tree, signature_key);
    for (uint32_t i = 0; !is && i < k->before->tree.leaf_count; i++)
        is = has_credential(k->before, i, leaf);
    for (uint32_t i = 0; !is && i < k->change->added_count; i++)
        is = has_credential(k->next, k->change->added[i].leaf, leaf);
    return is;
}

static enum ic_mlsgroup_fault add_leaf(struct work *k, const struct ic_mls_keypackage *package)
{
    struct ic_mlsgroup_change *change = k->change;
    struct ic_mlstree *tree = &k->next->tree;
    if (change->has_psk)
        return IC_MLSGROUP_PROPOSAL;
    if (change->added_count == IC_MLS_ADDS_MAX)
        return IC_MLSGROUP_FULL;
    struct ic_mlsgroup_added *added = &change->added[change->added_count];
    enum ic_mlsgroup_fault fault =
        ic_mlsgroup_judge_keypackage(package, k->now_s, &added->keypackage);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    if (is_known(k, &package->leaf))
        return IC_MLSGROUP_KEYS;
    enum ic_err err = ic_mlstree_add(tree, &package->leaf, &added->leaf);
    if (err != IC_OK)
        return err == IC_ERR_FULL ? IC_MLSGROUP_FULL : IC_MLSGROUP_KEYPACKAGE;
    ic_mlsset_add(&k->added, added->leaf);
    change->added_count++;
    return IC_MLSGROUP_FINE;
}

static enum ic_mlsgroup_fault take_psk(struct work *k, const struct ic_mls_psk *psk)
{
    struct ic_rd id = ic_mls_rd(psk->id);
    struct ic_mls_span meeting = {.len = IC_MEETING_ID_LEN};
    meeting.at = ic_rd_take(&id, meeting.len);
    uint32_t generation = ic_rd_u32(&id);
    if (k->change->has_psk || psk->type != IC_MLS_PSK_EXTERNAL || psk->nonce.len != PSK_NONCE_LEN ||
        !ic_rd_done(&id) || memcmp(meeting.at, k->next->meeting, sizeof k->next->meeting) != 0)
        return IC_MLSGROUP_PSK;
    k->change->has_psk = true;
    k->change->psk_generation = generation;
    return IC_MLSGROUP_FINE;
}

static enum ic_mlsgroup_fault work_off(struct work *k, const struct ic_mls_proposal *proposal)
{
    if (proposal->is_reference)
        return IC_MLSGROUP_PROPOSAL;
    switch (proposal->type) {
    case IC_MLS_PROPOSAL_REMOVE:
        return remove_leaf(k, proposal->remove);
    case IC_MLS_PROPOSAL_ADD:
        return add_leaf(k, &proposal->add);
    case IC_MLS_PROPOSAL_PSK:
        return take_psk(k, &proposal->psk);
    default:
        return IC_MLSGROUP_PROPOSAL;
    }
}

static enum ic_mlsgroup_fault work_off_all(struct work *k, const struct ic_mls_commit *commit)
{
    enum ic_mlsgroup_fault fault = IC_MLSGROUP_FINE;
    struct ic_rd proposals = ic_mls_rd(commit->proposals);
    struct ic_mls_proposal proposal;
    while (fault == IC_MLSGROUP_FINE && ic_mls_commit_proposal_next(&proposals, &proposal))
        fault = work_off(k, &proposal);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    if (k->change->has_psk != (k->change->added_count > 0))
        return IC_MLSGROUP_PSK;
    if (!commit->has_path && (commit->proposal_count == 0 || k->change->removed_count > 0))
        return IC_MLSGROUP_PATH;
    return IC_MLSGROUP_FINE;
}

/* The path's leaf keeps everything but its encryption key and what goes with it. */
static bool is_leaf_kept(const struct ic_mlsgroup *group, uint32_t committer,
                         const struct ic_mls_leaf *now)
{
    struct ic_mls_leaf before;
    return ic_mlstree_leaf(&group->tree, committer, &before) &&
           ic_mls_span_eq(before.signature_key, now->signature_key) &&
           ic_mls_span_eq(before.credential.raw, now->credential.raw) &&
           ic_mls_span_eq(before.capabilities.raw, now->capabilities.raw) &&
           ic_mls_span_eq(before.extensions, now->extensions);
}

/* What the committer's leaf is renewed with was nobody's. Other nodes: mlspath.c. */
static bool is_path_new(const struct ic_mlsgroup *group, const struct ic_mls_leaf *now)
{
    return now->encryption_key.len == IC_MLSTREE_KEY_LEN &&
           !ic_mlstree_has_encryption_key(&group->tree, now->encryption_key.at);
}

static enum ic_mlsgroup_fault check(const struct ic_mlsgroup *group,
                                    const struct ic_mls_public *message, uint64_t now_s,
                                    struct ic_mlsgroup *next, struct ic_mlsgroup_change *change)
{
    const struct ic_mls_commit *commit = &message->content.commit;
    enum ic_mlsgroup_fault fault = ic_mlsgroup_verify_framing(group, message);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    if (commit->has_path && !is_leaf_kept(group, message->content.sender, &commit->path.leaf))
        return IC_MLSGROUP_LEAF;
    if (commit->has_path && !is_path_new(group, &commit->path.leaf))
        return IC_MLSGROUP_PATH;
    *next = *group;
    *change = (struct ic_mlsgroup_change){
        .epoch = group->epoch + 1,
        .committer = message->content.sender,
        .has_path = commit->has_path,
        .authenticated_data = message->content.authenticated_data,
    };
    struct work k = {.before = group, .next = next, .change = change, .now_s = now_s};
    fault = work_off_all(&k, commit);
    return fault != IC_MLSGROUP_FINE ? fault : ic_mlsgroup_finish(next, message, &k.added);
}

enum ic_err ic_mlsgroup_check(const struct ic_mlsgroup *group, const uint8_t *bytes, size_t len,
                              uint64_t now_s, struct ic_mlsgroup *next,
                              struct ic_mlsgroup_change *change, enum ic_mlsgroup_fault *fault)
{
    IC_ASSERT(next != group);
    struct ic_mls_public message;
    struct ic_mlsgroup_change found;
    *fault = read_commit(bytes, len, &message);
    if (*fault == IC_MLSGROUP_FINE)
        *fault = check(group, &message, now_s, next, &found);
    if (*fault == IC_MLSGROUP_FINE)
        *change = found;
    return ic_mlsgroup_err(*fault);
}

static bool is_added(const struct ic_mlsgroup_change *change, struct ic_mls_span reference,
                     struct ic_mlsset *seen)
{
    for (uint32_t i = 0; i < change->added_count; i++) {
        struct ic_mls_span own = {change->added[i].keypackage.reference, IC_MLSGROUP_REFERENCE_LEN};
        if (ic_mls_span_eq(own, reference) && !ic_mlsset_has(seen, i)) {
            ic_mlsset_add(seen, i);
            return true;
        }
    }
    return false;
}

enum ic_err ic_mlsgroup_check_welcome(const struct ic_mlsgroup_change *change, const uint8_t *bytes,
                                      size_t len, struct ic_mls_welcome *out)
{
    struct ic_mls_message message;
    struct ic_mls_welcome welcome;
    if (len > IC_MLS_MESSAGE_MAX || ic_mls_message_parse(bytes, len, &message) != IC_OK ||
        message.wire_format != IC_MLS_WELCOME ||
        ic_mls_welcome_parse(message.body, &welcome) != IC_OK ||
        welcome.suite != IC_MLS_SUITE_X25519_AES128 || welcome.secret_count != change->added_count)
        return IC_ERR_INPUT;
    struct ic_mlsset seen = {0};
    struct ic_rd secrets = ic_mls_rd(welcome.secrets);
    struct ic_mls_welcome_secret secret;
    while (ic_mls_welcome_secret_next(&secrets, &secret)) {
        if (!is_added(change, secret.reference, &seen))
            return IC_ERR_INPUT;
    }
    *out = welcome;
    return IC_OK;
}

/* ---- the store ---- */

void ic_mlsgroup_write_tree(const struct ic_mlsgroup *group, struct ic_wr *w)
{
    ic_mlstree_write(&group->tree, w);
}

void ic_mlsgroup_save(const struct ic_mlsgroup *group, struct ic_wr *w)
{
    ic_wr_u8(w, SAVED_VERSION);
    ic_wr_bytes(w, group->meeting, sizeof group->meeting);
    ic_wr_bytes(w, group->interim, sizeof group->interim);
    size_t mark = ic_mls_write_open(w);
    ic_mlsgroup_write_context(group, w);
    ic_mls_write_close(w, mark);
    ic_mlstree_write(&group->tree, w);
}

static enum ic_mlsgroup_fault check_loaded(struct ic_mlsgroup *group)
{
    enum ic_mlsgroup_fault fault = check_members(group);
    return fault == IC_MLSGROUP_FINE ? ic_mlsgroup_verify_tree(group) : fault;
}

enum ic_err ic_mlsgroup_load(struct ic_mlsgroup *group, const uint8_t *bytes, size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t version = ic_rd_u8(&r);
    const uint8_t *meeting = ic_rd_take(&r, sizeof group->meeting);
    const uint8_t *interim = ic_rd_take(&r, sizeof group->interim);
    struct ic_mls_span context_bytes = ic_mls_read_vector(&r);
    struct ic_rd c = ic_mls_rd(context_bytes);
    struct ic_mls_context context;
    ic_mls_context_read(&c, &context);
    if (!ic_rd_ok(&r) || !ic_rd_done(&c) || version != SAVED_VERSION || len > IC_MLS_TREE_MAX)
        return IC_ERR_INPUT;
    memset(group, 0, sizeof *group);
    enum ic_mlsgroup_fault fault = ic_mlsgroup_read_context(group, &context);
    if (fault != IC_MLSGROUP_FINE)
        return ic_mlsgroup_err(fault);
    memcpy(group->meeting, meeting, sizeof group->meeting);
    memcpy(group->interim, interim, sizeof group->interim);
    enum ic_err err = ic_mlstree_parse(&group->tree, (struct ic_mls_span){r.p, r.left});
    return err != IC_OK ? err : ic_mlsgroup_err(check_loaded(group));
}
