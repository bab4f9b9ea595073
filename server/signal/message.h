/* The message set of docs/protocol/signalling.md: a client's text becomes a struct here. The
 * server's own messages are written by message_write.h. */
#ifndef IC_SIGNAL_MESSAGE_H
#define IC_SIGNAL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "crypto/ed25519.h"
#include "msg/transport.h"
#include "tlog/merkle.h"
#include "wire/mls.h"

#define IC_SIGNAL_VERSION 2

#define IC_SESSION_LEN      16
#define IC_SESSION_TEXT_LEN IC_BASE64URL_LEN(IC_SESSION_LEN)

#define IC_KNOCK_ID_LEN     16
#define IC_SIGNAL_COUNT_MAX 0x1fffffffffffff /* 2^53 - 1 */

/* What a client calls a meeting: any text, it need not be an id. */
#define IC_SIGNAL_MEETING_TEXT_CAP (4 * IC_SIGNAL_MEETING_TEXT_MAX + 1)

/* All that one message can hold in base64url. */
#define IC_SIGNAL_SCRATCH_LEN (IC_WS_MESSAGE_MAX / 4 * 3)

enum ic_sig_type {
    IC_SIG_KNOCK,
    IC_SIG_NOTE,
    IC_SIG_AUTHORITY,
    IC_SIG_CREATE,
    IC_SIG_COMMIT,
    IC_SIG_MESSAGE,
    IC_SIG_DECLINE,
    IC_SIG_READY,
    IC_SIG_JOIN,
    IC_SIG_RESUME,
    IC_SIG_RESTORE,
    IC_SIG_MEDIA,
    IC_SIG_RECEIPT_IDS,
    IC_SIG_RECEIPT_END,
    IC_SIG_LEAVE,
    IC_SIG_PING,
};
#define IC_SIG_TYPES (IC_SIG_PING + 1)

struct ic_sig_media {
    bool microphone, camera;
};

/* Spans hold what came in base64url, lent out of the scratch of the parse. len 0: the field is
 * missing. */
struct ic_sig_knock {
    char meeting[IC_SIGNAL_MEETING_TEXT_CAP];
    struct ic_mls_span key_package, identity;
    struct ic_mls_span authority, note;
    char replaces[IC_SESSION_TEXT_LEN + 1]; /* empty: nothing */
};

struct ic_sig_note {
    struct ic_mls_span note;
};

struct ic_sig_authority {
    struct ic_mls_span authority;
};

struct ic_sig_create {
    struct ic_mls_span group_info, authority;
};

struct ic_sig_commit {
    struct ic_mls_span message, welcome;
};

struct ic_sig_message {
    struct ic_mls_span message;
};

struct ic_sig_decline {
    struct ic_mls_span knock;
    bool is_link_expired;
};

struct ic_sig_ready {
    uint64_t epoch;
};

struct ic_sig_join {
    struct ic_client_transport transport;
    struct ic_sig_media media;
};

struct ic_sig_resume {
    char meeting[IC_SIGNAL_MEETING_TEXT_CAP];
    char session[IC_SESSION_TEXT_LEN + 1];
    uint64_t log_size;
};

/* Roots of complete subtrees of a log; as many as its size has bits that are set. */
struct ic_sig_frontier {
    uint64_t size; /* below 2^32 */
    struct ic_merkle_hash roots[IC_MERKLE_FRONTIER_MAX];
    size_t count;
};

/* What a member brings of a meeting whose node is lost. */
struct ic_sig_restore {
    struct ic_mls_span policy, group_info, identity;
    struct ic_mls_span authority; /* len 0 exactly when witness is 0 */
    uint32_t witness;             /* leaf of authority, plus one */
    struct ic_sig_frontier log;
    bool is_locked;
    uint32_t generation;
    uint64_t time_ms; /* since 1970 */
    struct ic_mls_span proof;
};

/* The body of POST /api/v1/meetings. */
struct ic_sig_meeting {
    struct ic_mls_span policy;
};

/* The blinded ids of docs/protocol/receipts.md, and the chain so far. */
struct ic_sig_receipt_ids {
    struct ic_mls_span meeting, member;
    uint64_t seq;            /* of the newest receipt that the client has; 0: none */
    struct ic_mls_span prev; /* SHA-256 of its text; len 0 exactly when there is none */
};

struct ic_sig_ping {
    uint32_t id;
};

struct ic_sig_msg {
    enum ic_sig_type type;
    union {
        struct ic_sig_knock knock;
        struct ic_sig_note note;
        struct ic_sig_authority authority;
        struct ic_sig_create create;
        struct ic_sig_commit commit;
        struct ic_sig_message message;
        struct ic_sig_decline decline;
        struct ic_sig_ready ready;
        struct ic_sig_join join;
        struct ic_sig_resume resume;
        struct ic_sig_restore restore;
        struct ic_sig_media media;
        struct ic_sig_receipt_ids receipt_ids;
        struct ic_sig_ping ping;
    };
};

/* Give the parser's hash tables their secret, once in the process and before the first message;
 * later calls do nothing. Without it the parser would ask the system for one. */
void ic_message_init(uint64_t seed);

/* Decode one message of a client: caps, grammar, fields, and the rules that tie fields together.
 *  text     borrows
 *  scratch  takes the bytes of base64url fields; out points into it
 *  out      written whole on success only
 *  IC_ERR_INPUT  bad_message
 *  IC_ERR_STATE  knock, resume or restore of a version that this server does not speak
 *  IC_ERR_FULL   no memory for the parse tree
 * Allocates a parse tree of bounded size and frees it before it returns. */
IC_NODISCARD enum ic_err ic_message_parse(const char *text, size_t len,
                                          uint8_t scratch[static IC_SIGNAL_SCRATCH_LEN],
                                          struct ic_sig_msg *out);

/* Decode the body of a request for a meeting under the same rules.
 *  IC_ERR_INPUT  not the object that the schema allows; out untouched
 *  IC_ERR_FULL   no memory for the parse tree */
IC_NODISCARD enum ic_err ic_message_parse_meeting(const char *text, size_t len,
                                                  uint8_t scratch[static IC_SIGNAL_SCRATCH_LEN],
                                                  struct ic_sig_meeting *out);

#endif
