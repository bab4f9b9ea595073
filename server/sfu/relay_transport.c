#include "sfu/relay_transport.h"

#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "sfu/address_book.h"
#include "sfu/relay_member.h"
#include "sfu/worker_state.h"

void ic_relay_transport_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd)
{
    bool has_room = w->relay_count < w->config.relays_max;
    struct ic_peer *relay = has_room ? ic_peer_make(w, now, cmd->peer, IC_PEER_RELAY) : NULL;
    if (relay == NULL) {
        ic_peer_refuse(w, cmd->peer, IC_PEER_REASON_FULL);
        return;
    }
    w->relay_count++;
    ic_peer_io_deinit(&relay->io); /* closed, until the other end is known */
    ic_peer_name(w, relay);
    ic_peer_announce(w, relay, IC_EVT_PEER_READY, IC_PEER_REASON_NONE);
}

/* Nothing said: the system chooses, for which it has to know the family. */
static struct ic_addr local_of(const struct ic_cmd *cmd)
{
    bool is_said = cmd->local.port != 0;
    if (is_said || !ic_addr_is_v4(&cmd->address))
        return cmd->local;
    return ic_addr_v4(0, 0, 0, 0, 0);
}

void ic_relay_transport_connect(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                                const struct ic_cmd *cmd)
{
    if (relay->role != IC_PEER_RELAY || relay->is_called)
        return;
    struct ic_peer_io_config config = {
        .ice = {.role = cmd->is_caller ? IC_ICE_CONTROLLING : IC_ICE_LITE,
                .local_ufrag = relay->ufrag,
                .local_pwd = relay->pwd,
                .remote_ufrag = cmd->transport.ufrag,
                .remote_pwd = cmd->transport.pwd,
                .path = {.remote = cmd->address, .local = local_of(cmd)},
                .tie_breaker = ic_prng_u64(&w->prng),
                .seed = ic_prng_u64(&w->prng)},
        .dtls = w->config.dtls,
        .dtls_credentials = w->config.dtls_credentials,
        .engine = w->config.engine,
        .dtls_role = cmd->is_caller ? IC_DTLS_ACTIVE : IC_DTLS_PASSIVE,
        .dtls_pending = &w->dtls_pending,
        .keeps_dtls = true, /* for the sessions of meetings to come */
    };
    memcpy(config.fingerprint, cmd->transport.fingerprint, sizeof config.fingerprint);
    ic_peer_io_init(&relay->io, &config, now);
    relay->is_called = true;
    /* Responses carry no name, so the address tells whose they are. */
    ic_address_book_claim(w, relay, &cmd->address);
    ic_peer_wake_at(w, relay, ic_peer_io_deadline(&relay->io));
}

/* The SSRC that stands in the clear: of the stream, or of the sender of RTCP. */
static bool read_ssrc(const uint8_t *bytes, size_t len, enum ic_demux demux, uint32_t *ssrc)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    ic_rd_skip(&r, demux == IC_DEMUX_RTP ? 8 : 4);
    *ssrc = ic_rd_u32(&r);
    return ic_rd_ok(&r);
}

static enum ic_err pass_on(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                           const struct ic_path *path, uint8_t *bytes, enum ic_demux demux,
                           size_t len)
{
    uint32_t ssrc;
    if (!ic_peer_io_takes_media(&relay->io, path))
        return IC_ERR_STATE;
    if (len > IC_DATAGRAM_MAX || !read_ssrc(bytes, len, demux, &ssrc))
        return IC_ERR_INPUT;
    struct ic_peer *member = ic_relay_member_find(w, relay, ssrc);
    if (member == NULL)
        return IC_ERR_GONE;
    ic_relay_member_input(w, now, member, bytes, ssrc, demux, len);
    return IC_OK;
}

bool ic_relay_transport_input(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                              const struct ic_path *path, uint8_t *bytes, enum ic_demux demux,
                              size_t len)
{
    if (!relay->is_called) {
        ic_worker_count_drop(w, IC_ERR_STATE);
        return true;
    }
    if (demux != IC_DEMUX_RTP && demux != IC_DEMUX_RTCP)
        return false;
    enum ic_err err = pass_on(w, now, relay, path, bytes, demux, len);
    if (err != IC_OK) {
        ic_peer_count_in(relay, demux, false, len);
        ic_worker_count_drop(w, err);
    }
    return true;
}

void ic_relay_transport_end(struct ic_worker *w, struct ic_time now, struct ic_peer *relay)
{
    for (uint32_t i = 0; i < w->relay_members.count && w->relay_members.used > 0; i++) {
        struct ic_ref ref;
        const struct ic_relay_member *m = ic_pool_at_index(&w->relay_members, i, &ref);
        if (m == NULL || m->relay != relay->ref.index)
            continue;
        struct ic_peer *member = ic_pool_at(&w->peers, m->peer);
        IC_ASSERT(member != NULL);
        ic_peer_announce(w, member, IC_EVT_PEER_CLOSED, IC_PEER_REASON_CLOSED_BY_PEER);
        ic_peer_remove(w, now, member);
    }
    IC_ASSERT(w->relay_count > 0);
    w->relay_count--;
}
