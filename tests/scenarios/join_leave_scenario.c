/* People come and go: everybody hears and sees everybody else, within a second of the last join,
 * and nothing is left of who is gone. */
#include "sim/scenario.h"

#define ROOM 7

static void require_all_heard(struct ic_world *world, uint32_t count, struct ic_dur span)
{
    uint64_t before[8][8][2];
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < count; k++)
            for (int kind = 0; kind < 2; kind++)
                before[i][k][kind] = ic_bot_heard(&world->seats[i].bot, k + 1, (enum ic_kind)kind);
    ic_world_run(world, span);
    for (uint32_t i = 0; i < count; i++) {
        const struct ic_seat *s = &world->seats[i];
        for (uint32_t k = 0; k < count && s->present; k++) {
            bool expected = k != i && world->seats[k].present;
            for (int kind = 0; kind < 2; kind++) {
                uint64_t frames =
                    ic_bot_heard(&s->bot, k + 1, (enum ic_kind)kind) - before[i][k][kind];
                IC_REQUIRE(world, expected == (frames > 0),
                           "bot %u played %u frames of kind %d of bot %u", i + 1, (unsigned)frames,
                           kind, k + 1);
            }
        }
    }
}

/* A person's sound and picture stand in slots of one number: browsers pair those. */
static void require_pairs(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->seat_count; i++)
        for (size_t k = 0; k < IC_AUDIO_SLOTS && world->seats[i].present; k++) {
            const struct ic_bot_slot *slots = world->seats[i].bot.slots;
            IC_REQUIRE(world,
                       ic_bot_slot_source(&slots[k]) ==
                           ic_bot_slot_source(&slots[IC_AUDIO_SLOTS + k]),
                       "bot %u, slots %zu: sound of %u, picture of %u", i + 1, k,
                       (unsigned)ic_bot_slot_source(&slots[k]),
                       (unsigned)ic_bot_slot_source(&slots[IC_AUDIO_SLOTS + k]));
        }
}

static void run(struct ic_world *world)
{
    struct ic_worker_stats stats;
    for (uint32_t i = 0; i < 6; i++) {
        ic_world_join(world, ROOM, true, true);
        ic_world_run(world, IC_MS(300));
    }
    ic_world_run(world, IC_MS(700));
    require_all_heard(world, 6, IC_SEC(2));
    require_pairs(world);
    for (uint32_t i = 0; i < 6; i++) {
        int64_t apart_us = 0;
        bool is_known = ic_bot_sync(&world->seats[i].bot, (i + 1) % 6 + 1, &apart_us);
        IC_REQUIRE(world, is_known && apart_us > -5000 && apart_us < 5000,
                   "sound and picture are %d us apart", (int)apart_us);
        const struct ic_bot *bot = &world->seats[i].bot;
        IC_REQUIRE(world, bot->twcc_feedbacks > 10 && bot->reports > 3, "%u feedbacks, %u reports",
                   (unsigned)bot->twcc_feedbacks, (unsigned)bot->reports);
        IC_REQUIRE(world, bot->rtt_us > 18000 && bot->rtt_us < 23000, "round trip %d us",
                   (int)bot->rtt_us);
    }
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, stats.nack_in == 0 && stats.nack_out == 0,
               "padding looks like loss: %u numbers asked for", (unsigned)stats.nack_in);
    ic_world_leave(world, 2);
    ic_bot_close(&world->seats[4].bot, world->outbox); /* a tab that closes says so by DTLS */
    ic_world_send(world, 4);
    ic_world_run(world, IC_MS(100));
    IC_REQUIRE(world,
               world->seats[4].closed && world->seats[4].reason == IC_PEER_REASON_CLOSED_BY_PEER,
               "the goodbye was not heard");
    world->seats[4].present = false;
    ic_world_run(world, IC_SEC(1));
    require_all_heard(world, 6, IC_SEC(1));
    ic_world_set_media(world, 0, false, true); /* and they stay together */
    ic_world_set_media(world, 3, true, false);
    ic_world_set_media(world, 0, true, true);
    ic_world_set_media(world, 3, true, true);
    ic_world_run(world, IC_MS(100));
    require_pairs(world);
    for (uint32_t i = 0; i < 6; i++)
        if (world->seats[i].present)
            ic_world_leave(world, i);
    ic_world_run(world, IC_SEC(1));
    ic_check_empty(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "join_leave", .config = {.probe_ppm = 200000, .padding_ppm = 100000}, .run = run};
    return ic_scenario_main(&scenario);
}
