/* What one turn of the loop has to send, gathered per receiver: a line of entries each, so that a
 * flush takes all datagrams of one receiver together (one key schedule in the cache; a run for
 * GSO). An entry is one cache line: it names the shared packet and holds what stands in front of it
 * for this receiver; encryption happens at the flush. */
#ifndef IC_SFU_TX_QUEUE_H
#define IC_SFU_TX_QUEUE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/pool.h"
#include "media/tx_head.h"
#include "sfu/packet_pool.h"
#include "sfu/run_padding.h"

enum ic_tx_kind {
    IC_TX_MEDIA,          /* head + shared payload, to the receiver's path */
    IC_TX_RETRANSMISSION, /* the same, not counted as media */
    IC_TX_READY,          /* the packet's bytes as they are, to `path` */
};

struct ic_tx_entry {
    _Alignas(IC_LINE) uint32_t next;
    enum ic_tx_kind kind;
    struct ic_ref packet; /* one owner of it */
    union {
        struct ic_tx_head head;
        struct ic_path path;
    };
};

static_assert(sizeof(struct ic_tx_entry) == IC_LINE, "an entry is one cache line");

/* The line of one receiver. */
struct ic_tx_line {
    uint32_t first, last; /* entries */
    uint32_t count;
    uint32_t next; /* the next receiver that has a line */
    struct ic_run_padding padding;
};

struct ic_tx_queue {
    struct ic_packet_pool *packets; /* kept */
    struct ic_tx_entry *entries;
    void *entries_block;
    struct ic_tx_line *lines; /* by receiver */
    uint32_t entry_count, free_first, free_count;
    uint32_t line_count;
    uint32_t first_line, last_line; /* receivers in the order of their first entry */
};

/* Room for `entries` datagrams to receivers 0..receivers-1.
 *  packets      keeps
 *  IC_ERR_FULL  no memory */
IC_NODISCARD enum ic_err ic_tx_queue_init(struct ic_tx_queue *q, struct ic_packet_pool *packets,
                                          uint32_t entries, uint32_t receivers);
/* Releases what was not sent. */
void ic_tx_queue_deinit(struct ic_tx_queue *q);

/* Append an entry to the receiver's line; the queue becomes one more owner of packet. Lent for
 * filling in until the next call. NULL when full: dropped. */
struct ic_tx_entry *ic_tx_queue_add(struct ic_tx_queue *q, uint32_t receiver, enum ic_tx_kind kind,
                                    struct ic_ref packet);
/* The receiver to serve next; false when the queue is empty. */
bool ic_tx_queue_receiver(const struct ic_tx_queue *q, uint32_t *receiver);
/* Take the oldest entry of the receiver to serve next; NULL when its line is at the end (the next
 * receiver follows). Lent until the next ic_tx_queue_add; the caller releases entry->packet. */
const struct ic_tx_entry *ic_tx_queue_take(struct ic_tx_queue *q, uint32_t receiver);
/* The track is gone: forget its packets, whoever they are for. Cost: O(entries). */
void ic_tx_queue_drop_track(struct ic_tx_queue *q, struct ic_ref track);
/* The receiver is gone: forget its media; ready datagrams stay. */
void ic_tx_queue_drop_media(struct ic_tx_queue *q, uint32_t receiver);

#endif
