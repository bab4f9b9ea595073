/* Decoding of a client's message: the caps of message_text.c, then jansson's grammar, then the
 * tables of message_table.c, then the rules that tie fields together. Unknown fields are refused.
 *
 * DEVIATION house 4.3: jansson keeps its own malloc. Its allocator can be replaced only by
 * functions without a context, so an arena would need a mutable pointer at file scope. The tree of
 * one message is bounded by the caps (128 KiB of text, 4,096 tokens) and is freed before the next
 * one is read. */
#include "signal/message.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "base/wr.h"
#include "crypto/hash.h"
#include "signal/message_table.h"
#include "signal/message_text.h"

/* ---- characters ---- */

static bool is_between(int32_t point, int32_t first, int32_t last)
{
    return point >= first && point <= last;
}

static bool is_alnum(int32_t p)
{
    return is_between(p, '0', '9') || is_between(p, 'A', 'Z') || is_between(p, 'a', 'z');
}

static bool is_one_of(int32_t point, const char *marks)
{
    return point > 0 && point < 0x80 && strchr(marks, (int)point) != NULL;
}

static bool fits_chars(int32_t point, enum ic_chars chars)
{
    switch (chars) {
    case IC_CHARS_ANY:
        return true;
    case IC_CHARS_BASE64URL:
        return is_alnum(point) || is_one_of(point, "-_");
    case IC_CHARS_ICE:
        return is_alnum(point) || is_one_of(point, "+/");
    case IC_CHARS_TOKEN:
        return is_alnum(point) || is_one_of(point, "!#$%&'*+-.^_`{|}~");
    case IC_CHARS_ALNUM:
        return is_alnum(point);
    }
    return false;
}

static bool fits_text(const char *text, size_t len, enum ic_chars chars, uint32_t min, uint64_t max)
{
    uint32_t points = 0;
    for (size_t at = 0; at < len; points++) {
        int32_t point = ic_utf8_next(text, len, &at);
        if (point < 0 || points >= max || !fits_chars(point, chars))
            return false;
    }
    return points >= min;
}

/* ---- fields ---- */

static bool decode_object(const json_t *json, enum ic_object object, struct ic_wr *scratch,
                          uint8_t *out);

static_assert(sizeof(bool) == 1 && sizeof(enum ic_kind) == sizeof(unsigned) &&
                  sizeof(enum ic_direction) == sizeof(unsigned) &&
                  sizeof(enum ic_source) == sizeof(unsigned) &&
                  sizeof(enum ic_codec) == sizeof(unsigned),
              "what the tables store by size");

static void store(const struct ic_field *f, uint8_t *out, uint64_t value)
{
    uint8_t small = (uint8_t)value;
    uint32_t word = (uint32_t)value;
    if (f->size == sizeof value) {
        memcpy(out + f->at, &value, sizeof value);
    } else if (f->size == sizeof word) {
        memcpy(out + f->at, &word, sizeof word);
    } else {
        IC_ASSERT(f->size <= 1);
        memcpy(out + f->at, &small, f->size);
    }
}

static bool copy_text(const json_t *json, enum ic_chars chars, uint32_t min, uint64_t max,
                      uint8_t *out, size_t cap)
{
    if (!json_is_string(json))
        return false;
    const char *text = json_string_value(json);
    size_t len = json_string_length(json);
    if (!fits_text(text, len, chars, min, max))
        return false;
    IC_ASSERT(len < cap);
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

static bool decode_number(const json_t *json, const struct ic_field *f, uint8_t *out)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < (json_int_t)f->min || value > (json_int_t)f->max)
        return false;
    store(f, out, (uint64_t)value + f->value);
    return true;
}

static bool decode_const(const json_t *json, const struct ic_field *f, uint8_t *out)
{
    if (!json_is_string(json) || strcmp(json_string_value(json), f->word) != 0)
        return false;
    store(f, out, f->value);
    return true;
}

static bool decode_either(const json_t *json, const struct ic_field *f, uint8_t *out)
{
    const char *text = json_is_string(json) ? json_string_value(json) : "";
    bool is_other = strcmp(text, f->other) == 0;
    store(f, out, is_other);
    return is_other || strcmp(text, f->word) == 0;
}

static bool decode_bytes(const json_t *json, const struct ic_field *f, struct ic_wr *scratch,
                         uint8_t *out)
{
    size_t len = json_string_length(json);
    size_t n = len / 4 * 3 + (len % 4 == 0 ? 0 : len % 4 - 1);
    if (!json_is_string(json) || n < f->min || n > f->max)
        return false;
    uint8_t *bytes = ic_wr_reserve(scratch, n);
    IC_ASSERT(bytes != NULL && f->size == sizeof(struct ic_mls_span)); /* less than the text */
    struct ic_mls_span lent = {.at = bytes, .len = n};
    memcpy(out + f->at, &lent, sizeof lent);
    return ic_base64url_decode(json_string_value(json), len, bytes, n) == IC_OK;
}

static bool decode_fingerprint(const json_t *json, const struct ic_field *f, uint8_t *out)
{
    const char *text = json_is_string(json) ? json_string_value(json) : "";
    IC_ASSERT(f->size == IC_FINGERPRINT_LEN);
    /* RFC 8122 5: "UHEX = DIGIT / %x41-46 ; A-F uppercase" */
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] >= 'a' && text[i] <= 'z')
            return false;
    }
    return ic_fingerprint_decode(text, strlen(text), out + f->at) == IC_OK;
}

static bool decode_item(const json_t *json, const struct ic_field *f, struct ic_wr *scratch,
                        uint8_t *item)
{
    for (unsigned i = 0; i < f->alternatives; i++) {
        memset(item, 0, f->size);
        if (decode_object(json, (enum ic_object)(f->object + i), scratch, item))
            return true;
    }
    return false;
}

static bool copy_hash(const json_t *json, uint8_t *item)
{
    return json_is_string(json) &&
           ic_base64url_decode(json_string_value(json), json_string_length(json), item,
                               IC_SHA256_LEN) == IC_OK;
}

static bool decode_one(const json_t *json, const struct ic_field *f, struct ic_wr *scratch,
                       uint8_t *item)
{
    if (f->kind == IC_FIELD_LIST)
        return decode_item(json, f, scratch, item);
    if (f->kind == IC_FIELD_HASHES)
        return copy_hash(json, item);
    return copy_text(json, f->chars, 1, f->points, item, f->size);
}

static bool decode_items(const json_t *json, const struct ic_field *f, struct ic_wr *scratch,
                         uint8_t *out)
{
    size_t count = json_array_size(json);
    if (!json_is_array(json) || count < f->min || count > f->max)
        return false;
    for (size_t i = 0; i < count; i++) {
        const json_t *each = json_array_get(json, i);
        uint8_t *item = out + f->at + i * f->size;
        if (!decode_one(each, f, scratch, item))
            return false;
    }
    memcpy(out + f->count_at, &count, sizeof count);
    return true;
}

static bool decode_field(const json_t *json, const struct ic_field *f, struct ic_wr *scratch,
                         uint8_t *out)
{
    switch (f->kind) {
    case IC_FIELD_CONST:
        return decode_const(json, f, out);
    case IC_FIELD_EITHER:
        return decode_either(json, f, out);
    case IC_FIELD_FLAG:
        store(f, out, json_is_true(json));
        return json_is_boolean(json);
    case IC_FIELD_NUMBER:
        return decode_number(json, f, out);
    case IC_FIELD_BYTES:
        return decode_bytes(json, f, scratch, out);
    case IC_FIELD_TEXT:
        return copy_text(json, f->chars, f->min, f->max, out + f->at, f->size);
    case IC_FIELD_FINGERPRINT:
        return decode_fingerprint(json, f, out);
    case IC_FIELD_OBJECT:
        return decode_object(json, f->object, scratch, out + f->at);
    case IC_FIELD_LIST:
    case IC_FIELD_TEXTS:
    case IC_FIELD_HASHES:
        return decode_items(json, f, scratch, out);
    }
    return false;
}

/* Every field fits, and there are no others. Recursion is as deep as the tables: three. */
static bool decode_object(const json_t *json, enum ic_object object, struct ic_wr *scratch,
                          uint8_t *out)
{
    struct ic_row row = ic_message_row(object);
    size_t found = 0;
    if (!json_is_object(json))
        return false;
    for (size_t i = 0; i < row.count; i++) {
        const struct ic_field *f = &row.fields[i];
        const json_t *value = json_object_get(json, f->name);
        if (value == NULL && !f->is_optional)
            return false;
        if (value != NULL && !decode_field(value, f, scratch, out))
            return false;
        found += value != NULL;
    }
    return found == json_object_size(json);
}

/* ---- rules that tie fields together ---- */

static bool is_payload_type(uint8_t type)
{
    return type < 64 || type > 95;
}

/* The number is free in the section so far, and taken from now on. */
static bool claim(uint64_t taken[static 2], uint8_t type)
{
    uint64_t bit = UINT64_C(1) << (type % 64);
    bool is_free = is_payload_type(type) && (taken[type / 64] & bit) == 0;
    taken[type / 64] |= bit;
    return is_free;
}

/* No codec twice, no payload type twice. */
static bool are_sound_codecs(const struct ic_section *s)
{
    uint64_t taken[2] = {0};
    for (size_t i = 0; i < s->codec_count; i++) {
        const struct ic_codec_map *codec = &s->codecs[i];
        if (!claim(taken, codec->payload_type) ||
            (codec->rtx_payload_type != 0 && !claim(taken, codec->rtx_payload_type)))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (s->codecs[k].codec == codec->codec)
                return false;
        }
    }
    return true;
}

/* What a client decodes and in which order it would rather is said in each section alike. */
static bool have_same_codecs(const struct ic_section *a, const struct ic_section *b)
{
    if (a->kind != b->kind)
        return true;
    if (a->codec_count != b->codec_count)
        return false;
    for (size_t i = 0; i < a->codec_count; i++) {
        if (a->codecs[i].codec != b->codecs[i].codec)
            return false;
    }
    return true;
}

static bool is_sound_section(const struct ic_section *s)
{
    const struct ic_extension_ids *ids = &s->extensions;
    if (!are_sound_codecs(s))
        return false;
    if (ids->mid != 0 && ids->mid == ids->transport_cc)
        return false;
    for (size_t i = 0; i < s->rid_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(s->rids[i], s->rids[k]) == 0)
                return false;
        }
    }
    return true;
}

static bool is_sound_transport(const struct ic_client_transport *t)
{
    size_t microphones = 0, cameras = 0, audio_slots = 0, video_slots = 0;
    for (size_t i = 0; i < t->section_count; i++) {
        const struct ic_section *s = &t->sections[i];
        bool sends = s->direction == IC_DIRECTION_SEND;
        microphones += sends && s->source == IC_SOURCE_MICROPHONE;
        cameras += sends && s->source == IC_SOURCE_CAMERA;
        audio_slots += !sends && s->kind == IC_KIND_AUDIO;
        video_slots += !sends && s->kind == IC_KIND_VIDEO;
        if (!is_sound_section(s))
            return false;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(s->mid, t->sections[k].mid) == 0 || !have_same_codecs(s, &t->sections[k]))
                return false;
        }
    }
    return microphones <= 1 && cameras <= 1 && audio_slots <= IC_AUDIO_SLOTS &&
           video_slots <= IC_VIDEO_SLOTS;
}

/* ---- whole messages ---- */

static const struct {
    char name[12];
    enum ic_sig_type type;
    enum ic_object object;
    bool is_versioned;
} messages[] = {
    {"knock", IC_SIG_KNOCK, IC_OBJECT_KNOCK, true},
    {"note", IC_SIG_NOTE, IC_OBJECT_NOTE, false},
    {"authority", IC_SIG_AUTHORITY, IC_OBJECT_AUTHORITY, false},
    {"create", IC_SIG_CREATE, IC_OBJECT_CREATE, false},
    {"commit", IC_SIG_COMMIT, IC_OBJECT_COMMIT, false},
    {"message", IC_SIG_MESSAGE, IC_OBJECT_MESSAGE, false},
    {"decline", IC_SIG_DECLINE, IC_OBJECT_DECLINE, false},
    {"ready", IC_SIG_READY, IC_OBJECT_READY, false},
    {"join", IC_SIG_JOIN, IC_OBJECT_JOIN, false},
    {"resume", IC_SIG_RESUME, IC_OBJECT_RESUME, true},
    {"restore", IC_SIG_RESTORE, IC_OBJECT_RESTORE, true},
    {"media", IC_SIG_MEDIA, IC_OBJECT_MEDIA, false},
    {"receipt_ids", IC_SIG_RECEIPT_IDS, IC_OBJECT_RECEIPT_IDS, false},
    {"receipt_end", IC_SIG_RECEIPT_END, IC_OBJECT_RECEIPT_END, false},
    {"leave", IC_SIG_LEAVE, IC_OBJECT_LEAVE, false},
    {"ping", IC_SIG_PING, IC_OBJECT_PING, false},
};

static_assert(sizeof messages / sizeof messages[0] == IC_SIG_TYPES, "one row a type");

/* Every member of the union begins where the union does (C17 6.7.2.1). */
static uint8_t *body_of(struct ic_sig_msg *msg)
{
    return (uint8_t *)&msg->knock;
}

static bool is_other_version(const json_t *root)
{
    const json_t *version = json_object_get(root, "version");
    return json_is_integer(version) && json_integer_value(version) != IC_SIGNAL_VERSION;
}

/* A witness exactly with an authority; as many roots as bits of the size are set (RFC 6962 2.1). */
static bool is_sound_restore(const struct ic_sig_restore *restore)
{
    size_t roots = 0;
    for (uint64_t size = restore->log.size; size > 0; size &= size - 1)
        roots++;
    return (restore->witness > 0) == (restore->authority.len > 0) && restore->log.count == roots;
}

/* The rules that tie fields together. */
static bool is_sound(const struct ic_sig_msg *msg)
{
    if (msg->type == IC_SIG_JOIN)
        return is_sound_transport(&msg->join.transport);
    if (msg->type == IC_SIG_RESTORE)
        return is_sound_restore(&msg->restore);
    if (msg->type == IC_SIG_RECEIPT_IDS)
        return (msg->receipt_ids.seq > 0) == (msg->receipt_ids.prev.len > 0);
    return true;
}

static enum ic_err decode_message(const json_t *root, uint8_t *scratch, struct ic_sig_msg *msg)
{
    const char *type = json_string_value(json_object_get(root, "type"));
    memset(msg, 0, sizeof *msg);
    for (size_t i = 0; type != NULL && i < sizeof messages / sizeof messages[0]; i++) {
        if (strcmp(type, messages[i].name) != 0)
            continue;
        if (messages[i].is_versioned && is_other_version(root))
            return IC_ERR_STATE;
        msg->type = messages[i].type;
        struct ic_wr bytes = ic_wr_init(scratch, IC_SIGNAL_SCRATCH_LEN);
        bool fits = decode_object(root, messages[i].object, &bytes, body_of(msg));
        return fits && is_sound(msg) ? IC_OK : IC_ERR_INPUT;
    }
    return IC_ERR_INPUT;
}

void ic_message_init(uint64_t seed)
{
    json_object_seed((size_t)seed | 1); /* 0 would mean: ask the system */
}

/* The tree of a text, or why there is none. */
static enum ic_err load(const char *text, size_t len, json_t **root)
{
    json_error_t why;
    if (ic_message_text_check(text, len) != IC_OK)
        return IC_ERR_INPUT;
    *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    if (*root != NULL)
        return IC_OK;
    return json_error_code(&why) == json_error_out_of_memory ? IC_ERR_FULL : IC_ERR_INPUT;
}

enum ic_err ic_message_parse(const char *text, size_t len,
                             uint8_t scratch[static IC_SIGNAL_SCRATCH_LEN], struct ic_sig_msg *out)
{
    struct ic_sig_msg msg;
    json_t *root = NULL;
    enum ic_err e = load(text, len, &root);
    if (e != IC_OK)
        return e;
    e = decode_message(root, scratch, &msg);
    json_decref(root);
    if (e == IC_OK)
        *out = msg;
    return e;
}

enum ic_err ic_message_parse_meeting(const char *text, size_t len,
                                     uint8_t scratch[static IC_SIGNAL_SCRATCH_LEN],
                                     struct ic_sig_meeting *out)
{
    struct ic_sig_meeting meeting;
    struct ic_wr bytes = ic_wr_init(scratch, IC_SIGNAL_SCRATCH_LEN);
    json_t *root = NULL;
    enum ic_err e = load(text, len, &root);
    if (e != IC_OK)
        return e;
    bool fits = decode_object(root, IC_OBJECT_MEETING, &bytes, (uint8_t *)&meeting);
    json_decref(root);
    if (fits)
        *out = meeting;
    return fits ? IC_OK : IC_ERR_INPUT;
}
