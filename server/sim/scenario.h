/* Runs one scenario for a fixed set of seeds, or for the one in the environment variable SEED.
 * Prints each seed, the hash of its history, and the first broken rule. The first seed runs twice:
 * the same seed must give the same history. */
#ifndef IC_SIM_SCENARIO_H
#define IC_SIM_SCENARIO_H

#include "sim/check.h"
#include "sim/faults.h"
#include "sim/world.h"

struct ic_scenario {
    const char *name;
    struct ic_world_config config; /* the seed is filled in */
    void (*run)(struct ic_world *world);
};

/* Exit status of the program. */
int ic_scenario_main(const struct ic_scenario *scenario);

/* Something must be so; else it is the world's problem. */
#define IC_REQUIRE(world, condition, ...)                                                          \
    ((condition) ? (void)0 : ic_world_blame(world, #condition ": " __VA_ARGS__))

#endif
