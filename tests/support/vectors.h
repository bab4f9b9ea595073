/* Vector files: JSON below tests/vectors, whose bytes are lower-case hex. */
#ifndef IC_TESTS_VECTORS_H
#define IC_TESTS_VECTORS_H

#include <jansson.h>

#include "support/exact.h"
#include "support/hex.h"

/* The text of a file below tests/vectors, terminated; the caller frees it. Fails the test when it
 * is not there. */
static inline char *vectors_read(const char *name, size_t *len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", IC_VECTORS, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        fail_msg("no %s", path);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *text = malloc((size_t)size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    fclose(file);
    text[size] = '\0';
    *len = (size_t)size;
    return text;
}

/* Integers of 19 digits and more, which JSON libraries round or refuse, become texts. */
static inline char *vectors_quote_integers(const char *text, size_t len)
{
    char *out = malloc(2 * len + 1);
    size_t n = 0;
    bool in_text = false;
    assert_non_null(out);
    for (size_t i = 0; i < len;) {
        size_t digits = 0;
        while (!in_text && i + digits < len && text[i + digits] >= '0' && text[i + digits] <= '9')
            digits++;
        if (digits >= 19)
            out[n++] = '"';
        size_t run = digits > 0 ? digits : 1;
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\'))
            in_text = !in_text;
        memcpy(&out[n], &text[i], run);
        n += run;
        i += run;
        if (digits >= 19)
            out[n++] = '"';
    }
    out[n] = '\0';
    return out;
}

/* The whole file; the caller drops it. Fails the test when it is not there. */
static inline json_t *vectors_load(const char *name)
{
    json_error_t error;
    size_t len;
    char *text = vectors_read(name, &len);
    char *quoted = vectors_quote_integers(text, len);
    json_t *root = json_loads(quoted, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("%s: %s", name, error.text);
    free(quoted);
    free(text);
    return root;
}

/* An integer of the whole range of 64 bits. */
static inline uint64_t vectors_u64(const json_t *vector, const char *key)
{
    const json_t *field = json_object_get(vector, key);
    uint64_t value = 0;
    if (json_is_integer(field)) {
        assert_true(json_integer_value(field) >= 0);
        return (uint64_t)json_integer_value(field);
    }
    const char *digits = json_string_value(field);
    assert_non_null(digits);
    for (; *digits != '\0'; digits++) {
        assert_in_range(*digits, '0', '9');
        assert_true(value <= (UINT64_MAX - (uint64_t)(*digits - '0')) / 10);
        value = value * 10 + (uint64_t)(*digits - '0');
    }
    return value;
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
