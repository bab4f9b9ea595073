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

/* A datagram that waits for its job. */
static void add_job(struct ic_worker *w, struct ic_srtp *session, const struct ic_tx_entry *entry,
                    uint8_t *at, uint32_t dgram, uint32_t receiver)
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
        .out = at,
    };
}

/* For receipts. */
static void count_out(struct ic_peer *peer, size_t len)
{
    peer->counts.packets_out++;
    peer->counts.bytes_out += len;
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
    size_t media = 0;
    const struct ic_tx_entry *entry;
    while (count < cap && (entry = ic_tx_queue_take(&w->queue, receiver)) != NULL) {
        const struct ic_packet *packet = ic_packet_pool_at(&w->packets, entry->packet);
        size_t len = packet->media.payload_len;
        if (entry->kind == IC_TX_READY) {
            out[count++] = (struct ic_dgram){
                .path = entry->path,
                .bytes = ic_packet_pool_bytes(&w->packets, entry->packet),
                .len = len,
            };
            if (peer != NULL && ic_demux(out[count - 1].bytes, len) == IC_DEMUX_RTCP)
                count_out(peer, len);
            s->lent[s->lent_count++] = entry->packet;
            continue;
        }
        if (session == NULL || path == NULL) {
            ic_packet_pool_release(&w->packets, entry->packet);
            continue;
        }
        add_job(w, session, entry, &s->bytes[*used], (uint32_t)count, receiver);
        out[count++] = (struct ic_dgram){.path = *path, .bytes = &s->bytes[*used], .len = 0};
        *used +=
            IC_RTP_HEADER_LEN + entry->head.prefix_len + (len - entry->head.skip) + IC_SRTP_TAG_MAX;
        media += entry->kind == IC_TX_MEDIA ? len : 0;
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
