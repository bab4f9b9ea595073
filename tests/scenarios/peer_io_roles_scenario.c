/* Two transports of opposite roles, as the ends of a relay are: the one checks and calls (ICE
 * controlling, DTLS active), the other answers (ICE-lite, passive). Over links that lose, repeat
 * and reorder they connect and carry media both ways. Each end compares the other's certificate: if
 * one of the two is not the announced one, whichever it is, nothing flows in either direction. */
#include <string.h>

#include "base/map.h"
#include "sim/link.h"
#include "sim/scenario.h"
#include "transport/peer_io.h"

#define FLIGHTS_MAX 512
#define ROUNDS      12

enum end { CALLER, ANSWERER, ENDS };

/* Whose certificate is another one than the far end was told. */
enum fault { FAULT_NONE, FAULT_CALLER, FAULT_ANSWERER, FAULTS };

struct flight {
    struct ic_time at;
    size_t len; /* 0: free */
    uint8_t bytes[IC_PACKET_CAP];
};

struct side {
    struct ic_peer_io io;
    struct ic_dtls_null_credentials credentials;
    struct ic_path path; /* to the far end, as this one sees it */
    struct ic_link out;
    struct flight flights[FLIGHTS_MAX]; /* on their way to the far end */
    uint16_t seq;
    uint64_t taken; /* media packets of the far end */
};

struct pair {
    struct ic_world *world;
    struct side sides[ENDS];
    struct ic_time now;
};

static struct pair pair; /* large */

/* ---- making ---- */

static void init_side(enum end end, enum fault fault)
{
    struct side *s = &pair.sides[end];
    const struct side *far = &pair.sides[ENDS - 1 - end];
    bool is_caller = end == CALLER;
    struct ic_peer_io_config config = {
        .ice = {.role = is_caller ? IC_ICE_CONTROLLING : IC_ICE_LITE,
                .local_ufrag = is_caller ? "callercaller" : "answeranswer",
                .local_pwd = is_caller ? "caller-password-24-chars" : "answer-password-24-chars",
                .remote_ufrag = is_caller ? "answeranswer" : "callercaller",
                .remote_pwd = is_caller ? "answer-password-24-chars" : "caller-password-24-chars",
                .path = s->path,
                .tie_breaker = ic_prng_u64(&pair.world->prng),
                .seed = ic_prng_u64(&pair.world->prng)},
        .dtls = ic_dtls_null(),
        .dtls_credentials = &s->credentials,
        .dtls_role = is_caller ? IC_DTLS_ACTIVE : IC_DTLS_PASSIVE,
    };
    memcpy(config.fingerprint, far->credentials.fingerprint, sizeof config.fingerprint);
    if (fault == (is_caller ? FAULT_ANSWERER : FAULT_CALLER))
        config.fingerprint[31] ^= 1; /* what was announced of the far end */
    ic_peer_io_init(&s->io, &config, pair.now);
}

static void init_pair(struct ic_world *world, enum fault fault)
{
    memset(&pair, 0, sizeof pair);
    pair.world = world;
    pair.now = (struct ic_time){1000000};
    for (int i = 0; i < ENDS; i++) {
        struct side *s = &pair.sides[i];
        for (size_t k = 0; k < sizeof s->credentials.fingerprint; k++)
            s->credentials.fingerprint[k] = (uint8_t)ic_prng_u32(&world->prng);
        s->credentials.profile = IC_SRTP_AEAD_AES_128_GCM;
        s->path.local = ic_addr_v4(192, 0, 2, (uint8_t)(1 + i), 10000);
        s->path.remote = ic_addr_v4(192, 0, 2, (uint8_t)(2 - i), 10000);
        ic_link_init(&s->out, IC_MS(20));
        s->out.jitter = IC_MS(10);
        s->out.loss_ppm = 200000;
        s->out.duplicate_ppm = 50000;
        s->out.reorder_ppm = 50000;
        s->out.reorder_delay = IC_MS(40);
    }
    init_side(CALLER, fault);
    init_side(ANSWERER, fault);
}

static void deinit_pair(void)
{
    ic_peer_io_deinit(&pair.sides[CALLER].io);
    ic_peer_io_deinit(&pair.sides[ANSWERER].io);
}

/* ---- time ---- */

static void launch(struct side *s, const uint8_t *bytes, size_t len)
{
    struct ic_time at[IC_LINK_COPIES_MAX];
    size_t copies = ic_link_send(&s->out, &pair.world->prng, pair.now, len, at);
    for (size_t i = 0; i < FLIGHTS_MAX && copies > 0; i++) {
        if (s->flights[i].len != 0)
            continue;
        s->flights[i].at = at[--copies];
        s->flights[i].len = len;
        memcpy(s->flights[i].bytes, bytes, len);
    }
    IC_REQUIRE(pair.world, copies == 0, "more datagrams under way than the scenario holds");
}

static void drain(struct side *s)
{
    struct ic_peer_io_out out;
    while (ic_peer_io_poll(&s->io, &out))
        launch(s, out.bytes, out.len);
}

static void arrive(struct side *from, struct side *to)
{
    for (size_t i = 0; i < FLIGHTS_MAX; i++) {
        struct flight *f = &from->flights[i];
        enum ic_peer_io_kind kind;
        uint64_t ext_seq, seed[2] = {pair.world->hash, (uint64_t)pair.now.us};
        if (f->len == 0 || !ic_time_reached(f->at, pair.now))
            continue;
        size_t len = f->len;
        f->len = 0;
        pair.world->hash = ic_siphash(seed, f->bytes, len);
        if (ic_peer_io_input(&to->io, pair.now, &to->path, f->bytes, &len, &kind, &ext_seq) ==
            IC_OK)
            to->taken += kind == IC_PEER_IO_RTP;
        drain(to);
    }
}

/* Whoever has keys and a path sends. */
static void send_media(struct side *s)
{
    uint8_t out[IC_PACKET_CAP];
    struct ic_srtp *session = ic_peer_io_srtp(&s->io);
    if (session == NULL || ic_peer_io_path(&s->io) == NULL)
        return;
    uint16_t seq = ++s->seq;
    const uint8_t header[12] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 0, 0,
                                0,    7};
    struct ic_srtp_job job = {.session = session,
                              .ext_seq = seq,
                              .header = header,
                              .header_len = sizeof header,
                              .payload = (const uint8_t *)"sound",
                              .payload_len = 5,
                              .out = out};
    ic_srtp_protect_rtp(&job, 1);
    IC_REQUIRE(pair.world, job.error == IC_OK, "SRTP failed");
    launch(s, out, job.out_len);
}

/* A turn each millisecond, a media packet of each end every 20 ms. */
static void run_pair(int ms)
{
    for (int i = 0; i < ms; i++) {
        pair.now = ic_time_add(pair.now, IC_MS(1));
        for (int k = 0; k < ENDS; k++) {
            struct side *s = &pair.sides[k];
            if (ic_time_reached(ic_peer_io_deadline(&s->io), pair.now))
                ic_peer_io_tick(&s->io, pair.now);
            drain(s);
            if (i % 20 == 0)
                send_media(s);
        }
        arrive(&pair.sides[CALLER], &pair.sides[ANSWERER]);
        arrive(&pair.sides[ANSWERER], &pair.sides[CALLER]);
    }
}

/* ---- what has to be so ---- */

static void check_connected(struct ic_world *world)
{
    const struct side *caller = &pair.sides[CALLER], *answerer = &pair.sides[ANSWERER];
    IC_REQUIRE(world, ic_peer_io_state(&caller->io) == IC_PEER_IO_CONNECTED, "the caller");
    IC_REQUIRE(world, ic_peer_io_state(&answerer->io) == IC_PEER_IO_CONNECTED, "the answerer");
    IC_REQUIRE(world, caller->taken > 100 && answerer->taken > 100, "media flows both ways");
}

static void check_nothing_flows(struct ic_world *world, enum fault fault)
{
    struct side *judge = &pair.sides[fault == FAULT_CALLER ? ANSWERER : CALLER];
    IC_REQUIRE(world, ic_peer_io_end(&judge->io) == IC_PEER_IO_END_FINGERPRINT,
               "fault %d was not seen", (int)fault);
    IC_REQUIRE(world, ic_peer_io_srtp(&judge->io) == NULL && ic_peer_io_path(&judge->io) == NULL,
               "fault %d: the end that refuses has keys or a path", (int)fault);
    IC_REQUIRE(world, judge->seq == 0, "fault %d: the end that refuses sent media", (int)fault);
    IC_REQUIRE(world, pair.sides[CALLER].taken + pair.sides[ANSWERER].taken == 0,
               "fault %d: media was taken", (int)fault);
}

static void run(struct ic_world *world)
{
    for (int round = 0; round < ROUNDS; round++) {
        enum fault fault = (enum fault)(round % FAULTS);
        init_pair(world, fault);
        run_pair(12000);
        if (fault == FAULT_NONE)
            check_connected(world);
        else
            check_nothing_flows(world, fault);
        deinit_pair();
    }
}

int main(void)
{
    static const struct ic_scenario scenario = {.name = "peer_io_roles", .run = run};
    return ic_scenario_main(&scenario);
}
