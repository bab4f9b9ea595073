/* room: wire */
/* RTP header: whatever parses must be consistent, and survive being written again. */
#include "base/assert.h"
#include "wire/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rewrite(const struct ic_rtp *rtp)
{
    uint8_t out[IC_RTP_HEADER_LEN];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_rtp_head head = {rtp->ssrc, rtp->ts, rtp->seq, rtp->pt, rtp->marker};
    struct ic_rtp again;
    ic_rtp_write(&w, &head, NULL, 0);
    IC_ASSERT(ic_wr_ok(&w) && ic_rtp_parse(out, w.len, &again) == IC_OK);
    IC_ASSERT(again.ssrc == rtp->ssrc && again.ts == rtp->ts && again.seq == rtp->seq &&
              again.pt == rtp->pt && again.marker == rtp->marker && again.payload_len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_rtp rtp;
    uint16_t osn;
    if (ic_rtp_parse(data, size, &rtp) != IC_OK)
        return 0;
    IC_ASSERT((size_t)rtp.header_len + rtp.payload_len + rtp.padding_len == size);
    IC_ASSERT(rtp.ext_offset + rtp.ext_len <= rtp.header_len);
    struct ic_rd extension = ic_rtp_extension(&rtp, data, size);
    IC_ASSERT(ic_rd_ok(&extension) && extension.left == rtp.ext_len);
    IC_ASSERT((ic_rtp_parse_osn(&rtp, data, size, &osn) == IC_OK) ==
              (rtp.payload_len >= IC_RTP_OSN_LEN));
    check_rewrite(&rtp);
    return 0;
}
