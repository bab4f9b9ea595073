/* What a worker counts of a peer, for its receipts, is what the network carried: each datagram of
 * RTP and RTCP that reached it, and each that left it, no more and no less. What it throws away is
 * in neither. */
#include "sim/scenario.h"

#define BOTS   3
#define FORGED 50

static void require_counts(struct ic_world *world, uint32_t seat, uint64_t dropped)
{
    const struct ic_seat *s = &world->seats[seat];
    ic_world_count(world, seat);
    IC_REQUIRE(world, s->counts.packets_in + s->counts.dropped == s->carried.packets_in,
               "bot %u: %u came, %u counted, %u dropped", seat, (unsigned)s->carried.packets_in,
               (unsigned)s->counts.packets_in, (unsigned)s->counts.dropped);
    IC_REQUIRE(world, s->counts.dropped == dropped, "bot %u: %u dropped", seat,
               (unsigned)s->counts.dropped);
    IC_REQUIRE(world, s->counts.packets_out == s->carried.packets_out,
               "bot %u: %u left, %u counted", seat, (unsigned)s->carried.packets_out,
               (unsigned)s->counts.packets_out);
    IC_REQUIRE(world, s->counts.bytes_out == s->carried.bytes_out, "bytes out");
    IC_REQUIRE(world, dropped > 0 || s->counts.bytes_in == s->carried.bytes_in, "bytes in");
    IC_REQUIRE(world, s->counts.packets_in > 100 && s->counts.packets_out > 100, "no media");
}

static void run(struct ic_world *world)
{
    static const struct ic_fault loss = {
        .kind = IC_FAULT_LOSS, .seat = IC_FAULT_ALL, .value = 30000};
    static const uint8_t forged[] = {0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 4, 5, 6, 7, 8, 9,
                                     0,    1,  2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7};
    for (uint32_t i = 0; i < BOTS; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(3));
    for (uint32_t i = 0; i < BOTS; i++)
        require_counts(world, i, 0);
    ic_faults_run(world, &loss, 1, IC_SEC(3)); /* what is lost reached nobody, and is made again */
    for (uint32_t i = 0; i < BOTS; i++)
        require_counts(world, i, 0);
    for (int i = 0; i < FORGED; i++)
        ic_world_inject(world, 0, forged, sizeof forged);
    world->seats[0].carried.packets_in += FORGED;
    require_counts(world, 0, FORGED);
    require_counts(world, 1, 0);
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "counts", .run = run};
    return ic_scenario_main(&scenario);
}
