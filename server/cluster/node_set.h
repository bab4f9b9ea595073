/* Node sets (docs/protocol/nodes.md 3): the certificates that are in force, all of them. A node
 * that is not in the set does not exist. One encoding only. */
#ifndef IC_CLUSTER_NODE_SET_H
#define IC_CLUSTER_NODE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/wr.h"
#include "cluster/operator_keys.h"
#include "tlog/merkle.h"

/* Large: 32 KB. */
struct ic_node_set {
    uint64_t serial;                    /* at most IC_NODE_SERIAL_MAX */
    uint64_t not_before_s, not_after_s; /* since 1970; valid before not_after_s */
    uint8_t sha256[IC_SHA256_LEN];      /* of the text; set by parse, not written */
    size_t count;
    struct ic_merkle_hash certs[IC_NODE_SET_CERTS_MAX]; /* leaf hashes, sorted */
};

/* The text of a set, without signatures. Nothing is verified. out is untouched unless it is good.
 */
IC_NODISCARD enum ic_node_reason ic_node_set_parse(const uint8_t *text, size_t len,
                                                   struct ic_node_set *out);
/* A note that the operator has signed, at time now_s since 1970. out is untouched unless it is
 * good. */
IC_NODISCARD enum ic_node_reason ic_node_set_open(const uint8_t *bytes, size_t len,
                                                  const struct ic_operator_keys *keys,
                                                  uint64_t now_s, struct ic_node_set *out);
/* The text. What does not follow the rules is written all the same. */
void ic_node_set_write(struct ic_wr *w, const struct ic_node_set *set);
/* Bring the hashes into the order of the text; those that are there twice stay so. */
void ic_node_set_sort(struct ic_node_set *set);
/* The certificate with this leaf hash is in force. */
bool ic_node_set_has(const struct ic_node_set *set, const struct ic_merkle_hash *leaf);

/* The newest set that was ever accepted, to be kept on disk. Serial 0: none yet. */
struct ic_node_set_seen {
    uint64_t serial;
    uint8_t sha256[IC_SHA256_LEN];
};

/* The set is no older than serial_min (of a policy) and than what was seen; then it has been seen.
 * seen is untouched otherwise. */
IC_NODISCARD enum ic_node_reason ic_node_set_see(struct ic_node_set_seen *seen,
                                                 const struct ic_node_set *set,
                                                 uint64_t serial_min);

#endif
