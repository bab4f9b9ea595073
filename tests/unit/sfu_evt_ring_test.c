#include "support/cmocka_all.h"

#include "sfu/evt_ring.h"

static void first_in_first_out_round_the_end(void **state)
{
    (void)state;
    struct ic_evt_ring r;
    assert_int_equal(ic_evt_ring_init(&r, 1), IC_OK);
    uint64_t next = 0, expected = 0;
    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 7; i++) {
            struct ic_evt_entry e = {.kind = IC_EVT_PEER_CLOSED, .key = next++};
            assert_true(ic_evt_ring_put(&r, &e));
        }
        for (int i = 0; i < 7; i++) {
            assert_int_equal(ic_evt_ring_first(&r)->key, expected++);
            ic_evt_ring_pop(&r);
        }
    }
    assert_null(ic_evt_ring_first(&r));
    ic_evt_ring_deinit(&r);
}

/* Whoever is let in while there is room can say all that it ever has to say. */
static void room_is_set_aside_for_those_who_are_in(void **state)
{
    (void)state;
    struct ic_evt_ring r;
    struct ic_evt_entry e = {.kind = IC_EVT_PEER_REFUSED};
    assert_int_equal(ic_evt_ring_init(&r, 10), IC_OK);
    uint32_t peers = 9;
    while (ic_evt_ring_has_room(&r, peers))
        assert_true(ic_evt_ring_put(&r, &e));
    assert_true(r.count > 1000);
    /* One less was room for a tenth. */
    for (uint32_t i = 0; i < 10 * IC_EVT_RING_PEER_MAX; i++)
        assert_true(ic_evt_ring_put(&r, &e));
    assert_false(ic_evt_ring_put(&r, &e));
    ic_evt_ring_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_first_out_round_the_end),
        cmocka_unit_test(room_is_set_aside_for_those_who_are_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
