/* The wall of this node, also where it is the only one: ic_policy_filter is asked for the node
 * itself against the policy of a meeting, whatever a bus or a directory says. What it knows of
 * itself are papers that were proved, handed down as a value. */
#ifndef IC_CLUSTER_OWN_WALL_H
#define IC_CLUSTER_OWN_WALL_H

#include "cluster/invariant.h"
#include "cluster/node_claim.h"
#include "cluster/node_reason.h"
#include "msg/wall.h"

/* What this node has proved of itself. */
struct ic_own_papers {
    struct ic_node_claim claim;   /* of the certificate that it serves with */
    struct ic_node_set_claim set; /* its leaves are not read */
    bool is_in_set;               /* the set names the certificate */
    /* SHA-256 of each list of operator keys that leads to the one in force: a policy binds one. */
    uint8_t lists[IC_OPERATOR_CHAIN_MAX][IC_SHA256_LEN];
    size_t list_count;
};

struct ic_own_wall;

/* Without papers: it lets nobody in. The caller takes it; NULL when there is no memory.
 *  people_max  that this node carries
 *  unix_s      what the system's clock says */
struct ic_own_wall *ic_own_wall_create(uint32_t people_max, struct ic_time now, uint64_t unix_s);
void ic_own_wall_destroy(struct ic_own_wall *w);

/* papers: copied; NULL: there are none any more.
 *  IC_NODE_SET_SERIAL    the set is older than one that was there; nothing changed
 *  IC_NODE_SET_CONFLICT  it is another one of the same serial; nothing changed */
IC_NODISCARD enum ic_node_reason ic_own_wall_set_papers(struct ic_own_wall *w,
                                                        const struct ic_own_papers *papers);
/* What the system's clock says; at least once a second. */
void ic_own_wall_set_date(struct ic_own_wall *w, struct ic_time now, uint64_t unix_s);
struct ic_wall_answer ic_own_wall_ask(struct ic_own_wall *w, struct ic_time now,
                                      const struct ic_wall_question *question);
/* As whoever asks has it; keeps w. */
struct ic_wall ic_own_wall_handle(struct ic_own_wall *w);
/* What it let pass, checked a second time without the filter: how often that did not hold
 * (incamera_region_violations_total). Stays 0. */
uint64_t ic_own_wall_violations(const struct ic_own_wall *w);

#endif
