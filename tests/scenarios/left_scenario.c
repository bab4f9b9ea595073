/* Who leaves by itself leaves no gap: its last frame, which waits in the queue when its goodbye
 * comes, still goes out. (Who is removed is silent: removed_scenario.c.) */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define BOTS 4
#define LEFT 3 /* seat; its key is one more */

/* What the outbox holds reaches the server, and nothing leaves it. */
static void inject(struct ic_world *world)
{
    for (size_t i = 0; i < world->outbox->count; i++)
        ic_world_inject(world, LEFT, world->outbox->items[i].bytes, world->outbox->items[i].len);
    world->outbox->count = 0;
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    struct ic_bot *bot = &world->seats[LEFT].bot;
    struct ic_time next = bot->sources[IC_SOURCE_CAMERA].frame_next;
    ic_world_run(world, IC_US(ic_time_sub(next, world->now).us - 1));
    world->now = next;
    ic_bot_tick(bot, next, world->outbox);
    uint64_t before = world->worker->queue.free_count;
    inject(world);
    IC_REQUIRE(world, world->worker->queue.free_count + 2 < before, "nothing waits in the queue");
    ic_bot_close(bot, world->outbox);
    inject(world);
    struct ic_time last = ic_time_add(world->now, world->config.delay);
    ic_world_run(world, IC_SEC(1));
    IC_REQUIRE(world, world->seats[LEFT].closed, "the server did not hear that it left");
    for (uint32_t i = 0; i < BOTS - 1; i++) {
        struct ic_time came = ic_bot_came(&world->seats[i].bot, LEFT + 1);
        IC_REQUIRE(world, ic_time_reached(last, came), "bot %u misses its last frame", i + 1);
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "left", .run = run};
    return ic_scenario_main(&scenario);
}
