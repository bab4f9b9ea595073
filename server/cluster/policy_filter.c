#include "cluster/policy_filter.h"

#include <string.h>

#include "base/assert.h"
#include "base/pool.h"
#include "wire/policy.h"

/* Nowhere else: outside of this file nobody can make one or change one. */
struct ic_eligible {
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t leaf[IC_SHA256_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    char country[IC_COUNTRY_LEN];
    struct ic_time until;
    uint16_t people_free;
    bool is_self, is_audio_only;
};

struct ic_eligible_list {
    struct ic_eligible at[IC_NODE_CLAIMS_MAX];
    size_t count;
    enum ic_place_reason reason; /* of an empty list */
    enum ic_place_reason own;    /* of ourselves */
    uint8_t policy_sha256[IC_SHA256_LEN];
    uint8_t max_hops;
};

/* One question to the filter. */
struct question {
    const struct ic_place_facts *facts;
    struct ic_policy policy;
    enum ic_place_purpose purpose;
    struct ic_time now;
};

struct ic_eligible_list *ic_eligible_list_create(void)
{
    struct ic_eligible_list *list = ic_array_alloc(1, sizeof *list);
    if (list != NULL)
        list->reason = IC_PLACE_POLICY_MISSING;
    return list;
}

void ic_eligible_list_destroy(struct ic_eligible_list *list)
{
    ic_array_free(list);
}

/* ---- the policy and the set ---- */

/* I3: "policy missing or unparsable: deny". */
static enum ic_place_reason read_policy(const struct ic_place_policy *policy,
                                        struct ic_policy *parsed, uint8_t *sha256)
{
    const struct ic_part part = {policy->bytes, policy->len};
    if (policy->bytes == NULL || policy->len == 0)
        return IC_PLACE_POLICY_MISSING;
    if (ic_policy_parse(policy->bytes, policy->len, parsed) != IC_OK)
        return IC_PLACE_POLICY_MALFORMED;
    if (ic_hash_sha256(&part, 1, sha256) != IC_OK)
        return IC_PLACE_SYSTEM;
    if (policy->sha256 != NULL && memcmp(policy->sha256, sha256, IC_SHA256_LEN) != 0)
        return IC_PLACE_POLICY_MISMATCH;
    return IC_PLACE_GOOD;
}

/* Valid at both ends of what the time may be, and for a while more. */
static bool is_valid_at(uint64_t not_before_s, uint64_t not_after_s, struct ic_date_span date)
{
    return date.from_s >= not_before_s && date.to_s < not_after_s &&
           not_after_s - date.to_s > IC_NODE_CERT_MARGIN_S;
}

static enum ic_place_reason check_set(const struct ic_node_set_claim *set,
                                      const struct ic_policy *policy, struct ic_date_span date)
{
    if (set == NULL)
        return IC_PLACE_NODE_SET_MISSING;
    if (!set->is_signed || !set->is_logged)
        return IC_PLACE_NODE_SET_UNPROVEN;
    if (!is_valid_at(set->not_before_s, set->not_after_s, date))
        return IC_PLACE_NODE_SET_EXPIRED;
    if (set->serial < policy->min_node_set_serial)
        return IC_PLACE_NODE_SET_SERIAL;
    if (memcmp(set->operator_keys_sha256, policy->operator_keys_sha256, IC_SHA256_LEN) != 0)
        return IC_PLACE_OPERATOR_MISMATCH;
    if (memcmp(set->log_policy_sha256, policy->log_policy_sha256, IC_SHA256_LEN) != 0)
        return IC_PLACE_LOG_MISMATCH;
    return IC_PLACE_GOOD;
}

/* ---- one node ---- */

/* I2: the claims of one node that are in force name one country. */
static bool is_in_conflict(const struct ic_node_set_claim *set, const struct ic_node_claim *claims,
                           size_t count)
{
    const struct ic_node_claim *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!ic_node_set_claim_has(set, claims[i].leaf))
            continue;
        if (first != NULL && memcmp(first->country, claims[i].country, IC_COUNTRY_LEN) != 0)
            return true;
        first = &claims[i];
    }
    return false;
}

static bool is_in_policy(const struct ic_policy *policy, const char country[static IC_COUNTRY_LEN])
{
    for (size_t i = 0; i < policy->country_count; i++)
        if (memcmp(&policy->countries[i * IC_POLICY_COUNTRY_LEN], country, IC_COUNTRY_LEN) == 0)
            return true;
    return false;
}

static bool is_removed(const struct ic_place_facts *facts, const uint8_t *node)
{
    for (size_t i = 0; i < facts->removed_count; i++)
        if (memcmp(facts->removed[i], node, IC_NODE_ID_LEN) == 0)
            return true;
    return false;
}

static uint8_t roles_for(enum ic_place_purpose purpose)
{
    bool is_relay = purpose == IC_PLACE_RELAY || purpose == IC_PLACE_STAY_RELAY;
    return is_relay ? IC_NODE_ROLE_RELAY : IC_NODE_ROLE_MEDIA;
}

static bool is_stay(enum ic_place_purpose purpose)
{
    return purpose == IC_PLACE_STAY || purpose == IC_PLACE_STAY_RELAY;
}

/* What the certificate alone decides. */
static enum ic_place_reason check_claim(const struct question *q, const struct ic_node_claim *c,
                                        bool conflict)
{
    struct ic_date_span date = q->facts->date;
    if (!ic_node_set_claim_has(q->facts->set, c->leaf))
        return IC_PLACE_NOT_IN_SET;
    if (!ic_country_is_known(c->country))
        return IC_PLACE_REGION_UNKNOWN;
    if (conflict)
        return IC_PLACE_REGION_CONFLICT;
    if (!is_in_policy(&q->policy, c->country))
        return IC_PLACE_NO_NODE_IN_REGION;
    if (!c->is_signed || !c->is_logged || date.from_s < c->effective_s)
        return IC_PLACE_CERTIFICATE_UNPROVEN;
    if (!is_valid_at(c->not_before_s, c->not_after_s, date))
        return IC_PLACE_CERTIFICATE_EXPIRED;
    if (is_removed(q->facts, c->node))
        return IC_PLACE_REMOVED;
    if ((c->roles & roles_for(q->purpose)) == 0)
        return IC_PLACE_ROLE;
    return IC_PLACE_GOOD;
}

/* I6: first no pictures, then nobody. */
static enum ic_place_reason check_load(enum ic_place_purpose purpose, struct ic_node_load load,
                                       struct ic_eligible *out)
{
    out->people_free = load.people < load.people_max ? load.people_max - load.people : 0;
    out->is_audio_only = load.videos >= load.videos_max;
    if (purpose == IC_PLACE_NEW && load.is_draining)
        return IC_PLACE_DRAINING;
    if (purpose == IC_PLACE_NEW && out->people_free == 0)
        return IC_PLACE_NO_CAPACITY_IN_REGION;
    return IC_PLACE_GOOD;
}

/* I4: what the node says of itself, and how long ago. */
static enum ic_place_reason check_lease(const struct question *q, const struct ic_node_claim *c,
                                        struct ic_eligible *out)
{
    const struct ic_leases *leases = q->facts->leases;
    if (out->is_self) {
        if (!q->facts->is_alone)
            out->until = ic_time_min(out->until, ic_leases_own_end(leases));
        if (ic_time_reached(out->until, q->now))
            return IC_PLACE_LEASE_EXPIRED;
        return check_load(q->purpose, leases->self.load, out);
    }
    const struct ic_lease *lease = ic_leases_find(leases, c->node);
    if (lease == NULL)
        return IC_PLACE_LEASE_EXPIRED;
    if (memcmp(lease->country, c->country, IC_COUNTRY_LEN) != 0)
        return IC_PLACE_REGION_CONFLICT;
    if (memcmp(lease->leaf, c->leaf, sizeof c->leaf) != 0)
        return IC_PLACE_CERTIFICATE_OTHER;
    out->until = ic_time_min(out->until, ic_lease_end(lease));
    if (ic_time_reached(out->until, q->now) || !ic_time_reached(lease->silent_until, q->now))
        return IC_PLACE_LEASE_EXPIRED;
    return check_load(q->purpose, ic_lease_load(lease, q->now), out);
}

static enum ic_place_reason check_one(const struct question *q, const struct ic_node_claim *c,
                                      bool conflict, struct ic_eligible *out)
{
    enum ic_place_reason reason = check_claim(q, c, conflict);
    if (reason != IC_PLACE_GOOD)
        return reason;
    *out = (struct ic_eligible){
        .until = ic_time_add(q->now, IC_MS(IC_PLACE_LIST_MS)),
        .is_self = memcmp(c->node, q->facts->leases->self.node, sizeof c->node) == 0,
    };
    memcpy(out->node, c->node, sizeof out->node);
    memcpy(out->leaf, c->leaf, sizeof out->leaf);
    memcpy(out->fingerprint, c->fingerprint, sizeof out->fingerprint);
    memcpy(out->country, c->country, sizeof out->country);
    if (out->is_self && memcmp(q->facts->leases->self.leaf, c->leaf, sizeof c->leaf) != 0)
        return IC_PLACE_CERTIFICATE_OTHER; /* that one may, and we serve with another */
    return is_stay(q->purpose) ? IC_PLACE_GOOD : check_lease(q, c, out);
}

/* ---- all of them ---- */

/* The claims of one node. For new work one of them is enough: the one that it serves with. What was
 * begun goes on with the key that was shown then, so all that are in force are listed. */
static void check_node(struct ic_eligible_list *list, const struct question *q,
                       const struct ic_node_claim *claims, size_t count)
{
    bool conflict = is_in_conflict(q->facts->set, claims, count);
    bool is_self = memcmp(claims->node, q->facts->leases->self.node, IC_NODE_ID_LEN) == 0;
    for (size_t i = 0; i < count; i++) {
        enum ic_place_reason reason = check_one(q, &claims[i], conflict, &list->at[list->count]);
        if (is_self && list->own != IC_PLACE_GOOD &&
            (reason == IC_PLACE_GOOD || reason > list->own))
            list->own = reason;
        if (reason == IC_PLACE_GOOD)
            list->count++;
        else if (reason > list->reason)
            list->reason = reason;
        if (reason == IC_PLACE_GOOD && !is_stay(q->purpose))
            return;
    }
}

enum ic_place_reason ic_policy_filter(struct ic_eligible_list *list,
                                      const struct ic_place_policy *policy,
                                      const struct ic_place_facts *facts,
                                      enum ic_place_purpose purpose, struct ic_time now)
{
    struct question q = {.facts = facts, .purpose = purpose, .now = now};
    IC_ASSERT(facts->claim_count <= IC_NODE_CLAIMS_MAX);
    list->count = 0;
    list->max_hops = 0;
    list->reason = read_policy(policy, &q.policy, list->policy_sha256);
    if (list->reason == IC_PLACE_GOOD)
        list->reason = check_set(facts->set, &q.policy, facts->date);
    list->own = list->reason != IC_PLACE_GOOD ? list->reason : IC_PLACE_NOT_IN_SET;
    if (list->reason != IC_PLACE_GOOD)
        return list->reason;
    for (size_t i = 0; i < facts->claim_count;) {
        size_t end = i + 1;
        while (end < facts->claim_count &&
               memcmp(facts->claims[i].node, facts->claims[end].node, IC_NODE_ID_LEN) == 0)
            end++;
        IC_ASSERT(end == facts->claim_count ||
                  memcmp(facts->claims[i].node, facts->claims[end].node, IC_NODE_ID_LEN) < 0);
        check_node(list, &q, &facts->claims[i], end - i);
        i = end;
    }
    if (list->count == 0) {
        if (list->reason == IC_PLACE_GOOD) /* there is no node at all */
            list->reason = IC_PLACE_NO_NODE_IN_REGION;
        return list->reason;
    }
    list->max_hops = q.policy.max_hops;
    return IC_PLACE_GOOD;
}

/* ---- what passed ---- */

size_t ic_eligible_count(const struct ic_eligible_list *list, struct ic_time now)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += !ic_time_reached(list->at[i].until, now);
    return count;
}

enum ic_place_reason ic_eligible_reason(const struct ic_eligible_list *list, struct ic_time now)
{
    if (list->count == 0)
        return list->reason;
    return ic_eligible_count(list, now) > 0 ? IC_PLACE_GOOD : IC_PLACE_LEASE_EXPIRED;
}

const struct ic_eligible *ic_eligible_at(const struct ic_eligible_list *list, size_t index,
                                         struct ic_time now)
{
    for (size_t i = 0; i < list->count; i++) {
        if (ic_time_reached(list->at[i].until, now))
            continue;
        if (index == 0)
            return &list->at[i];
        index--;
    }
    return NULL;
}

const struct ic_eligible *ic_eligible_find(const struct ic_eligible_list *list,
                                           const uint8_t node[static IC_NODE_ID_LEN],
                                           struct ic_time now)
{
    for (size_t i = 0; i < list->count; i++)
        if (memcmp(list->at[i].node, node, IC_NODE_ID_LEN) == 0)
            return ic_time_reached(list->at[i].until, now) ? NULL : &list->at[i];
    return NULL;
}

const struct ic_eligible *ic_eligible_find_key(const struct ic_eligible_list *list,
                                               const uint8_t node[static IC_NODE_ID_LEN],
                                               const uint8_t fingerprint[static IC_SHA256_LEN],
                                               struct ic_time now)
{
    for (size_t i = 0; i < list->count; i++)
        if (memcmp(list->at[i].node, node, IC_NODE_ID_LEN) == 0 &&
            memcmp(list->at[i].fingerprint, fingerprint, IC_SHA256_LEN) == 0)
            return ic_time_reached(list->at[i].until, now) ? NULL : &list->at[i];
    return NULL;
}

enum ic_place_reason ic_eligible_own_reason(const struct ic_eligible_list *list)
{
    return list->own;
}

uint8_t ic_eligible_list_max_hops(const struct ic_eligible_list *list)
{
    return list->max_hops;
}

const uint8_t *ic_eligible_list_policy(const struct ic_eligible_list *list)
{
    return list->count > 0 ? list->policy_sha256 : NULL;
}

const uint8_t *ic_eligible_node(const struct ic_eligible *e)
{
    return e->node;
}

const uint8_t *ic_eligible_leaf(const struct ic_eligible *e)
{
    return e->leaf;
}

const uint8_t *ic_eligible_fingerprint(const struct ic_eligible *e)
{
    return e->fingerprint;
}

const char *ic_eligible_country(const struct ic_eligible *e)
{
    return e->country;
}

bool ic_eligible_is_self(const struct ic_eligible *e)
{
    return e->is_self;
}

bool ic_eligible_is_audio_only(const struct ic_eligible *e)
{
    return e->is_audio_only;
}

uint16_t ic_eligible_room(const struct ic_eligible *e)
{
    return e->people_free;
}
