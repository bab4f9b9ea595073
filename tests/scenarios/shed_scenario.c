/* A worker that is behind: the picture that costs most stands still, sound and the other room do
 * not notice, and it comes back when the worker keeps up. */
#include "sim/scenario.h"

#define CROWD 16 /* who see one big picture */
#define SMALL 3  /* in a room of their own, each with a camera */

/* The oldest datagrams wait so long for this time. */
static void run_with_lag(struct ic_world *world, int64_t ms, int64_t lag_ms)
{
    for (int64_t at = 0; at < ms; at += 5) {
        ic_worker_lag(world->worker, world->now, IC_MS(lag_ms));
        ic_world_run(world, IC_MS(5));
    }
}

/* Frames of the source that came to the listener meanwhile. */
static uint64_t frames_in(struct ic_world *world, uint32_t listener, uint64_t source,
                          enum ic_kind kind, int64_t ms)
{
    const struct ic_bot *bot = &world->seats[listener].bot;
    uint64_t before = ic_bot_heard(bot, source, kind);
    run_with_lag(world, ms, 0);
    return ic_bot_heard(bot, source, kind) - before;
}

static uint64_t shed_so_far(const struct ic_world *world)
{
    struct ic_worker_stats stats;
    ic_worker_stats(world->worker, &stats);
    return stats.tracks_shed;
}

static void run(struct ic_world *world)
{
    ic_world_join(world, 1, true, true);
    for (uint32_t i = 1; i < CROWD; i++)
        ic_world_join(world, 1, false, false);
    for (uint32_t i = 0; i < SMALL; i++)
        ic_world_join(world, 2, true, true);
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_VIDEO, 1000) > 20, "no picture at first");

    run_with_lag(world, 15, 100); /* a moment is nothing */
    run_with_lag(world, 5, 0);
    run_with_lag(world, 15, 100);
    IC_REQUIRE(world, shed_so_far(world) == 0, "shed after a moment");

    run_with_lag(world, 100, 100);
    IC_REQUIRE(world, shed_so_far(world) == 1, "%u are shed, of one that is worth it",
               (unsigned)shed_so_far(world));
    uint64_t plis = world->seats[0].bot.plis;
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_VIDEO, 1000) == 0, "the picture goes on");
    IC_REQUIRE(world, world->seats[0].bot.plis == plis, "a key frame is asked for in vain");
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_AUDIO, 500) > 20, "its sound is gone");
    IC_REQUIRE(world, frames_in(world, CROWD, CROWD + 2, IC_KIND_VIDEO, 300) > 5,
               "the small room has lost its pictures");

    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_VIDEO, 1000) > 15, "it does not come back");

    /* Behind again at once: it was too early, so the next time it takes twice as long. */
    run_with_lag(world, 100, 100);
    IC_REQUIRE(world, shed_so_far(world) == 2, "not shed again");
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_VIDEO, 3500) == 0, "back too early");
    IC_REQUIRE(world, frames_in(world, 1, 1, IC_KIND_VIDEO, 2500) > 15, "it does not come back");

    struct ic_worker_stats stats; /* a picture that stands still leaves no gap in its numbers */
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.nack_in == 0, "%u requests for what was not sent",
               (unsigned)stats.nack_in);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "shed", .config = {.frames_per_s = 30, .packets_per_frame = 30}, .run = run};
    return ic_scenario_main(&scenario);
}
