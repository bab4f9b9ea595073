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

static struct ic_node_claim *certify(struct ic_region *r, struct ic_region_version *v,
                                     uint32_t node, uint64_t serial, const char *country)
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
    memcpy(c->fingerprint, c->leaf, sizeof c->leaf);
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
        r->nodes[i].serial = 1;
        certify(r, v, i, 1, COUNTRIES[i]);
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

void ic_region_publish(struct ic_region *r)
{
    uint32_t next = (r->version + 1) % IC_REGION_VERSIONS,
             who = ic_region_below(r, IC_REGION_NODES);
    struct ic_region_version *v = &r->versions[next];
    uint64_t serial = r->versions[r->version].set.serial + 1;
    uint32_t kind = ic_region_below(r, 8);
    const uint8_t *without = NULL;
    if (is_in_use(r, next))
        return; /* somebody is far behind */
    memset(v, 0, sizeof *v);
    for (uint32_t i = 0; i < IC_REGION_NODES; i++) {
        struct ic_node_claim *c =
            certify(r, v, i, i == who ? serial : r->nodes[i].serial, COUNTRIES[i]);
        if (i != who || kind < 3) /* kind < 3: all is well again */
            continue;
        if (kind == 3)
            without = c->leaf;
        else if (kind == 4) /* two in force, that contradict each other */
            certify(r, v, i, serial + 1000000, ic_region_below(r, 2) == 0 ? "US" : "DE");
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

void ic_region_tell(struct ic_region *r, uint32_t node, uint32_t version)
{
    struct ic_region_node *n = &r->nodes[node];
    const struct ic_region_version *v = &r->versions[version];
    const struct ic_node_claim *c = own(r, node, version);
    struct ic_time local = ic_region_local(r, node);
    uint64_t known = r->versions[n->version].set.serial;
    enum ic_err err =
        ic_placement_set_nodes(n->placement, local, v->claims, v->claim_count, &v->set);
    if ((err == IC_OK) != (v->set.serial >= known))
        ic_region_blame(r, "a set of an older serial was taken", node, IC_REGION_MEETINGS);
    if (err != IC_OK)
        return;
    n->version = version;
    if (c != NULL)
        ic_placement_set_certificate(n->placement, local, c->leaf, c->country);
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
        struct ic_wr w = ic_wr_init(m->policy, sizeof m->policy);
        ic_policy_write(&w, &policy);
        IC_ASSERT(!w.bad);
        m->policy_len = w.len;
        const struct ic_part part = {m->policy, m->policy_len};
        IC_ASSERT(ic_hash_sha256(&part, 1, m->sha256) == IC_OK);
        memcpy(m->bad, m->policy, w.len);
        m->bad[35 + ic_region_below(r, 2)] = (uint8_t)('A' + ic_region_below(r, 26));
        if (memcmp(m->bad, m->policy, w.len) == 0)
            m->bad[0] = 9;
    }
}
