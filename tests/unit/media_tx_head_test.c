/* Description of a received packet and the head that replaces its own for one receiver. */
#include "media/media_packet.h"
#include "media/tx_head.h"
#include "support/cmocka_all.h"
#include "support/exact.h"

/* VP8 in RTP: key frame, all descriptor fields, three bytes of frame. */
static const uint8_t vp8[] = {0x80, 0xe0, 0xff, 0xff, 0,    0,    0,    9, 0,    0,   0,
                              5,    0x90, 0xf0, 0x81, 0x02, 0x07, 0x43, 0, 0xaa, 0xbb};
/* The same as a retransmission: OSN 65535 in front. */
static const uint8_t rtx[] = {0x80, 0xe1, 0,    1,    0,    0,    0,    9,    0, 0,    0,   6,
                              0xff, 0xff, 0x90, 0xf0, 0x81, 0x02, 0x07, 0x43, 0, 0xaa, 0xbb};

static const struct ic_time now = {123};

static enum ic_err describe(const uint8_t *bytes, size_t len, enum ic_codec codec,
                            struct ic_media_packet *out)
{
    struct ic_rtp rtp;
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_rtp_parse(copy, len, &rtp);
    if (err == IC_OK)
        err = ic_media_packet_parse(out, now, UINT64_C(0x1ffff), &rtp, codec, copy, len);
    free(copy);
    return err;
}

static enum ic_err describe_rtx(const uint8_t *bytes, size_t len, uint64_t highest,
                                struct ic_media_packet *out)
{
    struct ic_rtp rtp;
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_rtp_parse(copy, len, &rtp);
    if (err == IC_OK)
        err = ic_media_packet_parse_rtx(out, now, highest, &rtp, IC_CODEC_VP8, copy, len);
    free(copy);
    return err;
}

static void a_packet_is_described_with_its_descriptor(void **state)
{
    (void)state;
    struct ic_media_packet p;
    assert_int_equal(describe(vp8, sizeof vp8, IC_CODEC_VP8, &p), IC_OK);
    assert_int_equal(p.ext_seq, 0x1ffff);
    assert_int_equal(p.arrived.us, 123);
    assert_int_equal(p.ts, 9);
    assert_int_equal(p.payload_offset, 12);
    assert_int_equal(p.payload_len, 9);
    assert_true(p.marker);
    assert_int_equal(p.pdesc.picture_id, 0x102);
    assert_true(ic_media_packet_is_key_frame(&p));
    assert_int_equal(describe(vp8, sizeof vp8, IC_CODEC_OPUS, &p), IC_OK);
    assert_int_equal(p.pdesc.len, 0);
    assert_false(ic_media_packet_is_key_frame(&p));
}

static void a_cut_descriptor_is_refused_and_no_payload_is_no_error(void **state)
{
    (void)state;
    for (size_t len = 12; len <= sizeof vp8; len++) {
        struct ic_media_packet p = {.ts = 77};
        enum ic_err want = len == 12 || len >= 12 + 7 ? IC_OK : IC_ERR_INPUT;
        assert_int_equal(describe(vp8, len, IC_CODEC_VP8, &p), want);
        assert_int_equal(p.ts, want == IC_OK ? 9 : 77);
        if (len == 12)
            assert_false(ic_media_packet_is_key_frame(&p));
    }
}

static void a_retransmission_is_described_as_its_original(void **state)
{
    (void)state;
    static const struct {
        uint64_t highest, ext_seq;
    } table[] = {{0x2ffff, 0x2ffff}, {0x30005, 0x2ffff}, {0x2fff0, 0x2ffff}, {5, 0xffff}};
    struct ic_media_packet p;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(describe_rtx(rtx, sizeof rtx, table[i].highest, &p), IC_OK);
        assert_int_equal(p.ext_seq, table[i].ext_seq);
        assert_int_equal(p.payload_offset, 14);
        assert_int_equal(p.payload_len, 9);
        assert_int_equal(p.pdesc.picture_id, 0x102);
    }
    for (size_t len = 12; len < 14 + 7; len++)
        assert_int_equal(describe_rtx(rtx, len, 0x2ffff, &p), len == 14 ? IC_OK : IC_ERR_INPUT);
}

static const struct ic_tx_out out = {
    .ext_seq = 0x7abcd, .ts = 0x01020304, .picture_id = 0x5555, .tl0 = 0xc3};

static void a_head_carries_the_output_numbers_and_replaces_the_descriptor(void **state)
{
    (void)state;
    struct ic_media_packet p;
    struct ic_tx_head head;
    uint8_t whole[64];
    assert_int_equal(describe(vp8, sizeof vp8, IC_CODEC_VP8, &p), IC_OK);
    uint8_t *payload = exact_copy(vp8 + 12, p.payload_len);
    assert_int_equal(ic_tx_head_write(&head, 0xfeed, 102, &out, &p, payload), IC_OK);
    assert_memory_equal(payload, vp8 + 12, p.payload_len); /* shared: never written */
    assert_int_equal(head.ext_seq, out.ext_seq);
    assert_int_equal(head.prefix_len, 5);
    assert_int_equal(head.skip, 5);

    struct ic_wr w = ic_wr_init(whole, sizeof whole);
    ic_wr_bytes(&w, head.header, sizeof head.header);
    ic_wr_bytes(&w, head.prefix, head.prefix_len);
    ic_wr_bytes(&w, vp8 + 12 + head.skip, p.payload_len - (size_t)head.skip);
    free(payload);
    struct ic_rtp rtp;
    assert_int_equal(ic_rtp_parse(whole, w.len, &rtp), IC_OK);
    assert_int_equal(rtp.ssrc, 0xfeed);
    assert_int_equal(rtp.pt, 102);
    assert_int_equal(rtp.seq, 0xabcd);
    assert_int_equal(rtp.ts, 0x01020304);
    assert_true(rtp.marker);
    assert_int_equal(w.len, sizeof vp8);
    assert_memory_equal(whole + 18, vp8 + 18, 3);
    struct ic_media_packet after;
    assert_int_equal(describe(whole, w.len, IC_CODEC_VP8, &after), IC_OK);
    assert_int_equal(after.pdesc.picture_id, 0x5555);
    assert_int_equal(after.pdesc.tl0, 0xc3);
    assert_int_equal(after.pdesc.tid, p.pdesc.tid);
}

static void a_retransmission_is_the_same_behind_the_original_number(void **state)
{
    (void)state;
    struct ic_media_packet p;
    struct ic_tx_head head, plain;
    assert_int_equal(describe(vp8, sizeof vp8, IC_CODEC_VP8, &p), IC_OK);
    assert_int_equal(ic_tx_head_write(&plain, 1, 2, &out, &p, vp8 + 12), IC_OK);
    assert_int_equal(ic_tx_head_write_rtx(&head, 0xbeef, 97, 0x10002, &out, &p, vp8 + 12), IC_OK);
    assert_int_equal(head.ext_seq, 0x10002);
    assert_int_equal(head.header[1], 0x80 | 97);
    assert_int_equal(head.header[3], 2);
    assert_int_equal(head.prefix_len, 7);
    assert_int_equal(head.prefix[0], 0xab);
    assert_int_equal(head.prefix[1], 0xcd);
    assert_memory_equal(head.prefix + 2, plain.prefix, 5);
    assert_memory_equal(head.header + 4, plain.header + 4, 4); /* RFC 4588 4: timestamp unchanged */
    assert_int_equal(head.skip, 5);
}

static void opus_and_empty_packets_have_no_prefix(void **state)
{
    (void)state;
    struct ic_media_packet p;
    struct ic_tx_head head;
    assert_int_equal(describe(vp8, sizeof vp8, IC_CODEC_OPUS, &p), IC_OK);
    assert_int_equal(ic_tx_head_write(&head, 1, 111, &out, &p, vp8 + 12), IC_OK);
    assert_int_equal(head.prefix_len, 0);
    assert_int_equal(head.skip, 0);
    assert_int_equal(describe(vp8, 12, IC_CODEC_VP8, &p), IC_OK);
    assert_int_equal(ic_tx_head_write(&head, 1, 96, &out, &p, vp8 + 12), IC_OK);
    assert_int_equal(head.prefix_len, 0);
}

/* VP9: 15 bits, layers, TL0PICIDX, a structure behind them; then the frame. */
static const uint8_t vp9[] = {0x80, 0xe2, 0,    1,    0,    0,    0,    9,    0,
                              0,    0,    5,    0xaa, 0x81, 0x02, 0x20, 0x07, 0x18,
                              0x05, 0x00, 0x02, 0xd0, 0x00, 0xaa, 0xbb};

static void a_vp9_head_ends_behind_its_numbers(void **state)
{
    (void)state;
    struct ic_media_packet p, after;
    struct ic_tx_head head;
    uint8_t whole[64];
    assert_int_equal(describe(vp9, sizeof vp9, IC_CODEC_VP9, &p), IC_OK);
    assert_true(ic_media_packet_is_key_frame(&p));
    assert_int_equal(ic_tx_head_write(&head, 0xfeed, 98, &out, &p, vp9 + 12), IC_OK);
    assert_int_equal(head.prefix_len, 5);
    assert_int_equal(head.skip, 5);
    struct ic_wr w = ic_wr_init(whole, sizeof whole);
    ic_wr_bytes(&w, head.header, sizeof head.header);
    ic_wr_bytes(&w, head.prefix, head.prefix_len);
    ic_wr_bytes(&w, vp9 + 12 + head.skip, p.payload_len - (size_t)head.skip);
    assert_int_equal(w.len, sizeof vp9);
    assert_memory_equal(whole + 17, vp9 + 17,
                        sizeof vp9 - 17); /* structure and frame: as they are */
    assert_int_equal(describe(whole, w.len, IC_CODEC_VP9, &after), IC_OK);
    assert_int_equal(after.pdesc.picture_id, 0x5555);
    assert_int_equal(after.pdesc.tl0, 0xc3);
    assert_int_equal(after.pdesc.tid, p.pdesc.tid);
    assert_true(ic_media_packet_is_key_frame(&after));
}

static void av1_goes_out_as_it_came(void **state)
{
    (void)state;
    struct ic_media_packet p;
    struct ic_tx_head head;
    static const uint8_t av1[] = {0x80, 0x2d, 0, 1, 0, 0, 0, 9, 0, 0, 0, 5, 0x28, 1, 0x0a, 0x32, 9};
    assert_int_equal(describe(av1, sizeof av1, IC_CODEC_AV1, &p), IC_OK);
    assert_true(ic_media_packet_is_key_frame(&p));
    assert_int_equal(ic_tx_head_write(&head, 1, 45, &out, &p, av1 + 12), IC_OK);
    assert_int_equal(head.prefix_len, 0);
    assert_int_equal(head.skip, 0);
    assert_int_equal(ic_tx_head_write_rtx(&head, 1, 46, 7, &out, &p, av1 + 12), IC_OK);
    assert_int_equal(head.prefix_len, 2); /* the original number alone */
    assert_int_equal(head.skip, 0);
}

static void a_cut_vp9_descriptor_is_refused(void **state)
{
    (void)state;
    struct ic_media_packet p = {.ts = 77};
    for (size_t len = 12; len <= sizeof vp9; len++) {
        bool is_good = len == 12 || len > 12 + 11;
        assert_int_equal(describe(vp9, len, IC_CODEC_VP9, &p), is_good ? IC_OK : IC_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_is_described_with_its_descriptor),
        cmocka_unit_test(a_cut_descriptor_is_refused_and_no_payload_is_no_error),
        cmocka_unit_test(a_retransmission_is_described_as_its_original),
        cmocka_unit_test(a_head_carries_the_output_numbers_and_replaces_the_descriptor),
        cmocka_unit_test(a_retransmission_is_the_same_behind_the_original_number),
        cmocka_unit_test(opus_and_empty_packets_have_no_prefix),
        cmocka_unit_test(a_vp9_head_ends_behind_its_numbers),
        cmocka_unit_test(av1_goes_out_as_it_came),
        cmocka_unit_test(a_cut_vp9_descriptor_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
