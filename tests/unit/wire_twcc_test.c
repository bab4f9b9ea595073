/* Transport-wide feedback: writer against an independent decoder, parser against hand-made bytes.
 */
#include "base/prng.h"
#include "support/cmocka_all.h"
#include "support/exact.h"
#include "wire/twcc.h"

#define CAP 1400

/* ---- the independent decoder: whole arrays, plain indexing, nothing of the product ---- */

struct decoded {
    unsigned base, count, feedback_count;
    long reference;
    bool received[65536];
    long long ticks[65536];
};

static unsigned be16(const uint8_t *b, size_t at)
{
    return (unsigned)b[at] * 256 + b[at + 1];
}

/* Symbols of all chunks to out; returns the offset behind them. */
static size_t decode_symbols(const uint8_t *b, unsigned count, uint8_t *out)
{
    size_t at = 20;
    unsigned n = 0;
    while (n < count) {
        unsigned chunk = be16(b, at);
        at += 2;
        if (chunk < 0x8000) {
            for (unsigned k = 0; k < chunk % 0x2000 && n < count; k++)
                out[n++] = (uint8_t)(chunk / 0x2000);
        } else if (chunk < 0xc000) {
            for (int bit = 13; bit >= 0 && n < count; bit--)
                out[n++] = (uint8_t)(chunk >> bit & 1);
        } else {
            for (int bit = 12; bit >= 0 && n < count; bit -= 2)
                out[n++] = (uint8_t)(chunk >> bit & 3);
        }
    }
    return at;
}

static void decode(const uint8_t *b, size_t len, struct decoded *d)
{
    static uint8_t symbols[65536];
    assert_int_equal(b[0], 0x8f);
    assert_int_equal(b[1], 205);
    assert_int_equal((be16(b, 2) + 1) * 4, len);
    d->base = be16(b, 12);
    d->count = be16(b, 14);
    d->reference = (long)b[16] * 65536 + be16(b, 17);
    if (d->reference >= 1 << 23)
        d->reference -= 1 << 24;
    d->feedback_count = b[19];
    size_t at = decode_symbols(b, d->count, symbols);
    long long now = (long long)d->reference * 256;
    for (unsigned i = 0; i < d->count; i++) {
        d->received[i] = symbols[i] != 0;
        if (symbols[i] == 1) {
            now += b[at];
            at += 1;
        } else if (symbols[i] == 2) {
            unsigned v = be16(b, at);
            now += v >= 32768 ? (long long)v - 65536 : (long long)v;
            at += 2;
        }
        d->ticks[i] = now;
    }
    assert_true(at <= len && len - at < 4); /* nothing but padding left */
    for (; at < len; at++)
        assert_int_equal(b[at], 0);
}

static struct decoded decoded;

/* The low 32 bits of the reference clock are what a feedback can carry. */
static void assert_same_ticks(long long got, int64_t want)
{
    assert_int_equal((got - want) % ((long long)IC_TWCC_REFERENCE_TICKS << 24), 0);
}

/* Write, decode both ways, compare. Returns what ic_twcc_write did. */
static size_t round_trip(const int64_t *arrivals, size_t count, uint16_t base, size_t cap)
{
    uint8_t out[CAP];
    assert_true(cap <= sizeof out);
    struct ic_wr w = ic_wr_init(out, cap);
    struct ic_twcc_head head = {1, 2, base, 99};
    size_t n = ic_twcc_write(&w, &head, arrivals, count);
    assert_true(ic_wr_ok(&w));
    if (n == 0) {
        assert_int_equal(w.len, 0);
        return 0;
    }
    decode(out, w.len, &decoded);
    assert_int_equal(decoded.base, base);
    assert_int_equal(decoded.count, n);
    assert_int_equal(decoded.feedback_count, 99);

    uint8_t *copy = exact_copy(out, w.len);
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    struct ic_twcc t;
    struct ic_twcc_status s;
    ic_rtcp_begin(&r, copy, w.len);
    assert_true(ic_rtcp_next(&r, &p));
    assert_int_equal(ic_twcc_parse(&p, &t), IC_OK);
    for (size_t i = 0; i < n; i++) {
        bool arrived = arrivals[i] != IC_TWCC_LOST;
        assert_true(ic_twcc_next(&t, &s));
        assert_int_equal(s.seq, (uint16_t)(base + i));
        assert_int_equal(s.received, arrived);
        assert_int_equal(decoded.received[i], arrived);
        if (arrived) {
            assert_same_ticks(decoded.ticks[i], arrivals[i]);
            assert_int_equal(s.ticks, decoded.ticks[i]);
        }
    }
    assert_false(ic_twcc_next(&t, &s));
    free(copy);
    return n;
}

static void random_arrivals_round_trip(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 20240601);
    for (int round = 0; round < 3000; round++) {
        int64_t arrivals[IC_TWCC_STATUSES_MAX];
        size_t count = 1 + ic_prng_below(&prng, IC_TWCC_STATUSES_MAX);
        uint32_t loss = ic_prng_below(&prng, 100), large = ic_prng_below(&prng, 100);
        int64_t now = (int64_t)(ic_prng_u64(&prng) >> 20);
        for (size_t i = 0; i < count; i++) {
            now += ic_prng_below(&prng, 100) < large ? (int64_t)ic_prng_below(&prng, 4000) - 1000
                                                     : ic_prng_below(&prng, 256);
            arrivals[i] = ic_prng_below(&prng, 100) < loss ? IC_TWCC_LOST : now;
        }
        arrivals[ic_prng_below(&prng, (uint32_t)count)] = now;
        round_trip(arrivals, count, (uint16_t)ic_prng_u32(&prng), CAP);
    }
}

static void runs_and_vectors_of_every_length_round_trip(void **state)
{
    (void)state;
    for (size_t a = 0; a <= 30; a++) {
        for (size_t b = 0; b <= 30; b++) {
            int64_t arrivals[64];
            size_t n = 0;
            arrivals[n++] = 1000;
            for (size_t i = 0; i < a; i++)
                arrivals[n++] = IC_TWCC_LOST;
            for (size_t i = 0; i < b; i++)
                arrivals[n++] = 1000 + (int64_t)i * (a % 2 == 0 ? 1 : 300);
            assert_int_equal(round_trip(arrivals, n, 65530, CAP), n);
        }
    }
}

static void all_lost_in_front_of_the_first_arrival_are_told(void **state)
{
    (void)state;
    int64_t arrivals[200];
    for (size_t i = 0; i < 200; i++)
        arrivals[i] = i < 150 ? IC_TWCC_LOST : 5000 + (int64_t)i;
    assert_int_equal(round_trip(arrivals, 200, 7, CAP), 200);
    assert_false(decoded.received[149]);
    assert_true(decoded.received[150]);
}

static void nothing_arrived_writes_nothing(void **state)
{
    (void)state;
    int64_t arrivals[3] = {IC_TWCC_LOST, IC_TWCC_LOST, IC_TWCC_LOST};
    assert_int_equal(round_trip(arrivals, 3, 7, CAP), 0);
}

static void a_delta_out_of_range_ends_the_feedback_before_it(void **state)
{
    (void)state;
    static const struct {
        int64_t second;
        size_t told;
    } table[] = {{1000 + 255, 2},   {1000 + 256, 2},   {1000 - 1, 2},    {1000 + 32767, 2},
                 {1000 + 32768, 1}, {1000 - 32768, 2}, {1000 - 32769, 1}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int64_t arrivals[2] = {1000, table[i].second};
        assert_int_equal(round_trip(arrivals, 2, 0, CAP), table[i].told);
    }
}

static void reference_time_wraps_and_may_be_negative(void **state)
{
    (void)state;
    static const int64_t times[] = {0,
                                    255,
                                    256,
                                    -1,
                                    -256,
                                    -257,
                                    (INT64_C(1) << 31) - 1,
                                    INT64_C(1) << 31,
                                    INT64_C(1) << 32,
                                    INT64_C(1) << 45};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        assert_int_equal(round_trip(&times[i], 1, 3, CAP), 1);
}

static void a_small_writer_takes_what_fits(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 5);
    for (size_t cap = 0; cap <= CAP; cap++) {
        int64_t arrivals[IC_TWCC_STATUSES_MAX];
        for (size_t i = 0; i < IC_TWCC_STATUSES_MAX; i++) /* the costliest: all deltas large */
            arrivals[i] = 10000 * (int64_t)i % 20000 + (int64_t)ic_prng_below(&prng, 2) * 300;
        size_t told = round_trip(arrivals, IC_TWCC_STATUSES_MAX, 0, cap);
        assert_true(cap < 28 || told > 0);
    }
    int64_t one = 77;
    assert_int_equal(round_trip(&one, 1, 0, 24), 0);
    assert_int_equal(round_trip(&one, 1, 0, 28), 1);
}

/* ---- parser alone ---- */

#define HEAD(words, count)                                                                         \
    0x8f, 205, 0, (words), 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, (count), 0, 0, 1, 0

static const struct {
    const char *name;
    uint8_t bytes[32];
    size_t len;
    enum ic_err err;
} samples[] = {
    {"one received", {HEAD(5, 1), 0x20, 0x01, 9, 0}, 24, IC_OK},
    {"run longer than the count", {HEAD(5, 1), 0x3f, 0xff, 9, 0}, 24, IC_OK},
    {"run of none", {HEAD(5, 1), 0x20, 0x00, 9, 0}, 24, IC_ERR_INPUT},
    {"count of none", {HEAD(5, 0), 0x20, 0x01, 9, 0}, 24, IC_ERR_INPUT},
    {"run of the reserved symbol", {HEAD(5, 1), 0x60, 0x01, 9, 0}, 24, IC_ERR_INPUT},
    {"vector with the reserved symbol", {HEAD(5, 1), 0xf0, 0x00, 9, 0}, 24, IC_ERR_INPUT},
    {"vector with the reserved symbol, bytes for it",
     {HEAD(6, 1), 0xf0, 0x00, 9, 9, 9, 9, 9, 9},
     28,
     IC_ERR_INPUT},
    {"run of the reserved symbol, bytes for it",
     {HEAD(6, 1), 0x60, 0x01, 9, 9, 9, 9, 9, 9},
     28,
     IC_ERR_INPUT},
    {"reserved symbol behind the count", {HEAD(5, 1), 0xd3, 0xff, 9, 0}, 24, IC_OK},
    {"all lost", {HEAD(5, 14), 0x80, 0x00, 0, 0}, 24, IC_OK},
    {"delta missing", {HEAD(5, 3), 0x20, 0x03, 9, 9}, 24, IC_ERR_INPUT},
    {"large delta half there", {HEAD(6, 1), 0xe0, 0x00, 1, 2, 3, 4, 5}, 27, IC_ERR_INPUT},
    {"chunks missing", {HEAD(5, 200), 0x80, 0x00, 0x80, 0x00}, 24, IC_ERR_INPUT},
    {"no chunk", {HEAD(4, 1)}, 20, IC_ERR_INPUT},
};

/* Parse an exact copy and take every status. */
static enum ic_err parse_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = exact_copy(bytes, len);
    struct ic_rtcp r;
    struct ic_rtcp_packet p;
    struct ic_twcc t;
    struct ic_twcc_status s;
    size_t n = 0;
    enum ic_err err = IC_ERR_INPUT;
    ic_rtcp_begin(&r, copy, len);
    if (ic_rtcp_next(&r, &p))
        err = ic_twcc_parse(&p, &t);
    if (err == IC_OK) {
        while (ic_twcc_next(&t, &s))
            n++;
        assert_int_equal(n, t.status_count);
        assert_true(ic_rd_ok(&t.deltas));
        assert_int_equal(t.deltas.left, 0);
    }
    free(copy);
    return err;
}

static void feedbacks_follow_the_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        print_message("%s\n", samples[i].name);
        assert_int_equal(parse_copy(samples[i].bytes, samples[i].len), samples[i].err);
    }
}

static void truncation_at_every_byte_is_refused(void **state)
{
    (void)state;
    int64_t arrivals[64];
    uint8_t out[CAP];
    for (size_t i = 0; i < 64; i++)
        arrivals[i] = i % 5 == 4 ? IC_TWCC_LOST : (int64_t)(i * (i % 3 == 0 ? 400 : 10));
    struct ic_wr w = ic_wr_init(out, sizeof out);
    struct ic_twcc_head head = {1, 2, 3, 4};
    assert_int_equal(ic_twcc_write(&w, &head, arrivals, 64), 64);
    assert_int_equal(parse_copy(out, w.len), IC_OK);
    for (size_t len = 0; len < w.len; len++) {
        uint8_t cut[CAP];
        memcpy(cut, out, len);
        assert_int_equal(parse_copy(cut, len), IC_ERR_INPUT);
        if (len >= 4 && len % 4 == 0) { /* the length field says so, too */
            cut[3] = (uint8_t)(len / 4 - 1);
            assert_int_equal(parse_copy(cut, len), IC_ERR_INPUT);
        }
    }
}

static void a_feedback_about_65535_packets_is_read_in_bounded_steps(void **state)
{
    (void)state;
    uint8_t bytes[40] = {0x8f, 205, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0xff, 0xff, 0, 0, 1, 0};
    for (size_t i = 0; i < 9; i++) { /* nine runs of 8,191 lost */
        bytes[20 + 2 * i] = 0x1f;
        bytes[21 + 2 * i] = 0xff;
    }
    assert_int_equal(parse_copy(bytes, sizeof bytes), IC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_arrivals_round_trip),
        cmocka_unit_test(runs_and_vectors_of_every_length_round_trip),
        cmocka_unit_test(all_lost_in_front_of_the_first_arrival_are_told),
        cmocka_unit_test(nothing_arrived_writes_nothing),
        cmocka_unit_test(a_delta_out_of_range_ends_the_feedback_before_it),
        cmocka_unit_test(reference_time_wraps_and_may_be_negative),
        cmocka_unit_test(a_small_writer_takes_what_fits),
        cmocka_unit_test(feedbacks_follow_the_table),
        cmocka_unit_test(truncation_at_every_byte_is_refused),
        cmocka_unit_test(a_feedback_about_65535_packets_is_read_in_bounded_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
