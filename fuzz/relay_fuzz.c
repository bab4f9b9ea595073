/* room: sfu
 * A worker with a relay, whose other end holds the right keys and sends what it likes: RTP and RTCP
 * of any SSRC and content, raw datagrams; and a control plane that names slots, sources and
 * meetings in any order. Two people are in the meeting. Input: steps of {operation, argument,
 * length, bytes}. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "sfu/worker.h"
#include "sfu/worker_state.h"
#include "transport/peer_io.h"
#include "unit/sfu_offer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RELAY    100 /* key of the relay's end */
#define MEETINGS 4   /* keys of meetings on it: from 200 */
#define ROOM     7

enum operation { RAW, RTP, RTCP, SOURCE, WANTED, MEETING, REMOVE, TICK, OPERATIONS };

struct fuzz {
    struct ic_worker *w;
    struct ic_dtls_null_credentials credentials, far_credentials;
    struct ic_prng prng;
    struct ic_time now;
    struct ic_addr here, there;
    struct ic_peer_io far;
    struct ic_server_transport names;
    uint64_t seq;
};

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

static void give(struct fuzz *f, const uint8_t *bytes, size_t len)
{
    struct ic_path path = {.remote = f->there, .local = f->here};
    uint8_t copy[IC_PACKET_CAP];
    uint8_t *at = &copy[IC_PACKET_CAP - len]; /* nothing behind it may be read */
    memcpy(at, bytes, len);
    ic_worker_input(f->w, f->now, &path, at, len);
}

static void take(struct fuzz *f, const uint8_t *bytes, size_t len)
{
    static uint8_t copy[IC_PACKET_CAP];
    struct ic_path path = {.remote = f->here, .local = f->there};
    enum ic_peer_io_kind kind;
    uint64_t ext_seq;
    memcpy(copy, bytes, len);
    (void)!ic_peer_io_input(&f->far, f->now, &path, copy, &len, &kind, &ext_seq);
}

/* What goes anywhere else than to the far end is for people, who never connected: nothing. */
static void settle(struct fuzz *f)
{
    struct ic_dgram d;
    struct ic_evt evt;
    struct ic_peer_io_out out;
    for (bool more = true; more;) {
        more = false;
        while (ic_worker_flush(f->w, &d, 1) == 1) {
            IC_ASSERT(d.len > 0 && d.len <= IC_PACKET_CAP && ic_addr_eq(&d.path.remote, &f->there));
            take(f, d.bytes, d.len);
            more = true;
        }
        while (ic_peer_io_poll(&f->far, &out)) {
            give(f, out.bytes, out.len);
            more = true;
        }
    }
    while (ic_worker_poll(f->w, &evt))
        if (evt.kind == IC_EVT_PEER_READY && evt.peer == RELAY)
            f->names = evt.transport;
}

static void tell(struct fuzz *f, struct ic_cmd cmd)
{
    ic_worker_cmd(f->w, f->now, &cmd);
    settle(f);
}

static void tick(struct fuzz *f, int64_t ms)
{
    f->now = ic_time_add(f->now, IC_MS(ms));
    ic_worker_tick(f->w, f->now);
    ic_peer_io_tick(&f->far, f->now);
    settle(f);
}

static void begin(struct fuzz *f)
{
    f->here = ic_addr_v4(192, 0, 2, 1, 10000);
    f->there = ic_addr_v4(192, 0, 2, 2, 10000);
    f->now.us = 5000000;
    f->credentials = (struct ic_dtls_null_credentials){{1}, IC_SRTP_AEAD_AES_128_GCM};
    f->far_credentials = (struct ic_dtls_null_credentials){{2}, IC_SRTP_AEAD_AES_128_GCM};
    ic_prng_init(&f->prng, 1);
    struct ic_worker_config config = {
        .entropy = {.fill = fill, .context = &f->prng},
        .seed = 2,
        .dtls = ic_dtls_null(),
        .dtls_credentials = &f->credentials,
        .fingerprint = {1},
        .candidates = {f->here},
        .candidate_count = 1,
        .peers_max = 4,
        .rooms_max = 4,
        .packets_max = 512,
        .relays_max = 1,
        .relay_meetings_max = MEETINGS,
    };
    f->w = ic_worker_create(&config, f->now);
    IC_ASSERT(f->w != NULL);
    struct ic_peer_io_config none = {.ice = {.role = IC_ICE_LITE,
                                             .local_ufrag = "far",
                                             .local_pwd = "far",
                                             .remote_ufrag = "",
                                             .remote_pwd = ""},
                                     .dtls = ic_dtls_null()};
    ic_peer_io_init(&f->far, &none, f->now);
}

/* The far end calls; then the first meeting is on the relay, with two people in its room. */
static void connect_far(struct fuzz *f)
{
    tell(f, (struct ic_cmd){.kind = IC_CMD_RELAY_ADD, .peer = RELAY});
    struct ic_cmd connect = {.kind = IC_CMD_RELAY_CONNECT,
                             .peer = RELAY,
                             .address = f->there,
                             .local = f->here,
                             .transport = {.ufrag = "farfarfarfar",
                                           .pwd = "far-end-password-24-char",
                                           .fingerprint = {2}}};
    tell(f, connect);
    struct ic_peer_io_config config = {
        .ice = {.role = IC_ICE_CONTROLLING,
                .local_ufrag = "farfarfarfar",
                .local_pwd = "far-end-password-24-char",
                .remote_ufrag = f->names.ufrag,
                .remote_pwd = f->names.pwd,
                .path = {.remote = f->here, .local = f->there},
                .tie_breaker = 1,
                .seed = 4},
        .dtls = ic_dtls_null(),
        .dtls_credentials = &f->far_credentials,
        .dtls_role = IC_DTLS_ACTIVE,
        .fingerprint = {1},
    };
    ic_peer_io_deinit(&f->far);
    ic_peer_io_init(&f->far, &config, f->now);
    for (int i = 0; i < 10; i++)
        tick(f, 20);
    IC_ASSERT(ic_peer_io_srtp(&f->far) != NULL);
    for (uint64_t i = 0; i < 2; i++)
        tell(f,
             (struct ic_cmd){
                 .kind = IC_CMD_PEER_ADD, .peer = 1 + i, .room = ROOM, .transport = test_offer()});
    tell(f,
         (struct ic_cmd){
             .kind = IC_CMD_RELAY_MEETING, .peer = 200, .room = ROOM, .relay = RELAY, .number = 1});
}

static void send_rtp(struct fuzz *f, uint8_t argument, struct ic_rd body)
{
    static const uint8_t types[] = {111, 96, 97, 98, 99, 100, 101, 5};
    uint8_t out[IC_PACKET_CAP + 64], header[12];
    if (ic_peer_io_srtp(&f->far) == NULL)
        return;
    uint64_t seq = ++f->seq;
    struct ic_wr wr = ic_wr_init(header, sizeof header);
    ic_wr_u8(&wr, 0x80);
    ic_wr_u8(&wr, types[ic_rd_u8(&body) % sizeof types]);
    ic_wr_u16(&wr, (uint16_t)seq);
    ic_wr_u32(&wr, (uint32_t)seq * 100);
    ic_wr_u32(&wr, 64U + argument); /* the first meetings, and none */
    struct ic_srtp_job job = {.session = ic_peer_io_srtp(&f->far),
                              .ext_seq = seq,
                              .header = header,
                              .header_len = sizeof header,
                              .payload = body.p,
                              .payload_len = body.left,
                              .out = out};
    ic_srtp_protect_rtp(&job, 1);
    if (job.error == IC_OK)
        give(f, out, job.out_len);
}

static void send_rtcp(struct fuzz *f, uint8_t argument, struct ic_rd body)
{
    uint8_t out[IC_PACKET_CAP];
    struct ic_wr wr = ic_wr_init(out, sizeof out);
    if (ic_peer_io_srtp(&f->far) == NULL)
        return;
    ic_wr_u32(&wr, 0x80c90001); /* a receiver report without blocks */
    ic_wr_u32(&wr, 64U * (argument % 4));
    size_t left = body.left;
    ic_wr_bytes(&wr, ic_rd_take(&body, left), left);
    size_t len = wr.len;
    if (ic_srtp_protect_rtcp(ic_peer_io_srtp(&f->far), out, &len, sizeof out) == IC_OK)
        give(f, out, len);
}

static void step(struct fuzz *f, uint8_t operation, uint8_t argument, struct ic_rd body)
{
    struct ic_cmd cmd = {.peer = 200 + argument % MEETINGS, .room = ROOM, .relay = RELAY};
    cmd.slot = ic_rd_u8(&body);
    cmd.epoch = ic_rd_u8(&body);
    cmd.source_peer = ic_rd_u8(&body) % 4 == 0 ? 0 : 50 + cmd.slot;
    cmd.source = cmd.slot % 2 == 0 ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA;
    cmd.first_seq = argument % 16 == 0 ? 3 : 0;
    cmd.is_wanted = argument < 200;
    cmd.number = cmd.epoch;
    switch (operation) {
    case SOURCE:
        cmd.kind = IC_CMD_RELAY_SOURCE;
        break;
    case WANTED:
        cmd.kind = IC_CMD_RELAY_WANTED;
        break;
    case MEETING:
        cmd.kind = IC_CMD_RELAY_MEETING;
        break;
    default:
        cmd.kind = IC_CMD_PEER_REMOVE;
        cmd.peer = argument == 255 ? RELAY : argument >= 240 ? argument - 239U : cmd.peer;
        break;
    }
    tell(f, cmd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz f; /* large */
    memset(&f, 0, sizeof f);
    begin(&f);
    connect_far(&f);
    struct ic_rd r = ic_rd_init(data, size);
    for (int steps = 0; r.left > 0 && steps < 200; steps++) {
        uint8_t operation = ic_rd_u8(&r) % OPERATIONS, argument = ic_rd_u8(&r);
        uint8_t len = ic_rd_u8(&r);
        struct ic_rd body = ic_rd_sub(&r, len);
        if (!ic_rd_ok(&r))
            break;
        if (operation == RAW && body.left > 0)
            give(&f, body.p, body.left);
        else if (operation == RTP)
            send_rtp(&f, argument, body);
        else if (operation == RTCP)
            send_rtcp(&f, argument, body);
        else if (operation == TICK)
            tick(&f, argument * 4);
        else if (operation != RAW)
            step(&f, operation, argument, body);
        settle(&f);
    }
    ic_worker_destroy(f.w);
    ic_peer_io_deinit(&f.far);
    return 0;
}
