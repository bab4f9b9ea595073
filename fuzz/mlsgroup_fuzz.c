/* room: signal
 * The public group. Input: meeting id, time, then messages with their lengths in 16 bits: a
 * GroupInfo, of any epoch, and what comes after it. Signatures count as good unless their first
 * byte is that of a bad one, so that what is changed gets further than the signature; hashes are
 * real. Checked: a refusal leaves the group as it was, and what a commit makes of it can be saved
 * and loaded. */
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/ed25519.h"
#include "signal/mlsgroup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BAD_SIGNATURE 0xBD

/* In the place of the one in crypto/ed25519.c, which is then not linked. */
bool ic_ed25519_verify(const uint8_t key[static IC_ED25519_KEY_LEN], const uint8_t *message,
                       size_t len, const uint8_t signature[static IC_ED25519_SIGNATURE_LEN])
{
    IC_ASSERT(key != NULL && message != NULL && len > 0);
    return signature[0] != BAD_SIGNATURE;
}

static struct ic_mlsgroup groups[2], before, loaded;
static uint8_t saved[IC_MLS_TREE_MAX], again[IC_MLS_TREE_MAX];

static void check_saved(const struct ic_mlsgroup *group)
{
    struct ic_wr w = ic_wr_init(saved, sizeof saved), a = ic_wr_init(again, sizeof again);
    ic_mlsgroup_save(group, &w);
    IC_ASSERT(ic_wr_ok(&w) && ic_mlsgroup_load(&loaded, saved, w.len) == IC_OK);
    ic_mlsgroup_save(&loaded, &a);
    IC_ASSERT(ic_wr_ok(&a) && a.len == w.len && memcmp(saved, again, w.len) == 0);
}

static void check_change(const struct ic_mlsgroup *old, const struct ic_mlsgroup *new,
                         const struct ic_mlsgroup_change *change)
{
    uint32_t leaf;
    IC_ASSERT(new->epoch == old->epoch + 1 && change->epoch == new->epoch);
    IC_ASSERT(ic_mlstree_has_leaf(&old->tree, change->committer));
    IC_ASSERT(ic_mlstree_has_leaf(&new->tree, change->committer));
    IC_ASSERT(memcmp(ic_mlsgroup_signature_key(old, change->committer),
                     ic_mlsgroup_signature_key(new, change->committer), IC_MLSTREE_KEY_LEN) == 0);
    IC_ASSERT(change->has_psk == (change->added_count > 0));
    IC_ASSERT(change->has_path || (change->removed_count == 0 && change->added_count > 0));
    IC_ASSERT(ic_mlstree_member_count(&new->tree) + change->removed_count ==
              ic_mlstree_member_count(&old->tree) + change->added_count);
    for (uint32_t i = 0; i < change->added_count; i++) {
        const uint8_t *key = change->added[i].keypackage.signature_key;
        IC_ASSERT(ic_mlsgroup_find(new, key, &leaf) && leaf == change->added[i].leaf);
    }
}

/* Of a group that another server had: what is sound as a whole is so at a first look, too. */
static void check_restored(const uint8_t *meeting, const uint8_t *bytes, size_t len)
{
    enum ic_mlsgroup_fault fault;
    uint32_t signer;
    enum ic_err peeked =
        ic_mlsgroup_peek(&groups[1], meeting, (struct ic_mls_span){bytes, len}, &signer);
    IC_ASSERT(peeked != IC_OK || ic_mlsgroup_identity(&groups[1], signer) != NULL);
    if (ic_mlsgroup_restore(&groups[0], meeting, bytes, len, &fault) != IC_OK)
        return;
    IC_ASSERT(peeked == IC_OK && fault == IC_MLSGROUP_FINE);
    check_saved(&groups[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd r = ic_rd_init(data, size);
    const uint8_t *meeting = ic_rd_take(&r, IC_MEETING_ID_LEN);
    uint64_t now_s = ic_rd_u64(&r);
    size_t len = ic_rd_u16(&r);
    const uint8_t *bytes = ic_rd_take(&r, len);
    struct ic_mlsgroup *group = &groups[0], *next = &groups[1];
    struct ic_mlsgroup_change change;
    enum ic_mlsgroup_fault fault;
    if (!ic_rd_ok(&r))
        return 0;
    check_restored(meeting, bytes, len);
    if (ic_mlsgroup_create(group, meeting, bytes, len, &fault) != IC_OK)
        return 0;
    check_saved(group);
    while (r.left > 0) {
        len = ic_rd_u16(&r);
        bytes = ic_rd_take(&r, len);
        if (!ic_rd_ok(&r))
            break;
        memcpy(&before, group, sizeof before);
        enum ic_err err = ic_mlsgroup_check(group, bytes, len, now_s, next, &change, &fault);
        IC_ASSERT((err == IC_OK) == (fault == IC_MLSGROUP_FINE));
        IC_ASSERT(memcmp(&before, group, sizeof before) == 0);
        if (err != IC_OK)
            continue;
        check_change(group, next, &change);
        check_saved(next);
        struct ic_mlsgroup *old = group;
        group = next;
        next = old;
    }
    return 0;
}
