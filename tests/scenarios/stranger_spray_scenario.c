/* Strangers spray RTP, RTCP, STUN with guessed and with known names but wrong passwords,
 * ClientHello and noise, from their own and from borrowed addresses: not one byte goes back to
 * them, nothing is kept, and the meeting and its joins are not disturbed. */
#include <string.h>

#include "sfu/worker_state.h"
#include "sim/scenario.h"
#include "transport/ice.h"

#define SPRAYS_PER_MS 2

static struct ic_addr some_address(struct ic_prng *prng)
{
    return ic_addr_v4(203, 0, 113, (uint8_t)ic_prng_u32(prng),
                      (uint16_t)(1024 + ic_prng_below(prng, 60000)));
}

static size_t make_rtp(struct ic_prng *prng, uint8_t *bytes, uint32_t ssrc)
{
    struct ic_wr w = ic_wr_init(bytes, IC_PACKET_CAP);
    struct ic_rtp_head head = {
        .ssrc = ssrc, .seq = (uint16_t)ic_prng_u32(prng), .ts = ic_prng_u32(prng), .pt = 96};
    ic_rtp_write(&w, &head, NULL, 0);
    size_t len = 1 + ic_prng_below(prng, 1200);
    for (size_t i = 0; i < len; i++)
        ic_wr_u8(&w, (uint8_t)ic_prng_u32(prng));
    return w.len;
}

/* A check with a good form: a client that knows the name, or guesses one, but not the password. */
static size_t make_check(struct ic_world *world, uint8_t *bytes, const char *ufrag,
                         const char *remote)
{
    static const char password[] = "aaaaaaaaaaaaaaaaaaaaaaaa";
    struct ic_ice ice;
    struct ic_ice_out out;
    struct ic_ice_config config = {.role = IC_ICE_CONTROLLING,
                                   .local_ufrag = remote,
                                   .local_pwd = password,
                                   .remote_ufrag = ufrag,
                                   .remote_pwd = password,
                                   .path = {.remote = world->server, .local = world->server},
                                   .seed = ic_prng_u64(&world->prng)};
    ic_ice_init(&ice, &config, world->now);
    ic_ice_tick(&ice, world->now);
    if (!ic_ice_poll(&ice, &out))
        return 0;
    memcpy(bytes, out.bytes, out.len);
    return out.len;
}

static size_t make_client_hello(const struct ic_world *world, uint8_t *bytes)
{
    static const uint8_t fingerprint[IC_FINGERPRINT_LEN] = {1};
    static struct ic_dtls_null_credentials credentials = {.profile = IC_SRTP_AEAD_AES_128_GCM};
    const struct ic_dtls_vtable *null = ic_dtls_null();
    struct ic_dtls *d = null->create(&credentials, IC_DTLS_ACTIVE, fingerprint, world->now);
    size_t len = null->poll(d, bytes, IC_PACKET_CAP);
    null->destroy(d);
    return len;
}

static void spray(struct ic_world *world)
{
    uint8_t bytes[IC_PACKET_CAP];
    struct ic_prng *prng = &world->prng;
    struct ic_addr from = some_address(prng);
    uint32_t seat = ic_prng_below(prng, world->seat_count);
    const struct ic_bot *bot = &world->seats[seat].bot;
    size_t len = 0;
    switch (ic_prng_below(prng, 8)) {
    case 0:
        len = make_rtp(prng, bytes, bot->sources[IC_SOURCE_CAMERA].ssrc);
        break;
    case 1:
        len = make_check(world, bytes, bot->server.ufrag, bot->offer.ufrag);
        break;
    case 2:
        len = make_check(world, bytes, "guess-guess1", bot->offer.ufrag);
        break;
    case 3:
        len = make_client_hello(world, bytes);
        break;
    case 4: /* too long: dropped before anybody looks */
        len = IC_DATAGRAM_MAX + 1 + ic_prng_below(prng, IC_PACKET_CAP - IC_DATAGRAM_MAX);
        memset(bytes, 0x80, len);
        break;
    case 5: /* from the address of a member */
        len = make_rtp(prng, bytes, bot->sources[IC_SOURCE_CAMERA].ssrc);
        ic_world_inject(world, seat, bytes, len);
        return;
    case 6: /* in the null handshake one forged message would be a whole handshake */
        if (bot->state != IC_BOT_CONNECTED)
            return;
        len = make_client_hello(world, bytes);
        ic_world_inject(world, seat, bytes, len);
        return;
    default:
        len = ic_prng_below(prng, 200);
        for (size_t i = 0; i < len; i++)
            bytes[i] = (uint8_t)ic_prng_u32(prng);
        break;
    }
    ic_world_spray(world, &from, bytes, len);
}

static void run(struct ic_world *world)
{
    struct ic_worker_stats stats;
    ic_world_join(world, 1, true, true);
    ic_world_join(world, 1, true, true);
    for (int ms = 0; ms < 6000; ms++) {
        if (ms % 1000 == 500) /* joins under fire */
            ic_world_join(world, 1, true, true);
        for (int i = 0; i < SPRAYS_PER_MS; i++)
            spray(world);
        ic_world_run(world, IC_MS(1));
    }
    ic_world_run(world, IC_SEC(1));
    ic_worker_stats(world->worker, &stats);
    IC_REQUIRE(world, world->dgrams_to_strangers == 0, "strangers got an answer");
    IC_REQUIRE(world,
               stats.dropped_unknown > 1000 && stats.dropped_malformed > 1000 &&
                   stats.dropped_auth > 1000,
               "dropped: unknown %u, malformed %u, auth %u", (unsigned)stats.dropped_unknown,
               (unsigned)stats.dropped_malformed, (unsigned)stats.dropped_auth);
    IC_REQUIRE(world, world->worker->by_address.count == world->seat_count,
               "%u addresses are known", world->worker->by_address.count);
    for (uint32_t i = 0; i < world->seat_count; i++) {
        const struct ic_bot *bot = &world->seats[i].bot;
        int64_t took_us = ic_time_sub(bot->connected, bot->joined).us;
        IC_REQUIRE(world, bot->state == IC_BOT_CONNECTED && took_us < 200000,
                   "bot %u took %d us to connect", i + 1, (int)took_us);
        for (size_t k = 0; k < bot->slot_count; k++)
            IC_REQUIRE(world, bot->slots[k].holes == 0 && bot->slots[k].undecodable == 0,
                       "bot %u, mid %s is disturbed", i + 1, bot->slots[k].mid);
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "stranger_spray", .run = run};
    return ic_scenario_main(&scenario);
}
