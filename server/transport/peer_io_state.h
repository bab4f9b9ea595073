/* Definition of struct ic_peer_io, for those who own one; included by peer_io.h. Its members are
 * peer_io.c's alone. */
#ifndef IC_TRANSPORT_PEER_IO_STATE_H
#define IC_TRANSPORT_PEER_IO_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/time.h"
#include "transport/dtls.h"
#include "transport/ice.h"
#include "transport/srtp.h"

struct ic_peer_io {
    enum ic_peer_io_state state;
    enum ic_peer_io_end end;
    struct ic_ice ice;
    bool ice_connected; /* once */
    const struct ic_dtls_vtable *dtls_vtable;
    void *dtls_credentials;
    struct ic_srtp_engine engine;
    enum ic_dtls_role dtls_role;
    uint8_t fingerprint[IC_FINGERPRINT_LEN];
    struct ic_dtls *dtls; /* NULL: waiting for a handshake */
    bool has_dtls_path;
    struct ic_path dtls_path;    /* proved, where the last DTLS datagram came from */
    struct ic_time dtls_restart; /* IC_DTLS_ACTIVE: not before */
    struct ic_time dtls_settle;  /* the handshake is forgotten then; IC_NEVER: it is, or stays */
    bool keeps_dtls;
    bool has_heard; /* media of the peer: it has all of the handshake */
    uint32_t *dtls_pending;
    bool dtls_counted; /* in *dtls_pending */
    bool has_srtp;
    struct ic_srtp srtp;
};

#endif
