/* The root of the control plane: the state table of every connected client, the rosters, meetings.
 * One thread. Sockets, disk and media workers are reached by effects.
 *
 * One input or tick, then ic_hub_poll until false, then the next. Two inputs may come before that:
 * ic_hub_on_close (worked off by the next tick) and ic_hub_on_store (IC_ERR_FULL, for a request
 * just polled). now is loop time and must not run backwards (asserted). */
#ifndef IC_SIGNAL_HUB_H
#define IC_SIGNAL_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/time.h"
#include "crypto/hash.h"
#include "msg/cmd.h"
#include "msg/evt.h"
#include "msg/receipt.h"
#include "msg/store.h"
#include "msg/wall.h"
#include "tlog/checkpoint.h"

struct ic_hub_config {
    struct ic_entropy entropy; /* session tokens, names of knocks */
    /* The server's log key: its name is the host's. Both kept. */
    const struct ic_note_key *log_key;
    const struct ic_ed25519 *log_private;
    struct ic_wall wall;  /* whether this node may carry a meeting */
    uint32_t clients_max; /* open sockets */
    uint32_t peers_max;   /* people in meetings, seats kept for reconnecting ones included */
    uint32_t rooms_max;
    uint32_t room_members_max; /* <= IC_ROOM_MEMBERS_MAX */
    uint32_t worker_count;
};

/* A socket, or an HTTP request that waits for its answer; made by the shell, never used again. */
struct ic_conn_id {
    uint64_t value;
};

enum ic_hub_out_kind {
    IC_HUB_SEND,    /* text to a socket */
    IC_HUB_CLOSE,   /* end a socket with a close code; what was sent before goes out first */
    IC_HUB_CMD,     /* to a worker */
    IC_HUB_STORE,   /* to the store thread; answered by ic_hub_on_store */
    IC_HUB_ANSWER,  /* a meeting was made (or not): answer the HTTP request */
    IC_HUB_BLOB,    /* bytes, or none: answer the HTTP request */
    IC_HUB_RECEIPT, /* write and sign; answered by ic_hub_on_receipt */
    IC_HUB_LOG,     /* one structured line: fixed words and ids only */
};

/* What becomes of a request for a meeting. */
enum ic_hub_answer {
    IC_HUB_MADE,
    IC_HUB_BAD_MESSAGE, /* not the one object that the schema allows */
    IC_HUB_BAD_POLICY,
    IC_HUB_UNBOUND_POLICY, /* it names no operator or no log */
    IC_HUB_EXISTS,
    IC_HUB_FULL,
    IC_HUB_FAILED,
};

/* How a socket came to its end. */
enum ic_hub_end {
    IC_HUB_LEFT, /* closed by the client with 1000 */
    IC_HUB_AWAY, /* ... with 1001: the page goes; it may be loaded again */
    IC_HUB_LOST,
};

struct ic_hub_out {
    enum ic_hub_out_kind kind;
    struct ic_conn_id conn;
    const char *text; /* SEND: lent until the next call; LOG: event name, static */
    size_t text_len;
    uint16_t close_code;
    const char *close_reason; /* static text */
    uint32_t worker;
    const struct ic_cmd *cmd;               /* lent until the next call */
    struct ic_store_request store;          /* parts: lent until the next call */
    const struct ic_receipt_facts *receipt; /* lent until the next call */
    enum ic_hub_answer answer;              /* ANSWER */
    enum ic_err result;  /* BLOB: IC_OK, IC_ERR_GONE, IC_ERR_FULL or IC_ERR_SYSTEM */
    const uint8_t *blob; /* lent until the next call */
    size_t blob_len;
    char meeting[IC_BASE64URL_LEN(IC_MEETING_ID_LEN) + 1]; /* ANSWER */
    uint64_t log_peer, log_room;                           /* LOG */
    const char *log_detail;                                /* LOG, static or NULL */
};

struct ic_hub;

/* Reserve everything. The caller takes the hub and returns it to ic_hub_destroy.
 * NULL when there is no memory. */
struct ic_hub *ic_hub_create(const struct ic_hub_config *config, struct ic_time now);
void ic_hub_destroy(struct ic_hub *h);

/* A WebSocket was opened.  IC_ERR_FULL: clients_max; close it with 1013. */
IC_NODISCARD enum ic_err ic_hub_on_open(struct ic_hub *h, struct ic_time now,
                                        struct ic_conn_id conn);
/* A whole text message arrived; borrowed. */
void ic_hub_on_message(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                       const char *text, size_t len);
/* The socket is gone. Not called for a socket that an IC_HUB_CLOSE ended. */
void ic_hub_on_close(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                     enum ic_hub_end end);
/* POST /api/v1/meetings with this body, borrowed: answered by IC_HUB_ANSWER with the same conn. */
void ic_hub_on_meeting_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                               const char *body, size_t len);
/* GET /api/v1/blobs/<hash>: answered by IC_HUB_BLOB with the same conn. */
void ic_hub_on_blob_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                            const uint8_t hash[static IC_SHA256_LEN]);
/* GET /api/v1/policies/<meeting>: answered by IC_HUB_BLOB with the same conn. */
void ic_hub_on_policy_request(struct ic_hub *h, struct ic_time now, struct ic_conn_id conn,
                              const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Seconds since 1970, for the lifetimes of key packages. Tell it once a turn. */
void ic_hub_set_date(struct ic_hub *h, int64_t unix_s);
void ic_hub_on_store(struct ic_hub *h, struct ic_time now, const struct ic_store_reply *reply);
/* Of whichever worker: a key names one transport in the process. */
void ic_hub_on_evt(struct ic_hub *h, struct ic_time now, const struct ic_evt *evt);
/* What members call this node when they bring a meeting: its name in its certificate; NULL: it has
 * none, and the name of its log key counts, as at first. Copied. */
void ic_hub_set_node(struct ic_hub *h, const char *name);
/* Whether IC_HUB_RECEIPT can be answered; false at first. For transports made from then on. */
void ic_hub_set_receipts(struct ic_hub *h, bool is_writing);
/* The note of an IC_HUB_RECEIPT that was just polled, and the hash of its text; len 0: it could not
 * be made. Borrowed. */
void ic_hub_on_receipt(struct ic_hub *h, struct ic_time now, uint64_t token, const uint8_t *note,
                       size_t len, const uint8_t sha256[static IC_SHA256_LEN]);
/* A receipt that another node has signed for somebody whose media it carries. Borrowed; dropped
 * when it is of nobody there, or does not go on from the one before. */
void ic_hub_on_receipt_came(struct ic_hub *h, struct ic_time now,
                            const struct ic_receipt_came *came);
/* Tell everybody that the server goes away; afterwards no new joins. */
void ic_hub_drain(struct ic_hub *h, struct ic_time now);
/* The same without a word: some meetings go to another node, and their people are told so. */
void ic_hub_close_doors(struct ic_hub *h);
/* Somebody is in the meeting, and its group is as it is written: nothing is about to change it. */
bool ic_hub_may_move(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* The meeting is another node's from now on: members are told its name (in its certificate, copied)
 * and go there; who lets go of media and socket here is not waited for. */
void ic_hub_move(struct ic_hub *h, struct ic_time now,
                 const uint8_t meeting[static IC_MEETING_ID_LEN], const char *node);
/* The node that carries this transport goes away, and there is room elsewhere: its client is told
 * to make another one beside it. False: not now, or nobody's. */
IC_NODISCARD bool ic_hub_move_media(struct ic_hub *h, struct ic_time now, uint64_t peer);
/* The server goes away, and this meeting cannot be moved: tell those who are in it. */
void ic_hub_tell_draining(struct ic_hub *h, struct ic_time now,
                          const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* A deadline is reached. Works in bounded steps: while the deadline stays reached, poll and tick
 * again. Tells slots that changed since the last tick, so tick once at the end of a turn. */
void ic_hub_tick(struct ic_hub *h, struct ic_time now);
struct ic_time ic_hub_deadline(const struct ic_hub *h);
/* Next effect; false when drained. */
bool ic_hub_poll(struct ic_hub *h, struct ic_hub_out *out);

/* People who are in this meeting, seats that are kept included, or knock at it. */
uint32_t ic_hub_people(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN]);

/* What workers call this meeting; 0: nobody is in it. And the other way round; false: none is. */
uint64_t ic_hub_room_key(const struct ic_hub *h, const uint8_t meeting[static IC_MEETING_ID_LEN]);
bool ic_hub_meeting_of(const struct ic_hub *h, uint64_t room,
                       uint8_t meeting[static IC_MEETING_ID_LEN]);

struct ic_hub_stats {
    uint32_t clients, peers, rooms;
    uint64_t joins, resumes, refused;
};
void ic_hub_stats(const struct ic_hub *h, struct ic_hub_stats *out);

#endif
