/* The official vectors of MLS (tests/vectors/mls): JSON whose strings are bytes in hexadecimal.
 * Each test counts what ran and what was left out, prints both and fails when nothing ran. */
#ifndef IC_TESTS_MLS_VECTORS_H
#define IC_TESTS_MLS_VECTORS_H

#include "support/cmocka_all.h"
#include "support/hex.h"

#include <stdlib.h>

#include <jansson.h>

#include "wire/mls.h"

struct vectors {
    const char *name;
    json_t *cases; /* an array */
    size_t ran, left_out;
};

static inline struct vectors vectors_load(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", IC_VECTORS, name);
    struct vectors v = {.name = name, .cases = json_load_file(path, 0, NULL)};
    assert_true(json_is_array(v.cases));
    return v;
}

/* Say what was done; reason: why the others were left out, NULL when none may be. */
static inline void vectors_end(struct vectors *v, const char *reason)
{
    printf("%s: %zu ran, %zu left out%s%s\n", v->name, v->ran, v->left_out,
           v->left_out > 0 && reason != NULL ? ": " : "", v->left_out > 0 && reason ? reason : "");
    assert_true(v->ran > 0);
    assert_true(reason != NULL || v->left_out == 0);
    json_decref(v->cases);
}

/* Exactly sized bytes on the heap, so that the sanitizer sees a read behind the end. Freed with
 * bytes_free. */
static inline struct ic_mls_span bytes_of(const json_t *text)
{
    assert_true(json_is_string(text));
    size_t len = json_string_length(text) / 2;
    uint8_t *at = malloc(len == 0 ? 1 : len);
    assert_non_null(at);
    assert_int_equal(hex_bytes(json_string_value(text), at, len), len);
    return (struct ic_mls_span){at, len};
}

static inline struct ic_mls_span bytes_at(const json_t *object, const char *key)
{
    return bytes_of(json_object_get(object, key));
}

static inline void bytes_free(struct ic_mls_span bytes)
{
    union {
        const uint8_t *lent;
        void *own;
    } at = {bytes.at};
    free(at.own);
}

static inline int64_t number_at(const json_t *object, const char *key)
{
    const json_t *n = json_object_get(object, key);
    assert_true(json_is_integer(n));
    return json_integer_value(n);
}

static inline void assert_span_equal(struct ic_mls_span a, struct ic_mls_span b)
{
    assert_int_equal(a.len, b.len);
    if (a.len > 0)
        assert_memory_equal(a.at, b.at, a.len);
}

#endif
