/* HTTPS and WebSocket on one epoll loop (the hub thread): accepts, TLS, HTTP/1.1 by wire/http1.c,
 * WebSocket framing by libwslay, the embedded client. It knows no meeting: what it receives goes to
 * the handlers, what it shall send comes by ic_web_*. */
#ifndef IC_SHELL_WEB_SERVER_H
#define IC_SHELL_WEB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/time.h"
#include "base/wr.h"
#include "shell/loop.h"
#include "signal/hub.h"

#define IC_WEB_LISTEN_MAX  8
#define IC_WEB_ORIGINS_MAX 16
#define IC_WEB_ISSUERS_MAX 16

#define IC_WEB_ISSUER_TEXT_MAX 256 /* each of its texts, with the terminator */

/* Who issues ID tokens to people, and the client id that In Camera has there. */
struct ic_web_issuer {
    char issuer[IC_WEB_ISSUER_TEXT_MAX], audience[IC_WEB_ISSUER_TEXT_MAX];
    char name[IC_WEB_ISSUER_TEXT_MAX]; /* for people; may be empty */
};

struct ic_web_config {
    struct ic_addr listen[IC_WEB_LISTEN_MAX];
    size_t listen_count;
    bool tls; /* false only for a loopback development server or behind a proxy */
    const char *tls_cert, *tls_key; /* PEM files, kept; NULL with tls: self_signed */
    bool self_signed;               /* make a certificate for the listen addresses at start */
    /* Origins that may open a WebSocket or make a meeting, such as "https://meet.example.org";
     * kept. Empty: the origin must match the Host header (scheme by tls). */
    const char *origins[IC_WEB_ORIGINS_MAX];
    size_t origin_count;
    const struct ic_web_issuer *issuers; /* kept */
    size_t issuer_count;
    const char *directory;    /* body of /api/v1/nodes/directory; kept; NULL: 404 */
    const char *log_folder;   /* of a transparency log, what it publishes; kept; NULL or "": none */
    uint32_t connections_max; /* sockets in all */
    uint32_t connections_per_address_max; /* /32, /64 */
    bool is_behind_proxy; /* everybody comes from its address: what limits an address is off */
    /* Milliseconds; 0: the value of base/limits.h. Shortened by tests. */
    uint32_t head_timeout_ms, idle_timeout_ms, ping_interval_ms, pong_timeout_ms;
};

/* Called from within the loop's turn or ic_web_tick. context is handed back. */
struct ic_web_handlers {
    void *context;
    enum ic_err (*on_open)(void *context, struct ic_conn_id conn); /* FULL: closed with 1013 */
    void (*on_message)(void *context, struct ic_conn_id conn, const char *text, size_t len);
    void (*on_close)(void *context, struct ic_conn_id conn, enum ic_hub_end end);
    void (*on_meeting_request)(void *context, struct ic_conn_id conn, const char *body, size_t len);
    void (*on_blob_request)(void *context, struct ic_conn_id conn,
                            const uint8_t hash[static IC_SHA256_LEN]);
    void (*on_policy_request)(void *context, struct ic_conn_id conn,
                              const uint8_t meeting[static IC_MEETING_ID_LEN]);
    /* The link of a meeting is opened: answered by ic_web_answer_page. NULL: the page is here. */
    void (*on_page_request)(void *context, struct ic_conn_id conn,
                            const uint8_t meeting[static IC_MEETING_ID_LEN]);
    /* A witness: the body of POST /add-checkpoint; the status, and for 200 and 409 the text of the
     * answer. When it is set, nothing else but health is answered. */
    unsigned (*on_checkpoint)(void *context, const uint8_t *body, size_t len, struct ic_wr *out);
    bool (*is_ready)(void *context); /* /readyz: 200 or 503 */
};

struct ic_web;

/* Bind, listen, load certificates. Ignores SIGPIPE for the process. NULL on failure: *why holds one
 * line for a person (what, why, next step), lent until the next call.
 *  config    borrows, but keeps what its pointers name
 *  loop      keeps
 *  handlers  copies */
struct ic_web *ic_web_create(const struct ic_web_config *config, struct ic_loop *loop,
                             const struct ic_web_handlers *handlers, const char **why);
/* Closes every socket at once; no handler is called. */
void ic_web_destroy(struct ic_web *web);
/* Queue a text message; unknown connections are ignored. What a turn queued goes out together in
 * the next ic_web_tick, which ic_web_deadline asks for at once. A queue over IC_WS_SEND_QUEUE_MAX
 * closes the socket with 1013 (on_close follows from ic_web_tick: lost). */
void ic_web_send(struct ic_web *web, struct ic_conn_id conn, const char *text, size_t len);
/* Queue a close frame behind what was sent; the socket ends within 2 s. on_close does not follow.
 */
void ic_web_close(struct ic_web *web, struct ic_conn_id conn, uint16_t code, const char *reason);
/* Answer a meeting request: 201 with the id, or a problem document. */
void ic_web_answer_meeting(struct ic_web *web, struct ic_conn_id conn, enum ic_hub_answer answer,
                           const char *meeting);
/* Answer a blob request: 200 with the bytes, which are copied, or a problem document. */
void ic_web_answer_blob(struct ic_web *web, struct ic_conn_id conn, enum ic_err result,
                        const uint8_t *bytes, size_t len);
/* Answer a page request: the page, or 307 to this host. */
void ic_web_answer_page(struct ic_web *web, struct ic_conn_id conn, const char *host);
/* Read certificate and key again; the old ones stay when the new ones are unusable. */
IC_NODISCARD enum ic_err ic_web_reload(struct ic_web *web, const char **why);
/* What /api/v1/nodes/self answers until the time (seconds since 1970): a JSON object, kept until
 * the next call. NULL: this node has no certificate to show. */
void ic_web_show_node(struct ic_web *web, const char *json, uint64_t not_after_s);
/* The nodes that pages may go on at, by name, in order of preference, instead of those before: each
 * has a certificate that is proved and in force. Answers from now on name the first ones that fit
 * into the policy of pages; pages of all of them may ask us. At the start there are none. */
void ic_web_set_nodes(struct ic_web *web, const char *const *names, size_t count);
/* Stop accepting; idle HTTP connections are closed, sockets stay. */
void ic_web_drain(struct ic_web *web);
void ic_web_tick(struct ic_web *web, struct ic_time now);
struct ic_time ic_web_deadline(const struct ic_web *web);

struct ic_web_stats {
    uint32_t connections; /* open now, sockets included */
    uint32_t sockets;     /* WebSockets that the handlers know */
    uint64_t requests, bad_requests;
    uint64_t refused; /* connections over a limit */
};
void ic_web_stats(const struct ic_web *web, struct ic_web_stats *out);
/* The port that listen address i is bound to (for port 0). */
uint16_t ic_web_port(const struct ic_web *web, size_t i);

#endif
