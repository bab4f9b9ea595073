/* What the files of placement share; nobody else includes it. */
#ifndef IC_CLUSTER_PLACEMENT_STATE_H
#define IC_CLUSTER_PLACEMENT_STATE_H

#include "cluster/placement.h"
#include "cluster/selector.h"

/* Somebody for whom the directory is asked. */
struct ic_place_pending {
    struct ic_place_ask ask;
    uint64_t request;     /* token of the request that is under way; 0: free */
    struct ic_time until; /* the directory has to have answered */
    uint64_t lapses;      /* when it was made */
    uint64_t generation;  /* SWAP: that we would be */
    enum ic_directory_kind kind;
    uint8_t before[IC_NODE_ID_LEN]; /* whom the entry names that was read; zeros: there is none */
    uint8_t tries;
    bool is_relaying; /* not for the directory: another node is asked for places */
};

struct ic_placement {
    struct ic_placement_config config;
    struct ic_leases leases;
    struct ic_place_facts facts;
    struct ic_date_guard guard;
    uint64_t unix_s;
    uint64_t lapses; /* rises whenever our lease is over: what was asked before counts no more */
    struct ic_time watching_since, next_beat, next_recheck, next_confirm;
    struct ic_eligible_list *list; /* filled anew by each input that names a node */
    struct ic_placed *placed;      /* meetings_max; stage NONE: free */
    struct ic_place_pending *pending;
    struct ic_place_out *outs;
    uint32_t outs_max, outs_head, outs_len;
    uint64_t requests;
    struct ic_beat beat;
    struct ic_invariants invariants;
};

struct ic_place_out *ic_placement_emit(struct ic_placement *p, enum ic_place_out_kind kind);
enum ic_place_reason ic_placement_filter(struct ic_placement *p, struct ic_time now,
                                         const struct ic_place_policy *policy,
                                         enum ic_place_purpose purpose);
/* One that is ours. */
struct ic_placed *ic_placement_find(struct ic_placement *p,
                                    const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* A place for a meeting of the policy that was filtered last; NULL: meetings_max are here. */
struct ic_placed *ic_placement_add(struct ic_placement *p, struct ic_time now,
                                   const struct ic_place_ask *ask, enum ic_placed_stage stage,
                                   uint64_t generation);
/* The meeting does not run here any more. */
void ic_placement_release(struct ic_placement *p, struct ic_placed *m, enum ic_place_reason reason);
/* Likewise; what is said of it is the caller's. */
void ic_placement_end(struct ic_placement *p, struct ic_placed *m);
void ic_placement_set_load(struct ic_placement *p);
/* Of the certificate that this node serves with; zeros: none is known. */
const uint8_t *ic_placement_own_fingerprint(const struct ic_placement *p);
/* We take somebody; checked against what must hold, and counted. */
void ic_placement_note_join(struct ic_placement *p, struct ic_time now, const struct ic_placed *m);
/* A request to the directory about this meeting; generation and node are for SWAP, NULL: this node.
 * Returns its token. */
uint64_t ic_placement_request(struct ic_placement *p,
                              const uint8_t meeting[static IC_MEETING_ID_LEN],
                              const uint8_t *policy_sha256, enum ic_directory_kind kind,
                              uint64_t revision, uint64_t generation, const uint8_t *node);

/* placement_confirm.c: whether a meeting that is here is still ours. */

enum ic_standing {
    IC_STANDING_KEPT,    /* the directory says what we believe */
    IC_STANDING_LOST,    /* another node has it */
    IC_STANDING_BEHIND,  /* the directory knows less than we do: put it back */
    IC_STANDING_UNKNOWN, /* it does not say */
};

/* At the beginning of each input: has our lease ended meanwhile? */
void ic_placement_note_lapse(struct ic_placement *p, struct ic_time now);
/* Nothing has happened since that could have taken the meeting away. */
bool ic_placement_is_confirmed(const struct ic_placement *p, const struct ic_placed *m);
/* The directory has just said so. */
void ic_placement_confirm(struct ic_placement *p, struct ic_time now, struct ic_placed *m);
/* What the answer to a GET means for a meeting that is here.
 *  generation  set when BEHIND: what we put back
 *  reason      set when UNKNOWN */
enum ic_standing ic_placement_judge(const struct ic_placement *p, const struct ic_placed *m,
                                    const struct ic_directory_reply *reply, uint64_t *generation,
                                    enum ic_place_reason *reason);
/* Whom the answer to a GET names; zeros: nobody. */
void ic_placement_note_before(uint8_t before[static IC_NODE_ID_LEN],
                              const struct ic_directory_reply *reply);
/* Our entry has taken the place of one that named before. */
void ic_placement_tell_before(struct ic_placement *p,
                              const uint8_t meeting[static IC_MEETING_ID_LEN],
                              const uint8_t before[static IC_NODE_ID_LEN]);
/* An answer that nobody waits for; false: it is none. */
bool ic_placement_input_check(struct ic_placement *p, struct ic_time now,
                              const struct ic_directory_reply *reply);
void ic_placement_confirm_tick(struct ic_placement *p, struct ic_time now);

/* placement_relay.c: other nodes carry media of meetings of ours, and we of theirs. */

/* This node is full: ask another one for places. GOOD: it is asked, or was already. */
enum ic_place_reason ic_placement_relay_want(struct ic_placement *p, struct ic_time now,
                                             struct ic_placed *m);
/* A relay goes on: both ends have the role, the key is that of a certificate in force. The list is
 * that of STAY_RELAY. */
bool ic_placement_relay_may_stay(struct ic_placement *p, struct ic_time now,
                                 struct ic_relay *relay);
void ic_placement_relay_close(struct ic_placement *p, struct ic_placed *m, uint8_t index);
/* The relay of the meeting to this node; NULL: it has none. */
struct ic_relay *ic_placement_relay_find(struct ic_placed *m,
                                         const uint8_t node[static IC_NODE_ID_LEN]);
/* Another node's meeting that is here. */
struct ic_placed *ic_placement_find_guest(struct ic_placement *p,
                                          const uint8_t meeting[static IC_MEETING_ID_LEN]);
struct ic_relay ic_placement_relay_to(const struct ic_eligible *e, uint8_t hops);
/* May we relay to that node, and it to us? The list is that of RELAY.
 *  relay  set when it may be */
enum ic_place_reason ic_placement_may_relay(struct ic_placement *p, struct ic_time now,
                                            const struct ic_place_policy *policy,
                                            const uint8_t node[static IC_NODE_ID_LEN], uint8_t hops,
                                            struct ic_relay *relay);
/* A relay that was given, and that we do not take. */
void ic_placement_relay_unwanted(struct ic_placement *p,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN],
                                 const uint8_t node[static IC_NODE_ID_LEN]);

/* placement_carrier.c: nodes that carry one meeting of another one join it with each other. */

/* A meeting of ours: that node carries it from now on, or not any more. The others are told of it;
 * and it of them, when it does. */
void ic_placement_tell_carriers(struct ic_placement *p, const struct ic_placed *m,
                                const struct ic_relay *relay, bool carries);
/* Relays that a meeting of another node needs to others that carry it, and has not. */
void ic_placement_carrier_tick(struct ic_placement *p, struct ic_time now, struct ic_placed *m);
/* What this node is asked for; NULL: nothing. */
const struct ic_relay *ic_placement_carrier_wanted(struct ic_placed *m,
                                                   const uint8_t node[static IC_NODE_ID_LEN]);
/* The relay to this node is gone: it is tried again, not at once. */
void ic_placement_carrier_lost(struct ic_placed *m, struct ic_time now,
                               const uint8_t node[static IC_NODE_ID_LEN]);

/* placement_guests.c: a node that carries people of a meeting of ours may have begun to drain. */
void ic_placement_drains_check(struct ic_placement *p, struct ic_placed *m);

/* placement_ask.c: those who wait for places of this meeting go on, or hear no. */
void ic_placement_ask_again(struct ic_placement *p, struct ic_time now, struct ic_placed *m,
                            enum ic_place_reason reason);

/* placement_handover.c: a meeting goes to another node, while its own still lives. */

/* An answer for a meeting that is handed over; false: it is none. */
bool ic_placement_input_handing(struct ic_placement *p, struct ic_time now,
                                const struct ic_directory_reply *reply);
void ic_placement_handing_tick(struct ic_placement *p, struct ic_time now);
struct ic_time ic_placement_handing_deadline(const struct ic_placement *p);

/* What was asked for is unreachable for too long; when that would be next. */
void ic_placement_ask_tick(struct ic_placement *p, struct ic_time now);
struct ic_time ic_placement_ask_deadline(const struct ic_placement *p);

#endif
