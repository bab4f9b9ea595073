/* One participant: its transport, its tracks (what it sends) and its slots (what it receives). Two
 * others are made of the same parts: the end of a relay, which is a transport without a room
 * (relay_transport.h), and the end of a meeting on it, which is a member of the room without a
 * transport of its own (relay_member.h). */
#ifndef IC_SFU_PEER_H
#define IC_SFU_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/pool.h"
#include "base/time.h"
#include "media/clock_map.h"
#include "media/rate_bucket.h"
#include "media/rtx_budget.h"
#include "msg/cmd.h"
#include "msg/evt.h"
#include "sfu/slot.h"
#include "transport/peer_io.h"
#include "wire/demux.h"
#include "wire/hdrext.h"

struct ic_worker;

#define IC_PEER_BINDINGS_MAX (2 * IC_SEND_SECTIONS_MAX) /* each track: media and RTX */
#define IC_PEER_TRACKS_MAX   IC_SLOTS_MAX /* of the end of a relay: one for each slot beyond it */

enum ic_peer_role { IC_PEER_PERSON, IC_PEER_RELAY, IC_PEER_RELAY_MEMBER };

/* An SSRC that belongs to one of the peer's tracks from its first authenticated packet on. */
struct ic_binding {
    uint32_t ssrc;
    uint8_t track; /* index into tracks */
    bool rtx;
};

static_assert(IC_PEER_BINDINGS_MAX <= IC_PEER_SSRCS_MAX, "bindings are a part of the SSRCs");

struct ic_peer {
    /* read for every datagram of the peer */
    struct ic_ref ref;
    struct ic_ref room;
    enum ic_peer_role role;
    bool connected;
    uint8_t track_count, slot_count, binding_count, address_count;
    struct ic_time wake; /* what the worker's heap holds for this peer */
    struct ic_rate_bucket packet_bucket, byte_bucket;
    struct ic_rate_bucket check_bucket, stranger_bucket; /* STUN from its addresses, from others */
    struct ic_binding bindings[IC_PEER_BINDINGS_MAX];
    struct ic_ref tracks[IC_PEER_TRACKS_MAX];
    struct ic_peer_counts counts;
    struct ic_hdrext_ids extension_ids;
    struct ic_rtx_budget rtx_budget;
    struct ic_peer_io io;
    uint32_t slots[IC_SLOTS_MAX]; /* numbers of struct ic_slot */
    /* now and then */
    struct ic_ref relay_member; /* RELAY_MEMBER: struct ic_relay_member */
    bool is_called;             /* RELAY: the other end is known */
    uint32_t relay_numbers[2];  /* RELAY: of the newest meetings, even and odd, on it */
    uint32_t relay_waiting[IC_RELAY_WAITING_MAX]; /* RELAY: numbers without a place; 0: free */
    uint8_t relay_waiting_next;
    struct ic_node_counts nodes[IC_PEER_NODES_MAX]; /* the latest first (sfu/node_tally.h) */
    uint64_t key;
    bool microphone, camera; /* what the client says that it sends */
    bool slots_announced;    /* an event about changed slots is on its way */
    bool wanted_announced;   /* RELAY_MEMBER: one about what is wanted of the other end */
    uint32_t ssrc;           /* of our reports to this peer */
    struct ic_time report_next;
    struct ic_clock_map clock;
    struct ic_ref arrivals; /* struct ic_twcc_arrival, made when the first packet comes */
    struct ic_addr addresses[IC_PEER_ADDRESSES_MAX]; /* oldest first */
    char ufrag[IC_UFRAG_LEN + 1], pwd[IC_PWD_LEN + 1];
    char cname[IC_CNAME_LEN + 1];
};

/* IC_CMD_PEER_ADD: makes the peer (READY) or refuses it (REFUSED). */
void ic_peer_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd);
/* IC_CMD_PEER_MEDIA: what the client sends now. */
void ic_peer_set_media(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       bool microphone, bool camera);
/* What it sent and nobody has got yet goes to nobody: who was removed is silent at once. Where that
 * had its numbers already, the receivers miss them. */
void ic_peer_silence(struct ic_worker *w, const struct ic_peer *peer);
/* Say goodbye (DTLS) and free everything that the peer has, in this turn. No event. What it sent
 * before still goes out: who leaves by itself leaves no gap in the slots that it was in. */
void ic_peer_remove(struct ic_worker *w, struct ic_time now, struct ic_peer *peer);
/* IC_CMD_PEER_COUNT: tell the control plane what was counted. */
void ic_peer_tell_counts(struct ic_worker *w, struct ic_peer *peer);
/* A datagram that belongs to this peer, by its address or its ufrag. RTP is decrypted into the
 * worker's spare packet, which becomes owned by a store or the queue, too, if it is kept.
 *  bytes  borrows; contents undefined afterwards
 *  demux  what its first bytes say that it is */
void ic_peer_on_datagram(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                         const struct ic_path *path, uint8_t *bytes, enum ic_demux demux,
                         size_t len);
/* The peer's deadline is reached. May end it. */
void ic_peer_tick(struct ic_worker *w, struct ic_time now, struct ic_peer *peer);
/* An event about the peer; its place was set aside. */
void ic_peer_announce(struct ic_worker *w, struct ic_peer *peer, enum ic_evt_kind kind,
                      enum ic_peer_reason reason);
/* There will be no peer of this key. */
void ic_peer_refuse(struct ic_worker *w, uint64_t key, enum ic_peer_reason reason);
/* Make a peer with key, flood control and nothing else; NULL: no room, or the key is known. */
struct ic_peer *ic_peer_make(struct ic_worker *w, struct ic_time now, uint64_t key,
                             enum ic_peer_role role);
/* Undo that. */
void ic_peer_unmake(struct ic_worker *w, struct ic_peer *peer);
/* Names of a transport that was just made. */
void ic_peer_name(struct ic_worker *w, struct ic_peer *peer);
/* Media of the peer for receipts: taken, or thrown away. */
void ic_peer_count_in(struct ic_peer *peer, enum ic_demux demux, bool is_taken, size_t len);
/* Be called at `at` or earlier. */
void ic_peer_wake_at(struct ic_worker *w, struct ic_peer *peer, struct ic_time at);
/* A slot of the peer changed: tell the control plane. */
void ic_peer_announce_slots(struct ic_worker *w, struct ic_peer *peer);
/* What READY says. */
void ic_peer_describe(const struct ic_worker *w, const struct ic_peer *peer,
                      struct ic_server_transport *out);

#endif
