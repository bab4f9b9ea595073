#include "support/cmocka_all.h"

#include "base/pool.h"
#include "base/prng.h"

static void stale_handles_find_nothing(void **state)
{
    (void)state;
    struct ic_pool p;
    struct ic_ref first, second;
    assert_int_equal(ic_pool_init(&p, 10, 1), IC_OK);
    uint8_t *item = ic_pool_get(&p, &first);
    assert_non_null(item);
    assert_false(ic_ref_is_none(first));
    assert_ptr_equal(ic_pool_at(&p, first), item);
    memset(item, 0xff, 10);
    ic_pool_put(&p, first);
    assert_null(ic_pool_at(&p, first));
    assert_null(ic_pool_at_index(&p, first.index, &second));
    item = ic_pool_get(&p, &second);
    assert_int_equal(second.index, first.index);
    assert_false(ic_ref_eq(first, second));
    for (int i = 0; i < 10; i++)
        assert_int_equal(item[i], 0); /* handed out clean */
    assert_null(ic_pool_at(&p, first));
    ic_pool_put(&p, first); /* stale: does not take the slot from its new owner */
    assert_ptr_equal(ic_pool_at(&p, second), item);
    ic_pool_put(&p, second);
    ic_pool_put(&p, second); /* twice is once */
    assert_int_equal(p.used, 0);
    ic_pool_deinit(&p);
    ic_pool_deinit(&p);
}

static void forged_handles_find_nothing(void **state)
{
    (void)state;
    struct ic_pool p;
    struct ic_ref ref;
    assert_int_equal(ic_pool_init(&p, 1, 4), IC_OK);
    assert_non_null(ic_pool_get(&p, &ref));
    for (uint32_t index = 0; index < 8; index++) {
        for (uint32_t generation = 0; generation < 8; generation++) {
            struct ic_ref forged = {index, generation};
            assert_int_equal(ic_pool_at(&p, forged) != NULL, ic_ref_eq(forged, ref));
        }
    }
    assert_null(ic_pool_at(&p, (struct ic_ref){0}));
    assert_null(ic_pool_at(&p, (struct ic_ref){UINT32_MAX, 1}));
    assert_true(ic_ref_is_none((struct ic_ref){0}));
    ic_pool_deinit(&p);
}

static void full_is_null_and_slots_do_not_overlap(void **state)
{
    (void)state;
    enum { COUNT = 37, SIZE = 65 };
    struct ic_pool p;
    struct ic_ref refs[COUNT], extra = {7, 7};
    assert_int_equal(ic_pool_init(&p, SIZE, COUNT), IC_OK);
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *item = ic_pool_get(&p, &refs[i]);
        assert_non_null(item);
        assert_int_equal((uintptr_t)item % 64, 0); /* no two share a cache line */
        memset(item, (int)i, SIZE);
    }
    assert_null(ic_pool_get(&p, &extra));
    assert_int_equal(extra.index, 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        const uint8_t *item = ic_pool_at(&p, refs[i]);
        for (int b = 0; b < SIZE; b++)
            assert_int_equal(item[b], i);
    }
    ic_pool_put(&p, refs[20]);
    assert_non_null(ic_pool_get(&p, &extra));
    assert_int_equal(extra.index, refs[20].index);
    ic_pool_deinit(&p);
}

/* Random takes and returns against a plain list of who holds what. */
static void random_use_against_a_model(void **state)
{
    (void)state;
    enum { COUNT = 16 };
    struct ic_pool p;
    struct ic_ref held[COUNT], returned = {0};
    uint64_t mark[COUNT];
    uint32_t used = 0;
    struct ic_prng prng;
    ic_prng_init(&prng, 1);
    assert_int_equal(ic_pool_init(&p, sizeof(uint64_t), COUNT), IC_OK);
    for (int n = 0; n < 20000; n++) {
        if (ic_prng_below(&prng, 2) == 0) {
            struct ic_ref ref;
            uint64_t *item = ic_pool_get(&p, &ref);
            assert_int_equal(item == NULL, used == COUNT);
            if (item != NULL) {
                mark[used] = *item = ic_prng_u64(&prng);
                held[used++] = ref;
            }
        } else if (used > 0) {
            uint32_t i = ic_prng_below(&prng, used);
            returned = held[i];
            ic_pool_put(&p, returned);
            held[i] = held[--used];
            mark[i] = mark[used];
        }
        assert_int_equal(p.used, used);
        assert_null(ic_pool_at(&p, returned));
        uint32_t seen = 0;
        for (uint32_t i = 0; i < COUNT; i++) {
            struct ic_ref ref;
            seen += ic_pool_at_index(&p, i, &ref) != NULL;
        }
        assert_int_equal(seen, used);
        for (uint32_t i = 0; i < used; i++)
            assert_true(*(uint64_t *)ic_pool_at(&p, held[i]) == mark[i]);
    }
    ic_pool_deinit(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stale_handles_find_nothing),
        cmocka_unit_test(forged_handles_find_nothing),
        cmocka_unit_test(full_is_null_and_slots_do_not_overlap),
        cmocka_unit_test(random_use_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
