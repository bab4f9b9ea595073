/* Operator key lists and their rotation: the vectors that the client runs too. */
#include "cluster_vectors.h"

static void assert_fields(const json_t *fields, const struct ic_operator_keys *keys)
{
    const json_t *list = json_object_get(fields, "keys");
    static const uint8_t none[IC_SHA256_LEN];
    assert_int_equal(keys->serial, vectors_u64(fields, "serial"));
    assert_int_equal(keys->threshold, vectors_u64(fields, "threshold"));
    vectors_assert_bytes(fields, "sha256", keys->sha256, sizeof keys->sha256);
    if (json_is_null(json_object_get(fields, "previous")))
        assert_memory_equal(keys->previous, none, sizeof none);
    else
        vectors_assert_bytes(fields, "previous", keys->previous, sizeof keys->previous);
    assert_int_equal(keys->count, json_array_size(list));
    for (size_t i = 0; i < keys->count; i++) {
        uint8_t vkey[IC_NOTE_VKEY_MAX];
        struct ic_wr w = ic_wr_init(vkey, sizeof vkey);
        ic_note_key_write(&w, &keys->keys[i]);
        assert_int_equal(w.len, json_string_length(json_array_get(list, i)));
        assert_memory_equal(vkey, json_string_value(json_array_get(list, i)), w.len);
    }
}

static void assert_written_back(const uint8_t *text, size_t len,
                                const struct ic_operator_keys *keys)
{
    uint8_t again[IC_OPERATOR_LIST_MAX];
    struct ic_wr w = ic_wr_init(again, sizeof again);
    ic_operator_keys_write(&w, keys);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, len);
    assert_memory_equal(again, text, len);
}

/* Sorting finds the order of the text from any other. */
static void assert_sorted(struct ic_operator_keys *keys, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < keys->count / 2u; i++) {
        struct ic_note_key key = keys->keys[i];
        keys->keys[i] = keys->keys[keys->count - 1u - i];
        keys->keys[keys->count - 1u - i] = key;
    }
    ic_operator_keys_sort(keys);
    assert_written_back(text, len, keys);
}

static void what_is_valid(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/operator_keys.json"), *row;
    size_t i, count = 0;
    json_array_foreach(json_object_get(root, "valid"), i, row)
    {
        struct ic_operator_keys keys;
        size_t len;
        uint8_t *text = nodes_bytes(row, "text", &len);
        nodes_assert_good(row, ic_operator_keys_parse(text, len, &keys));
        assert_fields(json_object_get(row, "fields"), &keys);
        assert_written_back(text, len, &keys);
        assert_sorted(&keys, text, len);
        for (size_t cut = 0; cut < len; cut++) {
            uint8_t *copy = exact_copy(text, cut);
            assert_int_not_equal(ic_operator_keys_parse(copy, cut, &keys), IC_NODE_GOOD);
            free(copy);
        }
        free(text);
        count++;
    }
    assert_true(count >= 6);
    json_decref(root);
}

static void what_is_invalid_and_why(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/operator_keys.json"), *row;
    size_t i, count = 0;
    json_array_foreach(json_object_get(root, "invalid"), i, row)
    {
        struct ic_operator_keys keys, untouched;
        size_t len;
        uint8_t *text = nodes_bytes(row, "text", &len);
        memset(&keys, 0x5a, sizeof keys);
        memset(&untouched, 0x5a, sizeof untouched);
        nodes_assert_reason(row, ic_operator_keys_parse(text, len, &keys));
        assert_memory_equal(&keys, &untouched, sizeof keys);
        free(text);
        count++;
    }
    assert_true(count >= 35);
    json_decref(root);
}

static void chains_of_rotations(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/operator_keys.json"), *row, *list;
    size_t i, k, count = 0;
    json_array_foreach(json_object_get(root, "chains"), i, row)
    {
        struct ic_part parts[IC_OPERATOR_CHAIN_MAX + 1] = {{NULL, 0}};
        struct ic_operator_keys keys;
        size_t hash_len;
        uint8_t *hash = vectors_bytes(row, "sha256", &hash_len);
        assert_int_equal(hash_len, IC_SHA256_LEN);
        assert_true(json_array_size(json_object_get(row, "lists")) <= IC_OPERATOR_CHAIN_MAX + 1);
        json_array_foreach(json_object_get(row, "lists"), k, list)
        {
            parts[k].bytes = (const uint8_t *)json_string_value(list);
            parts[k].len = json_string_length(list);
        }
        nodes_assert_reason(row, ic_operator_keys_open(parts, k, hash, &keys));
        if (strcmp(vectors_text(row, "reason"), "good") == 0)
            assert_int_equal(keys.serial, vectors_u64(row, "serial"));
        free(hash);
        count++;
    }
    assert_true(count >= 25);
    json_decref(root);
}

static void who_has_signed_is_counted(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/certs.json"), *row;
    struct ic_operator_keys keys;
    size_t i, two = 0, three = 0;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "valid"), i, row)
    {
        struct ic_note note;
        size_t len, signers = 99;
        uint8_t *bytes = nodes_bytes(row, "note", &len);
        assert_int_equal(ic_note_parse(bytes, len, &note), IC_OK);
        assert_int_equal(ic_operator_keys_count(&keys, &note, &signers), IC_NODE_GOOD);
        assert_true(signers == 2 || signers == 3);
        two += signers == 2;
        three += signers == 3;
        free(bytes);
    }
    assert_true(two >= 20 && three == 1);
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid),
        cmocka_unit_test(what_is_invalid_and_why),
        cmocka_unit_test(chains_of_rotations),
        cmocka_unit_test(who_has_signed_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
