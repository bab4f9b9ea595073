#include "support/cmocka_all.h"

#include "sfu/packet_pool.h"

#define COUNT 4

static void the_last_owner_frees(void **state)
{
    (void)state;
    struct ic_packet_pool p;
    assert_int_equal(ic_packet_pool_init(&p, COUNT), IC_OK);
    struct ic_ref a = ic_packet_pool_get(&p);
    ic_packet_pool_hold(&p, a);
    ic_packet_pool_release(&p, a);
    assert_int_equal(p.free_count, COUNT - 1);
    assert_int_equal(ic_packet_pool_at(&p, a)->owners, 1);
    ic_packet_pool_release(&p, a);
    assert_int_equal(p.free_count, COUNT);
    ic_packet_pool_deinit(&p);
}

static void a_freed_packet_comes_back_under_another_name(void **state)
{
    (void)state;
    struct ic_packet_pool p;
    assert_int_equal(ic_packet_pool_init(&p, COUNT), IC_OK);
    struct ic_ref a = ic_packet_pool_get(&p);
    ic_packet_pool_release(&p, a);
    struct ic_ref b = ic_packet_pool_get(&p);
    assert_int_equal(a.index, b.index); /* it is warm */
    assert_int_not_equal(a.generation, b.generation);
    ic_packet_pool_deinit(&p);
}

static void an_empty_pool_gives_none(void **state)
{
    (void)state;
    struct ic_packet_pool p;
    struct ic_ref refs[COUNT];
    assert_int_equal(ic_packet_pool_init(&p, COUNT), IC_OK);
    for (int i = 0; i < COUNT; i++) {
        refs[i] = ic_packet_pool_get(&p);
        assert_false(ic_ref_is_none(refs[i]));
    }
    assert_true(ic_ref_is_none(ic_packet_pool_get(&p)));
    ic_packet_pool_release(&p, refs[2]);
    assert_int_equal(ic_packet_pool_get(&p).index, refs[2].index);
    ic_packet_pool_deinit(&p);
}

static void descriptions_are_lines_and_buffers_do_not_overlap(void **state)
{
    (void)state;
    struct ic_packet_pool p;
    assert_int_equal(ic_packet_pool_init(&p, COUNT), IC_OK);
    struct ic_ref a = ic_packet_pool_get(&p), b = ic_packet_pool_get(&p);
    assert_int_equal((uintptr_t)ic_packet_pool_at(&p, a) % 64, 0);
    uint8_t *x = ic_packet_pool_bytes(&p, a), *y = ic_packet_pool_bytes(&p, b);
    assert_true((x < y ? y - x : x - y) >= IC_PACKET_CAP);
    x[IC_PACKET_CAP - 1] = 1;
    y[0] = y[IC_PACKET_CAP - 1] = 2;
    assert_int_equal(x[IC_PACKET_CAP - 1], 1);
    ic_packet_pool_deinit(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_owner_frees),
        cmocka_unit_test(a_freed_packet_comes_back_under_another_name),
        cmocka_unit_test(an_empty_pool_gives_none),
        cmocka_unit_test(descriptions_are_lines_and_buffers_do_not_overlap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
