/* room: transport
 * The calling end of a transport (ICE controlling, DTLS active), as a relay has it, with the null
 * DTLS: responses to its checks that are raw, authentic or of another address, the far end's
 * hello, media that was encrypted with the right keys, time. Input: steps of {operation, argument,
 * length, bytes}. */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "base/wr.h"
#include "crypto/hmac.h"
#include "transport/peer_io.h"
#include "wire/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PWD "answer-password-24-chars"

enum operation { RAW, RESPOND, HELLO, RTP, TICK, CLOSE, OPERATIONS };

static struct ic_dtls_null_credentials caller_credentials = {{1}, IC_SRTP_AEAD_AES_128_GCM};
static struct ic_dtls_null_credentials answerer_credentials = {{2}, IC_SRTP_AEAD_AES_128_GCM};

struct world {
    struct ic_peer_io io;
    struct ic_srtp far; /* the answering end's session */
    uint16_t seq;
    bool has_check;
    uint8_t transaction[IC_STUN_TRANSACTION_LEN]; /* of the last check */
    struct ic_time now;
};

static void require(bool condition)
{
    if (!condition)
        abort();
}

static struct ic_path path_of(uint8_t n)
{
    return (struct ic_path){.remote = ic_addr_v4(192, 0, 2, n % 4, 4000)};
}

static void check_state(struct world *w)
{
    struct ic_peer_io *io = &w->io;
    bool closed = ic_peer_io_state(io) == IC_PEER_IO_CLOSED;
    const struct ic_path *path = ic_peer_io_path(io);
    struct ic_path target = path_of(0);
    require(!closed || (ic_peer_io_srtp(io) == NULL && path == NULL));
    require((ic_peer_io_srtp(io) != NULL) == (ic_peer_io_state(io) == IC_PEER_IO_CONNECTED));
    require(closed == ic_time_is_never(ic_peer_io_deadline(io)));
    /* It speaks to whom it called, and to nobody else. */
    require(path == NULL || ic_addr_eq(&path->remote, &target.remote));
}

static void drain(struct world *w)
{
    struct ic_peer_io_out out;
    struct ic_stun m;
    struct ic_path target = path_of(0);
    for (int n = 0; ic_peer_io_poll(&w->io, &out); n++) {
        require(n < 64 && out.len > 0 && out.len <= sizeof out.bytes);
        if (out.bytes[0] > 3) {
            require(ic_addr_eq(&out.path.remote, &target.remote));
            continue;
        }
        require(ic_stun_parse(out.bytes, out.len, &m) == IC_OK && m.has_fingerprint);
        if (m.message_class != IC_STUN_REQUEST)
            continue;
        require(ic_addr_eq(&out.path.remote, &target.remote));
        memcpy(w->transaction, m.transaction, sizeof w->transaction);
        w->has_check = true;
    }
    check_state(w);
}

static void feed(struct world *w, uint8_t from, const uint8_t *bytes, size_t len)
{
    uint8_t copy[IC_PACKET_CAP] = {0};
    struct ic_path path = path_of(from);
    enum ic_peer_io_kind kind;
    uint64_t ext_seq = 0;
    if (len > sizeof copy)
        return;
    if (len > 0)
        memcpy(copy, bytes, len);
    bool proved = ic_ice_is_proved(&w->io.ice, &path);
    size_t in_len = len;
    enum ic_err err = ic_peer_io_input(&w->io, w->now, &path, copy, &len, &kind, &ext_seq);
    require(len <= in_len);
    if (kind != IC_PEER_IO_NOTHING)
        require(err == IC_OK && proved && len >= 8);
    drain(w);
}

/* A response to the last check, with attributes of the fuzzer's choice. */
static void respond(struct world *w, uint8_t argument, struct ic_rd body)
{
    uint8_t bytes[1024], integrity[IC_HMAC_SHA1_LEN];
    struct ic_addr mapped = ic_addr_v4(198, 51, 100, 1, 5000);
    if (!w->has_check)
        return;
    struct ic_wr wr = ic_wr_init(bytes, sizeof bytes);
    ic_stun_write_header(&wr, argument < 224 ? IC_STUN_SUCCESS : IC_STUN_ERROR,
                         IC_STUN_METHOD_BINDING, w->transaction);
    if (argument % 32 < 24)
        ic_stun_write_mapped(&wr, &mapped);
    size_t len = body.left & ~(size_t)3;
    ic_wr_bytes(&wr, ic_rd_take(&body, len), len);
    size_t offset = ic_stun_write_integrity(&wr);
    struct ic_part part = {.bytes = bytes, .len = offset};
    if (!ic_wr_ok(&wr) ||
        ic_hmac_sha1((const uint8_t *)PWD, strlen(PWD), &part, 1, integrity) != IC_OK)
        return;
    ic_stun_set_integrity(&wr, offset, integrity);
    ic_stun_write_fingerprint(&wr);
    if (ic_wr_ok(&wr))
        feed(w, argument, bytes, wr.len);
}

/* The far end's hello, with the fuzzer's bytes over its end. */
static void feed_hello(struct world *w, uint8_t from, struct ic_rd body)
{
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct ic_dtls *active =
        v->create(&caller_credentials, IC_DTLS_ACTIVE, answerer_credentials.fingerprint, w->now);
    struct ic_dtls *passive =
        v->create(&answerer_credentials, IC_DTLS_PASSIVE, caller_credentials.fingerprint, w->now);
    uint8_t bytes[256];
    require(active != NULL && passive != NULL);
    v->input(passive, w->now, bytes, v->poll(active, bytes, sizeof bytes));
    size_t len = v->poll(passive, bytes, sizeof bytes);
    v->destroy(active);
    v->destroy(passive);
    for (size_t i = 0; body.left > 0 && i < len; i++)
        bytes[len - 1 - i] ^= ic_rd_u8(&body);
    feed(w, from, bytes, len);
}

static void feed_media(struct world *w, uint8_t from, struct ic_rd body)
{
    uint8_t bytes[IC_PACKET_CAP];
    uint16_t seq = w->seq++;
    const uint8_t header[12] = {0x80, 96, (uint8_t)(seq >> 8), (uint8_t)seq, 0, 0, 0, 0, 0, 0,
                                0,    5};
    struct ic_srtp_job job = {.session = &w->far,
                              .ext_seq = seq,
                              .header = header,
                              .header_len = sizeof header,
                              .payload = body.p,
                              .payload_len = body.left,
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
    case RESPOND:
        respond(w, argument, body);
        break;
    case HELLO:
        feed_hello(w, argument, body);
        break;
    case RTP:
        feed_media(w, argument, body);
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

/* What the null DTLS gives to the answering end. */
static void make_far(struct world *w)
{
    const struct ic_dtls_vtable *v = ic_dtls_null();
    struct ic_dtls *active =
        v->create(&caller_credentials, IC_DTLS_ACTIVE, answerer_credentials.fingerprint, w->now);
    struct ic_dtls *passive =
        v->create(&answerer_credentials, IC_DTLS_PASSIVE, caller_credentials.fingerprint, w->now);
    uint8_t bytes[256];
    struct ic_srtp_keys keys;
    v->input(passive, w->now, bytes, v->poll(active, bytes, sizeof bytes));
    require(v->keys(passive, &keys) == IC_OK && ic_srtp_init(&w->far, &keys, NULL) == IC_OK);
    v->destroy(active);
    v->destroy(passive);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world w; /* large */
    memset(&w, 0, sizeof w);
    w.now.us = 1000000;
    struct ic_peer_io_config config = {.ice = {.role = IC_ICE_CONTROLLING,
                                               .local_ufrag = "callercaller",
                                               .local_pwd = "caller-password-24-chars",
                                               .remote_ufrag = "answeranswer",
                                               .remote_pwd = PWD,
                                               .path = path_of(0),
                                               .tie_breaker = 7,
                                               .seed = 3},
                                       .dtls = ic_dtls_null(),
                                       .dtls_credentials = &caller_credentials,
                                       .dtls_role = IC_DTLS_ACTIVE};
    memcpy(config.fingerprint, answerer_credentials.fingerprint, IC_FINGERPRINT_LEN);
    ic_peer_io_init(&w.io, &config, w.now);
    make_far(&w);
    ic_peer_io_tick(&w.io, w.now);
    drain(&w);
    struct ic_rd r = ic_rd_init(data, size);
    for (int steps = 0; r.left > 0 && steps < 200; steps++) {
        uint8_t operation = ic_rd_u8(&r), argument = ic_rd_u8(&r), len = ic_rd_u8(&r);
        struct ic_rd body = ic_rd_sub(&r, len);
        if (!ic_rd_ok(&r))
            break;
        step(&w, operation, argument, body);
    }
    ic_peer_io_deinit(&w.io);
    ic_srtp_deinit(&w.far);
    return 0;
}
