#include "shell/load_member.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/pool.h"
#include "crypto/aead_mb.h"
#include "crypto/ct.h"
#include "media/ntp.h"
#include "shell/entropy.h"
#include "wire/demux.h"
#include "wire/rtcp.h"

#define SOCKET_BUFFER_BYTES (1024 * 1024)
#define RTCP_INTERVAL_MS    1000
#define COMPOUND_MAX        1000
#define RUN_MAX             50 /* datagrams of one message to the kernel: 64 KB, and 64 of them */

/* ---- begin and end ---- */

static void random_text(char *out, size_t bytes)
{
    uint8_t random[IC_PWD_LEN];
    struct ic_entropy entropy = ic_entropy_kernel();
    IC_ASSERT(bytes <= sizeof random && bytes % 3 == 0);
    entropy.fill(entropy.context, random, bytes);
    ic_base64_encode(random, bytes, out); /* RFC 8839 5.4: the letters of an ice-char */
}

static bool open_socket(struct ic_load_member *m)
{
    int size = SOCKET_BUFFER_BYTES, on = 1, off = 0;
    m->fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m->fd < 0)
        return false;
    (void)setsockopt(m->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(m->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (m->shared->has_runs && setsockopt(m->fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) != 0)
        return false;
    return setsockopt(m->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0;
}

/* Those of a shape's own kind first. */
static enum ic_err init_streams(struct ic_load_member *m, size_t of_each)
{
    const struct ic_load_shape *shape = m->shared->shape;
    size_t count = shape->sound == NULL ? of_each : 2 * of_each;
    if (count == 0)
        return IC_OK;
    m->streams = ic_array_alloc(count, sizeof *m->streams);
    if (m->streams == NULL)
        return IC_ERR_FULL;
    for (; m->slot_count < count; m->slot_count++)
        if (ic_load_stream_init(&m->streams[m->slot_count],
                                m->slot_count < of_each ? shape : shape->sound) != IC_OK)
            return IC_ERR_FULL;
    return IC_OK;
}

enum ic_err ic_load_member_init(struct ic_load_member *m, const struct ic_load_shared *shared,
                                uint32_t index, bool sends, size_t slot_count)
{
    memset(m, 0, sizeof *m);
    m->shared = shared;
    m->index = index;
    m->sends = sends;
    random_text(m->ufrag, 6);
    random_text(m->pwd, 18);
    m->ssrc = (uint32_t)ic_entropy_u64() | 1;
    m->sound_ssrc = m->ssrc ^ 2;
    return open_socket(m) ? init_streams(m, slot_count) : IC_ERR_SYSTEM;
}

void ic_load_member_deinit(struct ic_load_member *m)
{
    if (m->shared != NULL && m->fd >= 0)
        close(m->fd);
    for (size_t i = 0; i < m->slot_count && m->streams != NULL; i++)
        ic_load_stream_deinit(&m->streams[i]);
    ic_array_free(m->streams);
    if (m->has_io)
        ic_peer_io_deinit(&m->io);
    else
        ic_srtp_deinit(&m->keyed);
    for (size_t i = 0; i < m->source_count; i++)
        ic_load_source_deinit(&m->sources[i]);
    ic_ct_wipe(m, sizeof *m);
}

json_t *ic_load_member_offer(const struct ic_load_member *m)
{
    bool has_sound = m->shared->shape->sound != NULL;
    size_t slots = has_sound ? m->slot_count / 2 : m->slot_count;
    json_t *offer =
        json_pack("{s:s,s:s,s:b,s:I,s:I}", "ufrag", m->ufrag, "pwd", m->pwd, "sends", (int)m->sends,
                  "ssrc", (json_int_t)m->ssrc, "slots", (json_int_t)slots);
    if (has_sound) {
        json_object_set_new(offer, "sound_ssrc", json_integer(m->sound_ssrc));
        json_object_set_new(offer, "sound_slots", json_integer((json_int_t)slots));
    }
    return offer;
}

static bool connect_socket(struct ic_load_member *m)
{
    struct sockaddr_in6 s = {.sin6_family = AF_INET6, .sin6_port = htons(m->place.server.port)};
    memcpy(s.sin6_addr.s6_addr, m->place.server.ip, sizeof m->place.server.ip);
    m->path = (struct ic_path){.remote = m->place.server};
    return connect(m->fd, (struct sockaddr *)&s, sizeof s) == 0;
}

static void init_io(struct ic_load_member *m, struct ic_time now)
{
    struct ic_peer_io_config config = {
        .ice = {.role = IC_ICE_CONTROLLING,
                .local_ufrag = m->ufrag,
                .local_pwd = m->pwd,
                .remote_ufrag = m->place.ufrag,
                .remote_pwd = m->place.pwd,
                .path = m->path,
                .tie_breaker = ic_entropy_u64(),
                .seed = ic_entropy_u64()},
        .dtls = ic_dtls_openssl(),
        .dtls_credentials = m->shared->credentials,
        .dtls_role = IC_DTLS_ACTIVE,
        .engine = {.aead = ic_aead_mb_engine(m->shared->aead_mb)},
    };
    memcpy(config.fingerprint, m->place.fingerprint, sizeof config.fingerprint);
    ic_peer_io_init(&m->io, &config, now);
    m->has_io = true;
}

enum ic_err ic_load_member_place(struct ic_load_member *m, struct ic_time now,
                                 const struct ic_load_line_member *place)
{
    bool has_sound = m->shared->shape->sound != NULL;
    if (place->slot_count != m->slot_count || place->sends != m->sends ||
        place->has_sound != (has_sound && m->sends) ||
        place->sound_slot_count != (has_sound ? m->slot_count / 2 : 0))
        return IC_ERR_INPUT;
    m->place = *place;
    ic_load_keys_add(&m->keys, place->epoch, place->base_key);
    if (place->sends)
        ic_load_roster_add(&m->shared->common->roster, place->epoch, place->send.kid, m->index);
    if (place->has_sound)
        ic_load_roster_add(&m->shared->common->roster, place->epoch, place->sound_send.kid,
                           m->index);
    for (size_t i = 0; i < m->slot_count; i++)
        m->streams[i].ssrc = place->slots[i];
    if (!connect_socket(m))
        return IC_ERR_SYSTEM;
    m->rtcp_next = now; /* without ICE that tells the other end where we are */
    m->is_placed = true;
    const struct ic_srtp_engine engine = {.aead = ic_aead_mb_engine(m->shared->aead_mb)};
    if (place->has_keys)
        return ic_srtp_init(&m->keyed, &place->keys, &engine);
    init_io(m, now);
    return IC_OK;
}

/* ---- state ---- */

static struct ic_srtp *srtp_of(struct ic_load_member *m)
{
    return m->has_io ? ic_peer_io_srtp(&m->io) : &m->keyed;
}

bool ic_load_member_is_connected(const struct ic_load_member *m)
{
    return m->is_placed && (!m->has_io || ic_peer_io_state(&m->io) == IC_PEER_IO_CONNECTED);
}

bool ic_load_member_is_lost(const struct ic_load_member *m)
{
    return m->has_io && ic_peer_io_state(&m->io) == IC_PEER_IO_CLOSED;
}

bool ic_load_member_has_all(const struct ic_load_member *m)
{
    for (size_t i = 0; i < m->slot_count; i++)
        if (!m->streams[i].has_cipher)
            return false;
    return true;
}

/* The frame with which a recording begins when it begins there, in a thousandth of its length. */
static size_t frame_at(const struct ic_load_recording *r, uint32_t permille)
{
    size_t i = 0;
    while (r != NULL && i < r->count && r->frames[i].at_ms < r->length_ms / 1000 * permille)
        i++;
    return r == NULL || i == r->count ? 0 : i;
}

static enum ic_err begin_source(struct ic_load_member *m, const struct ic_load_shape *shape,
                                const struct ic_load_line_send *send, struct ic_time began)
{
    /* At another place of the recording than the others. */
    uint32_t permille = (uint32_t)(ic_load_phase_us(m->index, 1) / 1000);
    struct ic_load_source_config config = {
        .shape = shape,
        .base_key = m->place.base_key,
        .kid = send->kid,
        .epoch = m->place.epoch,
        .member = m->index,
        .ssrc = m->source_count == 0 ? m->ssrc : m->sound_ssrc,
        .payload_type = send->payload_type,
        .mid_id = send->mid_id,
        .transport_cc_id = send->transport_cc_id,
        .frames_per_s = m->shared->frames_per_s,
        .first = frame_at(shape->recording, permille),
        .seed = ic_entropy_u64(),
    };
    memcpy(config.mid, send->mid, sizeof config.mid);
    enum ic_err err = ic_load_source_init(&m->sources[m->source_count], &config, began);
    m->source_count += err == IC_OK;
    return err;
}

enum ic_err ic_load_member_begin(struct ic_load_member *m, struct ic_time began)
{
    const struct ic_load_shape *shape = m->shared->shape;
    enum ic_err err = begin_source(m, shape, &m->place.send, began);
    if (err == IC_OK && shape->sound != NULL)
        err = begin_source(m, shape->sound, &m->place.sound_send, began);
    return err;
}

/* ---- a meeting that goes on ---- */

void ic_load_member_add_epoch(struct ic_load_member *m, struct ic_time now,
                              const struct ic_load_line_epoch *epoch)
{
    struct ic_load_common *common = m->shared->common;
    ic_load_keys_add(&m->keys, epoch->epoch, epoch->base_key);
    ic_load_roster_add(&common->roster, epoch->epoch, epoch->kid, m->index);
    ic_load_roster_add(&common->roster, epoch->epoch, epoch->sound_kid, m->index);
    m->place.send.kid = epoch->kid;
    m->place.sound_send.kid = epoch->sound_kid;
    m->place.epoch = epoch->epoch;
    memcpy(m->place.base_key, epoch->base_key, sizeof m->place.base_key);
    for (size_t i = 0; i < m->slot_count; i++)
        ic_load_stream_retry(&m->streams[i], common, &m->keys, now);
}

enum ic_err ic_load_member_switch_epoch(struct ic_load_member *m, uint64_t epoch)
{
    const struct ic_load_line_member *place = &m->place;
    enum ic_err err = place->epoch == epoch ? IC_OK : IC_ERR_INPUT;
    for (size_t i = 0; i < m->source_count && err == IC_OK; i++)
        err = ic_load_source_rekey(&m->sources[i], place->base_key,
                                   i == 0 ? place->send.kid : place->sound_send.kid, epoch);
    return err;
}

enum ic_err ic_load_member_announce(struct ic_load_member *m,
                                    const struct ic_load_line_slots *slots)
{
    for (size_t i = 0; i < slots->count; i++) {
        size_t k = 0;
        while (k < m->slot_count && m->streams[k].ssrc != slots->slots[i].ssrc)
            k++;
        if (k == m->slot_count)
            return IC_ERR_INPUT;
        ic_load_stream_announce(&m->streams[k], slots->slots[i].from);
    }
    return IC_OK;
}

/* ---- out ---- */

static void send_bytes(struct ic_load_member *m, const uint8_t *bytes, size_t len)
{
    m->lost_to_send += send(m->fd, bytes, len, 0) < 0;
}

static void drain_io(struct ic_load_member *m)
{
    struct ic_peer_io_out out;
    while (ic_peer_io_poll(&m->io, &out))
        send_bytes(m, out.bytes, out.len);
}

/* Datagrams of one length as one message; false: the kernel does not do that here. */
static bool send_run(struct ic_load_member *m, uint8_t *bytes, size_t len, size_t segment)
{
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(uint16_t))] = {0};
    struct iovec part = {.iov_base = bytes, .iov_len = len};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
    struct cmsghdr *c = CMSG_FIRSTHDR(&header);
    uint16_t value = (uint16_t)segment;
    c->cmsg_level = IPPROTO_UDP;
    c->cmsg_type = UDP_SEGMENT;
    c->cmsg_len = CMSG_LEN(sizeof value);
    memcpy(CMSG_DATA(c), &value, sizeof value);
    if (sendmsg(m->fd, &header, 0) >= 0)
        return true;
    if (errno == EINVAL || errno == EIO || errno == EMSGSIZE || errno == EOPNOTSUPP)
        return false;
    m->lost_to_send += len / segment;
    return true;
}

/* As runs of one length; only the last datagram may be shorter. */
static void send_frame(struct ic_load_member *m, const struct ic_load_source_out *out)
{
    size_t run = RUN_MAX * out->datagram_len;
    for (size_t at = 0; at < out->len; at += run) {
        size_t left = out->len - at, len = left < run ? left : run;
        m->is_plain = m->is_plain || (len > out->datagram_len &&
                                      !send_run(m, &out->bytes[at], len, out->datagram_len));
        if (len > out->datagram_len && !m->is_plain)
            continue;
        for (size_t k = 0; k < len; k += out->datagram_len)
            send_bytes(m, &out->bytes[at + k],
                       len - k < out->datagram_len ? len - k : out->datagram_len);
    }
}

/* The source whose frame is due first. */
static const struct ic_load_source *next_source(const struct ic_load_member *m)
{
    const struct ic_load_source *next = NULL;
    for (size_t i = 0; i < m->source_count; i++)
        if (next == NULL ||
            ic_time_sub(ic_load_source_deadline(&m->sources[i]), ic_load_source_deadline(next)).us <
                0)
            next = &m->sources[i];
    return next;
}

struct ic_time ic_load_member_deadline(const struct ic_load_member *m)
{
    const struct ic_load_source *next = next_source(m);
    return next == NULL ? IC_NEVER : ic_load_source_deadline(next);
}

bool ic_load_member_send_frame(struct ic_load_member *m, struct ic_time now)
{
    uint8_t bytes[IC_LOAD_SOURCE_BYTES];
    struct ic_load_source_out out = {.bytes = bytes};
    const struct ic_load_source *next = next_source(m);
    struct ic_srtp *srtp = srtp_of(m);
    if (srtp == NULL || next == NULL ||
        ic_load_source_make(&m->sources[next - m->sources], now, srtp, &out) != IC_OK)
        return false;
    send_frame(m, &out);
    return true;
}

/* A sender report of what it sends, a receiver report of what it receives. */
static void send_reports(struct ic_load_member *m, struct ic_time now)
{
    uint8_t bytes[COMPOUND_MAX + IC_SRTCP_EXPANSION_MAX];
    struct ic_wr w = ic_wr_init(bytes, COMPOUND_MAX);
    struct ic_rtcp_block blocks[2 * IC_LOAD_SLOTS_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < m->slot_count; i++)
        if (m->streams[i].is_started)
            blocks[count++] = (struct ic_rtcp_block){
                .ssrc = m->streams[i].ssrc, .highest_seq = (uint32_t)(m->streams[i].next - 1)};
    for (size_t i = 0; i < m->source_count; i++) {
        struct ic_rtcp_sender sender =
            ic_load_source_report(&m->sources[i], ic_ntp_at(now, m->shared->ntp_offset_us));
        ic_rtcp_write_sr(&w, &sender, blocks, i == 0 ? count : 0);
    }
    if (m->source_count > 0)
        ic_rtcp_write_cname(&w, m->ssrc, "load");
    else
        ic_rtcp_write_rr(&w, m->ssrc, blocks, count);
    size_t len = w.len;
    IC_ASSERT(ic_wr_ok(&w));
    if (ic_srtp_protect_rtcp(srtp_of(m), bytes, &len, sizeof bytes) == IC_OK)
        send_bytes(m, bytes, len);
}

void ic_load_member_tick(struct ic_load_member *m, struct ic_time now)
{
    if (m->has_io && ic_time_reached(ic_peer_io_deadline(&m->io), now)) {
        ic_peer_io_tick(&m->io, now);
        drain_io(m);
    }
    if (!ic_load_member_is_connected(m) || !ic_time_reached(m->rtcp_next, now))
        return;
    for (size_t i = 0; i < m->slot_count; i++)
        ic_load_stream_retry(&m->streams[i], m->shared->common, &m->keys, now);
    send_reports(m, now);
    m->rtcp_next = ic_time_add(now, IC_MS(RTCP_INTERVAL_MS));
}

void ic_load_member_close(struct ic_load_member *m)
{
    if (!m->has_io)
        return;
    ic_peer_io_close(&m->io);
    drain_io(m);
}

/* ---- in ---- */

static struct ic_load_stream *find_stream(struct ic_load_member *m, const uint8_t *bytes,
                                          size_t len)
{
    struct ic_rd r = ic_rd_init(bytes, len);
    ic_rd_skip(&r, 8);
    uint32_t ssrc = ic_rd_u32(&r);
    for (size_t i = 0; i < m->slot_count && ic_rd_ok(&r); i++)
        if (m->streams[i].ssrc == ssrc)
            return &m->streams[i];
    return NULL;
}

static void on_rtp(struct ic_load_member *m, struct ic_time now, uint8_t *bytes, size_t len)
{
    struct ic_load_common *common = m->shared->common;
    struct ic_load_stream *stream = find_stream(m, bytes, len);
    struct ic_srtp *srtp = srtp_of(m);
    uint64_t ext_seq;
    size_t datagram_len = len;
    if (stream == NULL || srtp == NULL) {
        common->tally.unknown++;
        return;
    }
    enum ic_err err = ic_srtp_unprotect_rtp(srtp, bytes, &len, &ext_seq);
    if (err == IC_ERR_REPLAY) {
        common->tally.duplicates++;
    } else if (err != IC_OK) {
        common->tally.forged++;
    } else {
        common->tally.bytes += datagram_len;
        ic_load_stream_input(stream, common, &m->keys, now, ext_seq, bytes, len);
    }
}

static void want_key_frame(struct ic_load_member *m, uint32_t ssrc)
{
    for (size_t i = 0; i < m->source_count; i++)
        if (m->source_count == 1 || m->sources[i].config.ssrc == ssrc)
            m->sources[i].is_key_wanted = true;
}

/* What the server asks for. A NACK is not answered: what is lost shall show. */
static void on_feedback(struct ic_load_member *m, const uint8_t *bytes, size_t len)
{
    struct ic_rtcp rtcp;
    struct ic_rtcp_packet packet;
    struct ic_rtcp_nack nack;
    uint32_t ssrc;
    uint16_t seq;
    ic_rtcp_begin(&rtcp, bytes, len);
    while (ic_rtcp_next(&rtcp, &packet)) {
        if (packet.type == IC_RTCP_PSFB && ic_rtcp_parse_pli(&packet, &ssrc) == IC_OK) {
            m->key_frames++;
            want_key_frame(m, ssrc);
        }
        if (packet.type == IC_RTCP_RTPFB && packet.count == IC_RTCP_RTPFB_NACK &&
            ic_rtcp_parse_nack(&packet, &nack) == IC_OK)
            while (ic_rtcp_nack_next(&nack, &seq))
                m->nacked++;
    }
}

void ic_load_member_input(struct ic_load_member *m, struct ic_time now, uint8_t *bytes, size_t len)
{
    enum ic_peer_io_kind kind = IC_PEER_IO_RTCP;
    uint64_t ext_seq;
    enum ic_err err;
    enum ic_demux what = ic_demux(bytes, len);
    if (what == IC_DEMUX_RTP) {
        on_rtp(m, now, bytes, len);
        return;
    }
    if (m->has_io) {
        err = ic_peer_io_input(&m->io, now, &m->path, bytes, &len, &kind, &ext_seq);
        drain_io(m);
    } else {
        err = what == IC_DEMUX_RTCP ? ic_srtp_unprotect_rtcp(&m->keyed, bytes, &len) : IC_ERR_INPUT;
    }
    if (err == IC_OK && kind == IC_PEER_IO_RTCP)
        on_feedback(m, bytes, len);
    else if (what == IC_DEMUX_RTCP && err == IC_ERR_AUTH)
        m->shared->common->tally.forged++;
}
