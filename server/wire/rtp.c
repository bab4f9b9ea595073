#include "wire/rtp.h"

#include "base/assert.h"

#define VERSION 2

/* The last byte of the packet, which counts the padding (RFC 3550 5.1). 0: none or malformed. */
static uint8_t read_padding(struct ic_rd payload)
{
    if (payload.left == 0)
        return 0;
    ic_rd_skip(&payload, payload.left - 1);
    return ic_rd_u8(&payload);
}

enum ic_err ic_rtp_parse(const uint8_t *packet, size_t len, struct ic_rtp *out)
{
    if (len > UINT16_MAX)
        return IC_ERR_INPUT;
    struct ic_rd rd = ic_rd_init(packet, len);
    struct ic_rtp h = {0};
    uint8_t first = ic_rd_u8(&rd);
    uint8_t second = ic_rd_u8(&rd);
    h.seq = ic_rd_u16(&rd);
    h.ts = ic_rd_u32(&rd);
    h.ssrc = ic_rd_u32(&rd);
    h.csrc_count = first & 0x0f;
    ic_rd_skip(&rd, (size_t)h.csrc_count * 4);
    h.has_extension = (first & 0x10) != 0;
    if (h.has_extension) {
        h.ext_profile = ic_rd_u16(&rd);
        size_t ext_len = (size_t)ic_rd_u16(&rd) * 4;
        h.ext_offset = (uint16_t)(len - rd.left);
        ic_rd_skip(&rd, ext_len);
        h.ext_len = (uint16_t)ext_len; /* fits: rd is bad otherwise */
    }
    if (!ic_rd_ok(&rd) || first >> 6 != VERSION)
        return IC_ERR_INPUT;
    h.header_len = (uint16_t)(len - rd.left);
    h.marker = (second & 0x80) != 0;
    h.pt = second & 0x7f;
    if ((first & 0x20) != 0) {
        h.padding_len = read_padding(rd);
        /* RFC 3550 5.1: "The last octet of the padding contains a count of how many padding octets
         * should be ignored, including itself." */
        if (h.padding_len == 0 || h.padding_len > rd.left)
            return IC_ERR_INPUT;
    }
    h.payload_len = (uint16_t)(rd.left - h.padding_len);
    *out = h;
    return IC_OK;
}

struct ic_rd ic_rtp_extension(const struct ic_rtp *rtp, const uint8_t *packet, size_t len)
{
    struct ic_rd rd = ic_rd_init(packet, len);
    ic_rd_skip(&rd, rtp->ext_offset);
    return ic_rd_sub(&rd, rtp->ext_len);
}

void ic_rtp_write(struct ic_wr *w, const struct ic_rtp_head *head,
                  const struct ic_hdrext_item *items, size_t count)
{
    IC_ASSERT(head->pt <= 0x7f);
    ic_wr_u8(w, (uint8_t)(VERSION << 6 | (count > 0 ? 0x10 : 0)));
    ic_wr_u8(w, (uint8_t)((head->marker ? 0x80 : 0) | head->pt));
    ic_wr_u16(w, head->seq);
    ic_wr_u32(w, head->ts);
    ic_wr_u32(w, head->ssrc);
    if (count > 0)
        ic_hdrext_write(w, items, count);
}

enum ic_err ic_rtp_parse_osn(const struct ic_rtp *rtp, const uint8_t *packet, size_t len,
                             uint16_t *osn)
{
    struct ic_rd rd = ic_rd_init(packet, len);
    ic_rd_skip(&rd, rtp->header_len);
    struct ic_rd payload = ic_rd_sub(&rd, rtp->payload_len);
    uint16_t seq = ic_rd_u16(&payload);
    if (!ic_rd_ok(&payload))
        return IC_ERR_INPUT;
    *osn = seq;
    return IC_OK;
}
