#include "wire/mls_commit.h"

#include "base/limits.h"

bool ic_mls_path_node_next(struct ic_rd *nodes, struct ic_mls_path_node *out)
{
    if (nodes->bad || nodes->left == 0)
        return false;
    struct ic_mls_path_node node = {.encryption_key = ic_mls_read_vector(nodes)};
    node.secrets = ic_mls_read_vector(nodes);
    struct ic_rd secrets = ic_mls_rd(node.secrets);
    while (!secrets.bad && secrets.left > 0) {
        (void)ic_mls_read_vector(&secrets); /* KEM output */
        (void)ic_mls_read_vector(&secrets); /* ciphertext */
        node.secret_count++;
    }
    nodes->bad |= secrets.bad || node.secret_count > IC_MLS_LEAVES_MAX;
    if (!ic_rd_ok(nodes))
        return false;
    *out = node;
    return true;
}

void ic_mls_path_read(struct ic_rd *r, struct ic_mls_path *out)
{
    *out = (struct ic_mls_path){0};
    ic_mls_leaf_read(r, &out->leaf);
    out->nodes = ic_mls_read_vector(r);
    struct ic_rd nodes = ic_mls_rd(out->nodes);
    struct ic_mls_path_node node;
    while (ic_mls_path_node_next(&nodes, &node))
        out->node_count++;
    r->bad |= nodes.bad || out->node_count > IC_MLS_PATH_NODES_MAX;
}

bool ic_mls_commit_proposal_next(struct ic_rd *proposals, struct ic_mls_proposal *out)
{
    if (proposals->bad || proposals->left == 0)
        return false;
    struct ic_mls_proposal proposal;
    ic_mls_proposal_read_or_ref(proposals, &proposal);
    if (!ic_rd_ok(proposals))
        return false;
    *out = proposal;
    return true;
}

void ic_mls_commit_read(struct ic_rd *r, struct ic_mls_commit *out)
{
    *out = (struct ic_mls_commit){0};
    out->proposals = ic_mls_read_vector(r);
    struct ic_rd proposals = ic_mls_rd(out->proposals);
    struct ic_mls_proposal proposal;
    while (ic_mls_commit_proposal_next(&proposals, &proposal))
        out->proposal_count++;
    r->bad |= proposals.bad || out->proposal_count > IC_MLS_PROPOSALS_MAX;
    out->has_path = ic_mls_read_optional(r);
    if (out->has_path)
        ic_mls_path_read(r, &out->path);
}

enum ic_err ic_mls_path_parse(struct ic_mls_span bytes, struct ic_mls_path *out)
{
    struct ic_rd r = ic_mls_rd(bytes);
    struct ic_mls_path path;
    ic_mls_path_read(&r, &path);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = path;
    return IC_OK;
}

enum ic_err ic_mls_commit_parse(struct ic_mls_span bytes, struct ic_mls_commit *out)
{
    struct ic_rd r = ic_mls_rd(bytes);
    struct ic_mls_commit commit;
    ic_mls_commit_read(&r, &commit);
    if (!ic_rd_done(&r))
        return IC_ERR_INPUT;
    *out = commit;
    return IC_OK;
}
