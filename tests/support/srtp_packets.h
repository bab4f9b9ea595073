/* Packets and keys for the SRTP tests. */
#ifndef IC_TESTS_SRTP_PACKETS_H
#define IC_TESTS_SRTP_PACKETS_H

#include "support/cmocka_all.h"

#include "base/prng.h"
#include "base/wr.h"
#include "transport/srtp.h"

#define PACKET_MAX 2048

static const enum ic_srtp_profile all_profiles[] = {
    IC_SRTP_AEAD_AES_128_GCM,
    IC_SRTP_AEAD_AES_256_GCM,
    IC_SRTP_AES128_CM_HMAC_SHA1_80,
};
#define PROFILES (sizeof all_profiles / sizeof all_profiles[0])

struct packet {
    uint8_t bytes[PACKET_MAX];
    size_t len, header_len;
    uint64_t ext_seq;
};

static inline void random_bytes(struct ic_prng *prng, void *out, size_t n)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)ic_prng_u32(prng);
}

static inline void random_keys(struct ic_prng *prng, enum ic_srtp_profile profile,
                               struct ic_srtp_keys *keys)
{
    random_bytes(prng, keys, sizeof *keys);
    keys->profile = profile;
}

/* The same keys as the other end has them. */
static inline struct ic_srtp_keys mirrored(const struct ic_srtp_keys *keys)
{
    struct ic_srtp_keys m = *keys;
    memcpy(m.local_key, keys->remote_key, sizeof m.local_key);
    memcpy(m.remote_key, keys->local_key, sizeof m.local_key);
    memcpy(m.local_salt, keys->remote_salt, sizeof m.local_salt);
    memcpy(m.remote_salt, keys->local_salt, sizeof m.local_salt);
    return m;
}

/* A random RTP packet: any CSRC list, extension, payload up to payload_max, valid padding. */
static inline void random_rtp(struct ic_prng *prng, uint32_t ssrc, uint64_t ext_seq,
                              size_t payload_max, struct packet *p)
{
    uint8_t csrcs = ic_prng_below(prng, 2) == 0 ? 0 : (uint8_t)ic_prng_below(prng, 16);
    bool extension = ic_prng_below(prng, 2) == 0;
    size_t payload_len = ic_prng_below(prng, (uint32_t)payload_max + 1);
    bool padding = payload_len > 0 && ic_prng_below(prng, 4) == 0;
    struct ic_wr w = ic_wr_init(p->bytes, sizeof p->bytes);
    ic_wr_u8(&w, (uint8_t)(0x80 | (padding ? 0x20 : 0) | (extension ? 0x10 : 0) | csrcs));
    ic_wr_u8(&w, (uint8_t)ic_prng_below(prng, 256));
    ic_wr_u16(&w, (uint16_t)ext_seq);
    ic_wr_u32(&w, ic_prng_u32(prng));
    ic_wr_u32(&w, ssrc);
    for (int i = 0; i < csrcs; i++)
        ic_wr_u32(&w, ic_prng_u32(prng));
    if (extension) {
        uint16_t words = (uint16_t)ic_prng_below(prng, 9);
        ic_wr_u16(&w, 0xbede);
        ic_wr_u16(&w, words);
        for (int i = 0; i < words; i++)
            ic_wr_u32(&w, ic_prng_u32(prng));
    }
    p->header_len = w.len;
    uint8_t *payload = ic_wr_reserve(&w, payload_len);
    assert_true(ic_wr_ok(&w));
    random_bytes(prng, payload, payload_len);
    if (padding)
        payload[payload_len - 1] =
            (uint8_t)(1 + payload[0] % (payload_len < 255 ? payload_len : 255));
    p->len = w.len;
    p->ext_seq = ext_seq;
}

/* A random RTCP packet of up to words_max words behind its first eight bytes. */
static inline void random_rtcp(struct ic_prng *prng, uint32_t ssrc, size_t words_max,
                               struct packet *p)
{
    size_t words = ic_prng_below(prng, (uint32_t)words_max + 1);
    struct ic_wr w = ic_wr_init(p->bytes, sizeof p->bytes);
    ic_wr_u8(&w, 0x80);
    ic_wr_u8(&w, 200);
    ic_wr_u16(&w, (uint16_t)(1 + words));
    ic_wr_u32(&w, ssrc);
    for (size_t i = 0; i < words; i++)
        ic_wr_u32(&w, ic_prng_u32(prng));
    assert_true(ic_wr_ok(&w));
    p->len = w.len;
    p->header_len = 8;
}

static inline struct ic_srtp_job job_of(struct ic_srtp *s, const struct packet *plain,
                                        struct packet *out)
{
    return (struct ic_srtp_job){
        .session = s,
        .ext_seq = plain->ext_seq,
        .header = plain->bytes,
        .header_len = plain->header_len,
        .payload = &plain->bytes[plain->header_len],
        .payload_len = plain->len - plain->header_len,
        .out = out->bytes,
    };
}

/* The packet as s sends it. */
static inline void protect(struct ic_srtp *s, const struct packet *plain, struct packet *out)
{
    struct ic_srtp_job job = job_of(s, plain, out);
    ic_srtp_protect_rtp(&job, 1);
    assert_int_equal(job.error, IC_OK);
    out->len = job.out_len;
    out->header_len = plain->header_len;
    out->ext_seq = plain->ext_seq;
}

#endif
