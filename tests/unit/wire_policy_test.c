/* IcPolicy: the vectors that the client runs too, each truncation, each byte more. */
#include "support/vectors.h"

#include "wire/policy.h"

static int load(void **state)
{
    *state = vectors_load("policy.json");
    return 0;
}

static int unload(void **state)
{
    json_decref(*state);
    return 0;
}

static void assert_countries(const json_t *fields, const char *key, const uint8_t *countries,
                             size_t count)
{
    const json_t *list = json_object_get(fields, key);
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(json_string_value(json_array_get(list, i)), &countries[2 * i], 2);
}

static void assert_keys(const json_t *fields, const char *key, const uint8_t *keys, size_t count)
{
    const json_t *list = json_object_get(fields, key);
    assert_int_equal(json_array_size(list), count);
    for (size_t i = 0; i < count; i++) {
        uint8_t expected[IC_POLICY_KEY_LEN];
        const char *text = json_string_value(json_array_get(list, i));
        assert_int_equal(hex_bytes(text, expected, sizeof expected), sizeof expected);
        assert_memory_equal(&keys[i * IC_POLICY_KEY_LEN], expected, sizeof expected);
    }
}

static void assert_issuers(const json_t *fields, const struct ic_policy *p)
{
    const json_t *list = json_object_get(fields, "issuers");
    assert_int_equal(json_array_size(list), p->issuer_count);
    for (size_t i = 0; i < p->issuer_count; i++) {
        const json_t *expected = json_array_get(list, i);
        const struct ic_policy_issuer *is = &p->issuers[i];
        assert_int_equal(strlen(vectors_text(expected, "issuer")), is->issuer_len);
        assert_memory_equal(vectors_text(expected, "issuer"), is->issuer, is->issuer_len);
        assert_int_equal(strlen(vectors_text(expected, "audience")), is->audience_len);
        assert_memory_equal(vectors_text(expected, "audience"), is->audience, is->audience_len);
        assert_keys(expected, "jwk_thumbprints", is->thumbprints, is->thumbprint_count);
    }
}

static void assert_fields(const json_t *fields, const struct ic_policy *p)
{
    char serial[32];
    vectors_assert_bytes(fields, "policy_id", p->policy_id, sizeof p->policy_id);
    vectors_assert_bytes(fields, "meeting_id", p->meeting_id, sizeof p->meeting_id);
    vectors_assert_bytes(fields, "operator_keys_sha256", p->operator_keys_sha256, 32);
    vectors_assert_bytes(fields, "log_policy_sha256", p->log_policy_sha256, 32);
    snprintf(serial, sizeof serial, "%llu", (unsigned long long)p->min_node_set_serial);
    assert_string_equal(vectors_text(fields, "min_node_set_serial"), serial);
    assert_int_equal(json_integer_value(json_object_get(fields, "max_hops")), p->max_hops);
    assert_int_equal(json_integer_value(json_object_get(fields, "flags")), p->flags);
    assert_int_equal(json_integer_value(json_object_get(fields, "lobby_mode")), p->lobby_mode);
    assert_int_equal(json_integer_value(json_object_get(fields, "sframe_suite")), p->sframe_suite);
    assert_countries(fields, "allowed_countries", p->countries, p->country_count);
    assert_countries(fields, "excluded_by_physics", p->excluded, p->excluded_count);
    assert_keys(fields, "host_keys", p->host_keys, p->host_key_count);
    assert_issuers(fields, p);
}

static void valid_policies_are_read_and_written(void **state)
{
    const json_t *list = json_object_get(*state, "valid"), *vector;
    size_t i;
    assert_in_range(json_array_size(list), 20, 1000);
    json_array_foreach(list, i, vector)
    {
        size_t len;
        struct ic_policy p;
        static uint8_t out[IC_POLICY_BYTES_MAX];
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        if (ic_policy_parse(bytes, len, &p) != IC_OK)
            fail_msg("refused: %s", vectors_text(vector, "name"));
        assert_false(ic_policy_is_unbound(bytes, len));
        assert_fields(json_object_get(vector, "fields"), &p);
        struct ic_wr w = ic_wr_init(out, sizeof out), small = ic_wr_init(out, len - 1);
        ic_policy_write(&w, &p);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len, len);
        assert_memory_equal(out, bytes, len);
        ic_policy_write(&small, &p);
        assert_false(ic_wr_ok(&small));
        assert_null(ic_policy_host_key(&p, p.host_key_count));
        if (p.host_key_count > 0)
            assert_ptr_equal(ic_policy_host_key(&p, 0), p.host_keys);
        free(bytes);
    }
}

static void assert_refused(const uint8_t *bytes, size_t len, const json_t *vector)
{
    struct ic_policy p, before;
    memset(&p, 0xa5, sizeof p);
    before = p;
    if (ic_policy_parse(bytes, len, &p) != IC_ERR_INPUT)
        fail_msg("accepted with %zu bytes: %s", len, vectors_text(vector, "name"));
    assert_memory_equal(&p, &before, sizeof p); /* outputs only on success */
}

static void invalid_policies_are_refused(void **state)
{
    const json_t *list = json_object_get(*state, "invalid"), *vector;
    size_t i;
    assert_in_range(json_array_size(list), 60, 1000);
    json_array_foreach(list, i, vector)
    {
        size_t len;
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        assert_refused(bytes, len, vector);
        assert_false(ic_policy_is_unbound(bytes, len));
        free(bytes);
    }
}

static void policies_without_operator_or_log_are_refused_as_that(void **state)
{
    const json_t *list = json_object_get(*state, "unbound"), *vector;
    size_t i;
    assert_int_equal(json_array_size(list), 3);
    json_array_foreach(list, i, vector)
    {
        size_t len;
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        assert_refused(bytes, len, vector);
        assert_true(ic_policy_is_unbound(bytes, len));
        assert_false(ic_policy_is_unbound(bytes, len - 1));
        free(bytes);
    }
}

static void any_other_length_is_refused(void **state)
{
    const json_t *list = json_object_get(*state, "valid"), *vector;
    size_t i;
    json_array_foreach(list, i, vector)
    {
        size_t len;
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *prefix = exact_copy(bytes, cut);
            assert_refused(prefix, cut, vector);
            free(prefix);
        }
        uint8_t *longer = realloc(bytes, len + 1);
        assert_non_null(longer);
        for (unsigned last = 0; last < 256; last++) {
            longer[len] = (uint8_t)last;
            assert_refused(longer, len + 1, vector);
        }
        free(longer);
    }
}

/* Whatever one changed byte does, nothing but the one encoding of what was read is accepted. */
static void a_changed_byte_is_refused_or_reads_as_itself(void **state)
{
    const json_t *list = json_object_get(*state, "valid");
    static uint8_t out[IC_POLICY_BYTES_MAX];
    for (size_t i = 0; i < 22; i++) {
        size_t len;
        uint8_t *bytes = vectors_bytes(json_array_get(list, i), "encoding", &len);
        for (size_t at = 0; at < len && len < 400; at++)
            for (unsigned change = 1; change < 256; change++) {
                struct ic_policy p;
                bytes[at] ^= (uint8_t)change;
                if (ic_policy_parse(bytes, len, &p) == IC_OK) {
                    struct ic_wr w = ic_wr_init(out, sizeof out);
                    ic_policy_write(&w, &p);
                    assert_true(ic_wr_ok(&w) && w.len == len);
                    assert_memory_equal(out, bytes, len);
                }
                bytes[at] ^= (uint8_t)change;
            }
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_policies_are_read_and_written),
        cmocka_unit_test(invalid_policies_are_refused),
        cmocka_unit_test(policies_without_operator_or_log_are_refused_as_that),
        cmocka_unit_test(any_other_length_is_refused),
        cmocka_unit_test(a_changed_byte_is_refused_or_reads_as_itself),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
