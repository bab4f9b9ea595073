#include "sim/bot.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/seq.h"
#include "sim/bot_offer.h"
#include "sim/bot_rtcp.h"
#include "wire/demux.h"
#include "wire/rtp.h"

static void violate(struct ic_bot *b, const char *text)
{
    if (b->violation[0] == '\0')
        snprintf(b->violation, sizeof b->violation, "%s", text);
}

static void random_text(struct ic_prng *prng, char *out, size_t bytes)
{
    uint8_t random[32];
    IC_ASSERT(bytes <= sizeof random);
    for (size_t i = 0; i < bytes; i++)
        random[i] = (uint8_t)ic_prng_u32(prng);
    ic_base64url_encode(random, bytes, out);
}

static void init_source(struct ic_bot *b, struct ic_time now, const struct ic_section *section)
{
    bool is_video = section->kind == IC_KIND_VIDEO;
    struct ic_bot_source_config config = {
        .peer = b->config.key,
        .kind = section->kind,
        .types = ic_payload_types_of(section),
        .codec = is_video && b->config.codec != IC_CODEC_NONE ? b->config.codec
                                                              : section->codecs[0].codec,
        .flexible = b->config.numbering % 2 == 1,
        .mid_id = section->extensions.mid,
        .transport_cc_id = section->extensions.transport_cc,
        .interval = is_video ? IC_US(1000000 / b->config.frames_per_s) : IC_MS(20),
        .packets = is_video ? b->config.packets_per_frame : 1,
        .probe_ppm = b->config.probe_ppm,
        .padding_ppm = is_video ? b->config.padding_ppm : 0,
        .first_seq = is_video ? b->config.first_seq : 0,
    };
    memcpy(config.mid, section->mid, sizeof config.mid);
    ic_bot_source_init(&b->sources[section->source], &config, &b->prng, now);
}

void ic_bot_init(struct ic_bot *b, const struct ic_bot_config *config, struct ic_time now)
{
    memset(b, 0, sizeof *b);
    b->config = *config;
    ic_prng_init(&b->prng, config->seed);
    random_text(&b->prng, b->offer.ufrag, 3);
    random_text(&b->prng, b->offer.pwd, 18);
    for (size_t i = 0; i < IC_FINGERPRINT_LEN; i++)
        b->offer.fingerprint[i] = (uint8_t)ic_prng_u32(&b->prng);
    memcpy(b->credentials.fingerprint, b->offer.fingerprint, IC_FINGERPRINT_LEN);
    if (config->wrong_fingerprint)
        b->credentials.fingerprint[0] ^= 1;
    b->credentials.profile = config->profile;
    ic_bot_offer_sections(&b->offer, config->numbering, config->lacks);
    b->rtcp_ssrc = ic_prng_u32(&b->prng) | 1;
    b->transport_cc = (uint16_t)ic_prng_u32(&b->prng);
    b->pli_gap_min_us = INT64_MAX;
    b->joined = now;
    b->connected = IC_NEVER;
    for (size_t i = 0; i < b->offer.section_count; i++)
        if (b->offer.sections[i].direction == IC_DIRECTION_SEND)
            init_source(b, now, &b->offer.sections[i]);
}

void ic_bot_deinit(struct ic_bot *b)
{
    if (b->has_io)
        ic_peer_io_deinit(&b->io);
    for (size_t i = 0; i < IC_BOT_SESSIONS && b->has_media; i++)
        ic_srtp_deinit(&b->media[i]);
    b->has_media = false;
    b->has_io = false;
    b->state = IC_BOT_CLOSED;
}

static void init_slot(struct ic_bot *b, const struct ic_slot_info *info)
{
    struct ic_bot_slot *slot = &b->slots[b->slot_count++];
    memcpy(slot->mid, info->mid, sizeof slot->mid);
    slot->kind = info->kind;
    slot->ssrc = info->ssrc;
    slot->rtx_ssrc = info->rtx_ssrc;
    slot->owner = b->config.key;
    for (size_t i = 0; i < b->offer.section_count; i++) {
        const struct ic_section *s = &b->offer.sections[i];
        if (strcmp(s->mid, info->mid) != 0)
            continue;
        slot->types = ic_payload_types_of(s);
        if (s->kind != info->kind || s->direction != IC_DIRECTION_RECEIVE)
            violate(b, "slot of another kind than its section");
    }
}

void ic_bot_on_ready(struct ic_bot *b, struct ic_time now, const struct ic_server_transport *server,
                     const struct ic_addr *local)
{
    b->server = *server;
    b->path = (struct ic_path){.remote = server->candidates[0], .local = *local};
    struct ic_peer_io_config config = {
        .ice = {.role = IC_ICE_CONTROLLING,
                .local_ufrag = b->offer.ufrag,
                .local_pwd = b->offer.pwd,
                .remote_ufrag = server->ufrag,
                .remote_pwd = server->pwd,
                .path = b->path,
                .tie_breaker = ic_prng_u64(&b->prng),
                .seed = ic_prng_u64(&b->prng)},
        .dtls = ic_dtls_null(),
        .dtls_credentials = &b->credentials,
        .dtls_role = IC_DTLS_ACTIVE,
    };
    memcpy(config.fingerprint, server->fingerprint, sizeof config.fingerprint);
    ic_peer_io_init(&b->io, &config, now);
    b->has_io = true;
    b->state = IC_BOT_JOINING;
    for (size_t i = 0; i < server->slot_count; i++)
        init_slot(b, &server->slots[i]);
}

void ic_bot_on_slot(struct ic_bot *b, struct ic_time now, const char *mid, uint64_t source)
{
    struct ic_bot_slot *slot = NULL;
    for (size_t i = 0; i < b->slot_count; i++)
        if (strcmp(b->slots[i].mid, mid) == 0)
            slot = &b->slots[i];
    if (slot == NULL)
        violate(b, "a slot was announced that is not there");
    else
        ic_bot_slot_assign(slot, now, source);
}

void ic_bot_set_codec(struct ic_bot *b, enum ic_codec codec)
{
    ic_bot_source_set_codec(&b->sources[IC_SOURCE_CAMERA], codec);
}

void ic_bot_set_media(struct ic_bot *b, struct ic_time now, bool microphone, bool camera)
{
    b->config.microphone = microphone;
    b->config.camera = camera;
    if (b->state != IC_BOT_CONNECTED)
        return;
    ic_bot_source_set(&b->sources[IC_SOURCE_MICROPHONE], now, microphone);
    ic_bot_source_set(&b->sources[IC_SOURCE_CAMERA], now, camera);
}

/* ---- input ---- */

static struct ic_bot_slot *find_slot(struct ic_bot *b, uint32_t ssrc, bool *rtx)
{
    for (size_t i = 0; i < b->slot_count; i++) {
        struct ic_bot_slot *s = &b->slots[i];
        *rtx = ssrc == s->rtx_ssrc && s->rtx_ssrc != 0;
        if (ssrc == s->ssrc || *rtx)
            return s;
    }
    return NULL;
}

/* Check what every packet of a slot must look like, and unwrap a retransmission. */
/* With the slack that a first packet needs, and for what was lost. */
static void count_padding(struct ic_bot *b, size_t len, uint8_t padding)
{
    b->bytes_in += len;
    b->padding_in += padding;
    if (padding > 0 && b->padding_in * 100 > (b->bytes_in + 20000) * (IC_RUN_PADDING_PERCENT + 1))
        violate(b, "more padding than 3 % of the bytes");
}

static void on_packet(struct ic_bot *b, struct ic_time now, struct ic_bot_slot *slot, bool is_rtx,
                      const uint8_t *bytes, size_t len, uint64_t ext_seq)
{
    struct ic_rtp rtp;
    size_t framing = is_rtx ? IC_RTP_OSN_LEN : 0;
    if (ic_rtp_parse(bytes, len, &rtp) != IC_OK) {
        violate(b, "malformed RTP");
        return;
    }
    bool is_rtx_pt;
    enum ic_codec codec = ic_payload_types_codec(&slot->types, rtp.pt, &is_rtx_pt);
    if (codec == IC_CODEC_NONE || is_rtx_pt != is_rtx) {
        violate(b, "payload type of somebody else's numbering");
        return;
    }
    if (rtp.has_extension || rtp.csrc_count > 0)
        violate(b, "a slot's packet has extension or CSRC");
    count_padding(b, len, rtp.padding_len);
    uint16_t osn = 0;
    if (is_rtx && ic_rtp_parse_osn(&rtp, bytes, len, &osn) != IC_OK) {
        violate(b, "RTX without original sequence number");
        return;
    }
    if (is_rtx && !slot->started)
        return;
    if (is_rtx)
        ext_seq = ic_seq16_extend(slot->highest, osn);
    ic_bot_slot_input(slot, now, ext_seq, rtp.ts, codec, &bytes[rtp.header_len + framing],
                      rtp.payload_len - framing, is_rtx);
}

static void on_rtp(struct ic_bot *b, struct ic_time now, uint8_t *bytes, size_t len)
{
    bool is_rtx;
    uint64_t ext_seq;
    struct ic_rd r = ic_rd_init(bytes, len);
    ic_rd_skip(&r, 8);
    uint32_t ssrc = ic_rd_u32(&r);
    struct ic_bot_slot *slot = find_slot(b, ssrc, &is_rtx);
    if (!ic_rd_ok(&r) || slot == NULL) {
        violate(b, "RTP of an SSRC that was not announced");
        return;
    }
    b->rtp_in++;
    enum ic_err err =
        ic_srtp_unprotect_rtp(&b->media[is_rtx ? 2 : slot->kind], bytes, &len, &ext_seq);
    if (err == IC_OK)
        on_packet(b, now, slot, is_rtx, bytes, len, ext_seq);
    else if (err != IC_ERR_REPLAY) /* the network may bring a datagram twice */
        violate(b, "RTP that cannot be decrypted");
}

static void drain(struct ic_bot *b, struct ic_outbox *out)
{
    struct ic_peer_io_out effect;
    while (ic_peer_io_poll(&b->io, &effect)) {
        struct ic_outbox_item *item = ic_outbox_add(out);
        memcpy(item->bytes, effect.bytes, effect.len);
        item->len = effect.len;
    }
}

static void init_media(struct ic_bot *b)
{
    struct ic_srtp_keys keys;
    enum ic_err err = b->io.dtls_vtable->keys(b->io.dtls, &keys);
    IC_ASSERT(err == IC_OK);
    for (size_t i = 0; i < IC_BOT_SESSIONS; i++) {
        err = ic_srtp_init(&b->media[i], &keys, NULL);
        IC_ASSERT(err == IC_OK);
    }
    b->has_media = true;
}

static void settle(struct ic_bot *b, struct ic_time now, struct ic_outbox *out)
{
    drain(b, out);
    switch (ic_peer_io_state(&b->io)) {
    case IC_PEER_IO_CONNECTING:
        break;
    case IC_PEER_IO_CONNECTED:
        if (b->state != IC_BOT_JOINING)
            break;
        b->state = IC_BOT_CONNECTED;
        init_media(b);
        b->connected = now;
        b->rtcp_next = ic_time_add(now, IC_MS(100));
        b->nack_next = now;
        ic_bot_set_media(b, now, b->config.microphone, b->config.camera);
        break;
    case IC_PEER_IO_CLOSED:
        b->state = IC_BOT_CLOSED;
        break;
    }
}

void ic_bot_input(struct ic_bot *b, struct ic_time now, uint8_t *bytes, size_t len,
                  struct ic_outbox *out)
{
    enum ic_peer_io_kind kind;
    uint64_t ext_seq = 0;
    if (!b->has_io || b->state == IC_BOT_CLOSED)
        return;
    if (ic_demux(bytes, len) == IC_DEMUX_RTP) {
        if (b->state == IC_BOT_CONNECTED)
            on_rtp(b, now, bytes, len);
        return;
    }
    if (ic_peer_io_input(&b->io, now, &b->path, bytes, &len, &kind, &ext_seq) != IC_OK)
        b->unknown++;
    settle(b, now, out);
    if (b->state == IC_BOT_CONNECTED && kind == IC_PEER_IO_RTCP)
        ic_bot_rtcp_input(b, now, bytes, len, out);
}

/* ---- timers ---- */

static struct ic_bot_line line_of(struct ic_bot *b, struct ic_outbox *out)
{
    return (struct ic_bot_line){.srtp = ic_peer_io_srtp(&b->io),
                                .out = out,
                                .prng = &b->prng,
                                .transport_cc = &b->transport_cc};
}

void ic_bot_tick(struct ic_bot *b, struct ic_time now, struct ic_outbox *out)
{
    if (!b->has_io || b->state == IC_BOT_CLOSED)
        return;
    if (ic_time_reached(ic_peer_io_deadline(&b->io), now)) {
        ic_peer_io_tick(&b->io, now);
        settle(b, now, out);
    }
    if (b->state != IC_BOT_CONNECTED)
        return;
    struct ic_bot_line line = line_of(b, out);
    for (size_t i = 0; i < 2; i++)
        ic_bot_source_tick(&b->sources[i], now, &line);
    if (ic_time_reached(b->nack_next, now)) {
        ic_bot_rtcp_send_feedback(b, now, out);
        b->nack_next = ic_time_add(now, IC_MS(IC_BOT_NACK_INTERVAL_MS));
    }
    if (ic_time_reached(b->rtcp_next, now)) {
        ic_bot_rtcp_send_reports(b, now, out);
        b->rtcp_next = ic_time_add(now, IC_MS(IC_BOT_RTCP_INTERVAL_MS));
    }
}

struct ic_time ic_bot_deadline(const struct ic_bot *b)
{
    if (!b->has_io || b->state == IC_BOT_CLOSED)
        return IC_NEVER;
    struct ic_time first = ic_peer_io_deadline(&b->io);
    if (b->state != IC_BOT_CONNECTED)
        return first;
    for (size_t i = 0; i < 2; i++)
        first = ic_time_min(first, ic_bot_source_deadline(&b->sources[i]));
    return ic_time_min(first, ic_time_min(b->rtcp_next, b->nack_next));
}

void ic_bot_close(struct ic_bot *b, struct ic_outbox *out)
{
    if (!b->has_io)
        return;
    ic_peer_io_close(&b->io);
    drain(b, out);
    b->state = IC_BOT_CLOSED;
}

/* ---- what it saw ---- */

const char *ic_bot_violation(const struct ic_bot *b)
{
    if (b->violation[0] != '\0')
        return b->violation;
    for (size_t i = 0; i < b->slot_count; i++)
        if (b->slots[i].violation[0] != '\0')
            return b->slots[i].violation;
    return NULL;
}

uint64_t ic_bot_heard(const struct ic_bot *b, uint64_t source, enum ic_kind kind)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < b->slot_count; i++)
        if (b->slots[i].kind == kind && source < IC_BOT_SOURCES_MAX)
            sum += b->slots[i].heard[source];
    return sum;
}

struct ic_time ic_bot_came(const struct ic_bot *b, uint64_t source)
{
    struct ic_time newest = {0};
    for (size_t i = 0; i < b->slot_count && source < IC_BOT_SOURCES_MAX; i++)
        if (ic_time_before(newest, b->slots[i].came[source]))
            newest = b->slots[i].came[source];
    return newest;
}

bool ic_bot_sync(const struct ic_bot *b, uint64_t source, int64_t *apart_us)
{
    const struct ic_bot_slot *found[2] = {NULL, NULL};
    for (size_t i = 0; i < b->slot_count; i++)
        if (b->slots[i].sync_source == source && ic_bot_slot_source(&b->slots[i]) == source)
            found[b->slots[i].kind] = &b->slots[i];
    if (found[0] == NULL || found[1] == NULL)
        return false;
    *apart_us = found[0]->sync_us - found[1]->sync_us;
    return true;
}
