/* Everything at once, in an order that the seed chooses: joins, leaves, mutes, partitions, NAT
 * rebinding, loss, reordering, thin links. The rules hold at every event; when the weather is good
 * again everybody plays everybody. */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define SEATS_MAX 40
#define ROOMS     2
#define SOURCES   9 /* then all fit into the slots */

static uint32_t present_in(const struct ic_world *world, uint64_t room)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->seat_count; i++)
        count += world->seats[i].present && world->seats[i].room == room;
    return count;
}

static void join(struct ic_world *world)
{
    struct ic_prng *prng = &world->prng;
    uint64_t room = 1 + ic_prng_below(prng, ROOMS);
    if (world->seat_count < SEATS_MAX && present_in(world, room) < SOURCES)
        ic_world_join(world, room, ic_prng_below(prng, 4) > 0, ic_prng_below(prng, 4) > 0);
}

static void happen(struct ic_world *world)
{
    static const uint32_t values[][2] = {
        [IC_FAULT_LOSS] = {0, 150000},       [IC_FAULT_REORDER] = {0, 100000},
        [IC_FAULT_DUPLICATE] = {0, 100000},  [IC_FAULT_JITTER] = {0, 30000},
        [IC_FAULT_RATE] = {100000, 3000000}, [IC_FAULT_PARTITION] = {0, 2},
        [IC_FAULT_REBIND] = {0, 1},          [IC_FAULT_MEDIA] = {0, 4},
        [IC_FAULT_LEAVE] = {0, 1},
    };
    struct ic_prng *prng = &world->prng;
    uint32_t kind = ic_prng_below(prng, sizeof values / sizeof values[0]);
    struct ic_fault fault = {
        .kind = (enum ic_fault_kind)kind,
        .seat = ic_prng_below(prng, world->seat_count),
        .value = values[kind][0] + ic_prng_below(prng, values[kind][1]),
    };
    if (ic_prng_below(prng, 3) == 0)
        join(world);
    ic_faults_run(world, &fault, 1, IC_US(ic_prng_below(prng, 600000)));
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].closed)
            world->seats[i].present = false;
}

static void heal(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->seat_count; i++) {
        struct ic_seat *s = &world->seats[i];
        ic_link_init(&s->up, IC_MS(10));
        ic_link_init(&s->down, IC_MS(10));
        s->up.last = s->down.last = world->now;
    }
}

static bool is_on(const struct ic_bot *bot, int kind)
{
    return kind == IC_KIND_AUDIO ? bot->config.microphone : bot->config.camera;
}

static void require_all_played(struct ic_world *world)
{
    static uint64_t before[SEATS_MAX][SEATS_MAX][2];
    for (uint32_t i = 0; i < world->seat_count; i++)
        for (uint32_t k = 0; k < world->seat_count; k++)
            for (int kind = 0; kind < 2; kind++)
                before[i][k][kind] = ic_bot_heard(&world->seats[i].bot, k + 1, (enum ic_kind)kind);
    ic_world_run(world, IC_SEC(1));
    for (uint32_t i = 0; i < world->seat_count; i++) {
        const struct ic_seat *s = &world->seats[i];
        for (uint32_t k = 0; k < world->seat_count && s->present; k++) {
            const struct ic_seat *o = &world->seats[k];
            for (int kind = 0; kind < 2; kind++) {
                uint64_t frames = ic_bot_heard(&s->bot, k + 1, (enum ic_kind)kind);
                bool expected = i != k && o->present && o->room == s->room && is_on(&o->bot, kind);
                IC_REQUIRE(world, expected == (frames > before[i][k][kind]),
                           "bot %u played %u frames of kind %d of bot %u", i + 1,
                           (unsigned)(frames - before[i][k][kind]), kind, k + 1);
            }
        }
    }
}

static void run(struct ic_world *world)
{
    for (int i = 0; i < 6; i++)
        join(world);
    ic_world_run(world, IC_SEC(1));
    for (int i = 0; i < 120; i++)
        happen(world);
    heal(world);
    ic_world_run(world, IC_SEC(32)); /* who was cut off too long is gone by then */
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].closed || world->seats[i].bot.state == IC_BOT_CLOSED)
            world->seats[i].present = false;
    ic_world_run(world, IC_SEC(3));
    require_all_played(world);
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            ic_world_leave(world, i);
    ic_world_run(world, IC_SEC(40));
    ic_check_empty(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "chaos", .config = {.pli_tolerance = {300000}}, .run = run};
    return ic_scenario_main(&scenario);
}
