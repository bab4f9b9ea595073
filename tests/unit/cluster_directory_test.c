/* The directory: its entries byte for byte, and the table in memory against what every store does.
 */
#include "support/directory_conformance.h"
#include "support/exact.h"

static const uint64_t seed[2] = {1, 2};

static struct ic_directory_reply run(void *store, const struct ic_directory_request *request)
{
    return ic_directory_run(store, request);
}

static void the_table_conforms(void **state)
{
    (void)state;
    struct ic_directory d;
    assert_int_equal(ic_directory_init(&d, 3, seed), IC_OK);
    directory_conforms(&d, run);
    directory_is_one(&d, &d, run);
    struct ic_directory_request q = directory_request(IC_DIRECTORY_SWAP, 3, 1, 1, 0);
    assert_int_equal(ic_directory_run(&d, &q).result, IC_ERR_FULL);
    ic_directory_deinit(&d);
}

static size_t example(uint8_t *out, uint64_t generation)
{
    const struct ic_directory_entry e = {
        .meeting = {1, 2}, .node = {3}, .generation = generation, .policy_sha256 = {4}};
    struct ic_wr w = ic_wr_init(out, IC_DIRECTORY_ENTRY_LEN);
    ic_directory_entry_write(&w, &e);
    assert_true(ic_wr_ok(&w));
    return w.len;
}

static void entries_have_one_encoding(void **state)
{
    (void)state;
    static const uint8_t generation[8] = {0, 0, 0, 0, 0, 0, 1, 2};
    uint8_t bytes[IC_DIRECTORY_ENTRY_LEN + 1] = {0}, again[IC_DIRECTORY_ENTRY_LEN];
    struct ic_directory_entry e = {.generation = 99};
    size_t len = example(bytes, 258);
    assert_int_equal(len, 89);
    assert_int_equal(bytes[0], 1);
    assert_memory_equal(&bytes[49], generation, 8);
    for (size_t n = 0; n <= len + 1; n++) {
        uint8_t *copy = exact_copy(bytes, n);
        assert_int_equal(ic_directory_entry_parse(copy, n, &e), n == len ? IC_OK : IC_ERR_INPUT);
        assert_true(e.generation == (n < len ? 99 : 258));
        free(copy);
    }
    struct ic_wr w = ic_wr_init(again, sizeof again);
    ic_directory_entry_write(&w, &e);
    assert_memory_equal(again, bytes, len);
    bytes[0] = 2;
    assert_int_equal(ic_directory_entry_parse(bytes, len, &e), IC_ERR_INPUT);
    len = example(bytes, 0);
    assert_int_equal(ic_directory_entry_parse(bytes, len, &e), IC_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_conforms),
        cmocka_unit_test(entries_have_one_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
