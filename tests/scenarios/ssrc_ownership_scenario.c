/* An SSRC belongs to the section that its first authenticated packet named, and to nobody else: a
 * second owner, unknown sections and payload types, and hundreds of SSRCs are dropped, whoever's
 * names they use. The meeting goes on. */
#include <string.h>

#include "sim/scenario.h"

struct forged {
    uint32_t ssrc;
    uint16_t seq;
    uint8_t pt;
    const char *mid; /* NULL: none */
};

/* A packet of the bot's own, well encrypted, with any header. */
static void send(struct ic_world *world, uint32_t seat, const struct forged *f)
{
    struct ic_bot *bot = &world->seats[seat].bot;
    uint8_t bytes[64], payload[64] = {0};
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    struct ic_rtp_head head = {.ssrc = f->ssrc, .seq = f->seq, .pt = f->pt};
    struct ic_hdrext_item item = {.id = bot->offer.sections[0].extensions.mid};
    if (f->mid != NULL) {
        item.len = (uint8_t)strlen(f->mid);
        memcpy(item.data, f->mid, item.len);
    }
    ic_rtp_write(&w, &head, &item, f->mid == NULL ? 0 : 1);
    struct ic_outbox_item *out = ic_outbox_add(world->outbox);
    struct ic_srtp_job job = {.session = ic_peer_io_srtp(&bot->io),
                              .ext_seq = f->seq,
                              .header = bytes,
                              .header_len = w.len,
                              .payload = payload,
                              .payload_len = sizeof payload,
                              .out = out->bytes};
    ic_srtp_protect_rtp(&job, 1);
    out->len = job.out_len;
    ic_world_send(world, seat);
    ic_world_run(world, IC_MS(1));
}

static void run(struct ic_world *world)
{
    struct ic_worker_stats before, after;
    for (uint32_t i = 0; i < 3; i++)
        ic_world_join(world, 1, true, true);
    ic_world_run(world, IC_SEC(1));
    ic_worker_stats(world->worker, &before);
    const struct ic_bot *liar = &world->seats[1].bot;
    const uint8_t vp8 = liar->offer.sections[1].codecs[0].payload_type;
    const struct forged forged[] = {
        {.ssrc = 4711, .seq = 1, .pt = vp8, .mid = "1"},  /* a second one for its camera */
        {.ssrc = 4712, .seq = 1, .pt = vp8, .mid = "99"}, /* a section that is not there */
        {.ssrc = 4713, .seq = 1, .pt = vp8, .mid = "11"}, /* a section that it receives in */
        {.ssrc = 4714, .seq = 1, .pt = vp8, .mid = "0"},  /* the codec of another section */
        {.ssrc = 4715, .seq = 1, .pt = 35, .mid = "1"},   /* no codec at all */
        {.ssrc = 4716, .seq = 1, .pt = vp8},              /* no section */
        {.ssrc = world->seats[0].bot.sources[IC_SOURCE_CAMERA].ssrc,
         .seq = 1,
         .pt = vp8,
         .mid = "1"},
        {.ssrc = liar->slots[0].ssrc, .seq = 1, .pt = vp8, .mid = "1"},
        /* its own stream under another payload type */
        {.ssrc = liar->sources[IC_SOURCE_MICROPHONE].ssrc,
         .seq = (uint16_t)(liar->sources[IC_SOURCE_MICROPHONE].seq - 1000),
         .pt = vp8,
         .mid = "0"},
    };
    size_t count = sizeof forged / sizeof forged[0];
    for (size_t i = 0; i < count; i++)
        send(world, 1, &forged[i]);
    ic_world_run(world, IC_MS(20));
    ic_worker_stats(world->worker, &after);
    IC_REQUIRE(world,
               after.dropped_unknown + after.dropped_replay - before.dropped_unknown -
                       before.dropped_replay ==
                   count,
               "%u of %u forged packets were dropped",
               (unsigned)(after.dropped_unknown - before.dropped_unknown), (unsigned)count);
    for (uint32_t i = 0; i < 300; i++) {
        struct forged f = {.ssrc = 10000 + i, .seq = 1, .pt = vp8, .mid = "1"};
        send(world, 1, &f);
    }
    ic_world_run(world, IC_MS(20));
    ic_worker_stats(world->worker, &after);
    IC_REQUIRE(world, after.dropped_full >= 280, "%u SSRCs were refused",
               (unsigned)after.dropped_full);
    ic_world_run(world, IC_SEC(1));
    for (uint32_t i = 0; i < 3; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        for (size_t k = 0; k < bot->slot_count; k++)
            IC_REQUIRE(world,
                       bot->slots[k].holes == 0 && bot->slots[k].undecodable == 0 &&
                           (ic_bot_slot_source(&bot->slots[k]) == 0 || bot->slots[k].frames > 20),
                       "bot %u, mid %s is disturbed", i + 1, bot->slots[k].mid);
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "ssrc_ownership", .run = run};
    return ic_scenario_main(&scenario);
}
