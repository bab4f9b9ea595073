/* A block of addresses in a node certificate (docs/protocol/nodes.md 5): "192.0.2.0/24". */
#ifndef IC_CLUSTER_NODE_PREFIX_H
#define IC_CLUSTER_NODE_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/wr.h"
#include "cluster/node_text.h"

/* IPv4 as v4-mapped; no bit is set behind the prefix. */
struct ic_node_prefix {
    uint8_t ip[16];
    uint8_t bits; /* of the 16 bytes: an IPv4 /24 is 120 */
};

/* False, and out untouched, when it is not the one text of a block that a node may have. */
bool ic_node_prefix_parse(struct ic_node_value v, struct ic_node_prefix *out);
void ic_node_prefix_write(struct ic_wr *w, const struct ic_node_prefix *prefix);
/* One address alone, as a block. */
struct ic_node_prefix ic_node_prefix_of(const struct ic_addr *addr);
/* Below 0: a stands before b. IPv4 first, then by the bytes, then the larger block first. */
int ic_node_prefix_compare(const struct ic_node_prefix *a, const struct ic_node_prefix *b);
/* b stands behind a and outside of it. */
bool ic_node_prefix_is_after(const struct ic_node_prefix *a, const struct ic_node_prefix *b);
/* The address is inside; its port does not matter. */
bool ic_node_prefix_has(const struct ic_node_prefix *prefix, const struct ic_addr *addr);

#endif
