/* The book of nodes: what is proved comes in, from wherever; what is not in the set never does; an
 * older set changes nothing. Papers are those that a trial server signs for itself. */
#include "support/cmocka_all.h"

#include <stdlib.h>

#include "shell/clock.h"
#include "shell/node_book.h"
#include "shell/node_dev.h"

static const struct ic_addr address = {.ip = {[10] = 0xff, 0xff, 127, 0, 0, 1}};

struct node {
    struct ic_config config;
    struct ic_data_dir data;
    struct ic_dtls_credentials *credentials;
    struct ic_node_book book;
};

static void sign(struct node *n, uint64_t serial)
{
    char why[IC_CONFIG_WHY_MAX] = "";
    struct ic_node_facts facts = {.config = &n->config,
                                  .data = &n->data,
                                  .addresses = &address,
                                  .address_count = 1,
                                  .now_s = (uint64_t)ic_clock_wall_s(),
                                  .days = 7,
                                  .serial = serial};
    if (!ic_node_dev_sign(&facts, why))
        fail_msg("%s", why);
}

static void node_init_as(struct node *n, const char *name, const char *country)
{
    char why[IC_CONFIG_WHY_MAX] = "", name_flag[64], region_flag[64];
    const char *const flags[] = {"--dev", name_flag, region_flag};
    const struct ic_config_source source = {.flags = flags, .flag_count = country == NULL ? 1 : 3};
    snprintf(name_flag, sizeof name_flag, "--node-name=%s", name);
    snprintf(region_flag, sizeof region_flag, "--node-region=%s", country == NULL ? "" : country);
    memset(n, 0, sizeof *n);
    assert_int_equal(ic_config_read(&n->config, &source, why), IC_OK);
    assert_int_equal(ic_data_dir_open(&n->data, "", why), IC_OK);
    n->credentials = ic_data_dir_credentials(&n->data, why);
    assert_non_null(n->credentials);
    sign(n, 100);
    assert_int_equal(ic_node_book_init(&n->book, &n->data, n->credentials, &address, 1), IC_OK);
}

static void node_init(struct node *n)
{
    node_init_as(n, "localhost", NULL);
}

static void node_deinit(struct node *n)
{
    ic_node_book_deinit(&n->book);
    ic_dtls_credentials_destroy(n->credentials);
    ic_data_dir_close(&n->data);
}

static enum ic_node_papers_state load(struct node *n, char *why)
{
    return ic_node_book_load(&n->book, (uint64_t)ic_clock_wall_s(), why);
}

static void a_node_knows_itself_once_its_papers_are_read(void **state)
{
    (void)state;
    static struct node n;
    char why[IC_CONFIG_WHY_MAX] = "";
    uint64_t now_s = (uint64_t)ic_clock_wall_s();
    uint8_t id[IC_NODE_ID_LEN];
    const char *names[IC_NODES_MAX];
    const struct ic_time now = {1};
    node_init(&n);
    assert_int_equal(ic_node_id("localhost", 9, id), IC_OK);
    assert_null(ic_node_book_name(&n.book, id, now_s));
    assert_int_equal(ic_node_book_names(&n.book, now_s, names), 0);
    assert_false(ic_node_book_wants(&n.book, now, id));
    assert_int_equal(load(&n, why), IC_NODE_PAPERS_GOOD);
    assert_int_equal(n.book.count, 1);
    assert_true(n.book.claims[0].is_signed && n.book.claims[0].is_logged);
    assert_string_equal(ic_node_book_name(&n.book, id, now_s), "localhost");
    assert_null(ic_node_book_name(&n.book, id, now_s + 8 * 86400)); /* set and certificate ended */
    assert_int_equal(ic_node_book_names(&n.book, now_s, names), 0); /* nobody else */
    assert_false(ic_node_book_wants(&n.book, now, n.book.claims[0].leaf)); /* it has that one */
    node_deinit(&n);
}

static void what_is_not_in_the_set_never_comes_in(void **state)
{
    (void)state;
    static struct node a, b;
    char why[IC_CONFIG_WHY_MAX] = "";
    uint64_t now_s = (uint64_t)ic_clock_wall_s();
    static uint8_t altered[IC_NODE_CERT_MAX];
    node_init(&a);
    node_init(&b);
    assert_int_equal(load(&a, why), IC_NODE_PAPERS_GOOD);
    assert_int_equal(load(&b, why), IC_NODE_PAPERS_GOOD);
    const struct ic_node_proved *own = &a.book.proved, *other = &b.book.proved;
    assert_int_equal(ic_node_book_add(&a.book, &other->cert, &other->cert_proof, now_s),
                     IC_NODE_NOT_IN_SET);
    assert_false(ic_node_book_wants(&a.book, (struct ic_time){1}, other->self.leaf));
    assert_int_equal(ic_node_book_add(&a.book, &own->cert, &own->cert_proof, now_s), IC_NODE_GOOD);
    assert_int_equal(a.book.count, 1); /* it was there */
    struct ic_part changed = {altered, own->cert.len};
    memcpy(altered, own->cert.bytes, own->cert.len);
    altered[own->cert.len / 2] ^= 1;
    assert_int_equal(ic_node_book_add(&a.book, &changed, &own->cert_proof, now_s),
                     IC_NODE_NOT_IN_SET);
    node_deinit(&a);
    node_deinit(&b);
}

/* Of the set, asked for once a second, and in once it is proved: by its own proof, no other. */
static void one_of_the_set_is_wanted_and_must_be_proved(void **state)
{
    (void)state;
    static struct node n;
    char why[IC_CONFIG_WHY_MAX] = "";
    uint64_t now_s = (uint64_t)ic_clock_wall_s();
    struct ic_time now = {1000000};
    node_init(&n);
    assert_int_equal(load(&n, why), IC_NODE_PAPERS_GOOD);
    const struct ic_node_proved *own = &n.book.proved;
    n.book.count = 0; /* as if it were another node's */
    assert_true(ic_node_book_wants(&n.book, now, own->self.leaf));
    assert_false(ic_node_book_wants(&n.book, now, own->self.leaf));
    now = ic_time_add(now, IC_SEC(1));
    assert_true(ic_node_book_wants(&n.book, now, own->self.leaf));
    const struct ic_part none = {(const uint8_t *)"c2sp.org/tlog-proof@v1\n", 23};
    assert_int_not_equal(ic_node_book_add(&n.book, &own->cert, &none, now_s), IC_NODE_GOOD);
    assert_int_equal(ic_node_book_add(&n.book, &own->cert, &own->cert_proof, now_s + 15 * 86400),
                     IC_NODE_EXPIRED);
    assert_int_equal(n.book.count, 0);
    assert_int_equal(ic_node_book_add(&n.book, &own->cert, &own->cert_proof, now_s), IC_NODE_GOOD);
    assert_int_equal(n.book.count, 1);
    node_deinit(&n);
}

static void an_older_set_changes_nothing(void **state)
{
    (void)state;
    static struct node n;
    char why[IC_CONFIG_WHY_MAX] = "";
    node_init(&n);
    assert_int_equal(load(&n, why), IC_NODE_PAPERS_GOOD);
    sign(&n, 99);
    assert_int_equal(load(&n, why), IC_NODE_PAPERS_REFUSED);
    assert_non_null(strstr(why, "older"));
    assert_true(n.book.proved.set.serial == 100);
    assert_true(ic_node_set_claim_has(&n.book.proved.set, n.book.claims[0].leaf));
    sign(&n, 101);
    assert_int_equal(load(&n, why), IC_NODE_PAPERS_GOOD);
    assert_true(n.book.proved.set.serial == 101);
    assert_int_equal(n.book.count, 1);
    node_deinit(&n);
}

/* A certificate of `from` into the book of `to`, as if both had the operator of `from`. */
static void add_as_one_operator(struct node *to, const struct node *from, uint64_t now_s)
{
    const struct ic_operator_keys *keys = to->book.proved.keys;
    const struct ic_log_policy *log_policy = to->book.proved.log_policy;
    to->book.proved.keys = from->book.proved.keys;
    to->book.proved.log_policy = from->book.proved.log_policy;
    assert_int_equal(
        ic_node_book_add(&to->book, &from->book.proved.cert, &from->book.proved.cert_proof, now_s),
        IC_NODE_GOOD);
    to->book.proved.keys = keys;
    to->book.proved.log_policy = log_policy;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, IC_SHA256_LEN);
}

/* Its own country first, then from its own name on; in force alone; each once; with the roles that
 * it takes. */
static void people_are_sent_to_nodes_in_a_known_order(void **state)
{
    (void)state;
    static const char *const names_of[] = {"m.de", "b.us", "x.us", "a.de", "z.de"};
    static const char *const countries[] = {"DE", "US", "US", "DE", "DE"};
    enum { COUNT = 5 };
    static struct node n[COUNT], renewed;
    static struct ic_merkle_hash leaves[COUNT + 1];
    char why[IC_CONFIG_WHY_MAX] = "";
    uint64_t now_s = (uint64_t)ic_clock_wall_s();
    const char *names[IC_NODES_MAX];
    for (size_t i = 0; i < COUNT; i++) {
        node_init_as(&n[i], names_of[i], countries[i]);
        assert_int_equal(load(&n[i], why), IC_NODE_PAPERS_GOOD);
        memcpy(&leaves[i], n[i].book.proved.self.leaf, sizeof leaves[i]);
    }
    node_init_as(&renewed, "b.us", "US");
    assert_int_equal(load(&renewed, why), IC_NODE_PAPERS_GOOD);
    memcpy(&leaves[COUNT], renewed.book.proved.self.leaf, sizeof leaves[COUNT]);
    qsort(leaves, COUNT + 1, sizeof leaves[0], by_bytes);
    struct ic_node_book *book = &n[0].book;
    const struct ic_node_set_claim set = book->proved.set;
    book->proved.set.leaves = leaves;
    book->proved.set.leaf_count = COUNT + 1;
    for (size_t i = 1; i < COUNT; i++)
        add_as_one_operator(&n[0], &n[i], now_s);
    add_as_one_operator(&n[0], &renewed, now_s);
    assert_int_equal(book->count, COUNT + 1);

    static const char *const expected[] = {"z.de", "a.de", "m.de", "x.us", "b.us"};
    assert_int_equal(ic_node_book_names(book, now_s, names), COUNT);
    for (size_t i = 0; i < COUNT; i++)
        assert_string_equal(names[i], expected[i]);
    assert_int_equal(ic_node_book_names(book, set.not_after_s, names), 0);
    assert_int_equal(ic_node_book_names(book, set.not_before_s - 1, names), 0);

    for (size_t i = 0; i < book->count; i++) {
        struct ic_node_claim *claim = &book->claims[i];
        if (strcmp(claim->country, "US") == 0 && claim->not_after_s > now_s)
            claim->roles = i % 2 == 0 ? IC_NODE_ROLE_RELAY : IC_NODE_ROLE_MEDIA;
        else if (memcmp(claim->leaf, n[4].book.proved.self.leaf, IC_SHA256_LEN) == 0)
            claim->not_after_s = now_s;
    }
    assert_int_equal(ic_node_book_names(book, now_s, names), 2);
    assert_string_equal(names[0], "a.de");
    assert_string_equal(names[1], "m.de");
    for (size_t i = 0; i < COUNT; i++)
        node_deinit(&n[i]);
    node_deinit(&renewed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_knows_itself_once_its_papers_are_read),
        cmocka_unit_test(what_is_not_in_the_set_never_comes_in),
        cmocka_unit_test(one_of_the_set_is_wanted_and_must_be_proved),
        cmocka_unit_test(an_older_set_changes_nothing),
        cmocka_unit_test(people_are_sent_to_nodes_in_a_known_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
