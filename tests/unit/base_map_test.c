#include "support/cmocka_all.h"

#include "base/map.h"
#include "base/prng.h"

static const uint64_t seed[2] = {1, 2};

/* The vectors of the SipHash-2-4 paper and of its reference program: key 00 01 .. 0f, input the
 * first n of 00 01 02 .. */
static void siphash_reference_vectors(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint64_t want;
    } rows[] = {
        {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
        {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
        {15, UINT64_C(0xa129ca6149be45e5)}, {63, UINT64_C(0x958a324ceb064572)},
    };
    const uint64_t key[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
    uint8_t input[64];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)i;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        assert_true(ic_siphash(key, input, rows[r].n) == rows[r].want);
}

/* Keys from a small space, so that they come and go often, in a full table, so that runs of taken
 * places are long. */
static void random_use_against_a_model(void **state)
{
    (void)state;
    enum { SPACE = 96, MAX = 64 };
    static const size_t sizes[] = {1, 2, 7, 18, IC_MAP_KEY_MAX};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        struct ic_map m;
        struct ic_prng prng;
        bool has[SPACE] = {false};
        uint32_t value_of[SPACE] = {0}, count = 0;
        ic_prng_init(&prng, s);
        assert_int_equal(ic_map_init(&m, sizes[s], MAX, seed), IC_OK);
        for (int n = 0; n < 20000; n++) {
            uint32_t k = ic_prng_below(&prng, SPACE), value = ic_prng_u32(&prng), got = 0;
            uint8_t key[IC_MAP_KEY_MAX] = {0};
            key[sizes[s] - 1] = (uint8_t)k;
            if (ic_prng_below(&prng, 5) < 3) {
                enum ic_err want = !has[k] && count == MAX ? IC_ERR_FULL : IC_OK;
                assert_int_equal(ic_map_set(&m, key, value), want);
                if (want == IC_OK) {
                    count += !has[k];
                    has[k] = true;
                    value_of[k] = value;
                }
            } else {
                assert_int_equal(ic_map_remove(&m, key), has[k]);
                count -= has[k];
                has[k] = false;
            }
            assert_int_equal(m.count, count);
            for (uint32_t i = 0; i < SPACE; i++) {
                key[sizes[s] - 1] = (uint8_t)i;
                assert_int_equal(ic_map_find(&m, key, &got), has[i]);
                if (has[i])
                    assert_int_equal(got, value_of[i]);
            }
        }
        ic_map_deinit(&m);
        ic_map_deinit(&m);
    }
}

static void absent_keys_leave_the_value_alone(void **state)
{
    (void)state;
    struct ic_map m;
    uint32_t value = 77;
    assert_int_equal(ic_map_init(&m, 4, 1, seed), IC_OK);
    assert_false(ic_map_find(&m, "abcd", &value));
    assert_int_equal(value, 77);
    assert_int_equal(ic_map_set(&m, "abcd", 1), IC_OK);
    assert_int_equal(ic_map_set(&m, "abce", 2), IC_ERR_FULL);
    assert_int_equal(ic_map_set(&m, "abcd", 3), IC_OK); /* replacing needs no room */
    assert_true(ic_map_find(&m, "abcd", &value));
    assert_int_equal(value, 3);
    ic_map_deinit(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(siphash_reference_vectors),
        cmocka_unit_test(random_use_against_a_model),
        cmocka_unit_test(absent_keys_leave_the_value_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
