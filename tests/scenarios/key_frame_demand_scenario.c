/* Signalling demands a key frame of every camera of a room: each makes one after the demand, at
 * most one in 500 ms is asked for, and other rooms do not notice. */
#include "sim/scenario.h"

#define BOTS 6 /* the last two in another room; the fourth without a camera */

struct count {
    uint64_t key_frames[BOTS], plis[BOTS];
};

static struct count take_count(const struct ic_world *world)
{
    struct count c;
    for (uint32_t i = 0; i < BOTS; i++) {
        c.key_frames[i] = world->seats[i].bot.sources[IC_SOURCE_CAMERA].key_frames;
        c.plis[i] = world->seats[i].bot.plis;
    }
    return c;
}

/* How many key frames each camera of the room has made since. */
static void require_made(struct ic_world *world, const struct count *before, uint64_t expected)
{
    struct count after = take_count(world);
    for (uint32_t i = 0; i < BOTS; i++) {
        uint64_t wanted = i < 3 ? expected : 0;
        uint64_t made = after.key_frames[i] - before->key_frames[i];
        uint64_t asked = after.plis[i] - before->plis[i];
        IC_REQUIRE(world, made == wanted && asked == wanted, "bot %u: %u key frames, %u requests",
                   i + 1, (unsigned)made, (unsigned)asked);
    }
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, i < 4 ? 1 : 2, true, i != 3);
    ic_world_run(world, IC_SEC(2));
    struct count before = take_count(world);
    ic_world_demand_key_frames(world, 3); /* nobody's */
    ic_world_demand_key_frames(world, 1);
    ic_world_run(world, IC_MS(300));
    require_made(world, &before, 1);
    /* The gates are shut: five demands wait, and become one. A receiver's own request, which the
     * frame of the first demand would answer, changes nothing. */
    before = take_count(world);
    for (int i = 0; i < 5; i++) {
        ic_world_demand_key_frames(world, 1);
        ic_world_run(world, IC_MS(10));
    }
    require_made(world, &before, 0);
    ic_world_run(world, IC_SEC(2));
    require_made(world, &before, 1);
    /* A demand while the answer to a request is under way is not answered by it. */
    before = take_count(world);
    struct ic_bot_slot *slot = &world->seats[3].bot.slots[IC_AUDIO_SLOTS];
    slot->broken = true;
    slot->broken_since = ic_time_add(world->now, IC_MS(-1000));
    slot->asked_key_frame = slot->broken_since;
    ic_world_run(world, IC_MS(40)); /* the request is at the sender, its frame not yet here */
    ic_world_demand_key_frames(world, 1);
    ic_world_run(world, IC_SEC(2));
    struct count after = take_count(world);
    uint64_t source = ic_bot_slot_source(slot) - 1;
    IC_REQUIRE(world, after.key_frames[source] - before.key_frames[source] == 2,
               "%u key frames for a request and a demand",
               (unsigned)(after.key_frames[source] - before.key_frames[source]));
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "key_frame_demand", .run = run};
    return ic_scenario_main(&scenario);
}
