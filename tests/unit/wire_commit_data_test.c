/* CommitData: the vectors that the client runs too, each truncation, each byte more. */
#include "support/vectors.h"

#include "wire/commit_data.h"

#define BYTES_MAX 2048

static int load(void **state)
{
    *state = vectors_load("commit_data.json");
    return 0;
}

static int unload(void **state)
{
    json_decref(*state);
    return 0;
}

static void assert_act(const json_t *expected, const struct ic_act *act)
{
    const char *type = vectors_text(expected, "type");
    switch (act->type) {
    case IC_ACT_LOCK:
        assert_string_equal(type, "lock");
        assert_int_equal(json_is_true(json_object_get(expected, "is_locked")), act->is_locked);
        return;
    case IC_ACT_GENERATION:
        assert_string_equal(type, "generation");
        assert_int_equal(json_integer_value(json_object_get(expected, "generation")),
                         act->generation);
        return;
    case IC_ACT_BAN:
        assert_string_equal(type, "ban");
        vectors_assert_bytes(expected, "tag", act->tag, sizeof act->tag);
        return;
    }
    fail_msg("act type %d", (int)act->type);
}

static void assert_fields(const json_t *fields, const struct ic_commit_data *data)
{
    const json_t *authority = json_object_get(fields, "authority");
    const json_t *acts = json_object_get(fields, "acts");
    assert_int_equal(json_is_object(authority), data->has_authority);
    if (data->has_authority) {
        assert_int_equal(json_integer_value(json_object_get(authority, "host_key_index")),
                         data->authority.host_key_index);
        vectors_assert_bytes(authority, "signature", data->authority.signature,
                             sizeof data->authority.signature);
    }
    assert_int_equal(json_array_size(acts), data->act_count);
    for (size_t i = 0; i < data->act_count; i++)
        assert_act(json_array_get(acts, i), &data->acts[i]);
}

static void valid_data_is_read_and_written(void **state)
{
    const json_t *list = json_object_get(*state, "valid"), *vector;
    static const uint8_t written_out[] = {1, 0, 0, 0}; /* what empty bytes mean */
    size_t i;
    assert_in_range(json_array_size(list), 10, 1000);
    json_array_foreach(list, i, vector)
    {
        size_t len;
        struct ic_commit_data data;
        uint8_t out[BYTES_MAX];
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        if (ic_commit_data_parse(bytes, len, &data) != IC_OK)
            fail_msg("refused: %s", vectors_text(vector, "name"));
        assert_fields(json_object_get(vector, "fields"), &data);
        struct ic_wr w = ic_wr_init(out, sizeof out);
        ic_commit_data_write(&w, &data);
        assert_true(ic_wr_ok(&w));
        assert_int_equal(w.len, len == 0 ? sizeof written_out : len);
        assert_memory_equal(out, len == 0 ? written_out : bytes, w.len);
        struct ic_wr small = ic_wr_init(out, w.len - 1);
        ic_commit_data_write(&small, &data);
        assert_false(ic_wr_ok(&small));
        free(bytes);
    }
}

static void assert_refused(const uint8_t *bytes, size_t len, const json_t *vector)
{
    struct ic_commit_data data, before;
    memset(&data, 0xa5, sizeof data);
    before = data;
    if (ic_commit_data_parse(bytes, len, &data) != IC_ERR_INPUT)
        fail_msg("accepted with %zu bytes: %s", len, vectors_text(vector, "name"));
    assert_memory_equal(&data, &before, sizeof data); /* outputs only on success */
}

static void invalid_data_is_refused(void **state)
{
    const json_t *list = json_object_get(*state, "invalid"), *vector;
    size_t i;
    assert_in_range(json_array_size(list), 30, 1000);
    json_array_foreach(list, i, vector)
    {
        size_t len;
        uint8_t *bytes = vectors_bytes(vector, "encoding", &len);
        assert_refused(bytes, len, vector);
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
        for (size_t cut = 1; cut < len; cut++) {
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

static void an_authority_alone_has_65_bytes(void **state)
{
    (void)state;
    uint8_t bytes[IC_AUTHORITY_LEN + 1], out[IC_AUTHORITY_LEN];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(7 + i);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct ic_authority authority = {0};
        uint8_t *copy = exact_copy(bytes, len);
        enum ic_err err = ic_authority_parse(copy, len, &authority);
        assert_int_equal(err, len == IC_AUTHORITY_LEN ? IC_OK : IC_ERR_INPUT);
        assert_int_equal(authority.host_key_index, err == IC_OK ? 7 : 0);
        if (err == IC_OK) {
            struct ic_wr w = ic_wr_init(out, sizeof out);
            ic_authority_write(&w, &authority);
            assert_true(ic_wr_ok(&w));
            assert_memory_equal(out, bytes, sizeof out);
        }
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_data_is_read_and_written),
        cmocka_unit_test(invalid_data_is_refused),
        cmocka_unit_test(any_other_length_is_refused),
        cmocka_unit_test(an_authority_alone_has_65_bytes),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
