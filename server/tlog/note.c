#include "tlog/note.h"

#include <stdbool.h>
#include <string.h>

#include "base/assert.h"
#include "base/rd.h"
#include "base/text.h"
#include "crypto/ct.h"
#include "crypto/hash.h"

#define SIGNED_MAX    (IC_NOTE_ID_LEN + IC_NOTE_SIGNATURE_MAX) /* in a signature line */
#define TYPED_KEY_LEN (1 + IC_ED25519_KEY_LEN)                 /* in a verifier key */
#define DASH          "\xe2\x80\x94 "

/* The White_Space property of Unicode. */
static bool is_space(int32_t point)
{
    return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

static bool is_name(const char *name, size_t len)
{
    for (size_t at = 0; at < len;) {
        int32_t point = ic_utf8_next(name, len, &at);
        if (point < 0x20 || point == '+' || is_space(point))
            return false;
    }
    return len > 0;
}

/* "key ID = SHA-256(key name || 0x0A || signature type || public key)[:4]" */
static enum ic_err compute_id(const struct ic_note_key *k, uint8_t id[static IC_NOTE_ID_LEN])
{
    const uint8_t between[] = {'\n', k->type};
    uint8_t hash[IC_SHA256_LEN];
    const struct ic_part parts[] = {
        {(const uint8_t *)k->name, strlen(k->name)},
        {between, sizeof between},
        {k->key, sizeof k->key},
    };
    enum ic_err err = ic_hash_sha256(parts, 3, hash);
    if (err == IC_OK)
        memcpy(id, hash, IC_NOTE_ID_LEN);
    return err;
}

enum ic_err ic_note_key_init(struct ic_note_key *k, const char *name, size_t name_len,
                             const uint8_t key[static IC_ED25519_KEY_LEN])
{
    return ic_note_key_init_as(k, IC_NOTE_TYPE_ED25519, name, name_len, key);
}

enum ic_err ic_note_key_init_as(struct ic_note_key *k, uint8_t type, const char *name,
                                size_t name_len, const uint8_t key[static IC_ED25519_KEY_LEN])
{
    struct ic_note_key made = {.type = type};
    if (name_len > IC_NOTE_NAME_MAX || !is_name(name, name_len))
        return IC_ERR_INPUT;
    memcpy(made.name, name, name_len);
    memcpy(made.key, key, sizeof made.key);
    enum ic_err err = compute_id(&made, made.id);
    if (err == IC_OK)
        *k = made;
    return err;
}

static const char hex[] = "0123456789abcdef";

static void write_id(struct ic_wr *w, const uint8_t id[static IC_NOTE_ID_LEN])
{
    for (size_t i = 0; i < IC_NOTE_ID_LEN; i++) {
        ic_wr_u8(w, (uint8_t)hex[id[i] >> 4]);
        ic_wr_u8(w, (uint8_t)hex[id[i] & 15]);
    }
}

enum ic_err ic_note_key_parse(struct ic_note_key *k, const char *vkey, size_t len)
{
    return ic_note_key_parse_as(k, IC_NOTE_TYPE_ED25519, vkey, len);
}

enum ic_err ic_note_key_parse_as(struct ic_note_key *k, uint8_t type, const char *vkey, size_t len)
{
    struct ic_note_key made;
    char id[2 * IC_NOTE_ID_LEN];
    uint8_t typed[TYPED_KEY_LEN];
    struct ic_rd r = ic_rd_init((const uint8_t *)vkey, len);
    const uint8_t *plus = len == 0 ? NULL : memchr(vkey, '+', len);
    if (plus == NULL)
        return IC_ERR_INPUT;
    size_t name_len = (size_t)(plus - (const uint8_t *)vkey);
    ic_rd_skip(&r, name_len + 1);
    const uint8_t *told = ic_rd_take(&r, sizeof id);
    uint8_t second = ic_rd_u8(&r);
    if (!ic_rd_ok(&r) || second != '+' ||
        ic_base64_decode((const char *)r.p, r.left, typed, sizeof typed) != IC_OK ||
        typed[0] != type)
        return IC_ERR_INPUT;
    enum ic_err err = ic_note_key_init_as(&made, type, vkey, name_len, &typed[1]);
    if (err != IC_OK)
        return err;
    struct ic_wr w = ic_wr_init((uint8_t *)id, sizeof id);
    write_id(&w, made.id);
    IC_ASSERT(ic_wr_ok(&w));
    if (memcmp(told, id, sizeof id) != 0)
        return IC_ERR_INPUT;
    *k = made;
    return IC_OK;
}

static void write_base64(struct ic_wr *w, const uint8_t *bytes, size_t n)
{
    char text[IC_BASE64_LEN(SIGNED_MAX) + 1];
    IC_ASSERT(n <= SIGNED_MAX);
    ic_base64_encode(bytes, n, text);
    ic_wr_text(w, text);
}

void ic_note_key_write(struct ic_wr *w, const struct ic_note_key *k)
{
    uint8_t typed[TYPED_KEY_LEN] = {k->type};
    memcpy(&typed[1], k->key, sizeof k->key);
    ic_wr_text(w, k->name);
    ic_wr_u8(w, '+');
    write_id(w, k->id);
    ic_wr_u8(w, '+');
    write_base64(w, typed, sizeof typed);
}

struct line {
    const char *name, *signature;
    size_t name_len, signature_len;
};

/* The next signature line. */
static bool next_line(struct ic_rd *r, struct line *out)
{
    static const uint8_t dash[] = DASH;
    const uint8_t *prefix = ic_rd_take(r, sizeof dash - 1);
    if (prefix == NULL || memcmp(prefix, dash, sizeof dash - 1) != 0 || r->left == 0)
        return false;
    const uint8_t *end = memchr(r->p, '\n', r->left);
    if (end == NULL)
        return false;
    const uint8_t *line = r->p;
    size_t len = (size_t)(end - line);
    ic_rd_skip(r, len + 1);
    const uint8_t *space = len == 0 ? NULL : memchr(line, ' ', len);
    if (space == NULL)
        return false;
    out->name = (const char *)line;
    out->name_len = (size_t)(space - line);
    out->signature = (const char *)space + 1;
    out->signature_len = len - out->name_len - 1;
    return true;
}

static bool are_lines(const uint8_t *lines, size_t len)
{
    struct ic_rd r = ic_rd_init(lines, len);
    size_t count = 0;
    while (r.left > 0) {
        struct line line;
        size_t n;
        if (!next_line(&r, &line) || !is_name(line.name, line.name_len) ||
            ic_base64_check(line.signature, line.signature_len, &n) != IC_OK ||
            n <= IC_NOTE_ID_LEN || ++count > IC_NOTE_SIGNATURES_MAX)
            return false;
    }
    return count > 0;
}

static bool is_text(const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        int32_t point = ic_utf8_next(text, len, &at);
        if (point < 0x20 && point != '\n')
            return false;
    }
    return true;
}

enum ic_err ic_note_parse(const uint8_t *bytes, size_t len, struct ic_note *out)
{
    if (len > IC_NOTE_BYTES_MAX || !is_text((const char *)bytes, len))
        return IC_ERR_INPUT;
    /* "the text is separated from the signatures by the last empty line in the note." */
    size_t at = len;
    while (at >= 2 && (bytes[at - 1] != '\n' || bytes[at - 2] != '\n'))
        at--;
    if (at < 2 || !are_lines(&bytes[at], len - at))
        return IC_ERR_INPUT;
    out->text = bytes;
    out->text_len = at - 1;
    out->lines = &bytes[at];
    out->lines_len = len - at;
    return IC_OK;
}

/* A signature line of this very key, by name and id. */
static bool is_of(const struct line *line, size_t len, const struct ic_note_key *key)
{
    uint8_t head[6]; /* of 8 characters, less padding */
    size_t name_len = strlen(key->name), head_len = len < sizeof head ? len : sizeof head;
    return line->name_len == name_len && memcmp(line->name, key->name, name_len) == 0 &&
           ic_base64_decode(line->signature, 8, head, head_len) == IC_OK &&
           memcmp(head, key->id, IC_NOTE_ID_LEN) == 0;
}

enum ic_err ic_note_next_signature(const struct ic_note *note, const struct ic_note_key *key,
                                   size_t *at, uint8_t *signature, size_t len)
{
    struct ic_rd r = ic_rd_init(&note->lines[*at], note->lines_len - *at);
    IC_ASSERT(len <= IC_NOTE_SIGNATURE_MAX);
    while (r.left > 0) {
        struct line line;
        uint8_t bytes[SIGNED_MAX];
        size_t n;
        if (!next_line(&r, &line) ||
            ic_base64_check(line.signature, line.signature_len, &n) != IC_OK)
            return IC_ERR_AUTH;
        *at = note->lines_len - r.left;
        if (!is_of(&line, n, key))
            continue;
        if (ic_base64_decode(line.signature, line.signature_len, bytes, IC_NOTE_ID_LEN + len) !=
            IC_OK)
            return IC_ERR_AUTH;
        memcpy(signature, &bytes[IC_NOTE_ID_LEN], len);
        return IC_OK;
    }
    return IC_ERR_GONE;
}

enum ic_err ic_note_verify(const struct ic_note *note, const struct ic_note_key *key)
{
    uint8_t signature[IC_ED25519_SIGNATURE_LEN];
    size_t at = 0, verified = 0;
    enum ic_err err;
    IC_ASSERT(key->type == IC_NOTE_TYPE_ED25519);
    while ((err = ic_note_next_signature(note, key, &at, signature, sizeof signature)) == IC_OK) {
        /* "If a signature from a known key fails to verify, clients SHOULD reject the whole
         * note." */
        if (!ic_ed25519_verify(key->key, note->text, note->text_len, signature))
            return IC_ERR_AUTH;
        verified++;
    }
    return err == IC_ERR_GONE && verified > 0 ? IC_OK : IC_ERR_AUTH;
}

void ic_note_write_signature(struct ic_wr *w, const struct ic_note_key *key,
                             const uint8_t *signature, size_t len)
{
    uint8_t bytes[SIGNED_MAX];
    IC_ASSERT(len <= IC_NOTE_SIGNATURE_MAX);
    memcpy(bytes, key->id, IC_NOTE_ID_LEN);
    memcpy(&bytes[IC_NOTE_ID_LEN], signature, len);
    ic_wr_text(w, DASH);
    ic_wr_text(w, key->name);
    ic_wr_u8(w, ' ');
    write_base64(w, bytes, IC_NOTE_ID_LEN + len);
    ic_wr_u8(w, '\n');
}

enum ic_err ic_note_sign(struct ic_wr *w, const struct ic_note_key *key,
                         const struct ic_ed25519 *private_key, const uint8_t *text, size_t text_len)
{
    uint8_t signature[IC_ED25519_SIGNATURE_LEN];
    struct ic_note again;
    size_t start = w->len;
    IC_ASSERT(key->type == IC_NOTE_TYPE_ED25519);
    IC_ASSERT(ic_ct_equal(key->key, private_key->public_key, IC_ED25519_KEY_LEN));
    enum ic_err err = ic_ed25519_sign(private_key, text, text_len, signature);
    if (err != IC_OK)
        return err;
    ic_wr_bytes(w, text, text_len);
    ic_wr_u8(w, '\n');
    ic_note_write_signature(w, key, signature, sizeof signature);
    if (!ic_wr_ok(w))
        return IC_ERR_FULL;
    IC_ASSERT(ic_note_parse(&w->base[start], w->len - start, &again) == IC_OK &&
              again.text_len == text_len);
    return IC_OK;
}
