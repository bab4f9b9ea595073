/* Placement: one node decides whether it takes somebody who wants into a meeting, sends them to
 * another node, or refuses. Whatever it answers went through ic_policy_filter in that turn; what
 * others say (beats, directory, who is sent here) is only where it begins to look.
 *
 * A node takes meetings only itself: it enters its own name into the directory, by compare-and-set,
 * with a generation that rises with each node that takes the meeting over. A lease that ends frees
 * a meeting for others; the node that has it goes on with those who are there (their policy is
 * local) until it hears of a higher generation, and asks the directory whether it still has it
 * before it takes anybody new. Who was here for less than a lease takes nothing over: it cannot
 * know yet who is alive.
 *
 * A node that is drained hands its meetings over: it enters the name of another eligible node, by
 * the same compare-and-set, and that one takes the meeting when a member brings it. From before the
 * entry is set, whoever carries the meeting here has to refuse what would change its group. People
 * of it whose media a third node carries keep them for IC_MOVE_MS, until they have others.
 *
 * A node that is full gets company: it asks another eligible node for places, as far as the
 * policy's max_hops allows, and people whose meeting is here have their media there. Signalling
 * stays. Both ends of a relay ask their own filter. A stream crosses one relay, so nodes that carry
 * one meeting are joined each with each: the meeting's node tells each of them of the others, and
 * two of them have a relay when both were told and the filters of both allow it.
 *
 * One input or tick, then poll until false. */
#ifndef IC_CLUSTER_PLACEMENT_H
#define IC_CLUSTER_PLACEMENT_H

#include "cluster/directory.h"
#include "cluster/invariant.h"
#include "cluster/policy_filter.h"

enum ic_placed_stage {
    IC_PLACED_NONE,    /* a free place */
    IC_PLACED_HOME,    /* the directory has our name */
    IC_PLACED_RELAYED, /* another node's: some of its people have their media here */
    IC_PLACED_HANDED,  /* handed over: its relays stay while its people go to the other node */
};

/* The other end of a relay, and what it showed. The certificate may be renewed; the key stays. */
struct ic_relay {
    uint64_t generation; /* HOME: with which it was asked */
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t leaf[IC_SHA256_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    uint8_t hops; /* nodes in a row, with both ends */
    bool is_open;
    bool drains; /* HOME: it goes out of service, and that was told: none of its places counts */
    uint16_t places; /* HOME: that it gives */
};

/* RELAYED: another node that carries the meeting, as its home says. */
struct ic_carrier {
    uint8_t node[IC_NODE_ID_LEN];
    uint64_t generation;   /* with which that one was asked */
    struct ic_time try_at; /* unless it has a relay to us */
    bool is_wanted;        /* it is asked for one: wanted */
    struct ic_relay wanted;
};

/* A node that was asked for places a moment ago. */
struct ic_tried {
    uint8_t node[IC_NODE_ID_LEN];
    struct ic_time until;
};

/* Whether the directory still has it so, asked now and then. */
struct ic_place_check {
    uint64_t request;    /* token of the request that is under way; 0: none */
    struct ic_time at;   /* it has to have answered; or the next one is due */
    uint64_t lapses;     /* when it was made */
    uint64_t generation; /* SWAP: that we put back */
    enum ic_directory_kind kind;
    bool is_doubted;                /* GET: what was asked may be old already; ask once more */
    uint8_t before[IC_NODE_ID_LEN]; /* SWAP: whom the entry names, that we put ours for */
};

/* A meeting that is handed over, while the directory is asked. */
struct ic_handing {
    uint64_t request;     /* token of the request that is under way; 0: none */
    struct ic_time until; /* it has to have answered */
    enum ic_directory_kind kind;
    uint8_t node[IC_NODE_ID_LEN];   /* SWAP: who is to have it; this node: it is taken back */
    uint64_t generation;            /* SWAP */
    enum ic_place_reason reason;    /* ... taken back: why */
    uint8_t before[IC_NODE_ID_LEN]; /* SWAP: whom the entry names */
    bool is_on;
    bool is_set; /* the entry may name another node already: the meeting does not go on here before
                    the directory has said that it does not */
};

/* A meeting that this node carries. */
struct ic_placed {
    uint8_t meeting[IC_MEETING_ID_LEN];
    enum ic_placed_stage stage;
    const uint8_t *policy; /* kept by the caller as long as the meeting is here */
    size_t policy_len;
    uint8_t policy_sha256[IC_SHA256_LEN];
    uint64_t generation;
    uint64_t confirmed; /* lapses of our lease, when the directory last said that it is so */
    uint64_t asked;     /* the highest generation that we have tried to set, while it is here */
    struct ic_place_check check;
    struct ic_handing handing;
    struct ic_time until; /* HANDED */
    uint32_t people, videos;
    uint32_t away;               /* HOME: as many of the people have their media at other nodes, */
    uint32_t places;             /* ... of so many that may */
    struct ic_relay wanted;      /* HOME: a node that is asked for places */
    struct ic_time wanted_until; /* ... it has to have answered; IC_NEVER: none is */
    struct ic_tried tried[IC_PLACE_RELAYS_MAX]; /* HOME: others are asked before these */
    uint8_t next_tried;
    uint8_t relay_count;
    struct ic_relay relays[IC_PLACE_RELAYS_MAX]; /* RELAYED: the first is where it comes from */
    uint8_t carrier_count;                       /* RELAYED */
    struct ic_carrier carriers[IC_PLACE_RELAYS_MAX - 1];
};

struct ic_place_ask {
    uint64_t token; /* of the caller, for the answer */
    uint8_t meeting[IC_MEETING_ID_LEN];
    struct ic_place_policy policy; /* kept by the caller until the answer, and as long as
                                      the meeting is here */
    char country[IC_COUNTRY_LEN]; /* where they are, zeros: unknown; decides nothing but nearness */
    bool wants_video;
    bool is_sent;        /* by another node: it is not sent on if we can take it */
    bool is_known_here;  /* this node has the policy, and perhaps no other: what nobody has begins
                            here, if we can take it */
    bool is_home_silent; /* the node that has the meeting was asked, and says nothing; its lease
                            need not be waited for, and nobody is sent there for a while. The
                            compare-and-set decides all the same */
};

enum ic_place_out_kind {
    IC_PLACE_OUT_BEAT,         /* beat goes to all */
    IC_PLACE_OUT_DIRECTORY,    /* request goes to the store */
    IC_PLACE_OUT_HERE,         /* token may join here, with or without pictures */
    IC_PLACE_OUT_REDIRECT,     /* token goes to node */
    IC_PLACE_OUT_REFUSE,       /* token hears reason */
    IC_PLACE_OUT_RELAY_OPEN,   /* ask node for places; its DTLS key is fingerprint */
    IC_PLACE_OUT_RELAY_CLOSE,  /* to and from node */
    IC_PLACE_OUT_RELAY_DRAINS, /* node goes out of service: people of the meeting whose media it
                                  carries are to go elsewhere; or, without drains, it stays */
    IC_PLACE_OUT_CARRIER,      /* tell node that other carries the meeting, or not any more */
    IC_PLACE_OUT_JOIN,         /* node carries the meeting, too: ask it for a relay; or, without
                                  is_asking, let there be a channel on which it can ask */
    IC_PLACE_OUT_RELEASE,      /* meeting does not run here any more; who is here hears reason */
    IC_PLACE_OUT_TAKEN,        /* the entry of meeting named node before, and names us: tell it */
    IC_PLACE_OUT_HANDED, /* meeting is node's from now on, which is eligible; generation is ours */
    IC_PLACE_OUT_KEPT,   /* meeting was not handed over, for this reason: it goes on here */
};

struct ic_place_out {
    enum ic_place_out_kind kind;
    uint64_t token;
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN];
    uint64_t generation;
    enum ic_place_reason reason;
    uint32_t retry_ms; /* REFUSE: ask again after this long; 0: it is no use */
    uint8_t hops;
    bool has_video;
    uint8_t other[IC_NODE_ID_LEN];        /* CARRIER; generation: with which it was asked */
    bool carries;                         /* CARRIER */
    bool drains;                          /* RELAY_DRAINS */
    bool is_asking;                       /* JOIN */
    uint8_t policy_sha256[IC_SHA256_LEN]; /* JOIN */
    bool is_guest; /* RELEASE: it was another node's, and some of its people had media here */
    struct ic_directory_request request;
    const struct ic_beat *beat; /* lent until the next input */
};

struct ic_placement;

struct ic_placement_config {
    struct ic_lease_config lease;
    struct ic_node_load capacity; /* people_max and videos_max */
    uint32_t meetings_max;
    bool is_alone;   /* one node without a bus */
    uint64_t unix_s; /* at the start */
};

/* The caller takes it; NULL when there is no memory. */
struct ic_placement *ic_placement_create(const struct ic_placement_config *config,
                                         struct ic_time now);
void ic_placement_destroy(struct ic_placement *p);

/* Certificates and the set that is in force: both kept until they are replaced; claims sorted.
 *  own  the certificate that this node serves with from now on, copied; NULL: as before
 *  IC_NODE_SET_SERIAL    the set is older than the one that is known; nothing changed
 *  IC_NODE_SET_CONFLICT  it is another one of the same serial; nothing changed */
IC_NODISCARD enum ic_node_reason ic_placement_set_nodes(struct ic_placement *p, struct ic_time now,
                                                        const struct ic_node_claim *claims,
                                                        size_t count,
                                                        const struct ic_node_set_claim *set,
                                                        const struct ic_node_claim *own);
/* Nodes that the configuration takes out; kept until replaced. It can only take out. */
void ic_placement_set_removed(struct ic_placement *p, struct ic_time now,
                              const uint8_t (*removed)[IC_NODE_ID_LEN], size_t count);
/* What the system's clock says; at least once a second. */
void ic_placement_set_date(struct ic_placement *p, struct ic_time now, uint64_t unix_s);
/* Take nobody new. */
void ic_placement_drain(struct ic_placement *p);
/* Hand over a meeting that is here, from a node that drains (asserted). The answer is HANDED, KEPT
 * or RELEASE, now or later. The caller refuses what would change the meeting's group from before
 * the call until KEPT. */
void ic_placement_hand_over(struct ic_placement *p, struct ic_time now,
                            const uint8_t meeting[static IC_MEETING_ID_LEN]);

/*  IC_ERR_INPUT, IC_ERR_REPLAY, IC_ERR_FULL  dropped */
IC_NODISCARD enum ic_err ic_placement_input_beat(struct ic_placement *p, struct ic_time now,
                                                 const uint8_t *bytes, size_t len);
void ic_placement_input_reply(struct ic_placement *p, struct ic_time now,
                              const struct ic_directory_reply *reply);
/* Another node may have taken the meeting: if it is here, the directory is asked at once. Whoever
 * says so is believed no more than that. */
void ic_placement_doubt(struct ic_placement *p, struct ic_time now,
                        const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Somebody wants into a meeting. The answer is HERE, REDIRECT or REFUSE, now or once the directory
 * has answered, at the latest after IC_PLACE_DIRECTORY_MS. */
void ic_placement_ask(struct ic_placement *p, struct ic_time now, const struct ic_place_ask *ask);
/* Somebody who was HERE has left. */
void ic_placement_leave(struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN],
                        bool has_video);
/* People of a meeting of ours have lost their media at another node, and there is no room for them
 * here: RELAY_OPEN follows, if somebody may be asked. */
void ic_placement_relay_again(struct ic_placement *p, struct ic_time now,
                              const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Somebody of a meeting of ours has the media here now, and had them at another node. */
void ic_placement_came_home(struct ic_placement *p,
                            const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* The answer to RELAY_OPEN: a reason, or so many places. */
void ic_placement_relay_opened(struct ic_placement *p, struct ic_time now,
                               const uint8_t meeting[static IC_MEETING_ID_LEN],
                               const uint8_t node[static IC_NODE_ID_LEN],
                               enum ic_place_reason reason, uint16_t places);

/* What RELAY_OPEN or JOIN asked for is given by an end that has shown this key.
 *  GOOD                  it is the one that was judged, or nothing is asked for
 *  IC_PLACE_FINGERPRINT  it is another one: RELAY_CLOSE follows, and this is the answer */
IC_NODISCARD enum ic_place_reason ic_placement_shown(
    struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN],
    const uint8_t node[static IC_NODE_ID_LEN], const uint8_t fingerprint[static IC_SHA256_LEN]);

/* Another node asks for places. */
struct ic_relay_ask {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN]; /* that it has shown */
    uint64_t generation;
    uint8_t hops;
    uint16_t places;       /* at most so many */
    const uint8_t *policy; /* kept by the caller as long as the meeting is here */
    size_t policy_len;
};
/* GOOD: the meeting is here, until RELAY_CLOSE or RELEASE, and places says how many may come. */
IC_NODISCARD enum ic_place_reason ic_placement_relay(struct ic_placement *p, struct ic_time now,
                                                     const struct ic_relay_ask *ask,
                                                     uint16_t *places);
/* So many of its people are here now. */
void ic_placement_set_guests(struct ic_placement *p,
                             const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t people);

/* The meeting's node says who else carries it. */
struct ic_carrier_news {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t from[IC_NODE_ID_LEN]; /* who says so: believed of what it has here itself */
    uint8_t node[IC_NODE_ID_LEN];
    uint64_t generation; /* with which node was asked */
    bool carries;        /* false: not any more */
};
void ic_placement_carrier(struct ic_placement *p, struct ic_time now,
                          const struct ic_carrier_news *news);
/* The answer to JOIN. */
void ic_placement_joined(struct ic_placement *p, struct ic_time now,
                         const uint8_t meeting[static IC_MEETING_ID_LEN],
                         const uint8_t node[static IC_NODE_ID_LEN], enum ic_place_reason reason);
/* Another node that carries a meeting of a third one asks for a relay to us. */
struct ic_join_ask {
    uint8_t meeting[IC_MEETING_ID_LEN];
    uint8_t node[IC_NODE_ID_LEN];
    uint8_t fingerprint[IC_SHA256_LEN]; /* that it has shown */
    uint64_t generation;                /* with which it was asked */
    uint8_t hops;
    uint8_t policy_sha256[IC_SHA256_LEN];
};
/* GOOD: there is one, until RELAY_CLOSE or RELEASE. */
IC_NODISCARD enum ic_place_reason ic_placement_join(struct ic_placement *p, struct ic_time now,
                                                    const struct ic_join_ask *ask);
/* The other node has closed it, or the connection to it is gone. */
void ic_placement_relay_closed(struct ic_placement *p, struct ic_time now,
                               const uint8_t meeting[static IC_MEETING_ID_LEN],
                               const uint8_t node[static IC_NODE_ID_LEN]);
/* Each packet between nodes asks this first; what may not go is counted (IC_I8). */
bool ic_placement_may_send(struct ic_placement *p, const uint8_t meeting[static IC_MEETING_ID_LEN],
                           const uint8_t node[static IC_NODE_ID_LEN]);

/* Our own lease runs until then: before, no other node has taken a meeting of ours over by it. */
struct ic_time ic_placement_lease_end(const struct ic_placement *p);

void ic_placement_tick(struct ic_placement *p, struct ic_time now);
struct ic_time ic_placement_deadline(const struct ic_placement *p);
bool ic_placement_poll(struct ic_placement *p, struct ic_place_out *out);

/* For audits and metrics: what is here, by index, lent; NULL: free. What never held. */
const struct ic_placed *ic_placement_at(const struct ic_placement *p, uint32_t index);
const struct ic_invariants *ic_placement_invariants(const struct ic_placement *p);

#endif
