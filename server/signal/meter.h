/* What a worker counts for one transport of a seat, cut into intervals: the data of route receipts
 * (docs/protocol/receipts.md). Written and signed by the shell; delivered here, or kept for a seat
 * without a socket. When another node carries the seat's media, that node does all of it: it is
 * told the chain, and when to end it, and what it signs is delivered here.
 *
 * An interval ends after IC_RECEIPT_INTERVAL_S, when the client says that it leaves, and when the
 * transport ends: the worker is asked, and its answer makes the receipt. What a worker does not
 * answer is asked again after IC_SIGNAL_WORKER_MS.
 *
 * Timer (struct ic_meter): at, the end of the interval, or the worker's answer. */
#ifndef IC_SIGNAL_METER_H
#define IC_SIGNAL_METER_H

#include "signal/hub_state.h"

/* The ids of the seat, and the chain so far unless the seat has one. For the next transport. */
void ic_meter_set_ids(struct ic_seat *seat, const struct ic_sig_receipt_ids *ids);
/* The worker has made the transport seat->key. If the client gave ids: receipts of it are written
 * from now on, and it is told whether. */
void ic_meter_begin(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat,
                    const struct ic_evt *ready);
/* Cut the last interval. The worker still has the transport. */
void ic_meter_end(struct ic_hub *h, struct ic_seat *seat, enum ic_meter_end end);
/* Nobody is there to get a receipt any more. */
void ic_meter_drop(struct ic_hub *h, struct ic_seat *seat);
/* The seat ends: forget what is kept for it, too. */
void ic_meter_close(struct ic_hub *h, struct ic_seat *seat);
/* What the worker answered (COUNTS), or said when it gave the transport up (CLOSED). */
void ic_meter_counted(struct ic_hub *h, struct ic_ref ref, struct ic_seat *seat,
                      const struct ic_evt *evt);
/* The deadline is reached. */
void ic_meter_tick(struct ic_hub *h, struct ic_seat *seat);
/* The seat whose transport has this key, also when it is no longer the seat's; NULL: nobody's. */
struct ic_seat *ic_meter_of_key(const struct ic_hub *h, uint64_t key, struct ic_ref *ref);

/* The note of the facts with this token; len 0: it could not be made. */
void ic_meter_signed(struct ic_hub *h, uint64_t token, const uint8_t *note, size_t len,
                     const uint8_t sha256[static IC_SHA256_LEN]);
/* A note that another node has signed for the seat. Dropped, unless that node carries the seat's
 * media and the note goes on in its chain. */
void ic_meter_came(struct ic_hub *h, struct ic_seat *seat, const struct ic_receipt_came *came);
/* Tell the client of the seat what was kept for it. */
void ic_meter_tell_kept(struct ic_hub *h, struct ic_seat *seat);

#endif
