#include "sfu/staging.h"

#include <string.h>

#include "base/assert.h"
#include "sfu/worker_state.h"

#define DGRAM_MAX (IC_PACKET_CAP + IC_RTP_EXPANSION_MAX)

static_assert(IC_RTP_HEADER_LEN + IC_TX_PREFIX_MAX + IC_SRTP_TAG_MAX <= IC_RTP_EXPANSION_MAX,
              "a packet with its new head and tag fits");

enum ic_err ic_staging_init(struct ic_staging *s)
{
    memset(s, 0, sizeof *s);
    s->bytes = ic_array_alloc(IC_TX_BATCH_MAX, DGRAM_MAX);
    return s->bytes == NULL ? IC_ERR_FULL : IC_OK;
}

static void take_back(struct ic_staging *s, struct ic_packet_pool *packets)
{
    for (uint32_t i = 0; i < s->lent_count; i++)
        ic_packet_pool_release(packets, s->lent[i]);
    s->lent_count = 0;
}

void ic_staging_deinit(struct ic_staging *s, struct ic_packet_pool *packets)
{
    take_back(s, packets);
    ic_array_free(s->bytes);
    memset(s, 0, sizeof *s);
}

/* What one receiver gets in this batch. */
struct share {
    size_t count;
    const struct ic_tx_entry *entries[IC_TX_BATCH_MAX];
    uint16_t len[IC_TX_BATCH_MAX]; /* without the tag */
    uint8_t pad[IC_TX_BATCH_MAX];
    bool has_ready;
};

/* For receipts. */
static void count_out(struct ic_peer *peer, size_t len)
{
    peer->counts.packets_out++;
    peer->counts.bytes_out += len;
}

static uint16_t len_of(const struct ic_worker *w, const struct ic_tx_entry *entry)
{
    size_t len = ic_packet_pool_at(&w->packets, entry->packet)->media.payload_len;
    if (entry->kind != IC_TX_READY)
        len += IC_RTP_HEADER_LEN + (size_t)entry->head.prefix_len - entry->head.skip;
    return (uint16_t)len;
}

/* Without a path or keys media is for nobody. */
static void take_share(struct ic_worker *w, uint32_t receiver, bool is_reachable, size_t cap,
                       struct share *out)
{
    const struct ic_tx_entry *entry;
    out->count = 0;
    out->has_ready = false;
    while (out->count < cap && (entry = ic_tx_queue_take(&w->queue, receiver)) != NULL) {
        if (entry->kind != IC_TX_READY && !is_reachable) {
            ic_packet_pool_release(&w->packets, entry->packet);
            continue;
        }
        out->has_ready = out->has_ready || entry->kind == IC_TX_READY;
        out->len[out->count] = len_of(w, entry);
        out->pad[out->count] = 0;
        out->entries[out->count++] = entry;
    }
}

static bool is_same_stream(const struct ic_tx_entry *a, const struct ic_tx_entry *b)
{
    return memcmp(&a->head.header[IC_RTP_SSRC_OFFSET], &b->head.header[IC_RTP_SSRC_OFFSET],
                  sizeof(uint32_t)) == 0;
}

/* The longest first, so that a shorter one ends the run; never past one of the same stream. */
static void sort_share(struct share *s)
{
    for (size_t i = 1; i < s->count; i++) {
        const struct ic_tx_entry *entry = s->entries[i];
        uint16_t len = s->len[i];
        size_t k = i;
        for (; k > 0 && s->len[k - 1] < len && !is_same_stream(s->entries[k - 1], entry); k--) {
            s->entries[k] = s->entries[k - 1];
            s->len[k] = s->len[k - 1];
        }
        s->entries[k] = entry;
        s->len[k] = len;
    }
}

/* In as few runs as can be. */
static void lay_out(struct ic_run_padding *padding, struct share *s)
{
    if (s->count < 2 || s->has_ready)
        return;
    if (s->count <= IC_RUN_SORT_MAX)
        sort_share(s);
    ic_run_padding_choose(padding, s->len, s->pad, s->count);
}

/* A datagram that waits for its job. */
static void add_job(struct ic_worker *w, struct ic_srtp *session, const struct ic_tx_entry *entry,
                    uint8_t pad, uint8_t *at, uint32_t dgram, uint32_t receiver)
{
    struct ic_staging *s = &w->staging;
    const struct ic_packet *packet = ic_packet_pool_at(&w->packets, entry->packet);
    const uint8_t *bytes = ic_packet_pool_bytes(&w->packets, entry->packet);
    const struct ic_tx_head *head = &entry->head;
    s->job_dgram[s->job_count] = dgram;
    s->job_receiver[s->job_count] = receiver;
    s->job_packet[s->job_count] = entry->packet;
    s->jobs[s->job_count++] = (struct ic_srtp_job){
        .session = session,
        .ext_seq = head->ext_seq,
        .header = head->header,
        .header_len = IC_RTP_HEADER_LEN,
        .prefix = head->prefix,
        .prefix_len = head->prefix_len,
        .payload = &bytes[packet->media.payload_offset + head->skip],
        .payload_len = (size_t)packet->media.payload_len - head->skip,
        .pad = pad,
        .out = at,
    };
}

static void lend(struct ic_worker *w, struct ic_peer *peer, const struct ic_tx_entry *entry,
                 struct ic_dgram *out)
{
    *out = (struct ic_dgram){
        .path = entry->path,
        .bytes = ic_packet_pool_bytes(&w->packets, entry->packet),
        .len = ic_packet_pool_at(&w->packets, entry->packet)->media.payload_len,
    };
    if (peer != NULL && ic_demux(out->bytes, out->len) == IC_DEMUX_RTCP)
        count_out(peer, out->len);
    w->staging.lent[w->staging.lent_count++] = entry->packet;
}

/* All of one receiver that fits; returns the number of datagrams so far. */
static size_t fill_receiver(struct ic_worker *w, uint32_t receiver, struct ic_dgram *out,
                            size_t count, size_t cap, size_t *used)
{
    struct ic_staging *s = &w->staging;
    struct ic_peer *peer = ic_worker_peer(w, receiver);
    struct ic_peer_io *io = peer == NULL ? NULL : ic_worker_transport(w, peer);
    struct ic_srtp *session = io == NULL ? NULL : ic_peer_io_srtp(io);
    const struct ic_path *path = io == NULL ? NULL : ic_peer_io_path(io);
    struct share share;
    size_t media = 0;
    take_share(w, receiver, session != NULL && path != NULL, cap - count, &share);
    lay_out(&w->queue.lines[receiver].padding, &share);
    for (size_t i = 0; i < share.count; i++, count++) {
        const struct ic_tx_entry *entry = share.entries[i];
        if (entry->kind == IC_TX_READY) {
            lend(w, peer, entry, &out[count]);
            continue;
        }
        add_job(w, session, entry, share.pad[i], &s->bytes[*used], (uint32_t)count, receiver);
        out[count] = (struct ic_dgram){.path = *path, .bytes = &s->bytes[*used], .len = 0};
        *used += (size_t)share.len[i] + share.pad[i] + IC_SRTP_TAG_MAX;
        if (entry->kind == IC_TX_MEDIA)
            media += ic_packet_pool_at(&w->packets, entry->packet)->media.payload_len;
    }
    if (media > 0)
        ic_rtx_budget_on_media(&peer->rtx_budget, w->now, media);
    return count;
}

/* What is left of this batch would cut the receiver's run in two, which the kernel then has to be
 * given as two messages; the next batch has room for all of it. */
static bool is_better_whole(const struct ic_tx_queue *q, uint32_t receiver, size_t count,
                            size_t cap)
{
    size_t len = q->lines[receiver].count;
    return count > 0 && len > cap - count && len <= cap;
}

/* Forget datagrams that could not be made. */
static size_t compact(struct ic_dgram *out, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (out[i].len > 0)
            out[kept++] = out[i];
    return kept;
}

size_t ic_staging_fill(struct ic_worker *w, struct ic_dgram *out, size_t cap)
{
    struct ic_staging *s = &w->staging;
    size_t count = 0, used = 0, failed = 0;
    uint32_t receiver;
    take_back(s, &w->packets);
    s->job_count = 0;
    if (cap > IC_TX_BATCH_MAX)
        cap = IC_TX_BATCH_MAX;
    while (count < cap && ic_tx_queue_receiver(&w->queue, &receiver) &&
           !is_better_whole(&w->queue, receiver, count, cap))
        count = fill_receiver(w, receiver, out, count, cap, &used);
    if (s->job_count > 0)
        ic_srtp_protect_rtp(s->jobs, s->job_count);
    for (uint32_t i = 0; i < s->job_count; i++) {
        bool is_made = s->jobs[i].error == IC_OK;
        out[s->job_dgram[i]].len = is_made ? s->jobs[i].out_len : 0;
        failed += is_made ? 0 : 1;
        if (is_made) /* the peer is there: it had a session in this turn */
            count_out(ic_worker_peer(w, s->job_receiver[i]), s->jobs[i].out_len);
        ic_packet_pool_release(&w->packets, s->job_packet[i]);
    }
    if (failed > 0)
        count = compact(out, count);
    for (size_t i = 0; i < count; i++)
        w->stats.bytes_out += out[i].len;
    w->stats.packets_out += count;
    return count;
}
