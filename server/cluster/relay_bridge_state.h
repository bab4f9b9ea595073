/* What the files of the bridge share; nobody else includes it.
 *
 *  relay_bridge.c         life, meetings, what comes out
 *  relay_bridge_relays.c  relays between workers, and meetings on them
 *  relay_bridge_people.c  people at the other node, and its people here
 *  relay_bridge_receipts.c  receipts of those, and what the other node signs for ours */
#ifndef IC_CLUSTER_RELAY_BRIDGE_STATE_H
#define IC_CLUSTER_RELAY_BRIDGE_STATE_H

#include "base/map.h"
#include "base/pool.h"
#include "cluster/relay_bridge.h"
#include "msg/interval.h"

/* What waits to be taken, but for what ends, which is always said. */
#define IC_RELAY_BRIDGE_NEWS 256

struct ic_bridge_meeting {
    uint8_t meeting[IC_MEETING_ID_LEN];
    bool is_used, is_ours, is_at_both;
    bool is_joint;  /* a third node's: only the relays are between us; ours: we have asked */
    bool is_closed; /* to be told */
    uint64_t room;  /* what our workers call it */
    uint8_t worker; /* of the node that is not the meeting's */
    uint64_t workers;
    uint16_t places, people;
    struct ic_time full_until; /* ours: there was no room for somebody; IC_NEVER: there was */
    uint8_t policy_sha256[IC_SHA256_LEN]; /* of theirs */
};

enum ic_bridge_stage {
    IC_BRIDGE_NO_RELAY,
    IC_BRIDGE_ADDING, /* our worker is asked for its end */
    IC_BRIDGE_NAMED,  /* our names are said, theirs not heard */
    IC_BRIDGE_CALLED, /* both are known: our end connects */
    IC_BRIDGE_UP,
};

struct ic_bridge_names {
    char ufrag[IC_UFRAG_LEN + 1], pwd[IC_PWD_LEN + 1];
    struct ic_addr address;
};

/* Between a worker of ours and one of theirs. */
struct ic_bridge_pair {
    enum ic_bridge_stage stage;
    uint64_t key;
    uint64_t over_key; /* of an end before, of which our worker is to be told; 0: none */
    /* As the channel's order has it: names of this end, of the other one, that are not void. */
    bool is_said, is_heard;
    struct ic_bridge_names theirs;
    uint32_t number;       /* of our newest meeting on it, on the channel */
    struct ic_time reopen; /* NAMED: no answer by then; IC_NEVER: nothing was lost */
};

/* Somebody in a slot of the other end, as it said last. */
struct ic_bridge_source {
    bool is_held;
    uint32_t epoch;
    uint64_t person, first_seq;
    enum ic_source source;
};

/* A meeting on a relay. */
struct ic_bridge_span {
    uint64_t key; /* of our worker's end; 0: it is not there yet, or had no place */
    uint32_t number, meeting;
    uint8_t own, other;
    bool is_over; /* our worker is to be told */
    struct ic_bridge_source sources[IC_SLOTS_MAX];
};

/* Receipts of a guest. */
struct ic_bridge_meter {
    bool is_on, is_asked;
    enum ic_meter_end end; /* what the next one says */
    struct ic_receipt_chain chain;
    struct ic_interval interval;
    struct ic_time at; /* the end of the interval, or when our worker is asked again */
};

struct ic_bridge_person {
    uint64_t key;    /* of the hub for our people; towards our worker for guests */
    uint64_t number; /* on the channel: ours are called by their key */
    uint32_t meeting;
    bool is_guest;
    bool is_over; /* our worker (a guest), or the hub, is to be told */
    bool is_gone; /* a guest that our worker has no more, whose last receipt is still to be made */
    struct ic_bridge_meter meter;
};

/* What ends, in the order in which it is said. */
enum ic_bridge_over {
    IC_BRIDGE_OVER_PEOPLE,
    IC_BRIDGE_OVER_SPANS,
    IC_BRIDGE_OVER_PAIRS,
    IC_BRIDGE_OVER_MEETINGS,
    IC_BRIDGE_OVERS,
};

struct ic_relay_bridge {
    struct ic_relay_bridge_config config;
    struct ic_addr addresses[IC_RELAY_WORKERS_MAX];
    struct ic_bridge_meeting *meetings; /* IC_RELAY_CHANNEL_MEETINGS */
    struct ic_bridge_pair *pairs;
    struct ic_pool people, spans;
    struct ic_time again_at; /* spans that wait are tried again; IC_NEVER: none do */
    struct ic_map by_key;    /* of people; index */
    struct ic_relay_bridge_out *news;
    uint32_t news_first, news_count;
    struct ic_relay_bridge_out end; /* composed by next, of what is over */
    bool is_end;                    /* that is the one to be taken */
    enum ic_bridge_over end_kind;
    uint32_t end_index;
    uint32_t over[IC_BRIDGE_OVERS]; /* how many there are */
    uint32_t guests, guests_max;
    struct ic_time meter_next; /* the first of the people's; IC_NEVER: none */
    bool is_broken;
};

/* relay_bridge.c */
struct ic_bridge_meeting *ic_bridge_meeting_find(const struct ic_relay_bridge *b,
                                                 const uint8_t meeting[static IC_MEETING_ID_LEN]);
uint64_t ic_bridge_key(const struct ic_relay_bridge *b);
/* The next place of what comes out, zeroed; NULL: too much waits, and the bridge is broken. */
struct ic_relay_bridge_out *ic_bridge_push(struct ic_relay_bridge *b,
                                           enum ic_relay_bridge_kind kind);
/* Likewise a command; NULL as above. */
struct ic_cmd *ic_bridge_command(struct ic_relay_bridge *b, uint32_t worker, enum ic_cmd_kind kind,
                                 uint64_t key);
/* The address is the other node's, as its certificate has it. */
bool ic_bridge_has_address(const struct ic_relay_bridge *b, const struct ic_addr *addr);

/* relay_bridge_relays.c */
/* Relays that a meeting of ours needs, and has not; those that it has, and does not need. */
void ic_bridge_join(struct ic_relay_bridge *b, struct ic_time now, uint32_t meeting);
/* A meeting of theirs comes to this worker of ours: relays whose names they may still go by, and
 * that are not there any more, begin anew. */
void ic_bridge_renew(struct ic_relay_bridge *b, uint32_t own);
void ic_bridge_part(struct ic_relay_bridge *b, uint32_t meeting);
/* NAMES, MEETING, SOURCE, WANTED */
void ic_bridge_hear_relay(struct ic_relay_bridge *b, struct ic_time now,
                          const struct ic_relay_message *m);
bool ic_bridge_on_relay_evt(struct ic_relay_bridge *b, struct ic_time now,
                            const struct ic_evt *evt);
void ic_bridge_end_relays(struct ic_relay_bridge *b);
void ic_bridge_relays_tick(struct ic_relay_bridge *b, struct ic_time now);
struct ic_time ic_bridge_relays_deadline(const struct ic_relay_bridge *b);

/* relay_bridge_people.c */
void ic_bridge_hear_person(struct ic_relay_bridge *b, struct ic_time now,
                           const struct ic_relay_message *m);
void ic_bridge_hear_transport(struct ic_relay_bridge *b, struct ic_time now,
                              const struct ic_relay_message *m);
/* A node that had no room is asked again after a while. */
void ic_bridge_people_tick(struct ic_relay_bridge *b, struct ic_time now);
bool ic_bridge_on_person_evt(struct ic_relay_bridge *b, struct ic_time now,
                             const struct ic_evt *evt);
/* Our worker has been told that a guest is over, or the hub that somebody of ours is. */
void ic_bridge_let_person(struct ic_relay_bridge *b, uint32_t index);
void ic_bridge_end_people(struct ic_relay_bridge *b, uint32_t meeting);
/* Whom the other node knows by this name of our worker's; the name itself if it is no guest's. */
uint64_t ic_bridge_number_of(const struct ic_relay_bridge *b, uint64_t key);
/* Take it out of all tables. */
void ic_bridge_drop_person(struct ic_relay_bridge *b, uint32_t index);

/* relay_bridge_receipts.c */
bool ic_bridge_writes_receipts(const struct ic_relay_bridge *b);
void ic_bridge_meter_begin(struct ic_relay_bridge *b, struct ic_time now,
                           struct ic_bridge_person *p, const struct ic_receipt_chain *chain);
void ic_bridge_meter_end(struct ic_relay_bridge *b, struct ic_time now, struct ic_bridge_person *p,
                         enum ic_meter_end end);
/* Our worker has counted, or given the guest up (CLOSED). False: there are no more of him. */
bool ic_bridge_meter_counted(struct ic_relay_bridge *b, struct ic_time now,
                             struct ic_bridge_person *p, const struct ic_evt *evt);
void ic_bridge_meters_tick(struct ic_relay_bridge *b, struct ic_time now);

#endif
