/* Between the channel to one other node and the workers of this one (docs/protocol/cluster.md 5.4):
 * people of our meetings whose media the other node carries, people of its meetings that are at
 * ours, and the relays between workers of both, also for what a third node has at both. To the hub
 * a person at the other node is like one at a worker: the same commands, the same events. To our
 * workers a guest is like anybody. Whoever carries somebody's media writes the receipts: those of
 * guests are made here.
 *
 * It decides nothing about meetings: which one may be at both, with how many places, is the
 * caller's. Whatever the other node says is of the channel's form and order; what a relay or a
 * transport is called there is taken only if the node's certificate has the address.
 *
 * Pure: commands for workers and events for the hub come out by next, and stay until they are
 * taken. Timers: intervals of receipts; a relay that was lost is begun anew after
 * IC_RELAY_REDIAL_MS, one whose names were not answered after IC_RELAY_ANSWER_MS; a meeting for
 * which our worker had no place is tried again after IC_RELAY_REDIAL_MS. */
#ifndef IC_CLUSTER_RELAY_BRIDGE_H
#define IC_CLUSTER_RELAY_BRIDGE_H

#include "base/prng.h"
#include "base/time.h"
#include "cluster/node_prefix.h"
#include "cluster/relay_channel.h"
#include "msg/cmd.h"
#include "msg/evt.h"

/* Who writes receipts under this node's certificate. */
struct ic_relay_signer {
    void *context;
    /* Whether it does now. */
    bool (*is_open)(void *context);
    /* The note of these facts, and the hash of its text. 0: it could not be made */
    size_t (*sign)(void *context, const struct ic_receipt_facts *facts,
                   uint8_t note[static IC_RECEIPT_MAX], uint8_t sha256[static IC_SHA256_LEN]);
    uint64_t (*date_s)(void *context); /* since 1970 */
};

struct ic_relay_bridge_config {
    struct ic_relay_channel *channel; /* kept */
    bool has_lower_id;                /* than the other node: our relays call */
    uint32_t worker_count;
    const struct ic_addr *addresses; /* of the workers' media, in their order; copied */
    /* Of the other node: its certificate in force, and its name. */
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct ic_node_prefix prefixes[IC_NODE_ADDRESSES_MAX];
    size_t prefix_count;
    const char *name;          /* lent as long as the process runs */
    uint64_t seed[2];          /* of tables */
    struct ic_entropy entropy; /* names of relays and guests towards our workers */
    /* Receipts of guests; NULL: none are written. */
    const struct ic_relay_signer *signer; /* kept */
};

enum ic_relay_bridge_kind {
    IC_RELAY_BRIDGE_CMD,     /* cmd is for worker */
    IC_RELAY_BRIDGE_EVT,     /* evt is for the hub */
    IC_RELAY_BRIDGE_OPENED,  /* our meeting: reason, and how many may be there */
    IC_RELAY_BRIDGE_JOINED,  /* of what we asked to join: reason */
    IC_RELAY_BRIDGE_CARRIER, /* their meeting: carrier carries it, too; or does not any more */
    IC_RELAY_BRIDGE_CLOSED,  /* a meeting is not at both any more; nobody of it is at the other */
};

/* A node that carries a meeting, as its home says. */
struct ic_relay_carrier {
    uint8_t node[IC_NODE_ID_LEN];
    uint64_t generation; /* with which it was asked */
    bool carries;        /* false: not any more */
};

struct ic_relay_bridge_out {
    enum ic_relay_bridge_kind kind;
    uint32_t worker;
    uint8_t meeting[IC_MEETING_ID_LEN]; /* OPENED, JOINED, CARRIER, CLOSED */
    enum ic_place_reason reason;        /* OPENED, JOINED */
    uint16_t places;                    /* OPENED */
    struct ic_relay_carrier carrier;    /* CARRIER */
    struct ic_cmd cmd;
    struct ic_evt evt;
};

struct ic_relay_bridge;

/* The caller takes it; NULL when there is no memory. */
struct ic_relay_bridge *ic_relay_bridge_create(const struct ic_relay_bridge_config *config);
void ic_relay_bridge_destroy(struct ic_relay_bridge *b);

/* What the channel tells, but ASKED, which is for the caller. After DEAD: next until NULL. */
void ic_relay_bridge_input(struct ic_relay_bridge *b, struct ic_time now,
                           const struct ic_relay_channel_out *out);
/* An event of one of our workers. False: it is of nobody here. Guests of other nodes that it names
 * (source_peer) are named by number. */
bool ic_relay_bridge_on_evt(struct ic_relay_bridge *b, struct ic_time now,
                            const struct ic_evt *evt);

/* Ask for places for a meeting of ours; OPENED follows, or CLOSED.
 *  room  what our workers call the meeting
 *  IC_ERR_STATE, IC_ERR_FULL  as the channel says */
IC_NODISCARD enum ic_err ic_relay_bridge_open(struct ic_relay_bridge *b, struct ic_time now,
                                              const struct ic_relay_message *open, uint64_t room);
/* Answer an ASKED.  worker  of ours, that carries the meeting's guests */
void ic_relay_bridge_answer(struct ic_relay_bridge *b,
                            const uint8_t meeting[static IC_MEETING_ID_LEN],
                            enum ic_place_reason reason, uint16_t places, uint32_t worker);
/* Another node carries a meeting of ours that is at both, or does not any more.
 *  IC_ERR_STATE  it is not at both */
IC_NODISCARD enum ic_err ic_relay_bridge_carrier(struct ic_relay_bridge *b,
                                                 const uint8_t meeting[static IC_MEETING_ID_LEN],
                                                 const struct ic_relay_carrier *carrier);

/* What our workers call a meeting that another node has here. */
struct ic_relay_guest_room {
    uint64_t room;
    uint32_t worker; /* where its people are */
};
/* False: it is none of the other node's own meetings, or not here. */
IC_NODISCARD bool ic_relay_bridge_guest_room(const struct ic_relay_bridge *b,
                                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                                             struct ic_relay_guest_room *out);
/* A relay to the other node for what a third one has at both: JOINED follows, or CLOSED.
 *  IC_ERR_STATE, IC_ERR_FULL  as the channel says */
IC_NODISCARD enum ic_err ic_relay_bridge_join(struct ic_relay_bridge *b, struct ic_time now,
                                              const struct ic_relay_message *join,
                                              const struct ic_relay_guest_room *room);
/* Answer an ASKED that is a JOIN.  room  of ours; NULL with a reason */
void ic_relay_bridge_answer_join(struct ic_relay_bridge *b,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN],
                                 enum ic_place_reason reason,
                                 const struct ic_relay_guest_room *room);
/* The number that the meeting's node has given to a guest whom our worker calls so. False: he is
 * no guest of the other node's. */
IC_NODISCARD bool ic_relay_bridge_number(const struct ic_relay_bridge *b, uint64_t key,
                                         uint64_t *number);

/* The meeting is not to be at both any more. */
void ic_relay_bridge_close(struct ic_relay_bridge *b, struct ic_time now,
                           const uint8_t meeting[static IC_MEETING_ID_LEN]);

/* A meeting of ours: people of it are at these workers of ours (a bit each). */
void ic_relay_bridge_set_workers(struct ic_relay_bridge *b, struct ic_time now,
                                 const uint8_t meeting[static IC_MEETING_ID_LEN], uint64_t workers);
/* So many guests more may come; then they are refused. 0 at first. */
void ic_relay_bridge_set_room(struct ic_relay_bridge *b, uint32_t guests);
/* A command of the hub: about somebody who is at the other node, or is to be (PEER_ADD), or about
 * a meeting that is (ROOM_KEY_FRAMES).
 *  IC_ERR_GONE  nobody here, and no meeting that is at both
 *  IC_ERR_FULL  no place is left there */
IC_NODISCARD enum ic_err ic_relay_bridge_cmd(struct ic_relay_bridge *b, const struct ic_cmd *cmd);

/* What came over the channel, a receipt of the other node (TRANSPORT): of whom, as the hub calls
 * him. Whether it goes on from the one before is the hub's to say.
 *  false  no receipt of that node, or of no meeting of ours: nothing is to be forwarded */
IC_NODISCARD bool ic_relay_bridge_receipt(struct ic_relay_bridge *b,
                                          const struct ic_relay_message *m,
                                          struct ic_receipt_came *out);

/* What is to be done next, lent until the next call; NULL: nothing. It stays until taken. */
const struct ic_relay_bridge_out *ic_relay_bridge_next(struct ic_relay_bridge *b);
void ic_relay_bridge_taken(struct ic_relay_bridge *b);
/* What is not taken, or not believed: end the channel. */
bool ic_relay_bridge_is_broken(const struct ic_relay_bridge *b);

void ic_relay_bridge_tick(struct ic_relay_bridge *b, struct ic_time now);
struct ic_time ic_relay_bridge_deadline(const struct ic_relay_bridge *b);

/* People of this meeting at the other node, when it is ours, or here. */
uint32_t ic_relay_bridge_people(const struct ic_relay_bridge *b,
                                const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* The next of our people of this meeting at the other node from *at on, as the hub calls him; *at
 * moves behind him, 0 at first. 0: there is none. */
uint64_t ic_relay_bridge_next_person(const struct ic_relay_bridge *b,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN], uint32_t *at);
/* One of ours is at the other node, by the hub's name for him. */
bool ic_relay_bridge_has(const struct ic_relay_bridge *b, uint64_t peer);
/* Places for the meeting, which is ours, that nobody has; 0 for a while after there was no room. */
uint32_t ic_relay_bridge_free_places(const struct ic_relay_bridge *b,
                                     const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Meetings on relays to the other node at this worker of ours; each that the other node has there
 * counts as one at least. */
uint32_t ic_relay_bridge_load(const struct ic_relay_bridge *b, uint32_t worker);
/* All guests that are here, and meetings that are at both. */
uint32_t ic_relay_bridge_guests(const struct ic_relay_bridge *b);

#endif
