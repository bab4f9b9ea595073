/* room: tlog */
/* A frontier of any size, and foreign proofs about a tree that the target knows, none of which may
 * show what is not so. Input: number of leaves; size and count of a frontier; a proof. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "tlog/merkle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROOF_MAX 80

static struct ic_merkle_head head_of(unsigned leaves)
{
    struct ic_merkle m;
    struct ic_merkle_head head;
    ic_merkle_init(&m);
    for (unsigned i = 0; i < leaves; i++) {
        const uint8_t entry = (uint8_t)i;
        const struct ic_part part = {&entry, 1};
        struct ic_merkle_hash leaf;
        IC_ASSERT(ic_merkle_leaf(&part, 1, &leaf) == IC_OK);
        IC_ASSERT(ic_merkle_append(&m, &leaf) == IC_OK);
    }
    IC_ASSERT(ic_merkle_count(&m) <= IC_MERKLE_FRONTIER_MAX);
    IC_ASSERT(ic_merkle_root(&m, &head.root) == IC_OK);
    head.size = leaves;
    return head;
}

/* A leaf that is not in the tree, and a tree that does not begin with the other, whatever is said:
 * the leaf's entry is longer than all of the tree's. */
static void try_lies(const struct ic_merkle_head *newer, struct ic_rd *r)
{
    static const uint8_t strange[2] = {0xff, 0xff};
    const struct ic_part part = {strange, sizeof strange};
    struct ic_merkle_hash leaf, proof[PROOF_MAX];
    struct ic_merkle_head older;
    size_t count = ic_rd_u8(r) % PROOF_MAX;
    uint64_t index = ic_rd_u64(r), size = ic_rd_u64(r);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *hash = ic_rd_take(r, IC_MERKLE_HASH_LEN);
        if (hash == NULL) {
            count = i;
            break;
        }
        memcpy(proof[i].bytes, hash, IC_MERKLE_HASH_LEN);
    }
    IC_ASSERT(ic_merkle_leaf(&part, 1, &leaf) == IC_OK);
    IC_ASSERT(ic_merkle_verify_inclusion(&leaf, index, size, proof, count, &newer->root) ==
              IC_ERR_AUTH);
    older.size = index;
    older.root = leaf;
    IC_ASSERT(ic_merkle_verify_consistency(&older, newer, proof, count) == IC_ERR_AUTH);
}

static void try_frontier(struct ic_rd *r)
{
    struct ic_merkle m;
    struct ic_merkle_hash hashes[IC_MERKLE_FRONTIER_MAX + 8], root;
    uint64_t size = ic_rd_u64(r);
    size_t count = ic_rd_u8(r) % (IC_MERKLE_FRONTIER_MAX + 8);
    memset(hashes, 0x42, sizeof hashes);
    if (ic_merkle_load(&m, size, hashes, count) != IC_OK)
        return;
    IC_ASSERT(ic_merkle_count(&m) == count);
    IC_ASSERT(ic_merkle_root(&m, &root) == IC_OK);
    enum ic_err err = ic_merkle_append(&m, &hashes[0]);
    IC_ASSERT(err == (size == 0xffffffff ? IC_ERR_FULL : IC_OK));
    IC_ASSERT(m.size == size + (err == IC_OK));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rd r = ic_rd_init(data, size);
    unsigned leaves = 1 + ic_rd_u8(&r) % 40;
    struct ic_merkle_head newer = head_of(leaves);
    try_frontier(&r);
    try_lies(&newer, &r);
    return 0;
}
