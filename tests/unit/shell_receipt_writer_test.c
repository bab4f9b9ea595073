/* What is counted for other nodes becomes lines of a receipt: in the order of names, each once, and
 * none with which nothing was exchanged. */
#include <stdio.h>
#include <string.h>

#include "support/cmocka_all.h"

#include "shell/receipt_writer.h"

static const uint8_t seed[IC_ED25519_SEED_LEN] = {7};
static struct ic_receipt_writer writer;
static struct ic_receipt receipt;

static int open_writer(void **state)
{
    (void)state;
    static const char name[] = "b.example.org/receipt";
    assert_int_equal(ic_ed25519_init(&writer.key, seed), IC_OK);
    assert_int_equal(ic_note_key_init(&writer.name, name, strlen(name), writer.key.public_key),
                     IC_OK);
    writer.head = (struct ic_receipt){.node = "b.example.org", .cert_serial = 1, .country = "DE"};
    writer.is_open = true;
    return 0;
}

static int close_writer(void **state)
{
    (void)state;
    ic_receipt_writer_close(&writer);
    return 0;
}

static struct ic_receipt_facts facts_of(void)
{
    return (struct ic_receipt_facts){
        .start_s = 1795424400,
        .length_s = 60,
        .chain = {.seq = 13, .prev = {1}},
        .counts = {.packets_in = 900, .bytes_in = 90000, .packets_out = 800, .bytes_out = 80000}};
}

static void sign(const struct ic_receipt_facts *facts)
{
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN];
    size_t len = ic_receipt_writer_sign(&writer, facts, note, sha256);
    assert_true(len > 0);
    assert_int_equal(ic_receipt_open(note, len, &writer.name, &receipt), IC_RECEIPT_GOOD);
    assert_memory_equal(receipt.sha256, sha256, sizeof sha256);
}

static void nodes_are_named_in_order(void **state)
{
    (void)state;
    struct ic_receipt_facts facts = facts_of();
    facts.nodes[0] = (struct ic_node_counts){"c.example.org", 10, 1000, 20, 2000};
    facts.nodes[1] = (struct ic_node_counts){"a.example.org", 30, 3000, 0, 0};
    facts.nodes[2] = (struct ic_node_counts){"d.example.org", 0, 0, 0, 0};
    sign(&facts);
    assert_int_equal(receipt.seq, 14);
    assert_int_equal(receipt.relay_to.count, 2);
    assert_string_equal(receipt.relay_to.at[0].node, "a.example.org");
    assert_int_equal(receipt.relay_to.at[0].count.packets, 30);
    assert_string_equal(receipt.relay_to.at[1].node, "c.example.org");
    assert_int_equal(receipt.relay_to.at[1].count.bytes, 1000);
    assert_int_equal(receipt.relay_from.count, 1);
    assert_string_equal(receipt.relay_from.at[0].node, "c.example.org");
    assert_int_equal(receipt.relay_from.at[0].count.packets, 20);
}

static void who_stays_here_names_nobody(void **state)
{
    (void)state;
    struct ic_receipt_facts facts = facts_of();
    sign(&facts);
    assert_int_equal(receipt.relay_to.count + receipt.relay_from.count, 0);
}

/* A node does not pass anything on to itself: a client would refuse it. */
static void what_breaks_the_rules_is_not_signed(void **state)
{
    (void)state;
    uint8_t note[IC_RECEIPT_MAX], sha256[IC_SHA256_LEN];
    struct ic_receipt_facts facts = facts_of();
    facts.nodes[0] = (struct ic_node_counts){"b.example.org", 10, 1000, 20, 2000};
    assert_int_equal(ic_receipt_writer_sign(&writer, &facts, note, sha256), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_are_named_in_order, open_writer, close_writer),
        cmocka_unit_test_setup_teardown(who_stays_here_names_nobody, open_writer, close_writer),
        cmocka_unit_test_setup_teardown(what_breaks_the_rules_is_not_signed, open_writer,
                                        close_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
