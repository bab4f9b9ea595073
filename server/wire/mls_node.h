/* One node of a ratchet tree as the extension ratchet_tree lists them (RFC 9420 12.4.3.3, 7.1). */
#ifndef IC_WIRE_MLS_NODE_H
#define IC_WIRE_MLS_NODE_H

#include "wire/mls_leaf.h"

enum ic_mls_node_type {
    IC_MLS_NODE_BLANK = 0, /* not on the wire: absent */
    IC_MLS_NODE_LEAF = 1,
    IC_MLS_NODE_PARENT = 2,
};

struct ic_mls_parent {
    struct ic_mls_span encryption_key, parent_hash;
    struct ic_mls_span unmerged; /* leaf indices, 32 bits each, strictly ascending */
};

struct ic_mls_node {
    uint8_t type; /* enum ic_mls_node_type */
    struct ic_mls_leaf leaf;
    struct ic_mls_parent parent;
};

/* The nodes of the extension's data, without their length. *nodes untouched on failure.
 *  IC_ERR_INPUT  malformed, more than IC_MLS_NODES_MAX, or a blank at the end */
IC_NODISCARD enum ic_err ic_mls_node_parse_list(struct ic_mls_span data, struct ic_mls_span *nodes,
                                                size_t *count);
/* The next node, blanks included; begin with ic_mls_rd(nodes). False at the end. */
bool ic_mls_node_next(struct ic_rd *nodes, struct ic_mls_node *out);

#endif
