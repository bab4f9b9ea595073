#include "wire/mls_node.h"

#include "base/limits.h"

static void read_parent(struct ic_rd *r, struct ic_mls_parent *out)
{
    out->encryption_key = ic_mls_read_vector(r);
    out->parent_hash = ic_mls_read_vector(r);
    out->unmerged = ic_mls_read_vector(r);
    r->bad |= out->unmerged.len % 4 != 0;
    uint64_t next_min = 0;
    for (struct ic_rd list = ic_mls_rd(out->unmerged); !r->bad && list.left > 0;) {
        uint32_t leaf = ic_rd_u32(&list);
        /* RFC 9420 7.1: "MUST be sorted in increasing order", and no leaf is there twice. */
        r->bad |= leaf < next_min || leaf >= IC_MLS_LEAVES_MAX;
        next_min = (uint64_t)leaf + 1;
    }
}

bool ic_mls_node_next(struct ic_rd *nodes, struct ic_mls_node *out)
{
    if (nodes->bad || nodes->left == 0)
        return false;
    struct ic_mls_node node = {0};
    if (ic_mls_read_optional(nodes)) {
        node.type = ic_rd_u8(nodes);
        if (node.type == IC_MLS_NODE_LEAF)
            ic_mls_leaf_read(nodes, &node.leaf);
        else if (node.type == IC_MLS_NODE_PARENT)
            read_parent(nodes, &node.parent);
        else
            nodes->bad = true;
    }
    if (!ic_rd_ok(nodes))
        return false;
    *out = node;
    return true;
}

enum ic_err ic_mls_node_parse_list(struct ic_mls_span data, struct ic_mls_span *nodes,
                                   size_t *count)
{
    struct ic_rd r = ic_mls_rd(data);
    struct ic_mls_span list = ic_mls_read_vector(&r);
    struct ic_rd rest = ic_mls_rd(list);
    struct ic_mls_node node = {0};
    size_t n = 0;
    while (ic_mls_node_next(&rest, &node))
        n++;
    /* RFC 9420 12.4.3.3: "verify that the last node … is non-blank". */
    if (!ic_rd_done(&r) || rest.bad || n == 0 || n > IC_MLS_NODES_MAX ||
        node.type == IC_MLS_NODE_BLANK)
        return IC_ERR_INPUT;
    *nodes = list;
    *count = n;
    return IC_OK;
}
