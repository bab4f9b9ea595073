#include "signal/message_write.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/addr.h"
#include "base/assert.h"
#include "base/text.h"

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

static void write_number(struct ic_wr *w, uint32_t value)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%" PRIu32, value);
    IC_ASSERT(n > 0 && (size_t)n < sizeof text);
    ic_wr_text(w, text);
}

static void write_flag(struct ic_wr *w, bool value)
{
    ic_wr_text(w, value ? "true" : "false");
}

static void write_peer_id(struct ic_wr *w, uint64_t peer)
{
    uint8_t bytes[8];
    char text[IC_PEER_TEXT_LEN + 1];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(peer >> (56 - 8 * i));
    ic_base64url_encode(bytes, sizeof bytes, text);
    write_text(w, text);
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
    }
    return "";
}

static void write_person(struct ic_wr *w, const struct ic_sig_person *person)
{
    ic_wr_text(w, "{\"peer\":");
    write_peer_id(w, person->peer);
    ic_wr_text(w, ",\"name\":");
    write_text(w, person->name);
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

/* ---- messages ---- */

void ic_message_write_joined(struct ic_wr *w, uint64_t peer,
                             const uint8_t session[static IC_SESSION_LEN],
                             const struct ic_server_transport *transport, uint32_t members_max)
{
    char token[IC_SESSION_TEXT_LEN + 1];
    ic_base64url_encode(session, IC_SESSION_LEN, token);
    ic_wr_text(w, "{\"type\":\"joined\",\"peer\":");
    write_peer_id(w, peer);
    ic_wr_text(w, ",\"session\":");
    write_text(w, token);
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

void ic_message_write_resumed(struct ic_wr *w, uint64_t peer)
{
    ic_wr_text(w, "{\"type\":\"resumed\",\"peer\":");
    write_peer_id(w, peer);
    ic_wr_text(w, "}");
}

void ic_message_write_peer(struct ic_wr *w, const struct ic_sig_person *person)
{
    ic_wr_text(w, "{\"type\":\"peer\",\"peer\":");
    write_person(w, person);
    ic_wr_text(w, "}");
}

void ic_message_write_gone(struct ic_wr *w, uint64_t peer, bool is_lost)
{
    ic_wr_text(w, "{\"type\":\"gone\",\"peer\":");
    write_peer_id(w, peer);
    ic_wr_text(w, is_lost ? ",\"reason\":\"lost\"}" : ",\"reason\":\"left\"}");
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
    case IC_SIG_INTERNAL:
        return "internal";
    }
    return "internal";
}

void ic_message_write_error(struct ic_wr *w, enum ic_sig_error error, bool is_fatal)
{
    ic_wr_text(w, "{\"type\":\"error\",\"code\":");
    write_text(w, ic_message_error_code(error));
    ic_wr_text(w, is_fatal ? ",\"fatal\":true}" : ",\"fatal\":false}");
}
