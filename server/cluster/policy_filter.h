/* The one maker of eligible nodes. A node may carry a meeting, relay it, be told to a client or
 * take a meeting over only as an ic_eligible, and nothing but ic_policy_filter makes one: whoever
 * chooses (selector.h) chooses among what it let pass, and whoever has nothing to choose from has a
 * reason. There is no second list to fall back to. What is unknown, empty, late, malformed or in
 * contradiction is not eligible.
 *
 * The filter reads the policy from its bytes, takes the country from the certificate alone (not
 * from groups, names, beats or addresses), and leaves cost and distance to the selectors. */
#ifndef IC_CLUSTER_POLICY_FILTER_H
#define IC_CLUSTER_POLICY_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "cluster/date.h"
#include "cluster/lease.h"
#include "cluster/node_claim.h"
#include "cluster/place_reason.h"

enum ic_place_purpose {
    IC_PLACE_NEW,        /* take people or a meeting: alive, not draining, with room */
    IC_PLACE_ALIVE,      /* keep a meeting: alive, however full */
    IC_PLACE_RELAY,      /* begin to carry a meeting between nodes: alive, role relay */
    IC_PLACE_STAY,       /* go on as before: what leases and loads say does not matter */
    IC_PLACE_STAY_RELAY, /* the same of a relay: role relay */
};

/* The policy of a meeting, as bytes. */
struct ic_place_policy {
    const uint8_t *bytes; /* borrowed; NULL: nobody knows it */
    size_t len;
    const uint8_t *sha256; /* what its hash has to be, borrowed; NULL: nobody has said */
};

/* What this node knows. All borrowed. */
struct ic_place_facts {
    const struct ic_node_claim *claims;  /* in the order of ic_node_claims_sort (asserted) */
    size_t claim_count;                  /* at most IC_NODE_CLAIMS_MAX (asserted) */
    const struct ic_node_set_claim *set; /* NULL: none */
    const struct ic_leases *leases;
    const uint8_t (*removed)[IC_NODE_ID_LEN]; /* by the configuration, which cannot add */
    size_t removed_count;
    struct ic_date_span date;
    bool is_alone; /* the one node, without a bus: its own lease is not asked for. Nothing else */
};

struct ic_eligible;      /* one node that passed */
struct ic_eligible_list; /* those that passed, for one meeting, one purpose and a short time */

/* An empty list; the caller takes it. NULL when there is no memory. Made once, filled often. */
struct ic_eligible_list *ic_eligible_list_create(void);
void ic_eligible_list_destroy(struct ic_eligible_list *list);

/* Fill the list anew, good until IC_PLACE_LIST_MS from now or until a node's lease ends. Returns
 * IC_PLACE_GOOD when it has at least one node, else why it has none. */
IC_NODISCARD enum ic_place_reason ic_policy_filter(struct ic_eligible_list *list,
                                                   const struct ic_place_policy *policy,
                                                   const struct ic_place_facts *facts,
                                                   enum ic_place_purpose purpose,
                                                   struct ic_time now);

/* Those that are still good at now; why there is none. */
size_t ic_eligible_count(const struct ic_eligible_list *list, struct ic_time now);
enum ic_place_reason ic_eligible_reason(const struct ic_eligible_list *list, struct ic_time now);
/* Number index of those, lent until the list is filled again; NULL: there is none of that number.
 */
const struct ic_eligible *ic_eligible_at(const struct ic_eligible_list *list, size_t index,
                                         struct ic_time now);
/* The one with this id; NULL: it is not eligible. */
const struct ic_eligible *ic_eligible_find(const struct ic_eligible_list *list,
                                           const uint8_t node[static IC_NODE_ID_LEN],
                                           struct ic_time now);
/* STAY and STAY_RELAY list each certificate in force: the one of this node with this DTLS key. */
const struct ic_eligible *ic_eligible_find_key(const struct ic_eligible_list *list,
                                               const uint8_t node[static IC_NODE_ID_LEN],
                                               const uint8_t fingerprint[static IC_SHA256_LEN],
                                               struct ic_time now);
/* What the filter said of this node itself: GOOD, or why it is not in the list. */
enum ic_place_reason ic_eligible_own_reason(const struct ic_eligible_list *list);
/* What the policy of the list's meeting says; 0 of an empty list. */
uint8_t ic_eligible_list_max_hops(const struct ic_eligible_list *list);
/* The hash of that policy, lent likewise; NULL of an empty list. */
const uint8_t *ic_eligible_list_policy(const struct ic_eligible_list *list);

/* Lent likewise. */
const uint8_t *ic_eligible_node(const struct ic_eligible *e);
const uint8_t *ic_eligible_leaf(const struct ic_eligible *e);
const uint8_t *ic_eligible_fingerprint(const struct ic_eligible *e);
/* Two characters, no terminator. */
const char *ic_eligible_country(const struct ic_eligible *e);
bool ic_eligible_is_self(const struct ic_eligible *e);
/* It has room for voices, and none for pictures. */
bool ic_eligible_is_audio_only(const struct ic_eligible *e);
/* People that it has room for. */
uint16_t ic_eligible_room(const struct ic_eligible *e);

#endif
