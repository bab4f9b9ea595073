/* However many receivers ask, and however often: a source gets at most one key frame request in
 * 500 ms, and nobody waits for a picture longer than that and a round trip. A request that gets
 * lost is made again. */
#include "sim/scenario.h"

#define BOTS 24

/* Every receiver that is there forgets its picture: its bot asks until a key frame comes. */
static void break_pictures(struct ic_world *world, uint64_t source)
{
    for (uint32_t i = 0; i < world->seat_count; i++) {
        struct ic_bot *bot = &world->seats[i].bot;
        for (size_t k = 0; k < bot->slot_count; k++) {
            struct ic_bot_slot *slot = &bot->slots[k];
            if (slot->kind != IC_KIND_VIDEO || ic_bot_slot_source(slot) != source)
                continue;
            slot->broken = true;
            slot->broken_since = ic_time_add(world->now, IC_MS(-1000));
            slot->asked_key_frame = slot->broken_since;
        }
    }
}

static void run(struct ic_world *world)
{
    struct ic_worker_stats stats;
    ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(1));
    for (uint32_t i = 1; i < BOTS; i++) { /* each arrival wants a key frame */
        ic_world_join(world, 1, false, false);
        ic_world_run(world, IC_MS(40));
    }
    ic_world_run(world, IC_SEC(1));
    const struct ic_bot *publisher = &world->seats[0].bot;
    IC_REQUIRE(world, publisher->plis <= 6, "%u requests for 23 arrivals",
               (unsigned)publisher->plis);
    uint64_t before = publisher->plis;
    for (int i = 0; i < 100; i++) {
        break_pictures(world, 1);
        ic_world_run(world, IC_MS(30));
    }
    ic_world_run(world, IC_SEC(1));
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.pli_in > 500, "only %u requests came", (unsigned)stats.pli_in);
    uint64_t asked = publisher->plis - before;
    IC_REQUIRE(world, asked >= 5 && asked <= 8, "%u requests in 3 s", (unsigned)asked);
    IC_REQUIRE(world, publisher->pli_gap_min_us >= 500000, "two requests %u us apart",
               (unsigned)publisher->pli_gap_min_us);
    for (uint32_t i = 1; i < BOTS; i++)
        for (size_t k = 0; k < world->seats[i].bot.slot_count; k++)
            IC_REQUIRE(world, !world->seats[i].bot.slots[k].broken, "bot %u has no picture", i + 1);
    world->seats[0].down.down = true;
    uint32_t late = ic_world_join(world, 1, false, false);
    ic_world_run(world, IC_MS(300));
    world->seats[0].down.down = false;
    ic_world_run(world, IC_MS(1200));
    IC_REQUIRE(world, ic_bot_heard(&world->seats[late].bot, 1, IC_KIND_VIDEO) > 0,
               "the request was lost and not made again");
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "pli_coalescing", .run = run};
    return ic_scenario_main(&scenario);
}
