/* Node sets: the vectors that the client runs too, and what a verifier keeps of them. */
#include "cluster_vectors.h"

#include "cluster/node_set.h"

static void assert_fields(const json_t *fields, const struct ic_node_set *set)
{
    const json_t *certs = json_object_get(fields, "certs");
    assert_int_equal(set->serial, vectors_u64(fields, "serial"));
    assert_int_equal(set->not_before_s, vectors_u64(fields, "not_before"));
    assert_int_equal(set->not_after_s, vectors_u64(fields, "not_after"));
    vectors_assert_bytes(fields, "sha256", set->sha256, sizeof set->sha256);
    assert_int_equal(set->count, json_array_size(certs));
    for (size_t i = 0; i < set->count; i++) {
        struct ic_merkle_hash leaf;
        hex_bytes(json_string_value(json_array_get(certs, i)), leaf.bytes, sizeof leaf.bytes);
        assert_memory_equal(set->certs[i].bytes, leaf.bytes, sizeof leaf.bytes);
        assert_true(ic_node_set_has(set, &leaf));
        leaf.bytes[31] ^= 1;
        assert_false(ic_node_set_has(set, &leaf));
    }
}

static void assert_written_back(const uint8_t *bytes, size_t len, const struct ic_node_set *set)
{
    static uint8_t text[IC_NODE_SET_MAX];
    struct ic_wr w = ic_wr_init(text, sizeof text);
    struct ic_note note;
    assert_int_equal(ic_note_parse(bytes, len, &note), IC_OK);
    ic_node_set_write(&w, set);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(w.len, note.text_len);
    assert_memory_equal(text, note.text, w.len);
}

static void what_is_valid(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/sets.json"), *row;
    struct ic_operator_keys keys;
    size_t i, count = 0;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "valid"), i, row)
    {
        static struct ic_node_set set;
        static const struct ic_merkle_hash nobody;
        size_t len;
        uint8_t *bytes = nodes_bytes(row, "note", &len);
        nodes_assert_good(row, ic_node_set_open(bytes, len, &keys, vectors_u64(row, "now"), &set));
        assert_fields(json_object_get(row, "fields"), &set);
        assert_false(ic_node_set_has(&set, &nobody));
        assert_written_back(bytes, len, &set);
        free(bytes);
        count++;
    }
    assert_true(count >= 5);
    json_decref(root);
}

static void what_is_invalid_and_why(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/sets.json"), *row;
    struct ic_operator_keys keys;
    size_t i, count = 0;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "invalid"), i, row)
    {
        static struct ic_node_set set, untouched;
        size_t len;
        uint8_t *bytes = nodes_bytes(row, "note", &len);
        nodes_assert_reason(row,
                            ic_node_set_open(bytes, len, &keys, vectors_u64(row, "now"), &set));
        assert_memory_equal(&set, &untouched, sizeof set);
        free(bytes);
        count++;
    }
    assert_true(count >= 35);
    json_decref(root);
}

/* Roll-back, and two sets of one number. */
static void what_was_seen_counts(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/sets.json"), *row, *step;
    struct ic_operator_keys keys;
    size_t i, k;
    nodes_keys(root, &keys);
    json_array_foreach(json_object_get(root, "sequences"), i, row)
    {
        struct ic_node_set_seen seen = {0};
        json_array_foreach(json_object_get(row, "steps"), k, step)
        {
            static struct ic_node_set set;
            struct ic_node_set_seen before = seen;
            const char *note = vectors_text(step, "note");
            assert_int_equal(
                ic_node_set_open((const uint8_t *)note, strlen(note), &keys, 1795521600, &set),
                IC_NODE_GOOD);
            enum ic_node_reason reason =
                ic_node_set_see(&seen, &set, vectors_u64(step, "serial_min"));
            if (strcmp(ic_node_reason_word(reason), vectors_text(step, "reason")) != 0)
                fail_msg("%s, step %zu: %s", vectors_text(row, "name"), k,
                         ic_node_reason_word(reason));
            if (reason == IC_NODE_GOOD)
                assert_int_equal(seen.serial, set.serial);
            else
                assert_memory_equal(&seen, &before, sizeof seen);
        }
    }
    assert_true(i >= 6);
    json_decref(root);
}

static enum ic_node_reason open_first(const uint8_t *bytes, size_t len, const void *context)
{
    static struct ic_node_set set;
    return ic_node_set_open(bytes, len, context, 1795521600, &set);
}

static void nothing_can_be_cut_or_changed(void **state)
{
    (void)state;
    json_t *root = vectors_load("nodes/sets.json");
    struct ic_operator_keys keys;
    size_t len;
    uint8_t *bytes = nodes_bytes(json_array_get(json_object_get(root, "valid"), 0), "note", &len);
    nodes_keys(root, &keys);
    nodes_assert_cuts(bytes, len, open_first, &keys);
    nodes_assert_flips(bytes, len, open_first, &keys);
    free(bytes);
    json_decref(root);
}

static void hashes_are_brought_into_order(void **state)
{
    (void)state;
    static struct ic_node_set set = {.serial = 1, .not_after_s = 60, .count = 200}, again;
    static uint8_t text[IC_NODE_SET_MAX];
    uint32_t x = 7;
    for (size_t i = 0; i < set.count; i++)
        for (size_t k = 0; k < sizeof set.certs[i].bytes; k++) {
            x = x * 1664525 + 1013904223;
            set.certs[i].bytes[k] = (uint8_t)(x >> 24);
        }
    ic_node_set_sort(&set);
    struct ic_wr w = ic_wr_init(text, sizeof text);
    ic_node_set_write(&w, &set);
    assert_true(ic_wr_ok(&w));
    assert_int_equal(ic_node_set_parse(text, w.len, &again), IC_NODE_GOOD);
    assert_int_equal(again.count, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_valid),
        cmocka_unit_test(what_is_invalid_and_why),
        cmocka_unit_test(what_was_seen_counts),
        cmocka_unit_test(nothing_can_be_cut_or_changed),
        cmocka_unit_test(hashes_are_brought_into_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
