/* How much retransmission one receiver may cost: IC_RTX_RATE_PERCENT of the media that was sent to
 * it in the last second, all slots together. Ten steps of 100 ms. */
#ifndef IC_MEDIA_RTX_BUDGET_H
#define IC_MEDIA_RTX_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/time.h"

#define IC_RTX_BUDGET_STEPS 10

struct ic_rtx_budget {
    uint32_t media[IC_RTX_BUDGET_STEPS], rtx[IC_RTX_BUDGET_STEPS]; /* octets */
    uint32_t media_sum, rtx_sum;
    int64_t step; /* number of the newest step */
};

void ic_rtx_budget_init(struct ic_rtx_budget *b);
/* Media of n octets was sent. */
void ic_rtx_budget_on_media(struct ic_rtx_budget *b, struct ic_time now, size_t n);
/* Spend n octets on a retransmission; false: over the limit, nothing spent. */
bool ic_rtx_budget_take(struct ic_rtx_budget *b, struct ic_time now, size_t n);

#endif
