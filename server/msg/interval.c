#include "msg/interval.h"

#include <string.h>

#define INTERVAL_US ((int64_t)IC_RECEIPT_INTERVAL_S * 1000000)

void ic_interval_begin(struct ic_interval *i, struct ic_time now, uint64_t date_s)
{
    *i = (struct ic_interval){.from = now, .from_s = date_s};
}

struct ic_time ic_interval_end(const struct ic_interval *i)
{
    return ic_time_add(i->from, IC_SEC(IC_RECEIPT_INTERVAL_S));
}

static struct ic_peer_counts since(const struct ic_peer_counts *now,
                                   const struct ic_peer_counts *before)
{
    return (struct ic_peer_counts){
        .packets_in = now->packets_in - before->packets_in,
        .bytes_in = now->bytes_in - before->bytes_in,
        .packets_out = now->packets_out - before->packets_out,
        .bytes_out = now->bytes_out - before->bytes_out,
        .dropped = now->dropped - before->dropped,
    };
}

/* What was known of the node before. A worker that had forgotten it meanwhile counts from nothing,
 * and so do we. */
static struct ic_node_counts known(const struct ic_node_counts *now,
                                   const struct ic_node_counts before[static IC_PEER_NODES_MAX])
{
    for (size_t k = 0; k < IC_PEER_NODES_MAX; k++)
        if (before[k].node == now->node && before[k].packets_to <= now->packets_to &&
            before[k].packets_from <= now->packets_from)
            return before[k];
    return (struct ic_node_counts){.node = now->node};
}

static void nodes_since(const struct ic_node_counts now[static IC_PEER_NODES_MAX],
                        const struct ic_node_counts before[static IC_PEER_NODES_MAX],
                        struct ic_node_counts out[static IC_PEER_NODES_MAX])
{
    for (size_t k = 0; k < IC_PEER_NODES_MAX; k++) {
        struct ic_node_counts old = known(&now[k], before);
        out[k] = (struct ic_node_counts){
            .node = now[k].node,
            .packets_to = now[k].packets_to - old.packets_to,
            .bytes_to = now[k].bytes_to - old.bytes_to,
            .packets_from = now[k].packets_from - old.packets_from,
            .bytes_from = now[k].bytes_from - old.bytes_from,
        };
    }
}

/* Whole seconds that have begun, at most an interval. */
static uint64_t length_of(const struct ic_interval *i, struct ic_time now)
{
    int64_t us = ic_time_sub(now, i->from).us;
    us = us < 1 ? 1 : us > INTERVAL_US ? INTERVAL_US : us;
    return (uint64_t)((us + 999999) / 1000000);
}

void ic_interval_cut(struct ic_interval *i, struct ic_time now, uint64_t date_s,
                     const struct ic_peer_counts *counts,
                     const struct ic_node_counts nodes[static IC_PEER_NODES_MAX],
                     struct ic_receipt_facts *facts)
{
    facts->start_s = i->from_s;
    facts->length_s = length_of(i, now);
    facts->counts = since(counts, &i->before);
    nodes_since(nodes, i->nodes, facts->nodes);
    i->before = *counts;
    memcpy(i->nodes, nodes, sizeof i->nodes);
    i->from = ic_time_add(i->from, IC_SEC(facts->length_s));
    i->from_s += facts->length_s;
    if (ic_time_sub(now, i->from).us > INTERVAL_US) {
        i->from = now;
        i->from_s = date_s > i->from_s ? date_s : i->from_s;
    }
}
