/* A meeting changes its codec while it runs: every stream goes on, with the same numbers and
 * without a request for a key frame; with loss and reordering, what is missing is asked for again
 * over the change. */
#include "sim/scenario.h"

#define BOTS 4

static const enum ic_codec CODECS[] = {IC_CODEC_AV1, IC_CODEC_VP9, IC_CODEC_VP8};

struct count {
    uint32_t sent[BOTS];
    uint64_t played[BOTS][BOTS], decoded[BOTS][IC_CODECS];
    uint64_t plis, holes, undecodable, changes;
};

static struct count take_count(const struct ic_world *world)
{
    struct count c = {0};
    for (uint32_t i = 0; i < BOTS; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        c.sent[i] = bot->sources[IC_SOURCE_CAMERA].frame;
        c.plis += bot->plis;
        for (uint32_t k = 0; k < BOTS; k++)
            c.played[i][k] = ic_bot_heard(bot, k + 1, IC_KIND_VIDEO);
        for (size_t k = 0; k < bot->slot_count; k++) {
            c.holes += bot->slots[k].kind == IC_KIND_VIDEO ? bot->slots[k].holes : 0;
            c.undecodable += bot->slots[k].undecodable;
            c.changes += bot->slots[k].codec_changes;
            for (unsigned codec = 0; codec < IC_CODECS; codec++)
                c.decoded[i][codec] += bot->slots[k].decoded[codec];
        }
    }
    return c;
}

static void change_all(struct ic_world *world, uint32_t rounds, struct ic_dur each)
{
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < BOTS; i++) {
            ic_world_set_codec(world, i, CODECS[round % 3]);
            ic_world_run(world, IC_MS(20)); /* they do not hear of it at the same time */
        }
        ic_world_run(world, each);
    }
}

/* Every frame was played, but for those that a hole costs up to the next key frame. */
static void require_played(struct ic_world *world, const struct count *before,
                           const struct count *after, uint64_t allowed)
{
    for (uint32_t i = 0; i < BOTS; i++)
        for (uint32_t k = 0; k < BOTS; k++) {
            uint64_t sent = after->sent[k] - before->sent[k];
            uint64_t played = after->played[i][k] - before->played[i][k];
            IC_REQUIRE(world, i == k || played + 1 + allowed >= sent,
                       "bot %u played %u of %u frames of bot %u", i + 1, (unsigned)played,
                       (unsigned)sent, k + 1);
        }
}

static void run(struct ic_world *world)
{
    static const struct ic_fault bad[] = {
        {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 20000},
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 30000},
        {.kind = IC_FAULT_DUPLICATE, .seat = IC_FAULT_ALL, .value = 30000},
    };
    static const struct ic_fault good[] = {
        {.kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 0},
        {.kind = IC_FAULT_REORDER, .seat = IC_FAULT_ALL, .value = 0},
        {.kind = IC_FAULT_DUPLICATE, .seat = IC_FAULT_ALL, .value = 0},
    };
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    struct count before = take_count(world);
    change_all(world, 6, IC_MS(700));
    struct count after = take_count(world);
    require_played(world, &before, &after, 0);
    IC_REQUIRE(world, after.plis == before.plis, "%u requests for key frames",
               (unsigned)(after.plis - before.plis));
    IC_REQUIRE(world, after.holes == 0 && after.undecodable == 0, "%u frames lost",
               (unsigned)after.undecodable);
    IC_REQUIRE(world, after.changes - before.changes == 6 * BOTS * (BOTS - 1), "%u changes",
               (unsigned)(after.changes - before.changes));
    for (uint32_t i = 0; i < BOTS; i++)
        for (unsigned k = IC_CODEC_VP8; k < IC_CODECS; k++)
            IC_REQUIRE(world, after.decoded[i][k] - before.decoded[i][k] > 50,
                       "bot %u: %u frames of codec %u", i + 1, (unsigned)after.decoded[i][k], k);
    struct ic_worker_stats stats;
    ic_faults_run(world, bad, 3, IC_US(0));
    before = take_count(world);
    change_all(world, 15, IC_MS(600));
    ic_faults_run(world, good, 3, IC_SEC(2));
    after = take_count(world);
    uint64_t holes = after.holes - before.holes;
    IC_REQUIRE(world, holes <= 8, "%u packets never came", (unsigned)holes);
    /* A key frame whose start overtakes the frame before, or is overtaken, costs that frame. */
    require_played(world, &before, &after, 15 + 20 * holes);
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.rtx_out > 50 && stats.nack_out > 20, "nothing was lost");
    IC_REQUIRE(world, stats.dropped_codec == 0, "%u packets were not made",
               (unsigned)stats.dropped_codec);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "codec_change", .config = {.pli_tolerance = {40000}}, .run = run};
    return ic_scenario_main(&scenario);
}
