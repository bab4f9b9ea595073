/* room: transport
 * One peer's transport as a machine, with the null DTLS: datagrams raw and authentic from several
 * addresses, hellos, media that was encrypted with the right keys, time. Input: steps of
 * {operation, argument, length, bytes}. */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hmac.h"
#include "transport/peer_io.h"
#include "wire/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define UFRAG "serverufrag1"
#define PWD   "server-password-24-chars"

enum operation { RAW, CHECK, HELLO, RTP, RTCP, TICK, CLOSE, OPERATIONS };

static struct ic_dtls_null_credentials server_credentials = {{1}, IC_SRTP_AEAD_AES_128_GCM};
static struct ic_dtls_null_credentials client_credentials = {{2}, IC_SRTP_AEAD_AES_128_GCM};

struct world {
    struct ic_peer_io io;
    struct ic_srtp client; /* the far end's session */
    uint16_t seq;
    uint32_t pending;
    struct ic_time now;
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct ic_path path_of(uint8_t n)
{
    return (struct ic_path){.remote = ic_addr_v4(192, 0, 2, n % 8, 4000)};
}

static void check_state(struct world *w)
{
    struct ic_peer_io *io = &w->io;
    bool closed = ic_peer_io_state(io) == IC_PEER_IO_CLOSED;
    require(!closed || (ic_peer_io_srtp(io) == NULL && ic_peer_io_path(io) == NULL));
    require(closed || ic_peer_io_end(io) == IC_PEER_IO_END_NONE);
    require((ic_peer_io_srtp(io) != NULL) == (ic_peer_io_state(io) == IC_PEER_IO_CONNECTED));
    require(closed == ic_time_is_never(ic_peer_io_deadline(io)));
    require(w->pending <= 1);
}

static void drain(struct world *w)
{
    struct ic_peer_io_out out;
    for (int n = 0; ic_peer_io_poll(&w->io, &out); n++) {
        require(n < 64 && out.len > 0 && out.len <= sizeof out.bytes);
        /* STUN answers who asked; DTLS goes to proved paths alone. */
        require(out.bytes[0] <= 3 || ic_ice_is_proved(&w->io.ice, &out.path));
    }
    check_state(w);
}

static void feed(struct world *w, uint8_t from, const uint8_t *bytes, size_t len)
{
    uint8_t copy[IC_PACKET_CAP] = {0};
    struct ic_path path = path_of(from), before = {0};
    enum ic_peer_io_kind kind;
    uint64_t ext_seq = 0;
    struct ic_peer_io_out out;
    if (len > sizeof copy)
        return;
    if (len > 0)
        memcpy(copy, bytes, len);
    if (ic_peer_io_path(&w->io) != NULL)
        before = *ic_peer_io_path(&w->io);
    bool proved = ic_ice_is_proved(&w->io.ice, &path);
    size_t in_len = len;
    bool stun = len > 0 && bytes[0] <= 3;
    enum ic_err err = ic_peer_io_input(&w->io, w->now, &path, copy, &len, &kind, &ext_seq);
    require(len <= in_len);
    if (kind != IC_PEER_IO_NOTHING)
        require(err == IC_OK && proved && len >= 8);
    if (!stun && ic_peer_io_path(&w->io) != NULL)
        require(ic_path_eq(&before, ic_peer_io_path(&w->io))); /* only STUN moves it */
    if (!proved && !stun)
        require(!ic_peer_io_poll(&w->io, &out)); /* a stranger gets nothing */
    drain(w);
}

static void feed_check(struct world *w, uint8_t argument)
{
    uint8_t bytes[256], integrity[IC_HMAC_SHA1_LEN];
    static const uint8_t transaction[IC_STUN_TRANSACTION_LEN] = {7};
    struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&wr, IC_STUN_REQUEST, IC_STUN_METHOD_BINDING, transaction);
    ic_stun_write_username(&wr, UFRAG, "client");
    ic_stun_write_role(&wr, argument < 240, 1);
    if (argument % 16 < 8)
        ic_stun_write_use_candidate(&wr);
    size_t offset = ic_stun_write_integrity(&wr);
    struct ic_part part = {.bytes = bytes, .len = offset};
    require(ic_hmac_sha1((const uint8_t *)PWD, strlen(PWD), &part, 1, integrity) == IC_OK);
    ic_stun_set_integrity(&wr, offset, integrity);
    ic_stun_write_fingerprint(&wr);
    feed(w, argument, bytes, wr.len);
}

/* The client's hello, with the fuzzer's bytes over its end. */
static void feed_hello(struct world *w, uint8_t from, struct ic_rd body)
{
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct ic_dtls *d =
        v->create(&client_credentials, IC_DTLS_ACTIVE, server_credentials.fingerprint, w->now);
    require(d != NULL);
    uint8_t bytes[256];
    size_t len = v->poll(d, bytes, sizeof bytes);
    v->destroy(d);
    for (size_t i = 0; body.left > 0 && i < len; i++)
        bytes[len - 1 - i] ^= ic_rd_u8(&body);
    feed(w, from, bytes, len);
}

static void feed_media(struct world *w, uint8_t from, struct ic_rd body, bool rtcp)
{
    uint8_t bytes[IC_PACKET_CAP];
    size_t len = body.left;
    if (rtcp) {
        struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
        static const uint8_t head[8] = {0x80, 201, 0, 1, 0, 0, 0, 5};
        ic_wr_bytes(&wr, head, sizeof head);
        ic_wr_bytes(&wr, ic_rd_take(&body, len), len);
        len = wr.len;
        if (ic_srtp_protect_rtcp(&w->client, bytes, &len, sizeof bytes) == IC_OK)
            feed(w, from, bytes, len);
        return;
    }
    uint16_t seq = w->seq++;
    const uint8_t header[12] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 0,
                                0,    0,  (uint8_t)(from / 8)};
    struct ic_srtp_job job = {.session = &w->client,
                              .ext_seq = seq,
                              .header = header,
                              .header_len = sizeof header,
                              .payload = body.p,
                              .payload_len = len,
                              .out = bytes};
    ic_srtp_protect_rtp(&job, 1);
    if (job.error == IC_OK)
        feed(w, from, bytes, job.out_len);
}

static void step(struct world *w, uint8_t operation, uint8_t argument, struct ic_rd body)
{
    switch (operation % OPERATIONS) {
    case RAW:
        feed(w, argument, body.p, body.left);
        break;
    case CHECK:
        feed_check(w, argument);
        break;
    case HELLO:
        feed_hello(w, argument, body);
        break;
    case RTP:
    case RTCP:
        feed_media(w, argument, body, operation % OPERATIONS == RTCP);
        break;
    case TICK:
        w->now = ic_time_add(w->now, IC_MS(argument * 50));
        ic_peer_io_tick(&w->io, w->now);
        require(ic_time_before(w->now, ic_peer_io_deadline(&w->io)));
        drain(w);
        break;
    default:
        if (argument < 16)
            ic_peer_io_close(&w->io);
        drain(w);
        break;
    }
}

/* What the null DTLS gives to the client's side. */
static void make_client(struct world *w)
{
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct ic_dtls *active =
        v->create(&client_credentials, IC_DTLS_ACTIVE, server_credentials.fingerprint, w->now);
    struct ic_dtls *passive =
        v->create(&server_credentials, IC_DTLS_PASSIVE, client_credentials.fingerprint, w->now);
    uint8_t bytes[256];
    struct ic_srtp_keys keys;
    v->input(passive, w->now, bytes, v->poll(active, bytes, sizeof bytes));
    v->input(active, w->now, bytes, v->poll(passive, bytes, sizeof bytes));
    require(v->keys(active, &keys) == IC_OK && ic_srtp_init(&w->client, &keys, NULL) == IC_OK);
    v->destroy(active);
    v->destroy(passive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w; /* large */
    memset(&w, 0, sizeof w);
    w.now.us = 1000000;
    struct ic_peer_io_config config = {.ice = {.role = IC_ICE_LITE,
                                               .local_ufrag = UFRAG,
                                               .local_pwd = PWD,
                                               .remote_ufrag = "client",
                                               .remote_pwd = "client-password-24-chars"},
                                       .dtls = ic_dtls_null(),
                                       .dtls_credentials = &server_credentials,
                                       .dtls_role = IC_DTLS_PASSIVE,
                                       .dtls_pending = &w.pending};
    memcpy(config.fingerprint, client_credentials.fingerprint, IC_FINGERPRINT_LEN);
    ic_peer_io_init(&w.io, &config, w.now);
    make_client(&w);
    struct ic_rd r = ic_rd_init(data, size);
    for (int steps = 0; r.left > 0 && steps < 200; steps++) {
        uint8_t operation = ic_rd_u8(&r), argument = ic_rd_u8(&r), len = ic_rd_u8(&r);
        struct ic_rd body = ic_rd_sub(&r, len);
        if (!ic_rd_ok(&r))
            break;
        step(&w, operation, argument, body);
    }
    ic_peer_io_deinit(&w.io);
    ic_srtp_deinit(&w.client);
    require(w.pending == 0);
    return 0;
}
