/* What the audit tools read: a dump, and a list of objects whose bytes are hex. */
#ifndef IC_TESTS_AUDIT_INPUT_H
#define IC_TESTS_AUDIT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* A file in memory, read only. */
struct dump {
    const uint8_t *bytes;
    size_t len;
};

/* Says on stderr why not. An empty file is refused: nothing would have been searched. */
bool dump_open(struct dump *d, const char *path);
void dump_close(struct dump *d);
/* Most of a server's memory: nothing in it but zeros. */
bool dump_is_zero(const uint8_t *bytes, size_t len);

/* A JSON file whose root is a list that is not empty; the caller drops it. NULL: said on stderr. */
json_t *input_list(const char *path);
/* A field in hex, on the heap; the caller frees it. NULL: said on stderr. */
uint8_t *input_bytes(const json_t *object, const char *key, size_t *len);
/* A text field; NULL when it is not there. */
const char *input_text(const json_t *object, const char *key);

#endif
