/* RTCP to a peer: reports on one server clock, NACK, key frame requests, transport-wide feedback.
 * Each function queues at most one datagram; it does nothing while the peer has no path. */
#ifndef IC_SFU_RTCP_OUT_H
#define IC_SFU_RTCP_OUT_H

#include "base/time.h"

struct ic_peer;
struct ic_track;
struct ic_worker;

/* To the track's owner: a key frame, please. */
void ic_rtcp_out_pli(struct ic_worker *w, struct ic_peer *peer, const struct ic_track *track);
/* To the track's owner: what is missing and due to be asked for. */
void ic_rtcp_out_nacks(struct ic_worker *w, struct ic_time now, struct ic_peer *peer,
                       struct ic_track *track);
/* Transport-wide feedback that is due. */
void ic_rtcp_out_twcc(struct ic_worker *w, struct ic_time now, struct ic_peer *peer);
/* Receiver report on the peer's tracks; sender reports of its slots, all with one NTP time, so that
 * slots of one publisher keep its timing to each other; CNAMEs. */
void ic_rtcp_out_reports(struct ic_worker *w, struct ic_time now, struct ic_peer *peer);

#endif
