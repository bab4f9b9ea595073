/* A receiver that asks for everything again and again gets each packet twice at most, and never
 * more than a fifth of its media; the others do not notice. */
#include "sim/scenario.h"

/* All that went out lately in the slot, and more. */
static void ask_for_everything(struct ic_world *world, uint32_t seat,
                               const struct ic_bot_slot *slot)
{
    struct ic_bot *bot = &world->seats[seat].bot;
    struct ic_outbox_item *out = ic_outbox_add(world->outbox);
    struct ic_wr w = ic_wr_init(out->bytes, 1200);
    uint16_t seqs[500];
    for (uint16_t i = 0; i < 500; i++)
        seqs[i] = (uint16_t)(slot->highest - 499 + i);
    ic_rtcp_write_rr(&w, bot->rtcp_ssrc, NULL, 0);
    for (int i = 0; i < 5; i++)
        ic_rtcp_write_nack(&w, bot->rtcp_ssrc, slot->ssrc, seqs, 500);
    size_t len = w.len;
    if (!ic_wr_ok(&w) || ic_srtp_protect_rtcp(ic_peer_io_srtp(&bot->io), out->bytes, &len,
                                              sizeof out->bytes) != IC_OK)
        ic_world_blame(world, "cannot write the NACKs");
    out->len = len;
    ic_world_send(world, seat);
}

static void run(struct ic_world *world)
{
    struct ic_worker_stats before, after;
    for (uint32_t i = 0; i < 3; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(2));
    const struct ic_bot *greedy = &world->seats[1].bot;
    const struct ic_bot_slot *slot = NULL;
    for (size_t k = 0; k < greedy->slot_count; k++)
        if (greedy->slots[k].kind == IC_KIND_VIDEO && ic_bot_slot_source(&greedy->slots[k]) == 1)
            slot = &greedy->slots[k];
    if (slot == NULL) {
        ic_world_blame(world, "no picture of bot 1");
        return;
    }
    ic_worker_stats(world->worker, &before);
    uint64_t first = slot->highest;
    for (int i = 0; i < 300; i++) {
        ask_for_everything(world, 1, slot);
        ic_world_run(world, IC_MS(10));
    }
    ic_worker_stats(world->worker, &after);
    uint64_t rtx = after.rtx_out - before.rtx_out;
    uint64_t packets = slot->highest - first;
    /* Media of 3 s: 30 packets/s of 240 bytes and 50 of 64 from each of two; a fifth of it. */
    uint64_t budget = 3 * 2 * (30 * 240 + 50 * 64) / 5;
    IC_REQUIRE(world, rtx > 10 && rtx <= 2 * (packets + 200), "%u for %u packets", (unsigned)rtx,
               (unsigned)packets);
    IC_REQUIRE(world, rtx * 240 <= budget + budget / 3, "%u octets, %u allowed",
               (unsigned)rtx * 240, (unsigned)budget);
    const struct ic_bot *other = &world->seats[2].bot;
    for (size_t k = 0; k < other->slot_count; k++)
        IC_REQUIRE(world,
                   other->slots[k].holes == 0 && other->slots[k].undecodable == 0 &&
                       other->slots[k].retransmissions == 0,
                   "mid %s of another is disturbed", other->slots[k].mid);
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "retransmission_limits", .run = run};
    return ic_scenario_main(&scenario);
}
