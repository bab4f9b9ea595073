/* What the control plane knows for a route receipt (docs/protocol/receipts.md), before the shell,
 * which has the node's certificate and key, makes a note of it. */
#ifndef IC_MSG_RECEIPT_H
#define IC_MSG_RECEIPT_H

#include <stdint.h>

#include "base/limits.h"
#include "msg/evt.h"

#define IC_RECEIPT_HASH_LEN 32 /* SHA-256 */

enum ic_meter_end {
    IC_METER_GOES_ON,
    IC_METER_LEAVE,
    IC_METER_LOST,
    IC_METER_DRAIN,
};

struct ic_receipt_facts {
    uint64_t token; /* comes back with the note */
    uint8_t meeting[IC_RECEIPT_ID_LEN], member[IC_RECEIPT_ID_LEN];
    uint8_t policy[IC_RECEIPT_HASH_LEN];
    uint64_t start_s, length_s;
    uint64_t seq;
    uint8_t prev[IC_RECEIPT_HASH_LEN]; /* zeros for seq 1 */
    struct ic_peer_counts counts;      /* of the interval */
    enum ic_meter_end end;
};

#endif
