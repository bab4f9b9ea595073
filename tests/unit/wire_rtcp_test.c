/* RTCP: compound walk, reports, descriptions, feedback. */
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "wire/rtcp.h"

#define CAP 2048

struct bytes {
    uint8_t b[CAP];
    size_t len;
};

/* Use every parser on every packet of an exact copy; returns how many packets were walked. */
static size_t walk(const uint8_t *bytes, size_t len, bool *bad)
{
    uint8_t *copy = exact_copy(bytes, len);
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    size_t packets = 0, steps = 0;
    ic_rtcp_begin(&r, copy, len);
    for (; ic_rtcp_next(&r, &p); packets++) {
        struct ic_rtcp_sender sender;
        struct ic_rtcp_blocks blocks;
        struct ic_rtcp_block block;
        struct ic_rtcp_nack nack;
        struct ic_rd list;
        uint32_t ssrc;
        uint8_t command;
        uint16_t seq;
        char cname[IC_RTCP_CNAME_MAX + 1];
        if (ic_rtcp_parse_sr(&p, &sender, &blocks) == IC_OK)
            while (ic_rtcp_blocks_next(&blocks, &block))
                steps++;
        if (ic_rtcp_parse_rr(&p, &ssrc, &blocks) == IC_OK)
            while (ic_rtcp_blocks_next(&blocks, &block))
                steps++;
        if (ic_rtcp_parse_bye(&p, &list) == IC_OK)
            while (ic_rtcp_bye_next(&list, &ssrc))
                steps++;
        if (ic_rtcp_parse_nack(&p, &nack) == IC_OK)
            while (ic_rtcp_nack_next(&nack, &seq))
                steps++;
        if (ic_rtcp_parse_fir(&p, &list) == IC_OK)
            while (ic_rtcp_fir_next(&list, &ssrc, &command))
                steps++;
        if (ic_rtcp_parse_cname(&p, &ssrc, cname) == IC_OK)
            steps += strlen(cname);
        if (ic_rtcp_parse_pli(&p, &ssrc) == IC_OK)
            steps++;
    }
    assert_true(steps <= len * 8);
    *bad = r.bad;
    free(copy);
    return packets;
}

/* A compound with one packet of each kind. */
static struct bytes everything(void)
{
    struct bytes out;
    struct ic_wr w = ic_wr_init(out.b, sizeof out.b);
    struct ic_rtcp_sender sender = {.ssrc = 1, .ntp = 2, .rtp_ts = 3, .packets = 4, .octets = 5};
    struct ic_rtcp_block blocks[2] = {{.ssrc = 6}, {.ssrc = 7}};
    ic_rtcp_write_sr(&w, &sender, blocks, 2);
    ic_rtcp_write_cname(&w, 1, "abcdefg");
    ic_rtcp_write_rr(&w, 1, blocks, 1);
    ic_rtcp_write_nack(&w, 1, 6, (const uint16_t[]){5, 7, 100}, 3);
    ic_rtcp_write_pli(&w, 1, 6);
    ic_rtcp_write_fir(&w, 1, 6, 9);
    ic_rtcp_write_bye(&w, (const uint32_t[]){1, 2}, 2);
    assert_true(ic_wr_ok(&w));
    out.len = w.len;
    return out;
}

static void only_rtcp_types_count_as_rtcp(void **state)
{
    (void)state;
    for (unsigned second = 0; second < 256; second++) {
        uint8_t bytes[2] = {0x80, (uint8_t)second};
        assert_int_equal(ic_rtcp_is_rtcp(bytes, 2), second >= 192 && second <= 223);
    }
    assert_false(ic_rtcp_is_rtcp((const uint8_t[]){0x80}, 1));
}

static void compounds_follow_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[24];
        size_t len;
        size_t packets;
        bool bad;
    } table[] = {
        {"nothing", {0}, 0, 0, false},
        {"shortest", {0x80, 204, 0, 0}, 4, 1, false},
        {"two", {0x80, 204, 0, 0, 0x80, 204, 0, 1, 1, 2, 3, 4}, 12, 2, false},
        {"version 1", {0x40, 204, 0, 0}, 4, 0, true},
        {"version 3", {0xc0, 204, 0, 0}, 4, 0, true},
        {"three bytes", {0x80, 204, 0}, 3, 0, true},
        {"length one word too long", {0x80, 204, 0, 1}, 4, 0, true},
        {"length all ones", {0x80, 204, 0xff, 0xff, 1, 2, 3, 4}, 8, 0, true},
        {"second cut, first stands", {0x80, 204, 0, 0, 0x80, 204, 0, 1}, 8, 1, true},
        {"trailing byte", {0x80, 204, 0, 0, 0x80}, 5, 1, true},
        {"padding of four", {0xa0, 204, 0, 1, 0, 0, 0, 4}, 8, 1, false},
        {"padding of five", {0xa0, 204, 0, 1, 0, 0, 0, 5}, 8, 0, true},
        {"padding of zero", {0xa0, 204, 0, 1, 0, 0, 0, 0}, 8, 0, true},
        {"padding without a body", {0xa0, 204, 0, 0}, 4, 0, true},
        {"padding that is no multiple of four", {0xa0, 204, 0, 1, 9, 0, 0, 3}, 8, 1, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        bool bad;
        print_message("%s\n", table[i].name);
        assert_int_equal(walk(table[i].bytes, table[i].len, &bad), table[i].packets);
        assert_int_equal(bad, table[i].bad);
    }
}

static void truncation_at_every_byte_never_reads_behind_the_end(void **state)
{
    (void)state;
    struct bytes all = everything();
    bool bad;
    assert_int_equal(walk(all.b, all.len, &bad), 7);
    assert_false(bad);
    for (size_t len = 0; len < all.len; len++)
        assert_true(walk(all.b, len, &bad) < 7);
    /* each packet alone, its body cut to every length, its length field made to fit */
    for (size_t at = 0; at < all.len;) {
        size_t size = ((size_t)all.b[at + 2] << 8 | all.b[at + 3]) * 4 + 4;
        for (size_t n = 4; n <= size; n += 4) {
            struct bytes cut = {.len = n};
            memcpy(cut.b, all.b + at, n);
            cut.b[3] = (uint8_t)(n / 4 - 1);
            walk(cut.b, n, &bad);
            assert_false(bad);
        }
        at += size;
    }
}

/* The first packet of a compound. */
static struct ic_rtcp_packet first(const uint8_t *bytes, size_t len)
{
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    ic_rtcp_begin(&r, bytes, len);
    assert_true(ic_rtcp_next(&r, &p));
    return p;
}

static void a_sender_report_reads_back(void **state)
{
    (void)state;
    uint8_t out[CAP];
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_rtcp_sender sender = {.ssrc = 0x11223344,
                                    .ntp = 0x0102030405060708,
                                    .rtp_ts = 0xfffffffe,
                                    .packets = 12,
                                    .octets = 0x80000000};
    struct ic_rtcp_block written[IC_RTCP_BLOCKS_MAX] = {
        {.ssrc = 5,
         .fraction_lost = 255,
         .cumulative_lost = -0x800000,
         .highest_seq = 0x1ffff,
         .jitter = 77,
         .lsr = 0xabcdef01,
         .dlsr = 65536},
        {.ssrc = 6, .cumulative_lost = 0x7fffff},
        {.ssrc = 7, .cumulative_lost = -1},
    };
    ic_rtcp_write_sr(&w, &sender, written, IC_RTCP_BLOCKS_MAX);
    assert_true(ic_wr_ok(&w));
    struct ic_rtcp_packet p = first(out, w.len);
    struct ic_rtcp_sender s;
    struct ic_rtcp_blocks blocks;
    struct ic_rtcp_block b;
    assert_int_equal(ic_rtcp_parse_sr(&p, &s, &blocks), IC_OK);
    assert_true(s.ssrc == sender.ssrc && s.ntp == sender.ntp && s.rtp_ts == sender.rtp_ts &&
                s.packets == sender.packets && s.octets == sender.octets);
    for (size_t i = 0; i < IC_RTCP_BLOCKS_MAX; i++) {
        assert_true(ic_rtcp_blocks_next(&blocks, &b));
        assert_int_equal(b.ssrc, written[i].ssrc);
        assert_int_equal(b.fraction_lost, written[i].fraction_lost);
        assert_int_equal(b.cumulative_lost, written[i].cumulative_lost);
        assert_int_equal(b.highest_seq, written[i].highest_seq);
        assert_int_equal(b.jitter, written[i].jitter);
        assert_int_equal(b.lsr, written[i].lsr);
        assert_int_equal(b.dlsr, written[i].dlsr);
    }
    assert_false(ic_rtcp_blocks_next(&blocks, &b));
    uint32_t reporter;
    assert_int_equal(ic_rtcp_parse_rr(&p, &reporter, &blocks), IC_ERR_INPUT);
}

static void a_report_shorter_than_its_count_is_refused(void **state)
{
    (void)state;
    struct bytes all = everything();
    all.b[0] = 0x83; /* three blocks, two are there */
    struct ic_rtcp_packet p = first(all.b, all.len);
    struct ic_rtcp_sender s;
    struct ic_rtcp_blocks blocks;
    assert_int_equal(ic_rtcp_parse_sr(&p, &s, &blocks), IC_ERR_INPUT);
    all.b[0] = 0x81; /* one block, profile bytes behind */
    p = first(all.b, all.len);
    assert_int_equal(ic_rtcp_parse_sr(&p, &s, &blocks), IC_OK);
    assert_int_equal(blocks.left, 1);
}

static void a_cname_of_each_length_ends_on_a_word_and_reads_back(void **state)
{
    (void)state;
    for (size_t n = 1; n <= IC_RTCP_CNAME_MAX; n++) {
        uint8_t out[CAP];
        char text[IC_RTCP_CNAME_MAX + 1] = {0}, cname[IC_RTCP_CNAME_MAX + 1];
        memset(text, 'x', n);
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_rtcp_write_cname(&w, 42, text);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len % 4, 0);
        assert_int_equal(out[w.len - 1], 0); /* at least one null ends the items */
        uint32_t ssrc = 0;
        struct ic_rtcp_packet p = first(out, w.len);
        assert_int_equal(ic_rtcp_parse_cname(&p, &ssrc, cname), IC_OK);
        assert_int_equal(ssrc, 42);
        assert_string_equal(cname, text);
    }
}

static void descriptions_follow_the_table(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[32];
        size_t len;
        const char *cname; /* NULL: refused */
    } table[] = {
        {"other item first", {0x81, 202, 0, 3, 0, 0, 0, 9, 2, 1, 'z', 1, 2, 'a', 'b', 0}, 16, "ab"},
        {"in the second chunk",
         {0x82, 202, 0, 4, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 8, 1, 1, 'q', 0},
         20,
         "q"},
        {"no CNAME", {0x81, 202, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0}, 12, NULL},
        {"no chunk", {0x80, 202, 0, 0}, 4, NULL},
        {"item reaches behind the end", {0x81, 202, 0, 2, 0, 0, 0, 9, 1, 3, 'a', 'b'}, 12, NULL},
        {"no end of items", {0x81, 202, 0, 2, 0, 0, 0, 9, 1, 2, 'a', 'b'}, 12, NULL},
        {"more chunks than there are", {0x82, 202, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0}, 12, NULL},
        {"empty CNAME", {0x81, 202, 0, 2, 0, 0, 0, 9, 1, 0, 0, 0}, 12, ""},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char cname[IC_RTCP_CNAME_MAX + 1];
        uint32_t ssrc;
        uint8_t *copy = exact_copy(table[i].bytes, table[i].len);
        struct ic_rtcp_packet p = first(copy, table[i].len);
        print_message("%s\n", table[i].name);
        enum ic_err err = ic_rtcp_parse_cname(&p, &ssrc, cname);
        assert_int_equal(err, table[i].cname == NULL ? IC_ERR_INPUT : IC_OK);
        if (err == IC_OK)
            assert_string_equal(cname, table[i].cname);
        free(copy);
    }
}

static void a_nack_round_trips_and_packs_neighbours(void **state)
{
    (void)state;
    static const struct {
        uint16_t seqs[20];
        size_t count, entries;
    } table[] = {
        {{7}, 1, 1},
        {{7, 8}, 2, 1},
        {{7, 23}, 2, 1},
        {{7, 24}, 2, 2},
        {{65534, 65535, 0, 1, 14}, 5, 1},
        {{65534, 15}, 2, 2},
        {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}, 17, 1},
        {{0, 0x8000}, 2, 2},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        uint8_t out[CAP];
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_rtcp_write_nack(&w, 1, 2, table[i].seqs, table[i].count);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len, 12 + 4 * table[i].entries);
        struct ic_rtcp_packet p = first(out, w.len);
        struct ic_rtcp_nack n;
        assert_int_equal(ic_rtcp_parse_nack(&p, &n), IC_OK);
        assert_int_equal(n.sender_ssrc, 1);
        assert_int_equal(n.media_ssrc, 2);
        uint16_t seq;
        for (size_t k = 0; k < table[i].count; k++) {
            assert_true(ic_rtcp_nack_next(&n, &seq));
            assert_int_equal(seq, table[i].seqs[k]);
        }
        assert_false(ic_rtcp_nack_next(&n, &seq));
    }
}

/* trust.md A1: "NACK of 17 x 65,535 sequence numbers: bounded time" */
static void a_huge_nack_gives_a_bounded_number_of_sequences(void **state)
{
    (void)state;
    size_t len = 12 + 4 * 65532;
    uint8_t *bytes = malloc(len);
    assert_non_null(bytes);
    memset(bytes, 0xff, len);
    static const uint8_t head[] = {0x81, 205, 0xff, 0xfe};
    memcpy(bytes, head, 4);
    struct ic_rtcp_packet p = first(bytes, len);
    struct ic_rtcp_nack n;
    uint16_t seq;
    size_t count = 0;
    assert_int_equal(ic_rtcp_parse_nack(&p, &n), IC_OK);
    while (ic_rtcp_nack_next(&n, &seq))
        count++;
    assert_int_equal(count, IC_RTCP_NACK_SEQS_MAX);
    free(bytes);
}

static void feedback_of_unfit_length_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint8_t bytes[24];
        size_t len;
    } table[] = {
        {"NACK without entries", {0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12},
        {"NACK without media SSRC", {0x81, 205, 0, 1, 0, 0, 0, 1}, 8},
        {"NACK of three bytes", {0xa1, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 1}, 16},
        {"PLI without media SSRC", {0x81, 206, 0, 1, 0, 0, 0, 1}, 8},
        {"FIR without entries", {0x84, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12},
        {"FIR of half an entry", {0x84, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4}, 16},
        {"BYE shorter than its count", {0x82, 203, 0, 1, 0, 0, 0, 1}, 8},
        {"PLI with the type of a NACK", {0x82, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2}, 12},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct ic_rtcp_packet p = first(table[i].bytes, table[i].len);
        struct ic_rtcp_nack n;
        struct ic_rd list;
        uint32_t ssrc;
        print_message("%s\n", table[i].name);
        assert_int_equal(ic_rtcp_parse_nack(&p, &n), IC_ERR_INPUT);
        assert_int_equal(ic_rtcp_parse_pli(&p, &ssrc), IC_ERR_INPUT);
        assert_int_equal(ic_rtcp_parse_fir(&p, &list), IC_ERR_INPUT);
        assert_int_equal(ic_rtcp_parse_bye(&p, &list), IC_ERR_INPUT);
    }
}

static void requests_and_goodbyes_read_back(void **state)
{
    (void)state;
    uint8_t out[CAP];
    uint32_t ssrc;
    uint8_t command;
    struct ic_rd list;

    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_rtcp_write_pli(&w, 1, 0xfeedf00d);
    struct ic_rtcp_packet p = first(out, w.len);
    assert_int_equal(ic_rtcp_parse_pli(&p, &ssrc), IC_OK);
    assert_int_equal(ssrc, 0xfeedf00d);

    w = ic_wr_init(out, sizeof out);
    ic_rtcp_write_fir(&w, 1, 0xfeedf00d, 200);
    p = first(out, w.len);
    assert_int_equal(ic_rtcp_parse_fir(&p, &list), IC_OK);
    assert_true(ic_rtcp_fir_next(&list, &ssrc, &command));
    assert_int_equal(ssrc, 0xfeedf00d);
    assert_int_equal(command, 200);
    assert_false(ic_rtcp_fir_next(&list, &ssrc, &command));

    w = ic_wr_init(out, sizeof out);
    ic_rtcp_write_bye(&w, (const uint32_t[]){3, 4}, 2);
    p = first(out, w.len);
    assert_int_equal(ic_rtcp_parse_bye(&p, &list), IC_OK);
    assert_true(ic_rtcp_bye_next(&list, &ssrc) && ssrc == 3);
    assert_true(ic_rtcp_bye_next(&list, &ssrc) && ssrc == 4);
    assert_false(ic_rtcp_bye_next(&list, &ssrc));
}

static void a_full_writer_turns_bad_and_never_writes_behind_the_end(void **state)
{
    (void)state;
    struct ic_rtcp_block block = {.ssrc = 1};
    struct ic_rtcp_sender sender = {.ssrc = 1};
    for (size_t cap = 0; cap < 16; cap++) {
        uint8_t *out = exact_copy((const uint8_t[16]){0}, cap);
        struct ic_wr w = ic_wr_init(out, cap);
        ic_rtcp_write_sr(&w, &sender, &block, 1);
        assert_false(ic_wr_ok(&w));
        w = ic_wr_init(out, cap);
        ic_rtcp_write_nack(&w, 1, 2, (const uint16_t[]){1}, 1);
        assert_false(ic_wr_ok(&w));
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_rtcp_types_count_as_rtcp),
        cmocka_unit_test(compounds_follow_the_table),
        cmocka_unit_test(truncation_at_every_byte_never_reads_behind_the_end),
        cmocka_unit_test(a_sender_report_reads_back),
        cmocka_unit_test(a_report_shorter_than_its_count_is_refused),
        cmocka_unit_test(a_cname_of_each_length_ends_on_a_word_and_reads_back),
        cmocka_unit_test(descriptions_follow_the_table),
        cmocka_unit_test(a_nack_round_trips_and_packs_neighbours),
        cmocka_unit_test(a_huge_nack_gives_a_bounded_number_of_sequences),
        cmocka_unit_test(feedback_of_unfit_length_is_refused),
        cmocka_unit_test(requests_and_goodbyes_read_back),
        cmocka_unit_test(a_full_writer_turns_bad_and_never_writes_behind_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
