/* One meeting on a relay: the member of the room that stands for all people at the other end. What
 * is sent to it goes over the relay once, however many people are there; what comes from it is one
 * track for each slot of the other end, and goes to local people like anybody's.
 *
 * The streams of one relay share its keys, so no two of them may ever have the same SSRC: an SSRC
 * is the number of the meeting, which rises for the life of a relay, and a place in it. Both ends
 * know them all without a word. Received streams have sessions of their own under the same keys,
 * because one session takes IC_PEER_SSRCS_MAX. */
#ifndef IC_SFU_RELAY_MEMBER_H
#define IC_SFU_RELAY_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"
#include "msg/cmd.h"
#include "msg/evt.h"
#include "sfu/peer.h"
#include "transport/srtp.h"
#include "wire/demux.h"

struct ic_track;
struct ic_worker;

#define IC_RELAY_NUMBER_SHIFT 6 /* an SSRC: the meeting's number, and 6 bits for the place */
#define IC_RELAY_SESSIONS     3 /* sound, pictures, retransmissions */

/* The key of by_number. */
struct ic_relay_number {
    uint32_t relay; /* index of the peer */
    uint32_t number;
};

struct ic_relay_member {
    struct ic_ref peer;
    uint32_t relay; /* index of the peer that is the relay's end; it outlives its meetings */
    uint32_t number;
    const char *node; /* whose the other end is; NULL: a worker of this one */
    struct ic_srtp in[IC_RELAY_SESSIONS];
};

/* IC_CMD_RELAY_MEETING: CONNECTED, or REFUSED. */
void ic_relay_member_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd);
/* The peer goes: wipe what it has beside a peer's things. */
void ic_relay_member_deinit(struct ic_worker *w, struct ic_peer *peer);
/* IC_CMD_RELAY_SOURCE: somebody else (0: nobody) is in a slot of the other end. */
void ic_relay_member_set_source(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                                const struct ic_cmd *cmd);
/* IC_CMD_RELAY_WANTED: a slot here is needed at the other end, or not any more. */
void ic_relay_member_set_wanted(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                                const struct ic_cmd *cmd);
/* A slot subscribed to the track, or gave it up: if it comes over a relay and is the first or the
 * last one, tell the other end. */
void ic_relay_member_on_subscribers(struct ic_worker *w, struct ic_track *track);
/* The next thing of which the other end does not know whether it is wanted; false: none. */
bool ic_relay_member_poll_wanted(struct ic_worker *w, struct ic_peer *peer, struct ic_evt *evt);
/* A datagram of media of this meeting; still encrypted, from a proved path of the relay.
 *  ssrc  that stands in it, in the clear */
void ic_relay_member_input(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                           uint8_t *bytes, uint32_t ssrc, enum ic_demux demux, size_t len);
/* The track of an SSRC, and whether it is its retransmission stream; NULL: none. */
struct ic_track *ic_relay_member_track(const struct ic_worker *w, const struct ic_peer *peer,
                                       uint32_t ssrc, bool *rtx);
/* The meeting that an SSRC belongs to; NULL: none of this relay. */
struct ic_peer *ic_relay_member_find(const struct ic_worker *w, const struct ic_peer *relay,
                                     uint32_t ssrc);

#endif
