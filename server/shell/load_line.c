#include "shell/load_line.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define JSON_FLAGS JSON_REJECT_DUPLICATES

/* ---- fields ---- */

static bool read_bytes(const char *text, uint8_t *out, size_t n)
{
    return ic_base64url_decode(text, strlen(text), out, n) == IC_OK;
}

static bool copy_text(const char *text, char *out, size_t max)
{
    size_t len = strlen(text);
    if (len == 0 || len > max)
        return false;
    memcpy(out, text, len + 1);
    return true;
}

static bool read_address(const char *ip, int port, struct ic_addr *out)
{
    if (port < 1 || port > UINT16_MAX || ic_addr_parse(ip, strlen(ip), out) != IC_OK)
        return false;
    out->port = (uint16_t)port;
    return true;
}

static bool read_transport(json_t *object, struct ic_load_line_member *m)
{
    const char *ufrag, *pwd, *fingerprint;
    return json_unpack(object, "{s:s,s:s,s:s!}", "ufrag", &ufrag, "pwd", &pwd, "fingerprint",
                       &fingerprint) == 0 &&
           copy_text(ufrag, m->ufrag, IC_REMOTE_UFRAG_MAX) &&
           copy_text(pwd, m->pwd, IC_REMOTE_PWD_MAX) &&
           ic_fingerprint_decode(fingerprint, strlen(fingerprint), m->fingerprint) == IC_OK;
}

/* AEAD_AES_128_GCM: it is what a server of ours chooses. */
static bool read_keys(json_t *object, struct ic_load_line_member *m)
{
    const char *send_key, *send_salt, *receive_key, *receive_salt;
    size_t key = ic_srtp_key_len(IC_SRTP_AEAD_AES_128_GCM);
    size_t salt = ic_srtp_salt_len(IC_SRTP_AEAD_AES_128_GCM);
    m->has_keys = true;
    m->keys.profile = IC_SRTP_AEAD_AES_128_GCM;
    return json_unpack(object, "{s:s,s:s,s:s,s:s!}", "send_key", &send_key, "send_salt", &send_salt,
                       "receive_key", &receive_key, "receive_salt", &receive_salt) == 0 &&
           read_bytes(send_key, m->keys.local_key, key) &&
           read_bytes(send_salt, m->keys.local_salt, salt) &&
           read_bytes(receive_key, m->keys.remote_key, key) &&
           read_bytes(receive_salt, m->keys.remote_salt, salt);
}

static bool read_send(json_t *object, struct ic_load_line_send *s)
{
    const char *mid;
    int payload_type, mid_id, transport_cc_id;
    json_int_t kid;
    if (json_unpack(object, "{s:s,s:i,s:i,s:i,s:I!}", "mid", &mid, "payload_type", &payload_type,
                    "mid_id", &mid_id, "transport_cc_id", &transport_cc_id, "kid", &kid) != 0 ||
        !copy_text(mid, s->mid, IC_MID_LEN_MAX) || payload_type < 0 || payload_type > 127 ||
        mid_id < 0 || mid_id > 14 || transport_cc_id < 0 || transport_cc_id > 14 || kid < 0)
        return false;
    s->payload_type = (uint8_t)payload_type;
    s->mid_id = (uint8_t)mid_id;
    s->transport_cc_id = (uint8_t)transport_cc_id;
    s->kid = (uint64_t)kid;
    return true;
}

static bool read_u32(json_int_t value, uint32_t *out)
{
    *out = (uint32_t)value;
    return value >= 0 && value <= UINT32_MAX;
}

/* Numbers of members of a test. */
static bool read_index(json_int_t value, uint32_t *out)
{
    return read_u32(value, out) && *out < IC_LOAD_MEMBERS_MAX;
}

static bool read_slots(json_t *list, struct ic_load_line_member *m)
{
    size_t i;
    json_t *each;
    if (!json_is_array(list) || json_array_size(list) > IC_LOAD_SLOTS_MAX)
        return false;
    json_array_foreach(list, i, each)
    {
        if (!json_is_integer(each) || !read_u32(json_integer_value(each), &m->slots[m->slot_count]))
            return false;
        m->slot_count++;
    }
    return true;
}

/* The microphone beside a camera: what it sends, what it receives, or neither. */
static bool read_sound(json_t *send, json_t *slots, struct ic_load_line_member *m)
{
    size_t pictures = m->slot_count;
    if (send != NULL && (!m->sends || !read_send(send, &m->sound_send)))
        return false;
    m->has_sound = send != NULL;
    if (slots != NULL && !read_slots(slots, m))
        return false;
    m->sound_slot_count = m->slot_count - pictures;
    return true;
}

/* ---- lines ---- */

static bool read_member(json_t *object, struct ic_load_line *out)
{
    struct ic_load_line_member *m = &out->member;
    const char *type, *address, *base_key;
    int port;
    json_int_t epoch = 0, index = -1;
    json_t *transport = NULL, *keys = NULL, *send = NULL, *sound = NULL, *slots, *sounds = NULL;
    if (json_unpack(object, "{s:s,s?I,s:s,s:i,s?o,s?o,s?o,s?o,s:o,s?o,s?I,s:s!}", "type", &type,
                    "member", &index, "address", &address, "port", &port, "transport", &transport,
                    "srtp", &keys, "send", &send, "sound_send", &sound, "slots", &slots,
                    "sound_slots", &sounds, "epoch", &epoch, "base_key", &base_key) != 0)
        return false;
    m->sends = send != NULL;
    m->epoch = (uint64_t)epoch;
    return (index == -1 || read_index(index, &out->index)) && epoch >= 0 &&
           read_address(address, port, &m->server) && (transport == NULL) != (keys == NULL) &&
           (transport != NULL ? read_transport(transport, m) : read_keys(keys, m)) &&
           (send == NULL || read_send(send, &m->send)) && read_slots(slots, m) &&
           read_sound(sound, sounds, m) && read_bytes(base_key, m->base_key, sizeof m->base_key);
}

static bool read_epoch(json_t *object, struct ic_load_line *out)
{
    const char *type, *base_key;
    json_int_t index, epoch, kid, sound_kid;
    if (json_unpack(object, "{s:s,s:I,s:I,s:I,s:I,s:s!}", "type", &type, "member", &index, "epoch",
                    &epoch, "kid", &kid, "sound_kid", &sound_kid, "base_key", &base_key) != 0 ||
        epoch < 0 || kid < 0 || sound_kid < 0)
        return false;
    out->epoch.epoch = (uint64_t)epoch;
    out->epoch.kid = (uint64_t)kid;
    out->epoch.sound_kid = (uint64_t)sound_kid;
    return read_index(index, &out->index) &&
           read_bytes(base_key, out->epoch.base_key, sizeof out->epoch.base_key);
}

static bool read_switch(json_t *object, struct ic_load_line *out)
{
    const char *type;
    json_int_t index, epoch;
    if (json_unpack(object, "{s:s,s:I,s:I!}", "type", &type, "member", &index, "epoch", &epoch) !=
            0 ||
        epoch < 0)
        return false;
    out->epoch.epoch = (uint64_t)epoch;
    return read_index(index, &out->index);
}

static bool read_sources(json_t *object, struct ic_load_line *out)
{
    const char *type;
    json_int_t index;
    json_t *list, *each;
    size_t i;
    if (json_unpack(object, "{s:s,s:I,s:o!}", "type", &type, "member", &index, "slots", &list) !=
            0 ||
        !read_index(index, &out->index) || !json_is_array(list) ||
        json_array_size(list) > sizeof out->slots.slots / sizeof out->slots.slots[0])
        return false;
    json_array_foreach(list, i, each)
    {
        struct ic_load_line_slot *slot = &out->slots.slots[out->slots.count++];
        json_int_t ssrc;
        json_t *from;
        if (json_unpack(each, "{s:I,s:o!}", "ssrc", &ssrc, "from", &from) != 0 ||
            !read_u32(ssrc, &slot->ssrc))
            return false;
        slot->from = IC_LOAD_NOBODY;
        if (!json_is_null(from) &&
            (!json_is_integer(from) || !read_index(json_integer_value(from), &slot->from)))
            return false;
    }
    return true;
}

static bool read_gone(json_t *object, struct ic_load_line *out)
{
    const char *type;
    json_int_t index;
    return json_unpack(object, "{s:s,s:I!}", "type", &type, "member", &index) == 0 &&
           read_index(index, &out->index);
}

static bool read_ready(json_t *object, struct ic_load_line *out)
{
    const char *type;
    json_int_t pid = 0;
    if (json_unpack(object, "{s:s,s?I!}", "type", &type, "server_pid", &pid) != 0 || pid < 0)
        return false;
    out->server_pid = pid;
    return true;
}

static bool read_error(json_t *object, struct ic_load_line *out)
{
    const char *type, *text;
    if (json_unpack(object, "{s:s,s:s!}", "type", &type, "text", &text) != 0)
        return false;
    snprintf(out->text, sizeof out->text, "%s", text);
    return true;
}

static const struct {
    const char *name;
    enum ic_load_line_type type;
    bool (*read)(json_t *object, struct ic_load_line *out);
} TYPES[] = {
    {"member", IC_LOAD_LINE_MEMBER, read_member}, {"ready", IC_LOAD_LINE_READY, read_ready},
    {"epoch", IC_LOAD_LINE_EPOCH, read_epoch},    {"switch", IC_LOAD_LINE_SWITCH, read_switch},
    {"slots", IC_LOAD_LINE_SLOTS, read_sources},  {"gone", IC_LOAD_LINE_GONE, read_gone},
    {"error", IC_LOAD_LINE_ERROR, read_error},
};

static bool read_object(json_t *object, struct ic_load_line *out)
{
    const char *type;
    if (json_unpack(object, "{s:s}", "type", &type) != 0)
        return false;
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (strcmp(type, TYPES[i].name) == 0) {
            out->type = TYPES[i].type;
            return TYPES[i].read(object, out);
        }
    return false;
}

enum ic_err ic_load_line_read(const char *text, size_t len, struct ic_load_line *out)
{
    json_error_t error;
    *out = (struct ic_load_line){.index = IC_LOAD_NOBODY};
    json_t *object = len > IC_LOAD_LINE_MAX ? NULL : json_loadb(text, len, JSON_FLAGS, &error);
    bool is_good = object != NULL && read_object(object, out);
    json_decref(object);
    return is_good ? IC_OK : IC_ERR_INPUT;
}
