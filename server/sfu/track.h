/* One source of a publisher: its streams, the store that all receivers share, and the slots that
 * carry it. */
#ifndef IC_SFU_TRACK_H
#define IC_SFU_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"
#include "media/packet_store.h"
#include "media/pli_gate.h"
#include "media/rx_stream.h"
#include "msg/transport.h"
#include "sfu/payload_types.h"
#include "wire/rtp.h"

struct ic_peer;
struct ic_worker;

#define IC_TRACK_KEY_FRAME_RETRY_MS                                                                \
    1000 /* a slot still waits: the request or its answer was lost */

struct ic_track {
    struct ic_ref ref;
    uint32_t owner;  /* index of the peer */
    uint64_t person; /* key of who sends it: the owner, or somebody at the other end of a relay */
    struct ic_payload_types types;
    bool is_shed;            /* not forwarded: the worker is behind (shed.h) */
    uint32_t window, made;   /* datagrams for receivers in that window of it */
    bool active;             /* the owner is connected and says that it sends */
    uint32_t ssrc, rtx_ssrc; /* 0: not bound yet */
    uint32_t waiting_count;  /* subscribers that wait for a key frame */
    uint32_t subscriber_count;
    uint32_t subscribers[IC_ROOM_MEMBERS_MAX + IC_ROOM_RELAYS_MAX]; /* slot ids, dense */
    struct ic_packet_store store;
    struct ic_ref store_entries; /* block of the worker's pool, made when the stream is bound */
    struct ic_pli_gate pli;
    struct ic_time key_frame_retry; /* while waiting_count > 0 */
    struct ic_time store_expiry;    /* while the store holds something */
    enum ic_kind kind;
    enum ic_source source;
    /* over a relay: what is in the slot at the other end */
    uint64_t first_seq;  /* packets below are of whoever was there before */
    uint32_t epoch;      /* of the slot there */
    bool is_wanted;      /* somebody here has it in a slot */
    bool wanted_changed; /* the control plane does not know yet */
    char mid[IC_MID_LEN_MAX + 1];
    struct ic_rx_stream rx; /* its end is touched when something is missing */
};

/* Entries of a store block, large enough for video. */
struct ic_track_store {
    struct ic_packet_entry entries[IC_STORE_VIDEO_PACKETS];
};

/* Make a track of a new peer.
 *  section  borrows; was checked by ic_offer_is_fit */
void ic_track_init(struct ic_track *t, struct ic_ref ref, const struct ic_peer *owner,
                   const struct ic_section *section);
/* The peer goes. No slot carries the track any more (asserted). */
void ic_track_deinit(struct ic_worker *w, struct ic_track *t);
/* The first authenticated packet of the media stream came. */
void ic_track_bind(struct ic_worker *w, struct ic_track *t, uint32_t ssrc);

/* A decrypted RTP packet of this peer: find its track, describe it, keep it, forward it.
 *  packet   one owner is the caller; its bytes are not changed any more
 *  ext_seq  as SRTP gave it
 * Everything that is wrong with it is dropped and counted. No allocation. */
void ic_track_on_rtp(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                     struct ic_ref packet, size_t len, uint64_t ext_seq);

/* Somebody needs a key frame of this source: PLI now or when its gate opens. */
void ic_track_request_key_frame(struct ic_worker *w, struct ic_time now, struct ic_track *t);
/* The same for one that is made from now on: those under way do not answer it. */
void ic_track_demand_key_frame(struct ic_worker *w, struct ic_time now, struct ic_track *t);
/* What is due: NACKs, key frame requests, the store's expiry. */
void ic_track_tick(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                   struct ic_track *t);
struct ic_time ic_track_deadline(const struct ic_track *t);

/* A slot subscribes; returns its place. */
uint32_t ic_track_subscribe(struct ic_track *t, uint32_t slot_id);
/* The subscriber at this place goes; the last one moves there. */
void ic_track_unsubscribe(struct ic_worker *w, struct ic_track *t, uint32_t place);

#endif
