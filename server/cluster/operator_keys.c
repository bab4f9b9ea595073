#include "cluster/operator_keys.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "cluster/node_text.h"
#include "crypto/ct.h"

static const char kind[] = "in-camera/operator-keys/v1";

struct vkey {
    uint8_t text[IC_NOTE_VKEY_MAX];
    size_t len;
};

static struct vkey vkey_of(const struct ic_note_key *key)
{
    struct vkey v;
    struct ic_wr w = ic_wr_init(v.text, sizeof v.text);
    ic_note_key_write(&w, key);
    IC_ASSERT(ic_wr_ok(&w));
    v.len = w.len;
    return v;
}

/* Below 0: a stands before b. Bytes, the shorter one first where one begins the other. */
static int compare(const struct ic_note_key *a, const struct ic_note_key *b)
{
    struct vkey x = vkey_of(a), y = vkey_of(b);
    int order = memcmp(x.text, y.text, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

/* One person's key must not count for two. */
static bool is_new(const struct ic_operator_keys *keys, const struct ic_note_key *key)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->keys[i].name, key->name) == 0 ||
            memcmp(keys->keys[i].key, key->key, sizeof key->key) == 0)
            return false;
    return keys->count == 0 || compare(&keys->keys[keys->count - 1], key) < 0;
}

static void parse_key(struct ic_node_text *t, struct ic_operator_keys *keys)
{
    struct ic_node_value value = ic_node_text_line(t, "key");
    struct ic_note_key key;
    enum ic_err err = ic_note_key_parse(&key, value.at, value.len);
    if (err == IC_ERR_SYSTEM)
        ic_node_text_refuse(t, IC_NODE_SYSTEM);
    else if (err != IC_OK || keys->count == IC_OPERATOR_KEYS_MAX || !is_new(keys, &key))
        ic_node_text_refuse(t, IC_NODE_KEY);
    else
        keys->keys[keys->count++] = key;
}

static void parse_head(struct ic_node_text *t, struct ic_operator_keys *keys, uint64_t *count)
{
    uint64_t threshold = 0;
    if (!ic_node_value_number(ic_node_text_line(t, "serial"), 1, IC_NODE_SERIAL_MAX, &keys->serial))
        ic_node_text_refuse(t, IC_NODE_SERIAL);
    struct ic_node_value previous = ic_node_text_line(t, "previous");
    if (keys->serial == 1 ? !ic_node_value_is(previous, "-")
                          : !ic_node_value_hash(previous, keys->previous))
        ic_node_text_refuse(t, IC_NODE_PREVIOUS);
    struct ic_node_value n = ic_node_text_line(t, "threshold");
    struct ic_node_value k = ic_node_value_split(&n, ' ');
    if (!ic_node_value_number(n, 1, IC_OPERATOR_KEYS_MAX, count) ||
        !ic_node_value_number(k, 1, *count, &threshold))
        ic_node_text_refuse(t, IC_NODE_THRESHOLD);
    keys->threshold = (uint8_t)threshold;
}

enum ic_node_reason ic_operator_keys_parse(const uint8_t *text, size_t len,
                                           struct ic_operator_keys *out)
{
    struct ic_operator_keys keys = {0};
    uint64_t count = 0;
    const struct ic_part part = {text, len};
    if (len > IC_OPERATOR_LIST_MAX)
        return IC_NODE_TOO_LARGE;
    struct ic_node_text t = ic_node_text_init(text, len, kind);
    parse_head(&t, &keys, &count);
    while (ic_node_text_is_next(&t, "key"))
        parse_key(&t, &keys);
    enum ic_node_reason reason = ic_node_text_end(&t);
    if (reason == IC_NODE_GOOD && keys.count != count)
        reason = IC_NODE_THRESHOLD;
    if (reason == IC_NODE_GOOD && ic_hash_sha256(&part, 1, keys.sha256) != IC_OK)
        reason = IC_NODE_SYSTEM;
    if (reason == IC_NODE_GOOD)
        *out = keys;
    return reason;
}

void ic_operator_keys_write(struct ic_wr *w, const struct ic_operator_keys *keys)
{
    ic_wr_text(w, kind);
    ic_wr_u8(w, '\n');
    ic_node_text_write_number(w, "serial", keys->serial);
    if (keys->serial == 1)
        ic_node_text_write(w, "previous", "-");
    else
        ic_node_text_write_hash(w, "previous", keys->previous);
    ic_wr_text(w, "threshold ");
    ic_wr_decimal(w, keys->threshold);
    ic_wr_u8(w, ' ');
    ic_wr_decimal(w, keys->count);
    ic_wr_u8(w, '\n');
    for (size_t i = 0; i < keys->count; i++) {
        ic_wr_text(w, "key ");
        ic_note_key_write(w, &keys->keys[i]);
        ic_wr_u8(w, '\n');
    }
}

void ic_operator_keys_sort(struct ic_operator_keys *keys)
{
    for (size_t i = 1; i < keys->count; i++)
        for (size_t k = i; k > 0 && compare(&keys->keys[k], &keys->keys[k - 1]) < 0; k--) {
            struct ic_note_key later = keys->keys[k];
            keys->keys[k] = keys->keys[k - 1];
            keys->keys[k - 1] = later;
        }
}

/* One key: whether it has signed; a signature that is said to be its own and is not spoils all. */
static enum ic_node_reason count_key(const struct ic_note_key *key, const struct ic_note *note,
                                     size_t *signers)
{
    uint8_t signature[IC_ED25519_SIGNATURE_LEN];
    size_t at = 0, verified = 0;
    enum ic_err err;
    while ((err = ic_note_next_signature(note, key, &at, signature, sizeof signature)) == IC_OK) {
        if (!ic_ed25519_verify(key->key, note->text, note->text_len, signature))
            return IC_NODE_SIGNATURE_WRONG;
        verified++;
    }
    *signers += verified > 0 ? 1 : 0;
    return err == IC_ERR_GONE ? IC_NODE_GOOD : IC_NODE_SIGNATURE_WRONG;
}

enum ic_node_reason ic_operator_keys_count(const struct ic_operator_keys *keys,
                                           const struct ic_note *note, size_t *signers)
{
    *signers = 0;
    for (size_t i = 0; i < keys->count; i++) {
        enum ic_node_reason reason = count_key(&keys->keys[i], note, signers);
        if (reason != IC_NODE_GOOD)
            return reason;
    }
    return IC_NODE_GOOD;
}

enum ic_node_reason ic_operator_keys_verify(const struct ic_operator_keys *keys,
                                            const struct ic_note *note)
{
    size_t signers;
    enum ic_node_reason reason = ic_operator_keys_count(keys, note, &signers);
    IC_ASSERT(keys->threshold > 0);
    if (reason == IC_NODE_GOOD && signers < keys->threshold)
        reason = IC_NODE_SIGNATURES;
    return reason;
}

enum ic_node_reason ic_operator_keys_rotate(struct ic_operator_keys *keys, const uint8_t *bytes,
                                            size_t len)
{
    struct ic_note note;
    struct ic_operator_keys next;
    if (len > IC_OPERATOR_LIST_MAX)
        return IC_NODE_TOO_LARGE;
    if (ic_note_parse(bytes, len, &note) != IC_OK)
        return IC_NODE_NOT_A_NOTE;
    enum ic_node_reason reason = ic_operator_keys_parse(note.text, note.text_len, &next);
    if (reason != IC_NODE_GOOD)
        return reason;
    if (next.serial != keys->serial + 1 ||
        !ic_ct_equal(next.previous, keys->sha256, sizeof keys->sha256))
        return IC_NODE_OPERATOR_KEYS;
    reason = ic_operator_keys_verify(keys, &note);
    if (reason == IC_NODE_GOOD)
        *keys = next;
    return reason;
}

enum ic_node_reason ic_operator_keys_open(const struct ic_part *lists, size_t count,
                                          const uint8_t sha256[static IC_SHA256_LEN],
                                          struct ic_operator_keys *out)
{
    struct ic_operator_keys keys;
    struct ic_note note;
    if (count == 0)
        return IC_NODE_MISSING;
    if (count > IC_OPERATOR_CHAIN_MAX || lists[0].len > IC_OPERATOR_LIST_MAX)
        return IC_NODE_TOO_LARGE;
    /* No list holds an empty line, so that text alone is never read as a note. */
    bool is_note = ic_note_parse(lists[0].bytes, lists[0].len, &note) == IC_OK;
    enum ic_node_reason reason = is_note
                                     ? ic_operator_keys_parse(note.text, note.text_len, &keys)
                                     : ic_operator_keys_parse(lists[0].bytes, lists[0].len, &keys);
    if (reason == IC_NODE_GOOD && !ic_ct_equal(keys.sha256, sha256, sizeof keys.sha256))
        reason = IC_NODE_OPERATOR_KEYS;
    for (size_t i = 1; i < count && reason == IC_NODE_GOOD; i++)
        reason = ic_operator_keys_rotate(&keys, lists[i].bytes, lists[i].len);
    if (reason == IC_NODE_GOOD)
        *out = keys;
    return reason;
}
