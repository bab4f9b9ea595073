#include "cluster/invariant.h"

#include <string.h>

#include "wire/policy.h"

static bool names_country(const struct ic_policy *p, const char country[static IC_COUNTRY_LEN])
{
    bool found = false;
    for (size_t i = 0; i < p->country_count; i++) {
        const uint8_t *c = &p->countries[i * IC_POLICY_COUNTRY_LEN];
        found |= c[0] == (uint8_t)country[0] && c[1] == (uint8_t)country[1];
    }
    return found;
}

static bool i1_holds(const struct ic_invariant_event *e, bool is_named)
{
    return is_named && e->is_in_set && e->date_s >= e->not_before_s && e->date_s < e->not_after_s;
}

static bool i6_holds(const struct ic_invariant_event *e)
{
    if (e->kind == IC_EVENT_REFUSE)
        return e->retry_ms > 0;
    return e->people <= e->people_max;
}

static void count(struct ic_invariants *c, enum ic_invariant which, bool holds, bool *all,
                  enum ic_invariant *first)
{
    c->checked[which]++;
    if (holds)
        return;
    c->violated[which]++;
    if (*all)
        *first = which;
    *all = false;
}

bool ic_invariant_check(struct ic_invariants *counts, const struct ic_invariant_event *e,
                        enum ic_invariant *first)
{
    struct ic_policy policy = {0};
    bool all = true;
    if (e->kind == IC_EVENT_JOIN || e->kind == IC_EVENT_REFUSE)
        count(counts, IC_I6, i6_holds(e), &all, first);
    if (e->kind == IC_EVENT_REFUSE)
        return all;
    bool has_policy =
        e->policy != NULL && ic_policy_parse(e->policy, e->policy_len, &policy) == IC_OK;
    bool is_named = has_policy && names_country(&policy, e->country);
    count(counts, IC_I3, has_policy, &all, first);
    count(counts, IC_I2, ic_country_is_known(e->country) && !e->is_conflicting, &all, first);
    count(counts, IC_I1, i1_holds(e, is_named), &all, first);
    count(counts, IC_I7,
          e->is_signed && e->is_logged && !e->is_removed && e->date_s >= e->effective_s, &all,
          first);
    if (e->kind == IC_EVENT_JOIN || e->kind == IC_EVENT_NAME)
        count(counts, IC_I4, e->lease_age.us <= IC_INVARIANT_LEASE_US, &all, first);
    if (e->kind == IC_EVENT_RELAY)
        count(counts, IC_I5, is_named && e->is_key_shown && e->hops <= policy.max_hops, &all,
              first);
    if (e->kind == IC_EVENT_PACKET)
        count(counts, IC_I8, is_named && e->is_assigned, &all, first);
    return all;
}

uint64_t ic_invariants_total(const struct ic_invariants *counts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < IC_INVARIANTS; i++)
        total += counts->violated[i];
    return total;
}
