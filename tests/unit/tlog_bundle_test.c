/* Entry bundles: those of another implementation, ours, and what is none. */
#include "support/vectors.h"

#include "tlog/bundle.h"

static enum ic_err check(const uint8_t *bytes, size_t len, size_t count)
{
    uint8_t *copy = exact_copy(bytes, len);
    enum ic_err err = ic_bundle_check(copy, len, count);
    free(copy);
    return err;
}

static void bundles_of_others(void **state)
{
    (void)state;
    json_t *file = vectors_load("tlog/tessera.json"), *log;
    size_t i;
    json_array_foreach(json_object_get(file, "logs"), i, log)
    {
        struct ic_merkle_hash hashes[16];
        size_t len, tile_len;
        uint8_t *bytes = vectors_bytes(log, "entries", &len);
        uint8_t *tile = vectors_bytes(log, "tile", &tile_len);
        assert_int_equal(tile_len, i * 32);
        memcpy(hashes, tile, tile_len);
        assert_int_equal(ic_bundle_verify(bytes, len, hashes, i), IC_OK);
        assert_int_equal(ic_bundle_verify(bytes, len, hashes, i + 1), IC_ERR_INPUT);
        for (size_t at = 0; at < i; at++) {
            hashes[at].bytes[at] ^= 1;
            assert_int_equal(ic_bundle_verify(bytes, len, hashes, i), IC_ERR_AUTH);
            hashes[at].bytes[at] ^= 1;
        }
        free(bytes);
        free(tile);
    }
    assert_int_equal(i, 16);
    json_decref(file);
}

static void each_truncation_is_refused(void **state)
{
    (void)state;
    static const uint8_t bundle[] = {0, 3, 'o', 'n', 'e', 0, 0, 0, 2, 'x', 'y'};
    static const size_t counts[sizeof bundle + 1] = {[5] = 1, [7] = 2, [11] = 3};
    for (size_t cut = 0; cut <= sizeof bundle; cut++)
        for (size_t count = 0; count < 5; count++) {
            bool is_whole = cut == 0 || counts[cut] > 0;
            assert_int_equal(check(bundle, cut, count),
                             is_whole && count == counts[cut] ? IC_OK : IC_ERR_INPUT);
        }
}

static void what_is_appended_is_read(void **state)
{
    (void)state;
    static uint8_t out[2 * (2 + IC_TLOG_ENTRY_MAX) + 2], entry[IC_TLOG_ENTRY_MAX];
    const uint8_t *read = NULL;
    size_t len = 0;
    memset(entry, 0x5a, sizeof entry);
    struct ic_wr w = ic_wr_init(out, sizeof out);
    ic_bundle_append(&w, entry, sizeof entry);
    ic_bundle_append(&w, entry, 0);
    ic_bundle_append(&w, entry, sizeof entry);
    assert_true(ic_wr_ok(&w) && w.len == sizeof out);
    struct ic_rd r = ic_rd_init(out, w.len);
    for (size_t i = 0; i < 3; i++) {
        assert_true(ic_bundle_next(&r, &read, &len));
        assert_int_equal(len, i == 1 ? 0 : sizeof entry);
        assert_memory_equal(read, entry, len);
    }
    assert_false(ic_bundle_next(&r, &read, &len));
    assert_true(ic_rd_done(&r));
    ic_bundle_append(&w, entry, 0);
    assert_false(ic_wr_ok(&w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundles_of_others),
        cmocka_unit_test(each_truncation_is_refused),
        cmocka_unit_test(what_is_appended_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
