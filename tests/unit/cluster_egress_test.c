/* The nft egress set: who is a peer and who is outside, and the text of the ruleset, byte for byte.
 * That the kernel does what it says is shown in tests/netns/egress.test.mjs. */
#include "support/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "cluster/egress.h"

#define NOW 1800000000u
#define MAX 8

struct world {
    struct ic_egress_cert certs[MAX];
    struct ic_merkle_hash leaves[MAX];
    struct ic_node_set_claim set;
    struct ic_egress_facts facts;
    struct ic_egress plan;
};

static struct ic_node_prefix block(const char *text, unsigned bits)
{
    struct ic_addr addr;
    assert_int_equal(ic_addr_parse(text, strlen(text), &addr), IC_OK);
    struct ic_node_prefix out = ic_node_prefix_of(&addr);
    out.bits = (uint8_t)(bits + (ic_addr_is_v4(&addr) ? 96 : 0));
    return out;
}

/* One more certificate; its leaf is its number. */
static struct ic_egress_cert *add(struct world *w, uint8_t node, const char *country,
                                  const char *address, unsigned bits)
{
    size_t at = w->facts.cert_count++;
    struct ic_egress_cert *cert = &w->certs[at];
    assert_true(at < MAX);
    *cert = (struct ic_egress_cert){.address_count = 1};
    struct ic_node_claim *claim = &cert->claim;
    memset(claim->node, node, sizeof claim->node);
    memset(claim->leaf, (int)at + 1, sizeof claim->leaf);
    memset(claim->fingerprint, (int)at + 1, sizeof claim->fingerprint);
    claim->not_before_s = claim->effective_s = NOW - 1000;
    claim->not_after_s = NOW + 86400;
    memcpy(claim->country, country, 3);
    claim->roles = IC_NODE_ROLE_MEDIA | IC_NODE_ROLE_RELAY | IC_NODE_ROLE_SIGNAL;
    claim->is_signed = claim->is_logged = true;
    cert->addresses[0] = block(address, bits);
    memcpy(w->leaves[at].bytes, claim->leaf, IC_SHA256_LEN);
    w->set.leaf_count = at + 1;
    return cert;
}

/* This node is in Germany; there is a peer in France, and one in the United States. */
static void begin(struct world *w, const char *countries)
{
    static struct ic_node_claim self;
    memset(w, 0, sizeof *w);
    w->set = (struct ic_node_set_claim){.leaves = w->leaves,
                                        .serial = 7,
                                        .not_before_s = NOW - 1000,
                                        .not_after_s = NOW + 86400,
                                        .is_signed = true,
                                        .is_logged = true};
    memset(w->set.operator_keys_sha256, 1, IC_SHA256_LEN);
    memset(w->set.log_policy_sha256, 2, IC_SHA256_LEN);
    w->facts = (struct ic_egress_facts){.certs = w->certs,
                                        .set = &w->set,
                                        .self = &self,
                                        .countries = (const uint8_t *)countries,
                                        .country_count = strlen(countries) / 2,
                                        .now_s = NOW};
    self = add(w, 'd', "DE", "192.0.2.1", 32)->claim;
    add(w, 'f', "FR", "192.0.2.2", 32);
    add(w, 'u', "US", "198.51.100.0", 24);
}

static enum ic_place_reason plan(struct world *w)
{
    return ic_egress_plan(&w->plan, &w->facts);
}

static bool is_one(const struct ic_node_prefix *blocks, size_t count, const char *text,
                   unsigned bits)
{
    const struct ic_node_prefix expected = block(text, bits);
    return count == 1 && ic_node_prefix_compare(blocks, &expected) == 0;
}

static void nodes_of_the_countries_are_peers_and_all_others_outside(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_true(is_one(w.plan.peers, w.plan.peer_count, "192.0.2.2", 32));
    assert_true(is_one(w.plan.outside, w.plan.outside_count, "198.51.100.0", 24));
    assert_int_equal(w.plan.peer_nodes, 1);
    assert_int_equal(w.plan.outside_nodes, 1);
    assert_int_equal(w.plan.shared_count, 0);
    begin(&w, "DE");
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_int_equal(w.plan.peer_count, 0);
    assert_int_equal(w.plan.outside_count, 2);
}

static void whoever_the_filter_does_not_let_pass_is_outside(void **state)
{
    static struct world w;
    (void)state;
    for (unsigned lie = 0; lie < 6; lie++) {
        begin(&w, "DEFR");
        struct ic_node_claim *claim = &w.certs[1].claim;
        if (lie == 0)
            claim->not_after_s = NOW;
        else if (lie == 1)
            claim->not_before_s = NOW + 1;
        else if (lie == 2)
            claim->is_logged = false;
        else if (lie == 3)
            claim->is_signed = false;
        else if (lie == 4)
            claim->roles = IC_NODE_ROLE_SIGNAL;
        else
            memcpy(claim->country, "", 1);
        assert_int_equal(plan(&w), IC_PLACE_GOOD);
        assert_int_equal(w.plan.peer_count, 0);
        assert_int_equal(w.plan.outside_count, 2);
    }
}

/* Not sent to by relays, and not denied either: it is in the country, and clients' media is its. */
static void without_the_role_relay_it_is_no_peer(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    w.certs[1].claim.roles = IC_NODE_ROLE_MEDIA;
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_int_equal(w.plan.peer_count, 0);
    assert_int_equal(w.plan.outside_count, 1);
}

static void two_countries_of_one_node_are_none(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    add(&w, 'f', "US", "192.0.2.3", 32);
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_int_equal(w.plan.peer_count, 0);
    assert_int_equal(w.plan.outside_count, 3);
    assert_int_equal(w.plan.outside_nodes, 2);
}

/* While a certificate is renewed the node has two; the one that has ended takes nothing away. */
static void a_renewed_certificate_keeps_its_node(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    struct ic_egress_cert *old = add(&w, 'f', "FR", "192.0.2.9", 32);
    old->claim.not_after_s = NOW;
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_true(is_one(w.plan.peers, w.plan.peer_count, "192.0.2.2", 32));
    assert_int_equal(w.plan.outside_count, 1);
    begin(&w, "DEFR");
    add(&w, 'f', "FR", "192.0.2.9", 32);
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_int_equal(w.plan.peer_count, 2);
    assert_int_equal(w.plan.peer_nodes, 1);
}

static void without_proof_there_is_no_plan(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "FRUS"); /* this node stands in neither */
    assert_int_equal(plan(&w), IC_PLACE_NO_NODE_IN_REGION);
    begin(&w, "");
    assert_int_equal(plan(&w), IC_PLACE_POLICY_MALFORMED);
    begin(&w, "FRDE"); /* not in order */
    assert_int_equal(plan(&w), IC_PLACE_POLICY_MALFORMED);
    begin(&w, "DEFR");
    w.set.not_after_s = NOW;
    assert_int_equal(plan(&w), IC_PLACE_NODE_SET_EXPIRED);
    begin(&w, "DEFR");
    w.set.is_logged = false;
    assert_int_equal(plan(&w), IC_PLACE_NODE_SET_UNPROVEN);
    begin(&w, "DEFR");
    w.certs[0].claim.not_after_s = NOW;
    assert_int_equal(plan(&w), IC_PLACE_CERTIFICATE_EXPIRED);
    begin(&w, "DEFR");
    w.facts.cert_count--; /* one that the set names is not known: nobody can deny it */
    assert_int_equal(plan(&w), IC_PLACE_NOT_IN_SET);
    begin(&w, "DEFR");
    memset(w.certs[2].claim.leaf, 99, IC_SHA256_LEN);
    assert_int_equal(plan(&w), IC_PLACE_NOT_IN_SET);
    begin(&w, "DEFR");
    w.certs[2].claim = w.certs[1].claim; /* one of them twice, another one not at all */
    assert_int_equal(plan(&w), IC_PLACE_NOT_IN_SET);
}

static void blocks_lie_beside_each_other(void **state)
{
    (void)state;
    struct ic_node_prefix blocks[] = {
        block("2001:db8::1", 128),  block("192.0.2.7", 32), block("192.0.2.0", 24),
        block("192.0.2.0", 24),     block("192.0.3.1", 32), block("2001:db8::", 48),
        block("2001:db8:1::", 128),
    };
    static const char *const expected[] = {"192.0.2.0", "192.0.3.1", "2001:db8::", "2001:db8:1::"};
    assert_int_equal(ic_egress_merge(blocks, 7), 4);
    for (size_t i = 0; i < 4; i++) {
        char text[IC_ADDR_TEXT_MAX];
        struct ic_addr addr = {.port = 0};
        memcpy(addr.ip, blocks[i].ip, sizeof addr.ip);
        ic_addr_text(&addr, text);
        assert_string_equal(text, expected[i]);
    }
    assert_int_equal(ic_egress_merge(blocks, 0), 0);
}

static void addresses_of_both_are_told(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    w.certs[1].addresses[0] = block("198.51.100.7", 32);
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_int_equal(w.plan.shared_count, 1);
}

/* ---- the text ---- */

static const char *text_of(const struct ic_egress *e, const struct ic_egress_rules *rules)
{
    static char text[16384];
    struct ic_wr w = ic_wr_init((uint8_t *)text, sizeof text - 1);
    ic_egress_write(&w, e, rules);
    assert_true(ic_wr_ok(&w));
    text[w.len] = '\0';
    return text;
}

#define COUNTER(name) "\tcounter " name " {\n\t}\n"
#define DENY(family, set, v)                                                                       \
    "\t\t" family " daddr @" set " meta l4proto udp counter name outside_" v "_udp drop\n"         \
    "\t\t" family " daddr @" set " meta l4proto tcp counter name outside_" v "_tcp drop\n"         \
    "\t\t" family " daddr @" set " counter name outside_" v "_other drop\n"

static void the_ruleset_is_this_text(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    add(&w, 'c', "CN", "2001:db8:3::", 48);
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    const struct ic_addr bus[] = {ic_addr_v4(10, 0, 0, 1, 4222), ic_addr_v4(10, 0, 0, 2, 4223)};
    const struct ic_egress_rules rules = {.bus = bus, .bus_count = 2};
    assert_string_equal(
        text_of(&w.plan, &rules),
        "table inet incamera_egress\n"
        "delete table inet incamera_egress\n"
        "table inet incamera_egress {\n" COUNTER("outside_v4_udp") COUNTER("outside_v4_tcp")
            COUNTER("outside_v4_other") COUNTER("outside_v6_udp") COUNTER("outside_v6_tcp")
                COUNTER("outside_v6_other") COUNTER("peers_v4") COUNTER(
                    "peers_v6") "\tset outside_v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
                                "\t\telements = { 198.51.100.0/24 }\n\t}\n"
                                "\tset outside_v6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n"
                                "\t\telements = { 2001:db8:3::/48 }\n\t}\n"
                                "\tset outside_nat64 {\n\t\ttype ipv6_addr\n\t\tflags interval\n"
                                "\t\telements = { 64:ff9b::c633:6400/120 }\n\t}\n"
                                "\tset peers_v4 {\n\t\ttype ipv4_addr\n\t\tflags interval\n"
                                "\t\telements = { 192.0.2.2/32 }\n\t}\n"
                                "\tset peers_v6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n\t}\n"
                                "\tset bus_v4 {\n\t\ttype ipv4_addr . inet_service\n"
                                "\t\telements = { 10.0.0.1 . 4222,\n\t\t\t10.0.0.2 . 4223 }\n\t}\n"
                                "\tset bus_v6 {\n\t\ttype ipv6_addr . inet_service\n\t}\n"
                                "\tchain output {\n"
                                "\t\ttype filter hook output priority filter; policy accept;\n"
                                "\t\toifname \"lo\" accept\n"
                                "\t\tip daddr . tcp dport @bus_v4 accept\n"
                                "\t\tip6 daddr . tcp dport @bus_v6 accept\n" DENY(
                                    "ip", "outside_v4", "v4") DENY("ip6", "outside_v6", "v6")
                                    DENY("ip6", "outside_nat64",
                                         "v6") "\t\tip daddr @peers_v4 meta l4proto udp counter "
                                               "name peers_v4 accept\n"
                                               "\t\tip6 daddr @peers_v6 meta l4proto udp counter "
                                               "name peers_v6 accept\n"
                                               "\t}\n}\n");
}

/* What a machine without clients has beside that: a policy that drops, and what is named. */
static void a_closed_machine_drops_what_is_not_named(void **state)
{
    static struct world w;
    (void)state;
    begin(&w, "DEFR");
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    const struct ic_node_prefix also[] = {block("203.0.113.0", 25)};
    struct ic_egress_rules rules = {.also = also, .also_count = 1};
    assert_null(strstr(text_of(&w.plan, &rules), "203.0.113")); /* it is open */
    rules.is_closed = true;
    const char *text = text_of(&w.plan, &rules);
    assert_non_null(strstr(text, "policy drop;"));
    assert_null(strstr(text, "policy accept;"));
    assert_non_null(strstr(text, "elements = { 203.0.113.0/25 }"));
    const char *deny = strstr(text, "ip daddr @outside_v4"), *allow = strstr(text, "@also_v4");
    assert_true(deny != NULL && allow != NULL && deny < allow); /* a node outside stays outside */
    assert_non_null(strstr(text, "\t\tmeta nfproto ipv4 counter name unknown_v4 drop\n"
                                 "\t\tcounter name unknown_v6 drop\n\t}\n}\n"));
}

/* The channel over which a full node asks another one for places. */
static void a_closed_machine_may_call_its_peers(void **state)
{
    static struct world w;
    struct ic_egress_rules rules = {.relay_port = 10000};
    (void)state;
    begin(&w, "DEFR");
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    assert_null(strstr(text_of(&w.plan, &rules), "10000")); /* it is open: everybody but outside */
    rules.is_closed = true;
    const char *text = text_of(&w.plan, &rules);
    const char *deny = strstr(text, "ip6 daddr @outside_v6");
    const char *call =
        strstr(text, "\t\tip daddr @peers_v4 tcp dport 10000 counter name peers_v4 accept\n"
                     "\t\tip daddr @peers_v4 tcp sport 10000 counter name peers_v4 accept\n"
                     "\t\tip6 daddr @peers_v6 tcp dport 10000 counter name peers_v6 accept\n");
    assert_true(deny != NULL && call != NULL && deny < call);
    rules.relay_port = 0; /* without other nodes */
    assert_null(strstr(text_of(&w.plan, &rules), "@peers_v4 tcp"));
}

static void a_writer_that_is_full_turns_bad(void **state)
{
    static struct world w;
    uint8_t text[1024];
    struct ic_wr out = ic_wr_init(text, sizeof text);
    const struct ic_egress_rules rules = {.bus_count = 0};
    (void)state;
    begin(&w, "DEFR");
    assert_int_equal(plan(&w), IC_PLACE_GOOD);
    ic_egress_write(&out, &w.plan, &rules);
    assert_false(ic_wr_ok(&out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_of_the_countries_are_peers_and_all_others_outside),
        cmocka_unit_test(whoever_the_filter_does_not_let_pass_is_outside),
        cmocka_unit_test(without_the_role_relay_it_is_no_peer),
        cmocka_unit_test(two_countries_of_one_node_are_none),
        cmocka_unit_test(a_renewed_certificate_keeps_its_node),
        cmocka_unit_test(without_proof_there_is_no_plan),
        cmocka_unit_test(blocks_lie_beside_each_other),
        cmocka_unit_test(addresses_of_both_are_told),
        cmocka_unit_test(the_ruleset_is_this_text),
        cmocka_unit_test(a_closed_machine_drops_what_is_not_named),
        cmocka_unit_test(a_closed_machine_may_call_its_peers),
        cmocka_unit_test(a_writer_that_is_full_turns_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
