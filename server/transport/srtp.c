/* SRTP and SRTCP of one peer: packet layout, streams, order of the checks (RFC 3711 3.3, 3.4,
 * RFC 7714 8, 9). No MKI (DTLS-SRTP as browsers use it has none), no key derivation rate.
 * Left out: <From, To>, SRTCP without encryption. */
#include "transport/srtp.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "base/rd.h"
#include "base/wr.h"
#include "crypto/ct.h"

#define RTP_VERSION 2
#define RTCP_HEADER_LEN                                                                            \
    8 /* RFC 3711 3.4: the first header and the SSRC of its sender stay clear                      \
       */
#define SRTCP_WORD_LEN 4
#define SRTCP_E_FLAG   0x80000000U
#define PACKET_LEN_MAX 65535 /* of a UDP datagram */

static_assert(IC_SRTP_REPLAY_WINDOW >= 64 && IC_SRTCP_REPLAY_WINDOW >= 64, "RFC 3711 3.3.2");
static_assert((IC_SRTP_REPLAY_WINDOW & (IC_SRTP_REPLAY_WINDOW - 1)) == 0, "power of two");
static_assert((IC_SRTCP_REPLAY_WINDOW & (IC_SRTCP_REPLAY_WINDOW - 1)) == 0, "power of two");

static enum ic_err init_cipher(struct ic_srtp_cipher *c, enum ic_srtp_profile profile,
                               enum ic_srtp_kind kind, const struct ic_srtp_engine *engine,
                               enum ic_aead_use use, const uint8_t *key, const uint8_t *salt)
{
    struct ic_srtp_session_keys session;
    enum ic_err err = ic_srtp_kdf_derive(profile, kind, key, salt, &session);
    if (err == IC_OK)
        err = ic_srtp_cipher_init(c, profile, kind, engine, use, &session);
    ic_ct_wipe(&session, sizeof session);
    return err;
}

enum ic_err ic_srtp_init(struct ic_srtp *s, const struct ic_srtp_keys *keys,
                         const struct ic_srtp_engine *engine)
{
    memset(s, 0, sizeof *s);
    enum ic_err err = init_cipher(&s->rtp_in, keys->profile, IC_SRTP_RTP, engine, IC_AEAD_OPEN,
                                  keys->remote_key, keys->remote_salt);
    if (err == IC_OK)
        err = init_cipher(&s->rtp_out, keys->profile, IC_SRTP_RTP, engine, IC_AEAD_SEAL,
                          keys->local_key, keys->local_salt);
    if (err == IC_OK)
        err = init_cipher(&s->rtcp_in, keys->profile, IC_SRTP_RTCP, NULL, IC_AEAD_OPEN,
                          keys->remote_key, keys->remote_salt);
    if (err == IC_OK)
        err = init_cipher(&s->rtcp_out, keys->profile, IC_SRTP_RTCP, NULL, IC_AEAD_SEAL,
                          keys->local_key, keys->local_salt);
    if (err != IC_OK)
        ic_srtp_deinit(s);
    return err;
}

void ic_srtp_deinit(struct ic_srtp *s)
{
    ic_srtp_cipher_deinit(&s->rtp_in);
    ic_srtp_cipher_deinit(&s->rtp_out);
    ic_srtp_cipher_deinit(&s->rtcp_in);
    ic_srtp_cipher_deinit(&s->rtcp_out);
    ic_array_free(s->streams);
    ic_array_free(s->rtcp_streams);
    ic_ct_wipe(s, sizeof *s);
}

/* What the transform needs to know of an RTP header (RFC 3550 5.1). */
struct rtp_head {
    bool padding;
    uint16_t seq;
    uint32_t ssrc;
    size_t header_len, text_len;
};

/* RFC 3711 3.1: header, CSRC list and extension stay clear; behind them text and tag. */
static enum ic_err parse_rtp(const uint8_t *packet, size_t len, size_t tag_len,
                             struct rtp_head *out)
{
    struct ic_rd r = ic_rd_init(packet, len);
    uint8_t first = ic_rd_u8(&r);
    ic_rd_skip(&r, 1);
    uint16_t seq = ic_rd_u16(&r);
    ic_rd_skip(&r, 4);
    uint32_t ssrc = ic_rd_u32(&r);
    ic_rd_skip(&r, (size_t)(first & 0x0f) * 4);
    if ((first & 0x10) != 0) {
        ic_rd_skip(&r, 2);
        ic_rd_skip(&r, (size_t)ic_rd_u16(&r) * 4);
    }
    size_t header_len = len - r.left;
    ic_rd_skip(&r, tag_len);
    if (!ic_rd_ok(&r) || first >> 6 != RTP_VERSION)
        return IC_ERR_INPUT;
    *out = (struct rtp_head){
        .padding = (first & 0x20) != 0,
        .seq = seq,
        .ssrc = ssrc,
        .header_len = header_len,
        .text_len = r.left,
    };
    return IC_OK;
}

static struct ic_srtp_stream *find_stream(struct ic_srtp *s, uint32_t ssrc)
{
    for (uint32_t i = 0; i < s->stream_count; i++) {
        if (s->streams[i].ssrc == ssrc)
            return &s->streams[i];
    }
    return NULL;
}

/* Room for one more of *count items; the array moves. Never per packet: at most as often as a peer
 * has streams. */
static void *reserve(void *items, size_t item_size, uint32_t count, uint32_t *cap)
{
    if (count < *cap)
        return items;
    uint32_t wider = *cap == 0 ? 1 : *cap * 2;
    void *moved = ic_array_alloc(wider, item_size);
    if (moved == NULL)
        return NULL;
    if (count > 0)
        memcpy(moved, items, count * item_size);
    ic_array_free(items);
    *cap = wider;
    return moved;
}

/* An authentic index of a stream that is perhaps new. */
static enum ic_err mark_rtp(struct ic_srtp *s, struct ic_srtp_stream *stream, uint32_t ssrc,
                            uint64_t index)
{
    if (stream == NULL) {
        struct ic_srtp_stream *streams =
            s->stream_count == IC_PEER_SSRCS_MAX
                ? NULL
                : reserve(s->streams, sizeof *streams, s->stream_count, &s->stream_cap);
        if (streams == NULL)
            return IC_ERR_FULL;
        s->streams = streams;
        stream = &s->streams[s->stream_count++];
        *stream = (struct ic_srtp_stream){.ssrc = ssrc};
    }
    ic_srtp_replay_mark(stream->seen, IC_SRTP_REPLAY_WINDOW, &stream->highest, index);
    return IC_OK;
}

/* RFC 3550 5.1: "The last octet of the padding contains a count of how many padding octets should
 * be ignored, including itself". */
static bool is_padding_good(const uint8_t *text, size_t len)
{
    if (len == 0)
        return false;
    struct ic_rd r = ic_rd_init(text, len);
    ic_rd_skip(&r, len - 1);
    uint8_t count = ic_rd_u8(&r);
    return ic_rd_ok(&r) && count > 0 && count <= len;
}

enum ic_err ic_srtp_unprotect_rtp_to(struct ic_srtp *s, uint8_t *packet, size_t *len, uint8_t *out,
                                     uint64_t *ext_seq)
{
    struct rtp_head head;
    size_t tag_len = s->rtp_in.tag_len;
    if (tag_len == 0)
        return IC_ERR_STATE;
    if (*len > PACKET_LEN_MAX || parse_rtp(packet, *len, tag_len, &head) != IC_OK)
        return IC_ERR_INPUT;

    /* RFC 3711 3.3.1: a receiver that has no ROC yet starts with 0. */
    struct ic_srtp_stream *stream = find_stream(s, head.ssrc);
    uint64_t index = head.seq;
    if (stream != NULL) {
        index = ic_srtp_replay_estimate(stream->highest, head.seq);
        if (index >= IC_SRTP_INDEX_END || ic_srtp_replay_check(stream->seen, IC_SRTP_REPLAY_WINDOW,
                                                               stream->highest, index) != IC_OK)
            return IC_ERR_REPLAY;
    }

    struct ic_wr w = ic_wr_init(packet, *len);
    const uint8_t *header = ic_wr_reserve(&w, head.header_len);
    const uint8_t *sealed = ic_wr_reserve(&w, head.text_len);
    uint8_t *tag = ic_wr_reserve(&w, tag_len);
    IC_ASSERT(ic_wr_ok(&w) && w.len == *len);
    if (out != packet)
        memcpy(out, header, head.header_len);
    uint8_t *text = &out[head.header_len];
    const struct ic_srtp_unit unit = {
        .ssrc = head.ssrc,
        .index = index,
        .header = {header, head.header_len},
        .text = {{sealed, head.text_len}},
        .out = text,
        .tag = tag,
    };
    enum ic_err err = ic_srtp_cipher_open(&s->rtp_in, &unit);
    if (err == IC_OK)
        err = mark_rtp(s, stream, head.ssrc, index);
    if (err != IC_OK)
        return err;
    if (head.padding && !is_padding_good(text, head.text_len))
        return IC_ERR_INPUT;
    *len -= tag_len;
    *ext_seq = index;
    return IC_OK;
}

/* The pieces of an SRTCP packet, in place. RFC 3711 3.4: text, word, tag; RFC 7714 9.2: text, tag,
 * word. */
struct rtcp_pieces {
    uint8_t *header, *text, *tag, *word;
    size_t text_len;
};

static bool split_rtcp(uint8_t *packet, size_t whole, enum ic_srtp_profile profile,
                       struct rtcp_pieces *out)
{
    size_t tag_len = ic_srtp_tag_len(profile);
    if (whole < RTCP_HEADER_LEN + SRTCP_WORD_LEN + tag_len)
        return false;
    struct ic_wr w = ic_wr_init(packet, whole);
    out->text_len = whole - RTCP_HEADER_LEN - SRTCP_WORD_LEN - tag_len;
    out->header = ic_wr_reserve(&w, RTCP_HEADER_LEN);
    out->text = ic_wr_reserve(&w, out->text_len);
    if (ic_srtp_is_aead(profile)) {
        out->tag = ic_wr_reserve(&w, tag_len);
        out->word = ic_wr_reserve(&w, SRTCP_WORD_LEN);
    } else {
        out->word = ic_wr_reserve(&w, SRTCP_WORD_LEN);
        out->tag = ic_wr_reserve(&w, tag_len);
    }
    return ic_wr_ok(&w);
}

static struct ic_srtp_unit rtcp_unit(const struct rtcp_pieces *p, uint32_t ssrc, uint32_t index)
{
    return (struct ic_srtp_unit){
        .ssrc = ssrc,
        .index = index,
        .header = {p->header, RTCP_HEADER_LEN},
        .text = {{p->text, p->text_len}},
        .out = p->text,
        .tag = p->tag,
    };
}

static struct ic_srtcp_stream *find_rtcp_stream(struct ic_srtp *s, uint32_t ssrc)
{
    for (uint32_t i = 0; i < s->rtcp_stream_count; i++) {
        if (s->rtcp_streams[i].ssrc == ssrc)
            return &s->rtcp_streams[i];
    }
    return NULL;
}

static enum ic_err mark_rtcp(struct ic_srtp *s, struct ic_srtcp_stream *stream, uint32_t ssrc,
                             uint32_t index)
{
    if (stream == NULL) {
        struct ic_srtcp_stream *streams = s->rtcp_stream_count == IC_PEER_RTCP_SSRCS_MAX
                                              ? NULL
                                              : reserve(s->rtcp_streams, sizeof *streams,
                                                        s->rtcp_stream_count, &s->rtcp_stream_cap);
        if (streams == NULL)
            return IC_ERR_FULL;
        s->rtcp_streams = streams;
        stream = &s->rtcp_streams[s->rtcp_stream_count++];
        *stream = (struct ic_srtcp_stream){.ssrc = ssrc};
    }
    ic_srtp_replay_mark(stream->seen, IC_SRTCP_REPLAY_WINDOW, &stream->highest, index);
    return IC_OK;
}

static enum ic_err parse_rtcp_head(const uint8_t *header, uint32_t *ssrc)
{
    struct ic_rd r = ic_rd_init(header, RTCP_HEADER_LEN);
    uint8_t first = ic_rd_u8(&r);
    ic_rd_skip(&r, 3);
    *ssrc = ic_rd_u32(&r);
    return ic_rd_done(&r) && first >> 6 == RTP_VERSION ? IC_OK : IC_ERR_INPUT;
}

enum ic_err ic_srtp_unprotect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len)
{
    struct rtcp_pieces p;
    uint32_t ssrc;
    enum ic_srtp_profile profile = s->rtcp_in.profile;
    if (profile == IC_SRTP_NONE)
        return IC_ERR_STATE;
    if (*len > PACKET_LEN_MAX || !split_rtcp(packet, *len, profile, &p) ||
        parse_rtcp_head(p.header, &ssrc) != IC_OK)
        return IC_ERR_INPUT;
    struct ic_rd r = ic_rd_init(p.word, SRTCP_WORD_LEN);
    uint32_t word = ic_rd_u32(&r);
    /* DEVIATION RFC 3711 3.4: SRTCP may be sent unencrypted; WebRTC never does (RFC 8827 6.5), so
     * that a clear E flag is refused. */
    if (!ic_rd_done(&r) || (word & SRTCP_E_FLAG) == 0)
        return IC_ERR_INPUT;
    uint32_t index = word & ~SRTCP_E_FLAG;

    struct ic_srtcp_stream *stream = find_rtcp_stream(s, ssrc);
    if (stream != NULL &&
        ic_srtp_replay_check(stream->seen, IC_SRTCP_REPLAY_WINDOW, stream->highest, index) != IC_OK)
        return IC_ERR_REPLAY;
    struct ic_srtp_unit unit = rtcp_unit(&p, ssrc, index);
    enum ic_err err = ic_srtp_cipher_open(&s->rtcp_in, &unit);
    if (err == IC_OK)
        err = mark_rtcp(s, stream, ssrc, index);
    if (err != IC_OK)
        return err;
    *len = RTCP_HEADER_LEN + p.text_len;
    return IC_OK;
}

enum ic_err ic_srtp_protect_rtcp(struct ic_srtp *s, uint8_t *packet, size_t *len, size_t cap)
{
    struct rtcp_pieces p;
    uint32_t ssrc;
    enum ic_srtp_profile profile = s->rtcp_out.profile;
    /* RFC 3711 9.2: at 2^31 packets the key is used up. */
    if (profile == IC_SRTP_NONE || s->rtcp_index_next >= IC_SRTCP_INDEX_END)
        return IC_ERR_STATE;
    if (*len < RTCP_HEADER_LEN || *len > PACKET_LEN_MAX)
        return IC_ERR_INPUT;
    if (cap < *len || cap - *len < IC_SRTCP_EXPANSION_MAX)
        return IC_ERR_FULL;
    size_t whole = *len + SRTCP_WORD_LEN + ic_srtp_tag_len(profile);
    if (!split_rtcp(packet, whole, profile, &p) || parse_rtcp_head(p.header, &ssrc) != IC_OK)
        return IC_ERR_INPUT;
    /* RFC 3711 3.4: "The SRTCP index MUST be set to zero before the first SRTCP packet is sent, and
     * MUST be incremented by one, modulo 2^31, after each SRTCP packet is sent." */
    uint32_t index = s->rtcp_index_next++;
    struct ic_wr w = ic_wr_init(p.word, SRTCP_WORD_LEN);
    ic_wr_u32(&w, SRTCP_E_FLAG | index);
    struct ic_srtp_unit unit = rtcp_unit(&p, ssrc, index);
    enum ic_err err = ic_srtp_cipher_seal(&s->rtcp_out, &unit);
    if (err == IC_OK)
        *len = whole;
    return err;
}
