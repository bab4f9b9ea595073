#include "sim/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t SEEDS[] = {1, 2, 20261123, 0x9e3779b97f4a7c15U};

static uint64_t run_once(const struct ic_scenario *scenario, uint64_t seed, bool *is_good)
{
    struct ic_world_config config = scenario->config;
    config.seed = seed;
    struct ic_world *world = ic_world_create(&config);
    scenario->run(world);
    struct ic_worker_stats stats;
    ic_worker_stats(world->worker, &stats);
    uint64_t hash = world->hash;
    printf("%s seed=%" PRIu64 " history=%016" PRIx64 " forwarded=%" PRIu64 " rtx=%" PRIu64
           " nack=%" PRIu64 "/%" PRIu64 " pli=%" PRIu64 "/%" PRIu64 " %.1f s: %s\n",
           scenario->name, seed, hash, stats.packets_forwarded, stats.rtx_out, stats.nack_in,
           stats.nack_out, stats.pli_in, stats.pli_out, (double)world->now.us / 1e6,
           world->problem[0] == '\0' ? "good" : world->problem);
    fflush(stdout);
    *is_good = world->problem[0] == '\0';
    ic_world_destroy(world);
    return hash;
}

int ic_scenario_main(const struct ic_scenario *scenario)
{
    const char *text = getenv("SEED");
    uint64_t given = text == NULL ? 0 : strtoull(text, NULL, 0);
    size_t count = text == NULL ? sizeof SEEDS / sizeof SEEDS[0] : 1;
    int failures = 0;
    bool is_good;
    for (size_t i = 0; i < count; i++) {
        uint64_t seed = text == NULL ? SEEDS[i] : given;
        uint64_t hash = run_once(scenario, seed, &is_good);
        failures += !is_good;
        if (i > 0 || !is_good)
            continue;
        if (run_once(scenario, seed, &is_good) != hash) {
            printf("%s seed=%" PRIu64 ": the same seed gave another history\n", scenario->name,
                   seed);
            failures++;
        }
    }
    if (failures > 0)
        printf("%s: replay with SEED=<seed>\n", scenario->name);
    return failures == 0 ? 0 : 1;
}
