/* SRTP and SRTCP between two ends, and what hostile bytes get. */
#include "support/hex.h"
#include "support/srtp_packets.h"

#include <stdlib.h>

#include <openssl/crypto.h>

#include "crypto/hmac.h"

static size_t openssl_allocations;
static size_t allocations_left = SIZE_MAX; /* then OpenSSL gets no more memory */

struct ends {
    struct ic_srtp a, b;
    struct ic_prng prng;
};

static void open_ends(struct ends *e, enum ic_srtp_profile profile, uint64_t seed)
{
    struct ic_srtp_keys keys;
    ic_prng_init(&e->prng, seed);
    random_keys(&e->prng, profile, &keys);
    struct ic_srtp_keys other = mirrored(&keys);
    assert_int_equal(ic_srtp_init(&e->a, &keys, NULL), IC_OK);
    assert_int_equal(ic_srtp_init(&e->b, &other, NULL), IC_OK);
}

static void close_ends(struct ends *e)
{
    ic_srtp_deinit(&e->a);
    ic_srtp_deinit(&e->b);
}

/* A packet from a with the given index arrives at b. */
static enum ic_err deliver(struct ends *e, uint32_t ssrc, uint64_t index, uint64_t *ext_seq)
{
    struct packet plain, wire;
    random_rtp(&e->prng, ssrc, index, 40, &plain);
    protect(&e->a, &plain, &wire);
    enum ic_err err = ic_srtp_unprotect_rtp(&e->b, wire.bytes, &wire.len, ext_seq);
    if (err == IC_OK) {
        assert_int_equal(wire.len, plain.len);
        assert_memory_equal(wire.bytes, plain.bytes, plain.len);
        assert_int_equal(*ext_seq, index);
    }
    return err;
}

/* Packets of libsrtp's own test driver, which begin at the master key: for the GCM one the salt of
 * 96 bits meets the derivation. libsrtp counts SRTCP from 1. */
static void whole_packets_of_another_implementation(void **state)
{
    (void)state;
    static const struct {
        enum ic_srtp_profile profile;
        const char *key, *salt, *rtp, *rtcp;
    } rows[] = {
        {IC_SRTP_AES128_CM_HMAC_SHA1_80, "e1f97a0d3e018be0d64fa32c06de4139",
         "0ec675ad498afeebb6960b3aabe6",
         "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc 99ea179b 8dbb",
         "81c8000b cafebabe 7128035b e487b9bd bef89041 f977a5a8 80000001 993e08cd 54d6c1230798"},
        {IC_SRTP_AEAD_AES_128_GCM, "000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab",
         "800f1234 decafbad cafebabe c5002ede 04cfdd2e b91159e0 880aa06e d2976826 f796b201 df3131a1"
         "27e8a392",
         "81c8000b cafebabe c98b8b5d f0392a55 852b6c21 ac8e7025 c52c6fbe a2b3b446 ea31123b a88ce61e"
         "80000001"},
    };
    for (size_t i = 0; i < 2; i++) {
        struct ic_srtp_keys keys = {.profile = rows[i].profile};
        struct ic_srtp s;
        struct packet plain = {.header_len = 12, .ext_seq = 0x1234}, wire;
        uint8_t want[64];
        hex_bytes(rows[i].key, keys.local_key, sizeof keys.local_key);
        hex_bytes(rows[i].salt, keys.local_salt, sizeof keys.local_salt);
        assert_int_equal(ic_srtp_init(&s, &keys, NULL), IC_OK);
        plain.len = hex_bytes("800f1234 decafbad cafebabe abababab abababab abababab abababab",
                              plain.bytes, sizeof plain.bytes);
        size_t want_len = hex_bytes(rows[i].rtp, want, sizeof want);
        protect(&s, &plain, &wire);
        assert_int_equal(wire.len, want_len);
        assert_memory_equal(wire.bytes, want, want_len);
        want_len = hex_bytes(rows[i].rtcp, want, sizeof want);
        for (int turn = 0; turn < 2; turn++) {
            wire.len = hex_bytes("81c8000b cafebabe abababab abababab abababab abababab",
                                 wire.bytes, sizeof wire.bytes);
            assert_int_equal(ic_srtp_protect_rtcp(&s, wire.bytes, &wire.len, sizeof wire.bytes),
                             IC_OK);
        }
        assert_int_equal(wire.len, want_len);
        assert_memory_equal(wire.bytes, want, want_len);
        ic_srtp_deinit(&s);
    }
}

static void both_directions_of_both_kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        struct packet plain, wire;
        uint64_t ext_seq;
        open_ends(&e, all_profiles[i], i);
        for (uint64_t n = 0; n < 400; n++) {
            struct ic_srtp *from = n % 2 == 0 ? &e.a : &e.b, *to = n % 2 == 0 ? &e.b : &e.a;
            random_rtp(&e.prng, (uint32_t)(n % 3), 100 + n, 1400, &plain);
            protect(from, &plain, &wire);
            assert_int_equal(wire.len, plain.len + ic_srtp_tag_len(all_profiles[i]));
            assert_memory_equal(wire.bytes, plain.bytes, plain.header_len);
            assert_int_equal(ic_srtp_unprotect_rtp(to, wire.bytes, &wire.len, &ext_seq), IC_OK);
            assert_int_equal(wire.len, plain.len);
            assert_memory_equal(wire.bytes, plain.bytes, plain.len);
            assert_int_equal(ext_seq, plain.ext_seq);

            random_rtcp(&e.prng, (uint32_t)(n % 3), 300, &plain);
            wire = plain;
            assert_int_equal(ic_srtp_protect_rtcp(from, wire.bytes, &wire.len, sizeof wire.bytes),
                             IC_OK);
            assert_int_equal(wire.len, plain.len + ic_srtp_tag_len(all_profiles[i]) + 4);
            assert_int_equal(ic_srtp_unprotect_rtcp(to, wire.bytes, &wire.len), IC_OK);
            assert_int_equal(wire.len, plain.len);
            assert_memory_equal(wire.bytes, plain.bytes, plain.len);
        }
        close_ends(&e);
    }
}

/* A retransmission: two bytes before the shared payload; and the header built where it goes out. */
static void prefix_and_payload_are_one_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        struct packet plain, whole, cut;
        open_ends(&e, all_profiles[i], i);
        do {
            random_rtp(&e.prng, 1, 1, 300, &plain);
        } while (plain.len - plain.header_len < 100);
        protect(&e.a, &plain, &whole);
        for (size_t prefix = 0; prefix <= 40; prefix++) {
            uint8_t *text = &plain.bytes[plain.header_len];
            memcpy(cut.bytes, plain.bytes, plain.header_len);
            struct ic_srtp_job job = {
                .session = &e.a,
                .ext_seq = 1,
                .header = prefix % 2 == 0 ? plain.bytes : cut.bytes,
                .header_len = plain.header_len,
                .prefix = text,
                .prefix_len = prefix,
                .payload = &text[prefix],
                .payload_len = plain.len - plain.header_len - prefix,
                .out = cut.bytes,
            };
            ic_srtp_protect_rtp(&job, 1);
            assert_int_equal(job.error, IC_OK);
            assert_int_equal(job.out_len, whole.len);
            assert_memory_equal(cut.bytes, whole.bytes, whole.len);
        }
        close_ends(&e);
    }
}

/* One payload, many sessions and profiles in one call; one job that must fail does not disturb. */
static void a_batch_holds_many_keys(void **state)
{
    (void)state;
    static struct ends ends[PROFILES];
    static struct packet out[64];
    struct ic_srtp none = {0};
    struct ic_srtp_job jobs[64];
    struct packet plain;
    for (size_t i = 0; i < PROFILES; i++)
        open_ends(&ends[i], all_profiles[i], 40 + i);
    random_rtp(&ends[0].prng, 77, 9, 1200, &plain);
    for (size_t i = 0; i < 64; i++) {
        jobs[i] = (struct ic_srtp_job){
            .session = i == 31 ? &none : &ends[i % PROFILES].a,
            .ext_seq = 9 + (uint64_t)i * 0x10000,
            .header = plain.bytes,
            .header_len = plain.header_len,
            .payload = &plain.bytes[plain.header_len],
            .payload_len = plain.len - plain.header_len,
            .out = out[i].bytes,
        };
    }
    ic_srtp_protect_rtp(jobs, 64);
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(jobs[i].error, i == 31 ? IC_ERR_STATE : IC_OK);
        assert_int_equal(jobs[i].out_len == 0, i == 31);
    }
    for (size_t i = 0; i < PROFILES; i++) { /* ROC 0: one a session */
        uint64_t ext_seq;
        out[i].len = jobs[i].out_len;
        enum ic_err err = ic_srtp_unprotect_rtp(&ends[i].b, out[i].bytes, &out[i].len, &ext_seq);
        assert_int_equal(err, i == 0 ? IC_OK : IC_ERR_AUTH); /* the others have ROC 1 and 2 */
        close_ends(&ends[i]);
    }
}

/* Rows in order: an index that was sent, what its arrival gets. Index is ROC << 16 | SEQ. */
static void rollover_counter_as_a_table(void **state)
{
    (void)state;
    static const struct {
        int row;
        uint64_t index;
        enum ic_err verdict;
    } rows[] = {
        {1, 65000, IC_OK},
        {2, 65535, IC_OK},
        {3, 65534, IC_OK},                     /* reordered before the wrap */
        {4, 65537, IC_OK},                     /* SEQ 1, ROC 1: 65536 is late or lost */
        {5, 65533, IC_OK},                     /* from before the wrap */
        {6, 65536, IC_OK},                     /* the wrap itself, late */
        {7, 65536, IC_ERR_REPLAY},             /* twice */
        {8, 65535, IC_ERR_REPLAY},             /* twice, from before the wrap */
        {9, 65536 + 32768, IC_OK},             /* SEQ 0x8000: 2^15 - 1 ahead of SEQ 1 */
        {10, 131072, IC_ERR_REPLAY},           /* exactly 2^15 ahead: taken for 65536 */
        {11, 131072 - 1, IC_OK},               /* one less is ahead */
        {12, 131072 + 0x7ffe, IC_OK},          /* ROC 2 */
        {13, 131072 + 0x7ffe + 0x8000, IC_OK}, /* exactly 2^15 ahead, from the lower half */
        {14, 131072 + 0x7fff, IC_ERR_REPLAY},  /* older than the window */
        {15, 196608 + 10, IC_OK},              /* ROC 3 */
        {16, 262144 + 10, IC_ERR_REPLAY},      /* a whole cycle lost: SEQ 10 is ROC 3's */
        {17, 262144 + 11, IC_ERR_AUTH},        /* SEQ 11 of ROC 4 is tried as ROC 3's */
        {18, 196608 + 11, IC_OK},              /* which is still welcome */
        {19, 196608 - 5, IC_OK},               /* and so is ROC 2 across the wrap */
    };
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        open_ends(&e, all_profiles[i], 3);
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            uint64_t ext_seq;
            enum ic_err got = deliver(&e, 5, rows[r].index, &ext_seq);
            if (got != rows[r].verdict)
                fail_msg("row %d: %d", rows[r].row, (int)got);
        }
        close_ends(&e);
    }
}

/* The first packet of a stream is taken with ROC 0, whatever its sequence number. */
static void first_packet_has_roc_zero(void **state)
{
    (void)state;
    struct ends e;
    uint64_t ext_seq;
    open_ends(&e, IC_SRTP_AEAD_AES_128_GCM, 1);
    assert_int_equal(deliver(&e, 1, 0x10000, &ext_seq), IC_ERR_AUTH);
    assert_int_equal(e.b.stream_count, 0);
    assert_int_equal(deliver(&e, 1, 0xffff, &ext_seq), IC_OK);
    assert_int_equal(deliver(&e, 1, 0x10000, &ext_seq), IC_OK);
    assert_int_equal(deliver(&e, 2, 0, &ext_seq), IC_OK);
    assert_int_equal(deliver(&e, 2, 0, &ext_seq), IC_ERR_REPLAY);
    close_ends(&e);
}

static void streams_are_bounded_and_made_by_good_tags_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        uint64_t ext_seq;
        struct packet plain, wire;
        open_ends(&e, all_profiles[i], 11);
        for (uint32_t ssrc = 100; ssrc < 200; ssrc++) { /* forged: none may take a place */
            random_rtp(&e.prng, ssrc, 1, 100, &plain);
            protect(&e.a, &plain, &wire);
            wire.bytes[wire.len - 1] ^= 1;
            assert_int_equal(ic_srtp_unprotect_rtp(&e.b, wire.bytes, &wire.len, &ext_seq),
                             IC_ERR_AUTH);
        }
        for (uint32_t ssrc = 0; ssrc < IC_PEER_SSRCS_MAX; ssrc++)
            assert_int_equal(deliver(&e, ssrc, 1, &ext_seq), IC_OK);
        assert_int_equal(deliver(&e, IC_PEER_SSRCS_MAX, 1, &ext_seq), IC_ERR_FULL);
        for (uint32_t ssrc = 0; ssrc < IC_PEER_SSRCS_MAX; ssrc++)
            assert_int_equal(deliver(&e, ssrc, 2, &ext_seq), IC_OK);

        for (uint32_t ssrc = 0; ssrc <= IC_PEER_RTCP_SSRCS_MAX; ssrc++) {
            random_rtcp(&e.prng, ssrc, 5, &wire);
            assert_int_equal(ic_srtp_protect_rtcp(&e.a, wire.bytes, &wire.len, sizeof wire.bytes),
                             IC_OK);
            struct packet forged = wire;
            forged.bytes[9] ^= 1;
            assert_int_equal(ic_srtp_unprotect_rtcp(&e.b, forged.bytes, &forged.len), IC_ERR_AUTH);
            assert_int_equal(ic_srtp_unprotect_rtcp(&e.b, wire.bytes, &wire.len),
                             ssrc < IC_PEER_RTCP_SSRCS_MAX ? IC_OK : IC_ERR_FULL);
        }
        close_ends(&e);
    }
}

static void rtcp_replay_is_per_sender(void **state)
{
    (void)state;
    struct ends e;
    struct packet kept[300], again;
    open_ends(&e, IC_SRTP_AEAD_AES_128_GCM, 5);
    for (uint32_t n = 0; n < 300; n++) {
        random_rtcp(&e.prng, n % 2, 3, &kept[n]);
        assert_int_equal(
            ic_srtp_protect_rtcp(&e.a, kept[n].bytes, &kept[n].len, sizeof kept[n].bytes), IC_OK);
    }
    static const struct {
        int row;
        uint32_t n;
        enum ic_err verdict;
    } rows[] = {
        {1, 10, IC_OK},        {2, 10, IC_ERR_REPLAY},   {3, 11, IC_OK},           {4, 8, IC_OK},
        {5, 8, IC_ERR_REPLAY}, {6, 299, IC_OK},          {7, 9, IC_ERR_REPLAY},    {8, 298, IC_OK},
        {9, 172, IC_OK},       {10, 170, IC_ERR_REPLAY}, {11, 171, IC_ERR_REPLAY}, {12, 173, IC_OK},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        again = kept[rows[r].n];
        enum ic_err got = ic_srtp_unprotect_rtcp(&e.b, again.bytes, &again.len);
        if (got != rows[r].verdict)
            fail_msg("row %d: %d", rows[r].row, (int)got);
    }
    close_ends(&e);
}

/* RFC 3711 3.4: authentic, but with a clear E flag: refused. The packet is made by hand for the
 * profile whose tag is a MAC over everything. */
static void rtcp_without_encryption_is_refused(void **state)
{
    (void)state;
    struct ends e;
    struct ic_srtp_keys keys;
    struct ic_srtp_session_keys session;
    uint8_t packet[64] = {0x80, 200, 0, 1, 0, 0, 0, 7}, tag[20];
    open_ends(&e, IC_SRTP_AES128_CM_HMAC_SHA1_80, 6);
    ic_prng_init(&e.prng, 6);
    random_keys(&e.prng, IC_SRTP_AES128_CM_HMAC_SHA1_80, &keys);
    assert_int_equal(
        ic_srtp_kdf_derive(keys.profile, IC_SRTP_RTCP, keys.local_key, keys.local_salt, &session),
        IC_OK);
    packet[8] = 0x80; /* an empty text: E flag and index 0 */
    for (int e_flag = 1; e_flag >= 0; e_flag--) {
        size_t len = 8 + 4 + 10;
        packet[8] = (uint8_t)(e_flag << 7);
        packet[11] = (uint8_t)e_flag;
        const struct ic_part all = {packet, 12};
        assert_int_equal(ic_hmac_sha1(session.auth, sizeof session.auth, &all, 1, tag), IC_OK);
        memcpy(&packet[12], tag, 10);
        assert_int_equal(ic_srtp_unprotect_rtcp(&e.b, packet, &len),
                         e_flag == 1 ? IC_OK : IC_ERR_INPUT);
    }
    close_ends(&e);
}

struct receive_state {
    uint32_t stream_count, rtcp_stream_count;
    struct ic_srtp_stream streams[IC_PEER_SSRCS_MAX];
    struct ic_srtcp_stream rtcp_streams[IC_PEER_RTCP_SSRCS_MAX];
};

static void snapshot(const struct ic_srtp *s, struct receive_state *out)
{
    memset(out, 0, sizeof *out);
    out->stream_count = s->stream_count;
    out->rtcp_stream_count = s->rtcp_stream_count;
    if (s->stream_count > 0)
        memcpy(out->streams, s->streams, s->stream_count * sizeof out->streams[0]);
    if (s->rtcp_stream_count > 0)
        memcpy(out->rtcp_streams, s->rtcp_streams,
               s->rtcp_stream_count * sizeof out->rtcp_streams[0]);
}

/* A good packet, changed: refused, and b remembers nothing of it. */
static enum ic_err changed(struct ends *e, const struct packet *wire, bool rtcp)
{
    struct receive_state before, after;
    struct packet copy = *wire;
    uint64_t ext_seq = 12345;
    snapshot(&e->b, &before);
    enum ic_err err = rtcp ? ic_srtp_unprotect_rtcp(&e->b, copy.bytes, &copy.len)
                           : ic_srtp_unprotect_rtp(&e->b, copy.bytes, &copy.len, &ext_seq);
    snapshot(&e->b, &after);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(copy.len, wire->len); /* outputs are written on success only */
    assert_int_equal(ext_seq, 12345);
    return err;
}

static void make_wire(struct ends *e, bool rtcp, uint64_t index, struct packet *wire)
{
    struct packet plain;
    if (rtcp) {
        random_rtcp(&e->prng, 9, 20, wire);
        assert_int_equal(ic_srtp_protect_rtcp(&e->a, wire->bytes, &wire->len, sizeof wire->bytes),
                         IC_OK);
        return;
    }
    random_rtp(&e->prng, 9, index, 60, &plain);
    protect(&e->a, &plain, wire);
}

static enum ic_err receive(struct ends *e, struct packet *wire, bool rtcp)
{
    uint64_t ext_seq;
    return rtcp ? ic_srtp_unprotect_rtcp(&e->b, wire->bytes, &wire->len)
                : ic_srtp_unprotect_rtp(&e->b, wire->bytes, &wire->len, &ext_seq);
}

static void every_changed_bit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * PROFILES; i++) {
        bool rtcp = i >= PROFILES;
        for (uint64_t seed = 0; seed < 12; seed++) {
            struct ends e;
            struct packet first, wire;
            open_ends(&e, all_profiles[i % PROFILES], seed);
            make_wire(&e, rtcp, 0x1f00, &first);
            make_wire(&e, rtcp, 0x2000, &wire);
            if (seed % 2 == 0) /* the stream is known */
                assert_int_equal(receive(&e, &first, rtcp), IC_OK);
            size_t index_at = rtcp ? wire.len - (i % PROFILES == 2 ? 14 : 4) : 2;
            size_t index_len = rtcp ? 4 : 2;
            for (size_t bit = 0; bit < wire.len * 8; bit++) {
                bool in_index = bit / 8 >= index_at && bit / 8 < index_at + index_len;
                wire.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                enum ic_err err = changed(&e, &wire, rtcp);
                wire.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                /* Another index may be one that was seen. */
                assert_true(err == IC_ERR_AUTH || err == IC_ERR_INPUT ||
                            (err == IC_ERR_REPLAY && in_index && seed % 2 == 0));
            }
            for (size_t at = 0; at < wire.len; at++) {
                wire.bytes[at] ^= 0xff;
                enum ic_err err = changed(&e, &wire, rtcp);
                wire.bytes[at] ^= 0xff;
                assert_true(err == IC_ERR_AUTH || err == IC_ERR_INPUT ||
                            (err == IC_ERR_REPLAY && at >= index_at && at < index_at + index_len));
            }
            assert_int_equal(receive(&e, &wire, rtcp), IC_OK);
            close_ends(&e);
        }
    }
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * PROFILES; i++) {
        bool rtcp = i >= PROFILES;
        for (uint64_t seed = 0; seed < 12; seed++) {
            struct ends e;
            struct packet wire;
            open_ends(&e, all_profiles[i % PROFILES], 50 + seed);
            make_wire(&e, rtcp, 1, &wire);
            for (size_t len = 0; len < wire.len; len++) {
                /* Exact size, so that the sanitizer sees a read beyond it. */
                uint8_t *exact = malloc(len == 0 ? 1 : len);
                uint64_t ext_seq;
                size_t n = len;
                assert_non_null(exact);
                memcpy(exact, wire.bytes, len);
                enum ic_err err = rtcp ? ic_srtp_unprotect_rtcp(&e.b, exact, &n)
                                       : ic_srtp_unprotect_rtp(&e.b, exact, &n, &ext_seq);
                free(exact);
                assert_true(err == IC_ERR_AUTH || err == IC_ERR_INPUT);
                assert_int_equal(n, len);
                assert_int_equal(e.b.stream_count + e.b.rtcp_stream_count, 0);
            }
            wire.bytes[wire.len++] = 0; /* and one byte too many */
            assert_int_not_equal(changed(&e, &wire, rtcp), IC_OK);
            wire.len--;
            assert_int_equal(receive(&e, &wire, rtcp), IC_OK);
            close_ends(&e);
        }
    }
}

/* Authentic, but the count of padding is 0 or reaches into the header. */
static void padding_stays_within_the_payload(void **state)
{
    (void)state;
    static const struct {
        int row;
        size_t payload_len;
        uint8_t count;
        enum ic_err verdict;
    } rows[] = {
        {1, 10, 1, IC_OK},         {2, 10, 10, IC_OK},      {3, 10, 0, IC_ERR_INPUT},
        {4, 10, 11, IC_ERR_INPUT}, {5, 255, 255, IC_OK},    {6, 254, 255, IC_ERR_INPUT},
        {7, 1, 1, IC_OK},          {8, 0, 0, IC_ERR_INPUT},
    };
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        open_ends(&e, all_profiles[i], 8);
        for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
            struct packet plain = {.header_len = 12, .ext_seq = r + 1}, wire;
            plain.bytes[0] = 0xa0;
            plain.bytes[3] = (uint8_t)(r + 1);
            plain.len = 12 + rows[r].payload_len;
            if (rows[r].payload_len > 0)
                plain.bytes[plain.len - 1] = rows[r].count;
            protect(&e.a, &plain, &wire);
            struct packet again = wire;
            enum ic_err got = receive(&e, &wire, false);
            if (got != rows[r].verdict)
                fail_msg("row %d: %d", rows[r].row, (int)got);
            assert_int_equal(receive(&e, &again, false), IC_ERR_REPLAY); /* it was authentic */
        }
        close_ends(&e);
    }
}

/* Authentic, but of another version than 2. */
static void other_versions_are_refused(void **state)
{
    (void)state;
    struct ends e;
    struct packet plain, wire;
    open_ends(&e, IC_SRTP_AEAD_AES_128_GCM, 13);
    random_rtp(&e.prng, 1, 1, 100, &plain);
    for (uint8_t version = 0; version < 4; version++) {
        plain.bytes[0] = (uint8_t)(version << 6 | (plain.bytes[0] & 0x3f));
        protect(&e.a, &plain, &wire);
        assert_int_equal(receive(&e, &wire, false), version == 2 ? IC_OK : IC_ERR_INPUT);
        random_rtcp(&e.prng, 1, 4, &wire);
        wire.bytes[0] = (uint8_t)(version << 6);
        assert_int_equal(ic_srtp_protect_rtcp(&e.a, wire.bytes, &wire.len, sizeof wire.bytes),
                         version == 2 ? IC_OK : IC_ERR_INPUT);
    }
    close_ends(&e);
}

static void used_up_indices_are_refused(void **state)
{
    (void)state;
    struct ends e;
    struct packet p;
    open_ends(&e, IC_SRTP_AEAD_AES_256_GCM, 9);
    e.a.rtcp_index_next = 0x7fffffff;
    random_rtcp(&e.prng, 1, 5, &p);
    struct packet copy = p;
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, p.bytes, &p.len, sizeof p.bytes), IC_OK);
    assert_int_equal(ic_srtp_unprotect_rtcp(&e.b, p.bytes, &p.len), IC_OK);
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, copy.bytes, &copy.len, sizeof copy.bytes),
                     IC_ERR_STATE);
    uint8_t out[64];
    struct ic_srtp_job job = {
        .session = &e.a, .header = p.bytes, .header_len = 12, .out = out, .payload = p.bytes};
    memset(p.bytes, 0, 12);
    job.ext_seq = UINT64_C(1) << 48;
    ic_srtp_protect_rtp(&job, 1);
    assert_int_equal(job.error, IC_ERR_STATE);
    memset(p.bytes, 0xff, 12);
    job.ext_seq = (UINT64_C(1) << 48) - 1;
    ic_srtp_protect_rtp(&job, 1);
    assert_int_equal(job.error, IC_OK);
    close_ends(&e);
}

static void bounds_of_rtcp_buffers(void **state)
{
    (void)state;
    struct ends e;
    struct packet p;
    open_ends(&e, IC_SRTP_AEAD_AES_128_GCM, 10);
    random_rtcp(&e.prng, 1, 5, &p);
    size_t len = p.len;
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, p.bytes, &len, p.len + IC_SRTCP_EXPANSION_MAX - 1),
                     IC_ERR_FULL);
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, p.bytes, &len, p.len - 1), IC_ERR_FULL);
    assert_int_equal(len, p.len);
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, p.bytes, &len, p.len + IC_SRTCP_EXPANSION_MAX),
                     IC_OK);
    len = 7;
    assert_int_equal(ic_srtp_protect_rtcp(&e.a, p.bytes, &len, sizeof p.bytes), IC_ERR_INPUT);
    close_ends(&e);
}

static void nothing_works_without_keys(void **state)
{
    (void)state;
    struct ic_srtp s = {0};
    struct ic_srtp_keys keys = {.profile = IC_SRTP_NONE};
    struct packet p = {.len = 100};
    uint64_t ext_seq;
    assert_int_equal(ic_srtp_unprotect_rtp(&s, p.bytes, &p.len, &ext_seq), IC_ERR_STATE);
    assert_int_equal(ic_srtp_unprotect_rtcp(&s, p.bytes, &p.len), IC_ERR_STATE);
    assert_int_equal(ic_srtp_protect_rtcp(&s, p.bytes, &p.len, sizeof p.bytes), IC_ERR_STATE);
    assert_int_equal(ic_srtp_init(&s, &keys, NULL), IC_ERR_INPUT);
    ic_srtp_deinit(&s);
    struct ends e;
    static const struct ic_srtp zero;
    open_ends(&e, IC_SRTP_AES128_CM_HMAC_SHA1_80, 1);
    close_ends(&e);
    assert_memory_equal(&e.a, &zero, sizeof zero); /* wiped */
    close_ends(&e);
}

static void no_allocation_per_packet_with_gcm(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct ends e;
        struct packet plain, wire;
        size_t before = openssl_allocations;
        open_ends(&e, all_profiles[i], 12);
        assert_true(openssl_allocations > before); /* the count works */
        for (uint64_t n = 0; n < 200; n++) {
            if (n == 1)
                before = openssl_allocations;
            random_rtp(&e.prng, 1, n, 1000, &plain);
            protect(&e.a, &plain, &wire);
            struct packet forged = wire;
            forged.bytes[forged.len - 1] ^= 1;
            assert_int_equal(receive(&e, &forged, false), IC_ERR_AUTH);
            assert_int_equal(receive(&e, &wire, false), IC_OK);
            make_wire(&e, true, 0, &wire);
            assert_int_equal(receive(&e, &wire, true), IC_OK);
        }
        /* Per turn four tags; OpenSSL's HMAC borrows up to eight blocks for one and returns them.
         */
        if (ic_srtp_is_aead(all_profiles[i]))
            assert_int_equal(openssl_allocations, before);
        else
            assert_true(openssl_allocations - before <= 199 * 5 * 2);
        close_ends(&e);
    }
}

/* Whichever allocation fails, init either works or leaves nothing behind. */
static void init_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROFILES; i++) {
        struct ic_srtp_keys keys = {.profile = all_profiles[i]};
        static const struct ic_srtp zero;
        size_t failures = 0;
        for (size_t n = 0; n < 400; n++) {
            struct ic_srtp s;
            allocations_left = n;
            enum ic_err err = ic_srtp_init(&s, &keys, NULL);
            allocations_left = SIZE_MAX;
            assert_true(err == IC_OK || err == IC_ERR_SYSTEM);
            if (err != IC_OK)
                assert_memory_equal(&s, &zero, sizeof s);
            failures += err != IC_OK;
            ic_srtp_deinit(&s);
        }
        assert_true(failures > 5);
    }
}

static void *count_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_allocations++;
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return malloc(n);
}

static void *count_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    openssl_allocations++;
    return realloc(p, n);
}

static void count_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(count_malloc, count_realloc, count_free) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_packets_of_another_implementation),
        cmocka_unit_test(both_directions_of_both_kinds),
        cmocka_unit_test(prefix_and_payload_are_one_text),
        cmocka_unit_test(a_batch_holds_many_keys),
        cmocka_unit_test(rollover_counter_as_a_table),
        cmocka_unit_test(first_packet_has_roc_zero),
        cmocka_unit_test(streams_are_bounded_and_made_by_good_tags_only),
        cmocka_unit_test(rtcp_replay_is_per_sender),
        cmocka_unit_test(rtcp_without_encryption_is_refused),
        cmocka_unit_test(every_changed_bit_is_refused),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(padding_stays_within_the_payload),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(used_up_indices_are_refused),
        cmocka_unit_test(bounds_of_rtcp_buffers),
        cmocka_unit_test(nothing_works_without_keys),
        cmocka_unit_test(no_allocation_per_packet_with_gcm),
        cmocka_unit_test(init_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
