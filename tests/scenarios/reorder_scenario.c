/* Datagrams overtake each other and come twice; senders pad and probe: no gap, no duplicate, no
 * frame is lost. */
#include "sim/scenario.h"

#define BOTS 3

static void run(struct ic_world *world)
{
    static const struct ic_fault faults[] = {
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 50000},
        {.kind = IC_FAULT_DUPLICATE, .seat = IC_FAULT_ALL, .value = 50000},
        {.kind = IC_FAULT_JITTER, .seat = IC_FAULT_ALL, .value = 8000},
    };
    struct ic_worker_stats stats;
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(1));
    ic_faults_run(world, faults, 3, IC_SEC(8));
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.dropped_replay > 50, "no duplicates");
    IC_REQUIRE(world, stats.dropped_malformed + stats.dropped_unknown == 0, "%u malformed",
               (unsigned)stats.dropped_malformed);
    for (uint32_t i = 0; i < BOTS; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        for (size_t k = 0; k < bot->slot_count; k++) {
            IC_REQUIRE(world, bot->slots[k].holes == 0, "bot %u, mid %s: %u holes", i + 1,
                       bot->slots[k].mid, (unsigned)bot->slots[k].holes);
            IC_REQUIRE(world, bot->slots[k].undecodable == 0, "bot %u, mid %s: %u frames lost",
                       i + 1, bot->slots[k].mid, (unsigned)bot->slots[k].undecodable);
        }
        IC_REQUIRE(world, bot->twcc_received > 500, "probes and padding are not reported");
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "reorder",
        .config = {.probe_ppm = 200000,
                   .padding_ppm = 100000,
                   .first_seq = 65450,
                   .pli_tolerance = {40000},
                   .profile = IC_SRTP_AES128_CM_HMAC_SHA1_80},
        .run = run,
    };
    return ic_scenario_main(&scenario);
}
