/* Nodes in countries as one of them sees them: certificates in force, beats that were answered, and
 * the policy of a meeting, for tests of placement. */
#ifndef IC_TESTS_CLUSTER_REGION_H
#define IC_TESTS_CLUSTER_REGION_H

#include <stdlib.h>

#include "support/cmocka_all.h"

#include "cluster/policy_filter.h"
#include "cluster/selector.h"
#include "wire/policy.h"

#define REGION_DATE  1790000000 /* the middle of the certificates' fortnight */
#define REGION_NODES 16
#define REGION_WEEK  604800

struct region {
    struct ic_time now;
    struct ic_node_claim claims[2 * REGION_NODES];
    size_t claim_count;
    struct ic_merkle_hash leaves[2 * REGION_NODES];
    struct ic_node_set_claim set;
    struct ic_leases leases;
    uint64_t seq; /* of everybody's beats */
    uint8_t removed[REGION_NODES][IC_NODE_ID_LEN];
    struct ic_place_facts facts;
    uint8_t policy_bytes[1024];
    struct ic_place_policy policy;
    struct ic_eligible_list *list;
};

static const uint8_t region_keys[32] = {0x11}, region_log[32] = {0x22};

static inline void region_id(const char *name, uint8_t out[static IC_NODE_ID_LEN])
{
    assert_int_equal(ic_node_id(name, strlen(name), out), IC_OK);
}

/* The hash of a certificate's name and number stands for that of its text. */
static inline void region_leaf(const char *name, uint64_t serial, uint8_t out[static IC_SHA256_LEN])
{
    char text[IC_NODE_NAME_MAX + 32];
    int n = snprintf(text, sizeof text, "%s %llu", name, (unsigned long long)serial);
    const struct ic_part part = {(const uint8_t *)text, (size_t)n};
    assert_int_equal(ic_hash_sha256(&part, 1, out), IC_OK);
}

static inline int region_compare_leaves(const void *a, const void *b)
{
    return memcmp(a, b, IC_SHA256_LEN);
}

/* All certificates are in the set, as they are now. */
static inline void region_publish(struct region *r)
{
    ic_node_claims_sort(r->claims, r->claim_count);
    for (size_t i = 0; i < r->claim_count; i++)
        memcpy(r->leaves[i].bytes, r->claims[i].leaf, IC_SHA256_LEN);
    qsort(r->leaves, r->claim_count, sizeof r->leaves[0], region_compare_leaves);
    r->set.leaves = r->leaves;
    r->set.leaf_count = r->claim_count;
    r->facts.claims = r->claims;
    r->facts.claim_count = r->claim_count;
}

static inline struct ic_node_claim *region_claim(struct region *r, const char *name,
                                                 uint64_t serial)
{
    uint8_t leaf[IC_SHA256_LEN];
    region_leaf(name, serial, leaf);
    for (size_t i = 0; i < r->claim_count; i++)
        if (memcmp(r->claims[i].leaf, leaf, sizeof leaf) == 0)
            return &r->claims[i];
    return NULL;
}

/* One more certificate, in force. */
static inline void region_certify(struct region *r, const char *name, uint64_t serial,
                                  const char *country)
{
    uint8_t leaf[IC_SHA256_LEN];
    struct ic_node_cert cert = {
        .serial = serial,
        .not_before_s = REGION_DATE - REGION_WEEK,
        .not_after_s = REGION_DATE + REGION_WEEK,
        .roles = IC_NODE_ROLE_MEDIA | IC_NODE_ROLE_RELAY | IC_NODE_ROLE_SIGNAL,
    };
    (void)snprintf(cert.name, sizeof cert.name, "%s", name);
    (void)snprintf(cert.country, sizeof cert.country, "%s", country);
    region_leaf(name, serial, leaf);
    memcpy(cert.dtls_sha256, leaf, sizeof leaf);
    cert.dtls_sha256[0] ^= 1;
    struct ic_node_claim *claim = &r->claims[r->claim_count++];
    assert_int_equal(ic_node_claim_init(claim, &cert, leaf), IC_OK);
    claim->is_signed = claim->is_logged = true;
    region_publish(r);
}

/* Our beat goes out, and this node's beat that answers it comes in. */
static inline void region_beat_as(struct region *r, const char *name, uint64_t serial,
                                  const char *country, uint64_t incarnation,
                                  struct ic_node_load load)
{
    static struct ic_beat own, beat;
    ic_leases_beat(&r->leases, r->now, &own);
    beat = (struct ic_beat){.incarnation = incarnation, .seq = ++r->seq, .load = load};
    region_id(name, beat.node);
    region_leaf(name, serial, beat.leaf);
    memcpy(beat.country, country, sizeof beat.country);
    beat.ack_count = 1;
    beat.acks[0] = (struct ic_beat_ack){.node = ic_beat_key(own.node), .seq = own.seq};
    assert_int_equal(ic_leases_input(&r->leases, r->now, &beat), IC_OK);
}

static inline void region_beat(struct region *r, const char *name, const char *country,
                               uint16_t people)
{
    region_beat_as(r, name, 1, country, 7,
                   (struct ic_node_load){
                       .people = people, .people_max = 100, .videos = people, .videos_max = 50});
}

/* A node with a certificate, that is there. */
static inline void region_node(struct region *r, const char *name, const char *country,
                               uint16_t people)
{
    region_certify(r, name, 1, country);
    region_beat(r, name, country, people);
}

/* countries: codes without anything between, ascending. */
static inline void region_policy(struct region *r, const char *countries)
{
    struct ic_policy policy = {
        .policy_id = {1},
        .meeting_id = {2},
        .countries = (const uint8_t *)countries,
        .country_count = (uint16_t)(strlen(countries) / 2),
        .min_node_set_serial = 5,
        .max_hops = 2,
        .lobby_mode = IC_LOBBY_OPEN,
        .sframe_suite = 4,
    };
    memcpy(policy.operator_keys_sha256, region_keys, sizeof region_keys);
    memcpy(policy.log_policy_sha256, region_log, sizeof region_log);
    struct ic_wr w = ic_wr_init(r->policy_bytes, sizeof r->policy_bytes);
    ic_policy_write(&w, &policy);
    assert_false(w.bad);
    r->policy = (struct ic_place_policy){.bytes = r->policy_bytes, .len = w.len};
}

/* Ourselves, de1, and a policy for Germany and France. Others are added. */
static inline void region_init(struct region *r)
{
    struct ic_lease_config config = {.country = {'D', 'E'}, .incarnation = 1, .first_seq = 1000};
    *r = (struct region){.now = {1000000000}};
    region_id("de1.example", config.node);
    region_leaf("de1.example", 1, config.leaf);
    ic_leases_init(&r->leases, &config);
    ic_leases_set_load(&r->leases, (struct ic_node_load){.people_max = 100, .videos_max = 50});
    r->set = (struct ic_node_set_claim){
        .serial = 5,
        .not_before_s = REGION_DATE - 1000,
        .not_after_s = REGION_DATE + REGION_WEEK,
        .is_signed = true,
        .is_logged = true,
    };
    memcpy(r->set.operator_keys_sha256, region_keys, sizeof region_keys);
    memcpy(r->set.log_policy_sha256, region_log, sizeof region_log);
    r->facts = (struct ic_place_facts){
        .set = &r->set,
        .leases = &r->leases,
        .removed = (const uint8_t(*)[IC_NODE_ID_LEN])r->removed,
        .date = {REGION_DATE, REGION_DATE},
    };
    region_certify(r, "de1.example", 1, "DE");
    region_policy(r, "DEFR");
    r->list = ic_eligible_list_create();
    assert_non_null(r->list);
}

static inline void region_deinit(struct region *r)
{
    ic_eligible_list_destroy(r->list);
}

static inline enum ic_place_reason region_filter(struct region *r, enum ic_place_purpose purpose)
{
    return ic_policy_filter(r->list, &r->policy, &r->facts, purpose, r->now);
}

static inline bool region_has(struct region *r, const char *name)
{
    uint8_t id[IC_NODE_ID_LEN];
    region_id(name, id);
    return ic_eligible_find(r->list, id, r->now) != NULL;
}

#endif
