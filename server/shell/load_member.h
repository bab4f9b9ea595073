/* One member of a load test: its socket, the calling end of the transport, what it sends and what
 * it receives. */
#ifndef IC_SHELL_LOAD_MEMBER_H
#define IC_SHELL_LOAD_MEMBER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/time.h"
#include "shell/load_line.h"
#include "shell/load_source.h"
#include "shell/load_stream.h"
#include "transport/peer_io.h"

/* What all members of one test share; kept. */
struct ic_load_shared {
    const struct ic_load_shape *shape;
    struct ic_load_common *common;
    struct ic_dtls_credentials *credentials;
    struct ic_aead_mb *aead_mb; /* NULL: OpenSSL encrypts */
    uint32_t frames_per_s;
    int64_t ntp_offset_us;
    bool has_runs; /* UDP_GRO */
};

#define IC_LOAD_SOURCES_MAX 2 /* a shape's own, and the sound beside it */

struct ic_load_member {
    const struct ic_load_shared *shared;
    uint32_t index;
    int fd;
    bool sends;
    size_t slot_count; /* of all kinds */
    char ufrag[IC_UFRAG_LEN + 1], pwd[IC_PWD_LEN + 1];
    uint32_t ssrc;       /* of its reports, and of what it sends: the camera, else the microphone */
    uint32_t sound_ssrc; /* of the microphone beside a camera */
    struct ic_load_keys keys;
    struct ic_load_line_member place;
    struct ic_path path;
    bool has_io;
    struct ic_peer_io io; /* has_io */
    struct ic_srtp keyed; /* else, once it is placed */
    bool is_placed;
    struct ic_load_source sources[IC_LOAD_SOURCES_MAX];
    size_t source_count;            /* 0: it has not begun, or never sends */
    struct ic_load_stream *streams; /* slot_count */
    struct ic_time rtcp_next;
    bool is_plain;         /* the kernel does not cut for it (UDP_SEGMENT) */
    uint64_t lost_to_send; /* datagrams that the kernel refused */
    uint64_t nacked;       /* that the server asked for once more; it gets none */
    uint64_t key_frames;   /* that the server asked for */
};

/* Choose names and open a socket. On failure errno says why, and it may be deinitialised.
 *  index       its number in the test
 *  slot_count  streams of each kind that it receives
 *  IC_ERR_SYSTEM  no socket    IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_load_member_init(struct ic_load_member *m,
                                             const struct ic_load_shared *shared, uint32_t index,
                                             bool sends, size_t slot_count);
/* Wipe its keys. Safe on a zeroed struct. */
void ic_load_member_deinit(struct ic_load_member *m);
/* What the helper has to know of it. */
json_t *ic_load_member_offer(const struct ic_load_member *m);
/* The server's side of it is known: begin to connect.
 *  IC_ERR_INPUT   it has other slots than were asked for, or cannot send
 *  IC_ERR_SYSTEM  the server's address cannot be reached, or the crypto library failed */
IC_NODISCARD enum ic_err ic_load_member_place(struct ic_load_member *m, struct ic_time now,
                                              const struct ic_load_line_member *place);
bool ic_load_member_is_connected(const struct ic_load_member *m);
bool ic_load_member_is_lost(const struct ic_load_member *m);
/* Every slot carries something. */
bool ic_load_member_has_all(const struct ic_load_member *m);
/* Begin to send, at that time.
 *  IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_load_member_begin(struct ic_load_member *m, struct ic_time began);
/* A datagram came; changed in place. */
void ic_load_member_input(struct ic_load_member *m, struct ic_time now, uint8_t *bytes, size_t len);
/* Timers of the transport, and reports. */
void ic_load_member_tick(struct ic_load_member *m, struct ic_time now);
/* When the next frame of any of its sources is due. */
struct ic_time ic_load_member_deadline(const struct ic_load_member *m);
/* Send the frame that is due; call only when one is. False: it could not be made. */
bool ic_load_member_send_frame(struct ic_load_member *m, struct ic_time now);
/* It has the keys of a newer epoch, for receiving; and its own keys have these numbers there. */
void ic_load_member_add_epoch(struct ic_load_member *m, struct ic_time now,
                              const struct ic_load_line_epoch *epoch);
/* It sends under this epoch from now on.
 *  IC_ERR_INPUT   it has no keys of it    IC_ERR_SYSTEM  the crypto library failed */
IC_NODISCARD enum ic_err ic_load_member_switch_epoch(struct ic_load_member *m, uint64_t epoch);
/* Whose sources its slots carry from now on, as the server says.
 *  IC_ERR_INPUT  it has no such slot */
IC_NODISCARD enum ic_err ic_load_member_announce(struct ic_load_member *m,
                                                 const struct ic_load_line_slots *slots);
/* Say goodbye. */
void ic_load_member_close(struct ic_load_member *m);

#endif
