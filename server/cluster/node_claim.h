/* What this node has proved about certificates of nodes and about the set of them: the facts that
 * placement decides by. A claim is made of a certificate that was read and checked, never of what
 * the bus, the directory or a configuration says. */
#ifndef IC_CLUSTER_NODE_CLAIM_H
#define IC_CLUSTER_NODE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/time.h"
#include "cluster/node_cert.h"
#include "cluster/node_set.h"
#include "crypto/hash.h"

#define IC_NODE_ID_LEN                                                                             \
    IC_SHA256_LEN /* SHA-256 of the node's name: the same in each certificate                      \
                   */

struct ic_node_claim {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t leaf[IC_SHA256_LEN];        /* leaf hash of the certificate in the log */
    uint8_t fingerprint[IC_SHA256_LEN]; /* of its DTLS certificate */
    uint64_t not_before_s, not_after_s; /* since 1970; valid before not_after_s */
    uint64_t effective_s;               /* logged, and the operator's delay is over */
    char country[IC_COUNTRY_LEN + 1];
    uint8_t roles;  /* bits of enum ic_node_role */
    bool is_signed; /* by as many operator keys as the list of keys demands */
    bool is_logged; /* its inclusion in the log is proved */
};

/* The complete list of certificates in force. A certificate that is not in it does not exist. */
struct ic_node_set_claim {
    const struct ic_merkle_hash *leaves; /* ascending; borrowed for as long as the set is used */
    size_t leaf_count;
    uint64_t serial;
    uint8_t sha256[IC_SHA256_LEN]; /* of its text: of one serial there is one set */
    uint64_t not_before_s, not_after_s;
    uint8_t operator_keys_sha256[IC_SHA256_LEN]; /* of the list of keys that signed it */
    uint8_t log_policy_sha256[IC_SHA256_LEN];    /* of the log policy that proved it */
    bool is_signed, is_logged;
};

/* The id of the node of this name.
 *  IC_ERR_SYSTEM  the crypto library failed; out must not be used */
IC_NODISCARD enum ic_err ic_node_id(const char *name, size_t len,
                                    uint8_t out[static IC_NODE_ID_LEN]);
/* The facts of a certificate that is stored in the log under leaf. Nothing is proved yet: is_signed
 * and is_logged are false until the caller has proofs.
 *  IC_ERR_SYSTEM  the crypto library failed; out must not be used */
IC_NODISCARD enum ic_err ic_node_claim_init(struct ic_node_claim *out,
                                            const struct ic_node_cert *cert,
                                            const uint8_t leaf[static IC_SHA256_LEN]);
/* The facts of a set, which is kept for as long as the claim is used. The hashes are those of the
 * operator key list that signed it and of the log policy that proved it. Nothing is proved yet. */
void ic_node_set_claim_init(struct ic_node_set_claim *out, const struct ic_node_set *set,
                            const uint8_t operator_keys_sha256[static IC_SHA256_LEN],
                            const uint8_t log_policy_sha256[static IC_SHA256_LEN]);
/* Into the order that the filter wants: those of one node stand side by side. */
void ic_node_claims_sort(struct ic_node_claim *claims, size_t count);
/* The certificate is one of the set. */
bool ic_node_set_claim_has(const struct ic_node_set_claim *set,
                           const uint8_t leaf[static IC_SHA256_LEN]);

#endif
