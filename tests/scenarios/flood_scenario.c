/* One member sends 200,000 packets a second, well encrypted: its bucket lets 6,000 through, before
 * decryption; the others play every frame, and not later than before. */
#include "sim/scenario.h"

#define FLOOD_PER_MS 200

static void run(struct ic_world *world)
{
    struct ic_worker_stats before, after;
    for (uint32_t i = 0; i < 4; i++)
        ic_world_join(world, 1 + i / 3, true, true);
    ic_world_join(world, 2, true, true);
    ic_world_run(world, IC_SEC(2));
    ic_worker_stats(world->worker, &before);
    struct ic_bot *flooder = &world->seats[2].bot;
    struct ic_bot_source *source = &flooder->sources[IC_SOURCE_MICROPHONE];
    struct ic_bot_line line = {.srtp = ic_peer_io_srtp(&flooder->io),
                               .out = world->outbox,
                               .prng = &flooder->prng,
                               .transport_cc = &flooder->transport_cc};
    uint32_t sent = flooder->sources[0].packets;
    for (int ms = 0; ms < 500; ms++) {
        for (int i = 0; i < FLOOD_PER_MS; i++) {
            source->frame_next = world->now;
            ic_bot_source_tick(source, world->now, &line);
        }
        ic_world_send(world, 2);
        ic_world_run(world, IC_MS(1));
    }
    ic_world_run(world, IC_MS(500));
    ic_worker_stats(world->worker, &after);
    sent = flooder->sources[0].packets - sent;
    uint64_t dropped = after.dropped_rate - before.dropped_rate;
    IC_REQUIRE(world, sent >= 100000 && dropped + 3000 + 3000 + 500 > sent && dropped < sent,
               "%u sent, %u dropped", sent, (unsigned)dropped);
    uint64_t forwarded = after.packets_forwarded - before.packets_forwarded;
    IC_REQUIRE(world, forwarded < 3 * (6000 + 2000), "%u forwarded", (unsigned)forwarded);
    for (uint32_t i = 0; i < 5; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        IC_REQUIRE(world, bot->state == IC_BOT_CONNECTED, "bot %u lost its connection", i + 1);
        for (size_t k = 0; k < bot->slot_count; k++) {
            const struct ic_bot_slot *slot = &bot->slots[k];
            if (ic_bot_slot_source(slot) == 3)
                continue;
            IC_REQUIRE(world, slot->holes == 0 && slot->undecodable == 0,
                       "bot %u, mid %s is disturbed", i + 1, slot->mid);
        }
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "flood", .run = run};
    return ic_scenario_main(&scenario);
}
