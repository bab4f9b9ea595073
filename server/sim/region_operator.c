/* The operator of a simulated deployment: certificates and sets that are right, and such as a
 * mistake, a thief or a lie would make. And the people who make meetings, with their policies. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/wr.h"
#include "sim/region_state.h"
#include "wire/policy.h"

static const char COUNTRIES[IC_REGION_NODES][3] = {"DE", "DE", "DE", "FR", "FR", "CH",
                                                   "GB", "JP", "US", "US", "CN", "ZZ"};
static const uint8_t KEYS[IC_SHA256_LEN] = {0x11}, LOG[IC_SHA256_LEN] = {0x22};

static int compare_leaves(const void *a, const void *b)
{
    return memcmp(a, b, IC_SHA256_LEN);
}

static void leaf_of(const struct ic_region_node *n, uint64_t serial, uint8_t *out)
{
    const struct ic_part parts[] = {{n->id, sizeof n->id}, {(const uint8_t *)&serial, 8}};
    IC_ASSERT(ic_hash_sha256(parts, 2, out) == IC_OK);
}

/* key: number of the DTLS key in it. */
static struct ic_node_claim *certify(struct ic_region *r, struct ic_region_version *v,
                                     uint32_t node, uint64_t serial, uint64_t key,
                                     const char *country)
{
    struct ic_node_claim *c = &v->claims[v->claim_count++];
    uint64_t date = ic_region_date(r);
    *c = (struct ic_node_claim){
        .not_before_s = date - 100000,
        .not_after_s = date + 1000000,
        .effective_s = date - 3600,
        .roles = IC_NODE_ROLE_MEDIA | IC_NODE_ROLE_RELAY | IC_NODE_ROLE_SIGNAL,
        .is_signed = true,
        .is_logged = true,
    };
    memcpy(c->node, r->nodes[node].id, sizeof c->node);
    leaf_of(&r->nodes[node], serial, c->leaf);
    leaf_of(&r->nodes[node], key, c->fingerprint);
    c->fingerprint[0] ^= 1;
    memcpy(c->country, country, strlen(country) < 3 ? strlen(country) : 2);
    return c;
}

/* The set names all certificates but one (leaf NULL: all of them). */
static void seal(struct ic_region *r, struct ic_region_version *v, uint64_t serial,
                 const uint8_t *without)
{
    v->set = (struct ic_node_set_claim){
        .leaves = v->leaves,
        .serial = serial,
        .not_before_s = ic_region_date(r) - 100000,
        .not_after_s = ic_region_date(r) + 500000,
        .is_signed = true,
        .is_logged = true,
    };
    for (size_t i = 0; i < sizeof v->set.sha256; i++)
        v->set.sha256[i] = (uint8_t)ic_region_below(r, 256);
    memcpy(v->set.operator_keys_sha256, KEYS, sizeof KEYS);
    memcpy(v->set.log_policy_sha256, LOG, sizeof LOG);
    for (size_t i = 0; i < v->claim_count; i++)
        if (without == NULL || memcmp(v->claims[i].leaf, without, IC_SHA256_LEN) != 0)
            memcpy(v->leaves[v->set.leaf_count++].bytes, v->claims[i].leaf, IC_SHA256_LEN);
    qsort(v->leaves, v->set.leaf_count, sizeof v->leaves[0], compare_leaves);
    ic_node_claims_sort(v->claims, v->claim_count);
}

/* When something ends that is about to: within the margin that nodes keep, or just before it. */
static uint64_t soon(struct ic_region *r)
{
    uint64_t left = 1 + ic_region_below(r, 4);
    return ic_region_date(r) + left + (ic_region_below(r, 2) == 0 ? IC_NODE_CERT_MARGIN_S : 0);
}

/* Something is wrong with the set itself. */
static void spoil_set(struct ic_region *r, struct ic_node_set_claim *set)
{
    switch (ic_region_below(r, 5)) {
    case 0:
        set->is_signed = false;
        break;
    case 1:
        set->is_logged = false;
        break;
    case 2:
        set->operator_keys_sha256[5] ^= 1;
        break;
    case 3:
        set->log_policy_sha256[5] ^= 1;
        break;
    default:
        set->not_after_s = soon(r);
        break;
    }
}

/* Something is wrong with one certificate. */
static void spoil_claim(struct ic_region *r, struct ic_node_claim *c)
{
    static const char countries[][3] = {"US", "CN", "", "ZZ", "d3", "DE", "FR", "EU"};
    switch (ic_region_below(r, 6)) {
    case 0:
        c->is_signed = false;
        break;
    case 1:
        c->is_logged = false;
        break;
    case 2:
        c->effective_s = ic_region_date(r) + 5 + ic_region_below(r, 60);
        break;
    case 3:
        c->not_after_s = soon(r);
        break;
    default: /* it registers again with another country, or with none */
        memcpy(c->country, countries[ic_region_below(r, 8)], sizeof c->country);
        break;
    }
}

void ic_region_publish_first(struct ic_region *r)
{
    struct ic_region_version *v = &r->versions[0];
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        r->nodes[i].serial = r->nodes[i].key = 1;
        certify(r, v, i, 1, 1, COUNTRIES[i]);
    }
    seal(r, v, 10, NULL);
}

static bool is_in_use(const struct ic_region *r, uint32_t version)
{
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        if (r->nodes[i].placement != NULL && r->nodes[i].version == version)
            return true;
    return false;
}

/* A place for a set that nobody holds any more, nor is to hold: not keep either;
 * IC_REGION_VERSIONS: somebody is far behind. */
static uint32_t free_version(const struct ic_region *r, uint32_t keep)
{
    for (uint32_t i = 1; i < IC_REGION_VERSIONS; i++) {
        uint32_t at = (r->version + i) % IC_REGION_VERSIONS;
        if (at != keep && !is_in_use(r, at))
            return at;
    }
    return IC_REGION_VERSIONS;
}

/* Another set of the serial of this one, signed as well, without one of its certificates; some hear
 * of it first. */
static void publish_twin(struct ic_region *r, uint32_t version)
{
    const struct ic_region_version *v = &r->versions[version];
    uint32_t at = free_version(r, version);
    uint8_t leaf[IC_SHA256_LEN];
    if (at == IC_REGION_VERSIONS)
        return;
    struct ic_region_version *twin = &r->versions[at];
    *twin = *v;
    memcpy(leaf, v->claims[ic_region_below(r, (uint32_t)v->claim_count)].leaf, sizeof leaf);
    seal(r, twin, v->set.serial, leaf);
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        if (ic_region_below(r, 2) == 0)
            ic_region_send_version(r, i, at);
}

void ic_region_publish_good(struct ic_region *r)
{
    uint64_t serial = r->versions[r->version].set.serial + 1;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        ic_region_tell(r, i, r->version, true);
    uint32_t next = free_version(r, r->version);
    IC_ASSERT(next < IC_REGION_VERSIONS);
    struct ic_region_version *v = &r->versions[next];
    memset(v, 0, sizeof *v);
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        certify(r, v, i, r->nodes[i].serial, r->nodes[i].key, COUNTRIES[i]);
    seal(r, v, serial, NULL);
    r->version = next;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        ic_region_tell(r, i, next, true);
}

bool ic_region_is_allowed(const struct ic_region *r, uint32_t node, uint32_t meeting)
{
    const struct ic_region_meeting *m = &r->meetings[meeting];
    struct ic_policy policy;
    IC_ASSERT(ic_policy_parse(m->policy, m->policy_len, &policy) == IC_OK);
    for (size_t i = 0; i < policy.country_count; i++)
        if (memcmp(&policy.countries[i * IC_COUNTRY_LEN], COUNTRIES[node], IC_COUNTRY_LEN) == 0)
            return ic_country_is_known(COUNTRIES[node]);
    return false;
}

void ic_region_publish(struct ic_region *r)
{
    uint32_t next = free_version(r, r->version), who = ic_region_below(r, IC_REGION_NODES);
    uint64_t serial = r->versions[r->version].set.serial + 1;
    uint32_t kind = ic_region_below(r, 8);
    const uint8_t *without = NULL;
    if (next == IC_REGION_VERSIONS)
        return;
    struct ic_region_version *v = &r->versions[next];
    memset(v, 0, sizeof *v);
    if (ic_region_below(r, 2) == 0) /* renewed with another key */
        r->nodes[who].key = serial;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        struct ic_node_claim *c =
            certify(r, v, i, i == who ? serial : r->nodes[i].serial, r->nodes[i].key, COUNTRIES[i]);
        if (i != who || kind < 2) /* kind < 2: all is well again */
            continue;
        if (kind == 2)
            c->roles &= (uint8_t)~IC_NODE_ROLE_RELAY;
        else if (kind == 3)
            without = c->leaf;
        else if (kind == 4) /* two in force, that contradict each other */
            certify(r, v, i, serial + 1000000, serial + 1000000,
                    ic_region_below(r, 2) == 0 ? "US" : "DE");
        else
            spoil_claim(r, c);
    }
    r->nodes[who].serial = serial;
    uint8_t leaf[IC_SHA256_LEN];
    if (without != NULL)
        memcpy(leaf, without, sizeof leaf);
    seal(r, v, serial, without == NULL ? NULL : leaf);
    if (kind == 7 && ic_region_below(r, 3) == 0)
        spoil_set(r, &v->set);
    if (ic_region_below(r, 4) == 0)
        publish_twin(r, next);
    r->version = next;
    for (uint32_t i = 0; i < IC_REGION_NODES; i++)
        ic_region_send_version(r, i, next);
}

/* The certificate of the node in a version: the one that it would serve with. */
static const struct ic_node_claim *own(const struct ic_region *r, uint32_t node, uint32_t version)
{
    const struct ic_region_version *v = &r->versions[version];
    for (size_t i = 0; i < v->claim_count; i++)
        if (memcmp(v->claims[i].node, r->nodes[node].id, IC_NODE_ID_LEN) == 0)
            return &v->claims[i];
    return NULL;
}

void ic_region_tell(struct ic_region *r, uint32_t node, uint32_t version, bool has_cert)
{
    struct ic_region_node *n = &r->nodes[node];
    const struct ic_region_version *v = &r->versions[version];
    const struct ic_node_claim *c = has_cert ? own(r, node, version) : NULL;
    struct ic_time local = ic_region_local(r, node);
    uint64_t known = r->versions[n->version].set.serial;
    enum ic_node_reason reason =
        ic_placement_set_nodes(n->placement, local, v->claims, v->claim_count, &v->set, c);
    bool is_newer = v->set.serial > known || version == n->version;
    if ((reason == IC_NODE_GOOD) != is_newer)
        ic_region_blame(r, "a set that is older, or another one of its serial, was taken", node,
                        IC_REGION_MEETINGS);
    if (reason != IC_NODE_GOOD)
        return;
    n->version = version;
    if (c != NULL)
        memcpy(n->fingerprint, c->fingerprint, sizeof n->fingerprint);
}

static size_t write_policy(uint8_t *out, size_t cap, const struct ic_policy *policy)
{
    struct ic_wr w = ic_wr_init(out, cap);
    ic_policy_write(&w, policy);
    IC_ASSERT(!w.bad);
    return w.len;
}

void ic_region_make_meetings(struct ic_region *r)
{
    static const char *const lists[] = {"DE",     "FR", "DEFR", "CH", "JP",   "BR",
                                        "CHDEFR", "GB", "CNUS", "ZZ", "DEZZ", "CHDEFRGBJP"};
    for (uint32_t i = 0; i < IC_REGION_MEETINGS; i++) {
        struct ic_region_meeting *m = &r->meetings[i];
        const char *list = lists[i % (sizeof lists / sizeof lists[0])];
        for (size_t k = 0; k < sizeof m->id; k++)
            m->id[k] = (uint8_t)ic_region_below(r, 256);
        struct ic_policy policy = {
            .policy_id = {(uint8_t)i},
            .countries = (const uint8_t *)list,
            .country_count = (uint16_t)(strlen(list) / 2),
            .min_node_set_serial = ic_region_below(r, 12),
            .max_hops = (uint8_t)(1 + ic_region_below(r, 3)),
            .lobby_mode = IC_LOBBY_OPEN,
            .sframe_suite = 4,
        };
        memcpy(policy.meeting_id, m->id, sizeof m->id);
        memcpy(policy.operator_keys_sha256, KEYS, sizeof KEYS);
        memcpy(policy.log_policy_sha256, LOG, sizeof LOG);
        m->policy_len = write_policy(m->policy, sizeof m->policy, &policy);
        const struct ic_part part = {m->policy, m->policy_len};
        IC_ASSERT(ic_hash_sha256(&part, 1, m->sha256) == IC_OK);
        memcpy(m->bad, m->policy, m->policy_len);
        m->bad[35 + ic_region_below(r, 2)] = (uint8_t)('A' + ic_region_below(r, 26));
        if (memcmp(m->bad, m->policy, m->policy_len) == 0)
            m->bad[0] = 9;
        policy.countries = (const uint8_t *)"CHDEFRGBJPUS"; /* whatever it was, another list */
        policy.country_count = 6;
        m->other_len = write_policy(m->other, sizeof m->other, &policy);
    }
}
