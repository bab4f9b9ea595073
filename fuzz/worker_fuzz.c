/* room: sfu */
/* A whole media worker: three clients that are connected by the null handshake, and whatever the
 * input makes of commands, time, strangers' datagrams, and the clients' own well-encrypted RTP and
 * RTCP. Input: a list of steps, each an operation and its arguments. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "sfu/worker.h"
#include "sfu/worker_state.h"
#include "transport/peer_io.h"
#include "wire/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENTS 3
#define KEYS    8 /* peers that commands may name */

struct client {
    struct ic_peer_io io;
    struct ic_dtls_null_credentials credentials;
    struct ic_server_transport server;
    struct ic_path path; /* as the client sees it */
    uint64_t seq[2];
    uint16_t transport_cc;
};

struct fuzz {
    struct ic_worker *w;
    struct ic_dtls_null_credentials credentials;
    struct ic_prng prng;
    struct ic_time now;
    struct ic_addr server;
    struct client clients[CLIENTS];
};

static void fill(void *context, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)ic_prng_u32(context);
}

/* ---- offers ---- */

static const struct ic_codec_map opus = {IC_CODEC_OPUS, 111, 0};
static const struct ic_codec_map video[] = {
    {IC_CODEC_VP8, 96, 97}, {IC_CODEC_VP9, 98, 99}, {IC_CODEC_AV1, 45, 46}};
#define VIDEO_CODECS (sizeof video / sizeof video[0])

/* lacks: a bit for each of the video codecs, not all. */
static void add_section(struct ic_client_transport *offer, uint32_t lacks, enum ic_kind kind,
                        enum ic_direction direction)
{
    struct ic_section *s = &offer->sections[offer->section_count];
    s->kind = kind;
    s->direction = direction;
    s->source = kind == IC_KIND_AUDIO ? IC_SOURCE_MICROPHONE : IC_SOURCE_CAMERA;
    if (kind == IC_KIND_AUDIO)
        s->codecs[s->codec_count++] = opus;
    for (size_t i = 0; i < VIDEO_CODECS && kind == IC_KIND_VIDEO; i++)
        if ((lacks >> i & 1) == 0)
            s->codecs[s->codec_count++] = video[i];
    s->extensions = (struct ic_extension_ids){.mid = 4, .transport_cc = 3};
    snprintf(s->mid, sizeof s->mid, "%u", (unsigned)offer->section_count);
    offer->section_count++;
}

/* slots: of each kind. Few make sources wait. */
static struct ic_client_transport make_offer(uint32_t slots, uint32_t lacks)
{
    struct ic_client_transport offer = {.ufrag = "abcd", .pwd = "0123456789012345678901"};
    add_section(&offer, lacks, IC_KIND_AUDIO, IC_DIRECTION_SEND);
    add_section(&offer, lacks, IC_KIND_VIDEO, IC_DIRECTION_SEND);
    for (uint32_t i = 0; i < slots; i++) {
        add_section(&offer, lacks, IC_KIND_AUDIO, IC_DIRECTION_RECEIVE);
        add_section(&offer, lacks, IC_KIND_VIDEO, IC_DIRECTION_RECEIVE);
    }
    return offer;
}

/* ---- the world around the worker ---- */

static void give(struct fuzz *f, const struct ic_addr *from, const uint8_t *bytes, size_t len);

static void drain_client(struct fuzz *f, struct client *c)
{
    struct ic_peer_io_out out;
    while (ic_peer_io_poll(&c->io, &out))
        give(f, &c->path.local, out.bytes, out.len);
}

/* All that the worker has to send reaches its client at once. */
static void flush(struct fuzz *f)
{
    static struct ic_dgram dgrams[IC_TX_BATCH_MAX];
    static uint8_t bytes[IC_TX_BATCH_MAX][IC_PACKET_CAP];
    size_t count;
    while ((count = ic_worker_flush(f->w, dgrams, IC_TX_BATCH_MAX)) > 0) {
        for (size_t i = 0; i < count; i++) {
            IC_ASSERT(dgrams[i].len > 0 && dgrams[i].len <= IC_PACKET_CAP);
            memcpy(bytes[i], dgrams[i].bytes, dgrams[i].len);
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t k = 0; k < CLIENTS; k++) {
                struct client *c = &f->clients[k];
                size_t len = dgrams[i].len;
                enum ic_peer_io_kind kind;
                uint64_t ext_seq;
                if (!ic_addr_eq(&c->path.local, &dgrams[i].path.remote))
                    continue;
                (void)!ic_peer_io_input(&c->io, f->now, &c->path, bytes[i], &len, &kind, &ext_seq);
                drain_client(f, c);
            }
        }
    }
}

static void give(struct fuzz *f, const struct ic_addr *from, const uint8_t *bytes, size_t len)
{
    struct ic_path path = {.remote = *from, .local = f->server};
    uint8_t copy[IC_PACKET_CAP];
    size_t there = len < IC_PACKET_CAP ? len : IC_PACKET_CAP;
    if (!ic_worker_tx_room(f->w))
        return;                                 /* only while flushing: the datagram is lost */
    uint8_t *at = &copy[IC_PACKET_CAP - there]; /* nothing behind it may be read */
    memcpy(at, bytes, there);
    ic_worker_input(f->w, f->now, &path, at, len);
}

static void command(struct fuzz *f, const struct ic_cmd *cmd)
{
    ic_worker_cmd(f->w, f->now, cmd);
}

static void connect_client(struct fuzz *f, uint32_t index)
{
    struct client *c = &f->clients[index];
    struct ic_cmd cmd = {.kind = IC_CMD_PEER_ADD,
                         .peer = index + 1,
                         .room = 1,
                         .microphone = true,
                         .camera = true,
                         .transport =
                             make_offer(2, index == 2 ? 4 : 0)}; /* the last one lacks AV1 */
    struct ic_evt evt;
    c->credentials = f->credentials;
    c->credentials.fingerprint[0] = (uint8_t)(index + 1);
    memcpy(cmd.transport.fingerprint, c->credentials.fingerprint, IC_FINGERPRINT_LEN);
    command(f, &cmd);
    while (ic_worker_poll(f->w, &evt))
        if (evt.kind == IC_EVT_PEER_READY)
            c->server = evt.transport;
    c->path = (struct ic_path){.remote = f->server,
                               .local = ic_addr_v4(198, 51, 100, (uint8_t)(index + 1), 5000)};
    struct ic_peer_io_config config = {.ice = {.role = IC_ICE_CONTROLLING,
                                               .local_ufrag = cmd.transport.ufrag,
                                               .local_pwd = cmd.transport.pwd,
                                               .remote_ufrag = c->server.ufrag,
                                               .remote_pwd = c->server.pwd,
                                               .path = c->path,
                                               .seed = index},
                                       .dtls = ic_dtls_null(),
                                       .dtls_credentials = &c->credentials,
                                       .dtls_role = IC_DTLS_ACTIVE};
    memcpy(config.fingerprint, f->credentials.fingerprint, IC_FINGERPRINT_LEN);
    ic_peer_io_init(&c->io, &config, f->now);
    for (int i = 0; i < 4; i++) {
        ic_peer_io_tick(&c->io, f->now);
        drain_client(f, c);
        flush(f);
    }
    IC_ASSERT(ic_peer_io_state(&c->io) == IC_PEER_IO_CONNECTED);
    c->seq[0] = c->seq[1] = 100;
}

static void begin(struct fuzz *f)
{
    memset(f, 0, sizeof *f);
    f->now = (struct ic_time){.us = 1000000};
    f->server = ic_addr_v4(192, 0, 2, 1, 10000);
    f->credentials = (struct ic_dtls_null_credentials){.fingerprint = {0xaa},
                                                       .profile = IC_SRTP_AEAD_AES_128_GCM};
    ic_prng_init(&f->prng, 7);
    struct ic_worker_config config = {.entropy = {.fill = fill, .context = &f->prng},
                                      .seed = 3,
                                      .dtls = ic_dtls_null(),
                                      .dtls_credentials = &f->credentials,
                                      .candidates = {f->server},
                                      .candidate_count = 1,
                                      .peers_max = KEYS - 2,
                                      .rooms_max = 2,
                                      .packets_max = 300};
    memcpy(config.fingerprint, f->credentials.fingerprint, IC_FINGERPRINT_LEN);
    f->w = ic_worker_create(&config, f->now);
    IC_ASSERT(f->w != NULL);
    for (uint32_t i = 0; i < CLIENTS; i++)
        connect_client(f, i);
}

/* ---- what a client may send ---- */

static void send_rtp(struct fuzz *f, struct client *c, uint64_t ext_seq, const uint8_t *bytes,
                     size_t len)
{
    uint8_t out[IC_PACKET_CAP];
    struct ic_rtp rtp = {.header_len = IC_RTP_HEADER_LEN};
    struct ic_srtp *srtp = ic_peer_io_srtp(&c->io);
    if (srtp == NULL || len < IC_RTP_HEADER_LEN)
        return;
    (void)!ic_rtp_parse(bytes, len, &rtp);
    struct ic_srtp_job job = {.session = srtp,
                              .ext_seq = ext_seq,
                              .header = bytes,
                              .header_len = rtp.header_len,
                              .payload = &bytes[rtp.header_len],
                              .payload_len = len - rtp.header_len,
                              .out = out};
    ic_srtp_protect_rtp(&job, 1);
    if (job.error == IC_OK)
        give(f, &c->path.local, out, job.out_len);
}

/* Any header and payload behind version 2. */
static void step_raw_rtp(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    uint8_t bytes[300];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    uint8_t flags = ic_rd_u8(rd), pt = ic_rd_u8(rd);
    uint16_t seq = ic_rd_u16(rd);
    size_t n = ic_rd_u8(rd);
    n = n < rd->left ? n : rd->left;
    ic_wr_u8(&w, (uint8_t)(0x80 | (flags & 0x3f)));
    ic_wr_u8(&w, pt >= 192 && pt <= 223 ? 96 : pt);
    ic_wr_u16(&w, seq);
    ic_wr_u32(&w, 1000);
    ic_wr_u32(&w, 1 + (flags >> 6));
    if (n > 0)
        ic_wr_bytes(&w, ic_rd_take(rd, n), n);
    if (ic_rd_ok(rd) && ic_wr_ok(&w))
        send_rtp(f, c, seq, bytes, w.len);
}

/* The start of a key frame. */
static void write_key_frame(struct ic_wr *w, enum ic_codec codec)
{
    static const uint8_t vp8[] = {0x90, 0xe0, 0x80, 0x01, 0x02, 0x00, 0x10};
    static const uint8_t vp9[] = {0xa8, 0x80, 0x01, 0x00, 0x02, 0xaa};
    static const uint8_t av1[] = {0x28, 0x01, 0x0a, 0x32};
    if (codec == IC_CODEC_VP8)
        ic_wr_bytes(w, vp8, sizeof vp8);
    else if (codec == IC_CODEC_VP9)
        ic_wr_bytes(w, vp9, sizeof vp9);
    else
        ic_wr_bytes(w, av1, sizeof av1);
}

/* A packet that has all that it needs: MID, transport-wide number, sequence; the payload is the
 * input's. */
static void step_media(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    uint8_t bytes[300];
    struct ic_wr w = ic_wr_init(bytes, sizeof bytes);
    uint8_t flags = ic_rd_u8(rd), skip = ic_rd_u8(rd);
    uint8_t more = ic_rd_u8(rd);
    const struct ic_codec_map *codec = &video[more / 64 % VIDEO_CODECS];
    size_t n = more % 64;
    bool is_video = (flags & 1) != 0, rtx = (flags & 2) != 0 && is_video;
    n = n < rd->left ? n : rd->left;
    uint64_t seq = c->seq[is_video] + (flags & 4 ? (uint64_t)skip * 16 : 1);
    if ((flags & 8) != 0)
        seq = c->seq[is_video] - (skip < c->seq[is_video] ? skip : 0);
    struct ic_rtp_head head = {.ssrc = (is_video ? 20U : 10U) + (rtx ? 1U : 0U),
                               .seq = (uint16_t)seq,
                               .ts = (uint32_t)(f->now.us / 10),
                               .pt = !is_video ? 111
                                     : rtx     ? codec->rtx_payload_type
                                               : codec->payload_type,
                               .marker = (flags & 16) != 0};
    struct ic_hdrext_item items[2] = {{.id = 4, .len = 1, .data = {is_video ? '1' : '0'}},
                                      {.id = 3, .len = 2}};
    c->transport_cc = (uint16_t)(c->transport_cc + (flags & 32 ? skip : 1));
    items[1].data[0] = (uint8_t)(c->transport_cc >> 8);
    items[1].data[1] = (uint8_t)c->transport_cc;
    ic_rtp_write(&w, &head, items, 2);
    if (rtx)
        ic_wr_u16(&w, (uint16_t)(c->seq[1] - skip));
    if (is_video && (flags & 64) != 0)
        write_key_frame(&w, codec->codec);
    if (n > 0)
        ic_wr_bytes(&w, ic_rd_take(rd, n), n);
    if (!ic_rd_ok(rd) || !ic_wr_ok(&w))
        return;
    if (!rtx && seq > c->seq[is_video])
        c->seq[is_video] = seq;
    send_rtp(f, c, seq, bytes, w.len);
}

static void send_rtcp(struct fuzz *f, struct client *c, uint8_t *bytes, size_t len, size_t cap)
{
    struct ic_srtp *srtp = ic_peer_io_srtp(&c->io);
    if (srtp != NULL && ic_srtp_protect_rtcp(srtp, bytes, &len, cap) == IC_OK)
        give(f, &c->path.local, bytes, len);
}

static void step_raw_rtcp(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    uint8_t bytes[400] = {0x80, 201, 0, 1, 0, 0, 0, 5}; /* a good report in front */
    size_t n = ic_rd_u8(rd);
    n = n < rd->left ? n : rd->left;
    struct ic_wr w = ic_wr_init(&bytes[8], 300);
    if (n > 0)
        ic_wr_bytes(&w, ic_rd_take(rd, n), n);
    send_rtcp(f, c, bytes, 8 + w.len, sizeof bytes);
}

/* Feedback about a slot of the client, reports of its streams. */
static void step_feedback(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    uint8_t bytes[600], kind = ic_rd_u8(rd), slot = ic_rd_u8(rd);
    uint16_t base = ic_rd_u16(rd), seqs[64];
    struct ic_wr w = ic_wr_init(bytes, 500);
    uint32_t ssrc =
        c->server.slot_count == 0 ? 1 : c->server.slots[slot % c->server.slot_count].ssrc;
    struct ic_rtcp_block block = {.ssrc = ssrc, .lsr = base, .dlsr = ic_rd_u16(rd)};
    struct ic_rtcp_sender sender = {.ssrc = kind & 8 ? 10 : 20,
                                    .ntp = (uint64_t)base << 32 | (uint64_t)f->now.us,
                                    .rtp_ts = base};
    ic_rtcp_write_rr(&w, 5, &block, 1);
    uint32_t index;
    uint64_t key = (uint64_t)(c - f->clients) + 1;
    if (ic_map_find(&f->w->by_key, &key, &index) && (kind & 16) == 0) { /* near what went out */
        const struct ic_peer *peer = ic_worker_peer(f->w, index);
        if (peer->slot_count > 0)
            base =
                (uint16_t)(ic_worker_slot(f->w, peer->slots[slot % peer->slot_count])->tx.highest -
                           base % 64);
    }
    for (size_t i = 0; i < 64; i++)
        seqs[i] = (uint16_t)(base + i * (kind >> 5));
    switch (kind % 4) {
    case 0:
        ic_rtcp_write_nack(&w, 5, ssrc, seqs, 64);
        break;
    case 1:
        ic_rtcp_write_pli(&w, 5, ssrc);
        break;
    case 2:
        ic_rtcp_write_fir(&w, 5, ssrc, slot);
        break;
    default:
        ic_rtcp_write_sr(&w, &sender, &block, 1);
        break;
    }
    if (ic_wr_ok(&w))
        send_rtcp(f, c, bytes, w.len, sizeof bytes);
}

/* ---- the other steps ---- */

static void step_raw(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    uint8_t bytes[IC_PACKET_CAP] = {0}, flags = ic_rd_u8(rd);
    size_t n = ic_rd_u8(rd);
    n = n < rd->left ? n : rd->left;
    struct ic_addr from = ic_addr_v4(203, 0, 113, flags, 999);
    if (n > 0)
        memcpy(bytes, ic_rd_take(rd, n), n);
    if ((flags & 2) != 0)
        n += IC_PACKET_CAP - 256;
    give(f, (flags & 1) != 0 ? &c->path.local : &from, bytes, n);
}

static void step_command(struct fuzz *f, struct ic_rd *rd)
{
    uint8_t flags = ic_rd_u8(rd), change = ic_rd_u8(rd), value = ic_rd_u8(rd);
    struct ic_cmd cmd = {.kind = (enum ic_cmd_kind)(flags % 4),
                         .peer = 1 + flags / 4 % KEYS,
                         .room = 1 + change % 3,
                         .microphone = (flags & 32) != 0,
                         .camera = (flags & 64) != 0,
                         .transport = make_offer(change % 11, value % 7)};
    struct ic_section *s = &cmd.transport.sections[value % cmd.transport.section_count];
    if (change == 255 && value == 255)
        cmd.kind = IC_CMD_SHUTDOWN;
    if (change > 200)
        s->codecs[0].payload_type = value;
    else if (change > 150)
        s->mid[0] = (char)value;
    else if (change > 100)
        s->extensions.mid = value;
    command(f, &cmd);
}

static void step_time(struct fuzz *f, struct client *c, struct ic_rd *rd)
{
    f->now = ic_time_add(f->now, IC_MS(ic_rd_u16(rd) % 4096));
    ic_worker_tick(f->w, f->now);
    ic_peer_io_tick(&c->io, f->now);
    drain_client(f, c);
}

static void step_out(struct fuzz *f, struct ic_rd *rd)
{
    struct ic_evt evt;
    if ((ic_rd_u8(rd) & 1) != 0)
        flush(f);
    else
        while (ic_worker_poll(f->w, &evt))
            IC_ASSERT(evt.kind == IC_EVT_STATS || evt.peer <= KEYS);
}

static void step(struct fuzz *f, struct ic_rd *rd)
{
    uint8_t op = ic_rd_u8(rd);
    struct client *c = &f->clients[op / 16 % CLIENTS];
    if (!ic_worker_tx_room(f->w))
        flush(f);
    switch (op % 8) {
    case 0:
        step_raw(f, c, rd);
        break;
    case 1:
        step_raw_rtp(f, c, rd);
        break;
    case 2:
        step_media(f, c, rd);
        break;
    case 3:
        step_raw_rtcp(f, c, rd);
        break;
    case 4:
        step_feedback(f, c, rd);
        break;
    case 5:
        step_command(f, rd);
        break;
    case 6:
        step_time(f, c, rd);
        break;
    default:
        step_out(f, rd);
        break;
    }
}

/* Everything is flushed: a packet is in a store, the spare one, or free. */
static void check_books(const struct ic_worker *w)
{
    uint32_t stored = 0;
    for (uint32_t i = 0; i < w->tracks.count; i++) {
        struct ic_ref ref;
        const struct ic_track *track = ic_pool_at_index(&w->tracks, i, &ref);
        stored += track == NULL ? 0 : track->store.held;
    }
    IC_ASSERT(w->packets.free_count + stored + (ic_ref_is_none(w->spare) ? 0 : 1) ==
              w->packets.count);
    IC_ASSERT(w->queue.free_count == w->queue.entry_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz f;
    struct ic_rd rd = ic_rd_init(data, size);
    begin(&f);
    for (int steps = 0; rd.left > 0 && steps < 400; steps++)
        step(&f, &rd);
    flush(&f);
    check_books(f.w);
    struct ic_cmd cmd = {.kind = IC_CMD_SHUTDOWN};
    command(&f, &cmd);
    flush(&f);
    check_books(f.w);
    IC_ASSERT(f.w->peers.used + f.w->tracks.used + f.w->stores.used + f.w->rtx_streams.used == 0);
    IC_ASSERT(f.w->slots.used + f.w->arrivals.used == 0);
    ic_worker_destroy(f.w);
    for (size_t i = 0; i < CLIENTS; i++)
        ic_peer_io_deinit(&f.clients[i].io);
    return 0;
}
