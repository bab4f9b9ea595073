#include "cluster/node_logged.h"

#include <stdbool.h>

static enum ic_node_reason reason_of(enum ic_proof_verdict verdict)
{
    switch (verdict) {
    case IC_PROOF_GOOD:
        return IC_NODE_GOOD;
    case IC_PROOF_UNSIGNED:
    case IC_PROOF_ORIGIN:
        return IC_NODE_CHECKPOINT;
    case IC_PROOF_COSIGNATURE:
    case IC_PROOF_QUORUM:
        return IC_NODE_WITNESSES;
    case IC_PROOF_INCLUSION:
        return IC_NODE_NOT_LOGGED;
    case IC_PROOF_SYSTEM:
        break;
    }
    return IC_NODE_SYSTEM;
}

/* A time that is to come says as little as an old one: one of the clocks is wrong. */
static bool is_fresh(uint64_t time_s, uint64_t now_s)
{
    uint64_t apart = time_s < now_s ? now_s - time_s : time_s - now_s;
    return apart <= IC_NODE_LOG_AGE_MAX_S;
}

enum ic_node_reason ic_node_logged_check(const struct ic_part *proof, const struct ic_part *note,
                                         const struct ic_log_policy *policy, uint64_t now_s)
{
    struct ic_proof read;
    struct ic_proof_result result;
    struct ic_merkle_hash leaf;
    if (ic_proof_parse(proof->bytes, proof->len, &read) != IC_OK)
        return IC_NODE_NOT_LOGGED;
    if (ic_merkle_leaf(note, 1, &leaf) != IC_OK)
        return IC_NODE_SYSTEM;
    enum ic_node_reason reason = reason_of(ic_log_policy_verify(policy, &read, &leaf, &result));
    if (reason == IC_NODE_GOOD && policy->quorum >= 0 && !is_fresh(result.time_s, now_s))
        reason = IC_NODE_LOG_STALE;
    return reason;
}
