/* The intervals of the receipts of one transport (docs/protocol/receipts.md 3): they follow each
 * other without a gap, and each holds what was counted since the one before. The same for people
 * of this node and for guests. */
#ifndef IC_MSG_INTERVAL_H
#define IC_MSG_INTERVAL_H

#include <stdbool.h>

#include "base/time.h"
#include "msg/receipt.h"

struct ic_interval {
    struct ic_time from;
    uint64_t from_s; /* since 1970 */
    struct ic_peer_counts before;
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* before */
};

/* The first one begins. */
void ic_interval_begin(struct ic_interval *i, struct ic_time now, uint64_t date_s);
/* When it is over. */
struct ic_time ic_interval_end(const struct ic_interval *i);
/* It ends here: facts get its time and what was counted in it, and the next one begins where it
 * ended. One that would be more than a whole interval late (the machine was asleep) begins now:
 * nobody counted meanwhile.
 *  counts, nodes  since the transport was made */
void ic_interval_cut(struct ic_interval *i, struct ic_time now, uint64_t date_s,
                     const struct ic_peer_counts *counts,
                     const struct ic_node_counts nodes[static IC_PEER_NODES_MAX],
                     struct ic_receipt_facts *facts);

#endif
