/* The message set of docs/protocol/signalling.md: a client's text becomes a struct here. The
 * server's own messages are written by message_write.h. */
#ifndef IC_SIGNAL_MESSAGE_H
#define IC_SIGNAL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "msg/transport.h"

#define IC_SIGNAL_VERSION 1

#define IC_SESSION_LEN      16
#define IC_SESSION_TEXT_LEN IC_BASE64URL_LEN(IC_SESSION_LEN)

enum ic_sig_type { IC_SIG_JOIN, IC_SIG_RESUME, IC_SIG_MEDIA, IC_SIG_LEAVE, IC_SIG_PING };

struct ic_sig_media {
    bool microphone, camera;
};

struct ic_sig_join {
    char meeting[4 * IC_SIGNAL_MEETING_TEXT_MAX + 1]; /* any text: it need not be an id */
    char name[IC_NAME_BYTES_MAX + 1];
    char replaces[IC_SESSION_TEXT_LEN + 1]; /* empty: nothing */
    struct ic_client_transport transport;
    struct ic_sig_media media;
};

struct ic_sig_resume {
    char session[IC_SESSION_TEXT_LEN + 1];
};

struct ic_sig_ping {
    uint32_t id;
};

struct ic_sig_msg {
    enum ic_sig_type type;
    union {
        struct ic_sig_join join;
        struct ic_sig_resume resume;
        struct ic_sig_media media;
        struct ic_sig_ping ping;
    };
};

/* Give the parser's hash tables their secret, once in the process and before the first message;
 * later calls do nothing. Without it the parser would ask the system for one. */
void ic_message_init(uint64_t seed);

/* Decode one message of a client: caps, grammar, fields, and the rules that tie fields together.
 *  text  borrows
 *  out   written whole on success only
 *  IC_ERR_INPUT  bad_message
 *  IC_ERR_STATE  join or resume of a version that this server does not speak
 *  IC_ERR_FULL   no memory for the parse tree
 * Allocates a parse tree of bounded size and frees it before it returns. */
IC_NODISCARD enum ic_err ic_message_parse(const char *text, size_t len, struct ic_sig_msg *out);

/* A name that may be shown (1.2 of the protocol); terminated text. */
bool ic_message_is_name(const char *name);

#endif
