#include "media/rtx_stream.h"

#include "base/assert.h"

#define COUNT_BITS 2

static_assert((IC_RTX_HISTORY & (IC_RTX_HISTORY - 1)) == 0, "power of two");
static_assert(IC_RTX_PER_PACKET_MAX < 1 << COUNT_BITS, "the count has room");

void ic_rtx_stream_init(struct ic_rtx_stream *r, uint32_t ssrc, struct ic_prng *prng)
{
    *r = (struct ic_rtx_stream){.ssrc = ssrc, .next = 1 + ic_prng_below(prng, 0x7fff)};
}

enum ic_err ic_rtx_stream_admit(struct ic_rtx_stream *r, struct ic_time now, uint64_t ext_seq,
                                struct ic_time arrived, size_t octets, struct ic_rtx_budget *budget,
                                uint64_t *rtx_seq)
{
    if (ic_time_sub(now, arrived).us > IC_MS(IC_RTX_WINDOW_MS).us)
        return IC_ERR_GONE;
    uint32_t *c = &r->counts[ext_seq & (IC_RTX_HISTORY - 1)];
    uint32_t seq = (uint32_t)ext_seq << COUNT_BITS;
    uint32_t count = (*c >> COUNT_BITS) == (seq >> COUNT_BITS) ? *c - seq : 0;
    if (count >= IC_RTX_PER_PACKET_MAX || !ic_rtx_budget_take(budget, now, octets))
        return IC_ERR_FULL;
    *c = seq + count + 1;
    r->packets++;
    r->octets += (uint32_t)octets;
    *rtx_seq = r->next++;
    return IC_OK;
}
