#include "media/media_packet.h"

#include "base/seq.h"

/* Read the payload descriptor of what lies behind the framing. */
static enum ic_err describe_payload(struct ic_media_packet *p, const uint8_t *bytes, size_t len)
{
    if (p->codec != IC_CODEC_VP8 || p->payload_len == 0)
        return IC_OK;
    struct ic_rd rd = ic_rd_init(bytes, len);
    ic_rd_skip(&rd, p->payload_offset);
    const uint8_t *payload = ic_rd_take(&rd, p->payload_len);
    if (!ic_rd_ok(&rd))
        return IC_ERR_INPUT;
    return ic_pdesc_vp8_parse(payload, p->payload_len, &p->vp8);
}

/* framing: bytes of the payload that are not codec data. */
static enum ic_err describe(struct ic_media_packet *out, struct ic_time now, uint64_t ext_seq,
                            const struct ic_rtp *rtp, enum ic_codec codec, uint16_t framing,
                            const uint8_t *bytes, size_t len)
{
    struct ic_media_packet p = {
        .ext_seq = ext_seq,
        .arrived = now,
        .ts = rtp->ts,
        .payload_offset = (uint16_t)(rtp->header_len + framing),
        .payload_len = (uint16_t)(rtp->payload_len - framing),
        .marker = rtp->marker,
        .codec = codec,
    };
    enum ic_err err = describe_payload(&p, bytes, len);
    if (err == IC_OK)
        *out = p;
    return err;
}

enum ic_err ic_media_packet_parse(struct ic_media_packet *out, struct ic_time now, uint64_t ext_seq,
                                  const struct ic_rtp *rtp, enum ic_codec codec,
                                  const uint8_t *bytes, size_t len)
{
    return describe(out, now, ext_seq, rtp, codec, 0, bytes, len);
}

enum ic_err ic_media_packet_parse_rtx(struct ic_media_packet *out, struct ic_time now,
                                      uint64_t highest, const struct ic_rtp *rtp,
                                      enum ic_codec codec, const uint8_t *bytes, size_t len)
{
    uint16_t osn;
    if (ic_rtp_parse_osn(rtp, bytes, len, &osn) != IC_OK)
        return IC_ERR_INPUT;
    return describe(out, now, ic_seq16_extend(highest, osn), rtp, codec, IC_RTP_OSN_LEN, bytes,
                    len);
}
