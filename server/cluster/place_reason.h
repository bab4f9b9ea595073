/* Why a meeting gets no node, or a node no meeting: the words of docs/protocol/cluster.md 3. In the
 * order in which things are checked, so that of several nodes the one that came furthest says what
 * is the matter: "full" if one of the region is full, even if others are not there. */
#ifndef IC_CLUSTER_PLACE_REASON_H
#define IC_CLUSTER_PLACE_REASON_H

#include <stdbool.h>

enum ic_place_reason {
    IC_PLACE_GOOD,
    /* the question */
    IC_PLACE_POLICY_MISSING,
    IC_PLACE_POLICY_MALFORMED,
    IC_PLACE_POLICY_MISMATCH, /* not the one that the link or the directory names */
    IC_PLACE_NODE_SET_MISSING,
    IC_PLACE_NODE_SET_UNPROVEN,
    IC_PLACE_NODE_SET_EXPIRED,
    IC_PLACE_NODE_SET_SERIAL,
    IC_PLACE_OPERATOR_MISMATCH, /* other operator keys than the policy's */
    IC_PLACE_LOG_MISMATCH,
    /* each node */
    IC_PLACE_NOT_IN_SET,
    IC_PLACE_REGION_UNKNOWN,  /* empty, malformed or no country */
    IC_PLACE_REGION_CONFLICT, /* two certificates, or certificate and beat, name two countries */
    IC_PLACE_NO_NODE_IN_REGION,
    IC_PLACE_CERTIFICATE_UNPROVEN, /* not signed by enough keys, not in the log, not in effect */
    IC_PLACE_CERTIFICATE_EXPIRED,  /* or not valid yet */
    IC_PLACE_REMOVED,              /* by the configuration */
    IC_PLACE_ROLE,
    IC_PLACE_CERTIFICATE_OTHER, /* it serves with another certificate */
    IC_PLACE_LEASE_EXPIRED,
    IC_PLACE_DRAINING,
    IC_PLACE_NO_CAPACITY_IN_REGION,
    /* the way to an answer (placement.h) */
    IC_PLACE_HOPS, /* more nodes in a row than the policy allows */
    IC_PLACE_FINGERPRINT,
    IC_PLACE_DIRECTORY_UNREACHABLE,
    IC_PLACE_DIRECTORY_INVALID,
    IC_PLACE_DIRECTORY_BUSY,
    IC_PLACE_TAKEN_OVER, /* another node has the meeting now */
    IC_PLACE_BUSY,       /* our own tables are full */
    IC_PLACE_SYSTEM,     /* the crypto library failed */
    IC_PLACE_REASONS,    /* how many */
};

/* The word of the protocol, as "no_capacity_in_region"; "good" for IC_PLACE_GOOD. */
const char *ic_place_reason_word(enum ic_place_reason reason);
/* Time alone may change the answer: it is worth asking again (IC_PLACE_RETRY_MS). */
bool ic_place_reason_may_pass(enum ic_place_reason reason);

#endif
