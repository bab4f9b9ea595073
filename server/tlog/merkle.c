#include "tlog/merkle.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "crypto/hash.h"

static_assert(IC_MERKLE_HASH_LEN == IC_SHA256_LEN, "RFC 6962 hashes with SHA-256");

/* RFC 6962 2.1: "this domain separation is required to give second preimage resistance." */
static const uint8_t leaf_prefix[1] = {0x00}, node_prefix[1] = {0x01};

#define LEAF_PARTS_MAX 4

enum ic_err ic_merkle_leaf(const struct ic_part *parts, size_t count, struct ic_merkle_hash *out)
{
    struct ic_part all[1 + LEAF_PARTS_MAX] = {{leaf_prefix, 1}};
    IC_ASSERT(count <= LEAF_PARTS_MAX);
    for (size_t i = 0; i < count; i++)
        all[1 + i] = parts[i];
    return ic_hash_sha256(all, 1 + count, out->bytes);
}

enum ic_err ic_merkle_node(const struct ic_merkle_hash *left, const struct ic_merkle_hash *right,
                           struct ic_merkle_hash *out)
{
    const struct ic_part parts[] = {
        {node_prefix, 1},
        {left->bytes, IC_MERKLE_HASH_LEN},
        {right->bytes, IC_MERKLE_HASH_LEN},
    };
    return ic_hash_sha256(parts, 3, out->bytes);
}

static size_t bit_count(uint64_t bits)
{
    size_t n = 0;
    for (; bits != 0; bits &= bits - 1)
        n++;
    return n;
}

void ic_merkle_init(struct ic_merkle *m)
{
    memset(m, 0, sizeof *m);
}

enum ic_err ic_merkle_load(struct ic_merkle *m, uint64_t size,
                           const struct ic_merkle_hash *frontier, size_t count)
{
    if (size >> IC_MERKLE_FRONTIER_MAX != 0 || count != bit_count(size))
        return IC_ERR_INPUT;
    ic_merkle_init(m);
    m->size = size;
    if (count > 0)
        memcpy(m->frontier, frontier, count * sizeof *frontier);
    return IC_OK;
}

size_t ic_merkle_count(const struct ic_merkle *m)
{
    return bit_count(m->size);
}

enum ic_err ic_merkle_append(struct ic_merkle *m, const struct ic_merkle_hash *leaf)
{
    struct ic_merkle_hash hash = *leaf;
    size_t count = ic_merkle_count(m);
    if ((m->size + 1) >> IC_MERKLE_FRONTIER_MAX != 0)
        return IC_ERR_FULL;
    /* As adding one to a binary number carries: each complete pair becomes one subtree. */
    for (uint64_t carry = m->size; (carry & 1) != 0; carry >>= 1) {
        enum ic_err err = ic_merkle_node(&m->frontier[count - 1], &hash, &hash);
        if (err != IC_OK)
            return err;
        count--;
    }
    m->frontier[count] = hash;
    m->size++;
    return IC_OK;
}

enum ic_err ic_merkle_root(const struct ic_merkle *m, struct ic_merkle_hash *out)
{
    size_t count = ic_merkle_count(m);
    if (count == 0)
        return ic_hash_sha256(NULL, 0, out->bytes);
    struct ic_merkle_hash hash = m->frontier[--count];
    while (count > 0) {
        enum ic_err err = ic_merkle_node(&m->frontier[--count], &hash, &hash);
        if (err != IC_OK)
            return err;
    }
    *out = hash;
    return IC_OK;
}

static bool is_equal(const struct ic_merkle_hash *a, const struct ic_merkle_hash *b)
{
    return ic_ct_equal(a->bytes, b->bytes, IC_MERKLE_HASH_LEN);
}

enum ic_err ic_merkle_verify_inclusion(const struct ic_merkle_hash *leaf, uint64_t index,
                                       uint64_t size, const struct ic_merkle_hash *proof,
                                       size_t proof_count, const struct ic_merkle_hash *root)
{
    if (index >= size)
        return IC_ERR_AUTH;
    /* The names of RFC 9162 2.1.3.2: the node on the way up, and the last one of its level. */
    uint64_t fn = index, sn = size - 1;
    struct ic_merkle_hash r = *leaf;
    for (size_t i = 0; i < proof_count; i++) {
        enum ic_err err;
        if (sn == 0)
            return IC_ERR_AUTH;
        if ((fn & 1) != 0 || fn == sn) {
            err = ic_merkle_node(&proof[i], &r, &r);
            while ((fn & 1) == 0 && fn != 0) { /* the levels on which it has no sibling */
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            err = ic_merkle_node(&r, &proof[i], &r);
        }
        if (err != IC_OK)
            return err;
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && is_equal(&r, root) ? IC_OK : IC_ERR_AUTH;
}

/* The proof behind its first hash, which stands for the part that both trees have whole. */
static enum ic_err walk(const struct ic_merkle_head *older, const struct ic_merkle_head *newer,
                        const struct ic_merkle_hash *first, const struct ic_merkle_hash *proof,
                        size_t count)
{
    uint64_t fn = older->size - 1, sn = newer->size - 1;
    struct ic_merkle_hash fr = *first, sr = *first;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    for (size_t i = 0; i < count; i++) {
        enum ic_err err = IC_OK;
        if (sn == 0)
            return IC_ERR_AUTH;
        if ((fn & 1) != 0 || fn == sn) {
            err = ic_merkle_node(&proof[i], &fr, &fr);
            if (err == IC_OK)
                err = ic_merkle_node(&proof[i], &sr, &sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            err = ic_merkle_node(&sr, &proof[i], &sr);
        }
        if (err != IC_OK)
            return err;
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && is_equal(&fr, &older->root) && is_equal(&sr, &newer->root) ? IC_OK
                                                                                 : IC_ERR_AUTH;
}

enum ic_err ic_merkle_verify_consistency(const struct ic_merkle_head *older,
                                         const struct ic_merkle_head *newer,
                                         const struct ic_merkle_hash *proof, size_t proof_count)
{
    if (older->size == 0 || older->size > newer->size)
        return IC_ERR_AUTH;
    if (older->size == newer->size)
        return proof_count == 0 && is_equal(&older->root, &newer->root) ? IC_OK : IC_ERR_AUTH;
    /* RFC 9162 2.1.4.2: "If first is an exact power of 2, then prepend first_hash". */
    if ((older->size & (older->size - 1)) == 0)
        return walk(older, newer, &older->root, proof, proof_count);
    if (proof_count == 0)
        return IC_ERR_AUTH;
    return walk(older, newer, &proof[0], &proof[1], proof_count - 1);
}
