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

static enum ic_err protect_one(struct ic_srtp_job *job)
{
    struct ic_srtp_cipher *cipher = &job->session->rtp_out;
    size_t tag_len = ic_srtp_tag_len(cipher->profile);
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
    size_t whole = job->header_len + text_len + job->pad + tag_len;
    struct ic_wr w = ic_wr_init(job->out, whole);
    uint8_t *header = ic_wr_reserve(&w, job->header_len);
    uint8_t *text = ic_wr_reserve(&w, text_len);
    IC_ASSERT(ic_wr_ok(&w));
    if (header != job->header)
        memcpy(header, job->header, job->header_len);
    if (job->pad > 0)
        write_padding(&w, header, job->pad);
    const struct ic_srtp_unit unit = {
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
    enum ic_err err = ic_srtp_cipher_seal(cipher, &unit);
    if (err == IC_OK)
        job->out_len = whole;
    return err;
}

void ic_srtp_protect_rtp(struct ic_srtp_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jobs[i].out_len = 0;
        jobs[i].error = protect_one(&jobs[i]);
    }
}
