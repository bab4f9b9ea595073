/* Retransmission store: which handles it holds, gives back and finds. */
#include "base/prng.h"
#include "media/packet_store.h"
#include "support/cmocka_all.h"

#define CAPACITY 16

static struct ic_packet_entry entries[CAPACITY];

static struct ic_time ms(int64_t n)
{
    return (struct ic_time){n * 1000};
}

static struct ic_ref ref(uint32_t index)
{
    return (struct ic_ref){index, 1};
}

static struct ic_packet_store fresh(void)
{
    struct ic_packet_store s;
    ic_packet_store_init(&s, entries, CAPACITY);
    return s;
}

static void put_new(struct ic_packet_store *s, int64_t at_ms, uint64_t ext_seq)
{
    assert_true(ic_ref_is_none(ic_packet_store_put(s, ms(at_ms), ext_seq, ref((uint32_t)ext_seq))));
}

static void a_packet_is_found_by_its_number_within_the_window(void **state)
{
    (void)state;
    struct ic_packet_store s = fresh();
    put_new(&s, 0, 65536);
    assert_true(ic_ref_eq(ic_packet_store_find(&s, ms(0), 65536), ref(65536)));
    assert_true(ic_ref_is_none(ic_packet_store_find(&s, ms(0), 65535)));
    assert_true(ic_ref_is_none(ic_packet_store_find(&s, ms(0), 0))); /* same low bits */
    assert_true(ic_ref_is_none(ic_packet_store_find(&s, ms(0), 65536 + CAPACITY)));
    assert_true(ic_ref_eq(ic_packet_store_find(&s, ms(IC_RTX_WINDOW_MS), 65536), ref(65536)));
    assert_true(ic_ref_is_none(ic_packet_store_find(&s, ms(IC_RTX_WINDOW_MS + 1), 65536)));
}

static void the_place_of_an_old_packet_goes_to_a_newer_one(void **state)
{
    (void)state;
    struct ic_packet_store s = fresh();
    put_new(&s, 0, 100);
    assert_true(ic_ref_eq(ic_packet_store_put(&s, ms(1), 100 + CAPACITY, ref(7)), ref(100)));
    assert_true(ic_ref_eq(ic_packet_store_find(&s, ms(1), 100 + CAPACITY), ref(7)));
    assert_true(ic_ref_is_none(ic_packet_store_find(&s, ms(1), 100)));
    assert_int_equal(s.held, 1);
}

static void a_packet_older_than_its_places_owner_comes_straight_back(void **state)
{
    (void)state;
    struct ic_packet_store s = fresh();
    put_new(&s, 0, 100 + CAPACITY);
    assert_true(ic_ref_eq(ic_packet_store_put(&s, ms(1), 100, ref(7)), ref(7)));
    assert_true(ic_ref_eq(ic_packet_store_put(&s, ms(1), 100 + CAPACITY, ref(8)), ref(8)));
    assert_int_equal(s.held, 1);
}

static void expiry_gives_back_what_the_window_has_passed_and_keeps_the_rest(void **state)
{
    (void)state;
    struct ic_packet_store s = fresh();
    for (uint64_t i = 0; i < 10; i++)
        put_new(&s, (int64_t)i * 100, 1000 + i);
    int released = 0;
    for (struct ic_ref r; !ic_ref_is_none(r = ic_packet_store_expire(&s, ms(1450)));)
        assert_int_equal(r.index, 1000 + released++);
    assert_int_equal(released, 5);
    assert_int_equal(s.held, 5);
    assert_false(ic_ref_is_none(ic_packet_store_find(&s, ms(1450), 1005)));
}

static void draining_gives_back_everything_once(void **state)
{
    (void)state;
    struct ic_packet_store s = fresh();
    bool seen[CAPACITY] = {false};
    for (uint64_t i = 0; i < CAPACITY; i++)
        put_new(&s, 0, i);
    for (struct ic_ref r; !ic_ref_is_none(r = ic_packet_store_drain(&s));) {
        assert_false(seen[r.index]);
        seen[r.index] = true;
    }
    assert_int_equal(s.held, 0);
    assert_true(seen[0] && seen[CAPACITY - 1]);
}

/* Every handle put in comes back exactly once, and none older than the window stays for long. */
static void handles_are_neither_lost_nor_given_back_twice(void **state)
{
    (void)state;
    static int owned[100000];
    struct ic_packet_store s = fresh();
    struct ic_prng prng;
    uint64_t ext_seq = 1000;
    uint32_t next = 0;
    int held = 0;
    ic_prng_init(&prng, 12);
    for (int64_t t = 0; t < 200000 && next < 100000; t += ic_prng_below(&prng, 60)) {
        uint64_t at = ext_seq + ic_prng_below(&prng, 8) - 4;
        if (ic_prng_below(&prng, 500) == 0)
            at = ext_seq += ic_prng_below(&prng, 40000);
        ext_seq = at > ext_seq ? at : ext_seq;
        owned[next]++;
        held++;
        struct ic_ref back = ic_packet_store_put(&s, ms(t), at, ref(next++));
        if (!ic_ref_is_none(back)) {
            assert_int_equal(owned[back.index]--, 1);
            held--;
        }
        for (struct ic_ref r; !ic_ref_is_none(r = ic_packet_store_expire(&s, ms(t)));) {
            assert_int_equal(owned[r.index]--, 1);
            held--;
        }
        assert_int_equal(s.held, held);
        assert_true(held <= CAPACITY);
    }
    for (struct ic_ref r; !ic_ref_is_none(r = ic_packet_store_expire(&s, ms(300000)));)
        held--;
    assert_int_equal(held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packet_is_found_by_its_number_within_the_window),
        cmocka_unit_test(the_place_of_an_old_packet_goes_to_a_newer_one),
        cmocka_unit_test(a_packet_older_than_its_places_owner_comes_straight_back),
        cmocka_unit_test(expiry_gives_back_what_the_window_has_passed_and_keeps_the_rest),
        cmocka_unit_test(draining_gives_back_everything_once),
        cmocka_unit_test(handles_are_neither_lost_nor_given_back_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
