#include "support/cmocka_all.h"

#include "base/heap.h"
#include "base/prng.h"

#define IDS 50

/* The model: a deadline and the turn in which it was set, looked through whole. */
struct model {
    struct ic_time at[IDS];
    uint64_t order[IDS];
    uint64_t order_next;
};

static uint32_t model_first(const struct model *m)
{
    uint32_t best = IDS;
    for (uint32_t i = 0; i < IDS; i++) {
        if (ic_time_is_never(m->at[i]))
            continue;
        if (best == IDS || m->at[i].us < m->at[best].us ||
            (m->at[i].us == m->at[best].us && m->order[i] < m->order[best]))
            best = i;
    }
    return best;
}

static void model_set(struct model *m, uint32_t id, struct ic_time at)
{
    if (m->at[id].us == at.us)
        return;
    m->at[id] = at;
    m->order[id] = m->order_next++;
}

static void random_use_against_a_model(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct ic_heap h;
        struct model m = {.order_next = 0};
        struct ic_prng prng;
        int64_t now = 0;
        size_t popped = 0;
        ic_prng_init(&prng, seed);
        assert_int_equal(ic_heap_init(&h, IDS), IC_OK);
        for (uint32_t i = 0; i < IDS; i++)
            m.at[i] = IC_NEVER;
        for (int n = 0; n < 4000; n++) {
            uint32_t id = ic_prng_below(&prng, IDS);
            struct ic_time at = {now + ic_prng_below(&prng, 30)};
            if (ic_prng_below(&prng, 8) == 0)
                at = IC_NEVER;
            ic_heap_set(&h, id, at);
            model_set(&m, id, at);
            now += ic_prng_below(&prng, 3);
            uint32_t want = model_first(&m);
            assert_true(ic_heap_first(&h).us == (want == IDS ? INT64_MAX : m.at[want].us));
            uint32_t got = IDS;
            while (ic_heap_pop(&h, (struct ic_time){now}, &got)) {
                want = model_first(&m);
                assert_int_equal(got, want);
                assert_true(m.at[want].us <= now);
                m.at[want] = IC_NEVER;
                popped++;
            }
            want = model_first(&m);
            assert_true(want == IDS || m.at[want].us > now);
        }
        assert_true(popped > 500);
        ic_heap_deinit(&h);
        ic_heap_deinit(&h);
    }
}

static void equal_deadlines_come_in_the_order_they_were_set(void **state)
{
    (void)state;
    struct ic_heap h;
    struct ic_time at = {1000};
    assert_int_equal(ic_heap_init(&h, IDS), IC_OK);
    for (uint32_t i = 0; i < IDS; i++)
        ic_heap_set(&h, (i * 7) % IDS, at);
    ic_heap_set(&h, 0, at); /* the same again: keeps its place */
    uint32_t id;
    assert_false(ic_heap_pop(&h, (struct ic_time){999}, &id));
    for (uint32_t i = 0; i < IDS; i++) {
        assert_true(ic_heap_pop(&h, at, &id));
        assert_int_equal(id, (i * 7) % IDS);
    }
    assert_false(ic_heap_pop(&h, IC_NEVER, &id));
    assert_true(ic_time_is_never(ic_heap_first(&h)));
    ic_heap_deinit(&h);
}

static void never_removes(void **state)
{
    (void)state;
    struct ic_heap h;
    uint32_t id;
    assert_int_equal(ic_heap_init(&h, 3), IC_OK);
    ic_heap_set(&h, 1, IC_NEVER); /* was not there */
    ic_heap_set(&h, 2, (struct ic_time){5});
    ic_heap_set(&h, 0, (struct ic_time){4});
    ic_heap_set(&h, 0, IC_NEVER);
    assert_true(ic_heap_pop(&h, (struct ic_time){5}, &id));
    assert_int_equal(id, 2);
    assert_false(ic_heap_pop(&h, (struct ic_time){INT64_MAX}, &id));
    ic_heap_deinit(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_against_a_model),
        cmocka_unit_test(equal_deadlines_come_in_the_order_they_were_set),
        cmocka_unit_test(never_removes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
