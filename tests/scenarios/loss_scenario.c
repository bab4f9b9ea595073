/* 5 % of all datagrams are lost, both ways: NACK and RTX bring every video frame to every receiver.
 * A packet is sent to a receiver three times at most (IC_RTX_PER_PACKET_MAX): in 1 of 8,000 cases
 * all three are lost; then one request brings a key frame. */
#include "sim/scenario.h"

#define BOTS 3

struct count {
    uint32_t sent[BOTS];
    uint64_t played[BOTS][BOTS];
    uint64_t holes;
};

static struct count take_count(const struct ic_world *world)
{
    struct count c = {0};
    for (uint32_t i = 0; i < BOTS; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        c.sent[i] = bot->sources[IC_SOURCE_CAMERA].frame;
        for (uint32_t k = 0; k < BOTS; k++)
            c.played[i][k] = ic_bot_heard(bot, k + 1, IC_KIND_VIDEO);
        for (size_t k = 0; k < bot->slot_count; k++)
            c.holes += bot->slots[k].kind == IC_KIND_VIDEO ? bot->slots[k].holes : 0;
    }
    return c;
}

static void run(struct ic_world *world)
{
    static const struct ic_fault faults[] = {
        {.after = {0}, .kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 50000},
        {.after = {10000000}, .kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 0},
    };
    struct ic_worker_stats stats;
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    struct count before = take_count(world);
    ic_faults_run(world, faults, 2, IC_SEC(12));
    struct count after = take_count(world);
    uint64_t holes = after.holes - before.holes;
    IC_REQUIRE(world, holes <= 2, "%u packets never came", (unsigned)holes);
    for (uint32_t i = 0; i < BOTS; i++) {
        for (uint32_t k = 0; k < BOTS; k++) {
            if (i == k)
                continue;
            uint64_t sent = after.sent[k] - before.sent[k];
            uint64_t played = after.played[i][k] - before.played[i][k];
            /* A packet that never comes costs the frames up to the next key frame. */
            uint64_t allowed = 1 + 45 * holes;
            IC_REQUIRE(world, played + allowed >= sent, "bot %u played %u of %u frames of bot %u",
                       i + 1, (unsigned)played, (unsigned)sent, k + 1);
        }
    }
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.rtx_out > 50 && stats.nack_in >= stats.rtx_out && stats.nack_out > 20,
               "nothing was lost");
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "loss", .run = run};
    return ic_scenario_main(&scenario);
}
