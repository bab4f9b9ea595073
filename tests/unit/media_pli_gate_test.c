/* Key frame requests: at most one per 500 ms per source, whatever the receivers ask. */
#include "media/pli_gate.h"
#include "support/cmocka_all.h"

static struct ic_time ms(int64_t n)
{
    return (struct ic_time){n * 1000};
}

static void the_first_request_goes_at_once(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    ic_pli_gate_init(&g);
    assert_true(ic_time_is_never(ic_pli_gate_deadline(&g)));
    assert_true(ic_pli_gate_request(&g, ms(0)));
    assert_true(ic_time_is_never(ic_pli_gate_deadline(&g)));
}

static void a_second_request_waits_for_its_time(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    ic_pli_gate_init(&g);
    assert_true(ic_pli_gate_request(&g, ms(0)));
    assert_false(ic_pli_gate_request(&g, ms(10)));
    assert_int_equal(ic_pli_gate_deadline(&g).us, IC_PLI_INTERVAL_MS * 1000);
    assert_false(ic_pli_gate_tick(&g, ms(IC_PLI_INTERVAL_MS - 1)));
    assert_true(ic_pli_gate_tick(&g, ms(IC_PLI_INTERVAL_MS)));
    assert_false(ic_pli_gate_tick(&g, ms(10 * IC_PLI_INTERVAL_MS))); /* nothing waits any more */
}

static void a_key_frame_answers_the_waiting_request(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    ic_pli_gate_init(&g);
    assert_true(ic_pli_gate_request(&g, ms(0)));
    assert_false(ic_pli_gate_request(&g, ms(10)));
    ic_pli_gate_on_key_frame(&g);
    assert_true(ic_time_is_never(ic_pli_gate_deadline(&g)));
    assert_false(ic_pli_gate_tick(&g, ms(1000)));
    assert_true(ic_pli_gate_request(&g, ms(1000)));
}

/* trust.md A1: "500 receivers send 100 PLI/s each: sender sees <= 2/s" */
static void fifty_thousand_requests_a_second_make_two(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    int sent = 0;
    ic_pli_gate_init(&g);
    for (int64_t us = 0; us < 10000000; us += 20) {
        sent += ic_pli_gate_request(&g, (struct ic_time){us});
        if (ic_time_reached(ic_pli_gate_deadline(&g), (struct ic_time){us}))
            sent += ic_pli_gate_tick(&g, (struct ic_time){us});
    }
    assert_int_equal(sent, 20);
}

static void a_demand_is_not_answered_by_a_key_frame_that_is_under_way(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    ic_pli_gate_init(&g);
    assert_true(ic_pli_gate_request(&g, ms(0)));
    assert_false(ic_pli_gate_demand(&g, ms(100)));
    ic_pli_gate_on_key_frame(&g); /* the answer to the request */
    assert_false(ic_pli_gate_request(&g, ms(200)));
    ic_pli_gate_on_key_frame(&g);
    assert_int_equal(ic_pli_gate_deadline(&g).us, IC_PLI_INTERVAL_MS * 1000);
    assert_true(ic_pli_gate_tick(&g, ms(IC_PLI_INTERVAL_MS)));
    assert_false(ic_pli_gate_request(&g, ms(IC_PLI_INTERVAL_MS + 1))); /* a request again */
    ic_pli_gate_on_key_frame(&g);
    assert_true(ic_time_is_never(ic_pli_gate_deadline(&g)));
}

static void a_demand_goes_at_once_when_the_gate_is_open(void **state)
{
    (void)state;
    struct ic_pli_gate g;
    ic_pli_gate_init(&g);
    assert_true(ic_pli_gate_demand(&g, ms(0)));
    assert_true(ic_time_is_never(ic_pli_gate_deadline(&g)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_request_goes_at_once),
        cmocka_unit_test(a_second_request_waits_for_its_time),
        cmocka_unit_test(a_key_frame_answers_the_waiting_request),
        cmocka_unit_test(fifty_thousand_requests_a_second_make_two),
        cmocka_unit_test(a_demand_is_not_answered_by_a_key_frame_that_is_under_way),
        cmocka_unit_test(a_demand_goes_at_once_when_the_gate_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
