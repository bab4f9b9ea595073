/* Meetings that outgrow their workers, placed by the control plane's own spread: everybody sees
 * everybody, at whichever worker he is; relays are there while they are needed; one that is cut
 * comes back; and people who come and go leave nothing behind. */
#include "sfu/worker_state.h"
#include "signal/spread.h"
#include "sim/scenario.h"

#define FULL   3 /* people of a worker */
#define PEOPLE 8

static uint64_t pictures(const struct ic_world *world, uint32_t seat, uint32_t source)
{
    return ic_bot_heard(&world->seats[seat].bot, source + 1, IC_KIND_VIDEO);
}

/* Everybody of a room plays everybody else's picture meanwhile. */
static void check_everybody(struct ic_world *world, const char *when)
{
    static uint64_t before[IC_WORLD_BOTS_MAX][IC_WORLD_BOTS_MAX];
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t a = 0; a < world->seat_count; a++)
            for (uint32_t b = 0; b < world->seat_count; b++) {
                const struct ic_seat *x = &world->seats[a], *y = &world->seats[b];
                uint64_t now = pictures(world, a, b);
                bool is_seen = a != b && x->present && y->present && x->room == y->room;
                if (turn == 1 && is_seen)
                    IC_REQUIRE(world, now > before[a][b] + 15, "%s: %u of worker %u sees %u of %u",
                               when, a, x->worker, b, y->worker);
                before[a][b] = now;
            }
        if (turn == 0)
            ic_world_run(world, IC_SEC(2));
    }
}

static void cut_all(struct ic_world *world, bool is_down)
{
    for (uint32_t a = 0; a < world->config.workers; a++)
        for (uint32_t b = 0; b < world->config.workers; b++)
            world->between[a][b].down = is_down;
}

static void come_and_go(struct ic_world *world)
{
    for (int round = 0; round < 24; round++) {
        uint32_t seat = ic_prng_below(&world->prng, world->seat_count);
        if (world->seats[seat].present) {
            uint64_t room = world->seats[seat].room;
            ic_world_leave(world, seat);
            ic_world_join(world, ic_prng_below(&world->prng, 4) == 0 ? 3 - room : room, true, true);
        }
        ic_world_run(world, IC_MS(ic_prng_below(&world->prng, 400)));
    }
    ic_world_run(world, IC_SEC(4));
}

static void run(struct ic_world *world)
{
    /* The first meeting has the first worker; its fourth and seventh one are elsewhere. */
    for (uint32_t i = 0; i < PEOPLE; i++)
        ic_world_join(world, 1, true, true);
    for (uint32_t i = 0; i < world->config.workers; i++)
        IC_REQUIRE(world, ic_spread_people(world->spread, i) == (i < 2 ? 3U : 2U),
                   "worker %u has %u people", i, ic_spread_people(world->spread, i));
    IC_REQUIRE(world, ic_spread_relayed(world->spread) == 3, "each with each: %u relays",
               ic_spread_relayed(world->spread));
    ic_world_run(world, IC_SEC(4));
    check_everybody(world, "at first");
    /* All workers are full or nearly so: two more meetings are spread, too. */
    ic_world_join(world, 2, true, true);
    ic_world_join(world, 2, true, true);
    ic_world_run(world, IC_SEC(4));
    check_everybody(world, "with two meetings");
    come_and_go(world);
    check_everybody(world, "after coming and going");
    cut_all(world, true);
    ic_world_run(world, IC_SEC(45));
    cut_all(world, false);
    ic_world_run(world, IC_SEC(40));
    check_everybody(world, "after 45 s without relays");
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            ic_world_leave(world, i);
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, ic_spread_relayed(world->spread) == 0, "%u meetings are left on relays",
               ic_spread_relayed(world->spread));
    for (uint32_t i = 0; i < world->config.workers; i++)
        IC_REQUIRE(world,
                   ic_spread_people(world->spread, i) == 0 &&
                       world->workers[i]->relay_members.used == 0 &&
                       world->workers[i]->rooms.pool.used == 0,
                   "worker %u is not empty", i);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "spread", .config = {.workers = 3, .people_max = FULL}, .run = run};
    return ic_scenario_main(&scenario);
}
