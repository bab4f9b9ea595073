/* The lines that the texts of docs/protocol/nodes.md are made of (its section 1), read strictly and
 * in order. The first thing that is wrong stays the reason; what is read after it is empty. */
#ifndef IC_CLUSTER_NODE_TEXT_H
#define IC_CLUSTER_NODE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rd.h"
#include "base/wr.h"
#include "cluster/node_reason.h"
#include "tlog/merkle.h"

struct ic_node_text {
    struct ic_rd r;
    enum ic_node_reason reason; /* IC_NODE_GOOD so far */
};

/* A value, or a part of one; lends bytes of the text. */
struct ic_node_value {
    const char *at;
    size_t len;
};

/* Borrows the text, whose first line must be kind. */
struct ic_node_text ic_node_text_init(const uint8_t *text, size_t len, const char *kind);
/* The value of the next line, which must begin with the keyword. */
struct ic_node_value ic_node_text_line(struct ic_node_text *t, const char *keyword);
/* The next line begins with the keyword. False behind a mistake. */
bool ic_node_text_is_next(const struct ic_node_text *t, const char *keyword);
/* It is wrong for this reason, unless it was wrong before. */
void ic_node_text_refuse(struct ic_node_text *t, enum ic_node_reason reason);
/* The reason, at the end: nothing may be left. */
IC_NODISCARD enum ic_node_reason ic_node_text_end(struct ic_node_text *t);

/* ---- values: false and out untouched when it is not one ---- */

/* What stands before the first separator, which is taken off v too; all of it, without one. */
struct ic_node_value ic_node_value_split(struct ic_node_value *v, char separator);
bool ic_node_value_is(struct ic_node_value v, const char *text);
/* A decimal number from min to max. */
bool ic_node_value_number(struct ic_node_value v, uint64_t min, uint64_t max, uint64_t *out);
/* "2026-11-23T00:00:00Z" as seconds since 1970. */
bool ic_node_value_time(struct ic_node_value v, uint64_t *out);
/* 32 bytes in lower-case hex. */
bool ic_node_value_hex(struct ic_node_value v, uint8_t out[static IC_MERKLE_HASH_LEN]);
/* 32 bytes in base64. */
bool ic_node_value_hash(struct ic_node_value v, uint8_t out[static IC_MERKLE_HASH_LEN]);
/* The name of a node: at most IC_NODE_NAME_MAX characters. */
bool ic_node_value_name(struct ic_node_value v);
/* Text for people: 1 to max bytes, only what is seen, spaces single and inside. */
bool ic_node_value_words(struct ic_node_value v, size_t max);

/* ---- the same, written; the writer is bad when full ---- */

void ic_node_text_write(struct ic_wr *w, const char *keyword, const char *value);
void ic_node_text_write_number(struct ic_wr *w, const char *keyword, uint64_t value);
/* Of years up to 9999 (asserted). */
void ic_node_text_write_time(struct ic_wr *w, const char *keyword, uint64_t time_s);
void ic_node_text_write_hash(struct ic_wr *w, const char *keyword,
                             const uint8_t hash[static IC_MERKLE_HASH_LEN]);
/* 64 characters, no line. */
void ic_node_text_write_hex(struct ic_wr *w, const uint8_t bytes[static IC_MERKLE_HASH_LEN]);

#endif
