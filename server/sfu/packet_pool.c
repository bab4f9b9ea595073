#include "sfu/packet_pool.h"

#include <string.h>

#include "base/assert.h"

enum ic_err ic_packet_pool_init(struct ic_packet_pool *p, uint32_t count)
{
    IC_ASSERT(count > 0);
    memset(p, 0, sizeof *p);
    p->packets_block = ic_array_alloc((size_t)count + 1, sizeof *p->packets);
    p->bytes = ic_array_alloc(count, IC_PACKET_CAP);
    p->free = ic_array_alloc(count, sizeof *p->free);
    if (p->packets_block == NULL || p->bytes == NULL || p->free == NULL) {
        ic_packet_pool_deinit(p);
        return IC_ERR_FULL;
    }
    p->packets = ic_line_align(p->packets_block);
    p->count = count;
    p->free_count = count;
    for (uint32_t i = 0; i < count; i++)
        p->free[i] = count - 1 - i;
    return IC_OK;
}

void ic_packet_pool_deinit(struct ic_packet_pool *p)
{
    ic_array_free(p->packets_block);
    ic_array_free(p->bytes);
    ic_array_free(p->free);
    memset(p, 0, sizeof *p);
}

struct ic_ref ic_packet_pool_get(struct ic_packet_pool *p)
{
    if (p->free_count == 0)
        return (struct ic_ref){0};
    uint32_t index = p->free[--p->free_count];
    struct ic_packet *packet = &p->packets[index];
    IC_ASSERT(packet->owners == 0);
    packet->owners = 1;
    packet->generation++;
    if (packet->generation == 0)
        packet->generation = 1;
    return (struct ic_ref){.index = index, .generation = packet->generation};
}

struct ic_packet *ic_packet_pool_at(const struct ic_packet_pool *p, struct ic_ref ref)
{
    IC_ASSERT(ref.index < p->count);
    struct ic_packet *packet = &p->packets[ref.index];
    IC_ASSERT(packet->owners > 0 && packet->generation == ref.generation);
    return packet;
}

uint8_t *ic_packet_pool_bytes(const struct ic_packet_pool *p, struct ic_ref ref)
{
    IC_ASSERT(ref.index < p->count);
    return &p->bytes[(size_t)ref.index * IC_PACKET_CAP];
}

void ic_packet_pool_hold(struct ic_packet_pool *p, struct ic_ref ref)
{
    ic_packet_pool_at(p, ref)->owners++;
}

void ic_packet_pool_release(struct ic_packet_pool *p, struct ic_ref ref)
{
    struct ic_packet *packet = ic_packet_pool_at(p, ref);
    packet->owners--;
    if (packet->owners == 0)
        p->free[p->free_count++] = ref.index;
}
