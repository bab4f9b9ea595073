/* One end of a relay: the transport between two media workers, of one node or of two. It carries
 * all meetings that the two workers share, because two sockets have but one path between them. One
 * end calls (ICE controlling, DTLS active), the other answers; each compares the other's
 * certificate, and media is taken and sent only after that (docs/protocol/cluster.md 5). */
#ifndef IC_SFU_RELAY_TRANSPORT_H
#define IC_SFU_RELAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/pool.h"
#include "base/time.h"
#include "msg/cmd.h"
#include "sfu/peer.h"
#include "wire/demux.h"

struct ic_worker;

/* IC_CMD_RELAY_ADD: READY with the names of this end, or REFUSED. */
void ic_relay_transport_add(struct ic_worker *w, struct ic_time now, const struct ic_cmd *cmd);
/* IC_CMD_RELAY_CONNECT; a second one is ignored. */
void ic_relay_transport_connect(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                                const struct ic_cmd *cmd);
/* A datagram of the relay, within its rate. True: it is done with; false: it is STUN or DTLS for
 * the transport. */
bool ic_relay_transport_input(struct ic_worker *w, struct ic_time now, struct ic_peer *relay,
                              const struct ic_path *path, uint8_t *bytes, enum ic_demux demux,
                              size_t len);
/* The end goes: so do its meetings here, each with an event. */
void ic_relay_transport_end(struct ic_worker *w, struct ic_time now, struct ic_peer *relay);

#endif
