/* Slot switching as in slot_switching, with sources of all codecs beside each other, which change
 * them while they stand in slots, over a network that loses and reorders: each slot stays one
 * continuous stream whose picture numbers never jump. */
#include "sim/scenario.h"

#define BOTS 14

static const enum ic_codec CODECS[] = {IC_CODEC_VP8, IC_CODEC_VP9, IC_CODEC_AV1};

static void random_change(struct ic_world *world)
{
    uint32_t seat = ic_prng_below(&world->prng, BOTS);
    const struct ic_bot_config *c = &world->seats[seat].bot.config;
    if (ic_prng_below(&world->prng, 2) == 0)
        ic_world_set_media(world, seat, c->microphone, !c->camera);
    else
        ic_world_set_codec(world, seat, CODECS[ic_prng_below(&world->prng, 3)]);
    ic_world_run(world, IC_US(ic_prng_below(&world->prng, 300000)));
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
    static const struct ic_fault bad[] = {
        {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 10000},
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 20000},
    };
    static const struct ic_fault good[] = {
        {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 0},
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 0},
    };
    for (uint32_t i = 0; i < BOTS; i++) {
        struct ic_bot_config config = ic_world_bot(world, i < 4, true);
        config.codec = CODECS[i % 3];
        ic_world_join_as(world, 1, config);
        ic_world_run(world, IC_MS(50));
    }
    ic_world_run(world, IC_SEC(2));
    require_played(world);
    for (int round = 0; round < 25; round++)
        random_change(world);
    ic_faults_run(world, bad, 2, IC_US(0));
    for (int round = 0; round < 25; round++)
        random_change(world);
    ic_faults_run(world, good, 2, IC_SEC(3));
    require_played(world);
    uint64_t switches = 0, changes = 0;
    for (uint32_t i = 0; i < BOTS; i++)
        for (size_t k = 0; k < world->seats[i].bot.slot_count; k++) {
            switches += world->seats[i].bot.slots[k].switches;
            changes += world->seats[i].bot.slots[k].codec_changes;
        }
    IC_REQUIRE(world, switches > 150 && changes > 60, "only %u switches, %u of them of codecs",
               (unsigned)switches, (unsigned)changes);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "codec_slots",
        .config = {.frames_per_s = 10, .packets_per_frame = 2, .pli_tolerance = {40000}},
        .run = run,
    };
    return ic_scenario_main(&scenario);
}
