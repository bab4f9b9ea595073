#include "shell/load_life.h"

#include "base/assert.h"

#define CAMERA_US     2000000
#define MICROPHONE_US 1000000
#define MINUTE_US     60000000

/* From half of it to one and a half. */
static struct ic_time after(struct ic_load_life *l, struct ic_time now, enum ic_load_life_act act)
{
    int64_t half_us = l->every_us[act] / 2;
    return ic_time_add(now, IC_US(half_us + ic_prng_below(&l->prng, (uint32_t)(2 * half_us))));
}

void ic_load_life_init(struct ic_load_life *l, uint64_t seed, uint32_t joins_per_min,
                       struct ic_time now)
{
    IC_ASSERT(joins_per_min > 0);
    ic_prng_init(&l->prng, seed);
    l->every_us[IC_LOAD_LIFE_COME] = l->every_us[IC_LOAD_LIFE_GO] = MINUTE_US / joins_per_min;
    l->every_us[IC_LOAD_LIFE_CAMERA] = CAMERA_US;
    l->every_us[IC_LOAD_LIFE_MICROPHONE] = MICROPHONE_US;
    for (int act = 0; act < IC_LOAD_LIFE_ACTS; act++)
        l->next[act] = after(l, now, (enum ic_load_life_act)act);
}

struct ic_time ic_load_life_deadline(const struct ic_load_life *l)
{
    struct ic_time soonest = l->next[0];
    for (int act = 1; act < IC_LOAD_LIFE_ACTS; act++)
        soonest = ic_time_min(soonest, l->next[act]);
    return soonest;
}

bool ic_load_life_poll(struct ic_load_life *l, struct ic_time now, enum ic_load_life_act *act)
{
    for (int i = 0; i < IC_LOAD_LIFE_ACTS; i++) {
        if (!ic_time_reached(l->next[i], now))
            continue;
        *act = (enum ic_load_life_act)i;
        l->next[i] = after(l, now, *act);
        return true;
    }
    return false;
}

uint32_t ic_load_life_choose(struct ic_load_life *l, uint32_t n)
{
    return ic_prng_below(&l->prng, n);
}
