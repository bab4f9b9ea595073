/* RTP header parser and writer. */
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "wire/rtp.h"

struct sample {
    const char *name;
    uint8_t bytes[64];
    size_t len;
    enum ic_err err;
    uint16_t header_len, payload_len, ext_offset, ext_len;
    uint8_t padding_len;
};

#define FIXED(first) (first), 0xe0, 0x12, 0x34, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef

static const struct sample samples[] = {
    {"bare header", {FIXED(0x80)}, 12, IC_OK, 12, 0, 0, 0, 0},
    {"payload", {FIXED(0x80), 1, 2, 3}, 15, IC_OK, 12, 3, 0, 0, 0},
    {"version 1", {FIXED(0x40), 1, 2, 3}, 15, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"version 3", {FIXED(0xc0), 1, 2, 3}, 15, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"two CSRC", {FIXED(0x82), 0, 0, 0, 1, 0, 0, 0, 2, 9}, 21, IC_OK, 20, 1, 0, 0, 0},
    {"CSRC beyond the end", {FIXED(0x83), 0, 0, 0, 1, 0, 0, 0, 2}, 20, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"padding of one", {FIXED(0xa0), 7, 1}, 14, IC_OK, 12, 1, 0, 0, 1},
    {"padding of all", {FIXED(0xa0), 0, 0, 3}, 15, IC_OK, 12, 0, 0, 0, 3},
    {"padding of one more", {FIXED(0xa0), 0, 0, 4}, 15, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"padding of 255", {FIXED(0xa0), 0, 0, 255}, 15, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"padding of zero", {FIXED(0xa0), 0, 0, 0}, 15, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"padding, no payload", {FIXED(0xa0)}, 12, IC_ERR_INPUT, 0, 0, 0, 0, 0},
    {"padding may not reach into the extension",
     {FIXED(0xb0), 0xbe, 0xde, 0, 1, 0, 0, 0, 5, 1},
     21,
     IC_OK,
     20,
     0,
     16,
     4,
     1},
    {"padding that reaches into it",
     {FIXED(0xb0), 0xbe, 0xde, 0, 1, 0, 0, 0, 5, 2},
     21,
     IC_ERR_INPUT,
     0,
     0,
     0,
     0,
     0},
    {"empty extension", {FIXED(0x90), 0xbe, 0xde, 0, 0, 9}, 17, IC_OK, 16, 1, 16, 0, 0},
    {"extension", {FIXED(0x90), 0xbe, 0xde, 0, 1, 1, 2, 3, 4, 9}, 21, IC_OK, 20, 1, 16, 4, 0},
    {"extension, CSRC",
     {FIXED(0x91), 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 1, 2, 3, 4},
     24,
     IC_OK,
     24,
     0,
     20,
     4,
     0},
    {"extension one word too long",
     {FIXED(0x90), 0xbe, 0xde, 0, 2, 1, 2, 3, 4, 9},
     21,
     IC_ERR_INPUT,
     0,
     0,
     0,
     0,
     0},
    {"extension of the greatest length",
     {FIXED(0x90), 0xbe, 0xde, 0xff, 0xff, 1, 2, 3, 4, 9},
     21,
     IC_ERR_INPUT,
     0,
     0,
     0,
     0,
     0},
};

static enum ic_err parse_copy(const uint8_t *bytes, size_t len, struct ic_rtp *out)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_rtp_parse(copy, len, out);
    if (err == IC_OK) {
        struct ic_rd extension = ic_rtp_extension(out, copy, len);
        assert_true(ic_rd_ok(&extension));
        assert_int_equal(extension.left, out->ext_len);
        assert_int_equal(out->header_len + out->payload_len + out->padding_len, len);
    }
    free(copy);
    return err;
}

static void header_lengths_and_padding_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        const struct sample *s = &samples[i];
        struct ic_rtp rtp = {.ssrc = 77};
        print_message("%s\n", s->name);
        assert_int_equal(parse_copy(s->bytes, s->len, &rtp), s->err);
        if (s->err != IC_OK) {
            assert_int_equal(rtp.ssrc, 77); /* untouched */
            continue;
        }
        assert_int_equal(rtp.header_len, s->header_len);
        assert_int_equal(rtp.payload_len, s->payload_len);
        assert_int_equal(rtp.padding_len, s->padding_len);
        assert_int_equal(rtp.ext_offset, s->ext_offset);
        assert_int_equal(rtp.ext_len, s->ext_len);
        assert_int_equal(rtp.ssrc, 0xdeadbeef);
        assert_int_equal(rtp.ts, 256);
        assert_int_equal(rtp.seq, 0x1234);
        assert_int_equal(rtp.pt, 0x60);
        assert_true(rtp.marker);
    }
}

static void truncation_at_every_byte_never_reads_behind_the_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        for (size_t len = 0; len < samples[i].len; len++) {
            struct ic_rtp rtp;
            enum ic_err err = parse_copy(samples[i].bytes, len, &rtp);
            if (len < samples[i].header_len || len < IC_RTP_HEADER_LEN)
                assert_int_equal(err, IC_ERR_INPUT);
        }
    }
}

static void an_extension_is_bad_in_a_shorter_buffer(void **state)
{
    (void)state;
    static const uint8_t bytes[] = {FIXED(0x90), 0xbe, 0xde, 0, 1, 1, 2, 3, 4};
    struct ic_rtp rtp;
    assert_int_equal(ic_rtp_parse(bytes, sizeof bytes, &rtp), IC_OK);
    struct ic_rd extension = ic_rtp_extension(&rtp, bytes, sizeof bytes - 1);
    assert_false(ic_rd_ok(&extension));
}

static void a_packet_above_16_bits_of_length_is_refused(void **state)
{
    (void)state;
    uint8_t *big = calloc(1, 65536);
    struct ic_rtp rtp;
    assert_non_null(big);
    big[0] = 0x80;
    assert_int_equal(ic_rtp_parse(big, 65535, &rtp), IC_OK);
    assert_int_equal(ic_rtp_parse(big, 65536, &rtp), IC_ERR_INPUT);
    free(big);
}

static void a_written_header_reads_back(void **state)
{
    (void)state;
    uint8_t out[64];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_rtp_head head = {.ssrc = 0xcafe, .ts = 99, .seq = 65535, .pt = 127, .marker = true};
    struct ic_hdrext_item items[2] = {{.id = 3, .len = 2, .data = {0xab, 0xcd}},
                                      {.id = 14, .len = 16, .data = "0123456789abcde"}};
    ic_rtp_write(&w, &head, items, 2);
    ic_wr_u8(&w, 0x55);
    assert_true(ic_wr_ok(&w));

    struct ic_rtp rtp;
    assert_int_equal(parse_copy(out, w.len, &rtp), IC_OK);
    assert_int_equal(rtp.ssrc, 0xcafe);
    assert_int_equal(rtp.ts, 99);
    assert_int_equal(rtp.seq, 65535);
    assert_int_equal(rtp.pt, 127);
    assert_true(rtp.marker);
    assert_int_equal(rtp.ext_profile, IC_HDREXT_PROFILE_ONE_BYTE);
    assert_int_equal(rtp.header_len, 12 + 4 + 20);
    assert_int_equal(rtp.payload_len, 1);

    w = ic_wr_init(out, sizeof out);
    head.marker = false;
    ic_rtp_write(&w, &head, NULL, 0);
    assert_int_equal(w.len, IC_RTP_HEADER_LEN);
    assert_int_equal(parse_copy(out, w.len, &rtp), IC_OK);
    assert_false(rtp.marker);
    assert_false(rtp.has_extension);
}

static void a_full_writer_turns_bad(void **state)
{
    (void)state;
    for (size_t cap = 0; cap < 20; cap++) {
        uint8_t *out = exact_copy((const uint8_t[20]){0}, cap);
        struct ic_wr w = ic_wr_init(out, cap);
        struct ic_hdrext_item item = {.id = 1, .len = 1, .data = {1}};
        ic_rtp_write(&w, &(struct ic_rtp_head){.ssrc = 1}, &item, 1);
        assert_false(ic_wr_ok(&w));
        free(out);
    }
}

static void the_original_sequence_number_needs_two_payload_bytes(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[20];
        size_t len;
        enum ic_err err;
    } table[] = {
        {{FIXED(0x80)}, 12, IC_ERR_INPUT},
        {{FIXED(0x80), 0xab}, 13, IC_ERR_INPUT},
        {{FIXED(0x80), 0xab, 0xcd}, 14, IC_OK},
        {{FIXED(0xa0), 0xab, 0xcd, 1}, 15, IC_OK},
        {{FIXED(0xa0), 0xab, 0xcd, 2}, 15, IC_ERR_INPUT},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_rtp rtp;
        uint16_t osn = 7;
        assert_int_equal(ic_rtp_parse(table[i].bytes, table[i].len, &rtp), IC_OK);
        assert_int_equal(ic_rtp_parse_osn(&rtp, table[i].bytes, table[i].len, &osn), table[i].err);
        assert_int_equal(osn, table[i].err == IC_OK ? 0xabcd : 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_lengths_and_padding_follow_the_table),
        cmocka_unit_test(truncation_at_every_byte_never_reads_behind_the_end),
        cmocka_unit_test(an_extension_is_bad_in_a_shorter_buffer),
        cmocka_unit_test(a_packet_above_16_bits_of_length_is_refused),
        cmocka_unit_test(a_written_header_reads_back),
        cmocka_unit_test(a_full_writer_turns_bad),
        cmocka_unit_test(the_original_sequence_number_needs_two_payload_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
