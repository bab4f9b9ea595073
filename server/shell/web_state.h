/* What the parts of the web server (web_*.c) share: the server and its connections. Nothing outside
 * of them includes this. */
#ifndef IC_SHELL_WEB_STATE_H
#define IC_SHELL_WEB_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/pool.h"
#include "base/rd.h"
#include "base/wr.h"
#include "shell/web_csp.h"
#include "shell/web_io.h"
#include "shell/web_limit.h"
#include "shell/web_nodes.h"
#include "shell/web_server.h"
#include "shell/web_static.h"
#include "wire/http1.h"

/* One TLS record at most, so that nothing stays behind in OpenSSL unseen by epoll. */
#define IC_WEB_BUFFER_LEN 16384

enum ic_web_state {
    IC_WEB_HANDSHAKE, /* TLS under way */
    IC_WEB_HEAD,      /* idle, or a request head arrives */
    IC_WEB_BODY,      /* the body of a meeting request arrives */
    IC_WEB_WAITING,   /* the handlers work on the answer */
    IC_WEB_ANSWER,    /* the answer goes out */
    IC_WEB_SOCKET,    /* WebSocket */
    IC_WEB_LINGER,    /* we sent our end; the peer's is awaited, its bytes are thrown away */
    IC_WEB_DEAD,      /* to be closed by the outermost caller */
};

struct ic_web_socket;

/* In the pool, so that watch stays in place. */
struct ic_web_conn {
    struct ic_watch watch; /* first: ic_web_conn_of */
    struct ic_web *web;
    struct ic_ref ref;
    struct ic_conn_id id; /* of the meeting request or socket under way; 0: none */
    struct ic_addr remote;
    struct ic_web_channel channel;
    enum ic_web_state state;
    uint32_t events;    /* what epoll watches */
    bool is_deaf;       /* input is not read: the peer ended it or broke the rules */
    bool has_ended;     /* the peer will send no more */
    bool is_last;       /* close after this answer */
    bool is_head_only;  /* HEAD: no body */
    bool is_dirty;      /* in web->dirty */
    bool is_shared;     /* pages of other nodes may read the answer: it depends on Origin */
    const char *reader; /* origin of the page that may; NULL: none */
    size_t discarded;   /* LINGER */
    uint64_t body_want; /* BODY */
    /* HEAD, BODY: what arrived so far. NULL when nothing did. */
    uint8_t *in;
    size_t in_len;
    struct ic_http1_scan scan;
    /* Composed and not yet taken by the kernel. NULL when there is nothing. */
    uint8_t *out;
    size_t out_at, out_len;
    struct ic_rd body; /* ANSWER: the rest of an embedded file, or of own_body */
    uint8_t *own_body; /* NULL: none */
    size_t own_len;
    struct ic_web_socket *socket;
    struct ic_web_variant page; /* file that was asked for last; asset NULL: none was */
    bool is_page_cached;        /* the client has it */
    uint8_t page_meeting[IC_MEETING_ID_LEN];
};

struct ic_web_listener {
    struct ic_watch watch; /* first */
    struct ic_web *web;
    uint16_t port;
    bool is_open;
    bool is_paused; /* out of descriptors; tried again at web->resume_at */
};

/* Connections that need a flush in the next tick. Two lists: one fills while the other is worked
 * on. */
struct ic_web_dirty {
    struct ic_ref *refs;
    uint32_t count;
};

struct ic_web {
    struct ic_web_config config; /* timeouts filled in */
    struct ic_web_handlers handlers;
    char *issuers; /* the body of /api/v1/issuers */
    struct ic_web_nodes nodes;
    char security_policy[IC_WEB_CSP_MAX];
    const char *node; /* lent by ic_web_show_node */
    uint64_t node_not_after_s;
    struct ic_loop *loop;
    struct ssl_ctx_st *tls; /* NULL: plain HTTP */
    struct ic_time ticket_key_at;
    struct ic_web_listener listeners[IC_WEB_LISTEN_MAX];
    struct ic_time resume_at; /* of paused listeners */
    struct ic_pool conns;
    struct ic_heap deadlines; /* by pool index */
    struct ic_web_limit limit;
    struct ic_web_dirty dirty[2];
    unsigned dirty_fill; /* which of the two fills */
    uint64_t id_next;
    bool is_draining;
    struct ic_web_stats stats;
    size_t own_bytes; /* own_body of all connections */
    /* Shared by all connections: what was just read, what is about to be written. Both are empty
     * between two callbacks. */
    uint8_t input[IC_WEB_BUFFER_LEN];
    uint8_t output[IC_WEB_BUFFER_LEN];
};

#endif
