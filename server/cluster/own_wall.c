#include "cluster/own_wall.h"

#include <string.h>

#include "base/pool.h"
#include "cluster/policy_filter.h"
#include "wire/policy.h"

struct ic_own_wall {
    struct ic_own_papers papers;
    bool has_papers;
    struct ic_merkle_hash leaf;   /* all that is read of the set */
    struct ic_node_set_seen seen; /* serial 0: none yet */
    struct ic_leases leases;      /* of nobody else */
    struct ic_eligible_list *list;
    struct ic_date_guard guard;
    uint64_t unix_s;
    uint32_t people_max;
    struct ic_invariants invariants;
};

struct ic_own_wall *ic_own_wall_create(uint32_t people_max, struct ic_time now, uint64_t unix_s)
{
    struct ic_own_wall *w = ic_array_alloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->list = ic_eligible_list_create();
    w->guard = ic_date_guard_init(now, unix_s);
    w->unix_s = unix_s;
    w->people_max = people_max;
    if (w->list != NULL)
        return w;
    ic_own_wall_destroy(w);
    return NULL;
}

void ic_own_wall_destroy(struct ic_own_wall *w)
{
    ic_eligible_list_destroy(w->list);
    ic_array_free(w);
}

enum ic_node_reason ic_own_wall_set_papers(struct ic_own_wall *w,
                                           const struct ic_own_papers *papers)
{
    struct ic_lease_config config = {.incarnation = 0};
    if (papers == NULL) {
        w->has_papers = false;
        return IC_NODE_GOOD;
    }
    if (papers->set.serial < w->seen.serial)
        return IC_NODE_SET_SERIAL;
    if (papers->set.serial == w->seen.serial &&
        memcmp(papers->set.sha256, w->seen.sha256, sizeof w->seen.sha256) != 0)
        return IC_NODE_SET_CONFLICT;
    w->seen.serial = papers->set.serial;
    memcpy(w->seen.sha256, papers->set.sha256, sizeof w->seen.sha256);
    w->papers = *papers;
    w->has_papers = true;
    memcpy(w->leaf.bytes, papers->claim.leaf, sizeof w->leaf.bytes);
    w->papers.set.leaves = &w->leaf;
    w->papers.set.leaf_count = papers->is_in_set;
    memcpy(config.node, papers->claim.node, sizeof config.node);
    memcpy(config.leaf, papers->claim.leaf, sizeof config.leaf);
    memcpy(config.country, papers->claim.country, sizeof config.country);
    ic_leases_init(&w->leases, &config);
    return IC_NODE_GOOD;
}

void ic_own_wall_set_date(struct ic_own_wall *w, struct ic_time now, uint64_t unix_s)
{
    w->unix_s = unix_s;
    ic_date_guard_input(&w->guard, now, unix_s);
}

/* A policy binds the list that was in force when it was made; each list signs the one after it. */
static void choose_list(struct ic_own_wall *w, const struct ic_policy *policy)
{
    for (size_t i = 0; i < w->papers.list_count; i++)
        if (memcmp(w->papers.lists[i], policy->operator_keys_sha256, IC_SHA256_LEN) == 0)
            memcpy(w->papers.set.operator_keys_sha256, w->papers.lists[i], IC_SHA256_LEN);
}

/* People who are there go on while the papers are late. They do not when it is said that this node
 * must not carry them. */
static bool is_end(enum ic_place_reason reason)
{
    switch (reason) {
    case IC_PLACE_POLICY_MISSING:
    case IC_PLACE_POLICY_MALFORMED:
    case IC_PLACE_POLICY_MISMATCH:
    case IC_PLACE_OPERATOR_MISMATCH:
    case IC_PLACE_LOG_MISMATCH:
    case IC_PLACE_NOT_IN_SET:
    case IC_PLACE_REGION_UNKNOWN:
    case IC_PLACE_REGION_CONFLICT:
    case IC_PLACE_NO_NODE_IN_REGION:
    case IC_PLACE_REMOVED:
    case IC_PLACE_ROLE:
        return true;
    case IC_PLACE_GOOD:
    case IC_PLACE_NODE_SET_MISSING:
    case IC_PLACE_NODE_SET_UNPROVEN:
    case IC_PLACE_NODE_SET_EXPIRED:
    case IC_PLACE_NODE_SET_SERIAL:
    case IC_PLACE_CERTIFICATE_UNPROVEN:
    case IC_PLACE_CERTIFICATE_EXPIRED:
    case IC_PLACE_CERTIFICATE_OTHER:
    case IC_PLACE_LEASE_EXPIRED:
    case IC_PLACE_DRAINING:
    case IC_PLACE_NO_CAPACITY_IN_REGION:
    case IC_PLACE_HOPS:
    case IC_PLACE_FINGERPRINT:
    case IC_PLACE_DIRECTORY_UNREACHABLE:
    case IC_PLACE_DIRECTORY_INVALID:
    case IC_PLACE_DIRECTORY_BUSY:
    case IC_PLACE_TAKEN_OVER:
    case IC_PLACE_BUSY:
    case IC_PLACE_SYSTEM:
    case IC_PLACE_REASONS:
        break;
    }
    return false;
}

/* What passed, as flat facts. */
static void note(struct ic_own_wall *w, const struct ic_wall_question *question)
{
    const struct ic_node_claim *c = &w->papers.claim;
    enum ic_invariant first;
    struct ic_invariant_event e = {
        .kind = question->purpose == IC_WALL_NEW ? IC_EVENT_JOIN : IC_EVENT_CARRY,
        .policy = question->policy,
        .policy_len = question->policy_len,
        .date_s = w->unix_s,
        .not_before_s = c->not_before_s,
        .not_after_s = c->not_after_s,
        .effective_s = c->effective_s,
        .is_signed = c->is_signed && w->papers.set.is_signed,
        .is_logged = c->is_logged && w->papers.set.is_logged,
        .is_in_set = w->papers.is_in_set,
        .people = question->people < w->people_max ? 1 : 2,
        .people_max = 1,
    };
    memcpy(e.country, c->country, sizeof e.country);
    (void)ic_invariant_check(&w->invariants, &e, &first);
}

static enum ic_place_reason filter(struct ic_own_wall *w, struct ic_time now,
                                   const struct ic_wall_question *question)
{
    struct ic_policy parsed;
    const struct ic_place_policy policy = {.bytes = question->policy, .len = question->policy_len};
    struct ic_place_facts facts = {
        .claims = &w->papers.claim,
        .claim_count = w->has_papers,
        .set = w->has_papers ? &w->papers.set : NULL,
        .leases = &w->leases,
        .date = ic_date_guard_span(&w->guard, now, w->unix_s),
        .is_alone = true,
    };
    if (ic_policy_parse(policy.bytes, policy.len, &parsed) == IC_OK)
        choose_list(w, &parsed);
    ic_leases_set_load(&w->leases, (struct ic_node_load){
                                       .people = question->people >= w->people_max,
                                       .people_max = 1, /* there is room, or there is none */
                                       .videos_max = 1,
                                   });
    (void)!ic_policy_filter(w->list, &policy, &facts,
                            question->purpose == IC_WALL_NEW ? IC_PLACE_NEW : IC_PLACE_STAY, now);
    if (ic_eligible_find(w->list, w->leases.self.node, now) != NULL)
        return IC_PLACE_GOOD;
    return ic_eligible_own_reason(w->list);
}

struct ic_wall_answer ic_own_wall_ask(struct ic_own_wall *w, struct ic_time now,
                                      const struct ic_wall_question *question)
{
    enum ic_place_reason reason = filter(w, now, question);
    if (reason == IC_PLACE_GOOD) {
        note(w, question);
        return (struct ic_wall_answer){.reason = NULL};
    }
    return (struct ic_wall_answer){
        .reason = ic_place_reason_word(reason),
        .retry_ms = ic_place_reason_may_pass(reason) ? IC_PLACE_RETRY_MS : 0,
        .is_end = is_end(reason),
    };
}

static struct ic_wall_answer ask(void *context, struct ic_time now,
                                 const struct ic_wall_question *question)
{
    return ic_own_wall_ask(context, now, question);
}

struct ic_wall ic_own_wall_handle(struct ic_own_wall *w)
{
    return (struct ic_wall){.ask = ask, .context = w};
}

uint64_t ic_own_wall_violations(const struct ic_own_wall *w)
{
    return ic_invariants_total(&w->invariants);
}
