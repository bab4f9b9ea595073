#include "shell/load_roster.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "crypto/ct.h"

#define EPOCH_BITS 15u /* of a key number: the epoch modulo 16 */
#define BEHIND_MAX 8

void ic_load_keys_add(struct ic_load_keys *k, uint64_t epoch, const uint8_t *base_key)
{
    k->first = k->count == 0 ? epoch : k->first;
    if (k->count == IC_LOAD_EPOCHS_HELD) {
        k->count--;
        memmove(&k->held[0], &k->held[1], k->count * sizeof k->held[0]);
    }
    k->held[k->count].epoch = epoch;
    memcpy(k->held[k->count].base_key, base_key, IC_LOAD_BASE_KEY_LEN);
    k->count++;
}

const uint8_t *ic_load_keys_find(const struct ic_load_keys *k, uint64_t kid, uint64_t *epoch)
{
    for (size_t i = k->count; i-- > 0;)
        if (((k->held[i].epoch ^ kid) & EPOCH_BITS) == 0) {
            *epoch = k->held[i].epoch;
            return k->held[i].base_key;
        }
    return NULL;
}

bool ic_load_keys_is_before(const struct ic_load_keys *k, uint64_t kid)
{
    if (k->count == 0)
        return false;
    uint64_t newest = k->held[k->count - 1].epoch, behind = (newest - kid) & EPOCH_BITS;
    return behind >= 1 && behind <= BEHIND_MAX && newest < k->first + behind;
}

void ic_load_keys_wipe(struct ic_load_keys *k)
{
    ic_ct_wipe(k, sizeof *k);
}

enum ic_err ic_load_roster_init(struct ic_load_roster *r, size_t cap)
{
    *r = (struct ic_load_roster){.owners = ic_array_alloc(cap, sizeof *r->owners), .cap = cap};
    return r->owners != NULL ? IC_OK : IC_ERR_FULL;
}

void ic_load_roster_deinit(struct ic_load_roster *r)
{
    ic_array_free(r->owners);
    *r = (struct ic_load_roster){0};
}

void ic_load_roster_add(struct ic_load_roster *r, uint64_t epoch, uint64_t kid, uint32_t member)
{
    IC_ASSERT(r->cap > 0);
    r->owners[r->next] = (struct ic_load_owner){.epoch = epoch, .kid = kid, .member = member};
    r->next = r->next + 1 == r->cap ? 0 : r->next + 1;
    r->count += r->count < r->cap;
}

bool ic_load_roster_find(const struct ic_load_roster *r, uint64_t epoch, uint64_t kid,
                         uint32_t *member)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->owners[i].epoch == epoch && r->owners[i].kid == kid) {
            *member = r->owners[i].member;
            return true;
        }
    return false;
}
