/* One media worker: the root of the data plane. Owns its rooms, peers and packets; one thread, no
 * lock. The shell feeds datagrams and commands and sends what comes out; the simulator and the
 * fuzzers do the same.
 *
 * One turn of the loop:
 *   now = the clock, once
 *   for each received datagram: ic_worker_input(w, now, path, bytes, len)
 *        when ic_worker_tx_room(w) is false: flush first
 *   for each command: ic_worker_cmd(w, now, cmd);  if a deadline is reached: ic_worker_tick(w, now)
 *   ic_worker_poll until false (events), ic_worker_flush until 0 (datagrams) */
#ifndef IC_SFU_WORKER_H
#define IC_SFU_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/time.h"
#include "msg/cmd.h"
#include "msg/evt.h"
#include "transport/dtls.h"
#include "transport/srtp.h"

struct ic_worker_config {
    struct ic_entropy entropy; /* ufrag, pwd, hash seeds */
    uint64_t seed;             /* protocol choices */
    const struct ic_dtls_vtable *dtls;
    void *dtls_credentials;
    struct ic_srtp_engine engine;            /* of media; what it names is kept */
    uint8_t fingerprint[IC_FINGERPRINT_LEN]; /* of these credentials */
    struct ic_addr candidates[IC_CANDIDATES_MAX];
    size_t candidate_count;
    uint32_t peers_max, rooms_max;
    uint32_t relays_max, relay_meetings_max; /* ends of relays here, and of meetings on them */
    struct ic_addr relay_address; /* for the node's other workers; port 0: the candidates */
    uint32_t packets_max;         /* receive buffers and retransmission stores together */
    int64_t ntp_offset_us;        /* wall clock minus loop clock at start: the server NTP clock */
};

struct ic_worker;

/* Reserve everything. The caller takes the worker and returns it to ic_worker_destroy.
 * NULL when there is no memory. */
struct ic_worker *ic_worker_create(const struct ic_worker_config *config, struct ic_time now);
void ic_worker_destroy(struct ic_worker *w);

/* A datagram of len bytes (len > IC_DATAGRAM_MAX: dropped and counted; bytes may be shorter then).
 *  bytes  borrows; contents undefined afterwards. RTP is decrypted from there to where it stays */
void ic_worker_input(struct ic_worker *w, struct ic_time now, const struct ic_path *path,
                     uint8_t *bytes, size_t len);
/* Something came of which it cannot be said where its datagrams begin: dropped and counted. */
void ic_worker_refuse(struct ic_worker *w);
/* The oldest datagram of the batch that is input next has waited so long for the worker: when it is
 * behind, pictures give way (shed.h). */
void ic_worker_lag(struct ic_worker *w, struct ic_time now, struct ic_dur lag);
void ic_worker_cmd(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd);
void ic_worker_tick(struct ic_worker *w, struct ic_time now);
struct ic_time ic_worker_deadline(const struct ic_worker *w);
bool ic_worker_poll(struct ic_worker *w, struct ic_evt *evt);

/* Room for whatever one more input can make. */
bool ic_worker_tx_room(const struct ic_worker *w);

/* Datagrams of one receiver stand next to each other: the seam for GSO. */
struct ic_dgram {
    struct ic_path path;
    const uint8_t *bytes;
    size_t len;
};

/* Up to cap datagrams to send, lent until the next call of any function of this worker. 0: none. */
size_t ic_worker_flush(struct ic_worker *w, struct ic_dgram *out, size_t cap);

void ic_worker_stats(const struct ic_worker *w, struct ic_worker_stats *out);

#endif
