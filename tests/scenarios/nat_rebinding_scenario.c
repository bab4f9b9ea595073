/* A NAT forgets a mapping and takes another port: the next authenticated check moves the path;
 * media alone never does. */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define CONSENT_CHECK_S                                                                            \
    7 /* checks are 4 to 6 s apart (RFC 7675 5.1), and the way there and back                      \
       */

static uint64_t played_at(const struct ic_world *world, uint32_t seat, uint64_t source)
{
    return ic_bot_heard(&world->seats[seat].bot, source, IC_KIND_VIDEO);
}

/* Where the server sends to. */
static uint16_t port_of(const struct ic_world *world, uint32_t seat)
{
    uint32_t index;
    uint64_t key = seat + 1;
    if (!ic_map_find(&world->worker->by_key, &key, &index))
        return 0;
    const struct ic_path *path = ic_peer_io_path(&ic_worker_peer(world->worker, index)->io);
    return path == NULL ? 0 : path->remote.port;
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < 3; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    for (int round = 0; round < 6; round++) {
        uint16_t old_port = port_of(world, 0);
        uint64_t lost = world->dgrams_lost, sent = played_at(world, 1, 1);
        ic_world_rebind(world, 0);
        ic_world_run(world, IC_MS(400));
        bool is_checked = world->seats[0].bot.io.ice.paths[0].checked.us > world->now.us - 400000;
        IC_REQUIRE(world, is_checked || port_of(world, 0) == old_port, "media moved the path");
        IC_REQUIRE(world, is_checked || played_at(world, 1, 1) <= sent + 2,
                   "media was taken from an address that nobody proved");
        ic_world_run(world, IC_SEC(CONSENT_CHECK_S));
        uint64_t out = played_at(world, 0, 2), in = played_at(world, 1, 1);
        IC_REQUIRE(world, world->dgrams_lost > lost, "the old port was not used");
        lost = world->dgrams_lost;
        ic_world_run(world, IC_SEC(1));
        IC_REQUIRE(world, played_at(world, 0, 2) > out + 10, "round %d: no media to it", round);
        IC_REQUIRE(world, played_at(world, 1, 1) > in + 10, "round %d: no media from it", round);
        IC_REQUIRE(world, world->dgrams_lost == lost, "round %d: the old port is in use", round);
    }
    /* Without a network consent ends after 30 s; the others see the slot freed. */
    struct ic_fault cut = {.kind = IC_FAULT_PARTITION, .seat = 0, .value = 1};
    ic_faults_run(world, &cut, 1, IC_SEC(20));
    IC_REQUIRE(world, !world->seats[0].closed, "consent was lost too early");
    ic_world_run(world, IC_SEC(15));
    IC_REQUIRE(world,
               world->seats[0].closed && world->seats[0].reason == IC_PEER_REASON_CONSENT_LOST,
               "consent was not lost");
    for (size_t k = 0; k < world->seats[1].bot.slot_count; k++)
        IC_REQUIRE(world, ic_bot_slot_source(&world->seats[1].bot.slots[k]) != 1,
                   "its slot was not freed");
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "nat_rebinding", .run = run};
    return ic_scenario_main(&scenario);
}
