/* The SFrame header: the 289 vectors of RFC 9605, each truncation, each longer form. */
#include "support/vectors.h"

#include "wire/sframe.h"

static void vectors_of_rfc_9605(void **state)
{
    (void)state;
    json_t *root = vectors_load("sframe/rfc9605-test-vectors.json"), *vector;
    size_t i, wide = 0;
    json_array_foreach(json_object_get(root, "header"), i, vector)
    {
        size_t len;
        struct ic_sframe header;
        uint8_t out[IC_SFRAME_HEADER_MAX];
        uint8_t *bytes = vectors_bytes(vector, "encoded", &len);
        assert_int_equal(ic_sframe_parse(bytes, len, &header), IC_OK);
        assert_true(header.kid == vectors_u64(vector, "kid"));
        assert_true(header.counter == vectors_u64(vector, "ctr"));
        assert_int_equal(header.len, len);
        wide += header.kid > INT64_MAX || header.counter > INT64_MAX;
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_sframe_write(&w, header.kid, header.counter);
        assert_true(ic_wr_ok(&w) && w.len == len);
        assert_memory_equal(out, bytes, len);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *prefix = exact_copy(bytes, cut);
            assert_int_equal(ic_sframe_parse(prefix, cut, &header), IC_ERR_INPUT);
            free(prefix);
        }
        free(bytes);
    }
    assert_int_equal(i, 289);
    assert_in_range(wide, 30, 289); /* numbers that a signed integer cannot hold */
    json_decref(root);
}

static void what_follows_is_left_alone(void **state)
{
    (void)state;
    const uint8_t bytes[] = {0x98, 0x01, 0x23, 0x45, 0xff, 0xff};
    struct ic_sframe header;
    assert_int_equal(ic_sframe_parse(bytes, sizeof bytes, &header), IC_OK);
    assert_true(header.kid == 0x123 && header.counter == 0x45);
    assert_int_equal(header.len, 4);
}

/* One encoding: else a relay could make a second frame of one, with another header. */
static void longer_forms_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[5];
        size_t len;
        enum ic_err expected;
    } rows[] = {
        {{0x08, 0x08}, 2, IC_OK},
        {{0x80, 0x08}, 2, IC_OK},
        {{0x08, 0x07}, 2, IC_ERR_INPUT},
        {{0x08, 0x00}, 2, IC_ERR_INPUT},
        {{0x80, 0x07}, 2, IC_ERR_INPUT},
        {{0x80, 0x00}, 2, IC_ERR_INPUT},
        {{0x09, 0x01, 0x00}, 3, IC_OK},
        {{0x09, 0x00, 0xff}, 3, IC_ERR_INPUT},
        {{0x90, 0x00, 0xff}, 3, IC_ERR_INPUT},
        {{0x0a, 0x00, 0xff, 0xff}, 4, IC_ERR_INPUT},
        {{0x99, 0x01, 0x00, 0x00, 0xff}, 5, IC_ERR_INPUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ic_sframe header = {7, 7, 7};
        assert_int_equal(ic_sframe_parse(rows[i].bytes, rows[i].len, &header), rows[i].expected);
        assert_int_equal(header.len, rows[i].expected == IC_OK ? rows[i].len : 7);
    }
}

static void a_full_writer(void **state)
{
    (void)state;
    uint8_t out[IC_SFRAME_HEADER_MAX];
    for (size_t cap = 0; cap < sizeof out; cap++) {
        struct ic_wr w = ic_wr_init(out, cap);
        ic_sframe_write(&w, UINT64_MAX, UINT64_MAX);
        assert_false(ic_wr_ok(&w));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_rfc_9605),
        cmocka_unit_test(what_follows_is_left_alone),
        cmocka_unit_test(longer_forms_are_refused),
        cmocka_unit_test(a_full_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
