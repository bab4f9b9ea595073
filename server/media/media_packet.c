#include "media/media_packet.h"

#include "base/seq.h"

/* Video only. */
static enum ic_err parse_pdesc(enum ic_codec codec, const uint8_t *payload, size_t len,
                               struct ic_pdesc *out)
{
    struct ic_pdesc_vp8 vp8;
    struct ic_pdesc_vp9 vp9;
    struct ic_pdesc_av1 av1;
    enum ic_err err = IC_ERR_INPUT;
    switch (codec) {
    case IC_CODEC_NONE:
    case IC_CODEC_OPUS:
        break;
    case IC_CODEC_VP8:
        if ((err = ic_pdesc_vp8_parse(payload, len, &vp8)) == IC_OK)
            *out = vp8.common;
        break;
    case IC_CODEC_VP9:
        if ((err = ic_pdesc_vp9_parse(payload, len, &vp9)) == IC_OK)
            *out = vp9.common;
        break;
    case IC_CODEC_AV1:
        if ((err = ic_pdesc_av1_parse(payload, len, &av1)) == IC_OK)
            *out = av1.common;
        break;
    }
    return err;
}

/* Read the payload descriptor of what lies behind the framing. */
static enum ic_err describe_payload(struct ic_media_packet *p, const uint8_t *bytes, size_t len)
{
    if (p->payload_len == 0 || !ic_codec_is_video(p->codec))
        return IC_OK;
    struct ic_rd rd = ic_rd_init(bytes, len);
    ic_rd_skip(&rd, p->payload_offset);
    const uint8_t *payload = ic_rd_take(&rd, p->payload_len);
    if (!ic_rd_ok(&rd))
        return IC_ERR_INPUT;
    return parse_pdesc(p->codec, payload, p->payload_len, &p->pdesc);
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
