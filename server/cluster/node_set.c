#include "cluster/node_set.h"

#include <string.h>

#include "cluster/node_note.h"
#include "cluster/node_text.h"
#include "crypto/ct.h"

static const char kind[] = "in-camera/node-set/v1";

static int compare(const struct ic_merkle_hash *a, const struct ic_merkle_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static void parse_cert(struct ic_node_text *t, struct ic_node_set *set)
{
    struct ic_merkle_hash leaf = {{0}};
    if (!ic_node_value_hash(ic_node_text_line(t, "cert"), leaf.bytes) ||
        set->count == IC_NODE_SET_CERTS_MAX ||
        (set->count > 0 && compare(&set->certs[set->count - 1], &leaf) >= 0))
        ic_node_text_refuse(t, IC_NODE_CERT);
    else
        set->certs[set->count++] = leaf;
}

enum ic_node_reason ic_node_set_parse(const uint8_t *text, size_t len, struct ic_node_set *out)
{
    struct ic_node_set set = {0};
    const struct ic_part part = {text, len};
    if (len > IC_NODE_SET_MAX)
        return IC_NODE_TOO_LARGE;
    struct ic_node_text t = ic_node_text_init(text, len, kind);
    if (!ic_node_value_number(ic_node_text_line(&t, "serial"), 1, IC_NODE_SERIAL_MAX, &set.serial))
        ic_node_text_refuse(&t, IC_NODE_SERIAL);
    ic_node_note_parse_times(&t, &set.not_before_s, &set.not_after_s);
    while (ic_node_text_is_next(&t, "cert"))
        parse_cert(&t, &set);
    enum ic_node_reason reason = ic_node_text_end(&t);
    if (reason == IC_NODE_GOOD)
        reason =
            ic_node_note_check_span(set.not_before_s, set.not_after_s, IC_NODE_SET_VALIDITY_MAX_S);
    if (reason == IC_NODE_GOOD && ic_hash_sha256(&part, 1, set.sha256) != IC_OK)
        reason = IC_NODE_SYSTEM;
    if (reason == IC_NODE_GOOD)
        *out = set;
    return reason;
}

enum ic_node_reason ic_node_set_open(const uint8_t *bytes, size_t len,
                                     const struct ic_operator_keys *keys, uint64_t now_s,
                                     struct ic_node_set *out)
{
    struct ic_node_set set;
    struct ic_note note;
    enum ic_node_reason reason = ic_node_note_parse(bytes, len, IC_NODE_SET_MAX, &note);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_set_parse(note.text, note.text_len, &set);
    if (reason == IC_NODE_GOOD)
        reason = ic_operator_keys_verify(keys, &note);
    if (reason == IC_NODE_GOOD)
        reason = ic_node_note_check_time(set.not_before_s, set.not_after_s, now_s);
    if (reason == IC_NODE_GOOD)
        *out = set;
    return reason;
}

void ic_node_set_write(struct ic_wr *w, const struct ic_node_set *set)
{
    ic_wr_text(w, kind);
    ic_wr_u8(w, '\n');
    ic_node_text_write_number(w, "serial", set->serial);
    ic_node_text_write_time(w, "not-before", set->not_before_s);
    ic_node_text_write_time(w, "not-after", set->not_after_s);
    for (size_t i = 0; i < set->count; i++)
        ic_node_text_write_hash(w, "cert", set->certs[i].bytes);
}

/* Insertion: there are at most 1000, and only the operator's tool sorts. */
void ic_node_set_sort(struct ic_node_set *set)
{
    for (size_t i = 1; i < set->count; i++) {
        struct ic_merkle_hash leaf = set->certs[i];
        size_t at = i;
        while (at > 0 && compare(&leaf, &set->certs[at - 1]) < 0)
            at--;
        memmove(&set->certs[at + 1], &set->certs[at], (i - at) * sizeof leaf);
        set->certs[at] = leaf;
    }
}

bool ic_node_set_has(const struct ic_node_set *set, const struct ic_merkle_hash *leaf)
{
    size_t first = 0, end = set->count;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = compare(&set->certs[middle], leaf);
        if (order == 0)
            return true;
        if (order < 0)
            first = middle + 1;
        else
            end = middle;
    }
    return false;
}

enum ic_node_reason ic_node_set_see(struct ic_node_set_seen *seen, const struct ic_node_set *set,
                                    uint64_t serial_min)
{
    if (set->serial < serial_min || set->serial < seen->serial)
        return IC_NODE_SET_SERIAL;
    if (set->serial == seen->serial && !ic_ct_equal(set->sha256, seen->sha256, IC_SHA256_LEN))
        return IC_NODE_SET_CONFLICT;
    seen->serial = set->serial;
    memcpy(seen->sha256, set->sha256, sizeof seen->sha256);
    return IC_NODE_GOOD;
}
