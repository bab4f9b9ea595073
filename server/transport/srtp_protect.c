/* RTP that goes out. The text goes straight from the shared payload into the datagram. */
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/wr.h"
#include "transport/srtp.h"

#define PADDING_FLAG 0x20

/* RFC 3550 5.1: the last octet of the padding counts it, "including itself". */
static void write_padding(struct ic_wr *w, uint8_t *header, uint8_t pad)
{
    header[0] |= PADDING_FLAG;
    ic_wr_zeros(w, (size_t)pad - 1);
    ic_wr_u8(w, pad);
}

/* Lays the packet out, and says what is to be sealed of it. */
static inline enum ic_err prepare(struct ic_srtp_job *job, struct ic_srtp_unit *unit, size_t *whole)
{
    size_t tag_len = job->session->rtp_out.tag_len;
    size_t text_len = job->prefix_len + job->payload_len;
    /* RFC 3711 9.2: beyond that the key stream would repeat. */
    if (tag_len == 0 || job->ext_seq >= IC_SRTP_INDEX_END)
        return IC_ERR_STATE;
    struct ic_rd r = ic_rd_init(job->header, job->header_len);
    ic_rd_skip(&r, 2);
    uint16_t seq = ic_rd_u16(&r);
    ic_rd_skip(&r, 4);
    uint32_t ssrc = ic_rd_u32(&r);
    IC_ASSERT(ic_rd_ok(&r) && seq == (uint16_t)job->ext_seq); /* we wrote this header */
    *whole = job->header_len + text_len + job->pad + tag_len;
    struct ic_wr w = ic_wr_init(job->out, *whole);
    uint8_t *header = ic_wr_reserve(&w, job->header_len);
    uint8_t *text = ic_wr_reserve(&w, text_len);
    IC_ASSERT(ic_wr_ok(&w));
    if (header != job->header)
        memcpy(header, job->header, job->header_len);
    if (job->pad > 0)
        write_padding(&w, header, job->pad);
    *unit = (struct ic_srtp_unit){
        .ssrc = ssrc,
        .index = job->ext_seq,
        .header = {header, job->header_len},
        .text = {{job->prefix, job->prefix_len},
                 {job->payload, job->payload_len},
                 {&text[text_len], job->pad}},
        .out = text,
        .tag = ic_wr_reserve(&w, tag_len),
    };
    IC_ASSERT(ic_wr_ok(&w));
    return IC_OK;
}

/* Packets that are sealed together. */
struct group {
    struct ic_srtp_seal seals[IC_CTR_SHA1_MAX];
    struct ic_srtp_job *jobs[IC_CTR_SHA1_MAX];
    size_t whole[IC_CTR_SHA1_MAX];
    size_t count;
};

static void end_group(struct group *g)
{
    ic_srtp_cipher_seal_many(g->seals, g->count);
    for (size_t i = 0; i < g->count; i++) {
        g->jobs[i]->error = g->seals[i].error;
        g->jobs[i]->out_len = g->seals[i].error == IC_OK ? g->whole[i] : 0;
    }
    g->count = 0;
}

static void add_to_group(struct group *g, struct ic_srtp_job *job)
{
    if (g->count == IC_CTR_SHA1_MAX)
        end_group(g);
    struct ic_srtp_seal *seal = &g->seals[g->count];
    seal->cipher = &job->session->rtp_out;
    job->error = prepare(job, &seal->unit, &g->whole[g->count]);
    if (job->error == IC_OK)
        g->jobs[g->count++] = job;
}

static void protect_one(struct ic_srtp_job *job)
{
    struct ic_srtp_unit unit;
    size_t whole;
    job->error = prepare(job, &unit, &whole);
    if (job->error == IC_OK)
        job->error = ic_srtp_cipher_seal(&job->session->rtp_out, &unit);
    if (job->error == IC_OK)
        job->out_len = whole;
}

/* GCM fills the vector unit with one packet. */
void ic_srtp_protect_rtp(struct ic_srtp_job *jobs, size_t count)
{
    struct group group;
    group.count = 0;
    for (size_t i = 0; i < count; i++) {
        jobs[i].out_len = 0;
        if (jobs[i].session->rtp_out.many.engine == NULL)
            protect_one(&jobs[i]);
        else
            add_to_group(&group, &jobs[i]);
    }
    end_group(&group);
}
