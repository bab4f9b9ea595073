/* The server's messages as text (docs/protocol/signalling.md). Each function appends one message to
 * a bounded writer; the caller checks ic_wr_ok once. */
#ifndef IC_SIGNAL_MESSAGE_WRITE_H
#define IC_SIGNAL_MESSAGE_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wr.h"
#include "crypto/hash.h"
#include "msg/transport.h"
#include "signal/message.h"
#include "tlog/merkle.h"

/* The text of a peer key: base64url of its 8 bytes. */
#define IC_PEER_TEXT_LEN IC_BASE64URL_LEN(8)

enum ic_sig_state { IC_SIG_CONNECTING, IC_SIG_CONNECTED, IC_SIG_RECONNECTING, IC_SIG_AWAY };

enum ic_sig_gone { IC_SIG_LEFT, IC_SIG_LOST, IC_SIG_GONE_REMOVED, IC_SIG_REPLACED };

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
    IC_SIG_DECLINED,
    IC_SIG_LINK_EXPIRED,
    IC_SIG_REMOVED,
    IC_SIG_INTERNAL,
    IC_SIG_NODE_REFUSED, /* ic_message_write_node_refused */
};

/* The word of the protocol for an error; static text. */
const char *ic_message_error_code(enum ic_sig_error error);

struct ic_sig_person {
    uint64_t peer;
    uint32_t leaf;
    enum ic_sig_state state;
    bool microphone, camera;
};

/* What a slot carries; peer 0: nothing. */
struct ic_sig_assignment {
    const char *mid; /* borrowed */
    uint64_t peer;
    enum ic_source source;
};

/* Why a request of a client changed nothing. */
enum ic_sig_refusal {
    IC_SIG_REFUSED_EPOCH, /* another one came first, or is being written */
    IC_SIG_REFUSED_INVALID,
    IC_SIG_REFUSED_NOT_ALLOWED,
    IC_SIG_REFUSED_BUSY,
    IC_SIG_REFUSED_FULL, /* no room for those who would come */
};

struct ic_sig_waiting {
    uint8_t session[IC_SESSION_LEN];
    uint8_t knock[IC_KNOCK_ID_LEN];
    struct ic_mls_span policy;
    bool is_running, has_host;
    const char *log_key; /* borrowed */
};

#define IC_SIG_NO_LEAF UINT32_MAX

struct ic_sig_knocking {
    uint8_t knock[IC_KNOCK_ID_LEN];
    struct ic_mls_span key_package, note;
    const uint8_t *identity; /* SHA-256, borrowed */
    uint32_t replaces;       /* leaf, or IC_SIG_NO_LEAF */
};

/* The head of the meeting's log. */
struct ic_sig_head {
    uint64_t size;
    const char *checkpoint; /* borrowed */
};

struct ic_sig_welcomed {
    struct ic_mls_span welcome, commit;
    const uint8_t *tree;                   /* SHA-256, borrowed */
    const struct ic_merkle_hash *frontier; /* borrowed */
    size_t frontier_count;
    struct ic_sig_head head; /* size: before the commit */
};

/* A member has brought its meeting here, or has found it here. */
struct ic_sig_restored {
    uint8_t session[IC_SESSION_LEN];
    uint64_t peer;
    uint32_t leaf;
    uint64_t epoch;
    const char *log_key; /* borrowed */
    struct ic_sig_head head;
};

void ic_message_write_waiting(struct ic_wr *w, const struct ic_sig_waiting *waiting);
void ic_message_write_created(struct ic_wr *w, const struct ic_sig_head *head);
void ic_message_write_knock(struct ic_wr *w, const struct ic_sig_knocking *knock);
void ic_message_write_knock_gone(struct ic_wr *w, const uint8_t knock[static IC_KNOCK_ID_LEN]);
void ic_message_write_welcome(struct ic_wr *w, const struct ic_sig_welcomed *welcomed);
void ic_message_write_commit(struct ic_wr *w, struct ic_mls_span commit,
                             const struct ic_sig_head *head);
void ic_message_write_message(struct ic_wr *w, struct ic_mls_span message);
/* what: create, commit, message, decline or authority. */
void ic_message_write_refused(struct ic_wr *w, enum ic_sig_type what, enum ic_sig_refusal reason);
void ic_message_write_epoch_ready(struct ic_wr *w, uint64_t epoch);
void ic_message_write_codec(struct ic_wr *w, enum ic_codec codec);
void ic_message_write_joined(struct ic_wr *w, uint64_t peer,
                             const struct ic_server_transport *transport, const char *node,
                             uint32_t members_max);
void ic_message_write_resumed(struct ic_wr *w, uint64_t peer, uint32_t leaf, bool is_in_worker);
void ic_message_write_restored(struct ic_wr *w, const struct ic_sig_restored *restored);
void ic_message_write_peer(struct ic_wr *w, const struct ic_sig_person *person);
void ic_message_write_gone(struct ic_wr *w, uint64_t peer, enum ic_sig_gone reason);
void ic_message_write_pong(struct ic_wr *w, uint32_t id);
void ic_message_write_draining(struct ic_wr *w);
/*  node  its name in its certificate */
void ic_message_write_moving(struct ic_wr *w, const char *node);
void ic_message_write_media_moving(struct ic_wr *w);
/* Whether the node writes receipts for the transport that was joined. */
void ic_message_write_receipts(struct ic_wr *w, bool is_writing);
void ic_message_write_receipt(struct ic_wr *w, struct ic_mls_span note);
void ic_message_write_error(struct ic_wr *w, enum ic_sig_error error, bool is_fatal);

/* Why this node may not carry the meeting. */
struct ic_sig_node_refused {
    const char *reason;       /* word of cluster.md 3 */
    const uint8_t *countries; /* of the policy, two letters each, borrowed */
    size_t country_count;
    uint32_t retry_s; /* 0: it is no use to ask again */
};
/* Always fatal. */
void ic_message_write_node_refused(struct ic_wr *w, const struct ic_sig_node_refused *refused);

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
