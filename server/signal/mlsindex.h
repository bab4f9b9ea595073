/* Numbers of the nodes of a ratchet tree (RFC 9420 appendix C): leaf i is node 2i, parents stand
 * between. A tree is full: the number of leaves is a power of two, blanks counted. */
#ifndef IC_SIGNAL_MLSINDEX_H
#define IC_SIGNAL_MLSINDEX_H

#include <stdbool.h>
#include <stdint.h>

static inline bool ic_mlsindex_is_leaf(uint32_t node)
{
    return (node & 1) == 0;
}

/* Node of a leaf, leaf of a node. */
static inline uint32_t ic_mlsindex_of_leaf(uint32_t leaf)
{
    return 2 * leaf;
}

static inline uint32_t ic_mlsindex_to_leaf(uint32_t node)
{
    return node / 2;
}

static inline uint32_t ic_mlsindex_root(uint32_t leaf_count)
{
    return leaf_count - 1;
}

/* 0 for a leaf, one more for each generation above. */
uint32_t ic_mlsindex_level(uint32_t node);
/* Children; not of a leaf (asserted). */
uint32_t ic_mlsindex_left(uint32_t node);
uint32_t ic_mlsindex_right(uint32_t node);
/* Not of the root: a number does not know how large its tree is. */
uint32_t ic_mlsindex_parent(uint32_t node);
uint32_t ic_mlsindex_sibling(uint32_t node);
/* The leaves below a node (a leaf is below itself) are first … first + count - 1. */
uint32_t ic_mlsindex_first_leaf(uint32_t node);
uint32_t ic_mlsindex_leaf_count(uint32_t node);

#endif
