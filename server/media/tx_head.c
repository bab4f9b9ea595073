#include "media/tx_head.h"

#include "base/assert.h"

/* Header alone. */
static void write_header(struct ic_tx_head *head, uint32_t ssrc, uint8_t pt, uint64_t ext_seq,
                         uint32_t ts, bool marker)
{
    struct ic_wr w = ic_wr_init(head->header, sizeof head->header);
    struct ic_rtp_head h = {
        .ssrc = ssrc, .ts = ts, .seq = (uint16_t)ext_seq, .pt = pt, .marker = marker};
    ic_rtp_write(&w, &h, NULL, 0);
    IC_ASSERT(ic_wr_ok(&w) && w.len == sizeof head->header);
    head->ext_seq = ext_seq;
}

/* Append the rewritten descriptor to the prefix. */
static enum ic_err write_descriptor(struct ic_tx_head *head, struct ic_wr *prefix,
                                    const struct ic_tx_out *out,
                                    const struct ic_media_packet *packet, const uint8_t *payload)
{
    uint8_t descriptor[IC_PDESC_HEAD_MAX];
    head->skip = packet->pdesc.head_len;
    if (head->skip > 0) {
        enum ic_err err = ic_pdesc_rewrite(payload, packet->payload_len, &packet->pdesc,
                                           out->picture_id, out->tl0, descriptor);
        if (err != IC_OK)
            return err;
        ic_wr_bytes(prefix, descriptor, head->skip);
    }
    IC_ASSERT(ic_wr_ok(prefix));
    head->prefix_len = (uint8_t)prefix->len;
    return IC_OK;
}

enum ic_err ic_tx_head_write(struct ic_tx_head *head, uint32_t ssrc, uint8_t pt,
                             const struct ic_tx_out *out, const struct ic_media_packet *packet,
                             const uint8_t *payload)
{
    struct ic_wr prefix = ic_wr_init(head->prefix, sizeof head->prefix);
    write_header(head, ssrc, pt, out->ext_seq, out->ts, packet->marker);
    return write_descriptor(head, &prefix, out, packet, payload);
}

enum ic_err ic_tx_head_write_rtx(struct ic_tx_head *head, uint32_t rtx_ssrc, uint8_t rtx_pt,
                                 uint64_t rtx_seq, const struct ic_tx_out *out,
                                 const struct ic_media_packet *packet, const uint8_t *payload)
{
    struct ic_wr prefix = ic_wr_init(head->prefix, sizeof head->prefix);
    write_header(head, rtx_ssrc, rtx_pt, rtx_seq, out->ts, packet->marker);
    ic_wr_u16(&prefix, (uint16_t)out->ext_seq);
    return write_descriptor(head, &prefix, out, packet, payload);
}
