/* Index estimation and replay window, alone. */
#include "support/cmocka_all.h"

#include "base/prng.h"
#include "transport/srtp_replay.h"

#define WINDOW 1024

/* What RFC 3711 3.3.1 asks for in words: of three candidates the closest one. At a distance of
 * exactly 2^15 two are as close; there appendix A stays in the current cycle. */
static uint64_t closest(uint64_t highest, uint16_t seq)
{
    uint64_t roc = highest >> 16;
    uint64_t best = roc << 16 | seq;
    for (uint64_t v = roc == 0 ? 0 : roc - 1; v <= roc + 1; v++) {
        uint64_t i = v << 16 | seq;
        uint64_t distance = i > highest ? i - highest : highest - i;
        uint64_t best_distance = best > highest ? best - highest : highest - best;
        if (distance < best_distance)
            best = i;
    }
    return best;
}

static void estimate_is_the_closest_index(void **state)
{
    (void)state;
    static const uint16_t lows[] = {0,      1,      2,      0x3fff, 0x7ffe, 0x7fff, 0x8000,
                                    0x8001, 0x8002, 0xbfff, 0xfffd, 0xfffe, 0xffff};
    static const uint64_t rocs[] = {1, 2, 0xffff, 0xfffffffe};
    for (size_t r = 0; r < sizeof rocs / sizeof rocs[0]; r++) {
        for (size_t l = 0; l < sizeof lows / sizeof lows[0]; l++) {
            uint64_t highest = rocs[r] << 16 | lows[l];
            for (uint32_t seq = 0; seq <= 0xffff; seq++) {
                if (ic_srtp_replay_estimate(highest, (uint16_t)seq) !=
                    closest(highest, (uint16_t)seq))
                    fail_msg("highest %llx seq %x", (unsigned long long)highest, (unsigned)seq);
            }
        }
    }
}

static void estimate_never_goes_below_zero(void **state)
{
    (void)state;
    assert_int_equal(ic_srtp_replay_estimate(3, 65530), 65530);
    assert_int_equal(ic_srtp_replay_estimate(0, 0xffff), 0xffff);
    assert_int_equal(ic_srtp_replay_estimate(0x7fff, 0xffff), 0xffff);
    assert_int_equal(ic_srtp_replay_estimate(0x8001, 0), 0x10000);
    assert_int_equal(ic_srtp_replay_estimate(0x8000, 0), 0);
}

/* Rows in order: an index that arrives, and what becomes of it. */
static void window_as_a_table(void **state)
{
    (void)state;
    static const struct {
        int row;
        uint64_t index;
        enum ic_err verdict;
    } rows[] = {
        {1, 5000, IC_OK},
        {2, 5000, IC_ERR_REPLAY}, /* the same again */
        {3, 5001, IC_OK},
        {4, 4999, IC_OK}, /* late */
        {5, 4999, IC_ERR_REPLAY},
        {6, 3978, IC_OK},         /* 5001 - 1023: the oldest of the window */
        {7, 3977, IC_ERR_REPLAY}, /* just too old */
        {8, 0, IC_ERR_REPLAY},
        {9, 6024, IC_OK}, /* +1023: 5001 stays in the window */
        {10, 5001, IC_ERR_REPLAY},
        {11, 5000, IC_ERR_REPLAY}, /* seen, and now too old as well */
        {12, 5002, IC_OK},         /* never seen */
        {13, 7048, IC_OK},         /* +1024: everything before is too old or unseen */
        {14, 6025, IC_OK},         /* 7048 - 1023 */
        {15, 6024, IC_ERR_REPLAY}, /* its bit is the one of 7048 */
        {16, 1000000, IC_OK},      /* a long jump clears the window */
        {17, 998977, IC_OK},       /* 1000000 - 1023 */
        {18, 998976, IC_ERR_REPLAY},
        {19, 999999, IC_OK},
        {20, 1000000, IC_ERR_REPLAY},
        {21, (UINT64_C(1) << 48) - 1, IC_OK},
        {22, (UINT64_C(1) << 48) - 1024, IC_OK},
        {23, (UINT64_C(1) << 48) - 1025, IC_ERR_REPLAY},
    };
    uint64_t bits[WINDOW / 64] = {0}, highest = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum ic_err got = ic_srtp_replay_check(bits, WINDOW, highest, rows[i].index);
        if (got != rows[i].verdict)
            fail_msg("row %d: %d", rows[i].row, (int)got);
        if (got == IC_OK)
            ic_srtp_replay_mark(bits, WINDOW, &highest, rows[i].index);
    }
}

/* A random walk against a model that remembers everything. */
static void window_against_a_model(void **state)
{
    (void)state;
    enum { SPAN = 200000 };
    static bool seen[SPAN];
    static const size_t sizes[] = {64, 128, 1024};
    for (size_t s = 0; s < 3; s++) {
        struct ic_prng prng;
        uint64_t bits[WINDOW / 64] = {0}, highest = 0, at = 0;
        memset(seen, 0, sizeof seen);
        ic_prng_init(&prng, 7 + s);
        for (int i = 0; i < 150000; i++) {
            if (ic_prng_below(&prng, 3) == 0)
                at += ic_prng_below(&prng, ic_prng_below(&prng, 200) == 0 ? 3000 : 4);
            uint64_t back = ic_prng_below(&prng, (uint32_t)sizes[s] + 40);
            uint64_t index = at > back ? at - back : at;
            if (index >= SPAN)
                break;
            bool old = highest >= sizes[s] && index <= highest - sizes[s];
            enum ic_err want = old || seen[index] ? IC_ERR_REPLAY : IC_OK;
            assert_int_equal(ic_srtp_replay_check(bits, sizes[s], highest, index), want);
            if (want == IC_OK) {
                ic_srtp_replay_mark(bits, sizes[s], &highest, index);
                seen[index] = true;
            }
        }
        assert_true(highest > 50000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimate_is_the_closest_index),
        cmocka_unit_test(estimate_never_goes_below_zero),
        cmocka_unit_test(window_as_a_table),
        cmocka_unit_test(window_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
