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

static bool read_send(json_t *object, struct ic_load_line_member *m)
{
    const char *mid;
    int payload_type, mid_id, transport_cc_id;
    json_int_t kid;
    if (json_unpack(object, "{s:s,s:i,s:i,s:i,s:I!}", "mid", &mid, "payload_type", &payload_type,
                    "mid_id", &mid_id, "transport_cc_id", &transport_cc_id, "kid", &kid) != 0 ||
        !copy_text(mid, m->mid, IC_MID_LEN_MAX) || payload_type < 0 || payload_type > 127 ||
        mid_id < 0 || mid_id > 14 || transport_cc_id < 0 || transport_cc_id > 14 || kid < 0)
        return false;
    m->sends = true;
    m->payload_type = (uint8_t)payload_type;
    m->mid_id = (uint8_t)mid_id;
    m->transport_cc_id = (uint8_t)transport_cc_id;
    m->kid = (uint64_t)kid;
    return true;
}

static bool read_slots(json_t *list, struct ic_load_line_member *m)
{
    size_t i;
    json_t *each;
    if (!json_is_array(list) || json_array_size(list) > IC_LOAD_SLOTS_MAX)
        return false;
    json_array_foreach(list, i, each)
    {
        json_int_t ssrc = json_integer_value(each);
        if (!json_is_integer(each) || ssrc < 0 || ssrc > UINT32_MAX)
            return false;
        m->slots[m->slot_count++] = (uint32_t)ssrc;
    }
    return true;
}

/* ---- lines ---- */

static bool read_member(json_t *object, struct ic_load_line *out)
{
    struct ic_load_line_member *m = &out->member;
    const char *type, *address, *base_key;
    int port;
    json_t *transport = NULL, *keys = NULL, *send = NULL, *slots;
    return json_unpack(object, "{s:s,s:s,s:i,s?o,s?o,s?o,s:o,s:s!}", "type", &type, "address",
                       &address, "port", &port, "transport", &transport, "srtp", &keys, "send",
                       &send, "slots", &slots, "base_key", &base_key) == 0 &&
           read_address(address, port, &m->server) && (transport == NULL) != (keys == NULL) &&
           (transport != NULL ? read_transport(transport, m) : read_keys(keys, m)) &&
           (send == NULL || read_send(send, m)) && read_slots(slots, m) &&
           read_bytes(base_key, m->base_key, sizeof m->base_key);
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

static bool read_object(json_t *object, struct ic_load_line *out)
{
    const char *type;
    if (json_unpack(object, "{s:s}", "type", &type) != 0)
        return false;
    if (strcmp(type, "member") == 0) {
        out->type = IC_LOAD_LINE_MEMBER;
        return read_member(object, out);
    }
    if (strcmp(type, "ready") == 0) {
        out->type = IC_LOAD_LINE_READY;
        return read_ready(object, out);
    }
    out->type = IC_LOAD_LINE_ERROR;
    return strcmp(type, "error") == 0 && read_error(object, out);
}

enum ic_err ic_load_line_read(const char *text, size_t len, struct ic_load_line *out)
{
    json_error_t error;
    *out = (struct ic_load_line){.server_pid = 0};
    json_t *object = len > IC_LOAD_LINE_MAX ? NULL : json_loadb(text, len, JSON_FLAGS, &error);
    bool is_good = object != NULL && read_object(object, out);
    json_decref(object);
    return is_good ? IC_OK : IC_ERR_INPUT;
}
