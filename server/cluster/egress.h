/* What the machine of a node may send to: the nodes that ic_policy_filter lets pass for a list of
 * countries, and nobody else of the deployment; as a ruleset of nftables. The kernel then holds
 * what the programs of this machine hold: a wall that goes by addresses of proved certificates and
 * knows no meeting. */
#ifndef IC_CLUSTER_EGRESS_H
#define IC_CLUSTER_EGRESS_H

#include "base/wr.h"
#include "cluster/node_cert.h"
#include "cluster/node_claim.h"
#include "cluster/place_reason.h"

#define IC_EGRESS_PREFIXES_MAX (IC_NODE_CLAIMS_MAX * IC_NODE_ADDRESSES_MAX)

/* A certificate that the set names, proved: signed and logged. */
struct ic_egress_cert {
    struct ic_node_claim claim;
    struct ic_node_prefix addresses[IC_NODE_ADDRESSES_MAX];
    uint8_t address_count;
};

/* All borrowed. */
struct ic_egress_facts {
    struct ic_egress_cert *certs; /* sorted by the call; each that the set names, no other */
    size_t cert_count;
    const struct ic_node_set_claim *set; /* in force, proved */
    const struct ic_node_claim *self;    /* that this machine serves with */
    const uint8_t *countries;            /* two capitals each, ascending, none twice */
    size_t country_count;
    uint64_t now_s; /* since 1970 */
};

/* Addresses in the order of ic_node_prefix_compare, none in another. Large: 0.2 MB. */
struct ic_egress {
    struct ic_node_prefix peers[IC_EGRESS_PREFIXES_MAX];   /* may carry and relay these meetings */
    struct ic_node_prefix outside[IC_EGRESS_PREFIXES_MAX]; /* all other nodes */
    size_t peer_count, outside_count;
    size_t peer_nodes, outside_nodes;
    size_t shared_count; /* blocks of peers that touch one outside: what lies in both is denied */
};

/* Sort the nodes of the deployment. A node is outside unless the filter lets it pass, for clients'
 * media or for relays: of another country, without these roles, expired, in contradiction.
 *  IC_PLACE_GOOD  out is written
 *  else           why there is no ruleset: this node itself may not, a certificate of the set is
 *                 not here (IC_PLACE_NOT_IN_SET), what the filter says */
IC_NODISCARD enum ic_place_reason ic_egress_plan(struct ic_egress *out,
                                                 const struct ic_egress_facts *facts);

/* What else goes into the ruleset. All borrowed. */
struct ic_egress_rules {
    const struct ic_addr *bus; /* servers of the bus, TCP at their ports */
    size_t bus_count;
    const struct ic_node_prefix *also; /* ascending, none in another; for is_closed */
    size_t also_count;
    uint16_t relay_port; /* TCP between nodes, to peers alone; 0: not; for is_closed */
    bool is_closed;      /* a machine without clients: to peers, bus and also, and to nobody else */
};

/* Append the ruleset: one transaction that takes the place of the table before. A full writer turns
 * bad. */
void ic_egress_write(struct ic_wr *w, const struct ic_egress *e,
                     const struct ic_egress_rules *rules);
/* Bring blocks into order; those that lie in another one go. Returns how many are left. */
size_t ic_egress_merge(struct ic_node_prefix *blocks, size_t count);

#endif
