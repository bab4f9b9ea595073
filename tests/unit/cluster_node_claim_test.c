/* Facts of certificates and sets: what is carried over, and that nothing is proved by that. */
#include "support/cmocka_all.h"

#include "cluster/node_claim.h"

static void a_certificate_becomes_a_claim_that_proves_nothing(void **state)
{
    (void)state;
    const struct ic_node_cert cert = {
        .serial = 7,
        .not_before_s = 100,
        .not_after_s = 200,
        .roles = IC_NODE_ROLE_RELAY,
        .dtls_sha256 = {0xd7},
        .country = "DE",
        .name = "abc",
    };
    /* FIPS 180-2 B.1: SHA-256 of "abc" */
    static const uint8_t id[4] = {0xba, 0x78, 0x16, 0xbf};
    const uint8_t leaf[IC_SHA256_LEN] = {0x1e, 0xaf};
    struct ic_node_claim c;
    assert_int_equal(ic_node_claim_init(&c, &cert, leaf), IC_OK);
    assert_memory_equal(c.node, id, sizeof id);
    assert_memory_equal(c.leaf, leaf, sizeof leaf);
    assert_memory_equal(c.fingerprint, cert.dtls_sha256, sizeof c.fingerprint);
    assert_string_equal(c.country, "DE");
    assert_true(c.not_before_s == 100 && c.not_after_s == 200 && c.effective_s == 100);
    assert_int_equal(c.roles, IC_NODE_ROLE_RELAY);
    assert_false(c.is_signed || c.is_logged);
}

static void a_set_becomes_a_claim_that_proves_nothing(void **state)
{
    (void)state;
    static struct ic_node_set set = {.serial = 9, .not_before_s = 1, .not_after_s = 2, .count = 3};
    const uint8_t keys[IC_SHA256_LEN] = {0x11}, log[IC_SHA256_LEN] = {0x22};
    struct ic_node_set_claim c;
    for (size_t i = 0; i < 3; i++)
        set.certs[i].bytes[31] = (uint8_t)(2 * i + 1);
    ic_node_set_claim_init(&c, &set, keys, log);
    assert_true(c.serial == 9 && c.not_before_s == 1 && c.not_after_s == 2);
    assert_memory_equal(c.operator_keys_sha256, keys, sizeof keys);
    assert_memory_equal(c.log_policy_sha256, log, sizeof log);
    assert_false(c.is_signed || c.is_logged);
    for (uint8_t i = 0; i < 8; i++) {
        uint8_t leaf[IC_SHA256_LEN] = {0};
        leaf[31] = i;
        assert_int_equal(ic_node_set_claim_has(&c, leaf), i == 1 || i == 3 || i == 5);
    }
    c.leaf_count = 0;
    assert_false(ic_node_set_claim_has(&c, set.certs[0].bytes));
}

static void claims_of_one_node_come_side_by_side(void **state)
{
    (void)state;
    struct ic_node_claim claims[5] = {0};
    static const uint8_t nodes[5] = {3, 1, 3, 2, 1};
    static const uint8_t sorted[5] = {1, 1, 2, 3, 3}, leaves[5] = {1, 4, 3, 0, 2};
    for (uint8_t i = 0; i < 5; i++) {
        claims[i].node[0] = nodes[i];
        claims[i].leaf[0] = i;
    }
    ic_node_claims_sort(claims, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(claims[i].node[0], sorted[i]);
        assert_int_equal(claims[i].leaf[0], leaves[i]); /* equal ones keep their order */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_becomes_a_claim_that_proves_nothing),
        cmocka_unit_test(a_set_becomes_a_claim_that_proves_nothing),
        cmocka_unit_test(claims_of_one_node_come_side_by_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
