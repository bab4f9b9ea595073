/* Which of the eligible nodes. Selectors know about load, sticking to a node and where people are;
 * they know nothing of countries, and they cannot name a node that the filter did not let pass. */
#ifndef IC_CLUSTER_SELECTOR_H
#define IC_CLUSTER_SELECTOR_H

#include "cluster/policy_filter.h"

/* All answers are lent until the list is filled again; NULL: the list is empty at now, and
 * ic_eligible_reason says why. */

/* The one with most room; one with room for pictures before one without. */
const struct ic_eligible *ic_select_least_load(const struct ic_eligible_list *list,
                                               struct ic_time now);
/* This node if it is eligible and has room for pictures, or nobody has; else the one with most. */
const struct ic_eligible *ic_select_sticky(const struct ic_eligible_list *list,
                                           const uint8_t node[static IC_NODE_ID_LEN],
                                           struct ic_time now);
/* One in the country where somebody is, if there is one with room for pictures; else as least
 * load. An unknown, empty or malformed country is of no consequence. */
const struct ic_eligible *ic_select_nearest(const struct ic_eligible_list *list,
                                            const char *country, size_t country_len,
                                            struct ic_time now);
/* Where to go if except is lost: at most max others, by room. Returns how many. */
size_t ic_select_failover(const struct ic_eligible_list *list,
                          const uint8_t except[static IC_NODE_ID_LEN], struct ic_time now,
                          const struct ic_eligible **out, size_t max);

#endif
