#include "media/rtx_stream.h"

#include "base/assert.h"

static_assert((IC_RTX_HISTORY & (IC_RTX_HISTORY - 1)) == 0, "power of two");

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
    struct ic_rtx_count *c = &r->counts[ext_seq & (IC_RTX_HISTORY - 1)];
    if (c->seq != (uint32_t)ext_seq)
        *c = (struct ic_rtx_count){.seq = (uint32_t)ext_seq, .count = 0};
    if (c->count >= IC_RTX_PER_PACKET_MAX || !ic_rtx_budget_take(budget, now, octets))
        return IC_ERR_FULL;
    c->count++;
    r->packets++;
    r->octets += (uint32_t)octets;
    *rtx_seq = r->next++;
    return IC_OK;
}
