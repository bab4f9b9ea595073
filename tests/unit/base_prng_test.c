#include "support/cmocka_all.h"

#include "base/prng.h"

/* xoshiro256** from the state 1, 2, 3, 4, as its authors' program gives it. */
static void reference_sequence(void **state)
{
    (void)state;
    static const uint64_t want[] = {UINT64_C(11520), UINT64_C(0), UINT64_C(1509978240),
                                    UINT64_C(1215971899390074240)};
    struct ic_prng p = {{1, 2, 3, 4}};
    for (size_t i = 0; i < 4; i++)
        assert_true(ic_prng_u64(&p) == want[i]);
}

/* splitmix64 from 0, likewise: what a seed becomes. */
static void seeding_is_splitmix64(void **state)
{
    (void)state;
    static const uint64_t want[] = {UINT64_C(0xe220a8397b1dcdaf), UINT64_C(0x6e789e6aa1b965f4),
                                    UINT64_C(0x06c45d188009454f), UINT64_C(0xf88bb8a8724c81ec)};
    struct ic_prng p;
    ic_prng_init(&p, 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(p.s[i] == want[i]);
}

static void same_seed_same_sequence(void **state)
{
    (void)state;
    struct ic_prng a, b, c;
    ic_prng_init(&a, 42);
    ic_prng_init(&b, 42);
    ic_prng_init(&c, 43);
    size_t same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = ic_prng_u64(&a);
        assert_true(x == ic_prng_u64(&b));
        same += x == ic_prng_u64(&c);
    }
    assert_int_equal(same, 0);
}

static void below_stays_below_and_reaches_all(void **state)
{
    (void)state;
    struct ic_prng p;
    size_t hits[7] = {0};
    ic_prng_init(&p, 5);
    for (int i = 0; i < 70000; i++) {
        uint32_t x = ic_prng_below(&p, 7);
        assert_true(x < 7);
        hits[x]++;
    }
    for (size_t i = 0; i < 7; i++)
        assert_in_range(hits[i], 9500, 10500);
    assert_int_equal(ic_prng_below(&p, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_sequence),
        cmocka_unit_test(seeding_is_splitmix64),
        cmocka_unit_test(same_seed_same_sequence),
        cmocka_unit_test(below_stays_below_and_reaches_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
