#include "signal/mlsindex.h"

#include "base/assert.h"

uint32_t ic_mlsindex_level(uint32_t node)
{
    uint32_t level = 0;
    while ((node >> level & 1) == 1)
        level++;
    return level;
}

uint32_t ic_mlsindex_left(uint32_t node)
{
    uint32_t level = ic_mlsindex_level(node);
    IC_ASSERT(level > 0);
    return node ^ 1U << (level - 1);
}

uint32_t ic_mlsindex_right(uint32_t node)
{
    uint32_t level = ic_mlsindex_level(node);
    IC_ASSERT(level > 0);
    return node ^ 3U << (level - 1);
}

uint32_t ic_mlsindex_parent(uint32_t node)
{
    uint32_t level = ic_mlsindex_level(node);
    uint32_t is_right = node >> (level + 1) & 1;
    return (node | 1U << level) ^ is_right << (level + 1);
}

uint32_t ic_mlsindex_sibling(uint32_t node)
{
    uint32_t parent = ic_mlsindex_parent(node);
    return node < parent ? ic_mlsindex_right(parent) : ic_mlsindex_left(parent);
}

uint32_t ic_mlsindex_first_leaf(uint32_t node)
{
    return (node - (ic_mlsindex_leaf_count(node) - 1)) / 2;
}

uint32_t ic_mlsindex_leaf_count(uint32_t node)
{
    return 1U << ic_mlsindex_level(node);
}
