/* The steps that RFC 9420 demands of any group. */
#include <string.h>

#include "base/assert.h"
#include "signal/mlsgroup_parts.h"
#include "signal/mlshash.h"
#include "signal/mlspath.h"
#include "signal/mlssign.h"

#define TAG_LEN IC_SHA256_LEN /* HMAC of the suite: confirmation_tag, membership_tag */

void ic_mlsgroup_write_context(const struct ic_mlsgroup *group, struct ic_wr *w)
{
    ic_wr_u16(w, IC_MLS_VERSION_10);
    ic_wr_u16(w, group->suite);
    ic_mls_write_vector(w, group->id, group->id_len);
    ic_wr_u64(w, group->epoch);
    ic_mls_write_vector(w, group->tree_hash, IC_SHA256_LEN);
    ic_mls_write_vector(w, group->confirmed, group->confirmed_len);
    ic_mls_write_vector(w, group->extensions, group->extensions_len);
}

bool ic_mlsgroup_verify_leaf(const struct ic_mlsgroup *group, uint32_t index,
                             const struct ic_mls_leaf *leaf)
{
    uint8_t place[IC_MLS_GROUP_ID_MAX + 8];
    struct ic_wr w = ic_wr_init(place, sizeof place);
    /* RFC 9420 7.2: sources update and commit sign group id and leaf index, too. */
    if (leaf->source != IC_MLS_LEAF_KEY_PACKAGE) {
        ic_mls_write_vector(&w, group->id, group->id_len);
        ic_wr_u32(&w, index);
    }
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part parts[] = {{leaf->tbs.at, leaf->tbs.len}, {place, w.len}};
    return leaf->signature_key.len == IC_MLSTREE_KEY_LEN &&
           ic_mlssign_verify(leaf->signature_key.at, "LeafNodeTBS", parts, 2, leaf->signature);
}

enum ic_mlsgroup_fault ic_mlsgroup_verify_tree(struct ic_mlsgroup *group)
{
    uint8_t hash[IC_SHA256_LEN];
    if (ic_mlshash_tree(&group->tree, hash) != IC_OK)
        return IC_MLSGROUP_SYSTEM;
    if (memcmp(hash, group->tree_hash, sizeof hash) != 0)
        return IC_MLSGROUP_CONTEXT;
    enum ic_err err = ic_mlshash_check_parents(&group->tree);
    if (err != IC_OK)
        return err == IC_ERR_SYSTEM ? IC_MLSGROUP_SYSTEM : IC_MLSGROUP_CONTEXT;
    struct ic_mls_leaf leaf;
    for (uint32_t i = 0; i < group->tree.leaf_count; i++) {
        if (ic_mlstree_leaf(&group->tree, i, &leaf) && !ic_mlsgroup_verify_leaf(group, i, &leaf))
            return IC_MLSGROUP_SIGNATURE;
    }
    return IC_MLSGROUP_FINE;
}

/* RFC 9420 8.2: InterimTranscriptHashInput is the confirmation tag. */
static enum ic_err hash_interim(struct ic_mlsgroup *group, struct ic_mls_span tag)
{
    uint8_t input[TAG_LEN + 1];
    struct ic_wr w = ic_wr_init(input, sizeof input);
    ic_mls_write_vector(&w, tag.at, tag.len);
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part parts[] = {{group->confirmed, group->confirmed_len}, {input, w.len}};
    return ic_hash_sha256(parts, 2, group->interim);
}

enum ic_mlsgroup_fault ic_mlsgroup_read_context(struct ic_mlsgroup *group,
                                                const struct ic_mls_context *context)
{
    if (context->raw.len > IC_MLS_CONTEXT_MAX || context->group_id.len > IC_MLS_GROUP_ID_MAX)
        return IC_MLSGROUP_FULL;
    if (context->version != IC_MLS_VERSION_10 || context->tree_hash.len != IC_SHA256_LEN ||
        (context->suite != IC_MLS_SUITE_X25519_AES128 &&
         context->suite != IC_MLS_SUITE_X25519_CHACHA) ||
        context->confirmed_transcript_hash.len != (context->epoch == 0 ? 0 : IC_SHA256_LEN))
        return IC_MLSGROUP_CONTEXT;
    group->suite = context->suite;
    group->epoch = context->epoch;
    group->id_len = (uint8_t)context->group_id.len;
    group->confirmed_len = (uint8_t)context->confirmed_transcript_hash.len;
    group->extensions_len = (uint16_t)context->extensions.len;
    struct ic_wr id = ic_wr_init(group->id, sizeof group->id);
    struct ic_wr confirmed = ic_wr_init(group->confirmed, sizeof group->confirmed);
    struct ic_wr extensions = ic_wr_init(group->extensions, sizeof group->extensions);
    ic_wr_bytes(&id, context->group_id.at, context->group_id.len);
    ic_wr_bytes(&confirmed, context->confirmed_transcript_hash.at, group->confirmed_len);
    ic_wr_bytes(&extensions, context->extensions.at, context->extensions.len);
    IC_ASSERT(ic_wr_ok(&id) && ic_wr_ok(&confirmed) && ic_wr_ok(&extensions));
    memcpy(group->tree_hash, context->tree_hash.at, IC_SHA256_LEN);
    return IC_MLSGROUP_FINE;
}

static enum ic_mlsgroup_fault read_info(struct ic_mlsgroup *group,
                                        const struct ic_mls_groupinfo *info,
                                        struct ic_mls_span tree)
{
    memset(group, 0, sizeof *group);
    enum ic_mlsgroup_fault fault = ic_mlsgroup_read_context(group, &info->context);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    if (info->confirmation_tag.len != TAG_LEN)
        return IC_MLSGROUP_CONTEXT;
    enum ic_err err = ic_mlstree_parse(&group->tree, tree);
    if (err != IC_OK)
        return err == IC_ERR_FULL ? IC_MLSGROUP_FULL : IC_MLSGROUP_CONTEXT;
    return IC_MLSGROUP_FINE;
}

static enum ic_mlsgroup_fault verify_info(const struct ic_mlsgroup *group,
                                          const struct ic_mls_groupinfo *info)
{
    const struct ic_part tbs = {info->tbs.at, info->tbs.len};
    const uint8_t *key = ic_mlsgroup_signature_key(group, info->signer);
    if (key == NULL || !ic_mlssign_verify(key, "GroupInfoTBS", &tbs, 1, info->signature))
        return IC_MLSGROUP_SIGNATURE;
    return IC_MLSGROUP_FINE;
}

enum ic_mlsgroup_fault ic_mlsgroup_begin(struct ic_mlsgroup *group,
                                         const struct ic_mls_groupinfo *info,
                                         struct ic_mls_span tree)
{
    enum ic_mlsgroup_fault fault = read_info(group, info, tree);
    if (fault == IC_MLSGROUP_FINE)
        fault = ic_mlsgroup_verify_tree(group);
    if (fault == IC_MLSGROUP_FINE)
        fault = verify_info(group, info);
    if (fault == IC_MLSGROUP_FINE && hash_interim(group, info->confirmation_tag) != IC_OK)
        fault = IC_MLSGROUP_SYSTEM;
    return fault;
}

enum ic_mlsgroup_fault ic_mlsgroup_skim(struct ic_mlsgroup *group,
                                        const struct ic_mls_groupinfo *info,
                                        struct ic_mls_span tree)
{
    enum ic_mlsgroup_fault fault = read_info(group, info, tree);
    return fault == IC_MLSGROUP_FINE ? verify_info(group, info) : fault;
}

enum ic_mlsgroup_fault ic_mlsgroup_verify_framing(const struct ic_mlsgroup *group,
                                                  const struct ic_mls_public *message)
{
    const struct ic_mls_framed *content = &message->content;
    if (!ic_mls_span_eq(content->group_id, (struct ic_mls_span){group->id, group->id_len}))
        return IC_MLSGROUP_OTHER;
    if (content->epoch != group->epoch)
        return IC_MLSGROUP_EPOCH;
    if (content->sender_type != IC_MLS_SENDER_MEMBER ||
        !ic_mlstree_has_leaf(&group->tree, content->sender))
        return IC_MLSGROUP_SENDER;
    if (message->auth.confirmation_tag.len != TAG_LEN || message->membership_tag.len != TAG_LEN)
        return IC_MLSGROUP_MALFORMED;
    uint8_t head[4], context[IC_MLS_CONTEXT_MAX + 256];
    struct ic_wr h = ic_wr_init(head, sizeof head);
    struct ic_wr c = ic_wr_init(context, sizeof context);
    ic_mls_message_write_header(&h, IC_MLS_PUBLIC_MESSAGE);
    ic_mlsgroup_write_context(group, &c);
    IC_ASSERT(ic_wr_ok(&h) && ic_wr_ok(&c));
    const struct ic_part parts[] = {
        {head, h.len}, {content->raw.at, content->raw.len}, {context, c.len}};
    return ic_mlssign_verify(ic_mlsgroup_signature_key(group, content->sender), "FramedContentTBS",
                             parts, 3, message->auth.signature)
               ? IC_MLSGROUP_FINE
               : IC_MLSGROUP_SIGNATURE;
}

enum ic_err ic_mlsgroup_hash_transcript(struct ic_mlsgroup *group,
                                        const struct ic_mls_framed *content,
                                        const struct ic_mls_auth *auth)
{
    uint8_t format[2], length[4];
    struct ic_wr f = ic_wr_init(format, sizeof format);
    struct ic_wr l = ic_wr_init(length, sizeof length);
    ic_wr_u16(&f, IC_MLS_PUBLIC_MESSAGE);
    ic_mls_write_length(&l, auth->signature.len);
    IC_ASSERT(ic_wr_ok(&f) && ic_wr_ok(&l));
    /* RFC 9420 8.2: ConfirmedTranscriptHashInput is wire format, content and signature. */
    const struct ic_part parts[] = {
        {group->interim, IC_SHA256_LEN},           {format, f.len},
        {content->raw.at, content->raw.len},       {length, l.len},
        {auth->signature.at, auth->signature.len},
    };
    group->confirmed_len = IC_SHA256_LEN;
    enum ic_err err = ic_hash_sha256(parts, sizeof parts / sizeof parts[0], group->confirmed);
    return err != IC_OK ? err : hash_interim(group, auth->confirmation_tag);
}

static enum ic_mlsgroup_fault put_path(struct ic_mlsgroup *group, uint32_t committer,
                                       const struct ic_mls_path *path,
                                       const struct ic_mlsset *added)
{
    switch (ic_mlspath_apply(&group->tree, committer, path, added)) {
    case IC_OK:
        break;
    case IC_ERR_FULL:
        return IC_MLSGROUP_FULL;
    case IC_ERR_SYSTEM:
        return IC_MLSGROUP_SYSTEM;
    case IC_ERR_INPUT:
    case IC_ERR_AUTH:
    case IC_ERR_REPLAY:
    case IC_ERR_STATE:
    case IC_ERR_GONE:
        return IC_MLSGROUP_PATH;
    }
    return ic_mlsgroup_verify_leaf(group, committer, &path->leaf) ? IC_MLSGROUP_FINE
                                                                  : IC_MLSGROUP_LEAF;
}

enum ic_mlsgroup_fault ic_mlsgroup_finish(struct ic_mlsgroup *group,
                                          const struct ic_mls_public *message,
                                          const struct ic_mlsset *added)
{
    const struct ic_mls_commit *commit = &message->content.commit;
    enum ic_mlsgroup_fault fault = IC_MLSGROUP_FINE;
    if (commit->has_path)
        fault = put_path(group, message->content.sender, &commit->path, added);
    if (fault != IC_MLSGROUP_FINE)
        return fault;
    group->epoch++;
    if (ic_mlshash_tree(&group->tree, group->tree_hash) != IC_OK ||
        ic_mlsgroup_hash_transcript(group, &message->content, &message->auth) != IC_OK)
        return IC_MLSGROUP_SYSTEM;
    return IC_MLSGROUP_FINE;
}
