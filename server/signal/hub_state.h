/* What the parts of the hub share. Nothing outside of them includes this.
 *
 *  client   one WebSocket. Dies with it.
 *  knock    somebody who asks to be let into a meeting. Dies with its client.
 *  seat     one leaf of the meeting's group. Outlives its client; ends with the leaf.
 *  room     a meeting that somebody is in or knocks at. Pinned to one media worker.
 *  group    the public side of a room's MLS group.
 *  writing  a group that is to be, while the store writes it down.
 *  making   a meeting being made.
 *
 * Parts, from the lowest: effect, client, roster, record, head, delivery, meter, seat, knock,
 * commit, permit, group, catch_up, restore, request, recheck, move; meeting beside them; hub on
 * top. A part calls lower ones only. */
#ifndef IC_SIGNAL_HUB_STATE_H
#define IC_SIGNAL_HUB_STATE_H

#include "base/heap.h"
#include "base/map.h"
#include "base/pool.h"
#include "msg/interval.h"
#include "signal/bucket.h"
#include "signal/effect.h"
#include "signal/hub.h"
#include "signal/message.h"
#include "signal/mlsgroup.h"
#include "tlog/merkle.h"
#include "wire/commit_data.h"
#include "wire/policy.h"

/* A client that is closed is not in the pool any more. */
enum ic_client_state {
    IC_CLIENT_NEW,      /* has said nothing */
    IC_CLIENT_FINDING,  /* the store looks for the meeting */
    IC_CLIENT_WAITING,  /* has knocked */
    IC_CLIENT_ADMITTED, /* in the group, without media */
    IC_CLIENT_PLACING,  /* a worker makes room */
    IC_CLIENT_JOINED,
};

enum ic_client_loss { IC_CLIENT_OPEN, IC_CLIENT_LEFT, IC_CLIENT_AWAY, IC_CLIENT_CUT };

/* What a resume asked for, while the meeting is looked for. */
struct ic_resuming {
    bool is_it; /* false: a knock, or a restore */
    bool is_malformed;
    uint8_t session_hash[IC_SHA256_LEN];
};

struct ic_client {
    struct ic_conn_id conn;
    enum ic_client_state state;
    enum ic_client_loss loss; /* the socket went while effects were pending; handled by the tick */
    bool is_catching;         /* has its seat back, but not yet the commits that it missed */
    bool tell_draining, tell_waiting, tell_knocks; /* by the tick: each is long */
    struct ic_time timeout_at;                     /* NEW, FINDING, catching */
    struct ic_bucket messages, commits, privates, for_all;
    struct ic_ref knock; /* FINDING, WAITING */
    struct ic_ref seat;  /* ADMITTED and later */
    struct ic_resuming resuming;
    uint8_t meeting[IC_MEETING_ID_LEN]; /* FINDING */
    uint64_t log_size;                  /* entries that the client has: FINDING, catching */
    uint32_t caught_len;                /* catching: bytes of commits so far */
};

enum ic_knock_state {
    IC_KNOCK_FINDING, /* in no room yet */
    IC_KNOCK_PENDING,
    IC_KNOCK_WRITING, /* a commit that adds it is being written */
    IC_KNOCK_OVER,    /* admitted or withdrawn; members are told by the tick, then it goes */
};

#define IC_INDEX_NONE UINT32_MAX

struct ic_knock {
    enum ic_knock_state state;
    struct ic_ref client; /* none: the socket is gone (WRITING), or it is admitted (OVER) */
    struct ic_ref room;
    struct ic_ref replaces; /* seat, whatever became of it */
    struct ic_time expire_at;
    bool is_malformed;  /* the meeting's id */
    bool has_authority; /* proved */
    uint8_t id[IC_KNOCK_ID_LEN];
    uint8_t session[IC_SESSION_LEN], session_hash[IC_SHA256_LEN];
    char replaced[IC_SESSION_TEXT_LEN + 1]; /* FINDING: the session of `replaces` */
    struct ic_mlsgroup_keypackage keypackage;
    uint16_t package_len, identity_len, note_len, authority_len;
    uint8_t package[IC_MLS_KEYPACKAGE_MAX];
    uint8_t identity[IC_IDENTITY_MAX];
    uint8_t note[IC_NOTE_MAX];
    uint8_t authority[IC_AUTHORITY_LEN];
    uint32_t next, previous; /* in the room, in the order of coming; IC_INDEX_NONE at the ends */
};

enum ic_seat_state {
    IC_SEAT_ADMITTED, /* its worker does not have it */
    IC_SEAT_PLACING,  /* a worker makes room */
    IC_SEAT_TAKEN,    /* its worker has it, or has lost it */
    IC_SEAT_GONE,     /* left or lost; the leaf is there until somebody removes it */
    IC_SEAT_OVER,     /* the leaf is removed; members are told by the tick, then it goes */
};

enum ic_seat_media { IC_MEDIA_NONE, IC_MEDIA_CONNECTING, IC_MEDIA_CONNECTED, IC_MEDIA_LOST };

struct ic_seat_slot {
    char mid[IC_MID_LEN_MAX + 1];
    bool is_dirty; /* changed since the client was told */
    enum ic_source source;
    uint64_t source_key; /* 0: nobody */
};

/* What is counted for a seat, and the chain of its receipts (signal/meter.h). */
struct ic_meter {
    bool has_ids;
    struct ic_receipt_chain chain;
    uint8_t policy[IC_SHA256_LEN];
    uint64_t key;     /* of the transport, as the worker calls it; 0: nothing is counted */
    const char *node; /* another one, that counts and signs, by its name; NULL: this one */
    bool is_asked;
    enum ic_meter_end end; /* what the next receipt says */
    struct ic_interval interval;
    struct ic_time at;
    struct ic_ref kept[IC_RECEIPTS_KEPT_SEAT]; /* for a resume */
    size_t kept_count;
};

struct ic_kept_receipt {
    size_t len;
    uint8_t note[IC_RECEIPT_MAX];
};

struct ic_seat {
    uint64_t peer; /* what clients call it */
    uint64_t key;  /* what the worker calls it, one for each join; 0: the worker has it not */
    /* A transport that is to be replaced by another one that stands beside it first (seat.h). */
    bool is_media_moving;        /* the client was told; its next join is the other one */
    uint64_t before_key;         /* the old one, beside `key`; 0: there is none */
    struct ic_time before_until; /* the new one is sent with: the old one ends; NEVER: not yet */
    struct ic_ref room;
    struct ic_ref client; /* none: the socket is gone */
    uint32_t leaf;
    enum ic_seat_state state;
    enum ic_seat_media media;
    enum ic_sig_gone gone; /* GONE, OVER: why */
    bool is_gone_told;
    bool is_away; /* the page went away by itself */
    bool has_authority;
    bool is_listed; /* its client has the list of people, and hears of changes */
    uint8_t session_hash[IC_SHA256_LEN];
    uint64_t ready; /* newest epoch that its client has keys of, plus one; 0: none */
    uint64_t since; /* oldest epoch that its client has keys of */
    struct ic_sig_media sends;
    uint32_t codecs; /* bits (1 << enum ic_codec) of the videos that it decodes */
    /* What the others were told last, and when. */
    bool is_told;
    enum ic_sig_state told_state;
    struct ic_sig_media told_sends;
    struct ic_time told_at;
    /* Deadlines. */
    struct ic_time expire_at, tell_at, flush_at;
    struct ic_seat_slot slots[IC_SLOTS_MAX];
    size_t slot_count;
    struct ic_seat_slot before_slots[IC_SLOTS_MAX]; /* of before_key */
    size_t before_slot_count;
    struct ic_meter meter;
    uint32_t next, previous; /* in the room, in the order of coming; IC_INDEX_NONE at the ends */
};

struct ic_room {
    uint64_t key;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint32_t worker;
    uint32_t seats;       /* all in the list */
    uint32_t members;     /* of these, without those that are gone */
    uint32_t first, last; /* seats */
    uint32_t knocks;      /* all in the list */
    uint32_t knock_first, knock_last;
    struct ic_bucket knock_words; /* what members are told of those who wait */
    uint32_t pins; /* requests at the store that change it: it stays until they are answered */
    struct ic_ref group;   /* none: nobody is in the meeting */
    struct ic_ref writing; /* none: the store holds what we hold */
    struct ic_merkle log;
    bool is_locked;
    char moving_to[IC_NOTE_NAME_MAX + 1]; /* the node that has it now; "": this one */
    struct ic_time lobby_at;   /* those who wait are told where it is; NEVER: it is here, or told */
    bool is_staying;           /* the server goes away, and it cannot be moved */
    bool is_barred;            /* this node may not carry it any more: it is being ended */
    struct ic_time settled_at; /* it was brought: no commits before, a higher epoch replaces it */
    bool is_record_stale;      /* seats changed while a commit was being written */
    uint32_t generation;       /* of the link's secret */
    uint64_t ready_told;       /* newest epoch that all were said to be ready for, plus one */
    enum ic_codec codec;       /* told last; NONE: nobody has media */
    bool has_host;             /* told last to those who wait */
    size_t policy_len;
    uint8_t policy_bytes[IC_POLICY_BYTES_MAX];
    struct ic_policy policy; /* lends policy_bytes */
};

/* A commit, or the beginning of a group, on its way to the disk and back. */
struct ic_writing {
    struct ic_ref room, client; /* client: who made it; stale when it has gone */
    bool is_begin;
    bool is_brought;                 /* from another node, by a member */
    uint32_t leaf, members;          /* BROUGHT: of the member; all in the group */
    uint8_t session[IC_SESSION_LEN]; /* BROUGHT: of the member */
    bool is_locked;
    uint32_t generation;
    struct ic_merkle log;
    char checkpoint[IC_CHECKPOINT_MAX + 1];
    uint8_t tree_hash[IC_SHA256_LEN];
    struct ic_mlsgroup_change change;      /* authenticated_data is not kept */
    struct ic_ref knocks[IC_MLS_ADDS_MAX]; /* of change.added; BEGIN: the first is the maker's */
    bool begin_has_authority;
    struct ic_mlsgroup next;
};

/* A meeting being made for an HTTP request. */
struct ic_making {
    struct ic_conn_id conn;
    uint8_t meeting[IC_MEETING_ID_LEN];
};

struct ic_hub {
    struct ic_hub_config config;
    char log_key_text[IC_NOTE_VKEY_MAX + 1];
    struct ic_time now;   /* of the current input */
    uint64_t date_s;      /* since 1970 */
    bool is_draining;     /* nobody new */
    bool tells_draining;  /* ... and everybody hears so */
    bool writes_receipts; /* the shell has a certificate and its key */
    struct ic_effects effects;
    struct ic_cmd cmd;     /* lent by the last poll */
    struct ic_sig_msg msg; /* of the current input; PEER_ADD lends its transport until the next */
    uint8_t scratch[IC_SIGNAL_SCRATCH_LEN]; /* what msg lends */
    struct ic_pool clients, knocks, seats, rooms, groups, writings, makings;
    struct ic_pool receipts;  /* kept ones */
    struct ic_map conns;      /* conn id -> client */
    struct ic_map keys;       /* worker's key -> seat */
    struct ic_map meters;     /* worker's key -> seat for which it counts */
    struct ic_map meetings;   /* meeting id -> room */
    struct ic_heap deadlines; /* clients, then seats, knocks, makings, rooms */
    uint32_t members;         /* of all rooms */
    uint32_t coming;          /* seats of those whom the writings add, when they are written */
    uint32_t *worker_members;
    struct ic_bucket makings_bucket;
    struct ic_bucket restores_bucket; /* whole trees */
    char node[IC_NOTE_NAME_MAX + 1];  /* what members call this node when they bring a meeting */
    struct ic_mlsgroup *brought;      /* what somebody claims, while it is looked at */
    uint64_t key_seed[2];
    uint64_t keys_made;
    uint64_t joins_done, resumes_done, refused;
};

/* Ids in hub->deadlines. */
static inline uint32_t ic_hub_seat_deadline_id(const struct ic_hub *h, uint32_t seat)
{
    return h->clients.count + seat;
}

static inline uint32_t ic_hub_knock_deadline_id(const struct ic_hub *h, uint32_t knock)
{
    return h->clients.count + h->seats.count + knock;
}

static inline uint32_t ic_hub_making_deadline_id(const struct ic_hub *h, uint32_t making)
{
    return h->clients.count + h->seats.count + h->knocks.count + making;
}

static inline uint32_t ic_hub_room_deadline_id(const struct ic_hub *h, uint32_t room)
{
    return ic_hub_making_deadline_id(h, h->makings.count) + room;
}

static inline uint32_t ic_hub_deadline_ids(const struct ic_hub *h)
{
    return ic_hub_room_deadline_id(h, h->rooms.count);
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
