/* Who cannot connect, shows another certificate than announced, or comes when the worker is full,
 * is told so, takes no slot, and leaves nothing behind. */
#include "sfu/worker_state.h"
#include "sim/scenario.h"

#define PEERS_MAX 4

static void require_closed(struct ic_world *world, uint32_t seat, enum ic_peer_reason reason)
{
    const struct ic_seat *s = &world->seats[seat];
    IC_REQUIRE(world, s->closed && s->reason == reason && !s->server_connected,
               "bot %u: closed %d, reason %d", seat + 1, (int)s->closed, (int)s->reason);
    for (uint32_t i = 0; i < world->seat_count; i++)
        for (size_t k = 0; k < world->seats[i].bot.slot_count; k++)
            IC_REQUIRE(world,
                       world->seats[i].bot.slots[k].assigned[0].source != seat + 1 &&
                           world->seats[i].bot.slots[k].assigned[1].source != seat + 1,
                       "it had a slot");
}

static void run(struct ic_world *world)
{
    struct ic_bot_config config = {.microphone = true,
                                   .camera = true,
                                   .wrong_fingerprint = true,
                                   .frames_per_s = 15,
                                   .packets_per_frame = 2,
                                   .profile = IC_SRTP_AEAD_AES_128_GCM};
    uint32_t host = ic_world_join(world, 1, true, true);
    uint32_t liar = ic_world_join_as(world, 1, config);
    uint32_t mute = ic_world_join(world, 1, true, true);
    world->seats[mute].up.down = true;
    ic_world_run(world, IC_SEC(1));
    require_closed(world, liar, IC_PEER_REASON_FINGERPRINT);
    ic_world_run(world, IC_SEC(28));
    IC_REQUIRE(world, !world->seats[mute].closed, "given up too early");
    ic_world_run(world, IC_SEC(2));
    require_closed(world, mute, IC_PEER_REASON_ICE_TIMEOUT);
    IC_REQUIRE(world, world->worker->peers.used == 1, "%u peers", world->worker->peers.used);
    for (uint32_t i = 1; i < PEERS_MAX; i++)
        ic_world_join(world, 2, false, true);
    uint32_t late = ic_world_join(world, 1, true, true);
    IC_REQUIRE(world,
               world->seats[late].refused && world->seats[late].reason == IC_PEER_REASON_FULL,
               "a full worker took one more");
    ic_world_leave(world, host);
    uint32_t next = ic_world_join(world, 2, true, true);
    ic_world_run(world, IC_SEC(1));
    IC_REQUIRE(world, world->seats[next].server_connected, "a freed seat was not given again");
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "failed_joins", .config = {.peers_max = PEERS_MAX}, .run = run};
    return ic_scenario_main(&scenario);
}
