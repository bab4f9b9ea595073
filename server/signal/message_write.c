#include "signal/message_write.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/assert.h"
#include "base/text.h"
#include "wire/policy.h"

/* ---- values ---- */

/* RFC 8259 7: "All Unicode characters may be placed within the quotation marks, except for the
 * characters that MUST be escaped: quotation mark, reverse solidus, and the control characters
 * (U+0000 through U+001F)." */
static void write_text(struct ic_wr *w, const char *text)
{
    static const char hex[] = "0123456789abcdef";
    ic_wr_u8(w, '"');
    for (size_t i = 0; text[i] != '\0'; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c < 0x20) {
            ic_wr_text(w, "\\u00");
            ic_wr_u8(w, (uint8_t)hex[c >> 4]);
            ic_wr_u8(w, (uint8_t)hex[c & 15]);
            continue;
        }
        if (c == '"' || c == '\\')
            ic_wr_u8(w, '\\');
        ic_wr_u8(w, c);
    }
    ic_wr_u8(w, '"');
}

static void write_number(struct ic_wr *w, uint64_t value)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%" PRIu64, value);
    IC_ASSERT(n > 0 && (size_t)n < sizeof text);
    ic_wr_text(w, text);
}

static void write_flag(struct ic_wr *w, bool value)
{
    ic_wr_text(w, value ? "true" : "false");
}

static void write_bytes(struct ic_wr *w, const uint8_t *bytes, size_t n)
{
    size_t len = IC_BASE64URL_LEN(n);
    ic_wr_u8(w, '"');
    uint8_t *text = ic_wr_reserve(w, len + 1);
    if (text == NULL)
        return;
    ic_base64url_encode(bytes, n, (char *)text);
    text[len] = '"';
}

/* "key": behind what is already in the object. */
static void write_key(struct ic_wr *w, const char *key)
{
    ic_wr_text(w, ",\"");
    ic_wr_text(w, key);
    ic_wr_text(w, "\":");
}

static void write_field(struct ic_wr *w, const char *key, struct ic_mls_span bytes)
{
    write_key(w, key);
    write_bytes(w, bytes.at, bytes.len);
}

static void write_peer_id(struct ic_wr *w, uint64_t peer)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(peer >> (56 - 8 * i));
    write_bytes(w, bytes, sizeof bytes);
}

/* ---- parts ---- */

static const char *state_word(enum ic_sig_state state)
{
    switch (state) {
    case IC_SIG_CONNECTING:
        return "connecting";
    case IC_SIG_CONNECTED:
        return "connected";
    case IC_SIG_RECONNECTING:
        return "reconnecting";
    case IC_SIG_AWAY:
        return "away";
    }
    return "";
}

static void write_person(struct ic_wr *w, const struct ic_sig_person *person)
{
    ic_wr_text(w, "{\"peer\":");
    write_peer_id(w, person->peer);
    ic_wr_text(w, ",\"leaf\":");
    write_number(w, person->leaf);
    ic_wr_text(w, ",\"state\":");
    write_text(w, state_word(person->state));
    ic_wr_text(w, ",\"microphone\":");
    write_flag(w, person->microphone);
    ic_wr_text(w, ",\"camera\":");
    write_flag(w, person->camera);
    ic_wr_text(w, "}");
}

static void write_candidate(struct ic_wr *w, const struct ic_addr *candidate)
{
    char address[IC_ADDR_TEXT_MAX];
    ic_addr_text(candidate, address);
    ic_wr_text(w, "{\"address\":");
    write_text(w, address);
    ic_wr_text(w, ",\"port\":");
    write_number(w, candidate->port);
    ic_wr_text(w, "}");
}

static void write_transport(struct ic_wr *w, const struct ic_server_transport *t)
{
    char fingerprint[IC_FINGERPRINT_TEXT_LEN + 1];
    ic_fingerprint_encode(t->fingerprint, fingerprint);
    ic_wr_text(w, "{\"ufrag\":");
    write_text(w, t->ufrag);
    ic_wr_text(w, ",\"pwd\":");
    write_text(w, t->pwd);
    ic_wr_text(w, ",\"fingerprint\":");
    write_text(w, fingerprint);
    ic_wr_text(w, ",\"candidates\":[");
    for (size_t i = 0; i < t->candidate_count; i++) {
        ic_wr_text(w, i == 0 ? "" : ",");
        write_candidate(w, &t->candidates[i]);
    }
    ic_wr_text(w, "]}");
}

static void write_slot(struct ic_wr *w, const struct ic_slot_info *slot)
{
    ic_wr_text(w, "{\"mid\":");
    write_text(w, slot->mid);
    ic_wr_text(w, ",\"ssrc\":");
    write_number(w, slot->ssrc);
    ic_wr_text(w, ",\"rtx_ssrc\":");
    if (slot->rtx_ssrc == 0)
        ic_wr_text(w, "null");
    else
        write_number(w, slot->rtx_ssrc);
    ic_wr_text(w, "}");
}

static void write_head(struct ic_wr *w, const struct ic_sig_head *head)
{
    ic_wr_text(w, ",\"log\":{\"size\":");
    write_number(w, head->size);
    write_key(w, "checkpoint");
    write_text(w, head->checkpoint);
    ic_wr_u8(w, '}');
}

/* ---- messages of the group ---- */

void ic_message_write_waiting(struct ic_wr *w, const struct ic_sig_waiting *waiting)
{
    ic_wr_text(w, "{\"type\":\"waiting\",\"session\":");
    write_bytes(w, waiting->session, sizeof waiting->session);
    write_key(w, "knock");
    write_bytes(w, waiting->knock, sizeof waiting->knock);
    write_field(w, "policy", waiting->policy);
    write_key(w, "group");
    write_text(w, waiting->is_running ? "running" : "none");
    write_key(w, "host");
    write_flag(w, waiting->has_host);
    write_key(w, "log_key");
    write_text(w, waiting->log_key);
    ic_wr_u8(w, '}');
}

void ic_message_write_created(struct ic_wr *w, const struct ic_sig_head *head)
{
    ic_wr_text(w, "{\"type\":\"created\"");
    write_head(w, head);
    ic_wr_u8(w, '}');
}

void ic_message_write_knock(struct ic_wr *w, const struct ic_sig_knocking *knock)
{
    ic_wr_text(w, "{\"type\":\"knock\",\"knock\":");
    write_bytes(w, knock->knock, sizeof knock->knock);
    write_field(w, "key_package", knock->key_package);
    write_key(w, "identity");
    write_bytes(w, knock->identity, IC_SHA256_LEN);
    if (knock->note.len > 0)
        write_field(w, "note", knock->note);
    if (knock->replaces != IC_SIG_NO_LEAF) {
        write_key(w, "replaces");
        write_number(w, knock->replaces);
    }
    ic_wr_u8(w, '}');
}

void ic_message_write_knock_gone(struct ic_wr *w, const uint8_t knock[static IC_KNOCK_ID_LEN])
{
    ic_wr_text(w, "{\"type\":\"knock_gone\",\"knock\":");
    write_bytes(w, knock, IC_KNOCK_ID_LEN);
    ic_wr_u8(w, '}');
}

void ic_message_write_welcome(struct ic_wr *w, const struct ic_sig_welcomed *welcomed)
{
    ic_wr_text(w, "{\"type\":\"welcome\"");
    write_field(w, "welcome", welcomed->welcome);
    write_field(w, "commit", welcomed->commit);
    write_key(w, "tree");
    write_bytes(w, welcomed->tree, IC_SHA256_LEN);
    ic_wr_text(w, ",\"log\":{\"size\":");
    write_number(w, welcomed->head.size);
    ic_wr_text(w, ",\"frontier\":[");
    for (size_t i = 0; i < welcomed->frontier_count; i++) {
        ic_wr_text(w, i == 0 ? "" : ",");
        write_bytes(w, welcomed->frontier[i].bytes, IC_MERKLE_HASH_LEN);
    }
    ic_wr_u8(w, ']');
    write_key(w, "checkpoint");
    write_text(w, welcomed->head.checkpoint);
    ic_wr_text(w, "}}");
}

void ic_message_write_commit(struct ic_wr *w, struct ic_mls_span commit,
                             const struct ic_sig_head *head)
{
    ic_wr_text(w, "{\"type\":\"commit\"");
    write_field(w, "message", commit);
    write_head(w, head);
    ic_wr_u8(w, '}');
}

void ic_message_write_message(struct ic_wr *w, struct ic_mls_span message)
{
    ic_wr_text(w, "{\"type\":\"message\"");
    write_field(w, "message", message);
    ic_wr_u8(w, '}');
}

static const char *request_word(enum ic_sig_type what)
{
    switch (what) {
    case IC_SIG_CREATE:
        return "create";
    case IC_SIG_COMMIT:
        return "commit";
    case IC_SIG_MESSAGE:
        return "message";
    case IC_SIG_DECLINE:
        return "decline";
    case IC_SIG_AUTHORITY:
        return "authority";
    case IC_SIG_KNOCK:
    case IC_SIG_NOTE:
    case IC_SIG_READY:
    case IC_SIG_JOIN:
    case IC_SIG_RESUME:
    case IC_SIG_RESTORE:
    case IC_SIG_MEDIA:
    case IC_SIG_RECEIPT_IDS:
    case IC_SIG_RECEIPT_END:
    case IC_SIG_LEAVE:
    case IC_SIG_PING:
        break;
    }
    IC_ASSERT(false); /* the others are never refused without an end */
    return "";
}

static const char *refusal_word(enum ic_sig_refusal reason)
{
    switch (reason) {
    case IC_SIG_REFUSED_EPOCH:
        return "epoch";
    case IC_SIG_REFUSED_INVALID:
        return "invalid";
    case IC_SIG_REFUSED_NOT_ALLOWED:
        return "not_allowed";
    case IC_SIG_REFUSED_BUSY:
        return "busy";
    case IC_SIG_REFUSED_FULL:
        return "full";
    }
    return "";
}

void ic_message_write_refused(struct ic_wr *w, enum ic_sig_type what, enum ic_sig_refusal reason)
{
    ic_wr_text(w, "{\"type\":\"refused\",\"what\":");
    write_text(w, request_word(what));
    write_key(w, "reason");
    write_text(w, refusal_word(reason));
    ic_wr_u8(w, '}');
}

void ic_message_write_epoch_ready(struct ic_wr *w, uint64_t epoch)
{
    ic_wr_text(w, "{\"type\":\"epoch_ready\",\"epoch\":");
    write_number(w, epoch);
    ic_wr_u8(w, '}');
}

static const char *codec_word(enum ic_codec codec)
{
    switch (codec) {
    case IC_CODEC_VP8:
        return "vp8";
    case IC_CODEC_VP9:
        return "vp9";
    case IC_CODEC_AV1:
        return "av1";
    case IC_CODEC_NONE:
    case IC_CODEC_OPUS:
        break;
    }
    IC_ASSERT(false); /* of video only */
    return "";
}

void ic_message_write_codec(struct ic_wr *w, enum ic_codec codec)
{
    ic_wr_text(w, "{\"type\":\"codec\",\"codec\":");
    write_text(w, codec_word(codec));
    ic_wr_u8(w, '}');
}

/* ---- messages of media and people ---- */

void ic_message_write_joined(struct ic_wr *w, uint64_t peer,
                             const struct ic_server_transport *transport, const char *node,
                             uint32_t members_max)
{
    ic_wr_text(w, "{\"type\":\"joined\",\"peer\":");
    write_peer_id(w, peer);
    if (node != NULL) {
        write_key(w, "node");
        write_text(w, node);
    }
    ic_wr_text(w, ",\"cname\":");
    write_text(w, transport->cname);
    ic_wr_text(w, ",\"transport\":");
    write_transport(w, transport);
    ic_wr_text(w, ",\"slots\":[");
    for (size_t i = 0; i < transport->slot_count; i++) {
        ic_wr_text(w, i == 0 ? "" : ",");
        write_slot(w, &transport->slots[i]);
    }
    ic_wr_text(w, "],\"limits\":{\"members\":");
    write_number(w, members_max);
    ic_wr_text(w, "}}");
}

void ic_message_write_resumed(struct ic_wr *w, uint64_t peer, uint32_t leaf, bool is_in_worker)
{
    ic_wr_text(w, "{\"type\":\"resumed\",\"peer\":");
    write_peer_id(w, peer);
    write_key(w, "leaf");
    write_number(w, leaf);
    write_key(w, "is_in_worker");
    write_flag(w, is_in_worker);
    ic_wr_text(w, "}");
}

void ic_message_write_restored(struct ic_wr *w, const struct ic_sig_restored *restored)
{
    ic_wr_text(w, "{\"type\":\"restored\",\"session\":");
    write_bytes(w, restored->session, sizeof restored->session);
    write_key(w, "peer");
    write_peer_id(w, restored->peer);
    write_key(w, "leaf");
    write_number(w, restored->leaf);
    write_key(w, "epoch");
    write_number(w, restored->epoch);
    write_key(w, "log_key");
    write_text(w, restored->log_key);
    write_head(w, &restored->head);
    ic_wr_u8(w, '}');
}

void ic_message_write_peer(struct ic_wr *w, const struct ic_sig_person *person)
{
    ic_wr_text(w, "{\"type\":\"peer\",\"peer\":");
    write_person(w, person);
    ic_wr_text(w, "}");
}

static const char *gone_word(enum ic_sig_gone reason)
{
    switch (reason) {
    case IC_SIG_LEFT:
        return "left";
    case IC_SIG_LOST:
        return "lost";
    case IC_SIG_GONE_REMOVED:
        return "removed";
    case IC_SIG_REPLACED:
        return "replaced";
    }
    return "";
}

void ic_message_write_gone(struct ic_wr *w, uint64_t peer, enum ic_sig_gone reason)
{
    ic_wr_text(w, "{\"type\":\"gone\",\"peer\":");
    write_peer_id(w, peer);
    write_key(w, "reason");
    write_text(w, gone_word(reason));
    ic_wr_u8(w, '}');
}

void ic_message_write_pong(struct ic_wr *w, uint32_t id)
{
    ic_wr_text(w, "{\"type\":\"pong\",\"id\":");
    write_number(w, id);
    ic_wr_text(w, "}");
}

void ic_message_write_draining(struct ic_wr *w)
{
    ic_wr_text(w, "{\"type\":\"draining\"}");
}

void ic_message_write_moving(struct ic_wr *w, const char *node)
{
    ic_wr_text(w, "{\"type\":\"moving\",\"node\":");
    write_text(w, node);
    ic_wr_u8(w, '}');
}

void ic_message_write_media_moving(struct ic_wr *w)
{
    ic_wr_text(w, "{\"type\":\"media_moving\"}");
}

void ic_message_write_peers_open(struct ic_wr *w)
{
    ic_wr_text(w, "{\"type\":\"peers\",\"peers\":[");
}

void ic_message_write_peers_item(struct ic_wr *w, const struct ic_sig_person *person, bool is_first)
{
    ic_wr_text(w, is_first ? "" : ",");
    write_person(w, person);
}

void ic_message_write_peers_close(struct ic_wr *w, bool is_complete)
{
    ic_wr_text(w, is_complete ? "],\"complete\":true}" : "],\"complete\":false}");
}

void ic_message_write_slots_open(struct ic_wr *w)
{
    ic_wr_text(w, "{\"type\":\"slots\",\"slots\":[");
}

void ic_message_write_slots_item(struct ic_wr *w, const struct ic_sig_assignment *assignment,
                                 bool is_first)
{
    ic_wr_text(w, is_first ? "{\"mid\":" : ",{\"mid\":");
    write_text(w, assignment->mid);
    ic_wr_text(w, ",\"peer\":");
    if (assignment->peer == 0) {
        ic_wr_text(w, "null}");
        return;
    }
    write_peer_id(w, assignment->peer);
    ic_wr_text(w, ",\"source\":");
    write_text(w, assignment->source == IC_SOURCE_MICROPHONE ? "microphone" : "camera");
    ic_wr_text(w, "}");
}

void ic_message_write_slots_close(struct ic_wr *w)
{
    ic_wr_text(w, "]}");
}

const char *ic_message_error_code(enum ic_sig_error error)
{
    switch (error) {
    case IC_SIG_NOT_FOUND:
        return "not_found";
    case IC_SIG_ROOM_FULL:
        return "room_full";
    case IC_SIG_SERVER_FULL:
        return "server_full";
    case IC_SIG_BUSY:
        return "busy";
    case IC_SIG_BAD_MESSAGE:
        return "bad_message";
    case IC_SIG_UNSUPPORTED_VERSION:
        return "unsupported_version";
    case IC_SIG_SESSION_UNKNOWN:
        return "session_unknown";
    case IC_SIG_TAKEN_OVER:
        return "taken_over";
    case IC_SIG_MEDIA_LOST:
        return "media_lost";
    case IC_SIG_DECLINED:
        return "declined";
    case IC_SIG_LINK_EXPIRED:
        return "link_expired";
    case IC_SIG_REMOVED:
        return "removed";
    case IC_SIG_INTERNAL:
        return "internal";
    case IC_SIG_NODE_REFUSED:
        return "node_refused";
    }
    return "internal";
}

void ic_message_write_receipts(struct ic_wr *w, bool is_writing)
{
    ic_wr_text(w, "{\"type\":\"receipts\"");
    write_key(w, "writing");
    write_flag(w, is_writing);
    ic_wr_u8(w, '}');
}

void ic_message_write_receipt(struct ic_wr *w, struct ic_mls_span note)
{
    ic_wr_text(w, "{\"type\":\"receipt\"");
    write_field(w, "receipt", note);
    ic_wr_u8(w, '}');
}

void ic_message_write_error(struct ic_wr *w, enum ic_sig_error error, bool is_fatal)
{
    ic_wr_text(w, "{\"type\":\"error\",\"code\":");
    write_text(w, ic_message_error_code(error));
    ic_wr_text(w, is_fatal ? ",\"fatal\":true}" : ",\"fatal\":false}");
}

void ic_message_write_node_refused(struct ic_wr *w, const struct ic_sig_node_refused *refused)
{
    ic_wr_text(w, "{\"type\":\"error\",\"code\":\"node_refused\",\"fatal\":true,\"reason\":");
    write_text(w, refused->reason);
    ic_wr_text(w, ",\"countries\":[");
    for (size_t i = 0; i < refused->country_count; i++) {
        ic_wr_text(w, i == 0 ? "\"" : ",\"");
        ic_wr_bytes(w, &refused->countries[i * IC_POLICY_COUNTRY_LEN], IC_POLICY_COUNTRY_LEN);
        ic_wr_text(w, "\"");
    }
    ic_wr_text(w, "]");
    if (refused->retry_s > 0) {
        ic_wr_text(w, ",\"retry_after\":");
        ic_wr_decimal(w, refused->retry_s);
    }
    ic_wr_text(w, "}");
}
