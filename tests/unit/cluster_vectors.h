/* What the tests of tests/vectors/nodes/ share. */
#ifndef IC_TESTS_CLUSTER_VECTORS_H
#define IC_TESTS_CLUSTER_VECTORS_H

#include "support/vectors.h"

#include "cluster/operator_keys.h"

/* Field key (text) or key_hex of a case, as a heap copy of its exact size; the caller frees it. */
static inline uint8_t *nodes_bytes(const json_t *row, const char *key, size_t *len)
{
    char hex[64];
    snprintf(hex, sizeof hex, "%s_hex", key);
    if (json_object_get(row, hex) != NULL)
        return vectors_bytes(row, hex, len);
    const char *text = vectors_text(row, key);
    *len = strlen(text);
    return exact_copy((const uint8_t *)text, *len);
}

/* The reason is the word of the case. */
static inline void nodes_assert_reason(const json_t *row, enum ic_node_reason reason)
{
    if (strcmp(ic_node_reason_word(reason), vectors_text(row, "reason")) != 0)
        fail_msg("%s: %s, not %s", vectors_text(row, "name"), ic_node_reason_word(reason),
                 vectors_text(row, "reason"));
}

static inline void nodes_assert_good(const json_t *row, enum ic_node_reason reason)
{
    if (reason != IC_NODE_GOOD)
        fail_msg("%s: %s", vectors_text(row, "name"), ic_node_reason_word(reason));
}

/* The list of the file, by the hash of its text. */
static inline void nodes_keys(const json_t *root, struct ic_operator_keys *out)
{
    const char *text = vectors_text(root, "operator_keys");
    assert_int_equal(ic_operator_keys_parse((const uint8_t *)text, strlen(text), out),
                     IC_NODE_GOOD);
}

/* Each prefix of a note, of its exact size, is refused by open. */
typedef enum ic_node_reason (*nodes_open)(const uint8_t *bytes, size_t len, const void *context);

static inline void nodes_assert_cuts(const uint8_t *bytes, size_t len, nodes_open open,
                                     const void *context)
{
    assert_int_equal(open(bytes, len, context), IC_NODE_GOOD);
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = exact_copy(bytes, cut);
        if (open(copy, cut, context) == IC_NODE_GOOD)
            fail_msg("cut at %zu", cut);
        free(copy);
    }
}

/* No byte can be changed, by any of its bits, so that open still takes it. */
static inline void nodes_assert_flips(const uint8_t *bytes, size_t len, nodes_open open,
                                      const void *context)
{
    uint8_t *copy = exact_copy(bytes, len);
    for (size_t at = 0; at < len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            copy[at] = (uint8_t)(copy[at] ^ 1u << bit);
            if (open(copy, len, context) == IC_NODE_GOOD)
                fail_msg("bit %u of byte %zu", bit, at);
            copy[at] = (uint8_t)(copy[at] ^ 1u << bit);
        }
    free(copy);
}

#endif
