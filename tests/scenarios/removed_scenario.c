/* Who is removed is silent and deaf in the same turn: what it sent before and what it goes on to
 * send, what waits in the queue and what others ask for again from the store. */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define BOTS    4
#define REMOVED 3 /* seat; its key is one more */

/* Let the removed one's next frame reach the server, and nothing leave it. */
static void give_frame(struct ic_world *world)
{
    struct ic_bot *bot = &world->seats[REMOVED].bot;
    struct ic_time next = bot->sources[IC_SOURCE_CAMERA].frame_next;
    ic_world_run(world, IC_US(ic_time_sub(next, world->now).us - 1));
    world->now = next;
    ic_bot_tick(bot, next, world->outbox);
    uint64_t before = world->worker->queue.free_count;
    for (size_t i = 0; i < world->outbox->count; i++)
        ic_world_inject(world, REMOVED, world->outbox->items[i].bytes, world->outbox->items[i].len);
    world->outbox->count = 0;
    IC_REQUIRE(world, world->worker->queue.free_count + 2 < before, "nothing waits in the queue");
}

static void require_silence(struct ic_world *world, struct ic_time removed)
{
    struct ic_time last = ic_time_add(removed, world->config.delay);
    for (uint32_t i = 0; i < BOTS - 1; i++) {
        struct ic_time came = ic_bot_came(&world->seats[i].bot, REMOVED + 1);
        IC_REQUIRE(world, came.us > 0, "bot %u never heard it", i + 1);
        IC_REQUIRE(world, ic_time_before(came, last), "bot %u heard it %d us after its removal",
                   i + 1, (int)ic_time_sub(came, removed).us);
    }
}

static void run(struct ic_world *world)
{
    static const struct ic_fault loss = {
        .kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 50000};
    static const struct ic_fault none = {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 0};
    struct ic_worker_stats before, after;
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    ic_faults_run(world, &loss, 1, IC_SEC(2));
    struct ic_seat *seat = &world->seats[REMOVED];
    seat->down.down = true; /* so that it does not hear of its end */
    give_frame(world);
    ic_worker_stats(world->worker, &before);
    ic_world_remove(world, REMOVED);
    struct ic_time removed = world->now;
    uint64_t heard = seat->bot.rtp_in;
    seat->down.down = false;
    ic_world_run(world, IC_SEC(2));
    ic_faults_run(world, &none, 1, IC_SEC(1));
    ic_worker_stats(world->worker, &after);
    require_silence(world, removed);
    IC_REQUIRE(world, seat->bot.rtp_in == heard, "it still gets media");
    IC_REQUIRE(world, seat->bot.state == IC_BOT_CONNECTED, "it stopped by itself");
    IC_REQUIRE(world, after.dropped_unknown > before.dropped_unknown + 100,
               "it did not go on sending");
    IC_REQUIRE(world, after.nack_in > before.nack_in, "nobody asked for anything again");
    for (uint32_t i = 0; i < BOTS - 1; i++)
        for (size_t k = 0; k < world->seats[i].bot.slot_count; k++)
            IC_REQUIRE(world, ic_bot_slot_source(&world->seats[i].bot.slots[k]) != REMOVED + 1,
                       "bot %u still has it in a slot", i + 1);
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "removed", .run = run};
    return ic_scenario_main(&scenario);
}
