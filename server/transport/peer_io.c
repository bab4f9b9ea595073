/* One peer's transport: which datagram goes to which machine, and what each of them means for the
 * whole. The rules (RFC 8827, and trust rows "DTLS race", "RTP bleed", "fingerprint"):
 *  - DTLS is taken from paths that ICE has proved, and from no other;
 *  - media is taken when there are keys, and from proved paths; it never moves the send path;
 *  - a handshake that fails is thrown away: the next ClientHello begins a new one, the peer stays;
 *  - a certificate with another fingerprint than the announced one ends the peer.
 *
 * Timers: those of ICE and DTLS; the active side tries again DTLS_RESTART_MS after a failure; what
 * the handshake took is given back IC_DTLS_LINGER_MS after its end, or in the first tick after
 * media came, which says that the peer lacks nothing of it. */
#include "transport/peer_io.h"

#include <string.h>

#include "base/assert.h"
#include "crypto/ct.h"
#include "transport/dtls_record.h"
#include "wire/demux.h"

#define DTLS_RESTART_MS 1000

static_assert(IC_ICE_MESSAGE_MAX <= IC_PEER_IO_SEND_MAX && IC_DTLS_MTU <= IC_PEER_IO_SEND_MAX,
              "every effect fits");

/* ---- handshake ---- */

static void uncount_handshake(struct ic_peer_io *io)
{
    if (!io->dtls_counted)
        return;
    IC_ASSERT(*io->dtls_pending > 0);
    *io->dtls_pending -= 1;
    io->dtls_counted = false;
}

static void drop_dtls(struct ic_peer_io *io)
{
    uncount_handshake(io);
    if (io->dtls != NULL)
        io->dtls_vtable->destroy(io->dtls);
    io->dtls = NULL;
    io->dtls_settle = IC_NEVER;
}

static bool begin_handshake(struct ic_peer_io *io, struct ic_time now)
{
    drop_dtls(io);
    if (io->dtls_pending != NULL && *io->dtls_pending >= IC_DTLS_PENDING_MAX)
        return false;
    io->dtls = io->dtls_vtable->create(io->dtls_credentials, io->dtls_role, io->fingerprint, now);
    if (io->dtls == NULL)
        return false;
    if (io->dtls_pending != NULL) {
        *io->dtls_pending += 1;
        io->dtls_counted = true;
    }
    return true;
}

static void drop_srtp(struct ic_peer_io *io)
{
    ic_srtp_deinit(&io->srtp);
    io->has_srtp = false;
}

static void finish(struct ic_peer_io *io, enum ic_peer_io_end end)
{
    IC_ASSERT(io->state != IC_PEER_IO_CLOSED);
    io->state = IC_PEER_IO_CLOSED;
    io->end = end;
    drop_srtp(io);
    uncount_handshake(io);
}

/* False when the keys could not be used: the handshake counts as failed. */
static bool take_keys(struct ic_peer_io *io)
{
    struct ic_srtp_keys keys;
    bool good = io->dtls_vtable->keys(io->dtls, &keys) == IC_OK &&
                ic_srtp_init(&io->srtp, &keys, &io->engine) == IC_OK;
    ic_ct_wipe(&keys, sizeof keys);
    io->has_srtp = good;
    return good;
}

static bool handshake_is_over(const struct ic_peer_io *io)
{
    return io->dtls == NULL || io->dtls_vtable->state(io->dtls) == IC_DTLS_FAILED;
}

static void on_dtls_moved(struct ic_peer_io *io, struct ic_time now)
{
    if (io->dtls == NULL)
        return;
    switch (io->dtls_vtable->state(io->dtls)) {
    case IC_DTLS_HANDSHAKE:
        return;
    case IC_DTLS_CONNECTED:
        uncount_handshake(io);
        if (io->state != IC_PEER_IO_CONNECTING)
            return;
        if (take_keys(io)) {
            io->state = IC_PEER_IO_CONNECTED;
            if (!io->keeps_dtls)
                io->dtls_settle = ic_time_add(now, IC_MS(IC_DTLS_LINGER_MS));
            return;
        }
        drop_dtls(io);
        io->dtls_restart = ic_time_add(now, IC_MS(DTLS_RESTART_MS));
        return;
    case IC_DTLS_CLOSED:
        finish(io, IC_PEER_IO_END_BY_PEER);
        return;
    case IC_DTLS_FAILED: /* poll sends its alert, then it goes */
        uncount_handshake(io);
        io->dtls_restart = ic_time_add(now, IC_MS(DTLS_RESTART_MS));
        return;
    case IC_DTLS_FINGERPRINT:
        finish(io, IC_PEER_IO_END_FINGERPRINT);
        return;
    }
}

static void on_ice_moved(struct ic_peer_io *io, struct ic_time now)
{
    if (ic_ice_state(&io->ice) == IC_ICE_LOST) {
        finish(io, io->ice_connected ? IC_PEER_IO_END_CONSENT_LOST : IC_PEER_IO_END_ICE_TIMEOUT);
        drop_dtls(io); /* no path to say goodbye on */
        return;
    }
    if (ic_ice_state(&io->ice) != IC_ICE_CONNECTED)
        return;
    io->ice_connected = true;
    if (io->dtls_role == IC_DTLS_ACTIVE && handshake_is_over(io) &&
        (ic_time_is_never(io->dtls_restart) || ic_time_reached(io->dtls_restart, now))) {
        io->dtls_restart = IC_NEVER;
        if (!begin_handshake(io, now))
            io->dtls_restart = ic_time_add(now, IC_MS(DTLS_RESTART_MS));
    }
}

/* ---- input ---- */

static enum ic_err on_dtls(struct ic_peer_io *io, struct ic_time now, const struct ic_path *path,
                           const uint8_t *bytes, size_t len)
{
    bool hello;
    if (!ic_ice_is_proved(&io->ice, path))
        return IC_ERR_STATE;
    if (!ic_dtls_record_check(bytes, len, &hello))
        return IC_ERR_INPUT;
    if (handshake_is_over(io)) {
        if (io->dtls_role == IC_DTLS_ACTIVE || !hello)
            return IC_ERR_STATE;
        if (!begin_handshake(io, now))
            return IC_ERR_FULL;
    }
    io->dtls_path = *path;
    io->has_dtls_path = true;
    io->dtls_vtable->input(io->dtls, now, bytes, len);
    on_dtls_moved(io, now);
    return IC_OK;
}

static enum ic_err on_rtp(struct ic_peer_io *io, const struct ic_path *path, uint8_t *dgram,
                          uint8_t *out, size_t *len, uint64_t *ext_seq)
{
    if (!ic_peer_io_takes_media(io, path))
        return IC_ERR_STATE;
    enum ic_err err = ic_srtp_unprotect_rtp_to(&io->srtp, dgram, len, out, ext_seq);
    if (err == IC_OK)
        io->has_heard = true;
    return err;
}

static enum ic_err on_rtcp(struct ic_peer_io *io, const struct ic_path *path, uint8_t *dgram,
                           size_t *len)
{
    if (!ic_peer_io_takes_media(io, path))
        return IC_ERR_STATE;
    enum ic_err err = ic_srtp_unprotect_rtcp(&io->srtp, dgram, len);
    if (err == IC_OK)
        io->has_heard = true;
    return err;
}

static enum ic_err on_stun(struct ic_peer_io *io, struct ic_time now, const struct ic_path *path,
                           const uint8_t *bytes, size_t len)
{
    enum ic_err err = ic_ice_input(&io->ice, now, path, bytes, len);
    on_ice_moved(io, now);
    return err;
}

enum ic_err ic_peer_io_input_to(struct ic_peer_io *io, struct ic_time now,
                                const struct ic_path *path, uint8_t *dgram, uint8_t *rtp,
                                size_t *len, enum ic_peer_io_kind *kind, uint64_t *ext_seq)
{
    *kind = IC_PEER_IO_NOTHING;
    if (io->state == IC_PEER_IO_CLOSED)
        return IC_ERR_STATE;
    if (*len > IC_DATAGRAM_MAX)
        return IC_ERR_INPUT;
    enum ic_err err = IC_ERR_INPUT;
    switch (ic_demux(dgram, *len)) {
    case IC_DEMUX_NONE:
        break;
    case IC_DEMUX_STUN:
        err = on_stun(io, now, path, dgram, *len);
        break;
    case IC_DEMUX_DTLS:
        err = on_dtls(io, now, path, dgram, *len);
        break;
    case IC_DEMUX_RTP:
        err = on_rtp(io, path, dgram, rtp, len, ext_seq);
        *kind = err == IC_OK ? IC_PEER_IO_RTP : IC_PEER_IO_NOTHING;
        break;
    case IC_DEMUX_RTCP:
        err = on_rtcp(io, path, dgram, len);
        *kind = err == IC_OK ? IC_PEER_IO_RTCP : IC_PEER_IO_NOTHING;
        break;
    }
    return err;
}

/* ---- machine ---- */

void ic_peer_io_init(struct ic_peer_io *io, const struct ic_peer_io_config *config,
                     struct ic_time now)
{
    memset(io, 0, sizeof *io);
    ic_ice_init(&io->ice, &config->ice, now);
    io->dtls_vtable = config->dtls;
    io->dtls_credentials = config->dtls_credentials;
    io->dtls_role = config->dtls_role;
    io->engine = config->engine;
    io->dtls_pending = config->dtls_pending;
    io->dtls_restart = IC_NEVER;
    io->dtls_settle = IC_NEVER;
    io->keeps_dtls = config->keeps_dtls;
    memcpy(io->fingerprint, config->fingerprint, IC_FINGERPRINT_LEN);
}

void ic_peer_io_deinit(struct ic_peer_io *io)
{
    drop_dtls(io);
    drop_srtp(io);
    ic_ct_wipe(io, sizeof *io); /* the ICE passwords too */
    io->state = IC_PEER_IO_CLOSED;
}

/* RFC 6347 4.2.4: the last flight has to be there for as long as the peer may ask for it again. */
static void settle_dtls(struct ic_peer_io *io, struct ic_time now)
{
    if (ic_time_is_never(io->dtls_settle) ||
        !(io->has_heard || ic_time_reached(io->dtls_settle, now)))
        return;
    IC_ASSERT(io->dtls != NULL);
    io->dtls_vtable->settle(io->dtls);
    io->dtls_settle = IC_NEVER;
}

void ic_peer_io_tick(struct ic_peer_io *io, struct ic_time now)
{
    if (io->state == IC_PEER_IO_CLOSED)
        return;
    if (io->dtls != NULL && ic_time_reached(io->dtls_vtable->deadline(io->dtls), now)) {
        io->dtls_vtable->tick(io->dtls, now);
        on_dtls_moved(io, now);
    }
    if (io->state == IC_PEER_IO_CLOSED)
        return;
    settle_dtls(io, now);
    ic_ice_tick(&io->ice, now);
    on_ice_moved(io, now);
}

struct ic_time ic_peer_io_deadline(const struct ic_peer_io *io)
{
    if (io->state == IC_PEER_IO_CLOSED)
        return IC_NEVER;
    struct ic_time next = ic_ice_deadline(&io->ice);
    if (io->dtls != NULL)
        next = ic_time_min(next, io->dtls_vtable->deadline(io->dtls));
    if (io->dtls_role == IC_DTLS_ACTIVE)
        next = ic_time_min(next, io->dtls_restart);
    return ic_time_min(next, io->dtls_settle);
}

static bool poll_ice(struct ic_peer_io *io, struct ic_peer_io_out *out)
{
    struct ic_ice_out message;
    if (io->state == IC_PEER_IO_CLOSED || !ic_ice_poll(&io->ice, &message))
        return false;
    out->path = message.path;
    out->len = message.len;
    memcpy(out->bytes, message.bytes, message.len);
    return true;
}

/* The selected path; before there is one, the proved path that the handshake came from. */
static const struct ic_path *path_for_dtls(const struct ic_peer_io *io)
{
    const struct ic_path *selected = ic_ice_path(&io->ice);
    if (selected != NULL)
        return selected;
    return io->has_dtls_path && ic_ice_is_proved(&io->ice, &io->dtls_path) ? &io->dtls_path : NULL;
}

static bool poll_dtls(struct ic_peer_io *io, struct ic_peer_io_out *out)
{
    const struct ic_path *path = path_for_dtls(io);
    if (io->dtls == NULL)
        return false;
    if (path != NULL) {
        out->path = *path;
        out->len = io->dtls_vtable->poll(io->dtls, out->bytes, sizeof out->bytes);
        if (out->len > 0)
            return true;
    }
    if (io->state == IC_PEER_IO_CLOSED || handshake_is_over(io))
        drop_dtls(io); /* its last words are said */
    return false;
}

bool ic_peer_io_poll(struct ic_peer_io *io, struct ic_peer_io_out *out)
{
    return poll_ice(io, out) || poll_dtls(io, out);
}

enum ic_peer_io_state ic_peer_io_state(const struct ic_peer_io *io)
{
    return io->state;
}

enum ic_peer_io_end ic_peer_io_end(const struct ic_peer_io *io)
{
    return io->end;
}

const struct ic_path *ic_peer_io_path(const struct ic_peer_io *io)
{
    return io->state == IC_PEER_IO_CLOSED ? NULL : ic_ice_path(&io->ice);
}

struct ic_srtp *ic_peer_io_srtp(struct ic_peer_io *io)
{
    return io->has_srtp ? &io->srtp : NULL;
}

bool ic_peer_io_takes_media(const struct ic_peer_io *io, const struct ic_path *path)
{
    return io->has_srtp && ic_ice_is_proved(&io->ice, path);
}

enum ic_err ic_peer_io_keys(const struct ic_peer_io *io, struct ic_srtp_keys *keys)
{
    return io->has_srtp && io->dtls != NULL ? io->dtls_vtable->keys(io->dtls, keys) : IC_ERR_STATE;
}

void ic_peer_io_close(struct ic_peer_io *io)
{
    if (io->state == IC_PEER_IO_CLOSED)
        return;
    if (io->dtls != NULL)
        io->dtls_vtable->close(io->dtls);
    finish(io, IC_PEER_IO_END_NONE);
}
