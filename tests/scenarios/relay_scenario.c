/* One meeting at two workers: everybody sees and hears everybody, and a stream crosses the relay
 * once, however many people there are beyond it, and not at all when nobody there needs it. People
 * come and go and switch their sources, and what is said of slots is later than the media. */
#include "sim/relays.h"
#include "sim/scenario.h"

#define PEOPLE 8 /* the first half at worker 0 */
#define ROOM   7

static uint64_t played(const struct ic_world *world, uint32_t seat, uint32_t source,
                       enum ic_kind kind)
{
    return ic_bot_heard(&world->seats[seat].bot, source + 1, kind);
}

static uint32_t join(struct ic_world *world, uint32_t worker, bool microphone, bool camera)
{
    return ic_world_join_at(world, worker, ROOM, ic_world_bot(world, microphone, camera));
}

/* In this time everybody of `seats` plays so many frames of every other one. */
static void check_everybody(struct ic_world *world, uint32_t seats, uint32_t frames)
{
    static uint64_t before[IC_WORLD_BOTS_MAX][IC_WORLD_BOTS_MAX][2];
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t a = 0; a < seats; a++)
            for (uint32_t b = 0; b < seats; b++)
                for (int kind = 0; kind < 2; kind++) {
                    uint64_t now = played(world, a, b, (enum ic_kind)kind);
                    if (turn == 1 && a != b && world->seats[a].present && world->seats[b].present)
                        IC_REQUIRE(world, now >= before[a][b][kind] + frames,
                                   "%u plays %u of kind %d: %u frames", a, b, kind,
                                   (unsigned)(now - before[a][b][kind]));
                    before[a][b][kind] = now;
                }
        if (turn == 0)
            ic_world_run(world, IC_SEC(2));
    }
}

/* Media packets that a bot's two sources have sent. */
static uint64_t sent_by(const struct ic_world *world, uint32_t seat)
{
    const struct ic_bot *bot = &world->seats[seat].bot;
    return bot->sources[0].packets + bot->sources[1].packets;
}

/* Without loss, what crosses is what the people of one side have sent, once. */
static void check_copies(struct ic_world *world)
{
    uint64_t sent[2] = {0}, crossed[2] = {world->crossed[0][1], world->crossed[1][0]};
    for (uint32_t i = 0; i < PEOPLE; i++)
        sent[world->seats[i].worker] -= sent_by(world, i);
    ic_world_run(world, IC_SEC(4));
    for (uint32_t i = 0; i < PEOPLE; i++)
        sent[world->seats[i].worker] += sent_by(world, i);
    crossed[0] = world->crossed[0][1] - crossed[0];
    crossed[1] = world->crossed[1][0] - crossed[1];
    for (int i = 0; i < 2; i++)
        IC_REQUIRE(world, crossed[i] <= sent[i] + 20 && crossed[i] + 20 >= sent[i],
                   "%u packets of %u crossed from worker %d", (unsigned)crossed[i],
                   (unsigned)sent[i], i);
}

/* What the worker has counted for the other one, of this bot. */
static struct ic_node_counts crossed_for(struct ic_world *world, uint32_t seat)
{
    static const struct ic_node_counts none;
    const struct ic_seat *s = &world->seats[seat];
    ic_world_count(world, seat);
    for (size_t i = 0; i < IC_PEER_NODES_MAX; i++)
        if (s->nodes[i].node == ic_relays_node(1 - s->worker))
            return s->nodes[i];
    return none;
}

/* ... and bytes in them: of AEAD_AES_128_GCM, with a header without extensions, as they cross. */
static uint64_t bytes_by(const struct ic_world *world, uint32_t seat)
{
    const struct ic_bot *bot = &world->seats[seat].bot;
    return bot->sources[0].octets + bot->sources[1].octets + 28 * sent_by(world, seat);
}

/* Frames of the people at the other worker that a bot has played. */
static uint64_t played_of_others(const struct ic_world *world, uint32_t seat)
{
    uint64_t frames = 0;
    for (uint32_t i = 0; i < PEOPLE; i++)
        for (int kind = 0; kind < 2; kind++)
            if (world->seats[i].worker != world->seats[seat].worker)
                frames += played(world, seat, i, (enum ic_kind)kind);
    return frames;
}

/* Without loss: what somebody has sent crosses once, whoever is there; what somebody plays of those
 * beyond came from there, as many times as there are people who play it. Both are of that person's
 * own packets, so no more than those. */
static void check_tallies(struct ic_world *world)
{
    struct ic_node_counts before[PEOPLE], counts;
    uint64_t sent[PEOPLE], size[PEOPLE], frames[PEOPLE], crossed = world->crossed[0][1], sum = 0;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        before[i] = crossed_for(world, i);
        sent[i] = sent_by(world, i);
        size[i] = bytes_by(world, i);
        frames[i] = played_of_others(world, i);
    }
    ic_world_run(world, IC_SEC(4));
    for (uint32_t i = 0; i < PEOPLE; i++) {
        const struct ic_seat *s = &world->seats[i];
        counts = crossed_for(world, i);
        uint64_t to = counts.packets_to - before[i].packets_to;
        uint64_t from = counts.packets_from - before[i].packets_from;
        uint64_t bytes = counts.bytes_to - before[i].bytes_to;
        sent[i] = sent_by(world, i) - sent[i];
        size[i] = bytes_by(world, i) - size[i];
        frames[i] = played_of_others(world, i) - frames[i];
        sum += s->worker == 0 ? to : 0;
        IC_REQUIRE(world, to <= sent[i] + 3 && to + 3 >= sent[i], "bot %u: %u sent, %u crossed", i,
                   (unsigned)sent[i], (unsigned)to);
        IC_REQUIRE(world, counts.packets_to <= s->counts.packets_in, "more than came in");
        IC_REQUIRE(world, counts.packets_from <= s->counts.packets_out, "more than went out");
        IC_REQUIRE(world, counts.bytes_to <= s->counts.bytes_in, "larger than what came in");
        IC_REQUIRE(world, bytes <= size[i] + 3 * 1200 && bytes + 3 * 1200 >= size[i],
                   "bot %u: %u bytes sent, %u crossed", i, (unsigned)size[i], (unsigned)bytes);
        IC_REQUIRE(world, from >= frames[i] && frames[i] > 0, "bot %u: %u frames, %u packets", i,
                   (unsigned)frames[i], (unsigned)from);
    }
    crossed = world->crossed[0][1] - crossed;
    IC_REQUIRE(world, sum <= crossed + 3 && sum + 3 >= crossed, "%u packets crossed, %u are named",
               (unsigned)crossed, (unsigned)sum);
}

static void switch_sources(struct ic_world *world)
{
    for (int round = 0; round < 12; round++) {
        uint32_t seat = ic_prng_below(&world->prng, PEOPLE);
        ic_world_set_media(world, seat, round % 3 == 0, round % 2 == 0);
        ic_world_run(world, IC_MS(ic_prng_below(&world->prng, 300)));
    }
    for (uint32_t i = 0; i < PEOPLE; i++)
        ic_world_set_media(world, i, true, true);
    ic_world_run(world, IC_SEC(3));
}

/* Somebody goes at one worker and another one comes at the other. */
static void change_people(struct ic_world *world)
{
    for (uint32_t i = 0; i < 4; i++) {
        ic_world_leave(world, i * 2);
        join(world, 1 - world->seats[i * 2].worker, true, true);
        ic_world_run(world, IC_MS(ic_prng_below(&world->prng, 500)));
    }
    ic_world_run(world, IC_SEC(3));
}

/* More sources than slots: as one goes the next one takes its slot at once, while packets of both
 * are under way in any order. Bots say so if they get anything under another one's name. */
static void crowd(struct ic_world *world)
{
    struct ic_link *link = &world->between[0][1];
    uint32_t first = world->seat_count, sources = IC_VIDEO_SLOTS + 4;
    for (uint32_t i = 0; i < sources; i++)
        ic_world_join_at(world, 0, ROOM + 1, ic_world_bot(world, true, true));
    for (uint32_t i = 0; i < 2; i++)
        ic_world_join_at(world, 1, ROOM + 1, ic_world_bot(world, false, false));
    uint32_t relay = ic_relays_open(world, 0, 1, IC_RELAYS_GOOD);
    ic_relays_carry(world, relay, ROOM + 1);
    link->reorder_ppm = 300000;
    link->reorder_delay = IC_MS(60);
    ic_world_run(world, IC_SEC(3));
    for (int round = 0; round < 60; round++) {
        uint32_t seat = first + ic_prng_below(&world->prng, sources);
        bool is_on = ic_prng_below(&world->prng, 2) == 0;
        ic_world_set_media(world, seat, is_on, is_on);
        ic_world_run(world, IC_MS(20 + ic_prng_below(&world->prng, 200)));
    }
    for (uint32_t i = 0; i < sources; i++)
        ic_world_set_media(world, first + i, true, true);
    ic_world_run(world, IC_SEC(4));
    link->reorder_ppm = 0;
    const struct ic_bot *viewer = &world->seats[first + sources].bot;
    uint32_t full = 0;
    for (size_t i = 0; i < viewer->slot_count; i++)
        full += ic_bot_slot_source(&viewer->slots[i]) != 0;
    IC_REQUIRE(world, full == IC_SLOTS_MAX, "%u slots are in use", full);
    ic_relays_close(world, relay);
}

static void run(struct ic_world *world)
{
    for (uint32_t i = 0; i < PEOPLE; i++)
        join(world, i < PEOPLE / 2 ? 0 : 1, true, true);
    uint32_t relay = ic_relays_open(world, 0, 1, IC_RELAYS_GOOD);
    ic_relays_carry(world, relay, ROOM);
    ic_world_run(world, IC_SEC(3));
    IC_REQUIRE(world, ic_relays_is_up(world, relay), "the relay is not connected");
    check_everybody(world, PEOPLE, 20);
    check_copies(world);
    check_tallies(world);
    switch_sources(world);
    check_everybody(world, PEOPLE, 20);
    change_people(world);
    check_everybody(world, world->seat_count, 20);
    /* The meeting goes on at each worker by itself, and nothing is left of the relay. */
    ic_relays_close(world, relay);
    ic_world_run(world, IC_SEC(1));
    uint64_t crossed = world->crossed[0][1] + world->crossed[1][0];
    ic_world_run(world, IC_SEC(2));
    IC_REQUIRE(world, world->crossed[0][1] + world->crossed[1][0] == crossed, "it still sends");
    crowd(world);
    for (uint32_t i = 0; i < world->seat_count; i++)
        if (world->seats[i].present)
            ic_world_leave(world, i);
    ic_world_run(world, IC_SEC(2));
    ic_check_empty(world);
}

int main(void)
{
    static const struct ic_scenario scenario = {
        .name = "relay", .config = {.workers = 2}, .run = run};
    return ic_scenario_main(&scenario);
}
