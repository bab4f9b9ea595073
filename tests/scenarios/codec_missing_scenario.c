/* One that does not decode AV1 gets none of it: nothing is sent to it in vain, no key frame is
 * asked for in vain, and it sees the others' and the same source again once that sends what it
 * decodes. */
#include "sim/scenario.h"

#define BOTS   4
#define LACKS  3 /* seat of the one without AV1 */
#define SOURCE 0 /* seat of the one that changes its codec */

static uint64_t pictures(const struct ic_world *world, uint32_t receiver)
{
    return ic_bot_heard(&world->seats[receiver].bot, SOURCE + 1, IC_KIND_VIDEO);
}

/* Let time pass; who sees the source meanwhile, and how often it is asked for key frames. */
static void require_seen(struct ic_world *world, struct ic_dur span, bool by_all, uint64_t plis)
{
    uint64_t before[BOTS + 1], asked = world->seats[SOURCE].bot.plis;
    uint64_t sound = ic_bot_heard(&world->seats[LACKS].bot, SOURCE + 1, IC_KIND_AUDIO);
    for (uint32_t i = 0; i < world->seat_count; i++)
        before[i] = pictures(world, i);
    ic_world_run(world, span);
    for (uint32_t i = 0; i < world->seat_count; i++) {
        bool expected = i != SOURCE && (by_all || i < LACKS);
        uint64_t seen = pictures(world, i) - before[i];
        IC_REQUIRE(world, expected == (seen > 0), "bot %u saw %u pictures", i + 1, (unsigned)seen);
    }
    asked = world->seats[SOURCE].bot.plis - asked;
    IC_REQUIRE(world, asked <= plis, "%u requests", (unsigned)asked);
    sound = ic_bot_heard(&world->seats[LACKS].bot, SOURCE + 1, IC_KIND_AUDIO) - sound;
    IC_REQUIRE(world, sound > 20, "the sound stopped");
}

static uint64_t not_made(const struct ic_world *world)
{
    struct ic_worker_stats stats;
    ic_worker_stats(world->worker, &stats);
    return stats.dropped_codec;
}

/* Pictures of the codec before, overtaken by those of the new one: they come to a slot that is
 * blocked already, and nobody may be asked for a key frame, which would be of the new codec. */
static void require_late_ones_pass_by(struct ic_world *world)
{
    struct ic_link *up = &world->seats[SOURCE].up;
    ic_world_set_codec(world, SOURCE, IC_CODEC_VP8);
    ic_world_run(world, IC_SEC(1));
    up->reorder_delay = IC_MS(200);
    up->reorder_ppm = 1000000;
    ic_world_run(world, IC_MS(100));
    up->reorder_ppm = 0;
    uint64_t asked = world->seats[SOURCE].bot.plis;
    ic_world_set_codec(world, SOURCE, IC_CODEC_AV1);
    ic_world_run(world, IC_SEC(1));
    asked = world->seats[SOURCE].bot.plis - asked;
    IC_REQUIRE(world, asked == 0, "%u requests for what is late", (unsigned)asked);
    require_seen(world, IC_SEC(1), false, 0);
}

/* Pictures of the codec that one lacks come behind later ones of the codec that it decodes: it
 * misses their numbers and asks for them, and gets nothing that it cannot decode, which it would
 * say at once. */
static void require_no_retransmission_of_them(struct ic_world *world)
{
    uint32_t source = ic_world_join_as(world, 2, ic_world_bot(world, true, true));
    struct ic_bot_config config = ic_world_bot(world, false, false);
    config.lacks = 1U << IC_CODEC_AV1;
    uint32_t lacks = ic_world_join_as(world, 2, config);
    struct ic_link *up = &world->seats[source].up;
    ic_world_run(world, IC_SEC(1));
    const struct ic_bot *bot = &world->seats[lacks].bot;
    for (int round = 0; round < 5; round++) {
        up->reorder_delay = IC_MS(100);
        up->reorder_ppm = 1000000;
        ic_world_set_codec(world, source, IC_CODEC_AV1);
        ic_world_run(world, IC_MS(100));
        up->reorder_ppm = 0;
        ic_world_set_codec(world, source, IC_CODEC_VP8);
        ic_world_run(world, IC_SEC(1));
    }
    IC_REQUIRE(world, ic_bot_heard(bot, source + 1, IC_KIND_VIDEO) > 50, "no pictures");
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < BOTS; i++) {
        struct ic_bot_config config = ic_world_bot(world, true, true);
        config.lacks = i == LACKS ? 1U << IC_CODEC_AV1 : 0;
        ic_world_join_as(world, 1, config);
    }
    ic_world_run(world, IC_SEC(1));
    require_seen(world, IC_SEC(1), true, 0);
    IC_REQUIRE(world, not_made(world) == 0, "%u packets not made", (unsigned)not_made(world));
    for (int round = 0; round < 3; round++) {
        uint64_t dropped = not_made(world);
        ic_world_set_codec(world, SOURCE, IC_CODEC_AV1);
        ic_world_run(world, IC_MS(200));
        require_seen(world, IC_SEC(4), false, 0);
        dropped = not_made(world) - dropped;
        IC_REQUIRE(world, dropped > 100, "only %u packets were not made", (unsigned)dropped);
        ic_world_set_codec(world, SOURCE, round == 1 ? IC_CODEC_VP9 : IC_CODEC_VP8);
        ic_world_run(world, IC_MS(200));
        require_seen(world, IC_SEC(1), true, 0);
    }
    require_late_ones_pass_by(world);
    /* A newcomer of the same kind asks for one key frame, learns nothing from it, and waits. */
    ic_world_set_codec(world, SOURCE, IC_CODEC_AV1);
    ic_world_run(world, IC_MS(700));
    struct ic_bot_config config = ic_world_bot(world, false, false);
    config.lacks = 1U << IC_CODEC_AV1;
    ic_world_join_as(world, 1, config);
    require_seen(world, IC_SEC(3), false, 1);
    /* With loss and reordering over both changes. */
    static const struct ic_fault bad[] = {
        {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 20000},
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 50000},
    };
    ic_faults_run(world, bad, 2, IC_US(0));
    for (int round = 0; round < 10; round++) {
        ic_world_set_codec(world, SOURCE, round % 2 == 0 ? IC_CODEC_VP8 : IC_CODEC_AV1);
        ic_world_run(world, IC_MS(1500));
        require_seen(world, IC_MS(1500), round % 2 == 0, 4);
    }
    require_no_retransmission_of_them(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "codec_missing", .config = {.pli_tolerance = {40000}}, .run = run};
    return ic_scenario_main(&scenario);
}
