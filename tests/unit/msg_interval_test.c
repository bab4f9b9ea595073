/* Intervals of receipts: what was counted in each, and for which other node. */
#include <string.h>

#include "support/cmocka_all.h"

#include "msg/interval.h"

static const char paris[] = "par", frankfurt[] = "fra";
static struct ic_interval interval;
static struct ic_receipt_facts facts;

static struct ic_time at_s(int64_t s)
{
    return (struct ic_time){.us = s * 1000000};
}

static void cut(int64_t s, uint64_t packets, struct ic_node_counts first,
                struct ic_node_counts second)
{
    const struct ic_peer_counts counts = {.packets_in = packets, .bytes_in = 100 * packets};
    const struct ic_node_counts nodes[IC_PEER_NODES_MAX] = {first, second};
    memset(&facts, 0, sizeof facts);
    ic_interval_cut(&interval, at_s(s), 9000, &counts, nodes, &facts);
}

static void require_node(size_t i, const char *node, uint64_t to, uint64_t from)
{
    assert_ptr_equal(facts.nodes[i].node, node);
    assert_int_equal(facts.nodes[i].packets_to, to);
    assert_int_equal(facts.nodes[i].packets_from, from);
}

static void each_node_by_itself(void **state)
{
    (void)state;
    static const struct ic_node_counts none = {.node = NULL};
    ic_interval_begin(&interval, at_s(100), 5000);
    cut(160, 10, (struct ic_node_counts){paris, 5, 500, 3, 300}, none);
    assert_int_equal(facts.counts.packets_in, 10);
    require_node(0, paris, 5, 3);
    require_node(1, NULL, 0, 0);
    assert_true(facts.start_s == 5000 && facts.length_s == 60);
    /* Another one has come, and stands first; of this one a little more. */
    cut(220, 30, (struct ic_node_counts){frankfurt, 7, 700, 0, 0},
        (struct ic_node_counts){paris, 6, 600, 3, 300});
    assert_int_equal(facts.counts.packets_in, 20);
    require_node(0, frankfurt, 7, 0);
    require_node(1, paris, 1, 0);
    assert_int_equal(facts.nodes[1].bytes_to, 100);
    /* Nothing more of either: nothing is told a second time. */
    cut(280, 30, (struct ic_node_counts){frankfurt, 7, 700, 0, 0},
        (struct ic_node_counts){paris, 6, 600, 3, 300});
    require_node(0, frankfurt, 0, 0);
    require_node(1, paris, 0, 0);
    assert_int_equal(facts.start_s, 5120);
}

/* Too many came in between: the worker forgot the one that was the longest without a packet. */
static void a_node_that_was_forgotten_counts_anew(void **state)
{
    (void)state;
    static const struct ic_node_counts none = {.node = NULL};
    ic_interval_begin(&interval, at_s(0), 5000);
    cut(60, 10, (struct ic_node_counts){paris, 500, 50000, 300, 30000}, none);
    cut(120, 20, (struct ic_node_counts){paris, 2, 200, 1, 100}, none);
    require_node(0, paris, 2, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_node_by_itself),
        cmocka_unit_test(a_node_that_was_forgotten_counts_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
