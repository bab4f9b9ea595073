#include "base/map.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"

static uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

static void sip_round(uint64_t v[static 4])
{
    v[0] += v[1];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[0] = rotl(v[0], 32);
    v[2] += v[3];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[2] = rotl(v[2], 32);
}

static uint64_t load_le64(const uint8_t *b, size_t n)
{
    uint64_t x = 0;
    for (size_t i = 0; i < n; i++)
        x |= (uint64_t)b[i] << (8 * i);
    return x;
}

uint64_t ic_siphash(const uint64_t seed[static 2], const void *bytes, size_t n)
{
    const uint8_t *b = bytes;
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575U, seed[1] ^ 0x646f72616e646f6dU,
                     seed[0] ^ 0x6c7967656e657261U, seed[1] ^ 0x7465646279746573U};
    size_t whole = n - n % 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m = load_le64(&b[i], 8);
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
    }
    uint64_t last = (uint64_t)(n & 0xff) << 56 | load_le64(&b[whole], n % 8);
    v[3] ^= last;
    sip_round(v);
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

enum ic_err ic_map_init(struct ic_map *m, size_t key_size, uint32_t count_max,
                        const uint64_t seed[static 2])
{
    IC_ASSERT(key_size > 0 && key_size <= IC_MAP_KEY_MAX && count_max > 0 && count_max < 1U << 30);
    memset(m, 0, sizeof *m);
    uint32_t capacity = 4;
    while (capacity < 2 * count_max)
        capacity *= 2;
    m->key_size = key_size;
    m->capacity = capacity;
    m->count_max = count_max;
    m->seed[0] = seed[0];
    m->seed[1] = seed[1];
    m->keys = ic_array_alloc(capacity, key_size);
    m->values = ic_array_alloc(capacity, sizeof *m->values);
    m->used = ic_array_alloc(capacity, sizeof *m->used);
    if (m->keys == NULL || m->values == NULL || m->used == NULL) {
        ic_map_deinit(m);
        return IC_ERR_FULL;
    }
    return IC_OK;
}

void ic_map_deinit(struct ic_map *m)
{
    ic_array_free(m->keys);
    ic_array_free(m->values);
    ic_array_free(m->used);
    memset(m, 0, sizeof *m);
}

static uint8_t *key_at(const struct ic_map *m, uint32_t i)
{
    return m->keys + (size_t)i * m->key_size;
}

static uint32_t home_of(const struct ic_map *m, const void *key)
{
    return (uint32_t)ic_siphash(m->seed, key, m->key_size) & (m->capacity - 1);
}

/* The place of key, or the free place where it would go. */
static uint32_t probe(const struct ic_map *m, const void *key)
{
    uint32_t i = home_of(m, key);
    while (m->used[i] && memcmp(key_at(m, i), key, m->key_size) != 0)
        i = (i + 1) & (m->capacity - 1);
    return i;
}

enum ic_err ic_map_set(struct ic_map *m, const void *key, uint32_t value)
{
    uint32_t i = probe(m, key);
    if (!m->used[i]) {
        if (m->count == m->count_max)
            return IC_ERR_FULL;
        m->used[i] = true;
        memcpy(key_at(m, i), key, m->key_size);
        m->count++;
    }
    m->values[i] = value;
    return IC_OK;
}

bool ic_map_find(const struct ic_map *m, const void *key, uint32_t *value)
{
    uint32_t i = probe(m, key);
    if (!m->used[i])
        return false;
    *value = m->values[i];
    return true;
}

bool ic_map_remove(struct ic_map *m, const void *key)
{
    uint32_t mask = m->capacity - 1;
    uint32_t hole = probe(m, key);
    if (!m->used[hole])
        return false;
    m->used[hole] = false;
    m->count--;
    for (uint32_t i = (hole + 1) & mask; m->used[i]; i = (i + 1) & mask) {
        uint32_t home = home_of(m, key_at(m, i));
        if (((i - home) & mask) < ((i - hole) & mask))
            continue; /* it may not move before its home */
        memcpy(key_at(m, hole), key_at(m, i), m->key_size);
        m->values[hole] = m->values[i];
        m->used[hole] = true;
        m->used[i] = false;
        hole = i;
    }
    return true;
}
