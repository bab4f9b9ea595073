#include "cluster/egress.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "cluster/policy_filter.h"
#include "wire/policy.h"

static const struct ic_time moment = {1}; /* leases do not matter here */

/* ---- who may ---- */

static enum ic_place_reason write_policy(struct ic_wr *w, const struct ic_egress_facts *facts)
{
    struct ic_policy policy = {.countries = facts->countries,
                               .min_node_set_serial = facts->set->serial,
                               .lobby_mode = IC_LOBBY_OPEN,
                               .sframe_suite = 4,
                               .max_hops = 2};
    if (facts->country_count == 0 || facts->country_count > IC_POLICY_COUNTRIES_MAX)
        return IC_PLACE_POLICY_MALFORMED;
    policy.country_count = (uint16_t)facts->country_count;
    memcpy(policy.operator_keys_sha256, facts->set->operator_keys_sha256, IC_SHA256_LEN);
    memcpy(policy.log_policy_sha256, facts->set->log_policy_sha256, IC_SHA256_LEN);
    ic_policy_write(w, &policy);
    return ic_wr_ok(w) ? IC_PLACE_GOOD : IC_PLACE_POLICY_MALFORMED;
}

static int compare_certs(const void *a, const void *b)
{
    const struct ic_node_claim *x = &((const struct ic_egress_cert *)a)->claim;
    const struct ic_node_claim *y = &((const struct ic_egress_cert *)b)->claim;
    int order = memcmp(x->node, y->node, sizeof x->node);
    return order != 0 ? order : memcmp(x->leaf, y->leaf, sizeof x->leaf);
}

/* A certificate that is missing is a node whose addresses nobody knows: it cannot be denied. */
static bool is_whole(const struct ic_egress_facts *facts)
{
    if (facts->cert_count != facts->set->leaf_count || facts->cert_count > IC_NODE_CLAIMS_MAX)
        return false;
    for (size_t i = 0; i < facts->cert_count; i++) {
        bool is_again = i > 0 && compare_certs(&facts->certs[i - 1], &facts->certs[i]) == 0;
        if (is_again || !ic_node_set_claim_has(facts->set, facts->certs[i].claim.leaf))
            return false;
    }
    return true;
}

struct lists {
    struct ic_eligible_list *media, *relay;
    struct ic_node_claim claims[IC_NODE_CLAIMS_MAX];
    struct ic_leases leases;
    uint8_t policy[IC_POLICY_BYTES_MAX];
};

static enum ic_place_reason filter(struct lists *l, const struct ic_egress_facts *facts)
{
    struct ic_lease_config config = {.incarnation = 0};
    struct ic_wr w = ic_wr_init(l->policy, sizeof l->policy);
    enum ic_place_reason reason = write_policy(&w, facts);
    if (reason != IC_PLACE_GOOD)
        return reason;
    memcpy(config.node, facts->self->node, sizeof config.node);
    memcpy(config.leaf, facts->self->leaf, sizeof config.leaf);
    memcpy(config.country, facts->self->country, sizeof config.country);
    ic_leases_init(&l->leases, &config);
    for (size_t i = 0; i < facts->cert_count; i++)
        l->claims[i] = facts->certs[i].claim;
    ic_node_claims_sort(l->claims, facts->cert_count);
    const struct ic_place_policy policy = {.bytes = l->policy, .len = w.len};
    const struct ic_place_facts known = {.claims = l->claims,
                                         .claim_count = facts->cert_count,
                                         .set = facts->set,
                                         .leases = &l->leases,
                                         .date = {facts->now_s, facts->now_s},
                                         .is_alone = true};
    /* What they say of others is in the lists; here this node alone counts. */
    (void)!ic_policy_filter(l->media, &policy, &known, IC_PLACE_STAY, moment);
    (void)!ic_policy_filter(l->relay, &policy, &known, IC_PLACE_STAY_RELAY, moment);
    enum ic_place_reason media = ic_eligible_own_reason(l->media);
    enum ic_place_reason relay = ic_eligible_own_reason(l->relay);
    if (media == IC_PLACE_GOOD || relay == IC_PLACE_GOOD)
        return IC_PLACE_GOOD;
    return media > relay ? media : relay;
}

static bool is_inside(const struct lists *l, const uint8_t *node)
{
    return ic_eligible_find(l->media, node, moment) != NULL ||
           ic_eligible_find(l->relay, node, moment) != NULL;
}

/* With the role relay, by this very certificate. */
static bool is_peer(const struct lists *l, const struct ic_node_claim *claim)
{
    const struct ic_eligible *e;
    for (size_t i = 0; (e = ic_eligible_at(l->relay, i, moment)) != NULL; i++)
        if (memcmp(ic_eligible_leaf(e), claim->leaf, sizeof claim->leaf) == 0)
            return true;
    return false;
}

static void add(struct ic_node_prefix *to, size_t *count, const struct ic_egress_cert *cert)
{
    memcpy(&to[*count], cert->addresses, cert->address_count * sizeof cert->addresses[0]);
    *count += cert->address_count;
}

static bool touches(const struct ic_node_prefix *a, const struct ic_node_prefix *b)
{
    struct ic_addr first_a = {.port = 0}, first_b = {.port = 0};
    memcpy(first_a.ip, a->ip, sizeof first_a.ip);
    memcpy(first_b.ip, b->ip, sizeof first_b.ip);
    return ic_node_prefix_has(a, &first_b) || ic_node_prefix_has(b, &first_a);
}

static void divide(struct ic_egress *out, const struct lists *l,
                   const struct ic_egress_facts *facts)
{
    *out = (struct ic_egress){.peer_count = 0};
    for (size_t i = 0; i < facts->cert_count; i++) {
        const struct ic_node_claim *claim = &facts->certs[i].claim;
        bool is_first =
            i == 0 || memcmp(claim->node, facts->certs[i - 1].claim.node, sizeof claim->node) != 0;
        bool is_self = memcmp(claim->node, facts->self->node, sizeof claim->node) == 0;
        if (!is_inside(l, claim->node)) {
            add(out->outside, &out->outside_count, &facts->certs[i]);
            out->outside_nodes += is_first;
        } else if (!is_self && is_peer(l, claim)) {
            add(out->peers, &out->peer_count, &facts->certs[i]);
            out->peer_nodes += is_first;
        }
    }
    out->peer_count = ic_egress_merge(out->peers, out->peer_count);
    out->outside_count = ic_egress_merge(out->outside, out->outside_count);
    for (size_t i = 0; i < out->peer_count; i++)
        for (size_t k = 0; k < out->outside_count; k++)
            if (touches(&out->peers[i], &out->outside[k])) {
                out->shared_count++;
                break;
            }
}

enum ic_place_reason ic_egress_plan(struct ic_egress *out, const struct ic_egress_facts *facts)
{
    struct lists *l = ic_array_alloc(1, sizeof *l);
    enum ic_place_reason reason = IC_PLACE_BUSY;
    if (l == NULL)
        return reason;
    l->media = ic_eligible_list_create();
    l->relay = ic_eligible_list_create();
    if (l->media != NULL && l->relay != NULL) {
        qsort(facts->certs, facts->cert_count, sizeof facts->certs[0], compare_certs);
        reason = is_whole(facts) ? filter(l, facts) : IC_PLACE_NOT_IN_SET;
    }
    if (reason == IC_PLACE_GOOD)
        divide(out, l, facts);
    ic_eligible_list_destroy(l->media);
    ic_eligible_list_destroy(l->relay);
    ic_array_free(l);
    return reason;
}

/* ---- blocks ---- */

static int compare_blocks(const void *a, const void *b)
{
    return ic_node_prefix_compare(a, b);
}

size_t ic_egress_merge(struct ic_node_prefix *blocks, size_t count)
{
    size_t kept = 0;
    qsort(blocks, count, sizeof blocks[0], compare_blocks);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ic_node_prefix_is_after(&blocks[kept - 1], &blocks[i]))
            blocks[kept++] = blocks[i];
    return kept;
}

/* ---- the ruleset ---- */

static bool is_v4(const uint8_t ip[static 16])
{
    struct ic_addr addr = {.port = 0};
    memcpy(addr.ip, ip, sizeof addr.ip);
    return ic_addr_is_v4(&addr);
}

/* The elements of one set: what `write` writes of those of its family. */
struct elements {
    struct ic_wr *w;
    size_t count;
};

static void begin_set(struct ic_wr *w, const char *name, const char *type, bool is_interval)
{
    ic_wr_text(w, "\tset ");
    ic_wr_text(w, name);
    ic_wr_text(w, " {\n\t\ttype ");
    ic_wr_text(w, type);
    ic_wr_text(w, is_interval ? "\n\t\tflags interval\n" : "\n");
}

static void begin_element(struct elements *e)
{
    ic_wr_text(e->w, e->count == 0 ? "\t\telements = { " : ",\n\t\t\t");
    e->count++;
}

static void end_set(struct elements *e)
{
    ic_wr_text(e->w, e->count == 0 ? "\t}\n" : " }\n\t}\n");
}

static void write_blocks(struct ic_wr *w, const char *name, bool v4,
                         const struct ic_node_prefix *blocks, size_t count)
{
    struct elements e = {.w = w};
    begin_set(w, name, v4 ? "ipv4_addr" : "ipv6_addr", true);
    for (size_t i = 0; i < count; i++) {
        if (is_v4(blocks[i].ip) != v4)
            continue;
        begin_element(&e);
        ic_node_prefix_write(w, &blocks[i]);
    }
    end_set(&e);
}

/* RFC 6052 2.1: "the Well-Known Prefix [...] 64:ff9b::/96": the way to an IPv4 address out of a
 * network that has IPv6 alone. */
static void write_nat64(struct ic_wr *w, const struct ic_node_prefix *blocks, size_t count)
{
    static const uint8_t well_known[12] = {0x00, 0x64, 0xff, 0x9b};
    struct elements e = {.w = w};
    begin_set(w, "outside_nat64", "ipv6_addr", true);
    for (size_t i = 0; i < count; i++) {
        struct ic_node_prefix block = blocks[i];
        if (!is_v4(block.ip))
            continue;
        memcpy(block.ip, well_known, sizeof well_known);
        begin_element(&e);
        ic_node_prefix_write(w, &block);
    }
    end_set(&e);
}

static void write_bus(struct ic_wr *w, const char *name, bool v4, const struct ic_addr *bus,
                      size_t count)
{
    struct elements e = {.w = w};
    char text[IC_ADDR_TEXT_MAX];
    begin_set(w, name, v4 ? "ipv4_addr . inet_service" : "ipv6_addr . inet_service", false);
    for (size_t i = 0; i < count; i++) {
        if (ic_addr_is_v4(&bus[i]) != v4)
            continue;
        begin_element(&e);
        ic_addr_text(&bus[i], text);
        ic_wr_text(w, text);
        ic_wr_text(w, " . ");
        ic_wr_decimal(w, bus[i].port);
    }
    end_set(&e);
}

/* Every packet to a node outside is counted by what it is, and dropped. */
static void write_denial(struct ic_wr *w, const char *family, const char *set, const char *counter)
{
    static const char *const protocols[] = {"udp", "tcp", NULL};
    for (size_t i = 0; i < 3; i++) {
        ic_wr_text(w, "\t\t");
        ic_wr_text(w, family);
        ic_wr_text(w, " daddr @");
        ic_wr_text(w, set);
        if (protocols[i] != NULL) {
            ic_wr_text(w, " meta l4proto ");
            ic_wr_text(w, protocols[i]);
        }
        ic_wr_text(w, " counter name ");
        ic_wr_text(w, counter);
        ic_wr_text(w, "_");
        ic_wr_text(w, protocols[i] != NULL ? protocols[i] : "other");
        ic_wr_text(w, " drop\n");
    }
}

static void write_sets(struct ic_wr *w, const struct ic_egress *e,
                       const struct ic_egress_rules *rules)
{
    write_blocks(w, "outside_v4", true, e->outside, e->outside_count);
    write_blocks(w, "outside_v6", false, e->outside, e->outside_count);
    write_nat64(w, e->outside, e->outside_count);
    write_blocks(w, "peers_v4", true, e->peers, e->peer_count);
    write_blocks(w, "peers_v6", false, e->peers, e->peer_count);
    write_bus(w, "bus_v4", true, rules->bus, rules->bus_count);
    write_bus(w, "bus_v6", false, rules->bus, rules->bus_count);
    if (!rules->is_closed)
        return;
    write_blocks(w, "also_v4", true, rules->also, rules->also_count);
    write_blocks(w, "also_v6", false, rules->also, rules->also_count);
}

/* A closed machine: who is not named is not sent to. Without its neighbours and the words about a
 * packet's fate, IPv6 itself would end. */
static void write_closed(struct ic_wr *w)
{
    ic_wr_text(w, "\t\tip daddr @also_v4 accept\n"
                  "\t\tip6 daddr @also_v6 accept\n"
                  "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, "
                  "mld2-listener-report, packet-too-big } accept\n"
                  "\t\tmeta nfproto ipv4 counter name unknown_v4 drop\n"
                  "\t\tcounter name unknown_v6 drop\n");
}

/* The channel between nodes: calls of ours, and answers to those of peers. */
static void write_relay(struct ic_wr *w, const char *family, const char *peers, uint16_t port)
{
    static const char *const ends[] = {"dport", "sport"};
    for (size_t i = 0; i < 2; i++) {
        ic_wr_text(w, "\t\t");
        ic_wr_text(w, family);
        ic_wr_text(w, " daddr @");
        ic_wr_text(w, peers);
        ic_wr_text(w, " tcp ");
        ic_wr_text(w, ends[i]);
        ic_wr_text(w, " ");
        ic_wr_decimal(w, port);
        ic_wr_text(w, " counter name ");
        ic_wr_text(w, peers);
        ic_wr_text(w, " accept\n");
    }
}

void ic_egress_write(struct ic_wr *w, const struct ic_egress *e,
                     const struct ic_egress_rules *rules)
{
    static const char *const counters[] = {"outside_v4_udp", "outside_v4_tcp", "outside_v4_other",
                                           "outside_v6_udp", "outside_v6_tcp", "outside_v6_other",
                                           "peers_v4",       "peers_v6",       "unknown_v4",
                                           "unknown_v6"};
    size_t counter_count = sizeof counters / sizeof counters[0] - (rules->is_closed ? 0 : 2);
    ic_wr_text(w, "table inet incamera_egress\n"
                  "delete table inet incamera_egress\n"
                  "table inet incamera_egress {\n");
    for (size_t i = 0; i < counter_count; i++) {
        ic_wr_text(w, "\tcounter ");
        ic_wr_text(w, counters[i]);
        ic_wr_text(w, " {\n\t}\n");
    }
    write_sets(w, e, rules);
    ic_wr_text(w, "\tchain output {\n"
                  "\t\ttype filter hook output priority filter; policy ");
    ic_wr_text(w, rules->is_closed ? "drop;\n" : "accept;\n");
    ic_wr_text(w, "\t\toifname \"lo\" accept\n"
                  "\t\tip daddr . tcp dport @bus_v4 accept\n"
                  "\t\tip6 daddr . tcp dport @bus_v6 accept\n");
    write_denial(w, "ip", "outside_v4", "outside_v4");
    write_denial(w, "ip6", "outside_v6", "outside_v6");
    write_denial(w, "ip6", "outside_nat64", "outside_v6");
    ic_wr_text(w, "\t\tip daddr @peers_v4 meta l4proto udp counter name peers_v4 accept\n"
                  "\t\tip6 daddr @peers_v6 meta l4proto udp counter name peers_v6 accept\n");
    if (rules->is_closed && rules->relay_port != 0) {
        write_relay(w, "ip", "peers_v4", rules->relay_port);
        write_relay(w, "ip6", "peers_v6", rules->relay_port);
    }
    if (rules->is_closed)
        write_closed(w);
    ic_wr_text(w, "\t}\n}\n");
}
