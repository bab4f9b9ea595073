/* What the files of the channel share; nobody else includes it.
 *
 *  relay_channel.c  life, bytes, opening and closing
 *  relay_order.c    what may be said now of what is open */
#ifndef IC_CLUSTER_RELAY_CHANNEL_STATE_H
#define IC_CLUSTER_RELAY_CHANNEL_STATE_H

#include "base/map.h"
#include "base/pool.h"
#include "cluster/relay_channel.h"

enum ic_relay_stage {
    IC_RELAY_FREE,
    IC_RELAY_ASKING, /* we have asked */
    IC_RELAY_ASKED,  /* the other node has; the caller decides */
    IC_RELAY_AT_BOTH,
    IC_RELAY_CLOSING, /* we have said CLOSE; what comes of it before theirs is not heard */
    IC_RELAY_PAST,    /* it was here: its generation is remembered as long as there is room */
};

/* A meeting. */
struct ic_relay_entry {
    uint8_t meeting[IC_MEETING_ID_LEN];
    enum ic_relay_stage stage;
    bool is_ours;                          /* we have asked: its group is at this node, or ... */
    bool is_joint;                         /* ... at a third one (JOIN) */
    bool is_answered, is_asked, is_closed; /* to be told by poll */
    uint64_t generation;                   /* the highest that was heard */
    uint64_t ask;                          /* ASKED: its number */
    uint16_t places, people;
    uint8_t policy_sha256[IC_SHA256_LEN]; /* of what the other node asked with */
    uint8_t worker;                       /* that the other node said */
    uint32_t void_answers; /* to asks of ours that gave way to theirs; they come first */
    enum ic_place_reason reason;
    struct ic_time until; /* ASKING, CLOSING */
};

/* A relay between a worker of ours and one of theirs. */
struct ic_relay_pair {
    bool is_said, is_heard; /* names of this end; of the other one */
    uint32_t last[2];       /* number of the newest meeting: even ones, odd ones */
};

struct ic_relay_span {
    uint32_t number, entry;
    uint8_t own, other; /* workers: of ours, of theirs */
};

struct ic_relay_name { /* of a person: numbers are the meeting's node's */
    uint64_t person;
    uint64_t entry;
};

struct ic_relay_channel {
    struct ic_relay_channel_config config;
    struct ic_relay_entry *entries; /* IC_RELAY_CHANNEL_MEETINGS */
    uint32_t next_past;             /* where the search for one to be forgotten begins */
    struct ic_relay_pair *pairs;
    struct ic_pool people, spans;
    struct ic_map by_name, by_number;
    uint8_t *in, *out;
    size_t in_len, in_used, out_len;
    uint64_t asks; /* number of the newest ask of the other node */
    bool is_dead, is_dead_told;
    struct ic_relay_message message; /* lent by poll */
};

enum ic_relay_verdict {
    IC_RELAY_TAKE,
    IC_RELAY_DROP,  /* of what has ended meanwhile */
    IC_RELAY_BREAK, /* nobody who keeps the order says it */
};

/* NAMES to TRANSPORT, CARRIER: may it be said now, by us or by the other node? What is taken is
 * noted. */
enum ic_relay_verdict ic_relay_order_check(struct ic_relay_channel *c,
                                           const struct ic_relay_message *m, bool is_from_us);
/* The meeting is not at both any more: its people and its numbers are forgotten. */
void ic_relay_order_forget(struct ic_relay_channel *c, uint32_t entry);

/* relay_channel.c: its place; NULL: it never was here. */
struct ic_relay_entry *ic_relay_channel_find(const struct ic_relay_channel *c,
                                             const uint8_t meeting[static IC_MEETING_ID_LEN]);

#endif
