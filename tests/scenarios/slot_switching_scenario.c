/* Twenty people with cameras, nine slots each, cameras toggling: every slot stays one continuous
 * stream, switches at key frames, carries whom the control plane named, and no slot stays empty
 * while somebody waits. */
#include "sim/scenario.h"

#define BOTS 20

/* As many sources as there are, or as many as fit. */
static void require_full_slots(struct ic_world *world)
{
    uint32_t sources[2] = {0};
    for (uint32_t i = 0; i < BOTS; i++) {
        sources[IC_KIND_AUDIO] += world->seats[i].bot.config.microphone;
        sources[IC_KIND_VIDEO] += world->seats[i].bot.config.camera;
    }
    for (uint32_t i = 0; i < BOTS; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        uint32_t carried[2] = {0};
        uint32_t own[2] = {bot->config.microphone, bot->config.camera};
        for (size_t k = 0; k < bot->slot_count; k++)
            carried[bot->slots[k].kind] += ic_bot_slot_source(&bot->slots[k]) != 0;
        for (int kind = 0; kind < 2; kind++) {
            uint32_t others = sources[kind] - own[kind];
            uint32_t expected = others < 9 ? others : 9;
            IC_REQUIRE(world, carried[kind] == expected, "bot %u has %u of %u slots of kind %d",
                       i + 1, carried[kind], expected, kind);
        }
    }
}

static uint64_t played_in(const struct ic_bot_slot *slot)
{
    uint64_t source = ic_bot_slot_source(slot);
    return source == 0 ? 0 : slot->heard[source];
}

/* What is announced is played. */
static void require_played(struct ic_world *world)
{
    uint64_t before[BOTS][IC_SLOTS_MAX];
    for (uint32_t i = 0; i < BOTS; i++)
        for (size_t k = 0; k < IC_SLOTS_MAX; k++)
            before[i][k] = played_in(&world->seats[i].bot.slots[k]);
    ic_world_run(world, IC_MS(500));
    for (uint32_t i = 0; i < BOTS; i++)
        for (size_t k = 0; k < IC_SLOTS_MAX; k++) {
            const struct ic_bot_slot *slot = &world->seats[i].bot.slots[k];
            bool expected = ic_bot_slot_source(slot) != 0;
            IC_REQUIRE(world, expected == (played_in(slot) > before[i][k]),
                       "bot %u, mid %s: source %u", i + 1, slot->mid,
                       (unsigned)ic_bot_slot_source(slot));
        }
}

static void run(struct ic_world *world)
{
    uint64_t switches = 0;
    for (uint32_t i = 0; i < BOTS; i++) {
        ic_world_join(world, 1, i < 5, true);
        ic_world_run(world, IC_MS(50));
    }
    ic_world_run(world, IC_SEC(2));
    require_full_slots(world);
    for (int round = 0; round < 20; round++) {
        uint32_t seat = ic_prng_below(&world->prng, BOTS);
        const struct ic_bot_config *c = &world->seats[seat].bot.config;
        ic_world_set_media(world, seat, c->microphone, !c->camera);
        ic_world_run(world, IC_US(ic_prng_below(&world->prng, 400000)));
        require_full_slots(world);
    }
    ic_world_run(world, IC_SEC(2));
    require_played(world);
    for (uint32_t i = 0; i < BOTS; i++)
        for (size_t k = 0; k < IC_SLOTS_MAX; k++)
            switches += world->seats[i].bot.slots[k].switches;
    IC_REQUIRE(world, switches > 40, "only %u switches", (unsigned)switches);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "slot_switching",
        .config = {.frames_per_s = 10, .packets_per_frame = 1},
        .run = run,
    };
    return ic_scenario_main(&scenario);
}
