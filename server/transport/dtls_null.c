/* The null implementation of DTLS, for the simulator and the fuzzers: records of the real layout
 * with a hello of our own inside. Deterministic, no clock but now, and no secrecy at all.
 *
 *   active -> passive  handshake record, ClientHello:  magic(4) fingerprint(32) profile(2)
 *   passive -> active  handshake record, ServerHello:  the same; the profile is the passive side's
 *   either             alert record of epoch 1: close
 *
 * Timers: the hello is sent again every RETRANSMIT_MS until the reply is there; the handshake ends
 * after IC_DTLS_HANDSHAKE_TIMEOUT_MS. A hello that is not of this form fails the handshake. */
#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ct.h"
#include "transport/dtls.h"
#include "transport/dtls_record.h"

#define RETRANSMIT_MS 200
#define MAGIC         0x49434e30U
#define BODY_LEN      (4 + IC_FINGERPRINT_LEN + 2)

struct ic_dtls {
    enum ic_dtls_role role;
    enum ic_dtls_state state;
    const struct ic_dtls_null_credentials *own;
    uint8_t announced[IC_FINGERPRINT_LEN];
    enum ic_srtp_profile profile;
    bool send_hello, send_close, closed;
    struct ic_time handshake_end, timer;
};

static struct ic_dtls *null_create(void *credentials, enum ic_dtls_role role,
                                   const uint8_t fingerprint[IC_FINGERPRINT_LEN],
                                   struct ic_time now)
{
    struct ic_dtls *d = ic_array_alloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->role = role;
    d->state = IC_DTLS_HANDSHAKE;
    d->own = credentials;
    d->profile = d->own->profile;
    memcpy(d->announced, fingerprint, IC_FINGERPRINT_LEN);
    d->send_hello = role == IC_DTLS_ACTIVE;
    d->handshake_end = ic_time_add(now, IC_MS(IC_DTLS_HANDSHAKE_TIMEOUT_MS));
    d->timer = role == IC_DTLS_ACTIVE ? ic_time_add(now, IC_MS(RETRANSMIT_MS)) : IC_NEVER;
    return d;
}

static void null_destroy(struct ic_dtls *d)
{
    ic_array_free(d);
}

static void end_handshake(struct ic_dtls *d, enum ic_dtls_state state)
{
    d->state = state;
    d->timer = IC_NEVER;
}

static void on_hello(struct ic_dtls *d, struct ic_rd body)
{
    uint32_t magic = ic_rd_u32(&body);
    const uint8_t *fingerprint = ic_rd_take(&body, IC_FINGERPRINT_LEN);
    uint16_t profile = ic_rd_u16(&body);
    bool good = ic_rd_done(&body) && magic == MAGIC && ic_srtp_key_len(profile) > 0;
    if (d->state == IC_DTLS_CONNECTED) {
        d->send_hello = good && d->role == IC_DTLS_PASSIVE; /* our reply got lost */
        return;
    }
    if (!good) {
        end_handshake(d, IC_DTLS_FAILED);
        return;
    }
    if (!ic_ct_equal(fingerprint, d->announced, IC_FINGERPRINT_LEN)) {
        end_handshake(d, IC_DTLS_FINGERPRINT);
        return;
    }
    if (d->role == IC_DTLS_ACTIVE)
        d->profile = (enum ic_srtp_profile)profile;
    d->send_hello = d->role == IC_DTLS_PASSIVE;
    end_handshake(d, IC_DTLS_CONNECTED);
}

static void null_input(struct ic_dtls *d, struct ic_time now, const uint8_t *bytes, size_t len)
{
    bool hello;
    (void)now;
    if (d->state > IC_DTLS_CONNECTED || d->closed || !ic_dtls_record_check(bytes, len, &hello))
        return;
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t type = ic_rd_u8(&r);
    ic_rd_skip(&r, 2);
    uint16_t epoch = ic_rd_u16(&r);
    ic_rd_skip(&r, 6 + 2);
    if (type == IC_DTLS_CONTENT_ALERT && epoch == 1 && d->state == IC_DTLS_CONNECTED) {
        d->state = IC_DTLS_CLOSED;
        return;
    }
    uint8_t message = ic_rd_u8(&r);
    uint32_t length = ic_rd_u24(&r);
    ic_rd_skip(&r, 2 + 3 + 3);
    struct ic_rd body = ic_rd_sub(&r, length);
    uint8_t expected =
        d->role == IC_DTLS_PASSIVE ? IC_DTLS_MESSAGE_CLIENT_HELLO : IC_DTLS_MESSAGE_SERVER_HELLO;
    if (type == IC_DTLS_CONTENT_HANDSHAKE && epoch == 0 && message == expected)
        on_hello(d, body);
}

static void null_tick(struct ic_dtls *d, struct ic_time now)
{
    if (d->state != IC_DTLS_HANDSHAKE)
        return;
    if (ic_time_reached(d->handshake_end, now)) {
        end_handshake(d, IC_DTLS_FAILED);
        return;
    }
    if (ic_time_reached(d->timer, now)) {
        d->send_hello = true;
        d->timer = ic_time_add(now, IC_MS(RETRANSMIT_MS));
    }
}

static struct ic_time null_deadline(const struct ic_dtls *d)
{
    return d->state == IC_DTLS_HANDSHAKE ? ic_time_min(d->timer, d->handshake_end) : IC_NEVER;
}

static void write_record(struct ic_wr *w, uint8_t type, uint16_t epoch)
{
    ic_wr_u8(w, type);
    ic_wr_u16(w, IC_DTLS_VERSION_1_2);
    ic_wr_u16(w, epoch);
    ic_wr_zeros(w, 6);
}

static void write_hello(struct ic_wr *w, const struct ic_dtls *d)
{
    write_record(w, IC_DTLS_CONTENT_HANDSHAKE, 0);
    size_t mark = ic_wr_open16(w);
    ic_wr_u8(w, d->role == IC_DTLS_ACTIVE ? IC_DTLS_MESSAGE_CLIENT_HELLO
                                          : IC_DTLS_MESSAGE_SERVER_HELLO);
    ic_wr_u24(w, BODY_LEN);
    ic_wr_zeros(w, 2 + 3);
    ic_wr_u24(w, BODY_LEN);
    ic_wr_u32(w, MAGIC);
    ic_wr_bytes(w, d->own->fingerprint, IC_FINGERPRINT_LEN);
    ic_wr_u16(w, (uint16_t)d->profile);
    ic_wr_close16(w, mark);
}

static void write_close(struct ic_wr *w)
{
    write_record(w, IC_DTLS_CONTENT_ALERT, 1);
    ic_wr_u16(w, 2);
    ic_wr_u8(w, 1); /* warning */
    ic_wr_u8(w, 0); /* close_notify */
}

static size_t null_poll(struct ic_dtls *d, uint8_t *out, size_t cap)
{
    struct ic_wr w = ic_wr_init(out, cap);
    if (d->send_hello) {
        d->send_hello = false;
        write_hello(&w, d);
    } else if (d->send_close) {
        d->send_close = false;
        write_close(&w);
    }
    return ic_wr_ok(&w) ? w.len : 0;
}

static enum ic_dtls_state null_state(const struct ic_dtls *d)
{
    return d->state;
}

/* Each direction's key is made of the sender's fingerprint and the receiver's. */
static void make_key(uint8_t *out, size_t len, const uint8_t *sender, const uint8_t *receiver,
                     uint8_t purpose)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(sender[i] ^ (uint8_t)(receiver[i] * 3U) ^ purpose);
}

static enum ic_err null_keys(struct ic_dtls *d, struct ic_srtp_keys *keys)
{
    if (d->state != IC_DTLS_CONNECTED)
        return IC_ERR_STATE;
    memset(keys, 0, sizeof *keys);
    keys->profile = d->profile;
    size_t key_len = ic_srtp_key_len(d->profile), salt_len = ic_srtp_salt_len(d->profile);
    make_key(keys->local_key, key_len, d->own->fingerprint, d->announced, 1);
    make_key(keys->remote_key, key_len, d->announced, d->own->fingerprint, 1);
    make_key(keys->local_salt, salt_len, d->own->fingerprint, d->announced, 2);
    make_key(keys->remote_salt, salt_len, d->announced, d->own->fingerprint, 2);
    return IC_OK;
}

static void null_settle(struct ic_dtls *d)
{
    (void)d;
}

static void null_close(struct ic_dtls *d)
{
    if (d->state != IC_DTLS_CONNECTED || d->closed)
        return;
    d->closed = true;
    d->send_hello = false;
    d->send_close = true;
}

const struct ic_dtls_vtable *ic_dtls_null(void)
{
    static const struct ic_dtls_vtable vtable = {
        .create = null_create,
        .destroy = null_destroy,
        .input = null_input,
        .tick = null_tick,
        .deadline = null_deadline,
        .poll = null_poll,
        .state = null_state,
        .keys = null_keys,
        .settle = null_settle,
        .close = null_close,
    };
    return &vtable;
}
