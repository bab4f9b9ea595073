/* Seven open microphones: each is heard by everybody, all the time. With eleven, nine are; who is
 * muted makes room for who waits. */
#include "sim/scenario.h"

static void require_heard(struct ic_world *world, uint32_t listener, uint32_t count,
                          uint64_t frames_min)
{
    uint64_t before[16];
    const struct ic_bot *bot = &world->seats[listener].bot;
    for (uint32_t k = 0; k < count; k++)
        before[k] = ic_bot_heard(bot, k + 1, IC_KIND_AUDIO);
    ic_world_run(world, IC_SEC(2));
    for (uint32_t k = 0; k < count; k++) {
        uint64_t frames = ic_bot_heard(bot, k + 1, IC_KIND_AUDIO) - before[k];
        bool expected = k != listener && world->seats[k].bot.config.microphone;
        IC_REQUIRE(world, expected ? frames >= frames_min : frames == 0,
                   "bot %u heard %u frames of bot %u", listener + 1, (unsigned)frames, k + 1);
    }
}

static uint32_t heard_by(const struct ic_world *world, uint32_t listener)
{
    uint32_t count = 0;
    const struct ic_bot *bot = &world->seats[listener].bot;
    for (size_t k = 0; k < bot->slot_count; k++)
        count += bot->slots[k].kind == IC_KIND_AUDIO && ic_bot_slot_source(&bot->slots[k]) != 0;
    return count;
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < 7; i++)
        ic_world_join(world, 1, true, false);
    ic_world_join(world, 1, false, false);
    ic_world_run(world, IC_SEC(1));
    for (uint32_t i = 0; i < 8; i++)
        require_heard(world, i, 7, 98);
    for (uint32_t i = 0; i < 4; i++)
        ic_world_join(world, 1, true, false);
    ic_world_run(world, IC_SEC(1));
    IC_REQUIRE(world, heard_by(world, 7) == 9, "%u of 11 are heard", heard_by(world, 7));
    IC_REQUIRE(world,
               ic_bot_heard(&world->seats[7].bot, 11, IC_KIND_AUDIO) == 0 &&
                   ic_bot_heard(&world->seats[7].bot, 12, IC_KIND_AUDIO) == 0,
               "who came last does not wait");
    ic_world_set_media(world, 1, false, false);
    ic_world_set_media(world, 3, false, false);
    ic_world_run(world, IC_SEC(1));
    IC_REQUIRE(world, heard_by(world, 7) == 9, "a freed slot stays empty");
    require_heard(world, 7, 12, 98);
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "seven_microphones", .run = run};
    return ic_scenario_main(&scenario);
}
