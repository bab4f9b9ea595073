/* ICE of one peer (RFC 8445, RFC 8489). Server: ICE-lite, controlled; it answers checks, follows
 * the nomination and watches consent (RFC 7675) by the checks that arrive. Controlling role for
 * bots and load: sends checks, nominates, keeps consent. No answer of any kind without a valid
 * MESSAGE-INTEGRITY. */
#ifndef IC_TRANSPORT_ICE_H
#define IC_TRANSPORT_ICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/prng.h"
#include "base/time.h"

enum ic_ice_role { IC_ICE_LITE, IC_ICE_CONTROLLING };

enum ic_ice_state {
    IC_ICE_CHECKING,  /* no path yet */
    IC_ICE_CONNECTED, /* a path is selected and consented */
    IC_ICE_LOST,      /* consent expired, or no path within IC_ICE_CONNECT_TIMEOUT_MS */
};

struct ic_ice_config {
    enum ic_ice_role role;
    const char *local_ufrag, *local_pwd;   /* copied */
    const char *remote_ufrag, *remote_pwd; /* copied */
    struct ic_path path;                   /* IC_ICE_CONTROLLING: where to send checks */
    uint64_t tie_breaker;
    uint64_t seed; /* transaction ids of the controlling role */
};

#define IC_ICE_MESSAGE_MAX 640 /* a request of ours with the longest names fits */

/* An effect: bytes to send. */
struct ic_ice_out {
    struct ic_path path;
    uint8_t bytes[IC_ICE_MESSAGE_MAX];
    size_t len;
};

#include "transport/ice_state.h" /* struct ic_ice */

void ic_ice_init(struct ic_ice *ice, const struct ic_ice_config *config, struct ic_time now);
/* Feed one STUN datagram (demultiplexed before). Malformed, unknown or wrongly authenticated: no
 * effect at all but the error.
 *  IC_ERR_INPUT  not STUN, or not for us    IC_ERR_AUTH  wrong integrity */
IC_NODISCARD enum ic_err ic_ice_input(struct ic_ice *ice, struct ic_time now,
                                      const struct ic_path *path, const uint8_t *bytes, size_t len);
void ic_ice_tick(struct ic_ice *ice, struct ic_time now);
struct ic_time ic_ice_deadline(const struct ic_ice *ice);
bool ic_ice_poll(struct ic_ice *ice, struct ic_ice_out *out);
enum ic_ice_state ic_ice_state(const struct ic_ice *ice);
/* The selected path, lent; NULL when there is none. Changed only by an authenticated check. */
const struct ic_path *ic_ice_path(const struct ic_ice *ice);
/* The path completed an authenticated check of this peer (DTLS is accepted from such paths only).
 */
bool ic_ice_is_proved(const struct ic_ice *ice, const struct ic_path *path);
/* The local ufrag that a check is addressed to (the part of USERNAME before the colon): for the
 * worker's look-up, before any authentication. Lent from bytes.
 *  IC_ERR_INPUT  not a well-formed Binding request with a USERNAME */
IC_NODISCARD enum ic_err ic_ice_target_ufrag(const uint8_t *bytes, size_t len,
                                             const uint8_t **ufrag, size_t *ufrag_len);

#endif
