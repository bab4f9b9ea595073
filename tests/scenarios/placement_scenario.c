/* Where meetings may run, under everything that can go wrong at once: overload, crashes, silent
 * partitions, a bus and a directory that lose, delay, repeat, alter and lie, clocks that jump and
 * drift, certificates that are wrong, a store that loses everything. I1 to I8 at each event; after
 * a quiet time each meeting is at one node. DECISIONS=… says how many in all,
 * over all seeds; SEED=… replays one. The first seed runs twice: one seed is one history. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/region.h"

#define DECISIONS 50000
#define SEEDS     10

static uint64_t total, restarts, joins, refused[IC_PLACE_REASONS], checked[IC_INVARIANTS];

static uint64_t run_once(uint64_t seed, uint64_t decisions, bool *is_good)
{
    struct ic_region *r = ic_region_create(seed);
    ic_region_run(r, decisions);
    uint64_t hash = r->hash, refusals = 0;
    for (size_t i = 0; i < IC_PLACE_REASONS; i++) {
        refusals += r->refusals[i];
        refused[i] += r->refusals[i];
    }
    *is_good = r->problem[0] == '\0';
    printf("placement seed=%" PRIu64 " history=%016" PRIx64 " decisions=%" PRIu64 " here=%" PRIu64
           " (%" PRIu64 " without pictures) redirect=%" PRIu64 " refuse=%" PRIu64 " relays=%" PRIu64
           " joins=%" PRIu64 " releases=%" PRIu64 " generations=%" PRIu64 " packets=%" PRIu64
           " faults=%" PRIu64 " quiet=%" PRIu64 " restart=%" PRIu64 " %.0f s: %s\n",
           seed, hash, r->decisions, r->here, r->audio_only, r->redirects, refusals, r->relays,
           r->joins, r->releases, r->generations, r->packets, r->faults, r->quiets, r->restarts,
           (double)r->now.us / 1e6, *is_good ? "good" : r->problem);
    fflush(stdout);
    for (size_t i = 0; i < IC_INVARIANTS; i++)
        checked[i] += r->invariants.checked[i];
    total += r->decisions;
    restarts += r->restarts;
    joins += r->joins;
    ic_region_destroy(r);
    return hash;
}

int main(void)
{
    const char *seed_text = getenv("SEED"), *decisions_text = getenv("DECISIONS");
    uint64_t decisions =
        (decisions_text == NULL ? DECISIONS : strtoull(decisions_text, NULL, 0)) / SEEDS;
    uint64_t first = seed_text == NULL ? 1 : strtoull(seed_text, NULL, 0);
    int failures = 0;
    for (uint64_t i = 0; i < (seed_text == NULL ? SEEDS : 1); i++) {
        bool is_good, is_good_again;
        uint64_t hash = run_once(first + i, decisions, &is_good);
        failures += !is_good;
        if (i > 0)
            continue;
        if (run_once(first, decisions, &is_good_again) != hash) {
            printf("placement seed=%" PRIu64 ": the same seed gave another history\n", first);
            failures++;
        }
    }
    for (size_t i = 0; i < IC_PLACE_REASONS; i++)
        if (refused[i] > 0)
            printf("placement refused %8" PRIu64 " %s\n", refused[i],
                   ic_place_reason_word((enum ic_place_reason)i));
    for (size_t i = 0; i < IC_INVARIANTS; i++) {
        printf("placement checked %8" PRIu64 " times: I%zu\n", checked[i], i + 1);
        failures += checked[i] == 0; /* a rule that was not asked about was not shown */
    }
    failures += restarts == 0 && seed_text == NULL; /* nor were nodes that start again */
    failures += joins == 0 && seed_text == NULL;    /* nor relays between carriers */
    printf("placement %" PRIu64 " decisions, %d failures\n", total, failures);
    if (failures > 0)
        printf("placement: replay with SEED=<seed> DECISIONS=%" PRIu64 "\n", decisions * SEEDS);
    return failures == 0 ? 0 : 1;
}
