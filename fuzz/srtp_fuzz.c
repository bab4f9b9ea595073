/* room: transport
 *
 * SRTP under a peer that lies: raw bytes, and packets of our own sealing with any header, number
 * and payload, in any order, against one session that keeps its state.
 *
 * Input: a byte that chooses the profile, then records of
 *   kind (0 raw SRTP, 1 raw SRTCP, 2 RTP to seal, 3 RTCP to seal), ROC, length (2 bytes), bytes.
 * Master keys and salts are 00 01 02 .. for what the session receives and the same for what it
 * sends. */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "transport/srtp.h"

#define PACKET_MAX 2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static void open_session(struct ic_srtp *s, uint8_t choice)
{
    static const enum ic_srtp_profile profiles[] = {
        IC_SRTP_AEAD_AES_128_GCM, IC_SRTP_AEAD_AES_256_GCM, IC_SRTP_AES128_CM_HMAC_SHA1_80};
    struct ic_srtp_keys keys = {.profile = profiles[choice % 3]};
    for (uint8_t i = 0; i < IC_SRTP_KEY_MAX; i++)
        keys.local_key[i] = keys.remote_key[i] = i;
    for (uint8_t i = 0; i < IC_SRTP_SALT_MAX; i++)
        keys.local_salt[i] = keys.remote_salt[i] = i;
    require(ic_srtp_init(s, &keys, NULL) == IC_OK);
}

/* A packet in memory of its exact size, so that the sanitizer sees a step beyond it; in place, or
 * to memory of that size. */
static enum ic_err receive(struct ic_srtp *s, bool rtcp, const uint8_t *bytes, size_t *len,
                           uint8_t *plain, uint64_t *ext_seq)
{
    uint8_t *exact = malloc(*len == 0 ? 1 : *len), *other = malloc(*len == 0 ? 1 : *len);
    size_t before = *len;
    require(exact != NULL && other != NULL);
    uint8_t *out = rtcp || before % 2 == 0 ? exact : other;
    memcpy(exact, bytes, *len);
    enum ic_err err = rtcp ? ic_srtp_unprotect_rtcp(s, exact, len)
                           : ic_srtp_unprotect_rtp_to(s, exact, len, out, ext_seq);
    require(out == exact || memcmp(exact, bytes, before) == 0);
    require(err == IC_OK ? *len < before : *len == before);
    require(err != IC_ERR_SYSTEM && err != IC_ERR_STATE);
    if (err == IC_OK && plain != NULL)
        memcpy(plain, out, *len);
    free(exact);
    free(other);
    require(s->stream_count <= IC_PEER_SSRCS_MAX);
    require(s->rtcp_stream_count <= IC_PEER_RTCP_SSRCS_MAX);
    return err;
}

/* What was authentic once is a replay for ever. */
static void receive_twice(struct ic_srtp *s, bool rtcp, const uint8_t *wire, size_t wire_len,
                          const uint8_t *want, size_t want_len, uint64_t want_seq)
{
    uint8_t plain[PACKET_MAX];
    uint64_t ext_seq = 0;
    size_t len = wire_len;
    enum ic_err err = receive(s, rtcp, wire, &len, plain, &ext_seq);
    if (err != IC_OK)
        return;
    require(len == want_len && memcmp(plain, want, len) == 0);
    require(rtcp || ext_seq == want_seq);
    len = wire_len;
    require(receive(s, rtcp, wire, &len, NULL, &ext_seq) == IC_ERR_REPLAY);
}

static void seal_rtp(struct ic_srtp *s, uint8_t roc, const uint8_t *bytes, size_t len)
{
    uint8_t wire[PACKET_MAX];
    struct ic_rd r = ic_rd_init(bytes, len);
    uint8_t first = ic_rd_u8(&r);
    ic_rd_skip(&r, 1);
    uint16_t seq = ic_rd_u16(&r);
    ic_rd_skip(&r, 8 + (size_t)(first & 15) * 4);
    if ((first & 0x10) != 0) {
        ic_rd_skip(&r, 2);
        ic_rd_skip(&r, (size_t)ic_rd_u16(&r) * 4);
    }
    if (!ic_rd_ok(&r) || len > PACKET_MAX - IC_SRTP_TAG_MAX)
        return;
    size_t prefix_len = r.left > 0 ? bytes[1] % r.left : 0;
    struct ic_srtp_job job = {
        .session = s,
        .ext_seq = (uint64_t)roc << 16 | seq,
        .header = bytes,
        .header_len = len - r.left,
        .prefix = r.p,
        .prefix_len = prefix_len,
        .payload = &r.p[prefix_len],
        .payload_len = r.left - prefix_len,
        .out = wire,
    };
    ic_srtp_protect_rtp(&job, 1);
    require(job.error == IC_OK && job.out_len > len);
    receive_twice(s, false, wire, job.out_len, bytes, len, job.ext_seq);
}

static void seal_rtcp(struct ic_srtp *s, uint8_t index, const uint8_t *bytes, size_t len)
{
    uint8_t wire[PACKET_MAX];
    size_t wire_len = len;
    if (len > PACKET_MAX - IC_SRTCP_EXPANSION_MAX)
        return;
    memcpy(wire, bytes, len);
    s->rtcp_index_next += index;
    if (ic_srtp_protect_rtcp(s, wire, &wire_len, sizeof wire) == IC_OK)
        receive_twice(s, true, wire, wire_len, bytes, len, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ic_srtp s;
    struct ic_rd r = ic_rd_init(data, size);
    open_session(&s, ic_rd_u8(&r));
    while (r.left > 0 && ic_rd_ok(&r)) {
        uint8_t kind = ic_rd_u8(&r), roc = ic_rd_u8(&r);
        size_t len = ic_rd_u16(&r), left = r.left;
        const uint8_t *bytes = ic_rd_take(&r, len < left ? len : left);
        uint64_t ext_seq;
        if (bytes == NULL)
            break;
        len = len < left ? len : left;
        if (kind % 4 < 2)
            (void)!receive(&s, kind % 4 == 1, bytes, &len, NULL, &ext_seq);
        else if (kind % 4 == 2)
            seal_rtp(&s, roc, bytes, len);
        else
            seal_rtcp(&s, roc, bytes, len);
    }
    ic_srtp_deinit(&s);
    return 0;
}
