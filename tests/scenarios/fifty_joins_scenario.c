/* Fifty people join and leave, one after the other and overlapping: memory is what it was, nothing
 * is left, and the meeting that goes on is not disturbed. */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define GUESTS 50

static uint32_t packets_used(const struct ic_world *world)
{
    const struct ic_worker *w = world->worker;
    return w->packets.count - w->packets.free_count;
}

static void run(struct ic_world *world)
{
    uint32_t guests[GUESTS], packets_max = 0;
    uint32_t hosts[2] = {ic_world_join(world, 1, true, true), ic_world_join(world, 1, true, true)};
    ic_world_run(world, IC_SEC(2));
    uint32_t packets_before = packets_used(world);
    uint64_t played = ic_bot_heard(&world->seats[hosts[0]].bot, hosts[1] + 1, IC_KIND_VIDEO);
    struct ic_time start = world->now;
    for (uint32_t i = 0; i < GUESTS; i++) {
        guests[i] = ic_world_join(world, 1 + i % 2, i % 3 != 0, i % 4 != 0);
        ic_world_run(world, IC_US(ic_prng_below(&world->prng, 500000)));
        packets_max = packets_used(world) > packets_max ? packets_used(world) : packets_max;
        if (i >= 4)
            ic_world_leave(world, guests[i - 4]);
    }
    for (uint32_t i = GUESTS - 4; i < GUESTS; i++)
        ic_world_leave(world, guests[i]);
    ic_world_run(world, IC_SEC(3));
    int64_t spent_ms = ic_time_sub(world->now, start).us / 1000;
    played = ic_bot_heard(&world->seats[hosts[0]].bot, hosts[1] + 1, IC_KIND_VIDEO) - played;
    IC_REQUIRE(world, played + 2 >= (uint64_t)(spent_ms * 15 / 1000),
               "the hosts saw %u frames in %u ms", (unsigned)played, (unsigned)spent_ms);
    IC_REQUIRE(world, packets_used(world) <= packets_before + 10, "packets: %u before, %u after",
               packets_before, packets_used(world));
    IC_REQUIRE(world, packets_max < packets_before * 8, "%u packets at the peak", packets_max);
    IC_REQUIRE(world, world->worker->peers.used == 2 && world->worker->rooms.pool.used == 1,
               "%u peers are left", world->worker->peers.used);
    ic_world_leave(world, hosts[0]);
    ic_world_leave(world, hosts[1]);
    ic_check_empty(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "fifty_joins", .run = run};
    return ic_scenario_main(&scenario);
}
