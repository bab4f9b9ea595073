/* What people do in a meeting that goes on (shape P of a load test): when somebody comes, goes,
 * switches a camera or a microphone. The same numbers in each test. */
#ifndef IC_SHELL_LOAD_LIFE_H
#define IC_SHELL_LOAD_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/prng.h"
#include "base/time.h"

enum ic_load_life_act {
    IC_LOAD_LIFE_COME,
    IC_LOAD_LIFE_GO,
    IC_LOAD_LIFE_CAMERA,     /* off, or on */
    IC_LOAD_LIFE_MICROPHONE, /* likewise */
};

#define IC_LOAD_LIFE_ACTS 4

struct ic_load_life {
    struct ic_prng prng;
    int64_t every_us[IC_LOAD_LIFE_ACTS]; /* on average */
    struct ic_time next[IC_LOAD_LIFE_ACTS];
};

/*  joins_per_min  people who come in a minute; as many go */
void ic_load_life_init(struct ic_load_life *l, uint64_t seed, uint32_t joins_per_min,
                       struct ic_time now);
struct ic_time ic_load_life_deadline(const struct ic_load_life *l);
/* What is due; false: nothing. Call until it is. */
bool ic_load_life_poll(struct ic_load_life *l, struct ic_time now, enum ic_load_life_act *act);
/* A number below n, for who it is. */
uint32_t ic_load_life_choose(struct ic_load_life *l, uint32_t n);

#endif
