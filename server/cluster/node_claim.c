#include "cluster/node_claim.h"

#include <string.h>

enum ic_err ic_node_id(const char *name, size_t len, uint8_t out[static IC_NODE_ID_LEN])
{
    const struct ic_part part = {(const uint8_t *)name, len};
    return ic_hash_sha256(&part, 1, out);
}

enum ic_err ic_node_claim_init(struct ic_node_claim *out, const struct ic_node_cert *cert,
                               const uint8_t leaf[static IC_SHA256_LEN])
{
    *out = (struct ic_node_claim){
        .not_before_s = cert->not_before_s,
        .not_after_s = cert->not_after_s,
        .effective_s = cert->not_before_s,
        .roles = cert->roles,
    };
    memcpy(out->leaf, leaf, sizeof out->leaf);
    memcpy(out->fingerprint, cert->dtls_sha256, sizeof out->fingerprint);
    memcpy(out->country, cert->country, sizeof out->country);
    return ic_node_id(cert->name, strlen(cert->name), out->node);
}

void ic_node_set_claim_init(struct ic_node_set_claim *out, const struct ic_node_set *set,
                            const uint8_t operator_keys_sha256[static IC_SHA256_LEN],
                            const uint8_t log_policy_sha256[static IC_SHA256_LEN])
{
    *out = (struct ic_node_set_claim){
        .leaves = set->certs,
        .leaf_count = set->count,
        .serial = set->serial,
        .not_before_s = set->not_before_s,
        .not_after_s = set->not_after_s,
    };
    memcpy(out->sha256, set->sha256, sizeof out->sha256);
    memcpy(out->operator_keys_sha256, operator_keys_sha256, IC_SHA256_LEN);
    memcpy(out->log_policy_sha256, log_policy_sha256, IC_SHA256_LEN);
}

void ic_node_claims_sort(struct ic_node_claim *claims, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ic_node_claim moved = claims[i];
        size_t at = i;
        for (; at > 0 && memcmp(claims[at - 1].node, moved.node, sizeof moved.node) > 0; at--)
            claims[at] = claims[at - 1];
        claims[at] = moved;
    }
}

bool ic_node_set_claim_has(const struct ic_node_set_claim *set,
                           const uint8_t leaf[static IC_SHA256_LEN])
{
    size_t low = 0, high = set->leaf_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = memcmp(set->leaves[middle].bytes, leaf, IC_SHA256_LEN);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
