#include "base/pool.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define FREE_END UINT32_MAX

void *ic_array_alloc(size_t count, size_t item_size)
{
    return calloc(count == 0 ? 1 : count, item_size);
}

void ic_array_free(void *array)
{
    free(array);
}

enum ic_err ic_pool_init(struct ic_pool *p, size_t item_size, uint32_t count)
{
    IC_ASSERT(item_size > 0 && count > 0 && count < FREE_END);
    /* Items start at multiples of 64 so that no two share a cache line. */
    size_t stride = (item_size + IC_LINE - 1) & ~(size_t)(IC_LINE - 1);
    memset(p, 0, sizeof *p);
    p->block = ic_array_alloc((size_t)count + 1, stride);
    p->generations = ic_array_alloc(count, sizeof *p->generations);
    p->free_next = ic_array_alloc(count, sizeof *p->free_next);
    if (p->block == NULL || p->generations == NULL || p->free_next == NULL) {
        ic_pool_deinit(p);
        return IC_ERR_FULL;
    }
    p->items = ic_line_align(p->block);
    p->item_size = stride;
    p->count = count;
    p->free_head = FREE_END;
    return IC_OK;
}

void ic_pool_deinit(struct ic_pool *p)
{
    ic_array_free(p->block);
    ic_array_free(p->generations);
    ic_array_free(p->free_next);
    memset(p, 0, sizeof *p);
}

void *ic_pool_get(struct ic_pool *p, struct ic_ref *ref)
{
    if (p->used == p->count)
        return NULL;
    uint32_t index = p->free_head;
    if (index == FREE_END) {
        IC_ASSERT(p->fresh < p->count);
        index = p->fresh++;
    } else {
        p->free_head = p->free_next[index];
        memset(ic_pool_item(p, index), 0, p->item_size);
    }
    p->used++;
    p->generations[index]++;
    IC_ASSERT(p->generations[index] % 2 == 1);
    *ref = (struct ic_ref){.index = index, .generation = p->generations[index]};
    return ic_pool_item(p, index);
}

void ic_pool_put(struct ic_pool *p, struct ic_ref ref)
{
    if (ic_pool_at(p, ref) == NULL)
        return;
    p->generations[ref.index]++;
    p->free_next[ref.index] = p->free_head;
    p->free_head = ref.index;
    p->used--;
}

void *ic_pool_at(const struct ic_pool *p, struct ic_ref ref)
{
    if (ref.index >= p->count || ref.generation % 2 == 0 ||
        p->generations[ref.index] != ref.generation)
        return NULL;
    return ic_pool_item(p, ref.index);
}

void *ic_pool_at_index(const struct ic_pool *p, uint32_t index, struct ic_ref *ref)
{
    if (index >= p->count || p->generations[index] % 2 == 0)
        return NULL;
    *ref = (struct ic_ref){.index = index, .generation = p->generations[index]};
    return ic_pool_item(p, index);
}
