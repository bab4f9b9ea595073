#include "support/cmocka_all.h"

#include "sfu/room.h"

static const uint64_t SEED[2] = {1, 2};

static void a_room_lives_as_long_as_it_has_members(void **state)
{
    (void)state;
    struct ic_room_table t;
    assert_int_equal(ic_room_table_init(&t, 2, SEED), IC_OK);
    struct ic_room *a = ic_room_enter(&t, 100, 1, false);
    assert_ptr_equal(ic_room_enter(&t, 100, 2, false), a);
    assert_ptr_equal(ic_room_find(&t, 100), a);
    assert_null(ic_room_find(&t, 200));
    struct ic_room *b = ic_room_enter(&t, 200, 3, false);
    assert_non_null(b);
    assert_null(ic_room_enter(&t, 300, 4, false));
    ic_room_leave(&t, a, 1, false);
    assert_int_equal(t.pool.used, 2);
    ic_room_leave(&t, a, 2, false);
    assert_int_equal(t.pool.used, 1);
    assert_null(ic_room_find(&t, 100));
    assert_int_equal(t.by_key.count, 1);
    assert_non_null(ic_room_enter(&t, 300, 4, false));
    ic_room_table_deinit(&t);
}

static void members_stay_in_the_order_of_joining(void **state)
{
    (void)state;
    struct ic_room_table t;
    assert_int_equal(ic_room_table_init(&t, 1, SEED), IC_OK);
    struct ic_room *room = NULL;
    for (uint32_t i = 0; i < 5; i++)
        room = ic_room_enter(&t, 7, 10 + i, false);
    ic_room_leave(&t, room, 12, false);
    ic_room_enter(&t, 7, 9, false);
    const uint32_t expected[] = {10, 11, 13, 14, 9};
    assert_int_equal(room->member_count, 5);
    assert_memory_equal(room->members, expected, sizeof expected);
    ic_room_table_deinit(&t);
}

static void a_full_room_takes_nobody(void **state)
{
    (void)state;
    struct ic_room_table t;
    assert_int_equal(ic_room_table_init(&t, 2, SEED), IC_OK);
    struct ic_room *room = NULL;
    for (uint32_t i = 0; i < IC_ROOM_MEMBERS_MAX; i++)
        room = ic_room_enter(&t, 7, i, false);
    assert_null(ic_room_enter(&t, 7, IC_ROOM_MEMBERS_MAX, false));
    assert_int_equal(room->member_count, IC_ROOM_MEMBERS_MAX);
    ic_room_leave(&t, room, 5, false);
    assert_ptr_equal(ic_room_enter(&t, 7, IC_ROOM_MEMBERS_MAX, false), room);
    ic_room_table_deinit(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_lives_as_long_as_it_has_members),
        cmocka_unit_test(members_stay_in_the_order_of_joining),
        cmocka_unit_test(a_full_room_takes_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
