/* Whose packet is this? The SSRC of a section is bound by the MID of its first authenticated packet
 * (RFC 9143, RFC 8843 9.2); from then on the SSRC alone tells, and nothing rebinds it. */
#ifndef IC_SFU_BINDING_H
#define IC_SFU_BINDING_H

#include <stdbool.h>

#include "msg/transport.h"
#include "wire/hdrext.h"
#include "wire/rtp.h"

struct ic_peer;
struct ic_track;
struct ic_worker;

/* The track that an authenticated packet belongs to; binds its SSRC when it is new. NULL: unknown
 * SSRC, MID or payload type. The codec is that of the packet: it may change in mid-stream.
 *  rtx    set: it is of the track's retransmission stream
 *  codec  of the packet, or of the one that it repeats */
struct ic_track *ic_binding_find(struct ic_worker *w, struct ic_peer *peer,
                                 const struct ic_rtp *rtp, const struct ic_hdrext_values *values,
                                 bool *rtx, enum ic_codec *codec);

#endif
