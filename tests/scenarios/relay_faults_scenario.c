/* What goes wrong with relays: losses on one are made good from the store of the worker beyond it;
 * one that is cut goes on afterwards, or is opened again when it was lost for good; another
 * certificate at either end lets nothing through; what came over a relay goes to no other one; and
 * what nobody needs is not carried. */
#include "sim/relays.h"
#include "sim/scenario.h"

#define ROOM 7

static uint64_t played(const struct ic_world *world, uint32_t seat, uint32_t source,
                       enum ic_kind kind)
{
    return ic_bot_heard(&world->seats[seat].bot, source + 1, kind);
}

static uint32_t join(struct ic_world *world, uint32_t worker, uint64_t room, bool camera)
{
    return ic_world_join_at(world, worker, room, ic_world_bot(world, true, camera));
}

/* Frames of the picture that `seat` plays of `source` in this time. */
static uint64_t frames_in(struct ic_world *world, uint32_t seat, uint32_t source,
                          struct ic_dur span)
{
    uint64_t before = played(world, seat, source, IC_KIND_VIDEO);
    ic_world_run(world, span);
    return played(world, seat, source, IC_KIND_VIDEO) - before;
}

static void leave_all(struct ic_world *world)
{
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            ic_world_leave(world, i);
    ic_world_run(world, IC_SEC(1));
}

/* ---- losses ---- */

static uint64_t holes(const struct ic_world *world, uint32_t seat, enum ic_kind kind)
{
    uint64_t sum = 0;
    const struct ic_bot *bot = &world->seats[seat].bot;
    for (size_t i = 0; i < bot->slot_count; i++)
        sum += bot->slots[i].kind == kind ? bot->slots[i].holes : 0;
    return sum;
}

static void lose(struct ic_world *world, uint32_t relay, uint32_t a, uint32_t b)
{
    struct ic_worker_stats before[2], after[2];
    world->between[0][1].loss_ppm = world->between[1][0].loss_ppm = 100000;
    for (int i = 0; i < 2; i++)
        ic_worker_stats(world->workers[i], &before[i]);
    uint64_t lost = holes(world, a, IC_KIND_VIDEO) + holes(world, b, IC_KIND_VIDEO);
    uint64_t there = frames_in(world, b, a, IC_SEC(10));
    for (int i = 0; i < 2; i++)
        ic_worker_stats(world->workers[i], &after[i]);
    lost = holes(world, a, IC_KIND_VIDEO) + holes(world, b, IC_KIND_VIDEO) - lost;
    world->between[0][1].loss_ppm = world->between[1][0].loss_ppm = 0;
    IC_REQUIRE(world, ic_relays_is_up(world, relay), "losses ended the relay");
    IC_REQUIRE(world, there > 135, "%u frames of 150 with losses", (unsigned)there);
    IC_REQUIRE(world, lost <= 4, "%u holes in pictures were not filled", (unsigned)lost);
    for (int i = 0; i < 2; i++) {
        /* The worker asks the other one, which answers; people need not ask across. */
        IC_REQUIRE(world, after[i].nack_out > before[i].nack_out + 20, "worker %d did not ask", i);
        IC_REQUIRE(world, after[i].rtx_out > before[i].rtx_out + 20, "worker %d sent nothing", i);
    }
}

/* A loss between a person and his worker is made good there; nothing crosses for it. */
static void lose_behind(struct ic_world *world, uint32_t a, uint32_t b)
{
    struct ic_worker_stats before, after;
    ic_world_run(world, IC_SEC(2)); /* what was lost before is settled */
    world->seats[b].down.loss_ppm = 100000;
    ic_worker_stats(world->workers[0], &before);
    uint64_t there = frames_in(world, b, a, IC_SEC(5));
    ic_worker_stats(world->workers[0], &after);
    world->seats[b].down.loss_ppm = 0;
    IC_REQUIRE(world, there > 68, "%u frames of 75 with losses behind the relay", (unsigned)there);
    IC_REQUIRE(world, after.rtx_out == before.rtx_out, "a loss beyond the relay crossed it");
}

/* ---- cuts ---- */

static void cut(struct ic_world *world, struct ic_dur span)
{
    world->between[0][1].down = world->between[1][0].down = true;
    ic_world_run(world, span);
    world->between[0][1].down = world->between[1][0].down = false;
}

static void cut_and_heal(struct ic_world *world, uint32_t relay, uint32_t a, uint32_t b)
{
    cut(world, IC_SEC(10));
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, ic_relays_opened(world, relay) == 1, "10 s of silence ended the relay");
    IC_REQUIRE(world, frames_in(world, b, a, IC_SEC(2)) > 20, "no picture after 10 s of silence");
    cut(world, IC_SEC(45));
    bool is_noticed = false;
    for (uint32_t end = 0; end < 2; end++)
        is_noticed |= ic_relays_reason(world, relay, end) == IC_PEER_REASON_CONSENT_LOST;
    IC_REQUIRE(world, is_noticed, "nobody noticed 45 s of silence");
    for (size_t k = 0; k < world->seats[b].bot.slot_count; k++)
        IC_REQUIRE(world, ic_bot_slot_source(&world->seats[b].bot.slots[k]) != a + 1,
                   "who is beyond a lost relay still has a slot");
    ic_world_run(world, IC_SEC(35)); /* a handshake that failed meanwhile has its own patience */
    IC_REQUIRE(world, ic_relays_opened(world, relay) > 1, "it was not opened again");
    IC_REQUIRE(world, frames_in(world, b, a, IC_SEC(2)) > 20, "no picture over the new relay");
    IC_REQUIRE(world, frames_in(world, a, b, IC_SEC(2)) > 20, "none the other way");
}

/* ---- certificates ---- */

/* The same two workers have but one path between them, so one relay at a time. */
static void another_certificate(struct ic_world *world, enum ic_relays_fault fault)
{
    uint32_t a = join(world, 0, ROOM + 1, true), b = join(world, 1, ROOM + 1, true);
    uint64_t crossed = world->crossed[0][1] + world->crossed[1][0];
    uint32_t relay = ic_relays_open(world, 0, 1, fault);
    ic_relays_carry(world, relay, ROOM + 1);
    ic_world_run(world, IC_SEC(8));
    uint32_t judge = fault == IC_RELAYS_CALLER_IS_ANOTHER ? 1 : 0;
    IC_REQUIRE(world, ic_relays_reason(world, relay, judge) == IC_PEER_REASON_FINGERPRINT,
               "fault %d was not seen", (int)fault);
    IC_REQUIRE(world, !ic_relays_is_up(world, relay), "fault %d: it is up", (int)fault);
    IC_REQUIRE(world, world->crossed[0][1] + world->crossed[1][0] == crossed,
               "fault %d: media crossed", (int)fault);
    IC_REQUIRE(world, played(world, b, a, IC_KIND_VIDEO) + played(world, a, b, IC_KIND_VIDEO) == 0,
               "fault %d: somebody sees somebody", (int)fault);
    ic_relays_close(world, relay);
    leave_all(world);
}

/* ---- hops ---- */

static void no_second_relay(struct ic_world *world)
{
    uint32_t seats[3];
    for (uint32_t i = 0; i < 3; i++)
        seats[i] = join(world, i, ROOM + 2, true);
    uint32_t relays[2] = {ic_relays_open(world, 0, 1, IC_RELAYS_GOOD),
                          ic_relays_open(world, 1, 2, IC_RELAYS_GOOD)};
    for (int i = 0; i < 2; i++)
        ic_relays_carry(world, relays[i], ROOM + 2);
    ic_world_run(world, IC_SEC(5));
    IC_REQUIRE(world,
               played(world, seats[1], seats[0], IC_KIND_VIDEO) > 20 &&
                   played(world, seats[1], seats[2], IC_KIND_VIDEO) > 20,
               "the one in the middle does not see both");
    IC_REQUIRE(world,
               played(world, seats[2], seats[0], IC_KIND_VIDEO) +
                       played(world, seats[0], seats[2], IC_KIND_VIDEO) ==
                   0,
               "a stream crossed two relays");
    /* With a relay of their own the outer ones see each other. */
    uint32_t third = ic_relays_open(world, 0, 2, IC_RELAYS_GOOD);
    ic_relays_carry(world, third, ROOM + 2);
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, frames_in(world, seats[2], seats[0], IC_SEC(2)) > 20, "no picture in a mesh");
    for (int i = 0; i < 2; i++)
        ic_relays_close(world, relays[i]);
    ic_relays_close(world, third);
    leave_all(world);
}

/* ---- what nobody needs ---- */

/* Ten cameras at worker 1: with all slots full, nobody there needs the pictures of worker 0. */
static void nothing_unneeded(struct ic_world *world)
{
    for (uint32_t i = 0; i < IC_VIDEO_SLOTS + 1; i++)
        join(world, 1, ROOM + 3, true);
    ic_world_run(world, IC_SEC(2));
    uint32_t a = join(world, 0, ROOM + 3, true);
    uint32_t relay = ic_relays_open(world, 0, 1, IC_RELAYS_GOOD);
    ic_relays_carry(world, relay, ROOM + 3);
    ic_world_run(world, IC_SEC(3));
    /* Of worker 0 the picture is not carried, and neither is the sound of a tenth voice. */
    uint64_t crossed = world->crossed[0][1];
    ic_world_run(world, IC_SEC(3));
    IC_REQUIRE(world, world->crossed[0][1] == crossed, "%u packets crossed for nobody",
               (unsigned)(world->crossed[0][1] - crossed));
    /* A place comes free for each of them: now somebody needs it. */
    for (uint32_t i = 0; i < 3; i++)
        ic_world_set_media(world, a - 1 - i, false, false);
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, frames_in(world, a - 5, a, IC_SEC(2)) > 20, "a free slot stays empty");
    ic_relays_close(world, relay);
    leave_all(world);
}

static void run(struct ic_world *world)
{
    uint32_t a = join(world, 0, ROOM, true), b = join(world, 1, ROOM, true);
    uint32_t relay = ic_relays_open(world, 0, 1, IC_RELAYS_GOOD);
    ic_relays_carry(world, relay, ROOM);
    ic_world_run(world, IC_SEC(3));
    lose(world, relay, a, b);
    lose_behind(world, a, b);
    cut_and_heal(world, relay, a, b);
    ic_relays_close(world, relay);
    leave_all(world);
    another_certificate(world, IC_RELAYS_CALLER_IS_ANOTHER);
    another_certificate(world, IC_RELAYS_ANSWERER_IS_ANOTHER);
    no_second_relay(world);
    nothing_unneeded(world);
    ic_check_empty(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "relay_faults", .config = {.workers = 3}, .run = run};
    return ic_scenario_main(&scenario);
}
