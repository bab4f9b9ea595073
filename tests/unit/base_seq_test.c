#include "support/cmocka_all.h"

#include "base/prng.h"
#include "base/seq.h"
#include "base/time.h"

static void order_on_the_circle(void **state)
{
    (void)state;
    assert_true(ic_seq16_lt(1, 2));
    assert_false(ic_seq16_lt(2, 1));
    assert_false(ic_seq16_lt(5, 5));
    assert_true(ic_seq16_lt(0xffff, 0));
    assert_false(ic_seq16_lt(0, 0xffff));
    assert_true(ic_seq16_lt(0, 0x7fff));
    assert_false(ic_seq16_lt(0, 0x8000)); /* RFC 1982 3.2: half a circle is undefined; neither */
    assert_false(ic_seq16_lt(0x8000, 0));
    assert_false(ic_seq16_lt(0, 0x8001));
    assert_true(ic_seq32_lt(0xfffffff0, 3));
    assert_false(ic_seq32_lt(3, 0xfffffff0));
    assert_true(ic_seq32_lt(0, 0x7fffffff));
    assert_false(ic_seq32_lt(0, 0x80000000));
    assert_false(ic_seq32_lt(9, 9));
}

/* The same low bits, and no neighbour of the result is nearer to the reference. */
static void extension_is_the_nearest(void **state)
{
    (void)state;
    struct ic_prng prng;
    ic_prng_init(&prng, 3);
    for (int n = 0; n < 100000; n++) {
        uint64_t reference = (UINT64_C(1) << 40) + ic_prng_u64(&prng) % (UINT64_C(1) << 45);
        uint16_t seq = (uint16_t)ic_prng_u32(&prng);
        uint64_t got = ic_seq16_extend(reference, seq);
        assert_int_equal((uint16_t)got, seq);
        assert_true(got > reference ? got - reference <= 0x8000 : reference - got <= 0x8000);
        uint32_t stamp = ic_prng_u32(&prng);
        got = ic_seq32_extend(reference, stamp);
        assert_true((uint32_t)got == stamp);
        assert_true(got > reference ? got - reference <= 0x80000000U
                                    : reference - got <= 0x80000000U);
    }
}

static void extension_at_edges(void **state)
{
    (void)state;
    assert_true(ic_seq16_extend(0x1fffe, 1) == 0x20001);
    assert_true(ic_seq16_extend(0x20001, 0xfffe) == 0x1fffe);
    assert_true(ic_seq16_extend(0x10000, 0) == 0x10000);
    assert_true(ic_seq16_extend(3, 0xfffe) == 0xfffe); /* never below zero */
    assert_true(ic_seq16_extend(0, 0x8000) == 0x8000);
    assert_true(ic_seq16_extend(0x8000, 0) == 0);
    assert_true(ic_seq32_extend(UINT64_C(0x1fffffffe), 1) == UINT64_C(0x200000001));
    assert_true(ic_seq32_extend(UINT64_C(0x200000001), 0xfffffffe) == UINT64_C(0x1fffffffe));
    assert_true(ic_seq32_extend(3, 0xfffffffe) == 0xfffffffe);
}

static void never_stays_never(void **state)
{
    (void)state;
    assert_true(ic_time_is_never(ic_time_add(IC_NEVER, IC_SEC(5))));
    assert_true(ic_time_add((struct ic_time){1}, IC_MS(2)).us == 2001);
    assert_true(ic_time_sub((struct ic_time){5}, (struct ic_time){9}).us == -4);
    assert_true(ic_time_reached((struct ic_time){5}, (struct ic_time){5}));
    assert_false(ic_time_reached((struct ic_time){6}, (struct ic_time){5}));
    assert_false(ic_time_before((struct ic_time){5}, (struct ic_time){5}));
    assert_true(ic_time_min(IC_NEVER, (struct ic_time){7}).us == 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_on_the_circle),
        cmocka_unit_test(extension_is_the_nearest),
        cmocka_unit_test(extension_at_edges),
        cmocka_unit_test(never_stays_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
