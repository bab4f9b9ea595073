/* The channel between two nodes (docs/protocol/cluster.md 5.5), one end of it: which meetings are
 * at both, what may be said of them, and what follows when the other node says what it may not.
 * Bytes of a stream in and out; whose they are was proved before by its certificate.
 *
 * It decides nothing: whether a meeting may be at both is asked of the caller when it is opened,
 * and the caller closes what may not be there any more. Any doubt ends the channel, and with it all
 * that is on it: what does not parse, what is out of order, an end that does not take what is said.
 *
 * After each input, tick or call: poll until false. */
#ifndef IC_CLUSTER_RELAY_CHANNEL_H
#define IC_CLUSTER_RELAY_CHANNEL_H

#include "base/time.h"
#include "cluster/relay_message.h"
#include "crypto/hash.h"

struct ic_relay_channel_config {
    bool has_lower_id;     /* than the other node: our meetings have odd numbers, theirs even */
    uint32_t worker_count; /* of this node; at most IC_RELAY_WORKERS_MAX (asserted) */
    uint64_t seed[2];      /* of tables */
};

enum ic_relay_channel_out_kind {
    IC_RELAY_CHANNEL_ASKED,    /* message is an OPEN or JOIN: answer it, in this turn or later */
    IC_RELAY_CHANNEL_ANSWERED, /* to ours: reason, places of an OPEN; a reason: it is over */
    IC_RELAY_CHANNEL_SAID,     /* message, NAMES to TRANSPORT or CARRIER, of a meeting at both */
    IC_RELAY_CHANNEL_CLOSED,   /* the meeting is not at both any more, and was not closed by us */
    IC_RELAY_CHANNEL_DEAD,     /* close the connection; nothing follows */
};

struct ic_relay_channel_out {
    enum ic_relay_channel_out_kind kind;
    uint8_t meeting[IC_MEETING_ID_LEN];     /* ASKED, ANSWERED, CLOSED */
    const struct ic_relay_message *message; /* ASKED, SAID: lent until the next call */
    enum ic_place_reason reason;            /* ANSWERED */
    uint16_t places;                        /* ANSWERED */
    uint8_t worker;                         /* ANSWERED: of the other node, that carries it */
};

struct ic_relay_channel;

/* The caller takes it. NULL when there is no memory. */
struct ic_relay_channel *ic_relay_channel_create(const struct ic_relay_channel_config *config);
void ic_relay_channel_destroy(struct ic_relay_channel *c);

/* Bytes from the other node. Returns how many were taken: poll, then bring the rest. */
size_t ic_relay_channel_input(struct ic_relay_channel *c, const uint8_t *bytes, size_t len);
/* The connection is gone: all that was on the channel is closed. */
void ic_relay_channel_end(struct ic_relay_channel *c);
bool ic_relay_channel_poll(struct ic_relay_channel *c, struct ic_relay_channel_out *out);
/* What is to be sent, lent until the next call; sent: so much has gone. */
const uint8_t *ic_relay_channel_bytes(const struct ic_relay_channel *c, size_t *len);
void ic_relay_channel_sent(struct ic_relay_channel *c, size_t len);

/* Ask for places (OPEN), or for a relay for what a third node has at both (JOIN). ANSWERED follows,
 * at the latest after IC_RELAY_ANSWER_MS; not once it is closed. IC_ERR_STATE  the meeting is on
 * the channel, or the channel has ended IC_ERR_FULL   IC_RELAY_CHANNEL_MEETINGS */
IC_NODISCARD enum ic_err ic_relay_channel_open(struct ic_relay_channel *c, struct ic_time now,
                                               const struct ic_relay_message *open);
/* What the other node has asked of the meeting, and waits for an answer: its number, that no other
 * ask has, so that whoever answers later can tell whether it is still the same. 0: nothing. */
uint64_t ic_relay_channel_ask(const struct ic_relay_channel *c,
                              const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* Answer an ASKED; one that is over meanwhile is ignored.
 *  places  0 with a reason, or to a JOIN; fewer are given when the channel has no room for so many
 *          people
 *  worker  of this node, that carries the meeting */
void ic_relay_channel_answer(struct ic_relay_channel *c,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             enum ic_place_reason reason, uint16_t places, uint8_t worker);
/* NAMES to TRANSPORT, CARRIER.
 *  IC_ERR_STATE  it may not be said now: the meeting or the relay has gone meanwhile */
IC_NODISCARD enum ic_err ic_relay_channel_say(struct ic_relay_channel *c,
                                              const struct ic_relay_message *m);
/* The meeting is not to be at both any more; nothing more is told of it. */
void ic_relay_channel_close(struct ic_relay_channel *c, struct ic_time now,
                            const uint8_t meeting[static IC_MEETING_ID_LEN]);

void ic_relay_channel_tick(struct ic_relay_channel *c, struct ic_time now);
struct ic_time ic_relay_channel_deadline(const struct ic_relay_channel *c);

/* The meeting is at both. */
bool ic_relay_channel_has(const struct ic_relay_channel *c,
                          const uint8_t meeting[static IC_MEETING_ID_LEN]);
/* SHA-256 of the policy with which the other node asked for the meeting, which is at both. */
void ic_relay_channel_policy(const struct ic_relay_channel *c,
                             const uint8_t meeting[static IC_MEETING_ID_LEN],
                             uint8_t sha256[static IC_SHA256_LEN]);
/* It has ended, also if poll has not told yet. */
bool ic_relay_channel_is_dead(const struct ic_relay_channel *c);
/* Meetings at both, and people of them at the other end or here. */
uint32_t ic_relay_channel_meetings(const struct ic_relay_channel *c);
uint32_t ic_relay_channel_people(const struct ic_relay_channel *c);

#endif
