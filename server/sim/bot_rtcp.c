#include "sim/bot_rtcp.h"

#include <stdio.h>
#include <string.h>

#include "media/ntp.h"
#include "wire/rtcp.h"
#include "wire/twcc.h"

#define COMPOUND_MAX 1200
#define NACKS_MAX    64

static void violate(struct ic_bot *b, const char *text)
{
    if (b->violation[0] == '\0')
        snprintf(b->violation, sizeof b->violation, "%s", text);
}

/* ---- in ---- */

static struct ic_bot_source *find_source(struct ic_bot *b, uint32_t ssrc)
{
    for (size_t i = 0; i < 2; i++)
        if (b->sources[i].ssrc == ssrc)
            return &b->sources[i];
    return NULL;
}

static void on_nack(struct ic_bot *b, const struct ic_rtcp_packet *packet, struct ic_outbox *out)
{
    struct ic_rtcp_nack nack;
    uint16_t seq;
    if (ic_rtcp_parse_nack(packet, &nack) != IC_OK) {
        violate(b, "malformed NACK");
        return;
    }
    struct ic_bot_source *source = find_source(b, nack.media_ssrc);
    if (source == NULL) {
        violate(b, "NACK for somebody else's stream");
        return;
    }
    struct ic_bot_line line = {.srtp = ic_peer_io_srtp(&b->io),
                               .out = out,
                               .prng = &b->prng,
                               .transport_cc = &b->transport_cc};
    while (ic_rtcp_nack_next(&nack, &seq)) {
        b->nacks++;
        ic_bot_source_retransmit(source, seq, &line);
    }
}

static void on_pli(struct ic_bot *b, struct ic_time now, const struct ic_rtcp_packet *packet)
{
    uint32_t ssrc;
    if (ic_rtcp_parse_pli(packet, &ssrc) != IC_OK) {
        violate(b, "malformed PLI");
        return;
    }
    struct ic_bot_source *source = find_source(b, ssrc);
    if (source == NULL) {
        violate(b, "PLI for somebody else's stream");
        return;
    }
    int64_t gap_us = ic_time_sub(now, b->last_pli).us;
    if (b->plis > 0 && gap_us < b->pli_gap_min_us)
        b->pli_gap_min_us = gap_us;
    b->plis++;
    b->last_pli = now;
    source->key_wanted = true;
}

static void on_twcc(struct ic_bot *b, const struct ic_rtcp_packet *packet)
{
    struct ic_twcc twcc;
    struct ic_twcc_status status;
    if (ic_twcc_parse(packet, &twcc) != IC_OK) {
        violate(b, "malformed transport-wide feedback");
        return;
    }
    b->twcc_feedbacks++;
    while (ic_twcc_next(&twcc, &status)) {
        b->twcc_received += status.received;
        if ((int16_t)(status.seq - b->transport_cc) >= 0)
            violate(b, "feedback about a packet that was not sent");
    }
}

static void on_sender_report(struct ic_bot *b, struct ic_time now,
                             const struct ic_rtcp_packet *packet)
{
    struct ic_rtcp_sender sender;
    struct ic_rtcp_blocks blocks;
    if (ic_rtcp_parse_sr(packet, &sender, &blocks) != IC_OK) {
        violate(b, "malformed SR");
        return;
    }
    for (size_t i = 0; i < b->slot_count; i++) {
        if (b->slots[i].ssrc != sender.ssrc)
            continue;
        ic_bot_slot_on_report(&b->slots[i], now, &sender);
        return;
    }
    violate(b, "SR of a stream that was not announced");
}

/* What the server received of a source, and the round trip that follows from it. */
static void on_receiver_report(struct ic_bot *b, struct ic_time now,
                               const struct ic_rtcp_packet *packet)
{
    uint32_t reporter;
    struct ic_rtcp_blocks blocks;
    struct ic_rtcp_block block;
    struct ic_dur rtt;
    if (ic_rtcp_parse_rr(packet, &reporter, &blocks) != IC_OK) {
        violate(b, "malformed RR");
        return;
    }
    while (ic_rtcp_blocks_next(&blocks, &block)) {
        const struct ic_bot_source *source = find_source(b, block.ssrc);
        if (source == NULL || block.highest_seq >= source->seq) {
            violate(b, "a report about what was not sent");
            return;
        }
        b->reports++;
        if (ic_ntp_rtt(ic_ntp_at(now, b->config.ntp_offset_us), block.lsr, block.dlsr, &rtt))
            b->rtt_us = rtt.us;
    }
}

static void on_cname(struct ic_bot *b, const struct ic_rtcp_packet *packet)
{
    uint32_t ssrc;
    char cname[IC_RTCP_CNAME_MAX + 1];
    if (ic_rtcp_parse_cname(packet, &ssrc, cname) != IC_OK || strcmp(cname, b->server.cname) != 0)
        violate(b, "another CNAME than announced");
}

void ic_bot_rtcp_input(struct ic_bot *b, struct ic_time now, const uint8_t *bytes, size_t len,
                       struct ic_outbox *out)
{
    struct ic_rtcp rtcp;
    struct ic_rtcp_packet packet;
    bool is_first = true;
    ic_rtcp_begin(&rtcp, bytes, len);
    while (ic_rtcp_next(&rtcp, &packet)) {
        if (is_first && packet.type != IC_RTCP_SR && packet.type != IC_RTCP_RR)
            violate(b, "a compound begins without a report");
        is_first = false;
        if (packet.type == IC_RTCP_SR)
            on_sender_report(b, now, &packet);
        else if (packet.type == IC_RTCP_RR)
            on_receiver_report(b, now, &packet);
        else if (packet.type == IC_RTCP_SDES)
            on_cname(b, &packet);
        else if (packet.type == IC_RTCP_PSFB)
            on_pli(b, now, &packet);
        else if (packet.type == IC_RTCP_RTPFB && packet.count == IC_RTCP_RTPFB_NACK)
            on_nack(b, &packet, out);
        else if (packet.type == IC_RTCP_RTPFB && packet.count == IC_RTCP_RTPFB_TWCC)
            on_twcc(b, &packet);
    }
    if (rtcp.bad)
        violate(b, "malformed RTCP");
}

/* ---- out ---- */

static struct ic_wr begin(struct ic_outbox *out, struct ic_outbox_item **item)
{
    *item = ic_outbox_add(out);
    return ic_wr_init((*item)->bytes, COMPOUND_MAX);
}

static void end(struct ic_bot *b, struct ic_wr *w, struct ic_outbox_item *item)
{
    size_t len = w->len;
    IC_ASSERT(ic_wr_ok(w));
    enum ic_err err =
        ic_srtp_protect_rtcp(ic_peer_io_srtp(&b->io), item->bytes, &len, sizeof item->bytes);
    IC_ASSERT(err == IC_OK);
    item->len = len;
}

void ic_bot_rtcp_send_feedback(struct ic_bot *b, struct ic_time now, struct ic_outbox *out)
{
    struct ic_outbox_item *item = NULL;
    struct ic_wr w = {0};
    for (size_t i = 0; i < b->slot_count; i++) {
        struct ic_bot_slot *slot = &b->slots[i];
        uint16_t seqs[NACKS_MAX];
        size_t count = ic_bot_slot_take_nacks(slot, now, seqs, NACKS_MAX);
        bool wants_key_frame = ic_bot_slot_wants_key_frame(slot, now);
        if (count == 0 && !wants_key_frame)
            continue;
        if (item != NULL && w.len > COMPOUND_MAX / 2) {
            end(b, &w, item);
            item = NULL;
        }
        if (item == NULL) {
            w = begin(out, &item);
            ic_rtcp_write_rr(&w, b->rtcp_ssrc, NULL, 0);
        }
        if (count > 0)
            ic_rtcp_write_nack(&w, b->rtcp_ssrc, slot->ssrc, seqs, count);
        if (wants_key_frame)
            ic_rtcp_write_pli(&w, b->rtcp_ssrc, slot->ssrc);
    }
    if (item != NULL)
        end(b, &w, item);
}

static void write_sender(struct ic_bot *b, struct ic_time now, const struct ic_bot_source *s,
                         struct ic_wr *w)
{
    int64_t rate = s->config.kind == IC_KIND_AUDIO ? 48000 : 90000;
    int64_t since_us = ic_time_sub(now, s->last_capture).us;
    struct ic_rtcp_sender sender = {
        .ssrc = s->ssrc,
        .ntp = ic_ntp_at(now, b->config.ntp_offset_us),
        .rtp_ts = s->last_ts + (uint32_t)(since_us * rate / 1000000),
        .packets = s->packets,
        .octets = s->octets,
    };
    ic_rtcp_write_sr(w, &sender, NULL, 0);
    ic_rtcp_write_cname(w, s->ssrc, "bot");
}

void ic_bot_rtcp_send_reports(struct ic_bot *b, struct ic_time now, struct ic_outbox *out)
{
    struct ic_outbox_item *item;
    struct ic_wr w = begin(out, &item);
    struct ic_rtcp_block blocks[IC_SLOTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < b->slot_count; i++) {
        const struct ic_bot_slot *s = &b->slots[i];
        if (!s->started)
            continue;
        int64_t delay_us = ic_time_sub(now, s->sr_at).us;
        blocks[count++] = (struct ic_rtcp_block){
            .ssrc = s->ssrc,
            .highest_seq = (uint32_t)s->highest,
            .lsr = s->has_sr ? ic_ntp_middle(s->sr_ntp) : 0,
            .dlsr = s->has_sr ? (uint32_t)(delay_us * 65536 / 1000000) : 0,
        };
    }
    ic_rtcp_write_rr(&w, b->rtcp_ssrc, blocks, count);
    for (size_t i = 0; i < 2; i++)
        if (b->sources[i].on && b->sources[i].packets > 0)
            write_sender(b, now, &b->sources[i], &w);
    end(b, &w, item);
}
