/* Vector files: JSON below tests/vectors, whose bytes are lower-case hex. */
#ifndef IC_TESTS_VECTORS_H
#define IC_TESTS_VECTORS_H

#include <jansson.h>

#include "support/exact.h"
#include "support/hex.h"

/* The whole file; the caller drops it. Fails the test when it is not there. */
static inline json_t *vectors_load(const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s", IC_VECTORS, name);
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("%s: %s", path, error.text);
    return root;
}

static inline const char *vectors_text(const json_t *vector, const char *key)
{
    const char *text = json_string_value(json_object_get(vector, key));
    if (text == NULL)
        fail_msg("no text %s", key);
    return text;
}

/* A hex field as a heap copy of its exact size; the caller frees it. */
static inline uint8_t *vectors_bytes(const json_t *vector, const char *key, size_t *len)
{
    const char *text = vectors_text(vector, key);
    size_t cap = strlen(text) / 2;
    uint8_t *bytes = malloc(cap == 0 ? 1 : cap);
    assert_non_null(bytes);
    *len = hex_bytes(text, bytes, cap);
    assert_int_equal(*len, cap);
    return bytes;
}

/* A hex field is exactly these bytes. */
static inline void vectors_assert_bytes(const json_t *vector, const char *key, const uint8_t *bytes,
                                        size_t len)
{
    size_t expected_len;
    uint8_t *expected = vectors_bytes(vector, key, &expected_len);
    assert_int_equal(len, expected_len);
    if (len > 0)
        assert_memory_equal(bytes, expected, len);
    free(expected);
}

#endif
