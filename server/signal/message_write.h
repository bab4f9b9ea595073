/* The server's messages as text (docs/protocol/signalling.md). Each function appends one message to
 * a bounded writer; the caller checks ic_wr_ok once. */
#ifndef IC_SIGNAL_MESSAGE_WRITE_H
#define IC_SIGNAL_MESSAGE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wr.h"
#include "msg/transport.h"
#include "signal/message.h"

/* The text of a peer key: base64url of its 8 bytes. */
#define IC_PEER_TEXT_LEN IC_BASE64URL_LEN(8)

enum ic_sig_state { IC_SIG_CONNECTING, IC_SIG_CONNECTED, IC_SIG_RECONNECTING };

enum ic_sig_error {
    IC_SIG_NOT_FOUND,
    IC_SIG_ROOM_FULL,
    IC_SIG_SERVER_FULL,
    IC_SIG_BUSY,
    IC_SIG_BAD_MESSAGE,
    IC_SIG_UNSUPPORTED_VERSION,
    IC_SIG_SESSION_UNKNOWN,
    IC_SIG_TAKEN_OVER,
    IC_SIG_MEDIA_LOST,
    IC_SIG_INTERNAL,
};

/* The word of the protocol for an error; static text. */
const char *ic_message_error_code(enum ic_sig_error error);

struct ic_sig_person {
    uint64_t peer;
    const char *name; /* borrowed */
    enum ic_sig_state state;
    bool microphone, camera;
};

/* What a slot carries; peer 0: nothing. */
struct ic_sig_assignment {
    const char *mid; /* borrowed */
    uint64_t peer;
    enum ic_source source;
};

void ic_message_write_joined(struct ic_wr *w, uint64_t peer,
                             const uint8_t session[static IC_SESSION_LEN],
                             const struct ic_server_transport *transport, uint32_t members_max);
void ic_message_write_resumed(struct ic_wr *w, uint64_t peer);
void ic_message_write_peer(struct ic_wr *w, const struct ic_sig_person *person);
void ic_message_write_gone(struct ic_wr *w, uint64_t peer, bool is_lost);
void ic_message_write_pong(struct ic_wr *w, uint32_t id);
void ic_message_write_draining(struct ic_wr *w);
void ic_message_write_error(struct ic_wr *w, enum ic_sig_error error, bool is_fatal);

/* Lists: open, then each item (is_first for the first one), then close. */
void ic_message_write_peers_open(struct ic_wr *w);
void ic_message_write_peers_item(struct ic_wr *w, const struct ic_sig_person *person,
                                 bool is_first);
void ic_message_write_peers_close(struct ic_wr *w, bool is_complete);
void ic_message_write_slots_open(struct ic_wr *w);
void ic_message_write_slots_item(struct ic_wr *w, const struct ic_sig_assignment *assignment,
                                 bool is_first);
void ic_message_write_slots_close(struct ic_wr *w);

#endif
