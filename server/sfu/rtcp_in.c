#include "sfu/rtcp_in.h"

#include "media/ntp.h"
#include "sfu/retransmit.h"
#include "sfu/worker_state.h"
#include "wire/rtcp.h"

/* LIMIT: numbers that the NACKs of one datagram may name; what is behind them is ignored. */
#define NACKED_MAX IC_RTCP_NACK_SEQS_MAX

/* One datagram on its way through. */
struct input {
    struct ic_worker *w;
    struct ic_time now;
    uint64_t ntp; /* server clock */
    struct ic_peer *peer;
    uint32_t nacked, answered;
};

static struct ic_slot *find_slot(const struct input *in, uint32_t ssrc)
{
    for (uint32_t i = 0; i < in->peer->slot_count; i++) {
        struct ic_slot *slot = ic_worker_slot(in->w, in->peer->slots[i]);
        if (slot->tx.ssrc == ssrc)
            return slot;
    }
    return NULL;
}

static struct ic_track *find_track(const struct input *in, uint32_t ssrc)
{
    for (uint32_t i = 0; i < in->peer->track_count; i++) {
        struct ic_track *track = ic_worker_track(in->w, in->peer->tracks[i]);
        if (track->ssrc != 0 && track->ssrc == ssrc)
            return track;
    }
    return NULL;
}

/* Blocks about our slots tell the round trip, which holds for the peer's own streams as well. */
static void on_blocks(const struct input *in, struct ic_rtcp_blocks *blocks)
{
    struct ic_rtcp_block block;
    struct ic_dur rtt;
    while (ic_rtcp_blocks_next(blocks, &block)) {
        if (find_slot(in, block.ssrc) == NULL || !ic_ntp_rtt(in->ntp, block.lsr, block.dlsr, &rtt))
            continue;
        for (uint32_t i = 0; i < in->peer->track_count; i++)
            ic_rx_stream_set_rtt(&ic_worker_track(in->w, in->peer->tracks[i])->rx, rtt);
    }
}

static enum ic_err on_sender_report(const struct input *in, const struct ic_rtcp_packet *packet)
{
    struct ic_rtcp_sender sender;
    struct ic_rtcp_blocks blocks;
    enum ic_err err = ic_rtcp_parse_sr(packet, &sender, &blocks);
    if (err != IC_OK)
        return err;
    struct ic_track *track = find_track(in, sender.ssrc);
    if (track != NULL) {
        ic_clock_map_input(&in->peer->clock, in->now, in->ntp, sender.ntp);
        ic_rx_stream_on_sr(&track->rx, in->ntp, &sender);
    }
    on_blocks(in, &blocks);
    return IC_OK;
}

static enum ic_err on_receiver_report(const struct input *in, const struct ic_rtcp_packet *packet)
{
    uint32_t reporter;
    struct ic_rtcp_blocks blocks;
    enum ic_err err = ic_rtcp_parse_rr(packet, &reporter, &blocks);
    if (err == IC_OK)
        on_blocks(in, &blocks);
    return err;
}

static enum ic_err on_nack(struct input *in, const struct ic_rtcp_packet *packet)
{
    struct ic_rtcp_nack nack;
    uint16_t seq;
    enum ic_err err = ic_rtcp_parse_nack(packet, &nack);
    if (err != IC_OK)
        return err;
    struct ic_slot *slot = find_slot(in, nack.media_ssrc);
    while (slot != NULL && in->nacked < NACKED_MAX && in->answered < IC_RTX_ANSWERS_MAX &&
           ic_rtcp_nack_next(&nack, &seq)) {
        in->nacked++;
        in->w->stats.nack_in++;
        if (ic_retransmit(in->w, in->now, in->peer, slot, seq))
            in->answered++;
    }
    return IC_OK;
}

/* A receiver cannot go on without a key frame. */
static void on_request(const struct input *in, uint32_t ssrc)
{
    const struct ic_slot *slot = find_slot(in, ssrc);
    struct ic_track *track = slot == NULL ? NULL : ic_worker_track(in->w, slot->track);
    in->w->stats.pli_in++;
    if (track != NULL)
        ic_track_request_key_frame(in->w, in->now, track);
}

static enum ic_err on_payload_feedback(const struct input *in, const struct ic_rtcp_packet *packet)
{
    uint32_t ssrc;
    struct ic_rd entries;
    uint8_t command;
    enum ic_err err = IC_OK;
    if (packet->count == IC_RTCP_PSFB_PLI) {
        err = ic_rtcp_parse_pli(packet, &ssrc);
        if (err == IC_OK)
            on_request(in, ssrc);
    } else if (packet->count == IC_RTCP_PSFB_FIR) {
        err = ic_rtcp_parse_fir(packet, &entries);
        while (err == IC_OK && ic_rtcp_fir_next(&entries, &ssrc, &command))
            on_request(in, ssrc);
    }
    return err;
}

static enum ic_err on_packet(struct input *in, const struct ic_rtcp_packet *packet)
{
    switch (packet->type) {
    case IC_RTCP_SR:
        return on_sender_report(in, packet);
    case IC_RTCP_RR:
        return on_receiver_report(in, packet);
    case IC_RTCP_RTPFB:
        return packet->count == IC_RTCP_RTPFB_NACK ? on_nack(in, packet) : IC_OK;
    case IC_RTCP_PSFB:
        return on_payload_feedback(in, packet);
    default: /* descriptions and goodbyes: the control plane knows who is there */
        return IC_OK;
    }
}

void ic_rtcp_in_input(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                      const uint8_t *bytes, size_t len)
{
    struct input in = {
        .w = w, .now = now, .ntp = ic_ntp_at(now, w->config.ntp_offset_us), .peer = peer};
    struct ic_rtcp rtcp;
    struct ic_rtcp_packet packet;
    bool is_good = true;
    ic_rtcp_begin(&rtcp, bytes, len);
    while (ic_rtcp_next(&rtcp, &packet))
        is_good = on_packet(&in, &packet) == IC_OK && is_good;
    if (rtcp.bad || !is_good)
        ic_worker_count_drop(w, IC_ERR_INPUT);
}
