#include "signal/brought.h"

#include <string.h>

#include "base/assert.h"
#include "signal/authority.h"
#include "signal/mlssign.h"
#include "wire/policy.h"

#define LABEL          "InCamera restore v1"
#define FLAG_LOCKED    1
#define FLAG_AUTHORITY 2

/* ---- the checks ---- */

/* The client's date is near ours. */
static bool is_now(uint64_t time_ms, uint64_t date_s)
{
    uint64_t s = time_ms / 1000;
    return s <= date_s + IC_RESTORE_TIME_S && date_s <= s + IC_RESTORE_TIME_S;
}

static bool is_identity_of(const struct ic_mlsgroup *group, uint32_t leaf, struct ic_mls_span bytes)
{
    uint8_t hash[IC_SHA256_LEN];
    const uint8_t *identity = ic_mlsgroup_identity(group, leaf);
    struct ic_part part = {bytes.at, bytes.len};
    return identity != NULL && ic_hash_sha256(&part, 1, hash) == IC_OK &&
           memcmp(hash, identity, sizeof hash) == 0;
}

/* RestoreTBS of signalling.md 4.4, said to this node. */
static bool is_proved(const struct ic_sig_restore *msg, const struct ic_brought_terms *terms,
                      const struct ic_merkle_hash *root, const uint8_t *key)
{
    uint8_t tbs[1 + IC_NOTE_NAME_MAX + 2 * IC_SHA256_LEN + 8 + 8 + 4 + 1];
    uint8_t info[IC_SHA256_LEN];
    struct ic_part part = {msg->group_info.at, msg->group_info.len};
    struct ic_wr w = ic_wr_init(tbs, sizeof tbs);
    if (ic_hash_sha256(&part, 1, info) != IC_OK)
        return false;
    ic_wr_u8(&w, (uint8_t)strlen(terms->node));
    ic_wr_text(&w, terms->node);
    ic_wr_bytes(&w, info, sizeof info);
    ic_wr_bytes(&w, root->bytes, sizeof root->bytes);
    ic_wr_u64(&w, msg->log.size);
    ic_wr_u64(&w, msg->time_ms);
    ic_wr_u32(&w, msg->generation);
    ic_wr_u8(&w, msg->is_locked);
    IC_ASSERT(ic_wr_ok(&w));
    const struct ic_part whole = {tbs, w.len};
    return ic_mlssign_verify(key, LABEL, &whole, 1, msg->proof);
}

/* None is fine here: whether one is needed is the meeting's. */
static bool is_authority_sound(const struct ic_sig_restore *msg, const struct ic_policy *policy,
                               const struct ic_mlsgroup *group)
{
    struct ic_authority authority;
    if (msg->authority.len == 0)
        return true;
    const uint8_t *key = ic_mlsgroup_signature_key(group, msg->witness - 1);
    return key != NULL &&
           ic_authority_parse(msg->authority.at, msg->authority.len, &authority) == IC_OK &&
           ic_authority_verify(policy, &authority, key);
}

enum ic_err ic_brought_check(const struct ic_sig_restore *msg, const struct ic_brought_terms *terms,
                             struct ic_mlsgroup *group, struct ic_brought *out)
{
    struct ic_policy policy;
    struct ic_brought b = {.group_info = msg->group_info,
                           .identity = msg->identity,
                           .has_authority = msg->authority.len > 0,
                           .witness = msg->witness - (msg->witness > 0),
                           .is_locked = msg->is_locked,
                           .generation = msg->generation};
    if (ic_policy_parse(msg->policy.at, msg->policy.len, &policy) != IC_OK ||
        ic_merkle_load(&b.log, msg->log.size, msg->log.roots, msg->log.count) != IC_OK)
        return IC_ERR_INPUT;
    if (ic_merkle_root(&b.log, &b.root) != IC_OK)
        return IC_ERR_SYSTEM;
    if (ic_mlsgroup_peek(group, policy.meeting_id, msg->group_info, &b.leaf) != IC_OK ||
        !ic_mls_span_eq(ic_mlsgroup_policy(group), msg->policy) ||
        msg->log.size != group->epoch + 1 || !is_identity_of(group, b.leaf, msg->identity))
        return IC_ERR_INPUT;
    const uint8_t *key = ic_mlsgroup_signature_key(group, b.leaf);
    if (!is_now(msg->time_ms, terms->date_s) || !is_proved(msg, terms, &b.root, key) ||
        !is_authority_sound(msg, &policy, group))
        return IC_ERR_AUTH;
    *out = b;
    return IC_OK;
}

/* ---- through the store ---- */

void ic_brought_write(struct ic_wr *w, const struct ic_brought *b)
{
    size_t mark = ic_store_part_open(w, IC_STORE_KEPT);
    size_t roots = ic_merkle_count(&b->log);
    ic_wr_u8(w, (b->is_locked ? FLAG_LOCKED : 0) | (b->has_authority ? FLAG_AUTHORITY : 0));
    ic_wr_u32(w, b->witness);
    ic_wr_u32(w, b->generation);
    ic_wr_u64(w, b->log.size);
    for (size_t i = 0; i < roots; i++)
        ic_wr_bytes(w, b->log.frontier[i].bytes, IC_MERKLE_HASH_LEN);
    ic_store_part_close(w, mark);
    ic_store_part_write(w, IC_STORE_KEPT, b->group_info.at, b->group_info.len);
    ic_store_part_write(w, IC_STORE_KEPT, b->identity.at, b->identity.len);
}

static enum ic_err read_head(struct ic_store_part part, struct ic_brought *b)
{
    struct ic_rd r = ic_rd_init(part.bytes, part.len);
    struct ic_merkle_hash roots[IC_MERKLE_FRONTIER_MAX];
    uint8_t flags = ic_rd_u8(&r);
    size_t count = 0;
    b->is_locked = (flags & FLAG_LOCKED) != 0;
    b->has_authority = (flags & FLAG_AUTHORITY) != 0;
    b->witness = ic_rd_u32(&r);
    b->generation = ic_rd_u32(&r);
    uint64_t size = ic_rd_u64(&r);
    while (ic_rd_ok(&r) && r.left > 0 && count < IC_MERKLE_FRONTIER_MAX) {
        const uint8_t *root = ic_rd_take(&r, IC_MERKLE_HASH_LEN);
        if (root != NULL)
            memcpy(roots[count++].bytes, root, IC_MERKLE_HASH_LEN);
    }
    if (!ic_rd_done(&r) || ic_merkle_load(&b->log, size, roots, count) != IC_OK)
        return IC_ERR_INPUT;
    return ic_merkle_root(&b->log, &b->root);
}

/* The parts KEPT, in the order in which they were written. */
static size_t find_kept(const uint8_t *parts, size_t len, struct ic_store_part kept[static 3])
{
    struct ic_rd r = ic_rd_init(parts, len);
    struct ic_store_part part;
    size_t n = 0;
    while (n < 3 && ic_store_part_next(&r, &part)) {
        if (part.kind == IC_STORE_KEPT)
            kept[n++] = part;
    }
    return n;
}

enum ic_err ic_brought_read(const uint8_t *parts, size_t len, struct ic_mlsgroup *group,
                            struct ic_brought *out)
{
    struct ic_store_part kept[3], policy_part = ic_store_part_find(parts, len, IC_STORE_POLICY);
    struct ic_policy policy;
    struct ic_brought b = {0};
    if (find_kept(parts, len, kept) != 3 ||
        ic_policy_parse(policy_part.bytes, policy_part.len, &policy) != IC_OK)
        return IC_ERR_INPUT;
    b.group_info = (struct ic_mls_span){kept[1].bytes, kept[1].len};
    b.identity = (struct ic_mls_span){kept[2].bytes, kept[2].len};
    enum ic_err e = read_head(kept[0], &b);
    if (e == IC_OK)
        e = ic_mlsgroup_peek(group, policy.meeting_id, b.group_info, &b.leaf);
    if (e == IC_OK)
        *out = b;
    return e;
}
