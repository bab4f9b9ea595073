/* What the parts of the hub share: clients (sockets), seats (people), rooms (meetings in use),
 * meetings being made. Parts, from the lowest: effect, roster, seat, client; meeting beside them;
 * hub on top. A part calls lower ones only. Nothing outside of them includes this.
 *
 *  client  one WebSocket. Dies with it.
 *  seat    one person in one meeting. Outlives its client for a while, so that it can be resumed.
 *  room    a meeting with at least one seat. Pinned to one media worker. */
#ifndef IC_SIGNAL_HUB_STATE_H
#define IC_SIGNAL_HUB_STATE_H

#include "base/heap.h"
#include "base/map.h"
#include "base/pool.h"
#include "signal/bucket.h"
#include "signal/effect.h"
#include "signal/hub.h"
#include "signal/message.h"

/* A client that is closed is not in the pool any more. */
enum ic_client_state {
    IC_CLIENT_NEW,     /* has said nothing */
    IC_CLIENT_FINDING, /* the store looks for the meeting */
    IC_CLIENT_PLACING, /* a worker makes room */
    IC_CLIENT_JOINED,
};

enum ic_client_loss { IC_CLIENT_OPEN, IC_CLIENT_ENDED, IC_CLIENT_CUT };

struct ic_client {
    struct ic_conn_id conn;
    enum ic_client_state state;
    enum ic_client_loss loss; /* the socket went while effects were pending; handled by the tick */
    bool tell_draining;
    struct ic_time timeout_at; /* NEW, FINDING */
    struct ic_bucket bucket;
    struct ic_ref join; /* FINDING, PLACING */
    struct ic_ref seat; /* PLACING, JOINED */
};

/* A join under way. */
struct ic_join {
    struct ic_sig_join msg;
    uint8_t meeting[IC_MEETING_ID_LEN];
    bool is_malformed; /* the id; looked up as zeros, answered as unknown */
};

enum ic_seat_state {
    IC_SEAT_PLACING,  /* not in the roster yet */
    IC_SEAT_TAKEN,    /* in the roster */
    IC_SEAT_REPLACED, /* in the roster until the one that replaces it is taken or fails */
};

enum ic_seat_media { IC_MEDIA_CONNECTING, IC_MEDIA_CONNECTED, IC_MEDIA_LOST };

struct ic_seat_slot {
    char mid[IC_MID_LEN_MAX + 1];
    bool is_dirty; /* changed since the client was told */
    enum ic_source source;
    uint64_t source_peer; /* 0: nobody */
};

#define IC_SEAT_NONE UINT32_MAX

struct ic_seat {
    uint64_t peer;
    struct ic_ref room;
    struct ic_ref client;   /* none: the socket is gone */
    struct ic_ref replaces; /* PLACING: gives way when this one is taken */
    enum ic_seat_state state;
    enum ic_seat_media media;
    uint8_t session[IC_SESSION_LEN];
    uint64_t session_key; /* in hub->sessions */
    char name[IC_NAME_BYTES_MAX + 1];
    struct ic_sig_media sends;
    bool is_in_worker; /* the worker has it, or was asked to have it */
    /* What the others were told last, and when. */
    enum ic_sig_state told_state;
    struct ic_sig_media told_sends;
    struct ic_time told_at;
    /* Deadlines. */
    struct ic_time expire_at, tell_at, flush_at;
    struct ic_seat_slot slots[IC_SLOTS_MAX];
    size_t slot_count;
    uint32_t next, previous; /* in the room, in the order of coming; IC_SEAT_NONE at the ends */
};

struct ic_room {
    uint64_t key;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint32_t worker;
    uint32_t seats;       /* all in the list */
    uint32_t members;     /* of these, without the replaced ones */
    uint32_t first, last; /* seats */
};

/* A meeting being made for an HTTP request. */
struct ic_making {
    struct ic_conn_id conn;
    uint8_t meeting[IC_MEETING_ID_LEN];
};

struct ic_hub {
    struct ic_hub_config config;
    struct ic_time now; /* of the current input */
    bool is_draining;
    struct ic_effects effects;
    struct ic_cmd cmd;     /* lent by the last poll */
    struct ic_sig_msg msg; /* of the current input */
    struct ic_pool clients, joins, seats, rooms, makings;
    struct ic_map conns;      /* conn id -> client */
    struct ic_map peers;      /* peer key -> seat */
    struct ic_map sessions;   /* keyed hash of a session -> seat */
    struct ic_map meetings;   /* meeting id -> room */
    struct ic_heap deadlines; /* clients, then seats, then makings */
    uint32_t members;         /* seats without the replaced ones */
    uint32_t *worker_members;
    struct ic_bucket makings_bucket;
    uint64_t key_seed[2], session_seed[2];
    uint64_t keys_made;
    uint64_t joins_done, resumes_done, refused;
};

/* Ids in hub->deadlines. */
static inline uint32_t ic_hub_seat_deadline_id(const struct ic_hub *h, uint32_t seat)
{
    return h->clients.count + seat;
}

static inline uint32_t ic_hub_making_deadline_id(const struct ic_hub *h, uint32_t making)
{
    return h->clients.count + h->seats.count + making;
}

static inline uint32_t ic_hub_deadline_ids(const struct ic_hub *h)
{
    return h->clients.count + h->seats.count + h->makings.count;
}

/* A reference as one number, for a store request that comes back. */
static inline uint64_t ic_hub_token(struct ic_ref ref)
{
    return (uint64_t)ref.generation << 32 | ref.index;
}

static inline struct ic_ref ic_hub_token_ref(uint64_t token)
{
    return (struct ic_ref){.index = (uint32_t)token, .generation = (uint32_t)(token >> 32)};
}

#endif
