#include "tlog/prover.h"

#include <stdbool.h>

#include "base/assert.h"

/* Leaves from .. to - 1; from is a multiple of a power of two that is not less than their number,
 * as it is of all parts that a proof splits a tree into. */
struct range {
    uint64_t from, to;
};

/* Of the largest complete tree that has at most n leaves. */
static unsigned level_in(uint64_t n)
{
    unsigned level = 0;
    while (n >> level > 1)
        level++;
    return level;
}

/* RFC 6962 2.1: "let k be the largest power of two smaller than n". */
static uint64_t power_below(uint64_t n)
{
    return 1ULL << level_in(n - 1);
}

/* The complete subtrees of the range, largest first. */
static enum ic_err read_subtrees(const struct ic_prover *p, struct range range,
                                 struct ic_merkle_hash *out, size_t *count)
{
    size_t n = 0;
    while (range.from < range.to) {
        unsigned level = level_in(range.to - range.from);
        IC_ASSERT(n < IC_MERKLE_FRONTIER_MAX);
        enum ic_err err = p->read(p->context, level, range.from >> level, &out[n]);
        if (err != IC_OK)
            return err;
        n++;
        range.from += 1ULL << level;
    }
    *count = n;
    return IC_OK;
}

static enum ic_err hash_range(const struct ic_prover *p, struct range range,
                              struct ic_merkle_hash *out)
{
    struct ic_merkle_hash parts[IC_MERKLE_FRONTIER_MAX];
    size_t count = 0;
    enum ic_err err = read_subtrees(p, range, parts, &count);
    if (err != IC_OK)
        return err;
    IC_ASSERT(count > 0);
    struct ic_merkle_hash hash = parts[--count];
    while (count > 0) {
        err = ic_merkle_node(&parts[--count], &hash, &hash);
        if (err != IC_OK)
            return err;
    }
    *out = hash;
    return IC_OK;
}

static bool has_size(const struct ic_prover *p, uint64_t size)
{
    return size <= p->size && size >> IC_MERKLE_FRONTIER_MAX == 0;
}

enum ic_err ic_prover_frontier(const struct ic_prover *p, uint64_t size, struct ic_merkle *out)
{
    struct ic_merkle_hash frontier[IC_MERKLE_FRONTIER_MAX];
    size_t count = 0;
    if (!has_size(p, size))
        return IC_ERR_INPUT;
    enum ic_err err = read_subtrees(p, (struct range){0, size}, frontier, &count);
    return err == IC_OK ? ic_merkle_load(out, size, frontier, count) : err;
}

enum ic_err ic_prover_head(const struct ic_prover *p, uint64_t size, struct ic_merkle_head *out)
{
    struct ic_merkle m;
    struct ic_merkle_hash root;
    enum ic_err err = ic_prover_frontier(p, size, &m);
    if (err == IC_OK)
        err = ic_merkle_root(&m, &root);
    if (err == IC_OK)
        *out = (struct ic_merkle_head){size, root};
    return err;
}

/* The hashes of ranges that were gathered from the root down; a proof goes from the leaf up. */
static enum ic_err hash_ranges(const struct ic_prover *p, const struct range *ranges, size_t count,
                               struct ic_merkle_proof *out)
{
    struct ic_merkle_proof made = {.count = count};
    for (size_t i = 0; i < count; i++) {
        enum ic_err err = hash_range(p, ranges[count - 1 - i], &made.hashes[i]);
        if (err != IC_OK)
            return err;
    }
    *out = made;
    return IC_OK;
}

enum ic_err ic_prover_inclusion(const struct ic_prover *p, uint64_t index, uint64_t size,
                                struct ic_merkle_proof *out)
{
    struct range ranges[IC_MERKLE_PROOF_MAX], at = {0, size};
    size_t count = 0;
    if (!has_size(p, size) || index >= size)
        return IC_ERR_INPUT;
    while (at.to - at.from > 1) { /* PATH(m, D[n]) of RFC 6962 2.1.1 */
        uint64_t middle = at.from + power_below(at.to - at.from);
        bool is_left = index < middle;
        IC_ASSERT(count < IC_MERKLE_PROOF_MAX);
        ranges[count++] = is_left ? (struct range){middle, at.to} : (struct range){at.from, middle};
        if (is_left)
            at.to = middle;
        else
            at.from = middle;
    }
    return hash_ranges(p, ranges, count, out);
}

enum ic_err ic_prover_consistency(const struct ic_prover *p, uint64_t older, uint64_t newer,
                                  struct ic_merkle_proof *out)
{
    struct range ranges[IC_MERKLE_PROOF_MAX], at = {0, newer};
    size_t count = 0;
    if (!has_size(p, newer) || older == 0 || older > newer)
        return IC_ERR_INPUT;
    while (at.to != older) { /* SUBPROOF(m, D[n], b) of RFC 6962 2.1.2 */
        uint64_t middle = at.from + power_below(at.to - at.from);
        bool is_left = older <= middle;
        IC_ASSERT(count < IC_MERKLE_PROOF_MAX - 1);
        ranges[count++] = is_left ? (struct range){middle, at.to} : (struct range){at.from, middle};
        if (is_left)
            at.to = middle;
        else
            at.from = middle;
    }
    if (at.from != 0) /* b is false: who has the older root cannot make this hash of it */
        ranges[count++] = at;
    return hash_ranges(p, ranges, count, out);
}
